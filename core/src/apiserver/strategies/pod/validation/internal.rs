//! A Pod's spec as Go prints the API server's internal types, which have names but no tags for JSON: what an error about
//! a refused change shows the difference of.
//!
//! Models the structs of `pkg/apis/core/types.go`: names, order, and what is printed when nothing was said. A source of
//! volumes that the lab cannot mount is printed as its JSON.

use serde_json::{Map, Value, json};

use crate::api::to_json;
use crate::api::types::core::{PersistentVolumeClaimSpec, PersistentVolumeSpec, PodSpec};

/// How a field is printed, and what stands when it is not set.
#[derive(Clone, Copy)]
enum Shape {
    /// A pointer, list or map of plain values: `null`.
    Any,
    /// `""`
    Text,
    /// `0`
    Number,
    /// `false`
    Flag,
    /// A pointer to a struct: `null`.
    Pointer(Fields),
    /// A struct, always there.
    Struct(Fields),
    /// A list of structs: `null`.
    List(Fields),
}

use Shape::{Any, Flag, List, Number, Pointer, Struct, Text};

/// The fields of a struct in order: name in Go, name in JSON, shape.
type Fields = &'static [(&'static str, &'static str, Shape)];

const SPEC: Fields = &[
    ("Volumes", "volumes", List(VOLUME)),
    ("InitContainers", "initContainers", List(CONTAINER)),
    ("Containers", "containers", List(CONTAINER)),
    ("EphemeralContainers", "ephemeralContainers", Any),
    ("RestartPolicy", "restartPolicy", Text),
    (
        "TerminationGracePeriodSeconds",
        "terminationGracePeriodSeconds",
        Any,
    ),
    ("ActiveDeadlineSeconds", "activeDeadlineSeconds", Any),
    ("DNSPolicy", "dnsPolicy", Text),
    ("NodeSelector", "nodeSelector", Any),
    ("ServiceAccountName", "serviceAccountName", Text),
    (
        "AutomountServiceAccountToken",
        "automountServiceAccountToken",
        Any,
    ),
    ("NodeName", "nodeName", Text),
    ("SecurityContext", "securityContext", Pointer(POD_SECURITY)),
    ("ImagePullSecrets", "imagePullSecrets", List(NAME)),
    ("Hostname", "hostname", Text),
    ("Subdomain", "subdomain", Text),
    ("SetHostnameAsFQDN", "setHostnameAsFQDN", Any),
    ("Affinity", "affinity", Pointer(AFFINITY)),
    ("SchedulerName", "schedulerName", Text),
    ("Tolerations", "tolerations", List(TOLERATION)),
    ("HostAliases", "hostAliases", List(HOST_ALIAS)),
    ("PriorityClassName", "priorityClassName", Text),
    ("Priority", "priority", Any),
    ("PreemptionPolicy", "preemptionPolicy", Any),
    ("DNSConfig", "dnsConfig", Pointer(DNS_CONFIG)),
    ("ReadinessGates", "readinessGates", List(READINESS_GATE)),
    ("RuntimeClassName", "runtimeClassName", Any),
    ("Overhead", "overhead", Any),
    ("EnableServiceLinks", "enableServiceLinks", Any),
    (
        "TopologySpreadConstraints",
        "topologySpreadConstraints",
        List(SPREAD),
    ),
    ("OS", "os", Any),
    ("SchedulingGates", "schedulingGates", List(GATE)),
    ("ResourceClaims", "resourceClaims", Any),
    ("Resources", "resources", Pointer(RESOURCES)),
    ("HostnameOverride", "hostnameOverride", Any),
    ("SchedulingGroup", "schedulingGroup", Any),
];

const NAME: Fields = &[("Name", "name", Text)];
const GATE: Fields = NAME;
const READINESS_GATE: Fields = &[("ConditionType", "conditionType", Text)];
const HOST_ALIAS: Fields = &[("IP", "ip", Text), ("Hostnames", "hostnames", Any)];
const DNS_CONFIG: Fields = &[
    ("Nameservers", "nameservers", Any),
    ("Searches", "searches", Any),
    (
        "Options",
        "options",
        List(&[("Name", "name", Text), ("Value", "value", Any)]),
    ),
];

