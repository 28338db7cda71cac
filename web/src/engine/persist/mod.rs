//! What the lab keeps, in IndexedDB: for each lab a header, a tree of inputs, a snapshot for other versions, and for each
//! exercise its marks. An input is written before the page hears that it was taken.

mod keeper;
mod plan;
mod vault;

pub(super) use keeper::Keeper;
pub use plan::{Kept, Plan, plan};
