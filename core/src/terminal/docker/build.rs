//! `docker build`: each instruction of a Dockerfile makes a layer, the ones that were made before are taken from the cache. Says what BuildKit says
//! with `--progress=plain`.

#![expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the path of the method is longer"
)]

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::container::{Config, surroundings};
use super::dockerfile::{self, Instruction};
use super::images::{Local, familiar};
use super::{Engine, Host};
use crate::runtime::{Built, Command, ImageReference, Instance};
use crate::sh::{Files, resolve};
use crate::sim::Time;
use crate::sorted::SortedMap;
use crate::userland::Folder;

/// Files that a step copies: path and bytes.
type Copied = Vec<(String, Vec<u8>)>;

/// How long a small step takes.
const STEP: Duration = Duration::from_millis(100);
/// How long a registry takes to say what an image is.
const METADATA: Duration = Duration::from_millis(800);
/// How fast images travel, in MiB per second.
const SPEED: u64 = 40;

/// What a step has made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Layer {
    built: Built,
}

/// A build under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Build {
    steps: Vec<Instruction>,
    /// The Dockerfile's name and lines, for what is said of a failure.
    source: (String, Vec<String>),
    /// Where the files come from.
    context: String,
    names: Vec<ImageReference>,
    arguments: BTreeMap<String, String>,
    use_cache: bool,
    base: Option<Local>,
    base_name: String,
    built: Built,
    /// What the layers so far were made of.
    made_of: String,
    /// The number of BuildKit's next line.
    vertex: u32,
    /// The next instruction, and how many layers there are.
    next: usize,
    layer: usize,
    layers: usize,
    running: Option<Running>,
    began: Time,
    until: Time,
    phase: Phase,
    /// Only the image's id is said at the end.
    quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Phase {
    Loading,
    Metadata,
    Pulling,
    Steps,
    Exporting,
}

/// A `RUN` under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Running {
    live: Instance,
    config: Config,
    local: Local,
    began: Time,
}

/// Where a build stands.
pub(super) enum Progress {
    /// It goes on at this moment.
    Until(Time),
    /// It is over, with this status.
    Done(i32),
}

/// What a build is asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Order {
    pub(super) context: String,
    pub(super) file: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) arguments: BTreeMap<String, String>,
    pub(super) use_cache: bool,
    pub(super) quiet: bool,
}

impl Build {
    /// Reads the Dockerfile of a context; the error is what docker says.
    pub(super) fn new(order: Order, cwd: &str, files: &Folder, now: Time) -> Result<Self, String> {
        let context = resolve(cwd, &order.context);
        if !files.stat(&context).is_some_and(|stat| stat.directory) {
            return Err(format!(
                "ERROR: failed to build: unable to prepare context: path \"{}\" not found\n",
                order.context
            ));
        }
        let path = match &order.file {
            Some(file) => resolve(cwd, file),
            None => resolve(&context, "Dockerfile"),
        };
        let short = path.rsplit('/').next().unwrap_or("Dockerfile").to_owned();
        let Ok(bytes) = files.read(&path, 0, usize::MAX) else {
            return Err(format!(
                "ERROR: failed to build: failed to solve: failed to read dockerfile: open {short}: no such file or directory\n"
            ));
        };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let steps = dockerfile::parse(&text)
            .map_err(|why| format!("{short}\nERROR: failed to build: failed to solve: {why}\n"))?;
        let mut names = Vec::new();
        for tag in &order.tags {
            names.push(ImageReference::parse(tag).ok_or_else(|| {
                format!("ERROR: failed to build: invalid tag \"{tag}\": invalid reference format\n")
            })?);
        }
        // What lies before the last FROM is another stage.
        let last_from = steps.iter().rposition(|step| step.name == "FROM").unwrap_or(0);
        let steps: Vec<Instruction> = steps.into_iter().skip(last_from).collect();
        let layers = steps.iter().filter(|step| makes_layer(&step.name)).count() + 1;
        Ok(Self {
            source: (short, text.lines().map(str::to_owned).collect()),
            steps,
            context,
            names,
            arguments: order.arguments,
            use_cache: order.use_cache,
            base: None,
            base_name: String::new(),
            built: Built::default(),
            made_of: String::new(),
            vertex: 0,
            next: 1,
            layer: 1,
            layers,
            running: None,
            began: now,
            until: now,
            phase: Phase::Loading,
            quiet: order.quiet,
        })
    }

