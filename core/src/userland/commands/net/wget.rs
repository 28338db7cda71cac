//! `wget` of busybox 1.36 (`networking/wget.c`).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::{Start, System, Wrong};
use super::exchange::{Ended, Exchange, Progress, Wish};
use super::http::response_head;
use super::url::Url;
use crate::sh::{Io, Poll, resolve};
use crate::userland::options::Options;
use crate::userland::socket::{Answer, Failure};
use crate::userland::traffic::{HttpReply, HttpRequest, Payload, Reply};

/// Redirects that are followed at most.
const MAX_REDIRECTS: u8 = 5;
/// How long it waits unless told otherwise (`-T`).
const PATIENCE: Duration = Duration::from_secs(900);

/// `wget`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::userland) struct Wget {
    cwd: String,
    url: Url,
    request: HttpRequest,
    output: Option<String>,
    quiet: bool,
    spider: bool,
    headers: bool,
    timeout: Option<Duration>,
    redirects: u8,
    exchange: Option<Exchange>,
    announced: bool,
}

impl Wget {
    pub(in crate::userland) fn start(start: &Start) -> Result<Self, Wrong> {
        let long = [
            ("quiet", 'q', false),
            ("output-document", 'O', true),
            ("directory-prefix", 'P', true),
            ("timeout", 'T', true),
            ("tries", 't', true),
            ("continue", 'c', false),
            ("spider", 'N', false),
            ("server-response", 'S', false),
            ("header", 'H', true),
            ("post-data", 'D', true),
            ("user-agent", 'U', true),
            ("no-check-certificate", 'K', false),
        ];
        let options =
            Options::parse(&start.argv, "qO:P:T:t:cSU:Y:", &long).map_err(|message| (message, 1))?;
        let Some(text) = options.operands.first() else {
            let usage = "BusyBox v1.36.1 multi-call binary.\n\nUsage: wget [-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR]\n\t[--post-data STR | --post-file FILE] [-Y on/off]\n\t[-P DIR] [-U AGENT] [-T SEC] URL...\n";
            return Err((usage.to_owned(), 1));
        };
        let url = Url::parse(text).map_err(|_| (format!("wget: not an http or ftp url: {text}\n"), 1))?;
        let body = options.value('D').unwrap_or_default();
        let mut headers = vec![
            (
                "User-Agent".to_owned(),
                options.value('U').unwrap_or("Wget").to_owned(),
            ),
            ("Connection".to_owned(), "close".to_owned()),
        ];
        let mut asked = url.authority();
        for header in options.values('H') {
            let (name, value) = header.split_once(':').unwrap_or((&header, ""));
            if name.eq_ignore_ascii_case("host") {
                value.trim().clone_into(&mut asked);
            } else {
                headers.push((name.to_owned(), value.trim().to_owned()));
            }
        }
        let method = if options.has('N') {
            "HEAD"
        } else if options.has('D') {
            "POST"
        } else {
            "GET"
        };
        let seconds = options.value('T').and_then(|secs| secs.parse().ok());
        Ok(Self {
            cwd: start.cwd.clone(),
            request: HttpRequest {
                method: method.to_owned(),
                host: asked,
                path: url.path.clone(),
                headers,
                body: body.as_bytes().to_vec(),
            },
            url,
            output: options.value('O').map(str::to_owned),
            quiet: options.has('q'),
            spider: options.has('N'),
            headers: options.has('S'),
            timeout: seconds.map(Duration::from_secs),
            redirects: 0,
            exchange: None,
            announced: false,
        })
    }

    pub(in crate::userland) fn step(&mut self, io: &mut Io<'_>, host: &mut dyn System) -> Poll {
        loop {
            let Some(exchange) = &mut self.exchange else {
                let mut wish = Wish::new(&self.url.host, self.url.port, Payload::Http(self.request.clone()));
                wish.tls = self.url.tls.then(|| self.url.host.clone());
                wish.within = Some(self.timeout.unwrap_or(PATIENCE));
                self.exchange = Some(Exchange::start(wish, io, host));
                continue;
            };
            let progress = exchange.step(io, host);
            let address = exchange.address;
            if let Some(address) = address.filter(|_| !self.announced) {
                self.announced = true;
                if !self.quiet {
                    io.error(format!(
                        "Connecting to {} ({address}:{})\n",
                        self.url.authority(),
                        self.url.port
                    ));
                }
            }
            let ended = match progress {
                Progress::Pending(until) => return Poll::Blocked(until),
                Progress::Ended(ended) => ended,
            };
            self.exchange = None;
            self.announced = false;
            match self.conclude(ended, address, io, host) {
                Ok(Some(status)) => return Poll::Exited(status),
                Ok(None) => {}
                Err(message) => {
                    io.error(format!("wget: {message}\n"));
                    return Poll::Exited(1);
                }
            }
        }
    }

