//! What an image brings into its containers: files, programs, an environment, a user.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::userland::{self, Dialect, Folder, ServerSpec};

/// Programs that only the laptop has.
const LAPTOP_ONLY: &[&str] = &[
    "code", "edit", "help", "history", "kubectl", "nano", "sudo", "tree", "vi", "vim",
];
/// Programs that every userland has and that the shell runs itself.
const BUILTINS: &[&str] = &["[", "echo", "false", "kill", "printf", "pwd", "test", "true"];
/// The folders of every image.
const FOLDERS: &[&str] = &[
    "/dev",
    "/etc",
    "/home",
    "/lib",
    "/mnt",
    "/opt",
    "/root",
    "/run",
    "/srv",
    "/tmp",
    "/usr",
    "/usr/lib",
    "/usr/local",
    "/usr/share",
    "/var",
    "/var/cache",
    "/var/lib",
    "/var/log",
    "/var/run",
    "/var/spool",
    "/var/tmp",
    "/var/www",
];

/// Which tools an image has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Tools {
    /// busybox's, in one file: Alpine Linux has them too.
    Busybox,
    /// GNU's, as Debian has them.
    #[default]
    Gnu,
    /// None: only its own program.
    None,
}

/// What an image brings into its containers.
#[derive(Clone, Debug, Default)]
pub struct ImageFacts {
    /// Its files.
    pub files: Arc<Folder>,
    /// Whose words its tools speak.
    pub dialect: Dialect,
    /// Its environment.
    pub env: BTreeMap<String, String>,
    /// The user it runs as.
    pub user: i64,
    /// The directory that commands start in.
    pub work_dir: String,
    pub(super) tools: Tools,
    /// Its own programs: what each serves with.
    pub(super) own: BTreeMap<String, Value>,
    pub(super) answers: BTreeMap<String, String>,
    /// The variables that options of a command line set.
    flags: BTreeMap<String, String>,
    /// What its programs serve with when no variable counts.
    plain: BTreeMap<String, Arc<ServerSpec>>,
}

/// The parts of an image's file that say so.
pub(super) struct Described<'a> {
    pub(super) tools: Tools,
    pub(super) files: &'a BTreeMap<String, String>,
    pub(super) env: &'a BTreeMap<String, String>,
    pub(super) user: i64,
    pub(super) work_dir: &'a str,
    pub(super) own: BTreeMap<String, Value>,
    pub(super) answers: &'a BTreeMap<String, String>,
    pub(super) flags: &'a BTreeMap<String, String>,
}

impl ImageFacts {
    pub(super) fn new(described: Described<'_>) -> Self {
        let mut files = if described.tools == Tools::None {
            Folder::with_directories(["/dev", "/etc", "/tmp", "/home", "/var", "/var/run"])
        } else {
            Folder::with_directories(FOLDERS.iter().copied())
        };
        let passwd = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n";
        let group = "root:x:0:\nnobody:x:65534:\n";
        let standard = [("/etc/passwd", passwd), ("/etc/group", group)];
        let own = described
            .files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()));
        for (path, text) in standard.into_iter().chain(own) {
            let _no_room = files.save(path, text.as_bytes());
        }
        Self {
            files: Arc::new(files),
            dialect: if described.tools == Tools::Busybox {
                Dialect::Busybox
            } else {
                Dialect::Gnu
            },
            env: described.env.clone(),
            user: described.user,
            work_dir: if described.work_dir.is_empty() {
                "/".to_owned()
            } else {
                described.work_dir.to_owned()
            },
            tools: described.tools,
            plain: described
                .own
                .iter()
                .filter(|(_, value)| !value.to_string().contains("${"))
                .filter_map(|(name, value)| {
                    let spec = ServerSpec::read(value, &BTreeMap::new()).ok()?;
                    Some((name.clone(), Arc::new(spec)))
                })
                .collect(),
            own: described.own,
            answers: described.answers.clone(),
            flags: described.flags.clone(),
        }
    }

    /// The names of its programs.
    pub fn programs(&self) -> impl Iterator<Item = &str> {
        let tools = userland::names()
            .chain(BUILTINS.iter().copied())
            .chain(["ash", "dash"]);
        let tools = tools.map(|name| -> &str { name });
        tools
            .filter(|name| self.has_tool(name))
            .chain(self.own.keys().map(String::as_str))
    }

    fn has_tool(&self, name: &str) -> bool {
        let known = || {
            !LAPTOP_ONLY.contains(&name)
                && (BUILTINS.contains(&name)
                    || userland::locate(name).is_some()
                    || matches!(name, "ash" | "dash"))
        };
        match self.tools {
            Tools::None => false,
            Tools::Busybox => !matches!(name, "bash" | "dash") && known(),
            Tools::Gnu => !matches!(name, "ash" | "ps" | "wget" | "nslookup") && known(),
        }
    }

    /// Where a program lies.
    #[must_use]
    pub fn locate(&self, name: &str) -> Option<String> {
        if self.own.contains_key(name) {
            return Some(match self.tools {
                _ if self.has_tool(name) && self.dialect == Dialect::Busybox => format!("/bin/{name}"),
                Tools::None => format!("/{name}"),
                _ => format!("/usr/local/bin/{name}"),
            });
        }
        let folder = if self.dialect == Dialect::Busybox {
            "/bin"
        } else {
            "/usr/bin"
        };
        self.has_tool(name).then(|| format!("{folder}/{name}"))
    }

    /// What a command serves, if it is a server of the image.
    #[must_use]
    pub fn server(&self, argv: &[String], env: &BTreeMap<String, String>) -> Option<Arc<ServerSpec>> {
        let [name, args @ ..] = argv else {
            return None;
        };
        let name = name.rsplit('/').next().unwrap_or(name);
        let described = self.own.get(name).filter(|_| !self.has_tool(name))?;
        if !self.answers.is_empty() {
            let line = [&[name.to_owned()], args].concat().join(" ");
            if let Some(answer) = self.answers.get(&line) {
                return Some(Arc::new(ServerSpec {
                    answer: Some(answer.clone()),
                    ..ServerSpec::default()
                }));
            }
        }
        if let Some(plain) = self.plain.get(name) {
            return Some(Arc::clone(plain));
        }
        let mut variables = self.env.clone();
        variables.extend(env.iter().map(|(name, value)| (name.clone(), value.clone())));
        self.read_flags(args, &mut variables);
        let spec = ServerSpec::read(described, &variables);
        Some(Arc::new(spec.unwrap_or_else(|why| {
            ServerSpec::failing(&format!("{name}: {why}"), 1)
        })))
    }

    /// `-p 8080`, `--port=8080`, `-listen=:8080`
    fn read_flags(&self, args: &[String], variables: &mut BTreeMap<String, String>) {
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let (flag, value) = match arg.split_once('=') {
                Some((flag, value)) => (flag, Some(value.to_owned())),
                None => (arg.as_str(), None),
            };
            if let Some(variable) = self.flags.get(flag)
                && let Some(value) = value.or_else(|| args.next().cloned())
            {
                let value = value.strip_prefix(':').unwrap_or(&value);
                variables.insert(variable.clone(), value.to_owned());
            }
        }
    }
}
