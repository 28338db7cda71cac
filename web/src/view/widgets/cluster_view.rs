//! The cluster view as the page mounts it: one canvas and one tree of names, whichever of the four views is shown.

use std::rc::Rc;
use timonier_core::sorted::SortedSet;

use gloo_timers::callback::Interval;
use web_sys::{Element, HtmlCanvasElement, HtmlElement};
use yew::prelude::*;

use crate::view::board::{Board, Lens, Look, Mark};
use crate::view::decimal::{decimal, within};
use crate::view::decision::Decision;
use crate::view::geometry::Size;
use crate::view::look::State;
use crate::view::projection::{Id, Projection};
use crate::view::scene::{Key, Options, Scene};
use crate::view::{texts, tree};

use super::browser::{SizeWatch, now_ms};
use super::charts::Charts;
use super::hands::{Hands, use_hands};
use super::inspector::{Inspection, Inspector, Subject, Wish};
use super::journal::{Journal, Recent};
use super::legend::Legend;
use super::machine::Machine;
use super::narrator::Narrator;
use super::surface::Surface;
use super::toolbar::{Tool, Toolbar};
use super::tree_view::{TreeEvent, TreeView};

/// How often the progress of a pull moves on between two messages of the engine, in milliseconds.
const PROGRESS_MS: u32 = 150;

/// Asks for the scheduler's decision about a Pod: namespace, name, and whom to answer.
pub type Decide = (String, String, Callback<Option<Rc<Decision>>>);

/// What the view is given.
#[derive(Clone, Properties)]
pub struct ClusterViewProps {
    /// What is known of the cluster.
    pub projection: Rc<Projection>,
    /// What stands on the view, unless it is that of the nodes.
    #[prop_or_default]
    pub board: Option<Rc<Board>>,
    /// Which view is shown.
    #[prop_or_default]
    pub lens: Lens,
    /// Virtual microseconds for one of the wall clock; 0 when time stands still.
    pub pace: u64,
    /// Whether the page is dark, so that colours are read again when it changes.
    pub dark: bool,
    /// What is shown is the past: nothing can be done to it.
    #[prop_or_default]
    pub past: bool,
    /// Fetches what the inspector shows.
    pub on_inspect: Callback<Inspection>,
    /// Fetches what the scheduler decided.
    #[prop_or_default]
    pub on_decide: Callback<Decide>,
    /// Another view is chosen.
    #[prop_or_default]
    pub on_lens: Callback<Lens>,
    /// What is looked at has changed.
    #[prop_or_default]
    pub on_look: Callback<Look>,
    /// A command is to be typed in the terminal.
    #[prop_or_default]
    pub on_command: Callback<String>,
    /// What the inspector asks of the editor.
    pub on_wish: Callback<Wish>,
    /// The object (kind, namespace, name) that the inspector is to open on.
    #[prop_or_default]
    pub wanted: Option<(String, String, String)>,
    /// It did.
    #[prop_or_default]
    pub on_shown: Callback<()>,
}

impl PartialEq for ClusterViewProps {
    fn eq(&self, other: &Self) -> bool {
        let same = |a: &Option<Rc<Board>>, b: &Option<Rc<Board>>| match (a, b) {
            (Some(a), Some(b)) => Rc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        };
        Rc::ptr_eq(&self.projection, &other.projection)
            && same(&self.board, &other.board)
            && (self.lens, self.pace, self.dark, self.past)
                == (other.lens, other.pace, other.dark, other.past)
            && self.on_inspect == other.on_inspect
            && self.wanted == other.wanted
    }
}

/// A projection compared by identity.
#[derive(Clone)]
pub(super) struct Shared<T>(pub(super) Rc<T>);

impl<T> PartialEq for Shared<T> {
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
    let toggled = use_state_eq(SortedSet::<Key>::new);
    let focused = use_state_eq(|| None::<Key>);
    let subject = use_state_eq(|| None::<Subject>);
    let machine = use_state_eq(|| None::<Id>);
    let why = use_state_eq(|| false);
    let legend = use_state_eq(|| false);
    let listed = use_state_eq(|| true);
    let reading = use_state_eq(|| None::<Rc<Mark>>);
    // as the view likes it, until the learner chooses
    let chosen = use_state_eq(|| (Lens::Nodes, 0.0_f64));
    let lens = props.lens;
    let ahead_micros = use_progress(&props.projection, props.pace);
    let board = props.board.clone().filter(|board| board.lens == lens);
    let recent = use_marks(board.as_ref(), (lens, props.projection.epoch), &surface);
    let decision = use_decision(props, subject.as_ref());

