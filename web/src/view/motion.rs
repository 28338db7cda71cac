//! Motion: where things are on their way from one scene to the next.
//!
//! The stage remembers where each key is shown now and carries it to where the newest scene wants it. What is new grows
//! out of its origin, what is gone fades, what changes state rings once. With reduced motion everything is at once
//! where it belongs.

use std::rc::Rc;

use crate::view::decimal::within;

use super::board::{Glyph, Mark};
use super::geometry::{Point, Rect, along, way};
use super::look::State;
use super::scene::{Emphasis, Figure, Item, Key, Scene};

/// How long things take, in milliseconds.
const APPEAR_MS: f64 = 420.0;
const LEAVE_MS: f64 = 320.0;
const SHIFT_MS: f64 = 320.0;
const TRAVEL_MS: f64 = 700.0;
const RING_MS: f64 = 700.0;
/// A move longer than this is a journey, not a shift, in CSS pixels.
const JOURNEY: f64 = 120.0;

/// How long a mark takes from card to card, and how long it stays where it ends.
const LEG_MS: f64 = 520.0;
const REST_MS: f64 = 260.0;
const LOST_MS: f64 = 1600.0;
/// Marks on their way at once; more could not be followed.
const MOST_MARKS: usize = 60;
/// With more marks than this their words would overlap.
const MOST_TAGS: usize = 6;

/// One thing that is shown, or is going away.
#[derive(Clone, Debug)]
struct Sprite {
    item: Item,
    from: Rect,
    alpha: (f64, f64),
    started_ms: f64,
    lasting_ms: f64,
    /// When its state last changed.
    ring_ms: f64,
    leaving: bool,
}

impl Sprite {
    /// How much of the way is done, eased.
    fn share(&self, now_ms: f64) -> f64 {
        if self.lasting_ms <= 0.0 {
            return 1.0;
        }
        let t = within((now_ms - self.started_ms) / self.lasting_ms, 0.0, 1.0);
        if t < 0.5 {
            4.0 * t * t * t
        } else {
            1.0 - (2.0 - 2.0 * t).powi(3) / 2.0
        }
    }

    fn rect(&self, now_ms: f64) -> Rect {
        self.from.toward(&self.item.rect, self.share(now_ms))
    }

    fn alpha(&self, now_ms: f64) -> f64 {
        self.alpha.0 + (self.alpha.1 - self.alpha.0) * self.share(now_ms)
    }

    fn done(&self, now_ms: f64) -> bool {
        now_ms >= self.started_ms + self.lasting_ms
    }

    /// How wide it is when it does not grow or shrink.
    fn whole(&self, now_ms: f64) -> f64 {
        let wanted = self.item.rect.w;
        if self.done(now_ms) {
            wanted
        } else {
            wanted.max(self.from.w)
        }
    }
}

/// Something to paint now.
#[derive(Clone, Debug)]
pub struct Shown<'a> {
    /// Which.
    pub key: Key,
    /// Where it is at this moment.
    pub rect: Rect,
    /// How opaque it is, 0 to 1.
    pub alpha: f64,
    /// What it is.
    pub figure: &'a Figure,
    /// How it stands out.
    pub emphasis: Emphasis,
    /// How far the ring around a pod that changed state has spread, 0 to 1.
    pub ring: Option<f64>,
    /// It is on a journey.
    pub travelling: bool,
    /// How wide it is when it does not grow or shrink.
    pub whole: f64,
    /// It looks as it does now until another scene is shown.
    pub still: bool,
}

/// What to paint now, from back to front.
#[derive(Clone, Debug, Default)]
pub struct Frame<'a> {
    /// Things to paint.
    pub shown: Vec<Shown<'a>>,
    /// Marks on their way.
    pub flights: Vec<Flight<'a>>,
    /// Something is on its way: another frame is needed at once.
    pub moving: bool,
    /// A pod pulls an image: its ring turns.
    pub pulling: bool,
    /// Which scene it is.
    pub scene: u32,
}

