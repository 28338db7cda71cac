//! `ImageLocality`: nodes that have the Pod's images already are preferred.

use crate::runtime::ImageReference;
use crate::scheduler::framework::{MAX_NODE_SCORE, Plugin, PodState};
use crate::scheduler::node_info::NodeInfo;

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

    fn score(&self, pod: &PodState<'_>, node: &NodeInfo) -> i64 {
        let Some(images) = node.node.status.images.as_ref() else {
            return 0;
        };
        let containers = &pod.pod.spec.containers;
        let present: i64 = containers
            .iter()
            .filter_map(|container| ImageReference::parse(container.image.as_deref()?))
            .map(|reference| reference.to_string())
            .filter_map(|name| {
                images
                    .iter()
                    .find(|image| image.names.iter().flatten().any(|known| *known == name))
            })
            .filter_map(|image| image.size_bytes)
            .sum();
        let most = MAX_BYTES_PER_CONTAINER.saturating_mul(i64::try_from(containers.len()).unwrap_or(1));
        MAX_NODE_SCORE * (present.clamp(MIN_BYTES, most) - MIN_BYTES) / (most - MIN_BYTES).max(1)
    }
}
