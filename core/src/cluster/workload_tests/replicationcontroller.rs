//! ReplicationControllers.

use serde_json::json;

use super::World;
use crate::api::Kind;

const VIEUX: &str = "{apiVersion: v1, kind: ReplicationController, metadata: {name: vieux}, spec: {replicas: 2, template: \
                     {metadata: {labels: {app: vieux}}, spec: {containers: [{name: c, image: \"nginx:1.25\"}]}}}}";

#[test]
fn it_keeps_its_number_and_takes_selector_and_labels_from_the_template() {
    let mut world = World::new();
    world.create(VIEUX);
    world.run(5);
    let found = world.get(Kind::ReplicationController, "vieux");
    assert_eq!(found["spec"]["selector"], json!({"app": "vieux"}));
    assert_eq!(found["metadata"]["labels"], json!({"app": "vieux"}));
    assert_eq!(
        found["status"],
        json!({"replicas": 2, "readyReplicas": 2, "availableReplicas": 2, "fullyLabeledReplicas": 2,
               "observedGeneration": 1})
    );
    let victim = world.names(Kind::Pod).remove(0);
    world.delete(Kind::Pod, &victim, json!({"gracePeriodSeconds": 0}));
    world.run(5);
    assert_eq!(world.names(Kind::Pod).len(), 2);
    assert!(!world.names(Kind::Pod).contains(&victim));
}

#[test]
fn its_pods_are_orphaned_unless_asked_otherwise() {
    for (options, left) in [
        (json!({}), 2),
        (json!({"propagationPolicy": "Background"}), 0),
        (json!({"propagationPolicy": "Orphan"}), 2),
    ] {
        let mut world = World::new();
        world.create(VIEUX);
        world.run(5);
        world.delete(Kind::ReplicationController, "vieux", options.clone());
        world.run(40);
        assert_eq!(world.names(Kind::Pod).len(), left, "{options}");
    }
}
