//! `curl` (7.88 on Debian, 8 elsewhere): its options, its output, its error texts and statuses (`man curl`, `lib/multi.c`, `lib/connect.c`,
//! `src/tool_operate.c`). Differs on purpose: one connection for each request, no HTTP/2, ranges, cookies or other protocols than HTTP.

mod arguments;
mod show;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::{Start, System, Wrong};
use super::exchange::{Ended, Exchange, Progress, Wish};
use super::url::Url;
use crate::sh::{Io, Poll, Until};
use crate::sim::Time;
use crate::userland::socket::{Answer, Arrival, Failure};
use crate::userland::system::Dialect;
use crate::userland::traffic::{HttpReply, HttpRequest, Payload, Reply};
use arguments::Call;
use show::Facts;

/// Redirects that are followed at most.
const MAX_REDIRECTS: u32 = 50;

/// `curl`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::userland) struct Curl {
    call: Call,
    cwd: String,
    /// The transfer under way: which URL, where it leads by now.
    at: usize,
    url: Option<Url>,
    exchange: Option<Exchange>,
    /// When the present URL was begun, redirects and all.
    begun: Option<Time>,
    redirects: u32,
    tries: u32,
    /// A pause before the next try.
    resume: Option<Time>,
    status: i32,
}

/// A failure: the exit status and what is said.
type Failed = (i32, String);

impl Curl {
    pub(in crate::userland) fn start(start: &Start, host: &dyn System) -> Result<Self, Wrong> {
        Ok(Self {
            call: Call::read(&start.argv, &start.cwd, host)?,
            cwd: start.cwd.clone(),
            at: 0,
            url: None,
            exchange: None,
            begun: None,
            redirects: 0,
            tries: 0,
            resume: None,
            status: 0,
        })
    }

    pub(in crate::userland) fn step(&mut self, io: &mut Io<'_>, host: &mut dyn System) -> Poll {
        if let Some(at) = self.resume {
            if io.now < at {
                return Poll::Blocked(Until::time(at));
            }
            self.resume = None;
        }
        loop {
            if let Some(exchange) = &mut self.exchange {
                match exchange.step(io, host) {
                    Progress::Pending(until) => return Poll::Blocked(until),
                    Progress::Ended(ended) => {
                        if let Some(at) = self.conclude(ended, io, host) {
                            self.resume = Some(at);
                            return Poll::Blocked(Until::time(at));
                        }
                    }
                }
                continue;
            }
            if self.url.is_none() {
                let Some(text) = self.call.urls.get(self.at) else {
                    return Poll::Exited(self.status);
                };
                match Url::parse(text) {
                    Ok(url) => self.url = Some(url),
                    Err((status, why)) => {
                        self.fail(status, &why, io);
                        self.next();
                        continue;
                    }
                }
                self.redirects = 0;
                self.tries = 0;
                self.begun = None;
            }
            self.begin(io, host);
        }
    }

    /// Sends the request of the present URL.
    fn begin(&mut self, io: &mut Io<'_>, host: &mut dyn System) {
        let Some(url) = self.url.clone() else { return };
        let begun = *self.begun.get_or_insert(io.now);
        let request = self.request(&url, host);
        let mut wish = Wish::new(&url.host, url.port, Payload::Http(request));
        wish.tls = url.tls.then(|| url.host.clone());
        wish.connect_within = self.call.connect_timeout;
        let spent = io.now.since(begun);
        wish.within = self.call.max_time.map(|limit| limit.saturating_sub(spent));
        let prefix = format!("{}:{}:", url.host, url.port);
        let said = self
            .call
            .resolves
            .iter()
            .find_map(|line| line.strip_prefix(&prefix));
        wish.address = said.and_then(|address| address.parse().ok());
        if self.metered(io) && self.redirects == 0 && self.tries == 0 {
            io.error(show::METER);
        }
        self.exchange = Some(Exchange::start(wish, io, host));
    }

    fn request(&self, url: &Url, host: &dyn System) -> HttpRequest {
        let call = &self.call;
        let mut path = url.path.clone();
        let mut body = call.data.clone();
        if call.get
            && let Some(data) = body.take()
        {
            path = format!("{path}{}{data}", if path.contains('?') { '&' } else { '?' });
        }
        let usual = match (call.head, &body) {
            (true, _) => "HEAD",
            (false, Some(_)) => "POST",
            (false, None) => "GET",
        };
        let own = |name: &str| call.header(name).map(str::to_owned);
        let mut headers = vec![
            (
                "User-Agent".to_owned(),
                own("User-Agent").unwrap_or_else(|| format!("curl/{}", version(host))),
            ),
            (
                "Accept".to_owned(),
                own("Accept").unwrap_or_else(|| "*/*".to_owned()),
            ),
        ];
        let taken = ["User-Agent", "Accept", "Host"];
        let others = call.headers.iter();
        headers.extend(
            others
                .filter(|(name, _)| !taken.iter().any(|taken| taken.eq_ignore_ascii_case(name)))
                .cloned(),
        );
        if let Some(body) = &body {
            if call.header("Content-Length").is_none() {
                headers.push(("Content-Length".to_owned(), body.len().to_string()));
            }
            if call.header("Content-Type").is_none() {
                let form = "application/x-www-form-urlencoded";
                headers.push(("Content-Type".to_owned(), form.to_owned()));
            }
        }
        HttpRequest {
            method: call.method.clone().unwrap_or_else(|| usual.to_owned()),
            host: own("Host").unwrap_or_else(|| url.authority()),
            path,
            headers,
            body: body.unwrap_or_default().into_bytes(),
        }
    }

