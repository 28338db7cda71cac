//! Requests over the cluster's network, as a learner sees them at the terminal.

use std::time::Duration;

use super::{Cluster, SessionId, Topology};
use crate::network::{Generator, Origin, Record, Shape};
use crate::runtime::traffic::HttpRequest;
use crate::terminal::{Input, Output};

const SHOP: &str = "kubectl create deployment web --image=nginx:1.27 --replicas=3; kubectl expose deployment web --port=80; kubectl run box --image=nginx:1.27-alpine; kubectl wait --for=condition=Ready pod --all --timeout=120s; kubectl rollout status deployment/web";

pub(super) struct Desk {
    pub(super) cluster: Cluster,
    session: SessionId,
}

impl Desk {
    pub(super) fn after(line: &str) -> Self {
        Self::on(&Topology::default(), line)
    }

    pub(super) fn on(topology: &Topology, line: &str) -> Self {
        let mut cluster = Cluster::new(1, topology);
        let session = cluster.open_session();
        let mut desk = Self { cluster, session };
        desk.run(line);
        desk
    }

    pub(super) fn run(&mut self, line: &str) -> String {
        self.cluster.send(self.session, Input::Line(line.to_owned()));
        let until = self.cluster.now() + Duration::from_secs(400);
        self.cluster.run_until_idle(self.session, until);
        let text = |output| match output {
            Output::Text { text, .. } => text,
            Output::Open(path) => format!("<open {path}>"),
        };
        let output = self.cluster.take_output(self.session);
        output.into_iter().map(text).collect::<String>().replace('\r', "")
    }

    pub(super) fn check(&mut self, line: &str, expected: &str) {
        assert_eq!(self.run(line), expected, "{line}");
    }

    pub(super) fn wait(&mut self, secs: u64) {
        self.cluster.run_for(Duration::from_secs(secs));
    }

    /// The status of a request from inside the Pod `box`.
    pub(super) fn status(&mut self, url: &str) -> String {
        self.run(&format!(
            "kubectl exec box -- curl -s -m 3 -o /dev/null -w '%{{http_code}} %{{exitcode}}\\n' {url}"
        ))
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
    }
}

fn load(origin: Origin, host: &str, rate: u32, secs: u64, desk: &Desk) -> Generator {
    let now = desk.cluster.now();
    Generator {
        name: "charge".to_owned(),
        origin,
        host: host.to_owned(),
        port: 80,
        tls: false,
        request: HttpRequest::get(host, "/"),
        shape: Shape::Steady(rate),
        started: now,
        until: now + Duration::from_secs(secs),
        timeout: Duration::from_secs(5),
        sent: 0,
    }
}

fn pod_origin(desk: &Desk, name: &str) -> Origin {
    let key = crate::api::Key::new(crate::api::Kind::Pod, "default", name);
    let pod = desk
        .cluster
        .store()
        .get(&key)
        .and_then(|object| object.get::<crate::api::Pod>().cloned());
    let pod = pod.expect("the Pod is there");
    let node = pod.spec.node_name.clone().expect("it has a node");
    let machine = desk
        .cluster
        .kubelet_of
        .get(&node)
        .copied()
        .expect("the node is known");
    Origin::Pod {
        machine,
        address: pod
            .status
            .pod_ip
            .as_deref()
            .expect("it has an address")
            .parse()
            .expect("an address"),
        namespace: "default".into(),
        name: name.into(),
    }
}

/// What the requests for the shop's Service met.
fn met(desk: &Desk) -> &Record {
    let traffic = desk.cluster.traffic();
    traffic.of_service("default", "web").expect("it was asked")
}

/// Asks the shop's Service so often, for so long, from a Pod; what that met after a while.
fn loaded(desk: &mut Desk, (rate, secs): (u32, u64), wait: u64) -> &Record {
    let generator = load(pod_origin(desk, "box"), "web", rate, secs, desk);
    desk.cluster.start_load(generator);
    desk.wait(wait);
    met(desk)
}

