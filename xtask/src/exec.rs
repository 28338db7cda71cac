//! Running other programs: found on PATH, streamed to the terminal, their closing lines kept.

use std::env;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// Cargo, as this program was started by it.
pub(crate) fn cargo() -> Command {
    command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// A program that runs at the top of the repository.
pub(crate) fn command(program: impl Into<OsString>) -> Command {
    let mut command = Command::new(program.into());
    command.current_dir(crate::place::root());
    command
}

/// A program by its name, resolved on PATH: on Windows `npm` is `npm.cmd`, which must be named in full.
pub(crate) fn named(name: &str) -> Command {
    command(on_path(name).unwrap_or_else(|| name.into()))
}

/// The first program of this name on PATH.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let endings: &[&str] = if cfg!(windows) {
        &[".exe", ".cmd", ".bat"]
    } else {
        &[""]
    };
    env::split_paths(&env::var_os("PATH")?)
        .flat_map(|dir| {
            endings
                .iter()
                .map(move |ending| dir.join(format!("{name}{ending}")))
        })
        .find(|path| path.is_file())
}

/// PATH with some folders put first.
pub(crate) fn path_with(first: &[PathBuf]) -> Result<OsString> {
    let rest = env::var_os("PATH").unwrap_or_default();
    env::join_paths(first.iter().cloned().chain(env::split_paths(&rest)))
        .context("a folder name cannot be on PATH")
}

/// Runs to the end with its output on the terminal; an error when it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = show(command);
    println!("$ {line}");
    let status = command
        .status()
        .with_context(|| format!("cannot start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

/// What a program prints on standard output, if it starts and succeeds.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs like [`run`] while keeping the closing lines of test runners among what it prints.
pub(crate) fn run_tests(command: &mut Command) -> (Vec<String>, Result<()>) {
    let line = show(command);
    println!("$ {line}");
    if std::io::stdout().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match child.with_context(|| format!("cannot start `{line}`")) {
        Ok(child) => child,
        Err(error) => return (Vec::new(), Err(error)),
    };
    let (send, lines) = mpsc::channel();
    tee(child.stdout.take(), std::io::stdout(), send.clone());
    tee(child.stderr.take(), std::io::stderr(), send);
    let closing = lines.iter().filter(|line| is_closing(line)).collect();
    let result = match child.wait() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(anyhow::anyhow!("`{line}` failed ({status})")),
        Err(error) => Err(error).with_context(|| format!("`{line}` was lost")),
    };
    (closing, result)
}

fn tee(
    from: Option<impl Read + Send + 'static>,
    mut to: impl Write + Send + 'static,
    lines: mpsc::Sender<String>,
) {
    let Some(from) = from else { return };
    thread::spawn(move || {
        let mut from = BufReader::new(from);
        let mut line = Vec::new();
        while from.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
            // A closed terminal must not stop the tests.
            let _ = to.write_all(&line).and_then(|()| to.flush());
            if lines.send(plain(&String::from_utf8_lossy(&line))).is_err() {
                break;
            }
            line.clear();
        }
    });
}

/// The text without its terminal colours.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.trim_end().chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            chars.find(char::is_ascii_alphabetic);
        } else {
            out.push(c);
        }
    }
    out
}

/// Whether a line is one that a test runner closes with (libtest, nextest, `node --test`, `timonier lessons check`).
///
/// A crate without doc tests closes too, with nothing to say.
fn is_closing(line: &str) -> bool {
    let line = line.trim_start();
    if line.starts_with("test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured") {
        return false;
    }
    let counted = |line: &str| {
        ["tests ", "pass ", "fail "]
            .iter()
            .any(|word| line.starts_with(word))
    };
    line.starts_with("test result:")
        || (line.starts_with("Summary [") && line.contains("run:"))
        || line.strip_prefix("# ").is_some_and(counted)
        || line.strip_prefix("\u{2139} ").is_some_and(counted)
        || (line.contains(" lessons, ") && line.ends_with(" failed"))
}

/// The command as a developer would type it, paths shortened.
fn show(command: &Command) -> String {
    let name = Path::new(command.get_program())
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let args = command.get_args().map(|arg| {
        let arg = arg.to_string_lossy();
        if arg.contains(' ') {
            format!("'{arg}'")
        } else {
            arg.into_owned()
        }
    });
    std::iter::once(name).chain(args).collect::<Vec<_>>().join(" ")
}

/// A duration for people: `0.4 s`, `12 s`, `3 min 05 s`.
pub(crate) fn human(time: Duration) -> String {
    let secs = time.as_secs();
    match secs {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        10..60 => format!("{secs} s"),
        _ => format!("{} min {:02} s", secs / 60, secs % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_recognised() {
        for line in [
            "test result: ok. 3 passed; 0 failed; 0 ignored",
            "     Summary [   0.012s] 4 tests run: 4 passed, 0 skipped",
            "# pass 7",
            "\u{2139} fail 0",
            "3 lessons, 7 exercises, 21 variants, 0 failed",
        ] {
            assert!(is_closing(line), "{line}");
        }
        for line in [
            "running 3 tests",
            "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out",
            "# Subtest: first lesson",
            "test a ... ok",
        ] {
            assert!(!is_closing(line), "{line}");
        }
    }

    #[test]
    fn colours_are_taken_off() {
        assert_eq!(
            plain("\u{1b}[32;1m     Summary\u{1b}[0m [ 1s]\r\n"),
            "     Summary [ 1s]"
        );
    }

    #[test]
    fn durations_are_readable() {
        let shown: Vec<_> = [400, 12_300, 185_000]
            .map(|ms| human(Duration::from_millis(ms)))
            .into();
        assert_eq!(shown, ["0.4 s", "12 s", "3 min 05 s"]);
    }
}
