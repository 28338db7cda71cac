//! `docker pull`, `push` and `login`: images travel, to and from those who may.

use std::time::Duration;

use super::cli::{Docker, Task};
use super::images::familiar;
use super::options::{operands, option};
use super::{Engine, Host, digest, run};
use crate::runtime::{Credential, ImageReference};
use crate::sh::{Io, Read};

/// How fast images travel, in MiB per second.
const SPEED: u64 = 40;

impl Docker {
    pub(super) fn begin_pull(
        &mut self,
        reference: &ImageReference,
        run: Option<Vec<String>>,
        io: &mut Io<'_>,
        engine: &Engine,
        host: &Host<'_>,
    ) {
        let result = engine.fetch(reference, host);
        let (_, path) = (reference.name(), reference.repository.clone());
        let mut takes = Duration::from_millis(700);
        match &result {
            Ok(local) => {
                io.print(format!("{}: Pulling from {path}\n", reference.tag));
                if engine.image(&reference.to_string()).is_none() {
                    takes += Duration::from_millis(local.size_bytes / (SPEED << 20) * 1_000);
                }
            }
            Err(why) if why.contains("i/o timeout") => takes = Duration::from_secs(30),
            Err(_) => {}
        }
        self.task = Task::Pulling {
            until: host.now + takes,
            name: reference.to_string(),
            result: result.map(Box::new),
            run,
        };
    }

    pub(super) fn pulled(
        &mut self,
        io: &mut Io<'_>,
        engine: &mut Engine,
        host: &mut Host<'_>,
    ) -> Option<i32> {
        let Task::Pulling {
            name, result, run, ..
        } = std::mem::replace(&mut self.task, Task::New)
        else {
            return Some(1);
        };
        let local = match result {
            Ok(local) => local,
            Err(why) if run.is_some() => {
                return self.end(
                    host,
                    format!("docker: {why}\n\nRun 'docker run --help' for more information\n"),
                    125,
                );
            }
            Err(why) => return self.end(host, format!("{why}\n"), 1),
        };
        let known = engine
            .image(&name)
            .is_some_and(|(_, known)| known.digest == local.digest);
        if known {
            io.print(format!(
                "Digest: {}\nStatus: Image is up to date for {}\n",
                local.digest,
                familiar(&name)
            ));
        } else {
            for n in 0..2 + local.size_bytes % 4 {
                let layer = digest(host.rng, "docker-pull", &name, n);
                io.print(format!(
                    "{}: Pull complete\n",
                    layer.get(..12).unwrap_or_default()
                ));
            }
            io.print(format!(
                "Digest: {}\nStatus: Downloaded newer image for {}\n",
                local.digest,
                familiar(&name)
            ));
            engine.keep(name.clone(), *local);
        }
        match run {
            Some(words) => match run::parse(&words, "run") {
                Ok(wanted) => self.run_now(wanted, io, engine, host),
                Err(why) => self.end(host, why, 125),
            },
            None => {
                io.print(format!("{name}\n"));
                Some(0)
            }
        }
    }

    pub(super) fn pull(
        &mut self,
        rest: &[String],
        io: &mut Io<'_>,
        engine: &Engine,
        host: &Host<'_>,
    ) -> Option<i32> {
        let Some(name) = operands(rest, &["--platform"]).into_iter().next() else {
            return self.end(host, "docker: 'docker pull' requires 1 argument\n\nUsage:  docker pull [OPTIONS] NAME[:TAG|@DIGEST]\n\nSee 'docker pull --help' for more information\n", 1);
        };
        match ImageReference::parse(&name) {
            Some(reference) => {
                if !name.contains(':') && !name.contains('@') {
                    io.print("Using default tag: latest\n");
                }
                self.begin_pull(&reference, None, io, engine, host);
                None
            }
            None => self.end(host, "invalid reference format\n", 1),
        }
    }

    pub(super) fn push(&mut self, rest: &[String], engine: &Engine, host: &mut Host<'_>) -> Option<i32> {
        let Some(name) = operands(rest, &[]).into_iter().next() else {
            return self.end(host, "docker: 'docker push' requires 1 argument\n\nUsage:  docker push [OPTIONS] NAME[:TAG]\n\nSee 'docker push --help' for more information\n", 1);
        };
        let Some(reference) = ImageReference::parse(&name) else {
            return self.end(host, "invalid reference format\n", 1);
        };
        let refers = format!("The push refers to repository [{}]\n", reference.name());
        let Some((_, local)) = engine.image(&reference.to_string()) else {
            return self.end(
                host,
                format!(
                    "{refers}An image does not exist locally with the tag: {}\n",
                    familiar(&reference.name())
                ),
                1,
            );
        };
        let login = engine.logins.get(&reference.registry);
        if let Err(why) = host.catalog.takes(&reference, login) {
            return self.end(host, format!("{refers}{why}\n"), 1);
        }
        let layer = local.short_id().to_owned();
        host.catalog.push(&reference, local.published());
        let bytes = local.size_bytes;
        let digest = host
            .catalog
            .resolve(
                host.rng,
                &reference.to_string(),
                &credentials(&reference.registry, login),
            )
            .map(|resolved| resolved.digest)
            .unwrap_or_default();
        let text = format!(
            "{refers}{layer}: Pushed\n{}: digest: {digest} size: {}\n",
            reference.tag,
            856 + bytes % 700
        );
        self.task = Task::Ending {
            until: host.now + Duration::from_millis(900),
            text,
            status: 0,
        };
        None
    }

    pub(super) fn login(
        &mut self,
        rest: &[String],
        io: &mut Io<'_>,
        engine: &mut Engine,
        host: &Host<'_>,
    ) -> Option<i32> {
        let user = option(rest, "-u")
            .or_else(|| option(rest, "--username"))
            .unwrap_or_default();
        let mut password = option(rest, "-p").or_else(|| option(rest, "--password"));
        if rest.iter().any(|word| word == "--password-stdin") {
            let mut text = Vec::new();
            while let Read::Data(bytes) = io.read(&*host.files, 4_096) {
                text.extend(bytes);
            }
            password = Some(String::from_utf8_lossy(&text).trim().to_owned());
        }
        let registry = operands(rest, &["-u", "--username", "-p", "--password"])
            .into_iter()
            .next();
        let registry = registry.unwrap_or_else(|| "docker.io".to_owned());
        let Some(password) = password.filter(|_| !user.is_empty()) else {
            return self.end(
                host,
                "Error: Cannot perform an interactive login from a non TTY device\n",
                1,
            );
        };
        if host.catalog.knows_user(&registry, &user, &password) {
            engine.logins.insert(registry, (user, password));
            self.end(host, "Login Succeeded\n", 0)
        } else {
            self.end(host, format!("Error response from daemon: login attempt to https://{registry}/v2/ failed with status: 401 Unauthorized\n"), 1)
        }
    }
}

/// Who somebody is to a registry.
fn credentials(registry: &str, login: Option<&(String, String)>) -> Vec<Credential> {
    login
        .map(|(user, password)| Credential {
            registry: registry.to_owned(),
            user: user.clone(),
            password: password.clone(),
        })
        .into_iter()
        .collect()
}
