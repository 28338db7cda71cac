//! The images on the laptop: pulled from a registry, or built here.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::cli::Docker;
use super::options::operands;
use super::{Engine, Host, digest};
use crate::runtime::{Blueprint, Credential, Entry, ImageFacts, ImageReference};
use crate::sim::{Rng, Time};

/// An image on the laptop.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Local {
    /// Sixty-four digits.
    pub(super) id: String,
    blueprint: Blueprint,
    /// Its tag there.
    tag: String,
    pub(super) size_bytes: u64,
    /// When it was made.
    pub(super) created: Created,
    /// What a registry calls it.
    pub(super) digest: String,
}

/// When an image was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Created {
    /// Here, then.
    At(Time),
    /// So many days before the laptop was switched on.
    DaysAgo(u64),
}

impl Local {
    /// What a registry serves.
    pub(super) fn pulled(
        reference: &ImageReference,
        blueprint: &Blueprint,
        (size_bytes, digest): (u64, &str),
        rng: Rng,
    ) -> Self {
        let id = super::digest(rng, "docker-image", digest, 0);
        let days = 6 + rng.draw("docker-age", &reference.name(), 0) % 40;
        Self {
            id,
            blueprint: blueprint.clone(),
            tag: reference.tag.clone(),
            // What travels is compressed.
            size_bytes: size_bytes * 14 / 5,
            created: Created::DaysAgo(days),
            digest: digest.to_owned(),
        }
    }

    /// What a build made.
    pub(super) fn built(blueprint: Blueprint, id: String, now: Time) -> Self {
        let size_bytes = blueprint.build("latest").map_or(0, |built| built.size_bytes);
        Self {
            digest: format!("sha256:{id}"),
            id,
            blueprint,
            tag: "latest".to_owned(),
            size_bytes,
            created: Created::At(now),
        }
    }

    pub(super) fn facts(&self) -> Arc<ImageFacts> {
        self.blueprint.facts(&self.tag, false)
    }

    pub(super) fn entry(
        &self,
        facts: &ImageFacts,
        words: (&[String], &[String]),
        env: &BTreeMap<String, String>,
    ) -> Entry {
        self.blueprint.entry(&self.tag, facts, words, env)
    }

    /// An image that begins with this one.
    pub(super) fn extend(&self, built: crate::runtime::Built) -> Blueprint {
        self.blueprint.extend(&self.tag, built)
    }

    /// What a build made of it, if it was built.
    pub(super) fn build(&self) -> Option<&crate::runtime::Built> {
        self.blueprint.build(&self.tag)
    }

    /// What it runs when nothing else is said.
    pub(super) fn default_command(&self) -> String {
        if let Some(built) = self.build()
            && !(built.entrypoint.is_empty() && built.command.is_empty())
        {
            return [built.entrypoint.clone(), built.command.clone()]
                .concat()
                .join(" ");
        }
        self.blueprint.default_command()
    }

    /// A command behind the image's own entrypoint.
    pub(super) fn with_entrypoint(&self, command: &str) -> String {
        match self.build() {
            Some(built) if !built.entrypoint.is_empty() => {
                format!("{} {command}", built.entrypoint.join(" "))
            }
            _ => self.blueprint.with_entrypoint(command),
        }
    }

    pub(super) fn short_id(&self) -> &str {
        self.id.get(..12).unwrap_or(&self.id)
    }

    pub(super) fn published(&self) -> (&Blueprint, &str) {
        (&self.blueprint, &self.tag)
    }
}

impl Engine {
    /// An image by its name, its id or the beginning of that.
    pub(super) fn image(&self, word: &str) -> Option<(String, &Local)> {
        if let Some(reference) = ImageReference::parse(word)
            && let Some(found) = self.images.get(&reference.to_string())
        {
            return Some((reference.to_string(), found));
        }
        let digits = word.strip_prefix("sha256:").unwrap_or(word);
        let by_id = |local: &&Local| digits.len() >= 4 && local.id.starts_with(digits);
        let mut images = self.images.iter();
        images
            .find(|(_, local)| by_id(local))
            .map(|(name, local)| (name.clone(), local))
    }

    /// Fetches an image from its registry; what it is, or why not in docker's words.
    pub(super) fn fetch(&self, reference: &ImageReference, host: &Host<'_>) -> Result<Local, String> {
        let logins: Vec<Credential> = self
            .logins
            .iter()
            .map(|(registry, (user, password))| Credential {
                registry: registry.clone(),
                user: user.clone(),
                password: password.clone(),
            })
            .collect();
        let resolved = host.catalog.resolve(host.rng, &reference.to_string(), &logins);
        let resolved = resolved.map_err(|error| refusal(reference, &error.message))?;
        let blueprint = host
            .catalog
            .find(reference)
            .ok_or_else(|| refusal(reference, "not found"))?;
        let about = (resolved.size_bytes, resolved.digest.as_str());
        Ok(Local::pulled(reference, blueprint, about, host.rng))
    }

