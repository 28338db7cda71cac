//! The way to the page.

use js_sys::{Array, Uint8Array};
use web_sys::DedicatedWorkerGlobalScope;

use crate::protocol::{FromEngine, codec};

/// Sends messages to the page.
#[derive(Clone)]
pub(super) struct Outbox(DedicatedWorkerGlobalScope);

impl Outbox {
    /// An outbox of this worker.
    pub(super) fn new(scope: DedicatedWorkerGlobalScope) -> Self {
        Self(scope)
    }

    /// Sends a message; its buffer is handed over, not copied.
    pub(super) fn send(&self, message: &FromEngine) {
        let sent = codec::encode(message).and_then(|bytes| {
            let bytes = Uint8Array::from(bytes.as_slice());
            let transfer = Array::of1(&bytes.buffer());
            self.0
                .post_message_with_transfer(&bytes, &transfer)
                .map_err(|error| format!("{error:?}"))
        });
        if let Err(error) = sent {
            web_sys::console::error_1(&error.into());
        }
    }

    /// Milliseconds since the worker started.
    pub(super) fn wall_ms(&self) -> f64 {
        self.0.performance().map_or(0.0, |performance| performance.now())
    }
}
