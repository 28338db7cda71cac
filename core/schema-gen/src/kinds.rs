//! The kinds of the course and every type they are made of, as JSON schemas.

use k8s_openapi::Resource;
use k8s_openapi::api::{
    admissionregistration::v1 as admissionregistration, apps::v1 as apps,
    authentication::v1 as authentication, authorization::v1 as authorization,
    autoscaling::v1 as autoscaling_v1, autoscaling::v2 as autoscaling_v2, batch::v1 as batch,
    certificates::v1 as certificates, coordination::v1 as coordination, core::v1 as core,
    discovery::v1 as discovery, events::v1 as events, networking::v1 as networking, node::v1 as node,
    policy::v1 as policy, rbac::v1 as rbac, scheduling::v1 as scheduling, storage::v1 as storage,
};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1 as apiextensions;
use k8s_openapi::apimachinery::pkg::apis::meta::v1 as meta;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value};

/// Kinds with the names of their types, and the schema of every type by its OpenAPI name.
pub struct Generated {
    /// `(apiVersion, kind, OpenAPI name)`, in alphabetical order.
    pub kinds: Vec<(String, String, String)>,
    /// JSON schemas by OpenAPI name.
    pub definitions: Map<String, Value>,
}

struct Collector {
    generator: SchemaGenerator,
    kinds: Vec<(String, String, String)>,
}

impl Collector {
    fn kind<T: Resource + JsonSchema>(&mut self) {
        self.generator.subschema_for::<T>();
        self.kinds.push((
            T::API_VERSION.to_owned(),
            T::KIND.to_owned(),
            T::schema_name().into_owned(),
        ));
    }
}

macro_rules! collect {
    ($collector:ident, $($module:ident: $($kind:ident)+;)+) => {
        $($($collector.kind::<$module::$kind>();)+)+
    };
}

/// Collects every kind.
pub fn generate() -> Generated {
    let mut collector = Collector {
        generator: SchemaSettings::draft2020_12().into_generator(),
        kinds: Vec::new(),
    };
    collect!(collector,
        core: Binding ConfigMap Endpoints Event LimitRange Namespace Node PersistentVolume PersistentVolumeClaim Pod
            PodTemplate ReplicationController ResourceQuota Secret Service ServiceAccount;
        apps: ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet;
        batch: CronJob Job;
        autoscaling_v1: HorizontalPodAutoscaler Scale;
        autoscaling_v2: HorizontalPodAutoscaler;
        discovery: EndpointSlice;
        networking: Ingress IngressClass IPAddress NetworkPolicy ServiceCIDR;
        rbac: ClusterRole ClusterRoleBinding Role RoleBinding;
        storage: CSIDriver CSINode CSIStorageCapacity StorageClass VolumeAttachment VolumeAttributesClass;
        policy: Eviction PodDisruptionBudget;
        scheduling: PriorityClass;
        coordination: Lease;
        node: RuntimeClass;
        events: Event;
        certificates: CertificateSigningRequest;
        authentication: SelfSubjectReview TokenRequest TokenReview;
        authorization: LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview;
        admissionregistration: MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingWebhookConfiguration
            ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration;
        apiextensions: CustomResourceDefinition;
    );
    collector.generator.subschema_for::<meta::DeleteOptions>();
    collector.generator.subschema_for::<meta::Status>();
    collector.kinds.sort();
    Generated {
        kinds: collector.kinds,
        definitions: collector.generator.take_definitions(true),
    }
}
