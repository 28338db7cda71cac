//! The cluster view as the page mounts it.

use std::collections::BTreeSet;
use std::rc::Rc;

use gloo_timers::callback::Interval;
use web_sys::{Element, HtmlCanvasElement, HtmlElement};
use yew::prelude::*;

use crate::view::geometry::{Point, Size};
use crate::view::look::State;
use crate::view::projection::{Id, Projection};
use crate::view::scene::{Key, Options, Scene};
use crate::view::{texts, tree};

use super::browser::{SizeWatch, now_ms};
use super::inspector::{Inspection, Inspector, Subject};
use super::legend::Legend;
use super::narrator::Narrator;
use super::surface::Surface;
use super::toolbar::Toolbar;
use super::tree_view::{TreeEvent, TreeView};

/// How often the progress of a pull moves on between two messages of the engine, in milliseconds.
const PROGRESS_MS: u32 = 150;

/// What the view is given.
#[derive(Clone, Properties)]
pub struct ClusterViewProps {
    /// What is known of the cluster.
    pub projection: Rc<Projection>,
    /// Virtual microseconds for one of the wall clock; 0 when time stands still.
    pub pace: u64,
    /// Whether the page is dark, so that colours are read again when it changes.
    pub dark: bool,
    /// Fetches what the inspector shows.
    pub on_inspect: Callback<Inspection>,
}

impl PartialEq for ClusterViewProps {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.projection, &other.projection)
            && self.pace == other.pace
            && self.dark == other.dark
            && self.on_inspect == other.on_inspect
    }
}

/// A projection compared by identity.
#[derive(Clone)]
pub(super) struct Shared(pub(super) Rc<Projection>);

