//! Requests: the load that an exercise starts, and what its goals may ask of what requests met.
use super::{Amount, StateCheck, is_default};
use serde::{Deserialize, Serialize};

/// Requests sent at a pace, from the moment the start state is in place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// What is asked: `http://web/`, `http://172.18.0.3:30080/prix`.
    pub url: String,
    /// Where the requests come from: `cluster` (a Pod of the namespace `default` that nobody sees; the default), `laptop`, `internet`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub from: From,
    /// Requests per second.
    pub rate: Amount,
    /// The rate to grow (or shrink) to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Amount>,
    /// Within how many seconds it does; 60 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<Amount>,
    /// Bursts on top of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bursts: Option<Bursts>,
    /// Seconds of virtual time before the first request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Amount>,
    /// Seconds after which it stops; never when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasting: Option<Amount>,
    /// Seconds after which a client gives up; 5 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Amount>,
}

/// Bursts of requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Bursts {
    /// Requests per second during a burst.
    pub rate: Amount,
    /// Seconds from one burst to the next.
    pub every: Amount,
    /// Seconds that a burst lasts.
    pub lasting: Amount,
}

/// Where requests come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum From {
    /// A client in the cluster.
    #[default]
    Cluster,
    /// The learner's laptop.
    Laptop,
    /// Many clients of the Internet.
    Internet,
}

/// What the requests for a Service met. Everything that is written must hold; nothing holds before the first request.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TrafficCheck {
    /// The Service's name.
    pub service: String,
    /// Its namespace; `default` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// How many requests were answered without a fault of the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served: Option<Amount>,
    /// How many were lost, or answered with a fault of the server (5xx).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<Amount>,
    /// How many of a hundred were answered without a fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success: Option<Amount>,
    /// How long the answers took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<Latency>,
    /// Which Pods answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<Share>,
    /// Look at the last so many seconds only (at most 900).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Amount>,
    /// Look only from the first moment when this was so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<StateCheck>,
}

/// How long answers may take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Latency {
    /// So many of a hundred answers; 95 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<Amount>,
    /// Came within so many milliseconds.
    pub millis: Amount,
}

/// How many of a hundred answers some Pods gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// The Pods with these labels, as `kubectl -l` takes them.
    pub selector: String,
    /// How many of a hundred.
    pub percent: Amount,
}