/// https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/, `man curl`
#[test]
fn a_pod_reaches_a_service_by_its_names() {
    let mut desk = Desk::after(SHOP);
    for url in [
        "http://web",
        "http://web.default",
        "http://web.default.svc",
        "http://web.default.svc.cluster.local",
        "web:80/index.html",
        "$(kubectl get svc web -o jsonpath='{.spec.clusterIP}')",
        "$(kubectl get pod -l app=web -o jsonpath='{.items[0].status.podIP}')",
        "http://example.com",
    ] {
        assert_eq!(desk.status(url), "200 0", "{url}");
    }
    desk.check(
        "kubectl exec box -- curl -sS http://absent",
        "curl: (6) Could not resolve host: absent\ncommand terminated with exit code 6\n",
    );
    desk.check(
        "kubectl exec box -- curl -sS -m 2 http://web:81",
        "curl: (28) Connection timed out after 2000 milliseconds\ncommand terminated with exit code 28\n",
    );
    let record = met(&desk);
    assert_eq!(
        (record.total.sent, record.total.answered(), record.total.lost()),
        (7, 6, 1)
    );
}

/// `pkg/proxy/iptables/proxier.go`: a Service without endpoints is rejected at once.
#[test]
fn what_has_no_endpoints_is_refused() {
    let mut desk = Desk::after(SHOP);
    desk.run("kubectl scale deployment web --replicas=0; sleep 5");
    let said = desk.run("kubectl exec box -- curl -sS http://web");
    assert!(
        said.starts_with("curl: (7) Failed to connect to web port 80 after "),
        "{said}"
    );
    assert!(said.contains(" ms: Could not connect to server\n"), "{said}");
    let rules = desk.cluster.iptables_save("worker-1");
    assert!(rules.contains("\"default/web has no endpoints\""), "{rules}");
    let shown = desk.run("kubectl -n kube-system exec $(kubectl -n kube-system get pod -l k8s-app=kube-proxy -o name | head -1 | cut -d/ -f2) -- iptables-save | grep -c KUBE-SVC-NPX46M4PTMTKRN6Y");
    assert_eq!(shown, "4\n");
}

#[test]
fn the_laptop_reaches_node_ports_and_not_cluster_addresses() {
    let mut desk = Desk::after(SHOP);
    desk.run("kubectl expose deployment web --name=dehors --type=NodePort --port=80; sleep 3");
    let port = desk.run("kubectl get svc dehors -o jsonpath='{.spec.ports[0].nodePort}'");
    for node in ["172.18.0.2", "172.18.0.3", "172.18.0.5"] {
        desk.check(
            &format!("curl -s -o /dev/null -w '%{{http_code}}\\n' http://{node}:{port}/"),
            "200\n",
        );
    }
    desk.check("curl -s http://web; echo $?", "6\n");
    desk.check(
        "curl -sS -m 4 http://$(kubectl get svc web -o jsonpath='{.spec.clusterIP}')",
        "curl: (28) Connection timed out after 4000 milliseconds\n",
    );
    let page = desk.run(&format!("curl -s http://172.18.0.3:{port}/"));
    assert!(!page.is_empty());
}

