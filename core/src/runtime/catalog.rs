//! The image catalogue: which images and tags exist, how large they are, and what their containers do. One file an image in
//! `assets/images/`; a lesson may add its own.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::image::{ImageReference, PullError, ResolvedImage};
use super::program::{Ending, Program};
use crate::manifest;
use crate::sim::Rng;

/// The images every cluster knows.
const FILES: &[(&str, &str)] = &[
    ("busybox.yaml", include_str!("../../assets/images/busybox.yaml")),
    ("httpd.yaml", include_str!("../../assets/images/httpd.yaml")),
    ("nginx.yaml", include_str!("../../assets/images/nginx.yaml")),
    ("redis.yaml", include_str!("../../assets/images/redis.yaml")),
    ("system.yaml", include_str!("../../assets/images/system.yaml")),
];

/// What a process that sleeps does with SIGTERM as PID 1: nothing.
const SIGTERM_IGNORED: Option<Duration> = None;

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
    /// What the entrypoint does.
    #[serde(default)]
    entrypoint: Entrypoint,
    /// The programs that may be named in `command`, besides the entrypoint.
    #[serde(default)]
    programs: Vec<String>,
}

/// What a container without a command of its own does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Entrypoint {
    /// The ports it answers on.
    #[serde(default)]
    ports: Vec<u16>,
    /// From its start until it serves.
    #[serde(default)]
    startup_millis: u64,
    /// How long it takes to stop on SIGTERM; absent if it does not listen.
    #[serde(default)]
    stop_millis: Option<u64>,
    /// It exits by itself with this code.
    #[serde(default)]
    exit_code: Option<i32>,
    /// After so long.
    #[serde(default)]
    exit_after_millis: u64,
    /// What it logs when it starts.
    #[serde(default)]
    logs: Vec<String>,
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
    images: BTreeMap<String, Arc<ImageFile>>,
    /// Whether images that nobody described can be pulled too: the recorded reference cluster works so.
    accept_unknown: bool,
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
            self.images.insert(reference.name(), Arc::new(image));
        }
        Ok(())
    }

    /// The images and their tags.
    pub fn images(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.images
            .values()
            .map(|image| (image.image.as_str(), image.tags.as_slice()))
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
        let known = self.images.get(&reference.name());
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

    /// What a container of this image does.
    #[must_use]
    pub fn program(
        &self,
        image: &ImageReference,
        command: Option<&[String]>,
        args: Option<&[String]>,
    ) -> Program {
        let file = self.images.get(&image.name()).map(AsRef::as_ref);
        if let Some(command) = command.filter(|command| !command.is_empty()) {
            let line: Vec<&str> = command
                .iter()
                .chain(args.unwrap_or_default())
                .map(String::as_str)
                .collect();
            return command_program(file, &line);
        }
        let Some(file) = file else { return stand_in() };
        if let Some(args) = args.filter(|args| !args.is_empty() && file.entrypoint.exit_code.is_some()) {
            // An image without a server of its own runs what the arguments name.
            return command_program(Some(file), &args.iter().map(String::as_str).collect::<Vec<_>>());
        }
        entrypoint_program(&file.entrypoint)
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
fn stand_in() -> Program {
    Program {
        ending: Ending::Never,
        startup: Duration::ZERO,
        ports: Vec::new(),
        logs: Vec::new(),
        stops_in: Some(Duration::from_millis(100)),
    }
}

fn entrypoint_program(entrypoint: &Entrypoint) -> Program {
    let ending = entrypoint.exit_code.map_or(Ending::Never, |code| Ending::After {
        runs: Duration::from_millis(entrypoint.exit_after_millis),
        code,
    });
    let startup = Duration::from_millis(entrypoint.startup_millis);
    Program {
        ending,
        startup,
        ports: entrypoint.ports.clone(),
        logs: entrypoint
            .logs
            .iter()
            .map(|line| (startup, line.clone()))
            .collect(),
        stops_in: entrypoint.stop_millis.map(Duration::from_millis),
    }
}

fn exits(code: i32) -> Program {
    Program {
        ending: Ending::After {
            runs: Duration::from_millis(20),
            code,
        },
        ..stand_in()
    }
}

/// What a command line of the manifest does.
fn command_program(file: Option<&ImageFile>, line: &[&str]) -> Program {
    let [program, args @ ..] = line else {
        return stand_in();
    };
    let name = program.rsplit('/').next().unwrap_or(program);
    let served = file.is_none_or(|file| file.programs.iter().any(|known| known == name));
    match name {
        "sleep" => sleep(args),
        "true" => exits(0),
        "false" => exits(1),
        "echo" => Program {
            logs: vec![(Duration::ZERO, args.join(" "))],
            ..exits(0)
        },
        _ if served => stand_in(),
        _ => Program {
            ending: Ending::CannotStart {
                message: format!(
                    "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: \"{program}\": executable file not found in $PATH"
                ),
            },
            ..stand_in()
        },
    }
}

fn sleep(args: &[&str]) -> Program {
    let mut runs = Duration::ZERO;
    for arg in args {
        let (number, unit_secs) = match arg.strip_suffix(['s', 'm', 'h', 'd']) {
            Some(number) if arg.ends_with('m') => (number, 60.0),
            Some(number) if arg.ends_with('h') => (number, 3_600.0),
            Some(number) if arg.ends_with('d') => (number, 86_400.0),
            Some(number) => (number, 1.0),
            None => (*arg, 1.0),
        };
        if number == "infinity" || number == "inf" {
            return Program {
                ending: Ending::Never,
                stops_in: SIGTERM_IGNORED,
                ..stand_in()
            };
        }
        let secs: Option<f64> = number
            .parse()
            .ok()
            .filter(|secs: &f64| secs.is_finite() && *secs >= 0.0);
        let Some(part) = secs.and_then(|secs| Duration::try_from_secs_f64(secs * unit_secs).ok()) else {
            let message = format!("sleep: invalid number '{arg}'");
            return Program {
                logs: vec![(Duration::ZERO, message)],
                ..exits(1)
            };
        };
        runs = runs.saturating_add(part);
    }
    Program {
        ending: Ending::After { runs, code: 0 },
        stops_in: SIGTERM_IGNORED,
        ..stand_in()
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
    fn commands_end_as_they_say() {
        let catalog = Catalog::builtin(false).expect("the catalogue");
        let busybox = ImageReference::parse("busybox:1.36").expect("a name");
        let ending = |line: &[&str]| {
            let line: Vec<String> = line.iter().map(|&word| word.to_owned()).collect();
            catalog.program(&busybox, Some(&line), None).ending
        };
        let after = |runs, code| Ending::After { runs, code };
        assert_eq!(ending(&["sleep", "3600"]), after(Duration::from_secs(3600), 0));
        assert_eq!(
            ending(&["sleep", "1m", "0.5"]),
            after(Duration::from_millis(60_500), 0)
        );
        assert_eq!(ending(&["sleep", "infinity"]), Ending::Never);
        assert_eq!(ending(&["false"]), after(Duration::from_millis(20), 1));
        assert!(matches!(ending(&["nginy"]), Ending::CannotStart { .. }));
        assert_eq!(
            catalog.program(&busybox, None, None).ending,
            after(Duration::ZERO, 0)
        );
    }
}
