//! The view « Objets »: who owns whom, from left to right; what selects and what is used, at the right of the Pods.

use std::rc::Rc;

use timonier_core::sorted::{SortedMap, SortedSet};

use crate::engine::view::Relations;
use crate::view::board::{Board, Card, Join, Lane, Lens, Shape, Wire};
use crate::view::look::State;
use crate::view::projection::{Id, Meta, Projection, ReplicaSetRecord};
use crate::view::scene::{Index, Options, Workload};
use crate::view::texts::{self, board as words};

/// Labels that controllers add and that teach nothing here.
const QUIET_LABELS: [&str; 5] = [
    "pod-template-hash",
    "controller-revision-hash",
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
    "batch.kubernetes.io/controller-uid",
];
/// More unrelated things of a kind than this are counted.
const FEW: usize = 6;

/// The board.
pub(super) fn board(view: &Projection, relations: &Relations, options: &Options) -> Board {
    let index = Index::new(view, options);
    let mut maker = Maker {
        view,
        relations,
        index: &index,
        lanes: Vec::new(),
        wires: Vec::new(),
        trays: Vec::new(),
        placed: SortedMap::new(),
    };
    maker.workloads();
    maker.selectors();
    maker.used();
    maker.rest();
    let (lanes, wires) = maker.finish();
    let empty = lanes
        .is_empty()
        .then(|| words::NO_OBJECTS.map(str::to_owned).into());
    Board {
        lens: Lens::Objects,
        headings: words::OBJECT_COLUMNS.map(str::to_owned).to_vec(),
        lanes,
        wires,
        empty,
        ..Board::default()
    }
}

/// The Pods of one owner, and the lane they stand in.
struct Tray {
    card: Id,
    lane: usize,
    namespace: String,
    pods: Vec<Id>,
}

struct Maker<'a> {
    view: &'a Projection,
    relations: &'a Relations,
    index: &'a Index,
    /// Lanes and their namespaces.
    lanes: Vec<(String, Lane)>,
    wires: Vec<Wire>,
    trays: Vec<Tray>,
    /// The lane in which a card stands.
    placed: SortedMap<Id, usize>,
}

