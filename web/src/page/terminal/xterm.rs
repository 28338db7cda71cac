//! Thin bindings to xterm.js, loaded when first needed, and the way to bring any bundled part in.

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

use crate::page::load;

#[wasm_bindgen]
extern "C" {
    /// `Terminal` of xterm.js.
    #[derive(Clone)]
    pub(super) type Terminal;
    #[wasm_bindgen(method)]
    pub(super) fn open(this: &Terminal, element: &HtmlElement);
    #[wasm_bindgen(method)]
    pub(super) fn write(this: &Terminal, text: &str);
    #[wasm_bindgen(method)]
    pub(super) fn focus(this: &Terminal);
    #[wasm_bindgen(method)]
    pub(super) fn blur(this: &Terminal);
    #[wasm_bindgen(method)]
    pub(super) fn reset(this: &Terminal);
    #[wasm_bindgen(method)]
    pub(super) fn clear(this: &Terminal);
    #[wasm_bindgen(method)]
    pub(super) fn dispose(this: &Terminal);
    #[wasm_bindgen(method, js_name = onData)]
    pub(super) fn on_data(this: &Terminal, callback: &Function) -> JsValue;
    #[wasm_bindgen(method, js_name = attachCustomKeyEventHandler)]
    pub(super) fn on_key_event(this: &Terminal, callback: &Function);
    #[wasm_bindgen(method, js_name = hasSelection)]
    pub(super) fn has_selection(this: &Terminal) -> bool;
    #[wasm_bindgen(method, js_name = loadAddon)]
    pub(super) fn load_addon(this: &Terminal, addon: &JsValue);
    #[wasm_bindgen(method, getter)]
    pub(super) fn cols(this: &Terminal) -> u32;
    #[wasm_bindgen(method, getter)]
    pub(super) fn rows(this: &Terminal) -> u32;
    #[wasm_bindgen(method, getter)]
    pub(super) fn textarea(this: &Terminal) -> Option<HtmlElement>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn options(this: &Terminal) -> Object;

    /// `FitAddon` of xterm.js.
    #[derive(Clone)]
    pub(super) type FitAddon;
    #[wasm_bindgen(method)]
    pub(super) fn fit(this: &FitAddon);
}

/// Colours of the emulator, read from the page's tokens.
const COLOURS: [(&str, &str); 20] = [
    ("background", "--term-bg"),
    ("foreground", "--term-fg"),
    ("cursor", "--term-cursor"),
    ("selectionBackground", "--term-selection"),
    ("black", "--term-black"),
    ("red", "--term-red"),
    ("green", "--term-green"),
    ("yellow", "--term-yellow"),
    ("blue", "--term-blue"),
    ("magenta", "--term-magenta"),
    ("cyan", "--term-cyan"),
    ("white", "--term-white"),
    ("brightBlack", "--term-bright-black"),
    ("brightRed", "--term-red"),
    ("brightGreen", "--term-green"),
    ("brightYellow", "--term-yellow"),
    ("brightBlue", "--term-blue"),
    ("brightMagenta", "--term-magenta"),
    ("brightCyan", "--term-cyan"),
    ("brightWhite", "--term-fg"),
];

fn theme() -> Object {
    let theme = Object::new();
    for (name, token) in COLOURS {
        if let Some(colour) = load::token(token) {
            drop(Reflect::set(&theme, &name.into(), &colour.into()));
        }
    }
    theme
}

/// Paints the emulator in the page's colours of now.
pub(super) fn repaint(terminal: &Terminal) {
    drop(Reflect::set(&terminal.options(), &"theme".into(), &theme()));
}

/// Switches the mode for screen readers.
pub(super) fn set_reader_mode(terminal: &Terminal, on: bool) {
    drop(Reflect::set(
        &terminal.options(),
        &"screenReaderMode".into(),
        &on.into(),
    ));
}

/// Loads xterm.js and makes a terminal; with it, the function that makes names links.
///
/// # Errors
/// When its files cannot be loaded.
pub(super) async fn make(reader_mode: bool) -> Result<(Terminal, FitAddon, JsValue), JsValue> {
    load::style("vendor/terminal.css").await?;
    let module = load::module("vendor/terminal.js").await?;
    let options = Object::new();
    let set = |name: &str, value: JsValue| drop(Reflect::set(&options, &name.into(), &value));
    set(
        "fontFamily",
        load::token("--font-mono")
            .unwrap_or_else(|| "monospace".to_owned())
            .into(),
    );
    set("fontSize", 13.5.into());
    set("lineHeight", 1.25.into());
    set(
        "cursorBlink",
        (!crate::page::theme::media_matches("(prefers-reduced-motion: reduce)")).into(),
    );
    set("convertEol", true.into());
    set("scrollback", 5000.into());
    set("screenReaderMode", reader_mode.into());
    set("minimumContrastRatio", 4.5.into());
    set("theme", theme().into());
    let terminal = construct(&module, "Terminal", &Array::of1(&options))?;
    let fit = construct(&module, "FitAddon", &Array::new())?;
    let terminal: Terminal = terminal.unchecked_into();
    terminal.load_addon(&fit);
    Ok((
        terminal,
        fit.unchecked_into(),
        Reflect::get(&module, &"links".into())?,
    ))
}

fn construct(module: &JsValue, name: &str, arguments: &Array) -> Result<JsValue, JsValue> {
    let class: Function = Reflect::get(module, &name.into())?.dyn_into()?;
    Reflect::construct(&class, arguments)
}

/// Waits until the fonts are there: an emulator measures its cells once.
pub(super) async fn fonts_ready() {
    let fonts = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| Reflect::get(&document, &"fonts".into()).ok())
        .and_then(|fonts| {
            let load: Function = Reflect::get(&fonts, &"load".into()).ok()?.dyn_into().ok()?;
            load.call1(&fonts, &"13.5px 'Timonier Mono'".into())
                .ok()?
                .dyn_into::<Promise>()
                .ok()
        });
    if let Some(fonts) = fonts {
        drop(wasm_bindgen_futures::JsFuture::from(fonts).await);
    }
}
