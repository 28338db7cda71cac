//! From figures to strokes and texts.
//!
//! [`paint_frame`] is pure: it gives a list of [`Prim`]s in token colours. [`canvas`] is the only part that knows a
//! browser.

mod board;
pub mod canvas;
mod cards;
mod place;
mod pod;
mod prims;
mod symbol;

#[cfg(test)]
mod tests;

pub use pod::Stamp;
pub use prims::{Align, Brush, Dash, Ink, Prim, Stroke};
pub use symbol::symbol;

use super::geometry::{Point, Rect};
use super::motion::{Frame, Shown};
use super::scene::{Emphasis, Figure, Key, LinkFigure};
use super::theme::Token;

/// What turns while time passes on the screen.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    /// Milliseconds of wall time; `None` when nothing may move by itself.
    pub wall_ms: Option<f64>,
}

/// What of a frame is to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What is still.
    Back,
    /// The rest.
    Front,
}

/// What to draw for a part of a frame, from back to front. Things outside `visible` are left out.
#[must_use]
pub fn paint_frame(frame: &Frame<'_>, part: Part, clock: Clock, visible: Rect) -> Vec<Prim> {
    let mut brush = Brush::default();
    let place = |key: Key| {
        let found = frame.shown.iter().find(|shown| shown.key == key);
        found.map(|shown| shown.rect)
    };
    for shown in frame
        .shown
        .iter()
        .filter(|shown| shown.still == (part == Part::Back))
    {
        if let Figure::Link(link) = shown.figure {
            brush.alpha = shown.alpha;
            let ends = (place(link.from), place(link.to));
            paint_link(&mut brush, *link, shown.emphasis, ends);
        } else if let Figure::Wire(wire) = shown.figure {
            brush.alpha = shown.alpha;
            let ends = (place(wire.from), place(wire.to));
            board::wire(&mut brush, *wire, shown.emphasis, ends);
        } else if shown.rect.inset(-12.0).overlaps(&visible) {
            paint_item(&mut brush, shown, clock);
        }
    }
    brush.alpha = 1.0;
    for flight in frame.flights.iter().filter(|_| part == Part::Front) {
        board::mark(&mut brush, flight);
    }
    brush.prims
}

fn paint_item(brush: &mut Brush, shown: &Shown<'_>, clock: Clock) {
    let faint = if shown.emphasis == Emphasis::Faint {
        0.3
    } else {
        1.0
    };
    brush.alpha = shown.alpha * faint;
    let rect = shown.rect;
    match shown.figure {
        Figure::Place(place) => place::paint(brush, rect, place),
        Figure::Pod(figure) => pod::paint(brush, rect, figure, shown, clock),
        Figure::Workload(card) => cards::workload(brush, rect, card),
        Figure::Pane(pane) => cards::pane(brush, rect, pane, clock),
        Figure::Service(service) => cards::service(brush, rect, service),
        Figure::Thing(thing) => cards::thing(brush, rect, thing),
        Figure::More(words) => cards::more(brush, rect, words),
        Figure::Notice(notice) => cards::notice(brush, rect, notice),
        Figure::Tooltip(tooltip) => cards::tooltip(brush, rect, tooltip, clock),
        Figure::Card(card) => board::card(brush, rect, &card.card),
        Figure::Heading(words, lane) => board::heading(brush, rect, words, *lane),
        Figure::Link(_) | Figure::Wire(_) | Figure::Later => {}
    }
    paint_emphasis(brush, shown);
}

/// A ring around what is focused, selected, hovered or related.
fn paint_emphasis(brush: &mut Brush, shown: &Shown<'_>) {
    let small = shown.rect.w < 24.0;
    let (token, width, margin) = match shown.emphasis {
        Emphasis::Plain | Emphasis::Faint => return,
        Emphasis::Focused => (Token::Focus, 2.5, 2.5),
        Emphasis::Selected => (Token::Focus, 2.0, 1.5),
        Emphasis::Hovered => (Token::StrongLine, 1.5, 0.0),
        Emphasis::Related => (Token::Service, 1.5, 0.0),
    };
    let radius = match shown.figure {
        Figure::Place(_) => 12.0,
        Figure::Service(_) => 22.0,
        Figure::Workload(_) | Figure::Card(_) => 10.0,
        _ if small => 3.0,
        _ => 9.0,
    };
    let margin = if small { 1.0 } else { margin };
    brush.outline(
        shown.rect.inset(-margin),
        radius + margin,
        Stroke::solid(token, width),
    );
}

fn paint_link(brush: &mut Brush, link: LinkFigure, emphasis: Emphasis, ends: (Option<Rect>, Option<Rect>)) {
    let (Some(from), Some(to)) = ends else { return };
    let (token, width) = match emphasis {
        Emphasis::Related => (Token::Service, 2.25),
        Emphasis::Faint => return,
        _ => (Token::ServiceSoft, 1.5),
    };
    let under = to.bottom() + 3.5;
    let (start, end) = (from.center().x, to.center().x);
    let points = vec![
        Point {
            x: start,
            y: if link.bus_y > from.y {
                from.bottom()
            } else {
                from.y
            },
        },
        Point {
            x: start,
            y: link.bus_y,
        },
        Point {
            x: link.gutter_x,
            y: link.bus_y,
        },
        Point {
            x: link.gutter_x,
            y: under,
        },
        Point { x: end, y: under },
        Point {
            x: end,
            y: to.bottom(),
        },
    ];
    brush.route(points, 4.0, Stroke::solid(token, width));
}
