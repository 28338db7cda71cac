//! The view for who does not see it: the same things in reading order, each with a name that says it all.
//!
//! A tree after the WAI-ARIA pattern: workloads with their ReplicaSets, the waiting area and the nodes with their pods,
//! the Services. The component in `widgets` puts it into the DOM, each entry where the scene draws its thing.

use timonier_core::sorted::SortedSet;

use super::board::{Board, Lens};
use super::geometry::Rect;
use super::look::{self, State};
use super::projection::{Id, NodeRecord, PodRecord, Projection, ThingRecord};
use super::scene::{Gauge, Index, Key, Options, Scene};
use super::texts;

/// With more pods than this, places are closed until somebody opens them.
const OPEN_LIMIT: usize = 150;

/// More things of a kind than this stand under one entry.
const FEW_THINGS: usize = 5;

/// One entry of the tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What it stands for.
    pub key: Key,
    /// The object that Enter opens.
    pub target: Option<Id>,
    /// What is read out.
    pub label: String,
    /// 1 or 2.
    pub level: u8,
    /// Whether its children are shown; `None` when it has none.
    pub expanded: Option<bool>,
    /// Where its thing is drawn.
    pub rect: Rect,
}

/// What a key does in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Walk {
    /// To this entry.
    To(usize),
    /// Opens or closes this one.
    Toggle(usize),
}

/// The entries that can be walked, in reading order. `toggled` are the places that the learner opened or closed.
#[must_use]
pub fn entries(
    view: &Projection,
    board: Option<&Board>,
    options: &Options,
    scene: &Scene,
    toggled: &SortedSet<Key>,
) -> Vec<Entry> {
    let mut list = List {
        scene,
        next: 0,
        toggled,
        open: false,
        entries: Vec::new(),
    };
    if options.lens != Lens::Nodes {
        if let Some(board) = board.filter(|board| board.lens == options.lens) {
            let pods = board.lanes.iter().flat_map(|lane| lane.columns.iter().flatten());
            list.open = pods.map(|card| card.pods.len()).sum::<usize>() <= OPEN_LIMIT;
            list.board(board, view);
        }
        return list.entries;
    }
    let index = &scene.index;
    list.open = index.shown_pods().count() <= OPEN_LIMIT;
    list.workloads(index);
    let waiting = texts::waiting_name(index.waiting.len());
    if list.add(Key::Waiting, None, waiting, 1, !index.waiting.is_empty()) {
        list.pods(&index.waiting, view);
    }
    for node in index.control_plane.iter().chain(&index.workers) {
        let none = Vec::new();
        let pods = index.on_node.get(&node.meta.name).unwrap_or(&none);
        let folded = index.folded.get(&node.meta.name).map_or(0, Vec::len);
        let mut label = node_name(node, pods, folded);
        for gauge in Gauge::of(index, node) {
            label.push_str(&format!(", {} {}", gauge.name, gauge.words[0]));
        }
        if let Some(ribbon) = index.ribbons.get(&node.meta.name) {
            label.push_str(&texts::verdict(ribbon.fits, &ribbon.words));
        }
        if list.add(
            Key::Node(node.meta.id),
            Some(node.meta.id),
            label,
            1,
            !pods.is_empty(),
        ) {
            list.pods(pods, view);
        }
    }
    for backed in &index.services {
        let ready = backed.pods.values().filter(|ready| **ready).count();
        let label = texts::service_name(&backed.service, ready);
        list.add(
            Key::Service(backed.service.meta.id),
            Some(backed.service.meta.id),
            label,
            1,
            false,
        );
    }
    for of_kind in index.things.chunk_by(|a, b| a.kind == b.kind) {
        list.things(of_kind);
    }
    list.entries
}

struct List<'a> {
    scene: &'a Scene,
    /// Where in the scene the last entry was found: the next is seldom far from it.
    next: usize,
    toggled: &'a SortedSet<Key>,
    open: bool,
    entries: Vec<Entry>,
}

