//! The interface's words, one file for each language. Another language is another file with the same names.

mod fr;

pub use fr::*;
