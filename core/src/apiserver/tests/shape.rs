//! What a real Kubernetes 1.36 printed goes through the typed objects and comes out the same.

use super::yaml;
use crate::api::{AnyObject, Kind};

fn check(recorded: &str) {
    let value = yaml(recorded);
    let kind = value["kind"].as_str().unwrap_or_default();
    let version = value["apiVersion"].as_str().unwrap_or_default();
    let kind = Kind::from_manifest(version, kind).expect("a known kind");
    let object = AnyObject::from_value(kind, value.clone()).expect("it fits");
    assert_eq!(object.to_value(), value, "{kind}");
}

#[test]
fn recorded_objects_keep_their_shape() {
    check(include_str!("recorded/pod.yaml"));
    check(include_str!("recorded/service.yaml"));
    check(include_str!("recorded/configmap.yaml"));
}
