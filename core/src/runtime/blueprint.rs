//! An image: what its file says, and what a build added to it.

use crate::sorted::SortedMap;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::facts::{Described, ImageFacts, Tools};
use crate::userland::{Folder, ServerSpec};

/// The name under which an image's entrypoint is one of its programs.
const ENTRYPOINT: &str = "docker-entrypoint.sh";

/// An image as its file describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ImageFile {
    /// The repository, as one writes it (`nginx`, `ghcr.io/example/api`).
    pub(super) image: String,
    /// Other names of the same image.
    #[serde(default)]
    pub(super) also: Vec<String>,
    /// The tags that exist.
    tags: Vec<String>,
    /// What travels, compressed.
    size_mib: u64,
    /// What a container without a command of its own does: a [`ServerSpec`].
    #[serde(default)]
    entrypoint: Value,
    /// The programs that may be named in `command`, besides its tools: what each serves with, the entrypoint's if nothing is said.
    #[serde(default)]
    programs: SortedMap<String, Value>,
    /// The variables that options of its programs set: `-p: PORT`.
    #[serde(default)]
    flags: BTreeMap<String, String>,
    /// Which tools it has.
    #[serde(default)]
    tools: Tools,
    /// Its files by path.
    #[serde(default)]
    files: BTreeMap<String, String>,
    /// What command lines of its programs say and end with: `nginx -v`.
    #[serde(default)]
    answers: BTreeMap<String, String>,
    /// Whether its entrypoint takes arguments itself instead of running them.
    #[serde(default)]
    takes_arguments: bool,
    /// Its environment.
    #[serde(default)]
    env: BTreeMap<String, String>,
    /// Further variables of some tags.
    #[serde(default)]
    by_tag: SortedMap<String, BTreeMap<String, String>>,
    /// Clients that not every image has: `curl`.
    #[serde(default)]
    clients: Vec<String>,
    /// The user it runs as.
    #[serde(default)]
    user: i64,
    /// The directory that its commands start in.
    #[serde(default)]
    work_dir: String,
}

/// What a build adds to the image it began from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Built {
    /// All its files.
    pub files: Folder,
    /// Its variables besides the base's.
    pub env: BTreeMap<String, String>,
    /// The user, if another than the base's.
    pub user: Option<String>,
    /// The directory that commands start in.
    pub work_dir: String,
    /// `ENTRYPOINT`
    pub entrypoint: Vec<String>,
    /// `CMD`
    pub command: Vec<String>,
    /// The ports it says it listens on.
    pub exposed: Vec<u16>,
    /// What tells it from another build.
    pub id: String,
    /// Its size, in bytes.
    pub size_bytes: u64,
}

/// An image: its file, and what builds made of it, by tag.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Blueprint {
    file: Arc<ImageFile>,
    /// By tag: what a build added, and the tag it began from.
    built: SortedMap<String, (Arc<Built>, String, Arc<ImageFile>)>,
    /// What it brings, by tag.
    #[serde(skip)]
    facts: Arc<SortedMap<String, OnceLock<Arc<ImageFacts>>>>,
}

/// How a container begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// By a server of the image.
    Server(Arc<ServerSpec>),
    /// By a command that really runs.
    Command(Vec<String>),
}

impl Blueprint {
    /// An image of the catalogue.
    pub(super) fn new(image: ImageFile) -> Result<Self, String> {
        let mut described = vec![image.entrypoint()];
        described.extend(image.programs.values().filter(|own| !own.is_null()).cloned());
        for own in &described {
            ServerSpec::read(own, &image.env).map_err(|error| format!("{}: {error}", image.image))?;
        }
        let tags = image.tags.iter().map(|tag| (tag.clone(), OnceLock::new()));
        Ok(Self {
            facts: Arc::new(tags.collect()),
            file: Arc::new(image),
            built: SortedMap::new(),
        })
    }

    pub(super) fn name_and_tags(&self) -> (&str, &[String]) {
        (&self.file.image, &self.file.tags)
    }

