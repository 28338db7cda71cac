//! Where Pods land and why: the plugins by themselves, and what preemption takes away.

use serde_json::{Value, json};

use super::cycle::{Cycle, Decision};
use super::node_info::{Nodes, Snapshot};
use super::plugins;
use super::preemption::NoCandidate;
use crate::api::{AnyObject, Kind, Node, Pod};
use crate::client::Cache;
use crate::etcd::Store;
use crate::sim::{Rng, TraceId};

fn object(kind: Kind, value: Value) -> AnyObject {
    AnyObject::from_value(kind, value).expect("a valid object")
}

/// A Pod of this spec.
pub(super) fn pod(name: &str, spec: Value) -> Pod {
    labelled(name, json!({}), spec)
}

/// A Pod of these labels and this spec.
pub(super) fn labelled(name: &str, labels: Value, spec: Value) -> Pod {
    let value = json!({"apiVersion": "v1", "kind": "Pod",
                       "metadata": {"name": name, "namespace": "default", "uid": name, "labels": labels},
                       "spec": spec});
    object(Kind::Pod, value).get::<Pod>().expect("a Pod").clone()
}

/// A spec with one container that asks for so much CPU, and these other fields.
pub(super) fn asking(cpu: &str, fields: Value) -> Value {
    let mut spec = fields;
    spec["containers"] = json!([{"name": "c", "image": "nginx", "resources": {"requests": {"cpu": cpu}}}]);
    spec
}

/// Nodes, the Pods on them, and other objects.
#[derive(Default)]
pub(super) struct World {
    nodes: Nodes,
    store: Store,
    cache: Cache,
}

impl World {
    /// Nodes of 4 CPUs and 8 GiB with these labels, spec and images.
    pub(super) fn node(mut self, name: &str, labels: Value, spec: Value) -> Self {
        let mut labels = labels;
        labels["kubernetes.io/hostname"] = json!(name);
        let value = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels},
                           "spec": spec,
                           "status": {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "5"}}});
        let node = object(Kind::Node, value).get::<Node>().expect("a Node").clone();
        self.nodes.set_node(node);
        self
    }

    /// A Pod on a node.
    pub(super) fn with(mut self, node: &str, pod: &Pod) -> Self {
        self.nodes.add_pod(node, pod);
        self
    }

    /// Another object.
    pub(super) fn and(mut self, kind: Kind, value: Value) -> Self {
        self.store.put(object(kind, value), TraceId(1));
        self.cache.sync(&self.store, |_| true);
        self
    }

    fn cycle<'a>(&'a self, nominated: &'a [(String, Pod)]) -> Cycle<'a> {
        Cycle {
            nodes: Snapshot::new(&self.nodes),
            cache: &self.cache,
            nominated,
            rng: Rng::new(1),
            number: 1,
        }
    }

    /// What becomes of a Pod.
    pub(super) fn decide(&self, pod: &Pod) -> Decision {
        self.cycle(&[]).decide(pod)
    }

    /// Why each node refuses a Pod, empty if it does not.
    pub(super) fn refusals(&self, pod: &Pod) -> Vec<String> {
        let decision = self.decide(pod);
        let said = decision.verdicts.iter().map(|verdict| {
            let refusal = verdict
                .refusal
                .as_ref()
                .map(|(_, refusal)| refusal.reasons.join(", "));
            refusal.unwrap_or_default()
        });
        said.collect()
    }

    /// A plugin's scores of the nodes that take a Pod.
    pub(super) fn scores(&self, pod: &Pod, plugin: &str) -> Vec<i64> {
        let decision = self.decide(pod);
        let of = |verdict: &super::NodeVerdict| {
            verdict
                .scores
                .iter()
                .find(|score| score.plugin == plugin)
                .map(|score| score.score)
        };
        decision.verdicts.iter().filter_map(of).collect()
    }

    /// The node and the victims that preemption chooses, or the message.
    fn preempt(&self, pod: &Pod) -> Result<(String, Vec<String>), String> {
        let cycle = self.cycle(&[]);
        let decision = cycle.decide(pod);
        assert_eq!(decision.chosen, None, "the Pod fits");
        match cycle.preempt(pod, &decision) {
            Ok(candidate) => {
                let victims = candidate.victims.iter().map(|victim| victim.name().to_owned());
                Ok((candidate.node, victims.collect()))
            }
            Err(NoCandidate { why, .. }) => Err(decision.fit_error(&why)),
        }
    }
}

