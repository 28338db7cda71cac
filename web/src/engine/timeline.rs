//! The past of a lab: keyframes from which any moment of it is computed again, and the host that stands at the moment looked at.
//!
//! Keyframes are copies of the cluster, taken whenever so much has been computed since the last one that computing it again would be felt.
//! They share what did not change; what each costs is estimated, and past a budget the least useful ones go.

use crate::protocol::save::Entry;

use super::host::Host;

/// So much computing lies between two keyframes, in milliseconds of wall time: a look at any moment costs hardly more.
const BETWEEN_MS: f64 = 100.0;
/// What all keyframes together may take.
const BUDGET_BYTES: usize = 64 << 20;
/// With more than this to compute again, a moment takes longer than it should, in milliseconds.
const FELT_MS: f64 = 300.0;

/// A copy of the cluster at a moment.
struct Keyframe {
    host: Host,
    /// How many entries of the branch had been applied.
    applied: usize,
    bytes: usize,
    /// What was computed since the keyframe before, in milliseconds.
    cost_ms: f64,
}

/// The keyframes of one branch, oldest first.
#[derive(Default)]
pub(super) struct Timeline {
    frames: Vec<Keyframe>,
    /// What was computed since the last one, in milliseconds.
    since_ms: f64,
}

impl Timeline {
    /// So much was computed, and the cluster stands so: perhaps it is time for a keyframe. The first one is always taken.
    pub(super) fn computed(&mut self, ms: f64, host: &Host, applied: usize) {
        self.since_ms += ms;
        if self.frames.is_empty() || self.since_ms >= BETWEEN_MS {
            self.frames.push(Keyframe {
                host: host.clone(),
                applied,
                bytes: host.copy_bytes(),
                cost_ms: std::mem::take(&mut self.since_ms),
            });
            self.thin(BUDGET_BYTES);
        }
    }

    /// Drops keyframes until the rest fits: each time the one without which the least has to be computed at once.
    fn thin(&mut self, budget: usize) {
        while self.frames.len() > 2 && self.frames.iter().map(|frame| frame.bytes).sum::<usize>() > budget {
            let gaps = self
                .frames
                .iter()
                .zip(self.frames.iter().skip(1))
                .skip(1)
                .enumerate();
            let gaps = gaps.map(|(place, (frame, next))| (frame.cost_ms + next.cost_ms, place + 1));
            let least = gaps.min_by(|a, b| a.0.total_cmp(&b.0));
            let Some((_, place)) = least else { return };
            let dropped = self.frames.remove(place);
            if let Some(next) = self.frames.get_mut(place) {
                next.cost_ms += dropped.cost_ms;
            }
        }
    }

    /// Whether some moments take longer than they should.
    pub(super) fn is_coarse(&self) -> bool {
        self.frames.iter().any(|frame| frame.cost_ms > FELT_MS)
    }

    /// A host from which this moment can be computed, and how many entries it has seen.
    fn before(&self, at_us: u64) -> Option<(Host, usize)> {
        let earlier = self
            .frames
            .iter()
            .rev()
            .find(|frame| frame.host.now_us() <= at_us);
        // Before its start there is nothing.
        let frame = earlier.or(self.frames.first())?;
        Some((frame.host.clone(), frame.applied))
    }
}

/// A moment of the past that is looked at.
pub(super) struct Past {
    host: Host,
    applied: usize,
    target_us: u64,
}

impl Past {
    /// The moment, to be computed from the nearest keyframe, or from the moment looked at now when that is nearer.
    pub(super) fn new(timeline: &Timeline, before: Option<Self>, at_us: u64) -> Option<Self> {
        let (host, applied) = timeline.before(at_us)?;
        let at_us = at_us.max(host.now_us());
        let nearer = before.filter(|past| (host.now_us()..=at_us).contains(&past.host.now_us()));
        Some(match nearer {
            Some(past) => Self {
                target_us: at_us,
                ..past
            },
            None => {
                let mut host = host;
                host.tell_anew();
                Self {
                    host,
                    applied,
                    target_us: at_us,
                }
            }
        })
    }

    /// The moment that is wanted, in microseconds.
    pub(super) fn target_us(&self) -> u64 {
        self.target_us
    }

    /// Goes on by this much.
    pub(super) fn play(&mut self, micros: u64) {
        self.target_us += micros;
    }

    /// Computes; true when the moment is reached.
    pub(super) fn run(&mut self, branch: &[Entry], mut enough: impl FnMut() -> bool) -> bool {
        loop {
            let next = branch
                .get(self.applied)
                .filter(|entry| entry.at_us <= self.target_us);
            let until_us = next.map_or(self.target_us, |entry| entry.at_us);
            if !self.host.run_until(until_us, &mut enough) {
                return false;
            }
            let Some(entry) = next else { break };
            self.host.input(&entry.input);
            self.applied += 1;
        }
        // What the terminal printed then was read then.
        drop(self.host.take_output());
        true
    }

    /// The cluster of the moment.
    pub(super) fn host(&mut self) -> &mut Host {
        &mut self.host
    }

    /// The cluster of the moment.
    pub(super) fn seen(&self) -> &Host {
        &self.host
    }
}

#[cfg(test)]
mod tests {
    use timonier_lessons::format::Start;

    use super::{Past, Timeline};
    use crate::engine::host::Host;
    use crate::protocol::{Input, save::Entry};

    const SECOND_US: u64 = 1_000_000;

    /// A minute with a Deployment that is scaled in its middle, a keyframe each second.
    fn minute() -> (Host, Vec<Entry>, Timeline, Vec<u64>) {
        let mut host = Host::new(7, &Start::default());
        let (mut timeline, mut branch, mut hashes) = (Timeline::default(), Vec::new(), Vec::new());
        for second in 0..60 {
            let line = match second {
                2 => "kubectl create deployment web --image=nginx:1.27 --replicas=3",
                30 => "kubectl scale deployment web --replicas=5",
                _ => "",
            };
            if !line.is_empty() {
                let input = Input::Line(line.to_owned());
                branch.push(Entry {
                    id: branch.len() as u64 + 1,
                    parent: branch.len().checked_sub(1).map(|last| last as u64 + 1),
                    at_us: host.now_us(),
                    input: input.clone(),
                });
                host.input(&input);
            }
            timeline.computed(100.0, &host, branch.len());
            host.run_until(host.now_us() + SECOND_US, || false);
            hashes.push(host.cluster().trace().hash());
        }
        (host, branch, timeline, hashes)
    }

    #[test]
    fn any_moment_of_the_past_is_as_it_was() {
        let (host, branch, mut timeline, hashes) = minute();
        timeline.thin(timeline.frames.iter().map(|frame| frame.bytes).sum::<usize>() / 5);
        assert!(
            (3..20).contains(&timeline.frames.len()),
            "{}",
            timeline.frames.len()
        );
        let start_us = host.now_us() - 60 * SECOND_US;
        let mut past = None;
        for second in [59, 3, 40, 41, 10, 30, 29, 1] {
            let mut moment = Past::new(&timeline, past.take(), start_us + second * SECOND_US).unwrap();
            assert!(moment.run(&branch, || false));
            let hash = moment.host().cluster().trace().hash();
            assert_eq!(hash, hashes[second as usize - 1], "after {second} seconds");
            past = Some(moment);
        }
    }

    #[test]
    fn thinning_says_when_moments_take_longer() {
        let (.., mut timeline, _) = minute();
        assert!(!timeline.is_coarse());
        timeline.thin(0);
        assert_eq!(timeline.frames.len(), 2, "start and end stay");
        assert!(timeline.is_coarse());
    }
}
