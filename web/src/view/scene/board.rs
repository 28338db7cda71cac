//! The layout of a board: lanes one under the other, in each lane its columns side by side. A lane is as high as its highest column, so
//! that nothing can overlap; columns are as wide as the view allows, within reason.

use std::rc::Rc;

use crate::view::board::{Board, Card, Join, Lane, Lens, Shape};
use crate::view::decimal::within;
use crate::view::geometry::{Rect, Size};
use crate::view::projection::{Id, Projection};
use crate::view::texts;

use super::grid::Level;
use super::layout::MARGIN;
use super::notices::NoticeFigure;
use super::{Emphasis, Figure, Key, Options, Scene, mark};

/// Between columns: room for the lines.
const GUTTER: f64 = 36.0;
/// Below this width there is less of everything.
const CLOSE: f64 = 760.0;
/// Below this width lanes are lists, each column a little further to the right than the one before.
const NARROW: f64 = 620.0;
const INDENT: f64 = 14.0;
/// The columns' width.
const NARROWEST: f64 = 146.0;
const SLIMMEST: f64 = 108.0;
const WIDEST: f64 = 320.0;
/// Between cards of a column, between lanes.
const CARD_GAP: f64 = 8.0;
const LANE_GAP: f64 = 18.0;
/// Kind and name.
const HEAD: f64 = 44.0;
/// One further line.
pub(crate) const LINE: f64 = 15.0;
const HEADING: f64 = 26.0;
/// No card has more lines than this.
const ALL_LINES: usize = 8;
/// With more cards than this, lines that have nothing to do with the subject are not drawn.
const MANY: usize = 90;

/// A card; the Pods in it are drawn over it.
#[derive(Clone, Debug, PartialEq)]
pub struct CardFigure {
    /// What it says.
    pub card: Card,
}

/// A line between two cards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WireFigure {
    /// From this card.
    pub from: Key,
    /// To this one.
    pub to: Key,
    /// What it means.
    pub join: Join,
}

/// Lays a board out.
pub(super) fn lay_out(view: &Projection, board: Option<&Board>, options: &Options, viewport: Size) -> Scene {
    let mut scene = Scene {
        size: viewport,
        level: Level::Card,
        ..Scene::default()
    };
    let Some(board) = board.filter(|board| board.lens == options.lens) else {
        notice(
            &mut scene,
            viewport,
            (texts::BOARD_WAITS.to_owned(), String::new()),
        );
        return scene;
    };
    if let Some(words) = &board.empty {
        notice(&mut scene, viewport, words.clone());
        return scene;
    }
    for wire in &board.wires {
        let figure = WireFigure {
            from: Key::Card(wire.from),
            to: Key::Card(wire.to),
            join: wire.join,
        };
        scene.push(
            Key::Wire(wire.from, wire.to),
            Rect::default(),
            Figure::Wire(figure),
            None,
        );
    }
    let columns = Columns::new(board, viewport.w);
    let mut top = if columns.list {
        MARGIN
    } else {
        headings(&mut scene, board, &columns)
    };
    for (number, lane) in (1000..).zip(&board.lanes) {
        if lane.joined {
            top -= LANE_GAP - CARD_GAP;
        }
        if !lane.title.is_empty() {
            let rect = Rect::new(MARGIN, top, columns.right - MARGIN, HEADING);
            let figure = Figure::Heading(lane.title.clone(), true);
            scene.push(Key::Heading(number), rect, figure, None);
            top += HEADING + 6.0;
        }
        top = if columns.list {
            list(&mut scene, view, lane, &columns, top)
        } else {
            beside(&mut scene, view, lane, &columns, top)
        } + LANE_GAP;
    }
    scene.size = Size {
        w: viewport.w.max(columns.right + MARGIN),
        h: viewport.h.max(top),
    };
    emphasise(&mut scene, board, options);
    scene
}

/// The titles of the columns; gives where the lanes begin.
fn headings(scene: &mut Scene, board: &Board, columns: &Columns) -> f64 {
    for ((number, words), place) in (0..).zip(&board.headings).zip(&columns.places) {
        if let Some((x, w)) = place {
            let rect = Rect::new(*x, MARGIN - 4.0, *w, HEADING);
            scene.push(
                Key::Heading(number),
                rect,
                Figure::Heading(words.clone(), false),
                None,
            );
        }
    }
    MARGIN + HEADING
}

