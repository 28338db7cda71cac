//! The images on a node, and how long it takes to pull one (`pkg/kubelet/images`).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::runtime::ResolvedImage;
use crate::sim::{Rng, Time};
use crate::sorted::SortedMap;

/// What a registry and the network take before the first byte.
const PULL_OVERHEAD: (Duration, Duration) = (Duration::from_millis(150), Duration::from_millis(350));

/// The images on a node.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct ImageStore {
    present: SortedMap<String, ResolvedImage>,
    /// When the pull in progress ends: one at a time (`serializeImagePulls`).
    busy_until: Time,
    pulls: u64,
}

impl ImageStore {
    /// The image, if it is on the node.
    pub(super) fn get(&self, full_name: &str) -> Option<&ResolvedImage> {
        self.present.get(full_name)
    }

    /// Every image on the node.
    pub(super) fn iter(&self) -> impl Iterator<Item = &ResolvedImage> {
        self.present.values()
    }

    /// Begins to pull an image and answers when it will be there.
    pub(super) fn pull(
        &mut self,
        now: Time,
        rng: Rng,
        node: &str,
        image: &ResolvedImage,
        mib_per_sec: u64,
    ) -> Time {
        let (low, high) = PULL_OVERHEAD;
        let overhead = rng.duration("image-pull", node, self.pulls, low, high);
        self.pulls += 1;
        // What is there already does not travel again.
        let known = self.get(&image.reference.to_string()) == Some(image);
        let bytes = if known { 0 } else { image.size_bytes };
        let transfer = Duration::from_micros(bytes.saturating_mul(1_000_000) / (mib_per_sec.max(1) << 20));
        self.busy_until = self.busy_until.max(now) + overhead + transfer;
        self.busy_until
    }

    /// The image is there.
    pub(super) fn add(&mut self, image: ResolvedImage) {
        self.present.insert(image.reference.to_string(), image);
    }
}
