//! The asset says what the API reference says.

use super::*;

fn field(api_version: &str, kind: &str, path: &str) -> &'static Field {
    let schema = schema();
    let root = schema.kind(api_version, kind).expect(kind);
    let path: Vec<&str> = path.split('.').collect();
    schema
        .walk(root, &path)
        .unwrap_or_else(|| panic!("{kind} has no {path:?}"))
}

#[test]
fn every_kind_of_the_api_has_a_schema() {
    /// Groups that are kept without a look inside.
    const OPAQUE: [&str; 3] = [
        "apiregistration.k8s.io",
        "flowcontrol.apiserver.k8s.io",
        "resource.k8s.io",
    ];
    for kind in crate::api::Kind::all() {
        let info = kind.info();
        if OPAQUE.contains(&info.group) || kind == crate::api::Kind::ComponentStatus {
            continue;
        }
        assert!(
            schema().kind(&info.api_version(), info.name).is_some(),
            "{}",
            info.name
        );
    }
}

#[test]
fn types_and_fields_are_sorted_for_searching() {
    let schema = schema();
    assert!(schema.types.is_sorted_by(|a, b| a.name < b.name));
    for found in &schema.types {
        assert!(
            found.fields.is_sorted_by(|a, b| a.name < b.name),
            "{}",
            found.name
        );
    }
    assert!(schema.kinds.len() >= 55, "{} kinds", schema.kinds.len());
}

#[test]
fn fields_know_their_types_and_merge_rules() {
    let containers = field("v1", "Pod", "spec.containers");
    assert!(containers.required && containers.merge);
    assert_eq!(containers.merge_key, Some("name"));
    assert_eq!(containers.list, ListType::Map(vec!["name"]));
    assert_eq!(
        field("apps/v1", "Deployment", "spec.replicas").kind,
        FieldType::Int32
    );
    assert_eq!(
        field("v1", "Service", "spec.ports.targetPort").kind,
        FieldType::IntOrString
    );
    assert_eq!(field("v1", "Service", "spec.ports").merge_key, Some("port"));
    assert!(field("apps/v1", "Deployment", "spec.strategy").retain_keys);
    assert!(field("v1", "Pod", "spec.volumes").retain_keys);
    assert_eq!(
        field("v1", "Secret", "data").kind,
        FieldType::Map(Box::new(FieldType::Bytes))
    );
    assert_eq!(
        field("v1", "Pod", "spec.containers.resources.limits").kind,
        FieldType::Map(Box::new(FieldType::Quantity))
    );
    assert_eq!(field("v1", "Pod", "spec.tolerations").list, ListType::Atomic);
    assert_eq!(field("v1", "Pod", "metadata.finalizers").list, ListType::Set);
    let policies: Vec<&str> = field("v1", "Pod", "spec.restartPolicy").values().collect();
    assert_eq!(policies, ["Always", "Never", "OnFailure"]);
}

#[test]
fn go_types_are_named_as_in_errors() {
    let schema = schema();
    for (owner, name, expected) in [
        ("core.v1.PodSpec", "containers", "[]v1.Container"),
        ("core.v1.PodSpec", "restartPolicy", "v1.RestartPolicy"),
        ("core.v1.ConfigMap", "data", "map[string]string"),
        ("meta.v1.ObjectMeta", "uid", "types.UID"),
        ("autoscaling.v2.MetricSpec", "type", "v2.MetricSourceType"),
        ("core.v1.Capabilities", "add", "[]v1.Capability"),
        ("core.v1.ResourceRequirements", "limits", "v1.ResourceList"),
        ("apps.v1.Deployment", "spec", "v1.DeploymentSpec"),
    ] {
        let owner = schema.named(owner).expect(owner);
        let field = owner.field(name).expect(name);
        assert_eq!(schema.go_type(owner, field), expected);
    }
}

#[test]
fn descriptions_stand_beside_their_fields() {
    let schema = schema();
    let spec = schema.named("core.v1.PodSpec").expect("PodSpec");
    assert_eq!(description(spec, None), "PodSpec is a description of a pod.");
    assert!(description(spec, Some("containers")).starts_with("List of containers belonging to the pod."));
    assert_eq!(description(spec, Some("absent")), "");
    for found in &schema.types {
        let name = found.go_struct();
        if name == "ServiceSpec" || name == "NodeStatus" {
            assert!(description(found, None).starts_with(name), "{name}");
        }
    }
}
