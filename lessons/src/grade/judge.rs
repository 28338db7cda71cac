//! Whether each condition is met, and why not.
use super::plan::Node;
use super::{Grader, Used, command, explain};
use crate::format::Exit;
use timonier_core::sim::Time;

/// Whether a condition is met, and why not.
pub(super) struct Verdict {
    pub(super) met: bool,
    pub(super) why: String,
    pub(super) lost: bool,
}

impl Grader {
    pub(super) fn judge(&self, node: &Node, now: Time) -> Verdict {
        let verdict = |met: bool, why: String| Verdict {
            met,
            why: if met { String::new() } else { why },
            lost: false,
        };
        match node {
            Node::State(index) => match (self.plan.watches.get(*index), self.branch.seen.get(*index)) {
                (Some(watch), Some(seen)) if !watch.held(seen, now) => {
                    verdict(false, explain::state(watch, seen, now))
                }
                _ => verdict(true, String::new()),
            },
            Node::History(index) => match (self.plan.histories.get(*index), self.branch.pasts.get(*index)) {
                (Some(history), Some(past)) => {
                    let mut past = past.clone();
                    history.look(&mut past, &self.plan.watches, &self.branch.seen, now);
                    let why = explain::history(history, &past, &self.plan.watches, &self.branch.seen, now);
                    Verdict {
                        lost: past.lost(),
                        ..verdict(history.met(&past), why)
                    }
                }
                _ => verdict(true, String::new()),
            },
            Node::Traffic(index) => match (self.plan.flows.get(*index), self.branch.flows.get(*index)) {
                (Some(flow), Some(counted)) => {
                    let (met, why, lost) = flow.judge(counted);
                    Verdict {
                        lost,
                        ..verdict(met, why)
                    }
                }
                _ => verdict(true, String::new()),
            },
            Node::Command(check, count) => {
                let (met, why) = self.commands(check, count);
                verdict(met, why)
            }
            Node::Answer(question, choice) => {
                let last = self.ledger.answers.get(question).and_then(|a| a.last());
                let why = match last {
                    None => "Vous n’avez pas encore répondu à la question.",
                    Some(_) => {
                        "Votre réponse n’est pas la bonne : relisez ce qu’on vous en dit, puis choisissez à nouveau."
                    }
                };
                verdict(last == Some(choice), why.to_owned())
            }
            Node::All(nodes) => {
                let mut verdicts = nodes.iter().map(|n| self.judge(n, now)).filter(|v| !v.met);
                verdicts.next().unwrap_or(verdict(true, String::new()))
            }
            Node::Any(nodes) => {
                let verdicts: Vec<_> = nodes.iter().map(|n| self.judge(n, now)).collect();
                let lost = verdicts.iter().all(|v| v.lost);
                let why = verdicts
                    .iter()
                    .map(|v| v.why.as_str())
                    .collect::<Vec<_>>()
                    .join(" Ou bien : ");
                Verdict {
                    lost,
                    ..verdict(verdicts.iter().any(|v| v.met), why)
                }
            }
            Node::Not(node) => {
                let inner = self.judge(node, now);
                verdict(!inner.met, "Ce qui ne doit pas être est encore là.".to_owned())
            }
        }
    }

    fn commands(&self, check: &crate::format::CommandCheck, count: &crate::amount::Bound) -> (bool, String) {
        let patterns = check.used.as_slice();
        let uses = |used: &&Used| {
            let commands = command::simple_commands(&used.line);
            patterns
                .iter()
                .any(|p| commands.iter().any(|c| command::uses(p, c)))
        };
        let found: Vec<&Used> = self.ledger.commands.iter().filter(uses).collect();
        let fits = |used: &&&Used| match check.exit {
            Exit::Ok => used.exit == Some(0),
            Exit::Failed => used.exit.is_some_and(|e| e != 0),
            Exit::Any => true,
        };
        let fitting = found.iter().filter(fits).count();
        let met = count.holds(i64::try_from(fitting).unwrap_or(i64::MAX));
        let shown = patterns.first().map(|p| p.replace('*', "…")).unwrap_or_default();
        let why = match (found.last(), fitting) {
            (None, _) => format!("Vous n’avez pas encore utilisé `{shown}`."),
            (Some(last), 0) if check.exit == Exit::Ok && last.exit.is_none() => {
                format!("`{}` n’est pas terminée.", last.line)
            }
            (Some(last), 0) if check.exit == Exit::Ok => {
                format!("`{}` a échoué : lisez son message.", last.line)
            }
            (Some(_), n) => format!("`{shown}` : {n} fois, attendu : {count}."),
        };
        (met, why)
    }
}