    /// Whether there is this tag.
    #[must_use]
    pub fn has_tag(&self, tag: &str) -> bool {
        self.built.contains_key(tag) || self.file.tags.iter().any(|known| known == tag)
    }

    /// The ports that its own server answers on.
    #[must_use]
    pub fn ports(&self) -> Vec<u16> {
        ServerSpec::read(&self.file.entrypoint(), &self.file.env)
            .map(|spec| spec.ports)
            .unwrap_or_default()
    }

    pub(super) fn size_mib(&self) -> u64 {
        self.file.size_mib
    }

    /// What it runs when nothing else is said, as docker shows it.
    #[must_use]
    pub fn default_command(&self) -> String {
        match self.file.entrypoint.get("command").and_then(Value::as_array) {
            Some(words) => words
                .iter()
                .filter_map(Value::as_str)
                .collect::<Vec<_>>()
                .join(" "),
            None => self.with_entrypoint(self.file.programs.keys().next().map_or("", String::as_str)),
        }
    }

    /// A command behind the image's entrypoint, as docker shows it.
    #[must_use]
    pub fn with_entrypoint(&self, command: &str) -> String {
        if self.file.takes_arguments {
            let own = self.file.programs.keys().next().map_or("", String::as_str);
            format!("/{own} {command}").trim_end().to_owned()
        } else if self.file.entrypoint.get("command").is_some() || self.file.entrypoint.is_null() {
            command.to_owned()
        } else {
            format!("/{ENTRYPOINT} {command}")
        }
    }

    /// What tells one build under a tag from the next.
    pub(super) fn revision(&self, tag: &str) -> String {
        self.built
            .get(tag)
            .map(|(built, _, _)| built.id.clone())
            .unwrap_or_default()
    }

    /// What a build made under this tag.
    #[must_use]
    pub fn build(&self, tag: &str) -> Option<&Built> {
        self.built.get(tag).map(|(built, _, _)| &**built)
    }

    /// The image that a build makes of a tag of this one.
    #[must_use]
    pub fn extend(&self, base_tag: &str, built: Built) -> Self {
        let (base_tag, file) = match self.built.get(base_tag) {
            Some((_, before, file)) => (before.clone(), Arc::clone(file)),
            None => (base_tag.to_owned(), Arc::clone(&self.file)),
        };
        let mut file_alone = (*file).clone();
        file_alone.tags.clear();
        Self {
            file: Arc::new(file_alone),
            built: SortedMap::from([("latest".to_owned(), (Arc::new(built), base_tag, file))]),
            facts: Arc::new(SortedMap::from([("latest".to_owned(), OnceLock::new())])),
        }
    }

    /// This image under another tag, beside those that a name has already.
    #[must_use]
    pub fn under(&self, tag: &str, new_tag: &str, known: Option<&Self>) -> Self {
        let mut merged = known.cloned().unwrap_or_else(|| {
            let mut file = (*self.file).clone();
            file.tags.clear();
            Self {
                file: Arc::new(file),
                built: SortedMap::new(),
                facts: Arc::default(),
            }
        });
        let made = self.built.get(tag).cloned().unwrap_or_else(|| {
            let files = (*self.facts(tag, false).files).clone();
            let built = Built {
                files,
                size_bytes: self.file.size_mib << 20,
                ..Built::default()
            };
            (Arc::new(built), tag.to_owned(), Arc::clone(&self.file))
        });
        merged.built.insert(new_tag.to_owned(), made);
        let tags = merged.file.tags.iter().chain(merged.built.keys());
        merged.facts = Arc::new(tags.map(|tag| (tag.clone(), OnceLock::new())).collect());
        merged
    }

    /// What a tag brings into its containers.
    #[must_use]
    pub fn facts(&self, tag: &str, all_busybox: bool) -> Arc<ImageFacts> {
        let facts = || {
            Arc::new(match self.built.get(tag) {
                Some((built, base_tag, file)) => {
                    let mut facts = file.facts(base_tag, all_busybox);
                    facts.extend(built);
                    facts
                }
                None => self.file.facts(tag, all_busybox),
            })
        };
        match self.facts.get(tag) {
            Some(shared) => Arc::clone(shared.get_or_init(facts)),
            None => facts(),
        }
    }

