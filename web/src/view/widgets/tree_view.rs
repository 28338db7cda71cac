//! The accessible tree in the DOM: invisible, in place, walked by arrow keys.

use std::rc::Rc;

use web_sys::{Element, HtmlElement, KeyboardEvent};
use yew::prelude::*;

use crate::view::projection::Id;
use crate::view::scene::Key;
use crate::view::texts;
use crate::view::tree::{Entry, Walk, walk};

/// What the learner does in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TreeEvent {
    /// An entry got the focus.
    Focus(Key, Option<Id>),
    /// The focus left.
    Blur,
    /// A place is opened or closed.
    Toggle(Key),
    /// An object is to be inspected.
    Open(Id),
    /// An object is to be explained.
    Why(Id),
}

/// What the tree is given.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct Props {
    /// Its entries.
    pub(super) entries: Rc<Vec<Entry>>,
    /// The one that the Tab key reaches.
    pub(super) focused: Option<Key>,
    /// What the learner does.
    pub(super) on_event: Callback<TreeEvent>,
}

/// A key as an attribute.
pub(super) fn dom_key(key: Key) -> String {
    match key {
        Key::Node(id) => format!("node-{}", id.0),
        Key::Waiting => "waiting".into(),
        Key::Workload(id) => format!("workload-{}", id.0),
        Key::Pane(id) => format!("pane-{}", id.0),
        Key::Service(id) => format!("service-{}", id.0),
        Key::Pod(id) => format!("pod-{}", id.0),
        Key::Thing(id) => format!("thing-{}", id.0),
        Key::Things(id) => format!("things-{}", id.0),
        Key::Card(id) => format!("card-{}", id.0),
        Key::Link(..) | Key::Wire(..) | Key::Heading(_) | Key::More(_) | Key::Notice | Key::Tooltip => {
            String::new()
        }
    }
}

/// The tree.
#[component]
pub(super) fn TreeView(props: &Props) -> Html {
    let root = use_node_ref();
    let current = props
        .focused
        .and_then(|key| props.entries.iter().position(|entry| entry.key == key))
        .unwrap_or(0);
    let on_key = {
        let (entries, on_event, root) = (props.entries.clone(), props.on_event.clone(), root.clone());
        Callback::from(move |event: KeyboardEvent| {
            if event.ctrl_key() || event.alt_key() || event.meta_key() {
                return;
            }
            let key = event.key();
            if matches!(key.as_str(), "Enter" | " " | "?") {
                event.prevent_default();
                if let Some(id) = entries.get(current).and_then(|entry| entry.target) {
                    on_event.emit(if key == "?" {
                        TreeEvent::Why(id)
                    } else {
                        TreeEvent::Open(id)
                    });
                }
                return;
            }
            match walk(&entries, current, &key) {
                Some(Walk::To(next)) => {
                    event.prevent_default();
                    focus(&root, next);
                }
                Some(Walk::Toggle(at)) => {
                    event.prevent_default();
                    if let Some(entry) = entries.get(at) {
                        on_event.emit(TreeEvent::Toggle(entry.key));
                    }
                }
                None => {}
            }
        })
    };
    html! {
        <div class="cv-tree" role="tree" aria-label={texts::TREE_NAME} ref={root} onkeydown={on_key}>
            { for props.entries.iter().enumerate().map(|(place, entry)| item(entry, place == current, &props.on_event)) }
        </div>
    }
}

fn item(entry: &Entry, current: bool, on_event: &Callback<TreeEvent>) -> Html {
    let focus = {
        let (on_event, key, target) = (on_event.clone(), entry.key, entry.target);
        Callback::from(move |_: FocusEvent| on_event.emit(TreeEvent::Focus(key, target)))
    };
    let blur = on_event.reform(|_: FocusEvent| TreeEvent::Blur);
    let rect = entry.rect;
    let style = format!(
        "left:{}px;top:{}px;width:{}px;height:{}px",
        rect.x.round() as i64,
        rect.y.round() as i64,
        rect.w.round() as i64,
        rect.h.round() as i64
    );
    let name = dom_key(entry.key);
    html! {
        <div key={name.clone()} data-key={name} role="treeitem" class="cv-item" {style}
            aria-label={entry.label.clone()} aria-level={entry.level.to_string()}
            aria-expanded={entry.expanded.map(|open| open.to_string())}
            tabindex={if current { "0" } else { "-1" }} onfocus={focus} onblur={blur}></div>
    }
}

fn focus(root: &NodeRef, place: usize) {
    let found = root
        .cast::<Element>()
        .and_then(|root| root.children().item(place as u32));
    if let Some(element) = found.and_then(|found| wasm_bindgen::JsCast::dyn_into::<HtmlElement>(found).ok()) {
        drop(element.focus());
    }
}
