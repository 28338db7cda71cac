//! News for components: who subscribes hears every event until the subscription is dropped.

use std::{
    cell::RefCell,
    rc::{Rc, Weak},
};

type Listener<E> = Rc<dyn Fn(&E)>;

/// A list of listeners.
pub struct Bus<E> {
    listeners: Rc<RefCell<Vec<(u64, Listener<E>)>>>,
    next: RefCell<u64>,
}

impl<E> Default for Bus<E> {
    fn default() -> Self {
        Self {
            listeners: Rc::default(),
            next: RefCell::new(0),
        }
    }
}

impl<E: 'static> Bus<E> {
    /// Hears every event from now on.
    pub fn subscribe(&self, listener: impl Fn(&E) + 'static) -> Subscription<E> {
        let id = *self.next.borrow();
        *self.next.borrow_mut() += 1;
        self.listeners.borrow_mut().push((id, Rc::new(listener)));
        Subscription {
            id,
            listeners: Rc::downgrade(&self.listeners),
        }
    }

    /// Tells everybody.
    pub fn publish(&self, event: &E) {
        let listeners: Vec<_> = self
            .listeners
            .borrow()
            .iter()
            .map(|(_, listener)| Rc::clone(listener))
            .collect();
        for listener in listeners {
            listener(event);
        }
    }
}

/// Ends its subscription when dropped.
pub struct Subscription<E> {
    id: u64,
    listeners: Weak<RefCell<Vec<(u64, Listener<E>)>>>,
}

impl<E> Drop for Subscription<E> {
    fn drop(&mut self) {
        if let Some(listeners) = self.listeners.upgrade() {
            listeners.borrow_mut().retain(|(id, _)| *id != self.id);
        }
    }
}
