//! What is filled in when an object is created.

use serde_json::Value;

use super::{Server, yaml};

/// Every field of `expected` is as it says in what the server stored.
fn check(manifest: &str, pointer: &str, expected: &str) {
    let mut server = Server::new();
    let created = server.created(manifest);
    let found = created.pointer(pointer).unwrap_or(&Value::Null);
    assert_eq!(*found, yaml(expected), "{pointer} of {manifest}");
}

/// A Pod with one container that has this besides its name.
fn container(rest: &str, expected: &str) {
    let manifest = format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: x}}, spec: {{automountServiceAccountToken: false, containers: [{{name: c, {rest}}}]}}}}"
    );
    let common = "terminationMessagePath: /dev/termination-log, terminationMessagePolicy: File, name: c";
    check(
        &manifest,
        "/spec/containers/0",
        &format!("{{{common}, {expected}}}"),
    );
}

#[test]
fn a_pod_gets_the_defaults_of_kubernetes() {
    check(
        "{apiVersion: v1, kind: Pod, metadata: {name: x}, spec: {automountServiceAccountToken: false, containers: [{name: c, image: nginx}]}}",
        "/spec",
        "{automountServiceAccountToken: false, containers: [{name: c, image: nginx, imagePullPolicy: Always, resources: {},
          terminationMessagePath: /dev/termination-log, terminationMessagePolicy: File}],
          dnsPolicy: ClusterFirst, enableServiceLinks: true, preemptionPolicy: PreemptLowerPriority, priority: 0,
          restartPolicy: Always, schedulerName: default-scheduler, securityContext: {}, serviceAccount: default,
          serviceAccountName: default, terminationGracePeriodSeconds: 30, tolerations: [
            {effect: NoExecute, key: node.kubernetes.io/not-ready, operator: Exists, tolerationSeconds: 300},
            {effect: NoExecute, key: node.kubernetes.io/unreachable, operator: Exists, tolerationSeconds: 300}]}",
    );
    check(
        "{apiVersion: v1, kind: Pod, metadata: {name: x}, spec: {containers: [{name: c, image: nginx}]}, status: {phase: Running}}",
        "/status",
        "{phase: Pending, qosClass: BestEffort}",
    );
}

#[test]
fn a_container_gets_its_defaults() {
    container(
        "image: nginx:1.27",
        "image: 'nginx:1.27', imagePullPolicy: IfNotPresent, resources: {}",
    );
    container(
        "image: a:5000/b",
        "image: 'a:5000/b', imagePullPolicy: Always, resources: {}",
    );
    container(
        "image: 'b:1', ports: [{containerPort: 80}], resources: {limits: {cpu: 1000m, memory: 1024Mi}}",
        "image: 'b:1', imagePullPolicy: IfNotPresent, ports: [{containerPort: 80, protocol: TCP}],
         resources: {limits: {cpu: '1', memory: 1Gi}, requests: {cpu: '1', memory: 1Gi}}",
    );
    container(
        "image: 'b:1', readinessProbe: {httpGet: {port: 80}}, env: [{name: A, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]",
        "image: 'b:1', imagePullPolicy: IfNotPresent, resources: {},
         readinessProbe: {httpGet: {path: /, port: 80, scheme: HTTP}, failureThreshold: 3, periodSeconds: 10,
                          successThreshold: 1, timeoutSeconds: 1},
         env: [{name: A, valueFrom: {fieldRef: {apiVersion: v1, fieldPath: metadata.name}}}]",
    );
}

#[test]
fn volumes_get_their_modes() {
    check(
        "{apiVersion: v1, kind: Pod, metadata: {name: x}, spec: {automountServiceAccountToken: false, containers: [{name: c, image: nginx}],
          volumes: [{name: a}, {name: b, configMap: {name: m}}, {name: d, hostPath: {path: /x}}, {name: e, secret: {secretName: s}}]}}",
        "/spec/volumes",
        "[{name: a, emptyDir: {}}, {name: b, configMap: {name: m, defaultMode: 420}},
          {name: d, hostPath: {path: /x, type: ''}}, {name: e, secret: {secretName: s, defaultMode: 420}}]",
    );
}

#[test]
fn quality_of_service() {
    for (resources, class) in [
        ("{}", "BestEffort"),
        ("{requests: {cpu: 100m}}", "Burstable"),
        ("{limits: {cpu: 100m, memory: 64Mi}}", "Guaranteed"),
        ("{limits: {cpu: 100m}}", "Burstable"),
    ] {
        check(
            &format!(
                "{{apiVersion: v1, kind: Pod, metadata: {{name: x}}, spec: {{containers: [{{name: c, image: nginx, resources: {resources}}}]}}}}"
            ),
            "/status/qosClass",
            class,
        );
    }
}

