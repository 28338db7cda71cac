//! Every recorded session again, on a cluster of ours: each step prints what a real Kubernetes printed, or is listed in
//! `known_failures.yaml` with its reason. A listed step that passes fails the test, so that the list only shrinks.
//!
//! `FIDELITY_SHOW=06 cargo test -p timonier --test fidelity` shows how the steps of scenario 06 differ;
//! `FIDELITY_LEARN=1` writes the list anew, keeping the reasons it has.

#![expect(
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test: what is wrong stops it"
)]

mod known;
mod normalise;

use std::fs;
use std::path::{Path, PathBuf};

use known::Known;
use normalise::Rules;
use timonier::run::{Entry, Options, Scenario, Transcript, run};

/// Scenarios of which so many steps in a hundred must match.
const FLOORS: &[(&str, usize)] = &[
    ("01-pod-basics", 80),
    ("04-labels", 80),
    ("06-deployment-rollout", 80),
];
/// The part of `05-replicaset` that must match as well: everything before ReplicationControllers.
const REPLICASETS: &str = "05-replicaset";

fn reference() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// One scenario, run at the recorded pace.
struct Replay {
    name: String,
    recorded: Vec<Entry>,
    actual: Vec<Entry>,
    text: String,
}

impl Replay {
    fn of(path: &Path) -> Self {
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let text = read(path);
        let scenario = Scenario::parse(&text).unwrap_or_else(|why| panic!("{name}: {why}"));
        let recorded = read(&reference().join(format!("recorded/{name}.yaml")));
        let recorded = Transcript::parse(&recorded).unwrap_or_else(|why| panic!("{name}: {why}"));
        let options = Options {
            bare: true,
            seed: 0,
            pace: Some(recorded.clone()),
        };
        let actual = run(&scenario, &options)
            .unwrap_or_else(|why| panic!("{name}: {why}"))
            .steps;
        assert_eq!(
            actual.len(),
            recorded.steps.len(),
            "{name}: each step is recorded"
        );
        Self {
            name,
            recorded: recorded.steps,
            actual,
            text,
        }
    }

    /// Whether each step matches.
    fn verdicts(&self, rules: &Rules) -> Vec<bool> {
        let pairs = self.recorded.iter().zip(&self.actual);
        pairs
            .map(|(recorded, actual)| self.shown(rules, recorded) == self.shown(rules, actual))
            .collect()
    }

    fn shown(&self, rules: &Rules, entry: &Entry) -> String {
        let part = |name: &str, text: &str| {
            let text = rules.normalise(text, &entry.run, &self.text);
            text.split('\n')
                .map(|line| format!("{name}| {line}\n"))
                .collect::<String>()
        };
        format!(
            "$ {}\nexit {}\n{}{}",
            entry.run,
            entry.exit,
            part("stdout", &entry.stdout),
            part("stderr", &entry.stderr)
        )
    }

    fn print_differences(&self, rules: &Rules, verdicts: &[bool]) {
        for (index, matched) in verdicts.iter().enumerate() {
            let (Some(recorded), Some(actual)) = (self.recorded.get(index), self.actual.get(index)) else {
                continue;
            };
            if !matched {
                let number = index + 1;
                println!("--- {} step {number}, recorded:", self.name);
                println!("{}", self.shown(rules, recorded));
                println!("--- {} step {number}, ours:", self.name);
                println!("{}", self.shown(rules, actual));
            }
        }
    }
}

fn replays() -> Vec<Replay> {
    let mut paths: Vec<PathBuf> = fs::read_dir(reference().join("scenarios"))
        .expect("the copy of the scenarios")
        .map(|entry| entry.expect("a scenario").path())
        .collect();
    paths.sort();
    // Each runs on a cluster of its own: two at a time.
    let (even, odd): (Vec<_>, Vec<_>) = paths.iter().enumerate().partition(|(index, _)| index % 2 == 0);
    let replay = |half: Vec<(usize, &PathBuf)>| -> Vec<Replay> {
        half.into_iter().map(|(_, path)| Replay::of(path)).collect()
    };
    let mut all = std::thread::scope(|scope| {
        let odd = scope.spawn(|| replay(odd));
        let mut all = replay(even);
        all.extend(odd.join().expect("a replay ends"));
        all
    });
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

#[test]
fn recorded_sessions_are_matched() {
    let rules = Rules::new();
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fidelity/known_failures.yaml");
    let mut known = Known::parse(&read(&list));
    let learn = std::env::var("FIDELITY_LEARN").is_ok();
    let show = std::env::var("FIDELITY_SHOW").ok();
    let (mut problems, mut matched, mut total) = (Vec::new(), 0, 0);
    for replay in replays() {
        let verdicts = replay.verdicts(&rules);
        if show
            .as_ref()
            .is_some_and(|prefix| replay.name.starts_with(prefix.as_str()))
        {
            replay.print_differences(&rules, &verdicts);
        }
        let hits = verdicts.iter().filter(|hit| **hit).count();
        println!("{}: {hits}/{}", replay.name, verdicts.len());
        (matched, total) = (matched + hits, total + verdicts.len());
        let commands: Vec<&str> = replay.recorded.iter().map(|entry| entry.run.as_str()).collect();
        if learn {
            known.learn(&replay.name, &commands, &verdicts);
        } else {
            problems.extend(known.check(&replay.name, &commands, &verdicts));
        }
        problems.extend(floor(&replay.name, &commands, &verdicts));
    }
    println!("matched {matched}/{total}");
    if learn {
        fs::write(&list, known.to_yaml()).expect("the list can be written");
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

/// What is wrong when too few steps of a scenario match.
fn floor(name: &str, commands: &[&str], verdicts: &[bool]) -> Option<String> {
    let (counted, percent) = if name == REPLICASETS {
        let end = commands.iter().position(|command| command.contains("rc.yaml"));
        (verdicts.get(..end.unwrap_or(verdicts.len()))?, 80)
    } else {
        let (_, percent) = FLOORS.iter().find(|(scenario, _)| *scenario == name)?;
        (verdicts, *percent)
    };
    let hits = counted.iter().filter(|hit| **hit).count();
    let enough = hits * 100 >= counted.len() * percent;
    (!enough).then(|| {
        format!(
            "{name}: only {hits} of {} steps match, {percent} % must",
            counted.len()
        )
    })
}
