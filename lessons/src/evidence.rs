//! What the grader may see of a cluster: a narrow view, so that goals can be tested on plain values and never depend on the simulator's
//! insides.
use serde_json::Value;
use timonier_core::api::{AnyObject, Kind};
use timonier_core::cluster::Cluster;
use timonier_core::etcd;
use timonier_core::network::Record;
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

    /// What the requests for a Service have met; `None` if there was none.
    fn requests(&self, _namespace: &str, _service: &str) -> Option<&Record> {
        None
    }

    /// The changes of these kinds after a revision, oldest first; `None` when some are no longer kept.
    fn changes(&self, since: u64, wanted: &dyn Fn(&str) -> bool) -> Option<Vec<Change>>;
}

impl Evidence for Cluster {
    fn now(&self) -> Time {
        Self::now(self)
    }

    fn revision(&self) -> u64 {
        self.store().revision()
    }

    fn objects(&self, kind: &str) -> Vec<Value> {
        let kind = Kind::all().find(|k| k.name() == kind);
        kind.map(|kind| self.store().list(kind).map(AnyObject::to_value).collect())
            .unwrap_or_default()
    }

    fn requests(&self, namespace: &str, service: &str) -> Option<&Record> {
        self.traffic().of_service(namespace, service)
    }

    fn changes(&self, since: u64, wanted: &dyn Fn(&str) -> bool) -> Option<Vec<Change>> {
        let changes = self.store().changes_since(since).ok()?;
        let change = |c: &etcd::Change| Change {
            at: self
                .trace()
                .get(c.trace)
                .map_or(Self::now(self), |entry| entry.at),
            kind: c.object.kind().name().to_owned(),
            namespace: c.object.namespace().to_owned(),
            name: c.object.name().to_owned(),
            object: (c.change != etcd::ChangeType::Deleted).then(|| c.object.to_value()),
        };
        Some(
            changes
                .filter(|c| wanted(c.object.kind().name()))
                .map(change)
                .collect(),
        )
    }
}
