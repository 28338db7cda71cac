//! The stored envelope: metadata, spec and status each behind their own pointer, so that one more version of an object
//! costs only the part that changed. JSON and YAML exist only where somebody can see them.

use std::fmt;
use std::sync::Arc;

use super::types::{
    apiextensions, apps, autoscaling, batch, coordination, core, discovery, networking, policy, rbac,
    scheduling, storage,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::convert::{self, Mismatch, Note, Reflect};
use super::custom::CustomKind;
use super::go_json;
use super::kind::Kind;
use super::names::Names;
use super::repeated;
use crate::sorted::json_object;

/// An object as it is stored and shared: cloning it copies three pointers.
#[derive(Clone, Debug, Default)]
pub struct Object<S, T> {
    /// `metadata`.
    pub metadata: Arc<ObjectMeta>,
    /// `spec`; for kinds without one, the whole object with empty metadata.
    pub spec: Arc<S>,
    /// `status`; [`NoStatus`] for kinds without one.
    pub status: Arc<T>,
}

/// Two parts that are shared are equal, and most are: they are not compared field by field.
fn same_part<P: PartialEq>(a: &Arc<P>, b: &Arc<P>) -> bool {
    Arc::ptr_eq(a, b) || a == b
}

impl<S: PartialEq, T: PartialEq> PartialEq for Object<S, T> {
    fn eq(&self, other: &Self) -> bool {
        same_part(&self.metadata, &other.metadata)
            && same_part(&self.spec, &other.spec)
            && same_part(&self.status, &other.status)
    }
}

/// Metadata, spec and status as the JSON that the API serves. Saves hold objects so: code that reads and writes Kubernetes'
/// types a second way would be a fifth of what the lab downloads.
type Parts = [Value; 3];

impl<S: Reflect, T: Reflect> Object<S, T> {
    fn reflect(&self) -> [&dyn Reflect; 3] {
        [&*self.metadata, &*self.spec, &*self.status]
    }

    fn from_parts([metadata, spec, status]: Parts) -> Result<Self, Mismatch> {
        Ok(Self {
            metadata: Arc::new(convert::from_json(metadata)?),
            spec: Arc::new(convert::from_json(spec)?),
            status: Arc::new(convert::from_json(status)?),
        })
    }
}

impl<S: Reflect, T: Reflect> Serialize for Object<S, T> {
    fn serialize<R: Serializer>(&self, serializer: R) -> Result<R::Ok, R::Error> {
        self.reflect().map(convert::to_json).serialize(serializer)
    }
}

impl<'de, S: Reflect, T: Reflect> Deserialize<'de> for Object<S, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_parts(Parts::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// The status of kinds that have none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoStatus {}

impl Reflect for NoStatus {
    fn zero() -> Self {
        Self {}
    }

    fn read(&mut self, _: &mut Value, _: &mut Note) {}

    fn write(&self, _: &mut Value) -> bool {
        false
    }
}

/// Where an object is found: its kind, namespace (empty if cluster-wide) and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// The kind.
    pub kind: Kind,
    /// The namespace, empty for cluster-wide kinds.
    pub namespace: Arc<str>,
    /// The name.
    pub name: Arc<str>,
}

impl Key {
    /// The key of an object.
    #[must_use]
    pub fn new(kind: Kind, namespace: &str, name: &str) -> Self {
        Self {
            kind,
            namespace: namespace.into(),
            name: name.into(),
        }
    }
}

/// An object that is kept as JSON: of a custom kind, or of a kind that nobody in the cluster acts on. Its `spec` is
/// everything besides metadata and status.
#[derive(Clone, Debug, PartialEq)]
pub struct Dynamic {
    /// The kind that it is stored under.
    pub kind: Kind,
    /// What a custom kind is called, and the version that this object is shown in.
    pub custom: Option<Arc<CustomKind>>,
    /// The parts.
    pub object: Object<Value, Value>,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            write!(f, "{}/{}", self.kind, self.name)
        } else {
            write!(f, "{}/{}/{}", self.kind, self.namespace, self.name)
        }
    }
}

/// A kind's typed object, to and from the enum over all kinds.
pub trait Typed: Sized + Clone {
    /// The kind.
    const KIND: Kind;

    /// Wraps the object.
    fn into_any(self) -> AnyObject;

    /// `metadata`.
    fn object_metadata(&self) -> &Arc<ObjectMeta>;

