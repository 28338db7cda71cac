//! Workloads, their versions, Services, and the texts over the scene.

use crate::view::geometry::{Point, Rect};
use crate::view::look::State;
use crate::view::scene::text::{self, Cut, Face};
use crate::view::scene::{
    NoticeFigure, PaneFigure, ServiceFigure, ThingFigure, TooltipFigure, WorkloadFigure,
};
use crate::view::texts;
use crate::view::theme::Token;

use super::Clock;
use super::pod::{dot, tint_bar};
use super::prims::{Align, Brush, Stroke, Style};
use super::symbol::symbol;

/// A Deployment's card; its versions are drawn over it.
pub(super) fn workload(brush: &mut Brush, rect: Rect, card: &WorkloadFigure) {
    let border = if card.state == State::Failing {
        Token::Failing
    } else {
        Token::Line
    };
    brush.panel(rect, 10.0, Token::Surface, Stroke::solid(border, 1.0));
    let y = if card.compact {
        rect.center().y
    } else {
        rect.y + 16.0
    };
    let left = rect.x + 10.0;
    let mut right = rect.right() - 10.0;
    let style = Style::sans(12.0, Token::Text).bold().align(Align::Right);
    let used = brush.text(&card.summary, Point { x: right, y }, right - left, style);
    right -= used + 12.0;
    symbol(
        brush,
        Point { x: right, y },
        12.0,
        card.state,
        None,
        Clock::default(),
    );
    right -= 14.0;
    if card.compact {
        shares(brush, rect, card);
        let mut x = left;
        let name = text::width(&card.name, Face::MonoBold, 12.0);
        if text::width(&card.kind, Face::Sans, 11.0) + 6.0 + name <= right - x {
            x += brush.text(
                &card.kind,
                Point { x, y },
                right - x,
                Style::sans(11.0, Token::Soft),
            ) + 6.0;
        }
        brush.text(
            &card.name,
            Point { x, y },
            right - x,
            Style::mono(12.0, Token::Text).bold(),
        );
        return;
    }
    let kind = brush.text(
        &card.kind,
        Point { x: left, y },
        right - left,
        Style::sans(11.5, Token::Soft),
    );
    let mut x = left + kind + 7.0;
    let badges: f64 = card
        .badges
        .iter()
        .map(|(words, _)| text::width(words, Face::SansBold, 11.0) + 8.0)
        .sum();
    let room = (right - x - badges).max(24.0);
    x += brush.text(
        &card.name,
        Point { x, y },
        room,
        Style::mono(13.0, Token::Text).bold(),
    ) + 8.0;
    for (words, token) in &card.badges {
        x += brush.text(words, Point { x, y }, right - x, Style::sans(11.0, *token).bold()) + 8.0;
    }
}

/// The share of each version as a bar under a compact card.
fn shares(brush: &mut Brush, rect: Rect, card: &WorkloadFigure) {
    let total: u32 = card.shares.iter().map(|(_, pods)| *pods).sum();
    let mut x = rect.x + 10.0;
    let width = rect.w - 20.0;
    for (tint, pods) in card.shares.iter().filter(|(_, pods)| *pods > 0) {
        let part = width * f64::from(*pods) / f64::from(total.max(1));
        tint_bar(
            brush,
            Rect::new(x, rect.bottom() - 6.0, (part - 1.0).max(1.0), 3.0),
            1.5,
            *tint,
        );
        x += part;
    }
}

