//! Thin bindings to Monaco, loaded when first needed.

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlElement, Worker};

use crate::{page::load, protocol::Diagnostic, texts};

#[wasm_bindgen]
extern "C" {
    /// The module.
    #[derive(Clone)]
    pub(super) type Monaco;
    #[wasm_bindgen(method, getter)]
    pub(super) fn editor(this: &Monaco) -> EditorSpace;

    /// Ours: completion and hovering, answered by these.
    #[wasm_bindgen(method)]
    pub(super) fn assist(this: &Monaco, ask: &JsValue, snippets: &JsValue);

    /// Ours: two texts side by side in a dialog, and what to do when the learner wants the second.
    #[wasm_bindgen(method)]
    pub(super) fn changes(this: &Monaco, before: &str, after: &str, words: &JsValue, apply: &JsValue);

    /// Its namespace `editor`.
    pub(super) type EditorSpace;
    #[wasm_bindgen(method)]
    fn create(this: &EditorSpace, element: &HtmlElement, options: &JsValue) -> CodeEditor;
    #[wasm_bindgen(method, js_name = createModel)]
    fn create_model(this: &EditorSpace, text: &str, language: &str) -> TextModel;
    #[wasm_bindgen(method, js_name = setModelMarkers)]
    fn set_model_markers(this: &EditorSpace, model: &TextModel, owner: &str, markers: &JsValue);
    #[wasm_bindgen(method, js_name = defineTheme)]
    fn define_theme(this: &EditorSpace, name: &str, theme: &JsValue);
    #[wasm_bindgen(method, js_name = setTheme)]
    fn set_theme(this: &EditorSpace, name: &str);
    #[wasm_bindgen(method, js_name = remeasureFonts)]
    pub(super) fn remeasure_fonts(this: &EditorSpace);

    /// An editor in the page.
    #[derive(Clone)]
    pub(super) type CodeEditor;
    #[wasm_bindgen(method, js_name = setModel)]
    pub(super) fn set_model(this: &CodeEditor, model: &TextModel);
    #[wasm_bindgen(method)]
    pub(super) fn focus(this: &CodeEditor);
    #[wasm_bindgen(method)]
    pub(super) fn layout(this: &CodeEditor);
    #[wasm_bindgen(method)]
    pub(super) fn dispose(this: &CodeEditor);
    #[wasm_bindgen(method, js_name = saveViewState)]
    pub(super) fn save_view_state(this: &CodeEditor) -> JsValue;
    #[wasm_bindgen(method, js_name = restoreViewState)]
    pub(super) fn restore_view_state(this: &CodeEditor, state: &JsValue);
    #[wasm_bindgen(method, js_name = onDidChangeModelContent)]
    pub(super) fn on_change(this: &CodeEditor, callback: &Function) -> JsValue;
    #[wasm_bindgen(method, js_name = onDidBlurEditorText)]
    pub(super) fn on_blur(this: &CodeEditor, callback: &Function) -> JsValue;
    #[wasm_bindgen(method, js_name = addAction)]
    fn add_action(this: &CodeEditor, action: &JsValue) -> JsValue;
    #[wasm_bindgen(method)]
    fn trigger(this: &CodeEditor, source: &str, handler: &str, payload: &JsValue);
    #[wasm_bindgen(method, js_name = updateOptions)]
    fn update_editor_options(this: &CodeEditor, options: &JsValue);
    #[wasm_bindgen(method, js_name = setPosition)]
    fn set_position(this: &CodeEditor, position: &JsValue);
    #[wasm_bindgen(method, js_name = revealLineInCenterIfOutsideViewport)]
    fn reveal_line(this: &CodeEditor, line: u32);

    /// A text in memory.
    #[derive(Clone)]
    pub(super) type TextModel;
    #[wasm_bindgen(method, js_name = getValue)]
    pub(super) fn value(this: &TextModel) -> String;
    #[wasm_bindgen(method, js_name = setValue)]
    pub(super) fn set_value(this: &TextModel, text: &str);
    #[wasm_bindgen(method, js_name = dispose)]
    pub(super) fn dispose_model(this: &TextModel);
    #[wasm_bindgen(method, js_name = getFullModelRange)]
    fn full_range(this: &TextModel) -> JsValue;
    #[wasm_bindgen(method, js_name = pushEditOperations)]
    fn push_edits(this: &TextModel, before: &JsValue, edits: &JsValue, after: &JsValue) -> JsValue;
    #[wasm_bindgen(method, js_name = pushStackElement)]
    fn push_stack_element(this: &TextModel);
    #[wasm_bindgen(method, js_name = updateOptions)]
    fn update_options(this: &TextModel, options: &JsValue);
}

