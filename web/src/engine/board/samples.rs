//! Curves of what nobody counts: how many replicas are ready, and what CPU is used, second by second.

use std::collections::VecDeque;

use crate::view::projection::Projection;
use crate::view::scene::is_system;

/// So many seconds are kept, of those in which somebody looked.
const KEPT: usize = 600;

/// What is not counted with the requests: how many Pods are ready of how many, and what CPU is used, second by second.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct Samples(VecDeque<Sample>);

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sample {
    second: u64,
    /// Replicas that are ready.
    pub(super) ready: u32,
    /// Replicas that are wanted.
    pub(super) wanted: u32,
    /// CPU of all machines, in thousandths of a core.
    pub(super) cpu_millis: u64,
}

impl Samples {
    /// The cluster as it is now.
    pub(in crate::engine) fn note(&mut self, view: &Projection, now_micros: u64) {
        let second = now_micros / 1_000_000;
        let own = || view.deployments.values().filter(|owner| !is_system(&owner.meta));
        let sample = Sample {
            second,
            ready: own().map(|owner| owner.ready).sum(),
            wanted: own().map(|owner| owner.replicas).sum(),
            cpu_millis: view.usage.values().map(|(cpu, _)| *cpu).sum(),
        };
        match self.0.back_mut() {
            Some(last) if last.second == second => *last = sample,
            _ => self.0.push_back(sample),
        }
        while self.0.len() > KEPT {
            self.0.pop_front();
        }
    }

    /// The last one.
    pub(super) fn last(&self) -> Sample {
        self.0.back().copied().unwrap_or_default()
    }

    /// The sample that held at a second.
    pub(super) fn at(&self, second: u64) -> Option<Sample> {
        self.0
            .iter()
            .rev()
            .find(|sample| sample.second <= second)
            .copied()
    }
}
