//! The cluster's panel.

use yew::prelude::*;

use crate::{page::hooks::use_engine, protocol::FromEngine, texts};

/// How it looks.
#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// Whether the page is dark.
    pub(super) dark: bool,
}

/// The cluster's panel.
#[component]
pub(super) fn ClusterPanel(_props: &Props) -> Html {
    let open = use_state_eq(|| false);
    {
        let open = open.clone();
        use_engine(move |message| {
            if matches!(message, FromEngine::Opened(_)) {
                open.set(true);
            }
        });
    }
    html! {
        <div class="cluster-stage">
            if !*open { <p class="waiting" role="status">{ texts::ENGINE_STARTING }</p> }
        </div>
    }
}
