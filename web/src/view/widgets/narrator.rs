//! Says what happens: a line under the view, which is also the polite live region. At most one message a second.

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use yew::prelude::*;

use crate::view::narration::narrate;
use crate::view::projection::Projection;

use super::cluster_view::Shared;
use super::journal::Recent;

/// What happens within this time is told together, in milliseconds.
const TOGETHER_MS: u32 = 1_000;

/// What the narrator is given.
#[derive(Clone, Properties)]
pub(super) struct Props {
    /// What is known of the cluster.
    pub(super) projection: Rc<Projection>,
    /// What has travelled lately.
    pub(super) recent: Recent,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.projection, &other.projection) && self.recent == other.recent
    }
}

#[derive(Default)]
struct Memory {
    /// What has been told of.
    told: Rc<Projection>,
    /// What there is now.
    latest: Rc<Projection>,
    timer: Option<Timeout>,
    recent: Recent,
    /// The number of the last mark that was told.
    heard: u64,
}

/// The narrator.
#[component]
pub(super) fn Narrator(props: &Props) -> Html {
    let said = use_state_eq(String::new);
    let memory = use_mut_ref(Memory::default);
    {
        let (said, recent) = (said.clone(), props.recent.clone());
        use_effect_with(Shared(props.projection.clone()), move |view| {
            let mut now = memory.borrow_mut();
            now.latest = view.0.clone();
            now.recent = recent;
            if now.told.epoch != view.0.epoch || now.told.nodes.is_empty() {
                // a cluster that is opened is not news
                now.told = view.0.clone();
                said.set(String::new());
            } else if now.timer.is_none() {
                let memory = memory.clone();
                now.timer = Some(Timeout::new(TOGETHER_MS, move || {
                    let mut now = memory.borrow_mut();
                    drop(now.timer.take());
                    let mut words = narrate(&now.told, &now.latest).join(" ");
                    let (travelled, last) = now.recent.since(now.heard);
                    now.heard = last;
                    if !travelled.is_empty() {
                        words = format!("{travelled} {words}");
                    }
                    now.told = now.latest.clone();
                    if !words.is_empty() {
                        said.set(words);
                    }
                }));
            }
        });
    }
    html! { <p class="cv-narrator" role="status" aria-live="polite" title={(*said).clone()}>{ (*said).clone() }</p> }
}
