//! Refusals, in the words of a real Kubernetes 1.36 (recorded, where a record exists).

use super::{Server, refusal, yaml};
use crate::api::Kind;
use crate::apiserver::{Body, Method, collection_path};

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

fn check(manifest: &str, expected: &str) {
    let mut server = Server::new();
    assert_eq!(refusal(&server.create(manifest)), expected, "{manifest}");
}

/// A Pod named `x` with this in its spec.
fn pod(spec: &str, expected: &str) {
    check(
        &format!("{{apiVersion: v1, kind: Pod, metadata: {{name: x}}, spec: {{{spec}}}}}"),
        expected,
    );
}

/// A Pod named `x` with one container that has this besides its name and image.
fn container(rest: &str, expected: &str) {
    pod(
        &format!("containers: [{{name: c, image: nginx, {rest}}}]"),
        expected,
    );
}

/// A Service named `x` with this in its spec.
fn service(spec: &str, expected: &str) {
    check(
        &format!("{{apiVersion: v1, kind: Service, metadata: {{name: x}}, spec: {{{spec}}}}}"),
        expected,
    );
}

/// A Deployment named `x` of Pods `app: x`, with this besides.
fn deployment(rest: &str, expected: &str) {
    check(
        &format!(
            "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: x}}, spec: {{selector: {{matchLabels: {{app: x}}}}, \
             template: {{metadata: {{labels: {{app: x}}}}, spec: {{containers: [{{name: c, image: nginx}}]}}}}, {rest}}}}}"
        ),
        expected,
    );
}

#[test]
fn names_and_labels() {
    check(
        "{apiVersion: v1, kind: Pod, metadata: {name: Mon_Pod}, spec: {containers: [{name: Mon_Conteneur, image: nginx}]}}",
        &format!(
            "metadata.name: Invalid value: \"Mon_Pod\": {SUBDOMAIN}\n\
             spec.containers[0].name: Invalid value: \"Mon_Conteneur\": {LABEL}"
        ),
    );
    check(
        "{apiVersion: v1, kind: Pod, metadata: {name: x, labels: {mon app: a b}}, spec: {containers: [{name: c, image: nginx}]}}",
        "metadata.labels: Invalid value: \"mon app\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')\n\
         metadata.labels: Invalid value: \"a b\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    );
    check(
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: Mauvais_Nom}}",
        &format!("metadata.name: Invalid value: \"Mauvais_Nom\": {SUBDOMAIN}"),
    );
    check(
        "{apiVersion: v1, kind: ConfigMap, metadata: {}}",
        "metadata.name: Required value: name or generateName is required",
    );
    check(
        "{apiVersion: v1, kind: Namespace, metadata: {name: a.b}}",
        "metadata.name: Invalid value: \"a.b\": must not contain dots",
    );
    check(
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: x, finalizers: [attendre]}}",
        "metadata.finalizers[0]: Invalid value: \"attendre\": name is neither a standard finalizer name nor is it fully qualified",
    );
    check(
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: x, namespace: absent}}",
        "(NotFound) namespaces \"absent\" not found",
    );
}

