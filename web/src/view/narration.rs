//! What has just happened, in a few French sentences: for the live region and the line under the view.
//!
//! Derived from two copies of the projection, not from the stream between them, so that a burst reads as its sum.

use std::rc::Rc;

use super::look::{self, State};
use super::projection::{Change, PodRecord, Projection};
use super::scene::is_system;
use super::texts;

/// Pods named one by one; more are counted.
const NAMED: usize = 2;
/// Sentences at once.
const MOST: usize = 4;

/// What happened between two copies, most important first; empty when nothing worth saying did.
#[must_use]
pub fn narrate(before: &Projection, after: &Projection) -> Vec<String> {
    let changes = after.changes_since(before);
    let mut sentences = Vec::new();
    for change in &changes.nodes {
        node(change, &mut sentences);
    }
    let pods: Vec<_> = changes
        .pods
        .iter()
        .filter(|change| {
            change
                .after
                .as_ref()
                .or(change.before.as_ref())
                .is_some_and(|pod| !is_system(&pod.meta))
        })
        .collect();
    for what in Happening::ALL {
        let found: Vec<&Rc<PodRecord>> = pods
            .iter()
            .filter(|change| happening(change) == Some(what))
            .filter_map(|change| change.after.as_ref().or(change.before.as_ref()))
            .collect();
        if (1..=NAMED).contains(&found.len()) {
            sentences.extend(found.iter().map(|pod| {
                let reason = look::label(pod, after.now_micros);
                texts::pod_happened(what, &pod.meta.name, &pod.node, &reason)
            }));
        } else if found.len() > NAMED {
            sentences.push(texts::pods_happened(what, found.len()));
        }
    }
    for change in &changes.deployments {
        if let Change {
            before,
            after: Some(now),
        } = change
        {
            // A CronJob makes Jobs: what becomes of them is told of their Pods.
            if now.kind != "Deployment" {
                continue;
            }
            let complete = now.ready >= now.replicas && now.updated >= now.replicas;
            let was = before.as_ref().is_some_and(|d| {
                d.ready >= d.replicas
                    && d.updated >= d.replicas
                    && d.revision == now.revision
                    && d.replicas == now.replicas
            });
            if complete && !was && !is_system(&now.meta) && now.replicas > 0 {
                sentences.push(texts::deployment_complete(&now.meta.name, now.replicas));
            }
            if now.stuck && !before.as_ref().is_some_and(|d| d.stuck) {
                sentences.push(texts::deployment_stuck(&now.meta.name));
            }
        }
    }
    for change in &changes.services {
        match (&change.before, &change.after) {
            (None, Some(service)) if !is_system(&service.meta) => {
                sentences.push(texts::service_created(&service.meta.name));
            }
            (Some(service), None) => sentences.push(texts::service_deleted(&service.meta.name)),
            _ => {}
        }
    }
    sentences.truncate(MOST);
    sentences
}

/// What can happen to a pod, most important first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// It began to fail.
    Failed,
    /// No node can take it.
    Unschedulable,
    /// It became ready.
    Ready,
    /// It ended well.
    Completed,
    /// It was created.
    Created,
    /// It is being deleted.
    Leaving,
    /// It is gone.
    Gone,
}

impl Happening {
    const ALL: [Self; 7] = [
        Self::Failed,
        Self::Unschedulable,
        Self::Ready,
        Self::Completed,
        Self::Created,
        Self::Leaving,
        Self::Gone,
    ];
}

fn happening(change: &Change<PodRecord>) -> Option<Happening> {
    let was = change.before.as_ref().map(|pod| State::of(pod));
    let Some(after) = &change.after else {
        return Some(Happening::Gone);
    };
    let is = State::of(after);
    if was == Some(is) {
        return None;
    }
    match is {
        State::Failing => Some(Happening::Failed),
        State::Unschedulable => Some(Happening::Unschedulable),
        State::Ready => Some(Happening::Ready),
        State::Done => Some(Happening::Completed),
        State::Leaving => Some(Happening::Leaving),
        _ if was.is_none() => Some(Happening::Created),
        _ => None,
    }
}

fn node(change: &Change<super::projection::NodeRecord>, sentences: &mut Vec<String>) {
    let (Some(before), Some(after)) = (&change.before, &change.after) else {
        return;
    };
    let name = &after.meta.name;
    if before.ready != after.ready {
        sentences.push(texts::node_readiness(name, after.ready));
    }
    if before.unschedulable != after.unschedulable {
        sentences.push(texts::node_cordon(name, after.unschedulable));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::projection::{Delta, Record};
    use crate::view::samples::Sample;

    fn at(sample: Sample, tenths: u64) -> Projection {
        let mut view = Projection::default();
        let now_micros = tenths * 100_000;
        view.apply(Delta {
            now_micros,
            changed: sample.at(now_micros),
            ..Delta::default()
        });
        view
    }

    #[test]
    fn a_burst_reads_as_its_sum() {
        assert_eq!(
            narrate(&at(Sample::Three, 10), &at(Sample::Three, 10)),
            Vec::<String>::new()
        );
        assert_eq!(
            narrate(&at(Sample::Three, 0), &at(Sample::Three, 9)),
            ["3 Pods créés."]
        );
        assert_eq!(
            narrate(&at(Sample::Three, 9), &at(Sample::Three, 60)),
            [
                "3 Pods prêts.",
                "Deployment web\u{a0}: les 3 Pods voulus sont prêts."
            ]
        );
    }

    #[test]
    fn one_pod_is_named() {
        let before = at(Sample::Three, 39);
        let after = at(Sample::Three, 40);
        let said = narrate(&before, &after);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(
            said[0].starts_with("Pod web-7d4b9c8f5d-") && said[0].contains(" prêt sur worker-"),
            "{said:?}"
        );
    }

    #[test]
    fn nodes_are_heard_of() {
        let before = at(Sample::Three, 60);
        let mut after = before.clone();
        let mut changed = Vec::new();
        for record in Sample::Three.at(6_000_000) {
            if let Record::Node(mut node) = record
                && node.meta.name == "worker-2"
            {
                node.ready = false;
                node.unschedulable = true;
                changed.push(Record::Node(node));
            }
        }
        after.apply(Delta {
            changed,
            ..Delta::default()
        });
        assert_eq!(
            narrate(&before, &after),
            [
                "Le nœud worker-2 ne répond plus.",
                "Le nœud worker-2 est cordonné."
            ]
        );
    }
}
