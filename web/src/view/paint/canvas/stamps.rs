//! Small pods by the hundred: each look is drawn once on a canvas of its own, and copied from there, one call for a pod instead of thirty.

use web_sys::HtmlCanvasElement;

use crate::view::geometry::{Point, Rect};
use crate::view::paint::pod::small;
use crate::view::paint::prims::Brush;
use crate::view::paint::{Clock, Stamp};

use super::{Painter, Sheet};

/// The most device pixels of a stamp's side, and how many stamps stand in a row and a column of their canvas.
const CELL: f64 = 64.0;
const CELLS: usize = 8;
/// Around what is stamped, in CSS pixels: lines go beyond its edge.
const BLEED: f64 = 2.0;

/// Looks of small pods, each drawn once.
pub(super) struct Stamps {
    sheet: Sheet,
    looks: Vec<Stamp>,
    /// Device pixels for a pixel of the scene.
    pub(super) scale: f64,
}

impl Stamps {
    /// None drawn yet.
    pub(super) fn new() -> Option<Self> {
        let sheet = Sheet::new()?;
        let side = CELL as u32 * CELLS as u32;
        sheet.canvas.set_width(side);
        sheet.canvas.set_height(side);
        Some(Self {
            sheet,
            looks: Vec::new(),
            scale: 0.0,
        })
    }
}

impl Painter {
    /// Stamps are drawn anew, so large.
    pub(super) fn forget_stamps(&mut self, scale: f64) {
        self.stamps.looks.clear();
        self.stamps.scale = scale;
    }

    pub(super) fn draw_stamp(&mut self, rect: Rect, look: Stamp, alpha: f64) {
        let scale = self.stamps.scale;
        let side = ((look.side + 2.0 * BLEED) * scale).ceil();
        let square = (rect.w - rect.h).abs() < 0.5;
        let found = (square && side <= CELL).then(|| self.stamp_of(look));
        let Some((place, canvas)) = found else {
            let mut brush = Brush {
                alpha,
                ..Brush::default()
            };
            small(&mut brush, rect, look, None, Clock::default());
            for prim in &brush.prims {
                self.draw_prim(prim);
            }
            return;
        };
        let growth = rect.w / look.side;
        let (mut x, mut y) = (rect.x - BLEED * growth, rect.y - BLEED * growth);
        if (growth - 1.0).abs() < 0.05 {
            // pixel on pixel, so that it is not blurred
            (x, y) = ((x * scale).round() / scale, (y * scale).round() / scale);
        }
        let width = side / scale * growth;
        self.set_alpha(alpha);
        let drawn = self
            .context
            .draw_image_with_html_canvas_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
                &canvas, place.x, place.y, side, side, x, y, width, width,
            );
        debug_assert!(drawn.is_ok());
    }

    /// Where the stamp of a look stands, and on which canvas.
    fn stamp_of(&mut self, look: Stamp) -> (Point, HtmlCanvasElement) {
        let stamps = &mut self.stamps;
        let corner = |place: usize| Point {
            x: (place % CELLS) as f64 * CELL,
            y: (place / CELLS) as f64 * CELL,
        };
        let canvas = stamps.sheet.canvas.clone();
        if let Some(place) = stamps.looks.iter().position(|known| *known == look) {
            return (corner(place), canvas);
        }
        if stamps.looks.len() >= CELLS * CELLS {
            stamps.looks.clear();
        }
        let (at, scale) = (corner(stamps.looks.len()), stamps.scale);
        stamps.looks.push(look);
        let own = std::mem::replace(&mut self.context, stamps.sheet.context.clone());
        let inset = BLEED * scale;
        let placed = self
            .context
            .set_transform(scale, 0.0, 0.0, scale, at.x + inset, at.y + inset);
        debug_assert!(placed.is_ok());
        let cell = CELL / scale;
        self.context.clear_rect(-BLEED, -BLEED, cell, cell);
        self.forget();
        self.prepare();
        let mut brush = Brush {
            alpha: 1.0,
            ..Brush::default()
        };
        let rect = Rect::new(0.0, 0.0, look.side, look.side);
        small(&mut brush, rect, look, None, Clock::default());
        for prim in &brush.prims {
            self.draw_prim(prim);
        }
        self.context = own;
        self.forget();
        (at, canvas)
    }
}