    /// The object, if it is of this kind.
    fn from_any(any: &AnyObject) -> Option<&Self>;

    /// The object, if it is of this kind, to change.
    fn from_any_mut(any: &mut AnyObject) -> Option<&mut Self>;
}

impl<S: Clone, T: Clone> Object<S, T> {
    /// An object of these parts.
    #[must_use]
    pub fn new(metadata: ObjectMeta, spec: S, status: T) -> Self {
        Self {
            metadata: Arc::new(metadata),
            spec: Arc::new(spec),
            status: Arc::new(status),
        }
    }

    /// `metadata.name`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.metadata.name.as_deref().unwrap_or_default()
    }

    /// `metadata.namespace`.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.metadata.namespace.as_deref().unwrap_or_default()
    }

    /// `metadata.uid`.
    #[must_use]
    pub fn uid(&self) -> &str {
        self.metadata.uid.as_deref().unwrap_or_default()
    }

    /// The metadata, to change.
    pub fn metadata_mut(&mut self) -> &mut ObjectMeta {
        Arc::make_mut(&mut self.metadata)
    }

    /// The spec, to change.
    pub fn spec_mut(&mut self) -> &mut S {
        Arc::make_mut(&mut self.spec)
    }

    /// The status, to change.
    pub fn status_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.status)
    }
}

/// How a kind's JSON is laid out.
enum Shape {
    /// `spec` and `status` beside the metadata.
    SpecAndStatus,
    /// `spec` beside the metadata.
    SpecOnly,
    /// The fields themselves beside the metadata.
    Flat,
    /// The fields themselves beside the metadata and, if there is one, the status.
    Rest,
}

macro_rules! objects {
    // The parts of an object, whatever they are.
    (@each $any:expr, $object:ident => $body:expr; $($kind:ident)+) => {
        match $any {
            $(AnyObject::$kind($object) => $body,)+
            AnyObject::Dynamic(Dynamic { object: $object, .. }) => $body,
        }
    };
    (@both $pair:expr, ($a:ident, $b:ident) => $body:expr, else $other:expr; $($kind:ident)+) => {
        match $pair {
            $((AnyObject::$kind($a), AnyObject::$kind($b)) => $body,)+
            (AnyObject::Dynamic(Dynamic { object: $a, .. }), AnyObject::Dynamic(Dynamic { object: $b, .. })) => $body,
            _ => $other,
        }
    };
    ($($kind:ident: $shape:ident, $spec:ty, $status:ty, $full:literal;)+) => {
        $(
            #[doc = concat!("`", $full, "`")]
            pub type $kind = Object<$spec, $status>;

            impl Typed for $kind {
                const KIND: Kind = Kind::$kind;

                fn into_any(self) -> AnyObject {
                    AnyObject::$kind(self)
                }

                fn object_metadata(&self) -> &Arc<ObjectMeta> {
                    &self.metadata
                }

                fn from_any(any: &AnyObject) -> Option<&Self> {
                    if let AnyObject::$kind(object) = any { Some(object) } else { None }
                }

                fn from_any_mut(any: &mut AnyObject) -> Option<&mut Self> {
                    if let AnyObject::$kind(object) = any { Some(object) } else { None }
                }
            }
        )+

        /// An object of any kind.
        #[derive(Clone, Debug, PartialEq)]
        pub enum AnyObject {
            $(
                #[doc = concat!("`", $full, "`")]
                $kind($kind),
            )+
            /// An object of another kind.
            Dynamic(Dynamic),
        }

        impl AnyObject {
            /// The kind.
            #[must_use]
            pub fn kind(&self) -> Kind {
                match self {
                    $(Self::$kind(_) => Kind::$kind,)+
                    Self::Dynamic(object) => object.kind,
                }
            }

            /// `metadata`.
            #[must_use]
            pub fn metadata(&self) -> &Arc<ObjectMeta> {
                objects!(@each self, object => &object.metadata; $($kind)+)
            }

            /// `metadata`, to change.
            pub fn metadata_mut(&mut self) -> &mut ObjectMeta {
                objects!(@each self, object => Arc::make_mut(&mut object.metadata); $($kind)+)
            }

            /// Whether the two share their spec: cheap, and no when they have equal ones apart.
            #[must_use]
            pub fn shares_spec(&self, other: &Self) -> bool {
                objects!(@both (self, other), (a, b) => Arc::ptr_eq(&a.spec, &b.spec), else false; $($kind)+)
            }

            /// Whether the two share their metadata or have equal ones.
            #[must_use]
            pub fn same_metadata(&self, other: &Self) -> bool {
                same_part(self.metadata(), other.metadata())
            }

            /// Whether the two share their spec or have equal ones.
            #[must_use]
            pub fn same_spec(&self, other: &Self) -> bool {
                objects!(@both (self, other), (a, b) => same_part(&a.spec, &b.spec), else false; $($kind)+)
            }

            /// Whether the two share their status or have equal ones.
            #[must_use]
            pub fn same_status(&self, other: &Self) -> bool {
                objects!(@both (self, other), (a, b) => same_part(&a.status, &b.status), else false; $($kind)+)
            }

            /// Takes the status of `other`, an object of the same kind.
            pub fn take_status(&mut self, other: &Self) {
                objects!(@both (self, other), (a, b) => a.status = Arc::clone(&b.status),
                    else debug_assert!(false, "statuses of different kinds"); $($kind)+);
            }

            /// Takes the spec of `other`, an object of the same kind.
            pub fn take_spec(&mut self, other: &Self) {
                objects!(@both (self, other), (a, b) => a.spec = Arc::clone(&b.spec),
                    else debug_assert!(false, "specs of different kinds"); $($kind)+);
            }

            /// Forgets the status.
            pub fn reset_status(&mut self) {
                objects!(@each self, object => object.status = Arc::default(); $($kind)+);
            }

            fn reflect(&self) -> [&dyn Reflect; 3] {
                objects!(@each self, object => object.reflect(); $($kind)+)
            }

            fn from_parts(kind: Kind, custom: Option<Arc<CustomKind>>, parts: Parts) -> Result<Self, Mismatch> {
                Ok(match kind {
                    $(Kind::$kind => Self::$kind(Object::from_parts(parts)?),)+
                    _ => {
                        let [metadata, spec, status] = parts;
                        let object = Object::new(convert::from_json(metadata)?, spec, status);
                        Self::Dynamic(Dynamic { kind, custom, object })
                    }
                })
            }
        }

        fn shape(kind: Kind) -> Shape {
            match kind {
                $(Kind::$kind => Shape::$shape,)+
                _ => Shape::Rest,
            }
        }
    };
}

