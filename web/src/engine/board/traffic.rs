//! The view « Trafic »: where requests come in, what they pass, the Pods they are led to, and curves of how the cluster fares.

use timonier_core::cluster::Cluster;
use timonier_core::sorted::SortedMap;

use crate::view::board::{Board, Card, Chart, Join, Lane, Lens, Shape, Wire};
use crate::view::look::State;
use crate::view::projection::{Id, Projection};
use crate::view::scene::{Index, Options};
use crate::view::texts::{self, board as words};

use super::place;
use super::samples::{Sample, Samples};

/// How far back the curves go, in seconds, and how many points they have.
const SPAN: u64 = 120;
const POINTS: u64 = 60;

/// The board.
pub(super) fn board(cluster: &Cluster, view: &Projection, options: &Options, samples: &Samples) -> Board {
    let index = Index::new(view, options);
    let mut board = Board {
        lens: Lens::Traffic,
        headings: words::TRAFFIC_COLUMNS.map(str::to_owned).to_vec(),
        charts: charts(cluster, samples),
        ..Board::default()
    };
    if index.services.is_empty() {
        board.empty = Some(words::NO_TRAFFIC.map(str::to_owned).into());
        return board;
    }
    let (mut origins, mut doors, mut services) = (Vec::new(), Vec::new(), Vec::new());
    for name in ["laptop", "internet"] {
        let (kind, says) = words::origin(name);
        origins.push(Card {
            id: place(name),
            shape: Shape::Place,
            kind: kind.to_owned(),
            name: says.to_owned(),
            label: format!("{kind}, {says}"),
            ..Card::default()
        });
    }
    for thing in index.things.iter().filter(|thing| thing.kind == "Ingress") {
        board
            .wires
            .push(wire(place("internet"), thing.meta.id, Join::Talks));
        doors.push(Card {
            id: thing.meta.id,
            shape: Shape::Selector,
            kind: thing.kind.clone(),
            name: thing.meta.name.clone(),
            lines: (!thing.note.is_empty())
                .then(|| thing.note.clone())
                .into_iter()
                .collect(),
            label: texts::thing_name(thing),
            ..Card::default()
        });
    }
    let trays = trays(&index, view);
    for backed in &index.services {
        let service = &backed.service;
        let ready = backed.pods.values().filter(|ready| **ready).count();
        let id = service.meta.id;
        for (tray, pods) in &trays {
            if pods.iter().any(|pod| backed.pods.contains_key(pod)) {
                let join = if ready > 0 { Join::Selects } else { Join::Broken };
                board.wires.push(wire(id, tray.id, join));
            }
        }
        // what can be reached from outside
        match service.service_type.as_str() {
            "NodePort" => board.wires.push(wire(place("laptop"), id, Join::Talks)),
            "LoadBalancer" => board.wires.push(wire(place("internet"), id, Join::Talks)),
            _ => {}
        }
        services.push(Card {
            id,
            shape: Shape::Selector,
            kind: "Service".to_owned(),
            name: service.meta.name.clone(),
            note: texts::service_pods(ready),
            state: (ready == 0).then_some(State::Failing),
            lines: vec![format!("{} {}", service.service_type, service.ports.join(","))],
            label: texts::service_name(service, ready),
            ..Card::default()
        });
    }
    let trays = trays.into_iter().map(|(card, _)| card).collect();
    board.lanes.push(Lane {
        centred: true,
        columns: vec![origins, doors, services, trays],
        ..Lane::default()
    });
    board
}

fn wire(from: Id, to: Id, join: Join) -> Wire {
    Wire { from, to, join }
}

/// The Pods that Services lead to, by owner.
fn trays(index: &Index, view: &Projection) -> Vec<(Card, Vec<Id>)> {
    let led = |pod: &Id| index.services.iter().any(|backed| backed.pods.contains_key(pod));
    let mut by_owner: SortedMap<Option<Id>, Vec<Id>> = SortedMap::new();
    for pod in index.shown_pods().filter(|pod| led(&pod.meta.id)) {
        by_owner.entry(pod.meta.owner).or_default().push(pod.meta.id);
    }
    let tray = |(owner, pods): (Option<Id>, Vec<Id>)| {
        let name = owner
            .and_then(|id| view.replica_sets.get(&id))
            .map(|set| set.meta.name.clone());
        let id = owner.or(pods.first().copied()).unwrap_or_default();
        let card = Card {
            id: Id::from_uid(&format!("tray/{}", id.0)),
            shape: Shape::Tray,
            kind: texts::pods(pods.len()),
            label: words::tray(pods.len(), name.as_deref().unwrap_or_default()),
            lines: name.into_iter().collect(),
            pods: pods.clone(),
            ..Card::default()
        };
        (card, pods)
    };
    by_owner.into_iter().map(tray).collect()
}

/// Replicas and CPU over the last two minutes.
fn charts(cluster: &Cluster, samples: &Samples) -> Vec<Chart> {
    let now = cluster.now().as_secs();
    let (step, first) = (SPAN / POINTS, now.saturating_sub(SPAN));
    let held = |value: &dyn Fn(Sample) -> u64| {
        let at = |place: u64| samples.at((first + step * (place + 1)).min(now)).map(value);
        (0..POINTS).map(at).collect::<Vec<_>>()
    };
    let wanted = u64::from(samples.last().wanted);
    let ready = held(&|sample| u64::from(sample.ready));
    vec![
        chart(words::CHART_READY, &ready, wanted, &|count| {
            words::of(count, wanted)
        }),
        chart(
            words::CHART_CPU,
            &held(&|sample| sample.cpu_millis),
            0,
            &texts::cores,
        ),
    ]
}

fn chart(title: &str, values: &[Option<u64>], least: u64, words: &dyn Fn(u64) -> String) -> Chart {
    let top = values
        .iter()
        .flatten()
        .copied()
        .max()
        .unwrap_or(0)
        .max(least)
        .max(1);
    let last = values.last().copied().flatten();
    Chart {
        title: title.to_owned(),
        now: last.map_or_else(|| "–".to_owned(), words),
        top: words(top),
        points: values
            .iter()
            .map(|value| value.map(|value| value as f32 / top as f32))
            .collect(),
        bad: false,
    }
}
