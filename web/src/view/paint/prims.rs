//! The few things that a painter has to know how to draw, and a brush that collects them.

use crate::view::geometry::{Point, Rect};
use crate::view::scene::text::{self, Cut, Face};
use crate::view::theme::Token;

use super::Stamp;

/// A colour and how opaque it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ink {
    /// The colour.
    pub token: Token,
    /// 0 to 1.
    pub alpha: f64,
}

/// How a line is broken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dash {
    /// Not at all.
    #[default]
    Solid,
    /// Short dashes.
    Dashed,
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stroke {
    /// Its colour.
    pub ink: Ink,
    /// Its width.
    pub width: f64,
    /// How it is broken.
    pub dash: Dash,
}

impl Stroke {
    /// An unbroken opaque line.
    #[must_use]
    pub fn solid(token: Token, width: f64) -> Self {
        Self {
            ink: Ink { token, alpha: 1.0 },
            width,
            dash: Dash::Solid,
        }
    }

    /// A dashed opaque line.
    #[must_use]
    pub fn dashed(token: Token, width: f64) -> Self {
        Self {
            dash: Dash::Dashed,
            ..Self::solid(token, width)
        }
    }
}

/// Which point of a text stands at its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Its left edge.
    Left,
    /// Its middle.
    Center,
    /// Its right edge.
    Right,
}

/// Something to draw. Alphas are final.
#[derive(Clone, Debug, PartialEq)]
pub enum Prim {
    /// A rectangle with round corners.
    Box {
        /// Where.
        rect: Rect,
        /// Of the corners.
        radius: f64,
        /// Inside.
        fill: Option<Ink>,
        /// Around.
        stroke: Option<Stroke>,
    },
    /// Diagonal lines inside a rectangle with round corners.
    Hatch {
        /// Where.
        rect: Rect,
        /// Of the corners.
        radius: f64,
        /// Of the lines.
        ink: Ink,
        /// From line to line.
        pitch: f64,
    },
    /// A filled polygon.
    Polygon {
        /// Its corners.
        points: Vec<Point>,
        /// Inside.
        fill: Ink,
    },
    /// A line through points.
    Line {
        /// Its points.
        points: Vec<Point>,
        /// How round its corners are.
        radius: f64,

        /// How.
        stroke: Stroke,
    },
    /// Part of a circle, or the whole.
    Arc {
        /// The centre.
        center: Point,
        /// The radius.
        radius: f64,
        /// First and last angle, clockwise from the top, in turns.
        turns: (f64, f64),
        /// Inside, as a slice.
        fill: Option<Ink>,
        /// Along.
        stroke: Option<Stroke>,
    },
    /// A pod without its name, stretched to a rectangle.
    Stamp {
        /// Where.
        rect: Rect,
        /// What it looks like.
        look: Stamp,
        /// How opaque it is.
        alpha: f64,
    },
    /// A line of text, centred on its height.
    Text {
        /// What.
        text: String,
        /// Where.
        at: Point,
        /// Which point of it stands there.
        align: Align,
        /// Its typeface.
        face: Face,
        /// Its size.
        size: f64,
        /// Its colour.
        ink: Ink,
        /// It must not be wider.
        room: f64,
    },
}

/// Collects what to draw.
#[derive(Clone, Debug, Default)]
pub struct Brush {
    /// What was collected.
    pub prims: Vec<Prim>,
    /// Multiplies every alpha.
    pub alpha: f64,
}

impl Brush {
    fn ink(&self, token: Token) -> Ink {
        Ink {
            token,
            alpha: self.alpha,
        }
    }

    fn thinned(&self, mut stroke: Stroke) -> Stroke {
        stroke.ink.alpha *= self.alpha;
        stroke
    }

    /// A filled rectangle.
    pub fn fill(&mut self, rect: Rect, radius: f64, token: Token) {
        self.tint(rect, radius, token, 1.0);
    }

    /// A filled rectangle, translucent.
    pub fn tint(&mut self, rect: Rect, radius: f64, token: Token, alpha: f64) {
        let fill = Some(Ink {
            token,
            alpha: alpha * self.alpha,
        });
        self.prims.push(Prim::Box {
            rect,
            radius,
            fill,
            stroke: None,
        });
    }

    /// An outlined rectangle.
    pub fn outline(&mut self, rect: Rect, radius: f64, stroke: Stroke) {
        let stroke = Some(self.thinned(stroke));
        self.prims.push(Prim::Box {
            rect,
            radius,
            fill: None,
            stroke,
        });
    }

