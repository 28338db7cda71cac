//! A question that must be answered before something is lost.

use web_sys::HtmlDialogElement;
use yew::prelude::*;

use crate::texts;

/// What is asked.
#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The question.
    pub(super) title: AttrValue,
    /// What would happen.
    pub(super) text: AttrValue,
    /// The word on the button that does it.
    pub(super) yes: AttrValue,
    /// Whether something is lost for good.
    #[prop_or_default]
    pub(super) grave: bool,
    /// The answer.
    pub(super) on_answer: Callback<bool>,
}

/// The question; it is shown while it is in the page.
#[component]
pub(super) fn Confirm(props: &Props) -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            if let Some(dialog) = node.cast::<HtmlDialogElement>() {
                drop(dialog.show_modal());
            }
        });
    }
    let answer = |value: bool| {
        let on_answer = props.on_answer.clone();
        Callback::from(move |_: MouseEvent| on_answer.emit(value))
    };
    let on_cancel = {
        let on_answer = props.on_answer.clone();
        Callback::from(move |_: Event| on_answer.emit(false))
    };
    html! {
        <dialog ref={node} class="dialog" aria-labelledby="question" aria-describedby="consequence" oncancel={on_cancel}>
            <h2 id="question">{ props.title.clone() }</h2>
            <p id="consequence">{ props.text.clone() }</p>
            <div class="dialog-buttons">
                <button class="button" onclick={answer(false)} autofocus=true>{ texts::CANCEL }</button>
                <button class={classes!("button", if props.grave { "grave" } else { "primary" })} onclick={answer(true)}>
                    { props.yes.clone() }
                </button>
            </div>
        </dialog>
    }
}