objects! {
    ConfigMap: Flat, core::ConfigMap, NoStatus, "v1/ConfigMap";
    Endpoints: Flat, core::Endpoints, NoStatus, "v1/Endpoints";
    Event: Flat, core::Event, NoStatus, "v1/Event";
    LimitRange: SpecOnly, core::LimitRangeSpec, NoStatus, "v1/LimitRange";
    Namespace: SpecAndStatus, core::NamespaceSpec, core::NamespaceStatus, "v1/Namespace";
    Node: SpecAndStatus, core::NodeSpec, core::NodeStatus, "v1/Node";
    PersistentVolumeClaim: SpecAndStatus, core::PersistentVolumeClaimSpec, core::PersistentVolumeClaimStatus, "v1/PersistentVolumeClaim";
    PersistentVolume: SpecAndStatus, core::PersistentVolumeSpec, core::PersistentVolumeStatus, "v1/PersistentVolume";
    Pod: SpecAndStatus, core::PodSpec, core::PodStatus, "v1/Pod";
    ReplicationController: SpecAndStatus, core::ReplicationControllerSpec, core::ReplicationControllerStatus, "v1/ReplicationController";
    ResourceQuota: SpecAndStatus, core::ResourceQuotaSpec, core::ResourceQuotaStatus, "v1/ResourceQuota";
    Secret: Flat, core::Secret, NoStatus, "v1/Secret";
    ServiceAccount: Flat, core::ServiceAccount, NoStatus, "v1/ServiceAccount";
    Service: SpecAndStatus, core::ServiceSpec, core::ServiceStatus, "v1/Service";
    CustomResourceDefinition: SpecAndStatus, apiextensions::CustomResourceDefinitionSpec, apiextensions::CustomResourceDefinitionStatus, "apiextensions.k8s.io/v1/CustomResourceDefinition";
    ControllerRevision: Flat, apps::ControllerRevision, NoStatus, "apps/v1/ControllerRevision";
    DaemonSet: SpecAndStatus, apps::DaemonSetSpec, apps::DaemonSetStatus, "apps/v1/DaemonSet";
    Deployment: SpecAndStatus, apps::DeploymentSpec, apps::DeploymentStatus, "apps/v1/Deployment";
    ReplicaSet: SpecAndStatus, apps::ReplicaSetSpec, apps::ReplicaSetStatus, "apps/v1/ReplicaSet";
    StatefulSet: SpecAndStatus, apps::StatefulSetSpec, apps::StatefulSetStatus, "apps/v1/StatefulSet";
    HorizontalPodAutoscaler: SpecAndStatus, autoscaling::HorizontalPodAutoscalerSpec, autoscaling::HorizontalPodAutoscalerStatus, "autoscaling/v2/HorizontalPodAutoscaler";
    CronJob: SpecAndStatus, batch::CronJobSpec, batch::CronJobStatus, "batch/v1/CronJob";
    Job: SpecAndStatus, batch::JobSpec, batch::JobStatus, "batch/v1/Job";
    Lease: SpecOnly, coordination::LeaseSpec, NoStatus, "coordination.k8s.io/v1/Lease";
    EndpointSlice: Flat, discovery::EndpointSlice, NoStatus, "discovery.k8s.io/v1/EndpointSlice";
    IngressClass: SpecOnly, networking::IngressClassSpec, NoStatus, "networking.k8s.io/v1/IngressClass";
    Ingress: SpecAndStatus, networking::IngressSpec, networking::IngressStatus, "networking.k8s.io/v1/Ingress";
    NetworkPolicy: SpecOnly, networking::NetworkPolicySpec, NoStatus, "networking.k8s.io/v1/NetworkPolicy";
    PodDisruptionBudget: SpecAndStatus, policy::PodDisruptionBudgetSpec, policy::PodDisruptionBudgetStatus, "policy/v1/PodDisruptionBudget";
    ClusterRoleBinding: Flat, rbac::ClusterRoleBinding, NoStatus, "rbac.authorization.k8s.io/v1/ClusterRoleBinding";
    ClusterRole: Flat, rbac::ClusterRole, NoStatus, "rbac.authorization.k8s.io/v1/ClusterRole";
    RoleBinding: Flat, rbac::RoleBinding, NoStatus, "rbac.authorization.k8s.io/v1/RoleBinding";
    Role: Flat, rbac::Role, NoStatus, "rbac.authorization.k8s.io/v1/Role";
    PriorityClass: Flat, scheduling::PriorityClass, NoStatus, "scheduling.k8s.io/v1/PriorityClass";
    StorageClass: Flat, storage::StorageClass, NoStatus, "storage.k8s.io/v1/StorageClass";
}

