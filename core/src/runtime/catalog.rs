//! The image catalogue: which images and tags exist, how large they are, and what their containers do. One file an image in
//! `assets/images/`; a lesson may add its own.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::facts::{Described, ImageFacts, Tools};
use super::image::{ImageReference, PullError, ResolvedImage};
use crate::manifest;
use crate::sim::Rng;
use crate::userland::ServerSpec;

/// The images every cluster knows.
const FILES: &[(&str, &str)] = &[
    ("busybox.yaml", include_str!("../../assets/images/busybox.yaml")),
    ("httpd.yaml", include_str!("../../assets/images/httpd.yaml")),
    ("nginx.yaml", include_str!("../../assets/images/nginx.yaml")),
    ("redis.yaml", include_str!("../../assets/images/redis.yaml")),
    ("system.yaml", include_str!("../../assets/images/system.yaml")),
];

/// The name under which an image's entrypoint is one of its programs.
const ENTRYPOINT: &str = "docker-entrypoint.sh";

/// An image as its file describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ImageFile {
    /// The repository, as one writes it (`nginx`, `ghcr.io/example/api`).
    image: String,
    /// The tags that exist.
    tags: Vec<String>,
    /// What travels, compressed.
    size_mib: u64,
    /// What a container without a command of its own does: a [`ServerSpec`].
    #[serde(default)]
    entrypoint: Value,
    /// The programs that may be named in `command`, besides its tools: what each serves with, the entrypoint's if nothing is said.
    #[serde(default)]
    programs: BTreeMap<String, Value>,
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
    /// The user it runs as.
    #[serde(default)]
    user: i64,
    /// The directory that its commands start in.
    #[serde(default)]
    work_dir: String,
}

/// A file of the catalogue that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogError {
    /// The file.
    pub file: String,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for CatalogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.message)
    }
}

impl std::error::Error for CatalogError {}

/// The images that can be pulled.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Catalog {
    images: BTreeMap<String, Arc<Known>>,
    /// Whether images that nobody described can be pulled too: the recorded reference cluster works so.
    accept_unknown: bool,
    /// What an image that nobody described brings.
    #[serde(skip)]
    unknown: OnceLock<Arc<ImageFacts>>,
}

/// An image of the catalogue.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Known {
    file: ImageFile,
    #[serde(skip)]
    facts: OnceLock<Arc<ImageFacts>>,
}

/// How a container begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// By a server of the image.
    Server(Arc<ServerSpec>),
    /// By a command that really runs.
    Command(Vec<String>),
}

impl Catalog {
    /// The images every cluster knows; others are refused unless `accept_unknown`.
    ///
    /// # Errors
    ///
    /// When a file of the catalogue is wrong: a test keeps that from happening.
    pub fn builtin(accept_unknown: bool) -> Result<Self, CatalogError> {
        let mut catalog = Self {
            images: BTreeMap::new(),
            accept_unknown,
            unknown: OnceLock::new(),
        };
        for (file, text) in FILES {
            catalog.add(file, text)?;
        }
        Ok(catalog)
    }