    /// What became of a request: the status, or nothing when another follows.
    fn conclude(
        &mut self,
        ended: Ended,
        address: Option<std::net::Ipv4Addr>,
        io: &mut Io<'_>,
        host: &mut dyn System,
    ) -> Result<Option<i32>, String> {
        let at = address.map(|address| address.to_string()).unwrap_or_default();
        let arrival = match ended {
            Ended::NoName => return Err(format!("bad address '{}'", self.url.authority())),
            Ended::Arrived(arrival) => arrival,
            Ended::LookingTooLong | Ended::ConnectingTooLong | Ended::AnsweringTooLong => {
                return Err("download timed out".to_owned());
            }
        };
        let cannot = |why: &str| Err(format!("can't connect to remote host ({at}): {why}"));
        let reply = match arrival.result {
            Ok(Answer::Reply(Reply::Http(reply))) => reply,
            Err(Failure::Refused) => return cannot("Connection refused"),
            Err(Failure::TimedOut) => return cannot("Operation timed out"),
            Err(Failure::Unreachable) => return cannot("Host is unreachable"),
            Err(Failure::NoTls) => {
                return Err("TLS error from peer (alert code 80): internal error".to_owned());
            }
            Err(Failure::Reset) => return Err("error getting response: Connection reset by peer".to_owned()),
            Ok(_) | Err(Failure::Empty | Failure::Silent) => return Err("error getting response".to_owned()),
        };
        if self.headers {
            for line in response_head(&reply, io.now)
                .lines()
                .filter(|line| !line.is_empty())
            {
                io.error(format!("  {line}\n"));
            }
        }
        if let Some(target) = reply
            .header("Location")
            .filter(|_| (300..400).contains(&reply.status))
        {
            self.redirects += 1;
            if self.redirects > MAX_REDIRECTS {
                return Err("too many redirections".to_owned());
            }
            self.url = self
                .url
                .join(target)
                .map_err(|_| format!("not an http or ftp url: {target}"))?;
            self.request.path.clone_from(&self.url.path);
            self.request.host = self.url.authority();
            return Ok(None);
        }
        if !(200..300).contains(&reply.status) {
            return Err(format!(
                "server returned error: HTTP/1.1 {} {}",
                reply.status,
                reply.reason()
            ));
        }
        if self.spider {
            if !self.quiet {
                io.error("remote file exists\n");
            }
            return Ok(Some(0));
        }
        self.save(&reply, io, host)
    }

    fn save(&self, reply: &HttpReply, io: &mut Io<'_>, host: &mut dyn System) -> Result<Option<i32>, String> {
        let last = self.url.path.split('?').next().unwrap_or_default();
        let name = match &self.output {
            Some(name) => name.clone(),
            None => match last.rsplit('/').next().unwrap_or_default() {
                "" => "index.html".to_owned(),
                name => name.to_owned(),
            },
        };
        let tell = |io: &mut Io<'_>, text: String| {
            if !self.quiet {
                io.error(text);
            }
        };
        let bar = format!(
            "{:<20} 100% |{}| {:>5}  0:00:00 ETA\n",
            name.chars().take(20).collect::<String>(),
            "*".repeat(32),
            reply.body.len()
        );
        if name == "-" {
            tell(io, "writing to stdout\n".to_owned());
            io.print(&reply.body);
            tell(io, bar);
            tell(io, "written to stdout\n".to_owned());
            return Ok(Some(0));
        }
        let path = resolve(&self.cwd, &name);
        if self.output.is_none() && host.stat(&path).is_some() {
            return Err(format!("can't open '{name}': File exists"));
        }
        tell(io, format!("saving to '{name}'\n"));
        let written = host
            .create(&path, true)
            .and_then(|()| host.write(&path, Some(0), &reply.body));
        if let Err(error) = written {
            return Err(format!("can't open '{name}': {}", error.text()));
        }
        tell(io, bar);
        tell(io, format!("'{name}' saved\n"));
        Ok(Some(0))
    }
}
