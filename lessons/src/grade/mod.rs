//! The grader: an exercise's goals over a cluster's state and history, the learner's commands and answers.
//!
//! [`Grader`] is fed with [`Evidence`] as the cluster lives, and reports at any moment. What it remembers is plain data in two parts:
//! [`Branch`] belongs to the cluster's present history (undo and rewind restore it with the cluster), [`Ledger`] to the whole work on the
//! exercise (hints cost once taken, whatever is undone).
mod command;
mod explain;
mod history;
mod judge;
mod plan;
mod report;
mod select;
mod traffic;
mod watch;

pub use history::Past;
pub use plan::{Plan, PlanFault};
pub use report::{GoalReport, MistakeReport, Report};
pub use select::Selector;
use timonier_core::sorted::{SortedMap, SortedSet};
pub use traffic::{Counted, Flow};
pub use watch::{Item, Seen};

use crate::evidence::Evidence;
use crate::format::Exercise;
use judge::Verdict;
use plan::Node;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use timonier_core::sim::Time;

/// A command line that the learner ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// When it was typed.
    pub at: Time,
    /// The line.
    pub line: String,
    /// Its status, once it has ended.
    pub exit: Option<i32>,
}

/// What counts over the whole work on an exercise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// Commands used, in order.
    pub commands: Vec<Used>,
    /// Choices made for each question, in order.
    pub answers: SortedMap<String, Vec<String>>,
    /// How many hints were taken, from the first.
    pub hints: usize,
    /// Whether the solution was read.
    pub solution: bool,
}

/// What is remembered of the cluster's present history.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Branch {
    /// The store's revision seen last.
    pub revision: u64,
    /// One entry per watch.
    pub seen: Vec<Seen>,
    /// One entry per property of the history.
    pub pasts: Vec<Past>,
    /// One entry per thing that is counted of requests.
    #[serde(default)]
    pub flows: Vec<Counted>,
}

/// Grades one variant of one exercise.
#[derive(Clone, Debug, PartialEq)]
pub struct Grader {
    exercise: Exercise,
    plan: Plan,
    kinds: SortedSet<String>,
    branch: Branch,
    ledger: Ledger,
}

impl Grader {
    /// A grader for an exercise whose parameters are put in.
    ///
    /// # Errors
    /// The faults of its goals.
    pub fn new(exercise: Exercise) -> Result<Self, Vec<PlanFault>> {
        let plan = Plan::new(&exercise)?;
        let kinds = plan.watches.iter().map(|w| w.selection.kind.clone()).collect();
        let branch = Self::blank(&plan);
        Ok(Self {
            exercise,
            plan,
            kinds,
            branch,
            ledger: Ledger::default(),
        })
    }

    fn blank(plan: &Plan) -> Branch {
        Branch {
            revision: 0,
            seen: vec![Seen::default(); plan.watches.len()],
            pasts: vec![Past::default(); plan.histories.len()],
            flows: vec![Counted::default(); plan.flows.len()],
        }
    }

    /// The exercise.
    pub fn exercise(&self) -> &Exercise {
        &self.exercise
    }

    /// What it remembers of the present history: to be kept with a snapshot of the cluster.
    pub fn branch(&self) -> &Branch {
        &self.branch
    }

    /// Goes back to what was remembered with a snapshot; `false` when that is of another exercise.
    pub fn restore(&mut self, branch: Branch) -> bool {
        let fits = branch.seen.len() == self.plan.watches.len()
            && branch.pasts.len() == self.plan.histories.len()
            && branch.flows.len() == self.plan.flows.len();
        if fits {
            self.branch = branch;
        }
        fits
    }

