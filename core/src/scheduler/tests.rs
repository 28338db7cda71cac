//! What the tests of the scheduler share.

use serde_json::{Value, json};

use crate::api::{AnyObject, Kind, Pod};

/// A Pod of this spec.
pub(super) fn pod(name: &str, spec: Value) -> Pod {
    let value = json!({"apiVersion": "v1", "kind": "Pod",
                       "metadata": {"name": name, "namespace": "default", "uid": name}, "spec": spec});
    let object = AnyObject::from_value(Kind::Pod, value).expect("a Pod");
    object.get::<Pod>().expect("a Pod").clone()
}
