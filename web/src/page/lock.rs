//! One tab writes (Web Locks); a second reads only, or takes over.

use std::rc::Rc;

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use yew::prelude::*;

use crate::texts;

use super::session::Session;

const NAME: &str = "timonier.writer";

/// Asks for the right to write, then lets the session begin; `steal` takes the right from the tab that has it. Without Web
/// Locks every tab writes.
pub(super) fn request(session: &Session, steal: bool) {
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
            if steal {
                session.reopen();
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
    let on_click = Callback::from(move |_: MouseEvent| request(&session, true));
    html! { <button class="button" onclick={on_click}>{ texts::KEEPING_TAKE_OVER }</button> }
}
