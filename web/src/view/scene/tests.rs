//! What must hold of every scene, whatever the cluster and the size of the view.

use super::*;
use crate::view::projection::Delta;
use crate::view::samples::Sample;

const SIZES: [(f64, f64); 6] = [
    (900.0, 460.0),
    (1440.0, 800.0),
    (620.0, 380.0),
    (390.0, 500.0),
    (320.0, 300.0),
    (3000.0, 1600.0),
];

fn view(sample: Sample, tenths: u64) -> Projection {
    let mut view = Projection::default();
    let now_micros = tenths * 100_000;
    view.apply(Delta {
        now_micros,
        changed: sample.at(now_micros),
        ..Delta::default()
    });
    view
}

fn every_scene(mut check: impl FnMut(&Projection, &Scene, &str)) {
    for (name, sample) in Sample::ALL {
        for tenths in [0, 7, 15, 30, 60, 130, 400] {
            let view = view(sample, tenths);
            for (w, h) in SIZES {
                for show_system in [false, true] {
                    let options = Options {
                        show_system,
                        ..Options::default()
                    };
                    let scene = Scene::new(&view, None, &options, Size { w, h });
                    check(
                        &view,
                        &scene,
                        &format!("{name} at {tenths} in {w}x{h}, system {show_system}"),
                    );
                }
            }
        }
    }
}

#[test]
fn nothing_overlaps_and_pods_stay_in_their_place() {
    every_scene(|view, scene, what| {
        let of = |wanted: fn(&Key) -> bool| -> Vec<&Item> {
            scene.items.iter().filter(|item| wanted(&item.key)).collect()
        };
        let pods = of(|key| matches!(key, Key::Pod(_)));
        let regions = of(|key| {
            matches!(
                key,
                Key::Node(_)
                    | Key::Waiting
                    | Key::Workload(_)
                    | Key::Service(_)
                    | Key::Thing(_)
                    | Key::Things(_)
                    | Key::More(_)
            )
        });
        let panes = of(|key| matches!(key, Key::Pane(_)));
        for set in [&regions, &panes] {
            for (i, item) in set.iter().enumerate() {
                for other in &set[i + 1..] {
                    assert!(
                        !item.rect.overlaps(&other.rect),
                        "{what}: {:?} over {:?}",
                        item.key,
                        other.key
                    );
                }
                assert!(
                    item.rect.x >= 0.0 && item.rect.right() <= scene.size.w + 0.01,
                    "{what}: {:?}",
                    item.key
                );
                assert!(
                    item.rect.bottom() <= scene.size.h + 0.01,
                    "{what}: {:?}",
                    item.key
                );
            }
        }
        let mut sorted = pods.clone();
        sorted.sort_by(|a, b| a.rect.y.total_cmp(&b.rect.y));
        for (i, pod) in sorted.iter().enumerate() {
            for other in sorted[i + 1..]
                .iter()
                .take_while(|o| o.rect.y < pod.rect.bottom())
            {
                assert!(
                    !pod.rect.overlaps(&other.rect),
                    "{what}: {:?} over {:?}",
                    pod.key,
                    other.key
                );
            }
            let Some(record) = pod.target.and_then(|id| view.pods.get(&id)) else {
                panic!("{what}: no pod")
            };
            let place = regions
                .iter()
                .find(|item| match (&item.figure, record.node.as_str()) {
                    (Figure::Place(place), "") => place.kind == PlaceKind::Waiting,
                    (Figure::Place(place), node) => place.title == node,
                    _ => false,
                })
                .unwrap_or_else(|| panic!("{what}: no place for {}", record.node));
            let (inner, outer) = (pod.rect, place.rect);
            assert!(
                inner.x >= outer.x
                    && inner.right() <= outer.right() + 0.01
                    && inner.y >= outer.y
                    && inner.bottom() <= outer.bottom() + 0.01,
                "{what}: {:?} {inner:?} outside {outer:?}",
                pod.key
            );
        }
    });
}

#[test]
fn every_shown_object_is_there_once() {
    every_scene(|view, scene, what| {
        let mut keys: Vec<Key> = scene.items.iter().map(|item| item.key).collect();
        let all = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), all, "{what}: a key twice");
        for pod in view.pods.values().filter(|pod| !is_system(&pod.meta)) {
            assert!(
                keys.contains(&Key::Pod(pod.meta.id)),
                "{what}: {} is missing",
                pod.meta.name
            );
        }
        for node in view.nodes.keys() {
            assert!(keys.contains(&Key::Node(*node)), "{what}: a node is missing");
        }
    });
}

#[test]
fn a_click_finds_the_pod_it_points_at() {
    every_scene(|_, scene, what| {
        for item in scene
            .items
            .iter()
            .filter(|item| matches!(item.key, Key::Pod(_) | Key::Pane(_)))
        {
            assert_eq!(
                scene.hit(item.rect.center()),
                item.target,
                "{what}: {:?}",
                item.key
            );
        }
    });
}