    /// Adds the images that a file describes, one a document.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn add(&mut self, file: &str, text: &str) -> Result<(), CatalogError> {
        let refuse = |message: String| CatalogError {
            file: file.to_owned(),
            message,
        };
        for document in manifest::parse(text) {
            let document = document.map_err(|problem| refuse(problem.message))?;
            let image: ImageFile =
                serde_json::from_value(document.value).map_err(|error| refuse(error.to_string()))?;
            let reference = ImageReference::parse(&image.image)
                .ok_or_else(|| refuse(format!("\"{}\" is no image name", image.image)))?;
            ServerSpec::read(&image.entrypoint(), &image.env)
                .map_err(|error| refuse(format!("{}: {error}", image.image)))?;
            let known = Known {
                file: image,
                facts: OnceLock::new(),
            };
            self.images.insert(reference.name(), Arc::new(known));
        }
        Ok(())
    }

    /// The images and their tags.
    pub fn images(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.images
            .values()
            .map(|known| (known.file.image.as_str(), known.file.tags.as_slice()))
    }

    /// What a registry answers for this name.
    ///
    /// # Errors
    ///
    /// When there is no such image or tag.
    pub fn resolve(&self, rng: Rng, name: &str) -> Result<ResolvedImage, PullError> {
        let Some(reference) = ImageReference::parse(name) else {
            return Err(PullError(format!(
                "failed to parse image name \"{name}\": invalid reference format"
            )));
        };
        let known = self.images.get(&reference.name()).map(|known| &known.file);
        let size_mib = match known {
            Some(image) if self.accept_unknown || image.tags.contains(&reference.tag) => image.size_mib,
            Some(_) => return Err(not_found(&reference)),
            None if self.accept_unknown => 20,
            None => return Err(denied(&reference)),
        };
        let text = reference.to_string();
        let word = |n| rng.draw("image-digest", &text, n);
        let digest = format!(
            "sha256:{:016x}{:016x}{:016x}{:016x}",
            word(0),
            word(1),
            word(2),
            word(3)
        );
        let size_bytes = size_mib * 1024 * 1024 + word(4) % 1_000_000;
        Ok(ResolvedImage {
            reference,
            digest,
            size_bytes,
        })
    }

    /// What an image brings into its containers.
    #[must_use]
    pub fn facts(&self, image: &ImageReference) -> Arc<ImageFacts> {
        let Some(known) = self.images.get(&image.name()) else {
            let facts = || {
                Arc::new(ImageFacts::new(Described {
                    tools: Tools::Busybox,
                    files: &BTreeMap::new(),
                    env: &BTreeMap::new(),
                    user: 0,
                    work_dir: "",
                    own: BTreeMap::new(),
                    answers: &BTreeMap::new(),
                    flags: &BTreeMap::new(),
                }))
            };
            return Arc::clone(self.unknown.get_or_init(facts));
        };
        let file = &known.file;
        // The recorded reference cluster runs every command with busybox.
        let tools = match file.tools {
            Tools::Gnu if self.accept_unknown || image.tag.contains("alpine") => Tools::Busybox,
            tools => tools,
        };
        let facts = || {
            Arc::new(ImageFacts::new(Described {
                tools,
                files: &file.files,
                env: &file.env,
                user: file.user,
                work_dir: &file.work_dir,
                own: file.programs(),
                answers: &file.answers,
                flags: &file.flags,
            }))
        };
        let shared = known.facts.get_or_init(facts);
        // A tag of another flavour than the one that was asked for first.
        if shared.tools == tools {
            Arc::clone(shared)
        } else {
            facts()
        }
    }

    /// How a container of this image begins.
    #[must_use]
    pub fn entry(
        &self,
        image: &ImageReference,
        (command, args): (&[String], &[String]),
        env: &BTreeMap<String, String>,
    ) -> Entry {
        let file = self.images.get(&image.name()).map(|known| &known.file);
        let facts = self.facts(image);
        let stand_in = || Entry::Server(Arc::new(stand_in()));
        let own = |argv: Vec<String>| {
            if let Some(spec) = facts.server(&argv, env).filter(|spec| spec.answer.is_none()) {
                return Entry::Server(spec);
            }
            // Nobody knows what an image that nobody described holds.
            let absent = argv
                .first()
                .is_some_and(|name| facts.locate(name.rsplit('/').next().unwrap_or(name)).is_none());
            if file.is_none() && absent {
                stand_in()
            } else {
                Entry::Command(argv)
            }
        };
        if !command.is_empty() {
            return own([command, args].concat());
        }
        let Some(file) = file else {
            return match args.first() {
                Some(name) if facts.locate(name).is_some() => Entry::Command(args.to_vec()),
                _ => stand_in(),
            };
        };
        let shell = file.entrypoint.get("command");
        // A program of its own goes on with its arguments; what only hands on runs them.
        let runs_arguments = |name: &String| {
            !file.takes_arguments
                && (shell.is_some() || file.entrypoint.get("exitCode").is_some() || !name.starts_with('-'))
        };
        if args.first().is_some_and(runs_arguments) {
            return own(args.to_vec());
        }
        if let Some(words) = shell.and_then(Value::as_array) {
            let words = words.iter().filter_map(Value::as_str);
            return Entry::Command(words.map(str::to_owned).collect());
        }
        let argv = [&[ENTRYPOINT.to_owned()], args].concat();
        facts.server(&argv, env).map_or_else(stand_in, Entry::Server)
    }

    /// Whether every server answers every probe, as on the recorded reference cluster.
    #[must_use]
    pub const fn answers_every_probe(&self) -> bool {
        self.accept_unknown
    }
}

