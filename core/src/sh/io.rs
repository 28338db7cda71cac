//! Open files: what descriptors refer to. Pipes, files, heredocs, the terminal.
//!
//! A descriptor is a number in a task's table that names an open file; several descriptors may share one, with its offset, as
//! after a fork or `2>&1`. A pipe's reader sees the end when no open write end is left.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::files::{FileError, Files};

use crate::sorted::{SortedMap, SortedSet};

/// How much a pipe holds, in bytes, as on Linux.
const PIPE_CAPACITY_BYTES: usize = 65_536;
/// How much a command substitution may hold, in bytes.
const CAPTURE_CAPACITY_BYTES: usize = 1 << 20;

/// An open file.
pub(super) type FileId = u64;

/// Descriptors of a task.
pub(super) type Fds = SortedMap<i32, FileId>;

/// Where output on the terminal comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stream {
    /// Descriptor 1.
    Stdout,
    /// Descriptor 2.
    Stderr,
}

/// A piece of output, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// Where it comes from.
    pub stream: Stream,
    /// The bytes.
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Open {
    TerminalInput,
    TerminalOutput(Stream),
    Null,
    Text {
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
        offset: usize,
    },
    File {
        path: String,
        offset: u64,
        append: bool,
    },
    PipeReader(u64),
    PipeWriter(u64),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Pipe {
    buffer: VecDeque<u8>,
    capacity: usize,
}

/// What a read gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// Some bytes.
    Data(Vec<u8>),
    /// No more will come.
    End,
    /// None yet.
    Pending,
    /// It cannot be read.
    Failed(FileError),
}

/// What a write did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// So many bytes went out; fewer than given when a pipe is full.
    Bytes(usize),
    /// Nobody will read them.
    Closed,
    /// The file cannot be written.
    Failed(FileError),
}

/// How a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Read,
    Write,
    Append,
    ReadWrite,
}

/// All open files of a machine, and its terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Table {
    open: SortedMap<FileId, Open>,
    pipes: SortedMap<u64, Pipe>,
    next: u64,
    input: VecDeque<u8>,
    input_ended: bool,
    /// Whether descriptors 0, 1 and 2 of the main shell are a terminal.
    pub(super) terminal: bool,
    output: Vec<Chunk>,
}

impl Table {
    fn insert(&mut self, open: Open) -> FileId {
        self.next += 1;
        self.open.insert(self.next, open);
        self.next
    }

    /// Descriptors 0, 1 and 2 of the main shell.
    pub(super) fn standard(&mut self) -> Fds {
        let input = self.insert(Open::TerminalInput);
        let output = self.insert(Open::TerminalOutput(Stream::Stdout));
        let error = self.insert(Open::TerminalOutput(Stream::Stderr));
        SortedMap::from([(0, input), (1, output), (2, error)])
    }

    pub(super) fn null(&mut self) -> FileId {
        self.insert(Open::Null)
    }

    pub(super) fn text(&mut self, text: String) -> FileId {
        self.insert(Open::Text {
            bytes: text.into_bytes(),
            offset: 0,
        })
    }

    /// A pipe: its reading and its writing end.
    pub(super) fn pipe(&mut self) -> (FileId, FileId) {
        self.pipe_of(PIPE_CAPACITY_BYTES)
    }

    /// A pipe that holds all that a captured command prints.
    pub(super) fn capture(&mut self) -> (FileId, FileId) {
        self.pipe_of(CAPTURE_CAPACITY_BYTES)
    }

    fn pipe_of(&mut self, capacity: usize) -> (FileId, FileId) {
        self.next += 1;
        let id = self.next;
        self.pipes.insert(
            id,
            Pipe {
                buffer: VecDeque::new(),
                capacity,
            },
        );
        (
            self.insert(Open::PipeReader(id)),
            self.insert(Open::PipeWriter(id)),
        )
    }

    /// Opens a path.
    pub(super) fn file<F: Files + ?Sized>(
        &mut self,
        files: &mut F,
        path: &str,
        mode: Mode,
    ) -> Result<FileId, FileError> {
        match path {
            "/dev/null" => return Ok(self.null()),
            "/dev/stdin" => return Ok(self.insert(Open::TerminalInput)),
            "/dev/stdout" | "/dev/tty" => return Ok(self.insert(Open::TerminalOutput(Stream::Stdout))),
            "/dev/stderr" => return Ok(self.insert(Open::TerminalOutput(Stream::Stderr))),
            _ => {}
        }
        let stat = files.stat(path);
        if stat.is_some_and(|stat| stat.directory) && mode != Mode::Read {
            return Err(FileError::IsDirectory);
        }
        match mode {
            Mode::Read => stat.map(|_| ()).ok_or(FileError::NotFound)?,
            Mode::Write => files.create(path, true)?,
            Mode::Append | Mode::ReadWrite => files.create(path, false)?,
        }
        Ok(self.insert(Open::File {
            path: path.to_owned(),
            offset: 0,
            append: mode == Mode::Append,
        }))
    }

