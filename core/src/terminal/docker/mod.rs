//! Docker on the learner's laptop: one host, the images of the same catalogue, containers of the same runtime, and nobody who looks after them.
//! The daemon is plain data; `docker` itself is [`cli`].

mod attach;
mod build;
mod buildx;
mod cli;
mod container;
mod dockerfile;
mod exec;
mod images;
mod inspect;
mod list;
mod logs;
mod options;
mod registry;
mod run;
mod stop;
mod volume;
mod words;

use crate::sorted::SortedMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::runtime::traffic::{Refused, Request, Served};
use crate::runtime::{Catalog, Limits};
use crate::sim::{Rng, Time};
use crate::userland::Folder;

pub(super) use cli::Docker;
use container::{Container, State};
use images::Local;

/// How many CPUs the laptop has.
const CPUS: u64 = 4;
/// How long a machine that crashed takes to come back.
const REBOOT: Duration = Duration::from_secs(25);
/// The exit code of what died with its machine.
const LOST: i32 = 255;

/// The daemon.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Engine {
    containers: Vec<Container>,
    images: SortedMap<String, Local>,
    /// Named volumes, and those that have no name.
    volumes: SortedMap<String, Folder>,
    /// Steps of builds that need not be done again, by what they were made of.
    cache: SortedMap<String, build::Layer>,
    /// Registries that somebody has logged in to.
    logins: SortedMap<String, (String, String)>,
    numbers: u64,
    /// The machine is down until then.
    down_until: Option<Time>,
    /// Whether anything was printed or ended since it was last asked.
    spoke: bool,
}

/// What the daemon works with.
pub struct Host<'a> {
    /// The present moment.
    pub now: Time,
    /// Chance.
    pub rng: Rng,
    /// What registries serve.
    pub catalog: &'a mut Catalog,
    /// The laptop's files.
    pub files: &'a mut Folder,
    /// The volumes of a cluster, of which there are none here.
    pub nothing: &'a mut SortedMap<String, Folder>,
}

impl Engine {
    /// When it next has something to do.
    #[must_use]
    pub fn wake_at(&self) -> Option<Time> {
        if self.is_down() {
            return self.down_until;
        }
        self.containers.iter().filter_map(Container::wake_at).min()
    }

    /// Does what is due.
    pub fn wake(&mut self, host: &mut Host<'_>) {
        if self.down_until.is_some_and(|until| host.now >= until) {
            self.down_until = None;
            self.come_back(host);
        }
        if self.is_down() {
            return;
        }
        for index in 0..self.containers.len() {
            self.run_due(index, host);
        }
        let before = self.containers.len();
        // Who stands in its foreground sees its end first.
        self.containers
            .retain(|container| !(container.auto_remove && container.is_over() && !container.attached));
        self.spoke |= before != self.containers.len();
    }

    fn run_due(&mut self, index: usize, host: &mut Host<'_>) {
        let Some(container) = self.containers.get_mut(index) else {
            return;
        };
        if container.wake_at().is_none_or(|at| at > host.now) {
            return;
        }
        self.spoke = true;
        let mut volumes = std::mem::take(&mut self.volumes);
        container.advance(host, &mut volumes);
        self.volumes = volumes;
    }

    /// Whether anything was printed or ended since this was last asked.
    pub fn spoke(&mut self) -> bool {
        std::mem::take(&mut self.spoke)
    }

    /// The machine crashes: everything on it dies. Afterwards only what was told to is started again.
    pub fn crash(&mut self, now: Time) {
        for container in &mut self.containers {
            container.die(now, LOST);
        }
        self.down_until = Some(now + REBOOT);
        self.spoke = true;
    }

    fn come_back(&mut self, host: &mut Host<'_>) {
        let mut volumes = std::mem::take(&mut self.volumes);
        for container in &mut self.containers {
            if container.comes_back() {
                // What cannot start any more stays as it is.
                let _why = container.start(host, &mut volumes);
            }
        }
        self.volumes = volumes;
    }

    /// Whether it answers.
    fn is_down(&self) -> bool {
        self.down_until.is_some()
    }

    /// A request to a port of the laptop: whatever container has published it answers.
    ///
    /// # Errors
    ///
    /// When nobody has published the port, or who has does not answer.
    pub fn serve(&mut self, host: &mut Host<'_>, request: &Request) -> Result<Served, Refused> {
        let found = self.containers.iter_mut().find_map(|container| {
            let inner = container.published(request.port)?;
            Some((container, inner))
        });
        let (container, port) = found.ok_or(Refused::Closed)?;
        let request = Request {
            port,
            ..request.clone()
        };
        let (id, rng) = (container.id.clone(), host.rng);
        let limits = container.limits();
        let (live, around) = container.enter(host, &mut self.volumes);
        let served = live.serve(&request, around, (&id, rng, limits));
        self.spoke = true;
        // docker's proxy accepts the connection for a container that does not listen, and closes it.
        served.map_err(|refused| match refused {
            Refused::Closed => Refused::Reset,
            other => other,
        })
    }

    /// The ports of the laptop that running containers publish.
    #[must_use]
    pub fn published_ports(&self) -> Vec<u16> {
        self.containers
            .iter()
            .flat_map(Container::published_ports)
            .collect()
    }

    /// Whether a port of the laptop is published.
    #[must_use]
    pub fn publishes(&self, port: u16) -> bool {
        self.containers
            .iter()
            .any(|container| container.published(port).is_some())
    }

    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// The container of a name, or of the beginning of an id.
    fn find(&self, word: &str) -> Option<usize> {
        let exact = self
            .containers
            .iter()
            .position(|container| container.name == word);
        exact.or_else(|| {
            let mut fitting = self
                .containers
                .iter()
                .enumerate()
                .filter(|(_, container)| !word.is_empty() && container.id.starts_with(word));
            fitting.next().map(|(index, _)| index)
        })
    }

    /// A name that nobody has.
    fn free_name(&mut self, rng: Rng) -> String {
        loop {
            let n = self.number();
            let name = words::name(rng, n);
            if self.find(&name).is_none() {
                return name;
            }
        }
    }
}

const fn limits(memory_bytes: Option<u64>, cpu_millis: Option<u64>) -> Limits {
    Limits {
        cpu_millis,
        memory_bytes,
        cpus: CPUS,
    }
}

/// An identifier of sixty-four digits.
fn digest(rng: Rng, purpose: &str, of: &str, n: u64) -> String {
    let word = |part| rng.draw(purpose, of, n * 4 + part);
    format!("{:016x}{:016x}{:016x}{:016x}", word(0), word(1), word(2), word(3))
}
