//! Where only one panel has room: the bar that chooses it.

use yew::prelude::*;

use crate::{page::icon::icon, texts};

use super::{layout::Panel, panel::face};

/// Which panel is shown.
#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The one that is shown.
    pub(super) shown: Panel,
    /// The learner chose another.
    pub(super) on_choose: Callback<Panel>,
}

/// The bar.
#[component]
pub(super) fn Tabs(props: &Props) -> Html {
    let tab = |panel: Panel| {
        let (face_icon, title) = face(panel);
        let on_choose = props.on_choose.clone();
        let pressed = props.shown == panel;
        html! {
            <button aria-pressed={pressed.to_string()} aria-controls={panel.id()}
                onclick={Callback::from(move |_: MouseEvent| on_choose.emit(panel))}>
                { icon(face_icon) }<span>{ title }</span>
            </button>
        }
    };
    html! { <nav class="tabs" aria-label={texts::LAB_PANELS}>{ for Panel::ALL.into_iter().map(tab) }</nav> }
}
