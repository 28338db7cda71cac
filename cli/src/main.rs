//! The lab without a browser.

fn main() {}
