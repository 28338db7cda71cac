//! The wire to the worker: one worker, its messages, and the news of its death.

use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::protocol::{FromEngine, ToEngine, codec};

/// What comes through the wire.
pub(super) enum Incoming {
    /// A message.
    Message(FromEngine),
    /// The worker trapped, with what is known of it.
    Trapped(String),
}

/// A running worker. Dropping it ends the worker.
pub(super) struct EngineLink {
    worker: Worker,
    _on_message: Closure<dyn Fn(MessageEvent)>,
    _on_error: Closure<dyn Fn(ErrorEvent)>,
}

impl EngineLink {
    /// Starts a worker.
    ///
    /// # Errors
    /// When the browser refuses workers.
    pub(super) fn start(hear: Rc<dyn Fn(Incoming)>) -> Result<Self, JsValue> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options("engine-boot.js", &options)?;
        let hear_message = Rc::clone(&hear);
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            hear_message(read(&event.data()));
        });
        let on_error = Closure::<dyn Fn(ErrorEvent)>::new(move |event: ErrorEvent| {
            event.prevent_default();
            hear(Incoming::Trapped(event.message()));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Self {
            worker,
            _on_message: on_message,
            _on_error: on_error,
        })
    }

    /// Sends a message; its buffer is handed over, not copied.
    pub(super) fn send(&self, message: &ToEngine) {
        let sent = codec::encode(message).map_err(JsValue::from).and_then(|bytes| {
            let bytes = Uint8Array::from(bytes.as_slice());
            self.worker
                .post_message_with_transfer(&bytes, &Array::of1(&bytes.buffer()))
        });
        if let Err(error) = sent {
            web_sys::console::error_1(&error);
        }
    }
}

impl Drop for EngineLink {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

fn read(data: &JsValue) -> Incoming {
    if let Some(trap) = data.as_string() {
        return Incoming::Trapped(trap);
    }
    match codec::decode(&Uint8Array::new(data).to_vec()) {
        Ok(message) => Incoming::Message(message),
        Err(error) => Incoming::Trapped(error),
    }
}