impl AnyObject {
    /// An object of a custom kind.
    ///
    /// # Errors
    ///
    /// When the metadata does not decode.
    pub fn custom(kind: &Arc<CustomKind>, value: Value) -> Result<Self, Mismatch> {
        let parts = split(&Shape::Rest, value)?;
        Self::from_parts(Kind::Custom(kind.id.hub()), Some(Arc::clone(kind)), parts)
    }

    /// The custom kind, if it is of one.
    #[must_use]
    pub fn custom_kind(&self) -> Option<&Arc<CustomKind>> {
        match self {
            Self::Dynamic(object) => object.custom.as_ref(),
            _ => None,
        }
    }

    /// Shows a custom object in this version.
    pub fn show_in(&mut self, kind: &Arc<CustomKind>) {
        if let Self::Dynamic(object) = self {
            object.custom = Some(Arc::clone(kind));
        }
    }

    /// What its kind is called.
    #[must_use]
    pub fn names(&self) -> Names<'_> {
        match self.custom_kind() {
            Some(kind) => (&**kind).into(),
            None => self.kind().into(),
        }
    }

    /// `metadata.name`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.metadata().name.as_deref().unwrap_or_default()
    }

    /// `metadata.namespace`, empty for cluster-wide objects.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.metadata().namespace.as_deref().unwrap_or_default()
    }

    /// `metadata.uid`.
    #[must_use]
    pub fn uid(&self) -> &str {
        self.metadata().uid.as_deref().unwrap_or_default()
    }

    /// Where it is found.
    #[must_use]
    pub fn key(&self) -> Key {
        Key::new(self.kind(), self.namespace(), self.name())
    }

    /// The object as this typed kind.
    #[must_use]
    pub fn get<K: Typed>(&self) -> Option<&K> {
        K::from_any(self)
    }

    /// The object as this typed kind, to change.
    pub fn get_mut<K: Typed>(&mut self) -> Option<&mut K> {
        K::from_any_mut(self)
    }

    /// `metadata.resourceVersion` as a number, 0 if unset.
    #[must_use]
    pub fn resource_version(&self) -> u64 {
        self.metadata()
            .resource_version
            .as_deref()
            .and_then(|version| version.parse().ok())
            .unwrap_or(0)
    }
}

