//! The painter: draws prims on a canvas 2D, at the screen's own resolution, in the theme's colours.

mod stamps;

use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use crate::view::decimal::{decimal, within};
use crate::view::geometry::{Point, Rect, Size};
use crate::view::scene::text::Face;
use crate::view::theme::Token;

use super::prims::{Align, Dash, Ink, Prim, Stroke};
use stamps::Stamps;

/// A turn, in radians.
const TURN: f64 = std::f64::consts::TAU;
/// The most device pixels for a CSS pixel: more costs much and shows little.
const MOST_PIXELS: f64 = 2.5;

#[wasm_bindgen]
extern "C" {
    /// The context, told by texts of the browser's own: handing over one of ours costs more than most of what is drawn with it.
    #[derive(Clone)]
    #[wasm_bindgen(extends = CanvasRenderingContext2d)]
    type Context;
    #[wasm_bindgen(method, setter = fillStyle)]
    fn set_fill_colour(this: &Context, colour: &JsValue);
    #[wasm_bindgen(method, setter = strokeStyle)]
    fn set_stroke_colour(this: &Context, colour: &JsValue);
    #[wasm_bindgen(method, setter = font)]
    fn set_typeface(this: &Context, font: &JsValue);
}

/// Draws on one canvas.
pub struct Painter {
    canvas: HtmlCanvasElement,
    context: Context,
    size: Size,
    pixels: f64,
    /// In the order of [`Token::ALL`].
    colours: Vec<JsValue>,
    sans: String,
    mono: String,
    fonts: Vec<((Face, u64), JsValue)>,
    /// No dashes, dashes.
    dashes: [Array; 2],
    /// What the context was last told, to spare telling it again.
    told: Told,
    /// The still part of the picture, of the size of the canvas.
    back: Sheet,
    stamps: Stamps,
}

