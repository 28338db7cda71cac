//! What the grader may see of a cluster: a narrow view, so that goals can be tested on plain values and never depend on the simulator's
//! insides.
use serde_json::Value;
use timonier_core::sim::Time;

/// One committed change of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// When it was committed.
    pub at: Time,
    /// The kind, as in a manifest.
    pub kind: String,
    /// The namespace, empty for objects without one.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// The object after the change; `None` when it is gone.
    pub object: Option<Value>,
}

/// A cluster as the grader sees it.
pub trait Evidence {
    /// The cluster's virtual time.
    fn now(&self) -> Time;

    /// The store's revision: changes after it are new.
    fn revision(&self) -> u64;

    /// All objects of a kind, in every namespace.
    fn objects(&self, kind: &str) -> Vec<Value>;

    /// The changes of these kinds after a revision, oldest first; `None` when some are no longer kept.
    fn changes(&self, since: u64, wanted: &dyn Fn(&str) -> bool) -> Option<Vec<Change>>;
}