    let shown = Options {
        ahead_micros,
        selected: subject.as_ref().map(|s| s.id).or(*machine),
        lens,
        decision: decision.clone(),
        ..(*options).clone()
    };
    let wish = if chosen.0 == lens { chosen.1 } else { 0.0 };
    let seen = use_memo(
        (
            Shared(props.projection.clone()),
            board.clone().map(Shared),
            shown.clone(),
            (*viewport, wish),
        ),
        |(view, board, options, (size, wish))| {
            see(
                &view.0,
                board.as_ref().map(|board| &*board.0),
                options,
                (*size, *wish),
            )
        },
    );
    let (scene, zoom, fit) = (seen.0.clone(), seen.1, seen.2);
    let scale = if lens == Lens::Nodes { 1.0 } else { zoom };
    let set_zoom = {
        let chosen = chosen.clone();
        Callback::from(move |zoom: f64| chosen.set((lens, zoom)))
    };
    use_canvas(&canvas, &scroller, &surface, &viewport);
    use_theme(&surface, props.dark);
    use_look(props, &options);
    {
        let (surface, running) = (surface.clone(), props.pace > 0);
        let first = use_mut_ref(|| (0_u64, Lens::Nodes));
        let stage = (props.projection.epoch, lens);
        use_effect_with(
            (Shared(scene.clone()), *viewport, scale, running),
            move |(scene, viewport, scale, running)| {
                // another cluster, another past of this one or another view is not a movement
                let animated = first.replace(stage) == stage;
                surface.show(&scene.0, *viewport, *scale, animated, *running);
            },
        );
    }

