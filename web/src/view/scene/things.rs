//! What runs nothing and is reached by nobody, but that somebody made: ConfigMaps, Secrets, claims, policies... A strip of small
//! marks under it all; where they do not fit, one mark for each kind, with how many there are.

use std::rc::Rc;

use crate::view::geometry::Rect;
use crate::view::texts;

use super::index::Index;
use super::text::{self, Face};
use super::{Emphasis, Figure, Item, Key, Scene};

const HEIGHT: f64 = 24.0;
const ROOM: f64 = 6.0;
/// Rows of marks before kinds are counted instead.
const MOST_ROWS: usize = 2;

/// A thing, or all of a kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ThingFigure {
    /// Its kind.
    pub kind: String,
    /// Its name, or how many there are.
    pub name: String,
    /// What is worth knowing of it; may be empty.
    pub note: String,
}

impl ThingFigure {
    /// Size of its letters.
    pub(crate) const SIZE: f64 = 11.5;
    /// Room at both ends.
    pub(crate) const PADDING: f64 = 8.0;
    /// Room between its words.
    pub(crate) const GAP: f64 = 6.0;

    fn width(&self) -> f64 {
        let words = [
            (&self.kind, Face::Sans),
            (&self.name, Face::MonoBold),
            (&self.note, Face::Mono),
        ];
        let words = words.into_iter().filter(|(words, _)| !words.is_empty());
        let widths = words.map(|(words, face)| text::width(words, face, Self::SIZE) + Self::GAP);
        // A letter too much would cost two: the ellipsis takes the place of one.
        widths.sum::<f64>() + 2.0 * Self::PADDING
    }
}

/// The marks, and where each stands in the strip.
pub(super) struct Strip {
    /// How high the strip is; 0 without any mark.
    pub(super) height: f64,
    items: Vec<(Item, f64, f64)>,
}

impl Strip {
    /// The marks of all things, as many rows as they need in this width.
    pub(super) fn new(index: &Index, width: f64) -> Self {
        let each = index.things.iter().map(|thing| {
            let figure = ThingFigure {
                kind: thing.kind.clone(),
                name: thing.meta.name.clone(),
                note: thing.note.clone(),
            };
            mark(Key::Thing(thing.meta.id), figure)
        });
        let strip = Self::of(each, width);
        if strip.rows() <= MOST_ROWS {
            return strip;
        }
        let kinds = index.things.chunk_by(|a, b| a.kind == b.kind);
        let counted = kinds.filter_map(|things| match things {
            [only] => Some(mark(
                Key::Thing(only.meta.id),
                ThingFigure {
                    kind: only.kind.clone(),
                    name: only.meta.name.clone(),
                    note: String::new(),
                },
            )),
            [first, ..] => Some(mark(
                Key::Things(first.meta.id),
                ThingFigure {
                    kind: first.kind.clone(),
                    name: texts::things(things.len()),
                    note: String::new(),
                },
            )),
            [] => None,
        });
        Self::of(counted, width)
    }

    fn of(marks: impl Iterator<Item = (Item, f64)>, width: f64) -> Self {
        let (mut x, mut y) = (0.0, 0.0);
        let mut items = Vec::new();
        for (mut item, wanted) in marks {
            let wanted = wanted.min(width);
            if x > 0.0 && x + wanted > width {
                (x, y) = (0.0, y + HEIGHT + ROOM);
            }
            item.rect = Rect::new(0.0, 0.0, wanted, HEIGHT);
            items.push((item, x, y));
            x += wanted + ROOM;
        }
        let height = if items.is_empty() { 0.0 } else { y + HEIGHT };
        Self { height, items }
    }

    fn rows(&self) -> usize {
        ((self.height + ROOM) / (HEIGHT + ROOM)).round() as usize
    }

    /// Adds the marks from this corner on.
    pub(super) fn add(self, scene: &mut Scene, left: f64, top: f64) {
        scene.items.extend(self.items.into_iter().map(|(mut item, x, y)| {
            item.rect = Rect::new(left + x, top + y, item.rect.w, item.rect.h);
            item
        }));
    }
}

fn mark(key: Key, figure: ThingFigure) -> (Item, f64) {
    let width = figure.width();
    let target = match key {
        Key::Thing(id) | Key::Things(id) => Some(id),
        _ => None,
    };
    let item = Item {
        key,
        rect: Rect::default(),
        figure: Figure::Thing(Rc::new(figure)),
        target,
        emphasis: Emphasis::Plain,
        origin: None,
    };
    (item, width)
}
