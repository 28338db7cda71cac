//! What state an object is in, as one word, one shape and one colour.
//!
//! Pods have more states here than phases in Kubernetes: the STATUS column of `kubectl get pods`, readiness and the
//! scheduler's verdict together, because that is what a learner has to tell apart.

use std::rc::Rc;

use crate::view::decimal::within;
use serde::{Deserialize, Serialize};

use super::projection::{ContainerRecord, ContainerState, PodPhase, PodRecord};
use super::texts;
use super::theme::Token;

/// A state of a pod, in the order in which sums list them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum State {
    /// Ready to serve.
    Ready,
    /// Runs, but is not ready.
    Starting,
    /// Its image is being pulled.
    Pulling,
    /// Bound to a node, containers not running yet.
    Creating,
    /// Waits for the scheduler.
    Unscheduled,
    /// The scheduler found no node.
    Unschedulable,
    /// Something goes wrong (CrashLoopBackOff, ImagePullBackOff, Error, Evicted...).
    Failing,
    /// Being deleted.
    Leaving,
    /// All containers ended well.
    Done,
    /// The node does not answer.
    Unknown,
}

/// The shape that a state is drawn as: states differ without colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A filled disc with a tick.
    Tick,
    /// A ring, half filled.
    HalfRing,
    /// A ring that fills up.
    Progress,
    /// Three dots.
    Dots,
    /// An hourglass.
    Hourglass,
    /// A filled triangle with an exclamation mark.
    Triangle,
    /// A cross.
    Cross,
    /// A filled square with a tick.
    Square,
    /// A question mark.
    Question,
}

impl State {
    /// All states.
    pub const ALL: [Self; 10] = [
        Self::Ready,
        Self::Starting,
        Self::Pulling,
        Self::Creating,
        Self::Unscheduled,
        Self::Unschedulable,
        Self::Failing,
        Self::Leaving,
        Self::Done,
        Self::Unknown,
    ];

    /// The state of a pod.
    #[must_use]
    pub fn of(pod: &PodRecord) -> Self {
        if pod.meta.deleting {
            return Self::Leaving;
        }
        match pod.phase {
            PodPhase::Succeeded => return Self::Done,
            PodPhase::Failed => return Self::Failing,
            PodPhase::Unknown => return Self::Unknown,
            PodPhase::Pending | PodPhase::Running => {}
        }
        if pod.node.is_empty() {
            return if pod.unschedulable.is_empty() {
                Self::Unscheduled
            } else {
                Self::Unschedulable
            };
        }
        if pod.containers.iter().any(container_fails) {
            Self::Failing
        } else if pod.ready {
            Self::Ready
        } else if pod
            .containers
            .iter()
            .any(|c| matches!(c.state, ContainerState::Pulling { .. }))
        {
            Self::Pulling
        } else if pod.phase == PodPhase::Running {
            Self::Starting
        } else {
            Self::Creating
        }
    }

    /// How many pods are in each state that occurs, in the order in which sums list them.
    #[must_use]
    pub fn count(pods: &[Rc<PodRecord>]) -> Vec<(Self, usize)> {
        let mut counts = Self::ALL.map(|state| (state, 0));
        for pod in pods {
            let state = Self::of(pod);
            if let Some((_, count)) = counts.iter_mut().find(|(of, _)| *of == state) {
                *count += 1;
            }
        }
        counts.into_iter().filter(|(_, count)| *count > 0).collect()
    }

    /// Its shape.
    #[must_use]
    pub fn shape(self) -> Shape {
        match self {
            Self::Ready => Shape::Tick,
            Self::Starting => Shape::HalfRing,
            Self::Pulling => Shape::Progress,
            Self::Creating => Shape::Dots,
            Self::Unscheduled => Shape::Hourglass,
            Self::Unschedulable | Self::Failing => Shape::Triangle,
            Self::Leaving => Shape::Cross,
            Self::Done => Shape::Square,
            Self::Unknown => Shape::Question,
        }
    }

    /// Its colour.
    #[must_use]
    pub fn token(self) -> Token {
        match self {
            Self::Ready => Token::Ready,
            Self::Starting | Self::Pulling | Self::Creating => Token::Busy,
            Self::Unscheduled => Token::Waiting,
            Self::Unschedulable | Self::Failing => Token::Failing,
            Self::Leaving | Self::Unknown => Token::Leaving,
            Self::Done => Token::Done,
        }
    }
}

/// Reasons of a waiting container that are nothing to worry about.
const PEACEFUL: [&str; 3] = ["", "ContainerCreating", "PodInitializing"];