/// A canvas that is not on the page.
struct Sheet {
    canvas: HtmlCanvasElement,
    context: Context,
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
        let context = context_of(&canvas)?;
        let dashed = Array::of2(&4.into(), &4.into());
        let painter = Self {
            canvas,
            context,
            size: Size::default(),
            pixels: 1.0,
            colours: Vec::new(),
            sans: "sans-serif".into(),
            mono: "monospace".into(),
            fonts: Vec::new(),
            dashes: [Array::new(), dashed],
            told: Told::default(),
            back: Sheet::new()?,
            stamps: Stamps::new()?,
        };
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
        let colours =
            Token::ALL.map(|token| read(token.property()).map_or_else(|| GREY.into(), JsValue::from));
        self.colours = colours.into();
        self.sans = read("--view-sans").unwrap_or_else(|| "sans-serif".into());
        self.mono = read("--view-mono").unwrap_or_else(|| "monospace".into());
        self.fonts.clear();
        self.told = Told::default();
        self.forget_stamps(0.0);
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
        Some(js_sys::Promise::all(&loads.iter().collect::<Array>()))
    }

    /// Fits the canvas to its size on the page and to the screen's resolution.
    pub fn resize(&mut self, size: Size) {
        let pixels = web_sys::window().map_or(1.0, |window| window.device_pixel_ratio());
        let pixels = within(pixels, 1.0, MOST_PIXELS);
        if self.size == size && (self.pixels - pixels).abs() < f64::EPSILON {
            return;
        }
        (self.size, self.pixels) = (size, pixels);
        for canvas in [&self.canvas, &self.back.canvas] {
            canvas.set_width((size.w * pixels).round() as u32);
            canvas.set_height((size.h * pixels).round() as u32);
        }
        self.told = Told::default();
    }

    /// Draws the still part of a picture, for all frames until the next.
    pub fn draw_back(&mut self, prims: &[Prim], scroll: Point, zoom: f64) {
        let own = std::mem::replace(&mut self.context, self.back.context.clone());
        self.draw_on(None, prims, scroll, zoom);
        self.context = own;
    }

    /// Draws the rest of a frame upon the still part, enlarged, then scrolled by so many CSS pixels.
    pub fn draw(&mut self, prims: &[Prim], scroll: Point, zoom: f64) {
        self.draw_on(Some(self.back.canvas.clone()), prims, scroll, zoom);
    }

    fn draw_on(&mut self, back: Option<HtmlCanvasElement>, prims: &[Prim], scroll: Point, zoom: f64) {
        let scale = self.pixels * zoom;
        if self.stamps.scale != scale {
            self.forget_stamps(scale);
        }
        self.forget();
        let ground = Ink {
            token: Token::Ground,
            alpha: 1.0,
        };
        self.set_fill(ground);
        let pixels = self.pixels;
        let (context, size) = (&self.context, self.size);
        let placed = context
            .set_transform(pixels, 0.0, 0.0, pixels, 0.0, 0.0)
            .and_then(|()| match back {
                Some(back) => {
                    let of = |pixels_wide: u32| f64::from(pixels_wide) / pixels;
                    let (w, h) = (of(back.width()), of(back.height()));
                    context.draw_image_with_html_canvas_element_and_dw_and_dh(&back, 0.0, 0.0, w, h)
                }
                None => {
                    context.fill_rect(0.0, 0.0, size.w, size.h);
                    Ok(())
                }
            })
            .and_then(|()| context.translate(-scroll.x, -scroll.y))
            .and_then(|()| context.scale(zoom, zoom));
        if placed.is_err() {
            return;
        }
        self.prepare();
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
            Prim::Stamp { rect, look, alpha } => self.draw_stamp(*rect, *look, *alpha),
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
        self.forget();
    }

    /// The context is in nobody knows which state.
    fn forget(&mut self) {
        self.told = Told {
            alpha: -1.0,
            ..Told::default()
        };
    }

    /// What all that is drawn has in common.
    fn prepare(&self) {
        self.context.set_text_baseline("middle");
        self.context.set_line_join("round");
        self.context.set_line_cap("round");
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
        self.context.begin_path();
        let traced = self
            .context
            .round_rect_with_f64(rect.x, rect.y, rect.w, rect.h, r);
        debug_assert!(traced.is_ok());
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
            self.context.set_fill_colour(&self.colour(ink.token));
            self.told.fill = Some(ink.token);
        }
    }

    fn set_stroke(&mut self, stroke: Stroke) {
        self.set_alpha(stroke.ink.alpha);
        if self.told.stroke != Some(stroke.ink.token) {
            self.context.set_stroke_colour(&self.colour(stroke.ink.token));
            self.told.stroke = Some(stroke.ink.token);
        }
        if (self.told.width - stroke.width).abs() > 0.001 {
            self.context.set_line_width(stroke.width);
            self.told.width = stroke.width;
        }
        if self.told.dash != Some(stroke.dash) {
            let [solid, dashed] = &self.dashes;
            let pattern = if stroke.dash == Dash::Dashed {
                dashed
            } else {
                solid
            };
            if self.context.set_line_dash(pattern).is_ok() {
                self.told.dash = Some(stroke.dash);
            }
        }
    }

    fn colour(&self, token: Token) -> JsValue {
        let place = Token::ALL.iter().position(|one| *one == token);
        let found = place.and_then(|place| self.colours.get(place));
        found.cloned().unwrap_or_else(|| GREY.into())
    }

    fn set_font(&mut self, face: Face, size: f64) {
        let key = (face, (size * 10.0) as u64);
        if self.told.font == Some(key) {
            return;
        }
        self.told.font = Some(key);
        if let Some((_, font)) = self.fonts.iter().find(|(known, _)| *known == key) {
            return self.context.set_typeface(font);
        }
        let (weight, family) = match face {
            Face::Sans => (400, &self.sans),
            Face::SansBold => (600, &self.sans),
            Face::Mono => (400, &self.mono),
            Face::MonoBold => (600, &self.mono),
        };
        let font = JsValue::from(format!("{weight} {}px {family}", decimal(size)));
        self.context.set_typeface(&font);
        self.fonts.push((key, font));
    }
}

/// What a colour is that the style sheets do not name.
const GREY: &str = "#808080";

fn context_of(canvas: &HtmlCanvasElement) -> Option<Context> {
    Some(canvas.get_context("2d").ok()??.unchecked_into())
}

impl Sheet {
    fn new() -> Option<Self> {
        let document = web_sys::window()?.document()?;
        let canvas: HtmlCanvasElement = document.create_element("canvas").ok()?.unchecked_into();
        Some(Self {
            context: context_of(&canvas)?,
            canvas,
        })
    }
}