const VOLUME: Fields = &[
    ("Name", "name", Text),
    (
        "HostPath",
        "hostPath",
        Pointer(&[("Path", "path", Text), ("Type", "type", Any)]),
    ),
    (
        "EmptyDir",
        "emptyDir",
        Pointer(&[("Medium", "medium", Text), ("SizeLimit", "sizeLimit", Any)]),
    ),
    ("GCEPersistentDisk", "gcePersistentDisk", Any),
    ("AWSElasticBlockStore", "awsElasticBlockStore", Any),
    ("GitRepo", "gitRepo", Any),
    (
        "Secret",
        "secret",
        Pointer(&[
            ("SecretName", "secretName", Text),
            ("Items", "items", List(KEY_TO_PATH)),
            ("DefaultMode", "defaultMode", Any),
            ("Optional", "optional", Any),
        ]),
    ),
    (
        "NFS",
        "nfs",
        Pointer(&[
            ("Server", "server", Text),
            ("Path", "path", Text),
            ("ReadOnly", "readOnly", Flag),
        ]),
    ),
    ("ISCSI", "iscsi", Any),
    ("Glusterfs", "glusterfs", Any),
    (
        "PersistentVolumeClaim",
        "persistentVolumeClaim",
        Pointer(&[("ClaimName", "claimName", Text), ("ReadOnly", "readOnly", Flag)]),
    ),
    ("RBD", "rbd", Any),
    ("Quobyte", "quobyte", Any),
    ("FlexVolume", "flexVolume", Any),
    ("Cinder", "cinder", Any),
    ("CephFS", "cephfs", Any),
    ("Flocker", "flocker", Any),
    (
        "DownwardAPI",
        "downwardAPI",
        Pointer(&[
            ("Items", "items", List(DOWNWARD_FILE)),
            ("DefaultMode", "defaultMode", Any),
        ]),
    ),
    ("FC", "fc", Any),
    ("AzureFile", "azureFile", Any),
    (
        "ConfigMap",
        "configMap",
        Pointer(&[
            ("Name", "name", Text),
            ("Items", "items", List(KEY_TO_PATH)),
            ("DefaultMode", "defaultMode", Any),
            ("Optional", "optional", Any),
        ]),
    ),
    ("VsphereVolume", "vsphereVolume", Any),
    ("AzureDisk", "azureDisk", Any),
    ("PhotonPersistentDisk", "photonPersistentDisk", Any),
    (
        "Projected",
        "projected",
        Pointer(&[
            ("Sources", "sources", List(PROJECTION)),
            ("DefaultMode", "defaultMode", Any),
        ]),
    ),
    ("PortworxVolume", "portworxVolume", Any),
    ("ScaleIO", "scaleIO", Any),
    ("StorageOS", "storageos", Any),
    ("CSI", "csi", Any),
    ("Ephemeral", "ephemeral", Any),
    ("Image", "image", Any),
];

const KEY_TO_PATH: Fields = &[
    ("Key", "key", Text),
    ("Path", "path", Text),
    ("Mode", "mode", Any),
];
const DOWNWARD_FILE: Fields = &[
    ("Path", "path", Text),
    ("FieldRef", "fieldRef", Pointer(FIELD_REF)),
    ("ResourceFieldRef", "resourceFieldRef", Pointer(RESOURCE_REF)),
    ("Mode", "mode", Any),
];
const FIELD_REF: Fields = &[
    ("APIVersion", "apiVersion", Text),
    ("FieldPath", "fieldPath", Text),
];
const RESOURCE_REF: Fields = &[
    ("ContainerName", "containerName", Text),
    ("Resource", "resource", Text),
    ("Divisor", "divisor", Any),
];
const NAMED_PROJECTION: Fields = &[
    ("Name", "name", Text),
    ("Items", "items", List(KEY_TO_PATH)),
    ("Optional", "optional", Any),
];
const PROJECTION: Fields = &[
    ("Secret", "secret", Pointer(NAMED_PROJECTION)),
    (
        "DownwardAPI",
        "downwardAPI",
        Pointer(&[("Items", "items", List(DOWNWARD_FILE))]),
    ),
    ("ConfigMap", "configMap", Pointer(NAMED_PROJECTION)),
    (
        "ServiceAccountToken",
        "serviceAccountToken",
        Pointer(&[
            ("Audience", "audience", Text),
            ("ExpirationSeconds", "expirationSeconds", Number),
            ("Path", "path", Text),
        ]),
    ),
    ("ClusterTrustBundle", "clusterTrustBundle", Any),
    ("PodCertificate", "podCertificate", Any),
];

