//! What keeps a lesson from being played: references to nothing, parameters that are not there, goals that cannot be graded.
use super::LoadedExercise;
use crate::error::{Fault, Place, nearest};
use crate::format::{Exercise, FORMAT, Lesson, Param, Step};
use crate::grade::Plan;
use crate::params;
use crate::yaml::Document;
use serde_json::Value;
use timonier_core::sorted::SortedSet;

fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn check_id(id: &str, path: &str, document: &Document, faults: &mut Vec<Fault>) {
    if !is_id(id) {
        let message =
            format!("« {id} » n’est pas un identifiant : lettres minuscules sans accent, chiffres, tirets.");
        faults.push(Fault::new(document.place(path), message));
    }
}

pub(super) fn lesson(lesson: &Lesson, document: &Document, faults: &mut Vec<Fault>) {
    let mut fault = |path: &str, message: String| faults.push(Fault::new(document.place(path), message));
    if lesson.format != FORMAT {
        fault(
            "format",
            format!(
                "Ce laboratoire lit le format {FORMAT}, pas le format {}.",
                lesson.format
            ),
        );
    }
    if lesson.steps.is_empty() {
        fault("steps", "Une leçon a au moins une page.".to_owned());
    }
    for (key, text) in [
        ("needs", &lesson.needs),
        ("gives", &lesson.gives),
        ("title", &lesson.title),
    ] {
        if text.trim().is_empty() || text.trim().contains('\n') {
            fault(key, format!("« {key} » s’écrit sur une ligne."));
        }
    }
    for (n, link) in lesson.links.iter().enumerate() {
        if !link.url.starts_with("https://") {
            fault(
                &format!("links[{n}].url"),
                format!("« {} » n’est pas une adresse https.", link.url),
            );
        }
    }
    check_id(&lesson.id, "id", document, faults);
}

/// Whether a name is a file's in the work folder: a plain name, parameters aside.
pub(super) fn is_file_name(name: &str) -> bool {
    let known = |c: char| c.is_alphanumeric() || "._-{} ".contains(c);
    !name.is_empty() && !matches!(name, "." | "..") && name.chars().all(known)
}

/// What to say of a name that is not.
pub(super) fn not_a_file(name: &str) -> String {
    format!("« {name} » n’est pas un nom de fichier du dossier de travail.")
}

pub(super) fn script(steps: &[Step], document: &Document, path: &str, faults: &mut Vec<Fault>) {
    for (n, step) in steps.iter().enumerate() {
        let Step {
            run,
            write,
            wait,
            answer,
        } = step;
        if let Some(write) = write.as_ref().filter(|w| !is_file_name(&w.file)) {
            let place = document.place(&format!("{path}[{n}].write.file"));
            faults.push(Fault::new(place, not_a_file(&write.file)));
        }
        let written = [run.is_some(), write.is_some(), wait.is_some(), answer.is_some()];
        if written.iter().filter(|w| **w).count() != 1 {
            let place = document.place(&format!("{path}[{n}]"));
            faults.push(Fault::new(
                place,
                "Une étape a exactement une clé parmi : run, write, wait, answer.",
            ));
        }
    }
}

pub(super) fn exercise(exercise: &Exercise, document: &Document, faults: &mut Vec<Fault>) {
    check_id(&exercise.id, "id", document, faults);
    for (path, steps) in [
        ("start.script", &exercise.start.script),
        ("solution.steps", &exercise.solution.steps),
    ] {
        script(steps, document, path, faults);
    }
    for (n, mistake) in exercise.mistakes.iter().enumerate() {
        script(&mistake.attempt, document, &format!("mistakes[{n}].try"), faults);
    }
    for (name, param) in &exercise.params {
        let empty = match param {
            Param::List(values) => values.is_empty(),
            Param::Range(range) => range.from > range.to,
        };
        if empty {
            faults.push(Fault::new(
                document.place(&format!("params.{name}")),
                format!("Le paramètre « {name} » n’a aucune valeur."),
            ));
        }
    }
    check_references(exercise, document, faults);
    check_questions(exercise, document, faults);
    check_params(exercise, document, faults);
}

