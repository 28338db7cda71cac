//! What requests cost: 100 Pods under 1,000 requests per second for ten virtual minutes (target: under 3 s of CPU natively).

#![expect(clippy::expect_used, reason = "a benchmark may stop")]

use std::time::Duration;

use timonier_core::cluster::{Cluster, Topology};
use timonier_core::network::{Generator, Origin, Shape};
use timonier_core::runtime::traffic::HttpRequest;
use timonier_core::terminal::State;

fn main() {
    divan::main();
}

/// A hundred Pods behind a Service, ready.
fn hundred_pods() -> Cluster {
    let mut cluster = Cluster::new(1, &Topology::with_workers(4));
    let script = "kubectl create deployment web --image=nginx:1.27 --replicas=100 && kubectl expose deployment web --port=80 && kubectl rollout status deployment/web";
    let session = cluster.run_script(script);
    let until = cluster.now() + Duration::from_secs(600);
    let state = cluster.run_until_idle(session, until);
    assert!(matches!(state, Some(State::Ended { exit: 0, .. })), "{state:?}");
    cluster.run_for(Duration::from_secs(5));
    cluster
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn thousand_requests_per_second_for_ten_minutes(bencher: divan::Bencher<'_, '_>) {
    let ready = hundred_pods();
    bencher.with_inputs(|| ready.fork()).bench_values(|mut cluster| {
        let now = cluster.now();
        let lasting = Duration::from_secs(600);
        cluster.start_load(Generator {
            name: "charge".to_owned(),
            origin: Origin::client(),
            host: "web".to_owned(),
            port: 80,
            tls: false,
            request: HttpRequest::get("web", "/"),
            shape: Shape::Steady(1_000),
            started: now,
            until: now + lasting,
            timeout: Duration::from_secs(5),
            sent: 0,
        });
        cluster.run_for(lasting + Duration::from_secs(10));
        let record = cluster
            .traffic()
            .of_service("default", "web")
            .expect("it was asked");
        assert_eq!(record.total.sent, 600_000);
        assert_eq!(record.total.answered() + record.total.lost(), 600_000);
        cluster
    });
}
