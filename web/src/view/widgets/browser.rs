//! The browser's animation frames and size observations, ended when their owner is dropped.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, ResizeObserver};

type FrameClosure = Closure<dyn FnMut(f64)>;

struct Waiting {
    number: i32,
    /// Kept alive until the browser has called it.
    _closure: FrameClosure,
}

/// A slot for one animation frame.
#[derive(Clone, Default)]
pub(super) struct Frames(Rc<RefCell<Option<Waiting>>>);

impl Frames {
    /// Asks for a frame, unless one is already asked for. The callback gets the time in milliseconds.
    pub(super) fn ask(&self, callback: impl FnOnce(f64) + 'static) {
        if self.0.borrow().is_some() {
            return;
        }
        let slot = Rc::downgrade(&self.0);
        let closure = Closure::once(move |now_ms: f64| {
            // the closure that runs must not be dropped by what it calls: take it out first, drop it last
            let own = slot.upgrade().and_then(|slot| slot.borrow_mut().take());
            callback(now_ms);
            drop(own);
        });
        let Some(window) = web_sys::window() else { return };
        if let Ok(number) = window.request_animation_frame(closure.as_ref().unchecked_ref()) {
            self.0.replace(Some(Waiting {
                number,
                _closure: closure,
            }));
        }
    }

    /// Calls the frame off.
    pub(super) fn call_off(&self) {
        if let (Some(waiting), Some(window)) = (self.0.borrow_mut().take(), web_sys::window()) {
            drop(window.cancel_animation_frame(waiting.number));
        }
    }
}

/// Calls back whenever an element changes size.
pub(super) struct SizeWatch {
    observer: ResizeObserver,
    _closure: Closure<dyn FnMut()>,
}

impl SizeWatch {
    /// Watches an element.
    pub(super) fn new(element: &Element, changed: impl FnMut() + 'static) -> Option<Self> {
        let closure = Closure::<dyn FnMut()>::new(changed);
        let observer = ResizeObserver::new(closure.as_ref().unchecked_ref()).ok()?;
        observer.observe(element);
        Some(Self {
            observer,
            _closure: closure,
        })
    }
}

impl Drop for SizeWatch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Whether a media query holds.
pub(super) fn media_matches(query: &str) -> bool {
    web_sys::window()
        .and_then(|window| window.match_media(query).ok().flatten())
        .is_some_and(|list| list.matches())
}

/// Milliseconds since the page was opened, on the clock of animation frames.
pub(super) fn now_ms() -> f64 {
    web_sys::window()
        .and_then(|window| window.performance())
        .map_or(0.0, |performance| performance.now())
}
