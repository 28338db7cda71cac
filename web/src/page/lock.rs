//! One tab writes (Web Locks); a second reads only, or takes over.

use std::rc::Rc;

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use yew::prelude::*;

use crate::texts;

use super::session::Session;

const NAME: &str = "timonier.writer";

/// Asks for the right to write, then lets the session begin. Without Web Locks every tab writes.
pub(super) fn request(session: &Session) {
    ask(session, None);
}

/// Takes the right to write from the tab that has it, if another has it, and then does this.
pub(super) fn take_over(session: &Session, then: impl FnOnce() + 'static) {
    if session.is_read_only() {
        ask(session, Some(Box::new(then)));
    } else {
        then();
    }
}

fn ask(session: &Session, then: Option<Box<dyn FnOnce()>>) {
    let steal = then.is_some();
    let Some((locks, request)) = locks() else {
        session.set_keeps(true);
        return session.start();
    };
    let options = Object::new();
    let option = if steal { "steal" } else { "ifAvailable" };
    drop(Reflect::set(&options, &option.into(), &JsValue::TRUE));
    let held = {
        let session = session.clone();
        Closure::once_into_js(move |lock: JsValue| -> JsValue {
            session.set_keeps(!lock.is_null());
            session.start();
            if lock.is_null() {
                return JsValue::UNDEFINED;
            }
            if let Some(then) = then {
                then();
            }
            // Held until the tab closes or another one steals it.
            Promise::new(&mut |_, _| {}).into()
        })
    };
    let Ok(promise) = request.call3(&locks, &NAME.into(), &options, &held) else {
        return;
    };
    let session = session.clone();
    let stolen = Closure::once(move |_: JsValue| session.set_keeps(false));
    let promise: Promise = promise.unchecked_into();
    drop(promise.catch(&stolen));
    stolen.forget();
}

fn locks() -> Option<(JsValue, Function)> {
    let navigator = web_sys::window()?.navigator();
    let locks = Reflect::get(&navigator, &"locks".into())
        .ok()
        .filter(|locks| !locks.is_undefined())?;
    let request = Reflect::get(&locks, &"request".into()).ok()?.dyn_into().ok()?;
    Some((locks, request))
}

/// Offers to continue in this tab.
pub(super) fn take_over_button(session: &Session) -> Html {
    let session = Rc::new(session.clone());
    let on_click = Callback::from(move |_: MouseEvent| {
        let again = Rc::clone(&session);
        take_over(&session, move || again.reopen());
    });
    html! { <button class="button" onclick={on_click}>{ texts::KEEPING_TAKE_OVER }</button> }
}
