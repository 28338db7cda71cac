//! Clients of stores: `redis-cli` (redis 7, `src/redis-cli.c`), `psql` and `pg_isready` (PostgreSQL 16, `src/bin/psql`). They send what they are given, from the
//! command line or line by line from standard input, over connections like everybody's.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::{Start, System, Wrong};
use super::exchange::{Ended, Exchange, Progress, Wish};
use crate::sh::{Io, Poll, Read, Until};
use crate::userland::options::Options;
use crate::userland::socket::{Answer, Failure};
use crate::userland::traffic::{Payload, RedisReply, Reply, SqlReply, SqlRequest};

/// Which client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Speaker {
    Redis,
    Psql,
    Ready,
}

/// A client of a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::userland) struct Store {
    speaker: Speaker,
    host: String,
    port: u16,
    user: String,
    password: Option<String>,
    database: String,
    /// What is to be sent, and whether more comes from standard input.
    commands: VecDeque<String>,
    reads: bool,
    typed: String,
    prompted: bool,
    /// `-t`, `-A`
    bare: (bool, bool),
    exchange: Option<Exchange>,
    status: i32,
}

impl Store {
    pub(in crate::userland) fn start(name: &str, start: &Start) -> Result<Self, Wrong> {
        let speaker = match name {
            "redis-cli" => Speaker::Redis,
            "psql" => Speaker::Psql,
            _ => Speaker::Ready,
        };
        let variable = |name: &str| start.env.get(name).filter(|value| !value.is_empty()).cloned();
        let mut store = Self {
            speaker,
            host: "127.0.0.1".to_owned(),
            port: if speaker == Speaker::Redis { 6_379 } else { 5_432 },
            user: variable("PGUSER").unwrap_or_else(|| "postgres".to_owned()),
            password: variable("PGPASSWORD"),
            database: String::new(),
            commands: VecDeque::new(),
            reads: false,
            typed: String::new(),
            prompted: false,
            bare: (false, false),
            exchange: None,
            status: 0,
        };
        if speaker == Speaker::Redis {
            store.password = variable("REDISCLI_AUTH");
            store.read_redis(&start.argv)?;
            return Ok(store);
        }
        store.host = variable("PGHOST").unwrap_or(store.host);
        store.port = variable("PGPORT")
            .and_then(|port| port.parse().ok())
            .unwrap_or(store.port);
        let long = [
            ("host", 'h', true),
            ("port", 'p', true),
            ("username", 'U', true),
            ("dbname", 'd', true),
            ("command", 'c', true),
            ("tuples-only", 't', false),
            ("no-align", 'A', false),
            ("list", 'l', false),
            ("quiet", 'q', false),
            ("no-password", 'w', false),
        ];
        let options =
            Options::parse(&start.argv, "h:p:U:d:c:tAlqwWX", &long).map_err(|message| (message, 1))?;
        let given = |letter: char| options.value(letter).map(str::to_owned);
        store.host = given('h').unwrap_or(store.host);
        store.port = given('p')
            .and_then(|port| port.parse().ok())
            .unwrap_or(store.port);
        let mut operands = options.operands.iter().cloned();
        let first = given('d').or_else(|| operands.next());
        // `psql postgres://user:password@host:port/database`
        match first.as_deref().and_then(|text| {
            text.strip_prefix("postgres://")
                .or_else(|| text.strip_prefix("postgresql://"))
        }) {
            Some(address) => store.read_address(address),
            None => store.database = first.or_else(|| variable("PGDATABASE")).unwrap_or_default(),
        }
        store.user = given('U').or_else(|| operands.next()).unwrap_or(store.user);
        if store.database.is_empty() {
            store.database.clone_from(&store.user);
        }
        store.bare = (options.has('t'), options.has('A'));
        store.commands = options.values('c').into();
        if options.has('l') {
            store.commands.push_back("\\l".to_owned());
        }
        if speaker == Speaker::Ready {
            store.commands = VecDeque::from([String::new()]);
        }
        store.reads = store.commands.is_empty();
        Ok(store)
    }

