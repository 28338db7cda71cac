//! What the learner must be told about the lab itself: kept or not, recovered, lost.

use std::rc::Rc;

use wasm_bindgen::UnwrapThrowExt;
use yew::prelude::*;

use crate::{
    protocol::{FromEngine, Keeping, Notice},
    texts,
};

use super::{
    hooks::{Listener, use_news, use_session},
    icon::icon,
    session::News,
};

/// One message.
#[derive(Clone, PartialEq)]
enum Message {
    Recovered(u32),
    Lost,
    NewVersion,
    NotKept,
    ReadOnly,
    Unreadable,
    Snapshot,
    Anew,
    StartFailed(String),
}

/// The messages, newest last.
#[component]
pub(super) fn Notices() -> Html {
    let session = use_session();
    let messages = use_state_eq(Vec::<Message>::new);
    {
        let messages = messages.clone();
        use_news(move |news| {
            let mut next = (*messages).clone();
            for message in told(news) {
                next.retain(|known| std::mem::discriminant(known) != std::mem::discriminant(&message));
                next.push(message);
            }
            if matches!(news, News::Engine(message) if matches!(&**message, FromEngine::Keeping(Keeping::Kept)))
            {
                next.retain(|known| !matches!(known, Message::ReadOnly | Message::NotKept));
            }
            messages.set(next);
        });
    }
    use_version_ready({
        let messages = messages.clone();
        move || {
            let told = messages
                .iter()
                .filter(|known| **known != Message::NewVersion)
                .cloned();
            messages.set(told.chain([Message::NewVersion]).collect());
        }
    });
    let line = |message: &Message| {
        let on_close = {
            let (messages, message) = (messages.clone(), message.clone());
            Callback::from(move |_: MouseEvent| {
                messages.set(
                    messages
                        .iter()
                        .filter(|known| **known != message)
                        .cloned()
                        .collect(),
                );
            })
        };
        let (face_icon, words, more) = face(message, &session);
        html! {
            <li class={classes!("notice", matches!(message, Message::Lost).then_some("grave"))}>
                { icon(face_icon) }<p>{ words }</p>{ more }
                <button class="icon-button" aria-label={texts::CLOSE} title={texts::CLOSE} onclick={on_close}>{ icon("close") }</button>
            </li>
        }
    };
    html! { <div role="status"><ul class="notices">{ for messages.iter().map(line) }</ul></div> }
}

/// Hears that `assets/offline.js` has fetched another version of the lab.
#[hook]
fn use_version_ready(hear: impl Fn() + 'static) {
    let latest = use_mut_ref(|| None::<Rc<dyn Fn()>>);
    *latest.borrow_mut() = Some(Rc::new(hear));
    use_effect_with((), move |()| {
        let window = web_sys::window().expect_throw("a page has a window");
        let listener = Listener::new(&window, "timonier-version-ready", move |_| {
            let hear = latest.borrow().clone();
            if let Some(hear) = hear {
                hear();
            }
        });
        move || drop(listener)
    });
}

/// Takes the new version: the page reloads once it is there.
fn version_button() -> Html {
    let on_click = Callback::from(|_: MouseEvent| {
        let wanted = Event::new("timonier-version-wanted");
        if let (Some(window), Ok(wanted)) = (web_sys::window(), wanted) {
            drop(window.dispatch_event(&wanted));
        }
    });
    html! { <button class="button" onclick={on_click}>{ icon("restart") }{ texts::VERSION_TAKE }</button> }
}

fn told(news: &News) -> Vec<Message> {
    let keeping = |keeping: &Keeping| match keeping {
        Keeping::Kept => None,
        Keeping::ReadOnly => Some(Message::ReadOnly),
        Keeping::Unavailable(_) => Some(Message::NotKept),
    };
    match news {
        News::Lost => vec![Message::Lost],
        News::Engine(message) => match &**message {
            FromEngine::Keeping(state) => keeping(state).into_iter().collect(),
            FromEngine::Opened(opened) => {
                let notices = opened.notices.iter().map(|notice| match notice {
                    Notice::LogUnreadable => Message::Unreadable,
                    Notice::LoadedFromSnapshot => Message::Snapshot,
                    Notice::BegunAnew => Message::Anew,
                    Notice::StartFailed(reason) => Message::StartFailed(reason.clone()),
                    Notice::Recovered { dropped } => Message::Recovered(*dropped),
                });
                notices.chain(keeping(&opened.keeping)).collect()
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn face(message: &Message, session: &super::session::Session) -> (&'static str, String, Html) {
    let none = Html::default;
    match message {
        Message::Recovered(dropped) => {
            let count = match dropped {
                0 => String::new(),
                1 => format!(" {}1 {}.", texts::ENGINE_TRAPPED_DROPPED, texts::ENGINE_INPUT),
                many => format!(
                    " {}{many} {}.",
                    texts::ENGINE_TRAPPED_DROPPED,
                    texts::ENGINE_INPUTS
                ),
            };
            let reports = session.trap_report();
            let unreached = reports
                .last()
                .is_some_and(|(reason, _)| reason.contains("engine_apart"));
            let what = if unreached {
                texts::ENGINE_UNREACHED
            } else {
                texts::ENGINE_TRAPPED
            };
            (
                "warning",
                format!("{what}{count}"),
                super::report::button(session),
            )
        }
        Message::Lost => (
            "warning",
            texts::ENGINE_LOST.to_owned(),
            super::report::reload_button(),
        ),
        Message::NewVersion => ("info", texts::VERSION_READY.to_owned(), version_button()),
        Message::NotKept => ("info", texts::KEEPING_UNAVAILABLE.to_owned(), none()),
        Message::ReadOnly => (
            "info",
            if session.is_taken() {
                texts::KEEPING_TAKEN
            } else {
                texts::KEEPING_READ_ONLY
            }
            .to_owned(),
            super::lock::take_over_button(session),
        ),
        Message::Unreadable => (
            "warning",
            texts::NOTICE_UNREADABLE.to_owned(),
            super::report::aside_button(session),
        ),
        Message::Snapshot => ("info", texts::NOTICE_SNAPSHOT.to_owned(), none()),
        Message::StartFailed(reason) => ("warning", reason.clone(), none()),
        Message::Anew => ("info", texts::NOTICE_ANEW.to_owned(), none()),
    }
}