impl Maker<'_> {
    fn lane(&mut self, namespace: &str, joined: bool) -> usize {
        let lane = Lane {
            joined,
            columns: vec![Vec::new(); words::OBJECT_COLUMNS.len()],
            ..Lane::default()
        };
        self.lanes.push((namespace.to_owned(), lane));
        self.lanes.len() - 1
    }

    fn put(&mut self, lane: usize, column: usize, card: Card) {
        self.placed.insert(card.id, lane);
        if let Some(cards) = self
            .lanes
            .get_mut(lane)
            .and_then(|(_, lane)| lane.columns.get_mut(column))
        {
            cards.push(card);
        }
    }

    fn wire(&mut self, from: Id, to: Id, join: Join) {
        self.wires.push(Wire { from, to, join });
    }

    fn workloads(&mut self) {
        let mut pods: SortedMap<Option<Id>, Vec<Id>> = SortedMap::new();
        for pod in self.index.shown_pods() {
            let owner = pod
                .meta
                .owner
                .filter(|owner| self.view.replica_sets.contains_key(owner));
            pods.entry(owner).or_default().push(pod.meta.id);
        }
        for workload in &self.index.workloads {
            let Some(meta) = workload.meta() else { continue };
            let namespace = meta.namespace.clone();
            for (place, set) in workload.active.iter().rev().enumerate() {
                let lane = self.lane(&namespace, place > 0);
                if let (Some(owner), 0) = (&workload.deployment, place) {
                    self.put(lane, 0, self.owner(workload, &owner.meta));
                }
                self.put(lane, 1, self.set(workload, set));
                if let Some(owner) = &workload.deployment {
                    self.wire(owner.meta.id, set.meta.id, Join::Owns);
                }
                let of_set = pods.remove(&Some(set.meta.id)).unwrap_or_default();
                self.tray(lane, &namespace, Some(set.meta.id), of_set);
            }
            if let (Some(owner), true) = (&workload.deployment, workload.active.is_empty()) {
                let lane = self.lane(&namespace, false);
                self.put(lane, 0, self.owner(workload, &owner.meta));
            }
        }
        let mut alone: SortedMap<String, Vec<Id>> = SortedMap::new();
        for pod in pods.into_values().flatten() {
            let namespace = self.view.pods.get(&pod).map(|pod| pod.meta.namespace.clone());
            alone.entry(namespace.unwrap_or_default()).or_default().push(pod);
        }
        for (namespace, pods) in alone {
            // Each stands for itself: another label, another Service.
            for group in by_labels(self.relations, pods) {
                let lane = self.lane(&namespace, false);
                self.tray(lane, &namespace, None, group);
            }
        }
    }

    fn owner(&self, workload: &Workload, meta: &Meta) -> Card {
        let mut lines = Vec::new();
        let (mut note, mut state, mut label) = (String::new(), State::Ready, String::new());
        if let Some(owner) = &workload.deployment {
            label = texts::deployment_name(owner);
            if owner.kind == "CronJob" {
                note.clone_from(&owner.schedule);
                state = State::Done;
            } else {
                note = texts::ready_of(owner.ready, owner.replicas);
                if owner.ready < owner.replicas || workload.active.len() > 1 {
                    state = State::Starting;
                }
                if owner.stuck {
                    state = State::Failing;
                    lines.push(texts::STUCK.to_owned());
                }
                lines.push(words::strategy(owner.recreate).to_owned());
            }
            if owner.paused {
                lines.push(texts::PAUSED.to_owned());
            }
            if workload.idle > 0 {
                lines.push(words::older(workload.idle));
            }
        }
        lines.extend(self.index.scaled_by(workload));
        let (kind, name) = workload.name();
        Card {
            id: meta.id,
            kind: kind.to_owned(),
            name: name.to_owned(),
            note,
            state: Some(state),
            lines,
            label,
            ..Card::default()
        }
    }

    fn set(&self, workload: &Workload, set: &Rc<ReplicaSetRecord>) -> Card {
        let mut lines = Vec::new();
        if set.revision > 0 && workload.deployment.is_some() {
            let current = workload.active.last().is_some_and(|last| Rc::ptr_eq(last, set));
            lines.push(words::revision(set.revision, workload.active.len() > 1, current));
        }
        lines.extend(set.images.iter().cloned());
        if workload.deployment.is_none() {
            lines.extend(self.index.scaled_by(workload));
        }
        let job = set.kind == "Job";
        let state = match set.ended {
            Some(true) => State::Done,
            Some(false) => State::Failing,
            None if set.ready >= set.replicas && !job => State::Ready,
            None => State::Starting,
        };
        Card {
            id: set.meta.id,
            kind: set.kind.clone(),
            name: set.meta.name.clone(),
            note: if job {
                texts::ended_of(set.ready, set.replicas)
            } else {
                texts::ready_of(set.ready, set.replicas)
            },
            state: Some(state),
            tint: self.index.tint_of(set.meta.id),
            lines,
            bar: Some((set.ready, set.replicas.max(set.current))),
            label: texts::replica_set_name(set),
            ..Card::default()
        }
    }

    fn tray(&mut self, lane: usize, namespace: &str, owner: Option<Id>, pods: Vec<Id>) {
        let Some(first) = pods.first() else { return };
        let card = Id::from_uid(&format!("tray/{}", owner.unwrap_or(*first).0));
        let labels = self.relations.of(*first).map(|relation| &relation.labels);
        let quiet = |name: &String| QUIET_LABELS.contains(&name.as_str());
        let labels: Vec<String> = labels
            .into_iter()
            .flatten()
            .filter(|(name, _)| !quiet(name))
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let told = labels.join(", ");
        self.put(
            lane,
            2,
            Card {
                id: card,
                shape: Shape::Tray,
                kind: texts::pods(pods.len()),
                label: words::tray(pods.len(), &told),
                lines: if told.is_empty() {
                    vec![words::NO_LABELS.to_owned()]
                } else {
                    labels
                },
                pods: pods.clone(),
                ..Card::default()
            },
        );
        if let Some(owner) = owner {
            self.wire(owner, card, Join::Owns);
        }
        self.trays.push(Tray {
            card,
            lane,
            namespace: namespace.to_owned(),
            pods,
        });
    }

    /// Services, policies and budgets, each beside the Pods it selects most of.
    fn selectors(&mut self) {
        let ready: SortedMap<Id, usize> = self
            .index
            .services
            .iter()
            .map(|backed| {
                let ready = backed.pods.values().filter(|ready| **ready).count();
                (backed.service.meta.id, ready)
            })
            .collect();
        for backed in &self.index.services {
            let service = &backed.service;
            let count = ready.get(&service.meta.id).copied().unwrap_or(0);
            let mut lines = vec![format!("{} {}", service.service_type, service.ports.join(","))];
            lines.push(words::selector(&service.selector));
            let card = Card {
                id: service.meta.id,
                shape: Shape::Selector,
                kind: "Service".to_owned(),
                name: service.meta.name.clone(),
                note: texts::service_pods(count),
                state: (count == 0).then_some(State::Failing),
                lines,
                label: texts::service_name(service, count),
                ..Card::default()
            };
            self.select(&service.meta, card);
        }
        for thing in &self.index.things {
            if !matches!(thing.kind.as_str(), "NetworkPolicy" | "PodDisruptionBudget") {
                continue;
            }
            let pairs = self
                .relations
                .of(thing.meta.id)
                .and_then(|relation| relation.selector.as_ref());
            let pairs = pairs.and_then(|selector| selector.match_labels.as_ref());
            let pairs: Vec<String> = pairs
                .into_iter()
                .flatten()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            let mut lines = vec![words::selector_or_all(&pairs)];
            lines.extend((!thing.note.is_empty()).then(|| thing.note.clone()));
            let card = Card {
                id: thing.meta.id,
                shape: Shape::Selector,
                kind: thing.kind.clone(),
                name: thing.meta.name.clone(),
                lines,
                label: texts::thing_name(thing),
                ..Card::default()
            };
            self.select(&thing.meta, card);
        }
    }

    fn select(&mut self, meta: &Meta, mut card: Card) {
        let mut best: Option<(usize, usize)> = None;
        let (mut found, mut total) = (Vec::new(), 0);
        for tray in self.trays.iter().filter(|tray| tray.namespace == meta.namespace) {
            let selected = |pod: &&Id| self.relations.selects(meta.id, **pod);
            let count = tray.pods.iter().filter(selected).count();
            if count > 0 {
                found.push(tray.card);
                total += count;
                if best.is_none_or(|(most, _)| count > most) {
                    best = Some((count, tray.lane));
                }
            }
        }
        if card.note.is_empty() {
            card.note = texts::pods(total);
        }
        card.label.push_str(&words::selects(total));
        let lane = best.map_or_else(|| self.lane(&meta.namespace, false), |(_, lane)| lane);
        for tray in found {
            self.wire(card.id, tray, Join::Selects);
        }
        self.put(lane, 3, card);
    }

    /// ConfigMaps, Secrets and claims, beside the first Pods that use them; what is used and is not there, too.
    fn used(&mut self) {
        let mut by_name: SortedMap<(String, String, String), Id> = SortedMap::new();
        for thing in self.view.things.values() {
            let meta = &thing.meta;
            by_name.insert(
                (thing.kind.clone(), meta.namespace.clone(), meta.name.clone()),
                meta.id,
            );
        }
        let mut wanted = Vec::new();
        for tray in &self.trays {
            let ends = tray.pods.first().into_iter().chain(tray.pods.last());
            let uses: SortedSet<_> = ends
                .filter_map(|pod| self.relations.of(*pod))
                .flat_map(|relation| relation.uses.iter().cloned())
                .collect();
            wanted.push((tray.card, tray.lane, tray.namespace.clone(), uses));
        }
        for (tray, lane, namespace, uses) in wanted {
            for (kind, name) in uses {
                let key = (kind, namespace.clone(), name);
                let known = by_name.get(&key).copied();
                let (kind, namespace, name) = key;
                if known.is_none() && kind == "ServiceAccount" {
                    continue;
                }
                let id = known.unwrap_or_else(|| Id::from_uid(&format!("missing/{namespace}/{kind}/{name}")));
                if !self.placed.contains_key(&id) {
                    let card = match known.and_then(|id| self.view.things.get(&id)) {
                        Some(thing) => {
                            Self::thing(&thing.meta, &thing.kind, &thing.note, texts::thing_name(thing))
                        }
                        None => missing(id, kind, name),
                    };
                    self.put(lane, 3, card);
                }
                self.wire(tray, id, Join::Uses);
            }
        }
        self.behind(&by_name);
    }

    /// What stands behind: the volume of a claim, the Ingress before a Service.
    fn behind(&mut self, by_name: &SortedMap<(String, String, String), Id>) {
        let behind: Vec<_> = self.index.things.clone();
        for thing in behind {
            let uses = self
                .relations
                .of(thing.meta.id)
                .map(|relation| relation.uses.clone());
            for (kind, name) in uses.unwrap_or_default() {
                let service = || {
                    self.view
                        .services
                        .values()
                        .find(|s| s.meta.namespace == thing.meta.namespace && s.meta.name == name)
                };
                let other = match kind.as_str() {
                    "Service" => service().map(|service| service.meta.id),
                    _ => by_name.get(&(kind.clone(), String::new(), name.clone())).copied(),
                };
                let ends = other.map(|other| {
                    if kind == "Service" {
                        (other, thing.meta.id)
                    } else {
                        (thing.meta.id, other)
                    }
                });
                let Some((anchor, far)) = ends else { continue };
                let Some(lane) = self.placed.get(&anchor).copied() else {
                    continue;
                };
                if !self.placed.contains_key(&far)
                    && let Some(record) = self.view.things.get(&far)
                {
                    let card = Self::thing(
                        &record.meta,
                        &record.kind,
                        &record.note,
                        texts::thing_name(record),
                    );
                    self.put(lane, 4, card);
                }
                let join = if kind == "Service" {
                    Join::Selects
                } else {
                    Join::Uses
                };
                self.wire(thing.meta.id, if kind == "Service" { anchor } else { far }, join);
            }
        }
    }

    fn thing(meta: &Meta, kind: &str, note: &str, label: String) -> Card {
        Card {
            id: meta.id,
            shape: if kind == "Ingress" {
                Shape::Selector
            } else {
                Shape::Store
            },
            kind: kind.to_owned(),
            name: meta.name.clone(),
            note: note.to_owned(),
            label,
            ..Card::default()
        }
    }

    /// What nothing here has to do with, by kind.
    fn rest(&mut self) {
        let things: Vec<_> = self
            .index
            .things
            .iter()
            .filter(|thing| !self.placed.contains_key(&thing.meta.id) && thing.scales.is_none())
            .cloned()
            .collect();
        let mut lanes: SortedMap<String, usize> = SortedMap::new();
        for group in things.chunk_by(|a, b| a.kind == b.kind && a.meta.namespace == b.meta.namespace) {
            let Some(first) = group.first() else { continue };
            let namespace = first.meta.namespace.clone();
            let lane = match lanes.get(&namespace) {
                Some(lane) => *lane,
                None => self.lane(&namespace, false),
            };
            lanes.insert(namespace, lane);
            for thing in group.iter().take(if group.len() > FEW { 1 } else { FEW }) {
                let mut card = Self::thing(&thing.meta, &thing.kind, &thing.note, texts::thing_name(thing));
                if group.len() > FEW {
                    card.note = texts::things(group.len());
                    card.label = texts::things_name(&thing.kind, group.len());
                }
                let column = self.lanes.get(lane).map_or(0, |(_, lane)| shortest(lane));
                self.put(lane, column, card);
            }
        }
    }

    /// The lanes by namespace, each namespace titled when there are several.
    fn finish(mut self) -> (Vec<Lane>, Vec<Wire>) {
        timonier_core::sort::sort_by_key(&mut self.lanes, |(namespace, _)| {
            (namespace != "default", namespace.clone())
        });
        let several = self.lanes.first().map(|(first, _)| first) != self.lanes.last().map(|(last, _)| last);
        let mut before = None;
        let mut lanes = Vec::new();
        for (namespace, mut lane) in self.lanes {
            if several && before.as_ref() != Some(&namespace) {
                lane.title = words::namespace(&namespace);
            }
            before = Some(namespace);
            lanes.push(lane);
        }
        (lanes, self.wires)
    }
}

/// The column with the fewest cards.
fn shortest(lane: &Lane) -> usize {
    let lengths = lane
        .columns
        .iter()
        .enumerate()
        .map(|(place, cards)| (cards.len(), place));
    lengths.min().map_or(0, |(_, place)| place)
}

fn by_labels(relations: &Relations, pods: Vec<Id>) -> Vec<Vec<Id>> {
    let mut groups: SortedMap<Vec<(String, String)>, Vec<Id>> = SortedMap::new();
    for pod in pods {
        let labels = relations.of(pod).map(|relation| relation.labels.clone());
        groups
            .entry(labels.into_iter().flatten().collect())
            .or_default()
            .push(pod);
    }
    groups.into_values().collect()
}

fn missing(id: Id, kind: String, name: String) -> Card {
    Card {
        id,
        shape: Shape::Store,
        note: words::MISSING.to_owned(),
        state: Some(State::Failing),
        label: words::missing(&kind, &name),
        kind,
        name,
        ..Card::default()
    }
}