impl ImageFile {
    fn entrypoint(&self) -> Value {
        if self.entrypoint.is_null() {
            json!({})
        } else {
            self.entrypoint.clone()
        }
    }

    /// Its programs, and what each serves with.
    fn programs(&self) -> BTreeMap<String, Value> {
        let named = self.programs.iter().map(|(name, own)| {
            let own = if own.is_null() {
                self.entrypoint()
            } else {
                own.clone()
            };
            (name.clone(), own)
        });
        named
            .chain([(ENTRYPOINT.to_owned(), self.entrypoint())])
            .collect()
    }
}

fn not_found(reference: &ImageReference) -> PullError {
    PullError(format!(
        "rpc error: code = NotFound desc = failed to pull and unpack image \"{reference}\": failed to resolve reference \"{reference}\": {reference}: not found"
    ))
}

fn denied(reference: &ImageReference) -> PullError {
    PullError(format!(
        "failed to pull and unpack image \"{reference}\": failed to resolve reference \"{reference}\": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed"
    ))
}

/// A server that is ready at once, for images that nobody described.
fn stand_in() -> ServerSpec {
    ServerSpec {
        any_port: true,
        stop_millis: Some(100),
        ..ServerSpec::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_catalogue_is_right() {
        let catalog = Catalog::builtin(false).expect("the catalogue");
        assert!(catalog.images().count() >= FILES.len());
        assert!(catalog.images().all(|(_, tags)| !tags.is_empty()));
    }

    #[test]
    fn only_known_tags_are_served() {
        let catalog = Catalog::builtin(false).expect("the catalogue");
        let rng = Rng::new(1);
        assert!(catalog.resolve(rng, "nginx:1.27").is_ok());
        let absent = catalog.resolve(rng, "nginx:9.99").expect_err("no such tag");
        assert!(
            absent.0.ends_with("docker.io/library/nginx:9.99: not found"),
            "{}",
            absent.0
        );
        assert!(
            catalog
                .resolve(rng, "ngimx")
                .expect_err("no such image")
                .0
                .contains("pull access denied")
        );
        assert!(
            Catalog::builtin(true)
                .expect("the catalogue")
                .resolve(rng, "ghcr.io/example/api:2.1")
                .is_ok()
        );
    }

    #[test]
    fn commands_run_and_servers_serve() {
        let catalog = Catalog::builtin(false).expect("the catalogue");
        let image = |name: &str| ImageReference::parse(name).expect("a name");
        let words = |line: &str| -> Vec<String> { line.split_whitespace().map(str::to_owned).collect() };
        let entry = |name: &str, command: &str, args: &str| {
            catalog.entry(&image(name), (&words(command), &words(args)), &BTreeMap::new())
        };
        assert_eq!(
            entry("busybox:1.36", "sleep", "3600"),
            Entry::Command(words("sleep 3600"))
        );
        assert_eq!(entry("busybox:1.36", "", ""), Entry::Command(words("sh")));
        assert_eq!(entry("busybox:1.36", "", "ls /"), Entry::Command(words("ls /")));
        assert!(matches!(entry("nginx", "", ""), Entry::Server(spec) if spec.ports == [80]));
        assert!(matches!(entry("nginx", "", "-g x"), Entry::Server(spec) if spec.ports == [80]));
        assert!(
            matches!(entry("redis", "redis-server", "--port 7000"), Entry::Server(spec) if spec.ports == [7000])
        );
        assert_eq!(catalog.facts(&image("nginx")).locate("nginy"), None);
        assert!(catalog.facts(&image("nginx:1.27")).locate("bash").is_some());
        assert!(
            catalog
                .facts(&image("nginx:1.27-alpine"))
                .locate("bash")
                .is_none()
        );
    }
}
