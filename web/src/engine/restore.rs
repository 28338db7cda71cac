//! Objects of a snapshot brought into a new cluster: what every version can do with a save of another one.
//!
//! Only what people made is brought back: what controllers own they make again, and what the new cluster already has stays.

use serde_json::Value;
use timonier_core::{
    api::Kind,
    apiserver::{Body, Method, Request, User, collection_path},
    cluster::Cluster,
};

/// Creates the objects that are missing; namespaces first.
pub(super) fn objects(cluster: &mut Cluster, texts: &[String]) {
    let mut objects: Vec<Value> = texts
        .iter()
        .filter_map(|text| serde_json::from_str(text).ok())
        .collect();
    timonier_core::sort::sort_by_key(&mut objects, |object| text(object, "/kind") != "Namespace");
    for object in objects {
        if let Some(request) = request(object) {
            // What exists already, or no longer fits, is left as it is.
            drop(cluster.request(&request));
        }
    }
}

fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn request(mut object: Value) -> Option<Request> {
    let owned = object
        .pointer("/metadata/ownerReferences")
        .and_then(Value::as_array)
        .is_some_and(|owners| !owners.is_empty());
    let namespace = text(&object, "/metadata/namespace").to_owned();
    if owned || namespace == "kube-system" {
        return None;
    }
    let kind = Kind::from_manifest(text(&object, "/apiVersion"), text(&object, "/kind"))?;
    let fields = object.as_object_mut()?;
    fields.remove("status");
    let metadata = fields.get_mut("metadata")?.as_object_mut()?;
    for made in [
        "uid",
        "resourceVersion",
        "creationTimestamp",
        "generation",
        "managedFields",
        "deletionTimestamp",
    ] {
        metadata.remove(made);
    }
    if let Some(spec) = fields.get_mut("spec").and_then(Value::as_object_mut) {
        // A new scheduler chooses again.
        spec.remove("nodeName");
    }
    let path = collection_path(kind, &namespace);
    Some(Request::new(Method::Post, path, User::admin()).with_body(Body::Json(object)))
}

#[cfg(test)]
mod tests {
    use timonier_core::{
        api::Kind,
        cluster::{Cluster, Topology},
    };

    #[test]
    fn what_people_made_comes_back() {
        let mut cluster = Cluster::new(1, &Topology::default());
        let deployment = r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"boutique","uid":"x","resourceVersion":"9"},
            "spec":{"replicas":2,"selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},
            "spec":{"containers":[{"name":"web","image":"nginx:1.27"}]}}},"status":{"replicas":7}}"#;
        let owned = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-1","namespace":"boutique","ownerReferences":[{"kind":"ReplicaSet"}]}}"#;
        let namespace = r#"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"boutique"}}"#;
        super::objects(
            &mut cluster,
            &[deployment.into(), owned.into(), namespace.into(), "broken".into()],
        );
        assert_eq!(cluster.store().list_in(Kind::Deployment, "boutique").count(), 1);
        assert_eq!(cluster.store().list_in(Kind::Pod, "boutique").count(), 0);
        cluster.run_for(std::time::Duration::from_secs(60));
        assert_eq!(cluster.store().list_in(Kind::Pod, "boutique").count(), 2);
    }
}