fn container_fails(container: &ContainerRecord) -> bool {
    match &container.state {
        ContainerState::Waiting { reason } => !PEACEFUL.contains(&reason.as_str()),
        ContainerState::Terminated { exit_code, .. } => *exit_code != 0,
        ContainerState::Pulling { .. } | ContainerState::Running => false,
    }
}

/// How much of the slowest pull of a pod has arrived, 0 to 1; `None` when no pull is under way or its end is not known.
#[must_use]
pub fn pull_progress(pod: &PodRecord, now_micros: u64) -> Option<f64> {
    pod.containers
        .iter()
        .filter_map(|container| match container.state {
            ContainerState::Pulling {
                since_micros,
                until_micros,
            } if until_micros > since_micros => {
                let done = now_micros.saturating_sub(since_micros) as f64;
                Some(within(done / (until_micros - since_micros) as f64, 0.0, 1.0))
            }
            _ => None,
        })
        .min_by(f64::total_cmp)
}

/// The text on a pod: French for what goes well, Kubernetes' own word for what fails, so that it can be looked up.
#[must_use]
pub fn label(pod: &PodRecord, now_micros: u64) -> String {
    let state = State::of(pod);
    match state {
        State::Failing if !pod.status.is_empty() && pod.status != "Running" => pod.status.clone(),
        State::Pulling => match pull_progress(pod, now_micros) {
            Some(share) => texts::pulling((share * 100.0).floor() as u32),
            None => texts::state_short(state).to_owned(),
        },
        _ => texts::state_short(state).to_owned(),
    }
}

/// The state of one container as shape and colour.
#[must_use]
pub fn container(container: &ContainerRecord) -> State {
    if container_fails(container) {
        return State::Failing;
    }
    match container.state {
        ContainerState::Running if container.ready => State::Ready,
        ContainerState::Running => State::Starting,
        ContainerState::Pulling { .. } => State::Pulling,
        ContainerState::Terminated { .. } => State::Done,
        ContainerState::Waiting { .. } => State::Creating,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::projection::Meta;

    fn check(change: impl FnOnce(&mut PodRecord), expected: (State, &str)) {
        let mut pod = PodRecord {
            node: "worker-1".into(),
            phase: PodPhase::Running,
            ready: true,
            status: "Running".into(),
            containers: vec![ContainerRecord {
                state: ContainerState::Running,
                ready: true,
                ..ContainerRecord::default()
            }],
            meta: Meta::default(),
            ..PodRecord::default()
        };
        change(&mut pod);
        assert_eq!((State::of(&pod), label(&pod, 50).as_str()), expected);
    }

    fn waiting(pod: &mut PodRecord, reason: &str) {
        pod.ready = false;
        pod.status = reason.into();
        pod.containers[0] = ContainerRecord {
            state: ContainerState::Waiting {
                reason: reason.into(),
            },
            ..ContainerRecord::default()
        };
    }

    #[test]
    fn states_of_pods() {
        check(|_| {}, (State::Ready, "Prêt"));
        check(|p| p.ready = false, (State::Starting, "Pas prêt"));
        check(|p| p.meta.deleting = true, (State::Leaving, "Arrêt"));
        check(
            |p| waiting(p, "CrashLoopBackOff"),
            (State::Failing, "CrashLoopBackOff"),
        );
        check(
            |p| waiting(p, "ImagePullBackOff"),
            (State::Failing, "ImagePullBackOff"),
        );
        let pending = |p: &mut PodRecord| {
            waiting(p, "ContainerCreating");
            p.phase = PodPhase::Pending;
        };
        check(pending, (State::Creating, "Création"));
        let pull = |p: &mut PodRecord| {
            pending(p);
            p.containers[0].state = ContainerState::Pulling {
                since_micros: 0,
                until_micros: 100,
            };
        };
        check(pull, (State::Pulling, "Image 50\u{202f}%"));
        check(
            |p| (p.phase, p.node) = (PodPhase::Pending, String::new()),
            (State::Unscheduled, "En attente"),
        );
        let nowhere = |p: &mut PodRecord| {
            (p.phase, p.node) = (PodPhase::Pending, String::new());
            p.unschedulable = "0/4 nodes are available".into();
        };
        check(nowhere, (State::Unschedulable, "Sans nœud"));
        check(|p| p.phase = PodPhase::Succeeded, (State::Done, "Terminé"));
        let evicted = |p: &mut PodRecord| (p.phase, p.status) = (PodPhase::Failed, "Evicted".into());
        check(evicted, (State::Failing, "Evicted"));
    }
}
