//! Nodes and the waiting area.

use crate::view::geometry::{Point, Rect};
use crate::view::look::State;
use crate::view::scene::text::{self, Cut, Face};
use crate::view::scene::{Gauge, PlaceFigure, PlaceKind, Ribbon};
use crate::view::texts;
use crate::view::theme::Token;

use super::Clock;
use super::prims::{Align, Brush, Stroke, Style};
use super::symbol::symbol;

const RADIUS: f64 = 12.0;

/// Draws a place; its pods are drawn over it.
pub(super) fn paint(brush: &mut Brush, rect: Rect, place: &PlaceFigure) {
    let (fill, stroke) = match (place.kind, place.unreachable, place.cordoned) {
        (PlaceKind::Waiting, ..) => (Token::Ground, Stroke::dashed(Token::StrongLine, 1.25)),
        (_, true, _) => (Token::Sunken, Stroke::dashed(Token::Failing, 1.75)),
        (_, _, true) => (Token::Surface, Stroke::dashed(Token::Waiting, 1.5)),
        _ => (Token::Surface, Stroke::solid(Token::Line, 1.0)),
    };
    brush.panel(rect, RADIUS, fill, stroke);
    if place.cordoned {
        let head = if place.roomy { 74.0 } else { 46.0 };
        let below = Rect {
            y: rect.y + head,
            h: (rect.h - head).max(0.0),
            ..rect
        };
        brush.hatch(below.inset(1.0), RADIUS, Token::StrongLine, 0.16, 12.0);
    }
    header(brush, rect, place);
    footer(brush, rect, place);
}

fn header(brush: &mut Brush, rect: Rect, place: &PlaceFigure) {
    let (first, second) = (rect.y + 16.0, rect.y + 34.0);
    let left = rect.x + 10.0;
    let right = rect.right() - 10.0;
    let mut x = left;
    if place.kind == PlaceKind::Waiting {
        let center = Point {
            x: left + 6.0,
            y: first,
        };
        symbol(brush, center, 11.0, State::Unscheduled, None, Clock::default());
    } else {
        server(brush, Rect::new(left, first - 6.0, 12.0, 12.0), place);
    }
    x += 18.0;
    let style = match place.kind {
        PlaceKind::Waiting => Style::sans(12.5, Token::Text).bold(),
        _ => Style::mono(12.5, Token::Text).bold(),
    };
    let used = brush.text(&place.title, Point { x, y: first }, right - x, style);
    x += used + 8.0;
    let mut sums_left = left;
    let mut second_right = right;
    for (words, token) in &place.badges {
        const LEAST: f64 = 64.0;
        let wanted = text::width(words, Face::Sans, 11.0) + 12.0;
        // beside the name, else below it; shortened rather than left out
        let (room, below) = (right - x, right - sums_left);
        let least = wanted.min(LEAST);
        let (left, y, width) = match () {
            () if wanted <= room || (room >= least && wanted > below) => (&mut x, first, wanted.min(room)),
            () if below >= least => (&mut sums_left, second, wanted.min(below)),
            () => continue,
        };
        badge(brush, Point { x: *left, y }, width, words, *token);
        *left += width + 6.0;
    }
    if place.roomy {
        for (row, gauge) in (0..).zip(&place.gauges) {
            bar(
                brush,
                Rect::new(left, rect.y + 51.0 + f64::from(row) * 14.0, right - left, 0.0),
                gauge,
            );
        }
    } else {
        second_right -= gauges(brush, Rect::new(sums_left, second, right - sums_left, 0.0), place);
    }
    sums(
        brush,
        Rect::new(sums_left, second, second_right - sums_left, 0.0),
        place,
    );
}

/// How many pods are in each state: in words, or, where they have no room, in shapes.
fn sums(brush: &mut Brush, room: Rect, place: &PlaceFigure) {
    let all: Vec<String> = place
        .sums
        .iter()
        .map(|(state, count)| texts::state_count(*state, *count))
        .collect();
    let words = match (all.is_empty(), place.when_empty) {
        (true, Some(words)) => words.to_owned(),
        _ => all.join(" · "),
    };
    let style = Style::sans(11.5, Token::Soft);
    if text::width(&words, Face::Sans, 11.5) <= room.w || place.sums.len() < 2 {
        brush.text(&words, Point { x: room.x, y: room.y }, room.w, style);
        return;
    }
    let mut x = room.x;
    for (state, count) in &place.sums {
        let number = count.to_string();
        let width = text::width(&number, Face::Sans, 11.5);
        if x + 14.0 + width > room.right() {
            break;
        }
        symbol(
            brush,
            Point {
                x: x + 5.0,
                y: room.y,
            },
            10.0,
            *state,
            None,
            Clock::default(),
        );
        brush.text(
            &number,
            Point {
                x: x + 14.0,
                y: room.y,
            },
            width + 1.0,
            style,
        );
        x += 14.0 + width + 9.0;
    }
}

