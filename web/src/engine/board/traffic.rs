//! The view « Trafic »: where requests begin, what they pass, the Pods they come to. Each request whose way was kept travels it; all are
//! counted.

use timonier_core::cluster::Cluster;
use timonier_core::network::{Counts, Fate, Record, Stage, Target, Trip};
use timonier_core::sorted::{SortedMap, SortedSet};

use crate::view::board::{Board, Card, Chart, Glyph, Join, Lane, Lens, Mark, Shape, Wire};
use crate::view::look::State;
use crate::view::projection::{Id, PodRecord, Projection};
use crate::view::scene::{Backed, Index, Options};
use crate::view::texts::{self, board as words};

use super::samples::{Sample, Samples};
use super::{MOST_MARKS, place};

/// How far back the curves go, in seconds, and how many points they have.
const SPAN: u64 = 120;
const POINTS: u64 = 60;
/// What a Service met lately is told of so many seconds.
const LATELY: std::time::Duration = std::time::Duration::from_secs(10);

/// The board; `told` is the number of requests that had ended when the last one was made.
#[expect(clippy::too_many_lines, reason = "one column after another")]
pub(super) fn board(
    cluster: &Cluster,
    view: &Projection,
    options: &Options,
    samples: &Samples,
    told: &mut Option<u64>,
) -> Board {
    let index = Index::new(view, options);
    let traffic = cluster.traffic();
    let mut board = Board {
        lens: Lens::Traffic,
        headings: words::TRAFFIC_COLUMNS.map(str::to_owned).to_vec(),
        ..Board::default()
    };
    let shown = |record: &&Record| match &record.target {
        Target::Service(namespace, _) | Target::Pod(namespace, _) => {
            options.show_system || !namespace.starts_with("kube-")
        }
        Target::Host(_) => true,
    };
    let records: Vec<&Record> = traffic.records().iter().filter(shown).collect();
    let since = told.replace(traffic.ended());
    let both = traffic.recent().iter().chain(traffic.failures());
    let fresh = both.filter(|trip| since.is_none_or(|since| trip.id > since));
    let mut fresh: Vec<&Trip> = fresh
        .filter(|trip| records.iter().any(|record| record.target == trip.target))
        .collect();
    timonier_core::sort::sort_by_key(&mut fresh, |trip| trip.id);
    if since.is_none() {
        // those of the past are counted, but do not travel again
        fresh.clear();
    }
    let (mut doors, mut services) = (Vec::new(), Vec::new());
    let origins = origins(traffic.recent().iter().chain(traffic.failures()));
    for thing in index.things.iter().filter(|thing| thing.kind == "Ingress") {
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
    let mut trays = trays(&index, view, &records);
    // beside the Service that leads to them, so that few lines cross
    timonier_core::sort::sort_by_key(&mut trays, |(_, pods)| {
        let leads = |backed: &Backed| pods.iter().any(|pod| backed.pods.contains_key(pod));
        index.services.iter().position(leads)
    });
    for backed in &index.services {
        let service = &backed.service;
        let record = records.iter().find(|record| {
            matches!(&record.target, Target::Service(namespace, name)
                if **namespace == *service.meta.namespace && **name == *service.meta.name)
        });
        let ready = backed.pods.values().filter(|ready| **ready).count();
        let mut card = Card {
            id: service.meta.id,
            shape: Shape::Selector,
            kind: "Service".to_owned(),
            name: service.meta.name.clone(),
            note: texts::service_pods(ready),
            lines: vec![format!("{} {}", service.service_type, service.ports.join(","))],
            label: texts::service_name(service, ready),
            ..Card::default()
        };
        tell(&mut card, cluster, record.copied());
        for (tray, pods) in &trays {
            if pods.iter().any(|pod| backed.pods.contains_key(pod)) {
                board.wires.push(wire(
                    card.id,
                    tray.id,
                    if ready > 0 { Join::Selects } else { Join::Broken },
                ));
            }
        }
        services.push(card);
    }
    for record in &records {
        if let Target::Host(name) = &record.target {
            let mut card = Card {
                id: target(&index, &record.target),
                shape: Shape::Place,
                kind: words::OTHER_HOST.to_owned(),
                name: name.to_string(),
                label: format!("{} {name}", words::OTHER_HOST),
                ..Card::default()
            };
            tell(&mut card, cluster, Some(record));
            services.push(card);
        }
    }
    let trays = trays.into_iter().map(|(card, _)| card).collect();
    let columns = vec![origins, doors, services, trays];
    joined(
        &mut board,
        &columns,
        &index,
        traffic.recent().iter().chain(traffic.failures()),
    );
    // Half of the places are for what went wrong, and more when the others leave them.
    let bad = fresh.iter().filter(|trip| !went_well(trip)).count();
    let most = (MOST_MARKS / 2).max(MOST_MARKS.saturating_sub(fresh.len() - bad));
    let mut bad_left = bad.min(most);
    let mut good_left = MOST_MARKS - bad_left;
    let newest = fresh.iter().rev().filter(|trip| {
        let left = if went_well(trip) {
            &mut good_left
        } else {
            &mut bad_left
        };
        let told = *left > 0;
        *left -= usize::from(told);
        told
    });
    board.marks = newest.map(|trip| mark(trip, &index)).collect();
    board.marks.reverse();
    board.skipped = u32::try_from(fresh.len() - board.marks.len()).unwrap_or(u32::MAX);
    board.charts = charts(cluster, &records, samples);
    if index.services.is_empty() && records.is_empty() {
        board.empty = Some(words::NO_TRAFFIC.map(str::to_owned).into());
    }
    board.lanes.push(Lane {
        centred: true,
        columns,
        ..Lane::default()
    });
    board
}

fn went_well(trip: &Trip) -> bool {
    matches!(trip.fate, Fate::Served(status) if status < 400)
}

fn wire(from: Id, to: Id, join: Join) -> Wire {
    Wire { from, to, join }
}

/// Where requests begin: the learner's laptop always, others when they did.
fn origins<'a>(trips: impl Iterator<Item = &'a Trip>) -> Vec<Card> {
    let mut names: SortedSet<&str> = trips.map(|trip| origin(&trip.origin)).collect();
    names.insert("laptop");
    let order = ["laptop", "internet", "node", "pod"];
    let card = |name: &str| {
        let (kind, says) = words::origin(name);
        Card {
            id: place(name),
            shape: Shape::Place,
            kind: kind.to_owned(),
            name: says.to_owned(),
            label: format!("{kind}, {says}"),
            ..Card::default()
        }
    };
    order
        .into_iter()
        .filter(|name| names.contains(name))
        .map(card)
        .collect()
}

