//! The canvas with its stage: asks the browser for frames only while something moves.

use std::cell::RefCell;
use std::rc::Rc;

use web_sys::HtmlCanvasElement;

use crate::view::board::Mark;
use crate::view::geometry::{Point, Rect, Size};
use crate::view::motion::Stage;
use crate::view::paint::{Clock, Part, canvas::Painter, paint_frame};
use crate::view::scene::Scene;

use super::browser::{Frames, media_matches, now_ms};

/// A pull's ring turns this often, in milliseconds: less than the screen could.
const TURNING_MS: f64 = 50.0;

#[derive(Default)]
struct Inner {
    painter: Option<Painter>,
    stage: Stage,
    viewport: Size,
    scroll: Point,
    zoom: f64,
    painted_ms: f64,
    running: bool,
    /// What the still part was drawn of: the scene, how far scrolled and how large. `None` once it has to be drawn again.
    back: Option<(u32, Point, f64)>,
}

/// A handle on the canvas of a view; cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Surface {
    inner: Rc<RefCell<Inner>>,
    frames: Frames,
}

impl Surface {
    /// Takes hold of the canvas.
    pub(super) fn attach(&self, canvas: HtmlCanvasElement) {
        let painter = Painter::new(canvas);
        let typefaces = painter.as_ref().and_then(Painter::load_typefaces);
        self.inner.borrow_mut().painter = painter;
        self.read_theme();
        if let Some(typefaces) = typefaces {
            let surface = self.clone();
            wasm_bindgen_futures::spawn_local(async move {
                // typefaces that cannot be had are replaced by the browser's own
                drop(wasm_bindgen_futures::JsFuture::from(typefaces).await);
                surface.read_theme();
            });
        }
    }

    /// Lets go of it.
    pub(super) fn detach(&self) {
        self.frames.call_off();
        self.inner.borrow_mut().painter = None;
    }

    /// Shows a scene; `running` says that time passes in the cluster.
    pub(super) fn show(&self, scene: &Scene, viewport: Size, zoom: f64, animated: bool, running: bool) {
        {
            let mut inner = self.inner.borrow_mut();
            let same_size = inner.viewport == viewport;
            inner.viewport = viewport;
            inner.zoom = zoom;
            inner.running = running;
            if let Some(painter) = &mut inner.painter {
                painter.resize(viewport);
            }
            let animated = animated && same_size && !reduced_motion();
            inner.stage.show(scene, now_ms(), animated);
        }
        self.repaint();
    }

    /// The view was scrolled.
    pub(super) fn scroll(&self, scroll: Point) {
        self.inner.borrow_mut().scroll = scroll;
        self.repaint();
    }

    /// Sets marks on their way; with less motion they are only listed.
    pub(super) fn launch(&self, marks: &[Rc<Mark>]) {
        if !marks.is_empty() && !reduced_motion() {
            self.inner.borrow_mut().stage.launch(marks, now_ms());
            self.ask();
        }
    }

    /// Forgets the marks on their way.
    pub(super) fn land(&self) {
        self.inner.borrow_mut().stage.land();
    }

    /// The mark under a point.
    pub(super) fn mark_at(&self, point: Point) -> Option<Rc<Mark>> {
        self.inner.borrow().stage.mark_at(point, now_ms())
    }

    /// The style sheets give other colours or typefaces now.
    pub(super) fn read_theme(&self) {
        let mut inner = self.inner.borrow_mut();
        inner.back = None;
        if let Some(painter) = &mut inner.painter {
            painter.read_theme();
        }
        drop(inner);
        self.repaint();
    }

    fn repaint(&self) {
        self.inner.borrow_mut().painted_ms = f64::NEG_INFINITY;
        self.ask();
    }

    fn ask(&self) {
        let surface = self.clone();
        self.frames.ask(move |now_ms| surface.paint(now_ms));
    }

    fn paint(&self, now_ms: f64) {
        let mut inner = self.inner.borrow_mut();
        let Inner {
            painter: Some(painter),
            stage,
            viewport,
            scroll,
            zoom,
            painted_ms,
            running,
            back,
        } = &mut *inner
        else {
            return;
        };
        let frame = stage.frame(now_ms);
        let turning = frame.pulling && *running && !reduced_motion();
        if frame.moving || now_ms - *painted_ms >= TURNING_MS {
            let visible = Rect::new(
                scroll.x / *zoom,
                scroll.y / *zoom,
                viewport.w / *zoom,
                viewport.h / *zoom,
            );
            let clock = Clock {
                wall_ms: turning.then_some(now_ms),
            };
            let now = (frame.scene, *scroll, *zoom);
            if *back != Some(now) {
                painter.draw_back(&paint_frame(&frame, Part::Back, clock, visible), *scroll, *zoom);
                *back = Some(now);
            }
            painter.draw(&paint_frame(&frame, Part::Front, clock, visible), *scroll, *zoom);
            *painted_ms = now_ms;
        }
        let again = frame.moving || turning;
        drop(inner);
        if again {
            self.ask();
        }
    }
}

/// Whether the learner's system asks for less motion.
pub(super) fn reduced_motion() -> bool {
    media_matches("(prefers-reduced-motion: reduce)")
}
