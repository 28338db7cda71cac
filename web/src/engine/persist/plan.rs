//! What to do with what is kept of a lab. Pure, so that a test can hold an old save against it.

use crate::protocol::save::{self, Entry, FORMAT, Header, Snapshot};

/// The records of one lab, as they were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// The header.
    pub header: Option<Vec<u8>>,
    /// The entries, in any order.
    pub entries: Vec<Vec<u8>>,
    /// The snapshot that the log starts from, when it does not start from nothing.
    pub base: Option<Vec<u8>>,
    /// The last snapshot.
    pub snapshot: Option<Vec<u8>>,
}

/// How to bring a lab back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Nothing is kept: begin.
    Begin,
    /// The same version wrote it: replay.
    Replay {
        /// The header.
        header: Header,
        /// The whole tree.
        entries: Vec<Entry>,
        /// The branch of the head, in order.
        branch: Vec<Entry>,
        /// What to start from, when not from nothing.
        base: Option<Snapshot>,
    },
    /// Another version wrote it: load the objects it left.
    Load {
        /// The old header.
        header: Header,
        /// The snapshot.
        snapshot: Snapshot,
    },
    /// Another version wrote it and left no snapshot, or the lesson has changed: begin anew, with these files.
    Anew {
        /// The old header.
        header: Header,
        /// Files of the work folder.
        files: Vec<(String, String)>,
    },
    /// It cannot be read: put it aside and begin.
    SetAside(String),
}

/// Decides. `engine` is the version that asks, `lesson_revision` that of the lesson now (0 in the sandbox).
#[must_use]
pub fn plan(kept: &Kept, engine: &str, lesson_revision: u32) -> Plan {
    let Some(header) = &kept.header else {
        return if kept.entries.is_empty() {
            Plan::Begin
        } else {
            Plan::SetAside("the header is missing".to_owned())
        };
    };
    match decide(kept, header, engine, lesson_revision) {
        Ok(plan) => plan,
        Err(reason) => Plan::SetAside(reason),
    }
}

fn decide(kept: &Kept, header: &[u8], engine: &str, lesson_revision: u32) -> Result<Plan, String> {
    let header: Header = save::read(header)?;
    if header.format > FORMAT {
        return Err(format!("format {} is newer than {FORMAT}", header.format));
    }
    let entries = kept
        .entries
        .iter()
        .map(|bytes| save::read(bytes))
        .collect::<Result<Vec<Entry>, _>>()?;
    let branch = save::branch(&entries, header.head)?;
    if header.lesson_revision != lesson_revision {
        return Ok(Plan::Anew {
            files: files_of(&branch),
            header,
        });
    }
    if header.engine == engine {
        let base = kept.base.as_deref().map(save::read).transpose()?;
        return Ok(Plan::Replay {
            header,
            entries,
            branch,
            base,
        });
    }
    match kept.snapshot.as_deref().map(save::read::<Snapshot>) {
        Some(Ok(snapshot)) => Ok(Plan::Load { header, snapshot }),
        _ => Ok(Plan::Anew {
            files: files_of(&branch),
            header,
        }),
    }
}

