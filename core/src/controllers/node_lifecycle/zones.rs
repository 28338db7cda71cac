//! How fast nodes of a zone may be emptied: slowly, and not at all while most of the zone is lost
//! (`handleDisruption`, `ComputeZoneState`).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api::Node;
use crate::api::meta::MetaExt;
use crate::sim::Time;
use crate::sorted::SortedMap;

/// One node so often (`--node-eviction-rate` 0.1).
const INTERVAL: Duration = Duration::from_secs(10);
/// One node so often in a large zone that is partly lost (`--secondary-node-eviction-rate` 0.01).
const SECONDARY_INTERVAL: Duration = Duration::from_secs(100);
/// From so many nodes on a zone is large (`--large-cluster-size-threshold`).
const LARGE: usize = 50;
/// From this part of its nodes on a zone is partly lost, in hundredths (`--unhealthy-zone-threshold`).
const UNHEALTHY_PERCENT: usize = 55;

/// How a zone is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum State {
    #[default]
    Normal,
    Partial,
    Full,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Zone {
    ready: usize,
    lost: usize,
    state: State,
    last_eviction: Option<Time>,
}

/// The zones of the cluster.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Zones {
    zones: SortedMap<String, Zone>,
    all_lost: bool,
}

fn zone_of(node: &Node) -> String {
    let labels = node.metadata.labels_or_empty();
    let label = |name: &str| labels.get(name).cloned().unwrap_or_default();
    format!(
        "{}:{}",
        label("topology.kubernetes.io/region"),
        label("topology.kubernetes.io/zone")
    )
}

impl Zones {
    /// Begins to count anew.
    pub(super) fn clear(&mut self) {
        for zone in self.zones.values_mut() {
            (zone.ready, zone.lost) = (0, 0);
        }
    }

    /// Counts a node.
    pub(super) fn count(&mut self, node: &Node, ready: &str) {
        let zone = self.zones.entry(zone_of(node)).or_default();
        if ready == "True" {
            zone.ready += 1;
        } else {
            zone.lost += 1;
        }
    }

    /// Judges each zone by what was counted.
    pub(super) fn judge(&mut self) {
        for zone in self.zones.values_mut() {
            let total = zone.ready + zone.lost;
            zone.state = if zone.ready == 0 && zone.lost > 0 {
                State::Full
            } else if zone.lost > 2 && zone.lost * 100 >= UNHEALTHY_PERCENT * total {
                State::Partial
            } else {
                State::Normal
            };
        }
        let counted = || self.zones.values().filter(|zone| zone.ready + zone.lost > 0);
        self.all_lost = counted().count() > 0 && counted().all(|zone| zone.state == State::Full);
    }

    /// Whether a node of this zone may be emptied now; if so, it counts as done.
    pub(super) fn may_evict(&mut self, node: &Node, now: Time) -> bool {
        if self.all_lost {
            return false;
        }
        let zone = self.zones.entry(zone_of(node)).or_default();
        let interval = match zone.state {
            State::Partial if zone.ready + zone.lost <= LARGE => return false,
            State::Partial => SECONDARY_INTERVAL,
            State::Normal | State::Full => INTERVAL,
        };
        if zone.last_eviction.is_some_and(|last| now.since(last) < interval) {
            return false;
        }
        zone.last_eviction = Some(now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(name: &str) -> Node {
        let mut node = Node::default();
        node.metadata_mut().name = Some(name.to_owned());
        node
    }

    #[test]
    fn a_zone_that_is_mostly_lost_is_left_alone() {
        // Ready nodes, lost nodes, how many of the lost may be emptied within a minute.
        for (ready, lost, expected) in [
            (3, 1, 1),
            (2, 2, 2),
            (1, 3, 0),
            (0, 4, 0),
            (30, 40, 1),
            (70, 30, 7),
        ] {
            let mut zones = Zones::default();
            for _ in 0..ready {
                zones.count(&node("n"), "True");
            }
            for _ in 0..lost {
                zones.count(&node("n"), "Unknown");
            }
            zones.judge();
            let mut emptied = 0;
            for secs in (0..=60).step_by(5) {
                if emptied < lost && zones.may_evict(&node("n"), Time::from_secs(secs)) {
                    emptied += 1;
                }
            }
            assert_eq!(emptied, expected, "{ready} ready, {lost} lost");
        }
    }
}
