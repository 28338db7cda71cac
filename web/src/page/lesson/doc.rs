//! Draws a text element by element: nothing in it can become markup.

use yew::prelude::*;

use crate::{
    page::{hooks::use_session, icon::icon},
    protocol::{Block, Callout, Code, Doc, Span},
    texts,
};

/// Which text.
#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The text.
    pub(super) doc: Doc,
}

/// A text.
#[component]
pub(super) fn DocView(props: &Props) -> Html {
    blocks(&props.doc)
}

/// The elements of a text.
pub(super) fn blocks(doc: &[Block]) -> Html {
    html! { <>{ for doc.iter().map(block) }</> }
}

fn block(block: &Block) -> Html {
    match block {
        Block::Heading { level, text } => match level {
            // The first level is the page's title.
            1 | 2 => html! { <h2>{ spans(text) }</h2> },
            3 => html! { <h3>{ spans(text) }</h3> },
            _ => html! { <h4>{ spans(text) }</h4> },
        },
        Block::Paragraph(text) => html! { <p>{ spans(text) }</p> },
        Block::Code(code) => html! { <CodeView code={code.clone()} /> },
        Block::List { start: None, items } => {
            html! { <ul>{ for items.iter().map(|item| html! { <li>{ item_blocks(item) }</li> }) }</ul> }
        }
        Block::List {
            start: Some(start),
            items,
        } => {
            html! { <ol start={start.to_string()}>{ for items.iter().map(|item| html! { <li>{ item_blocks(item) }</li> }) }</ol> }
        }
        Block::Quote {
            kind: None,
            blocks: inner,
        } => html! { <blockquote>{ blocks(inner) }</blockquote> },
        Block::Quote {
            kind: Some(kind),
            blocks: inner,
        } => callout(*kind, inner),
        Block::Table { head, rows } => html! {
            <div class="table-frame"><table>
                <thead><tr>{ for head.iter().map(|cell| html! { <th scope="col">{ spans(cell) }</th> }) }</tr></thead>
                <tbody>{ for rows.iter().map(|row| html! { <tr>{ for row.iter().map(|cell| html! { <td>{ spans(cell) }</td> }) }</tr> }) }</tbody>
            </table></div>
        },
        Block::Rule => html! { <hr /> },
    }
}

/// An item of one paragraph needs no paragraph.
fn item_blocks(item: &[Block]) -> Html {
    match item {
        [Block::Paragraph(text)] => spans(text),
        many => blocks(many),
    }
}

fn callout(kind: Callout, inner: &[Block]) -> Html {
    let (class, face_icon, title) = match kind {
        Callout::Note => ("note", "info", texts::CALLOUT_NOTE),
        Callout::Tip => ("tip", "hint", texts::CALLOUT_TIP),
        Callout::Important => ("important", "flag", texts::CALLOUT_IMPORTANT),
        Callout::Warning => ("warning", "warning", texts::CALLOUT_WARNING),
        Callout::Changed => ("note", "compass", texts::CALLOUT_CHANGED),
    };
    html! {
        <aside class={classes!("callout", class)} aria-label={title}>
            <p class="callout-title">{ icon(face_icon) }{ title }</p>
            { blocks(inner) }
        </aside>
    }
}

/// The elements of a run of text.
pub(super) fn spans(text: &[Span]) -> Html {
    html! { <>{ for text.iter().map(span) }</> }
}

fn span(span: &Span) -> Html {
    match span {
        Span::Text(words) => html! { { words } },
        Span::Code(words) => html! { <code>{ words }</code> },
        Span::Emphasis(inner) => html! { <em>{ spans(inner) }</em> },
        Span::Strong(inner) => html! { <strong>{ spans(inner) }</strong> },
        Span::Link { href, text } if href.starts_with('#') => {
            html! { <a href={href.clone()}>{ spans(text) }</a> }
        }
        Span::Link { href, text } => {
            html! { <a href={href.clone()} target="_blank" rel="noopener noreferrer">{ spans(text) }</a> }
        }
        Span::Break => html! { <br /> },
    }
}

#[derive(PartialEq, Properties)]
struct CodeProps {
    code: Code,
}

/// Code, with what can be done with it: copy it, run it in the terminal, open it in the editor.
#[component]
fn CodeView(props: &CodeProps) -> Html {
    let session = use_session();
    let copied = use_state_eq(|| false);
    let code = &props.code;
    let on_copy = {
        let (text, copied) = (code.text.clone(), copied.clone());
        Callback::from(move |_: MouseEvent| {
            if let Some(window) = web_sys::window() {
                drop(window.navigator().clipboard().write_text(&text));
                copied.set(true);
                let copied = copied.clone();
                gloo_timers::callback::Timeout::new(1500, move || copied.set(false)).forget();
            }
        })
    };
    let on_run = {
        let (session, text) = (session.clone(), code.text.clone());
        Callback::from(move |_: MouseEvent| session.run(text.trim_end_matches('\n')))
    };
    let on_open = {
        let (session, file, text) = (session, code.file.clone(), code.text.clone());
        Callback::from(move |_: MouseEvent| {
            if let Some(file) = &file {
                session.open_file(file, &text);
            }
        })
    };
    let label = if *copied {
        texts::LESSON_COPIED
    } else {
        texts::LESSON_COPY
    };
    html! {
        <div class="code" data-language={code.language.clone()}>
            if let Some(file) = &code.file { <p class="code-file">{ file }</p> }
            <pre tabindex="0"><code>{ code.text.trim_end_matches('\n') }</code></pre>
            <div class="code-tools">
                if code.run {
                    <button class="code-act" onclick={on_run} title={texts::CODE_RUN_HELP}>{ icon("play") }{ texts::CODE_RUN }</button>
                }
                if code.file.is_some() {
                    <button class="code-act" onclick={on_open} title={texts::CODE_OPEN_HELP}>{ icon("editor") }{ texts::CODE_OPEN }</button>
                }
                <button class="icon-button small" onclick={on_copy} aria-label={label} title={label}>
                    { icon(if *copied { "check" } else { "copy" }) }
                </button>
            </div>
        </div>
    }
}
