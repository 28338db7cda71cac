//! The same seed and commands give the same trace and the same bytes in WebAssembly as natively.
//!
//! `cargo xtask test wasm` runs `core/examples/same_run.rs` natively and compiles this test with what it printed.

#![cfg(target_arch = "wasm32")]
#![expect(clippy::panic, reason = "a test that cannot compare must not pass")]

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

#[path = "../../core/examples/same_run.rs"]
#[expect(dead_code, reason = "its `main` prints the same lines natively")]
mod same_run;

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
fn a_run_is_the_same_as_natively() {
    let Some(natively) = option_env!("TIMONIER_SAME_RUN") else {
        panic!("run this through `cargo xtask test wasm`, which knows what happens natively");
    };
    let natively: Vec<&str> = natively.split(';').collect();
    assert_eq!(same_run::lines(), natively);
}

#[wasm_bindgen_test]
fn a_run_is_the_same_twice() {
    assert_eq!(same_run::lines(), same_run::lines());
}
