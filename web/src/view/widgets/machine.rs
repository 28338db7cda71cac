//! The panel of a component: what it is, how it is, and its switch. The switch types a command of the lab in the terminal, so that it is seen,
//! kept and undone like any other.

use web_sys::{HtmlElement, KeyboardEvent};
use yew::prelude::*;

use crate::view::board::Card;
use crate::view::texts;

/// What the panel is given.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct Props {
    /// The component.
    pub(super) card: Card,
    /// What is shown is the past: nothing can be done to it.
    pub(super) past: bool,
    /// A command is to be typed in the terminal.
    pub(super) on_command: Callback<String>,
    /// It is to be closed.
    pub(super) on_close: Callback<()>,
}

/// The panel.
#[component]
pub(super) fn Machine(props: &Props) -> Html {
    let card = &props.card;
    let panel = use_node_ref();
    {
        let panel = panel.clone();
        use_effect_with(card.id, move |_| {
            if let Some(element) = panel.cast::<HtmlElement>() {
                drop(element.focus());
            }
        });
    }
    let on_key = {
        let on_close = props.on_close.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.stop_propagation();
                on_close.emit(());
            }
        })
    };
    let close = props.on_close.reform(|_: MouseEvent| ());
    let action = card
        .action
        .clone()
        .filter(|_| !props.past)
        .map(|(words, command)| {
            let onclick = props.on_command.reform(move |_: MouseEvent| command.clone());
            html! { <p><button type="button" class="button" {onclick}>{ words }</button></p> }
        });
    let state = card.state.map(|state| {
        let style = format!("--cv-state:var({})", state.token().property());
        html! { <span class="cv-state" {style}>{ &card.note }</span> }
    });
    html! {
        <aside class="cv-inspector cv-machine" role="region" aria-label={texts::inspector_name(&card.kind, &card.name)}
            tabindex="-1" ref={panel} onkeydown={on_key}>
            <header>
                <div class="cv-title"><span class="cv-kind">{ &card.kind }</span><h3>{ &card.name }</h3>{ state.unwrap_or_default() }</div>
                <button type="button" class="cv-close" aria-label={texts::CLOSE} title={texts::CLOSE} onclick={close}>{ "×" }</button>
            </header>
            <div class="cv-text">
                { for card.lines.iter().map(|line| html! { <p>{ line }</p> }) }
                { action.unwrap_or_default() }
            </div>
        </aside>
    }
}
