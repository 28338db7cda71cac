//! The scheduler's decision about a Pod: each node with its points or with the reason for which it was refused.

use std::rc::Rc;

use yew::prelude::*;

use crate::view::decision::{Decision, Verdict};
use crate::view::texts;

/// What the panel is given.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct Props {
    /// The decision, if it is still known.
    pub(super) decision: Option<Rc<Decision>>,
}

/// The decision.
#[component]
pub(super) fn Placement(props: &Props) -> Html {
    let Some(decision) = &props.decision else {
        return html! { <p class="cv-wait">{ texts::NO_DECISION }</p> };
    };
    html! {
        <div class="cv-placement">
            if !decision.message.is_empty() { <p class="cv-said">{ &decision.message }</p> }
            { for decision.verdicts.iter().map(|verdict| of_node(verdict, decision.chosen.as_ref() == Some(&verdict.node))) }
        </div>
    }
}

fn of_node(verdict: &Verdict, chosen: bool) -> Html {
    let (mark, class) = match (&verdict.refusal, chosen) {
        (Some(_), _) => ("✕", "cv-refused"),
        (None, true) => ("★", "cv-chosen"),
        (None, false) => ("✓", "cv-fits"),
    };
    html! {
        <section class={class}>
            <h4><span aria-hidden="true">{ mark }</span>{ &verdict.node }
                if chosen { <em>{ texts::CHOSEN }</em> }
                if verdict.total > 0 { <em>{ texts::points(verdict.total) }</em> }</h4>
            if let Some(refusal) = &verdict.refusal {
                <p><code>{ format!("{}: {}", refusal.plugin, refusal.reason) }</code></p>
                <p>{ &refusal.why }</p>
            } else if verdict.scores.is_empty() {
                <p>{ texts::ONLY_CANDIDATE }</p>
            } else {
                <table>
                    <thead><tr>{ for texts::SCORES.iter().map(|words| html! { <th scope="col">{ words }</th> }) }</tr></thead>
                    <tbody>{ for verdict.scores.iter().map(|(plugin, score, weight)| html! {
                        <tr><th scope="row">{ plugin }</th><td>{ score }</td><td>{ format!("× {weight}") }</td></tr>
                    }) }</tbody>
                </table>
            }
        </section>
    }
}
