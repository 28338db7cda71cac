//! The lesson format, the grader and the course.
//!
//! Reading order: [`format`] (the data), [`source`] and [`load`] (files to lessons), [`params`] (one variant of an exercise),
//! [`pattern`] (partial objects), [`grade`] (goals over a cluster's history), [`markdown`] and [`typography`] (what is read).
pub mod amount;
pub mod bundle;
pub mod doc;
pub mod error;
pub mod evidence;
pub mod format;
pub mod grade;
pub mod lab;
pub mod load;
pub mod markdown;
pub mod params;
pub mod pattern;
pub mod play;
pub mod proof;
pub mod requests;
pub mod review;
#[cfg(feature = "schema")]
pub mod schema;
pub mod source;
pub mod transcript;
pub mod tree;
pub mod typography;
pub mod view;
pub mod yaml;
