//! The inspector: one object's live YAML, description, events and, for a Deployment, revisions.

use std::cell::Cell;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use web_sys::{HtmlElement, KeyboardEvent};
use yew::prelude::*;

use crate::view::decision::Decision;
use crate::view::look::{self, State};
use crate::view::projection::{Id, Meta, Projection, ThingRecord};
use crate::view::texts;

use super::browser::now_ms;
use super::placement::Placement;
use super::revisions::Revisions;
use super::{why, yaml};

/// A changing object is fetched again at most this often, in milliseconds.
const REFRESH_MS: u32 = 400;

/// What of an object is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aspect {
    /// `kubectl get -o yaml`.
    Yaml,
    /// `kubectl describe`.
    Describe,
    /// `kubectl get events` about it.
    Events,
    /// Why it is as it is.
    Why,
}

/// What the inspector asks of the editor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// To show this line of a file.
    Line(String, u32),
    /// To open the manifest of an object, of this kind, namespace and name.
    Edit(String, String, String),
}

/// A wish to see a text about an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Inspection {
    /// What of it.
    pub aspect: Aspect,
    /// Its kind.
    pub kind: String,
    /// Its namespace; empty for kinds without.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// To be called once, with the text or why there is none.
    pub reply: Callback<Result<String, String>>,
}

/// The object in the inspector; outlives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Subject {
    /// Its id.
    pub(super) id: Id,
    kind: String,
    namespace: String,
    name: String,
}

impl Subject {
    /// The object with this identity.
    pub(super) fn new(kind: &str, meta: &Meta) -> Self {
        Self {
            id: meta.id,
            kind: kind.to_owned(),
            namespace: meta.namespace.clone(),
            name: meta.name.clone(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Text(Aspect),
    Revisions,
    Placement,
}

impl Tab {
    fn title(self) -> &'static str {
        match self {
            Self::Text(Aspect::Yaml) => texts::TAB_YAML,
            Self::Text(Aspect::Describe) => texts::TAB_DESCRIBE,
            Self::Text(Aspect::Events) => texts::TAB_EVENTS,
            Self::Text(Aspect::Why) => texts::TAB_WHY,
            Self::Revisions => texts::TAB_REVISIONS,
            Self::Placement => texts::TAB_PLACEMENT,
        }
    }
}

/// What the inspector is given.
#[derive(Clone, Properties)]
pub(super) struct Props {
    /// What it shows.
    pub(super) subject: Subject,
    /// What is known of the cluster.
    pub(super) projection: Rc<Projection>,
    /// What the scheduler decided, if it is a Pod.
    pub(super) decision: Option<Rc<Decision>>,
    /// Fetches texts.
    pub(super) on_inspect: Callback<Inspection>,
    /// Another object is to be inspected.
    pub(super) on_open: Callback<Id>,
    /// It is to be closed.
    pub(super) on_close: Callback<()>,
    /// The editor is to show something.
    pub(super) on_wish: Callback<Wish>,
    /// Whether it opens on why the object is as it is.
    pub(super) why: bool,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        self.subject == other.subject
            && Rc::ptr_eq(&self.projection, &other.projection)
            && self.decision == other.decision
    }
}

/// The inspector.
#[component]
pub(super) fn Inspector(props: &Props) -> Html {
    let Subject { id, kind, name, .. } = props.subject.clone();
    let first = if props.why {
        Tab::Text(Aspect::Why)
    } else if kind == "Deployment" {
        Tab::Revisions
    } else if props
        .projection
        .pods
        .get(&id)
        .is_some_and(|pod| pod.node.is_empty())
    {
        Tab::Placement
    } else {
        Tab::Text(Aspect::Describe)
    };
    let tab = use_state_eq(|| first);
    let panel = use_node_ref();
    let exists = props.projection.find(id).is_some();
    let text = use_text(props, *tab, exists);
    {
        let panel = panel.clone();
        use_effect_with((), move |()| {
            if let Some(element) = panel.cast::<HtmlElement>() {
                drop(element.focus());
            }
        });
    }
    let mut tabs = vec![
        Tab::Text(Aspect::Describe),
        Tab::Text(Aspect::Yaml),
        Tab::Text(Aspect::Events),
        Tab::Text(Aspect::Why),
    ];
    if kind == "Deployment" {
        tabs.insert(0, Tab::Revisions);
    }
    if kind == "Pod" {
        tabs.push(Tab::Placement);
    }
    let on_key = {
        let (on_close, tab, tabs) = (props.on_close.clone(), tab.clone(), tabs.clone());
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "Escape" => {
                event.stop_propagation();
                on_close.emit(());
            }
            "?" => tab.set(Tab::Text(Aspect::Why)),
            key @ ("ArrowLeft" | "ArrowRight") if on_tab(&event) => {
                let step = if key == "ArrowLeft" { tabs.len() - 1 } else { 1 };
                let here = tabs.iter().position(|t| *t == *tab).unwrap_or(0);
                if let Some(next) = tabs.get((here + step) % tabs.len()) {
                    tab.set(*next);
                }
            }
            _ => {}
        })
    };
    let close = props.on_close.reform(|_: MouseEvent| ());
    html! {
        <aside class="cv-inspector" role="region" aria-label={texts::inspector_name(&kind, &name)}
            tabindex="-1" ref={panel} onkeydown={on_key}>
            <header>
                <div class="cv-title">
                    <span class="cv-kind">{ kind }</span>
                    <h3>{ name }</h3>
                    { state_chip(props) }
                </div>
                <button type="button" class="cv-close" aria-label={texts::CLOSE} title={texts::CLOSE} onclick={close}>{ "×" }</button>
                { owners(props) }
                { siblings(props) }
                <div class="cv-tabs" role="tablist">
                    { for tabs.into_iter().map(|this| tab_button(this, &tab)) }
                </div>
            </header>
            if !exists { <p class="cv-deleted" role="status">{ texts::DELETED }</p> }
            <div class="cv-text" role="tabpanel" tabindex="0" aria-label={tab.title()}>{ match *tab {
                Tab::Revisions => html! {
                    <Revisions deployment={id} projection={props.projection.clone()} on_open={props.on_open.clone()} />
                },
                Tab::Placement => html! { <Placement decision={props.decision.clone()} /> },
                Tab::Text(aspect) => text_of(aspect, &text, props),
            } }</div>
        </aside>
    }
}

