//! Redirections: words to open files.

use super::ast::{Redirect, RedirectTarget};
use super::expand::{Expanded, Expander, Stop};
use super::files::{FileError, resolve};
use super::interpreter::{Context, Interpreter};
use super::io::{Fds, Mode};
use super::shell::Flavour;

/// A redirection whose word is expanded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ready {
    Open { fd: i32, path: String, mode: Mode },
    OpenBoth { path: String, mode: Mode },
    Duplicate { fd: i32, from: String },
    Text { fd: i32, text: String },
}

impl Expander<'_> {
    /// The words of redirections, expanded.
    pub(super) fn redirects(&mut self, redirects: &[Redirect]) -> Expanded<Vec<Ready>> {
        redirects.iter().map(|redirect| self.redirect(redirect)).collect()
    }

    fn redirect(&mut self, redirect: &Redirect) -> Expanded<Ready> {
        let input = redirect.fd.unwrap_or(0);
        let output = redirect.fd.unwrap_or(1);
        Ok(match &redirect.target {
            RedirectTarget::Read(word) => Ready::Open {
                fd: input,
                path: self.path(word)?,
                mode: Mode::Read,
            },
            RedirectTarget::ReadWrite(word) => Ready::Open {
                fd: input,
                path: self.path(word)?,
                mode: Mode::ReadWrite,
            },
            RedirectTarget::Write(word) => Ready::Open {
                fd: output,
                path: self.path(word)?,
                mode: Mode::Write,
            },
            RedirectTarget::Append(word) => Ready::Open {
                fd: output,
                path: self.path(word)?,
                mode: Mode::Append,
            },
            RedirectTarget::WriteBoth(word) => Ready::OpenBoth {
                path: self.path(word)?,
                mode: Mode::Write,
            },
            RedirectTarget::AppendBoth(word) => Ready::OpenBoth {
                path: self.path(word)?,
                mode: Mode::Append,
            },
            RedirectTarget::DuplicateInput(word) => Ready::Duplicate {
                fd: input,
                from: self.text(word)?,
            },
            RedirectTarget::DuplicateOutput(word) => {
                let from = self.text(word)?;
                // `>& file` is an old form of `&> file`.
                if redirect.fd.is_none() && from != "-" && from.parse::<i32>().is_err() {
                    Ready::OpenBoth {
                        path: from,
                        mode: Mode::Write,
                    }
                } else {
                    Ready::Duplicate { fd: output, from }
                }
            }
            RedirectTarget::Text(word) => Ready::Text {
                fd: input,
                text: self.text(word)?,
            },
            RedirectTarget::Process(list) => {
                let arguments = [super::ast::Argument::Process(std::sync::Arc::clone(list))];
                let path = self.arguments(&arguments)?.into_iter().next().unwrap_or_default();
                Ready::Open {
                    fd: input,
                    path,
                    mode: Mode::Read,
                }
            }
        })
    }

    fn path(&mut self, word: &super::ast::Word) -> Expanded<String> {
        let mut fields = self.fields(word)?.into_iter();
        match (fields.next(), fields.next()) {
            (Some(path), None) => Ok(path),
            (None, _) => Err(Stop::Error(": No such file or directory".to_owned())),
            (Some(first), Some(_)) => Err(Stop::Error(format!("{first}: ambiguous redirect"))),
        }
    }
}

impl Interpreter {
    /// Applies redirections to a table of descriptors; the error is bash's message.
    pub(super) fn redirect(
        &self,
        ready: &[Ready],
        fds: &mut Fds,
        cx: &mut Context<'_>,
    ) -> Result<(), String> {
        ready
            .iter()
            .try_for_each(|redirect| self.redirect_one(redirect, fds, cx))
    }

    fn redirect_one(&self, redirect: &Ready, fds: &mut Fds, cx: &mut Context<'_>) -> Result<(), String> {
        match redirect {
            Ready::Open { fd, path, mode } => {
                let id = self.open(path, *mode, fds, cx)?;
                fds.insert(*fd, id);
            }
            Ready::OpenBoth { path, mode } => {
                let id = self.open(path, *mode, fds, cx)?;
                fds.insert(1, id);
                fds.insert(2, id);
            }
            Ready::Text { fd, text } => {
                let id = cx.table.text(text.clone());
                fds.insert(*fd, id);
            }
            Ready::Duplicate { fd, from } if from == "-" => {
                fds.remove(fd);
            }
            Ready::Duplicate { fd, from } => {
                let id = from.parse::<i32>().ok().and_then(|from| fds.get(&from).copied());
                match id {
                    Some(id) => fds.insert(*fd, id),
                    None => return Err(format!("{from}: Bad file descriptor")),
                };
            }
        }
        Ok(())
    }

    fn cannot_open(&self, path: &str, mode: Mode, error: FileError) -> String {
        if self.shell.flavour == Flavour::Bash {
            return format!("{path}: {}", error.text());
        }
        let (verb, missing) = match mode {
            Mode::Read => ("open", "no such file"),
            _ => ("create", "nonexistent directory"),
        };
        let why = match error {
            FileError::NotFound | FileError::NotDirectory => missing,
            error => error.text(),
        };
        format!("can't {verb} {path}: {why}")
    }

    fn open(&self, path: &str, mode: Mode, fds: &Fds, cx: &mut Context<'_>) -> Result<u64, String> {
        if path.is_empty() {
            return Err(": No such file or directory".to_owned());
        }
        let absolute = resolve(&self.shell.cwd, path);
        let standard = match absolute.as_str() {
            "/dev/stdin" => Some(0),
            "/dev/stdout" => Some(1),
            "/dev/stderr" => Some(2),
            _ => None,
        };
        if let Some(id) = standard.and_then(|fd| fds.get(&fd)) {
            return Ok(*id);
        }
        cx.table
            .file(cx.host.files_mut(), &absolute, mode)
            .map_err(|error| self.cannot_open(path, mode, error))
    }
}
