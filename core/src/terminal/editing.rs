//! Texts that kubectl wants to have edited: shown by the page, or given to the program that `KUBE_EDITOR` or `EDITOR` names
//! (`k8s.io/kubectl/pkg/cmd/util/editor`).

use serde::{Deserialize, Serialize};

use super::host::Connected;
use super::session::{Session, State};
use crate::sh::{Files, Io, Until};
use crate::userland::System;

/// A text that a command waits to have edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// The file that it is for the command.
    pub path: String,
    /// The text, as the command wrote it.
    pub text: String,
    /// The command's number.
    pub(super) by: u64,
    /// What the page handed back.
    pub(super) answer: Option<String>,
}

/// How an edit stands.
pub(super) enum Stand {
    /// The editor was closed, and left this.
    Closed(String),
    /// The editor's program failed.
    Failed(String),
    /// Still open.
    Open(Until),
}

/// Editors that the page's own stands in for.
const OF_THE_PAGE: &[&str] = &["nano", "vi", "vim", "code", "emacs"];

/// The program that is to be the editor.
pub(super) fn editor(start: &crate::userland::Start) -> String {
    let named = ["KUBE_EDITOR", "EDITOR"].into_iter();
    let mut named = named.filter_map(|name| start.env.get(name).filter(|value| !value.is_empty()));
    named.next().map_or_else(|| "vi".to_owned(), Clone::clone)
}

/// Has a text edited, or goes on with that; `running` is the editor's program, if it is one.
pub(super) fn step(
    (by, editor): (u64, &str),
    (path, text): (&str, &str),
    running: &mut Option<Box<Session>>,
    (io, host): (&mut Io<'_>, &mut Connected<'_>),
) -> Stand {
    let program = editor.split(' ').next().unwrap_or_default();
    let program = program.rsplit('/').next().unwrap_or_default();
    if OF_THE_PAGE.contains(&program) {
        return in_page(by, path, text, host);
    }
    let session = running.get_or_insert_with(|| {
        let written = host
            .create(path, true)
            .and_then(|()| host.write(path, Some(0), text.as_bytes()));
        let _full = written.is_err();
        Box::new(Session::run_script(&format!("{editor} {path}"), host.api.now()))
    });
    let wake = session.poll(host.laptop, host.api);
    let (stdout, stderr) = session.take_text();
    io.print(stdout);
    io.error(stderr);
    let State::Ended { exit, .. } = session.state() else {
        return Stand::Open(Until {
            at: wake.at,
            change: wake.on_change,
            ..Until::default()
        });
    };
    *running = None;
    let left = host.read(path, 0, usize::MAX).unwrap_or_default();
    let _gone = host.remove(path);
    if exit == 0 {
        Stand::Closed(String::from_utf8_lossy(&left).into_owned())
    } else {
        Stand::Failed(format!("there was a problem with the editor {editor:?}"))
    }
}

fn in_page(by: u64, path: &str, text: &str, host: &mut Connected<'_>) -> Stand {
    // Where nobody can edit, the editor is closed at once.
    let Some(slot) = &mut host.edit else {
        return Stand::Closed(text.to_owned());
    };
    match slot {
        Some(edit) if edit.by == by => {
            let answer = edit.answer.take();
            if let Some(answer) = answer {
                **slot = None;
                return Stand::Closed(answer);
            }
        }
        Some(_) => {}
        None => {
            **slot = Some(Edit {
                path: path.to_owned(),
                text: text.to_owned(),
                by,
                answer: None,
            });
        }
    }
    Stand::Open(Until {
        change: true,
        ..Until::default()
    })
}
