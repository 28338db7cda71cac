//! What is mounted into a container: the volumes of its Pod, the node's files, claims.

use serde::{Deserialize, Serialize};

use crate::sim::Time;
use crate::sorted::SortedMap;
use crate::userland::Folder;

/// Where the files of a mount are kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Place {
    /// With the Pod, under this name: gone when the Pod is.
    Pod(String),
    /// On the node.
    Node,
    /// On a volume of the cluster, by the PersistentVolume's name.
    Claim(String),
}

/// A mount of a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// Where the container sees it.
    pub path: String,
    /// Where the files are kept.
    pub place: Place,
    /// The path there, `/` for all of it.
    pub inner: String,
    /// Whether it may only be read.
    pub read_only: bool,
}

impl Mount {
    /// The path at the place, when the mount has this path of the container.
    pub(super) fn inner_path(&self, path: &str) -> Option<String> {
        let rest = path.strip_prefix(self.path.as_str())?;
        if !rest.is_empty() && !rest.starts_with('/') && self.path != "/" {
            return None;
        }
        let inner = format!("{}{rest}", self.inner.trim_end_matches('/'));
        Some(if inner.is_empty() { "/".to_owned() } else { inner })
    }
}

/// The files that mounts lead to.
pub struct Volumes<'a> {
    /// The Pod's, by volume.
    pub pod: &'a mut SortedMap<String, Folder>,
    /// The node's.
    pub node: &'a mut Folder,
    /// The cluster's, by PersistentVolume.
    pub claims: &'a mut SortedMap<String, Folder>,
}

impl Volumes<'_> {
    /// The files of a place; none when nothing was written there yet.
    #[must_use]
    pub fn get(&self, place: &Place) -> Option<&Folder> {
        match place {
            Place::Pod(name) => self.pod.get(name),
            Place::Node => Some(self.node),
            Place::Claim(name) => self.claims.get(name),
        }
    }

    /// The files of a place, to change at a moment.
    pub fn get_mut(&mut self, place: &Place, now: Time) -> &mut Folder {
        let folder = match place {
            Place::Pod(name) => self.pod.entry(name.clone()).or_insert_with(Folder::empty),
            Place::Node => self.node,
            Place::Claim(name) => self.claims.entry(name.clone()).or_insert_with(Folder::empty),
        };
        folder.now = now;
        folder
    }
}
