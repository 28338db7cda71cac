//! Saving and loading: the whole cluster as CBOR, which keeps the order and the types of everything.

use std::fmt;

use super::Cluster;

/// Changes kept in a save for watches that lag behind the components.
const KEPT_CHANGES: u64 = 200;

/// A save that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadError(String);

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the save cannot be read: {}", self.0)
    }
}

impl std::error::Error for LoadError {}

impl Cluster {
    /// The cluster as bytes, from which [`Cluster::load`] makes one that continues identically.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        let mut saved = self.fork();
        // Components and watches have seen everything but the last moments.
        let seen = [
            self.told,
            self.controller_manager.revision(),
            self.scheduler.revision(),
        ];
        let oldest = seen.into_iter().min().unwrap_or_default();
        saved.api.compact(oldest.saturating_sub(KEPT_CHANGES));
        let mut bytes = Vec::new();
        let written = ciborium::into_writer(&saved, &mut bytes);
        debug_assert!(written.is_ok(), "{written:?}");
        bytes
    }

    /// The cluster that was saved.
    ///
    /// # Errors
    ///
    /// When the bytes are no save of this version.
    pub fn load(bytes: &[u8]) -> Result<Self, LoadError> {
        // By way of a value: reading each type from bytes would be several times the code.
        let value: ciborium::Value =
            ciborium::from_reader(bytes).map_err(|error| LoadError(error.to_string()))?;
        value.deserialized().map_err(|error| LoadError(error.to_string()))
    }
}
