//! The painter: draws prims on a canvas 2D, at the screen's own resolution, in the theme's colours.

use timonier_core::sorted::SortedMap;

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use crate::view::decimal::{decimal, within};
use crate::view::geometry::{Point, Rect, Size};
use crate::view::scene::text::Face;
use crate::view::theme::Token;

use super::prims::{Align, Dash, Ink, Prim, Stroke};

/// A turn, in radians.
const TURN: f64 = std::f64::consts::TAU;
/// The most device pixels for a CSS pixel: more costs much and shows little.
const MOST_PIXELS: f64 = 2.5;

/// Draws on one canvas.
pub struct Painter {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    size: Size,
    pixels: f64,
    colours: SortedMap<Token, String>,
    sans: String,
    mono: String,
    /// What the context was last told, to spare telling it again.
    told: Told,
}

#[derive(Default)]
struct Told {
    fill: Option<Token>,
    stroke: Option<Token>,
    alpha: f64,
    width: f64,
    dash: Option<Dash>,
    font: Option<(Face, u64)>,
    align: Option<Align>,
}

impl Painter {
    /// A painter for a canvas; `None` where there is no canvas 2D.
    #[must_use]
    pub fn new(canvas: HtmlCanvasElement) -> Option<Self> {
        let context = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        let mut painter = Self {
            canvas,
            context,
            size: Size::default(),
            pixels: 1.0,
            colours: SortedMap::new(),
            sans: "sans-serif".into(),
            mono: "monospace".into(),
            told: Told::default(),
        };
        painter.read_theme();
        Some(painter)
    }

