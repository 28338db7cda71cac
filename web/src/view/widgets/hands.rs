//! What pointers do to the view: point, click, drag to pan, turn the wheel or pinch to zoom.

use std::rc::Rc;

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{AddEventListenerOptions, Element, HtmlElement, WheelEvent};
use yew::prelude::*;

use crate::view::board::Lens;
use crate::view::geometry::Point;
use crate::view::scene::{Options, Scene};

use super::cluster_view::zoomed;
use super::surface::Surface;

/// A pointer that moved less than this has clicked, in pixels.
const STILL: f64 = 4.0;

/// What pointers act on.
#[derive(Clone)]
pub(super) struct Hands {
    /// What is shown.
    pub(super) scene: Rc<Scene>,
    /// Where it is drawn.
    pub(super) surface: Rc<Surface>,
    /// What is under the pointer.
    pub(super) options: UseStateHandle<Options>,
    /// How large it is shown.
    pub(super) zoom: f64,
    /// Shows it larger or smaller.
    pub(super) set_zoom: Callback<f64>,
    /// Which view it is.
    pub(super) lens: Lens,
    /// How much larger it is drawn.
    pub(super) scale: f64,
    /// The size at which everything is seen.
    pub(super) fit: f64,
}

/// The pointers that are down, and what they have done.
#[derive(Default)]
struct Down {
    /// Pointers and where they are.
    points: Vec<(i32, Point)>,
    /// The view was dragged or pinched: what follows is no click.
    moved: bool,
}

/// Handlers for the element that scrolls.
#[derive(Clone)]
pub(super) struct Handlers {
    pub(super) on_scroll: Callback<Event>,
    pub(super) on_down: Callback<PointerEvent>,
    pub(super) on_move: Callback<PointerEvent>,
    pub(super) on_up: Callback<PointerEvent>,
    pub(super) on_leave: Callback<PointerEvent>,
    scroller: NodeRef,
    scale: f64,
    down: Rc<std::cell::RefCell<Down>>,
}

impl Handlers {
    /// Where a click points in the scene; `None` when it ended a drag.
    pub(super) fn clicked(&self, event: &MouseEvent) -> Option<Point> {
        if std::mem::take(&mut self.down.borrow_mut().moved) {
            return None;
        }
        place(event, &self.scroller, self.scale)
    }
}

fn at(event: &MouseEvent) -> Point {
    Point {
        x: f64::from(event.client_x()),
        y: f64::from(event.client_y()),
    }
}

/// Where an event of the pointer points, in the scene.
fn place(event: &MouseEvent, scroller: &NodeRef, scale: f64) -> Option<Point> {
    let element = scroller.cast::<Element>()?;
    let frame = element.get_bounding_client_rect();
    let point = at(event);
    Some(Point {
        x: (point.x - frame.left() + f64::from(element.scroll_left())) / scale,
        y: (point.y - frame.top() + f64::from(element.scroll_top())) / scale,
    })
}

fn scroll_by(scroller: &NodeRef, dx: f64, dy: f64) {
    if let Some(element) = scroller.cast::<Element>() {
        element.set_scroll_left(element.scroll_left() + dx.round() as i32);
        element.set_scroll_top(element.scroll_top() + dy.round() as i32);
    }
}

/// The handlers of the pointers.
#[hook]
pub(super) fn use_hands(scroller: &NodeRef, hands: Hands) -> Handlers {
    let down = use_mut_ref(Down::default);
    use_wheel(scroller, &hands);
    use_anchor(scroller, hands.zoom);
    let on_down = {
        let down = down.clone();
        Callback::from(move |event: PointerEvent| {
            let mut down = down.borrow_mut();
            down.moved &= !down.points.is_empty();
            down.points.retain(|(pointer, _)| *pointer != event.pointer_id());
            if event.button() == 0 {
                down.points.push((event.pointer_id(), at(&event)));
            }
        })
    };
    let on_up = {
        let down = down.clone();
        Callback::from(move |event: PointerEvent| {
            down.borrow_mut()
                .points
                .retain(|(pointer, _)| *pointer != event.pointer_id());
        })
    };
    let on_move = {
        let (down, scroller, hands) = (down.clone(), scroller.clone(), hands.clone());
        Callback::from(move |event: PointerEvent| moved(&event, &mut down.borrow_mut(), &scroller, &hands))
    };
    let on_leave = {
        let options = hands.options.clone();
        Callback::from(move |_: PointerEvent| {
            options.set(Options {
                hovered: None,
                ..(*options).clone()
            });
        })
    };
    let on_scroll = {
        let (surface, scroller) = (hands.surface.clone(), scroller.clone());
        Callback::from(move |_: Event| {
            if let Some(element) = scroller.cast::<Element>() {
                surface.scroll(Point {
                    x: f64::from(element.scroll_left()),
                    y: f64::from(element.scroll_top()),
                });
            }
        })
    };
    Handlers {
        on_scroll,
        on_down,
        on_move,
        on_up,
        on_leave,
        scroller: scroller.clone(),
        scale: hands.scale,
        down,
    }
}