const CONTAINER: Fields = &[
    ("Name", "name", Text),
    ("Image", "image", Text),
    ("Command", "command", Any),
    ("Args", "args", Any),
    ("WorkingDir", "workingDir", Text),
    (
        "Ports",
        "ports",
        List(&[
            ("Name", "name", Text),
            ("HostPort", "hostPort", Number),
            ("ContainerPort", "containerPort", Number),
            ("Protocol", "protocol", Text),
            ("HostIP", "hostIP", Text),
        ]),
    ),
    (
        "EnvFrom",
        "envFrom",
        List(&[
            ("Prefix", "prefix", Text),
            ("ConfigMapRef", "configMapRef", Pointer(OPTIONAL_NAME)),
            ("SecretRef", "secretRef", Pointer(OPTIONAL_NAME)),
        ]),
    ),
    (
        "Env",
        "env",
        List(&[
            ("Name", "name", Text),
            ("Value", "value", Text),
            ("ValueFrom", "valueFrom", Pointer(ENV_SOURCE)),
        ]),
    ),
    ("Resources", "resources", Struct(RESOURCES)),
    (
        "ResizePolicy",
        "resizePolicy",
        List(&[
            ("ResourceName", "resourceName", Text),
            ("RestartPolicy", "restartPolicy", Text),
        ]),
    ),
    ("RestartPolicy", "restartPolicy", Any),
    ("RestartPolicyRules", "restartPolicyRules", Any),
    (
        "VolumeMounts",
        "volumeMounts",
        List(&[
            ("Name", "name", Text),
            ("ReadOnly", "readOnly", Flag),
            ("RecursiveReadOnly", "recursiveReadOnly", Any),
            ("MountPath", "mountPath", Text),
            ("SubPath", "subPath", Text),
            ("MountPropagation", "mountPropagation", Any),
            ("SubPathExpr", "subPathExpr", Text),
        ]),
    ),
    (
        "VolumeDevices",
        "volumeDevices",
        List(&[("Name", "name", Text), ("DevicePath", "devicePath", Text)]),
    ),
    ("LivenessProbe", "livenessProbe", Pointer(PROBE)),
    ("ReadinessProbe", "readinessProbe", Pointer(PROBE)),
    ("StartupProbe", "startupProbe", Pointer(PROBE)),
    (
        "Lifecycle",
        "lifecycle",
        Pointer(&[
            ("PostStart", "postStart", Pointer(HOOK)),
            ("PreStop", "preStop", Pointer(HOOK)),
            ("StopSignal", "stopSignal", Any),
        ]),
    ),
    ("TerminationMessagePath", "terminationMessagePath", Text),
    ("TerminationMessagePolicy", "terminationMessagePolicy", Text),
    ("ImagePullPolicy", "imagePullPolicy", Text),
    ("SecurityContext", "securityContext", Pointer(SECURITY)),
    ("Stdin", "stdin", Flag),
    ("StdinOnce", "stdinOnce", Flag),
    ("TTY", "tty", Flag),
];