    /// Goes on; what is said goes to `say`.
    pub(super) fn step(&mut self, engine: &mut Engine, host: &mut Host<'_>, say: &mut String) -> Progress {
        let result = self.advance(engine, host, say);
        match result {
            Ok(progress) => progress,
            Err(why) => {
                say.push_str(&why);
                Progress::Done(1)
            }
        }
    }

    fn advance(
        &mut self,
        engine: &mut Engine,
        host: &mut Host<'_>,
        say: &mut String,
    ) -> Result<Progress, String> {
        loop {
            if host.now < self.until {
                return Ok(Progress::Until(self.until));
            }
            match self.phase {
                Phase::Loading => self.load(host, say)?,
                Phase::Metadata => self.resolve(engine, host, say)?,
                Phase::Pulling => self.pulled(engine, say),
                Phase::Steps if self.running.is_some() => {
                    if let Some(at) = self.run_on(engine, host, say)? {
                        return Ok(Progress::Until(at));
                    }
                }
                Phase::Steps => match self.steps.get(self.next).cloned() {
                    Some(step) => {
                        self.next += 1;
                        self.instruct(&step, engine, host, say)?;
                    }
                    None => {
                        self.vertex += 1;
                        self.phase = Phase::Exporting;
                        say.push_str(&format!("#{} exporting to image\n", self.vertex));
                        self.until = host.now + STEP;
                    }
                },
                Phase::Exporting => {
                    self.export(engine, host, say);
                    return Ok(Progress::Done(0));
                }
            }
        }
    }

    fn load(&mut self, host: &Host<'_>, say: &mut String) -> Result<(), String> {
        let from = self
            .steps
            .first()
            .map(|step| step.text.clone())
            .unwrap_or_default();
        let from = dockerfile::expand(&from, &self.arguments);
        let name = from.split_whitespace().next().unwrap_or_default();
        let reference = ImageReference::parse(name).ok_or_else(|| {
            format!("ERROR: failed to build: failed to solve: failed to parse stage name \"{name}\": invalid reference format\n")
        })?;
        self.base_name = reference.to_string();
        let bytes: usize = self.source.1.iter().map(|line| line.len() + 1).sum();
        say.push_str(&format!(
            "#0 building with \"default\" instance using docker driver\n\n#1 [internal] load build definition from {}\n#1 transferring dockerfile: {bytes}B done\n#1 DONE 0.0s\n\n#2 [internal] load metadata for {}\n",
            self.source.0, self.base_name
        ));
        self.phase = Phase::Metadata;
        self.until = host.now + METADATA;
        Ok(())
    }

    fn resolve(&mut self, engine: &Engine, host: &Host<'_>, say: &mut String) -> Result<(), String> {
        let reference = ImageReference::parse(&self.base_name).ok_or_else(String::new)?;
        let known = engine.image(&self.base_name).map(|(_, local)| local.clone());
        let there = known.is_some();
        let base = match known {
            Some(local) => local,
            None => engine.fetch(&reference, host).map_err(|why| {
                let why = if why.contains("access denied") {
                    "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed".to_owned()
                } else if why.contains("manifest unknown") {
                    "not found".to_owned()
                } else {
                    why.trim_start_matches("Error response from daemon: ").to_owned()
                };
                self.failure(&self.steps.first().cloned(), &format!("#2 ERROR: {why}\n------\n > [internal] load metadata for {}:\n------\n", self.base_name), &format!("{}: failed to resolve source metadata for {}: {}: {why}", familiar(&self.base_name), self.base_name, self.base_name))
            })?,
        };
        let context: usize = host
            .files
            .files_under(&self.context)
            .iter()
            .map(|file| file.text.len())
            .sum();
        say.push_str(&format!(
            "#2 DONE 0.8s\n\n#3 [internal] load .dockerignore\n#3 transferring context: 2B done\n#3 DONE 0.0s\n\n#4 [internal] load build context\n#4 transferring context: {context}B done\n#4 DONE 0.0s\n\n#5 [1/{}] FROM {}@{}\n",
            self.layers, self.base_name, base.digest
        ));
        self.vertex = 5;
        if there {
            say.push_str("#5 CACHED\n\n");
            self.until = host.now;
        } else {
            let secs = base.size_bytes / (SPEED << 20);
            say.push_str(&format!("#5 resolve {}@{} done\n", self.base_name, base.digest));
            self.until = host.now + Duration::from_secs(secs) + STEP * 4;
        }
        self.began = host.now;
        self.begin_from(&base);
        self.base = Some(base);
        self.phase = Phase::Pulling;
        Ok(())
    }

