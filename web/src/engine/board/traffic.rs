//! Requests and where they go. (The data come with `cluster.traffic()`.)

use timonier_core::cluster::Cluster;

use crate::view::board::{Board, Lens};
use crate::view::projection::Projection;
use crate::view::scene::Options;

/// The board.
pub(super) fn board(
    _cluster: &Cluster,
    _view: &Projection,
    _options: &Options,
    _told: &mut Option<u64>,
) -> Board {
    Board {
        lens: Lens::Traffic,
        ..Board::default()
    }
}
