//! A lesson's folder to a lesson: every file read, every reference followed, every parameter known. What is loaded can be played; what could
//! be better is said by [`crate::review`].
use crate::error::{Fault, Place, nearest};
use crate::format::{Exercise, FORMAT, Given, Lesson, Param, Start, Step};
use crate::grade::Plan;
use crate::markdown::{self, Rendered};
use crate::params::{self, Values};
use crate::source::Source;
use crate::yaml::Document;
use serde_json::Value;
use std::collections::BTreeSet;

/// A lesson, ready to be read and played.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// `lesson.yaml`, given files inlined.
    pub lesson: Lesson,
    /// `lesson.yaml` with its places.
    pub document: Document,
    /// Its pages and exercises, in reading order.
    pub steps: Vec<LoadedStep>,
}

/// A page or an exercise.
#[derive(Clone, Debug)]
pub enum LoadedStep {
    /// A page.
    Page(Page),
    /// An exercise, given files inlined.
    Exercise(Box<LoadedExercise>),
}

/// A page of a lesson.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its file.
    pub file: String,
    /// Its text, rendered.
    pub rendered: Rendered,
}

/// An exercise and its file.
#[derive(Clone, Debug)]
pub struct LoadedExercise {
    /// The exercise, parameters not put in.
    pub exercise: Exercise,
    /// Its file with its places.
    pub document: Document,
}

/// An exercise as one learner sees it: parameters put in.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// Its number.
    pub number: u32,
    /// The parameters.
    pub values: Values,
    /// The exercise with them.
    pub exercise: Exercise,
}

impl LoadedExercise {
    /// How many variants there are.
    pub fn variants(&self) -> u32 {
        params::variants(&self.exercise)
    }

    /// One variant.
    ///
    /// # Errors
    /// A fault when the parameters do not fit; loading has proved that they do.
    pub fn variant(&self, number: u32) -> Result<Variant, Fault> {
        let values = params::values(&self.exercise, number);
        let exercise = params::substitute(&self.exercise, &values).map_err(|message| {
            Fault::new(
                Place::file(self.document.file()),
                format!("Variante {number} : {message}"),
            )
        })?;
        Ok(Variant {
            number,
            values,
            exercise,
        })
    }
}

impl Loaded {
    /// Its exercises, in order.
    pub fn exercises(&self) -> impl Iterator<Item = &LoadedExercise> {
        self.steps.iter().filter_map(|step| match step {
            LoadedStep::Exercise(exercise) => Some(&**exercise),
            LoadedStep::Page(_) => None,
        })
    }

    /// Its pages, in order.
    pub fn pages(&self) -> impl Iterator<Item = &Page> {
        self.steps.iter().filter_map(|step| match step {
            LoadedStep::Page(page) => Some(page),
            LoadedStep::Exercise(_) => None,
        })
    }

    /// The exercise of this id.
    pub fn exercise(&self, id: &str) -> Option<&LoadedExercise> {
        self.exercises().find(|e| e.exercise.id == id)
    }
}

/// Loads the lesson whose `lesson.yaml` is at the root of `source`.
///
/// # Errors
/// Every fault that keeps the lesson from being played, in the order of files.
pub fn load(source: &dyn Source) -> Result<Loaded, Vec<Fault>> {
    let document = read_yaml(source, "lesson.yaml").map_err(|f| vec![f])?;
    let mut lesson: Lesson = document.read().map_err(|f| vec![f])?;
    let mut faults = Vec::new();
    check_lesson(&lesson, &document, &mut faults);
    inline_given(&mut lesson.start, source, &document, "start", &mut faults);
    check_script(&lesson.start.script, &document, "start.script", &mut faults);
    let mut steps = Vec::new();
    let mut ids = BTreeSet::new();
    for (n, file) in lesson.steps.iter().enumerate() {
        let place = document.place(&format!("steps[{n}]"));
        if !is_yaml(file) {
            match source.read(file) {
                Ok(text) => {
                    steps.push(LoadedStep::Page(Page {
                        file: file.clone(),
                        rendered: markdown::render(&text),
                    }));
                }
                Err(message) => faults.push(Fault::new(place, message)),
            }
            continue;
        }
        match load_exercise(source, file, &place) {
            Ok(loaded) => {
                let id = &loaded.exercise.id;
                if !ids.insert(id.clone()) {
                    let message = format!("Deux exercices s’appellent « {id} ».");
                    faults.push(Fault::new(loaded.document.place("id"), message));
                }
                steps.push(LoadedStep::Exercise(Box::new(loaded)));
            }
            Err(found) => faults.extend(found),
        }
    }
    if faults.is_empty() {
        Ok(Loaded {
            lesson,
            document,
            steps,
        })
    } else {
        Err(faults)
    }
}

