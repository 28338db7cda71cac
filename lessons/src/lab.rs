//! What a script needs of a lab: a terminal, a work folder, time that passes, and a cluster that can be looked at. [`crate::play`] is the real
//! one, on a simulated cluster.
use crate::evidence::Evidence;
use crate::format::{Exercise, Load, Start, Step};
use crate::grade::{Grader, Used};

/// What a command line did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// What the terminal showed.
    pub output: String,
    /// Its status; `None` when it had not ended after the lab's patience and was interrupted.
    pub exit: Option<i32>,
}

/// A cluster with a terminal and a work folder.
pub trait Lab {
    /// Types a line and lets time pass until it ends.
    fn run(&mut self, line: &str) -> Ran;

    /// Writes a file of the work folder. Loading has refused names that are no file's.
    fn write(&mut self, file: &str, text: &str);

    /// Begins to send requests.
    ///
    /// # Errors
    /// A French sentence when the load makes no sense.
    fn load(&mut self, _load: &Load) -> Result<(), String> {
        Ok(())
    }

    /// Lets time pass.
    fn wait(&mut self, micros: u64);

    /// The cluster as the grader sees it.
    fn evidence(&self) -> &dyn Evidence;
}

/// Puts a start state in place: files first, then its script.
///
/// # Errors
/// A French sentence when a command of the script fails: the start state would not be what its author thinks.
pub fn begin(lab: &mut dyn Lab, start: &Start) -> Result<(), String> {
    for (name, given) in &start.files {
        lab.write(name, given.text.as_deref().unwrap_or_default());
    }
    for step in &start.script {
        match step {
            Step { run: Some(line), .. } => {
                let ran = lab.run(line);
                if ran.exit != Some(0) {
                    return Err(format!(
                        "L’état de départ n’est pas prêt : `{line}` échoue : {}",
                        ran.output.trim()
                    ));
                }
            }
            _ => play(lab, None, step)?,
        };
    }
    for load in &start.traffic {
        lab.load(load)?;
    }
    Ok(())
}

/// Plays one step; the grader, if any, sees it as the learner's.
///
/// # Errors
/// A French sentence when the step itself makes no sense.
pub fn play(lab: &mut dyn Lab, grader: Option<&mut Grader>, step: &Step) -> Result<(), String> {
    let Step {
        run,
        write,
        wait,
        answer,
    } = step;
    if let Some(wait) = wait {
        lab.wait(wait.micros()?);
    }
    if let Some(file) = write {
        lab.write(&file.file, &file.text);
    }
    let at = lab.evidence().now();
    let ran = run.as_ref().map(|line| Used {
        at,
        line: line.clone(),
        exit: lab.run(line).exit,
    });
    let Some(grader) = grader else { return Ok(()) };
    grader.ledger_mut().commands.extend(ran);
    if let Some(answer) = answer {
        check_answer(grader.exercise(), &answer.question, &answer.choice)?;
        grader
            .ledger_mut()
            .answers
            .entry(answer.question.clone())
            .or_default()
            .push(answer.choice.clone());
    }
    grader.observe(lab.evidence());
    Ok(())
}

fn check_answer(exercise: &Exercise, question: &str, choice: &str) -> Result<(), String> {
    let question = exercise
        .questions
        .iter()
        .find(|q| q.id == question)
        .ok_or(format!("La question « {question} » n’existe pas."))?;
    let known = question.choices.iter().any(|c| c.id == choice);
    known.then_some(()).ok_or(format!(
        "La question « {} » n’a pas de choix « {choice} ».",
        question.id
    ))
}