/// The sort of an origin.
fn origin(label: &str) -> &str {
    label.split('/').next().unwrap_or(label)
}

/// What a target met, on its card.
fn tell(card: &mut Card, cluster: &Cluster, record: Option<&Record>) {
    let Some(record) = record else { return };
    let lately = record.window(cluster.now(), LATELY);
    let rate = lately.sent.div_ceil(LATELY.as_secs());
    let (total, bad) = (record.total.sent, record.total.bad());
    let mut lines = Vec::new();
    // first what must be seen even where there is no room for more
    if bad > 0 {
        let lost = record.total.lost();
        lines.push(words::lost(lost, bad - lost, total));
    }
    lines.push(words::requests(total, rate));
    if lately.bad() > 0 {
        card.state = Some(State::Failing);
    }
    card.label.push_str(&format!(", {}", lines.join(", ")));
    card.lines.splice(0..0, lines);
}

/// The Pods that Services lead to, and those that requests came to, by owner.
fn trays(index: &Index, view: &Projection, records: &[&Record]) -> Vec<(Card, Vec<Id>)> {
    let mut wanted: SortedSet<Id> = index
        .services
        .iter()
        .flat_map(|backed| backed.pods.keys().copied())
        .collect();
    let names: SortedSet<(&str, &str)> = records
        .iter()
        .flat_map(|record| &record.pods)
        .map(|share| (&*share.pod.0, &*share.pod.1))
        .collect();
    let shown: Vec<&PodRecord> = index.shown_pods().map(AsRef::as_ref).collect();
    let met = shown
        .iter()
        .filter(|pod| names.contains(&(pod.meta.namespace.as_str(), pod.meta.name.as_str())));
    wanted.extend(met.map(|pod| pod.meta.id));
    let mut by_owner: SortedMap<Option<Id>, Vec<Id>> = SortedMap::new();
    for pod in shown.iter().filter(|pod| wanted.contains(&pod.meta.id)) {
        by_owner.entry(pod.meta.owner).or_default().push(pod.meta.id);
    }
    let tray = |(owner, pods): (Option<Id>, Vec<Id>)| {
        let name = owner
            .and_then(|id| view.replica_sets.get(&id))
            .map(|set| set.meta.name.clone());
        let card = Card {
            id: Id::from_uid(&format!(
                "tray/{}",
                owner.or(pods.first().copied()).unwrap_or_default().0
            )),
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

/// The card of a target.
fn target(index: &Index, target: &Target) -> Id {
    match target {
        Target::Service(namespace, name) => index
            .services
            .iter()
            .map(|backed| &backed.service.meta)
            .find(|meta| *meta.namespace == **namespace && *meta.name == **name)
            .map_or_else(|| place(&target.to_string()), |meta| meta.id),
        Target::Pod(namespace, name) => {
            pod(index, namespace, name).unwrap_or_else(|| place(&target.to_string()))
        }
        Target::Host(_) => place(&target.to_string()),
    }
}

fn pod(index: &Index, namespace: &str, name: &str) -> Option<Id> {
    let found = index
        .shown_pods()
        .find(|pod| pod.meta.namespace == namespace && pod.meta.name == name);
    found.map(|pod| pod.meta.id)
}

/// The cards that a request passes, as far as it came.
fn path(trip: &Trip, index: &Index) -> Vec<Id> {
    let mut path = vec![place(origin(&trip.origin))];
    if trip.hops.iter().any(|hop| hop.stage == Stage::Ingress) {
        let found = index.things.iter().find(|thing| thing.kind == "Ingress");
        path.extend(found.map(|thing| thing.meta.id));
    }
    path.push(target(index, &trip.target));
    if let Some((namespace, name)) = &trip.pod {
        path.extend(pod(index, namespace, name));
    }
    path.dedup();
    path
}

/// The lines that requests went along lately.
fn joined<'a>(
    board: &mut Board,
    columns: &[Vec<Card>],
    index: &Index,
    trips: impl Iterator<Item = &'a Trip>,
) {
    let cards: SortedSet<Id> = columns.iter().flatten().map(|card| card.id).collect();
    let mut known: SortedSet<(Id, Id)> = board.wires.iter().map(|wire| (wire.from, wire.to)).collect();
    for trip in trips {
        let path = path(trip, index);
        for (from, to) in path.iter().zip(path.iter().skip(1)) {
            if cards.contains(from) && cards.contains(to) && known.insert((*from, *to)) {
                board.wires.push(wire(*from, *to, Join::Talks));
            }
        }
    }
    // what leads in stands ready, even before somebody asks
    for thing in index.things.iter().filter(|thing| thing.kind == "Ingress") {
        if known.insert((place("laptop"), thing.meta.id)) {
            board
                .wires
                .push(wire(place("laptop"), thing.meta.id, Join::Talks));
        }
    }
}

fn mark(trip: &Trip, index: &Index) -> Mark {
    let millis = trip.took.as_micros().div_ceil(1000);
    let (glyph, tag, became) = match trip.fate {
        Fate::Served(status) if status < 400 => (
            Glyph::Request,
            status.to_string(),
            words::answered(status, millis),
        ),
        Fate::Served(status) => (Glyph::Error, status.to_string(), words::answered(status, millis)),
        Fate::Failed(reason) => (Glyph::Lost, String::new(), words::failed(reason).to_owned()),
    };
    let mut detail = vec![
        (words::WHEN.to_owned(), words::moment(trip.at.as_micros())),
        (words::WHAT.to_owned(), trip.asked.clone()),
        (words::RESULT.to_owned(), became.clone()),
    ];
    for hop in &trip.hops {
        let note = if hop.note.is_empty() {
            String::new()
        } else {
            format!(" · {}", hop.note)
        };
        detail.push((words::stage(hop.stage).to_owned(), format!("{}{note}", hop.name)));
    }
    Mark {
        number: trip.id,
        at_micros: trip.at.as_micros(),
        glyph,
        path: path(trip, index),
        title: format!("{} depuis {}\u{a0}: {became}", trip.asked, trip.origin),
        tag,
        detail,
    }
}

/// Requests, errors, latency, replicas and CPU over the last two minutes.
fn charts(cluster: &Cluster, records: &[&Record], samples: &Samples) -> Vec<Chart> {
    let now = cluster.now().as_secs();
    let step = SPAN / POINTS;
    let mut counts = vec![Counts::default(); usize::try_from(POINTS).unwrap_or(0)];
    // The last point ends with the last whole second; the first ones may lie before the cluster's first.
    let before = SPAN.saturating_sub(now);
    let first = now.saturating_sub(SPAN);
    for record in records {
        let seconds = record.seconds.iter().rev();
        for bucket in seconds.take_while(|bucket| bucket.second >= first) {
            let place = (bucket.second - first + before) / step;
            if let Some(counts) = counts.get_mut(usize::try_from(place).unwrap_or(usize::MAX)) {
                counts.merge(&bucket.counts);
            }
        }
    }
    // The second that a point ends with; none before the cluster was there.
    let end = |place: usize| (step * (place as u64 + 1) + first).checked_sub(before + 1);
    let of = |value: &dyn Fn(&Counts) -> Option<u64>| {
        let at = |(place, counts)| end(place).and_then(|_| value(counts));
        counts.iter().enumerate().map(at).collect::<Vec<_>>()
    };
    let held = |value: &dyn Fn(Sample) -> u64| {
        let at = |place| end(place).and_then(|second| samples.at(second)).map(value);
        (0..counts.len()).map(at).collect::<Vec<_>>()
    };
    let ready = held(&|sample| u64::from(sample.ready));
    let wanted = u64::from(samples.last().wanted);
    let per_second = |count: u64| words::per_second(count, step);
    vec![
        chart(
            words::CHART_REQUESTS,
            of(&|c| Some(c.sent)),
            step,
            &per_second,
            false,
        ),
        chart(
            words::CHART_ERRORS,
            of(&|c| Some(c.bad())),
            step,
            &per_second,
            true,
        ),
        chart(
            words::CHART_LATENCY,
            of(&|c| c.latency.quantile_micros(950)),
            1_000,
            &words::millis,
            false,
        ),
        chart(
            words::CHART_READY,
            ready,
            wanted,
            &|count| words::of(count, wanted),
            false,
        ),
        chart(
            words::CHART_CPU,
            held(&|sample| sample.cpu_millis),
            0,
            &texts::cores,
            false,
        ),
    ]
}

fn chart(
    title: &str,
    values: Vec<Option<u64>>,
    least: u64,
    words: &dyn Fn(u64) -> String,
    bad: bool,
) -> Chart {
    let top = values
        .iter()
        .flatten()
        .copied()
        .max()
        .unwrap_or(0)
        .max(least)
        .max(1);
    let last = values.iter().rev().flatten().next().copied();
    Chart {
        title: title.to_owned(),
        now: last.map_or_else(|| "–".to_owned(), words),
        top: words(top),
        points: values
            .iter()
            .map(|value| value.map(|value| value as f32 / top as f32))
            .collect(),
        bad,
    }
}
