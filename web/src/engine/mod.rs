//! The worker: hosts a cluster, hears the page, answers, keeps. Nothing here touches the DOM: the worker's program must
//! load where there is no document.

pub mod pacing;
pub mod persist;
mod progress;

mod assist;
mod board;
mod course;
mod exercise;
mod host;
mod inspect;
mod lab;
mod mailbox;
mod names;
mod opening;
mod outbox;
mod own;
mod queries;
mod restore;
mod service;
mod timeline;
pub mod view;
mod windows;

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use crate::protocol::{FromEngine, ToEngine, codec};
use mailbox::Mailbox;
use outbox::Outbox;

/// Version of the engine: only the same one replays a log. `cargo xtask` names each build of the simulator apart, for the same
/// inputs do not give the same run in another.
pub const VERSION: &str = match option_env!("TIMONIER_BUILD") {
    Some(build) => build,
    None => env!("CARGO_PKG_VERSION"),
};

/// Starts the engine in this worker.
pub fn start() {
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else {
        return;
    };
    let mailbox = Mailbox::default();
    listen(&scope, mailbox.clone());
    let outbox = Outbox::new(scope);
    outbox.send(&FromEngine::Ready {
        version: VERSION.to_owned(),
    });
    wasm_bindgen_futures::spawn_local(service::run(mailbox, outbox));
}

fn listen(scope: &DedicatedWorkerGlobalScope, mailbox: Mailbox) {
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let bytes = Uint8Array::new(&event.data()).to_vec();
        match codec::decode::<ToEngine>(&bytes) {
            Ok(message) => mailbox.push(message),
            Err(error) => web_sys::console::error_1(&error.into()),
        }
    });
    scope.set_onmessage(Some(on_message.into_js_value().unchecked_ref()));
}
