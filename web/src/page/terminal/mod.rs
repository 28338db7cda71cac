//! The terminal's panel.

mod console;
mod line_editor;
mod xterm;

use std::{cell::RefCell, rc::Rc};

use js_sys::Function;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{HtmlElement, KeyboardEvent, ResizeObserver};
use yew::prelude::*;

use crate::{
    page::{
        hooks::{use_news, use_session},
        session::{News, Session},
        store,
    },
    protocol::{Answer, FromEngine, Input, Query},
    texts,
};

use console::Console;
use xterm::{FitAddon, Terminal};

/// How it looks.
#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// Whether the page is dark.
    pub(super) dark: bool,
}

/// So many terminal windows there can be.
const MOST_WINDOWS: u8 = 6;

/// A terminal that is on the screen, and what keeps it alive.
struct Mounted {
    terminal: Terminal,
    console: Console,
    observer: ResizeObserver,
    _closures: Vec<JsValue>,
}

impl Drop for Mounted {
    fn drop(&mut self) {
        self.observer.disconnect();
        self.terminal.dispose();
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Loading,
    Shown,
    Failed,
}

/// The terminal's panel.
#[component]
pub(super) fn TerminalPanel(props: &Props) -> Html {
    let session = use_session();
    let node = use_node_ref();
    let stage = use_state_eq(|| Stage::Loading);
    let said = use_state_eq(String::new);
    let reader_mode = use_state_eq(|| store::get("reader").as_deref() == Some("on"));
    let windows = use_state_eq(|| (vec![1_u8], 1_u8));
    let mounted = use_mut_ref(|| None::<Mounted>);
    {
        let (node, stage, said, mounted, session) = (
            node.clone(),
            stage.setter(),
            said.setter(),
            mounted.clone(),
            session.clone(),
        );
        let reader = *reader_mode;
        use_effect_with((), move |()| {
            let ended = mounted.clone();
            wasm_bindgen_futures::spawn_local(async move {
                let Some(element) = node.cast::<HtmlElement>() else {
                    return;
                };
                match mount(&element, &session, said, reader).await {
                    Ok(done) => {
                        if let Some(opened) = session.opened() {
                            done.console.open(&opened);
                        }
                        *mounted.borrow_mut() = Some(done);
                        stage.set(Stage::Shown);
                        session.release();
                    }
                    Err(error) => {
                        web_sys::console::error_1(&error);
                        stage.set(Stage::Failed);
                        session.give_up();
                    }
                }
            });
            move || drop(ended.borrow_mut().take())
        });
    }
    {
        let (mounted, said, session, windows) =
            (mounted.clone(), said.setter(), session.clone(), windows.setter());
        let was_past = use_mut_ref(|| false);
        use_news(move |news| {
            if let News::Engine(message) = news
                && let FromEngine::Terminal { shell, .. } = &**message
            {
                windows.set((shell.windows.clone(), shell.window));
            }
            if let News::Engine(message) = news
                && let FromEngine::Opened(opened) = &**message
            {
                windows.set((opened.shell.windows.clone(), opened.shell.window));
            }
            let console = mounted.borrow().as_ref().map(|mounted| mounted.console.clone());
            let Some(console) = console else {
                if matches!(news, News::Run(_)) {
                    session.hold(news);
                }
                return;
            };
            match news {
                News::Run(_) if session.opened().is_none() => session.hold(news),
                News::Run(_) | News::Apply(_) if session.is_read_only() => {
                    said.set(texts::TERMINAL_READ_ONLY.to_owned());
                }
                News::Run(_) | News::Apply(_) if session.is_past() => said.set(texts::PAST_CLOSED.to_owned()),
                News::Keeps(_) => said.set(String::new()),
                News::Apply(line) => console.apply(line),
                News::Run(line) if !console.run(line) => said.set(texts::TERMINAL_BUSY.to_owned()),
                News::Run(_) => said.set(String::new()),
                News::Engine(message) => match &**message {
                    FromEngine::Opened(opened) => {
                        console.open(opened);
                        session.release();
                    }
                    FromEngine::Terminal { output, shell } => console.hear(output, shell),
                    FromEngine::Times(times) => {
                        let past = times.past_us.is_some();
                        if was_past.replace(past) != past {
                            said.set(if past { texts::PAST_CLOSED } else { "" }.to_owned());
                        }
                    }
                    _ => {}
                },
                _ => {}
            }
        });
    }
    {
        let mounted = mounted.clone();
        use_effect_with(props.dark, move |_| {
            if let Some(mounted) = mounted.borrow().as_ref() {
                xterm::repaint(&mounted.terminal);
            }
        });
    }
    let on_reader = {
        let (reader_mode, mounted) = (reader_mode.clone(), mounted.clone());
        Callback::from(move |_: MouseEvent| {
            let on = !*reader_mode;
            store::set("reader", if on { "on" } else { "off" });
            if let Some(mounted) = mounted.borrow().as_ref() {
                xterm::set_reader_mode(&mounted.terminal, on);
                mounted.terminal.focus();
            }
            reader_mode.set(on);
        })
    };
    html! {
        <div class="terminal">
            <div class="terminal-stage" ref={node} />
            { match *stage {
                Stage::Loading => html! { <p class="waiting" role="status">{ texts::TERMINAL_LOADING }</p> },
                Stage::Failed => html! { <p class="waiting" role="alert">{ texts::TERMINAL_FAILED }</p> },
                Stage::Shown => html! {},
            } }
            <div class="terminal-foot">
                { window_tabs(&windows, &mounted, &session) }
                <span role="status" class="said">{ &*said }</span>
                <button class="link-button" aria-pressed={reader_mode.to_string()} onclick={on_reader}>{ texts::TERMINAL_READER }</button>
            </div>
        </div>
    }
}

/// The terminal windows: which one is shown, one more, and closing.
fn window_tabs(
    windows: &UseStateHandle<(Vec<u8>, u8)>,
    mounted: &Rc<RefCell<Option<Mounted>>>,
    session: &Session,
) -> Html {
    let (numbers, shown) = (&windows.0, windows.1);
    let act = |input: Input| {
        let (mounted, session) = (mounted.clone(), session.clone());
        Callback::from(move |_: MouseEvent| {
            session.act(input.clone());
            if let Some(mounted) = mounted.borrow().as_ref() {
                mounted.console.leave();
                mounted.terminal.focus();
            }
        })
    };
    let next = (1..=MOST_WINDOWS).find(|number| !numbers.contains(number));
    html! {
        <div class="terminal-tabs" role="group" aria-label={texts::TERMINAL_WINDOWS}>
            { for numbers.iter().map(|number| html! {
                <button aria-pressed={(*number == shown).to_string()} onclick={act(Input::Window(*number))}>
                    { format!("{}{number}", texts::TERMINAL_WINDOW) }</button>
            }) }
            if let Some(next) = next {
                <button aria-label={texts::TERMINAL_NEW} title={texts::TERMINAL_NEW} onclick={act(Input::Window(next))}>{ "+" }</button>
            }
            if numbers.len() > 1 {
                <button aria-label={texts::TERMINAL_CLOSE} title={texts::TERMINAL_CLOSE} onclick={act(Input::CloseWindow(shown))}>{ "×" }</button>
            }
        </div>
    }
}

async fn mount(
    element: &HtmlElement,
    session: &Session,
    said: UseStateSetter<String>,
    reader: bool,
) -> Result<Mounted, JsValue> {
    let (terminal, fit, links) = xterm::make(reader).await?;
    xterm::fonts_ready().await;
    terminal.open(element);
    fit_in(&fit, element);
    if let Some(textarea) = terminal.textarea() {
        drop(textarea.set_attribute("aria-label", texts::TERMINAL_ARIA));
    }
    link_names(&terminal, &links, session);
    let console = Console::new(terminal.clone(), session.clone());
    let on_data = {
        let (console, session, said) = (console.clone(), session.clone(), said.clone());
        Closure::<dyn Fn(String)>::new(move |data: String| {
            if session.is_past() {
                said.set(texts::PAST_CLOSED.to_owned());
            } else if session.is_read_only() {
                said.set(texts::TERMINAL_READ_ONLY.to_owned());
            }
            console.data(&data);
        })
        .into_js_value()
    };
    terminal.on_data(on_data.unchecked_ref::<Function>());
    let on_key = way_out(said, terminal.clone());
    terminal.on_key_event(on_key.unchecked_ref::<Function>());
    let on_resize = {
        let (console, element, fit) = (console.clone(), element.clone(), fit.clone());
        Closure::<dyn Fn()>::new(move || {
            fit_in(&fit, &element);
            console.resized();
        })
        .into_js_value()
    };
    let observer = ResizeObserver::new(on_resize.unchecked_ref())?;
    observer.observe(element);
    Ok(Mounted {
        terminal,
        console,
        observer,
        _closures: vec![on_data, on_key, on_resize],
    })
}

/// Names of objects lead to the inspector.
fn link_names(terminal: &Terminal, links: &JsValue, session: &Session) {
    let asked = session.clone();
    let ask = Closure::<dyn Fn(String) -> JsValue>::new(move |line: String| {
        let session = asked.clone();
        let answer = async move {
            Ok(match session.ask(Query::Names(line)).await {
                Ok(Answer::Text(names)) => names.into(),
                _ => JsValue::NULL,
            })
        };
        wasm_bindgen_futures::future_to_promise(answer).into()
    });
    let session = session.clone();
    let open = Closure::<dyn Fn(String, String, String)>::new(move |kind, namespace, name| {
        session.inspect(kind, namespace, name);
    });
    if let Some(links) = links.dyn_ref::<Function>() {
        drop(links.call3(
            &JsValue::NULL,
            terminal,
            &ask.into_js_value(),
            &open.into_js_value(),
        ));
    }
}

/// A folded panel has no room to fit into.
fn fit_in(fit: &FitAddon, element: &HtmlElement) {
    if element.client_width() > 40 && element.client_height() > 20 {
        fit.fit();
    }
}

/// Escape, then Tab, leaves the terminal; the browser keeps its own keys for copy and paste.
fn way_out(said: UseStateSetter<String>, terminal: Terminal) -> JsValue {
    let leaving = std::cell::Cell::new(false);
    Closure::<dyn Fn(KeyboardEvent) -> bool>::new(move |event: KeyboardEvent| {
        if event.type_() != "keydown" {
            return true;
        }
        let command = event.ctrl_key() || event.meta_key();
        match event.key().as_str() {
            "Escape" => {
                leaving.set(true);
                said.set(texts::TERMINAL_LEAVE.to_owned());
                true
            }
            "Tab" if leaving.get() => {
                leaving.set(false);
                said.set(String::new());
                false
            }
            "Shift" => true,
            "v" | "V" if command => false,
            "c" | "C" if command && terminal.has_selection() => false,
            _ => {
                if leaving.replace(false) {
                    said.set(String::new());
                }
                true
            }
        }
    })
    .into_js_value()
}