/// A small machine.
fn server(brush: &mut Brush, rect: Rect, place: &PlaceFigure) {
    let token = if place.unreachable {
        Token::Failing
    } else {
        Token::Soft
    };
    for row in 0..2 {
        let unit = Rect::new(rect.x, rect.y + f64::from(row) * 6.5, rect.w, 5.5);
        brush.outline(unit.inset(0.6), 1.5, Stroke::solid(token, 1.2));
        brush.disc(
            Point {
                x: unit.x + 3.2,
                y: unit.center().y,
            },
            0.9,
            token,
        );
    }
}

fn badge(brush: &mut Brush, at: Point, width: f64, words: &str, token: Token) {
    let rect = Rect::new(at.x, at.y - 8.0, width, 16.0);
    brush.panel(rect, 8.0, Token::Ground, Stroke::solid(token, 1.0));
    let style = Style::sans(11.0, token).align(Align::Center).cut(Cut::Middle);
    brush.text(words, rect.center(), width - 8.0, style);
}

/// A resource on a line of its own: its name, a bar, its numbers.
fn bar(brush: &mut Brush, row: Rect, gauge: &Gauge) {
    const SIZE: f64 = 11.0;
    const LEAST: f64 = 44.0;
    let (y, name) = (row.y, text::width(texts::GAUGE_MEMORY, Face::Sans, SIZE) + 6.0);
    let style = Style::sans(SIZE, Token::Soft);
    brush.text(gauge.name, Point { x: row.x, y }, name, style);
    let fits = |words: &&String| name + LEAST + 8.0 + text::width(words, Face::Sans, SIZE) <= row.w;
    let mut right = row.right();
    if let Some(words) = gauge.words.iter().find(fits) {
        let at = Point { x: right, y };
        right -= brush.text(words, at, row.w, style.align(Align::Right)) + 8.0;
    }
    let track = Rect::new(row.x + name, y - 4.0, (right - row.x - name).max(0.0), 8.0);
    share_bar(brush, track, gauge);
}

/// What is asked for as a bar, what is used as a darker line in it.
fn share_bar(brush: &mut Brush, track: Rect, gauge: &Gauge) {
    brush.panel(track, 2.5, Token::Sunken, Stroke::solid(Token::Line, 1.0));
    let full = gauge.share > 0.9;
    let part = |share: f64| (track.w * share).max(if share > 0.0 { 2.5 } else { 0.0 });
    let asked = Rect {
        w: part(gauge.share),
        ..track
    };
    brush.tint(
        asked,
        2.5,
        if full { Token::Failing } else { Token::StrongLine },
        if full { 1.0 } else { 0.65 },
    );
    let line = (track.h * 0.36).max(1.5);
    let used = Rect::new(track.x, track.center().y - line / 2.0, part(gauge.used), line);
    brush.fill(used, line / 2.0, Token::Text);
}

/// Requested CPU and memory as thin bars, right to left as far as there is room beside the sums; gives the room taken.
fn gauges(brush: &mut Brush, room: Rect, place: &PlaceFigure) -> f64 {
    const BAR: f64 = 30.0;
    let needed = match place.sums.as_slice() {
        [] => 0.0,
        [(state, count)] => text::width(&texts::state_count(*state, *count), Face::Sans, 11.5) + 8.0,
        more => 28.0 * more.len() as f64,
    };
    let mut right = room.right();
    let width_of = |name: &str| text::width(name, Face::Sans, 11.0) + 5.0 + BAR + 10.0;
    let mut free = room.w - needed;
    let fitting = place.gauges.iter().take_while(|gauge| {
        free -= width_of(gauge.name);
        free >= 0.0
    });
    let fitting: Vec<_> = fitting.collect();
    for gauge in fitting.into_iter().rev() {
        let label = text::width(gauge.name, Face::Sans, 11.0);
        let width = width_of(gauge.name);

        let bar = Rect::new(right - BAR, room.y - 3.0, BAR, 6.0);
        share_bar(brush, bar, gauge);
        let at = Point {
            x: bar.x - 5.0,
            y: room.y,
        };
        brush.text(
            gauge.name,
            at,
            label + 1.0,
            Style::sans(11.0, Token::Soft).align(Align::Right),
        );
        right -= width;
    }
    room.right() - right
}