/// `monaco.KeyMod.CtrlCmd`, `monaco.KeyCode.Enter` and `KeyS`: part of its stable interface.
const CTRL: u32 = 1 << 11;
const KEY_ENTER: u32 = 3;
const KEY_S: u32 = 49;

fn object(fields: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in fields {
        drop(Reflect::set(&object, &(*name).into(), value));
    }
    object
}

/// Loads Monaco.
///
/// # Errors
/// When its files cannot be loaded.
pub(super) async fn load_module() -> Result<Monaco, JsValue> {
    let make_worker = Closure::<dyn Fn() -> Worker>::new(|| {
        Worker::new("vendor/editor.worker.js").unwrap_or_else(|error| wasm_bindgen::throw_val(error))
    });
    let environment = object(&[("getWorker", make_worker.into_js_value())]);
    Reflect::set(&js_sys::global(), &"MonacoEnvironment".into(), &environment)?;
    load::idle().await;
    load::style("vendor/editor.css").await?;
    let pieces = load::module("vendor/editor.js").await?;
    let load: Function = Reflect::get(&pieces, &"load".into())?.dyn_into()?;
    let whole: Promise = load.call0(&JsValue::NULL)?.dyn_into()?;
    Ok(JsFuture::from(whole).await?.unchecked_into())
}

/// Makes an editor in this element.
pub(super) fn create(monaco: &Monaco, element: &HtmlElement) -> CodeEditor {
    let calm = crate::page::theme::media_matches("(prefers-reduced-motion: reduce)");
    let guides = object(&[("indentation", true.into())]);
    let minimap = object(&[("enabled", false.into())]);
    let padding = object(&[("top", 10.into()), ("bottom", 10.into())]);
    let options = object(&[
        ("model", JsValue::NULL),
        ("automaticLayout", true.into()),
        (
            "fontFamily",
            load::token("--font-mono")
                .unwrap_or_else(|| "monospace".to_owned())
                .into(),
        ),
        ("fontSize", 13.5.into()),
        ("lineHeight", 21.into()),
        ("fontLigatures", false.into()),
        ("minimap", minimap.into()),
        ("guides", guides.into()),
        ("padding", padding.into()),
        ("scrollBeyondLastLine", false.into()),
        ("renderWhitespace", "boundary".into()),
        ("lineNumbersMinChars", 3.into()),
        ("glyphMargin", false.into()),
        ("folding", true.into()),
        ("fixedOverflowWidgets", true.into()),
        ("smoothScrolling", (!calm).into()),
        ("cursorBlinking", (if calm { "solid" } else { "blink" }).into()),
        ("ariaLabel", texts::EDITOR_ARIA.into()),
        ("accessibilitySupport", "auto".into()),
        // A text area everywhere: screen readers know it, and it says when several lines arrive at once.
        ("editContext", false.into()),
        ("tabSize", 2.into()),
        ("insertSpaces", true.into()),
        ("detectIndentation", false.into()),
        ("wordBasedSuggestions", "off".into()),
        (
            "unicodeHighlight",
            object(&[
                ("nonBasicASCII", false.into()),
                ("ambiguousCharacters", false.into()),
            ])
            .into(),
        ),
    ]);
    monaco.editor().create(element, &options)
}

/// A text for the editor.
pub(super) fn model(monaco: &Monaco, text: &str) -> TextModel {
    let model = monaco.editor().create_model(text, "yaml");
    model.update_options(&object(&[("tabSize", 2.into()), ("insertSpaces", true.into())]));
    model
}

/// Replaces a whole text as one edit, which the learner can undo.
pub(super) fn replace_all(model: &TextModel, text: &str) {
    model.push_stack_element();
    let edit = object(&[("range", model.full_range()), ("text", text.into())]);
    model.push_edits(&JsValue::NULL, &Array::of1(&edit), &JsValue::NULL);
    model.push_stack_element();
}

/// Adds a command with a key: Ctrl (or ⌘) and Enter.
pub(super) fn on_ctrl_enter(editor: &CodeEditor, label: &str, callback: &JsValue) {
    action(editor, "timonier.apply", label, CTRL | KEY_ENTER, callback);
}

/// Adds a command with a key: Ctrl (or ⌘) and S.
pub(super) fn on_ctrl_s(editor: &CodeEditor, label: &str, callback: &JsValue) {
    action(editor, "timonier.save", label, CTRL | KEY_S, callback);
}

fn action(editor: &CodeEditor, id: &str, label: &str, key: u32, callback: &JsValue) {
    let keys = Array::of1(&key.into());
    editor.add_action(&object(&[
        ("id", id.into()),
        ("label", label.into()),
        ("keybindings", keys.into()),
        ("run", callback.clone()),
    ]));
}

