//! The parts of a board: cards, titles, lines, and the marks that travel along them.

use crate::view::board::{Card, Glyph, Join, Shape};
use crate::view::geometry::{Point, Rect, way};
use crate::view::look::State;
use crate::view::motion::Flight;
use crate::view::scene::text::{self, Cut, Face};
use crate::view::scene::{Emphasis, WireFigure};
use crate::view::texts;
use crate::view::theme::Token;

use super::Clock;
use super::pod::tint_bar;
use super::prims::{Align, Brush, Stroke, Style};
use super::symbol::symbol;

const RADIUS: f64 = 9.0;

/// A card.
pub(super) fn card(brush: &mut Brush, rect: Rect, card: &Card) {
    ground(brush, rect, card);
    let (left, mut right) = (rect.x + 12.0, rect.right() - 10.0);
    let tray = card.shape == Shape::Tray;
    let first = rect.y + if tray { 12.0 } else { 14.0 };
    if let Some(state) = card.state {
        symbol(
            brush,
            Point {
                x: right - 5.5,
                y: first,
            },
            11.0,
            state,
            None,
            Clock::default(),
        );
        right -= 16.0;
    }
    let at = |y: f64| Point { x: left, y };
    let kind = text::width(&card.kind, Face::Sans, 11.0);
    if !card.note.is_empty() {
        let style = |words| text::width(words, Face::SansBold, 11.0);
        // where both have no room, its first word says it
        let whole = kind + 10.0 + style(&card.note) <= right - left;
        let short = card.note.split(' ').next().unwrap_or_default();
        let note = match card.note.as_str() {
            note if whole => note,
            _ if short.contains('/') => short,
            // its symbol says it
            _ if card.shape == Shape::Place && card.state == Some(State::Ready) => "",
            note => note,
        };
        let token = if card.state == Some(State::Failing) {
            Token::Failing
        } else {
            Token::Text
        };
        let style = Style::sans(11.0, token).bold().align(Align::Right);
        // the kind may be guessed, how it stands may not
        let room = (right - left - 8.0 - kind.min(40.0)).max(30.0);
        right -= brush.text(note, Point { x: right, y: first }, room, style) + 8.0;
    }
    brush.text(
        &card.kind,
        at(first),
        right - left,
        Style::sans(11.0, Token::Soft),
    );
    let right = rect.right() - 10.0;
    let mut y = first + 18.0;
    if !tray {
        let style = Style::mono(12.5, Token::Text).bold();
        brush.text(&card.name, at(y), right - left, style);
        y += 17.0;
    }
    for (place, line) in card.lines.iter().enumerate() {
        let style = if place == 0 && card.shape == Shape::Selector && card.state == Some(State::Failing) {
            Style::sans(11.5, Token::Failing).bold()
        } else if card.shape == Shape::Place {
            Style::sans(11.5, Token::Soft)
        } else {
            Style::mono(11.0, Token::Soft).cut(Cut::Middle)
        };
        brush.text(line, at(y), right - left, style);
        y += 15.0;
    }
    if let Some((done, of)) = card.bar {
        let track = Rect::new(left, y - 4.0, right - left, 5.0);
        brush.fill(track, 2.5, Token::Line);
        let part = track.w * (f64::from(done) / f64::from(of.max(1))).min(1.0);
        let bar = Rect { w: part, ..track };
        if card.tint.hue.is_some() {
            tint_bar(brush, bar, 2.5, card.tint);
        } else {
            brush.fill(bar, 2.5, Token::Ready);
        }
    }
}

/// What sort of card it is can be seen without reading, and without colour.
fn ground(brush: &mut Brush, rect: Rect, card: &Card) {
    let line = |token| Stroke::solid(token, 1.0);
    let failing = card.state == Some(State::Failing);
    match card.shape {
        Shape::Tray => brush.outline(rect, RADIUS, Stroke::dashed(Token::StrongLine, 1.0)),
        Shape::Store => brush.panel(
            rect,
            3.0,
            Token::Sunken,
            line(if failing { Token::Failing } else { Token::Line }),
        ),
        Shape::Selector => {
            brush.panel(rect, 20.0, Token::Surface, Stroke::solid(Token::Service, 1.25));
        }
        Shape::Owner => brush.panel(
            rect,
            RADIUS,
            Token::Surface,
            line(if failing { Token::Failing } else { Token::Line }),
        ),
        Shape::Place if failing => {
            brush.panel(rect, RADIUS, Token::Sunken, Stroke::dashed(Token::Failing, 1.75));
            brush.hatch(rect.inset(1.0), RADIUS, Token::StrongLine, 0.16, 12.0);
        }
        Shape::Place => brush.panel(
            rect,
            RADIUS,
            Token::Surface,
            Stroke::solid(Token::StrongLine, 1.25),
        ),
    }
    if card.tint.hue.is_some() {
        let bar = Rect::new(rect.x, rect.y + 8.0, 5.0, (rect.h - 16.0).max(0.0));
        tint_bar(brush, bar, 2.5, card.tint);
    }
}

