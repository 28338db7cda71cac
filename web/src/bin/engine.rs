//! The worker's program: hosts a cluster, grades, keeps. It never touches the DOM.

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// Fetches what `cargo xtask build` left out of this program and puts it into the table (`assets/engine-boot.js`).
    #[wasm_bindgen(js_name = fetchApart)]
    fn fetch_rest();
}

/// What a function that was left out of this program calls first.
#[wasm_bindgen]
pub fn fetch_apart() {
    fetch_rest();
}

fn main() {
    console_error_panic_hook::set_once();
    timonier_web::engine::start();
}
