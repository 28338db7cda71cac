//! When a node was last heard of (`nodeHealthData`).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api::Node;
use crate::api::meta::{MetaExt, meta_time};
use crate::api::types::core::NodeCondition;
use crate::api::types::meta::Time as MetaTime;
use crate::sim::Time;

/// A node that was silent for so long is lost (`--node-monitor-grace-period`).
const GRACE_PERIOD: Duration = Duration::from_secs(50);
/// A node that never spoke has so long (`--node-startup-grace-period`).
const STARTUP_GRACE_PERIOD: Duration = Duration::from_secs(60);

/// What is known of a node's heartbeats.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Health {
    pub(super) uid: String,
    /// Whether it was ready when last looked at.
    pub(super) ready: bool,
    heard_at: Time,
    spoke: bool,
    heartbeat: Option<MetaTime>,
    renewed: Option<Time>,
}

impl Health {
    pub(super) fn new(node: &Node, now: Time) -> Self {
        let spoke = heartbeat(node).is_some();
        Self {
            uid: node.uid().to_owned(),
            ready: ready(node) == "True",
            heard_at: if spoke { now } else { node.metadata.created_at() },
            spoke,
            heartbeat: heartbeat(node).cloned(),
            renewed: None,
        }
    }

    /// Takes note of its heartbeats.
    pub(super) fn hear(&mut self, node: &Node, renewed: Option<Time>, now: Time) {
        let beats = heartbeat(node);
        if beats != self.heartbeat.as_ref() || renewed > self.renewed {
            self.heard_at = now;
            self.spoke |= beats.is_some();
            self.heartbeat = beats.cloned();
            self.renewed = renewed;
        }
    }

    /// Whether it has been silent for too long.
    pub(super) fn is_silent(&self, now: Time) -> bool {
        let grace = if self.spoke {
            GRACE_PERIOD
        } else {
            STARTUP_GRACE_PERIOD
        };
        now.since(self.heard_at) > grace
    }
}

fn find<'a>(node: &'a Node, type_: &str) -> Option<&'a NodeCondition> {
    let mut conditions = node.status.conditions.iter().flatten();
    conditions.find(|condition| condition.type_ == type_)
}

fn heartbeat(node: &Node) -> Option<&MetaTime> {
    find(node, "Ready")?.last_heartbeat_time.as_ref()
}

/// The status of the node's `Ready` condition; `Unknown` if there is none.
pub(super) fn ready(node: &Node) -> String {
    find(node, "Ready")
        .map_or("Unknown", |condition| &condition.status)
        .to_owned()
}

/// The conditions of a node that is not heard of any more.
pub(super) fn silent_conditions(node: &Node, now: Time) -> Vec<NodeCondition> {
    let mut conditions = node.status.conditions.clone().unwrap_or_default();
    for type_ in ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"] {
        match conditions.iter_mut().find(|condition| condition.type_ == type_) {
            Some(condition) if condition.status == "Unknown" => {}
            Some(condition) => {
                "Unknown".clone_into(&mut condition.status);
                condition.reason = Some("NodeStatusUnknown".to_owned());
                condition.message = Some("Kubelet stopped posting node status.".to_owned());
                condition.last_transition_time = Some(meta_time(now));
            }
            None => conditions.push(NodeCondition {
                type_: type_.to_owned(),
                status: "Unknown".to_owned(),
                reason: Some("NodeStatusNeverUpdated".to_owned()),
                message: Some("Kubelet never posted node status.".to_owned()),
                last_heartbeat_time: node.metadata.creation_timestamp.clone(),
                last_transition_time: Some(meta_time(now)),
            }),
        }
    }
    conditions
}