/// A mark on its way.
#[derive(Clone, Debug)]
pub struct Flight<'a> {
    /// The mark.
    pub mark: &'a Rc<Mark>,
    /// Where it is.
    pub at: Point,
    /// How opaque it is.
    pub alpha: f64,
    /// It has arrived, or was lost here.
    pub ended: bool,
    /// There is room for its words.
    pub tagged: bool,
}

/// What is on the screen.
#[derive(Clone, Debug, Default)]
pub struct Stage {
    /// In the order of the scene, what leaves at the end.
    sprites: Vec<Sprite>,
    /// Places of sprites, from back to front.
    order: Vec<usize>,
    /// Marks and when each starts.
    marks: Vec<(Rc<Mark>, f64)>,
    /// Counts the scenes.
    scene: u32,
    /// When the last was shown.
    shown_ms: f64,
}

impl Stage {
    /// Takes up a new scene. Without `animated` everything is at once where it belongs.
    pub fn show(&mut self, scene: &Scene, now_ms: f64, animated: bool) {
        self.scene = self.scene.wrapping_add(1);
        self.shown_ms = now_ms;
        let first = self.sprites.is_empty();
        let animated = animated && !first;
        let mut before: Vec<Option<Sprite>> =
            std::mem::take(&mut self.sprites).into_iter().map(Some).collect();
        // one scene is much like the next: each thing mostly stands right behind the one before it
        let mut next = 0;
        for item in &scene.items {
            let is_it = |old: &Option<Sprite>| old.as_ref().is_some_and(|old| old.item.key == item.key);
            let (first, rest) = before.split_at(next);
            let found = rest.iter().position(is_it).map(|steps| next + steps);
            let found = found.or_else(|| first.iter().position(is_it));
            let old = found.and_then(|place| before.get_mut(place)?.take());
            next = found.map_or(next, |place| place + 1);
            self.sprites.push(match old {
                Some(old) => moved(old, item, now_ms, animated),
                None => appeared(item, now_ms, animated),
            });
        }
        if animated {
            let gone = before.into_iter().flatten();
            self.sprites.extend(gone.filter_map(|old| left(old, now_ms)));
        }
        self.order.clear();
        for wanted in 0..=TOP {
            let of_layer = self.sprites.iter().enumerate();
            let of_layer = of_layer.filter(|(_, sprite)| layer(sprite, now_ms) == wanted);
            self.order.extend(of_layer.map(|(place, _)| place));
        }
    }

    /// Sets marks on their way, one shortly after the other.
    pub fn launch(&mut self, marks: &[Rc<Mark>], now_ms: f64) {
        let step = 700.0 / marks.len().max(1) as f64;
        let starts = (0..).map(|place: u32| now_ms + f64::from(place) * step.min(180.0));
        self.marks.extend(marks.iter().cloned().zip(starts));
        let surplus = self.marks.len().saturating_sub(MOST_MARKS);
        self.marks.drain(..surplus);
    }

    /// Forgets the marks: another view, another moment.
    pub fn land(&mut self) {
        self.marks.clear();
    }