/// A lane's columns side by side; gives the lower edge.
fn beside(scene: &mut Scene, view: &Projection, lane: &Lane, columns: &Columns, top: f64) -> f64 {
    let room = scene.size.h - top - MARGIN;
    let measure = |most: usize| {
        let of = |(place, cards): (usize, &Vec<Card>)| {
            let width = columns.place(place).map_or(NARROWEST, |(_, w)| w);
            let heights = cards.iter().map(|card| height(card, width, most) + CARD_GAP);
            heights.sum::<f64>() - CARD_GAP
        };
        lane.columns.iter().enumerate().map(of).collect::<Vec<f64>>()
    };
    let highest = |heights: &[f64]| heights.iter().copied().fold(0.0, f64::max);
    let mut most = ALL_LINES;
    let mut heights = measure(most);
    // places say less rather than being cut off
    while lane.centred && most > columns.least && highest(&heights) > room {
        most -= 1;
        heights = measure(most);
    }
    let whole = highest(&heights).max(if lane.centred { room } else { 0.0 });
    for ((place, cards), used) in lane.columns.iter().enumerate().zip(heights) {
        let Some((x, w)) = columns.place(place) else {
            continue;
        };
        let (mut y, mut gap) = (top, CARD_GAP);
        if lane.centred && !cards.is_empty() {
            // what is left is shared out between the cards
            gap += within((whole - used) / cards.len() as f64, 0.0, 44.0);
            y += (whole - used - (gap - CARD_GAP) * (cards.len() - 1) as f64).max(0.0) / 2.0;
        }
        for card in cards {
            let rect = Rect::new(x, y, w, height(card, w, most));
            add(scene, view, card, rect, most);
            y = rect.bottom() + gap;
        }
    }
    top + whole
}

/// A lane's cards one under the other; gives the lower edge.
fn list(scene: &mut Scene, view: &Projection, lane: &Lane, columns: &Columns, top: f64) -> f64 {
    let mut y = top;
    for (place, cards) in lane.columns.iter().enumerate() {
        let indent = INDENT * place.min(3) as f64;
        for card in cards {
            let w = columns.right - MARGIN - indent;
            let rect = Rect::new(MARGIN + indent, y, w, height(card, w, ALL_LINES));
            add(scene, view, card, rect, ALL_LINES);
            y = rect.bottom() + CARD_GAP;
        }
    }
    y - CARD_GAP
}

/// Where the columns stand; those without any card take no room.
struct Columns {
    places: Vec<Option<(f64, f64)>>,
    right: f64,
    /// There is no room for columns.
    list: bool,
    /// So many lines of a card are never left out.
    least: usize,
}

impl Columns {
    fn new(board: &Board, room: f64) -> Self {
        let holds = |place: usize| {
            board
                .lanes
                .iter()
                .any(|lane| lane.columns.get(place).is_some_and(|cards| !cards.is_empty()))
        };
        let used: Vec<bool> = (0..board.headings.len()).map(holds).collect();
        let centred = board.lanes.iter().all(|lane| lane.centred);
        let list = room < NARROW && !centred;
        let (gutter, least) = match () {
            () if room < NARROW => (18.0, SLIMMEST),
            () if room < CLOSE => (24.0, NARROWEST),
            () => (GUTTER, NARROWEST),
        };
        let count = used.iter().filter(|used| **used).count().max(1) as f64;
        let gutters = gutter * (count - 1.0);
        let width = within((room - 2.0 * MARGIN - gutters) / count, least, WIDEST);
        let whole = width * count + gutters;
        let mut x = ((room - whole) / 2.0).max(MARGIN);
        let places = used.into_iter().map(|used| {
            used.then(|| {
                let place = (x, width);
                x += width + gutter;
                place
            })
        });
        let places = places.collect();
        Self {
            places,
            right: if list { room - MARGIN } else { x - gutter },
            list,
            // what is counted must be seen
            least: usize::from(board.lens == Lens::Traffic),
        }
    }

