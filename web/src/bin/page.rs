//! The page's program: what the learner sees. It never links the simulator.

fn main() {
    console_error_panic_hook::set_once();
    timonier_web::page::start();
}
