//! `timonier lessons`: what a lesson's author needs. Faults are told in French, with file and line: authors are teachers.
mod bundle;
mod check;
mod new;
mod schema;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use timonier_lessons::error::Fault;
use timonier_lessons::load::{Loaded, load};
use timonier_lessons::source::{Folder, Memory, Source, Under, from_zip, lessons_in};

const USAGE: &str = "\
usage: timonier lessons COMMAND

  check [PATH...]        prove every lesson: fails untouched, passes with its solution, texts, links
                         (--seed N: on clusters of another seed)
  bundle --out DIR       write index.json, and for each lesson its JSON, its text for the page and its static HTML
  new FOLDER             begin a lesson
  schema [--out DIR]     write the JSON Schemas of the format

PATH is a course, a lesson's folder, or a zip; lessons/cours when left out.
";

/// The course of this repository, when commands are run from its root.
const COURSE: &str = "lessons/cours";

/// Runs `timonier lessons ARGS`.
pub(crate) fn main(args: &[String]) -> ExitCode {
    let (command, rest) = args
        .split_first()
        .map_or(("", args), |(c, rest)| (c.as_str(), rest));
    let done = match command {
        "check" => check::run(rest),
        "bundle" => bundle::run(rest),
        "new" => new::run(rest),
        "schema" => schema::run(rest),
        "help" | "-h" | "--help" => {
            print!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        _ => Err(USAGE.to_owned()),
    };
    done.unwrap_or_else(|message| {
        eprintln!("{}", message.trim_end());
        ExitCode::from(2)
    })
}

/// A lesson that was found, loaded or not.
struct Found {
    /// Where it is, as said in messages.
    name: String,
    /// Its files.
    files: Memory,
    /// The lesson, or its faults.
    loaded: Result<Loaded, Vec<Fault>>,
}

/// Every lesson under these paths; the course when there are none.
fn find(paths: &[PathBuf]) -> Result<Vec<Found>, String> {
    let default = [PathBuf::from(COURSE)];
    let paths = if paths.is_empty() { &default[..] } else { paths };
    let mut found = Vec::new();
    for path in paths {
        let source = open(path)?;
        let folders = lessons_in(&source);
        if folders.is_empty() {
            return Err(format!(
                "{}: aucune leçon ici (pas de lesson.yaml)",
                path.display()
            ));
        }
        for folder in folders {
            let lesson = Under::new(&source, &folder);
            let name = path
                .join(&folder)
                .display()
                .to_string()
                .trim_end_matches(['/', '\\'])
                .to_owned();
            let files = Memory::copy_of(&lesson)?;
            let loaded = load(&files);
            found.push(Found { name, files, loaded });
        }
    }
    Ok(found)
}

/// A folder or a zip, read whole.
fn open(path: &Path) -> Result<Memory, String> {
    if path.is_dir() {
        let folder = Folder::new(path);
        // Files that are no text (pictures, say) are no part of a lesson.
        return Ok(Memory::new(
            folder
                .list()
                .into_iter()
                .filter_map(|p| folder.read(&p).ok().map(|text| (p, text))),
        ));
    }
    let bytes = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
    from_zip(&bytes).map_err(|e| format!("{}: {e}", path.display()))
}

/// The value of `--out DIR` or `--out=DIR`, and the other arguments.
fn take_out(args: &[String]) -> Result<(Option<PathBuf>, Vec<PathBuf>), String> {
    let (mut out, mut rest) = (None, Vec::new());
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if let Some(dir) = arg.strip_prefix("--out=") {
            out = Some(PathBuf::from(dir));
        } else if arg == "--out" {
            out = Some(PathBuf::from(args.next().ok_or("--out wants a folder")?));
        } else if arg.starts_with('-') {
            return Err(format!("unknown option {arg}\n{USAGE}"));
        } else {
            rest.push(PathBuf::from(arg));
        }
    }
    Ok((out, rest))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    }
    std::fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))
}
