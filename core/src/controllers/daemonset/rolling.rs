//! Replaces Pods of an earlier template, a few at a time (`pkg/controller/daemon/update.go`).

use super::manage::Plan;
use super::{NodePods, Sync};
use crate::api::meta::MetaExt;
use crate::api::types::IntOrString;
use crate::api::{Pod, StatusError};
use crate::controllers::pod_control::is_available;

/// The Pods of a node, by version; none if it has several of one.
struct OnNode<'p> {
    new: Option<&'p Pod>,
    old: Option<&'p Pod>,
}

/// A number of Pods, or a share of them rounded up.
fn scaled(value: Option<&IntOrString>, total: usize) -> usize {
    match value {
        Some(IntOrString::Int(number)) => usize::try_from(*number).unwrap_or(0),
        Some(IntOrString::String(text)) => {
            let percent = text
                .strip_suffix('%')
                .and_then(|digits| digits.parse::<usize>().ok());
            percent.unwrap_or(0).saturating_mul(total).div_ceil(100)
        }
        None => 0,
    }
}

impl Sync<'_, '_, '_> {
    /// How many more Pods than nodes there may be.
    pub(super) fn max_surge(&self, desired: usize) -> usize {
        let strategy = self.set.spec.update_strategy.as_ref();
        let rolling = strategy.and_then(|strategy| strategy.rolling_update.as_ref());
        scaled(rolling.and_then(|rolling| rolling.max_surge.as_ref()), desired)
    }

    fn max_unavailable(&self, desired: usize) -> usize {
        let strategy = self.set.spec.update_strategy.as_ref();
        let rolling = strategy.and_then(|strategy| strategy.rolling_update.as_ref());
        scaled(
            rolling.and_then(|rolling| rolling.max_unavailable.as_ref()),
            desired,
        )
    }

    /// (`rollingUpdate`)
    pub(super) fn rolling_update(&mut self, pods: &NodePods) -> Result<(), StatusError> {
        let wanting = self.nodes.iter().filter(|node| self.verdict(node).run);
        let wanting: Vec<&str> = wanting.map(|node| node.name()).collect();
        let desired = wanting.len();
        let empty = wanting
            .into_iter()
            .filter(|node| !pods.contains_key(*node))
            .count();
        let (surge, mut unavailable) = (self.max_surge(desired), self.max_unavailable(desired));
        // What cannot be obeyed is the default.
        if desired > 0 && surge == 0 && unavailable == 0 {
            unavailable = 1;
        }
        let plan = if surge == 0 {
            self.plan_replacements(pods, empty, unavailable)
        } else {
            self.plan_surge(pods, surge)
        };
        self.sync_nodes(plan)
    }

    /// (`findUpdatedPodsOnNode`)
    fn on_node<'p>(&self, pods: &'p [Pod]) -> Option<OnNode<'p>> {
        let mut found = OnNode { new: None, old: None };
        for pod in pods.iter().filter(|pod| !pod.metadata.is_deleting()) {
            let slot = if self.is_updated(pod) {
                &mut found.new
            } else {
                &mut found.old
            };
            if slot.replace(pod).is_some() {
                return None;
            }
        }
        Some(found)
    }

    fn available(&self, pod: &Pod) -> bool {
        is_available(pod, self.min_ready_secs(), self.now())
    }

    /// Deletes just enough old Pods to stay under the limit; what is missing is created by `manage`.
    /// `empty` nodes want a Pod and have none.
    fn plan_replacements(&self, pods: &NodePods, empty: usize, max_unavailable: usize) -> Plan {
        let (mut unavailable, mut unfit, mut candidates) = (empty, Vec::new(), Vec::new());
        for pods in pods.values() {
            match self.on_node(pods) {
                None | Some(OnNode { new: None, old: None }) => unavailable += 1,
                Some(OnNode { new: Some(new), .. }) => unavailable += usize::from(!self.available(new)),
                Some(OnNode {
                    new: None,
                    old: Some(old),
                }) => {
                    if self.available(old) {
                        candidates.push(old.name().to_owned());
                    } else {
                        // It serves nobody: replacing it costs nothing.
                        unavailable += 1;
                        unfit.push(old.name().to_owned());
                    }
                }
            }
        }
        candidates.truncate(max_unavailable.saturating_sub(unavailable));
        unfit.extend(candidates);
        Plan {
            create: Vec::new(),
            delete: unfit,
        }
    }

    /// Creates new Pods beside old ones, which go when the new ones are available.
    fn plan_surge(&self, pods: &NodePods, max_surge: usize) -> Plan {
        let (mut surging, mut plan, mut candidates) = (0, Plan::default(), Vec::new());
        for (node, pods) in pods {
            let Some(found) = self.on_node(pods) else {
                surging += 1;
                continue;
            };
            match (found.new, found.old) {
                (_, None) => {}
                (None, Some(old)) if self.available(old) => candidates.push(node.clone()),
                (None, Some(_)) => plan.create.push(node.clone()),
                (Some(new), Some(old)) if self.available(new) => plan.delete.push(old.name().to_owned()),
                (Some(_), Some(_)) => surging += 1,
            }
        }
        candidates.truncate(max_surge.saturating_sub(surging));
        plan.create.extend(candidates);
        plan
    }
}