/// One version: a ReplicaSet.
pub(super) fn pane(brush: &mut Brush, rect: Rect, pane: &PaneFigure, clock: Clock) {
    brush.fill(rect, 7.0, Token::Sunken);
    tint_bar(brush, Rect { w: 6.0, ..rect }, 3.0, pane.tint);
    if pane.follows {
        let (x, y) = (rect.x - 16.0, rect.center().y);
        let stroke = Stroke::solid(Token::StrongLine, 1.75);
        brush.line(vec![Point { x, y }, Point { x: x + 10.0, y }], stroke);
        let tip = vec![
            Point {
                x: x + 6.0,
                y: y - 4.0,
            },
            Point { x: x + 10.5, y },
            Point {
                x: x + 6.0,
                y: y + 4.0,
            },
        ];
        brush.line(tip, stroke);
    }
    let left = rect.x + 14.0;
    let right = rect.right() - 8.0;
    let line = |n: f64| rect.y + 11.0 + n * 17.5;
    let sizes = format!("{}/{}", pane.ready, pane.wanted);
    let style = Style::mono(12.0, Token::Text).bold().align(Align::Right);
    let used = brush.text(
        &sizes,
        Point {
            x: right,
            y: line(0.0),
        },
        right - left,
        style,
    );
    let room = right - left - used - 8.0;
    brush.text(
        &pane.name,
        Point {
            x: left,
            y: line(0.0),
        },
        room,
        Style::mono(11.5, Token::Text),
    );
    let mut x = left;
    if pane.revision > 0 {
        let words = texts::revision(pane.revision);
        x += brush.text(
            &words,
            Point { x, y: line(1.0) },
            right - x,
            Style::sans(11.5, Token::Soft),
        ) + 5.0;
    }
    let style = Style::mono(11.0, Token::Soft).cut(Cut::Start);
    brush.text(&pane.images, Point { x, y: line(1.0) }, right - x, style);
    pods(brush, Rect::new(left, line(2.0), right - left, 0.0), pane, clock);
}

/// The pods of a version as a row of shapes, or, when they are too many, as a bar.
fn pods(brush: &mut Brush, row: Rect, pane: &PaneFigure, clock: Clock) {
    const SIZE: f64 = 10.0;
    const STEP: f64 = 14.0;
    let wanted = pane.pods.len().max(pane.wanted as usize);
    if wanted as f64 * STEP <= row.w {
        for place in 0..wanted {
            let center = Point {
                x: row.x + SIZE / 2.0 + place as f64 * STEP,
                y: row.y,
            };
            match pane.pods.get(place) {
                Some(state) => symbol(brush, center, SIZE, *state, None, clock),
                // wanted, but not there yet
                None => brush.arc(
                    center,
                    SIZE / 2.0 - 1.0,
                    (0.0, 1.0),
                    Stroke::dashed(Token::StrongLine, 1.0),
                ),
            }
        }
        return;
    }
    let track = Rect::new(row.x, row.y - 3.5, row.w, 7.0);
    brush.fill(track, 2.0, Token::Line);
    let mut x = track.x;
    for state in State::ALL {
        let count = pane.pods.iter().filter(|pod| **pod == state).count();
        let part = track.w * count as f64 / wanted as f64;
        if count > 0 {
            brush.fill(
                Rect {
                    x,
                    w: part.max(1.5),
                    ..track
                },
                2.0,
                state.token(),
            );
        }
        x += part;
    }
}

/// A thing that runs nothing, or how many there are of its kind.
pub(super) fn thing(brush: &mut Brush, rect: Rect, thing: &ThingFigure) {
    brush.panel(rect, 6.0, Token::Sunken, Stroke::solid(Token::Line, 1.0));
    let (y, right) = (rect.center().y, rect.right() - ThingFigure::PADDING);
    let mut x = rect.x + ThingFigure::PADDING;
    for (words, style) in [
        (&thing.kind, Style::sans(ThingFigure::SIZE, Token::Soft)),
        (&thing.name, Style::mono(ThingFigure::SIZE, Token::Text).bold()),
        (&thing.note, Style::mono(ThingFigure::SIZE, Token::Soft)),
    ] {
        if !words.is_empty() && x < right {
            x += brush.text(words, Point { x, y }, right - x, style) + ThingFigure::GAP;
        }
    }
}

/// A Service's card.
pub(super) fn service(brush: &mut Brush, rect: Rect, service: &ServiceFigure) {
    brush.panel(
        rect,
        rect.h / 2.0,
        Token::Surface,
        Stroke::solid(Token::Service, 1.25),
    );
    let hub = Point {
        x: rect.x + 22.0,
        y: rect.center().y,
    };
    fork(brush, hub);
    let left = rect.x + 40.0;
    let right = rect.right() - 16.0;
    let (first, second) = (rect.y + rect.h * 0.32, rect.y + rect.h * 0.7);
    let (words, token) = match service.ready {
        0 => (texts::service_pods(0), Token::Failing),
        ready => (texts::service_pods(ready), Token::Service),
    };
    let style = Style::sans(11.5, token).bold().align(Align::Right);
    let used = brush.text(&words, Point { x: right, y: first }, right - left, style);
    let room = right - left - used - 8.0;
    brush.text(
        &service.name,
        Point { x: left, y: first },
        room,
        Style::mono(12.5, Token::Text).bold(),
    );
    let style = Style::mono(11.0, Token::Soft).cut(Cut::End);
    brush.text(
        &service.address,
        Point { x: left, y: second },
        right - left,
        style,
    );
}