impl List<'_> {
    /// Adds an entry; gives whether its children are to be added.
    fn add(&mut self, key: Key, target: Option<Id>, label: String, level: u8, parent: bool) -> bool {
        let expanded = parent.then(|| self.open != self.toggled.contains(&key));
        let rect = self.place(key);
        self.entries.push(Entry {
            key,
            target,
            label,
            level,
            expanded,
            rect,
        });
        expanded == Some(true)
    }

    /// Where a thing is drawn.
    fn place(&mut self, key: Key) -> Rect {
        let (before, after) = self.scene.items.split_at(self.next);
        let found = after.iter().chain(before).position(|item| item.key == key);
        let Some(steps) = found else {
            return Rect::default();
        };
        self.next = (self.next + steps) % self.scene.items.len();
        self.scene
            .items
            .get(self.next)
            .map_or_else(Rect::default, |item| item.rect)
    }

    /// What runs Pods, with its ReplicaSets.
    fn workloads(&mut self, index: &Index) {
        for workload in &index.workloads {
            if let Some(deployment) = &workload.deployment {
                let label = texts::deployment_name(deployment);
                let key = Key::Workload(deployment.meta.id);
                if self.add(
                    key,
                    Some(deployment.meta.id),
                    label,
                    1,
                    !workload.active.is_empty(),
                ) {
                    for set in workload.active.iter().rev() {
                        self.add(
                            Key::Pane(set.meta.id),
                            Some(set.meta.id),
                            texts::replica_set_name(set),
                            2,
                            false,
                        );
                    }
                }
            } else if let Some(set) = workload.active.first() {
                self.add(
                    Key::Workload(set.meta.id),
                    Some(set.meta.id),
                    texts::replica_set_name(set),
                    1,
                    false,
                );
            }
        }
    }

    /// The cards of a board, lane by lane, with the Pods in them.
    fn board(&mut self, board: &Board, view: &Projection) {
        for card in board.lanes.iter().flat_map(|lane| lane.columns.iter().flatten()) {
            let opened = self.add(
                Key::Card(card.id),
                Some(card.id),
                card.label.clone(),
                1,
                !card.pods.is_empty(),
            );
            for pod in card.pods.iter().filter(|_| opened) {
                if let Some(pod) = view.pods.get(pod) {
                    self.pods(std::slice::from_ref(pod), view);
                }
            }
        }
    }

    /// Things of one kind: one by one, or, when they are many, under an entry that is closed at first.
    fn things(&mut self, things: &[std::rc::Rc<ThingRecord>]) {
        let Some(first) = things.first() else { return };
        let many = things.len() > FEW_THINGS;
        if many {
            let (key, label) = (
                Key::Things(first.meta.id),
                texts::things_name(&first.kind, things.len()),
            );
            self.add(key, None, label, 1, true);
            let opened = self.toggled.contains(&key);
            if let Some(entry) = self.entries.last_mut() {
                entry.expanded = Some(opened);
            }
            if !opened {
                return;
            }
        }
        for thing in things {
            let id = thing.meta.id;
            self.add(
                Key::Thing(id),
                Some(id),
                texts::thing_name(thing),
                1 + u8::from(many),
                false,
            );
        }
    }

    fn pods(&mut self, pods: &[std::rc::Rc<PodRecord>], view: &Projection) {
        for pod in pods {
            self.add(
                Key::Pod(pod.meta.id),
                Some(pod.meta.id),
                pod_name(pod, view.now_micros),
                2,
                false,
            );
        }
    }
}

/// « Pod web-abc, prêt, sur worker-1 »
#[must_use]
pub fn pod_name(pod: &PodRecord, now_micros: u64) -> String {
    let state = State::of(pod);
    let failing = matches!(state, State::Failing).then(|| look::label(pod, now_micros));
    texts::pod_name(pod, state, failing.as_deref())
}

fn node_name(node: &NodeRecord, pods: &[std::rc::Rc<PodRecord>], folded: usize) -> String {
    let sums: Vec<String> = State::count(pods)
        .into_iter()
        .map(|(state, count)| texts::state_count(state, count))
        .collect();
    texts::node_name(node, pods.len(), &sums, folded)
}