/// The files that the learner saved, as they were last.
fn files_of(branch: &[Entry]) -> Vec<(String, String)> {
    use crate::protocol::Input;
    let mut files = timonier_core::sorted::SortedMap::new();
    for entry in branch {
        match &entry.input {
            Input::SaveFile { path, text } => drop(files.insert(path.clone(), text.clone())),
            Input::RemoveFile { path } => drop(files.remove(path)),
            Input::RenameFile { from, to } => {
                if let Some(text) = files.remove(from) {
                    files.insert(to.clone(), text);
                }
            }
            _ => {}
        }
    }
    files.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::{Kept, Plan, plan};
    use crate::protocol::{
        Input,
        save::{self, Entry, FORMAT, Header, Snapshot},
    };

    fn header() -> Header {
        Header {
            format: FORMAT,
            engine: "0.1.0".into(),
            lab: "sandbox".into(),
            lesson_revision: 0,
            seed: 7,
            head: Some(3),
            now_us: 9_000_000,
            next_id: 4,
        }
    }

    fn entries() -> Vec<Entry> {
        let entry = |id, parent, at_us, input| Entry {
            id,
            parent,
            at_us,
            input,
        };
        vec![
            entry(
                1,
                None,
                0,
                Input::SaveFile {
                    path: "pod.yaml".into(),
                    text: "kind: Pod\n".into(),
                },
            ),
            entry(
                2,
                Some(1),
                1_000_000,
                Input::Line("kubectl delete pods --all".into()),
            ),
            entry(
                3,
                Some(1),
                2_000_000,
                Input::Line("kubectl apply -f pod.yaml".into()),
            ),
        ]
    }

    fn snapshot() -> Snapshot {
        Snapshot {
            engine: "0.1.0".into(),
            now_us: 8_000_000,
            head: Some(3),
            objects: vec!["{\"kind\":\"Pod\"}".into()],
            files: vec![("pod.yaml".into(), "kind: Pod\n".into())],
        }
    }

    fn kept() -> Kept {
        let bytes = |entry: &Entry| save::write(entry).expect("an entry can be written");
        Kept {
            header: save::write(&header()).ok(),
            entries: entries().iter().map(bytes).collect(),
            base: None,
            snapshot: save::write(&snapshot()).ok(),
        }
    }

    fn check(kept: &Kept, engine: &str, revision: u32, expected: &str) {
        let plan = plan(kept, engine, revision);
        let name = format!("{plan:?}");
        assert!(name.starts_with(expected), "{expected} expected, not {name}");
    }

    #[test]
    fn the_same_version_replays_the_branch_of_the_head() {
        match plan(&kept(), "0.1.0", 0) {
            Plan::Replay { branch, entries, .. } => {
                assert_eq!(branch.iter().map(|entry| entry.id).collect::<Vec<_>>(), [1, 3]);
                assert_eq!(entries.len(), 3);
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn other_versions_load_or_begin_anew() {
        check(&kept(), "0.2.0", 0, "Load");
        check(
            &Kept {
                snapshot: None,
                ..kept()
            },
            "0.2.0",
            0,
            "Anew",
        );
        check(
            &Kept {
                snapshot: Some(vec![0xff]),
                ..kept()
            },
            "0.2.0",
            0,
            "Anew",
        );
        check(&kept(), "0.1.0", 2, "Anew");
        let anew = plan(
            &Kept {
                snapshot: None,
                ..kept()
            },
            "0.2.0",
            0,
        );
        assert!(
            matches!(anew, Plan::Anew { files, .. } if files == [("pod.yaml".to_owned(), "kind: Pod\n".to_owned())])
        );
    }

    #[test]
    fn what_cannot_be_read_is_put_aside() {
        check(&Kept::default(), "0.1.0", 0, "Begin");
        check(
            &Kept {
                header: None,
                ..kept()
            },
            "0.1.0",
            0,
            "SetAside",
        );
        check(
            &Kept {
                header: Some(vec![1, 2]),
                ..kept()
            },
            "0.1.0",
            0,
            "SetAside",
        );
        let mut torn = kept();
        torn.entries.remove(0);
        check(&torn, "0.1.0", 0, "SetAside");
        let mut newer = header();
        newer.format = FORMAT + 1;
        check(
            &Kept {
                header: save::write(&newer).ok(),
                ..kept()
            },
            "0.1.0",
            0,
            "SetAside",
        );
        let mut backwards = entries();
        backwards[2].at_us = 0;
        backwards[0].at_us = 5;
        let entries = backwards
            .iter()
            .map(|entry| save::write(entry).expect("written"))
            .collect();
        check(&Kept { entries, ..kept() }, "0.1.0", 0, "SetAside");
    }

    /// A save of format 1, written once and kept: it must open for ever.
    #[test]
    fn an_old_save_still_opens() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/saves/format-1.hex");
        if std::env::var_os("TIMONIER_UPDATE").is_some() {
            let kept = kept();
            let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
            let mut lines = vec![
                hex(&kept.header.unwrap_or_default()),
                hex(&kept.snapshot.unwrap_or_default()),
            ];
            lines.extend(kept.entries.iter().map(|bytes| hex(bytes)));
            std::fs::write(path, lines.join("\n") + "\n").expect("the fixture can be written");
        }
        let text = std::fs::read_to_string(path).expect("the fixture is there");
        let bytes = |line: &str| -> Vec<u8> {
            let digits = line
                .as_bytes()
                .chunks(2)
                .map(|pair| std::str::from_utf8(pair).unwrap_or_default());
            digits
                .map(|pair| u8::from_str_radix(pair, 16).expect("hex"))
                .collect()
        };
        let mut lines = text.lines().map(bytes);
        let kept = Kept {
            header: lines.next(),
            snapshot: lines.next(),
            entries: lines.collect(),
            base: None,
        };
        let expected = Plan::Replay {
            header: header(),
            branch: vec![entries()[0].clone(), entries()[2].clone()],
            entries: entries(),
            base: None,
        };
        assert_eq!(plan(&kept, "0.1.0", 0), expected);
        assert_eq!(
            plan(&kept, "9.9.9", 0),
            Plan::Load {
                header: header(),
                snapshot: snapshot()
            }
        );
    }
}
