//! `docker ps`, `docker images`, `docker volume ls`: tables.

use super::container::{Container, State};
use super::images::{Created, familiar};
use super::options::option;
use super::words::{duration, size, table};
use super::{Engine, Host};
use crate::sim::Time;

/// What `docker ps` is asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Listing {
    pub(super) all: bool,
    pub(super) quiet: bool,
    pub(super) full: bool,
    pub(super) last: Option<usize>,
    pub(super) filters: Vec<String>,
    pub(super) format: Option<String>,
}

impl Container {
    /// `Up 5 seconds`, `Exited (0) 2 minutes ago`
    pub(super) fn status(&self, now: Time) -> String {
        let ago = |at: Time| duration(now.since(at).as_secs());
        match self.state {
            State::Created => "Created".to_owned(),
            State::Running { since } => format!("Up {}", ago(since)),
            State::Restarting { code, ended, .. } => format!("Restarting ({code}) {} ago", ago(ended)),
            State::Exited { code, at } => format!("Exited ({code}) {} ago", ago(at)),
        }
    }

    pub(super) const fn state_name(&self) -> &'static str {
        match self.state {
            State::Created => "created",
            State::Running { .. } => "running",
            State::Restarting { .. } => "restarting",
            State::Exited { .. } => "exited",
        }
    }

    /// Its ports as `docker ps` shows them.
    pub(super) fn ports(&self) -> String {
        if !self.is_running() {
            return String::new();
        }
        let published = self
            .config
            .ports
            .iter()
            .map(|(outer, inner)| format!("0.0.0.0:{outer}->{inner}/tcp, [::]:{outer}->{inner}/tcp"));
        let exposed = self.local.exposed();
        let only_exposed = exposed
            .into_iter()
            .filter(|port| !self.config.ports.iter().any(|(_, inner)| inner == port))
            .map(|port| format!("{port}/tcp"));
        let all: Vec<String> = published.chain(only_exposed).collect();
        all.join(", ")
    }

    fn field(&self, name: &str, now: Time) -> Option<String> {
        Some(match name {
            "ID" => self.short_id().to_owned(),
            "Image" => self.image.clone(),
            "Command" => quoted(&self.command_line(), true),
            "CreatedAt" => crate::sim::calendar::rfc3339(self.created.timestamp()),
            "RunningFor" => format!("{} ago", duration(now.since(self.created).as_secs())),
            "Ports" => self.ports(),
            "State" => self.state_name().to_owned(),
            "Status" => self.status(now),
            "Names" => self.name.clone(),
            "Size" => "0B".to_owned(),
            "Mounts" | "Labels" | "Networks" | "LocalVolumes" => String::new(),
            _ => return None,
        })
    }

    fn fits(&self, filter: &str) -> bool {
        match filter.split_once('=') {
            Some(("name", value)) => self.name.contains(value.trim_matches(['^', '$'])),
            Some(("status", value)) => self.state_name() == value,
            Some(("id", value)) => self.id.starts_with(value),
            Some(("ancestor", value)) => self.image == value || familiar(&self.image) == value,
            Some(("exited", value)) => {
                matches!(self.state, State::Exited { code, .. } if code.to_string() == value)
            }
            _ => true,
        }
    }
}

fn quoted(command: &str, cut: bool) -> String {
    let length = command.chars().count();
    if cut && length > 20 {
        let short: String = command.chars().take(19).collect();
        format!("\"{short}…\"")
    } else {
        format!("\"{command}\"")
    }
}

/// A format such as `{{.Names}} {{.Status}}`, row by row; the error is Go's.
fn formatted(format: &str, value: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let (name, tail) = after
            .split_once("}}")
            .ok_or_else(|| "template: :1: unclosed action".to_owned())?;
        let name = name.trim().trim_start_matches('.');
        let found = value(name).ok_or_else(|| {
            format!("template: :1:2: executing \"\" at <.{name}>: can't evaluate field {name} in type *formatter.ContainerContext")
        })?;
        out.push_str(&found);
        rest = tail;
    }
    out.push_str(rest);
    Ok(out.replace("\\t", "\t").replace("\\n", "\n"))
}

