//! What an image brings into its containers: files, programs, an environment, a user.

use crate::sorted::SortedMap;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::blueprint::Built;
use crate::userland::{self, Dialect, Folder, ServerSpec, expand};

/// Programs that only the laptop has.
const LAPTOP_ONLY: &[&str] = &[
    "code", "edit", "help", "history", "kubectl", "nano", "sudo", "tree", "vi", "vim",
];
/// Programs that only images have which say so, or busybox.
const SOME_HAVE: &[&str] = &[
    "apk",
    "apt",
    "apt-get",
    "curl",
    "dig",
    "host",
    "nc",
    "npm",
    "nslookup",
    "pg_isready",
    "ping",
    "pip",
    "psql",
    "redis-cli",
    "stress",
    "wget",
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
    /// The name of that user, where the image says no number.
    pub user_name: Option<String>,
    /// The directory that commands start in.
    pub work_dir: String,
    pub(super) tools: Tools,
    /// Its own programs: what each serves with.
    own: SortedMap<String, Own>,
    pub(super) answers: BTreeMap<String, String>,
    /// Clients that not every image has.
    clients: Vec<String>,
    /// The variables that options of a command line set.
    flags: BTreeMap<String, String>,
}

/// A program of an image.
#[derive(Clone, Debug, Default)]
struct Own {
    described: Value,
    /// The variables that its description names.
    names: Vec<String>,
    /// What it serves with as long as nobody sets them.
    plain: Option<Arc<ServerSpec>>,
}

impl Own {
    fn new(described: Value, env: &BTreeMap<String, String>, files: &Folder) -> Self {
        let text = described.to_string();
        let names = text.split("${").skip(1).filter_map(|rest| {
            let end = rest.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'))?;
            rest.get(..end).map(str::to_owned)
        });
        let mut plain = ServerSpec::read(&described, env).ok();
        if let Some(spec) = &mut plain {
            spec.note_configuration(files);
        }
        Self {
            names: names.collect(),
            plain: plain.map(Arc::new),
            described,
        }
    }
}

/// The parts of an image's file that say so.
pub(super) struct Described<'a> {
    pub(super) tools: Tools,
    pub(super) files: &'a BTreeMap<String, String>,
    pub(super) env: &'a BTreeMap<String, String>,
    pub(super) user: i64,
    pub(super) work_dir: &'a str,
    pub(super) own: SortedMap<String, Value>,
    pub(super) answers: &'a BTreeMap<String, String>,
    pub(super) flags: &'a BTreeMap<String, String>,
    pub(super) clients: &'a [String],
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
            dialect: if described.tools == Tools::Busybox {
                Dialect::Busybox
            } else {
                Dialect::Gnu
            },
            env: described.env.clone(),
            user: described.user,
            user_name: None,
            work_dir: if described.work_dir.is_empty() {
                "/".to_owned()
            } else {
                described.work_dir.to_owned()
            },
            tools: described.tools,
            own: described
                .own
                .into_iter()
                .map(|(name, own)| {
                    let own = Own::new(own, described.env, &files);
                    (name, own)
                })
                .collect(),
            files: Arc::new(files),
            answers: described.answers.clone(),
            flags: described.flags.clone(),
            clients: described.clients.to_vec(),
        }
    }

    /// What an image that nobody described brings: busybox's tools.
    pub(super) fn unknown() -> Self {
        let none = BTreeMap::new();
        Self::new(Described {
            tools: Tools::Busybox,
            files: &none,
            env: &none,
            user: 0,
            work_dir: "",
            own: SortedMap::new(),
            answers: &none,
            flags: &none,
            clients: &[],
        })
    }

    /// What a build adds.
    pub(super) fn extend(&mut self, built: &Built) {
        self.files = Arc::new(built.files.clone());
        self.env.extend(built.env.clone());
        if !built.work_dir.is_empty() {
            self.work_dir.clone_from(&built.work_dir);
        }
        if let Some(user) = &built.user {
            self.user = match user.split(':').next().unwrap_or_default() {
                "root" => 0,
                "nobody" => 65_534,
                other => other.parse().unwrap_or_else(|_| {
                    // Somebody that the build made up, who is not root.
                    self.user_name = Some(other.to_owned());
                    1_000
                }),
            };
        }
        for own in self.own.values_mut() {
            *own = Own::new(std::mem::take(&mut own.described), &self.env, &self.files);
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
        if SOME_HAVE.contains(&name) {
            let in_busybox = matches!(name, "nc" | "nslookup" | "ping" | "wget");
            let own = self.clients.iter().any(|own| own == name);
            let in_debian = matches!(name, "apt" | "apt-get");
            return own && known()
                || self.tools == Tools::Busybox && in_busybox && known()
                || self.tools == Tools::Gnu && in_debian;
        }
        match self.tools {
            Tools::None => false,
            Tools::Busybox => !matches!(name, "bash" | "dash") && known(),
            Tools::Gnu => !matches!(name, "ash" | "ps") && known(),
        }
    }

    /// Whether a program can be added to an image that has not got it.
    pub(super) fn can_be_added(name: &str) -> bool {
        SOME_HAVE.contains(&name) && userland::locate(name).is_some()
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
        let own = self.own.get(name).filter(|_| !self.has_tool(name))?;
        if !self.answers.is_empty() {
            let line = [&[name.to_owned()], args].concat().join(" ");
            if let Some(answer) = self.answers.get(&line) {
                return Some(Arc::new(ServerSpec {
                    answer: Some(expand(answer, &self.env)),
                    ..ServerSpec::default()
                }));
            }
        }
        let mut variables = self.env.clone();
        variables.extend(env.iter().map(|(name, value)| (name.clone(), value.clone())));
        self.read_flags(args, &mut variables);
        if let Some(plain) = &own.plain
            && own
                .names
                .iter()
                .all(|name| variables.get(name) == self.env.get(name))
        {
            return Some(Arc::clone(plain));
        }
        let spec = ServerSpec::read(&own.described, &variables);
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