    /// Where the marks are.
    fn flights(&self, now_ms: f64) -> Vec<Flight<'_>> {
        let cards = self.sprites.iter();
        let cards: Vec<&Sprite> = cards
            .filter(|sprite| matches!(sprite.item.key, Key::Card(_)))
            .collect();
        let place = |id| {
            let card = cards.iter().find(|sprite| sprite.item.key == Key::Card(id));
            let pod = || self.sprites.iter().find(|sprite| sprite.item.key == Key::Pod(id));
            card.copied().or_else(pod).map(|sprite| sprite.rect(now_ms))
        };
        let mut flights = Vec::new();
        for (mark, start_ms) in &self.marks {
            let stops: Vec<Rect> = mark.path.iter().filter_map(|id| place(*id)).collect();
            let legs = stops.len().saturating_sub(1) as f64;
            let rest_ms = if mark.glyph == Glyph::Lost {
                LOST_MS
            } else {
                REST_MS
            };
            let flown = (now_ms - start_ms) / LEG_MS;
            let over = (flown - legs) * LEG_MS / rest_ms;
            if flown < 0.0 || over >= 1.0 || legs < 1.0 {
                continue;
            }
            let leg = (flown.floor()).min(legs - 1.0);
            let ends = (stops.get(leg as usize), stops.get(leg as usize + 1));
            let (Some(from), Some(to)) = ends else { continue };
            flights.push(Flight {
                mark,
                at: along(&way(from, to), flown - leg),
                alpha: if over > 0.0 { 1.0 - over * over } else { 1.0 },
                ended: over > 0.0,
                tagged: false,
            });
        }
        let tagged = flights.len() <= MOST_TAGS;
        for flight in &mut flights {
            flight.tagged = tagged;
        }
        flights
    }

    /// The mark under a point.
    #[must_use]
    pub fn mark_at(&self, point: Point, now_ms: f64) -> Option<Rc<Mark>> {
        let near = |flight: &Flight<'_>| (flight.at.x - point.x).hypot(flight.at.y - point.y) < 12.0;
        let found = self.flights(now_ms).into_iter().rev().find(near)?;
        Some(Rc::clone(found.mark))
    }

    /// What to paint at a moment.
    #[must_use]
    pub fn frame(&self, now_ms: f64) -> Frame<'_> {
        let mut frame = Frame {
            scene: self.scene,
            pulling: self.pulling(),
            ..Frame::default()
        };
        // lines follow what they join, and what stands upon something is drawn after it
        let at_rest = |sprite: &Sprite| {
            !sprite.leaving && sprite.done(self.shown_ms) && self.shown_ms >= sprite.ring_ms + RING_MS
        };
        let all = self.sprites.iter().all(at_rest);
        let cards = all || {
            let mut cards = self.sprites.iter();
            cards.all(|sprite| matches!(sprite.item.figure, Figure::Pod(_)) || at_rest(sprite))
        };
        for place in &self.order {
            let Some(sprite) = self.sprites.get(*place) else {
                continue;
            };
            if sprite.leaving && sprite.done(now_ms) {
                continue;
            }
            let ring = (now_ms - sprite.ring_ms) / RING_MS;
            let ring = (0.0..1.0).contains(&ring).then_some(ring);
            frame.moving |= !sprite.done(now_ms) || ring.is_some();
            let keeps = match &sprite.item.figure {
                // it stands before what moves
                Figure::Tooltip(_) => false,
                Figure::Link(_) => all,
                Figure::Wire(_) => cards,
                // these turn
                Figure::Pane(_) => cards && !frame.pulling,
                Figure::Pod(pod) => cards && pod.state != State::Pulling,
                _ => true,
            };
            frame.shown.push(Shown {
                key: sprite.item.key,
                rect: sprite.rect(now_ms),
                alpha: sprite.alpha(now_ms),
                figure: &sprite.item.figure,
                emphasis: sprite.item.emphasis,
                ring,
                travelling: sprite.lasting_ms >= TRAVEL_MS && !sprite.done(now_ms),
                whole: sprite.whole(now_ms),
                still: keeps && at_rest(sprite),
            });
        }
        frame.flights = self.flights(now_ms);
        let last = self
            .marks
            .last()
            .map_or(f64::NEG_INFINITY, |(_, start_ms)| *start_ms);
        frame.moving |= !frame.flights.is_empty() || last > now_ms;
        frame
    }

    fn pulling(&self) -> bool {
        self.sprites.iter().any(
            |sprite| matches!(&sprite.item.figure, Figure::Pod(pod) if pod.state == State::Pulling && !sprite.leaving),
        )
    }
}