impl AnyObject {
    fn to_parts(&self) -> Parts {
        self.reflect().map(convert::to_json)
    }

    /// The object as JSON, as the API server serves it.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let names = self.names();
        let [metadata, spec, mut status] = self.to_parts();
        if let Self::Pod(pod) = self {
            status = convert::to_json(&repeated::unfolded(pod));
        }
        let mut map = match (shape(self.kind()), spec) {
            (Shape::Flat, Value::Object(map)) => map,
            (Shape::Rest, Value::Object(mut map)) => {
                if !status.is_null() {
                    map.insert("status".to_owned(), status);
                }
                map
            }
            (Shape::SpecOnly, spec) => json_object([("spec".to_owned(), spec)]),
            (_, spec) => json_object([("spec".to_owned(), spec), ("status".to_owned(), status)]),
        };
        map.insert("apiVersion".to_owned(), Value::String(names.api_version()));
        map.insert("kind".to_owned(), Value::String(names.kind.to_owned()));
        map.insert("metadata".to_owned(), metadata);
        let mut value = Value::Object(map);
        go_json::print(self.kind(), &mut value);
        value
    }

    /// An object of this kind from JSON whose structure has been checked against the schema.
    ///
    /// # Errors
    ///
    /// When a field has another type than the kind's.
    pub fn from_value(kind: Kind, mut value: Value) -> Result<Self, Mismatch> {
        go_json::trim(kind, &mut value);
        let parts = split(&shape(kind), value)?;
        let mut object = Self::from_parts(kind, None, parts)?;
        if let Self::Pod(pod) = &mut object {
            repeated::fold_status(pod);
        }
        Ok(object)
    }
}

/// The parts of an object of this shape.
fn split(shape: &Shape, value: Value) -> Result<Parts, Mismatch> {
    let Value::Object(mut map) = value else {
        return Err(Mismatch);
    };
    map.remove("apiVersion");
    map.remove("kind");
    let mut part = |field: &str| map.remove(field).unwrap_or_default();
    let metadata = part("metadata");
    Ok(match shape {
        Shape::Flat => [metadata, Value::Object(map), Value::Null],
        Shape::Rest => {
            let status = part("status");
            [metadata, Value::Object(map), status]
        }
        Shape::SpecOnly | Shape::SpecAndStatus => [metadata, part("spec"), part("status")],
    })
}

impl Serialize for AnyObject {
    fn serialize<R: Serializer>(&self, serializer: R) -> Result<R::Ok, R::Error> {
        let custom = match self {
            Self::Dynamic(dynamic) => dynamic.custom.as_ref(),
            _ => None,
        };
        (self.kind(), custom, self.to_parts()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for AnyObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (kind, custom, parts) = Deserialize::deserialize(deserializer)?;
        Self::from_parts(kind, custom, parts).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_go_to_json_and_back() {
        for value in [
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"},
                   "spec": {"containers": [{"name": "c", "image": "nginx", "resources": {}}]},
                   "status": {"phase": "Running"}}),
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cm"}, "data": {"a": "1"}}),
        ] {
            let kind =
                Kind::from_manifest("v1", value["kind"].as_str().unwrap_or_default()).expect("a known kind");
            let object = AnyObject::from_value(kind, value.clone()).expect("valid");
            assert_eq!(object.to_value(), value);
        }
    }

    #[test]
    fn a_status_update_shares_the_spec() {
        let pod = Pod::default();
        let mut other = pod.clone();
        other.status_mut().phase = Some("Running".to_owned());
        assert!(Arc::ptr_eq(&pod.spec, &other.spec));
        assert!(AnyObject::Pod(pod).same_spec(&AnyObject::Pod(other)));
    }
}
