//! Creates Pods where they are missing and deletes those too many (`manage`, `podsShouldBeOnNode`, `syncNodes`).

use super::placement::{add_tolerations, pin};
use super::{NodePods, Sync};
use crate::api::meta::MetaExt;
use crate::api::types::core::PodTemplateSpec;
use crate::api::{Node, Pod, StatusError};
use crate::client::EventType;
use crate::controllers::history::HASH_LABEL;
use crate::controllers::pod_control::{is_available, is_ready, pod_from_template};
use crate::sorted::SortedSet;

/// At most so many Pods are created or deleted at once (`BurstReplicas`).
const BURST_REPLICAS: usize = 250;
/// How often the template changed, as its Pods are labelled.
const GENERATION_LABEL: &str = "pod-template-generation";
const GENERATION: &str = "deprecated.daemonset.template.generation";

/// What is to be done.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// The nodes to create a Pod on.
    pub(super) create: Vec<String>,
    /// The Pods to delete.
    pub(super) delete: Vec<String>,
}

impl Sync<'_, '_, '_> {
    /// (`manage`)
    pub(super) fn manage(&mut self, pods: &NodePods) -> Result<(), StatusError> {
        let mut plan = Plan::default();
        for node in self.nodes.clone() {
            self.plan_node(&mut plan, node, pods.get(node.name()).map(Vec::as_slice));
        }
        plan.delete.extend(self.unscheduled_without_node(pods));
        self.sync_nodes(plan)
    }

    /// Pods that wait for a node that is gone.
    fn unscheduled_without_node(&self, pods: &NodePods) -> Vec<String> {
        let there: SortedSet<&str> = self.nodes.iter().map(|node| node.name()).collect();
        let gone = pods.iter().filter(|(name, _)| !there.contains(name.as_str()));
        gone.flat_map(|(_, pods)| pods)
            .filter(|pod| pod.spec.node_name.as_deref().unwrap_or_default().is_empty())
            .map(|pod| pod.name().to_owned())
            .collect()
    }

    fn plan_node(&mut self, plan: &mut Plan, node: &Node, pods: Option<&[Pod]>) {
        let wanted = self.verdict(node);
        let Some(pods) = pods else {
            if wanted.run {
                plan.create.push(node.name().to_owned());
            }
            return;
        };
        let staying = pods.iter().filter(|pod| !pod.metadata.is_deleting());
        if !wanted.keep {
            plan.delete.extend(staying.map(|pod| pod.name().to_owned()));
            return;
        }
        let mut running: Vec<&Pod> = Vec::new();
        for pod in staying {
            match pod.status.phase.as_deref() {
                Some("Failed") => self.replace_failed(plan, node.name(), pod),
                Some("Succeeded") => {
                    let message = format!(
                        "Found succeeded daemon pod {}/{} on node {}, will try to delete it",
                        pod.namespace(),
                        pod.name(),
                        node.name()
                    );
                    self.event(EventType::Normal, "SucceededDaemonPod", message);
                    plan.delete.push(pod.name().to_owned());
                }
                _ => running.push(pod),
            }
        }
        if running.len() > 1 {
            self.prune(plan, &running);
        }
    }

    fn replace_failed(&mut self, plan: &mut Plan, node: &str, pod: &Pod) {
        let (now, set) = (self.now(), &self.set);
        let generation = set.metadata.generation.unwrap_or(0);
        let key = format!("{}/{generation}/{}/{node}", set.uid(), set.name());
        if let Some(wait) = self.controller.failed.wait(key, now) {
            self.controller.queue.add_at(now + wait, self.owner.key(), None);
            return;
        }
        let message = format!(
            "Found failed daemon pod {}/{} on node {node}, will try to kill it",
            pod.namespace(),
            pod.name()
        );
        self.event(EventType::Warning, "FailedDaemonPod", message);
        plan.delete.push(pod.name().to_owned());
    }

    /// More than one Pod runs on a node: the oldest stays; during a surge, the oldest of each version.
    fn prune(&self, plan: &mut Plan, running: &[&Pod]) {
        let now = self.now();
        if self.max_surge(1) == 0 {
            plan.delete
                .extend(running.iter().skip(1).map(|pod| pod.name().to_owned()));
            return;
        }
        let (mut new, mut old) = (None, None);
        for pod in running {
            let slot = if self.is_updated(pod) { &mut new } else { &mut old };
            if slot.is_none() {
                *slot = Some(*pod);
            } else {
                plan.delete.push(pod.name().to_owned());
            }
        }
        if let (Some(new), Some(old)) = (new, old)
            && (!is_ready(old) || is_available(new, self.min_ready_secs(), now))
        {
            plan.delete.push(old.name().to_owned());
        }
    }

    /// (`syncNodes`)
    pub(super) fn sync_nodes(&mut self, plan: Plan) -> Result<(), StatusError> {
        let pods: Vec<Pod> = plan
            .create
            .iter()
            .take(BURST_REPLICAS)
            .map(|node| {
                let mut pod = pod_from_template(&self.template, &self.owner);
                pin(pod.spec_mut(), node);
                pod
            })
            .collect();
        let control = &mut self.controller.control;
        let created = control.create_all(self.context, &self.owner, pods);
        for pod in plan.delete.iter().take(BURST_REPLICAS) {
            control.delete(self.context, &self.owner, pod)?;
        }
        created
    }

    /// The template as the set's Pods are made of it (`CreatePodTemplate`).
    pub(super) fn make_template(&self) -> PodTemplateSpec {
        let mut template = self.set.spec.template.clone();
        add_tolerations(template.spec.get_or_insert_default());
        let labels = template
            .metadata
            .get_or_insert_default()
            .labels
            .get_or_insert_default();
        labels.insert(GENERATION_LABEL.to_owned(), self.generation().to_owned());
        labels.insert(HASH_LABEL.to_owned(), self.hash.clone());
        template
    }

    fn generation(&self) -> &str {
        self.set.metadata.annotation(GENERATION).unwrap_or_default()
    }

    /// Whether a Pod is of the present template (`IsPodUpdated`).
    pub(super) fn is_updated(&self, pod: &Pod) -> bool {
        let label = |name: &str| pod.metadata.labels_or_empty().get(name).map(String::as_str);
        label(HASH_LABEL) == Some(self.hash.as_str()) || label(GENERATION_LABEL) == Some(self.generation())
    }
}
