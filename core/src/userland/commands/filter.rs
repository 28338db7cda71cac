//! Programs that read files or standard input and write: what they share.

use serde::{Deserialize, Serialize};

use super::{
    Start, System, Wrong, base64, cat, cut, grep, head, reverse, sed, sort, tail, tar, tee, translate, uniq,
    wc,
};
use crate::sh::{FileError, Io, Poll, Read, Until, resolve};

/// How much is read at a time, in bytes.
const CHUNK_BYTES: usize = 16_384;

/// Whether a filter wants more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    More,
    Stop,
}

/// What a filter sees during a step.
pub(super) struct Cx<'a, 'b, 'c> {
    pub(super) io: &'a mut Io<'b>,
    pub(super) host: &'a mut (dyn System + 'c),
    pub(super) cwd: &'a str,
}

/// What a filter does with its input.
pub(super) trait Work {
    /// A file begins; standard input is `-`.
    fn begin(&mut self, _file: &str, _cx: &mut Cx<'_, '_, '_>) {}
    /// Some bytes of it.
    fn data(&mut self, bytes: &[u8], cx: &mut Cx<'_, '_, '_>) -> Flow;
    /// It has ended.
    fn end(&mut self, _cx: &mut Cx<'_, '_, '_>) -> Flow {
        Flow::More
    }
    /// Everything has been read: the status.
    fn finish(&mut self, _cx: &mut Cx<'_, '_, '_>) -> i32 {
        0
    }
    /// Whether folders are read as the files below them.
    fn recursive(&self) -> bool {
        false
    }
    /// What is printed of a file that cannot be read, and the status.
    fn failure(&self, name: &str, file: &str, error: FileError) -> (String, i32) {
        (format!("{name}: {file}: {}\n", error.text()), 1)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Kind {
    Base64(base64::Base64),
    Cat(cat::Cat),
    Cut(cut::Cut),
    Grep(grep::Grep),
    Head(head::Head),
    Reverse(reverse::Reverse),
    Sed(sed::Sed),
    Sort(sort::Sort),
    Tail(tail::Tail),
    Tar(tar::Tar),
    Tee(tee::Tee),
    Translate(translate::Translate),
    Uniq(uniq::Uniq),
    Wc(wc::Wc),
}

/// A program that reads and writes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::userland) struct Filter {
    name: String,
    cwd: String,
    files: Vec<String>,
    /// The file being read, and how far.
    open: Option<(String, u64)>,
    next: usize,
    kind: Kind,
    status: i32,
    stopped: bool,
}

/// A filter and the files it reads; none means standard input.
type Made<T> = Result<(T, Vec<String>), Wrong>;

impl Filter {
    /// The filter of that name: `None` when there is none, else it or what is wrong with its options.
    pub(in crate::userland) fn start(name: &str, start: Start) -> Option<Result<Self, Wrong>> {
        fn made<T>(made: Made<T>, kind: impl Fn(T) -> Kind) -> Result<(Kind, Vec<String>), Wrong> {
            made.map(|(work, files)| (kind(work), files))
        }
        let argv = &start.argv;
        let parsed = match name {
            "base64" => made(base64::Base64::start(argv), Kind::Base64),
            "cat" | "less" | "more" => made(cat::Cat::start(argv), Kind::Cat),
            "cut" => made(cut::Cut::start(argv), Kind::Cut),
            "grep" | "egrep" | "fgrep" => made(grep::Grep::start(argv), Kind::Grep),
            "head" => made(head::Head::start(argv), Kind::Head),
            "nl" | "rev" | "tac" => made(reverse::Reverse::start(argv), Kind::Reverse),
            "sed" => made(sed::Sed::start(argv), Kind::Sed),
            "sort" => made(sort::Sort::start(argv), Kind::Sort),
            "tail" => made(tail::Tail::start(argv), Kind::Tail),
            "tar" => made(tar::Tar::start(argv), Kind::Tar),
            "tee" => made(tee::Tee::start(argv), Kind::Tee),
            "tr" => made(translate::Translate::start(argv), Kind::Translate),
            "uniq" => made(uniq::Uniq::start(argv), Kind::Uniq),
            "wc" => made(wc::Wc::start(argv), Kind::Wc),
            _ => return None,
        };
        Some(parsed.map(|(kind, mut files)| {
            if files.is_empty() {
                files.push("-".to_owned());
            }
            let (name, cwd) = (name.to_owned(), start.cwd);
            Self {
                name,
                cwd,
                files,
                open: None,
                next: 0,
                kind,
                status: 0,
                stopped: false,
            }
        }))
    }

    pub(in crate::userland) fn step(&mut self, io: &mut Io<'_>, host: &mut dyn System) -> Poll {
        let Self {
            name,
            cwd,
            files,
            open,
            next,
            kind,
            status,
            stopped,
        } = self;
        let work = kind.work();
        let mut cx = Cx { io, host, cwd };
        if *stopped {
            return Poll::Exited((*status).max(work.finish(&mut cx)));
        }
        let Some((file, offset)) = open else {
            let Some(file) = files.get(*next).cloned() else {
                *stopped = true;
                return Poll::Yield;
            };
            *next += 1;
            if file != "-"
                && let Some(more) = Self::directory(work, &file, &cx)
            {
                // `grep -r` reads what lies below.
                files.splice(*next..*next, more);
                return Poll::Yield;
            }
            if file != "-"
                && let Err(error) = cx.host.read(&resolve(cx.cwd, &file), 0, 0)
            {
                let (message, failed) = work.failure(name, &file, error);
                cx.io.error(message);
                *status = (*status).max(failed);
                return Poll::Yield;
            }
            work.begin(&file, &mut cx);
            *open = Some((file, 0));
            return Poll::Yield;
        };
        let read = if file == "-" {
            cx.io.read(cx.host, CHUNK_BYTES)
        } else {
            match cx.host.read(&resolve(cx.cwd, file), *offset, CHUNK_BYTES) {
                Ok(bytes) if bytes.is_empty() => Read::End,
                Ok(bytes) => Read::Data(bytes),
                Err(error) => Read::Failed(error),
            }
        };
        match read {
            Read::Data(bytes) => {
                *offset += bytes.len() as u64;
                if work.data(&bytes, &mut cx) == Flow::Stop {
                    *stopped = true;
                }
                Poll::Yield
            }
            Read::Pending => Poll::Blocked(Until::input()),
            Read::End | Read::Failed(_) => {
                if work.end(&mut cx) == Flow::Stop {
                    *stopped = true;
                }
                *open = None;
                Poll::Yield
            }
        }
    }

    /// What a folder stands for, when the filter goes into folders.
    fn directory(work: &dyn Work, file: &str, cx: &Cx<'_, '_, '_>) -> Option<Vec<String>> {
        let path = resolve(cx.cwd, file);
        if !cx.host.stat(&path).is_some_and(|stat| stat.directory) || !work.recursive() {
            return None;
        }
        let names = cx.host.list(&path).unwrap_or_default();
        Some(
            names
                .iter()
                .map(|name| format!("{}/{name}", file.trim_end_matches('/')))
                .collect(),
        )
    }
}

impl Kind {
    fn work(&mut self) -> &mut dyn Work {
        match self {
            Self::Base64(work) => work,
            Self::Cat(work) => work,
            Self::Cut(work) => work,
            Self::Grep(work) => work,
            Self::Head(work) => work,
            Self::Reverse(work) => work,
            Self::Sed(work) => work,
            Self::Sort(work) => work,
            Self::Tail(work) => work,
            Self::Tar(work) => work,
            Self::Tee(work) => work,
            Self::Translate(work) => work,
            Self::Uniq(work) => work,
            Self::Wc(work) => work,
        }
    }
}

/// Splits bytes into lines, keeping what is not finished.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lines {
    #[serde(with = "serde_bytes")]
    partial: Vec<u8>,
}

impl Lines {
    /// The lines that these bytes complete, without their newlines.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.partial.extend_from_slice(part);
            if part.last() == Some(&b'\n') {
                self.partial.pop();
                lines.push(String::from_utf8_lossy(&std::mem::take(&mut self.partial)).into_owned());
            }
        }
        lines
    }

    /// The last line, when it has no newline.
    pub(super) fn rest(&mut self) -> Option<String> {
        let partial = std::mem::take(&mut self.partial);
        (!partial.is_empty()).then(|| String::from_utf8_lossy(&partial).into_owned())
    }
}