/// A title of a column, or of a lane.
pub(super) fn heading(brush: &mut Brush, rect: Rect, words: &str, lane: bool) {
    let at = Point {
        x: rect.x + if lane { 0.0 } else { 2.0 },
        y: rect.center().y,
    };
    let style = if lane {
        Style::sans(12.5, Token::Text).bold()
    } else {
        Style::sans(11.5, Token::Soft).bold()
    };
    let used = brush.text(words, at, rect.w, style);
    if lane {
        let y = at.y;
        let from = Point {
            x: at.x + used + 10.0,
            y,
        };
        brush.line(
            vec![from, Point { x: rect.right(), y }],
            Stroke::solid(Token::Line, 1.0),
        );
    }
}

/// A line between two cards, with an arrow where it says what selects or uses what.
pub(super) fn wire(
    brush: &mut Brush,
    wire: WireFigure,
    emphasis: Emphasis,
    ends: (Option<Rect>, Option<Rect>),
) {
    let (Some(from), Some(to)) = ends else { return };
    let related = emphasis == Emphasis::Related;
    let stroke = match (wire.join, related) {
        (Join::Selects, true) => Stroke::solid(Token::Service, 2.25),
        (Join::Selects, false) => Stroke::solid(Token::ServiceSoft, 1.5),
        (Join::Uses, _) => Stroke::dashed(Token::StrongLine, if related { 2.0 } else { 1.25 }),
        (Join::Broken, _) => Stroke::dashed(Token::Failing, 1.5),
        (_, true) => Stroke::solid(Token::StrongLine, 2.25),
        (Join::Owns | Join::Talks, false) => Stroke::solid(Token::StrongLine, 1.25),
    };
    if emphasis == Emphasis::Faint {
        brush.alpha *= 0.35;
    }
    let points = way(&from, &to);
    let ends = (points.iter().rev().nth(1).copied(), points.last().copied());
    brush.route(points, 6.0, stroke);
    if let (Join::Selects | Join::Uses, (Some(before), Some(end))) = (wire.join, ends) {
        arrow(brush, before, end, stroke.ink.token);
    }
}

fn arrow(brush: &mut Brush, from: Point, to: Point, token: Token) {
    let length = (to.x - from.x).hypot(to.y - from.y).max(0.01);
    let (dx, dy) = ((to.x - from.x) / length, (to.y - from.y) / length);
    let side = |turn: f64| Point {
        x: to.x - 7.0 * dx - turn * 4.0 * dy,
        y: to.y - 7.0 * dy + turn * 4.0 * dx,
    };
    brush.polygon(vec![to, side(1.0), side(-1.0)], token);
}

/// A mark on its way: a disc for a request, a ring for a notice, a triangle for an error, a cross where one was lost.
pub(super) fn mark(brush: &mut Brush, flight: &Flight<'_>) {
    const R: f64 = 5.5;
    let Point { x, y } = flight.at;
    let at = |dx: f64, dy: f64| Point { x: x + dx, y: y + dy };
    let mark = flight.mark;
    brush.alpha = flight.alpha;
    brush.disc(flight.at, R + 2.0, Token::Ground);
    let lost = mark.glyph == Glyph::Lost && flight.ended;
    match mark.glyph {
        Glyph::Error => {
            brush.polygon(
                vec![at(0.0, -R - 1.0), at(R + 1.0, R), at(-R - 1.0, R)],
                Token::Failing,
            );
        }
        Glyph::Lost if flight.ended => {
            let stroke = Stroke::solid(Token::Failing, 2.5);
            brush.line(vec![at(-R, -R), at(R, R)], stroke);
            brush.line(vec![at(-R, R), at(R, -R)], stroke);
        }
        Glyph::Notice => brush.arc(flight.at, R - 1.0, (0.0, 1.0), Stroke::solid(Token::Service, 2.5)),
        Glyph::Request | Glyph::Lost => brush.disc(flight.at, R, Token::Busy),
    }
    let words = if lost { texts::LOST } else { mark.tag.as_str() };
    if words.is_empty() || !(flight.tagged || lost) {
        return;
    }
    let width = text::width(words, Face::SansBold, 11.0) + 8.0;
    // what is lost ends at a card: its word stands before it, not on what the card says
    let left = if lost { x - R - 4.0 - width } else { x + R + 4.0 };
    let plate = Rect::new(left, y - 17.0, width, 15.0);
    brush.tint(plate, 4.0, Token::Ground, 0.9);
    let token = if lost { Token::Failing } else { Token::Text };
    let style = Style::sans(11.0, token).bold();
    brush.text(
        words,
        Point {
            x: plate.x + 4.0,
            y: plate.center().y,
        },
        width,
        style,
    );
}
