//! What is shown: namespace, system pods, legend.

use std::rc::Rc;
use timonier_core::sorted::SortedSet;

use wasm_bindgen::JsCast;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::view::projection::Projection;
use crate::view::scene::{Options, is_system};
use crate::view::texts;

/// What the toolbar is given.
#[derive(Clone, Properties)]
pub(super) struct Props {
    /// What is known of the cluster.
    pub(super) projection: Rc<Projection>,
    /// What is shown now.
    pub(super) options: Options,
    /// Whether the legend is shown.
    pub(super) legend: bool,
    /// Whether the list of messages is shown, where there is one.
    pub(super) journal: Option<bool>,
    /// The learner chose otherwise.
    pub(super) on_tool: Callback<Tool>,
}

/// What the learner chose.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tool {
    /// What is shown.
    Options(Options),
    /// The legend, shown or hidden.
    Legend,
    /// The list of messages, shown or hidden.
    Journal,
    /// Larger or smaller by this factor; 0 for everything.
    Zoom(f64),
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.projection, &other.projection)
            && self.options == other.options
            && self.legend == other.legend
            && self.journal == other.journal
    }
}

/// The toolbar.
#[component]
pub(super) fn Toolbar(props: &Props) -> Html {
    let toggle_system = {
        let options = props.options.clone();
        props.on_tool.reform(move |_: MouseEvent| {
            Tool::Options(Options {
                show_system: !options.show_system,
                ..options.clone()
            })
        })
    };
    let toggle = |words: &'static str, on: bool, tool: Tool| {
        let onclick = props.on_tool.reform(move |_: MouseEvent| tool.clone());
        html! { <button type="button" class="cv-toggle" aria-pressed={on.to_string()} {onclick}>{ words }</button> }
    };
    let zoom = |sign: &'static str, words: &'static str, step: f64| {
        let onclick = props.on_tool.reform(move |_: MouseEvent| Tool::Zoom(step));
        html! { <button type="button" class="cv-toggle cv-zoom" aria-label={words} title={words} {onclick}>{ sign }</button> }
    };
    html! {
        <div class="cv-toolbar">
            { namespaces(props) }
            <button type="button" class="cv-toggle" aria-pressed={props.options.show_system.to_string()}
                onclick={toggle_system}>{ texts::SHOW_SYSTEM }</button>
            if let Some(on) = props.journal { { toggle(texts::JOURNAL, on, Tool::Journal) } }
            { toggle(texts::LEGEND, props.legend, Tool::Legend) }
            { zoom("−", texts::ZOOM_OUT, 0.8) }
            { zoom("⤢", texts::ZOOM_FIT, 0.0) }
            { zoom("+", texts::ZOOM_IN, 1.25) }
        </div>
    }
}

/// The choice of namespace, once there is one.
fn namespaces(props: &Props) -> Html {
    let view = &props.projection;
    let known = view
        .pods
        .values()
        .map(|pod| &pod.meta)
        .chain(view.deployments.values().map(|deployment| &deployment.meta))
        .chain(view.services.values().map(|service| &service.meta))
        .chain(view.things.values().map(|thing| &thing.meta))
        .filter(|meta| !is_system(meta) && !meta.namespace.is_empty())
        .map(|meta| meta.namespace.as_str())
        .chain(props.options.namespace.as_deref());
    let mut names: SortedSet<&str> = SortedSet::new();
    names.extend(known);
    if names.len() < 2 {
        return Html::default();
    }
    let onchange = {
        let options = props.options.clone();
        props.on_tool.reform(move |event: Event| {
            let select = event
                .target()
                .and_then(|target| target.dyn_into::<HtmlSelectElement>().ok());
            let namespace = select
                .map(|select| select.value())
                .filter(|value| !value.is_empty());
            Tool::Options(Options {
                namespace,
                ..options.clone()
            })
        })
    };
    let chosen = props.options.namespace.as_deref();
    html! {
        <label class="cv-namespace">
            <span>{ texts::NAMESPACE }</span>
            <select {onchange}>
                <option value="" selected={chosen.is_none()}>{ texts::ALL_NAMESPACES }</option>
                { for names.into_iter().map(|name| html! {
                    <option value={name.to_owned()} selected={chosen == Some(name)}>{ name }</option>
                }) }
            </select>
        </label>
    }
}
