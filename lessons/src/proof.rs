//! Proofs by replay: an exercise fails untouched and passes with its solution, its usual mistakes are recognised, and what a page says the
//! terminal prints is what it prints.
use crate::doc::{Code, codes};
use crate::error::{Fault, Place};
use crate::format::{Start, Step};
use crate::grade::{Grader, Report};
use crate::lab::{Lab, begin, play};
use crate::load::{Loaded, LoadedExercise, Page, Variant};
use crate::transcript;

/// How long nothing is done to prove that an exercise does not solve itself, in microseconds.
const UNTOUCHED_MICROS: u64 = 180_000_000;

/// A fresh lab for a start state, or why it cannot be had.
pub type NewLab<'a> = &'a mut dyn FnMut(&Start) -> Result<Box<dyn Lab>, String>;

/// Proves one variant of an exercise.
pub fn exercise(loaded: &LoadedExercise, number: u32, new_lab: NewLab<'_>) -> Vec<Fault> {
    let variant = match loaded.variant(number) {
        Ok(variant) => variant,
        Err(fault) => return vec![fault],
    };
    let mut proof = Proof {
        loaded,
        variant: &variant,
        faults: Vec::new(),
    };
    proof.untouched(new_lab);
    proof.solution(new_lab);
    for index in 0..variant.exercise.mistakes.len() {
        proof.mistake(index, new_lab);
    }
    proof.faults
}

struct Proof<'a> {
    loaded: &'a LoadedExercise,
    variant: &'a Variant,
    faults: Vec<Fault>,
}

impl Proof<'_> {
    fn fault(&mut self, path: &str, message: &str) {
        let number = self.variant.number;
        self.faults.push(Fault::new(
            self.loaded.document.place(path),
            format!("Variante {number} : {message}"),
        ));
    }

    /// A lab in the start state, and a grader that looks at it.
    fn begin(&mut self, new_lab: &mut NewLab<'_>) -> Option<(Box<dyn Lab>, Grader)> {
        let exercise = &self.variant.exercise;
        let mut grader = match Grader::new(exercise.clone()) {
            Ok(grader) => grader,
            Err(faults) => {
                for (path, message) in &faults {
                    self.fault(path, message);
                }
                return None;
            }
        };
        let lab =
            new_lab(&exercise.start).and_then(|mut lab| begin(&mut *lab, &exercise.start).map(|()| lab));
        match lab {
            Ok(lab) => {
                grader.begin(lab.evidence());
                Some((lab, grader))
            }
            Err(message) => {
                self.fault("start", &message);
                None
            }
        }
    }

    /// Nobody touches anything: no point, and every goal says why.
    fn untouched(&mut self, mut new_lab: NewLab<'_>) {
        let Some((mut lab, mut grader)) = self.begin(&mut new_lab) else {
            return;
        };
        lab.wait(UNTOUCHED_MICROS);
        grader.observe(lab.evidence());
        let report = grader.report(lab.evidence().now());
        for (n, goal) in report.goals.iter().enumerate() {
            let path = format!("goals[{n}]");
            if goal.met {
                self.fault(
                    &path,
                    &format!(
                        "L’objectif « {} » est atteint sans rien faire (voir « needs »).",
                        goal.id
                    ),
                );
            } else if goal.why.as_ref().is_none_or(|why| why.trim().is_empty()) {
                self.fault(
                    &path,
                    &format!(
                        "L’objectif « {} » ne dit pas pourquoi il n’est pas atteint (voir « why »).",
                        goal.id
                    ),
                );
            }
        }
        for mistake in &report.mistakes {
            self.fault(
                "mistakes",
                &format!(
                    "L’erreur « {} » est reconnue avant que l’on ait rien fait.",
                    mistake.id
                ),
            );
        }
    }

    fn solution(&mut self, mut new_lab: NewLab<'_>) {
        let Some((mut lab, mut grader)) = self.begin(&mut new_lab) else {
            return;
        };
        let steps = self.variant.exercise.solution.steps.clone();
        if !self.play(&mut *lab, &mut grader, &steps, "solution.steps", &mut |_| {}) {
            return;
        }
        let report = grader.report(lab.evidence().now());
        for (n, goal) in report.goals.iter().enumerate().filter(|(_, g)| !g.met) {
            let why = goal.why.clone().unwrap_or_default();
            let message = format!("La solution n’atteint pas l’objectif « {} » : {why}", goal.id);
            self.fault(&format!("goals[{n}]"), &message);
        }
        if report.solved && report.score != report.max {
            let message = format!(
                "La solution ne donne que {} points sur {}.",
                report.score, report.max
            );
            self.fault("solution", &message);
        }
        for mistake in &report.mistakes {
            self.fault(
                "mistakes",
                &format!(
                    "L’erreur « {} » est encore reconnue une fois l’exercice résolu.",
                    mistake.id
                ),
            );
        }
    }

    fn mistake(&mut self, index: usize, mut new_lab: NewLab<'_>) {
        let Some(mistake) = self
            .variant
            .exercise
            .mistakes
            .get(index)
            .filter(|m| !m.attempt.is_empty())
            .cloned()
        else {
            return;
        };
        let Some((mut lab, mut grader)) = self.begin(&mut new_lab) else {
            return;
        };
        let path = format!("mistakes[{index}].try");
        let mut recognised = false;
        let mut look = |report: &Report| recognised |= report.mistakes.iter().any(|m| m.id == mistake.id);
        if !self.play(&mut *lab, &mut grader, &mistake.attempt, &path, &mut look) {
            return;
        }
        if !recognised {
            self.fault(
                &path,
                &format!(
                    "L’erreur « {} » n’est pas reconnue quand on la commet.",
                    mistake.id
                ),
            );
        }
        if grader.report(lab.evidence().now()).solved {
            self.fault(
                &path,
                &format!(
                    "L’erreur « {} » résout l’exercice : ce n’en est pas une.",
                    mistake.id
                ),
            );
        }
    }

    /// Plays steps; false when one makes no sense.
    fn play(
        &mut self,
        lab: &mut dyn Lab,
        grader: &mut Grader,
        steps: &[Step],
        path: &str,
        look: &mut dyn FnMut(&Report),
    ) -> bool {
        for (n, step) in steps.iter().enumerate() {
            if let Err(message) = play(lab, Some(grader), step) {
                self.fault(&format!("{path}[{n}]"), &message);
                return false;
            }
            let last = grader.ledger().commands.last();
            if let Some(used) = last.filter(|used| step.run.is_some() && used.exit.is_none()) {
                let message = format!("« {} » ne se termine pas.", used.line);
                self.fault(&format!("{path}[{n}]"), &message);
                return false;
            }
            look(&grader.report(lab.evidence().now()));
        }
        true
    }
}