#[test]
fn containers() {
    pod("containers: []", "spec.containers: Required value");
    pod(
        "containers: [{name: c}]",
        "spec.containers[0].image: Required value",
    );
    pod(
        "containers: [{name: a, image: i}, {name: a, image: i}]",
        "spec.containers[1].name: Duplicate value: \"a\"",
    );
    pod(
        "restartPolicy: Toujours, dnsPolicy: Rien, containers: [{name: c, image: nginx}]",
        "spec.restartPolicy: Unsupported value: \"Toujours\": supported values: \"Always\", \"OnFailure\", \"Never\"\n\
         spec.dnsPolicy: Unsupported value: \"Rien\": supported values: \"ClusterFirstWithHostNet\", \"ClusterFirst\", \"Default\", \"None\"",
    );
    container(
        "imagePullPolicy: Parfois",
        "spec.containers[0].imagePullPolicy: Unsupported value: \"Parfois\": supported values: \"Always\", \"IfNotPresent\", \"Never\"",
    );
    container(
        "ports: [{containerPort: 70000}, {containerPort: 80, protocol: HTTP}, {}]",
        "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive\n\
         spec.containers[0].ports[1].protocol: Unsupported value: \"HTTP\": supported values: \"SCTP\", \"TCP\", \"UDP\"\n\
         spec.containers[0].ports[2].containerPort: Required value",
    );
    container(
        "ports: [{containerPort: 80, name: http}, {containerPort: 81, name: http}, {containerPort: 82, name: un_nom}]",
        "spec.containers[0].ports[1].name: Duplicate value: \"http\"\n\
         spec.containers[0].ports[2].name: Invalid value: \"un_nom\": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
    );
    container(
        "ports: [{containerPort: 80, hostPort: 80}, {containerPort: 81, hostPort: 80}]",
        "spec.containers[0].ports[1].hostPort: Duplicate value: \"TCP//80\"",
    );
    pod(
        "containers: [{name: c, image: nginx}], initContainers: [{name: c, image: i, readinessProbe: {exec: {command: [a]}}}]",
        "spec.initContainers[0].name: Duplicate value: \"c\"\n\
         spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always",
    );
}

#[test]
fn environment() {
    container(
        "env: [{name: A=B}, {value: x}]",
        "spec.containers[0].env[0].name: Invalid value: \"A=B\": a valid environment variable name must consist only of printable ASCII characters other than '='\n\
         spec.containers[0].env[1].name: Required value",
    );
    container(
        "env: [{name: A, value: x, valueFrom: {fieldRef: {fieldPath: metadata.name}}}, {name: B, valueFrom: {}}]",
        "spec.containers[0].env[0].valueFrom: Invalid value: \"\": may not be specified when `value` is not empty\n\
         spec.containers[0].env[1].valueFrom: Invalid value: \"\": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`",
    );
    container(
        "env: [{name: A, valueFrom: {fieldRef: {fieldPath: spec.rien}}}, {name: B, valueFrom: {configMapKeyRef: {name: a}}}]",
        "spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: \"spec.rien\": error converting fieldPath: field label not supported: spec.rien\n\
         spec.containers[0].env[1].valueFrom.configMapKeyRef.key: Required value",
    );
}

#[test]
fn volumes() {
    container(
        "volumeMounts: [{name: donnees, mountPath: /d}]",
        "spec.containers[0].volumeMounts[0].name: Not found: \"donnees\"",
    );
    pod(
        "volumes: [{name: a, emptyDir: {}, hostPath: {path: /x}}, {name: B_}, {name: c, configMap: {}}], containers: [{name: c, image: nginx}]",
        &format!(
            "spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type\n\
             spec.volumes[1].name: Invalid value: \"B_\": {LABEL}\n\
             spec.volumes[2].configMap.name: Required value"
        ),
    );
    pod(
        "volumes: [{name: a}, {name: a}], containers: [{name: c, image: i, volumeMounts: [{name: a, mountPath: /a}, {name: a, mountPath: /a, subPath: ../b}]}]",
        "spec.volumes[1].name: Duplicate value: \"a\"\n\
         spec.containers[0].volumeMounts[1].mountPath: Invalid value: \"/a\": must be unique\n\
         spec.containers[0].volumeMounts.subPath: Invalid value: \"../b\": must not contain '..'",
    );
}

