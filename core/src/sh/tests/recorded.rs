//! Scripts with what GNU bash 5.2 printed for them (`recorded.txt`, written by `record.py` from `cases.in`).

use super::{Outcome, run};

/// What a script came to: its status, standard output and standard error.
pub(crate) type Came = (i32, String, String);

/// Scripts that differ on purpose, with the reason.
const DIFFERENT: &[(&str, &str)] = &[];

struct Case {
    script: String,
    exit: i32,
    stdout: String,
    stderr: String,
}

fn parse(text: &str) -> Case {
    let mut parts = ["script", "exit", "stdout", "stderr"].map(|name| (name, Vec::new()));
    let mut part = 0;
    let mut exit = 0;
    for line in text.lines() {
        match line.strip_prefix("=== ") {
            Some("stdout") => part = 2,
            Some("stderr") => part = 3,
            Some(rest) if rest.starts_with("exit ") => {
                exit = rest.trim_start_matches("exit ").parse().unwrap();
            }
            _ => parts[part].1.push(
                line.strip_prefix("  | ")
                    .filter(|_| part > 0)
                    .unwrap_or(line)
                    .to_owned(),
            ),
        }
    }
    let [script, _, stdout, stderr] = parts.map(|(_, lines)| lines.join("\n"));
    Case {
        script,
        exit,
        stdout,
        stderr,
    }
}

/// Holds every script of a recording against what it comes to here; `different` lists those that differ on purpose, with the reason.
pub(crate) fn hold(text: &str, different: &[(&str, &str)], run: &mut dyn FnMut(&str) -> Came) {
    let mut wrong = Vec::new();
    for case in text.split("------\n").map(parse) {
        let (exit, stdout, stderr) = run(&case.script);
        let same = (exit, &stdout, &stderr) == (case.exit, &case.stdout, &case.stderr);
        let listed = different.iter().any(|(script, _)| *script == case.script);
        if same && listed {
            let script = &case.script;
            wrong.push(format!("no longer different, take it off the list:\n{script}"));
        } else if !same && !listed {
            let difference = similar::TextDiff::from_lines(&case.stdout, &stdout);
            let errors = similar::TextDiff::from_lines(&case.stderr, &stderr);
            wrong.push(format!(
                "--- {}\n{} {exit}\n{}{}",
                case.script,
                case.exit,
                difference.unified_diff().context_radius(1),
                errors.unified_diff().context_radius(1)
            ));
        }
    }
    let count = wrong.len();
    assert!(wrong.is_empty(), "{count} scripts differ:\n{}", wrong.join("\n"));
}

#[test]
fn scripts_print_what_bash_prints() {
    hold(include_str!("recorded.txt"), DIFFERENT, &mut |script| {
        let Outcome {
            stdout, stderr, exit, ..
        } = run(script);
        (exit, stdout, stderr)
    });
}