fn is_yaml(file: &str) -> bool {
    std::path::Path::new(file)
        .extension()
        .is_some_and(|e| e == "yaml" || e == "yml")
}

fn read_yaml(source: &dyn Source, file: &str) -> Result<Document, Fault> {
    let text = source
        .read(file)
        .map_err(|message| Fault::new(Place::file(file), message))?;
    Document::parse(file, &text)
}

fn load_exercise(source: &dyn Source, file: &str, listed: &Place) -> Result<LoadedExercise, Vec<Fault>> {
    let text = source
        .read(file)
        .map_err(|message| vec![Fault::new(listed.clone(), message)])?;
    let document = Document::parse(file, &text).map_err(|f| vec![f])?;
    let mut exercise: Exercise = document.read().map_err(|f| vec![f])?;
    let mut faults = Vec::new();
    inline_given(&mut exercise.start, source, &document, "start", &mut faults);
    check_exercise(&exercise, &document, &mut faults);
    let loaded = LoadedExercise { exercise, document };
    if faults.is_empty() {
        check_variants(&loaded, &mut faults);
    }
    if faults.is_empty() {
        Ok(loaded)
    } else {
        Err(faults)
    }
}

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

fn check_lesson(lesson: &Lesson, document: &Document, faults: &mut Vec<Fault>) {
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

/// Puts the text of `from:` files in the place of their names.
fn inline_given(
    start: &mut Start,
    source: &dyn Source,
    document: &Document,
    path: &str,
    faults: &mut Vec<Fault>,
) {
    let files = start.files.iter_mut().map(|entry| ("files", entry));
    for (key, (name, given)) in files.chain(start.images.iter_mut().map(|entry| ("images", entry))) {
        let place = document.place(&format!("{path}.{key}.{name}"));
        match (&given.text, &given.from) {
            (Some(_), None) => {}
            (None, Some(from)) => match source.read(from) {
                Ok(text) => {
                    *given = Given {
                        text: Some(text),
                        from: None,
                    }
                }
                Err(message) => faults.push(Fault::new(place, message)),
            },
            _ => faults.push(Fault::new(
                place,
                "Un fichier donné a « text » ou « from », l’un des deux.".to_owned(),
            )),
        }
    }
}

fn check_script(steps: &[Step], document: &Document, path: &str, faults: &mut Vec<Fault>) {
    for (n, step) in steps.iter().enumerate() {
        let Step {
            run,
            write,
            wait,
            answer,
        } = step;
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

fn check_exercise(exercise: &Exercise, document: &Document, faults: &mut Vec<Fault>) {
    check_id(&exercise.id, "id", document, faults);
    for (path, steps) in [
        ("start.script", &exercise.start.script),
        ("solution.steps", &exercise.solution.steps),
    ] {
        check_script(steps, document, path, faults);
    }
    for (n, mistake) in exercise.mistakes.iter().enumerate() {
        check_script(&mistake.attempt, document, &format!("mistakes[{n}].try"), faults);
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
    let mut ids = BTreeSet::new();
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
        let ids: BTreeSet<_> = question.choices.iter().map(|c| c.id.as_str()).collect();
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
fn check_variants(loaded: &LoadedExercise, faults: &mut Vec<Fault>) {
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

#[cfg(test)]
mod tests {
    use super::load;
    use crate::source::Memory;

    const LESSON: &str = "format: 1\nid: essai\nrevision: 1\ntitle: Essai\nneeds: rien\ngives: tout\nminutes: 5\nsteps: [un.md, ex.yaml]\n";
    const EXERCISE: &str = "id: faire\nkind: do\ntitle: Faire\nminutes: 5\nparams:\n  nom: [web, api]\nsituation: Le Pod {{nom}}.\nstart:\n  files:\n    pod.yaml: {from: pod.yaml}\ngoals:\n- id: pret\n  text: Prêt\n  points: 4\n  check:\n    state: {kind: Pod, name: \"{{nom}}\"}\nhints: []\nsolution:\n  steps:\n  - run: kubectl apply -f pod.yaml\n  explanation: Voilà.\n";

    fn folder(lesson: &str, exercise: &str) -> Memory {
        Memory::new([
            ("lesson.yaml", lesson),
            ("un.md", "# Un\n"),
            ("ex.yaml", exercise),
            ("pod.yaml", "name: {{nom}}\n"),
        ])
    }

    #[test]
    fn a_lesson_loads() {
        let loaded = load(&folder(LESSON, EXERCISE)).expect("a lesson");
        assert_eq!(
            loaded.pages().next().expect("a page").rendered.title.as_deref(),
            Some("Un")
        );
        let exercise = loaded.exercise("faire").expect("an exercise");
        assert_eq!(exercise.variants(), 2);
        let names: Vec<_> = (0..2)
            .map(|v| exercise.variant(v).expect("a variant").exercise.situation)
            .collect();
        assert_ne!(names[0], names[1]);
        let file = exercise.variant(0).expect("a variant").exercise.start.files["pod.yaml"]
            .text
            .clone();
        assert!(file.expect("inlined").starts_with("name: "));
    }

    #[test]
    fn faults_have_file_and_line() {
        let check = |from: &str, to: &str, expected: &str| {
            let (lesson, exercise) = (LESSON.replacen(from, to, 1), EXERCISE.replacen(from, to, 1));
            let faults = load(&folder(&lesson, &exercise)).expect_err(to);
            let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
            assert!(said.iter().any(|s| s.starts_with(expected)), "{said:#?}");
        };
        check(
            "format: 1",
            "format: 2",
            "lesson.yaml:1:1: Ce laboratoire lit le format 1",
        );
        check(
            "id: essai",
            "id: Essai",
            "lesson.yaml:2:1: « Essai » n’est pas un identifiant",
        );
        check(
            "[un.md,",
            "[deux.md,",
            "lesson.yaml:8:9: Le fichier « deux.md » n’existe pas.",
        );
        check(
            " ex.yaml]",
            " ey.yaml]",
            "lesson.yaml:8:16: Le fichier « ey.yaml » n’existe pas.",
        );
        check(
            "{from: pod.yaml}",
            "{from: pood.yaml}",
            "ex.yaml:10:5: Le fichier « pood.yaml » n’existe pas.",
        );
        check(
            "kind: do",
            "kind: dob",
            "ex.yaml:2:1: « dob » n’est pas une valeur possible",
        );
        check(
            "Pod {{nom}}",
            "Pod {{non}}",
            "ex.yaml:7: Le paramètre « non » n’existe pas. Vouliez-vous dire « nom » ?",
        );
        check(
            "kind: Pod,",
            "kind: Pood,",
            "ex.yaml:16:13: Le laboratoire ne connaît pas le kind « Pood ». Vouliez-vous dire « Pod » ?",
        );
        check(
            "- run:",
            "- rune:",
            "ex.yaml:20:5: La clé « rune » n’existe pas ici. Vouliez-vous dire « run » ?",
        );
        check(
            "  points: 4",
            "  points: 4\n  needs: [prett]",
            "ex.yaml:15:11: « prett » n’est pas un autre objectif",
        );
    }
}