fn three() -> World {
    World::default()
        .node("a", json!({"disque": "ssd"}), json!({}))
        .node("b", json!({"disque": "hdd"}), json!({"unschedulable": true}))
        .node(
            "c",
            json!({}),
            json!({"taints": [{"key": "gpu", "value": "oui", "effect": "NoSchedule"}]}),
        )
}

#[test]
fn nodes_refuse_pods_in_upstreams_words() {
    let cordoned = "node(s) were unschedulable";
    let taint = "node(s) had untolerated taint(s)";
    let selector = "node(s) didn't match Pod's node affinity/selector";
    let full = "Insufficient cpu, Insufficient memory";
    let terms = |operator: &str, values: Value| {
        json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{"matchExpressions": [{"key": "disque", "operator": operator, "values": values}]}]}}}})
    };
    let field = json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
        "nodeSelectorTerms": [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["c"]}]}]}}}});
    let outside = "node(s) didn't satisfy plugin(s) [NodeAffinity]";
    let tolerant = json!({"tolerations": [{"operator": "Exists"}]});
    let big =
        json!({"containers": [{"name": "c", "resources": {"requests": {"cpu": "5", "memory": "9Gi"}}}]});
    for (spec, expected) in [
        (asking("1", json!({})), ["", cordoned, taint]),
        (asking("1", tolerant), ["", "", ""]),
        (
            asking("1", json!({"nodeSelector": {"disque": "ssd"}})),
            ["", cordoned, taint],
        ),
        (
            asking("1", json!({"nodeSelector": {"disque": "nvme"}})),
            [selector, cordoned, taint],
        ),
        (
            asking("1", terms("NotIn", json!(["ssd"]))),
            [selector, cordoned, taint],
        ),
        (asking("1", field), [outside, outside, taint]),
        (
            asking("1", json!({"nodeName": "b"})),
            [
                "node(s) didn't match the requested node name",
                cordoned,
                "node(s) didn't match the requested node name",
            ],
        ),
        (big, [full, cordoned, taint]),
    ] {
        assert_eq!(three().refusals(&pod("p", spec.clone())), expected, "{spec}");
    }
}

#[test]
fn resources_ports_and_numbers_of_pods_run_out() {
    let with_port = |name: &str, ip: &str| {
        pod(
            name,
            json!({"containers": [{"name": "c", "ports": [{"containerPort": 80, "hostPort": 8080, "hostIP": ip}]}]}),
        )
    };
    let taken = "node(s) didn't have free ports for the requested pod ports";
    for (there, asked, expected) in [
        ("", "", taken),
        ("127.0.0.1", "127.0.0.2", ""),
        ("127.0.0.1", "0.0.0.0", taken),
    ] {
        let world = World::default()
            .node("a", json!({}), json!({}))
            .with("a", &with_port("x", there));
        assert_eq!(
            world.refusals(&with_port("p", asked)),
            [expected],
            "{there} {asked}"
        );
    }
    let mut world = World::default().node("a", json!({}), json!({}));
    for name in ["1", "2", "3", "4"] {
        world = world.with("a", &pod(name, asking("900m", json!({}))));
    }
    assert_eq!(
        world.refusals(&pod("p", asking("500m", json!({})))),
        ["Insufficient cpu"]
    );
    let world = world.with("a", &pod("5", asking("1m", json!({}))));
    assert_eq!(
        world.refusals(&pod("p", asking("1m", json!({})))),
        ["Too many pods"]
    );
}

