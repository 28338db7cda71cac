//! Clients that know nothing of the lab against `timonier serve-api`: kubectl as it is installed, and a program written
//! with kube-rs.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "what its helpers cannot do fails the test"
)]

mod kube_rs;
mod kubectl;

use timonier::serve_api::{Options, Server};

/// A cluster on a free port, whose time runs fast.
fn server() -> Server {
    let options = Options {
        port: 0,
        speed: 10,
        ..Options::default()
    };
    Server::start(&options).expect("a free port")
}
