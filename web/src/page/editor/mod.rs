//! The editor's panel.

mod assist;
mod folder;
mod monaco;
mod tabs;
mod workbook;

use std::{cell::RefCell, rc::Rc};

use gloo_timers::callback::Timeout;
use js_sys::Function;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::HtmlElement;
use yew::prelude::*;

use crate::{
    page::{
        dialog::Confirm,
        hooks::{use_news, use_session},
        icon::icon,
        session::{News, Session},
    },
    protocol::{Answer, FromEngine, Query},
    texts,
};

use tabs::{FileAct, FileTabs};
use workbook::{Tab, Workbook};

/// After this long without a key the text is diagnosed, in milliseconds.
const DIAGNOSE_AFTER_MS: u32 = 250;
/// After this long without a key the text is saved into the work folder, in milliseconds.
const SAVE_AFTER_MS: u32 = 1500;

/// How it looks.
#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// Whether the page is dark.
    pub(super) dark: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Loading,
    Shown,
    Failed,
}

type Timers = Rc<RefCell<Vec<Timeout>>>;

/// The editor's panel.
#[component]
pub(super) fn EditorPanel(props: &Props) -> Html {
    let session = use_session();
    let node = use_node_ref();
    let stage = use_state_eq(|| Stage::Loading);
    let shown = use_state_eq(|| (Vec::<Tab>::new(), 0_usize));
    let deleting = use_state_eq(|| None::<usize>);
    let said = use_state_eq(String::new);
    let book = use_mut_ref(|| None::<Workbook>);
    let refresh = refresher(&book, &shown);
    {
        let (node, stage, book, session, refresh) = (
            node.clone(),
            stage.setter(),
            book.clone(),
            session.clone(),
            refresh.clone(),
        );
        let dark = props.dark;
        use_effect_with((), move |()| {
            let ended = book.clone();
            wasm_bindgen_futures::spawn_local(async move {
                let Some(element) = node.cast::<HtmlElement>() else {
                    return;
                };
                match mount(&element, &session, dark, refresh.clone()).await {
                    Ok(workbook) => {
                        if let Some(opened) = session.opened() {
                            workbook.open(&opened.files);
                        }
                        workbook.lend(session.edit().as_ref());
                        *book.borrow_mut() = Some(workbook);
                        stage.set(Stage::Shown);
                        refresh();
                        session.release();
                    }
                    Err(error) => {
                        web_sys::console::error_1(&error);
                        stage.set(Stage::Failed);
                        session.give_up();
                    }
                }
            });
            move || {
                if let Some(workbook) = ended.borrow_mut().take() {
                    workbook.save();
                    workbook.editor().dispose();
                }
            }
        });
    }
    use_files(&book, refresh.clone());
    {
        let book = book.clone();
        use_effect_with(props.dark, move |dark| {
            if let Some(workbook) = book.borrow().as_ref() {
                monaco::paint(&workbook.monaco(), *dark);
            }
        });
    }
    let on_act = on_file_act(&book, deleting.setter(), refresh.clone());
    let on_apply = {
        let (book, refresh) = (book.clone(), refresh.clone());
        Callback::from(move |_: MouseEvent| {
            if let Some(workbook) = book.borrow().clone() {
                workbook.apply();
                refresh();
            }
        })
    };
    let (tabs, current) = &*shown;
    let lent = tabs.get(*current).is_some_and(|tab| tab.lent);
    let give_back = |keep: bool| {
        let book = book.clone();
        Callback::from(move |_: MouseEvent| {
            if let Some(workbook) = book.borrow().clone() {
                workbook.give_back(keep);
            }
        })
    };
    html! {
        <div class="editor">
            <div class="editor-bar">
                <FileTabs tabs={tabs.clone()} current={*current} {on_act} />
                if lent {
                    <button class="button" onclick={give_back(false)} title={texts::EDITOR_ABANDON_HELP}>{ texts::EDITOR_ABANDON }</button>
                    <button class="button primary apply" onclick={give_back(true)} title={texts::EDITOR_GIVE_BACK_HELP}>{ icon("check") }{ texts::EDITOR_SAVE }</button>
                } else {
                    <button class="button primary apply" onclick={on_apply} title={texts::EDITOR_APPLY_HELP} disabled={*stage != Stage::Shown}>
                        { icon("apply") }{ texts::EDITOR_APPLY }
                    </button>
                }
            </div>
            <div class="editor-stage" ref={node} />
            { match *stage {
                Stage::Loading => html! { <p class="waiting" role="status">{ texts::EDITOR_LOADING }</p> },
                Stage::Failed => html! { <p class="waiting" role="alert">{ texts::EDITOR_FAILED }</p> },
                Stage::Shown => html! {
                    <div class="editor-tail">
                        { problems(&book, tabs.get(*current)) }
                        { folder::tools(&book, &session, &said, refresh.clone()) }
                    </div>
                },
            } }
            if !said.is_empty() { <p class="editor-said" role="alert">{ &*said }</p> }
            if let Some(place) = *deleting { { ask_delete(place, tabs, &deleting, &book, refresh) } }
        </div>
    }
}