fn check_references(exercise: &Exercise, document: &Document, faults: &mut Vec<Fault>) {
    let mut ids = SortedSet::new();
    for (n, goal) in exercise.goals.iter().enumerate() {
        check_id(&goal.id, &format!("goals[{n}].id"), document, faults);
        if !ids.insert(goal.id.as_str()) {
            faults.push(Fault::new(
                document.place(&format!("goals[{n}].id")),
                format!("Deux objectifs s’appellent « {} ».", goal.id),
            ));
        }
    }
    if ids.is_empty() {
        faults.push(Fault::new(
            document.place("goals"),
            "Un exercice a au moins un objectif.",
        ));
    }
    for (n, goal) in exercise.goals.iter().enumerate() {
        for (m, need) in goal
            .needs
            .iter()
            .enumerate()
            .filter(|(_, need)| !ids.contains(need.as_str()) || **need == goal.id)
        {
            let hint = nearest(need, ids.iter().copied().filter(|id| *id != goal.id));
            let hint = hint.map_or(String::new(), |k| format!(" Vouliez-vous dire « {k} » ?"));
            let place = document.place(&format!("goals[{n}].needs[{m}]"));
            faults.push(Fault::new(
                place,
                format!("« {need} » n’est pas un autre objectif de cet exercice.{hint}"),
            ));
        }
    }
}

fn check_questions(exercise: &Exercise, document: &Document, faults: &mut Vec<Fault>) {
    for (n, question) in exercise.questions.iter().enumerate() {
        let path = format!("questions[{n}]");
        check_id(&question.id, &format!("{path}.id"), document, faults);
        let right = question.choices.iter().filter(|c| c.right).count();
        if right != 1 || question.choices.len() < 2 {
            let message = "Une question a au moins deux choix, dont un seul « right: true ».";
            faults.push(Fault::new(document.place(&path), message));
        }
        let ids: SortedSet<_> = question.choices.iter().map(|c| c.id.as_str()).collect();
        if ids.len() != question.choices.len() {
            faults.push(Fault::new(
                document.place(&path),
                "Deux choix ont le même identifiant.",
            ));
        }
    }
}

/// Every parameter used must exist, in every of its values.
fn check_params(exercise: &Exercise, document: &Document, faults: &mut Vec<Fault>) {
    let mut tree = document.value().clone();
    if let Some(map) = tree.as_object_mut() {
        map.remove("params");
    }
    let mut used = params::used(&tree);
    let given = exercise.start.files.values().filter_map(|g| g.text.as_deref());
    used.extend(given.flat_map(|text| params::used(&Value::from(text))));
    for name in used {
        let known = (0..params::variants(exercise))
            .all(|v| params::lookup(&params::values(exercise, v), &name).is_some());
        if !known {
            let hint = nearest(&name, exercise.params.keys().map(String::as_str));
            let hint = hint.map_or(String::new(), |k| format!(" Vouliez-vous dire « {k} » ?"));
            let place = find_text(document, &format!("{{{{{name}}}}}"));
            faults.push(Fault::new(
                place,
                format!("Le paramètre « {name} » n’existe pas.{hint}"),
            ));
        }
    }
}

/// The first line of the file that holds a text.
fn find_text(document: &Document, text: &str) -> Place {
    document.line_with(text).map_or_else(
        || Place::file(document.file()),
        |line| Place::line(document.file(), line),
    )
}

/// Every variant must be an exercise whose goals can be graded.
pub(super) fn variants(loaded: &LoadedExercise, faults: &mut Vec<Fault>) {
    for number in 0..loaded.variants() {
        match loaded.variant(number) {
            Err(fault) => faults.push(fault),
            Ok(variant) => {
                let found = Plan::new(&variant.exercise).err().unwrap_or_default();
                faults.extend(
                    found
                        .into_iter()
                        .map(|(path, message)| Fault::new(loaded.document.place(&path), message)),
                );
            }
        }
        if !faults.is_empty() {
            return;
        }
    }
}