const OPTIONAL_NAME: Fields = &[("Name", "name", Text), ("Optional", "optional", Any)];
const KEY: Fields = &[
    ("Name", "name", Text),
    ("Key", "key", Text),
    ("Optional", "optional", Any),
];
const ENV_SOURCE: Fields = &[
    ("FieldRef", "fieldRef", Pointer(FIELD_REF)),
    ("ResourceFieldRef", "resourceFieldRef", Pointer(RESOURCE_REF)),
    ("ConfigMapKeyRef", "configMapKeyRef", Pointer(KEY)),
    ("SecretKeyRef", "secretKeyRef", Pointer(KEY)),
    ("FileKeyRef", "fileKeyRef", Any),
];
const RESOURCES: Fields = &[
    ("Limits", "limits", Any),
    ("Requests", "requests", Any),
    ("Claims", "claims", Any),
];
const EXEC: Fields = &[("Command", "command", Any)];
const HTTP_GET: Fields = &[
    ("Path", "path", Text),
    ("Port", "port", Number),
    ("Host", "host", Text),
    ("Scheme", "scheme", Text),
    (
        "HTTPHeaders",
        "httpHeaders",
        List(&[("Name", "name", Text), ("Value", "value", Text)]),
    ),
];
const TCP: Fields = &[("Port", "port", Number), ("Host", "host", Text)];
const PROBE: Fields = &[
    ("Exec", "exec", Pointer(EXEC)),
    ("HTTPGet", "httpGet", Pointer(HTTP_GET)),
    ("TCPSocket", "tcpSocket", Pointer(TCP)),
    (
        "GRPC",
        "grpc",
        Pointer(&[("Port", "port", Number), ("Service", "service", Any)]),
    ),
    ("InitialDelaySeconds", "initialDelaySeconds", Number),
    ("TimeoutSeconds", "timeoutSeconds", Number),
    ("PeriodSeconds", "periodSeconds", Number),
    ("SuccessThreshold", "successThreshold", Number),
    ("FailureThreshold", "failureThreshold", Number),
    (
        "TerminationGracePeriodSeconds",
        "terminationGracePeriodSeconds",
        Any,
    ),
];
const HOOK: Fields = &[
    ("Exec", "exec", Pointer(EXEC)),
    ("HTTPGet", "httpGet", Pointer(HTTP_GET)),
    ("TCPSocket", "tcpSocket", Pointer(TCP)),
    ("Sleep", "sleep", Pointer(&[("Seconds", "seconds", Number)])),
];

const SECURITY: Fields = &[
    (
        "Capabilities",
        "capabilities",
        Pointer(&[("Add", "add", Any), ("Drop", "drop", Any)]),
    ),
    ("Privileged", "privileged", Any),
    ("SELinuxOptions", "seLinuxOptions", Any),
    ("WindowsOptions", "windowsOptions", Any),
    ("RunAsUser", "runAsUser", Any),
    ("RunAsGroup", "runAsGroup", Any),
    ("RunAsNonRoot", "runAsNonRoot", Any),
    ("ReadOnlyRootFilesystem", "readOnlyRootFilesystem", Any),
    ("AllowPrivilegeEscalation", "allowPrivilegeEscalation", Any),
    ("ProcMount", "procMount", Any),
    ("SeccompProfile", "seccompProfile", Pointer(PROFILE)),
    ("AppArmorProfile", "appArmorProfile", Pointer(PROFILE)),
];
const PROFILE: Fields = &[
    ("Type", "type", Text),
    ("LocalhostProfile", "localhostProfile", Any),
];
const POD_SECURITY: Fields = &[
    ("HostNetwork", "hostNetwork", Flag),
    ("HostPID", "hostPID", Flag),
    ("HostIPC", "hostIPC", Flag),
    ("ShareProcessNamespace", "shareProcessNamespace", Any),
    ("HostUsers", "hostUsers", Any),
    ("SELinuxOptions", "seLinuxOptions", Any),
    ("WindowsOptions", "windowsOptions", Any),
    ("RunAsUser", "runAsUser", Any),
    ("RunAsGroup", "runAsGroup", Any),
    ("RunAsNonRoot", "runAsNonRoot", Any),
    ("SupplementalGroups", "supplementalGroups", Any),
    ("SupplementalGroupsPolicy", "supplementalGroupsPolicy", Any),
    ("FSGroup", "fsGroup", Any),
    ("FSGroupChangePolicy", "fsGroupChangePolicy", Any),
    ("Sysctls", "sysctls", Any),
    ("SeccompProfile", "seccompProfile", Pointer(PROFILE)),
    ("AppArmorProfile", "appArmorProfile", Pointer(PROFILE)),
    ("SELinuxChangePolicy", "seLinuxChangePolicy", Any),
];
/// These stand in the spec in JSON, in the security context in Go.
const MOVED: [&str; 5] = [
    "hostNetwork",
    "hostPID",
    "hostIPC",
    "shareProcessNamespace",
    "hostUsers",
];

