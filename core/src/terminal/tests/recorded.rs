//! Scripts with what GNU's tools printed for them (`recorded.txt`, written by `record.py` from `cases.in`).

use super::{Laptop, World, script};
use crate::sh::tests::recorded::hold;

/// Scripts that differ on purpose, with the reason.
const DIFFERENT: &[(&str, &str)] = &[];

#[test]
fn commands_print_what_gnu_prints() {
    hold(include_str!("recorded.txt"), DIFFERENT, &mut |text| {
        script(text, &mut Laptop::new(), &mut World::new())
    });
}