impl Engine {
    /// `docker ps`
    pub(super) fn list(&self, wanted: &Listing, now: Time) -> Result<String, String> {
        let mut shown: Vec<&Container> = self.containers.iter().rev().collect();
        if let Some(last) = wanted.last {
            shown.truncate(last);
        } else if !wanted.all
            && !wanted
                .filters
                .iter()
                .any(|filter| filter.starts_with("status=") || filter.starts_with("exited="))
        {
            shown.retain(|container| {
                matches!(container.state, State::Running { .. } | State::Restarting { .. })
            });
        }
        shown.retain(|container| wanted.filters.iter().all(|filter| container.fits(filter)));
        if wanted.quiet {
            let ids = shown.iter().map(|container| {
                if wanted.full {
                    container.id.as_str()
                } else {
                    container.short_id()
                }
            });
            return Ok(ids.map(|id| format!("{id}\n")).collect());
        }
        if let Some(format) = &wanted.format {
            let renamed = [("ID", "CONTAINER ID"), ("RunningFor", "CREATED")];
            return lines(format, &shown, &renamed, &|container, name| {
                container.field(name, now)
            });
        }
        let rows: Vec<Vec<String>> = shown
            .iter()
            .map(|container| {
                vec![
                    if wanted.full {
                        container.id.clone()
                    } else {
                        container.short_id().to_owned()
                    },
                    container.image.clone(),
                    quoted(&container.command_line(), !wanted.full),
                    format!("{} ago", duration(now.since(container.created).as_secs())),
                    container.status(now),
                    container.ports(),
                    container.name.clone(),
                ]
            })
            .collect();
        Ok(table(
            &[
                "CONTAINER ID",
                "IMAGE",
                "COMMAND",
                "CREATED",
                "STATUS",
                "PORTS",
                "NAMES",
            ],
            &rows,
        ))
    }

    /// `docker images`
    pub(super) fn list_images(
        &self,
        name: Option<&str>,
        (quiet, format): (bool, Option<&str>),
        now: Time,
    ) -> Result<String, String> {
        let rows = self.images.iter().map(|(full, local)| {
            let short = familiar(full);
            let (repository, tag) = match short.split_once('@') {
                Some(_) => ("<none>".to_owned(), "<none>".to_owned()),
                None => {
                    let (name, tag) = short.rsplit_once(':').unwrap_or((&short, "latest"));
                    (name.to_owned(), tag.to_owned())
                }
            };
            let secs = match local.created {
                Created::At(at) => now.since(at).as_secs(),
                Created::DaysAgo(days) => days * 86_400 + now.as_secs(),
            };
            (
                secs,
                vec![
                    repository,
                    tag,
                    local.short_id().to_owned(),
                    format!("{} ago", duration(secs)),
                    size(local.size_bytes),
                ],
            )
        });
        let asked = |row: &Vec<String>| {
            name.is_none_or(|name| match (row.as_slice(), name.rsplit_once(':')) {
                ([repository, tag, ..], Some((wanted, wanted_tag))) => {
                    repository == wanted && tag == wanted_tag
                }
                ([repository, ..], None) => repository == name,
                _ => false,
            })
        };
        let mut rows: Vec<(u64, Vec<String>)> = rows.filter(|(_, row)| asked(row)).collect();
        crate::sort::sort_by_key(&mut rows, |(secs, _)| *secs);
        let rows: Vec<Vec<String>> = rows.into_iter().map(|(_, row)| row).collect();
        let cell = |row: &Vec<String>, index: usize| row.get(index).cloned().unwrap_or_default();
        if quiet {
            return Ok(rows.iter().map(|row| cell(row, 2) + "\n").collect());
        }
        if let Some(format) = format {
            let renamed = [("ID", "IMAGE ID"), ("CreatedSince", "CREATED")];
            return lines(format, &rows, &renamed, &|row, name| {
                let index = ["Repository", "Tag", "ID", "CreatedSince", "Size"]
                    .iter()
                    .position(|known| *known == name)?;
                Some(cell(row, index))
            });
        }
        Ok(table(
            &["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"],
            &rows,
        ))
    }

    /// `docker history`
    pub(super) fn volumes_table(&self) -> String {
        let rows: Vec<Vec<String>> = self
            .volumes
            .keys()
            .map(|name| vec!["local".to_owned(), name.clone()])
            .collect();
        table(&["DRIVER", "VOLUME NAME"], &rows)
    }

