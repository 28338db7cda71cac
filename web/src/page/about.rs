//! What is simulated and what is not: the lab's honesty page.

use yew::prelude::*;

use crate::texts::{self, about::SECTIONS};

/// The page.
#[component]
pub(super) fn About() -> Html {
    html! {
        <main id="contenu" tabindex="-1" class="page narrow prose">
            <h1>{ texts::ABOUT_TITLE }</h1>
            { for SECTIONS.iter().map(|(title, paragraphs)| html! {
                <section>
                    <h2>{ *title }</h2>
                    { for paragraphs.iter().map(|words| html! { <p>{ *words }</p> }) }
                </section>
            }) }
        </main>
    }
}
