//! Custom kinds: which definitions are served, under which number; how their objects are pruned, defaulted, validated
//! and printed.
//!
//! Models `k8s.io/apiextensions-apiserver/pkg/apiserver`.

pub(super) mod cel;
pub(super) mod columns;
pub(super) mod defaults;
pub(super) mod paths;
pub(super) mod prune;
mod registry;
pub(super) mod structural;
pub(super) mod validate;

pub(crate) use registry::Customs;
