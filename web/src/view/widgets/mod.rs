//! The view in the page: Yew components around the painter.

mod browser;
mod cluster_view;
mod inspector;
mod legend;
mod narrator;
mod revisions;
mod surface;
mod toolbar;
mod tree_view;
mod yaml;

pub use cluster_view::{ClusterView, ClusterViewProps};
pub use inspector::{Aspect, Inspection};
