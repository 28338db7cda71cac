//! Says what happens: a line under the view, which is also the polite live region. At most one message a second.

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use yew::prelude::*;

use crate::view::narration::narrate;
use crate::view::projection::Projection;

use super::cluster_view::Shared;

/// What happens within this time is told together, in milliseconds.
const TOGETHER_MS: u32 = 1_000;

/// What the narrator is given.
#[derive(Clone, Properties)]
pub(super) struct Props {
    /// What is known of the cluster.
    pub(super) projection: Rc<Projection>,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.projection, &other.projection)
    }
}

#[derive(Default)]
struct Memory {
    /// What has been told of.
    told: Rc<Projection>,
    /// What there is now.
    latest: Rc<Projection>,
    timer: Option<Timeout>,
}

/// The narrator.
#[component]
pub(super) fn Narrator(props: &Props) -> Html {
    let said = use_state_eq(String::new);
    let memory = use_mut_ref(Memory::default);
    {
        let said = said.clone();
        use_effect_with(Shared(props.projection.clone()), move |view| {
            let mut now = memory.borrow_mut();
            now.latest = view.0.clone();
            if now.told.epoch != view.0.epoch || now.told.nodes.is_empty() {
                // a cluster that is opened is not news
                now.told = view.0.clone();
                said.set(String::new());
            } else if now.timer.is_none() {
                let memory = memory.clone();
                now.timer = Some(Timeout::new(TOGETHER_MS, move || {
                    let mut now = memory.borrow_mut();
                    drop(now.timer.take());
                    let words = narrate(&now.told, &now.latest).join(" ");
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
