//! Ways of requests that depend on how a cluster is set up: an Ingress' certificates, the network plugin, the machines' ranges, a Pod's `dnsPolicy`.

use std::net::Ipv4Addr;

use super::Topology;
use super::network_tests::Desk;
use crate::network::Cni;

/// A certificate of an unknown authority for boutique.example, and its key.
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nMIIBpzCCAU6gAwIBAgIUXxiTTejG9W9R8N6tClVeFye/P4IwCgYIKoZIzj0EAwIw\nGzEZMBcGA1UEAwwQYm91dGlxdWUuZXhhbXBsZTAeFw0yNjExMjkxMjU5MjBaFw0z\nNjExMjYxMjU5MjBaMBsxGTAXBgNVBAMMEGJvdXRpcXVlLmV4YW1wbGUwWTATBgcq\nhkjOPQIBBggqhkjOPQMBBwNCAAQzj5epc3K/q99FtWBh+Vws5jmT1bsvMPOfwrtO\no3FRiSRvd+bQppWI2I/+5aeMQIc5L+AZtgcb/08jV8IFW4fVo3AwbjAdBgNVHQ4E\nFgQUraZOtP6FD3GvdmPRXgpHU3gNVh4wHwYDVR0jBBgwFoAUraZOtP6FD3GvdmPR\nXgpHU3gNVh4wDwYDVR0TAQH/BAUwAwEB/zAbBgNVHREEFDASghBib3V0aXF1ZS5l\neGFtcGxlMAoGCCqGSM49BAMCA0cAMEQCIGdK4Fk3ZB6GvtMDQLRe6Z1h/F3DB1xU\nLGYJTMDtlagAAiAfG0X82NmtDhXFT4ByPH2OWhnXje/SrAVSC2zHROtQBA==\n-----END CERTIFICATE-----\n";
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgonk74S2za5KLc9UU\nbSRa+PsZz5xJB5acUfeXPVPSO9OhRANCAAQzj5epc3K/q99FtWBh+Vws5jmT1bsv\nMPOfwrtOo3FRiSRvd+bQppWI2I/+5aeMQIc5L+AZtgcb/08jV8IFW4fV\n-----END PRIVATE KEY-----\n";

/// https://kubernetes.github.io/ingress-nginx/user-guide/tls/
#[test]
fn an_ingress_shows_the_certificate_that_fits() {
    let topology = Topology {
        load_balancer: true,
        ..Topology::default()
    };
    let mut desk = Desk::on(
        &topology,
        "kubectl create deployment web --image=nginx:1.27; kubectl expose deployment web --port=80; kubectl apply -f https://raw.githubusercontent.com/kubernetes/ingress-nginx/controller-v1.13.3/deploy/static/provider/cloud/deploy.yaml",
    );
    desk.run("kubectl -n ingress-nginx rollout status deployment/ingress-nginx-controller");
    for (file, text) in [("tls.crt", CERTIFICATE), ("tls.key", KEY)] {
        desk.cluster.laptop_mut().save_file(file, text).expect("room");
    }
    desk.check(
        "kubectl create secret tls vitrine --cert=tls.crt --key=tls.key",
        "secret/vitrine created\n",
    );
    desk.run("kubectl create ingress web --class=nginx --rule='boutique.example/*=web:80,tls=vitrine' --rule='autre.example/*=web:80'; sleep 8");
    let ask = |options: &str, url: &str| {
        format!(
            "curl -s -o /dev/null -w '%{{http_code}} %{{exitcode}}\\n' {options} --resolve boutique.example:443:172.18.255.200 --resolve boutique.example:80:172.18.255.200 --resolve autre.example:443:172.18.255.200 --resolve autre.example:80:172.18.255.200 {url}"
        )
    };
    for (options, url, expected) in [
        ("", "https://boutique.example", "000 60\n"),
        ("--cacert tls.crt", "https://boutique.example", "200 0\n"),
        ("-k", "https://boutique.example", "200 0\n"),
        // What has a certificate is not shown in clear.
        ("", "http://boutique.example", "308 0\n"),
        ("-kL", "http://boutique.example", "200 0\n"),
        // Another host has the controller's own.
        ("--cacert tls.crt", "https://autre.example", "000 60\n"),
        ("-k", "https://autre.example", "200 0\n"),
        ("", "http://autre.example", "200 0\n"),
    ] {
        desk.check(&ask(options, url), expected);
    }
    let said = desk.run(
        "curl -vks --resolve autre.example:443:172.18.255.200 https://autre.example 2>&1 | grep subject",
    );
    assert_eq!(
        said,
        "*  subject: O=Acme Co; CN=Kubernetes Ingress Controller Fake Certificate\n"
    );
}

