//! What must hold of every frame: texts stay in what they belong to and are legible.

use super::*;
use crate::view::geometry::Size;
use crate::view::motion::Stage;
use crate::view::projection::{Delta, Projection};
use crate::view::samples::Sample;
use crate::view::scene::{Options, Scene, text};

fn prims_of(sample: Sample, tenths: u64, size: Size, check: &mut dyn FnMut(&Shown<'_>, &[Prim])) {
    let mut view = Projection::default();
    let now_micros = tenths * 100_000;
    view.apply(Delta {
        now_micros,
        changed: sample.at(now_micros),
        ..Delta::default()
    });
    let scene = Scene::new(&view, None, &Options::default(), size);
    let mut stage = Stage::default();
    stage.show(&scene, 0.0, false);
    for shown in &stage.frame(0.0).shown {
        let mut brush = Brush::default();
        paint_item(&mut brush, shown, Clock::default());
        check(shown, &brush.prims);
    }
}

#[test]
fn texts_stay_inside_and_apart_and_are_large_enough() {
    for (name, sample) in Sample::ALL {
        for tenths in [5, 20, 130, 400] {
            for (w, h) in [(900.0, 460.0), (390.0, 500.0), (1440.0, 800.0), (620.0, 380.0)] {
                prims_of(sample, tenths, Size { w, h }, &mut |shown, prims| {
                    let mut boxes: Vec<Rect> = Vec::new();
                    for prim in prims {
                        let Prim::Text {
                            text,
                            at,
                            align,
                            face,
                            size,
                            room,
                            ..
                        } = prim
                        else {
                            continue;
                        };
                        let what = format!("{name} {tenths} {w}x{h}: « {text} » in {:?}", shown.key);
                        let width = text::width(text, *face, *size);
                        assert!(width <= room + 0.01, "{what}: wider than its room");
                        assert!(*size >= 11.0 || text == "?", "{what}: too small");
                        let x = match align {
                            Align::Left => at.x,
                            Align::Center => at.x - width / 2.0,
                            Align::Right => at.x - width,
                        };
                        let words = Rect::new(x, at.y - size / 2.0, width, *size);
                        let inside = words.x >= shown.rect.x - 0.01
                            && words.right() <= shown.rect.right() + 0.01
                            && words.y >= shown.rect.y - 0.01
                            && words.bottom() <= shown.rect.bottom() + 0.01;
                        assert!(inside, "{what}: sticks out");
                        assert!(
                            boxes.iter().all(|other| !other.overlaps(&words)),
                            "{what}: over another"
                        );
                        boxes.push(words);
                    }
                });
            }
        }
    }
}
