//! « Pourquoi ? » of what learners run into. Each case of `explain/cases.txt` begins with `# its name`, writes files
//! (`@ file`), types commands (`$ ...`), lets time pass (`. seconds`), and asks (`? lab pourquoi ...`); what follows is the answer.
//! `UPDATE=1` writes what is answered now: read the difference before it is kept.

#![expect(
    clippy::expect_used,
    reason = "a test may stop where its cases cannot be read"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "core itself is held to them, this reads its cases"
)]

use std::fmt::Write as _;
use std::time::Duration;

use timonier_core::cluster::{Cluster, Topology};
use timonier_core::terminal::{Input, Output};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/explain/cases.txt");

struct Lab {
    cluster: Cluster,
    session: timonier_core::cluster::SessionId,
}

impl Lab {
    fn new() -> Self {
        let mut cluster = Cluster::new(1, &Topology::default());
        let session = cluster.open_session();
        cluster.send(
            session,
            Input::Resize {
                columns: 100,
                rows: 24,
            },
        );
        Self { cluster, session }
    }

    fn run(&mut self, line: &str) -> String {
        self.cluster.send(self.session, Input::Line(line.to_owned()));
        let until = self.cluster.now() + Duration::from_secs(120);
        self.cluster.run_until_idle(self.session, until);
        let output = self.cluster.take_output(self.session).into_iter();
        output
            .map(|output| match output {
                Output::Text { text, .. } => text,
                Output::Open(path) => path,
            })
            .collect()
    }
}

/// What is drawn by chance, or depends on what else runs in the cluster, stands for itself: identities, suffixes, addresses, the node that
/// was chosen and its score.
fn plain(line: &str) -> String {
    const SUFFIX: &str = "bcdfghjklmnpqrstvwxz2456789";
    let mut out = String::new();
    for word in line.split_inclusive([' ', '(', ')', '"', ',', ':', '/', '=']) {
        let end = word.chars().last().filter(|c| " ()\",:/=".contains(*c));
        let bare = word.strip_suffix(|c| Some(c) == end).unwrap_or(word);
        let parts: Vec<&str> = bare.split('-').collect();
        let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        let by_chance = parts.last().is_some_and(|last| {
            parts.len() > 1 && last.len() == 5 && last.chars().all(|c| SUFFIX.contains(c))
        });
        let replaced = match lengths.as_slice() {
            [8, 4, 4, 4, 12] => "UID".to_owned(),
            _ if bare.starts_with("10.244.") => "10.244.x.x".to_owned(),
            _ if parts.first() == Some(&"worker") && parts.len() == 2 => "worker-N".to_owned(),
            _ if by_chance => format!("{}-xxxxx", bare.rsplit_once('-').map_or("", |(before, _)| before)),
            _ => bare.to_owned(),
        };
        // A score follows its node.
        let score = out.ends_with("worker-N : ") && bare.trim_end_matches('.').parse::<u32>().is_ok();
        out.push_str(if score { "..." } else { &replaced });
        out.extend(end);
    }
    out
}

/// Plays a case and writes it again, with what is answered now.
fn play(case: &str) -> String {
    let mut lab = Lab::new();
    let mut played = String::new();
    let mut lines = case.lines().peekable();
    let is_body = |line: &str| line.is_empty() || line.starts_with("  ");
    while let Some(line) = lines.next() {
        let answered = line.starts_with('?');
        if !line.trim().is_empty() {
            writeln!(played, "{line}").expect("a string");
        }
        let mut body = String::new();
        while let Some(next) = lines.next_if(|next| is_body(next)) {
            writeln!(body, "{}", next.strip_prefix("  ").unwrap_or(next)).expect("a string");
        }
        let body = body.trim_end();
        let (sign, rest) = line.split_at_checked(2).unwrap_or((line, ""));
        match sign {
            "@ " => lab.cluster.laptop_mut().save_file(rest, body).expect("room"),
            "$ " => drop(lab.run(rest)),
            ". " => lab
                .cluster
                .run_for(Duration::from_secs(rest.parse().expect("seconds"))),
            "? " => {
                for line in lab.run(rest).trim_end().lines() {
                    let line = line.replace(['\u{a0}', '\u{202f}'], " ");
                    writeln!(played, "  {}", plain(line.trim_end())).expect("a string");
                }
            }
            _ => {}
        }
        if !answered && !body.is_empty() {
            for line in body.lines() {
                writeln!(played, "  {line}").expect("a string");
            }
        }
    }
    played
}

#[test]
fn every_symptom_has_its_chain() {
    let text = std::fs::read_to_string(PATH).expect("the cases");
    let (only, update) = (std::env::var("CASE").ok(), std::env::var_os("UPDATE").is_some());
    let cases = format!("\n{text}");
    let cases: Vec<String> = cases
        .split("\n# ")
        .skip(1)
        .map(|case| format!("# {case}"))
        .collect();
    let (mut new, mut faults) = (String::new(), Vec::new());
    for case in &cases {
        let name = case.lines().next().unwrap_or_default();
        if only.as_ref().is_some_and(|only| !name.contains(only.as_str())) {
            writeln!(new, "{}\n", case.trim_end()).expect("a string");
            continue;
        }
        let played = play(case);
        if played.trim_end() != case.trim_end() {
            faults.push(format!("{name}\nnow:\n{played}"));
        }
        writeln!(new, "{}\n", played.trim_end()).expect("a string");
    }
    if update {
        std::fs::write(PATH, format!("{}\n", new.trim_end())).expect("written");
    } else {
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
    assert!(cases.len() >= 30, "cases went missing");
}