/// busybox 1.36 `networking/nslookup.c`, `networking/wget.c`
#[test]
fn busybox_says_it_in_its_own_words() {
    let mut desk = Desk::after(SHOP);
    let ip = desk.run("kubectl get svc web -o jsonpath='{.spec.clusterIP}'");
    desk.check(
        "kubectl exec box -- nslookup web.default.svc.cluster.local",
        &format!(
            "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\nName:\tweb.default.svc.cluster.local\nAddress: {ip}\n\n\n"
        ),
    );
    for (line, expected) in [
        (
            "wget -q -O- http://absent",
            "wget: bad address 'absent'\n".to_owned(),
        ),
        (
            "wget -q -T 2 -O- http://web:81",
            "wget: download timed out\n".to_owned(),
        ),
        (
            "wget --spider http://web",
            format!("Connecting to web ({ip}:80)\nremote file exists\n"),
        ),
        ("nc -zv web 80", format!("web ({ip}:80) open\n")),
    ] {
        let said = desk.run(&format!("kubectl exec box -- {line}"));
        let said = said
            .strip_suffix("command terminated with exit code 1\n")
            .unwrap_or(&said);
        assert_eq!(said, expected, "{line}");
    }
    let pod = desk.run("kubectl get pod -l app=web -o jsonpath='{.items[0].status.podIP}'");
    let said = desk.run(&format!("kubectl exec box -- ping -c 2 {pod}"));
    assert!(
        said.contains("2 packets transmitted, 2 packets received, 0% packet loss"),
        "{said}"
    );
}

/// https://kubernetes.io/docs/concepts/services-networking/network-policies/
#[test]
fn policies_are_enforced_by_the_plugin_that_can() {
    use crate::network::Cni;
    let policy = "kubectl apply -f - <<'FIN'\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny}\nspec:\n  podSelector: {matchLabels: {app: web}}\n  policyTypes: [Ingress]\n  ingress:\n  - from:\n    - podSelector: {matchLabels: {ami: oui}}\nFIN";
    for (cni, alone, friend) in [(Cni::Bridge, "200 0", "200 0"), (Cni::Calico, "000 28", "200 0")] {
        let topology = Topology {
            cni,
            ..Topology::default()
        };
        let mut desk = Desk::on(&topology, SHOP);
        for line in policy.lines() {
            desk.run(line);
        }
        desk.wait(2);
        assert_eq!(desk.status("http://web"), alone, "{cni:?}");
        desk.run("kubectl label pod box ami=oui");
        desk.wait(2);
        assert_eq!(desk.status("http://web"), friend, "{cni:?}");
    }
}

/// https://kubernetes.github.io/ingress-nginx/deploy/, https://kubernetes.io/docs/concepts/services-networking/ingress/
#[test]
fn an_ingress_controller_passes_requests_on() {
    let topology = Topology {
        load_balancer: true,
        ..Topology::default()
    };
    let mut desk = Desk::on(&topology, SHOP);
    desk.run("kubectl apply -f https://raw.githubusercontent.com/kubernetes/ingress-nginx/controller-v1.13.3/deploy/static/provider/cloud/deploy.yaml");
    desk.run("kubectl -n ingress-nginx rollout status deployment/ingress-nginx-controller");
    desk.run("kubectl create ingress boutique --class=nginx --rule='boutique.example/*=web:80' --rule='boutique.example/vide=rien:80'");
    desk.wait(8);
    let address = desk.run("kubectl -n ingress-nginx get svc ingress-nginx-controller -o jsonpath='{.status.loadBalancer.ingress[0].ip}'");
    assert_eq!(address, "172.18.255.200");
    let mut code = |host: &str, path: &str| {
        desk.run(&format!(
            "curl -s -o /dev/null -w '%{{http_code}}' -H 'Host: {host}' http://{address}{path}"
        ))
    };
    assert_eq!(code("boutique.example", "/"), "200");
    assert_eq!(code("autre.example", "/"), "404");
    assert_eq!(code("boutique.example", "/vide"), "503");
    desk.run("kubectl scale deployment web --replicas=0");
    desk.wait(5);
    let page = desk.run(&format!("curl -s -H 'Host: boutique.example' http://{address}/"));
    assert!(
        page.contains("<h1>503 Service Temporarily Unavailable</h1>"),
        "{page}"
    );
    let record = desk
        .cluster
        .traffic()
        .of_service("ingress-nginx", "ingress-nginx-controller");
    assert_eq!(record.map(|record| record.total.sent), Some(4));
}