    /// The first layer is the base's files.
    fn begin_from(&mut self, base: &Local) {
        self.built = base.build().cloned().unwrap_or_default();
        self.built.files = (*base.facts().files).clone();
        self.built.size_bytes = base.size_bytes;
        self.made_of = base.id.clone();
    }

    fn pulled(&mut self, engine: &mut Engine, say: &mut String) {
        if let Some(base) = self.base.clone()
            && engine.image(&self.base_name).is_none()
        {
            say.push_str(&format!("#5 DONE {}s\n\n", tenths(self.until.since(self.began))));
            engine.keep(self.base_name.clone(), base);
        }
        self.phase = Phase::Steps;
    }

    fn instruct(
        &mut self,
        step: &Instruction,
        engine: &mut Engine,
        host: &mut Host<'_>,
        say: &mut String,
    ) -> Result<(), String> {
        let mut variables = self.arguments.clone();
        variables.extend(self.built.env.clone());
        let text = match step.name.as_str() {
            // The shell does it.
            "RUN" | "CMD" | "ENTRYPOINT" => step.text.clone(),
            _ => dockerfile::expand(&step.text, &variables),
        };
        match step.name.as_str() {
            "ENV" => self.built.env.extend(dockerfile::pairs(&text)),
            "ARG" => {
                let (name, value) = text.split_once('=').unwrap_or((&text, ""));
                self.arguments
                    .entry(name.to_owned())
                    .or_insert_with(|| value.to_owned());
            }
            "CMD" => self.built.command = dockerfile::command(&text),
            "ENTRYPOINT" => {
                self.built.entrypoint = dockerfile::command(&text);
                self.built.command.clear();
            }
            "USER" => self.built.user = Some(text.clone()),
            "EXPOSE" => {
                let ports = text.split_whitespace();
                let ports = ports.filter_map(|port| port.split('/').next()?.parse::<u16>().ok());
                self.built.exposed.extend(ports);
            }
            _ => {}
        }
        if !makes_layer(&step.name) {
            self.made_of = key(&self.made_of, &format!("{} {text}", step.name), host);
            return Ok(());
        }
        self.layer += 1;
        self.vertex += 1;
        self.began = host.now;
        let title = format!("[{}/{}] {} {text}", self.layer, self.layers, step.name);
        say.push_str(&format!("#{} {title}\n", self.vertex));
        let content = match step.name.as_str() {
            "COPY" | "ADD" => self.sources(&text, step, host)?.1,
            _ => String::new(),
        };
        self.made_of = key(&self.made_of, &format!("{} {text} {content}", step.name), host);
        if let Some(layer) = engine.cache.get(&self.made_of).filter(|_| self.use_cache) {
            self.built = layer.built.clone();
            say.push_str(&format!("#{} CACHED\n\n", self.vertex));
            return Ok(());
        }
        match step.name.as_str() {
            "WORKDIR" => {
                self.built.work_dir = resolve(&self.work_dir(), &text);
                let path = self.built.work_dir.clone();
                make_directories(&mut self.built.files, &path);
            }
            "COPY" | "ADD" => self.copy(&text, step, host)?,
            _ => return self.run(&text, host),
        }
        self.finish_layer(engine, host, say);
        Ok(())
    }

    fn finish_layer(&mut self, engine: &mut Engine, host: &Host<'_>, say: &mut String) {
        engine.cache.insert(
            self.made_of.clone(),
            Layer {
                built: self.built.clone(),
            },
        );
        let took = host.now.since(self.began);
        say.push_str(&format!("#{} DONE {}s\n\n", self.vertex, tenths(took)));
        self.until = host.now + STEP;
    }

    fn work_dir(&self) -> String {
        let base = self.base.as_ref().map(|base| base.facts().work_dir.clone());
        if self.built.work_dir.is_empty() {
            base.unwrap_or_else(|| "/".to_owned())
        } else {
            self.built.work_dir.clone()
        }
    }

