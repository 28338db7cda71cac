//! The worker's program: hosts a cluster, grades, keeps. It never touches the DOM.

fn main() {
    console_error_panic_hook::set_once();
    timonier_web::engine::start();
}
