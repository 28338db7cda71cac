//! `yes`: without end, held back by whoever reads it.

use serde::{Deserialize, Serialize};

use super::Start;
use crate::sh::{Io, Poll};

/// How much is written at a time, in bytes.
const CHUNK_BYTES: usize = 4_096;

/// `yes`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::userland) struct Yes {
    line: String,
}

impl Yes {
    pub(in crate::userland) fn start(start: &Start) -> Self {
        let words = start.argv.get(1..).unwrap_or_default();
        Self {
            line: if words.is_empty() {
                "y\n".to_owned()
            } else {
                words.join(" ") + "\n"
            },
        }
    }

    pub(in crate::userland) fn step(&self, io: &mut Io<'_>) -> Poll {
        io.print(self.line.repeat((CHUNK_BYTES / self.line.len()).max(1)));
        Poll::Yield
    }
}