    let entries = Rc::new(tree::entries(
        &props.projection,
        board.as_deref(),
        &shown,
        &scene,
        &toggled,
    ));
    let inspect = use_inspect(props, &subject, &machine);
    let hands = use_hands(
        &scroller,
        Hands {
            scene: scene.clone(),
            surface: surface.clone(),
            options: options.clone(),
            zoom,
            set_zoom: set_zoom.clone(),
            lens,
            scale,
            fit,
        },
    );
    {
        let (inspect, view, on_shown) = (inspect.clone(), props.projection.clone(), props.on_shown.clone());
        use_effect_with(props.wanted.clone(), move |wanted| {
            if let Some(named) = wanted {
                if let Some(id) = super::why::find(&view, named) {
                    inspect.emit(id);
                }
                on_shown.emit(());
            }
        });
    }
    let on_click = {
        let (scene, surface, hands, inspect) =
            (scene.clone(), surface.clone(), hands.clone(), inspect.clone());
        let (focused, reading) = (focused.clone(), reading.clone());
        Callback::from(move |event: MouseEvent| {
            let Some(point) = hands.clicked(&event) else {
                return;
            };
            if let Some(mark) = surface.mark_at(point) {
                reading.set(Some(mark));
            } else if let Some(id) = scene.hit(point) {
                // where the focus goes when the inspector is closed
                focused.set(scene.item_of(id).map(|item| item.key));
                inspect.emit(id);
            }
        })
    };
    let on_tree = {
        let (on_tree, why) = (tree_events(&focused, &options, &toggled, &inspect), why.clone());
        Callback::from(move |event: TreeEvent| {
            why.set(matches!(event, TreeEvent::Why(_)));
            on_tree.emit(event);
        })
    };
    let on_close = {
        let (subject, machine, scroller, focused) = (
            subject.clone(),
            machine.clone(),
            scroller.clone(),
            focused.clone(),
        );
        Callback::from(move |()| {
            subject.set(None);
            machine.set(None);
            return_focus(&scroller, *focused);
        })
    };
    let on_key = keys(props.on_lens.clone(), set_zoom.clone(), (lens, zoom, fit));
    let on_tool = {
        let (options, legend, listed) = (options.clone(), legend.clone(), listed.clone());
        Callback::from(move |tool| match tool {
            Tool::Options(next) => options.set(next),
            Tool::Legend => legend.set(!*legend),
            Tool::Journal => listed.set(!*listed),
            Tool::Zoom(step) => set_zoom.emit(zoomed(lens, zoom, step, fit)),
        })
    };
    let world = format!(
        "width:{}px;height:{}px",
        decimal(scene.size.w * scale),
        decimal(scene.size.h * scale)
    );
    let tree_scale = format!("transform:scale({})", decimal(scale));
    let size = format!("width:{}px;height:{}px", decimal(viewport.w), decimal(viewport.h));
    let marked = matches!(lens, Lens::Traffic | Lens::Machinery);
    let place = machine.and_then(|id| {
        board
            .as_ref()?
            .lanes
            .iter()
            .flat_map(|lane| lane.columns.iter().flatten())
            .find(|card| card.id == id)
            .cloned()
    });
    html! {
        <section class="cluster-view" aria-label={texts::VIEW_NAME} onkeydown={on_key}>
            <header class="cv-head">
                { lenses(lens, &props.on_lens) }
                <Narrator projection={props.projection.clone()} recent={recent.clone()} />
                <Toolbar projection={props.projection.clone()} options={(*options).clone()} legend={*legend}
                    journal={marked.then_some(*listed)} {on_tool} />
            </header>
            <div class="cv-body" id="vue-cluster" role="tabpanel" aria-label={texts::lens(lens)}>
                <div class="cv-scroll" ref={scroller} tabindex="-1" onscroll={hands.on_scroll.clone()}
                    onpointerdown={hands.on_down.clone()} onpointermove={hands.on_move.clone()}
                    onpointerup={hands.on_up.clone()} onpointercancel={hands.on_up.clone()}
                    onpointerleave={hands.on_leave.clone()} onclick={on_click}>
                    <div class="cv-world" style={world}>
                        <canvas class="cv-canvas" ref={canvas} style={size} aria-hidden="true"></canvas>
                        <div class="cv-scaled" style={tree_scale}>
                            <TreeView {entries} focused={*focused} on_event={on_tree} />
                        </div>
                    </div>
                </div>
                if marked && *listed {
                    <Journal recent={recent} open={(*reading).clone()} on_open={Callback::from(setter(&reading))} />
                }
                if *legend { <Legend {lens} /> }
                if let Some(subject) = &*subject {
                    <Inspector key={subject.id.0.to_string()} subject={subject.clone()} projection={props.projection.clone()}
                        {decision} on_inspect={props.on_inspect.clone()} on_open={inspect} {on_close}
                        on_wish={props.on_wish.clone()} why={*why} />
                } else if let Some(card) = place {
                    <Machine {card} past={props.past} on_command={props.on_command.clone()} {on_close} />
                }
            </div>
            if let Some(board) = board.filter(|board| !board.charts.is_empty()) { <Charts {board} /> }
        </section>
    }
}

/// The choice of a view, as tabs.
fn lenses(shown: Lens, on_lens: &Callback<Lens>) -> Html {
    let on_key = {
        let on_lens = on_lens.clone();
        Callback::from(move |event: KeyboardEvent| {
            let step = match event.key().as_str() {
                "ArrowLeft" => Lens::ALL.len() - 1,
                "ArrowRight" => 1,
                _ => return,
            };
            let here = Lens::ALL.iter().position(|lens| *lens == shown).unwrap_or(0);
            let place = (here + step) % Lens::ALL.len();
            if let Some(next) = Lens::ALL.get(place) {
                on_lens.emit(*next);
                let list = event
                    .current_target()
                    .and_then(|list| wasm_bindgen::JsCast::dyn_into::<Element>(list).ok());
                let tab = list.and_then(|list| list.children().item(place as u32));
                if let Some(tab) = tab.and_then(|tab| wasm_bindgen::JsCast::dyn_into::<HtmlElement>(tab).ok())
                {
                    drop(tab.focus());
                }
            }
        })
    };
    let tab = |(place, lens): (usize, &Lens)| {
        let lens = *lens;
        let chosen = lens == shown;
        let onclick = on_lens.reform(move |_: MouseEvent| lens);
        html! {
            <button type="button" role="tab" aria-selected={chosen.to_string()} aria-controls="vue-cluster"
                tabindex={if chosen { "0" } else { "-1" }} title={texts::lens_help(lens)} {onclick}>
                <kbd aria-hidden="true">{ place + 1 }</kbd>{ texts::lens(lens) }</button>
        }
    };
    html! {
        <div class="cv-lenses" role="tablist" aria-label={texts::LENSES} onkeydown={on_key}>
            { for Lens::ALL.iter().enumerate().map(tab) }
        </div>
    }
}