    /// The files that a `COPY` names, with their places below the target, and what they hold.
    fn sources(&self, text: &str, step: &Instruction, host: &Host<'_>) -> Result<(Copied, String), String> {
        let words: Vec<String> = match serde_json::from_str::<Vec<String>>(text) {
            Ok(words) => words,
            Err(_) => dockerfile::words(text),
        };
        let words: Vec<&String> = words.iter().filter(|word| !word.starts_with("--")).collect();
        let Some((target, sources)) = words.split_last().filter(|(_, sources)| !sources.is_empty()) else {
            return Err(self.failure(
                &Some(step.clone()),
                "",
                &format!("{} requires at least two arguments", step.name),
            ));
        };
        let mut target = resolve(&self.work_dir(), target);
        let folder = words.last().is_some_and(|word| word.ends_with('/'))
            || sources.len() > 1
            || self.built.files.stat(&target).is_some_and(|stat| stat.directory);
        let mut found = Vec::new();
        let mut content = String::new();
        for source in sources {
            let path = resolve(&self.context, source.trim_start_matches('/'));
            let stat = host.files.stat(&path).filter(|_| path.starts_with(&self.context));
            match stat {
                Some(stat) if stat.directory => {
                    for file in host.files.files_under(&path) {
                        let inner = format!("{}/{}", target.trim_end_matches('/'), file.path);
                        content.push_str(&format!("{inner}\n{}\n", file.text));
                        found.push((inner, file.text.into_bytes()));
                    }
                }
                Some(_) => {
                    let bytes = host.files.read(&path, 0, usize::MAX).unwrap_or_default();
                    let name = path.rsplit('/').next().unwrap_or_default();
                    let place = if folder {
                        format!("{}/{name}", target.trim_end_matches('/'))
                    } else {
                        std::mem::take(&mut target)
                    };
                    content.push_str(&format!("{place}\n{}\n", String::from_utf8_lossy(&bytes)));
                    found.push((place, bytes));
                }
                None => {
                    let why = format!(
                        "failed to calculate checksum of ref: \"/{}\": not found",
                        source.trim_start_matches("./")
                    );
                    let said = format!(
                        "#{} ERROR: {why}\n------\n > [{}/{}] {} {text}:\n------\n",
                        self.vertex, self.layer, self.layers, step.name
                    );
                    return Err(self.failure(&Some(step.clone()), &said, &why));
                }
            }
        }
        Ok((found, content))
    }

    fn copy(&mut self, text: &str, step: &Instruction, host: &Host<'_>) -> Result<(), String> {
        let (files, _) = self.sources(text, step, host)?;
        self.built.files.now = host.now;
        for (path, bytes) in files {
            self.built.size_bytes += bytes.len() as u64;
            if self.built.files.save(&path, &bytes).is_err() {
                return Err(self.failure(
                    &Some(step.clone()),
                    "",
                    &format!("cannot copy to {path}: no space left on device"),
                ));
            }
        }
        Ok(())
    }

    /// Runs a command on the layers so far.
    fn run(&mut self, text: &str, host: &mut Host<'_>) -> Result<(), String> {
        let Some(base) = &self.base else { return Ok(()) };
        let blueprint = base.extend(self.built.clone());
        let local = Local::built(blueprint, self.made_of.clone(), host.now);
        let config = Config {
            hostname: "buildkitsandbox".to_owned(),
            ..Config::default()
        };
        let mut env = local.facts().env.clone();
        env.insert(
            "PATH".to_owned(),
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned(),
        );
        env.extend(self.arguments.clone());
        let mut live = Instance::new(std::sync::Arc::new(env.clone()));
        let mut volumes = SortedMap::new();
        let around = surroundings(
            &config,
            ("172.17.0.2", "buildkitsandbox"),
            local.facts(),
            host,
            &mut volumes,
        );
        let command = Command {
            argv: dockerfile::command(text),
            env,
            cwd: self.work_dir(),
            stdin: false,
            terminal: false,
        };
        let started = live.start_command(command, around);
        if let Err(why) = started {
            let step = self.steps.get(self.next - 1).cloned();
            let why = format!(
                "process \"{}\" did not complete successfully: {why}",
                dockerfile::command(text).join(" ")
            );
            let said = format!("#{} ERROR: {why}\n", self.vertex);
            return Err(self.failure(&step, &said, &why));
        }
        self.running = Some(Running {
            live,
            config,
            local,
            began: host.now,
        });
        Ok(())
    }

