//! A pod, drawn with as much detail as its size has room for: a pod on its way from a card to a dot passes through all.

use crate::view::decimal::within;
use crate::view::geometry::{Point, Rect};
use crate::view::look::{Shape, State};
use crate::view::motion::Shown;
use crate::view::scene::text::{self, Cut, Face};
use crate::view::scene::{PodFigure, Tint};
use crate::view::texts;
use crate::view::theme::Token;

use super::Clock;
use super::prims::{Align, Brush, Stroke, Style};
use super::symbol::symbol;

/// From this size on, a pod is a card, a chip, a tile; below, a dot.
const CARD: (f64, f64) = (100.0, 36.0);
const CHIP: (f64, f64) = (60.0, 20.0);
const TILE: f64 = 16.0;

/// What a pod looks like that is too small for its name: few of them differ, so that each look is drawn once and stamped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stamp {
    /// Its state.
    pub state: State,
    /// The mark of its revision.
    pub tint: Tint,
    /// One of the cluster's own.
    pub system: bool,
    /// How wide and high it is, in whole pixels.
    pub side: f64,
}

/// Draws a pod.
pub(super) fn paint(brush: &mut Brush, rect: Rect, pod: &PodFigure, shown: &Shown<'_>, clock: Clock) {
    if let Some(ring) = shown.ring {
        let alpha = brush.alpha;
        brush.alpha *= 1.0 - ring;
        let spread = 2.0 + 7.0 * ring;
        brush.outline(
            rect.inset(-spread),
            9.0 + spread,
            Stroke::solid(pod.state.token(), 2.0),
        );
        brush.alpha = alpha;
    }
    if shown.travelling && rect.w > CHIP.0 {
        brush.tint(
            Rect {
                y: rect.y + 4.0,
                ..rect
            },
            9.0,
            Token::StrongLine,
            0.18,
        );
    }
    if rect.w >= CARD.0 && rect.h >= CARD.1 {
        card(brush, rect, pod, clock);
    } else if rect.w >= CHIP.0 && rect.h >= CHIP.1 {
        chip(brush, rect, pod, clock);
    } else {
        let (tint, side) = (pod.tint, shown.whole.round());
        let look = Stamp {
            state: pod.state,
            tint: Tint { revision: 0, ..tint },
            system: pod.system,
            side,
        };
        if pod.state == State::Pulling {
            small(brush, rect, look, pod.progress, clock);
        } else {
            brush.stamp(rect, look);
        }
    }
}

/// A pod without its name.
pub(super) fn small(brush: &mut Brush, rect: Rect, look: Stamp, progress: Option<f64>, clock: Clock) {
    if rect.w >= TILE {
        tile(brush, rect, look, progress, clock);
    } else {
        dot(brush, rect, look.state, look.tint);
    }
}

/// What a pod is drawn upon, and its edge.
fn surface(state: State, system: bool) -> (Token, Stroke) {
    let stroke = match state {
        State::Failing | State::Unschedulable => Stroke::solid(Token::Failing, 1.5),
        State::Leaving | State::Unknown => Stroke::dashed(Token::Leaving, 1.25),
        State::Unscheduled => Stroke::dashed(Token::Waiting, 1.25),
        _ => Stroke::solid(Token::Line, 1.0),
    };
    (if system { Token::Sunken } else { Token::Raised }, stroke)
}

/// The ground of a pod and the mark of its revision; hatched for an old one.
fn ground(brush: &mut Brush, rect: Rect, radius: f64, pod: &PodFigure, bar: f64) {
    let (fill, stroke) = surface(pod.state, pod.system);
    if pod.tint.hue.is_some() {
        brush.fill(rect, radius, fill);
        tint_bar(
            brush,
            Rect {
                w: rect.w.min(3.0 * radius),
                ..rect
            },
            radius,
            pod.tint,
        );
        let body = Rect {
            x: rect.x + bar,
            w: rect.w - bar,
            ..rect
        };
        brush.fill(body, radius, fill);
        brush.fill(
            Rect {
                w: radius + 1.0,
                ..body
            },
            0.0,
            fill,
        );
        brush.outline(rect, radius, stroke);
    } else {
        brush.panel(rect, radius, fill, stroke);
    }

    if pod.served {
        let width = within(rect.w * 0.16, 10.0, 26.0);
        let mark = Rect::new(rect.center().x - width / 2.0, rect.bottom() - 1.5, width, 3.0);
        brush.fill(mark, 1.5, Token::Service);
    }
}

