//! Makes the boards: what stands on the view that the learner looks at. Here and not on the page, which is small and is to stay so, and
//! where neither labels nor the trace are known.

mod machinery;
mod objects;
mod samples;
mod traffic;

#[cfg(test)]
mod tests;

use timonier_core::cluster::Cluster;
use timonier_core::sim::TraceId;

use crate::view::board::{Board, Lens, Look};
use crate::view::projection::Id;
use crate::view::scene::Options;

use super::view::ViewBuilder;
pub(super) use samples::Samples;

/// How many marks are told one by one at once; more could not be followed.
const MOST_MARKS: usize = 24;

/// Makes boards, and remembers what of the trace and of the traffic was told.
#[derive(Clone, Debug, Default)]
pub(super) struct BoardBuilder {
    look: Look,
    /// The last entry of the trace whose mark was sent; `None` before the first board.
    traced: Option<TraceId>,
    /// How many requests had ended when the last board was made.
    requested: Option<u64>,
}

impl BoardBuilder {
    /// A board for whoever looks so; what happened before is not told any more.
    pub(super) fn new(look: Look) -> Self {
        Self {
            look,
            ..Self::default()
        }
    }

    /// Whether something travelled that is not told yet, though no object changed.
    pub(super) fn has_news(&self, cluster: &Cluster) -> bool {
        self.look.lens == Lens::Traffic && self.requested != Some(cluster.traffic().ended())
    }

    /// The board now; `None` for the view that needs none.
    pub(super) fn board(
        &mut self,
        cluster: &Cluster,
        view: &ViewBuilder,
        samples: &Samples,
    ) -> Option<Board> {
        let (copy, relations) = view.told();
        let options = Options {
            show_system: self.look.show_system,
            namespace: self.look.namespace.clone(),
            ..Options::default()
        };
        Some(match self.look.lens {
            Lens::Nodes => return None,
            Lens::Objects => objects::board(copy, relations, &options),
            Lens::Traffic => traffic::board(cluster, copy, &options, samples, &mut self.requested),
            Lens::Machinery => machinery::board(cluster, &mut self.traced),
        })
    }
}

/// The id of a place that is no object.
fn place(name: &str) -> Id {
    Id::from_uid(&format!("place/{name}"))
}