    /// Keeps an image under a name.
    pub(super) fn keep(&mut self, name: String, local: Local) {
        self.images.insert(name, local);
    }

    /// An identifier for a layer or an image.
    pub(super) fn new_id(&mut self, rng: Rng, of: &str) -> String {
        let n = self.number();
        digest(rng, "docker-id", of, n)
    }
}

/// Why an image cannot be had, in the daemon's words rather than containerd's.
fn refusal(reference: &ImageReference, message: &str) -> String {
    let familiar = familiar(&reference.to_string());
    let name = familiar
        .rsplit_once(':')
        .map_or(familiar.as_str(), |(name, _)| name);
    if message.contains("i/o timeout") {
        let registry = &reference.registry;
        return format!(
            "Error response from daemon: Get \"https://{registry}/v2/\": dial tcp 203.0.113.9:443: i/o timeout"
        );
    }
    if message.contains("401") {
        let registry = &reference.registry;
        return format!(
            "Error response from daemon: Head \"https://{registry}/v2/{}/manifests/{}\": no basic auth credentials",
            reference.repository, reference.tag
        );
    }
    if message.contains("pull access denied") {
        return format!(
            "Error response from daemon: pull access denied for {name}, repository does not exist or may require 'docker login'"
        );
    }
    format!(
        "Error response from daemon: manifest for {familiar} not found: manifest unknown: manifest unknown"
    )
}

/// A full name as docker shows it: without what is understood.
pub(super) fn familiar(full: &str) -> String {
    let short = full.strip_prefix("docker.io/").unwrap_or(full);
    short.strip_prefix("library/").unwrap_or(short).to_owned()
}

impl Docker {
    pub(super) fn tag(&mut self, rest: &[String], engine: &mut Engine, host: &Host<'_>) -> Option<i32> {
        let [source, target] = rest else {
            return self.end(host, "docker: 'docker tag' requires 2 arguments\n\nUsage:  docker tag SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]\n\nSee 'docker tag --help' for more information\n", 1);
        };
        let Some(reference) = ImageReference::parse(target) else {
            return self.end(host, format!("Error parsing reference: \"{target}\" is not a valid repository/tag: invalid reference format\n"), 1);
        };
        match engine.image(source).map(|(_, local)| local.clone()) {
            Some(local) => {
                engine.keep(reference.to_string(), local);
                self.end(host, "", 0)
            }
            None => self.end(
                host,
                format!("Error response from daemon: No such image: {}\n", named(source)),
                1,
            ),
        }
    }

    pub(super) fn remove_images(
        &mut self,
        rest: &[String],
        engine: &mut Engine,
        host: &Host<'_>,
    ) -> Option<i32> {
        let force = rest.iter().any(|word| word == "-f" || word == "--force");
        let (mut text, mut errors) = (String::new(), String::new());
        for word in operands(rest, &[]) {
            let Some((name, local)) = engine.image(&word).map(|(name, local)| (name, local.clone())) else {
                errors.push_str(&format!(
                    "Error response from daemon: No such image: {}\n",
                    named(&word)
                ));
                continue;
            };
            let shared = engine
                .images
                .iter()
                .any(|(other, known)| *other != name && known.id == local.id);
            let user = engine
                .containers
                .iter()
                .find(|container| container.local.id == local.id && !shared);
            if let Some(container) = user.filter(|container| container.is_running() || !force) {
                let (state, must) = if container.is_running() {
                    ("running", "cannot be forced")
                } else {
                    ("stopped", "must be forced")
                };
                let about = if state == "running" {
                    format!(
                        "conflict: unable to remove repository reference \"{word}\" (must force) - container {} is using its referenced image {}",
                        container.short_id(),
                        local.short_id()
                    )
                } else {
                    format!(
                        "conflict: unable to delete {} ({must}) - image is being used by {state} container {}",
                        local.short_id(),
                        container.short_id()
                    )
                };
                errors.push_str(&format!("Error response from daemon: {about}\n"));
                continue;
            }
            engine.images.remove(&name);
            text.push_str(&format!("Untagged: {}\n", familiar(&name)));
            if !shared {
                text.push_str(&format!("Deleted: sha256:{}\n", local.id));
            }
        }
        self.end_of_all(host, text, errors)
    }
}

/// A name with its tag.
fn named(word: &str) -> String {
    if word.contains(':') {
        word.to_owned()
    } else {
        format!("{word}:latest")
    }
}
