//! `ImageLocality`: nodes that have the Pod's images already are preferred, the less the fewer nodes have them.

use crate::runtime::ImageReference;
use crate::scheduler::framework::{MAX_NODE_SCORE, Plugin, PodState, Scoring};
use crate::scheduler::node_info::{NodeInfo, digest};

pub(super) struct ImageLocality;

/// Less than this is not worth it (`minThreshold`), per container more than that is worth no more (`maxContainerThreshold`).
const MIN_BYTES: i64 = 23 * 1024 * 1024;
const MAX_BYTES_PER_CONTAINER: i64 = 1_000 * 1024 * 1024;

impl Plugin for ImageLocality {
    fn name(&self) -> &'static str {
        "ImageLocality"
    }

    fn weight(&self) -> i64 {
        1
    }

    fn score(&self, pod: &PodState<'_>, scoring: &Scoring<'_>) -> Option<Vec<i64>> {
        let spec = &pod.pod.spec;
        let containers = || spec.init_containers.iter().flatten().chain(&spec.containers);
        let total = i64::try_from(pod.nodes.count()).unwrap_or(i64::MAX).max(1);
        // An image that few nodes have draws less, so that not all Pods go where the first one went.
        let images: Vec<(u64, i64)> = containers()
            .filter_map(|container| ImageReference::parse(container.image.as_deref()?))
            .map(|reference| digest([reference.to_string().as_str()].into_iter()))
            .map(|name| (name, pod.nodes.having_image(name)))
            .collect();
        let count = i64::try_from(containers().count()).unwrap_or(1);
        let most = MAX_BYTES_PER_CONTAINER.saturating_mul(count);
        let of = |node: &&NodeInfo| {
            let worth = |(name, having): &(u64, i64)| Some(node.image_bytes(*name)? * having / total);
            let sum: i64 = images.iter().filter_map(worth).sum();
            MAX_NODE_SCORE * (sum.clamp(MIN_BYTES, most) - MIN_BYTES) / (most - MIN_BYTES).max(1)
        };
        Some(scoring.nodes.iter().map(of).collect())
    }
}
