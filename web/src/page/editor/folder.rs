//! What is done with the work folder and its files besides writing them: showing what an apply would change, taking them home as a zip,
//! bringing them back.

use std::{cell::RefCell, rc::Rc};

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use yew::prelude::*;

use crate::{
    page::{load, session::Session},
    protocol::{Answer, CHANGES, Query},
    texts,
};

use super::workbook::Workbook;

/// Reads and writes zips.
const MODULE: &str = "work-folder.js";
/// What the exported work folder is called.
const ZIP_NAME: &str = "timonier.zip";

type Book = Rc<RefCell<Option<Workbook>>>;

/// The buttons at the editor's foot.
pub(super) fn tools(
    book: &Book,
    session: &Session,
    said: &UseStateHandle<String>,
    refresh: Rc<dyn Fn()>,
) -> Html {
    let on_changes = {
        let (book, session, said) = (book.clone(), session.clone(), said.setter());
        Callback::from(move |_: MouseEvent| {
            if let Some(workbook) = book.borrow().clone() {
                spawn_local(show_changes(workbook, session.clone(), said.clone()));
            }
        })
    };
    let on_export = {
        let book = book.clone();
        Callback::from(move |_: MouseEvent| {
            if let Some(workbook) = book.borrow().clone() {
                spawn_local(async move { drop(export(&workbook).await) });
            }
        })
    };
    let on_import = {
        let book = book.clone();
        Callback::from(move |_: MouseEvent| {
            let refresh = refresh.clone();
            if let Some(workbook) = book.borrow().clone() {
                spawn_local(async move {
                    drop(import(&workbook).await);
                    refresh();
                });
            }
        })
    };
    let button = |words: &'static str, onclick: Callback<MouseEvent>| {
        html! { <button class="link-button" {onclick}>{ words }</button> }
    };
    html! {
        <div class="editor-tools">
            { button(texts::EDITOR_CHANGES, on_changes) }
            { button(texts::EDITOR_IMPORT, on_import) }
            { button(texts::EDITOR_EXPORT, on_export) }
        </div>
    }
}

async fn show_changes(workbook: Workbook, session: Session, said: UseStateSetter<String>) {
    let Some((_, _, text)) = workbook.current() else {
        return;
    };
    match session.ask(Query::Changes(text)).await {
        Ok(Answer::Text(texts)) => {
            said.set(String::new());
            let (before, after) = texts.split_once(CHANGES).unwrap_or_default();
            let words = Object::new();
            for (name, text) in texts::EDITOR_CHANGES_WORDS {
                drop(Reflect::set(&words, &name.into(), &text.into()));
            }
            let monaco = workbook.monaco();
            let apply = Closure::once_into_js(move || workbook.apply());
            monaco.changes(before, after, &words, &apply);
        }
        Err(why) => said.set(why),
        Ok(_) => {}
    }
}

/// A function of the module.
async fn function(name: &str) -> Result<Function, JsValue> {
    let module = load::module(MODULE).await?;
    Reflect::get(&module, &name.into())?.dyn_into()
}

async fn export(workbook: &Workbook) -> Result<(), JsValue> {
    let files = workbook.files().into_iter();
    let files: Array = files
        .map(|(path, text)| Array::of2(&path.into(), &text.into()))
        .collect();
    function("save")
        .await?
        .call2(&JsValue::NULL, &ZIP_NAME.into(), &files)?;
    Ok(())
}

async fn import(workbook: &Workbook) -> Result<(), JsValue> {
    let chosen: Promise = function("load").await?.call0(&JsValue::NULL)?.dyn_into()?;
    for file in Array::from(&JsFuture::from(chosen).await?) {
        let file = Array::from(&file);
        if let (Some(path), Some(text)) = (file.get(0).as_string(), file.get(1).as_string()) {
            workbook.put(&path, &text);
        }
    }
    Ok(())
}
