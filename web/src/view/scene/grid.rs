//! How pods share the room of a place: full cards while there is room, then chips, then tiles, then dots.

use crate::view::geometry::Rect;

/// How much is said of each pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Only shape and colour, as small as must be.
    Dot,
    /// Shape and colour.
    Tile,
    /// Shape, colour and a short name.
    Chip,
    /// Name, state and containers, close together.
    Snug,
    /// Name, state and containers.
    #[default]
    Card,
}

/// The smallest dot, still a thing one can point at.
const SMALLEST_DOT: f64 = 5.0;

impl Level {
    /// From the most telling to the smallest.
    pub const DESCENDING: [Self; 5] = [Self::Card, Self::Snug, Self::Chip, Self::Tile, Self::Dot];

    /// Smallest width, largest width, height and gap of a cell.
    fn cell(self) -> (f64, f64, f64, f64) {
        match self {
            Self::Card => (128.0, 230.0, 48.0, 8.0),
            Self::Snug => (122.0, 230.0, 38.0, 7.0),
            Self::Chip => (72.0, 190.0, 26.0, 7.0),
            Self::Tile => (20.0, 20.0, 20.0, 4.0),
            Self::Dot => (SMALLEST_DOT, 14.0, SMALLEST_DOT, 1.5),
        }
    }

    /// How many columns and rows of cells a room of this size takes.
    fn capacity(self, width: f64, height: f64) -> (usize, usize) {
        let (min_width, _, cell_height, gap) = self.cell();
        let columns = ((width + gap) / (min_width + gap)).floor().max(0.0) as usize;
        let rows = ((height + gap) / (cell_height + gap)).floor().max(0.0) as usize;
        (columns, rows)
    }

    /// Whether `count` pods fit into a room.
    #[must_use]
    pub fn fits(self, count: usize, width: f64, height: f64) -> bool {
        let (columns, rows) = self.capacity(width, height);
        count <= columns * rows
    }

    /// The height that `count` pods need in a room of this width.
    #[must_use]
    pub fn height_for(self, count: usize, width: f64) -> f64 {
        let (_, _, cell_height, gap) = self.cell();
        let (columns, _) = self.capacity(width, 0.0);
        let rows = count.div_ceil(columns.max(1));
        rows as f64 * (cell_height + gap) - if rows > 0 { gap } else { 0.0 }
    }

    /// The cells of `count` pods in a room, row by row from its left top corner. Cells never overlap; when the room is
    /// too low for them, they go on below it.
    #[must_use]
    pub fn cells(self, count: usize, room: Rect) -> Vec<Rect> {
        let (min_width, max_width, cell_height, gap) = self.cell();
        match self {
            Self::Dot => return dots(count, room),
            Self::Tile => return tiles(count, room),
            Self::Card | Self::Snug | Self::Chip => {}
        }
        let (most_columns, _) = self.capacity(room.w, room.h);
        let most_columns = most_columns.max(1).min(count.max(1));
        // as few columns as the height allows: the wider a cell, the more of its name can be read
        let enough = |columns: &usize| {
            let rows = count.div_ceil(*columns) as f64;
            rows * (cell_height + gap) - gap <= room.h
        };
        let columns = (1..=most_columns).find(enough).unwrap_or(most_columns);
        // a single pod does not fill a wide room
        let share = (room.w + gap) / columns as f64 - gap;
        let width = share.min(max_width).max(min_width.min(room.w));
        (0..count)
            .map(|place| {
                let (row, column) = (place / columns, place % columns);
                let x = room.x + column as f64 * (width + gap);
                let y = room.y + row as f64 * (cell_height + gap);
                Rect::new(x, y, width, cell_height)
            })
            .collect()
    }
}

/// Tiles grow a little where there is room.
fn tiles(count: usize, room: Rect) -> Vec<Rect> {
    const GAP: f64 = 4.0;
    let columns = |side: f64| ((room.w + GAP) / (side + GAP)).floor();
    let fits = |side: f64| (columns(side) * ((room.h + GAP) / (side + GAP)).floor()) as usize >= count;
    let side = [30.0, 27.0, 24.0, 22.0]
        .into_iter()
        .find(|side| fits(*side))
        .unwrap_or(20.0);
    let columns = (columns(side) as usize).max(1);
    (0..count)
        .map(|place| {
            let (row, column) = ((place / columns) as f64, (place % columns) as f64);
            Rect::new(
                room.x + column * (side + GAP),
                room.y + row * (side + GAP),
                side,
                side,
            )
        })
        .collect()
}

/// Dots grow as far as the room allows, up to the size of tiles.
fn dots(count: usize, room: Rect) -> Vec<Rect> {
    let fits = |pitch: f64| ((room.w / pitch).floor() * (room.h / pitch).floor()) as usize >= count;
    let pitch = (0..12)
        .map(|step| 16.0 - f64::from(step))
        .find(|pitch| fits(*pitch))
        .unwrap_or(SMALLEST_DOT + 1.0);
    let gap = if pitch >= 10.0 { 3.0 } else { 1.5 };
    let columns = ((room.w / pitch).floor() as usize).max(1);
    (0..count)
        .map(|place| {
            let (row, column) = (place / columns, place % columns);
            Rect::new(
                room.x + column as f64 * pitch,
                room.y + row as f64 * pitch,
                pitch - gap,
                pitch - gap,
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stay_apart_and_inside() {
        for level in Level::DESCENDING {
            for count in [0, 1, 3, 7, 40, 200] {
                let room = Rect::new(10.0, 20.0, 300.0, 240.0);
                let cells = level.cells(count, room);
                assert_eq!(cells.len(), count);
                for (i, cell) in cells.iter().enumerate() {
                    assert!(cell.right() <= room.right() + 0.01, "{level:?} {count}: {cell:?}");
                    assert!(
                        cells[i + 1..].iter().all(|other| !cell.overlaps(other)),
                        "{level:?} {count}"
                    );
                }
                if level.fits(count, room.w, room.h) {
                    assert!(
                        cells.iter().all(|cell| cell.bottom() <= room.bottom() + 0.01),
                        "{level:?} {count}"
                    );
                }
            }
        }
    }
}