/// Hears what the engine says about files.
#[hook]
fn use_files(book: &Rc<RefCell<Option<Workbook>>>, refresh: Rc<dyn Fn()>) {
    let (book, session) = (book.clone(), use_session());
    use_news(move |news| {
        let Some(workbook) = book.borrow().clone() else {
            if matches!(news, News::OpenFile(..)) {
                session.hold(news);
            }
            return;
        };
        match news {
            News::OpenFile(..) if session.opened().is_none() => return session.hold(news),
            News::OpenFile(..) if session.is_read_only() => return,
            News::OpenFile(path, text) => workbook.put(path, text),
            News::ShowLine(path, line) => {
                workbook.show_path(path);
                monaco::go_to(&workbook.editor(), *line, 1);
            }
            News::Keeps(keeps) => return monaco::set_read_only(&workbook.editor(), !keeps),
            News::Engine(message) => match &**message {
                FromEngine::Opened(opened) => {
                    workbook.open(&opened.files);
                    wasm_bindgen_futures::spawn_local(diagnose(workbook, session.clone(), refresh.clone()));
                    refresh();
                    return session.release();
                }
                FromEngine::Times(times) => {
                    let closed = times.past_us.is_some() || session.is_read_only();
                    return monaco::set_read_only(&workbook.editor(), closed);
                }
                FromEngine::Files(files) => workbook.take_in(files),
                FromEngine::OpenFile(path) => workbook.show_path(path),
                FromEngine::Edit(edit) => workbook.lend(edit.as_ref()),
                _ => return,
            },
            _ => return,
        }
        refresh();
    });
}

fn refresher(
    book: &Rc<RefCell<Option<Workbook>>>,
    shown: &UseStateHandle<(Vec<Tab>, usize)>,
) -> Rc<dyn Fn()> {
    let (book, shown) = (book.clone(), shown.setter());
    Rc::new(move || {
        if let Some(workbook) = book.borrow().as_ref() {
            shown.set(workbook.tabs());
        }
    })
}

fn problems(book: &Rc<RefCell<Option<Workbook>>>, tab: Option<&Tab>) -> Html {
    let count = tab.map_or(0, |tab| tab.problems);
    if count == 0 {
        return html! { <div class="editor-foot calm" role="status">{ icon("check") }{ texts::EDITOR_NO_PROBLEM }</div> };
    }
    let words = if count == 1 {
        texts::EDITOR_PROBLEM
    } else {
        texts::EDITOR_PROBLEMS
    };
    let first = book.borrow().as_ref().and_then(Workbook::first_problem);
    let on_go = {
        let (book, first) = (book.clone(), first.clone());
        Callback::from(move |_: MouseEvent| {
            if let (Some(workbook), Some(problem)) = (book.borrow().as_ref(), &first) {
                monaco::go_to(&workbook.editor(), problem.line, problem.column);
            }
        })
    };
    let line = first.map(|problem| {
        let hint = if problem.hint.is_empty() {
            problem.message
        } else {
            problem.hint
        };
        format!("{}\u{a0}: {hint}", problem.line)
    });
    html! {
        <div class="editor-foot bad" role="status">
            <button class="link-button" onclick={on_go} title={texts::EDITOR_GO_TO_PROBLEM}>{ icon("warning") }{ format!("{count} {words}") }</button>
            <span class="first-problem">{ line }</span>
        </div>
    }
}

fn on_file_act(
    book: &Rc<RefCell<Option<Workbook>>>,
    deleting: UseStateSetter<Option<usize>>,
    refresh: Rc<dyn Fn()>,
) -> Callback<FileAct> {
    let book = book.clone();
    Callback::from(move |act: FileAct| {
        let Some(workbook) = book.borrow().clone() else {
            return;
        };
        match act {
            FileAct::Show(place) => {
                workbook.save();
                workbook.show(place);
            }
            FileAct::Create => workbook.create(),
            FileAct::Rename(place, name) => drop(workbook.rename(place, &name)),
            FileAct::Delete(place) => deleting.set(Some(place)),
        }
        refresh();
    })
}