#[test]
fn resources() {
    container(
        "resources: {requests: {memory: 128Mi, cpu: 500m}, limits: {memory: 64Mi, cpu: 200m}}",
        "spec.containers[0].resources.requests: Invalid value: \"500m\": must be less than or equal to cpu limit of 200m\n\
         spec.containers[0].resources.requests: Invalid value: \"128Mi\": must be less than or equal to memory limit of 64Mi",
    );
    container(
        "resources: {requests: {cpu: -1}}",
        "spec.containers[0].resources.requests[cpu]: Invalid value: \"-1\": must be greater than or equal to 0",
    );
    container(
        "resources: {requests: {ram: 1Gi}}",
        "spec.containers[0].resources.requests[ram]: Invalid value: \"ram\": must be a standard resource type or fully qualified\n\
         spec.containers[0].resources.requests[ram]: Invalid value: \"ram\": must be a standard resource for containers",
    );
}

#[test]
fn probes() {
    container(
        "livenessProbe: {periodSeconds: 5}",
        "spec.containers[0].livenessProbe: Required value: must specify a handler type",
    );
    container(
        "livenessProbe: {httpGet: {port: 80}, tcpSocket: {port: 80}}",
        "spec.containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type",
    );
    container(
        "livenessProbe: {tcpSocket: {port: 0}, successThreshold: 2, periodSeconds: -1}",
        "spec.containers[0].livenessProbe.tcpSocket.port: Invalid value: 0: must be between 1 and 65535, inclusive\n\
         spec.containers[0].livenessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0\n\
         spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1",
    );
}

#[test]
fn placement() {
    pod(
        "tolerations: [{operator: Equal, value: a}, {key: a, operator: Exists, value: b}, {key: a, effect: Jamais}], containers: [{name: c, image: nginx}]",
        "spec.tolerations[0].operator: Invalid value: \"Equal\": operator must be Exists when `key` is empty, which means \"match all values and all keys\"\n\
         spec.tolerations[1].operator: Invalid value: \"b\": value must be empty when `operator` is 'Exists'\n\
         spec.tolerations[2].effect: Unsupported value: \"Jamais\": supported values: \"NoSchedule\", \"PreferNoSchedule\", \"NoExecute\"",
    );
    pod(
        "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: In}, {key: b, operator: Egal}]}]}}}, containers: [{name: c, image: nginx}]",
        "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'\n\
         spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[1].operator: Invalid value: \"Egal\": not a valid selector operator",
    );
    pod(
        "serviceAccountName: absent, containers: [{name: c, image: nginx}]",
        "(Forbidden) pods \"x\" is forbidden: error looking up service account default/absent: serviceaccount \"absent\" not found",
    );
}

#[test]
fn priorities() {
    pod(
        "priorityClassName: absente, containers: [{name: c, image: nginx}]",
        "(Forbidden) pods \"x\" is forbidden: no PriorityClass with name absente was found",
    );
    pod(
        "priority: 5, containers: [{name: c, image: nginx}]",
        "(Forbidden) pods \"x\" is forbidden: the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name",
    );
}

#[test]
fn deployments() {
    check(
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: x}, spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: api}}, spec: {containers: [{name: c, image: nginx}]}}}}",
        "spec.template.metadata.labels: Invalid value: {\"app\":\"api\"}: `selector` does not match template `labels`",
    );
    check(
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: x}, spec: {template: {metadata: {labels: {app: api}}, spec: {containers: [{name: c, image: nginx}]}}}}",
        "spec.selector: Required value\n\
         spec.template.metadata.labels: Invalid value: {\"app\":\"api\"}: `selector` does not match template `labels`",
    );
    deployment(
        "replicas: -1",
        "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
    );
    deployment(
        "strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 0%}}",
        "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: \"0%\": may not be 0 when `maxSurge` is 0",
    );
    deployment(
        "strategy: {rollingUpdate: {maxSurge: vingt, maxUnavailable: 200%}}",
        "spec.strategy.rollingUpdate.maxSurge: Invalid value: \"vingt\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')\n\
         spec.strategy.rollingUpdate.maxUnavailable: Invalid value: \"200%\": must not be greater than 100%",
    );
    deployment(
        "strategy: {type: Recreate, rollingUpdate: {maxSurge: 1}}",
        "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    );
    deployment(
        "strategy: {type: BlueGreen}",
        "spec.strategy: Unsupported value: {\"Type\":\"BlueGreen\",\"RollingUpdate\":null}: supported values: \"Recreate\", \"RollingUpdate\"",
    );
    deployment(
        "minReadySeconds: 600, progressDeadlineSeconds: 600",
        "spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds",
    );
    check(
        "{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: x}, spec: {selector: {matchLabels: {app: x}}, template: {metadata: {labels: {app: x}}, spec: {restartPolicy: Never, containers: [{name: c, image: nginx}]}}}}",
        "spec.template.spec.restartPolicy: Unsupported value: \"Never\": supported values: \"Always\"",
    );
}

