//! What the page said and the engine has not dealt with yet.

use std::{
    cell::RefCell,
    collections::VecDeque,
    future::{Future, poll_fn},
    pin::pin,
    rc::Rc,
    task::{Poll, Waker},
};

use gloo_timers::future::TimeoutFuture;

use crate::protocol::ToEngine;

#[derive(Default)]
struct Inner {
    queue: VecDeque<ToEngine>,
    waker: Option<Waker>,
}

/// A queue that can be waited on.
#[derive(Clone, Default)]
pub(super) struct Mailbox(Rc<RefCell<Inner>>);

impl Mailbox {
    /// Puts a message at the end and wakes who waits.
    pub(super) fn push(&self, message: ToEngine) {
        let mut inner = self.0.borrow_mut();
        inner.queue.push_back(message);
        if let Some(waker) = inner.waker.take() {
            waker.wake();
        }
    }

    /// The oldest message.
    pub(super) fn take(&self) -> Option<ToEngine> {
        self.0.borrow_mut().queue.pop_front()
    }

    /// Waits for a message, at most this long; without a limit, for ever.
    pub(super) async fn wait(&self, limit_ms: Option<u32>) {
        let mut timer = pin!(async move {
            match limit_ms {
                Some(limit) => TimeoutFuture::new(limit).await,
                None => std::future::pending().await,
            }
        });
        poll_fn(|context| {
            let mut inner = self.0.borrow_mut();
            if !inner.queue.is_empty() {
                return Poll::Ready(());
            }
            inner.waker = Some(context.waker().clone());
            drop(inner);
            timer.as_mut().poll(context)
        })
        .await;
    }
}
