//! What a lesson must have besides being loadable: three hints from nudge to near-answer, points that make sense, texts a French teacher would
//! sign, links that lead somewhere. Replaying exercises on a cluster is [`crate::proof`]'s.
use crate::error::{Fault, Place};
use crate::format::{Exercise, Kind};
use crate::load::{Loaded, LoadedExercise, LoadedStep};
use crate::markdown::{Rendered, render};
use crate::params::fill;
use std::collections::BTreeSet;

/// Hints of an exercise.
const HINTS: usize = 3;

/// Where the official documentation and its companions live.
const HOSTS: [&str; 5] = [
    "kubernetes.io",
    "docs.docker.com",
    "github.com",
    "opencontainers.org",
    "www.cncf.io",
];

/// Every place of the course that a link may lead to: `#/cours/<lesson>` and `#/cours/<lesson>/<exercise>`.
pub fn addresses<'a>(course: impl IntoIterator<Item = &'a Loaded>) -> BTreeSet<String> {
    let mut known: BTreeSet<String> = ["#/", "#/bac-a-sable"].map(str::to_owned).into();
    for loaded in course {
        let lesson = format!("#/cours/{}", loaded.lesson.id);
        known.extend(loaded.exercises().map(|e| format!("{lesson}/{}", e.exercise.id)));
        known.insert(lesson);
    }
    known
}

/// What is not good enough yet, in the order of reading.
pub fn review(loaded: &Loaded, addresses: &BTreeSet<String>) -> Vec<Fault> {
    let mut review = Review {
        addresses,
        faults: Vec::new(),
    };
    review.lesson(loaded);
    for step in &loaded.steps {
        match step {
            LoadedStep::Page(page) => {
                if page.rendered.title.is_none() {
                    review.fault(Place::file(&page.file), "Une page commence par son titre (# …).");
                }
                review.text(&page.rendered, &page.file, 0);
            }
            LoadedStep::Exercise(exercise) => review.exercise(exercise),
        }
    }
    review.faults
}

struct Review<'a> {
    addresses: &'a BTreeSet<String>,
    faults: Vec<Fault>,
}

impl Review<'_> {
    fn fault(&mut self, place: Place, message: impl Into<String>) {
        self.faults.push(Fault::new(place, message));
    }

    fn lesson(&mut self, loaded: &Loaded) {
        let (lesson, document) = (&loaded.lesson, &loaded.document);
        for (key, text) in [
            ("title", &lesson.title),
            ("needs", &lesson.needs),
            ("gives", &lesson.gives),
        ] {
            self.prose(text, document.file(), document.place(key).line);
        }
        if lesson.links.is_empty() {
            self.fault(
                document.place(""),
                "Il manque les liens vers la documentation officielle (links).",
            );
        }
        for (n, link) in lesson.links.iter().enumerate() {
            let place = document.place(&format!("links[{n}].url"));
            self.prose(&link.text, document.file(), place.line);
            self.link(&link.url, place);
        }
    }

    fn exercise(&mut self, loaded: &LoadedExercise) {
        let (exercise, document) = (&loaded.exercise, &loaded.document);
        if exercise.hints.len() != HINTS {
            let message = format!(
                "Un exercice a trois indices, du coup de pouce à la presque-réponse (ici : {}).",
                exercise.hints.len()
            );
            self.fault(document.place("hints"), message);
        }
        if !exercise.hints.is_sorted_by_key(|h| h.cost) {
            self.fault(document.place("hints"), "Les indices coûtent de plus en plus.");
        }
        let max: u32 = exercise.goals.iter().map(|g| g.points).sum();
        let help: u32 = exercise.hints.iter().map(|h| h.cost).sum();
        if help >= max {
            self.fault(
                document.place("hints"),
                format!("Les indices coûtent {help} points sur {max} : il ne resterait rien."),
            );
        }
        if matches!(exercise.kind, Kind::Predict | Kind::Explain) && exercise.questions.is_empty() {
            self.fault(
                document.place("kind"),
                "Un exercice predict ou explain pose au moins une question.",
            );
        }
        if exercise.solution.steps.is_empty() {
            self.fault(
                document.place("solution.steps"),
                "La solution doit pouvoir être rejouée : il lui faut des étapes.",
            );
        }
        for (path, text) in texts(exercise) {
            let line = document.text_line(&path);
            match fill(&text, &crate::params::values(exercise, 0)) {
                Ok(text) => self.prose(&text, document.file(), line),
                Err(name) => self.fault(
                    document.place(&path),
                    format!("Le paramètre « {name} » n’existe pas."),
                ),
            }
        }
    }

    /// A text inside a YAML file, whose first line is `line`.
    fn prose(&mut self, text: &str, file: &str, line: usize) {
        self.text(&render(text), file, line.saturating_sub(1));
    }

    fn text(&mut self, rendered: &Rendered, file: &str, lines_before: usize) {
        for (line, message) in &rendered.faults {
            self.fault(Place::line(file, lines_before + line), message.clone());
        }
        for (line, url) in &rendered.links {
            self.link(url, Place::line(file, lines_before + line));
        }
    }

    fn link(&mut self, url: &str, place: Place) {
        if url.starts_with("#/") {
            if !self.addresses.contains(url) {
                self.fault(
                    place,
                    format!("Lien mort : « {url} » ne mène à aucune leçon ni aucun exercice du cours."),
                );
            }
            return;
        }
        let host = url
            .strip_prefix("https://")
            .and_then(|rest| rest.split('/').next());
        let known = host.is_some_and(|host| HOSTS.contains(&host));
        if !known || url.contains(' ') {
            self.fault(
                place,
                format!(
                    "« {url} » n’est pas une page de documentation reconnue ({}).",
                    HOSTS.join(", ")
                ),
            );
        }
    }
}

/// Every text of an exercise that is read, with its path.
fn texts(exercise: &Exercise) -> Vec<(String, String)> {
    let mut texts = vec![
        ("title".to_owned(), exercise.title.clone()),
        ("situation".to_owned(), exercise.situation.clone()),
        (
            "solution.explanation".to_owned(),
            exercise.solution.explanation.clone(),
        ),
    ];
    for (n, question) in exercise.questions.iter().enumerate() {
        texts.push((format!("questions[{n}].text"), question.text.clone()));
        for (m, choice) in question.choices.iter().enumerate() {
            texts.push((format!("questions[{n}].choices[{m}].text"), choice.text.clone()));
            texts.push((format!("questions[{n}].choices[{m}].say"), choice.say.clone()));
        }
    }
    for (n, goal) in exercise.goals.iter().enumerate() {
        texts.push((format!("goals[{n}].text"), goal.text.clone()));
        texts.extend(
            goal.why
                .iter()
                .map(|why| (format!("goals[{n}].why"), why.clone())),
        );
    }
    texts.extend(
        exercise
            .hints
            .iter()
            .enumerate()
            .map(|(n, h)| (format!("hints[{n}].text"), h.text.clone())),
    );
    texts.extend(
        exercise
            .mistakes
            .iter()
            .enumerate()
            .map(|(n, m)| (format!("mistakes[{n}].say"), m.say.clone())),
    );
    texts
}
