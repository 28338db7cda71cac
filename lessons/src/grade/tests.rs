//! Goals over a cluster of plain values: each case is a story and what is said at its end.
use super::{Grader, Report};
use crate::evidence::{Change, Evidence};
use crate::format::Exercise;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use timonier_core::sim::Time;

#[derive(Default)]
struct Story {
    now: u64,
    changes: Vec<Change>,
    objects: BTreeMap<(String, String), Value>,
    /// Changes before this revision are gone.
    compacted: u64,
}

impl Evidence for Story {
    fn now(&self) -> Time {
        Time::from_secs(self.now)
    }

    fn revision(&self) -> u64 {
        self.changes.len() as u64
    }

    fn objects(&self, kind: &str) -> Vec<Value> {
        self.objects
            .iter()
            .filter(|((k, _), _)| k == kind)
            .map(|(_, v)| v.clone())
            .collect()
    }

    fn changes(&self, since: u64, wanted: &dyn Fn(&str) -> bool) -> Option<Vec<Change>> {
        let since = usize::try_from(since).expect("small");
        (since as u64 >= self.compacted).then(|| {
            self.changes[since..]
                .iter()
                .filter(|c| wanted(&c.kind))
                .cloned()
                .collect()
        })
    }
}

impl Story {
    fn put(&mut self, at: u64, kind: &str, name: &str, mut object: Value) {
        object["metadata"]["name"] = json!(name);
        object["metadata"]["namespace"] = json!("default");
        self.change(at, kind, name, Some(object));
    }

    fn change(&mut self, at: u64, kind: &str, name: &str, object: Option<Value>) {
        self.now = at;
        let key = (kind.to_owned(), name.to_owned());
        match &object {
            Some(object) => self.objects.insert(key, object.clone()),
            None => self.objects.remove(&key),
        };
        let (kind, name) = (kind.to_owned(), name.to_owned());
        self.changes.push(Change {
            at: Time::from_secs(at),
            kind,
            namespace: "default".to_owned(),
            name,
            object,
        });
    }

    fn pod(&mut self, at: u64, name: &str, ready: bool) {
        let status = if ready { "True" } else { "False" };
        let object = json!({"metadata": {"labels": {"app": "web"}}, "status": {"conditions": [{"type": "Ready", "status": status}]}});
        self.put(at, "Pod", name, object);
    }
}

fn exercise(goals: Value, extra: Value) -> Exercise {
    let mut tree = json!({
        "id": "essai", "kind": "do", "title": "Essai", "minutes": 1, "situation": "", "goals": goals,
        "hints": [{"text": "a", "cost": 1}, {"text": "b", "cost": 2}], "solution": {"steps": [], "explanation": ""},
    });
    for (key, value) in extra.as_object().expect("a map") {
        tree[key] = value.clone();
    }
    serde_json::from_value(tree).expect("an exercise")
}

fn goal(check: Value) -> Value {
    json!([{"id": "a", "text": "A", "points": 4, "check": check}])
}

/// Plays a story and gives the report of one goal.
fn play(check: Value, story: impl Fn(&mut Story, &mut Grader)) -> Report {
    let mut grader = Grader::new(exercise(goal(check), json!({}))).expect("goals");
    let mut cluster = Story::default();
    grader.begin(&cluster);
    story(&mut cluster, &mut grader);
    grader.observe(&cluster);
    grader.report(cluster.now())
}

fn check(condition: Value, story: impl Fn(&mut Story, &mut Grader), expected: Option<&str>) {
    let report = play(condition.clone(), story);
    assert_eq!(report.goals[0].why.as_deref(), expected, "{condition}");
    assert_eq!(report.goals[0].met, expected.is_none());
    assert_eq!(report.score, if expected.is_none() { 4 } else { 0 });
}

fn ready() -> Value {
    json!({"status": {"conditions": [{"type": "Ready", "status": "True"}]}})
}

#[test]
fn states() {
    let three = || json!({"state": {"kind": "Pod", "selector": "app=web", "match": ready(), "count": 3}});
    check(
        three(),
        |_, _| {},
        Some("Il n’y a aucun Pod `app=web` (attendu : 3)."),
    );
    let two = |s: &mut Story, _: &mut Grader| {
        s.pod(1, "a", true);
        s.pod(1, "b", true);
        s.pod(1, "c", false);
    };
    check(three(), two, Some("2 Pods prêts sur 3 ; `c` : pas encore prêt."));
    check(
        three(),
        |s, g| {
            two(s, g);
            s.pod(2, "c", true);
        },
        None,
    );
    check(
        three(),
        |s, _| (0..4).for_each(|n| s.pod(1, &n.to_string(), true)),
        Some("4 Pods prêts, attendu : 3."),
    );
    let deployment = json!({"state": {"kind": "Deployment", "name": "web", "match": {"spec": {"replicas": 3}, "status": {"readyReplicas": 3}}}});
    check(
        deployment.clone(),
        |_, _| {},
        Some("Il n’y a pas de Deployment `web`."),
    );
    check(
        deployment.clone(),
        |s, _| s.put(1, "Deployment", "web", json!({"spec": {"replicas": 2}})),
        Some("Deployment `web` : `spec.replicas` vaut `2` (attendu : `3`)."),
    );
    check(
        deployment,
        |s, _| {
            s.put(
                1,
                "Deployment",
                "web",
                json!({"spec": {"replicas": 3}, "status": {"readyReplicas": 2}}),
            );
        },
        Some("Deployment `web` : 2 Pods prêts sur 3."),
    );
    check(
        json!({"state": {"kind": "Pod", "count": 0}}),
        |s, _| s.pod(1, "a", true),
        Some("Il reste 1 Pod : `a`."),
    );
    check(
        json!({"state": {"kind": "Pod", "every": ready()}}),
        two,
        Some("Pod `c` : pas encore prêt."),
    );
    check(
        json!({"not": {"state": {"kind": "Pod"}}}),
        two,
        Some("Ce qui ne doit pas être est encore là."),
    );
}

