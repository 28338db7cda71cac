//! The chain of causes in the inspector: steps with their object, what Kubernetes says, and the line or command they come from.

use yew::prelude::*;

use crate::view::projection::{Id, Projection};
use crate::view::texts;

use super::inspector::Wish;

/// Lays out the lines of `timonier_core::explain::lines`. Names of objects lead to them, lines of files to the editor.
pub(super) fn draw(
    words: &str,
    on_open: &Callback<(String, String, String)>,
    on_wish: &Callback<Wish>,
) -> Html {
    let mut steps: Vec<(String, Vec<Html>)> = Vec::new();
    for line in words.lines() {
        let mut letters = line.chars();
        let (sign, rest) = (letters.next(), letters.as_str());
        let mut parts = rest.split('\t').map(str::to_owned);
        let mut part = || parts.next().unwrap_or_default();
        let drawn = match sign {
            Some('=') => {
                steps.push((rest.to_owned(), Vec::new()));
                continue;
            }
            Some('@') => {
                let named = (part(), part(), part());
                let words = format!("{} {}", named.0, named.2);
                let onclick = on_open.reform(move |_: MouseEvent| named.clone());
                html! { <button type="button" class="cv-link" {onclick}>{ words }</button> }
            }
            Some('>') => {
                let (file, number, text) = (part(), part(), part());
                let words = texts::line_of(&file, &number);
                let wish = Wish::Line(file, number.parse().unwrap_or(1));
                let onclick = on_wish.reform(move |_: MouseEvent| wish.clone());
                html! { <p><button type="button" class="cv-link" {onclick}>{ words }</button><code>{ text }</code></p> }
            }
            Some('$') => html! { <p><code>{ format!("$ {rest}") }</code></p> },
            _ => html! { <q>{ rest }</q> },
        };
        if let Some((_, details)) = steps.last_mut() {
            details.push(drawn);
        }
    }
    html! { <ol class="cv-why">{ for steps.into_iter().map(|(text, details)| html! { <li><p>{ text }</p>{ for details }</li> }) }</ol> }
}

/// The object of this kind and name, if the view has it.
pub(super) fn find(view: &Projection, (kind, namespace, name): &(String, String, String)) -> Option<Id> {
    let ids = (view.pods.keys())
        .chain(view.nodes.keys())
        .chain(view.services.keys())
        .chain(view.deployments.keys())
        .chain(view.replica_sets.keys())
        .chain(view.namespaces.keys())
        .chain(view.things.keys());
    ids.copied().find(|id| {
        view.find(*id)
            .is_some_and(|(found, meta)| found == kind && meta.name == *name && meta.namespace == *namespace)
    })
}