    /// A transfer is over; answers when to try again, if that is to be.
    fn conclude(&mut self, ended: Ended, io: &mut Io<'_>, host: &mut dyn System) -> Option<Time> {
        let (Some(exchange), Some(url)) = (self.exchange.take(), self.url.clone()) else {
            return None;
        };
        let mut facts = Facts::new(&url, &exchange, self.begun.unwrap_or(io.now), io.now);
        facts.redirects = self.redirects;
        let outcome = match ended {
            Ended::Arrived(arrival) => self.arrived(&arrival, &url, &mut facts, host),
            ended => Err(failed(&ended, &url, &exchange, io.now)),
        };
        if self.call.verbose {
            show::verbose(&self.call, &self.request(&url, host), &facts, io);
        }
        if let Some(pause) = self.retry(&outcome) {
            self.tries += 1;
            let (why, secs) = (retry_reason(&outcome), pause.as_secs());
            let left = self.call.retries - self.tries;
            let text =
                format!("Warning: Problem : {why}. Will retry in {secs} seconds. {left} retries left.\n");
            io.error(text);
            return Some(io.now + pause);
        }
        if let Ok(reply) = &outcome
            && self.call.location
            && let Some(target) = redirect(reply)
        {
            self.redirects += 1;
            if self.redirects > self.call.redirects.unwrap_or(MAX_REDIRECTS) {
                let most = self.redirects - 1;
                self.fail(47, &format!("Maximum ({most}) redirects followed"), io);
                self.next();
                return None;
            }
            if self.call.include || self.call.head {
                let shown = show::head(reply, &facts);
                self.deliver(shown.as_bytes(), io, host);
            }
            if reply.status == 303 || (matches!(reply.status, 301 | 302) && self.call.method.is_none()) {
                self.call.data = None;
            }
            match url.join(target) {
                Ok(next) => self.url = Some(next),
                Err((status, why)) => {
                    self.fail(status, &why, io);
                    self.next();
                }
            }
            return None;
        }
        self.finish(outcome, &mut facts, io, host);
        self.next();
        None
    }

    fn arrived(
        &self,
        arrival: &Arrival,
        url: &Url,
        facts: &mut Facts,
        host: &dyn System,
    ) -> Result<HttpReply, Failed> {
        facts.arrival(arrival);
        let (name, port) = (&url.host, url.port);
        let millis = facts.looked_up.as_millis() + arrival.took.as_millis();
        let refused = |status: i32| {
            let words = match host.dialect() {
                Dialect::Gnu => "Couldn't connect to server",
                Dialect::Busybox => "Could not connect to server",
            };
            (
                status,
                format!("Failed to connect to {name} port {port} after {millis} ms: {words}"),
            )
        };
        let certificate = arrival.certificate.as_ref();
        if let Some(certificate) = certificate
            && !self.call.insecure
        {
            if !self.call.trusts && !certificate.trusted {
                return Err((60, show::untrusted(certificate)));
            }
            if !certificate
                .names
                .iter()
                .any(|known| super::url::fits(known, name))
            {
                let why =
                    format!("SSL: no alternative certificate subject name matches target host name '{name}'");
                return Err((60, show::more(&why)));
            }
        }
        match &arrival.result {
            Ok(Answer::Reply(Reply::Http(reply))) => {
                facts.status = reply.status;
                facts.reply = Some(reply.clone());
                Ok(reply.clone())
            }
            Err(Failure::Refused | Failure::Unreachable) => Err(refused(7)),
            Err(Failure::TimedOut) => Err(refused(28)),
            Err(Failure::Reset) => Err((56, "Recv failure: Connection reset by peer".to_owned())),
            Err(Failure::NoTls) => Err((35, "error:0A00010B:SSL routines::wrong version number".to_owned())),
            Err(Failure::Silent) => Err((56, "Recv failure: Connection timed out".to_owned())),
            Err(Failure::Empty) if url.tls => {
                let why = format!("OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to {name}:{port} ");
                Err((35, why))
            }
            // What speaks another protocol closes the connection or says what is no HTTP.
            Ok(Answer::Reply(Reply::Redis(_))) => Err((1, "Received HTTP/0.9 when not allowed".to_owned())),
            Ok(_) | Err(Failure::Empty) => Err((52, "Empty reply from server".to_owned())),
        }
    }