#[test]
fn little_detail_for_many_much_for_few() {
    let level = |sample, w, h| Scene::new(&view(sample, 400), None, &Options::default(), Size { w, h }).level;
    assert_eq!(level(Sample::Three, 900.0, 460.0), Level::Card);
    assert_eq!(level(Sample::Rollout, 900.0, 460.0), Level::Card);
    assert!(level(Sample::Thousand, 900.0, 460.0) <= Level::Tile);
    assert!(level(Sample::Thousand, 3000.0, 1600.0) > level(Sample::Thousand, 900.0, 460.0));
}

#[test]
fn a_rollout_shows_both_versions_in_order_with_their_sizes() {
    let scene = Scene::new(
        &view(Sample::Rollout, 130),
        None,
        &Options::default(),
        Size { w: 900.0, h: 460.0 },
    );
    let panes: Vec<(&PaneFigure, Rect)> = scene
        .items
        .iter()
        .filter_map(|item| match &item.figure {
            Figure::Pane(pane) => Some((&**pane, item.rect)),
            _ => None,
        })
        .collect();
    let [(old, old_rect), (new, new_rect)] = panes.as_slice() else {
        panic!("two panes")
    };
    assert_eq!(
        (old.images.as_str(), new.images.as_str()),
        ("nginx:1.26", "nginx:1.27")
    );
    assert!(old_rect.right() < new_rect.x);
    assert!(old.tint.old && !new.tint.old);
    assert_ne!(old.tint.hue, new.tint.hue);
    assert!(!old.pods.is_empty() && !new.pods.is_empty());
}

#[test]
fn the_subject_brings_out_what_it_has_to_do_with() {
    let view = view(Sample::Failures, 400);
    let Some(api) = view.services.values().find(|s| s.meta.name == "api") else {
        panic!("no service")
    };
    let options = Options {
        hovered: Some(api.meta.id),
        ..Options::default()
    };
    let scene = Scene::new(&view, None, &options, Size { w: 900.0, h: 460.0 });
    for item in &scene.items {
        if let Figure::Pod(pod) = &item.figure {
            let expected = if pod.name.starts_with("api-") {
                Emphasis::Related
            } else {
                Emphasis::Faint
            };
            assert_eq!(item.emphasis, expected, "{}", pod.name);
        }
    }
    assert_eq!(
        scene
            .items
            .iter()
            .filter(|item| matches!(item.key, Key::Link(..)))
            .count(),
        3
    );
}

#[test]
fn every_kind_has_its_place() {
    let check = |sample, summaries: &[&str], marks: &[&str]| {
        let scene = Scene::new(
            &view(sample, 400),
            None,
            &Options::default(),
            Size { w: 900.0, h: 460.0 },
        );
        let cards = scene.items.iter().filter_map(|item| match &item.figure {
            Figure::Workload(card) => Some(format!("{} {} {}", card.kind, card.name, card.summary)),
            _ => None,
        });
        assert_eq!(cards.collect::<Vec<_>>(), summaries);
        let things = scene.items.iter().filter_map(|item| match &item.figure {
            Figure::Thing(thing) => Some(format!("{} {} {}", thing.kind, thing.name, thing.note)),
            _ => None,
        });
        let things: Vec<_> = things.map(|words| words.trim_end().to_owned()).collect();
        assert_eq!(things, marks);
    };
    check(
        Sample::Kinds,
        &[
            "CronJob sauvegarde 0 3 * * *",
            "StatefulSet base 3/3 prêts",
            "Job import 0/2 terminés",
            "DaemonSet journaux 3/3 prêts",
        ],
        &[
            "ConfigMap reglages-0",
            "HorizontalPodAutoscaler reglages-0",
            "Ingress reglages-0",
            "PersistentVolumeClaim reglages-0 Bound",
            "Secret reglages-0",
        ],
    );
    check(
        Sample::ManyKinds,
        &[
            "CronJob sauvegarde 0 3 * * *",
            "StatefulSet base 290/290 prêts",
            "Job import 0/2 terminés",
            "DaemonSet journaux 3/3 prêts",
        ],
        &[
            "ConfigMap ×\u{202f}12",
            "HorizontalPodAutoscaler ×\u{202f}12",
            "Ingress ×\u{202f}12",
            "PersistentVolumeClaim ×\u{202f}12",
            "Secret ×\u{202f}12",
        ],
    );
}

#[test]
fn an_empty_cluster_says_what_to_do() {
    let notice = |sample, tenths| {
        let scene = Scene::new(
            &view(sample, tenths),
            None,
            &Options::default(),
            Size { w: 900.0, h: 460.0 },
        );
        scene.items.iter().any(|item| item.key == Key::Notice)
    };
    assert!(notice(Sample::Empty, 10));
    assert!(!notice(Sample::Three, 10));
}
