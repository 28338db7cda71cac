//! The cluster's panel: keeps the page's copy of the cluster and hands it to the view, with the timeline below it.

use std::rc::Rc;

use yew::prelude::*;

use crate::{
    page::{
        hooks::{use_news, use_session},
        session::{News, Session},
        store,
    },
    protocol::{Answer, FromEngine, ObjectText, Query},
    texts,
    view::{
        board::{Board, Lens},
        projection::Projection,
        widgets::{Aspect, ClusterView, Decide, Inspection, Wish},
    },
};

use super::timeline::Timeline;

/// How it looks.
#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// Whether the page is dark.
    pub(super) dark: bool,
}

/// Something compared by identity.
#[derive(Clone, Default)]
pub(super) struct Copy<T>(pub(super) Rc<T>);

impl<T> PartialEq for Copy<T> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// The cluster's panel.
#[component]
pub(super) fn ClusterPanel(props: &Props) -> Html {
    let session = use_session();
    let shown = use_state_eq(|| None::<Copy<Projection>>);
    let board = use_state_eq(|| None::<Copy<Board>>);
    let pace = use_state_eq(|| session.pace());
    let wanted = use_state(|| None::<(String, String, String)>);
    let past = use_state_eq(|| session.is_past());
    let lens = use_state_eq(|| {
        let kept = store::get("lens").and_then(|kept| kept.parse::<usize>().ok());
        kept.and_then(|place| Lens::ALL.get(place).copied())
            .unwrap_or_default()
    });
    let latest = use_mut_ref(Projection::default);
    {
        let (session, shown, board) = (session.clone(), shown.setter(), board.setter());
        let wanted = wanted.setter();
        let (pace, past) = (pace.setter(), past.setter());
        use_news(move |news| match news {
            News::Pace(now) => pace.set(*now),
            News::Starting => shown.set(None),
            News::Inspect(kind, namespace, name) => {
                wanted.set(Some((kind.clone(), namespace.clone(), name.clone())));
            }
            News::Engine(message) => match &**message {
                FromEngine::View {
                    seq,
                    delta,
                    board: now,
                } => {
                    let mut copy = latest.borrow_mut();
                    copy.apply((**delta).clone());
                    shown.set(Some(Copy(Rc::new(copy.clone()))));
                    if let Some(now) = now {
                        board.set(Some(Copy(Rc::new((**now).clone()))));
                    }
                    session.view_seen(*seq);
                }
                FromEngine::Board(now) => board.set(Some(Copy(Rc::new((**now).clone())))),
                FromEngine::Times(times) => past.set(times.past_us.is_some()),
                _ => {}
            },
            _ => {}
        });
    }
    let on_wish = use_callback(session.clone(), |wish: Wish, session| match wish {
        Wish::Line(file, line) => session.show_line(&file, line),
        Wish::Edit(kind, namespace, name) => {
            let (session, path) = (session.clone(), format!("{}-{name}.yaml", kind.to_lowercase()));
            wasm_bindgen_futures::spawn_local(async move {
                let what = ObjectText::Manifest;
                let query = Query::Object {
                    what,
                    kind,
                    namespace,
                    name,
                };
                if let Ok(Answer::Text(text)) = session.ask(query).await {
                    session.open_file(&path, &text);
                }
            });
        }
    });
    let on_inspect = use_callback(session.clone(), |inspection: Inspection, session| {
        inspect(inspection, session);
    });
    let on_decide = use_callback(session.clone(), |wish: Decide, session| decide(wish, session));
    let on_look = use_callback(session.clone(), |look, session: &Session| session.look(look));
    let on_command = use_callback(session, |line: String, session: &Session| session.apply(&line));
    let on_lens = use_callback(lens.setter(), |next: Lens, lens| {
        let place = Lens::ALL.iter().position(|lens| *lens == next).unwrap_or(0);
        store::set("lens", &place.to_string());
        lens.set(next);
    });
    html! {
        <div class={classes!("cluster-stage", past.then_some("past"))}>
            { match &*shown {
                Some(copy) => html! { <>
                    <ClusterView projection={Rc::clone(&copy.0)} board={(*board).clone().map(|board| board.0)} lens={*lens}
                        pace={pace.factor()} dark={props.dark} past={*past} {on_inspect} {on_decide} {on_look} {on_command} {on_lens}
                        {on_wish} wanted={(*wanted).clone()} on_shown={Callback::from({ let wanted = wanted.setter(); move |()| wanted.set(None) })} />
                    <Timeline projection={copy.clone()} />
                </> },
                None => html! { <p class="waiting" role="status">{ texts::ENGINE_STARTING }</p> },
            } }
        </div>
    }
}

/// Fetches what the scheduler decided.
fn decide((namespace, name, reply): Decide, session: &Session) {
    let session = session.clone();
    wasm_bindgen_futures::spawn_local(async move {
        let answer = session.ask(Query::Decision(namespace, name)).await;
        let Ok(Answer::Decision(found)) = answer else {
            return;
        };
        reply.emit(found.map(|found| Rc::new(*found)));
    });
}

/// Fetches what the inspector shows.
fn inspect(inspection: Inspection, session: &Session) {
    let session = session.clone();
    let Inspection {
        aspect,
        kind,
        namespace,
        name,
        reply,
    } = inspection;
    let what = match aspect {
        Aspect::Yaml => ObjectText::Yaml,
        Aspect::Describe => ObjectText::Describe,
        Aspect::Events => ObjectText::Events,
        Aspect::Why => ObjectText::Why,
    };
    wasm_bindgen_futures::spawn_local(async move {
        let query = Query::Object {
            what,
            kind,
            namespace,
            name,
        };
        match session.ask(query).await {
            Ok(Answer::Text(text)) => reply.emit(Ok(text)),
            Ok(_) => reply.emit(Err(String::new())),
            Err(reason) => reply.emit(Err(reason)),
        }
    });
}