#[test]
fn a_deployment_gets_its_defaults() {
    check(
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: x}, spec: {selector: {matchLabels: {app: x}},
          template: {metadata: {labels: {app: x}}, spec: {containers: [{name: c, image: nginx, resources: {limits: {cpu: 500m}}}]}}}}",
        "/spec",
        "{progressDeadlineSeconds: 600, replicas: 1, revisionHistoryLimit: 10, selector: {matchLabels: {app: x}},
          strategy: {rollingUpdate: {maxSurge: 25%, maxUnavailable: 25%}, type: RollingUpdate},
          template: {metadata: {labels: {app: x}}, spec: {containers: [{image: nginx, imagePullPolicy: Always, name: c,
            resources: {limits: {cpu: 500m}}, terminationMessagePath: /dev/termination-log, terminationMessagePolicy: File}],
            dnsPolicy: ClusterFirst, restartPolicy: Always, schedulerName: default-scheduler, securityContext: {},
            terminationGracePeriodSeconds: 30}}}",
    );
}

#[test]
fn services_get_their_defaults() {
    let service = |spec: &str, pointer: &str, expected: &str| {
        check(
            &format!("{{apiVersion: v1, kind: Service, metadata: {{name: x}}, spec: {{{spec}}}}}"),
            pointer,
            expected,
        );
    };
    service(
        "clusterIP: 10.96.0.9, ports: [{port: 80}]",
        "/spec",
        "{clusterIP: 10.96.0.9, clusterIPs: [10.96.0.9], internalTrafficPolicy: Cluster, ipFamilies: [IPv4],
          ipFamilyPolicy: SingleStack, ports: [{port: 80, protocol: TCP, targetPort: 80}], sessionAffinity: None, type: ClusterIP}",
    );
    service(
        "clusterIP: None, selector: {a: b}, ports: [{port: 80, targetPort: http}]",
        "/spec",
        "{clusterIP: None, clusterIPs: [None], internalTrafficPolicy: Cluster, ipFamilies: [IPv4], ipFamilyPolicy: SingleStack,
          ports: [{port: 80, protocol: TCP, targetPort: http}], selector: {a: b}, sessionAffinity: None, type: ClusterIP}",
    );
    service(
        "type: ExternalName, externalName: a.fr",
        "/spec",
        "{type: ExternalName, externalName: a.fr, sessionAffinity: None}",
    );
    service(
        "type: LoadBalancer, clusterIP: 10.96.0.9, sessionAffinity: ClientIP, ports: [{port: 80, nodePort: 32000}]",
        "/spec",
        "{allocateLoadBalancerNodePorts: true, clusterIP: 10.96.0.9, clusterIPs: [10.96.0.9], externalTrafficPolicy: Cluster,
          internalTrafficPolicy: Cluster, ipFamilies: [IPv4], ipFamilyPolicy: SingleStack,
          ports: [{nodePort: 32000, port: 80, protocol: TCP, targetPort: 80}], sessionAffinity: ClientIP,
          sessionAffinityConfig: {clientIP: {timeoutSeconds: 10800}}, type: LoadBalancer}",
    );
}

#[test]
fn addresses_and_node_ports_are_given_from_their_ranges() {
    let mut server = Server::new();
    for number in 0..50 {
        let created = server.created(&format!(
            "{{apiVersion: v1, kind: Service, metadata: {{name: s{number}}}, spec: {{type: NodePort, ports: [{{port: 80}}]}}}}"
        ));
        let address = created["spec"]["clusterIP"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert!(
            address
                .parse::<std::net::Ipv4Addr>()
                .is_ok_and(|ip| ip.octets()[0] == 10),
            "{address}"
        );
        let port = created["spec"]["ports"][0]["nodePort"]
            .as_i64()
            .unwrap_or_default();
        assert!((30_086..=32_767).contains(&port), "{port}");
    }
    let services = server.table(crate::api::Kind::Service, &[]);
    let mut addresses: Vec<_> = services.rows.iter().map(|row| row.cells[2].clone()).collect();
    crate::sort::sort(&mut addresses);
    addresses.dedup();
    assert_eq!(addresses.len(), services.rows.len());
}

#[test]
fn a_namespace_is_labelled_and_waits_for_its_contents() {
    check(
        "{apiVersion: v1, kind: Namespace, metadata: {name: x}}",
        "/metadata/labels",
        "{kubernetes.io/metadata.name: x}",
    );
    check(
        "{apiVersion: v1, kind: Namespace, metadata: {name: x}}",
        "/spec",
        "{finalizers: [kubernetes]}",
    );
}

#[test]
fn warnings() {
    let mut server = Server::new();
    let response = server.create(
        "{apiVersion: v1, kind: Pod, metadata: {name: x}, spec: {containers: [
           {name: a, image: i, ports: [{containerPort: 80, name: http}], env: [{name: A, value: '1'}, {name: A, value: '2'}]},
           {name: b, image: i, ports: [{containerPort: 81, name: http}]}]}}",
    );
    assert_eq!(
        response.warnings,
        [
            "spec.containers[0].env[1]: hides previous definition of \"A\", which may be dropped when using apply",
            "spec.containers[1].ports[0]: duplicate port name \"http\" with spec.containers[0].ports[0], services and probes that select ports by name will use spec.containers[0].ports[0]",
        ]
    );
}
