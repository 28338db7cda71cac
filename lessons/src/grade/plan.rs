//! Goals made ready to be graded: every state goal becomes a watch, every property of the history an entry that follows watches.
use super::history::{Asked, History};
use super::select::{Selection, Selector};
use super::traffic::Flow;
use super::watch::Watch;
use crate::amount::Bound;
use crate::format::{
    Amount, AnswerCheck, Check, CommandCheck, Exercise, HistoryCheck, StateCheck, TrafficCheck,
};
use crate::pattern;
use timonier_core::api::Kind;

/// Everything that an exercise's goals and mistakes look at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The goals' conditions, in the exercise's order.
    pub goals: Vec<Node>,
    /// The mistakes' conditions, in the exercise's order.
    pub mistakes: Vec<Node>,
    /// What is watched.
    pub watches: Vec<Watch>,
    /// What is followed through time.
    pub histories: Vec<History>,
    /// What is counted of requests.
    pub flows: Vec<Flow>,
}

/// A compiled condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// A watch is held.
    State(usize),
    /// A property of the history.
    History(usize),
    /// What requests met.
    Traffic(usize),
    /// A command was used.
    Command(CommandCheck, Bound),
    /// A question is answered so: question, right choice.
    Answer(String, String),
    /// All.
    All(Vec<Node>),
    /// At least one.
    Any(Vec<Node>),
    /// Not.
    Not(Box<Node>),
}

/// A fault of an exercise: the path of the key (`goals[0].check.state.kind`) and a French sentence.
pub type PlanFault = (String, String);

impl Plan {
    /// Compiles an exercise whose parameters are put in.
    ///
    /// # Errors
    /// Everything that cannot be compiled.
    pub fn new(exercise: &Exercise) -> Result<Self, Vec<PlanFault>> {
        let mut compiler = Compiler {
            exercise,
            plan: Self::default(),
            faults: Vec::new(),
        };
        for (n, goal) in exercise.goals.iter().enumerate() {
            let node = compiler.check(&goal.check, &format!("goals[{n}].check"));
            compiler.plan.goals.extend(node);
        }
        for (n, mistake) in exercise.mistakes.iter().enumerate() {
            let node = compiler.check(&mistake.when, &format!("mistakes[{n}].when"));
            compiler.plan.mistakes.extend(node);
        }
        if compiler.faults.is_empty() {
            Ok(compiler.plan)
        } else {
            Err(compiler.faults)
        }
    }
}

struct Compiler<'a> {
    exercise: &'a Exercise,
    plan: Plan,
    faults: Vec<PlanFault>,
}

