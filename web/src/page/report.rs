//! Reports that the learner can download: what a trap or an unreadable log put aside.

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};
use yew::prelude::*;

use crate::{
    protocol::{Answer, Query},
    texts,
};

use super::{icon::icon, session::Session};

/// Offers the report of the traps so far.
pub(super) fn button(session: &Session) -> Html {
    let session = session.clone();
    let on_click = Callback::from(move |_: MouseEvent| {
        let mut text = String::from("Timonier: the simulator trapped\n");
        for (reason, dropped) in session.trap_report() {
            text.push_str(&format!("\n# reason\n{reason}\n\n# inputs put aside\n"));
            for entry in dropped {
                text.push_str(&format!("{entry:?}\n"));
            }
        }
        if let Some(opened) = session.opened() {
            text.push_str(&format!("\n# lab {} seed {}\n", opened.lab.key(), opened.seed));
            for entry in &opened.entries {
                text.push_str(&format!("{entry:?}\n"));
            }
        }
        download("timonier-rapport.txt", &text);
    });
    labelled(on_click, texts::ENGINE_REPORT)
}

/// Offers what was put aside because it could not be read.
pub(super) fn aside_button(session: &Session) -> Html {
    let session = session.clone();
    let on_click = Callback::from(move |_: MouseEvent| {
        let session = session.clone();
        wasm_bindgen_futures::spawn_local(async move {
            if let Ok(Answer::Text(text)) = session.ask(Query::Aside).await {
                download("timonier-mis-de-cote.json", &text);
            }
        });
    });
    labelled(on_click, texts::NOTICE_DOWNLOAD)
}

/// Reloads the page.
pub(super) fn reload_button() -> Html {
    let on_click = Callback::from(|_: MouseEvent| {
        if let Some(window) = web_sys::window() {
            drop(window.location().reload());
        }
    });
    html! { <button class="button" onclick={on_click}>{ icon("restart") }{ texts::ENGINE_RELOAD }</button> }
}

fn labelled(on_click: Callback<MouseEvent>, words: &'static str) -> Html {
    html! { <button class="button" onclick={on_click}>{ icon("download") }{ words }</button> }
}

/// Hands a text to the browser as a file to save.
pub(super) fn download(name: &str, text: &str) {
    let saved = || -> Result<(), JsValue> {
        let options = BlobPropertyBag::new();
        options.set_type("text/plain;charset=utf-8");
        let blob = Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &options)?;
        let url = Url::create_object_url_with_blob(&blob)?;
        let document = web_sys::window()
            .and_then(|window| window.document())
            .ok_or(JsValue::NULL)?;
        let link: HtmlAnchorElement = document.create_element("a")?.unchecked_into();
        link.set_href(&url);
        link.set_download(name);
        link.click();
        Url::revoke_object_url(&url)
    };
    if let Err(error) = saved() {
        web_sys::console::error_1(&error);
    }
}