#[test]
fn services() {
    service("selector: {app: x}", "spec.ports: Required value");
    service(
        "ports: [{port: 80}, {port: 443}]",
        "spec.ports[0].name: Required value\nspec.ports[1].name: Required value",
    );
    service(
        "type: NodePort, ports: [{port: 80, nodePort: 20000}]",
        "spec.ports[0].nodePort: Invalid value: 20000: provided port is not in the valid range. The range of valid ports is 30000-32767",
    );
    service(
        "ports: [{port: 80, nodePort: 30000}]",
        "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
    );
    service(
        "clusterIP: 10.96.0.1, ports: [{port: 80}]",
        "spec.clusterIPs: Invalid value: [\"10.96.0.1\"]: failed to allocate IP 10.96.0.1: provided IP is already allocated",
    );
    service(
        "clusterIP: 192.168.0.1, ports: [{port: 80}]",
        "spec.clusterIPs: Invalid value: [\"192.168.0.1\"]: failed to allocate IP 192.168.0.1: the provided network does not match the current range",
    );
    service(
        "type: Externe, ports: [{port: 0, targetPort: Mon_Port}]",
        "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive\n\
         spec.ports[0].targetPort: Invalid value: \"Mon_Port\": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)\n\
         spec.type: Unsupported value: \"Externe\": supported values: \"ClusterIP\", \"ExternalName\", \"LoadBalancer\", \"NodePort\"",
    );
    service("type: ExternalName", "spec.externalName: Required value");
    service(
        "sessionAffinity: Toujours, ports: [{port: 80}]",
        "spec.sessionAffinity: Unsupported value: \"Toujours\": supported values: \"ClientIP\", \"None\"",
    );
    check(
        "{apiVersion: v1, kind: Service, metadata: {name: 1x}, spec: {ports: [{port: 80}]}}",
        "metadata.name: Invalid value: \"1x\": a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
    );
}

#[test]
fn two_services_cannot_share_a_node_port() {
    let mut server = Server::new();
    server.created("{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: NodePort, ports: [{port: 80, nodePort: 31000}]}}");
    let clash = server.create("{apiVersion: v1, kind: Service, metadata: {name: b}, spec: {type: NodePort, ports: [{port: 80, nodePort: 31000}]}}");
    assert_eq!(
        refusal(&clash),
        "spec.ports[0].nodePort: Invalid value: 31000: provided port is already allocated"
    );
}

#[test]
fn config_maps() {
    check(
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: x}, data: {a b: c}}",
        "data[a b]: Invalid value: \"a b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
    );
}

#[test]
fn a_body_for_elsewhere_is_refused() {
    let mut server = Server::new();
    let manifest = "{apiVersion: v1, kind: ConfigMap, metadata: {name: x, namespace: default}}";
    let path = collection_path(Kind::ConfigMap, "kube-system");
    let response = server.send(Method::Post, path, Body::Json(yaml(manifest)));
    assert_eq!(
        refusal(&response),
        "(BadRequest) the namespace of the provided object does not match the namespace sent on the request"
    );
    server.created(manifest);
    assert_eq!(
        refusal(&server.create(manifest)),
        "(AlreadyExists) configmaps \"x\" already exists"
    );
}
