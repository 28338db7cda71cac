//! The image catalogue: which images and tags exist, how large they are, and what their containers do. One file an image in
//! `assets/images/`; a lesson may add its own.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use super::blueprint::{Blueprint, Entry, ImageFile};
use super::facts::ImageFacts;
use super::image::{Credential, ImageReference, PullError, ResolvedImage};
use crate::manifest;
use crate::sim::Rng;
use crate::sorted::SortedMap;

/// The images every cluster knows.
const FILES: &[(&str, &str)] = &[
    ("boutique.yaml", include_str!("../../assets/images/boutique.yaml")),
    ("busybox.yaml", include_str!("../../assets/images/busybox.yaml")),
    ("demo.yaml", include_str!("../../assets/images/demo.yaml")),
    ("echo.yaml", include_str!("../../assets/images/echo.yaml")),
    ("httpd.yaml", include_str!("../../assets/images/httpd.yaml")),
    ("nginx.yaml", include_str!("../../assets/images/nginx.yaml")),
    ("others.yaml", include_str!("../../assets/images/others.yaml")),
    ("php.yaml", include_str!("../../assets/images/php.yaml")),
    (
        "registries.yaml",
        include_str!("../../assets/images/registries.yaml"),
    ),
    ("stores.yaml", include_str!("../../assets/images/stores.yaml")),
    ("system.yaml", include_str!("../../assets/images/system.yaml")),
];

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
    images: SortedMap<String, Blueprint>,
    registries: SortedMap<String, Registry>,
    /// Whether images that nobody described can be pulled too: the recorded reference cluster works so.
    accept_unknown: bool,
    /// What an image that nobody described brings.
    #[serde(skip)]
    unknown: OnceLock<Arc<ImageFacts>>,
}

/// A registry that is not like the others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Registry {
    /// Its address.
    registry: String,
    /// Who may pull, and with which password; everybody if empty.
    users: BTreeMap<String, String>,
    /// It does not answer.
    down: bool,
}

impl Catalog {
    /// The images every cluster knows; others are refused unless `accept_unknown`.
    ///
    /// # Errors
    ///
    /// When a file of the catalogue is wrong: a test keeps that from happening.
    pub fn builtin(accept_unknown: bool) -> Result<Self, CatalogError> {
        let mut catalog = Self {
            images: SortedMap::new(),
            registries: SortedMap::new(),
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
            if document.value.get("registry").is_some() {
                let registry: Registry =
                    serde_json::from_value(document.value).map_err(|error| refuse(error.to_string()))?;
                self.registries.insert(registry.registry.clone(), registry);
                continue;
            }
            let image: ImageFile =
                serde_json::from_value(document.value).map_err(|error| refuse(error.to_string()))?;
            self.add_image(image).map_err(refuse)?;
        }
        Ok(())
    }

    fn add_image(&mut self, image: ImageFile) -> Result<(), String> {
        let names: Vec<String> = [&image.image].into_iter().chain(&image.also).cloned().collect();
        let blueprint = Blueprint::new(image)?;
        for name in names {
            let reference =
                ImageReference::parse(&name).ok_or_else(|| format!("\"{name}\" is no image name"))?;
            self.images.insert(reference.name(), blueprint.clone());
        }
        Ok(())
    }

    /// The images and their tags.
    pub fn images(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.images.values().map(Blueprint::name_and_tags)
    }

