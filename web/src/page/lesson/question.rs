//! A question of an exercise, with choices of which one is right.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::{
    page::{hooks::use_session, icon::icon},
    protocol::{Doc, Query, QuestionView, Span},
    texts,
};

use super::doc::{DocView, blocks, spans};

/// Which question.
#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The question.
    pub(super) question: QuestionView,
    /// What is said of the last answer, and whether it was right.
    pub(super) said: Option<(bool, Doc)>,
}

/// The question.
#[component]
pub(super) fn QuestionField(props: &Props) -> Html {
    let session = use_session();
    let chosen = use_state_eq(|| None::<String>);
    let on_choose = {
        let chosen = chosen.clone();
        Callback::from(move |event: Event| {
            chosen.set(
                event
                    .target_dyn_into::<HtmlInputElement>()
                    .map(|input| input.value()),
            );
        })
    };
    let on_send = {
        let (chosen, question) = (chosen.clone(), props.question.id.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let (session, question) = (session.clone(), question.clone());
            if let Some(choice) = (*chosen).clone() {
                wasm_bindgen_futures::spawn_local(async move {
                    drop(session.ask(Query::Answer { question, choice }).await);
                });
            }
        })
    };
    let choice = |(id, words): &(String, Vec<Span>)| {
        html! {
            <label>
                <input type="radio" name={props.question.id.clone()} value={id.clone()}
                    checked={chosen.as_ref() == Some(id)} onchange={on_choose.clone()} />
                <span>{ spans(words) }</span>
            </label>
        }
    };
    html! {
        <form class="question" onsubmit={on_send}>
            <DocView doc={props.question.text.clone()} />
            <fieldset>
                <legend>{ texts::QUESTION_ANSWER }</legend>
                { for props.question.choices.iter().map(choice) }
                <button class="button primary" disabled={chosen.is_none()}>{ texts::QUESTION_SEND }</button>
            </fieldset>
            <div role="status">
                if let Some((right, words)) = &props.said {
                    <aside class={classes!("callout", if *right { "important" } else { "warning" })}>
                        <p class="callout-title">
                            { icon(if *right { "check" } else { "hint" }) }
                            { if *right { texts::EXERCISE_RIGHT } else { texts::EXERCISE_WRONG } }
                        </p>
                        { blocks(words) }
                    </aside>
                }
            </div>
        </form>
    }
}
