//! The tabs of the files.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::{page::icon::icon, texts};

use super::workbook::Tab;

/// What the learner does to a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum FileAct {
    /// Show it.
    Show(usize),
    /// Make a new one.
    Create,
    /// Give it this name.
    Rename(usize, String),
    /// Delete it, after asking.
    Delete(usize),
}

/// The files.
#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The files.
    pub(super) tabs: Vec<Tab>,
    /// Which one is shown.
    pub(super) current: usize,
    /// What the learner does.
    pub(super) on_act: Callback<FileAct>,
}

/// The tabs.
#[component]
pub(super) fn FileTabs(props: &Props) -> Html {
    let renaming = use_state_eq(|| None::<usize>);
    let emit = |act: FileAct| {
        let on_act = props.on_act.clone();
        Callback::from(move |_: MouseEvent| on_act.emit(act.clone()))
    };
    let start = |place: usize| {
        let renaming = renaming.clone();
        Callback::from(move |_: MouseEvent| renaming.set(Some(place)))
    };
    let tab = |(place, tab): (usize, &Tab)| {
        if *renaming == Some(place) {
            let on_done = {
                let (renaming, on_act) = (renaming.clone(), props.on_act.clone());
                Callback::from(move |name: Option<String>| {
                    renaming.set(None);
                    if let Some(name) = name {
                        on_act.emit(FileAct::Rename(place, name));
                    }
                })
            };
            return html! { <li><RenameField name={tab.path.clone()} {on_done} /></li> };
        }
        let shown = place == props.current;
        html! {
            <li class={classes!("file-tab", shown.then_some("shown"))}>
                <button aria-pressed={shown.to_string()} onclick={emit(FileAct::Show(place))} ondblclick={(!tab.lent).then(|| start(place))}>
                    { &tab.path }
                    if tab.changed { <span class="dot" title={texts::EDITOR_UNSAVED}><span class="unseen">{ texts::EDITOR_UNSAVED }</span></span> }
                </button>
                if shown && !tab.lent {
                    <button class="icon-button small" aria-label={texts::EDITOR_RENAME} title={texts::EDITOR_RENAME} onclick={start(place)}>{ icon("pencil") }</button>
                    <button class="icon-button small" aria-label={texts::EDITOR_DELETE} title={texts::EDITOR_DELETE} onclick={emit(FileAct::Delete(place))}>{ icon("close") }</button>
                }
            </li>
        }
    };
    html! {
        <ul class="file-tabs" aria-label={texts::EDITOR_FILES}>
            { for props.tabs.iter().enumerate().map(tab) }
            <li><button class="icon-button small" aria-label={texts::EDITOR_NEW} title={texts::EDITOR_NEW} onclick={emit(FileAct::Create)}>{ icon("plus") }</button></li>
        </ul>
    }
}

#[derive(PartialEq, Properties)]
struct RenameProps {
    name: String,
    on_done: Callback<Option<String>>,
}

#[component]
fn RenameField(props: &RenameProps) -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            if let Some(input) = node.cast::<HtmlInputElement>() {
                drop(input.focus());
                input.select();
            }
        });
    }
    let finish = {
        let (node, on_done) = (node.clone(), props.on_done.clone());
        move || on_done.emit(node.cast::<HtmlInputElement>().map(|input| input.value()))
    };
    let on_key = {
        let (finish, on_done) = (finish.clone(), props.on_done.clone());
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "Enter" => finish(),
            "Escape" => on_done.emit(None),
            _ => {}
        })
    };
    let on_blur = Callback::from(move |_: FocusEvent| finish());
    html! {
        <input ref={node} class="rename" type="text" value={props.name.clone()} aria-label={texts::EDITOR_NAME} onkeydown={on_key} onblur={on_blur} />
    }
}