/// The folded system pods, small and quiet.
fn footer(brush: &mut Brush, rect: Rect, place: &PlaceFigure) {
    const SIDE: f64 = 6.0;
    if let Some(ribbon) = &place.ribbon {
        verdict(brush, rect, ribbon);
        return;
    }
    if place.system.is_empty() {
        return;
    }
    let y = rect.bottom() - 13.0;
    let mut x = rect.x + 11.0;
    let words = texts::system_pods(place.system.len());
    let words_width = text::width(&words, Face::Sans, 11.0);
    for state in &place.system {
        if x + SIDE + 8.0 + words_width > rect.right() - 8.0 {
            break;
        }
        let mark = Rect::new(x, y - SIDE / 2.0, SIDE, SIDE);
        match state {
            State::Ready => brush.tint(mark, 1.5, Token::Soft, 0.7),
            State::Failing => brush.fill(mark, 1.5, Token::Failing),
            _ => brush.outline(mark.inset(0.5), 1.5, Stroke::solid(Token::Soft, 1.0)),
        }
        x += SIDE + 3.0;
    }
    let style = Style::sans(11.0, Token::Soft).cut(Cut::End);
    brush.text(
        &words,
        Point { x: x + 4.0, y },
        rect.right() - 8.0 - x - 4.0,
        style,
    );
}

/// What the scheduler thought of the node, along its lower edge: a star, a tick or a cross, and words.
fn verdict(brush: &mut Brush, rect: Rect, ribbon: &Ribbon) {
    let token = match ribbon.fits {
        Some(true) => Token::Ready,
        Some(false) => Token::Busy,
        None => Token::Failing,
    };
    let band = Rect::new(rect.x + 6.0, rect.bottom() - 23.0, rect.w - 12.0, 18.0);
    brush.panel(band, 6.0, Token::Raised, Stroke::solid(token, 1.25));
    let (x, y) = (band.x + 10.0, band.center().y);
    let stroke = Stroke::solid(token, 1.75);
    let at = |dx: f64, dy: f64| Point { x: x + dx, y: y + dy };
    match ribbon.fits {
        Some(true) => brush.polygon(star(Point { x, y }, 5.5), token),
        Some(false) => brush.line(vec![at(-4.0, 0.0), at(-1.0, 3.0), at(4.0, -3.5)], stroke),
        None => {
            brush.line(vec![at(-3.5, -3.5), at(3.5, 3.5)], stroke);
            brush.line(vec![at(-3.5, 3.5), at(3.5, -3.5)], stroke);
        }
    }
    brush.text(
        &ribbon.words,
        at(10.0, 0.0),
        band.right() - x - 14.0,
        Style::sans(11.0, token).bold(),
    );
}

/// The directions of a star's ten corners from its top. Numbers, because the functions that make them are 7 KB of program.
const CORNERS: [(f64, f64); 10] = [
    (0.0, -1.000000),
    (0.587785, -0.809017),
    (0.951057, -0.309017),
    (0.951057, 0.309017),
    (0.587785, 0.809017),
    (0.0, 1.000000),
    (-0.587785, 0.809017),
    (-0.951057, 0.309017),
    (-0.951057, -0.309017),
    (-0.587785, -0.809017),
];

fn star(center: Point, r: f64) -> Vec<Point> {
    let corner = |(place, (x, y)): (usize, (f64, f64))| {
        let r = if place.is_multiple_of(2) { r } else { r * 0.45 };
        Point {
            x: center.x + r * x,
            y: center.y + r * y,
        }
    };
    CORNERS.into_iter().enumerate().map(corner).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corners_are_a_tenth_of_a_turn_apart() {
        for (place, (x, y)) in (0_u32..).zip(CORNERS) {
            let turn = (f64::from(place) / 10.0 - 0.25) * std::f64::consts::TAU;
            assert!(
                (x - turn.cos()).abs() < 1e-5 && (y - turn.sin()).abs() < 1e-5,
                "{place}"
            );
        }
    }
}
