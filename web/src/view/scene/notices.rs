//! Texts over the scene: what to do when the cluster is empty, and the name of what is under the pointer.

use crate::view::decimal::within;
use std::borrow::Cow;
use std::rc::Rc;

use crate::view::geometry::Rect;
use crate::view::look::{self, State};
use crate::view::projection::Projection;
use crate::view::texts;

use super::grid::Level;
use super::index::Index;
use super::text::{self, Face};
use super::{Emphasis, Figure, Item, Key, Options, Scene};

/// The text of an empty cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeFigure {
    /// What is the matter.
    pub title: Cow<'static, str>,
    /// What to do.
    pub hint: Option<Cow<'static, str>>,
    /// A command to try.
    pub command: Option<&'static str>,
}

/// What is said of the thing under the pointer.
#[derive(Clone, Debug, PartialEq)]
pub struct TooltipFigure {
    /// Its name.
    pub title: String,
    /// Its state in words.
    pub line: String,
    /// Its state.
    pub state: State,
}

/// Says what to do when there is nothing to see.
pub(super) fn add_empty(scene: &mut Scene, view: &Projection, index: &Index) {
    let figure = if view.nodes.is_empty() {
        NoticeFigure {
            title: texts::STARTING_TITLE.into(),
            hint: None,
            command: None,
        }
    } else if index.shown_pods().next().is_none() && index.workloads.is_empty() {
        NoticeFigure {
            title: texts::EMPTY_TITLE.into(),
            hint: Some(texts::EMPTY_HINT.into()),
            command: Some(texts::EMPTY_COMMAND),
        }
    } else {
        return;
    };
    let workers: Vec<Rect> = index
        .workers
        .iter()
        .filter_map(|node| scene.item_of(node.meta.id))
        .map(|item| item.rect)
        .collect();
    let around =
        workers
            .iter()
            .copied()
            .reduce(union)
            .unwrap_or(Rect::new(0.0, 0.0, scene.size.w, scene.size.h));
    let (w, h) = (
        around.w.min(440.0),
        if figure.hint.is_some() { 114.0 } else { 48.0 },
    );
    let center = around.center();
    scene.items.push(Item {
        key: Key::Notice,
        rect: Rect::new(center.x - w / 2.0, center.y - h / 2.0, w, h),
        figure: Figure::Notice(figure),
        target: None,
        emphasis: Emphasis::Plain,
        origin: None,
    });
}

fn union(a: Rect, b: Rect) -> Rect {
    let (x, y) = (a.x.min(b.x), a.y.min(b.y));
    Rect::new(x, y, a.right().max(b.right()) - x, a.bottom().max(b.bottom()) - y)
}

/// Names the hovered or focused pod when the pods themselves are too small to.
pub(super) fn add_tooltip(scene: &mut Scene, view: &Projection, options: &Options) {
    const HEIGHT: f64 = 42.0;
    const PADDING: f64 = 12.0;
    let Some(id) = options.hovered.or(options.focused) else {
        return;
    };
    let Some(pod) = view.pods.get(&id) else { return };
    let Some(at) = scene.item_of(id).map(|item| item.rect) else {
        return;
    };
    let named = text::width(&pod.meta.name, Face::MonoBold, 12.0) + 40.0 <= at.w;
    if scene.level == Level::Card && named {
        return;
    }
    let state = State::of(pod);
    let line = if state == State::Failing {
        look::label(pod, view.now_micros)
    } else {
        texts::state(state).into()
    };
    let width = text::width(&pod.meta.name, Face::MonoBold, 12.0)
        .max(text::width(&line, Face::Sans, 12.0) + 18.0)
        .min(scene.size.w - 16.0)
        + 2.0 * PADDING;
    let x = within(
        at.center().x - width / 2.0,
        4.0,
        (scene.size.w - width - 4.0).max(4.0),
    );
    let above = at.y - HEIGHT - 6.0;
    let y = if above >= 2.0 { above } else { at.bottom() + 6.0 };
    scene.items.push(Item {
        key: Key::Tooltip,
        rect: Rect::new(x, y, width, HEIGHT),
        figure: Figure::Tooltip(Rc::new(TooltipFigure {
            title: pod.meta.name.clone(),
            line,
            state,
        })),
        target: None,
        emphasis: Emphasis::Plain,
        origin: None,
    });
}