fn moved(event: &PointerEvent, down: &mut Down, scroller: &NodeRef, hands: &Hands) {
    let (touch, now) = (event.pointer_type() == "touch", at(event));
    let known = down
        .points
        .iter()
        .position(|(pointer, _)| *pointer == event.pointer_id());
    if let Some(known) = known {
        let spread = |points: &[(i32, Point)]| match points {
            [(_, a), (_, b)] => Some((a.x - b.x).hypot(a.y - b.y).max(1.0)),
            _ => None,
        };
        let before = spread(&down.points);
        let Some((_, point)) = down.points.get_mut(known) else {
            return;
        };
        let (dx, dy) = (point.x - now.x, point.y - now.y);
        if before.is_none() && !touch && !down.moved && dx.hypot(dy) < STILL {
            return;
        }
        *point = now;
        if let (Some(before), Some(after)) = (before, spread(&down.points)) {
            down.moved = true;
            hands
                .set_zoom
                .emit(zoomed(hands.lens, hands.zoom, after / before, hands.fit));
        } else if !touch {
            // a finger pans by itself
            down.moved = true;
            scroll_by(scroller, dx, dy);
        }
        return;
    }
    if touch {
        return;
    }
    let hovered = place(event, scroller, hands.scale).and_then(|point| hands.scene.hit(point));
    if let Some(element) = scroller.cast::<HtmlElement>() {
        let cursor = if hovered.is_some() { "pointer" } else { "default" };
        drop(element.style().set_property("cursor", cursor));
    }
    hands.options.set(Options {
        hovered,
        ..(*hands.options).clone()
    });
}

/// The wheel with Ctrl, and the pinch of a touch pad, which browsers report so.
#[hook]
fn use_wheel(scroller: &NodeRef, hands: &Hands) {
    let latest = use_mut_ref(|| None::<Hands>);
    *latest.borrow_mut() = Some(hands.clone());
    let scroller = scroller.clone();
    use_effect_with((), move |()| {
        let closure = Closure::<dyn Fn(WheelEvent)>::new(move |event: WheelEvent| {
            if !event.ctrl_key() {
                return;
            }
            event.prevent_default();
            if let Some(hands) = &*latest.borrow() {
                let step = if event.delta_y() < 0.0 { 1.1 } else { 1.0 / 1.1 };
                hands
                    .set_zoom
                    .emit(zoomed(hands.lens, hands.zoom, step, hands.fit));
            }
        });
        let element = scroller.cast::<Element>();
        if let Some(element) = &element {
            let options = AddEventListenerOptions::new();
            options.set_passive(false);
            let added = element.add_event_listener_with_callback_and_add_event_listener_options(
                "wheel",
                closure.as_ref().unchecked_ref(),
                &options,
            );
            drop(added);
        }
        move || {
            if let Some(element) = element {
                let removed =
                    element.remove_event_listener_with_callback("wheel", closure.as_ref().unchecked_ref());
                drop(removed);
            }
        }
    });
}

/// What is in the middle stays in the middle when the size changes.
#[hook]
fn use_anchor(scroller: &NodeRef, zoom: f64) {
    let before = use_mut_ref(|| zoom);
    let scroller = scroller.clone();
    use_effect_with(zoom, move |zoom| {
        let ratio = zoom / before.replace(*zoom);
        if let Some(element) = scroller.cast::<Element>() {
            let keep = |scroll: i32, size: i32| {
                let half = f64::from(size) / 2.0;
                ((f64::from(scroll) + half) * ratio - half).round() as i32
            };
            element.set_scroll_left(keep(element.scroll_left(), element.client_width()));
            element.set_scroll_top(keep(element.scroll_top(), element.client_height()));
        }
    });
}