    /// Commands, answers, hints.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Commands, answers, hints: what the lab writes down.
    pub fn ledger_mut(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    /// Begins to look: what is there now is the exercise's start state.
    pub fn begin(&mut self, evidence: &dyn Evidence) {
        self.branch = Self::blank(&self.plan);
        for (flow, counted) in self.plan.flows.iter().zip(&mut self.branch.flows) {
            flow.begin(
                counted,
                evidence.requests(&flow.namespace, &flow.service),
                evidence.now(),
            );
        }
        self.relist(evidence);
    }

    /// Counts what requests have met by now.
    fn count(&mut self, evidence: &dyn Evidence) {
        for (flow, counted) in self.plan.flows.iter().zip(&mut self.branch.flows) {
            flow.count(
                counted,
                evidence.requests(&flow.namespace, &flow.service),
                evidence.now(),
            );
        }
    }

    /// Takes in what happened since the last time.
    pub fn observe(&mut self, evidence: &dyn Evidence) {
        let wanted = |kind: &str| self.kinds.contains(kind);
        match evidence.changes(self.branch.revision, &wanted) {
            Some(changes) => {
                for change in changes {
                    // What had to last may have lasted long enough just before this change.
                    self.look(change.at);
                    self.feed(
                        &change.kind,
                        &change.namespace,
                        &change.name,
                        change.object.as_ref(),
                    );
                    self.settle(change.at);
                }
                self.branch.revision = evidence.revision();
                self.look(evidence.now());
            }
            None => self.relist(evidence),
        }
        self.count(evidence);
    }

    /// Reads everything afresh.
    fn relist(&mut self, evidence: &dyn Evidence) {
        for seen in &mut self.branch.seen {
            let since = seen.since;
            *seen = Seen {
                truth: seen.truth,
                since,
                ..Seen::default()
            };
        }
        for kind in self.kinds.clone() {
            for object in evidence.objects(&kind) {
                let text = |pointer| {
                    object
                        .pointer(pointer)
                        .and_then(Value::as_str)
                        .unwrap_or_default()
                        .to_owned()
                };
                let (namespace, name) = (text("/metadata/namespace"), text("/metadata/name"));
                self.feed(&kind, &namespace, &name, Some(&object));
            }
        }
        self.branch.revision = evidence.revision();
        self.settle(evidence.now());
    }

    fn feed(&mut self, kind: &str, namespace: &str, name: &str, object: Option<&Value>) {
        for (watch, seen) in self.plan.watches.iter().zip(&mut self.branch.seen) {
            if watch.selection.kind == kind {
                watch.feed(seen, namespace, name, object);
            }
        }
    }

    fn settle(&mut self, now: Time) {
        for (watch, seen) in self.plan.watches.iter().zip(&mut self.branch.seen) {
            watch.settle(seen, now);
        }
        self.look(now);
    }

    fn look(&mut self, now: Time) {
        for (history, past) in self.plan.histories.iter().zip(&mut self.branch.pasts) {
            history.look(past, &self.plan.watches, &self.branch.seen, now);
        }
        for (flow, counted) in self.plan.flows.iter().zip(&mut self.branch.flows) {
            flow.look(counted, &self.branch.seen, now);
        }
    }

    /// Where the exercise stands at `now`.
    pub fn report(&self, now: Time) -> Report {
        let verdicts: Vec<Verdict> = self.plan.goals.iter().map(|node| self.judge(node, now)).collect();
        let met: SortedMap<&str, bool> = self
            .exercise
            .goals
            .iter()
            .zip(&verdicts)
            .map(|(goal, verdict)| (goal.id.as_str(), verdict.met))
            .collect();
        let mut report = Report::default();
        for ((goal, node), verdict) in self.exercise.goals.iter().zip(&self.plan.goals).zip(&verdicts) {
            let waits = goal
                .needs
                .iter()
                .find(|id| !met.get(id.as_str()).copied().unwrap_or_default());
            let done = verdict.met && waits.is_none();
            let points = if done { self.worth(node, goal.points) } else { 0 };
            let why = match (done, verdict.met, &goal.why) {
                (true, ..) => None,
                (false, true, _) => Some("Comptera quand l’objectif dont il dépend sera atteint.".to_owned()),
                (false, false, Some(why)) if !verdict.lost => Some(why.clone()),
                (false, false, _) => Some(verdict.why.clone()),
            };
            let lost = verdict.lost && !done;
            report.goals.push(GoalReport {
                id: goal.id.clone(),
                met: done,
                points,
                max: goal.points,
                why,
                lost,
            });
        }
        report.earned = report.goals.iter().map(|g| g.points).sum();
        report.max = report.goals.iter().map(|g| g.max).sum();
        report.cost = self.cost();
        report.score = report.earned.saturating_sub(report.cost);
        report.solved = report.goals.iter().all(|g| g.met);
        let recognised = |(mistake, node): (&crate::format::Mistake, &Node)| {
            self.judge(node, now).met.then(|| MistakeReport {
                id: mistake.id.clone(),
                say: mistake.say.clone(),
            })
        };
        report.mistakes = self
            .exercise
            .mistakes
            .iter()
            .zip(&self.plan.mistakes)
            .filter_map(recognised)
            .collect();
        report
    }

    /// What reading the solution costs.
    pub fn solution_cost(&self) -> u32 {
        let max: u32 = self.exercise.goals.iter().map(|g| g.points).sum();
        self.exercise.solution.cost.unwrap_or(max.div_ceil(2))
    }

    fn cost(&self) -> u32 {
        let hints: u32 = self
            .exercise
            .hints
            .iter()
            .take(self.ledger.hints)
            .map(|h| h.cost)
            .sum();
        hints
            + if self.ledger.solution {
                self.solution_cost()
            } else {
                0
            }
    }

    /// Points of a goal that is met: each wrong answer before the right one halves them.
    fn worth(&self, node: &Node, points: u32) -> u32 {
        let Node::Answer(question, choice) = node else {
            return points;
        };
        let tries = self.ledger.answers.get(question).map_or(&[][..], Vec::as_slice);
        let wrong: SortedSet<_> = tries.iter().take_while(|t| *t != choice).collect();
        points
            .checked_shr(u32::try_from(wrong.len()).unwrap_or(u32::MAX))
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
