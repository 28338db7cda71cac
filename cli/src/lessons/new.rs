//! `timonier lessons new FOLDER`: a small lesson that works, to be written over.
use super::write;
use std::path::Path;
use std::process::ExitCode;

const LESSON: &str = include_str!("template/lesson.yaml");
const PAGE: &str = include_str!("template/01-page.md");
const EXERCISE: &str = include_str!("template/exercice.yaml");

pub(super) fn run(args: &[String]) -> Result<ExitCode, String> {
    let [folder] = args else {
        return Err("usage: timonier lessons new FOLDER".to_owned());
    };
    let folder = Path::new(folder);
    if folder.exists() {
        return Err(format!("{} existe déjà", folder.display()));
    }
    let name = folder
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    let id = name
        .trim_start_matches(|c: char| c.is_ascii_digit())
        .trim_start_matches('-')
        .to_lowercase();
    let id = if id.is_empty() {
        "nouvelle-lecon".to_owned()
    } else {
        id
    };
    write(&folder.join("lesson.yaml"), &LESSON.replace("ID", &id))?;
    write(&folder.join("01-page.md"), PAGE)?;
    write(
        &folder.join("exercices/premier.yaml"),
        &EXERCISE.replace("ID", &id),
    )?;
    println!(
        "{} : modifiez-la, puis `timonier lessons check {}`",
        folder.display(),
        folder.display()
    );
    Ok(ExitCode::SUCCESS)
}