#[test]
fn scores_are_upstreams() {
    let world = World::default()
        .node("a", json!({"disque": "ssd"}), json!({}))
        .node(
            "b",
            json!({}),
            json!({"taints": [{"key": "x", "effect": "PreferNoSchedule"}]}),
        )
        .with("b", &pod("x", asking("2", json!({}))));
    let prefers = json!({"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
        {"weight": 10, "preference": {"matchExpressions": [{"key": "disque", "operator": "In", "values": ["ssd"]}]}}]}}});
    let pod = pod("p", asking("1", prefers));
    for (plugin, expected) in [
        // CPU: (4-1)/4 and (4-3)/4; memory: (8Gi-200Mi)/8Gi and (8Gi-400Mi)/8Gi.
        ("NodeResourcesFit", vec![86, 60]),
        // Half the distance of 25 % and 0 %, of 75 % and 0 %.
        ("NodeResourcesBalancedAllocation", vec![87, 62]),
        ("NodeAffinity", vec![100, 0]),
        ("TaintToleration", vec![100, 0]),
        ("ImageLocality", vec![0, 0]),
        ("InterPodAffinity", vec![]),
        ("PodTopologySpread", vec![]),
    ] {
        assert_eq!(world.scores(&pod, plugin), expected, "{plugin}");
    }
    let weights: Vec<_> = plugins::all()
        .iter()
        .map(|plugin| (plugin.name(), plugin.weight()))
        .collect();
    let scoring: Vec<_> = weights.into_iter().filter(|(_, weight)| *weight > 0).collect();
    let expected = [
        ("TaintToleration", 3),
        ("NodeAffinity", 2),
        ("NodeResourcesFit", 1),
        ("PodTopologySpread", 2),
        ("InterPodAffinity", 2),
        ("NodeResourcesBalancedAllocation", 1),
        ("ImageLocality", 1),
    ];
    assert_eq!(scoring, expected);
}

fn with_priority(name: &str, priority: i32, cpu: &str, started: &str) -> Pod {
    let mut pod = labelled(
        name,
        json!({"app": name}),
        asking(cpu, json!({"priority": priority})),
    );
    if !started.is_empty() {
        let value = json!({"status": {"startTime": format!("2026-09-07T{started}Z")}});
        let mut whole = AnyObject::Pod(pod.clone()).to_value();
        whole["status"] = value["status"].clone();
        pod = object(Kind::Pod, whole).get::<Pod>().expect("a Pod").clone();
    }
    pod
}

/// Two nodes: on the first a Pod of priority 100 and two of 10, on the second one of 50.
fn occupied() -> World {
    World::default()
        .node("a", json!({}), json!({}))
        .node("b", json!({}), json!({}))
        .with("a", &with_priority("a-100", 100, "2", "08:00:00"))
        .with("a", &with_priority("a-10-old", 10, "1", "08:00:00"))
        .with("a", &with_priority("a-10-new", 10, "1", "09:00:00"))
        .with("b", &with_priority("b-50", 50, "4", "08:00:00"))
}

#[test]
fn the_least_important_pods_give_way() {
    let names = |node: &str, victims: &[&str]| {
        Ok((
            node.to_owned(),
            victims.iter().map(|&name| name.to_owned()).collect(),
        ))
    };
    for (priority, cpu, expected) in [
        // The younger of equal Pods goes.
        (20, "1", names("a", &["a-10-new"])),
        (60, "1", names("a", &["a-10-new"])),
        (60, "2", names("a", &["a-10-old", "a-10-new"])),
        // The node whose most important victim is the least important.
        (200, "4", names("b", &["b-50"])),
        (
            5,
            "1",
            Err("0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.".to_owned()),
        ),
        (
            20,
            "4",
            Err("0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, preemption: 0/2 nodes are available: 1 Insufficient cpu, 1 No preemption victims found for incoming pod.".to_owned()),
        ),
        (
            200,
            "5",
            Err("0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.".to_owned()),
        ),
    ] {
        assert_eq!(occupied().preempt(&with_priority("p", priority, cpu, "")), expected, "{priority} {cpu}");
    }
    let mut never = with_priority("p", 200, "1", "");
    never.spec_mut().preemption_policy = Some("Never".to_owned());
    assert_eq!(
        occupied().preempt(&never),
        Err("0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.".to_owned())
    );
}