const TOLERATION: Fields = &[
    ("Key", "key", Text),
    ("Operator", "operator", Text),
    ("Value", "value", Text),
    ("Effect", "effect", Text),
    ("TolerationSeconds", "tolerationSeconds", Any),
];
const SPREAD: Fields = &[
    ("MaxSkew", "maxSkew", Number),
    ("TopologyKey", "topologyKey", Text),
    ("WhenUnsatisfiable", "whenUnsatisfiable", Text),
    ("LabelSelector", "labelSelector", Any),
    ("MinDomains", "minDomains", Any),
    ("NodeAffinityPolicy", "nodeAffinityPolicy", Any),
    ("NodeTaintsPolicy", "nodeTaintsPolicy", Any),
    ("MatchLabelKeys", "matchLabelKeys", Any),
];

const REQUIREMENT: Fields = &[
    ("Key", "key", Text),
    ("Operator", "operator", Text),
    ("Values", "values", Any),
];
const NODE_TERM: Fields = &[
    ("MatchExpressions", "matchExpressions", List(REQUIREMENT)),
    ("MatchFields", "matchFields", List(REQUIREMENT)),
];
const POD_TERM: Fields = &[
    ("LabelSelector", "labelSelector", Any),
    ("Namespaces", "namespaces", Any),
    ("TopologyKey", "topologyKey", Text),
    ("NamespaceSelector", "namespaceSelector", Any),
    ("MatchLabelKeys", "matchLabelKeys", Any),
    ("MismatchLabelKeys", "mismatchLabelKeys", Any),
];
const POD_AFFINITY: Fields = &[
    (
        "RequiredDuringSchedulingIgnoredDuringExecution",
        "requiredDuringSchedulingIgnoredDuringExecution",
        List(POD_TERM),
    ),
    (
        "PreferredDuringSchedulingIgnoredDuringExecution",
        "preferredDuringSchedulingIgnoredDuringExecution",
        List(&[
            ("Weight", "weight", Number),
            ("PodAffinityTerm", "podAffinityTerm", Struct(POD_TERM)),
        ]),
    ),
];
const AFFINITY: Fields = &[
    (
        "NodeAffinity",
        "nodeAffinity",
        Pointer(&[
            (
                "RequiredDuringSchedulingIgnoredDuringExecution",
                "requiredDuringSchedulingIgnoredDuringExecution",
                Pointer(&[("NodeSelectorTerms", "nodeSelectorTerms", List(NODE_TERM))]),
            ),
            (
                "PreferredDuringSchedulingIgnoredDuringExecution",
                "preferredDuringSchedulingIgnoredDuringExecution",
                List(&[
                    ("Weight", "weight", Number),
                    ("Preference", "preference", Struct(NODE_TERM)),
                ]),
            ),
        ]),
    ),
    ("PodAffinity", "podAffinity", Pointer(POD_AFFINITY)),
    ("PodAntiAffinity", "podAntiAffinity", Pointer(POD_AFFINITY)),
];

/// The spec, indented by one blank a level.
pub(super) fn printed(spec: &PodSpec) -> String {
    let mut value = to_json(spec);
    if let Value::Object(map) = &mut value {
        let moved: Vec<_> = MOVED
            .iter()
            .filter_map(|name| Some((*name, map.remove(*name)?)))
            .collect();
        if let Some(Value::Object(context)) = map.get_mut("securityContext") {
            context.extend(moved.into_iter().map(|(name, value)| (name.to_owned(), value)));
        }
    }
    let mut text = String::new();
    object(&mut text, SPEC, value.as_object(), 0);
    text
}

/// The spec of a claim.
const CLAIM: Fields = &[
    ("AccessModes", "accessModes", Any),
    ("Selector", "selector", Any),
    (
        "Resources",
        "resources",
        Struct(&[("Limits", "limits", Any), ("Requests", "requests", Any)]),
    ),
    ("VolumeName", "volumeName", Text),
    ("StorageClassName", "storageClassName", Any),
    ("VolumeMode", "volumeMode", Any),
    ("DataSource", "dataSource", Any),
    ("DataSourceRef", "dataSourceRef", Any),
    ("VolumeAttributesClassName", "volumeAttributesClassName", Any),
];

/// The spec of a claim, indented by one blank a level.
pub(in crate::apiserver::strategies) fn printed_claim(spec: &PersistentVolumeClaimSpec) -> String {
    let mut text = String::new();
    object(&mut text, CLAIM, to_json(spec).as_object(), 0);
    text
}