    /// Goes on with a command; when to look again, `None` once it has ended well.
    fn run_on(
        &mut self,
        engine: &mut Engine,
        host: &mut Host<'_>,
        say: &mut String,
    ) -> Result<Option<Time>, String> {
        let Some(mut running) = self.running.take() else {
            return Ok(None);
        };
        let mut volumes = SortedMap::new();
        let around = surroundings(
            &running.config,
            ("172.17.0.2", "buildkitsandbox"),
            running.local.facts(),
            host,
            &mut volumes,
        );
        let ran = running.live.run(around, super::limits(None, None));
        for chunk in &ran.output {
            for line in String::from_utf8_lossy(&chunk.bytes).lines() {
                let at = host.now.since(running.began).as_millis();
                say.push_str(&format!(
                    "#{} {}.{:03} {line}\n",
                    self.vertex,
                    at / 1_000,
                    at % 1_000
                ));
            }
        }
        let Some(code) = ran.ended else {
            let wake = running
                .live
                .processes
                .as_ref()
                .and_then(|processes| processes.wake_at());
            self.running = Some(running);
            return Ok(Some(wake.unwrap_or(host.now + STEP)));
        };
        let step = self.steps.get(self.next - 1).cloned();
        let text = step.as_ref().map_or("", |step| step.text.as_str());
        if code != 0 {
            let why = format!(
                "process \"{}\" did not complete successfully: exit code: {code}",
                dockerfile::command(text).join(" ")
            );
            let lines: String = running
                .live
                .log
                .lines()
                .iter()
                .map(|(_, line)| line.as_str())
                .collect();
            let said = format!(
                "#{} ERROR: {why}\n------\n > [{}/{}] RUN {text}:\n{lines}------\n",
                self.vertex, self.layer, self.layers
            );
            return Err(self.failure(&step, &said, &why));
        }
        if let Some(layer) = running.live.layer.take() {
            self.built.files = *layer;
        }
        self.finish_layer(engine, host, say);
        Ok(None)
    }

    /// What is said of a build that failed: the place in the Dockerfile, and why.
    #[expect(clippy::ref_option, reason = "the field as it is kept")]
    fn failure(&self, step: &Option<Instruction>, said: &str, why: &str) -> String {
        let mut text = said.to_owned();
        if let Some(step) = step {
            let (first, last) = step.lines;
            let name = &self.source.0;
            text.push_str(&format!("{name}:{first}\n--------------------\n"));
            let from = first.saturating_sub(3);
            for (index, line) in self.source.1.iter().enumerate().skip(from).take(last + 2 - from) {
                let mark = if (first..=last).contains(&(index + 1)) {
                    ">>>"
                } else {
                    "   "
                };
                text.push_str(&format!("{:>4} | {mark} {line}\n", index + 1));
            }
            text.push_str("--------------------\n");
        }
        text.push_str(&format!("ERROR: failed to build: failed to solve: {why}\n"));
        text
    }

    fn export(&mut self, engine: &mut Engine, host: &Host<'_>, say: &mut String) {
        let Some(base) = &self.base else { return };
        self.built.id = super::digest(host.rng, "docker-built", &self.made_of, 0);
        let id = self.built.id.clone();
        // The same layers are the same image.
        let created = engine
            .images
            .values()
            .find(|local| local.id == id)
            .map(|local| local.created);
        let mut local = Local::built(base.extend(self.built.clone()), id.clone(), host.now);
        if let Some(created) = created {
            local.created = created;
        }
        let number = self.vertex;
        say.push_str(&format!(
            "#{number} exporting layers done\n#{number} writing image sha256:{id} done\n"
        ));
        let names: Vec<String> = self.names.iter().map(ToString::to_string).collect();
        for name in &names {
            say.push_str(&format!("#{number} naming to {name} done\n"));
            engine.keep(name.clone(), local.clone());
        }
        if names.is_empty() {
            engine.keep(format!("<none>@{id}"), local);
        }
        say.push_str(&format!("#{number} DONE 0.1s\n"));
        if self.quiet {
            *say = format!("sha256:{id}\n");
        }
    }

    /// Only the id is said.
    pub(super) const fn is_quiet(&self) -> bool {
        self.quiet
    }
}

fn makes_layer(name: &str) -> bool {
    matches!(name, "RUN" | "COPY" | "ADD" | "WORKDIR")
}

/// What a layer is known by: what it was made of.
fn key(before: &str, step: &str, host: &Host<'_>) -> String {
    super::digest(host.rng, "docker-layer", &format!("{before}\n{step}"), 0)
}

fn tenths(duration: Duration) -> String {
    let tenths = duration.as_millis() / 100;
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn make_directories(files: &mut Folder, path: &str) {
    let mut so_far = String::new();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        so_far = format!("{so_far}/{part}");
        let _exists = files.make_directory(&so_far);
    }
}