    fn read_redis(&mut self, argv: &[String]) -> Result<(), Wrong> {
        let mut words = argv.iter().skip(1);
        let mut command = Vec::new();
        while let Some(word) = words.next() {
            match word.as_str() {
                "-h" => self.host = words.next().cloned().unwrap_or_default(),
                "-p" => {
                    let port = words.next().and_then(|port| port.parse().ok());
                    self.port = port.ok_or_else(|| ("Invalid server port.\n".to_owned(), 1))?;
                }
                "-a" | "--pass" => self.password = words.next().cloned(),
                "-n" => {
                    words.next();
                }
                "--raw" | "--no-auth-warning" | "--no-raw" => {}
                option if option.starts_with('-') && command.is_empty() => {
                    let text = format!("Unrecognized option or bad number of args for: '{option}'\n");
                    return Err((text, 1));
                }
                _ => {
                    command.push(word.clone());
                    command.extend(words.by_ref().cloned());
                }
            }
        }
        self.reads = command.is_empty();
        if !command.is_empty() {
            // Words keep their limits by a sign that nobody types.
            self.commands.push_back(command.join("\u{0}"));
        }
        Ok(())
    }

    fn read_address(&mut self, address: &str) {
        let (authority, database) = address.split_once('/').unwrap_or((address, ""));
        let (login, place) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = login.split_once(':').unwrap_or((login, ""));
        let (host, port) = place.split_once(':').unwrap_or((place, ""));
        if !user.is_empty() {
            user.clone_into(&mut self.user);
        }
        if !password.is_empty() {
            self.password = Some(password.to_owned());
        }
        if !host.is_empty() {
            host.clone_into(&mut self.host);
        }
        self.port = port.parse().unwrap_or(self.port);
        self.database = database.split('?').next().unwrap_or_default().to_owned();
    }

    pub(in crate::userland) fn step(&mut self, io: &mut Io<'_>, host: &mut dyn System) -> Poll {
        loop {
            if let Some(exchange) = &mut self.exchange {
                let ended = match exchange.step(io, host) {
                    Progress::Pending(until) => return Poll::Blocked(until),
                    Progress::Ended(ended) => ended,
                };
                let address = exchange.address.map(|address| address.to_string());
                self.exchange = None;
                self.commands.pop_front();
                if let Some(status) = self.conclude(ended, &address.unwrap_or_default(), io) {
                    return Poll::Exited(status);
                }
                continue;
            }
            let Some(command) = self.commands.front().cloned() else {
                if !self.reads {
                    return Poll::Exited(self.status);
                }
                match self.read(io, host) {
                    Some(poll) => return poll,
                    None => continue,
                }
            };
            let payload = self.payload(&command);
            let mut wish = Wish::new(&self.host, self.port, payload);
            wish.within = (self.speaker == Speaker::Ready).then_some(Duration::from_secs(3));
            self.exchange = Some(Exchange::start(wish, io, host));
        }
    }

    fn payload(&self, command: &str) -> Payload {
        match self.speaker {
            Speaker::Ready => Payload::Tcp,
            Speaker::Psql => Payload::Sql(SqlRequest {
                user: self.user.clone(),
                password: self.password.clone(),
                database: self.database.clone(),
                text: command.to_owned(),
            }),
            Speaker::Redis => {
                let words = if command.contains('\u{0}') {
                    command.split('\u{0}').map(str::to_owned).collect()
                } else {
                    words(command)
                };
                // The password travels before the command on the same connection.
                let login = self.password.iter();
                Payload::Redis(
                    login
                        .flat_map(|password| ["AUTH".to_owned(), password.clone()])
                        .chain(words)
                        .collect(),
                )
            }
        }
    }

    /// Reads what comes next from standard input; the poll if there is nothing to send yet.
    fn read(&mut self, io: &mut Io<'_>, host: &mut dyn System) -> Option<Poll> {
        if let Some(command) = self.take_typed() {
            self.prompted = false;
            if self.speaker == Speaker::Psql && matches!(command.as_str(), "\\q" | "quit" | "exit")
                || self.speaker == Speaker::Redis && matches!(command.as_str(), "quit" | "exit")
            {
                return Some(Poll::Exited(0));
            }
            if !command.is_empty() {
                self.commands.push_back(command);
            }
            return None;
        }
        if !self.prompted && io.is_terminal(0) {
            self.prompted = true;
            io.print(match self.speaker {
                Speaker::Redis => format!("{}:{}> ", self.host, self.port),
                _ if self.typed.trim().is_empty() => format!("{}=# ", self.database),
                _ => format!("{}-# ", self.database),
            });
        }
        match io.read(&*host, 4_096) {
            Read::Data(bytes) => {
                self.typed.push_str(&String::from_utf8_lossy(&bytes));
                self.prompted = false;
                None
            }
            Read::Pending => Some(Poll::Blocked(Until::input())),
            Read::End | Read::Failed(_) if self.typed.trim().is_empty() => Some(Poll::Exited(self.status)),
            Read::End | Read::Failed(_) => {
                self.typed.push_str(if self.speaker == Speaker::Redis {
                    "\n"
                } else {
                    ";\n"
                });
                None
            }
        }
    }