/// The mark of a revision.
pub(super) fn tint_bar(brush: &mut Brush, rect: Rect, radius: f64, tint: Tint) {
    let Some(hue) = tint.hue else { return };
    if tint.old {
        brush.tint(rect, radius, Token::Hue(hue), 0.25);
        brush.hatch(rect, radius, Token::Hue(hue), 1.0, 4.0);
    } else {
        brush.fill(rect, radius, Token::Hue(hue));
    }
}

fn card(brush: &mut Brush, rect: Rect, pod: &PodFigure, clock: Clock) {
    ground(brush, rect, 8.0, pod, 7.0);
    let (first, second) = (rect.y + rect.h * 0.31, rect.y + rect.h * 0.69);
    let tight = rect.w < 160.0;
    let (size, left) = if tight {
        (15.0, rect.x + 12.0)
    } else {
        (17.0, rect.x + 14.0)
    };
    let center = Point {
        x: left + size / 2.0,
        y: rect.center().y,
    };
    symbol(brush, center, size, pod.state, pod.progress, clock);
    let text = left + size + 6.0;
    let right = rect.right() - if tight { 6.0 } else { 8.0 };
    let badge = revision_badge(brush, Point { x: right, y: first }, pod);
    let name = Style::mono(12.0, Token::Text).bold();
    brush.text(&pod.name, Point { x: text, y: first }, right - text - badge, name);
    label(brush, Point { x: text, y: second }, right, pod);
    if pod.state == State::Pulling
        && let Some(share) = pod.progress
    {
        let track = Rect::new(text, rect.bottom() - 5.0, right - text, 2.5);
        brush.fill(track, 1.25, Token::Line);
        brush.fill(
            Rect {
                w: track.w * share,
                ..track
            },
            1.25,
            Token::Busy,
        );
    }
}

/// The state in words and the containers beside it. What is wrong is never cut while something else can go: first the
/// restarts, then the boxes of the containers.
fn label(brush: &mut Brush, at: Point, right: f64, pod: &PodFigure) {
    let restarts = if pod.restarts > 0 {
        format!(" ↻{}", pod.restarts)
    } else {
        String::new()
    };
    let boxes = containers_width(pod);
    let whole = format!("{}{restarts}", pod.label);
    let room = right - at.x;
    let fits = |words: &str, size, room| text::width(words, Face::Sans, size) <= room;
    let (words, size, boxed) = if fits(&whole, 12.0, room - boxes) {
        (whole.as_str(), 12.0, true)
    } else if fits(&whole, 11.0, room - boxes) {
        (whole.as_str(), 11.0, true)
    } else if fits(&pod.label, 11.0, room - boxes) {
        (pod.label.as_str(), 11.0, true)
    } else if fits(&whole, 11.0, room) {
        (whole.as_str(), 11.0, false)
    } else {
        (pod.label.as_str(), 11.0, false)
    };
    let style = Style::sans(size, label_token(pod.state)).cut(Cut::End);
    brush.text(words, at, room - if boxed { boxes } else { 0.0 }, style);
    if boxed {
        containers(brush, Point { x: right, y: at.y }, pod);
    }
}

/// The state's colour, where it can be read as a text.
fn label_token(state: State) -> Token {
    match state {
        State::Failing | State::Unschedulable => Token::Failing,
        State::Pulling | State::Creating | State::Starting => Token::Busy,
        _ => Token::Soft,
    }
}

/// During a rollout, which revision the pod is of; gives the room taken.
fn revision_badge(brush: &mut Brush, at: Point, pod: &PodFigure) -> f64 {
    if pod.tint.revision == 0 {
        return 0.0;
    }
    let words = texts::revision_badge(pod.tint.revision);
    brush.text(
        &words,
        at,
        40.0,
        Style::mono(11.0, Token::Soft).align(Align::Right),
    ) + 6.0
}