    /// `docker stats --no-stream`
    pub(super) fn stats(&mut self, names: &[String], host: &Host<'_>) -> String {
        let mut rows = Vec::new();
        for container in self
            .containers
            .iter_mut()
            .filter(|container| container.is_running())
        {
            if !names.is_empty()
                && !names
                    .iter()
                    .any(|name| *name == container.name || container.id.starts_with(name.as_str()))
            {
                continue;
            }
            let limits = container.limits();
            let hundredths = container.live.take_cpu_nanos(host.now, limits) / 100_000;
            let used = container.live.memory_bytes(host.now);
            let most = limits.memory_bytes.unwrap_or(8 << 30);
            let share = used.saturating_mul(10_000) / most.max(1);
            rows.push(vec![
                container.short_id().to_owned(),
                container.name.clone(),
                format!("{}.{:02}%", hundredths / 100, hundredths % 100),
                format!("{} / {}", binary(used), binary(most)),
                format!("{}.{:02}%", share / 100, share % 100),
                "1.2kB / 0B".to_owned(),
                "0B / 0B".to_owned(),
                "1".to_owned(),
            ]);
        }
        table(
            &[
                "CONTAINER ID",
                "NAME",
                "CPU %",
                "MEM USAGE / LIMIT",
                "MEM %",
                "NET I/O",
                "BLOCK I/O",
                "PIDS",
            ],
            &rows,
        )
    }
}

/// A size in binary units (`BytesSize`).
fn binary(bytes: u64) -> String {
    let (unit, shift) = if bytes >= 1 << 30 {
        ("GiB", 30)
    } else {
        ("MiB", 20)
    };
    let hundredths = (bytes >> (shift - 10)) * 100 / 1_024;
    format!("{}.{:02}{unit}", hundredths / 100, hundredths % 100).replace(".00", "")
}

fn lines<T>(
    format: &str,
    rows: &[T],
    renamed: &[(&str, &str)],
    value: &dyn Fn(&T, &str) -> Option<String>,
) -> Result<String, String> {
    let Some(format) = format.strip_prefix("table ") else {
        let mut text = String::new();
        for row in rows {
            text.push_str(&formatted(format, &|name| value(row, name))?);
            text.push('\n');
        }
        return Ok(text);
    };
    let cells = |text: String| text.split('\t').map(str::to_owned).collect::<Vec<String>>();
    let titles = cells(formatted(format.trim_start(), &|name| {
        Some(title(name, renamed))
    })?);
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let mut shown = Vec::new();
    for row in rows {
        shown.push(cells(formatted(format.trim_start(), &|name| value(row, name))?));
    }
    Ok(table(&titles, &shown))
}

/// The title of a field: its words in capitals, unless it is called otherwise.
fn title(name: &str, renamed: &[(&str, &str)]) -> String {
    if let Some((_, title)) = renamed.iter().find(|(known, _)| *known == name) {
        return (*title).to_owned();
    }
    let mut title = String::new();
    let mut small = false;
    for letter in name.chars() {
        if small && letter.is_ascii_uppercase() {
            title.push(' ');
        }
        small = letter.is_ascii_lowercase();
        title.push(letter.to_ascii_uppercase());
    }
    title
}

/// What `docker ps` is asked for.
pub(super) fn listing(words: &[String]) -> Listing {
    let mut listing = Listing {
        format: option(words, "--format"),
        ..Listing::default()
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--all" => listing.all = true,
            "--quiet" => listing.quiet = true,
            "--no-trunc" => listing.full = true,
            "--latest" => listing.last = Some(1),
            "-n" | "--last" => listing.last = words.next().and_then(|number| number.parse().ok()),
            "-f" | "--filter" => listing.filters.extend(words.next().cloned()),
            word if word.starts_with("--filter=") => listing
                .filters
                .extend(word.split_once('=').map(|(_, filter)| filter.to_owned())),
            word if word.starts_with('-') && !word.starts_with("--") => {
                listing.all |= word.contains('a');
                listing.quiet |= word.contains('q');
                if word.contains('l') {
                    listing.last = Some(1);
                }
            }
            _ => {}
        }
    }
    listing
}
