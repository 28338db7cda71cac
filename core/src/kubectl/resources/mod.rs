//! From arguments and files to objects (`k8s.io/cli-runtime/pkg/resource`).

mod args;
mod files;
mod manifest;
mod mapper;
mod named;
mod pick;
mod types;

pub(crate) use args::{Query, Target};
pub(crate) use files::said;
pub(crate) use manifest::{Checks, Info, Named, infos, is_list};
pub(crate) use mapper::names_of;
pub(crate) use named::Resource;
pub(crate) use pick::{Pick, Picked};
pub(crate) use types::{full_kind, kind_named};