    /// How long to wait before the next try, if there is one (`--retry`).
    fn retry(&self, outcome: &Result<HttpReply, Failed>) -> Option<Duration> {
        if self.tries >= self.call.retries {
            return None;
        }
        let transient = match outcome {
            Ok(reply) => matches!(reply.status, 408 | 429 | 500 | 502 | 503 | 504),
            Err((28 | 6, _)) => true,
            Err((7, _)) => self.call.retry_refused || self.call.retry_all,
            Err(_) => self.call.retry_all,
        };
        let doubled = Duration::from_secs(1 << self.tries.min(9));
        transient.then(|| self.call.retry_delay.unwrap_or(doubled))
    }

    fn finish(
        &mut self,
        outcome: Result<HttpReply, Failed>,
        facts: &mut Facts,
        io: &mut Io<'_>,
        host: &mut dyn System,
    ) {
        let metered = self.metered(io);
        match outcome {
            Err((status, why)) => {
                if metered {
                    io.error(show::NOTHING);
                }
                facts.exit = status;
                facts.error.clone_from(&why);
                self.fail(status, &why, io);
            }
            Ok(reply) => {
                let refused = reply.status >= 400;
                let hidden = refused && self.call.fail && !self.call.fail_with_body;
                let mut out = Vec::new();
                if (self.call.include || self.call.head) && !hidden {
                    out.extend_from_slice(show::head(&reply, facts).as_bytes());
                }
                if !self.call.head && !hidden {
                    facts.size = reply.body.len();
                    out.extend_from_slice(&reply.body);
                }
                if metered {
                    io.error(show::meter(facts));
                }
                self.deliver(&out, io, host);
                if refused && (self.call.fail || self.call.fail_with_body) {
                    facts.exit = 22;
                    facts.error = format!("The requested URL returned error: {}", reply.status);
                    let why = facts.error.clone();
                    self.fail(22, &why, io);
                }
            }
        }
        if let Some(format) = &self.call.write_out {
            io.print(show::write_out(format, facts));
        }
    }

    /// Hands output over: to the file that was asked for, or to standard output.
    fn deliver(&mut self, bytes: &[u8], io: &mut Io<'_>, host: &mut dyn System) {
        let Some(path) = self.call.outputs.get(self.at) else {
            return io.print(bytes);
        };
        let path = match path.as_str() {
            "-" => return io.print(bytes),
            "/dev/null" => return,
            "\u{0}" => {
                let path = self.url.as_ref().map(|url| url.path.clone()).unwrap_or_default();
                path.rsplit('/').next().unwrap_or_default().to_owned()
            }
            path => path.to_owned(),
        };
        let path = crate::sh::resolve(&self.cwd, &path);
        let written = host
            .create(&path, true)
            .and_then(|()| host.write(&path, Some(0), bytes));
        if written.is_err() {
            self.fail(23, "Failure writing output to destination", io);
        }
    }

    /// Whether the progress meter is shown: when the output does not go to the terminal.
    fn metered(&self, io: &Io<'_>) -> bool {
        let elsewhere = self.call.outputs.get(self.at).is_some_and(|path| path != "-");
        !self.call.silent && !self.call.meterless && (elsewhere || !io.is_terminal(1))
    }

    fn fail(&mut self, status: i32, why: &str, io: &mut Io<'_>) {
        self.status = status;
        if self.call.tells() {
            io.error(format!("curl: ({status}) {why}\n"));
        }
    }

    fn next(&mut self) {
        self.at += 1;
        self.url = None;
        self.exchange = None;
    }
}

/// curl's version on a system.
fn version(host: &dyn System) -> &'static str {
    match host.dialect() {
        Dialect::Gnu => "7.88.1",
        Dialect::Busybox => "8.14.1",
    }
}

/// What is said of an exchange that brought nothing.
fn failed(ended: &Ended, url: &Url, exchange: &Exchange, now: Time) -> Failed {
    let millis = now.since(exchange.started).as_millis();
    match ended {
        Ended::LookingTooLong => (28, format!("Resolving timed out after {millis} milliseconds")),
        Ended::ConnectingTooLong => (28, format!("Connection timed out after {millis} milliseconds")),
        Ended::AnsweringTooLong => (
            28,
            format!("Operation timed out after {millis} milliseconds with 0 bytes received"),
        ),
        Ended::NoName | Ended::Arrived(_) => (6, format!("Could not resolve host: {}", url.host)),
    }
}

fn retry_reason(outcome: &Result<HttpReply, Failed>) -> &'static str {
    match outcome {
        Ok(_) => "HTTP error",
        Err((28, _)) => "timeout",
        Err((7, _)) => "connection refused",
        Err(_) => "(retrying all errors)",
    }
}

/// Where an answer sends its client.
fn redirect(reply: &HttpReply) -> Option<&str> {
    matches!(reply.status, 301 | 302 | 303 | 307 | 308)
        .then(|| reply.header("Location"))
        .flatten()
}
