//! `ImageLocality`: nodes that have the Pod's images already are preferred, the less the fewer nodes have them.

use crate::api::types::core::ContainerImage;
use crate::runtime::ImageReference;
use crate::scheduler::framework::{MAX_NODE_SCORE, Plugin, PodState, Scoring};
use crate::scheduler::node_info::NodeInfo;

pub(super) struct ImageLocality;

/// Less than this is not worth it (`minThreshold`), per container more than that is worth no more (`maxContainerThreshold`).
const MIN_BYTES: i64 = 23 * 1024 * 1024;
const MAX_BYTES_PER_CONTAINER: i64 = 1_000 * 1024 * 1024;

fn find<'a>(node: &'a NodeInfo, name: &str) -> Option<&'a ContainerImage> {
    let mut images = node.node.status.images.iter().flatten();
    images.find(|image| image.names.iter().flatten().any(|known| known == name))
}

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
        let total = i64::try_from(pod.nodes.iter().count()).unwrap_or(i64::MAX).max(1);
        // An image that few nodes have draws less, so that not all Pods go where the first one went.
        let images: Vec<(String, i64)> = containers()
            .filter_map(|container| ImageReference::parse(container.image.as_deref()?))
            .map(|reference| reference.to_string())
            .map(|name| {
                let having = pod
                    .nodes
                    .iter()
                    .filter(|node| find(node, &name).is_some())
                    .count();
                (name, i64::try_from(having).unwrap_or(i64::MAX))
            })
            .collect();
        let count = i64::try_from(containers().count()).unwrap_or(1);
        let most = MAX_BYTES_PER_CONTAINER.saturating_mul(count);
        let of = |node: &&NodeInfo| {
            let worth = |(name, having): &(String, i64)| {
                let size = find(node, name)?.size_bytes?;
                Some(size * having / total)
            };
            let sum: i64 = images.iter().filter_map(worth).sum();
            MAX_NODE_SCORE * (sum.clamp(MIN_BYTES, most) - MIN_BYTES) / (most - MIN_BYTES).max(1)
        };
        Some(scoring.nodes.iter().map(of).collect())
    }
}
