//! One icon of the sprite.

use yew::prelude::*;

/// Which icon.
#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// Its id in `assets/icons.svg`.
    pub(super) name: AttrValue,
}

/// An icon; decoration only, so hidden from readers.
#[component]
pub(super) fn Icon(props: &Props) -> Html {
    html! {
        <svg class="icon" aria-hidden="true" focusable="false"><use href={format!("icons.svg#{}", props.name)} /></svg>
    }
}
