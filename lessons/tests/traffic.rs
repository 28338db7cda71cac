//! Goals about requests on a real simulated cluster: what is said of them while they are not met, and when they are.
use serde_json::{Value, json};
use std::time::Duration;
use timonier_core::cluster::{Cluster, Topology};
use timonier_core::network::{Generator, Origin, Shape};
use timonier_core::runtime::traffic::HttpRequest;
use timonier_lessons::evidence::Evidence;
use timonier_lessons::grade::Grader;

/// A Deployment and its Service, with an environment for its container.
const API: &str = "kubectl create deployment web --image=boutique/api:1.0 --replicas=2; kubectl expose deployment web --port=80 --target-port=8080; kubectl rollout status deployment/web; sleep 15";

fn run(cluster: &mut Cluster, script: &str) {
    let id = cluster.run_script(script);
    let until = cluster.now() + Duration::from_secs(120);
    cluster.run_until_idle(id, until);
    cluster.close_session(id);
}

fn load(cluster: &mut Cluster, rate: u32, secs: u64) {
    let now = cluster.now();
    cluster.start_load(Generator {
        name: "charge".to_owned(),
        origin: Origin::client(),
        host: "web".to_owned(),
        port: 80,
        tls: false,
        request: HttpRequest::get("web", "/prix"),
        shape: Shape::Steady(rate),
        started: now,
        until: now + Duration::from_secs(secs),
        timeout: Duration::from_secs(2),
        sent: 0,
    });
}

#[expect(clippy::expect_used, reason = "a helper of tests")]
fn grader(traffic: &Value) -> Grader {
    let mut traffic = traffic.clone();
    if let Some(fields) = traffic.as_object_mut() {
        fields.insert("service".to_owned(), json!("web"));
    }
    let exercise = json!({
        "id": "essai", "kind": "measure", "title": "Essai", "minutes": 1, "situation": "", "hints": [],
        "solution": {"steps": [], "explanation": ""},
        "goals": [{"id": "trafic", "text": "Trafic", "points": 1, "check": {"traffic": traffic}}],
    });
    serde_json::from_value(exercise)
        .map(Grader::new)
        .expect("an exercise")
        .expect("goals")
}

/// What is said of the goal; empty when it is met.
fn verdict(grader: &mut Grader, cluster: &Cluster) -> String {
    grader.observe(cluster);
    let report = grader.report(Evidence::now(cluster));
    let goals = report.goals.iter();
    goals
        .map(|goal| {
            if goal.met {
                String::new()
            } else {
                goal.why.clone().unwrap_or_default()
            }
        })
        .collect()
}

/// Typographic spaces as plain ones, and the first number, which is chance's, as `N`.
fn plain(text: &str) -> String {
    let text = text.replace(['\u{a0}', '\u{202f}'], " ");
    let digit = |c: char| c.is_ascii_digit();
    let Some(from) = text.find(digit) else { return text };
    let (before, rest) = text.split_at(from);
    format!("{before}N{}", rest.trim_start_matches(digit))
}

/// The goal's verdict after `script` while requests come, from a cluster on which `before` was done.
fn check(before: &str, script: &str, goals: &[(Value, &str)]) {
    let mut settled = Cluster::new(7, &Topology::default());
    run(&mut settled, before);
    let mut graders: Vec<Grader> = goals.iter().map(|(traffic, _)| grader(traffic)).collect();
    for grader in &mut graders {
        grader.begin(&settled);
    }
    for (grader, (traffic, _)) in graders.iter_mut().zip(goals) {
        let why = verdict(grader, &settled);
        assert!(!why.is_empty(), "met by nothing: {traffic}");
    }
    load(&mut settled, 50, 30);
    // A grader looks as the lab does: again and again.
    let id = settled.run_script(script);
    for _ in 0..40 {
        settled.run_for(Duration::from_secs(1));
        for grader in &mut graders {
            grader.observe(&settled);
        }
    }
    settled.close_session(id);
    for (grader, (traffic, expected)) in graders.iter_mut().zip(goals) {
        assert_eq!(
            plain(&verdict(grader, &settled)),
            *expected,
            "{script}: {traffic}"
        );
    }
}

#[test]
fn without_a_request_nothing_is_met() {
    let mut cluster = Cluster::new(7, &Topology::default());
    run(&mut cluster, API);
    for traffic in [
        json!({"lost": 0}),
        json!({"success": ">=99"}),
        json!({"latency": {"percent": 95, "millis": 200}}),
    ] {
        let mut grader = grader(&traffic);
        grader.begin(&cluster);
        assert_eq!(
            plain(&verdict(&mut grader, &cluster)),
            "Aucune requête n’a encore été envoyée au Service `web`.",
            "{traffic}"
        );
    }
}