/// Replays a lesson's pages: what can be run is run, and what is said to be printed is compared with what is.
pub fn pages(loaded: &Loaded, new_lab: NewLab<'_>) -> Vec<Fault> {
    let start = &loaded.lesson.start;
    let mut lab = match new_lab(start).and_then(|mut lab| begin(&mut *lab, start).map(|()| lab)) {
        Ok(lab) => lab,
        Err(message) => return vec![Fault::new(loaded.document.place("start"), message)],
    };
    loaded.pages().flat_map(|page| replay(page, &mut *lab)).collect()
}

fn replay(page: &Page, lab: &mut dyn Lab) -> Vec<Fault> {
    let mut faults = Vec::new();
    let blocks: Vec<&Code> = codes(&page.rendered.doc);
    let mut lines = page.rendered.code_lines.iter();
    let mut ran: Option<(usize, String, bool)> = None;
    for block in blocks {
        let line = lines.next().copied().unwrap_or_default();
        if block.language == "output" {
            match ran.take() {
                Some((_, printed, _)) => {
                    if let Err(message) = transcript::compare(&block.text, &printed) {
                        faults.push(Fault::new(Place::line(&page.file, line), message));
                    }
                }
                None => faults.push(Fault::new(
                    Place::line(&page.file, line),
                    "Rien n’est exécuté avant ce résultat.",
                )),
            }
            continue;
        }
        faults.extend(unexplained_failure(&page.file, ran.take()));
        if let Some(file) = &block.file {
            lab.write(file, &block.text);
        }
        if block.run {
            let (mut printed, mut good) = (String::new(), true);
            for command in block.text.lines().filter(|l| !l.trim().is_empty()) {
                let result = lab.run(command);
                printed.push_str(&result.output);
                good &= result.exit == Some(0);
            }
            ran = Some((line, printed, good));
        }
    }
    faults.extend(unexplained_failure(&page.file, ran));
    faults
}

/// A command that fails must show its error, so that the reader knows it is meant.
fn unexplained_failure(file: &str, ran: Option<(usize, String, bool)>) -> Option<Fault> {
    let (line, printed, _) = ran.filter(|(_, _, good)| !good)?;
    Some(Fault::new(
        Place::line(file, line),
        format!(
            "Cette commande échoue, sans que la leçon le montre : {}",
            printed.trim()
        ),
    ))
}