const BOX: f64 = 8.0;
const BOX_STEP: f64 = BOX + 3.0;
const MOST_BOXES: usize = 4;

/// The room that the boxes of the containers take.
fn containers_width(pod: &PodFigure) -> f64 {
    pod.containers.len().min(MOST_BOXES) as f64 * BOX_STEP + 4.0
}

/// A box per container, from right to left: filled when ready, outlined when not.
fn containers(brush: &mut Brush, at: Point, pod: &PodFigure) {
    for (place, state) in pod.containers.iter().rev().take(MOST_BOXES).enumerate() {
        let rect = Rect::new(at.x - BOX - place as f64 * BOX_STEP, at.y - BOX / 2.0, BOX, BOX);
        match state {
            State::Ready | State::Done => brush.fill(rect, 2.0, state.token()),
            State::Failing => {
                brush.outline(rect.inset(0.75), 2.0, Stroke::solid(Token::Failing, 1.5));
                let center = rect.center();
                let (dx, dy) = (1.8, 1.8);
                let cross = Stroke::solid(Token::Failing, 1.25);
                let corner = |x: f64, y: f64| Point {
                    x: center.x + x,
                    y: center.y + y,
                };
                brush.line(vec![corner(-dx, -dy), corner(dx, dy)], cross);
                brush.line(vec![corner(dx, -dy), corner(-dx, dy)], cross);
            }
            _ => brush.outline(rect.inset(0.75), 2.0, Stroke::solid(state.token(), 1.5)),
        }
    }
}

fn chip(brush: &mut Brush, rect: Rect, pod: &PodFigure, clock: Clock) {
    ground(brush, rect, 6.0, pod, 5.0);
    let middle = rect.center().y;
    symbol(
        brush,
        Point {
            x: rect.x + 15.0,
            y: middle,
        },
        12.0,
        pod.state,
        pod.progress,
        clock,
    );
    let room = rect.w - 30.0;
    brush.text(
        &pod.name,
        Point {
            x: rect.x + 25.0,
            y: middle,
        },
        room,
        Style::mono(11.0, Token::Text),
    );
}

fn tile(brush: &mut Brush, rect: Rect, look: Stamp, progress: Option<f64>, clock: Clock) {
    let (fill, stroke) = surface(look.state, look.system);
    brush.panel(rect, 5.0, fill, stroke);
    let lift = if look.tint.hue.is_some() { 1.5 } else { 0.0 };
    let center = Point {
        x: rect.center().x,
        y: rect.center().y - lift,
    };
    symbol(brush, center, rect.w * 0.56, look.state, progress, clock);
    let bar = Rect::new(rect.x + 2.0, rect.bottom() - 4.5, rect.w - 4.0, 3.0);
    tint_bar(brush, bar, 1.5, look.tint);
}

/// A pod as small as can be: full, half, hollow, triangle or cross.
pub(super) fn dot(brush: &mut Brush, rect: Rect, state: State, tint: Tint) {
    let token = state.token();
    let radius = rect.w * 0.22;
    let line = within(rect.w * 0.16, 1.0, 2.0);
    match state.shape() {
        Shape::Tick | Shape::Square => brush.fill(rect, radius, token),
        Shape::HalfRing | Shape::Progress => {
            brush.outline(rect.inset(line / 2.0), radius, Stroke::solid(token, line));
            let half = Rect {
                y: rect.center().y,
                h: rect.h / 2.0,
                ..rect
            };
            brush.fill(half, radius.min(half.h / 2.0), token);
        }
        Shape::Dots | Shape::Hourglass | Shape::Question => {
            brush.outline(rect.inset(line / 2.0), radius, Stroke::solid(token, line));
        }
        Shape::Triangle | Shape::Cross => {
            let center = rect.center();
            symbol(brush, center, rect.w, state, None, Clock::default());
        }
    }
    if tint.old && rect.w >= 7.0 {
        brush.hatch(rect, radius, Token::Raised, 0.55, 3.0);
    }
}
