//! `kubectl cp`: files to and from containers, as archives that `tar` in the container makes or unpacks
//! (`k8s.io/kubectl/pkg/cmd/cp`).

use serde::{Deserialize, Serialize};

use super::command::Command;
use super::context::Cx;
use super::exec::{Attached, running_pod};
use super::failure::Failure;
use super::flags::{Flag, Parsed};
use super::io::FileError;
use super::logs::chosen_container;
use super::machine::{Flow, Machine, Progress};
use crate::api::Pod;
use crate::sh::resolve;
use crate::userland::archive::{self, Entry};

const FLAGS: &[Flag] = &[
    Flag::text("container", "", "Container name. If omitted, use the kubectl.kubernetes.io/default-container annotation for selecting the container to be attached or the first container in the pod will be chosen").short('c'),
    Flag::off("no-preserve", "The copied file/directory's ownership and permissions will not be preserved in the container"),
    Flag::int("retries", "0", "Set number of retries to complete a copy operation from a container. Specify 0 to disable or any negative value for infinite retrying. The default is 0 (no retry)."),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    usage: "<file-spec-src> <file-spec-dest>",
    flags: &[FLAGS],
    run: Some(run),
    ..Command::named("cp", "Copy files and directories to and from containers")
};

/// A copy under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Copying {
    stream: Attached,
    stage: Stage,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Stage {
    /// Whether the target is a folder there: what is then sent, and to whom.
    Asking {
        pod: Box<Pod>,
        container: String,
        from: String,
        to: String,
        keep: bool,
    },
    /// `tar` unpacks.
    Sending,
    /// `tar` packs: what has come of it, what is cut off its paths, and where it goes.
    Receiving {
        archive: Vec<u8>,
        prefix: String,
        to: String,
    },
}

/// One side of a copy: the Pod's namespace and name, and the path; a local file has no Pod.
struct Side<'a> {
    pod: Option<(Option<&'a str>, &'a str)>,
    path: &'a str,
}

fn side(text: &str) -> Result<Side<'_>, Failure> {
    let Some((pod, path)) = text.split_once(':') else {
        return Ok(Side {
            pod: None,
            path: text,
        });
    };
    let pod = match pod.split('/').collect::<Vec<_>>().as_slice() {
        [name] if !name.is_empty() => (None, *name),
        [namespace, name] => (Some(*namespace), *name),
        _ => {
            return Err("filespec must match the canonical format: [[namespace/]pod:]file/path".into());
        }
    };
    Ok(Side { pod: Some(pod), path })
}

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let [from, to] = parsed.args.as_slice() else {
        return Err("source and destination are required".into());
    };
    let (from, to) = (side(from)?, side(to)?);
    if from.pod.is_some() && to.pod.is_some() {
        return Err("one of src or dest must be a local file specification".into());
    }
    if from.path.is_empty() || to.path.is_empty() {
        return Err("filepath can not be empty".into());
    }
    let Some((namespace, name)) = from.pod.or(to.pod) else {
        return Err("one of src or dest must be a remote file specification".into());
    };
    if from.pod.is_none() && kind_of(cx, from.path).is_none() {
        let path = from.path;
        return Err(Failure::Message(format!(
            "{path} doesn't exist in local filesystem"
        )));
    }
    if let Some(namespace) = namespace {
        namespace.clone_into(&mut cx.namespace);
    }
    let pod = running_pod(cx, name)?;
    let asked = parsed.text("container");
    let container = chosen_container(cx, &pod, asked, to.pod.is_some())?;
    let copying = if from.pod.is_some() {
        let command = ["tar", "cf", "-", from.path].map(str::to_owned);
        Copying {
            stream: Attached::open(cx, &pod, &container, (Some(&command), false, false))?,
            stage: Stage::Receiving {
                archive: Vec::new(),
                prefix: clean(from.path),
                to: to.path.to_owned(),
            },
        }
    } else {
        let stage = Stage::Asking {
            pod: Box::new(pod.clone()),
            container: container.clone(),
            from: from.path.to_owned(),
            to: to.path.to_owned(),
            keep: !parsed.on("no-preserve"),
        };
        let command = ["test", "-d", to.path].map(str::to_owned);
        match Attached::open(cx, &pod, &container, (Some(&command), false, false)) {
            Ok(stream) => Copying { stream, stage },
            // Where nothing can be asked, the target is taken for a file.
            Err(_) => Copying::send(cx, stage, false)?,
        }
    };
    Ok(Flow::Wait(Box::new(Machine::Copy(copying))))
}

/// Whether a path of this machine is a folder; `None` if there is no such thing.
fn kind_of(cx: &Cx<'_>, path: &str) -> Option<bool> {
    match cx.io.list_dir(path) {
        Ok(_) => Some(true),
        Err(FileError::NotFound) => None,
        Err(_) => Some(false),
    }
}

/// A path of the container without `.`, `..` and the slash at its beginning.
fn clean(path: &str) -> String {
    resolve("/", path).trim_start_matches('/').to_owned()
}

