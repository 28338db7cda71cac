//! Where the regions of the view lie.
//!
//! Wide: workloads on top (where pods are decided), the control plane with the scheduler's waiting area on the left
//! (where pods get a node), the workers in the middle (where pods live), Services (how pods are reached) at the right of
//! the workloads, or below when there are too many for that; what runs nothing (ConfigMaps, claims, policies...) in a strip of its own
//! under it all. Narrow:
//! the same, one under the other.

use crate::view::decimal::within;
use crate::view::geometry::{Rect, Size};
use crate::view::projection::Projection;

use super::grid::Level;
use super::index::Index;
use super::{Scene, nodes, notices, services, things, workloads};

/// Around everything.
pub(super) const MARGIN: f64 = 12.0;
/// Between regions.
pub(super) const GAP: f64 = 10.0;
/// More room between Services and nodes, for the lines.
const BUS: f64 = 6.0;
/// Below this width, regions lie one under the other.
const NARROW: f64 = 620.0;
/// The width of the control-plane column when wide.
const COLUMN_MIN: f64 = 168.0;
const COLUMN_MAX: f64 = 250.0;
/// The workers' region is never lower than this; the view scrolls rather.
const WORKERS_MIN: f64 = 142.0;
/// The waiting area can always show this much.
const WAITING_MIN: f64 = 110.0;

/// Lays everything out; where that would have to be scrolled, with workloads of one line, so that it may not.
pub(super) fn lay_out(view: &Projection, index: &mut Index, viewport: Size) -> Scene {
    // Bars with numbers, where they cost neither the pods' names nor scrolling.
    index.roomy = true;
    let with = arrange(view, index, viewport, false);
    if viewport.w < NARROW {
        return with;
    }
    index.roomy = false;
    let scene = arrange(view, index, viewport, false);
    if with.size.h <= viewport.h && (with.level >= Level::Snug || with.level >= scene.level) {
        index.roomy = true;
        return with;
    }
    if scene.size.h > viewport.h && viewport.w >= NARROW {
        let dense = arrange(view, index, viewport, true);
        // where there are so many pods, every line counts
        if dense.size.h <= viewport.h || dense.level == Level::Dot {
            return dense;
        }
    }
    scene
}

fn arrange(view: &Projection, index: &Index, viewport: Size, dense: bool) -> Scene {
    let mut scene = Scene {
        size: viewport,
        ..Scene::default()
    };
    let width = (viewport.w - 2.0 * MARGIN).max(120.0);
    let mut top = MARGIN;
    let used = workloads::add(
        &mut scene,
        view,
        index,
        Rect::new(MARGIN, top, width, viewport.h),
        dense,
    );
    if used > 0.0 {
        top += used + GAP;
    }
    let narrow = viewport.w < NARROW;
    let left = if narrow {
        MARGIN
    } else {
        MARGIN + column_width(width) + GAP
    };
    let right = MARGIN + width;
    let top_strip = Rect::new(MARGIN, MARGIN, width, used);
    let beside = services::beside(&scene, index, top_strip).filter(|_| !narrow);
    if beside.is_some() {
        top += BUS;
    }
    let below = if beside.is_some() {
        0.0
    } else {
        services::height(index, right - left)
    };
    let below_gap = if below > 0.0 { GAP + BUS } else { 0.0 };
    let strip = things::Strip::new(index, width);
    let strip_room = if strip.height > 0.0 {
        strip.height + GAP
    } else {
        0.0
    };
    let bottom = if narrow {
        stack(&mut scene, index, Rect::new(MARGIN, top, width, 0.0))
    } else {
        let height = (viewport.h - top - MARGIN - below - below_gap - strip_room).max(WORKERS_MIN);
        side_by_side(&mut scene, index, Rect::new(MARGIN, top, width, height))
    };
    let under = Rect::new(left, bottom + below_gap, right - left, below);
    let (services, bus_y) = match beside {
        Some(room) => (room, room.bottom() + GAP),
        None => (under, under.y - GAP / 2.0 + 2.0),
    };
    services::add(&mut scene, index, services, bus_y);
    nodes::set_origins(&mut scene, index);
    let bottom = bottom + below_gap + below;
    strip.add(&mut scene, MARGIN, bottom + GAP);
    scene.size.h = (bottom + strip_room + MARGIN).max(viewport.h);
    notices::add_empty(&mut scene, view, index);
    scene
}

fn column_width(width: f64) -> f64 {
    within(width * 0.21, COLUMN_MIN, COLUMN_MAX)
}

/// Control plane left, workers right; gives the bottom edge.
fn side_by_side(scene: &mut Scene, index: &Index, area: Rect) -> f64 {
    let column_width = column_width(area.w);
    let right = Rect::new(
        area.x + column_width + GAP,
        area.y,
        area.w - column_width - GAP,
        area.h,
    );
    let arrangement = Arrangement::best(index, right.w, right.h);
    let height = arrangement.height.max(area.h);
    scene.level = arrangement.level;
    let column = Rect::new(area.x, area.y, column_width, height);
    let column_bottom = control_plane_column(scene, index, column);
    let height = height.max(column_bottom - area.y);
    place_workers(scene, index, &arrangement, Rect { h: height, ..right });
    area.y + height
}

