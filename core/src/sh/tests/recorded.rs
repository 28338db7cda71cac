//! Scripts with what GNU bash 5.2 printed for them (`recorded.txt`, written by `record.py` from `cases.in`).

use super::{Outcome, run};

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

#[test]
fn scripts_print_what_bash_prints() {
    let mut wrong = Vec::new();
    let text = include_str!("recorded.txt");
    for case in text.split("------\n").map(parse) {
        let Outcome {
            stdout, stderr, exit, ..
        } = run(&case.script);
        let same = (exit, stdout.as_str(), stderr.as_str())
            == (case.exit, case.stdout.as_str(), case.stderr.as_str());
        let listed = DIFFERENT.iter().find(|(script, _)| *script == case.script);
        match (same, listed) {
            (true, Some(_)) => wrong.push(format!("no longer different, take it off the list:\n{}", case.script)),
            (false, None) => wrong.push(format!(
                "--- {}\nexpected {} out {:?}\n         err {:?}\n     got {exit} out {stdout:?}\n         err {stderr:?}",
                case.script, case.exit, case.stdout, case.stderr
            )),
            _ => {}
        }
    }
    assert!(
        wrong.is_empty(),
        "{} scripts differ from bash:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