/// How far a view may be enlarged or shrunk.
pub(super) fn zoomed(lens: Lens, zoom: f64, step: f64, fit: f64) -> f64 {
    if step == 0.0 {
        return fit;
    }
    let (least, most) = if lens == Lens::Nodes {
        (1.0, 6.0)
    } else {
        (fit.min(0.5), 3.0)
    };
    let zoom = within(zoom * step, least, most);
    // a hair from its own size is its own size
    if (zoom - 1.0).abs() < 0.03 { 1.0 } else { zoom }
}

/// The scene as large as the learner wishes (0: as the view likes it), how large that is, and how large it would be to be seen whole.
fn see(
    view: &Projection,
    board: Option<&Board>,
    options: &Options,
    (viewport, wish): (Size, f64),
) -> (Rc<Scene>, f64, f64) {
    let room = |factor: f64| Size {
        w: viewport.w * factor,
        h: viewport.h * factor,
    };
    let lens = options.lens;
    if lens == Lens::Nodes {
        // the nodes use more room to say more; a board is drawn larger
        let zoom = wish.max(1.0);
        return (Rc::new(Scene::new(view, board, options, room(zoom))), zoom, 1.0);
    }
    let mut scene = Scene::new(view, board, options, viewport);
    let fit = fitting(lens, viewport, scene.size);
    let zoom = match (wish > 0.0, lens) {
        (true, _) => wish,
        // what is whole only when it is seen whole
        // in tenths, so that it does not change with every card that comes or goes; and to be read, even if not all is seen at once
        (false, Lens::Traffic | Lens::Machinery) => {
            let least = if lens == Lens::Traffic { 0.8 } else { 0.6 };
            ((fit * 10.0).floor() / 10.0).max(least)
        }
        (false, _) => 1.0,
    };
    if zoom < 1.0 {
        // drawn smaller, it has more room
        scene = Scene::of(
            std::mem::take(&mut scene.index),
            view,
            board,
            options,
            room(1.0 / zoom),
        );
        return (Rc::new(scene), zoom, fit);
    }
    (Rc::new(scene), zoom, fit)
}

/// The size at which everything is seen.
fn fitting(lens: Lens, viewport: Size, scene: Size) -> f64 {
    if lens == Lens::Nodes || scene.w <= 0.0 || scene.h <= 0.0 {
        return 1.0;
    }
    within((viewport.w / scene.w).min(viewport.h / scene.h), 0.25, 1.0)
}

/// Keys of the view as a whole: 1 to 4 choose it, + and − enlarge and shrink, 0 shows everything.
fn keys(
    on_lens: Callback<Lens>,
    set_zoom: Callback<f64>,
    (lens, zoom, fit): (Lens, f64, f64),
) -> Callback<KeyboardEvent> {
    Callback::from(move |event: KeyboardEvent| {
        let typed = event
            .target()
            .and_then(|target| wasm_bindgen::JsCast::dyn_into::<Element>(target).ok());
        let typing = typed.is_some_and(|element| matches!(element.tag_name().as_str(), "SELECT" | "INPUT"));
        if typing || event.ctrl_key() || event.alt_key() || event.meta_key() {
            return;
        }
        let key = event.key();
        match key.as_str() {
            "+" | "=" => set_zoom.emit(zoomed(lens, zoom, 1.25, fit)),
            "-" => set_zoom.emit(zoomed(lens, zoom, 0.8, fit)),
            "0" => set_zoom.emit(fit),
            number => {
                let place = number
                    .parse::<usize>()
                    .ok()
                    .and_then(|number| number.checked_sub(1));
                let Some(lens) = place.and_then(|place| Lens::ALL.get(place)) else {
                    return;
                };
                on_lens.emit(*lens);
            }
        }
        event.prevent_default();
    })
}