/// The control-plane nodes as low as they can be, the waiting area below; gives the bottom edge.
fn control_plane_column(scene: &mut Scene, index: &Index, column: Rect) -> f64 {
    let level = scene.level;
    let mut top = column.y;
    for node in &index.control_plane {
        let height = nodes::height_for(index, node, column.w, level);
        nodes::add(
            scene,
            index,
            node,
            Rect::new(column.x, top, column.w, height),
            level,
        );
        top += height + GAP;
    }
    let room = (column.bottom() - top).max(0.0);
    let (waiting_level, needed) = nodes::waiting_level(index, column.w, room.max(WAITING_MIN));
    let waiting = Rect::new(column.x, top, column.w, room.max(needed));
    nodes::add_waiting(scene, index, waiting, waiting_level);
    waiting.bottom()
}

/// One under the other; gives the bottom edge.
fn stack(scene: &mut Scene, index: &Index, area: Rect) -> f64 {
    let columns = if index.workers.len() > 6 { 2 } else { 1 };
    let width = (area.w - GAP * (columns - 1) as f64) / columns as f64;
    let level = Level::DESCENDING
        .into_iter()
        .find(|level| {
            let needed: f64 = index
                .workers
                .iter()
                .map(|node| nodes::height_for(index, node, width, *level))
                .sum();
            needed / columns as f64 <= 1400.0
        })
        .unwrap_or(Level::Dot);
    scene.level = level;
    let mut top = area.y;
    let (waiting_level, needed) = nodes::waiting_level(index, area.w, 260.0);
    let waiting = Rect::new(area.x, top, area.w, needed);
    nodes::add_waiting(scene, index, waiting, waiting_level);
    top += waiting.h + GAP;
    for node in &index.control_plane {
        let height = nodes::height_for(index, node, area.w, level);
        nodes::add(scene, index, node, Rect::new(area.x, top, area.w, height), level);
        top += height + GAP;
    }
    for row in index.workers.chunks(columns) {
        let height = row
            .iter()
            .map(|node| nodes::height_for(index, node, width, level))
            .fold(0.0, f64::max);
        for (column, node) in row.iter().enumerate() {
            let x = area.x + column as f64 * (width + GAP);
            nodes::add(scene, index, node, Rect::new(x, top, width, height), level);
        }
        top += height + GAP;
    }
    top - GAP
}

/// How the workers share their region.
struct Arrangement {
    columns: usize,
    level: Level,
    /// What the region needs; more than it has when even dots do not fit.
    height: f64,
}

impl Arrangement {
    /// The number of columns under which most is said of each pod; then the one whose places look least like strips.
    fn best(index: &Index, width: f64, height: f64) -> Self {
        let count = index.workers.len().max(1);
        let candidates = (1..=count).filter_map(|columns| {
            let rows = count.div_ceil(columns);
            let place = nodes::place_size(width, height, columns, rows);
            (place.w >= nodes::MIN_WIDTH || columns == 1).then_some((columns, rows, place))
        });
        let mut best: Option<(Level, f64, Self)> = None;
        for (columns, rows, place) in candidates {
            let fits = |level: &Level| {
                index
                    .workers
                    .iter()
                    .all(|node| nodes::height_for(index, node, place.w, *level) <= place.h)
            };
            let level = Level::DESCENDING.into_iter().find(fits);
            let needed = index
                .workers
                .iter()
                .map(|node| nodes::height_for(index, node, place.w, level.unwrap_or(Level::Dot)))
                .fold(nodes::MIN_HEIGHT, f64::max);
            let total = needed * rows as f64 + GAP * (rows - 1) as f64;
            let overflow = (total - height).max(0.0);
            let empty_cells = (rows * columns - count) as f64;
            let shape = (place.w / place.h.max(1.0) / 1.25).ln().abs() + 1.5 * empty_cells + overflow;
            let level = level.unwrap_or(Level::Dot);
            let better = best.as_ref().is_none_or(|(best_level, best_shape, _)| {
                let fitting = overflow <= 0.0;
                (fitting && level > *best_level) || (level == *best_level && shape < *best_shape)
            });
            if better {
                best = Some((
                    level,
                    shape,
                    Self {
                        columns,
                        level,
                        height: total.max(height),
                    },
                ));
            }
        }
        best.map_or(
            Self {
                columns: 1,
                level: Level::Dot,
                height,
            },
            |(_, _, arrangement)| arrangement,
        )
    }
}

fn place_workers(scene: &mut Scene, index: &Index, arrangement: &Arrangement, area: Rect) {
    let columns = arrangement.columns;
    let rows = index.workers.len().max(1).div_ceil(columns);
    let size = nodes::place_size(area.w, area.h, columns, rows);
    for (place, node) in index.workers.iter().enumerate() {
        let x = area.x + (place % columns) as f64 * (size.w + GAP);
        let y = area.y + (place / columns) as f64 * (size.h + GAP);
        nodes::add(
            scene,
            index,
            node,
            Rect::new(x, y, size.w, size.h),
            arrangement.level,
        );
    }
}
