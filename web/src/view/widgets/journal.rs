//! What has travelled lately, as a list: for who reads, for who listens, and for who looks at a standing picture. One of them can be opened
//! and read.

use std::collections::VecDeque;
use std::rc::Rc;

use yew::prelude::*;

use crate::view::board::{Glyph, Mark};
use crate::view::texts;

/// So many are remembered.
const KEPT: usize = 40;

/// The marks of late, the newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Recent {
    marks: VecDeque<Rc<Mark>>,
    /// How many were not told one by one, since the newest.
    skipped: u32,
}

impl Recent {
    /// With marks that have just begun.
    pub(super) fn with(mut self, marks: &[Rc<Mark>], skipped: u32) -> Self {
        for mark in marks {
            self.marks.push_front(Rc::clone(mark));
        }
        while self.marks.len() > KEPT {
            // what went well makes room for what did not, which somebody will want to read
            let good = |mark: &Rc<Mark>| !matches!(mark.glyph, Glyph::Lost | Glyph::Error);
            let place = self
                .marks
                .iter()
                .rposition(good)
                .filter(|place| *place >= KEPT / 2);
            self.marks.remove(place.unwrap_or(KEPT));
        }
        self.skipped = skipped;
        self
    }

    /// What happened after the mark of this number, as a sentence to read out, and the number of the last one.
    pub(super) fn since(&self, number: u64) -> (String, u64) {
        let last = self.marks.front().map_or(0, |mark| mark.number);
        // numbers of another view begin anew
        let fresh = self
            .marks
            .iter()
            .take_while(|mark| number > last || mark.number > number)
            .count();
        let told: Vec<&str> = self
            .marks
            .iter()
            .take(fresh.min(2))
            .map(|mark| mark.title.as_str())
            .collect();
        let rest = u32::try_from(fresh.saturating_sub(2))
            .unwrap_or(u32::MAX)
            .saturating_add(self.skipped);
        let more = if rest > 0 {
            format!(", {}", texts::more_messages(rest))
        } else {
            String::new()
        };
        let words = if told.is_empty() {
            String::new()
        } else {
            format!("{}{more}.", told.join(". "))
        };
        (words, last)
    }
}

/// What the list is given.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct Props {
    /// What it lists.
    pub(super) recent: Recent,
    /// The one that is read.
    pub(super) open: Option<Rc<Mark>>,
    /// One is to be read, or none any more.
    pub(super) on_open: Callback<Option<Rc<Mark>>>,
}

/// The list.
#[component]
pub(super) fn Journal(props: &Props) -> Html {
    let row = |mark: &Rc<Mark>| {
        let open = props.open.as_ref().is_some_and(|open| open.number == mark.number);
        let (mark, on_open) = (Rc::clone(mark), props.on_open.clone());
        let sort = match mark.glyph {
            Glyph::Request => "cv-glyph cv-glyph-request",
            Glyph::Notice => "cv-glyph cv-glyph-notice",
            Glyph::Error => "cv-glyph cv-glyph-error",
            Glyph::Lost => "cv-glyph cv-glyph-lost",
        };
        let title = mark.title.clone();
        let detail = open.then(|| detail(&mark));
        let onclick = Callback::from(move |_: MouseEvent| on_open.emit((!open).then(|| Rc::clone(&mark))));
        html! {
            <li><button type="button" aria-expanded={open.to_string()} {onclick}>
                <span class={sort} aria-hidden="true"></span>{ title }</button>{ detail.unwrap_or_default() }</li>
        }
    };
    // one that is read stays, though newer ones push it out of the list
    let gone = props
        .open
        .iter()
        .filter(|open| !props.recent.marks.iter().any(|mark| mark.number == open.number));
    html! {
        <aside class="cv-journal" aria-label={texts::JOURNAL}>
            if props.recent.marks.is_empty() { <p class="cv-wait">{ texts::JOURNAL_EMPTY }</p> }
            if props.recent.skipped > 0 { <p class="cv-wait">{ texts::more_messages(props.recent.skipped) }</p> }
            <ul>{ for gone.chain(&props.recent.marks).map(row) }</ul>
        </aside>
    }
}

fn detail(mark: &Mark) -> Html {
    html! {
        <dl>{ for mark.detail.iter().map(|(what, value)| html! { <><dt>{ what }</dt><dd>{ value }</dd></> }) }</dl>
    }
}