    pub(super) fn read<F: Files + ?Sized>(&mut self, id: FileId, files: &F, most: usize) -> Read {
        let writers = self.pipe_has(id);
        match self.open.get_mut(&id) {
            None | Some(Open::TerminalOutput(_) | Open::PipeWriter(_)) => Read::Failed(FileError::Invalid),
            Some(Open::Null) => Read::End,
            Some(Open::TerminalInput) => {
                if !self.input.is_empty() {
                    return Read::Data(take(&mut self.input, most));
                }
                if self.input_ended {
                    Read::End
                } else {
                    Read::Pending
                }
            }
            Some(Open::Text { bytes, offset }) => {
                let end = offset.saturating_add(most).min(bytes.len());
                let data = bytes.get(*offset..end).unwrap_or_default().to_vec();
                *offset = end;
                if data.is_empty() {
                    Read::End
                } else {
                    Read::Data(data)
                }
            }
            Some(Open::File { path, offset, .. }) => match files.read(path, *offset, most) {
                Ok(data) if data.is_empty() => Read::End,
                Ok(data) => {
                    *offset += data.len() as u64;
                    Read::Data(data)
                }
                Err(error) => Read::Failed(error),
            },
            Some(Open::PipeReader(pipe)) => match self.pipes.get_mut(pipe) {
                Some(pipe) if !pipe.buffer.is_empty() => Read::Data(take(&mut pipe.buffer, most)),
                _ if writers => Read::Pending,
                _ => Read::End,
            },
        }
    }

    /// Whether a read would give something, the end included.
    pub(super) fn readable(&self, id: FileId) -> bool {
        match self.open.get(&id) {
            Some(Open::TerminalInput) => !self.input.is_empty() || self.input_ended,
            Some(Open::PipeReader(pipe)) => {
                self.pipes.get(pipe).is_some_and(|pipe| !pipe.buffer.is_empty()) || !self.pipe_has(id)
            }
            _ => true,
        }
    }

    /// Whether the other end of this pipe end is open.
    fn pipe_has(&self, id: FileId) -> bool {
        let wanted = match self.open.get(&id) {
            Some(Open::PipeReader(pipe)) => Open::PipeWriter(*pipe),
            Some(Open::PipeWriter(pipe)) => Open::PipeReader(*pipe),
            _ => return false,
        };
        self.open.values().any(|open| *open == wanted)
    }

    pub(super) fn write<F: Files + ?Sized>(&mut self, id: FileId, files: &mut F, bytes: &[u8]) -> Written {
        let has_reader = self.pipe_has(id);
        match self.open.get_mut(&id) {
            None | Some(Open::TerminalInput | Open::Text { .. } | Open::PipeReader(_)) => {
                Written::Failed(FileError::Invalid)
            }
            Some(Open::Null) => Written::Bytes(bytes.len()),
            Some(Open::TerminalOutput(stream)) => {
                let stream = *stream;
                match self.output.last_mut() {
                    Some(chunk) if chunk.stream == stream => chunk.bytes.extend_from_slice(bytes),
                    _ => self.output.push(Chunk {
                        stream,
                        bytes: bytes.to_vec(),
                    }),
                }
                Written::Bytes(bytes.len())
            }
            Some(Open::File { path, offset, append }) => {
                match files.write(path, (!*append).then_some(*offset), bytes) {
                    Ok(()) => {
                        *offset += bytes.len() as u64;
                        Written::Bytes(bytes.len())
                    }
                    Err(error) => Written::Failed(error),
                }
            }
            Some(Open::PipeWriter(_)) if !has_reader => Written::Closed,
            Some(Open::PipeWriter(pipe)) => match self.pipes.get_mut(pipe) {
                None => Written::Closed,
                Some(pipe) => {
                    let room = pipe.capacity.saturating_sub(pipe.buffer.len()).min(bytes.len());
                    pipe.buffer.extend(bytes.iter().take(room));
                    Written::Bytes(room)
                }
            },
        }
    }

    /// Whether writes show on a terminal.
    pub(super) fn is_terminal(&self, id: FileId) -> bool {
        self.terminal
            && matches!(
                self.open.get(&id),
                Some(Open::TerminalInput | Open::TerminalOutput(_))
            )
    }

    /// Whether writes go to the machine's own output.
    pub(super) fn is_output(&self, id: FileId) -> bool {
        matches!(self.open.get(&id), Some(Open::TerminalOutput(_)))
    }

    /// Closes what no descriptor refers to.
    pub(super) fn close_unused(&mut self, used: &SortedSet<FileId>) {
        self.open.retain(|id, _| used.contains(id));
        let live: SortedSet<u64> = self
            .open
            .values()
            .filter_map(|open| match open {
                Open::PipeReader(pipe) | Open::PipeWriter(pipe) => Some(*pipe),
                _ => None,
            })
            .collect();
        self.pipes.retain(|pipe, _| live.contains(pipe));
    }

    pub(super) fn feed(&mut self, bytes: &[u8]) {
        if !self.input_ended {
            self.input.extend(bytes);
        }
    }

    pub(super) fn end_input(&mut self, ended: bool) {
        self.input_ended = ended;
    }

    pub(super) fn drop_input(&mut self) {
        self.input.clear();
        self.input_ended = !self.terminal;
    }

    pub(super) fn take_output(&mut self) -> Vec<Chunk> {
        std::mem::take(&mut self.output)
    }

    pub(super) fn take_input_line(&mut self) -> Option<Vec<u8>> {
        let end = self.input.iter().position(|byte| *byte == b'\n')?;
        Some(take(&mut self.input, end + 1))
    }
}

fn take(buffer: &mut VecDeque<u8>, most: usize) -> Vec<u8> {
    let count = buffer.len().min(most);
    buffer.drain(..count).collect()
}