/// Shows what is wrong in a text.
pub(super) fn set_markers(monaco: &Monaco, model: &TextModel, diagnostics: &[Diagnostic]) {
    let markers: Array = diagnostics
        .iter()
        .map(|diagnostic| {
            let parts = [diagnostic.message.as_str(), diagnostic.hint.as_str()];
            let message: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            let message = message.join("\n\n");
            // Monaco's severities: 8 is an error, 4 a warning.
            let severity = if diagnostic.error { 8 } else { 4 };
            JsValue::from(object(&[
                ("severity", severity.into()),
                ("message", message.into()),
                ("startLineNumber", diagnostic.line.into()),
                ("startColumn", diagnostic.column.into()),
                ("endLineNumber", diagnostic.end_line.into()),
                ("endColumn", diagnostic.end_column.into()),
            ]))
        })
        .collect();
    monaco.editor().set_model_markers(model, "timonier", &markers);
}

/// Lets the learner write, or only read.
pub(super) fn set_read_only(editor: &CodeEditor, read_only: bool) {
    let message = object(&[("value", texts::TERMINAL_READ_ONLY.into())]);
    editor.update_editor_options(&object(&[
        ("readOnly", read_only.into()),
        ("readOnlyMessage", message.into()),
    ]));
}

/// Inserts a text as a paste does.
pub(super) fn paste(editor: &CodeEditor, text: &str) {
    let payload = object(&[("text", text.into()), ("pasteOnNewLine", false.into())]);
    editor.trigger("timonier", "paste", &payload);
}

/// Goes to a place.
pub(super) fn go_to(editor: &CodeEditor, line: u32, column: u32) {
    editor.set_position(&object(&[("lineNumber", line.into()), ("column", column.into())]));
    editor.reveal_line(line);
    editor.focus();
}

/// Colours of the syntax, from the page's tokens: Monaco's name of a token, ours of a colour.
const RULES: [(&str, &str); 8] = [
    ("", "--code-fg"),
    ("type.yaml", "--code-key"),
    ("string.yaml", "--code-string"),
    ("number.yaml", "--code-number"),
    ("keyword.yaml", "--code-keyword"),
    ("comment.yaml", "--code-comment"),
    ("operators.yaml", "--code-punctuation"),
    ("delimiter.yaml", "--code-punctuation"),
];

/// Colours of the rest of the editor.
const COLOURS: [(&str, &str); 25] = [
    ("editor.background", "--code-bg"),
    ("editor.foreground", "--code-fg"),
    ("editorLineNumber.foreground", "--code-line-number"),
    ("editorLineNumber.dimmedForeground", "--code-line-number"),
    ("editorLineNumber.activeForeground", "--code-fg"),
    ("editor.lineHighlightBackground", "--code-line"),
    ("editor.lineHighlightBorder", "--code-line"),
    ("editor.selectionBackground", "--code-selection"),
    ("editorCursor.foreground", "--code-cursor"),
    ("editorIndentGuide.background1", "--code-guide"),
    ("focusBorder", "--focus"),
    ("editorSuggestWidget.background", "--raised"),
    ("editorSuggestWidget.border", "--line"),
    ("editorSuggestWidget.foreground", "--text"),
    ("editorSuggestWidget.selectedBackground", "--accent-soft"),
    ("editorSuggestWidget.selectedForeground", "--text"),
    ("editorSuggestWidget.highlightForeground", "--accent"),
    ("editorSuggestWidget.focusHighlightForeground", "--accent"),
    ("quickInput.background", "--raised"),
    ("quickInput.foreground", "--text"),
    ("quickInputList.focusBackground", "--accent-soft"),
    ("quickInputList.focusForeground", "--text"),
    ("editorHoverWidget.background", "--raised"),
    ("editorHoverWidget.border", "--line"),
    ("editorHoverWidget.foreground", "--text"),
];

/// Paints the editor in the page's colours of now.
pub(super) fn paint(monaco: &Monaco, dark: bool) {
    let rules: Array = RULES
        .iter()
        .filter_map(|(token, name)| {
            let colour = load::token(name)?;
            Some(JsValue::from(object(&[
                ("token", (*token).into()),
                ("foreground", colour.trim_start_matches('#').into()),
            ])))
        })
        .collect();
    let colours = Object::new();
    for (key, name) in COLOURS {
        if let Some(colour) = load::token(name) {
            drop(Reflect::set(&colours, &key.into(), &colour.into()));
        }
    }
    let theme = object(&[
        ("base", (if dark { "vs-dark" } else { "vs" }).into()),
        ("inherit", true.into()),
        ("rules", rules.into()),
        ("colors", colours.into()),
    ]);
    monaco.editor().define_theme("timonier", &theme);
    monaco.editor().set_theme("timonier");
}
