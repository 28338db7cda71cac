//! Brings in bundled parts (editor, terminal) when they are first needed, and reads design tokens.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlLinkElement, Response};

#[wasm_bindgen(
    inline_js = "export function importHere(url) { return import(new URL(url, document.baseURI).href); }"
)]
extern "C" {
    #[wasm_bindgen(js_name = importHere)]
    fn import_here(url: &str) -> Promise;
}

/// Loads an ECMAScript module of the lab's own origin.
///
/// # Errors
/// When it cannot be loaded.
pub(super) async fn module(url: &str) -> Result<JsValue, JsValue> {
    JsFuture::from(import_here(url)).await
}

/// Loads a style sheet of the lab's own origin, once.
///
/// # Errors
/// When it cannot be loaded.
pub(super) async fn style(url: &str) -> Result<(), JsValue> {
    let document = web_sys::window()
        .and_then(|window| window.document())
        .ok_or(JsValue::NULL)?;
    let head = document.head().ok_or(JsValue::NULL)?;
    if head.query_selector(&format!("link[href='{url}']"))?.is_some() {
        return Ok(());
    }
    let link: HtmlLinkElement = document.create_element("link")?.unchecked_into();
    link.set_rel("stylesheet");
    link.set_href(url);
    let loaded = Promise::new(&mut |resolve, reject| {
        link.set_onload(Some(&resolve));
        link.set_onerror(Some(&reject));
    });
    head.append_child(&link)?;
    JsFuture::from(loaded).await.map(drop)
}

/// The text of a file of the lab's own origin.
///
/// # Errors
/// When it cannot be fetched.
pub(super) async fn text(url: &str) -> Result<String, JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let response: Response = JsFuture::from(window.fetch_with_str(url)).await?.dyn_into()?;
    if !response.ok() {
        return Err(JsValue::from(response.status()));
    }
    let text = JsFuture::from(response.text()?).await?;
    Ok(text.as_string().unwrap_or_default())
}

/// The value of a design token (a CSS custom property of the root).
pub(super) fn token(name: &str) -> Option<String> {
    let window = web_sys::window()?;
    let root = window.document()?.document_element()?;
    let style = window.get_computed_style(&root).ok().flatten()?;
    let value = style.get_property_value(name).ok()?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}
