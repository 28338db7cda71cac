//! The lab without a browser.

mod lessons;

use std::process::ExitCode;

const USAGE: &str = "\
usage: timonier COMMAND

  lessons    check, bundle and begin lessons
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.split_first() {
        Some((command, rest)) if command == "lessons" => lessons::main(rest),
        _ => {
            eprint!("{USAGE}");
            ExitCode::from(2)
        }
    }
}
