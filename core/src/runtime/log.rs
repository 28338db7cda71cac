//! What a container has written: whole lines, each with its moment, as the runtime keeps them.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::sh::{Chunk, Stream};
use crate::sim::Time;

/// Lines kept of a container.
const KEPT_LINES: usize = 2_000;

/// The log of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log {
    lines: VecDeque<(Time, String)>,
    /// Lines that are not finished, of standard output and of standard error.
    partial: [Vec<u8>; 2],
}

impl Log {
    /// Its lines, oldest first.
    #[must_use]
    pub fn lines(&self) -> &VecDeque<(Time, String)> {
        &self.lines
    }

    /// Its lines, once nothing more is added.
    #[must_use]
    pub fn into_lines(self) -> VecDeque<(Time, String)> {
        self.lines
    }

    /// Adds a whole line.
    pub fn push(&mut self, at: Time, mut line: String, _stderr: bool) {
        line.push('\n');
        self.add(at, line);
    }

    fn add(&mut self, at: Time, line: String) {
        // Answers that take longer are logged later.
        let after = self
            .lines
            .iter()
            .rev()
            .take_while(|(known, _)| *known > at)
            .count();
        self.lines.insert(self.lines.len() - after, (at, line));
        while self.lines.len() > KEPT_LINES {
            self.lines.pop_front();
        }
    }

    /// Adds what a process printed.
    pub fn print(&mut self, now: Time, chunk: &Chunk) {
        let [stdout, stderr] = &mut self.partial;
        let mut partial = std::mem::take(if chunk.stream == Stream::Stdout {
            stdout
        } else {
            stderr
        });
        for piece in chunk.bytes.split_inclusive(|byte| *byte == b'\n') {
            partial.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                let line = String::from_utf8_lossy(&std::mem::take(&mut partial)).into_owned();
                self.add(now, line);
            }
        }
        let [stdout, stderr] = &mut self.partial;
        *(if chunk.stream == Stream::Stdout {
            stdout
        } else {
            stderr
        }) = partial;
    }

    /// Nothing more comes: lines that are not finished are kept as they are, what was yet to come is not.
    pub fn end(&mut self, now: Time) {
        self.lines.retain(|(at, _)| *at <= now);
        for partial in &mut self.partial {
            if !partial.is_empty() {
                let line = String::from_utf8_lossy(&std::mem::take(partial)).into_owned();
                self.lines.push_back((now, line));
            }
        }
    }
}
