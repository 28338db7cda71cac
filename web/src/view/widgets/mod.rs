//! The view in the page: Yew components around the painter.

mod browser;
mod charts;
mod cluster_view;
mod hands;
mod inspector;
mod journal;
mod legend;
mod machine;
mod narrator;
mod placement;
mod revisions;
mod surface;
mod toolbar;
mod tree_view;
mod why;
mod yaml;

pub use cluster_view::{ClusterView, ClusterViewProps, Decide};
pub use inspector::{Aspect, Inspection, Wish};
