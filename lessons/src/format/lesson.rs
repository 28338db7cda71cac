//! `lesson.yaml`: what a lesson is, what it starts from, its pages and its exercises.
use super::{Load, Step, is_default};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One lesson.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Lesson {
    /// Version of the lesson format: 1.
    pub format: u32,
    /// Stable identifier (lower-case letters, digits, hyphens). Marks and saved work refer to it: never change it.
    pub id: String,
    /// Raise it when a change of the lesson makes saved work of the earlier text unusable.
    pub revision: u32,
    /// Title, as read.
    pub title: String,
    /// Rows of the course's topic list that this lesson covers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<u32>,
    /// One line: what the learner must know before.
    pub needs: String,
    /// One line: what the learner will be able to do.
    pub gives: String,
    /// How long it takes, exercises included, in minutes.
    pub minutes: u32,
    /// The cluster and work folder in which the pages' commands are typed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub start: Start,
    /// Pages (`.md`) and exercises (`.yaml`), in reading order. The first heading of a page is its title.
    pub steps: Vec<String>,
    /// Where the official documentation says more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
}

/// A page of the official documentation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// What it is called.
    pub text: String,
    /// Its address (https).
    pub url: String,
}

/// What a lesson's or an exercise's cluster and work folder hold before the learner arrives.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// Machines of the cluster; the usual control plane and three workers when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topology: Option<Topology>,
    /// Images added to the catalogue: files in the catalogue's own format.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub images: BTreeMap<String, Given>,
    /// Files of the work folder.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, Given>,
    /// Commands and pauses played before the learner arrives; they are not the learner's: no goal sees them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub script: Vec<Step>,
    /// Requests that are sent from then on, whatever the learner does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub traffic: Vec<Load>,
}

/// The machines of a cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Topology {
    /// Worker nodes `worker-1` to `worker-N` (4 CPU, 8 Gi, 110 pods each).
    pub workers: u16,
    /// What connects the Pods: `bridge` (the default), `flannel`, `calico` (the only one that enforces NetworkPolicies), `none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cni: Option<Cni>,
    /// Whether there is a provider of load balancers, so that Services of type LoadBalancer get an address.
    #[serde(default, rename = "loadBalancer", skip_serializing_if = "is_default")]
    pub load_balancer: bool,
    /// Every node gives its Pods addresses of the same range: a network that is set up wrong.
    #[serde(default, rename = "samePodRange", skip_serializing_if = "is_default")]
    pub same_pod_range: bool,
}

/// What connects the Pods of a cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Cni {
    /// A bridge on each node, and routes.
    #[default]
    Bridge,
    /// An overlay.
    Flannel,
    /// Routes and NetworkPolicies.
    Calico,
    /// None: nodes are not ready.
    None,
}

/// A file given to the learner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// Its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Or the file of the lesson's folder that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}
