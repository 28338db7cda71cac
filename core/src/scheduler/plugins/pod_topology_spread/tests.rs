use serde_json::{Value, json};

use crate::api::{Kind, Pod};
use crate::scheduler::tests::{World, asking, labelled};

const SKEWED: &str = "node(s) didn't match pod topology spread constraints";
const UNLABELLED: &str = "node(s) didn't match pod topology spread constraints (missing required label)";
const ZONE: &str = "topology.kubernetes.io/zone";

/// Two nodes in zone 1, one in zone 2, one in none; two Pods `app=web` in zone 1, one in zone 2.
fn zones() -> World {
    let there = |name: &str| labelled(name, json!({"app": "web", "v": "1"}), asking("1m", json!({})));
    World::default()
        .node("a", json!({ZONE: "1"}), json!({}))
        .node("b", json!({ZONE: "1"}), json!({}))
        .node("c", json!({ZONE: "2"}), json!({}))
        .node("d", json!({}), json!({}))
        .with("a", &there("1"))
        .with("b", &there("2"))
        .with("c", &there("3"))
}

fn spread(constraint: Value) -> Pod {
    let mut constraint = constraint;
    if constraint["labelSelector"].is_null() {
        constraint["labelSelector"] = json!({"matchLabels": {"app": "web"}});
    }
    labelled(
        "p",
        json!({"app": "web", "v": "2"}),
        asking("1m", json!({"topologySpreadConstraints": [constraint]})),
    )
}

#[test]
fn domains_do_not_differ_by_more_than_the_skew() {
    let hard = |fields: Value| {
        let mut constraint = json!({"maxSkew": 1, "topologyKey": ZONE, "whenUnsatisfiable": "DoNotSchedule"});
        for (name, value) in fields.as_object().expect("fields") {
            constraint[name] = value.clone();
        }
        spread(constraint)
    };
    for (fields, expected) in [
        (json!({}), [SKEWED, SKEWED, "", UNLABELLED]),
        (json!({"maxSkew": 2}), ["", "", "", UNLABELLED]),
        // Hosts: each of the three has one, the fourth none.
        (
            json!({"topologyKey": "kubernetes.io/hostname"}),
            [SKEWED, SKEWED, SKEWED, ""],
        ),
        // With fewer domains than wanted the least counts as none.
        (json!({"minDomains": 3}), [SKEWED, SKEWED, SKEWED, UNLABELLED]),
        // Only Pods of the same version count.
        (json!({"matchLabelKeys": ["v"]}), ["", "", "", UNLABELLED]),
        // A Pod that its own constraint does not select counts for nothing.
        (
            json!({"labelSelector": {"matchLabels": {"app": "db"}}}),
            ["", "", "", UNLABELLED],
        ),
    ] {
        assert_eq!(zones().refusals(&hard(fields.clone())), expected, "{fields}");
    }
}

#[test]
fn soft_constraints_prefer_the_emptier_domain() {
    let soft = json!({"maxSkew": 1, "topologyKey": ZONE, "whenUnsatisfiable": "ScheduleAnyway"});
    // 2 and 1 Pods, times ln 4, rounded: 3 and 1; (3 + 1 - s) / 3.
    assert_eq!(
        zones().scores(&spread(soft), "PodTopologySpread"),
        [33, 33, 100, 0]
    );
}

#[test]
fn pods_of_a_service_are_spread_by_the_clusters_own_constraints() {
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "default"},
                         "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}});
    let pod = labelled("p", json!({"app": "web"}), asking("1m", json!({})));
    assert_eq!(zones().scores(&pod, "PodTopologySpread"), Vec::<i64>::new());
    let scores = zones()
        .and(Kind::Service, service)
        .scores(&pod, "PodTopologySpread");
    // Hosts: 1, 1, 1, 0 times ln 6, and 2; zones: 2, 2, 1 times ln 5, and 4 where there is a zone: 11, 11, 9, 2.
    assert_eq!(scores, [18, 18, 36, 100]);
}
