//! Draws a text element by element: nothing in it can become markup.

use yew::prelude::*;

use crate::{
    page::icon::Icon,
    protocol::{Block, Callout, Doc, Span},
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
            1 => html! { <h2>{ spans(text) }</h2> },
            2 => html! { <h3>{ spans(text) }</h3> },
            _ => html! { <h4>{ spans(text) }</h4> },
        },
        Block::Paragraph(text) => html! { <p>{ spans(text) }</p> },
        Block::Code { language, text } => html! { <Code language={language.clone()} text={text.clone()} /> },
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
    let (class, icon, title) = match kind {
        Callout::Note => ("note", "info", texts::CALLOUT_NOTE),
        Callout::Tip => ("tip", "hint", texts::CALLOUT_TIP),
        Callout::Important => ("important", "flag", texts::CALLOUT_IMPORTANT),
        Callout::Warning => ("warning", "warning", texts::CALLOUT_WARNING),
    };
    html! {
        <aside class={classes!("callout", class)} aria-label={title}>
            <p class="callout-title"><Icon name={icon} />{ title }</p>
            { blocks(inner) }
        </aside>
    }
}

fn spans(text: &[Span]) -> Html {
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
    language: String,
    text: String,
}

/// Code with a button that copies it.
#[component]
fn Code(props: &CodeProps) -> Html {
    let copied = use_state_eq(|| false);
    let on_copy = {
        let (text, copied) = (props.text.clone(), copied.clone());
        Callback::from(move |_: MouseEvent| {
            if let Some(window) = web_sys::window() {
                drop(window.navigator().clipboard().write_text(&text));
                copied.set(true);
                let copied = copied.clone();
                gloo_timers::callback::Timeout::new(1500, move || copied.set(false)).forget();
            }
        })
    };
    let label = if *copied {
        texts::LESSON_COPIED
    } else {
        texts::LESSON_COPY
    };
    html! {
        <div class="code" data-language={props.language.clone()}>
            <pre tabindex="0"><code>{ props.text.trim_end_matches('\n') }</code></pre>
            <button class="icon-button small" onclick={on_copy} aria-label={label} title={label}>
                <Icon name={if *copied { "check" } else { "copy" }} />
            </button>
        </div>
    }
}