#[test]
fn a_state_that_lasts() {
    let lasting = || json!({"state": {"kind": "Pod", "match": ready(), "holds": 10}});
    let story = |until: u64| {
        move |s: &mut Story, _: &mut Grader| {
            s.pod(1, "a", true);
            s.pod(5, "a", false);
            s.pod(6, "a", true);
            s.now = until;
        }
    };
    check(
        lasting(),
        story(12),
        Some("C’est le cas depuis 6 s ; il faut que cela dure 10 s."),
    );
    check(lasting(), story(16), None);
    // It lasted, though nobody looked at the time.
    let happened = json!({"history": {"happened": {"kind": "Pod", "match": ready(), "holds": 3}}});
    check(
        happened,
        |s, g| {
            story(6)(s, g);
            s.pod(7, "a", false);
        },
        None,
    );
}

#[test]
fn histories() {
    let always = || json!({"history": {"always": {"kind": "Pod", "match": ready(), "count": ">=2"}}});
    let up = |s: &mut Story, _: &mut Grader| {
        s.pod(1, "a", true);
        s.pod(2, "b", true);
    };
    check(always(), |s, _| s.pod(1, "a", true), Some("1 Pod prêt sur 2."));
    check(always(), up, None);
    let broken = |s: &mut Story, g: &mut Grader| {
        up(s, g);
        s.change(7, "Pod", "a", None);
        s.pod(8, "c", true);
    };
    check(
        always(),
        broken,
        Some(
            "Il y a 1 s, cela n’a pas été respecté (il y avait 1 Pod prêt). Rien ne peut le rattraper : recommencez l’exercice.",
        ),
    );
    assert!(play(always(), broken).goals[0].lost);

    let image = |tag: &str| json!({"kind": "Deployment", "name": "web", "match": {"spec": {"image": tag}}});
    let set =
        |s: &mut Story, at: u64, tag: &str| s.put(at, "Deployment", "web", json!({"spec": {"image": tag}}));
    let never = || json!({"history": {"never": image("1"), "after": image("2")}});
    check(
        never(),
        |s, _| set(s, 1, "1"),
        Some("Deployment `web` : l’image vaut `1` (attendu : `2`)."),
    );
    check(
        never(),
        |s, _| {
            set(s, 1, "1");
            set(s, 2, "2");
        },
        None,
    );
    assert!(
        play(never(), |s, _| {
            set(s, 1, "2");
            set(s, 2, "1");
        })
        .goals[0]
            .lost
    );

    // A short break is allowed, a long one is not.
    let outage = json!({"kind": "Pod", "match": ready(), "count": 0, "holds": 5});
    let level = || json!({"history": {"never": outage, "after": {"kind": "Pod", "match": ready()}}});
    let down_until = |end: u64| {
        move |s: &mut Story, _: &mut Grader| {
            s.pod(10, "a", true);
            s.pod(20, "a", false);
            s.pod(end, "a", true);
            s.now = 40;
        }
    };
    check(level(), down_until(24), None);
    assert!(play(level(), down_until(26)).goals[0].lost);

    let sequence = || json!({"history": {"sequence": [image("1"), image("2"), image("1")]}});
    check(
        sequence(),
        |s, _| {
            set(s, 1, "1");
            set(s, 2, "2");
        },
        Some("Étape 3 sur 3 : deployment `web` : l’image vaut `2` (attendu : `1`)."),
    );
    check(
        sequence(),
        |s, _| {
            set(s, 1, "1");
            set(s, 2, "2");
            set(s, 3, "1");
        },
        None,
    );
}

