//! `timonier lessons schema`: publishes the JSON Schemas.
use super::{take_out, write};
use std::path::PathBuf;
use std::process::ExitCode;

pub(super) fn run(args: &[String]) -> Result<ExitCode, String> {
    let (out, _) = take_out(args)?;
    let out = out.unwrap_or_else(|| PathBuf::from("lessons/schema"));
    for (name, text) in timonier_lessons::schema::schemas() {
        write(&out.join(name), &text)?;
        println!("{}", out.join(name).display());
    }
    Ok(ExitCode::SUCCESS)
}