    /// The next whole command of what was typed: a line, or a statement up to its semicolon.
    fn take_typed(&mut self) -> Option<String> {
        let trimmed = self.typed.trim_start().to_owned();
        let by_line = self.speaker == Speaker::Redis
            || trimmed.starts_with('\\')
            || matches!(trimmed.trim_end(), "quit" | "exit");
        let end = if by_line {
            trimmed.find('\n')
        } else {
            trimmed.find(';')
        }?;
        let command = trimmed.get(..end)?.trim().to_owned();
        let semicolon = if by_line { "" } else { ";" };
        self.typed = trimmed.get(end + 1..).unwrap_or_default().to_owned();
        Some(format!("{command}{semicolon}").trim_start_matches(';').to_owned())
    }

    /// Shows what came; the status if the client ends with it.
    fn conclude(&mut self, ended: Ended, address: &str, io: &mut Io<'_>) -> Option<i32> {
        let (host, port) = (self.host.clone(), self.port);
        let failure = match ended {
            Ended::NoName => None,
            Ended::Arrived(arrival) => match arrival.result {
                Ok(Answer::Reply(reply)) => return self.show(&reply, address, io),
                Ok(_) => Some(Failure::Empty),
                Err(failure) => Some(failure),
            },
            _ => Some(Failure::TimedOut),
        };
        let why = match failure {
            None => "Name or service not known",
            Some(Failure::Refused) => "Connection refused",
            Some(Failure::Unreachable) => "No route to host",
            Some(Failure::TimedOut | Failure::Silent) => "Connection timed out",
            Some(Failure::Empty | Failure::Reset | Failure::NoTls) => "Server closed the connection",
        };
        match self.speaker {
            Speaker::Redis => {
                io.error(match failure {
                    Some(Failure::Empty | Failure::Reset) => {
                        "Error: Server closed the connection\n".to_owned()
                    }
                    _ => format!("Could not connect to Redis at {host}:{port}: {why}\n"),
                });
                Some(1)
            }
            Speaker::Ready => {
                io.print(format!("{host}:{port} - no response\n"));
                Some(2)
            }
            Speaker::Psql => {
                io.error(match failure {
                    None => format!("psql: error: could not translate host name \"{host}\" to address: {why}\n"),
                    Some(Failure::Empty | Failure::Reset | Failure::NoTls) => format!(
                        "psql: error: connection to server at \"{host}\" ({address}), port {port} failed: server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally\n\tbefore or while processing the request.\n"
                    ),
                    Some(_) => format!(
                        "psql: error: connection to server at \"{host}\" ({address}), port {port} failed: {why}\n\tIs the server running on that host and accepting TCP/IP connections?\n"
                    ),
                });
                Some(2)
            }
        }
    }

    fn show(&mut self, reply: &Reply, address: &str, io: &mut Io<'_>) -> Option<i32> {
        let (host, port) = (&self.host, self.port);
        match reply {
            Reply::Accepted => {
                io.print(format!("{host}:{port} - accepting connections\n"));
                Some(0)
            }
            Reply::Redis(reply) => {
                let text = if io.is_terminal(1) {
                    marked(reply, "")
                } else {
                    reply.plain() + "\n"
                };
                io.print(text);
                self.status = i32::from(matches!(reply, RedisReply::Error(_)) && !self.reads);
                None
            }
            Reply::Sql(SqlReply::Fatal(text)) => {
                io.error(format!(
                    "psql: error: connection to server at \"{host}\" ({address}), port {port} failed: {text}\n"
                ));
                Some(2)
            }
            Reply::Sql(SqlReply::Error(text)) => {
                io.error(format!("{text}\n"));
                self.status = i32::from(!self.reads);
                None
            }
            Reply::Sql(SqlReply::Tag(text)) => {
                io.print(format!("{text}\n"));
                None
            }
            Reply::Sql(SqlReply::Rows { title, columns, rows }) => {
                io.print(table(title.as_deref(), columns, rows, self.bare));
                None
            }
            Reply::Http(_) | Reply::Hung | Reply::Call(_) => {
                io.error(if self.speaker == Speaker::Redis {
                    "Error: Protocol error, got \"H\" as reply type byte\n".to_owned()
                } else {
                    format!("psql: error: connection to server at \"{host}\" ({address}), port {port} failed: received invalid response to SSL negotiation: H\n")
                });
                Some(if self.speaker == Speaker::Redis { 1 } else { 2 })
            }
        }
    }
}

