//! The exercise of an open lab: its grader, what it has shown, what it has earned.

use timonier_lessons::{
    evidence::Evidence,
    grade::{Grader, Ledger, Used},
    view,
};

use crate::protocol::{FromEngine, Standing, save::Marks};

use super::{outbox::Outbox, persist::Keeper};

/// Longer than this without doing anything is a break, in milliseconds: reading and thinking are not.
const AWAY_MS: f64 = 180_000.0;

/// The exercise being worked on.
pub(super) struct Exercise {
    /// The name its marks are kept under.
    id: String,
    grader: Grader,
    marks: Marks,
    told: Option<(Standing, u32)>,
    /// Whether marks or ledger changed since they were kept.
    dirty: bool,
    /// When the learner was last seen at work, in milliseconds of the wall clock.
    seen_at_ms: f64,
    /// Work that is not yet a whole second, in milliseconds.
    unsaved_ms: f64,
}

impl Exercise {
    /// An exercise with what the learner did and earned before, kept under this name.
    pub(super) async fn new(id: String, grader: Grader, keeper: &Keeper) -> Self {
        let mut exercise = Self {
            marks: keeper.marks().await.remove(&id).unwrap_or_default(),
            id,
            grader,
            told: None,
            dirty: false,
            seen_at_ms: js_sys::Date::now(),
            unsaved_ms: 0.0,
        };
        if let Some(ledger) = keeper.ledger::<Ledger>(&exercise.id).await {
            *exercise.grader.ledger_mut() = ledger;
        }
        // Help that was taken on another machine was taken.
        let ledger = exercise.grader.ledger_mut();
        ledger.hints = ledger
            .hints
            .max(usize::try_from(exercise.marks.hints_used).unwrap_or(0));
        ledger.solution |= exercise.marks.solution_seen;
        exercise
    }

    /// The learner did something: the time since they last did counts as work, unless they were away.
    pub(super) fn attend(&mut self) {
        let now_ms = js_sys::Date::now();
        let worked_ms = (now_ms - self.seen_at_ms).clamp(0.0, AWAY_MS);
        self.seen_at_ms = now_ms;
        self.unsaved_ms += worked_ms;
        // Whole seconds are kept; what remains of one is counted with the next.
        while self.unsaved_ms >= 1000.0 {
            self.unsaved_ms -= 1000.0;
            self.marks.active_secs += 1;
            self.dirty = true;
        }
    }

    /// A command of the learner's ended.
    pub(super) fn used(&mut self, used: Used) {
        // A command that is played again, after a reload or on another branch, was used once.
        if !self.grader.ledger().commands.contains(&used) {
            self.grader.ledger_mut().commands.push(used);
            self.dirty = true;
        }
    }

    /// What was used so far.
    pub(super) fn ledger(&self) -> &Ledger {
        self.grader.ledger()
    }

    /// Goes on with what was used so far, on whatever branch.
    pub(super) fn carry(&mut self, ledger: Ledger) {
        *self.grader.ledger_mut() = ledger;
        self.dirty = true;
    }

    /// Shows the next hint.
    pub(super) fn next_hint(&mut self) {
        self.attend();
        let all = self.grader.exercise().hints.len();
        let ledger = self.grader.ledger_mut();
        ledger.hints = (ledger.hints + 1).min(all);
        self.marks.hints_used = u32::try_from(ledger.hints).unwrap_or(u32::MAX);
        self.dirty = true;
    }

    /// Shows the solution.
    pub(super) fn show_solution(&mut self) {
        self.attend();
        self.grader.ledger_mut().solution = true;
        self.marks.solution_seen = true;
        self.dirty = true;
    }

    /// Takes an answer.
    ///
    /// # Errors
    /// When there is no such question or choice.
    pub(super) fn answer(&mut self, question: String, choice: String) -> Result<(), String> {
        let asked = self
            .grader
            .exercise()
            .questions
            .iter()
            .find(|asked| asked.id == question);
        if !asked.is_some_and(|asked| asked.choices.iter().any(|known| known.id == choice)) {
            return Err(format!("no choice {choice} of question {question}"));
        }
        self.attend();
        self.grader
            .ledger_mut()
            .answers
            .entry(question)
            .or_default()
            .push(choice);
        self.dirty = true;
        Ok(())
    }

    /// Tells the page how the exercise stands, if that changed.
    pub(super) fn report(&mut self, evidence: &dyn Evidence, outbox: &Outbox) {
        self.grader.observe(evidence);
        let standing = view::standing(&self.grader, evidence.now());
        if standing.points > self.marks.best || standing.max != self.marks.max {
            self.marks.best = self.marks.best.max(standing.points);
            self.marks.max = standing.max;
            self.dirty = true;
        }
        let now = (standing, self.marks.best);
        if self.told.as_ref() != Some(&now) {
            let (standing, best) = now.clone();
            outbox.send(&FromEngine::Standing {
                standing: Box::new(standing),
                best,
            });
            self.told = Some(now);
        }
    }

    /// Keeps marks and ledger if they changed.
    pub(super) async fn keep(&mut self, keeper: &mut Keeper) {
        if std::mem::take(&mut self.dirty) {
            keeper
                .keep_marks(&self.id, &self.marks, self.grader.ledger())
                .await;
        }
    }
}