/// One way in, several ways out.
fn fork(brush: &mut Brush, hub: Point) {
    let stroke = Stroke::solid(Token::Service, 1.5);
    let at = |dx: f64, dy: f64| Point {
        x: hub.x + dx,
        y: hub.y + dy,
    };
    brush.line(vec![at(0.0, 9.0), at(0.0, 1.0), at(-7.0, -6.0)], stroke);
    brush.line(vec![at(0.0, 1.0), at(0.0, -7.0)], stroke);
    brush.line(vec![at(0.0, 1.0), at(7.0, -6.0)], stroke);
    for (dx, dy) in [(0.0, 9.0), (-7.0, -7.0), (0.0, -8.0), (7.0, -7.0)] {
        brush.disc(at(dx, dy), 2.3, Token::Service);
    }
}

/// "And N others".
pub(super) fn more(brush: &mut Brush, rect: Rect, words: &str) {
    brush.outline(rect, 10.0, Stroke::dashed(Token::StrongLine, 1.0));
    let style = Style::sans(12.0, Token::Soft).align(Align::Center);
    brush.text(words, rect.center(), rect.w - 12.0, style);
}

/// The text of an empty cluster.
pub(super) fn notice(brush: &mut Brush, rect: Rect, notice: &NoticeFigure) {
    let x = rect.center().x;
    brush.panel(rect, 12.0, Token::Raised, Stroke::solid(Token::Line, 1.0));
    let rect = rect.inset(14.0);

    let title = Style::sans(16.0, Token::Text).bold().align(Align::Center);
    brush.text(&notice.title, Point { x, y: rect.y + 10.0 }, rect.w, title);
    if let Some(hint) = &notice.hint {
        let style = Style::sans(13.0, Token::Soft).align(Align::Center);
        brush.text(hint, Point { x, y: rect.y + 37.0 }, rect.w, style);
    }
    if let Some(command) = notice.command {
        let width = (text::width(command, Face::Mono, 13.0) + 24.0).min(rect.w);
        let frame = Rect::new(x - width / 2.0, rect.y + 56.0, width, 28.0);
        brush.panel(frame, 6.0, Token::Sunken, Stroke::solid(Token::Line, 1.0));
        let style = Style::mono(13.0, Token::Text).align(Align::Center);
        brush.text(command, frame.center(), width - 12.0, style);
    }
}

/// The name of what is under the pointer.
pub(super) fn tooltip(brush: &mut Brush, rect: Rect, tooltip: &TooltipFigure, clock: Clock) {
    brush.tint(
        Rect {
            y: rect.y + 2.0,
            ..rect
        }
        .inset(-1.0),
        9.0,
        Token::StrongLine,
        0.25,
    );
    brush.panel(rect, 8.0, Token::Raised, Stroke::solid(Token::StrongLine, 1.0));
    let room = rect.w - 24.0;
    let left = rect.x + 12.0;
    let at = Point {
        x: left,
        y: rect.y + 14.0,
    };
    brush.text(&tooltip.title, at, room, Style::mono(12.0, Token::Text).bold());
    let y = rect.y + 30.0;
    if tooltip.state == State::Pulling {
        dot(
            brush,
            Rect::new(left, y - 5.0, 10.0, 10.0),
            tooltip.state,
            crate::view::scene::Tint::default(),
        );
    } else {
        symbol(
            brush,
            Point { x: left + 5.0, y },
            10.0,
            tooltip.state,
            None,
            clock,
        );
    }
    brush.text(
        &tooltip.line,
        Point { x: left + 16.0, y },
        room - 16.0,
        Style::sans(12.0, Token::Soft).cut(Cut::End),
    );
}
