//! One icon of the sprite. A function, not a component: it is drawn in a hundred places, and each component costs at each.

use yew::prelude::*;

/// The icon with this id in `assets/icons.svg`; decoration only, so hidden from readers.
pub(super) fn icon(name: &str) -> Html {
    html! {
        <svg class="icon" aria-hidden="true" focusable="false"><use href={format!("icons.svg#{name}")} /></svg>
    }
}