#[test]
fn without_a_provider_a_load_balancer_waits() {
    let mut desk = Desk::after(SHOP);
    desk.run("kubectl expose deployment web --name=lb --type=LoadBalancer --port=80; sleep 10");
    assert!(desk.run("kubectl get svc lb").contains("<pending>"));
    desk.run("lab repartiteur marche; sleep 5");
    assert!(desk.run("kubectl get svc lb").contains("172.18.255.200"));
    desk.check(
        "curl -s -o /dev/null -w '%{http_code}\\n' http://172.18.255.200",
        "200\n",
    );
    let said = desk.run("lab trafic http://web 20 10; sleep 12; lab trafic");
    assert!(said.contains("service default/web"), "{said}");
}

/// `pkg/proxy/iptables/proxier.go` (`-m recent`)
#[test]
fn a_client_keeps_to_its_pod_with_client_ip() {
    let mut desk = Desk::after(SHOP);
    desk.run("kubectl patch svc web -p '{\"spec\":{\"sessionAffinity\":\"ClientIP\"}}'; sleep 3");
    let record = loaded(&mut desk, (50, 10), 12);
    let shares: Vec<u64> = record.pods.iter().map(|share| share.served).collect();
    assert_eq!(shares, [500]);
}

#[test]
fn load_is_counted_to_the_last_request() {
    let mut desk = Desk::after(SHOP);
    let record = loaded(&mut desk, (100, 60), 65);
    let counts = &record.total;
    assert_eq!((counts.sent, counts.answered(), counts.lost()), (6_000, 6_000, 0));
    let shares: Vec<u64> = record.pods.iter().map(|share| share.served).collect();
    assert_eq!((shares.len(), shares.iter().sum::<u64>()), (3, 6_000));
    assert!(
        shares.iter().all(|share| (1_800..2_200).contains(share)),
        "{shares:?}"
    );
    assert!(!desk.cluster.traffic().recent().is_empty());
}

/// The race of termination: without a pause before SIGTERM, requests come to a process that has stopped listening
/// (https://kubernetes.io/docs/tutorials/services/pods-and-endpoint-termination-flow/).
#[test]
fn a_rollout_loses_requests_unless_pods_wait_before_they_stop() {
    let lost = |pause: &str| {
        let mut desk = Desk::after(SHOP);
        if !pause.is_empty() {
            desk.run(pause);
            desk.run("kubectl rollout status deployment/web");
            desk.wait(30);
        }
        let origin = pod_origin(&desk, "box");
        let generator = load(origin, "web", 200, 90, &desk);
        desk.cluster.start_load(generator);
        desk.wait(5);
        desk.run("kubectl rollout restart deployment/web");
        desk.wait(100);
        let record = met(&desk);
        assert_eq!(record.total.sent, 18_000);
        assert_eq!(record.total.sent, record.total.answered() + record.total.lost());
        record.total.lost()
    };
    let hurried = lost("");
    let patient = lost(
        "kubectl patch deployment web -p '{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"nginx\",\"lifecycle\":{\"preStop\":{\"sleep\":{\"seconds\":5}}}}]}}}}'",
    );
    assert!((1..1_000).contains(&hurried), "{hurried}");
    assert_eq!(patient, 0);
}

#[test]
fn a_fork_in_the_middle_goes_on_identically() {
    let mut desk = Desk::after(SHOP);
    let origin = pod_origin(&desk, "box");
    let generator = load(origin, "web", 50, 60, &desk);
    desk.cluster.start_load(generator);
    desk.cluster.send(
        desk.session,
        Input::Line("kubectl exec box -- curl -s -m 9 http://web:81".to_owned()),
    );
    desk.cluster.run_for(Duration::from_micros(1_234_567));
    let mut other = Cluster::load(&desk.cluster.save()).expect("it can be loaded");
    desk.wait(30);
    other.run_for(Duration::from_secs(30));
    assert_eq!(desk.cluster.traffic(), other.traffic());
    assert_eq!(desk.cluster.trace().hash(), other.trace().hash());
}