#[test]
fn quiet_traffic_meets_every_goal() {
    check(
        API,
        "true",
        &[
            (json!({"lost": 0, "served": ">=1000"}), ""),
            (json!({"success": ">=99.9"}), ""),
            (json!({"latency": {"percent": 95, "millis": 200}}), ""),
            (json!({"shares": [{"selector": "app=web", "percent": 100}]}), ""),
            (
                json!({"served": ">=5000"}),
                "N requêtes servies par `web`, attendu : au moins 5000.",
            ),
            (
                json!({"shares": [{"selector": "app=autre", "percent": ">=10"}]}),
                "Les Pods `app=autre` ont servi N % des requêtes vers `web` (attendu : au moins 10 %).",
            ),
        ],
    );
}

#[test]
fn a_rollout_that_loses_requests_says_why() {
    let recreate = format!(
        "{API}; kubectl patch deployment web -p '{{\"spec\":{{\"strategy\":{{\"type\":\"Recreate\",\"rollingUpdate\":null}}}}}}'"
    );
    check(
        &recreate,
        "sleep 5; kubectl set image deployment/web api=boutique/api:2.0",
        &[
            (
                json!({"lost": 0}),
                "N requêtes perdues ou en erreur sur 1500 vers `web` : aucun Pod prêt derrière le Service (attendu : 0).",
            ),
            (
                json!({"success": ">=99.5"}),
                "N % des requêtes vers `web` ont réussi (attendu : au moins 99,5 %). Les autres : aucun Pod prêt derrière le Service.",
            ),
            (json!({"lost": 0, "window": 15}), ""),
            (
                json!({"lost": 0, "window": 5}),
                "Aucune requête n’est venue au Service `web` ces N dernières secondes.",
            ),
        ],
    );
}

#[test]
fn a_rollout_with_a_probe_and_a_pause_loses_none() {
    let patched = format!(
        "{API}; kubectl patch deployment web -p '{{\"spec\":{{\"template\":{{\"spec\":{{\"containers\":[{{\"name\":\"api\",\"readinessProbe\":{{\"httpGet\":{{\"path\":\"/sante\",\"port\":8080}},\"periodSeconds\":1}},\"lifecycle\":{{\"preStop\":{{\"sleep\":{{\"seconds\":5}}}}}}}}]}}}}}}}}'; kubectl rollout status deployment/web; sleep 15"
    );
    check(
        &patched,
        "sleep 5; kubectl set image deployment/web api=boutique/api:2.0",
        &[
            (json!({"lost": 0, "served": ">=1000"}), ""),
            (
                json!({"lost": 0, "served": ">=100", "after": {"kind": "Deployment", "name": "web", "match": {"spec": {"template": {"spec": {"containers": [{"image": "boutique/api:2.0"}]}}}}}}),
                "",
            ),
            (
                json!({"lost": 0, "after": {"kind": "Deployment", "name": "autre"}}),
                "Ce qui doit être fait d’abord ne l’est pas encore : les requêtes ne comptent qu’ensuite.",
            ),
        ],
    );
}

#[test]
fn slow_answers_and_faults_are_told_apart() {
    let slow = format!(
        "{API}; kubectl set env deployment/web ATTENTE_MS=350; kubectl rollout status deployment/web; sleep 15"
    );
    check(
        &slow,
        "true",
        &[
            (json!({"lost": 0}), ""),
            (
                json!({"latency": {"percent": 95, "millis": 200}}),
                "N % des réponses de `web` viennent en moins de 400 ms (attendu : 200 ms).",
            ),
            (json!({"latency": {"percent": 95, "millis": 1000}}), ""),
        ],
    );
    let faulty = format!(
        "{API}; kubectl set env deployment/web ERREURS=20; kubectl rollout status deployment/web; sleep 15"
    );
    check(
        &faulty,
        "true",
        &[
            (
                json!({"lost": 0}),
                "N requêtes perdues ou en erreur sur 1500 vers `web` : le serveur a répondu par une erreur (attendu : 0).",
            ),
            (
                json!({"success": ">=99.9"}),
                "N % des requêtes vers `web` ont réussi (attendu : au moins 99,9 %). Les autres : le serveur a répondu par une erreur.",
            ),
            (json!({"success": ">=50"}), ""),
        ],
    );
}