#[test]
fn budgets_are_spared_where_others_can_give_way() {
    let budget = json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
        "metadata": {"name": "b", "namespace": "default"},
        "spec": {"selector": {"matchLabels": {"app": "a-10-new"}}},
        "status": {"disruptionsAllowed": 0, "currentHealthy": 1, "desiredHealthy": 1, "expectedPods": 1}});
    let world = occupied().and(Kind::PodDisruptionBudget, budget);
    let chosen = world.preempt(&with_priority("p", 20, "1", ""));
    assert_eq!(chosen, Ok(("a".to_owned(), vec!["a-10-old".to_owned()])));
    // A violated budget weighs more than a more important victim elsewhere.
    let chosen = world.preempt(&with_priority("p", 60, "2", ""));
    assert_eq!(chosen, Ok(("b".to_owned(), vec!["b-50".to_owned()])));
}

#[test]
fn a_node_is_kept_for_whom_others_gave_way() {
    let world = World::default().node("a", json!({}), json!({}));
    let nominated = [("a".to_owned(), with_priority("vip", 100, "3", ""))];
    let cycle = world.cycle(&nominated);
    let low = with_priority("p", 10, "2", "");
    assert_eq!(cycle.decide(&low).chosen, None);
    let high = with_priority("p", 200, "2", "");
    assert_eq!(cycle.decide(&high).chosen.as_deref(), Some("a"));
}

/// Volumes: where they are, where they could be made, and what is said of claims.
mod volumes {
    use super::*;

    fn claim(name: &str, spec: Value, annotations: Value) -> Value {
        let mut whole = json!({"accessModes": ["ReadWriteOnce"], "storageClassName": "m",
            "resources": {"requests": {"storage": "1Gi"}}});
        for (key, value) in spec.as_object().cloned().unwrap_or_default() {
            whole[&key] = value;
        }
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "spec": whole,
            "metadata": {"name": name, "namespace": "default", "uid": name, "annotations": annotations}})
    }

    fn volume(name: &str, node: &str) -> Value {
        json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name},
            "spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": "m",
                "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [
                    {"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}]}]}}},
            "status": {"phase": "Available"}})
    }

    fn class(mode: &str, provisioner: &str) -> Value {
        json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "m"},
            "provisioner": provisioner, "volumeBindingMode": mode})
    }

    fn using(name: &str) -> Pod {
        let volumes = json!([{"name": "d", "persistentVolumeClaim": {"claimName": name}}]);
        pod("p", asking("1", json!({"volumes": volumes})))
    }

    fn world() -> World {
        World::default()
            .node("a", json!({}), json!({}))
            .node("b", json!({}), json!({}))
    }

    #[test]
    fn claims_are_looked_at_before_any_node() {
        let immediate = claim("c", json!({}), json!({}));
        for (world, expected) in [
            (world(), "persistentvolumeclaim \"c\" not found"),
            (
                world().and(Kind::PersistentVolumeClaim, immediate),
                "pod has unbound immediate PersistentVolumeClaims",
            ),
        ] {
            assert_eq!(
                world.decide(&using("c")).refused_at_once.as_deref(),
                Some(expected)
            );
        }
    }

    #[test]
    fn a_pod_goes_where_its_volume_is() {
        let bound = claim(
            "c",
            json!({"volumeName": "v"}),
            json!({"pv.kubernetes.io/bind-completed": "yes"}),
        );
        let with = world().and(Kind::PersistentVolumeClaim, bound);
        let gone = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)";
        assert_eq!(with.refusals(&using("c")), [gone, gone]);
        let with = with.and(Kind::PersistentVolume, volume("v", "b"));
        let elsewhere = "node(s) didn't match PersistentVolume's node affinity";
        assert_eq!(with.refusals(&using("c")), [elsewhere, ""]);
    }

    #[test]
    fn a_claim_that_waits_needs_a_volume_or_one_that_makes_it() {
        let none = "node(s) didn't find available persistent volumes to bind";
        let waiting = |provisioner: &str| {
            world()
                .and(Kind::PersistentVolumeClaim, claim("c", json!({}), json!({})))
                .and(Kind::StorageClass, class("WaitForFirstConsumer", provisioner))
        };
        let by_hand = waiting("kubernetes.io/no-provisioner");
        assert_eq!(by_hand.refusals(&using("c")), [none, none]);
        let by_hand = by_hand.and(Kind::PersistentVolume, volume("v", "b"));
        assert_eq!(by_hand.refusals(&using("c")), [none, ""]);
        assert_eq!(waiting("exemple.fr/vif").refusals(&using("c")), ["", ""]);
    }
}
