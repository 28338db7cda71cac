//! The lab without a browser.

mod lessons;

use std::process::ExitCode;

const USAGE: &str = "\
usage: timonier COMMAND

  lessons    check, bundle and begin lessons
  run        run a console session and print its transcript
  serve-api  serve a cluster's API over HTTP, for kubectl and other clients
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.split_first() {
        Some((command, rest)) if command == "lessons" => lessons::main(rest),
        Some((command, rest)) if command == "run" => timonier::run::main(rest),
        Some((command, rest)) if command == "serve-api" => timonier::serve_api::main(rest),
        _ => {
            eprint!("{USAGE}");
            ExitCode::from(2)
        }
    }
}
