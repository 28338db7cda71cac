use serde_json::{Value, json};

use crate::api::{Kind, Pod};
use crate::scheduler::tests::{World, asking, labelled};

const NEAR: &str = "node(s) didn't match pod affinity rules";
const FAR: &str = "node(s) didn't match pod anti-affinity rules";
const UNWELCOME: &str = "node(s) didn't satisfy existing pods anti-affinity rules";
const HOST: &str = "kubernetes.io/hostname";
const ZONE: &str = "zone";

fn term(app: &str, key: &str) -> Value {
    json!({"labelSelector": {"matchLabels": {"app": app}}, "topologyKey": key})
}

fn required(kind: &str, terms: &[Value]) -> Value {
    json!({"affinity": {kind: {"requiredDuringSchedulingIgnoredDuringExecution": terms}}})
}

fn preferred(kind: &str, weight: i32, term: &Value) -> Value {
    json!({"affinity": {kind: {"preferredDuringSchedulingIgnoredDuringExecution": [
        {"weight": weight, "podAffinityTerm": term}]}}})
}

fn pod(name: &str, app: &str, spec: Value) -> Pod {
    labelled(name, json!({"app": app}), asking("1m", spec))
}

/// Nodes a and b in zone 1, c in zone 2; a Pod `app=db` on a.
fn zones() -> World {
    World::default()
        .node("a", json!({ZONE: "1"}), json!({}))
        .node("b", json!({ZONE: "1"}), json!({}))
        .node("c", json!({ZONE: "2"}), json!({}))
        .with("a", &pod("db", "db", json!({})))
}

#[test]
fn required_terms_are_met() {
    let mut elsewhere = term("db", HOST);
    elsewhere["namespaces"] = json!(["autre"]);
    let mut everywhere = term("db", HOST);
    everywhere["namespaceSelector"] = json!({});
    for (app, spec, expected) in [
        (
            "web",
            required("podAffinity", &[term("db", HOST)]),
            ["", NEAR, NEAR],
        ),
        (
            "web",
            required("podAffinity", &[term("db", ZONE)]),
            ["", "", NEAR],
        ),
        (
            "web",
            required("podAffinity", &[term("db", "absente")]),
            [NEAR, NEAR, NEAR],
        ),
        ("web", required("podAffinity", &[elsewhere]), [NEAR, NEAR, NEAR]),
        ("web", required("podAffinity", &[everywhere]), ["", NEAR, NEAR]),
        (
            "web",
            required("podAntiAffinity", &[term("db", HOST)]),
            [FAR, "", ""],
        ),
        (
            "web",
            required("podAntiAffinity", &[term("db", ZONE)]),
            [FAR, FAR, ""],
        ),
        // The first of those that want to be together goes anywhere; one that is wanted by nobody, nowhere.
        ("web", required("podAffinity", &[term("web", ZONE)]), ["", "", ""]),
        (
            "web",
            required("podAffinity", &[term("cache", ZONE)]),
            [NEAR, NEAR, NEAR],
        ),
    ] {
        assert_eq!(zones().refusals(&pod("p", app, spec.clone())), expected, "{spec}");
    }
}

#[test]
fn pods_that_are_there_keep_others_away() {
    let world = zones().with(
        "c",
        &pod("seul", "seul", required("podAntiAffinity", &[term("web", ZONE)])),
    );
    assert_eq!(world.refusals(&pod("p", "web", json!({}))), ["", "", UNWELCOME]);
    assert_eq!(world.refusals(&pod("p", "autre", json!({}))), ["", "", ""]);
}

#[test]
fn preferences_count_on_both_sides() {
    let scores = |world: &World, spec: Value| world.scores(&pod("p", "web", spec), "InterPodAffinity");
    let near = preferred("podAffinity", 10, &term("db", ZONE));
    assert_eq!(scores(&zones(), near), [100, 100, 0]);
    let far = preferred("podAntiAffinity", 10, &term("db", HOST));
    assert_eq!(scores(&zones(), far), [0, 100, 100]);
    // A Pod that is there likes this one, or must have it near.
    let liked = zones().with(
        "c",
        &pod("x", "x", preferred("podAffinity", 5, &term("web", HOST))),
    );
    assert_eq!(scores(&liked, json!({})), [0, 0, 100]);
    let needed = zones().with("b", &pod("x", "x", required("podAffinity", &[term("web", HOST)])));
    assert_eq!(scores(&needed, json!({})), [0, 100, 0]);
    assert_eq!(scores(&zones(), json!({})), Vec::<i64>::new());
}

#[test]
fn namespaces_are_selected_by_their_labels() {
    let namespace = |name: &str| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"equipe": "a"}}});
    let mut wanted = term("db", HOST);
    wanted["namespaceSelector"] = json!({"matchLabels": {"equipe": "a"}});
    let pod = pod("p", "web", required("podAffinity", &[wanted]));
    assert_eq!(zones().refusals(&pod), [NEAR, NEAR, NEAR]);
    let world = zones().and(Kind::Namespace, namespace("default"));
    assert_eq!(world.refusals(&pod), ["", NEAR, NEAR]);
}
