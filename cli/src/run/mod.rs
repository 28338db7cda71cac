//! `timonier run`: a console session on a cluster of its own, in virtual time, and what it printed.

mod scenario;
mod session;
mod transcript;

pub use scenario::{Scenario, Step};
pub use session::Session;
pub use transcript::{Entry, Transcript};

use std::process::ExitCode;
use std::time::Duration;

use timonier_core::cluster::Topology;

const USAGE: &str = "\
usage: timonier run SCENARIO.yaml [--bare] [--seed N] [--pace TRANSCRIPT.yaml]

Runs a console session and prints a transcript of it.

  --bare               a cluster without system pods, whose registry has every image
  --seed N             the cluster's seed (0)
  --pace TRANSCRIPT    no step begins before the recorded one did
";

/// How a scenario is run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// A cluster without system pods.
    pub bare: bool,
    /// The cluster's seed.
    pub seed: u64,
    /// When each recorded step began at the earliest.
    pub pace: Option<Transcript>,
}

/// Runs a scenario on a cluster of its own.
///
/// # Errors
///
/// When a file of the scenario cannot be written.
pub fn run(scenario: &Scenario, options: &Options) -> Result<Transcript, String> {
    let topology = if options.bare {
        Topology::bare()
    } else {
        Topology::default()
    };
    let mut session = Session::new(options.seed, &topology, &scenario.files)?;
    let start = session.now();
    let mut steps = Vec::new();
    for step in &scenario.steps {
        match step {
            Step::Wait(line) => {
                session.run(line);
            }
            Step::Run(line) => {
                let recorded = options.pace.as_ref().and_then(|pace| pace.steps.get(steps.len()));
                if let Some(recorded) = recorded {
                    session.wait_until(start + Duration::from_secs_f64(recorded.at.max(0.0)));
                }
                let began = session.now();
                let output = session.run(line);
                steps.push(Entry {
                    run: line.clone(),
                    at: began.since(start).as_secs_f64(),
                    took: session.now().since(began).as_secs_f64(),
                    exit: output.exit,
                    stdout: output.stdout,
                    stderr: output.stderr,
                });
            }
        }
    }
    Ok(Transcript {
        title: scenario.title.clone(),
        steps,
    })
}

/// The command line.
#[must_use]
pub fn main(args: &[String]) -> ExitCode {
    match try_main(args) {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

fn try_main(args: &[String]) -> Result<String, String> {
    let mut options = Options::default();
    let mut path = None;
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let mut value = |name: &str| {
            rest.next()
                .ok_or_else(|| format!("{name} needs a value\n\n{USAGE}"))
        };
        match arg.as_str() {
            "--bare" => options.bare = true,
            "--seed" => {
                let text = value("--seed")?;
                options.seed = text.parse().map_err(|_| format!("{text:?} is no seed"))?;
            }
            "--pace" => {
                let path = value("--pace")?;
                options.pace = Some(Transcript::parse(&read(path)?).map_err(|why| format!("{path}: {why}"))?);
            }
            "-h" | "--help" => return Ok(USAGE.to_owned()),
            flag if flag.starts_with('-') => return Err(format!("unknown flag {flag}\n\n{USAGE}")),
            found => path = Some(found.to_owned()),
        }
    }
    let path = path.ok_or(USAGE)?;
    let scenario = Scenario::parse(&read(&path)?).map_err(|why| format!("{path}: {why}"))?;
    Ok(run(&scenario, &options)?.to_yaml())
}

fn read(path: &str) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))
}
