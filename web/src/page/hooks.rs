//! Hooks that several components use.

use std::rc::Rc;

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::EventTarget;
use yew::prelude::*;

use crate::protocol::FromEngine;

use super::session::{News, Session};

/// An event listener that ends with its owner.
pub(super) struct Listener {
    target: EventTarget,
    kind: &'static str,
    closure: Closure<dyn Fn(Event)>,
}

impl Listener {
    /// Listens to this kind of event.
    pub(super) fn new(target: &EventTarget, kind: &'static str, handler: impl Fn(Event) + 'static) -> Self {
        let closure = Closure::<dyn Fn(Event)>::new(handler);
        drop(target.add_event_listener_with_callback(kind, closure.as_ref().unchecked_ref()));
        Self {
            target: target.clone(),
            kind,
            closure,
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        drop(
            self.target
                .remove_event_listener_with_callback(self.kind, self.closure.as_ref().unchecked_ref()),
        );
    }
}

/// The session of this page.
#[hook]
pub(super) fn use_session() -> Session {
    use_context::<Session>().unwrap_or_default()
}

/// Hears the session's news while the component lives.
#[hook]
pub(super) fn use_news(listener: impl Fn(&News) + 'static) {
    let session = use_session();
    let latest = use_mut_ref(|| None::<Rc<dyn Fn(&News)>>);
    *latest.borrow_mut() = Some(Rc::new(listener));
    use_effect_with(session, move |session| {
        let subscription = session.subscribe(move |news| {
            let listener = latest.borrow().clone();
            if let Some(listener) = listener {
                listener(news);
            }
        });
        move || drop(subscription)
    });
}

/// Hears the engine's messages while the component lives.
#[hook]
pub(super) fn use_engine(listener: impl Fn(&FromEngine) + 'static) {
    use_news(move |news| {
        if let News::Engine(message) = news {
            listener(message);
        }
    });
}