    /// What a registry answers for this name to somebody with these credentials.
    ///
    /// # Errors
    ///
    /// When there is no such image or tag, the registry is down, or does not know who asks.
    pub fn resolve(
        &self,
        rng: Rng,
        name: &str,
        credentials: &[Credential],
    ) -> Result<ResolvedImage, PullError> {
        let Some(reference) = ImageReference::parse(name) else {
            return Err(PullError::now(format!(
                "failed to parse image name \"{name}\": invalid reference format"
            )));
        };
        if let Some(registry) = self.registries.get(&reference.registry) {
            registry.admits(&reference, credentials)?;
        }
        let size_mib = match self.find(&reference) {
            Some(image) if self.accept_unknown || image.has_tag(&reference.tag) => image.size_mib(),
            Some(_) => return Err(not_found(&reference)),
            None if self.accept_unknown => 20,
            None => return Err(denied(&reference)),
        };
        let revision = self
            .find(&reference)
            .map(|image| image.revision(&reference.tag))
            .unwrap_or_default();
        let text = format!("{reference}{revision}");
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

    /// Whether a registry lets somebody with these credentials pull.
    #[must_use]
    pub fn admits(&self, image: &ImageReference, credentials: &[Credential]) -> bool {
        let registry = self.registries.get(&image.registry);
        registry.is_none_or(|registry| registry.down || registry.admits(image, credentials).is_ok())
    }

    /// An image that is served under this name, whatever its tag.
    #[must_use]
    pub fn find(&self, image: &ImageReference) -> Option<&Blueprint> {
        self.images.get(&image.name())
    }

    /// Serves an image under a name: it was pushed.
    pub fn push(&mut self, image: &ImageReference, (blueprint, tag): (&Blueprint, &str)) {
        let known = self.images.get(&image.name());
        let pushed = blueprint.under(tag, &image.tag, known);
        self.images.insert(image.name(), pushed);
    }

    /// Whether a registry takes what somebody pushes; the error is docker's.
    ///
    /// # Errors
    ///
    /// When it is down, or does not know who pushes.
    pub fn takes(&self, image: &ImageReference, login: Option<&(String, String)>) -> Result<(), String> {
        let name = &image.registry;
        let denied = || Err("denied: requested access to the resource is denied".to_owned());
        match self.registries.get(name) {
            Some(registry) if registry.down => Err(format!(
                "Get \"https://{name}/v2/\": dial tcp 203.0.113.9:443: i/o timeout"
            )),
            Some(registry) if registry.users.is_empty() => Ok(()),
            Some(_) => match login {
                Some((user, password)) if self.knows_user(name, user, password) => Ok(()),
                _ => denied(),
            },
            // Nobody pushes to somebody else's account of a public registry.
            None if image.repository.starts_with("library/") => denied(),
            None => Ok(()),
        }
    }

    /// Whether a registry knows this user by this password: a public one knows everybody.
    #[must_use]
    pub fn knows_user(&self, registry: &str, user: &str, password: &str) -> bool {
        let found = self.registries.get(registry);
        found.is_none_or(|found| {
            found.users.is_empty() || found.users.get(user).is_some_and(|known| known == password)
        })
    }

    /// What an image brings into its containers.
    #[must_use]
    pub fn facts(&self, image: &ImageReference) -> Arc<ImageFacts> {
        match self.find(image) {
            Some(blueprint) => blueprint.facts(&image.tag, self.accept_unknown),
            None => Arc::clone(self.unknown.get_or_init(|| Arc::new(ImageFacts::unknown()))),
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
        if let Some(blueprint) = self.find(image) {
            let facts = self.facts(image);
            return blueprint.entry(&image.tag, &facts, (command, args), env);
        }
        // Nobody knows what an image that nobody described holds.
        let facts = self.facts(image);
        let argv = [command, args].concat();
        let there = |name: &String| facts.locate(name.rsplit('/').next().unwrap_or(name)).is_some();
        if argv.first().is_some_and(there) {
            Entry::Command(argv)
        } else {
            Entry::Server(Arc::new(super::blueprint::stand_in()))
        }
    }

    /// Whether every server answers every probe, as on the recorded reference cluster.
    #[must_use]
    pub const fn answers_every_probe(&self) -> bool {
        self.accept_unknown
    }
}

impl Registry {
    /// Whether it lets somebody pull.
    fn admits(&self, reference: &ImageReference, credentials: &[Credential]) -> Result<(), PullError> {
        let failed = format!(
            "failed to pull and unpack image \"{reference}\": failed to resolve reference \"{reference}\""
        );
        let url = format!(
            "https://{}/v2/{}/manifests/{}",
            self.registry, reference.repository, reference.tag
        );
        if self.down {
            let words = format!(
                "{failed}: failed to do request: Head \"{url}\": dial tcp 203.0.113.9:443: i/o timeout"
            );
            return Err(PullError {
                message: words,
                takes_secs: 30,
            });
        }
        let knows = |credential: &Credential| {
            credential.registry == self.registry
                && self.users.get(&credential.user) == Some(&credential.password)
        };
        if self.users.is_empty() || credentials.iter().any(knows) {
            return Ok(());
        }
        let given = credentials
            .iter()
            .any(|credential| credential.registry == self.registry);
        Err(PullError::now(if given {
            format!("{failed}: unexpected status from HEAD request to {url}: 401 Unauthorized")
        } else {
            format!(
                "{failed}: failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://{}/token?scope=repository%3A{}%3Apull&service={}: 401 Unauthorized",
                self.registry,
                reference.repository.replace('/', "%2F"),
                self.registry
            )
        }))
    }
}

fn not_found(reference: &ImageReference) -> PullError {
    PullError::now(format!(
        "rpc error: code = NotFound desc = failed to pull and unpack image \"{reference}\": failed to resolve reference \"{reference}\": {reference}: not found"
    ))
}

fn denied(reference: &ImageReference) -> PullError {
    PullError::now(format!(
        "failed to pull and unpack image \"{reference}\": failed to resolve reference \"{reference}\": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed"
    ))
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
        assert!(catalog.resolve(rng, "nginx:1.27", &[]).is_ok());
        let absent = catalog.resolve(rng, "nginx:9.99", &[]).expect_err("no such tag");
        assert!(
            absent
                .message
                .ends_with("docker.io/library/nginx:9.99: not found"),
            "{}",
            absent.message
        );
        assert!(
            catalog
                .resolve(rng, "ngimx", &[])
                .expect_err("no such image")
                .message
                .contains("pull access denied")
        );
        assert!(
            Catalog::builtin(true)
                .expect("the catalogue")
                .resolve(rng, "ghcr.io/example/api:2.1", &[])
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
