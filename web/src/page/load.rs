//! Brings in bundled parts (editor, terminal) when they are first needed, and reads design tokens.

use crate::view::decimal::within;
use js_sys::{Array, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlLinkElement, Response};

#[wasm_bindgen(
    inline_js = "export function importHere(url) { return import(new URL(url, document.baseURI).href); }
export function idle() { return new Promise((go) => (window.requestIdleCallback ? requestIdleCallback(go, { timeout: 400 }) : setTimeout(go, 30))); }"
)]
extern "C" {
    #[wasm_bindgen(js_name = importHere)]
    fn import_here(url: &str) -> Promise;
    #[wasm_bindgen(js_name = idle)]
    fn when_idle() -> Promise;
}

/// Waits until the browser has painted what there is and answered the learner, or for a while: what comes next takes long.
pub(super) async fn idle() {
    // it cannot fail
    drop(JsFuture::from(when_idle()).await);
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

/// A JSON file of the lab's own origin, read by the browser: a reader of our own would weigh more than the files.
///
/// # Errors
/// When it cannot be fetched or read.
pub(super) async fn json(url: &str) -> Result<JsValue, JsValue> {
    JsFuture::from(file(url).await?.json()?).await
}

/// The bytes of a file of the lab's own origin.
///
/// # Errors
/// When it cannot be fetched.
pub(super) async fn bytes(url: &str) -> Result<Vec<u8>, JsValue> {
    let buffer = JsFuture::from(file(url).await?.array_buffer()?).await?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

async fn file(url: &str) -> Result<Response, JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let response: Response = JsFuture::from(window.fetch_with_str(url)).await?.dyn_into()?;
    if response.ok() {
        Ok(response)
    } else {
        Err(JsValue::from(response.status()))
    }
}

fn field(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// A field of a JSON object that is a list; empty when it is not.
pub(super) fn list(value: &JsValue, name: &str) -> Vec<JsValue> {
    field(value, name)
        .dyn_into::<Array>()
        .map(|list| list.to_vec())
        .unwrap_or_default()
}

/// A field of a JSON object that is a text; empty when it is not.
pub(super) fn text_of(value: &JsValue, name: &str) -> String {
    field(value, name).as_string().unwrap_or_default()
}

/// A field of a JSON object that is a small whole number; 0 when it is not.
pub(super) fn number_of(value: &JsValue, name: &str) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped before"
    )]
    let number = within(field(value, name).as_f64().unwrap_or(0.0), 0.0, 1e9) as u32;
    number
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