impl Compiler<'_> {
    fn fault(&mut self, path: &str, message: impl Into<String>) {
        self.faults.push((path.to_owned(), message.into()));
    }

    fn check(&mut self, check: &Check, path: &str) -> Option<Node> {
        let Check {
            state,
            history,
            command,
            answer,
            traffic,
            all,
            any,
            not,
        } = check;
        let written = [
            state.is_some(),
            history.is_some(),
            command.is_some(),
            answer.is_some(),
            traffic.is_some(),
            all.is_some(),
            any.is_some(),
            not.is_some(),
        ];
        if written.iter().filter(|w| **w).count() != 1 {
            let keys = "state, history, traffic, command, answer, all, any, not";
            self.fault(
                path,
                format!("Une condition a exactement une clé parmi : {keys}."),
            );
            return None;
        }
        if let Some(traffic) = traffic {
            return self
                .traffic(traffic, &format!("{path}.traffic"))
                .map(Node::Traffic);
        }
        if let Some(state) = state {
            return Some(Node::State(self.state(state, &format!("{path}.state"))));
        }
        if let Some(history) = history {
            return self
                .history(history, &format!("{path}.history"))
                .map(Node::History);
        }
        if let Some(command) = command {
            return self.command(command, &format!("{path}.command"));
        }
        if let Some(answer) = answer {
            return self.answer(answer, &format!("{path}.answer"));
        }
        if let Some(not) = not {
            return self
                .check(not, &format!("{path}.not"))
                .map(|node| Node::Not(Box::new(node)));
        }
        let (list, key, make): (_, _, fn(Vec<Node>) -> Node) = match all {
            Some(list) => (list, "all", Node::All),
            None => (any.as_ref()?, "any", Node::Any),
        };
        if list.is_empty() {
            self.fault(&format!("{path}.{key}"), "Cette liste de conditions est vide.");
        }
        let nodes: Vec<_> = list
            .iter()
            .enumerate()
            .filter_map(|(n, c)| self.check(c, &format!("{path}.{key}[{n}]")))
            .collect();
        Some(make(nodes))
    }

    fn state(&mut self, state: &StateCheck, path: &str) -> usize {
        if !Kind::all().any(|kind| kind.name() == state.kind) {
            let hint = crate::error::nearest(&state.kind, Kind::all().map(Kind::name))
                .map_or(String::new(), |k| format!(" Vouliez-vous dire « {k} » ?"));
            self.fault(
                &format!("{path}.kind"),
                format!("Le laboratoire ne connaît pas le kind « {} ».{hint}", state.kind),
            );
        }
        let selector = Selector::parse(state.selector.as_deref().unwrap_or_default());
        let selector = selector
            .map_err(|e| self.fault(&format!("{path}.selector"), e))
            .unwrap_or_default();
        for (key, pattern) in [("match", &state.matches), ("every", &state.every)] {
            for (inner, message) in pattern.iter().flat_map(pattern::faults) {
                self.fault(&format!("{path}.{key}.{inner}"), message);
            }
        }
        let count = state
            .count
            .as_ref()
            .map_or_else(|| Ok(Bound::at_least(1)), Amount::bound);
        let count = count
            .map_err(|e| self.fault(&format!("{path}.count"), e))
            .unwrap_or_else(|()| Bound::at_least(1));
        let holds = state.holds.as_ref().map_or(Ok(0), Amount::micros);
        let holds_micros = holds
            .map_err(|e| self.fault(&format!("{path}.holds"), e))
            .unwrap_or_default();
        let namespace = match state.namespace.as_deref() {
            Some("*") => None,
            other => Some(other.unwrap_or("default").to_owned()),
        };
        let selection = Selection {
            kind: state.kind.clone(),
            namespace,
            name: state.name.clone(),
            selector,
            selector_text: state.selector.clone(),
        };
        let (matches, every) = (state.matches.clone(), state.every.clone());
        let watch = Watch {
            selection,
            matches,
            every,
            count,
            holds_micros,
        };
        let known = self.plan.watches.iter().position(|w| *w == watch);
        known.unwrap_or_else(|| {
            self.plan.watches.push(watch);
            self.plan.watches.len() - 1
        })
    }

    fn history(&mut self, history: &HistoryCheck, path: &str) -> Option<usize> {
        let one = |s: &Option<StateCheck>| s.clone().map(|s| vec![s]);
        let asked = [
            (Asked::Happened, "happened", one(&history.happened)),
            (Asked::Always, "always", one(&history.always)),
            (Asked::Never, "never", one(&history.never)),
            (Asked::Sequence, "sequence", history.sequence.clone()),
        ];
        let mut written = asked
            .into_iter()
            .filter_map(|(kind, key, states)| Some((kind, key, states?)));
        let (Some((kind, key, states)), None) = (written.next(), written.next()) else {
            self.fault(path, "« history » a exactement une clé parmi : happened, always, never, sequence (et « after » au besoin).");
            return None;
        };
        if states.is_empty() {
            self.fault(&format!("{path}.{key}"), "Cette suite d’états est vide.");
        }
        if kind == Asked::Always && states.iter().any(|s| s.holds.is_some()) {
            self.fault(
                &format!("{path}.{key}.holds"),
                "« holds » n’a pas de sens ici : cette propriété vaut à chaque instant.",
            );
        }
        let list = kind == Asked::Sequence;
        let place = |n: usize| {
            if list {
                format!("{path}.{key}[{n}]")
            } else {
                format!("{path}.{key}")
            }
        };
        let watches = states
            .iter()
            .enumerate()
            .map(|(n, s)| self.state(s, &place(n)))
            .collect();
        let after = history
            .after
            .as_ref()
            .map(|s| self.state(s, &format!("{path}.after")));
        self.plan.histories.push(History { kind, watches, after });
        Some(self.plan.histories.len() - 1)
    }

    fn traffic(&mut self, traffic: &TrafficCheck, path: &str) -> Option<usize> {
        let mut faults = Vec::new();
        let mut bound = |amount: &Option<Amount>, key: &str| {
            let read = amount.as_ref().map(Amount::bound).transpose();
            read.map_err(|e| faults.push((format!("{path}.{key}"), e)))
                .ok()
                .flatten()
        };
        let (served, lost) = (bound(&traffic.served, "served"), bound(&traffic.lost, "lost"));
        let success = bound(&traffic.success, "success");
        let percents: Vec<Option<Bound>> = traffic
            .shares
            .iter()
            .enumerate()
            .map(|(n, share)| bound(&Some(share.percent.clone()), &format!("shares[{n}].percent")))
            .collect();
        let mut shares = Vec::new();
        for (n, (share, percent)) in traffic.shares.iter().zip(percents).enumerate() {
            match (Selector::parse(&share.selector), percent) {
                (Ok(selector), Some(percent)) => shares.push((share.selector.clone(), selector, percent)),
                (Err(e), _) => faults.push((format!("{path}.shares[{n}].selector"), e)),
                (Ok(_), None) => {}
            }
        }
        let whole = |amount: &Amount| crate::amount::plain(&amount.0).parse::<u64>().ok();
        let latency = traffic.latency.as_ref().map(|latency| {
            let percent = latency
                .percent
                .as_ref()
                .map_or(Some(95), whole)
                .filter(|percent| *percent <= 100);
            Some((percent?, whole(&latency.millis)? * 1_000))
        });
        if latency == Some(None) {
            let message = "« latency » veut un pourcentage et un nombre entier de millisecondes.".to_owned();
            faults.push((format!("{path}.latency"), message));
        }
        let window = traffic.window.as_ref().map(Amount::micros).transpose();
        let window_micros = window
            .map_err(|e| faults.push((format!("{path}.window"), e)))
            .ok()
            .flatten();
        if window_micros.is_some_and(|window| window > 900_000_000) {
            faults.push((
                format!("{path}.window"),
                "« window » va jusqu’à 900 secondes.".to_owned(),
            ));
        }
        if served.is_none() && lost.is_none() && success.is_none() && latency.is_none() && shares.is_empty() {
            let message =
                "« traffic » demande au moins une de ces clés : served, lost, success, latency, shares."
                    .to_owned();
            faults.push((path.to_owned(), message));
        }
        let bad = !faults.is_empty();
        self.faults.extend(faults);
        let after = traffic
            .after
            .as_ref()
            .map(|s| self.state(s, &format!("{path}.after")));
        if bad {
            return None;
        }
        self.plan.flows.push(Flow {
            namespace: traffic.namespace.clone().unwrap_or_else(|| "default".to_owned()),
            service: traffic.service.clone(),
            served,
            lost,
            success,
            latency: latency.flatten(),
            shares,
            window_micros,
            after,
        });
        Some(self.plan.flows.len() - 1)
    }

    fn command(&mut self, command: &CommandCheck, path: &str) -> Option<Node> {
        if command
            .used
            .as_slice()
            .iter()
            .all(|pattern| pattern.trim().is_empty())
        {
            self.fault(&format!("{path}.used"), "Il faut au moins un mot de commande.");
        }
        let count = command
            .count
            .as_ref()
            .map_or_else(|| Ok(Bound::at_least(1)), Amount::bound);
        let count = count.map_err(|e| self.fault(&format!("{path}.count"), e)).ok()?;
        Some(Node::Command(command.clone(), count))
    }

    fn answer(&mut self, answer: &AnswerCheck, path: &str) -> Option<Node> {
        let Some(question) = self.exercise.questions.iter().find(|q| q.id == answer.question) else {
            self.fault(
                &format!("{path}.question"),
                format!("La question « {} » n’existe pas.", answer.question),
            );
            return None;
        };
        let wished =
            |c: &&crate::format::Choice| answer.choice.as_ref().map_or(c.right, |wished| c.id == *wished);
        let Some(choice) = question.choices.iter().find(wished) else {
            let missing = answer.choice.as_deref().unwrap_or("right");
            self.fault(
                &format!("{path}.choice"),
                format!("La question n’a pas de choix « {missing} »."),
            );
            return None;
        };
        Some(Node::Answer(answer.question.clone(), choice.id.clone()))
    }
}
