//! Points, sizes and rectangles, in CSS pixels.

use crate::view::decimal::within;

/// A point.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Downwards.
    pub y: f64,
}

/// A width and a height.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Size {
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

/// An upright rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

impl Rect {
    /// A rectangle from its left top corner and its size.
    #[must_use]
    pub fn new(x: f64, y: f64, w: f64, h: f64) -> Self {
        Self { x, y, w, h }
    }

    /// The right edge.
    #[must_use]
    pub fn right(&self) -> f64 {
        self.x + self.w
    }

    /// The bottom edge.
    #[must_use]
    pub fn bottom(&self) -> f64 {
        self.y + self.h
    }

    /// The middle.
    #[must_use]
    pub fn center(&self) -> Point {
        Point {
            x: self.x + self.w / 2.0,
            y: self.y + self.h / 2.0,
        }
    }

    /// Smaller by `margin` on each side; never negative.
    #[must_use]
    pub fn inset(&self, margin: f64) -> Self {
        let w = (self.w - 2.0 * margin).max(0.0);
        let h = (self.h - 2.0 * margin).max(0.0);
        Self::new(self.x + (self.w - w) / 2.0, self.y + (self.h - h) / 2.0, w, h)
    }

    /// Whether a point lies inside.
    #[must_use]
    pub fn contains(&self, point: Point) -> bool {
        point.x >= self.x && point.x < self.right() && point.y >= self.y && point.y < self.bottom()
    }

    /// Whether two rectangles share more than an edge.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        const SLACK: f64 = 0.01;
        self.x + SLACK < other.right()
            && other.x + SLACK < self.right()
            && self.y + SLACK < other.bottom()
            && other.y + SLACK < self.bottom()
    }

    /// The rectangle at `share` (0 to 1) of the way to another.
    #[must_use]
    pub fn toward(&self, other: &Self, share: f64) -> Self {
        let mix = |a: f64, b: f64| a + (b - a) * share;
        Self::new(
            mix(self.x, other.x),
            mix(self.y, other.y),
            mix(self.w, other.w),
            mix(self.h, other.h),
        )
    }

    /// The same centre, each side multiplied by `factor`.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        let (w, h) = (self.w * factor, self.h * factor);
        Self::new(self.x + (self.w - w) / 2.0, self.y + (self.h - h) / 2.0, w, h)
    }
}

/// The point at `share` (0 to 1) of the length of a line through points.
#[must_use]
pub fn along(points: &[Point], share: f64) -> Point {
    let legs = || points.iter().zip(points.iter().skip(1));
    let length = |(a, b): (&Point, &Point)| (a.x - b.x).hypot(a.y - b.y);
    let mut left = legs().map(length).sum::<f64>() * within(share, 0.0, 1.0);
    for (a, b) in legs() {
        let leg = length((a, b));
        if left <= leg && leg > 0.0 {
            let part = left / leg;
            return Point {
                x: a.x + (b.x - a.x) * part,
                y: a.y + (b.y - a.y) * part,
            };
        }
        left -= leg;
    }
    points.last().copied().unwrap_or_default()
}

/// The way from one upright rectangle to another: level where they stand beside each other, else upright.
#[must_use]
pub fn way(from: &Rect, to: &Rect) -> Vec<Point> {
    let (a, b) = (from.center(), to.center());
    let point = |x, y| Point { x, y };
    if from.right() <= to.x || to.right() <= from.x {
        let (start, end) = if from.right() <= to.x {
            (from.right(), to.x)
        } else {
            (from.x, to.right())
        };
        // the bend is close to where the line arrives, so that lines to one card share their last leg
        let bend = end + if end > start { -14.0 } else { 14.0 };
        return vec![
            point(start, a.y),
            point(bend, a.y),
            point(bend, b.y),
            point(end, b.y),
        ];
    }
    let x = (from.x.max(to.x) + from.right().min(to.right())) / 2.0;
    let (start, end) = if a.y < b.y {
        (from.bottom(), to.y)
    } else {
        (from.y, to.bottom())
    };
    vec![point(x, start), point(x, end)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_joins_edges_and_is_walked_at_one_speed() {
        let (from, to) = (Rect::new(0.0, 0.0, 10.0, 10.0), Rect::new(50.0, 40.0, 10.0, 10.0));
        let points = way(&from, &to);
        assert_eq!(points.first(), Some(&Point { x: 10.0, y: 5.0 }));
        assert_eq!(points.last(), Some(&Point { x: 50.0, y: 45.0 }));
        assert_eq!(along(&points, 0.0), points[0]);
        assert_eq!(along(&points, 1.0), points[3]);
        assert_eq!(along(&points, 0.5), Point { x: 36.0, y: 19.0 });
        let below = way(&from, &Rect::new(4.0, 30.0, 10.0, 10.0));
        assert_eq!(below, [Point { x: 7.0, y: 10.0 }, Point { x: 7.0, y: 30.0 }]);
    }
}