/// A command line in words, quotes taken off.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut any) = (Vec::new(), String::new(), None, false);
    for sign in line.chars() {
        match (quote, sign) {
            (None, '"' | '\'') => {
                quote = Some(sign);
                any = true;
            }
            (Some(open), _) if open == sign => quote = None,
            (None, sign) if sign.is_whitespace() => {
                if any || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                any = false;
            }
            _ => word.push(sign),
        }
    }
    if any || !word.is_empty() {
        words.push(word);
    }
    words
}

/// An answer of redis as it is shown on a terminal.
fn marked(reply: &RedisReply, indent: &str) -> String {
    match reply {
        RedisReply::Status(text) => format!("{text}\n"),
        RedisReply::Error(text) => format!("(error) {text}\n"),
        RedisReply::Integer(number) => format!("(integer) {number}\n"),
        RedisReply::Bulk(None) => "(nil)\n".to_owned(),
        RedisReply::Bulk(Some(text)) => format!("{text:?}\n"),
        RedisReply::Array(items) if items.is_empty() => "(empty array)\n".to_owned(),
        RedisReply::Array(items) => {
            let width = items.len().to_string().len();
            let inner = format!("{indent}{}", " ".repeat(width + 2));
            let line = |(at, item): (usize, &RedisReply)| {
                let before = if at == 0 { "" } else { indent };
                format!("{before}{:>width$}) {}", at + 1, marked(item, &inner))
            };
            items.iter().enumerate().map(line).collect()
        }
    }
}

/// Rows as psql aligns them.
fn table(
    title: Option<&str>,
    columns: &[(String, bool)],
    rows: &[Vec<Option<String>>],
    (bare, unaligned): (bool, bool),
) -> String {
    let shown = |value: Option<&Option<String>>| value.cloned().flatten().unwrap_or_default();
    let count = if rows.len() == 1 {
        "(1 row)\n".to_owned()
    } else {
        format!("({} rows)\n", rows.len())
    };
    if unaligned {
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        let mut text = if bare {
            String::new()
        } else {
            names.join("|") + "\n"
        };
        for row in rows {
            let values: Vec<String> = row.iter().map(|value| shown(Some(value))).collect();
            text.push_str(&(values.join("|") + "\n"));
        }
        return if bare { text } else { text + &count };
    }
    let widths: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(at, (name, _))| {
            let values = rows.iter().map(|row| shown(row.get(at)).chars().count());
            values.chain([name.chars().count()]).max().unwrap_or_default()
        })
        .collect();
    let mut text = String::new();
    if !bare {
        if let Some(title) = title {
            let whole = widths.iter().sum::<usize>() + 3 * widths.len();
            text.push_str(&format!("{}\n", format!("{title:^whole$}").trim_end()));
        }
        let names = columns
            .iter()
            .zip(widths.iter().copied())
            .map(|((name, _), width)| format!(" {name:^width$} "));
        text.push_str(&(names.collect::<Vec<_>>().join("|") + "\n"));
        let lines = widths.iter().map(|width| "-".repeat(width + 2));
        text.push_str(&(lines.collect::<Vec<_>>().join("+") + "\n"));
    }
    let last = columns.len().saturating_sub(1);
    for row in rows {
        let cells =
            columns
                .iter()
                .zip(widths.iter().copied())
                .enumerate()
                .map(|(at, ((_, right), width))| {
                    let value = shown(row.get(at));
                    match (*right, at == last) {
                        (true, _) => format!(" {value:>width$}{}", if at == last { "" } else { " " }),
                        (false, true) => format!(" {value}"),
                        (false, false) => format!(" {value:<width$} "),
                    }
                });
        text.push_str(&(cells.collect::<Vec<_>>().join("|") + "\n"));
    }
    if !bare {
        text.push_str(&count);
    }
    text.push('\n');
    text
}
