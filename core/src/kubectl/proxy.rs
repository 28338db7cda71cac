//! `kubectl proxy`: passes requests of the laptop on to the API server, as the context's user.

use serde::{Deserialize, Serialize};

use super::command::Command;
use super::context::Cx;
use super::failure::Failure;
use super::flags::{Flag, Parsed};
use super::machine::{Flow, Machine};

const FLAGS: &[Flag] = &[
    Flag::text(
        "accept-hosts",
        "^localhost$,^127\\.0\\.0\\.1$,^\\[::1\\]$",
        "Regular expression for hosts that the proxy should accept.",
    ),
    Flag::text(
        "accept-paths",
        "^.*",
        "Regular expression for paths that the proxy should accept.",
    ),
    Flag::text("address", "127.0.0.1", "The IP address on which to serve on."),
    Flag::text("api-prefix", "/", "Prefix to serve the proxied API under."),
    Flag::off(
        "disable-filter",
        "If true, disable request filtering in the proxy. This is dangerous.",
    ),
    Flag::int(
        "port",
        "8001",
        "The port on which to run the proxy. Set to 0 to pick a random port.",
    )
    .short('p'),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    usage: "[--port=PORT] [--api-prefix=prefix]",
    flags: &[FLAGS],
    run: Some(run),
    ..Command::named("proxy", "Run a proxy to the Kubernetes API server")
};

/// A proxy that listens until it is stopped.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Listening {
    pub(super) port: u16,
}

/// Where a proxy listens that was given no port.
const ANY_PORT: u16 = 37_583;

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let port = match u16::try_from(parsed.int("port")) {
        Ok(0) => ANY_PORT,
        Ok(port) => port,
        Err(_) => {
            let port = parsed.text("port");
            return Err(Failure::Message(format!(
                "listen tcp: address {port}: invalid port"
            )));
        }
    };
    let address = parsed.text("address");
    if cx.io.is_listening(port) {
        let message = format!("listen tcp {address}:{port}: bind: address already in use");
        return Err(Failure::Message(message));
    }
    cx.say(&format!("Starting to serve on {address}:{port}"));
    Ok(Flow::Wait(Box::new(Machine::Proxy(Listening { port }))))
}
