//! `timonier lessons bundle`: the course as the web build serves it.
use super::{find, take_out, write};
use std::process::ExitCode;
use timonier_lessons::bundle::{Bundle, Index, article};
use timonier_lessons::view;

pub(super) fn run(args: &[String]) -> Result<ExitCode, String> {
    let (out, paths) = take_out(args)?;
    let out = out.ok_or("bundle wants --out DIR")?;
    let mut index = Index { lessons: Vec::new() };
    for found in find(&paths)? {
        let loaded = found.loaded.map_err(|faults| {
            faults
                .iter()
                .map(|f| format!("{}/{f}", found.name))
                .collect::<Vec<_>>()
                .join("\n")
        })?;
        let card = view::card(&loaded);
        if index.lessons.iter().any(|other| other.id == card.id) {
            return Err(format!("{}: deux leçons s’appellent « {} »", found.name, card.id));
        }
        let bundle = Bundle {
            card: card.clone(),
            files: found.files,
        };
        write(&out.join(format!("{}.json", card.id)), &json(&bundle)?)?;
        write(&out.join(format!("{}.html", card.id)), &article(&loaded))?;
        index.lessons.push(card);
    }
    write(&out.join("index.json"), &json(&index)?)?;
    println!("{} lessons in {}", index.lessons.len(), out.display());
    Ok(ExitCode::SUCCESS)
}

fn json(value: &impl serde::Serialize) -> Result<String, String> {
    serde_json::to_string(value).map_err(|e| e.to_string())
}