fn state(figure: &Figure) -> Option<State> {
    if let Figure::Pod(pod) = figure {
        Some(pod.state)
    } else {
        None
    }
}

fn moved(old: Sprite, item: &Item, now_ms: f64, animated: bool) -> Sprite {
    let rings = animated && state(&old.item.figure) != state(&item.figure);
    let ring_ms = if rings { now_ms } else { old.ring_ms };
    if !animated {
        return Sprite {
            lasting_ms: 0.0,
            alpha: (1.0, 1.0),
            ..fresh(item, now_ms)
        };
    }
    if old.item.rect == item.rect && !old.leaving {
        return Sprite {
            item: item.clone(),
            ring_ms,
            ..old
        };
    }
    let here = old.rect(now_ms);
    let (a, b) = (here.center(), item.rect.center());
    let far = (a.x - b.x).hypot(a.y - b.y) > JOURNEY;
    let lasting_ms = if far && matches!(item.key, Key::Pod(_)) {
        TRAVEL_MS
    } else {
        SHIFT_MS
    };
    let alpha = (old.alpha(now_ms), 1.0);
    Sprite {
        from: here,
        alpha,
        lasting_ms,
        ring_ms,
        ..fresh(item, now_ms)
    }
}

fn appeared(item: &Item, now_ms: f64, animated: bool) -> Sprite {
    if !animated || matches!(item.key, Key::Tooltip | Key::Heading(_)) {
        return fresh(item, now_ms);
    }
    let from = match item.origin {
        Some(origin) => {
            let center = origin.center();
            let size = item.rect.scaled(0.5);
            Rect::new(center.x - size.w / 2.0, center.y - size.h / 2.0, size.w, size.h)
        }
        None => item.rect.scaled(0.7),
    };
    Sprite {
        from,
        alpha: (0.0, 1.0),
        lasting_ms: APPEAR_MS,
        ..fresh(item, now_ms)
    }
}

fn fresh(item: &Item, now_ms: f64) -> Sprite {
    Sprite {
        item: item.clone(),
        from: item.rect,
        alpha: (1.0, 1.0),
        started_ms: now_ms,
        lasting_ms: 0.0,
        ring_ms: f64::NEG_INFINITY,
        leaving: false,
    }
}

/// What is gone shrinks and fades; tooltips and lines just go.
fn left(old: Sprite, now_ms: f64) -> Option<Sprite> {
    if matches!(
        old.item.key,
        Key::Tooltip | Key::Link(..) | Key::Wire(..) | Key::Heading(_)
    ) {
        return None;
    }
    if old.leaving {
        return (!old.done(now_ms)).then_some(old);
    }
    let here = old.rect(now_ms);
    let alpha = (old.alpha(now_ms), 0.0);
    let item = Item {
        rect: here.scaled(0.6),
        target: None,
        ..old.item.clone()
    };
    Some(Sprite {
        item,
        from: here,
        alpha,
        started_ms: now_ms,
        lasting_ms: LEAVE_MS,
        leaving: true,
        ..old
    })
}

/// In front of everything.
const TOP: u8 = 6;