    /// How a container of a tag begins.
    #[must_use]
    pub fn entry(
        &self,
        tag: &str,
        facts: &ImageFacts,
        (command, args): (&[String], &[String]),
        env: &BTreeMap<String, String>,
    ) -> Entry {
        let Some((built, _, file)) = self.built.get(tag) else {
            return self.file.entry(facts, (command, args), env);
        };
        if !command.is_empty() || built.entrypoint.is_empty() && built.command.is_empty() {
            return file.entry(facts, (command, args), env);
        }
        let rest = if args.is_empty() {
            &built.command
        } else {
            &args.to_vec()
        };
        file.entry(facts, (&built.entrypoint, rest), env)
    }
}

impl ImageFile {
    fn facts(&self, tag: &str, all_busybox: bool) -> ImageFacts {
        // The recorded reference cluster runs every command with busybox.
        let tools = match self.tools {
            Tools::Gnu if all_busybox || tag.contains("alpine") => Tools::Busybox,
            tools => tools,
        };
        let mut env = self.env.clone();
        env.extend(self.by_tag.get(tag).cloned().unwrap_or_default());
        let mut clients = self.clients.clone();
        if tag.contains("alpine") {
            clients.push("apk".to_owned());
        }
        ImageFacts::new(Described {
            tools,
            files: &self.files,
            env: &env,
            user: self.user,
            work_dir: &self.work_dir,
            own: self.programs(),
            answers: &self.answers,
            flags: &self.flags,
            clients: &clients,
        })
    }

    fn entry(
        &self,
        facts: &ImageFacts,
        (command, args): (&[String], &[String]),
        env: &BTreeMap<String, String>,
    ) -> Entry {
        let own = |argv: Vec<String>| match facts.server(&argv, env).filter(|spec| spec.answer.is_none()) {
            Some(spec) => Entry::Server(spec),
            None => Entry::Command(argv),
        };
        if !command.is_empty() {
            return own([command, args].concat());
        }
        let shell = self.entrypoint.get("command");
        // A program of its own goes on with its arguments; what only hands on runs them.
        let runs_arguments = |name: &String| {
            !self.takes_arguments
                && (shell.is_some() || self.entrypoint.get("exitCode").is_some() || !name.starts_with('-'))
        };
        if args.first().is_some_and(runs_arguments) {
            return own(args.to_vec());
        }
        if let Some(words) = shell.and_then(Value::as_array) {
            let words = words.iter().filter_map(Value::as_str);
            return Entry::Command(words.map(str::to_owned).collect());
        }
        let argv = [&[ENTRYPOINT.to_owned()], args].concat();
        facts
            .server(&argv, env)
            .map_or_else(|| Entry::Server(Arc::new(stand_in())), Entry::Server)
    }

    fn entrypoint(&self) -> Value {
        if self.entrypoint.is_null() {
            json!({})
        } else {
            self.entrypoint.clone()
        }
    }

    /// Its programs, and what each serves with.
    fn programs(&self) -> SortedMap<String, Value> {
        let first = self.programs.keys().next().map_or("", String::as_str);
        // What a program is not described with is the entrypoint's; `ps` shows it by its name.
        let described = |name: &str, own: &Value| {
            let mut own = if own.is_null() {
                self.entrypoint()
            } else {
                own.clone()
            };
            if let Value::Object(map) = &mut own {
                map.entry("process").or_insert_with(|| name.into());
            }
            own
        };
        let named = self
            .programs
            .iter()
            .map(|(name, own)| (name.clone(), described(name, own)));
        named
            .chain([(ENTRYPOINT.to_owned(), described(first, &Value::Null))])
            .collect()
    }
}

/// A server that is ready at once, for images that nobody described.
pub(super) fn stand_in() -> ServerSpec {
    ServerSpec {
        any_port: true,
        stop_millis: Some(100),
        ..ServerSpec::default()
    }
}