#[test]
fn commands_and_answers() {
    let used = |line: &'static str, exit: Option<i32>| {
        move |_: &mut Story, g: &mut Grader| {
            g.ledger_mut().commands.push(super::Used {
                at: Time::ZERO,
                line: line.to_owned(),
                exit,
            });
        }
    };
    let scale = || json!({"command": {"used": "kubectl scale"}});
    check(
        scale(),
        |_, _| {},
        Some("Vous n’avez pas encore utilisé `kubectl scale`."),
    );
    check(
        scale(),
        used("k scale deploy web", Some(1)),
        Some("`k scale deploy web` a échoué : lisez son message."),
    );
    check(scale(), used("k scale deploy web --replicas=2", Some(0)), None);
    check(
        json!({"command": {"used": ["x", "kubectl get * -w"], "exit": "any"}}),
        used("kubectl get pods -w", None),
        None,
    );

    let question = json!({"questions": [{"id": "q", "text": "?", "choices": [
        {"id": "un", "text": "1", "say": "non"}, {"id": "deux", "text": "2", "right": true, "say": "oui"}]}]});
    let mut grader =
        Grader::new(exercise(goal(json!({"answer": {"question": "q"}})), question)).expect("goals");
    assert_eq!(
        grader.report(Time::ZERO).goals[0].why.as_deref(),
        Some("Vous n’avez pas encore répondu à la question.")
    );
    for (choice, points) in [("un", 0), ("deux", 2)] {
        grader
            .ledger_mut()
            .answers
            .entry("q".to_owned())
            .or_default()
            .push(choice.to_owned());
        assert_eq!(grader.report(Time::ZERO).score, points);
    }
}

#[test]
fn points_costs_needs_and_mistakes() {
    let pods = |count: Value| json!({"state": {"kind": "Pod", "count": count}});
    let goals = json!([
        {"id": "a", "text": "A", "points": 4, "check": pods(json!(1))},
        {"id": "b", "text": "B", "points": 2, "check": {"history": {"never": {"kind": "Pod", "count": ">1"}}}, "needs": ["a"]},
    ]);
    let mistakes = json!({"mistakes": [{"id": "trop", "when": pods(json!(">2")), "say": "Trop."}]});
    let mut grader = Grader::new(exercise(goals, mistakes)).expect("goals");
    let mut cluster = Story::default();
    grader.begin(&cluster);
    assert_eq!(grader.report(cluster.now()).score, 0, "untouched");
    cluster.pod(1, "a", true);
    grader.observe(&cluster);
    assert!(grader.report(cluster.now()).solved);
    grader.ledger_mut().hints = 2;
    let report = grader.report(cluster.now());
    assert_eq!(
        (report.earned, report.cost, report.score, report.max),
        (6, 3, 3, 6)
    );
    grader.ledger_mut().solution = true;
    assert_eq!(grader.report(cluster.now()).score, 0);
    assert!(report.mistakes.is_empty());
    let kept = grader.branch().clone();
    cluster.pod(2, "b", true);
    cluster.pod(2, "c", true);
    grader.observe(&cluster);
    assert_eq!(grader.report(cluster.now()).mistakes[0].say, "Trop.");
    assert!(grader.restore(kept));
    assert!(
        grader.report(cluster.now()).solved,
        "undo forgets what was undone"
    );
}

#[test]
fn compacted_changes_are_read_afresh() {
    let mut grader = Grader::new(exercise(
        goal(json!({"state": {"kind": "Pod", "count": 1}})),
        json!({}),
    ))
    .expect("goals");
    let mut cluster = Story::default();
    grader.begin(&cluster);
    cluster.pod(1, "a", true);
    cluster.pod(2, "b", true);
    cluster.change(3, "Pod", "a", None);
    cluster.compacted = 2;
    grader.observe(&cluster);
    assert!(grader.report(cluster.now()).solved);
}

#[test]
fn faults_of_authors() {
    let check = |condition: Value, path: &str, words: &str| {
        let faults = Grader::new(exercise(goal(condition), json!({}))).expect_err("a fault");
        assert!(
            faults.iter().any(|(p, m)| p == path && m.contains(words)),
            "{faults:?}"
        );
    };
    check(json!({}), "goals[0].check", "exactement une clé");
    check(
        json!({"traffic": {"service": "web"}}),
        "goals[0].check.traffic",
        "au moins une",
    );
    check(
        json!({"state": {"kind": "Pods"}}),
        "goals[0].check.state.kind",
        "« Pod »",
    );
    check(
        json!({"state": {"kind": "Pod", "count": "x"}}),
        "goals[0].check.state.count",
        "nombre",
    );
    check(
        json!({"state": {"kind": "Pod", "match": {"$lenn": 1}}}),
        "goals[0].check.state.match.$lenn",
        "$len",
    );
    check(
        json!({"state": {"kind": "Pod", "selector": "a b"}}),
        "goals[0].check.state.selector",
        "a b",
    );
    check(
        json!({"history": {}}),
        "goals[0].check.history",
        "exactement une clé",
    );
    check(
        json!({"history": {"always": {"kind": "Pod", "holds": 1}}}),
        "goals[0].check.history.always.holds",
        "instant",
    );
    check(
        json!({"answer": {"question": "q"}}),
        "goals[0].check.answer.question",
        "« q »",
    );
    check(json!({"all": []}), "goals[0].check.all", "vide");
}
