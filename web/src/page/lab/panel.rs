//! One panel: a head that names it and folds it, and what it holds.

use yew::prelude::*;

use crate::{page::icon::icon, texts};

use super::layout::Panel;

/// What a panel is.
#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// Which.
    pub(super) panel: Panel,
    /// Whether it is folded.
    pub(super) folded: bool,
    /// Whether it is the one shown where only one has room.
    pub(super) shown: bool,
    /// Tools in its head.
    #[prop_or_default]
    pub(super) tools: Html,
    /// The learner folded or unfolded it.
    pub(super) on_toggle: Callback<()>,
    /// What it holds.
    pub(super) children: Html,
}

/// Icon and title of a panel.
pub(super) fn face(panel: Panel) -> (&'static str, &'static str) {
    match panel {
        Panel::Lesson => ("book", texts::LAB_LESSON),
        Panel::Cluster => ("cluster", texts::LAB_CLUSTER),
        Panel::Editor => ("editor", texts::LAB_EDITOR),
        Panel::Terminal => ("terminal", texts::LAB_TERMINAL),
    }
}

/// A panel.
#[component]
pub(super) fn PanelFrame(props: &Props) -> Html {
    let (face_icon, title) = face(props.panel);
    let id = props.panel.id();
    let verb = if props.folded {
        texts::PANEL_EXPAND
    } else {
        texts::PANEL_COLLAPSE
    };
    let label = format!("{verb}{title}");
    let on_toggle = {
        let on_toggle = props.on_toggle.clone();
        Callback::from(move |_: MouseEvent| on_toggle.emit(()))
    };
    html! {
        <section {id} class={classes!("panel", props.folded.then_some("folded"), props.shown.then_some("shown"))}
            aria-label={title} tabindex="-1">
            <div class="panel-head">
                <h2>{ icon(face_icon) }<span>{ title }</span></h2>
                <div class="panel-tools">{ props.tools.clone() }</div>
                <button class="icon-button fold" aria-expanded={(!props.folded).to_string()} aria-label={label.clone()}
                    title={label} onclick={on_toggle}>{ icon(if props.folded { "expand" } else { "collapse" }) }</button>
            </div>
            <div class="panel-body">{ props.children.clone() }</div>
        </section>
    }
}