    /// Reads the colours and typefaces that the style sheets give now.
    pub fn read_theme(&mut self) {
        let style =
            web_sys::window().and_then(|window| window.get_computed_style(&self.canvas).ok().flatten());
        let Some(style) = style else { return };
        let read = |property: &str| {
            let value = style.get_property_value(property).unwrap_or_default();
            Some(value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        for token in Token::ALL {
            self.colours
                .insert(token, read(token.property()).unwrap_or_else(|| "#808080".into()));
        }
        self.sans = read("--view-sans").unwrap_or_else(|| "sans-serif".into());
        self.mono = read("--view-mono").unwrap_or_else(|| "monospace".into());
        self.told = Told::default();
    }

    /// Asks the browser for the typefaces: a canvas draws with others until they are there. Gives what to wait for.
    #[must_use]
    pub fn load_typefaces(&self) -> Option<js_sys::Promise> {
        let fonts = web_sys::window()?.document()?.fonts();
        let wanted = [
            (400, &self.sans),
            (600, &self.sans),
            (400, &self.mono),
            (600, &self.mono),
        ];
        let loads = wanted.map(|(weight, family)| fonts.load(&format!("{weight} 12px {family}")));
        Some(js_sys::Promise::all(&loads.iter().collect::<js_sys::Array>()))
    }

    /// Fits the canvas to its size on the page and to the screen's resolution.
    pub fn resize(&mut self, size: Size) {
        let pixels = web_sys::window().map_or(1.0, |window| window.device_pixel_ratio());
        let pixels = within(pixels, 1.0, MOST_PIXELS);
        if self.size == size && (self.pixels - pixels).abs() < f64::EPSILON {
            return;
        }
        (self.size, self.pixels) = (size, pixels);
        self.canvas.set_width((size.w * pixels).round() as u32);
        self.canvas.set_height((size.h * pixels).round() as u32);
        self.told = Told::default();
    }

    /// Draws a frame, enlarged, then scrolled by so many CSS pixels.
    pub fn draw(&mut self, prims: &[Prim], scroll: Point, zoom: f64) {
        let Size { w, h } = self.size;
        let transform = self
            .context
            .set_transform(self.pixels, 0.0, 0.0, self.pixels, 0.0, 0.0);
        if transform.is_err() {
            return;
        }
        self.told = Told {
            alpha: -1.0,
            ..Told::default()
        };
        self.set_fill(Ink {
            token: Token::Ground,
            alpha: 1.0,
        });
        self.context.fill_rect(0.0, 0.0, w, h);
        if self.context.translate(-scroll.x, -scroll.y).is_err() || self.context.scale(zoom, zoom).is_err() {
            return;
        }
        self.context.set_text_baseline("middle");
        self.context.set_line_join("round");
        self.context.set_line_cap("round");
        for prim in prims {
            self.draw_prim(prim);
        }
    }

    fn draw_prim(&mut self, prim: &Prim) {
        match prim {
            Prim::Box {
                rect,
                radius,
                fill,
                stroke,
            } => self.draw_box(*rect, *radius, *fill, *stroke),
            Prim::Hatch {
                rect,
                radius,
                ink,
                pitch,
            } => self.draw_hatch(*rect, *radius, *ink, *pitch),
            Prim::Polygon { points, fill } => {
                self.set_fill(*fill);
                self.trace(points);
                self.context.close_path();
                self.context.fill();
            }
            Prim::Line {
                points,
                radius,
                stroke,
            } => {
                self.set_stroke(*stroke);
                if *radius > 0.0 {
                    self.trace_round(points, *radius);
                } else {
                    self.trace(points);
                }
                self.context.stroke();
            }
            Prim::Arc {
                center,
                radius,
                turns,
                fill,
                stroke,
            } => {
                self.draw_arc(*center, *radius, *turns, *fill, *stroke);
            }
            Prim::Text {
                text,
                at,
                align,
                face,
                size,
                ink,
                room,
            } => {
                self.set_font(*face, *size);
                if self.told.align != Some(*align) {
                    self.context.set_text_align(match align {
                        Align::Left => "left",
                        Align::Center => "center",
                        Align::Right => "right",
                    });
                    self.told.align = Some(*align);
                }
                self.set_fill(*ink);
                // a width that the estimate got wrong is condensed, never let out of its place
                let drawn = self
                    .context
                    .fill_text_with_max_width(text, at.x, at.y + 0.5, room.max(1.0));
                debug_assert!(drawn.is_ok());
            }
        }
    }

    fn draw_box(&mut self, rect: Rect, radius: f64, fill: Option<Ink>, stroke: Option<Stroke>) {
        if let (Some(ink), None, true) = (fill, stroke, radius < 1.0 || rect.w < 7.0) {
            self.set_fill(ink);
            self.context.fill_rect(rect.x, rect.y, rect.w, rect.h);
            return;
        }
        self.trace_box(rect, radius);
        if let Some(ink) = fill {
            self.set_fill(ink);
            self.context.fill();
        }
        if let Some(stroke) = stroke {
            self.set_stroke(stroke);
            self.context.stroke();
        }
    }

    fn draw_hatch(&mut self, rect: Rect, radius: f64, ink: Ink, pitch: f64) {
        self.context.save();
        self.trace_box(rect, radius);
        self.context.clip();
        self.set_stroke(Stroke {
            ink,
            width: pitch * 0.42,
            dash: Dash::Solid,
        });
        self.context.begin_path();
        // lines start on a grid of the whole view, so that hatches of neighbours run on
        let mut x = ((rect.x - rect.h) / pitch).floor() * pitch;
        while x < rect.right() {
            self.context.move_to(x, rect.bottom());
            self.context.line_to(x + rect.h, rect.y);
            x += pitch;
        }
        self.context.stroke();
        self.context.restore();
        self.told = Told {
            alpha: -1.0,
            ..Told::default()
        };
    }

    fn draw_arc(
        &mut self,
        center: Point,
        radius: f64,
        turns: (f64, f64),
        fill: Option<Ink>,
        stroke: Option<Stroke>,
    ) {
        let angle = |turn: f64| (turn - 0.25) * TURN;
        self.context.begin_path();
        let whole = turns.1 - turns.0 >= 1.0;
        if fill.is_some() && !whole {
            self.context.move_to(center.x, center.y);
        }
        let drawn = self.context.arc(
            center.x,
            center.y,
            radius.max(0.0),
            angle(turns.0),
            angle(turns.1),
        );
        debug_assert!(drawn.is_ok());
        if let Some(ink) = fill {
            self.set_fill(ink);
            self.context.fill();
        }
        if let Some(stroke) = stroke {
            self.set_stroke(stroke);
            self.context.stroke();
        }
    }

    fn trace(&self, points: &[Point]) {
        self.context.begin_path();
        let mut points = points.iter();
        if let Some(first) = points.next() {
            self.context.move_to(first.x, first.y);
        }
        for point in points {
            self.context.line_to(point.x, point.y);
        }
    }

    /// Like [`Self::trace`], with round corners as far as the legs are long enough.
    fn trace_round(&self, points: &[Point], radius: f64) {
        self.context.begin_path();
        if let Some(first) = points.first() {
            self.context.move_to(first.x, first.y);
        }
        for corner in points.windows(3) {
            let [from, at, to] = corner else { continue };
            let leg = |a: &Point, b: &Point| (a.x - b.x).hypot(a.y - b.y) / 2.0;
            let r = radius.min(leg(from, at)).min(leg(at, to));
            let drawn = self.context.arc_to(at.x, at.y, to.x, to.y, r);
            debug_assert!(drawn.is_ok());
        }
        if let Some(last) = points.last() {
            self.context.line_to(last.x, last.y);
        }
    }

    fn trace_box(&self, rect: Rect, radius: f64) {
        let r = radius.min(rect.w / 2.0).min(rect.h / 2.0).max(0.0);
        let (left, top, right, bottom) = (rect.x, rect.y, rect.right(), rect.bottom());
        let context = &self.context;
        context.begin_path();
        if r < 0.5 {
            context.rect(left, top, rect.w, rect.h);
            return;
        }
        context.move_to(left + r, top);
        let corners = [
            (right, top, right, bottom),
            (right, bottom, left, bottom),
            (left, bottom, left, top),
            (left, top, right, top),
        ];
        for (x1, y1, x2, y2) in corners {
            let drawn = context.arc_to(x1, y1, x2, y2, r);
            debug_assert!(drawn.is_ok());
        }
        context.close_path();
    }

    fn set_alpha(&mut self, alpha: f64) {
        if (self.told.alpha - alpha).abs() > 0.001 {
            self.context.set_global_alpha(alpha);
            self.told.alpha = alpha;
        }
    }

    fn set_fill(&mut self, ink: Ink) {
        self.set_alpha(ink.alpha);
        if self.told.fill != Some(ink.token) {
            self.context
                .set_fill_style_str(self.colours.get(&ink.token).map_or("#808080", String::as_str));
            self.told.fill = Some(ink.token);
        }
    }

    fn set_stroke(&mut self, stroke: Stroke) {
        self.set_alpha(stroke.ink.alpha);
        if self.told.stroke != Some(stroke.ink.token) {
            let colour = self
                .colours
                .get(&stroke.ink.token)
                .map_or("#808080", String::as_str);
            self.context.set_stroke_style_str(colour);
            self.told.stroke = Some(stroke.ink.token);
        }
        if (self.told.width - stroke.width).abs() > 0.001 {
            self.context.set_line_width(stroke.width);
            self.told.width = stroke.width;
        }
        if self.told.dash != Some(stroke.dash) {
            let pattern = js_sys::Array::new();
            if stroke.dash == Dash::Dashed {
                pattern.push(&JsValue::from_f64(4.0));
                pattern.push(&JsValue::from_f64(4.0));
            }
            if self.context.set_line_dash(&pattern).is_ok() {
                self.told.dash = Some(stroke.dash);
            }
        }
    }

    fn set_font(&mut self, face: Face, size: f64) {
        let key = (face, (size * 10.0) as u64);
        if self.told.font == Some(key) {
            return;
        }
        let (weight, family) = match face {
            Face::Sans => (400, &self.sans),
            Face::SansBold => (600, &self.sans),
            Face::Mono => (400, &self.mono),
            Face::MonoBold => (600, &self.mono),
        };
        self.context
            .set_font(&format!("{weight} {}px {family}", decimal(size)));
        self.told.font = Some(key);
    }
}
