//! Opening somebody's lesson, from a zip or a folder: chosen or dropped here, read and checked by the engine.

use js_sys::{Array, Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlDialogElement, HtmlInputElement};
use yew::prelude::*;

use crate::{
    protocol::{Answer, OpenedLessons, Query},
    texts,
};

use super::{hooks::use_session, icon::icon, load, session::Session};

/// What reads chosen and dropped files.
const MODULE: &str = "lesson-files.js";

/// Who hears of it.
#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// It is over; whether lessons were opened.
    pub(super) on_done: Callback<bool>,
}

#[derive(Clone, PartialEq)]
enum Stage {
    Asking,
    Reading,
    Done(OpenedLessons),
}

/// The dialog; it is shown while it is in the page.
#[component]
pub(super) fn OpenLesson(props: &Props) -> Html {
    let session = use_session();
    let node = use_node_ref();
    let stage = use_state_eq(|| Stage::Asking);
    let module = use_mut_ref(|| None::<JsValue>);
    {
        let (node, module) = (node.clone(), module.clone());
        use_effect_with((), move |()| {
            if let Some(dialog) = node.cast::<HtmlDialogElement>() {
                drop(dialog.show_modal());
            }
            wasm_bindgen_futures::spawn_local(async move {
                match load::module(MODULE).await {
                    Ok(loaded) => *module.borrow_mut() = Some(loaded),
                    Err(error) => web_sys::console::error_1(&error),
                }
            });
        });
    }
    let take = {
        let (stage, on_done) = (stage.setter(), props.on_done.clone());
        move |how: &'static str, from: JsValue| {
            stage.set(Stage::Reading);
            // What was dropped can be looked at only now.
            let files = module
                .borrow()
                .as_ref()
                .and_then(|module| call(module, how, &from));
            let (stage, session, on_done) = (stage.clone(), session.clone(), on_done.clone());
            wasm_bindgen_futures::spawn_local(async move {
                let files = match files {
                    Some(files) => Some(files),
                    None => {
                        let module = load::module(MODULE).await.ok();
                        module.and_then(|module| call(&module, how, &from))
                    }
                };
                let opened = open(&session, files).await;
                if opened.faults.is_empty() {
                    on_done.emit(true);
                } else {
                    stage.set(Stage::Done(opened));
                }
            });
        }
    };
    let on_choose = {
        let take = take.clone();
        Callback::from(move |event: Event| {
            take("chosen", event.target_unchecked_into::<HtmlInputElement>().into());
        })
    };
    let on_over = Callback::from(|event: DragEvent| event.prevent_default());
    let on_drop = Callback::from(move |event: DragEvent| {
        event.prevent_default();
        if let Some(transfer) = event.data_transfer() {
            take("dropped", transfer.into());
        }
    });
    let opened_some = matches!(&*stage, Stage::Done(opened) if !opened.lessons.is_empty());
    let on_close = {
        let on_done = props.on_done.clone();
        move || on_done.emit(opened_some)
    };
    let on_cancel = {
        let on_close = on_close.clone();
        Callback::from(move |_: Event| on_close())
    };
    html! {
        <dialog ref={node} class="dialog opening" aria-labelledby="ouvrir" oncancel={on_cancel} ondragover={on_over} ondrop={on_drop}>
            <h2 id="ouvrir">{ texts::OPEN_TITLE }</h2>
            <p>{ texts::OPEN_TEXT }</p>
            <div class="drop-zone">
                { chooser(texts::OPEN_ZIP, "download", false, &on_choose) }
                { chooser(texts::OPEN_FOLDER, "folder", true, &on_choose) }
                <p>{ texts::OPEN_DROP }</p>
            </div>
            <div role="status">{ match &*stage {
                Stage::Asking => Html::default(),
                Stage::Reading => html! { <p class="waiting">{ texts::OPEN_READING }</p> },
                Stage::Done(opened) => faults(opened),
            } }</div>
            <div class="dialog-buttons">
                <button class="button" onclick={move |_: MouseEvent| on_close()}>{ texts::CLOSE }</button>
            </div>
        </dialog>
    }
}

/// A label that looks like a button: the input in it is what the keyboard and readers meet.
fn chooser(words: &'static str, face: &str, folder: bool, on_choose: &Callback<Event>) -> Html {
    html! {
        <label class="button">
            { icon(face) }{ words }
            <input class="unseen" type="file" accept={(!folder).then_some(".zip,application/zip")} multiple={folder}
                webkitdirectory={folder} onchange={on_choose.clone()} />
        </label>
    }
}

fn faults(opened: &OpenedLessons) -> Html {
    html! {
        <>
            { for opened.lessons.iter().map(|card| html! { <p>{ icon("check") }{ format!("{}{}", texts::OPEN_OPENED, card.title) }</p> }) }
            <p class="fault-title">{ icon("warning") }{ texts::OPEN_FAULTS }</p>
            <ul class="faults">{ for opened.faults.iter().map(|(place, words)| html! { <li><code>{ place }</code>{ words }</li> }) }</ul>
        </>
    }
}

fn call(module: &JsValue, name: &str, from: &JsValue) -> Option<Promise> {
    let function: Function = Reflect::get(module, &name.into()).ok()?.dyn_into().ok()?;
    function.call1(module, from).ok()?.dyn_into().ok()
}

async fn open(session: &Session, files: Option<Promise>) -> OpenedLessons {
    let failed = |reason: String| OpenedLessons {
        faults: vec![(String::new(), reason)],
        ..OpenedLessons::default()
    };
    let Some(files) = files else {
        return failed(texts::OPEN_FAILED.to_owned());
    };
    let files = match JsFuture::from(files).await {
        Ok(files) => Array::from(&files),
        Err(_) => return failed(texts::OPEN_FAILED.to_owned()),
    };
    let file = |pair: JsValue| {
        let pair = Array::from(&pair);
        (
            pair.get(0).as_string().unwrap_or_default(),
            Uint8Array::new(&pair.get(1)).to_vec(),
        )
    };
    match session
        .ask(Query::OpenLessons(files.iter().map(file).collect()))
        .await
    {
        Ok(Answer::Opened(opened)) => opened,
        Ok(_) => OpenedLessons::default(),
        Err(reason) => failed(reason),
    }
}
