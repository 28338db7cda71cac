//! All checks, one after the other, each runner's closing lines repeated at the end.

mod browser;
mod native;
mod wasm;

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::build::{self, Mode};
use crate::setup::{self, Part, Tools};
use crate::{exec, place, sizes};

/// The closing lines of a check's runners, and how it ended.
type Ending = (Vec<String>, Result<()>);

/// One check: its name on the command line, what it does, what it needs.
struct Check {
    name: &'static str,
    what: &'static str,
    needs: &'static [Part],
    run: fn(&Tools) -> Ending,
}

const CHECKS: &[Check] = &[
    Check {
        name: "fmt",
        what: "formatting",
        needs: &[Part::Checkers],
        run: native::formatting,
    },
    Check {
        name: "lint",
        what: "clippy, natively and for wasm",
        needs: &[Part::Checkers, Part::Wasm],
        run: native::lint,
    },
    Check {
        name: "native",
        what: "native tests and doc tests",
        needs: &[Part::Kubectl],
        run: native::tests,
    },
    Check {
        name: "deny",
        what: "licences, bans, sources",
        needs: &[Part::Deny],
        run: |tools| (Vec::new(), deny(tools)),
    },
    Check {
        name: "schema",
        what: "generated schema assets are up to date",
        needs: &[],
        run: native::schema,
    },
    Check {
        name: "lessons",
        what: "every lesson proved",
        needs: &[],
        run: native::lessons,
    },
    Check {
        name: "wasm",
        what: "wasm tests in Chromium",
        needs: &[Part::Wasm, Part::WasmBindgen, Part::Chromium],
        run: wasm::tests,
    },
    Check {
        name: "build",
        what: "release build",
        needs: &Part::BUILD,
        run: |tools| (Vec::new(), build::build_with(tools, Mode::Release)),
    },
    Check {
        name: "sizes",
        what: "size budget",
        needs: &[],
        run: |_| (Vec::new(), sizes::check(&place::dist())),
    },
    Check {
        name: "e2e",
        what: "end-to-end tests in Chromium",
        needs: &[Part::Node, Part::Packages, Part::Chromium],
        run: browser::end_to_end,
    },
    Check {
        name: "firefox",
        what: "smoke test in Firefox",
        needs: &[Part::Node, Part::Packages, Part::Firefox],
        run: browser::firefox,
    },
];

/// Runs the checks named, or all. Every check runs even when an earlier one failed.
///
/// # Errors
/// When a name is unknown, when something that is needed cannot be installed, when any check fails.
pub(crate) fn test(names: &[&str]) -> Result<()> {
    if let Some(unknown) = names
        .iter()
        .find(|name| CHECKS.iter().all(|check| check.name != **name))
    {
        let known = CHECKS
            .iter()
            .map(|check| check.name)
            .collect::<Vec<_>>()
            .join(", ");
        bail!("no check is called `{unknown}`: there are {known}");
    }
    let chosen: Vec<&Check> = CHECKS
        .iter()
        .filter(|check| names.is_empty() || names.contains(&check.name))
        .collect();
    let parts: Vec<Part> = Part::ALL
        .into_iter()
        .filter(|part| chosen.iter().any(|check| check.needs.contains(part)))
        .collect();
    let tools = setup::prepare(&parts)?;
    let begin = Instant::now();
    let results: Vec<(&Check, Ending, Duration)> = chosen
        .into_iter()
        .map(|check| {
            println!("\n== {}: {}", check.name, check.what);
            let since = Instant::now();
            let ending = (check.run)(&tools);
            if let Err(error) = &ending.1 {
                println!("{}: {error:#}", check.name);
            }
            (check, ending, since.elapsed())
        })
        .collect();
    summary(&results, begin.elapsed())
}

fn summary(results: &[(&Check, Ending, Duration)], total: Duration) -> Result<()> {
    println!("\n== closing lines");
    for (check, (closing, _), _) in results {
        for line in closing {
            println!("{:<8} {}", check.name, line.trim());
        }
    }
    println!("\n== summary");
    for (check, (_, result), time) in results {
        let verdict = if result.is_ok() { "ok" } else { "FAILED" };
        println!(
            "{:<8} {verdict:<7} {:>12}  {}",
            check.name,
            exec::human(*time),
            check.what
        );
    }
    let failed = results
        .iter()
        .filter(|(_, (_, result), _)| result.is_err())
        .count();
    println!(
        "{} checks, {failed} failed, in {}",
        results.len(),
        exec::human(total)
    );
    if failed > 0 {
        let errors = results
            .iter()
            .filter_map(|(check, (_, result), _)| Some((check, result.as_ref().err()?)));
        let lines = errors
            .map(|(check, error)| format!("{}: {error:#}", check.name))
            .collect::<Vec<_>>();
        bail!(
            "{failed} of {} checks failed\n       {}",
            results.len(),
            lines.join("\n       ")
        );
    }
    Ok(())
}

/// Licences, bans and sources. The advisory database lives on another host and changes from day to day: not here.
pub(crate) fn deny(tools: &Tools) -> Result<()> {
    exec::run(
        exec::cargo()
            .args([
                "deny",
                "--workspace",
                "--locked",
                "check",
                "--hide-inclusion-graph",
                "licenses",
                "bans",
                "sources",
            ])
            .env("PATH", tools.path()?),
    )
}

/// Like [`all`], of test runners: one that says nothing at its end has tested nothing.
fn all_tests(commands: impl IntoIterator<Item = std::process::Command>) -> Ending {
    let (closing, result) = all(commands);
    let silent = closing.is_empty() && result.is_ok();
    (
        closing,
        if silent {
            Err(anyhow::anyhow!("no test ran"))
        } else {
            result
        },
    )
}

/// Several runs as one check: all run, the first failure counts.
fn all(commands: impl IntoIterator<Item = std::process::Command>) -> Ending {
    let mut closing = Vec::new();
    let mut result = Ok(());
    for mut command in commands {
        let (lines, outcome) = exec::run_tests(&mut command);
        closing.extend(lines);
        result = result.and(outcome);
    }
    (closing, result)
}