/// What a key does when the entry at `at` has the focus; `None` for keys that mean nothing here.
#[must_use]
pub fn walk(entries: &[Entry], at: usize, key: &str) -> Option<Walk> {
    let here = entries.get(at)?;
    let last = entries.len() - 1;
    match key {
        "ArrowDown" => Some(Walk::To((at + 1).min(last))),
        "ArrowUp" => Some(Walk::To(at.saturating_sub(1))),
        "Home" => Some(Walk::To(0)),
        "End" => Some(Walk::To(last)),
        "ArrowRight" => match here.expanded {
            Some(false) => Some(Walk::Toggle(at)),
            Some(true) => Some(Walk::To((at + 1).min(last))),
            None => None,
        },
        "ArrowLeft" => match here.expanded {
            Some(true) => Some(Walk::Toggle(at)),
            _ if here.level > 1 => {
                let parent = entries
                    .iter()
                    .take(at)
                    .rposition(|entry| entry.level < here.level)?;
                Some(Walk::To(parent))
            }
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::geometry::Size;
    use crate::view::projection::Delta;
    use crate::view::samples::Sample;

    fn tree(sample: Sample, toggled: &SortedSet<Key>) -> Vec<Entry> {
        let mut view = Projection::default();
        let now_micros = 40_000_000;
        view.apply(Delta {
            now_micros,
            changed: sample.at(now_micros),
            ..Delta::default()
        });
        let options = Options::default();
        let scene = Scene::new(&view, None, &options, Size { w: 900.0, h: 460.0 });
        entries(&view, None, &options, &scene, toggled)
    }

    #[test]
    fn names_say_it_all() {
        let labels: Vec<String> = tree(Sample::Three, &SortedSet::new())
            .into_iter()
            .map(|e| e.label)
            .collect();
        let says = |words: &str| {
            assert!(
                labels.iter().any(|label| label == words),
                "{words} not in {labels:#?}"
            );
        };
        says("Deployment web, 3 prêts sur 3");
        says("ReplicaSet web-7d4b9c8f5d, révision 1, image nginx:1.27, 3 prêts sur 3");
        says("Service web, ClusterIP 10.96.142.17, 80/TCP, 3 Pods prêts");
        let begins = |words: &str| labels.iter().any(|label| label.starts_with(words));
        assert!(
            begins("Nœud worker-1, 1 Pod, 1 prêt, 2 Pods système, CPU demandé "),
            "{labels:#?}"
        );
        assert!(begins(
            "Nœud control-plane, plan de contrôle, aucun Pod, 5 Pods système, CPU demandé "
        ));
        assert!(
            labels
                .iter()
                .any(|l| l.starts_with("Pod web-7d4b9c8f5d-") && l.ends_with(", prêt, sur worker-1"))
        );
    }

    #[test]
    fn failures_are_named_in_kubernetes_words() {
        let labels: Vec<String> = tree(Sample::Failures, &SortedSet::new())
            .into_iter()
            .map(|e| e.label)
            .collect();
        let says = |words: &str| {
            assert!(
                labels.iter().any(|label| label == words),
                "{words} not in {labels:#?}"
            );
        };
        says("Pod boucle, en échec\u{a0}: CrashLoopBackOff, sur worker-1, 7 redémarrages");
        says("Pod trop-gros, aucun nœud possible");
    }

    #[test]
    fn arrows_walk_the_tree() {
        let mut toggled = SortedSet::new();
        let all = tree(Sample::Three, &toggled);
        let parent = all.iter().position(|e| e.expanded.is_some()).unwrap();
        assert_eq!(walk(&all, parent, "ArrowRight"), Some(Walk::To(parent + 1)));
        assert_eq!(walk(&all, parent + 1, "ArrowLeft"), Some(Walk::To(parent)));
        assert_eq!(walk(&all, parent, "ArrowLeft"), Some(Walk::Toggle(parent)));
        toggled.insert(all[parent].key);
        let closed = tree(Sample::Three, &toggled);
        assert_eq!(closed[parent].expanded, Some(false));
        assert_eq!(walk(&closed, parent, "ArrowRight"), Some(Walk::Toggle(parent)));
        assert_eq!(walk(&all, 0, "ArrowUp"), Some(Walk::To(0)));
        assert_eq!(walk(&all, 0, "End"), Some(Walk::To(all.len() - 1)));
        assert_eq!(walk(&all, 0, "x"), None);
    }

    #[test]
    fn a_thousand_pods_do_not_flood_the_page() {
        assert!(tree(Sample::Thousand, &SortedSet::new()).len() < 40);
    }
}