impl PartialEq for Shared {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// The cluster view.
#[component]
pub fn ClusterView(props: &ClusterViewProps) -> Html {
    let canvas = use_node_ref();
    let scroller = use_node_ref();
    let surface = use_memo((), |()| Surface::default());
    let viewport = use_state_eq(Size::default);
    let options = use_state_eq(Options::default);
    let toggled = use_state_eq(BTreeSet::<Key>::new);
    let focused = use_state_eq(|| None::<Key>);
    let subject = use_state_eq(|| None::<Subject>);
    let legend = use_state_eq(|| false);
    let ahead_micros = use_progress(&props.projection, props.pace);

    let shown = Options {
        ahead_micros,
        selected: subject.as_ref().map(|s| s.id),
        ..(*options).clone()
    };
    let scene = use_memo(
        (Shared(props.projection.clone()), shown.clone(), *viewport),
        |(view, options, size)| Scene::new(&view.0, options, *size),
    );
    use_canvas(&canvas, &scroller, &surface, &viewport);
    use_theme(&surface, props.dark);
    {
        let (surface, running) = (surface.clone(), props.pace > 0);
        let first = use_mut_ref(|| 0_u64);
        let epoch = props.projection.epoch;
        use_effect_with(
            (SharedScene(scene.clone()), *viewport, running),
            move |(scene, viewport, running)| {
                // another cluster, or another past of this one, is not a movement
                let animated = first.replace(epoch) == epoch;
                surface.show(&scene.0, *viewport, animated, *running);
            },
        );
    }

    let entries = tree::entries(&props.projection, &shown, &scene, &toggled);
    let inspect = use_inspect(&props.projection, &subject);
    let on_pointer = pointer(&scene, &options, &scroller);
    let on_leave = {
        let options = options.clone();
        Callback::from(move |_: PointerEvent| {
            options.set(Options {
                hovered: None,
                ..(*options).clone()
            });
        })
    };
    let on_click = {
        let (scene, scroller, inspect) = (scene.clone(), scroller.clone(), inspect.clone());
        let focused = focused.clone();
        Callback::from(move |event: MouseEvent| {
            if let Some(id) = place(&event, &scroller).and_then(|point| scene.hit(point)) {
                // where the focus goes when the inspector is closed
                focused.set(scene.item_of(id).map(|item| item.key));
                inspect.emit(id);
            }
        })
    };
    let on_scroll = {
        let (surface, scroller) = (surface.clone(), scroller.clone());
        Callback::from(move |_: Event| {
            if let Some(element) = scroller.cast::<Element>() {
                surface.scroll(f64::from(element.scroll_top()));
            }
        })
    };
    let on_tree = tree_events(&focused, &options, &toggled, &inspect);
    let on_close = {
        let (subject, scroller, focused) = (subject.clone(), scroller.clone(), focused.clone());
        Callback::from(move |()| {
            subject.set(None);
            return_focus(&scroller, *focused);
        })
    };
    let world = format!("height:{}px", scene.size.h);
    let height = format!("height:{}px", viewport.h);
    html! {
        <section class="cluster-view" aria-label={texts::VIEW_NAME}>

            <div class="cv-body">
                <div class="cv-scroll" ref={scroller} onscroll={on_scroll} onpointermove={on_pointer}
                    onpointerleave={on_leave} onclick={on_click}>
                    <div class="cv-world" style={world}>
                        <canvas class="cv-canvas" ref={canvas} style={height} aria-hidden="true"></canvas>
                        <TreeView {entries} focused={*focused} on_event={on_tree} />
                    </div>
                </div>
                if *legend { <Legend /> }
                if let Some(subject) = &*subject {
                    <Inspector key={subject.id.0.to_string()} subject={subject.clone()} projection={props.projection.clone()}
                        on_inspect={props.on_inspect.clone()} on_open={inspect} {on_close} />
                }
            </div>
            <footer class="cv-foot">
                <Narrator projection={props.projection.clone()} />
                <Toolbar projection={props.projection.clone()} options={(*options).clone()} legend={*legend}
                    on_options={Callback::from(setter(&options))} on_legend={Callback::from(setter(&legend))} />
            </footer>

        </section>
    }
}

fn setter<T: Clone + PartialEq + 'static>(state: &UseStateHandle<T>) -> impl Fn(T) + 'static {
    let state = state.clone();
    move |value| state.set(value)
}

#[derive(Clone)]
struct SharedScene(Rc<Scene>);

impl PartialEq for SharedScene {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// Virtual time that has passed since the engine's last message, while an image is being pulled; otherwise 0.
#[hook]
fn use_progress(view: &Rc<Projection>, pace: u64) -> u64 {
    let ahead = use_state_eq(|| 0_u64);
    let pulling = pace > 0 && view.pods.values().any(|pod| State::of(pod) == State::Pulling);
    {
        let ahead = ahead.clone();
        use_effect_with(
            (Shared(view.clone()), pace, pulling),
            move |(_, pace, pulling)| {
                ahead.set(0);
                let (start_ms, pace) = (now_ms(), *pace);
                let timer = pulling.then(|| {
                    Interval::new(PROGRESS_MS, move || {
                        ahead.set(((now_ms() - start_ms) * 1000.0) as u64 * pace);
                    })
                });
                move || drop(timer)
            },
        );
    }
    *ahead
}

/// Takes hold of the canvas and follows the size of the view.
#[hook]
fn use_canvas(canvas: &NodeRef, scroller: &NodeRef, surface: &Rc<Surface>, viewport: &UseStateHandle<Size>) {
    let (canvas, scroller) = (canvas.clone(), scroller.clone());
    let (surface, viewport) = (surface.clone(), viewport.clone());
    use_effect_with((), move |()| {
        if let Some(canvas) = canvas.cast::<HtmlCanvasElement>() {
            surface.attach(canvas);
        }
        let watch = scroller.cast::<Element>().and_then(|element| {
            let watched = element.clone();
            let measure = move || {
                let (w, h) = (
                    f64::from(watched.client_width()),
                    f64::from(watched.client_height()),
                );
                viewport.set(Size { w, h });
            };
            measure();
            SizeWatch::new(&element, measure)
        });
        move || {
            drop(watch);
            surface.detach();
        }
    });
}

/// Reads the colours again when the page turns dark or light.
#[hook]
fn use_theme(surface: &Rc<Surface>, dark: bool) {
    let surface = surface.clone();
    use_effect_with(dark, move |_| surface.read_theme());
}

/// Opens the inspector on an object.
#[hook]
fn use_inspect(view: &Rc<Projection>, subject: &UseStateHandle<Option<Subject>>) -> Callback<Id> {
    let subject = subject.clone();
    use_callback(Shared(view.clone()), move |id: Id, view| {
        if let Some((kind, meta)) = view.0.find(id) {
            subject.set(Some(Subject::new(kind, meta)));
        }
    })
}

/// Where an event of the pointer points, in the scene.
fn place(event: &MouseEvent, scroller: &NodeRef) -> Option<Point> {
    let element = scroller.cast::<Element>()?;
    let frame = element.get_bounding_client_rect();
    Some(Point {
        x: f64::from(event.client_x()) - frame.left(),
        y: f64::from(event.client_y()) - frame.top() + f64::from(element.scroll_top()),
    })
}

fn pointer(
    scene: &Rc<Scene>,
    options: &UseStateHandle<Options>,
    scroller: &NodeRef,
) -> Callback<PointerEvent> {
    let (scene, options, scroller) = (scene.clone(), options.clone(), scroller.clone());
    Callback::from(move |event: PointerEvent| {
        if event.pointer_type() == "touch" {
            return;
        }
        let hovered = place(&event, &scroller).and_then(|point| scene.hit(point));
        if let Some(element) = scroller.cast::<HtmlElement>() {
            let cursor = if hovered.is_some() { "pointer" } else { "default" };
            drop(element.style().set_property("cursor", cursor));
        }
        options.set(Options {
            hovered,
            ..(*options).clone()
        });
    })
}

fn tree_events(
    focused: &UseStateHandle<Option<Key>>,
    options: &UseStateHandle<Options>,
    toggled: &UseStateHandle<BTreeSet<Key>>,
    inspect: &Callback<Id>,
) -> Callback<TreeEvent> {
    let (focused, options, toggled, inspect) =
        (focused.clone(), options.clone(), toggled.clone(), inspect.clone());
    Callback::from(move |event| match event {
        TreeEvent::Focus(key, target) => {
            focused.set(Some(key));
            options.set(Options {
                focused: target,
                ..(*options).clone()
            });
        }
        TreeEvent::Blur => options.set(Options {
            focused: None,
            ..(*options).clone()
        }),
        TreeEvent::Toggle(key) => {
            let mut next = (*toggled).clone();
            if !next.remove(&key) {
                next.insert(key);
            }
            toggled.set(next);
        }
        TreeEvent::Open(id) => inspect.emit(id),
    })
}

/// The focus goes back to where the inspector was opened from, else to the tree.
fn return_focus(scroller: &NodeRef, focused: Option<Key>) {
    let Some(element) = scroller.cast::<Element>() else {
        return;
    };
    let wanted = focused.map(|key| format!("[data-key=\"{}\"]", super::tree_view::dom_key(key)));
    let found = wanted
        .and_then(|selector| element.query_selector(&selector).ok().flatten())
        .or_else(|| element.query_selector("[role=treeitem]").ok().flatten());
    if let Some(found) = found.and_then(|found| wasm_bindgen::JsCast::dyn_into::<HtmlElement>(found).ok()) {
        drop(found.focus());
    }
}
