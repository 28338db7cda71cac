//! What a command works with: the API server, its terminal and its configuration.

use std::collections::BTreeSet;

use super::io::Io;
use super::kubeconfig::Env;
use crate::api::StatusError;
use crate::apiserver::{Request, Response, StreamId, Watch, WatchEvent};
use crate::kubelet::Streamed;
use crate::sim::Time;

/// The API server as a client sees it.
pub trait Client {
    /// The present moment.
    fn now(&self) -> Time;

    /// Answers a request, at once.
    fn request(&mut self, request: Request) -> Response;

    /// What a watch has seen since it was last asked.
    ///
    /// # Errors
    ///
    /// 410 when the changes are no longer kept: list again.
    fn watch_next(&mut self, watch: &mut Watch) -> Result<Vec<WatchEvent>, StatusError>;

    /// Says something over a stream to a container, and takes what came.
    fn stream(&mut self, _stream: &StreamId, _input: &[u8], _input_ended: bool) -> Streamed {
        Streamed {
            output: Vec::new(),
            ended: Some(1),
        }
    }
}

/// What a command works with while it is polled.
pub(crate) struct Cx<'a> {
    /// The terminal and the files.
    pub(crate) io: &'a mut dyn Io,
    /// The API server.
    pub(crate) api: &'a mut dyn Client,
    /// Who asks, and the configuration.
    pub(crate) env: &'a mut Env,
    /// All of standard input, where the command asked for it.
    pub(crate) stdin: &'a str,
    /// The namespace the command is for.
    pub(crate) namespace: String,
    /// The warnings that were printed: each is only once.
    pub(crate) warned: &'a mut BTreeSet<String>,
    /// Whether the user named it (`-n`).
    pub(crate) explicit: bool,
    /// Who manages the fields that the command writes.
    pub(crate) manager: String,
    /// How much is told of what is done (`-v`).
    pub(crate) verbosity: i64,
    /// How many objects a list brings at once; 0 for all.
    pub(crate) chunk: i64,
    /// Whether the command only works on the configuration.
    pub(crate) offline: bool,
}