/// The sources of a volume.
const SOURCES: Fields = &[
    ("GCEPersistentDisk", "gcePersistentDisk", Any),
    ("AWSElasticBlockStore", "awsElasticBlockStore", Any),
    (
        "HostPath",
        "hostPath",
        Pointer(&[("Path", "path", Text), ("Type", "type", Any)]),
    ),
    ("Glusterfs", "glusterfs", Any),
    (
        "NFS",
        "nfs",
        Pointer(&[
            ("Server", "server", Text),
            ("Path", "path", Text),
            ("ReadOnly", "readOnly", Flag),
        ]),
    ),
    ("RBD", "rbd", Any),
    ("Quobyte", "quobyte", Any),
    ("ISCSI", "iscsi", Any),
    ("FlexVolume", "flexVolume", Any),
    ("Cinder", "cinder", Any),
    ("CephFS", "cephfs", Any),
    ("FC", "fc", Any),
    ("Flocker", "flocker", Any),
    ("AzureFile", "azureFile", Any),
    ("VsphereVolume", "vsphereVolume", Any),
    ("AzureDisk", "azureDisk", Any),
    ("PhotonPersistentDisk", "photonPersistentDisk", Any),
    ("PortworxVolume", "portworxVolume", Any),
    ("ScaleIO", "scaleIO", Any),
    (
        "Local",
        "local",
        Pointer(&[("Path", "path", Text), ("FSType", "fsType", Any)]),
    ),
    ("StorageOS", "storageos", Any),
    ("CSI", "csi", Any),
];

/// The sources of a volume, indented by one blank a level.
pub(in crate::apiserver::strategies) fn printed_sources(spec: &PersistentVolumeSpec) -> String {
    let mut text = String::new();
    object(&mut text, SOURCES, to_json(spec).as_object(), 0);
    text
}

/// The names of the sources that a volume has.
pub(in crate::apiserver::strategies) fn sources(spec: &PersistentVolumeSpec) -> Vec<&'static str> {
    let whole = to_json(spec);
    let names = SOURCES.iter().map(|(_, name, _)| *name);
    names
        .filter(|name| whole.get(*name).is_some_and(|value| !value.is_null()))
        .collect()
}

fn newline(text: &mut String, depth: usize) {
    text.push('\n');
    text.extend(std::iter::repeat_n(' ', depth));
}

fn object(text: &mut String, fields: Fields, map: Option<&Map<String, Value>>, depth: usize) {
    text.push('{');
    for (index, (go, json, shape)) in fields.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        newline(text, depth + 1);
        text.push_str(&format!("\"{go}\": "));
        let value = map
            .and_then(|map| map.get(*json))
            .filter(|value| !value.is_null());
        field(text, *shape, value, depth + 1);
    }
    newline(text, depth);
    text.push('}');
}

fn field(text: &mut String, shape: Shape, value: Option<&Value>, depth: usize) {
    match (shape, value) {
        (Struct(fields), value) => object(text, fields, value.and_then(Value::as_object), depth),
        (Pointer(fields), Some(value)) => object(text, fields, value.as_object(), depth),
        (List(fields), Some(Value::Array(items))) if !items.is_empty() => {
            list(text, items, depth, |text, item| {
                object(text, fields, item.as_object(), depth + 1);
            });
        }
        (Text, None) => text.push_str("\"\""),
        (Number, None) => text.push('0'),
        (Flag, None) => text.push_str("false"),
        (_, Some(value)) => plain(text, value, depth),
        (Any | Pointer(_) | List(_), None) => text.push_str("null"),
    }
}

fn list(text: &mut String, items: &[Value], depth: usize, print: impl Fn(&mut String, &Value)) {
    text.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        newline(text, depth + 1);
        print(text, item);
    }
    newline(text, depth);
    text.push(']');
}

fn plain(text: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            list(text, items, depth, |text, item| plain(text, item, depth + 1));
        }
        Value::Object(map) if !map.is_empty() => {
            text.push('{');
            for (index, (name, value)) in map.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                newline(text, depth + 1);
                text.push_str(&format!("{}: ", escaped(&json!(name))));
                plain(text, value, depth + 1);
            }
            newline(text, depth);
            text.push('}');
        }
        other => text.push_str(&escaped(other)),
    }
}

/// Go escapes what HTML would take for itself.
fn escaped(value: &Value) -> String {
    let text = value.to_string();
    text.replace('&', "\\u0026")
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
}