    fn place(&self, column: usize) -> Option<(f64, f64)> {
        self.places.get(column).copied().flatten()
    }
}

/// How much is said of each Pod of so many.
fn level(count: usize) -> Level {
    match count {
        0..=6 => Level::Snug,
        7..=24 => Level::Chip,
        25..=120 => Level::Tile,
        _ => Level::Dot,
    }
}

/// The height of what stands above the Pods, with this many of the lines at most.
fn head(card: &Card, most: usize) -> f64 {
    let lines = card.lines.len().min(most) as f64 * LINE;
    let bar = if card.bar.is_some() { 9.0 } else { 0.0 };
    if card.shape == Shape::Tray {
        26.0 + lines
    } else {
        HEAD + lines + bar + 6.0
    }
}

fn height(card: &Card, width: f64, most: usize) -> f64 {
    let pods = card.pods.len();
    let room = match level(pods) {
        _ if pods == 0 => 0.0,
        // dots of a size that can be pointed at, as far as that does not become a tower
        Level::Dot => {
            let rows = pods.div_ceil(((width - 16.0) / 9.0) as usize);
            (rows as f64 * 9.0)
                .min(300.0)
                .max(Level::Dot.height_for(pods, width - 16.0))
        }
        level => level.height_for(pods, width - 16.0),
    };
    head(card, most) + room + if pods > 0 { 8.0 } else { 0.0 }
}

fn add(scene: &mut Scene, view: &Projection, card: &Card, rect: Rect, most: usize) {
    let mut shown = card.clone();
    shown.lines.truncate(most);
    let figure = Figure::Card(Rc::new(CardFigure { card: shown }));
    scene.push(Key::Card(card.id), rect, figure, Some(card.id));
    let level = level(card.pods.len());
    if !card.pods.is_empty() {
        scene.level = scene.level.min(level);
    }
    let top = rect.y + head(card, most);
    let room = Rect::new(rect.x + 8.0, top, rect.w - 16.0, rect.bottom() - 8.0 - top);
    for (id, rect) in card.pods.iter().zip(level.cells(card.pods.len(), room)) {
        if view.pods.contains_key(id) {
            scene.push(Key::Pod(*id), rect, Figure::Later, Some(*id));
        }
    }
}

/// Marks the subject and what lines join it to; the lines of others become faint.
fn emphasise(scene: &mut Scene, board: &Board, options: &Options) {
    let cards = || board.lanes.iter().flat_map(|lane| lane.columns.iter().flatten());
    // a Pod is joined by the lines of the card it stands in
    let holder = |id: Id| {
        cards()
            .find(|card| card.id == id || card.pods.contains(&id))
            .map(|card| card.id)
    };
    let subject = options.subject().and_then(holder);
    let mut related: Vec<Id> = Vec::new();
    for wire in &board.wires {
        if Some(wire.from) == subject || Some(wire.to) == subject {
            related.extend([wire.from, wire.to]);
        }
    }
    mark(scene, options, &related, false);
    let many = cards().count() > MANY;
    scene.items.retain_mut(|item| {
        let Key::Wire(from, to) = item.key else {
            return true;
        };
        let joined = Some(from) == subject || Some(to) == subject;
        item.emphasis = match (joined, subject) {
            (true, _) => Emphasis::Related,
            (false, Some(_)) => Emphasis::Faint,
            (false, None) => Emphasis::Plain,
        };
        joined || !many || matches!(item.figure, Figure::Wire(wire) if wire.join == Join::Owns)
    });
}

fn notice(scene: &mut Scene, viewport: Size, (title, hint): (String, String)) {
    let (w, h) = (
        (viewport.w - 24.0).min(660.0),
        if hint.is_empty() { 48.0 } else { 76.0 },
    );
    let rect = Rect::new((viewport.w - w) / 2.0, (viewport.h - h) / 2.0, w, h);
    let figure = NoticeFigure {
        title: title.into(),
        hint: (!hint.is_empty()).then(|| hint.into()),
        command: None,
    };
    scene.push(Key::Notice, rect, Figure::Notice(figure), None);
}