fn layer(sprite: &Sprite, now_ms: f64) -> u8 {
    match sprite.item.figure {
        Figure::Place(_) => 0,
        Figure::Link(_) | Figure::Wire(_) => 1,
        Figure::Card(_)
        | Figure::Heading(..)
        | Figure::Workload(_)
        | Figure::Service(_)
        | Figure::Thing(_)
        | Figure::More(_) => 2,
        Figure::Pane(_) | Figure::Notice(_) => 3,
        Figure::Pod(_) if sprite.lasting_ms >= APPEAR_MS && !sprite.done(now_ms) => 5,
        Figure::Pod(_) => 4,
        Figure::Tooltip(_) | Figure::Later => TOP,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::geometry::Size;
    use crate::view::projection::{Delta, Projection};
    use crate::view::samples::Sample;
    use crate::view::scene::Options;
    use timonier_core::sorted::SortedMap;

    fn scene(tenths: u64) -> Scene {
        let mut view = Projection::default();
        let now_micros = tenths * 100_000;
        view.apply(Delta {
            now_micros,
            changed: Sample::Rollout.at(now_micros),
            ..Delta::default()
        });
        Scene::new(&view, None, &Options::default(), Size { w: 900.0, h: 460.0 })
    }

    fn rects<'a>(frame: &Frame<'a>) -> SortedMap<Key, Rect> {
        frame.shown.iter().map(|shown| (shown.key, shown.rect)).collect()
    }

    fn wanted(scene: &Scene) -> SortedMap<Key, Rect> {
        scene.items.iter().map(|item| (item.key, item.rect)).collect()
    }

    #[test]
    fn everything_arrives_where_the_scene_wants_it() {
        let mut stage = Stage::default();
        let mut now_ms = 0.0;
        for tenths in 50..90 {
            let scene = scene(tenths);
            stage.show(&scene, now_ms, true);
            now_ms += 100.0;
        }
        let last = scene(90);
        stage.show(&last, now_ms, true);
        assert!(stage.frame(now_ms).moving);
        let after = stage.frame(now_ms + 2000.0);
        assert!(!after.moving);
        assert_eq!(rects(&after), wanted(&last));
        assert!(after.shown.iter().all(|shown| shown.alpha == 1.0));
    }

    #[test]
    fn motion_is_continuous_when_a_scene_comes_in_the_middle_of_another() {
        let mut stage = Stage::default();
        stage.show(&scene(57), 0.0, true);
        stage.show(&scene(64), 1000.0, true);
        let before = rects(&stage.frame(1200.0));
        stage.show(&scene(68), 1200.0, true);
        let after = rects(&stage.frame(1200.0));
        for (key, rect) in before {
            let Some(now) = after.get(&key).filter(|_| matches!(key, Key::Pod(_))) else {
                continue;
            };
            assert!(
                (now.x - rect.x).abs() < 0.01 && (now.y - rect.y).abs() < 0.01,
                "{key:?} jumped"
            );
        }
    }

    #[test]
    fn reduced_motion_moves_nothing() {
        let mut stage = Stage::default();
        stage.show(&scene(50), 0.0, false);
        let next = scene(64);
        stage.show(&next, 100.0, false);
        let frame = stage.frame(100.0);
        assert!(!frame.moving);
        assert_eq!(rects(&frame), wanted(&next));
    }

    #[test]
    fn what_is_still_does_not_change_until_the_next_scene() {
        let mut stage = Stage::default();
        stage.show(&scene(57), 0.0, true);
        stage.show(&scene(64), 1000.0, true);
        let early = stage.frame(1000.0);
        let still = |frame: &Frame<'_>| frame.shown.iter().filter(|shown| shown.still).count();
        assert!(0 < still(&early) && still(&early) < early.shown.len());
        for later_ms in [1016.0, 1150.0, 9000.0] {
            let later = stage.frame(later_ms);
            assert_eq!(still(&later), still(&early));
            for before in early.shown.iter().filter(|shown| shown.still) {
                let after = later.shown.iter().find(|shown| shown.key == before.key);
                let looks = |shown: &Shown<'_>| (shown.still, shown.rect, shown.alpha, shown.ring);
                assert_eq!(after.map(looks), Some(looks(before)), "{:?}", before.key);
            }
        }
        let before = early.scene;
        stage.show(&scene(400), 10_000.0, true);
        stage.show(&scene(400), 19_000.0, true);
        let settled = stage.frame(19_000.0);
        assert!(!settled.moving && !settled.pulling);
        assert_eq!(still(&settled), settled.shown.len());
        assert_ne!(settled.scene, before);
    }
}