fn on_tab(event: &KeyboardEvent) -> bool {
    event
        .target()
        .and_then(|target| wasm_bindgen::JsCast::dyn_into::<HtmlElement>(target).ok())
        .is_some_and(|element| element.get_attribute("role").as_deref() == Some("tab"))
}

fn tab_button(this: Tab, tab: &UseStateHandle<Tab>) -> Html {
    let chosen = **tab == this;
    let onclick = {
        let tab = tab.clone();
        Callback::from(move |_: MouseEvent| tab.set(this))
    };
    html! {
        <button type="button" role="tab" aria-selected={chosen.to_string()} tabindex={if chosen { "0" } else { "-1" }}
            {onclick}>{ this.title() }</button>
    }
}

/// A pod's state beside its name.
fn state_chip(props: &Props) -> Html {
    let view = &props.projection;
    let Some(pod) = view.pods.get(&props.subject.id) else {
        return Html::default();
    };
    let state = State::of(pod);
    let words = if state == State::Failing {
        look::label(pod, view.now_micros)
    } else {
        texts::state(state).into()
    };
    let style = format!("--cv-state:var({})", state.token().property());
    html! { <span class="cv-state" {style}>{ words }</span> }
}

/// The way from the Deployment down to this object, each step a button.
fn owners(props: &Props) -> Html {
    let view = &props.projection;
    let mut chain = Vec::new();
    let mut owner = view.find(props.subject.id).and_then(|(_, meta)| meta.owner);
    while let Some((kind, meta)) = owner.and_then(|id| view.find(id)) {
        chain.push((kind.to_owned(), meta.id, meta.name.clone()));
        owner = meta.owner;
    }
    if chain.is_empty() {
        return Html::default();
    }
    html! {
        <p class="cv-owners">{ for chain.into_iter().rev().map(|(kind, id, name)| html! {
            <><button type="button" class="cv-link" onclick={props.on_open.reform(move |_: MouseEvent| id)}>
                { format!("{kind} {name}") }</button><span aria-hidden="true">{ " › " }</span></>
        }) }<span>{ &props.subject.kind }</span></p>
    }
}