fn base(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path)
}

impl Copying {
    /// Begins to send what [`Stage::Asking`] asked for.
    fn send(cx: &mut Cx<'_>, asked: Stage, into_folder: bool) -> Result<Self, Failure> {
        let Stage::Asking {
            pod,
            container,
            from,
            mut to,
            keep,
        } = asked
        else {
            return Err(Failure::Exit(1));
        };
        if into_folder {
            let whole = resolve("/", &from);
            to = format!("{}/{}", to.trim_end_matches('/'), base(&whole));
        }
        let to = to.trim_end_matches('/');
        let (folder, name) = to.rsplit_once('/').unwrap_or((".", to));
        let mut archive = Vec::new();
        pack(cx, &from, name, &mut archive)?;
        archive::finish(&mut archive);
        let mut command = vec!["tar"];
        if !keep {
            command.extend(["--no-same-permissions", "--no-same-owner"]);
        }
        let folder = if folder.is_empty() { "/" } else { folder };
        command.extend(["-xmf", "-", "-C", folder]);
        let command: Vec<String> = command.into_iter().map(str::to_owned).collect();
        let mut stream = Attached::open(cx, &pod, &container, (Some(&command), true, false))?;
        stream.feed(archive);
        Ok(Self {
            stream,
            stage: Stage::Sending,
        })
    }

    pub(crate) fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Progress, Failure> {
        loop {
            let code = match &mut self.stage {
                Stage::Asking { .. } => self.stream.take(cx, &mut |_, _, _| {}),
                Stage::Sending => {
                    return Ok(self.stream.poll(cx));
                }
                Stage::Receiving { archive, .. } => self.stream.take(cx, &mut |cx, is_error, bytes| {
                    if is_error {
                        cx.io.stdout(&String::from_utf8_lossy(bytes));
                    } else {
                        archive.extend(bytes);
                    }
                }),
            };
            let Some(code) = code else {
                return Ok(Progress::Blocked(None));
            };
            match std::mem::replace(&mut self.stage, Stage::Sending) {
                Stage::Sending => {}
                asked @ Stage::Asking { .. } => *self = Self::send(cx, asked, code == 0)?,
                Stage::Receiving { archive, prefix, to } => {
                    unpack(cx, &archive, &prefix, &to)?;
                    return Ok(self.stream.end(cx, code));
                }
            }
        }
    }
}

/// Packs what is at a path of this machine under another name.
fn pack(cx: &Cx<'_>, from: &str, name: &str, archive: &mut Vec<u8>) -> Result<(), Failure> {
    let entries = match cx.io.list_dir(from) {
        Ok(entries) => entries,
        Err(FileError::NotDirectory) => {
            let bytes = cx.io.read_bytes(from);
            let bytes = bytes.map_err(|_| Failure::Message(format!("open {from}: permission denied")))?;
            add(cx, archive, name, Some(bytes));
            return Ok(());
        }
        Err(_) => return Ok(()),
    };
    // A folder comes with what is in it.
    if entries.is_empty() {
        add(cx, archive, name, None);
    }
    for entry in entries {
        let from = format!("{}/{}", from.trim_end_matches('/'), entry.name);
        pack(cx, &from, &format!("{name}/{}", entry.name), archive)?;
    }
    Ok(())
}

fn add(cx: &Cx<'_>, archive: &mut Vec<u8>, path: &str, bytes: Option<Vec<u8>>) {
    let secs = u64::try_from(cx.api.now().timestamp().as_second()).unwrap_or(0);
    let entry = Entry {
        path: path.to_owned(),
        bytes,
        executable: false,
    };
    archive::append(archive, &entry, secs);
}

/// Writes what came from a container to this machine.
fn unpack(cx: &mut Cx<'_>, archive: &[u8], prefix: &str, to: &str) -> Result<(), Failure> {
    for entry in archive::read(archive).unwrap_or_default() {
        let path = entry.path.trim_start_matches("./");
        let Some(rest) = path.strip_prefix(prefix) else {
            return Err("tar contents corrupted".into());
        };
        let target = format!("{}{rest}", to.trim_end_matches('/'));
        let folders = match &entry.bytes {
            None => target.as_str(),
            Some(_) => target.rsplit_once('/').map_or("", |(folders, _)| folders),
        };
        let failed = |what: &str, error: FileError| {
            let why = match error {
                FileError::NotFound => "no such file or directory".to_owned(),
                FileError::IsDirectory => "is a directory".to_owned(),
                FileError::NotDirectory => "not a directory".to_owned(),
                FileError::Other(why) => why,
            };
            Failure::Message(format!("{what} {target}: {why}"))
        };
        cx.io.make_dirs(folders).map_err(|error| failed("mkdir", error))?;
        if let Some(bytes) = &entry.bytes {
            cx.io
                .write_bytes(&target, bytes)
                .map_err(|error| failed("open", error))?;
        }
    }
    Ok(())
}