    /// A filled and outlined rectangle.
    pub fn panel(&mut self, rect: Rect, radius: f64, fill: Token, stroke: Stroke) {
        let (fill, stroke) = (Some(self.ink(fill)), Some(self.thinned(stroke)));
        self.prims.push(Prim::Box {
            rect,
            radius,
            fill,
            stroke,
        });
    }

    /// Diagonal lines.
    pub fn hatch(&mut self, rect: Rect, radius: f64, token: Token, alpha: f64, pitch: f64) {
        self.prims.push(Prim::Hatch {
            rect,
            radius,
            ink: Ink {
                token,
                alpha: alpha * self.alpha,
            },
            pitch,
        });
    }

    /// A pod without its name.
    pub fn stamp(&mut self, rect: Rect, look: Stamp) {
        self.prims.push(Prim::Stamp {
            rect,
            look,
            alpha: self.alpha,
        });
    }

    /// A polygon.
    pub fn polygon(&mut self, points: Vec<Point>, token: Token) {
        self.prims.push(Prim::Polygon {
            points,
            fill: self.ink(token),
        });
    }

    /// A line.
    pub fn line(&mut self, points: Vec<Point>, stroke: Stroke) {
        self.route(points, 0.0, stroke);
    }

    /// A line with round corners.
    pub fn route(&mut self, points: Vec<Point>, radius: f64, stroke: Stroke) {
        let stroke = self.thinned(stroke);
        self.prims.push(Prim::Line {
            points,
            radius,
            stroke,
        });
    }

    /// A filled disc.
    pub fn disc(&mut self, center: Point, radius: f64, token: Token) {
        self.slice(center, radius, (0.0, 1.0), token);
    }

    /// A filled part of a disc.
    pub fn slice(&mut self, center: Point, radius: f64, turns: (f64, f64), token: Token) {
        let fill = Some(self.ink(token));
        self.prims.push(Prim::Arc {
            center,
            radius,
            turns,
            fill,
            stroke: None,
        });
    }

    /// Part of a ring.
    pub fn arc(&mut self, center: Point, radius: f64, turns: (f64, f64), stroke: Stroke) {
        let stroke = Some(self.thinned(stroke));
        self.prims.push(Prim::Arc {
            center,
            radius,
            turns,
            fill: None,
            stroke,
        });
    }

    /// A text, shortened to its room; gives the width it takes.
    pub fn text(&mut self, words: &str, at: Point, room: f64, style: Style) -> f64 {
        let text = text::fit(words, style.face, style.size, room, style.cut);
        if text.is_empty() {
            return 0.0;
        }
        let width = text::width(&text, style.face, style.size).min(room);
        let ink = self.ink(style.token);
        let Style {
            align, face, size, ..
        } = style;
        self.prims.push(Prim::Text {
            text,
            at,
            align,
            face,
            size,
            ink,
            room,
        });
        width
    }
}

/// How a text is set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// Its typeface.
    pub face: Face,
    /// Its size.
    pub size: f64,
    /// Its colour.
    pub token: Token,
    /// Which point of it stands at its position.
    pub align: Align,
    /// Which part of it may go.
    pub cut: Cut,
}

impl Style {
    /// Interface text, from the left, cut at its end.
    #[must_use]
    pub fn sans(size: f64, token: Token) -> Self {
        Self {
            face: Face::Sans,
            size,
            token,
            align: Align::Left,
            cut: Cut::End,
        }
    }

    /// A name, from the left, cut in its middle.
    #[must_use]
    pub fn mono(size: f64, token: Token) -> Self {
        Self {
            face: Face::Mono,
            cut: Cut::Middle,
            ..Self::sans(size, token)
        }
    }

    /// Heavier.
    #[must_use]
    pub fn bold(self) -> Self {
        let face = match self.face {
            Face::Sans | Face::SansBold => Face::SansBold,
            Face::Mono | Face::MonoBold => Face::MonoBold,
        };
        Self { face, ..self }
    }

    /// Aligned otherwise.
    #[must_use]
    pub fn align(self, align: Align) -> Self {
        Self { align, ..self }
    }

    /// Cut otherwise.
    #[must_use]
    pub fn cut(self, cut: Cut) -> Self {
        Self { cut, ..self }
    }
}