/// What may go wrong while requests come.
#[derive(Clone, Copy, Debug)]
enum Fault {
    Scale(u8),
    DeletePod(u8),
    Restart,
    StopKubelet(u8),
    StartKubelet(u8),
    Pause(u8),
}

fn fault() -> impl proptest::strategy::Strategy<Value = Fault> {
    use proptest::prelude::*;
    prop_oneof![
        (0_u8..6).prop_map(Fault::Scale),
        (0_u8..6).prop_map(Fault::DeletePod),
        Just(Fault::Restart),
        (1_u8..4).prop_map(Fault::StopKubelet),
        (1_u8..4).prop_map(Fault::StartKubelet),
        (1_u8..20).prop_map(Fault::Pause),
    ]
}

/// A Service of Pods that are ready and of one that never is, under load from inside and from outside, while faults happen.
fn under_faults(faults: &[Fault]) -> Cluster {
    let mut desk = Desk::after(SHOP);
    desk.run("kubectl run jamais --image=nginx:1.27 --labels=app=web --overrides='{\"spec\":{\"containers\":[{\"name\":\"jamais\",\"image\":\"nginx:1.27\",\"readinessProbe\":{\"exec\":{\"command\":[\"false\"]}}}]}}'");
    desk.run("kubectl patch svc web -p '{\"spec\":{\"type\":\"NodePort\",\"ports\":[{\"port\":80,\"nodePort\":30080}]}}'");
    desk.wait(20);
    let secs = 400;
    let origin = pod_origin(&desk, "box");
    let inside = load(origin, "web", 40, secs, &desk);
    let outside = Generator {
        port: 30_080,
        ..load(Origin::Internet, "172.18.0.3", 25, secs, &desk)
    };
    desk.cluster.start_load(inside);
    desk.cluster.start_load(outside);
    for fault in faults {
        match fault {
            Fault::Scale(replicas) => desk.run(&format!("kubectl scale deployment web --replicas={replicas}")),
            Fault::DeletePod(at) => desk.run(&format!(
                "kubectl delete pod --wait=false $(kubectl get pod -l app=web -o name | sed -n {}p | cut -d/ -f2) 2>/dev/null",
                at + 1
            )),
            Fault::Restart => desk.run("kubectl rollout restart deployment/web"),
            Fault::StopKubelet(node) => desk.run(&format!("lab arreter kubelet worker-{node}")),
            Fault::StartKubelet(node) => desk.run(&format!("lab demarrer kubelet worker-{node}")),
            Fault::Pause(secs) => {
                desk.wait(u64::from(*secs));
                String::new()
            }
        };
    }
    desk.wait(secs + 20);
    desk.cluster
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(12))]

    #[test]
    fn counts_add_up_whatever_happens(faults in proptest::collection::vec(fault(), 1..10)) {
        let cluster = under_faults(&faults);
        let record = cluster.traffic().of_service("default", "web").expect("it was asked");
        let total = &record.total;
        // Those that found no name server, for its machine is out, were meant for the Service all the same.
        proptest::prop_assert_eq!(total.sent, 400 * 65);
        proptest::prop_assert_eq!(total.sent, total.answered() + total.lost());
        proptest::prop_assert_eq!(total.latency.count(), total.answered());
        let by_pod: u64 = record.pods.iter().map(|share| share.served).sum();
        proptest::prop_assert_eq!(by_pod, total.answered());
        for share in &record.pods {
            proptest::prop_assert_ne!(&*share.pod.1, "jamais");
        }
        let again = under_faults(&faults);
        proptest::prop_assert_eq!(again.traffic(), cluster.traffic());
        proptest::prop_assert_eq!(again.trace().hash(), cluster.trace().hash());
    }
}