fn ask_delete(
    place: usize,
    tabs: &[Tab],
    deleting: &UseStateHandle<Option<usize>>,
    book: &Rc<RefCell<Option<Workbook>>>,
    refresh: Rc<dyn Fn()>,
) -> Html {
    let path = tabs.get(place).map(|tab| tab.path.clone()).unwrap_or_default();
    let (deleting, book) = (deleting.setter(), book.clone());
    let on_answer = Callback::from(move |yes: bool| {
        deleting.set(None);
        if let (true, Some(workbook)) = (yes, book.borrow().clone()) {
            workbook.delete(place);
            refresh();
        }
    });
    html! {
        <Confirm title={texts::EDITOR_DELETE_TITLE} text={format!("{}{path}", texts::EDITOR_DELETE_TEXT)} yes={texts::EDITOR_DELETE_YES} grave=true {on_answer} />
    }
}

async fn mount(
    element: &HtmlElement,
    session: &Session,
    dark: bool,
    refresh: Rc<dyn Fn()>,
) -> Result<Workbook, JsValue> {
    let monaco = monaco::load_module().await?;
    monaco::paint(&monaco, dark);
    let editor = monaco::create(&monaco, element);
    crate::page::load::idle().await;
    monaco::set_read_only(&editor, session.is_read_only());
    assist::teach(&monaco, session);
    let workbook = Workbook::new(monaco, editor.clone(), session.clone());
    whole_texts(element, &editor)?;
    let timers: Timers = Rc::default();
    let on_change = {
        let (workbook, session, refresh, timers) =
            (workbook.clone(), session.clone(), refresh.clone(), timers.clone());
        Closure::<dyn Fn()>::new(move || wait_for_a_pause(&workbook, &session, &refresh, &timers))
            .into_js_value()
    };
    editor.on_change(on_change.unchecked_ref::<Function>());
    let on_apply = {
        let (workbook, refresh) = (workbook.clone(), refresh.clone());
        Closure::<dyn Fn()>::new(move || {
            workbook.apply();
            refresh();
        })
        .into_js_value()
    };
    monaco::on_ctrl_enter(&editor, texts::EDITOR_APPLY, &on_apply);
    let on_save = |asked: bool| {
        let (workbook, refresh) = (workbook.clone(), refresh.clone());
        Closure::<dyn Fn()>::new(move || {
            if asked && workbook.shows_lent() {
                workbook.give_back(true);
            }
            workbook.save();
            refresh();
        })
        .into_js_value()
    };
    monaco::on_ctrl_s(&editor, texts::EDITOR_SAVE, &on_save(true));
    editor.on_blur(on_save(false).unchecked_ref::<Function>());
    Ok(workbook)
}

/// Several lines that arrive at once (dictation, an input method, a tool) are taken as they are, like a paste: indenting
/// each of them again would spoil the YAML.
fn whole_texts(element: &HtmlElement, editor: &monaco::CodeEditor) -> Result<(), JsValue> {
    let editor = editor.clone();
    let on_input = Closure::<dyn Fn(InputEvent)>::new(move |event: InputEvent| {
        let text = event.data().unwrap_or_default();
        if event.input_type() == "insertText" && text.trim_end_matches('\n').contains('\n') {
            event.prevent_default();
            event.stop_propagation();
            monaco::paste(&editor, &text);
        }
    });
    let options = web_sys::AddEventListenerOptions::new();
    options.set_capture(true);
    element.add_event_listener_with_callback_and_add_event_listener_options(
        "beforeinput",
        on_input.into_js_value().unchecked_ref(),
        &options,
    )
}

/// Each key puts off diagnosis and saving.
fn wait_for_a_pause(workbook: &Workbook, session: &Session, refresh: &Rc<dyn Fn()>, timers: &Timers) {
    refresh();
    let diagnose = {
        let (workbook, session, refresh) = (workbook.clone(), session.clone(), refresh.clone());
        Timeout::new(DIAGNOSE_AFTER_MS, move || {
            wasm_bindgen_futures::spawn_local(diagnose(workbook, session, refresh));
        })
    };
    let save = {
        let (workbook, refresh) = (workbook.clone(), refresh.clone());
        Timeout::new(SAVE_AFTER_MS, move || {
            workbook.save();
            refresh();
        })
    };
    timers.replace(vec![diagnose, save]);
}

async fn diagnose(workbook: Workbook, session: Session, refresh: Rc<dyn Fn()>) {
    let Some((path, _, text)) = workbook.current() else {
        return;
    };
    if let Ok(Answer::Diagnostics(found)) = session.ask(Query::Diagnose { text: text.clone() }).await {
        workbook.set_diagnostics(&path, &text, found);
        refresh();
    }
}