/// Sends the marks of a new board on their way, and remembers them for the list.
#[hook]
fn use_marks(board: Option<&Rc<Board>>, stage: (Lens, u64), surface: &Rc<Surface>) -> Recent {
    let recent = use_state_eq(Recent::default);
    {
        let (recent, surface) = (recent.clone(), surface.clone());
        let memory = use_mut_ref(|| (None, Recent::default()));
        use_effect_with((board.cloned().map(Shared), stage), move |(board, stage)| {
            let mut memory = memory.borrow_mut();
            if memory.0.is_some_and(|before| before != *stage) {
                surface.land();
                *memory = (None, Recent::default());
                recent.set(Recent::default());
            }
            if let Some(Shared(board)) = board {
                let marks: Vec<Rc<Mark>> = board.marks.iter().cloned().map(Rc::new).collect();
                // what was under way before somebody looked is listed, it does not travel
                let looked = memory.0.replace(*stage).is_some();
                if !marks.is_empty() {
                    if looked {
                        surface.launch(&marks);
                    }
                    memory.1 = std::mem::take(&mut memory.1).with(&marks, board.skipped);
                    recent.set(memory.1.clone());
                }
            }
        });
    }
    (*recent).clone()
}

/// Tells what is looked at, whenever that changes.
#[hook]
fn use_look(props: &ClusterViewProps, options: &Options) {
    let look = Look {
        lens: props.lens,
        namespace: options.namespace.clone(),
        show_system: options.show_system,
    };
    let on_look = props.on_look.clone();
    use_effect_with((look, props.projection.epoch), move |(look, _)| {
        on_look.emit(look.clone());
    });
}

/// The scheduler's decision about the Pod in the inspector, or else about the first that finds no node.
#[hook]
fn use_decision(props: &ClusterViewProps, subject: Option<&Subject>) -> Option<Rc<Decision>> {
    let decision = use_state_eq(|| None::<Rc<Decision>>);
    let view = &props.projection;
    let stuck = || {
        let stuck = view
            .pods
            .values()
            .filter(|pod| State::of(pod) == State::Unschedulable);
        stuck.min_by_key(|pod| (pod.meta.created_micros, &pod.meta.name))
    };
    let pod = match subject {
        Some(subject) => view.pods.get(&subject.id),
        None if props.lens == Lens::Nodes => stuck(),
        None => None,
    };
    let wanted = pod.map(|pod| {
        let meta = &pod.meta;
        let stamp = (pod.node.clone(), pod.unschedulable.clone());
        (meta.namespace.clone(), meta.name.clone(), stamp)
    });
    {
        let (decision, on_decide) = (decision.clone(), props.on_decide.clone());
        use_effect_with((wanted, view.epoch), move |(wanted, _)| match wanted {
            Some((namespace, name, _)) => {
                on_decide.emit((namespace.clone(), name.clone(), Callback::from(setter(&decision))));
            }
            None => decision.set(None),
        });
    }
    (*decision).clone()
}

fn setter<T: Clone + PartialEq + 'static>(state: &UseStateHandle<T>) -> impl Fn(T) + 'static {
    let state = state.clone();
    move |value| state.set(value)
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

/// Opens the inspector on an object, or the panel of a component.
#[hook]
fn use_inspect(
    props: &ClusterViewProps,
    subject: &UseStateHandle<Option<Subject>>,
    machine: &UseStateHandle<Option<Id>>,
) -> Callback<Id> {
    let (subject, machine) = (subject.clone(), machine.clone());
    use_callback(Shared(props.projection.clone()), move |id: Id, view| {
        let found = view.0.find(id).map(|(kind, meta)| Subject::new(kind, meta));
        machine.set(found.is_none().then_some(id));
        subject.set(found);
    })
}

fn tree_events(
    focused: &UseStateHandle<Option<Key>>,
    options: &UseStateHandle<Options>,
    toggled: &UseStateHandle<SortedSet<Key>>,
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
        TreeEvent::Open(id) | TreeEvent::Why(id) => inspect.emit(id),
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
