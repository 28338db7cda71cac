//! `tail -f`: shows the end of a file, then what is added to it. Looks once a second, as GNU's does without inotify.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::head::{cannot_open, old_style};
use super::tail::{LONG, Part, SHORT, last_lines, part};
use super::{Start, System, Wrong};
use crate::sh::{Io, Poll, Until, resolve};
use crate::userland::options::Options;

const INTERVAL: Duration = Duration::from_secs(1);

/// `tail -f FILE`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::userland) struct Follow {
    file: String,
    path: String,
    part: Part,
    offset: Option<u64>,
}

impl Follow {
    /// Whether this command line follows a file.
    pub(in crate::userland) fn wanted(start: &Start) -> bool {
        Options::parse(&old_style(&start.argv), SHORT, LONG).is_ok_and(|options| {
            (options.has('f') || options.has('F'))
                && options.operands.len() == 1
                && options.operands.iter().all(|file| file != "-")
        })
    }

    pub(in crate::userland) fn start(start: &Start) -> Result<Self, Wrong> {
        let options = Options::parse(&old_style(&start.argv), SHORT, LONG).map_err(|message| (message, 1))?;
        let file = options.operands.first().cloned().unwrap_or_default();
        Ok(Self {
            path: resolve(&start.cwd, &file),
            file,
            part: part(&options)?,
            offset: None,
        })
    }

    pub(in crate::userland) fn step(&mut self, io: &mut Io<'_>, host: &mut dyn System) -> Poll {
        let wait = Poll::Blocked(Until::time(io.now + INTERVAL));
        let bytes = match host.read(&self.path, 0, usize::MAX) {
            Ok(bytes) => bytes,
            Err(_) if self.offset.is_some() => return wait,
            Err(error) => {
                let (message, status) = cannot_open("tail", &self.file, error);
                io.error(message);
                io.error("tail: no files remaining\n");
                return Poll::Exited(status);
            }
        };
        let new = match self.offset {
            None => match self.part {
                Part::LastLines(count) => last_lines(&bytes, count),
                Part::LastBytes(count) => bytes.get(bytes.len().saturating_sub(count)..).unwrap_or_default(),
                Part::FromLine(_) | Part::FromByte(_) => &bytes,
            },
            Some(offset) if offset > bytes.len() as u64 => {
                io.error(format!("tail: {}: file truncated\n", self.file));
                &bytes
            }
            Some(offset) => bytes
                .get(usize::try_from(offset).unwrap_or(usize::MAX)..)
                .unwrap_or_default(),
        };
        io.print(new);
        self.offset = Some(bytes.len() as u64);
        wait
    }
}