/// The other things of this kind, each a button: where they are many, the view shows their number only.
fn siblings(props: &Props) -> Html {
    let view = &props.projection;
    let Some(this) = view.things.get(&props.subject.id) else {
        return Html::default();
    };
    let mut others: Vec<&ThingRecord> = view.things.values().map(Rc::as_ref).collect();
    others.retain(|thing| thing.kind == this.kind && thing.meta.id != this.meta.id);
    timonier_core::sort::sort_by_key(&mut others, |thing| (&thing.meta.namespace, &thing.meta.name));
    if others.is_empty() {
        return Html::default();
    }
    html! {
        <p class="cv-owners cv-siblings">{ for others.into_iter().map(|thing| {
            let id = thing.meta.id;
            html! {
                <button type="button" class="cv-link" onclick={props.on_open.reform(move |_: MouseEvent| id)}>{ &thing.meta.name }</button>
            }
        }) }</p>
    }
}

/// A text as fetched: `None` at first.
type Fetched = Option<Result<String, String>>;

fn text_of(aspect: Aspect, text: &Fetched, props: &Props) -> Html {
    match text {
        None => html! { <p class="cv-wait">{ texts::FETCHING }</p> },
        Some(Err(why)) if why.is_empty() => html! { <p class="cv-wait">{ texts::FETCH_FAILED }</p> },
        Some(Err(why)) => html! { <p class="cv-wait">{ why }</p> },
        Some(Ok(words)) if words.trim().is_empty() && aspect == Aspect::Events => {
            html! { <p class="cv-wait">{ texts::NO_EVENTS }</p> }
        }
        Some(Ok(words)) if aspect == Aspect::Why => {
            let (view, on_open) = (props.projection.clone(), props.on_open.clone());
            let on_named = Callback::from(move |named| {
                if let Some(id) = why::find(&view, &named) {
                    on_open.emit(id);
                }
            });
            why::draw(words, &on_named, &props.on_wish)
        }
        Some(Ok(words)) if aspect == Aspect::Yaml => html! {
            <>{ edit_button(props) }<pre class="cv-yaml">{ for words.lines().map(|line| html! {
                <>{ for yaml::parts(line).into_iter().map(|(part, text)| html! { <span class={part.class()}>{ text }</span> }) }{ "\n" }</>
            }) }</pre></>
        },
        Some(Ok(words)) => html! { <pre>{ words }</pre> },
    }
}

/// « Ouvrir dans l'éditeur ».
fn edit_button(props: &Props) -> Html {
    let Subject {
        kind,
        namespace,
        name,
        ..
    } = props.subject.clone();
    let wish = Wish::Edit(kind, namespace, name);
    let onclick = props.on_wish.reform(move |_: MouseEvent| wish.clone());
    html! { <button type="button" class="button small cv-edit" {onclick}>{ texts::OPEN_IN_EDITOR }</button> }
}

fn text_aspect(tab: Tab) -> Option<Aspect> {
    if let Tab::Text(aspect) = tab {
        Some(aspect)
    } else {
        None
    }
}

/// Fetches the tab's text, again whenever the object changes; keeps the last one of an object that is gone.
#[hook]
fn use_text(props: &Props, tab: Tab, exists: bool) -> Fetched {
    let fetched = use_state(|| (tab, None::<Result<String, String>>));
    let number = use_mut_ref(|| Rc::new(Cell::new(0_u32)));
    // what makes the text stale: any change while the object lives (its events change without it)
    let version = if exists { props.projection.version } else { 0 };
    {
        let (fetched, subject, on_inspect) =
            (fetched.clone(), props.subject.clone(), props.on_inspect.clone());
        let last = use_mut_ref(|| (f64::NEG_INFINITY, None::<Tab>));
        use_effect_with((version, tab), move |_| {
            let (at_ms, of) = *last.borrow();
            let since = now_ms() - at_ms;
            let wait_ms = if of == Some(tab) {
                (f64::from(REFRESH_MS) - since).max(0.0) as u32
            } else {
                0
            };
            let timer = text_aspect(tab).filter(|_| exists).map(|aspect| {
                let number = number.borrow().clone();
                Timeout::new(wait_ms, move || {
                    *last.borrow_mut() = (now_ms(), Some(tab));
                    number.set(number.get() + 1);
                    let mine = number.get();
                    let reply = Callback::from(move |result| {
                        // an answer that was overtaken by a later question is of no use
                        if number.get() == mine {
                            fetched.set((tab, Some(result)));
                        }
                    });
                    let Subject {
                        kind,
                        namespace,
                        name,
                        ..
                    } = subject;
                    on_inspect.emit(Inspection {
                        aspect,
                        kind,
                        namespace,
                        name,
                        reply,
                    });
                })
            });
            move || drop(timer)
        });
    }
    if fetched.0 == tab { fetched.1.clone() } else { None }
}
