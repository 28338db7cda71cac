//! The way of a request, hop by hop.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Target;
use super::counts::Fate;
use crate::sim::Time;

/// A stage of a request's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Where it began.
    Client,
    /// A name server was asked.
    Dns,
    /// A load balancer of the cloud took it.
    LoadBalancer,
    /// A node took it.
    Node,
    /// The rules of kube-proxy on a node chose an endpoint, or refused.
    Proxy,
    /// A network policy spoke.
    Policy,
    /// The network carried it to another machine.
    Route,
    /// It reached a Pod.
    Pod,
    /// The Pod's server answered, or did not.
    Process,
    /// An ingress controller passed it on.
    Ingress,
    /// It left the cluster.
    Internet,
}

/// One hop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// How long after the beginning.
    pub after: Duration,
    /// What it passed.
    pub stage: Stage,
    /// Who that was: a node, a Service, `NAMESPACE/POD`, an address.
    pub name: String,
    /// What happened there, in English as the components say it; may be empty.
    pub note: Cow<'static, str>,
}

/// A request whose way was kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trip {
    /// Its number, in the order of ending.
    pub id: u64,
    /// Where it began ([`super::Origin::label`]).
    pub origin: String,
    /// Whom it was for.
    pub target: Target,
    /// What was asked: `GET http://web/`.
    pub asked: String,
    /// When it was sent.
    pub at: Time,
    /// How long it took.
    pub took: Duration,
    /// What became of it.
    pub fate: Fate,
    /// The Pod that it came to.
    pub pod: Option<(Arc<str>, Arc<str>)>,
    /// Its way.
    pub hops: Vec<Hop>,
}
