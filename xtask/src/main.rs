//! `cargo xtask`: all set-up and all checks, on Linux, macOS and Windows.
//!
//! Each command sets up what it needs, says what it does and how long that took, and does nothing the second time.

mod build;
mod exec;
mod hash;
mod place;
mod serve;
mod setup;
mod sizes;
mod split;
mod test;
mod weigh;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::setup::Part;

const HELP: &str = "\
cargo xtask COMMAND

  serve [--port N]       build the lab and serve it on a local port
  serve --watch          the same, unoptimised, rebuilt and reloaded at each change
  build [--dev]          build the lab into dist/, which any static host can serve
  test [PART...]         run all checks, or some: fmt lint native deny wasm lessons build sizes e2e firefox
  sizes                  hold dist/ against web/budgets.toml
  weigh [PATTERN]        show which crates, modules and functions the engine is made of
  profile                find what a usual session never calls: web/apart.txt, the engine's second file
  fmt                    format all Rust code
  deny                   check licences, bans and sources of dependencies
  screenshots            take the pictures of the README from the running lab
  screenshots views [STATE...]  every view in every state, theme and width, into target/screenshots
  frames                 measure what a frame costs with 300 pods, and how soon a key is painted
  memory                 measure a tab's memory with 300 pods
  lighthouse             let Lighthouse judge the built site
  setup                  install everything the commands above need, and nothing else
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[String]) -> Result<()> {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let Some((&command, rest)) = args.split_first() else {
        print!("{HELP}");
        return Ok(());
    };
    match (command, rest) {
        ("serve", rest) => serve::serve(rest),
        ("build", []) => build::build(build::Mode::Release),
        ("build", ["--dev"]) => build::build(build::Mode::Dev),
        ("test", parts) => test::test(parts),
        ("sizes", []) => sizes::check(&place::dist()),
        ("profile", []) => build::profile(),
        ("weigh", []) => weigh::weigh(None),
        ("weigh", [pattern]) => weigh::weigh(Some(pattern)),
        ("fmt", []) => exec::run(exec::cargo().args(["fmt", "--all"])),
        ("deny", []) => test::deny(&setup::prepare(&[Part::Deny])?),
        ("screenshots", rest) => build::with_browser("scripts/screenshots.mjs", rest),
        ("frames", []) => build::with_browser("scripts/frames.mjs", &[]),
        ("memory", []) => build::with_browser("scripts/memory.mjs", &[]),
        ("lighthouse", []) => build::with_browser("scripts/lighthouse.mjs", &[]),
        ("setup", []) => setup::prepare(&Part::ALL).map(drop),
        ("help" | "--help" | "-h", _) => {
            print!("{HELP}");
            Ok(())
        }
        _ => bail!("unknown command `{}`\n\n{HELP}", args.join(" ")),
    }
}
