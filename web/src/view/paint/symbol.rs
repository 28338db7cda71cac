//! The shapes of states: each is told from the others without colour, down to a few pixels.

use crate::view::decimal::within;
use crate::view::geometry::{Point, Rect};
use crate::view::look::{Shape, State};
use crate::view::theme::Token;

use super::Clock;
use super::prims::{Align, Brush, Stroke, Style};

/// Draws a state's shape; `progress` fills the ring of a pull, which otherwise turns.
pub fn symbol(
    brush: &mut Brush,
    center: Point,
    size: f64,
    state: State,
    progress: Option<f64>,
    clock: Clock,
) {
    let token = state.token();
    let r = size / 2.0;
    let line = within(size / 8.0, 1.2, 2.4);
    let stroke = Stroke::solid(token, line);
    let at = |dx: f64, dy: f64| Point {
        x: center.x + dx * r,
        y: center.y + dy * r,
    };
    match state.shape() {
        Shape::Tick => {
            brush.disc(center, r, token);
            tick(brush, center, r, line);
        }
        Shape::Square => {
            let square = Rect::new(center.x - r, center.y - r, size, size).inset(r * 0.08);
            brush.fill(square, r * 0.35, token);
            tick(brush, center, r, line);
        }
        Shape::HalfRing => {
            brush.arc(center, r - line / 2.0, (0.0, 1.0), stroke);
            brush.slice(center, r - line, (0.5, 1.0), token);
        }
        Shape::Progress => {
            brush.arc(
                center,
                r - line / 2.0,
                (0.0, 1.0),
                Stroke::solid(Token::Line, line),
            );
            let turn = clock.wall_ms.map_or(0.0, |ms| (ms / 1100.0).fract());
            let arc = progress.map_or((turn, turn + 0.3), |share| (0.0, share.max(0.04)));
            brush.arc(center, r - line / 2.0, arc, Stroke::solid(token, line * 1.3));
        }
        Shape::Dots => {
            for dx in [-0.68, 0.0, 0.68] {
                brush.disc(at(dx, 0.0), r * 0.27, token);
            }
        }
        Shape::Hourglass => {
            brush.polygon(vec![at(-0.72, -0.9), at(0.72, -0.9), at(0.0, 0.12)], token);
            brush.polygon(vec![at(-0.72, 0.9), at(0.72, 0.9), at(0.0, -0.12)], token);
        }
        Shape::Triangle => {
            brush.polygon(vec![at(0.0, -1.0), at(1.08, 0.92), at(-1.08, 0.92)], token);
            if size >= 9.0 {
                let mark = Stroke::solid(Token::OnState, line);
                brush.line(vec![at(0.0, -0.35), at(0.0, 0.3)], mark);
                brush.disc(at(0.0, 0.62), line * 0.62, Token::OnState);
            }
        }
        Shape::Cross => {
            if size >= 12.0 {
                brush.arc(center, r - line / 2.0, (0.0, 1.0), stroke);
            }
            let reach = if size >= 12.0 { 0.42 } else { 0.8 };
            brush.line(vec![at(-reach, -reach), at(reach, reach)], stroke);
            brush.line(vec![at(reach, -reach), at(-reach, reach)], stroke);
        }
        Shape::Question => {
            brush.arc(center, r - line / 2.0, (0.0, 1.0), stroke);
            brush.text(
                "?",
                center,
                size,
                Style::sans(size * 0.72, token).bold().align(Align::Center),
            );
        }
    }
}

fn tick(brush: &mut Brush, center: Point, r: f64, line: f64) {
    if r < 4.0 {
        return;
    }
    let at = |dx: f64, dy: f64| Point {
        x: center.x + dx * r,
        y: center.y + dy * r,
    };
    let points = vec![at(-0.46, 0.04), at(-0.12, 0.38), at(0.5, -0.34)];
    brush.line(points, Stroke::solid(Token::OnState, line));
}