/// https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/network-plugins/
#[test]
fn without_a_network_plugin_no_node_is_ready() {
    let topology = Topology {
        cni: Cni::None,
        ..Topology::default()
    };
    let mut desk = Desk::on(&topology, "kubectl create deployment web --image=nginx:1.27");
    desk.wait(20);
    assert_eq!(
        desk.run(
            "kubectl get node worker-1 -o jsonpath='{.status.conditions[?(@.type==\"Ready\")].message}'"
        ),
        "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized"
    );
    assert_eq!(
        desk.run("kubectl get nodes --no-headers | grep -c NotReady"),
        "4\n"
    );
    assert_eq!(desk.run("kubectl get pods --no-headers | grep -c Pending"), "1\n");
    // Once a plugin is there, everything comes up.
    desk.run("lab reseau flannel; sleep 40");
    assert_eq!(
        desk.run("kubectl get nodes --no-headers | grep -c NotReady"),
        "0\n"
    );
    desk.run("kubectl expose deployment web --port=80; kubectl run box --image=nginx:1.27-alpine; kubectl wait --for=condition=Ready pod/box; sleep 15");
    assert_eq!(desk.status("http://web"), "200 0");
}

/// Two machines that were given one range: who is on one of them never reaches the Pods of the other.
#[test]
fn one_range_on_two_machines_leads_packets_astray() {
    let mut topology = Topology::default();
    let range = Ipv4Addr::new(10, 244, 2, 0);
    for node in &mut topology.nodes {
        if node.name == "worker-1" {
            node.pod_network = range;
        }
    }
    let pod = |name: &str, node: &str| {
        format!(
            "kubectl run {name} --image=nginx:1.27-alpine --overrides='{{\"spec\":{{\"nodeName\":\"{node}\"}}}}'; "
        )
    };
    let mut desk = Desk::on(
        &topology,
        &format!(
            "{}{}{}kubectl wait --for=condition=Ready pod --all; sleep 10",
            pod("box", "worker-1"),
            pod("near", "worker-1"),
            pod("far", "worker-3")
        ),
    );
    let address = |desk: &mut Desk, name: &str| {
        desk.run(&format!("kubectl get pod {name} -o jsonpath='{{.status.podIP}}'"))
    };
    let (near, far) = (address(&mut desk, "near"), address(&mut desk, "far"));
    assert!(near.starts_with("10.244.2."), "{near}");
    assert_eq!(desk.status(&near), "200 0");
    assert_eq!(desk.status(&far), "200 0");
    // From elsewhere, the way leads to one of the two, whoever was meant.
    let away = desk.run(&format!(
        "kubectl exec far -- curl -s -m 3 -o /dev/null -w '%{{http_code}}' {near}"
    ));
    let other = desk.run("kubectl get node worker-2 -o jsonpath='{.spec.podCIDR}'");
    assert_eq!(other, "10.244.2.0/24");
    assert!(away.starts_with("200") || away.starts_with("000"), "{away}");
}

/// https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-dns-policy
#[test]
fn a_pod_finds_names_by_its_policy() {
    let mut desk = Desk::after(
        "kubectl create deployment web --image=nginx:1.27; kubectl expose deployment web --port=80; sleep 20",
    );
    for (name, spec, first, site) in [
        (
            "usuel",
            "{}",
            "search default.svc.cluster.local svc.cluster.local cluster.local\n",
            ["200 0", "200 0", "200 0"],
        ),
        (
            "noeud",
            "{\"dnsPolicy\":\"Default\"}",
            "nameserver 172.18.0.1\n",
            ["000 6", "000 6", "200 0"],
        ),
        (
            "hote",
            "{\"hostNetwork\":true}",
            "nameserver 172.18.0.1\n",
            ["000 6", "000 6", "200 0"],
        ),
        (
            "hote-cluster",
            "{\"hostNetwork\":true,\"dnsPolicy\":\"ClusterFirstWithHostNet\"}",
            "search default.svc.cluster.local svc.cluster.local cluster.local\n",
            ["200 0", "200 0", "200 0"],
        ),
        (
            "rien",
            "{\"dnsPolicy\":\"None\",\"dnsConfig\":{\"nameservers\":[\"10.96.0.10\"]}}",
            "nameserver 10.96.0.10\n",
            ["000 6", "200 0", "200 0"],
        ),
        (
            "ailleurs",
            "{\"dnsConfig\":{\"searches\":[\"kube-system.svc.cluster.local\"],\"options\":[{\"name\":\"ndots\",\"value\":\"1\"}]}}",
            "search default.svc.cluster.local svc.cluster.local cluster.local kube-system.svc.cluster.local\n",
            ["200 0", "200 0", "200 0"],
        ),
    ] {
        desk.run(&format!("kubectl run {name} --image=curlimages/curl:8.16.0 --overrides='{{\"spec\":{spec}}}' --command -- sleep 1d; kubectl wait --for=condition=Ready pod/{name}"));
        assert_eq!(
            desk.run(&format!("kubectl exec {name} -- head -n 1 /etc/resolv.conf")),
            first,
            "{name}"
        );
        for (url, expected) in [
            "http://web",
            "http://web.default.svc.cluster.local",
            "http://example.com",
        ]
        .into_iter()
        .zip(site)
        {
            let said = desk.run(&format!(
                "kubectl exec {name} -- curl -s -m 12 -o /dev/null -w '%{{http_code}} %{{exitcode}}\\n' {url}"
            ));
            assert_eq!(said.lines().next().unwrap_or_default(), expected, "{name}: {url}");
        }
    }
}
