//! The cluster view: what the learner sees move.
//!
//! A pure chain: [`projection`] (what is known of the cluster) -> [`look`] (what an object's state is called and looks
//! like) -> [`scene`] (where everything stands) -> [`motion`] (where it is on its way there) -> [`paint`] (strokes and
//! texts). Only `paint::canvas` and the Yew components in `widgets` know a browser; the rest is tested natively. The view stretches
//! time on the screen and never feeds back into the cluster.

pub mod board;
pub mod decimal;
pub mod decision;
pub mod geometry;
pub mod look;
pub mod motion;
pub mod narration;
pub mod paint;
pub mod projection;
#[cfg(debug_assertions)]
pub mod samples;
pub mod scene;
pub mod texts;
pub mod theme;
pub mod tree;
pub mod widgets;
