//! `timonier lessons bundle`: the course as the web build serves it: each lesson as the engine loads it, as the page shows it before the engine
//! has come, and as an article that reads without the lab.
use super::{find, take_out, write};
use std::process::ExitCode;
use timonier_lessons::bundle::{Bundle, Index, article};
use timonier_lessons::view::{self, LessonView};

pub(super) fn run(args: &[String]) -> Result<ExitCode, String> {
    let (out, paths) = take_out(args)?;
    let out = out.ok_or("bundle wants --out DIR")?;
    let mut index = Index { lessons: Vec::new() };
    let mut views: Vec<LessonView> = Vec::new();
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
        views.push(view::lesson(&loaded));
    }
    let after = views
        .iter()
        .skip(1)
        .map(|next| Some((&next.card.id, &next.card.title)));
    for (view, next) in views.iter().zip(after.chain([None])) {
        // what the web's `protocol::Lesson` is made of, in its order
        let bytes = postcard::to_allocvec(&(view, next)).map_err(|e| e.to_string())?;
        let path = out.join(format!("{}.bin", view.card.id));
        std::fs::write(&path, bytes).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    write(&out.join("index.json"), &json(&index)?)?;
    println!("{} lessons in {}", index.lessons.len(), out.display());
    Ok(ExitCode::SUCCESS)
}

fn json(value: &impl serde::Serialize) -> Result<String, String> {
    serde_json::to_string(value).map_err(|e| e.to_string())
}
