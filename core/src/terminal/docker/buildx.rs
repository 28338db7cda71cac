//! `docker build`: how it is asked for (`docker/buildx`); [`Build`] does it.

use super::Host;
use super::build::{Build, Order};
use super::cli::{Docker, Task};
use crate::sh::Io;

impl Docker {
    pub(super) fn build(&mut self, rest: &[String], io: &mut Io<'_>, host: &Host<'_>) -> Option<i32> {
        let mut order = Order {
            use_cache: true,
            ..Order::default()
        };
        let mut words = rest.iter().skip_while(|word| *word == "build");
        while let Some(word) = words.next() {
            let (flag, value) = match word.split_once('=') {
                Some((flag, value)) if flag.starts_with("--") => (flag, Some(value.to_owned())),
                _ => (word.as_str(), None),
            };
            let mut take = || value.clone().or_else(|| words.next().cloned());
            match flag {
                "-t" | "--tag" => order.tags.extend(take()),
                "-f" | "--file" => order.file = take(),
                "--build-arg" => {
                    if let Some((name, value)) = take().as_deref().and_then(|pair| pair.split_once('=')) {
                        order.arguments.insert(name.to_owned(), value.to_owned());
                    }
                }
                "--no-cache" => order.use_cache = false,
                "-q" | "--quiet" => order.quiet = true,
                "--progress" | "--platform" | "--target" | "--network" => drop(take()),
                flag if flag.starts_with('-') => {}
                context => context.clone_into(&mut order.context),
            }
        }
        if order.context.is_empty() {
            return self.end(host, "ERROR: docker: 'docker buildx build' requires 1 argument\n\nUsage:  docker buildx build [OPTIONS] PATH | URL | -\n\nRun 'docker buildx build --help' for more information\n", 1);
        }
        match Build::new(order, &self.start.cwd, host.files, host.now) {
            Ok(build) => {
                self.task = Task::Building(Box::new(build));
                None
            }
            Err(why) => {
                io.error(why);
                Some(1)
            }
        }
    }
}
