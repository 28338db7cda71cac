//! Answers to HTTP: routes of the image first, then files below its root.

use std::time::Duration;

use super::spec::{Http, Route};
use super::template::{date, fill, machine_value};
use super::{Outcome, Server, Serving};
use crate::sh::{Files, resolve};
use crate::sim::Time;
use crate::userland::System;
use crate::userland::traffic::{Call, HttpReply, HttpRequest, Payload, Reply, Request, status_text};

/// The files that stand for a folder.
const INDEXES: [&str; 2] = ["index.html", "index.htm"];
/// How long a server waits for another's answer.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);

/// Content types by what a name ends with.
const TYPES: &[(&str, &str)] = &[
    ("html", "text/html"),
    ("htm", "text/html"),
    ("css", "text/css"),
    ("js", "application/javascript"),
    ("json", "application/json"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("txt", "text/plain"),
    ("xml", "text/xml"),
];

/// What a text about a request may name.
struct Names<'a> {
    asked: &'a HttpRequest,
    request: &'a Request,
    now: Time,
    count: u64,
    system: &'a dyn System,
}

impl Names<'_> {
    fn value(&self, name: &str, out: &mut String) -> bool {
        let asked = self.asked;
        let header = |name: &str| asked.header(name).unwrap_or("-");
        match name {
            "path" => out.push_str(path_of(&asked.path)),
            "uri" => out.push_str(&asked.path),
            "query" => out.push_str(asked.path.split_once('?').map_or("", |(_, query)| query)),
            "method" => out.push_str(&asked.method),
            "host" => out.push_str(&asked.host),
            "source" => out.push_str(&self.request.source),
            // The client's port is nobody's concern, but it is written.
            "remote" => {
                out.push_str(&self.request.source);
                add(out, ":", 32_768 + self.count * 2 % 28_000);
            }
            "port" => add(out, "", self.request.port.into()),
            "count" => add(out, "", self.count),
            "agent" => out.push_str(header("User-Agent")),
            "referer" => out.push_str(header("Referer")),
            "forwarded" => out.push_str(header("X-Forwarded-For")),
            "request" => {
                for part in [&asked.method, " ", &asked.path, " HTTP/1.1"] {
                    out.push_str(part);
                }
            }
            "headers" => {
                for (name, value) in &asked.headers {
                    for part in [name, ": ", value, "\n"] {
                        out.push_str(part);
                    }
                }
            }
            "body" => out.push_str(&String::from_utf8_lossy(&asked.body)),
            name => return machine_value(name, self.now, self.system, out),
        }
        true
    }
}

/// Adds a number to a text.
fn add(out: &mut String, before: &str, number: u64) {
    out.push_str(before);
    out.push_str(&number.to_string());
}

/// Answers a request.
pub(super) fn answer(
    server: &Server,
    http: &Http,
    asked: &HttpRequest,
    (request, serving): (&Request, &mut Serving<'_>),
) -> Outcome {
    let names = Names {
        asked,
        request,
        now: serving.now,
        count: server.requests,
        system: serving.system,
    };
    let route = http.routes.iter().find(|route| fits(route, asked, request.port));
    let mut outcome = Outcome::plain(Reply::Hung);
    let mut missing = None;
    let mut reply = match route {
        Some(route) => {
            outcome.cpu += Duration::from_micros(route.cpu_micros);
            outcome.wait = Duration::from_millis(route.latency_millis);
            let alive = serving.now.since(server.since).as_secs();
            let chance = serving.rng.draw("fail", serving.id, server.requests) % 100;
            if chance < route.fail_percent || route.ok_for_secs.is_some_and(|secs| alive >= secs) {
                error(http, 500, &names)
            } else if alive < route.warm_up_secs {
                error(http, 503, &names)
            } else if route.error {
                let mut reply = error(http, route.status, &names);
                reply
                    .headers
                    .extend(routed(route, &names).headers.into_iter().skip(1));
                reply
            } else if route.root.is_empty() {
                routed(route, &names)
            } else {
                file(http, &names, (&route.root, &route.strip), &mut missing)
            }
        }
        None if http.root.is_empty() => error(http, 404, &names),
        None => file(http, &names, (&http.root, ""), &mut missing),
    };
    if !http.server.is_empty() {
        reply
            .headers
            .insert(0, ("Server".to_owned(), http.server.clone()));
    }
    if let Some(path) = missing
        && !http.error_log.is_empty()
    {
        let value = |name: &str, out: &mut String| {
            if name != "file" {
                return names.value(name, out);
            }
            out.push_str(&path);
            true
        };
        outcome.log.push((true, fill(&http.error_log, &value)));
    }
    if !http.access_log.is_empty() {
        let size = reply.body.len() as u64;
        let value = |name: &str, out: &mut String| {
            match name {
                "status" => add(out, "", reply.status.into()),
                "size" => add(out, "", size),
                name => return names.value(name, out),
            }
            true
        };
        outcome.log.push((false, fill(&http.access_log, &value)));
    }
    outcome.reply = match route.and_then(|route| call(http, route, &reply, &names)) {
        Some(call) => Reply::Call(Box::new(call)),
        None => Reply::Http(reply),
    };
    outcome
}

fn fits(route: &Route, asked: &HttpRequest, port: u16) -> bool {
    let path = path_of(&asked.path);
    let host = asked.host.split(':').next().unwrap_or_default();
    if route.port != 0 && route.port != port || !route.host.is_empty() && route.host != host {
        return false;
    }
    let path_fits = match route.path.strip_suffix('*') {
        Some(start) => path.starts_with(start),
        None => path == route.path,
    };
    path_fits && (route.methods.is_empty() || route.methods.contains(&asked.method))
}

fn path_of(path: &str) -> &str {
    path.split(['?', '#']).next().unwrap_or(path)
}

fn routed(route: &Route, names: &Names<'_>) -> HttpReply {
    let value = |name: &str, out: &mut String| names.value(name, out);
    let body = fill(&route.body, &value);
    let mut reply = HttpReply::text(route.status, &route.content_type, body);
    let others = route.headers.iter();
    reply
        .headers
        .extend(others.map(|(name, text)| (name.clone(), fill(text, &value))));
    reply
}

/// The request that a route makes before it answers.
fn call(http: &Http, route: &Route, reply: &HttpReply, names: &Names<'_>) -> Option<Call> {
    if route.call.is_empty() || reply.status >= 500 {
        return None;
    }
    let value = |name: &str, out: &mut String| {
        if name != "rest" {
            return names.value(name, out);
        }
        let rest = names.asked.path.strip_prefix(route.strip.as_str());
        out.push_str(rest.unwrap_or_default());
        rest.is_some()
    };
    let target = fill(&route.call, &value);
    let rest = target.strip_prefix("http://").unwrap_or(&target);
    let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (authority, 80),
    };
    let failed = if route.proxy {
        error(http, 502, names)
    } else {
        HttpReply::text(502, &route.content_type, fill(&route.call_failed, &value))
    };
    let mut headers = Vec::new();
    if route.proxy {
        headers.clone_from(&names.asked.headers);
        headers.push(("X-Forwarded-For".to_owned(), names.request.source.clone()));
    }
    let request = HttpRequest {
        method: if route.proxy {
            names.asked.method.clone()
        } else {
            "GET".to_owned()
        },
        host: authority.to_owned(),
        path: path.to_owned(),
        headers,
        body: Vec::new(),
    };
    Some(Call {
        host: host.to_owned(),
        port,
        payload: Payload::Http(request),
        timeout: CALL_TIMEOUT,
        answer: reply.clone(),
        failed,
        proxy: route.proxy,
    })
}

/// A file below a root.
fn file(
    http: &Http,
    names: &Names<'_>,
    (root, strip): (&str, &str),
    missing: &mut Option<String>,
) -> HttpReply {
    if !matches!(names.asked.method.as_str(), "GET" | "HEAD") {
        return error(http, 405, names);
    }
    let asked = path_of(&names.asked.path);
    let inside = resolve("/", asked.strip_prefix(strip).unwrap_or(asked));
    let path = resolve("/", &format!("{root}{inside}"));
    let files: &dyn Files = names.system.files();
    let (found, stat) = match files.stat(&path) {
        Some(stat) if stat.directory => {
            if !asked.ends_with('/') {
                let mut reply = error(http, 301, names);
                let location = format!("http://{}{asked}/", names.asked.host);
                reply.headers.push(("Location".to_owned(), location));
                return reply;
            }
            let mut indexes = INDEXES
                .iter()
                .map(|name| format!("{}/{name}", path.trim_end_matches('/')));
            let index = indexes.find_map(|path| {
                let stat = files.stat(&path).filter(|stat| !stat.directory)?;
                Some((path, stat))
            });
            match index {
                Some(found) => found,
                None => return error(http, 403, names),
            }
        }
        Some(stat) => (path, stat),
        None => {
            *missing = Some(path);
            return error(http, 404, names);
        }
    };
    match files.read(&found, 0, usize::MAX) {
        Ok(body) => {
            let end = found.rsplit('.').next().unwrap_or_default();
            let known = TYPES.iter().find(|(known, _)| *known == end);
            let content_type = known.map_or("application/octet-stream", |(_, name)| name);
            let mut reply = HttpReply::text(200, content_type, body);
            let date = date("%a, %d %b %Y %H:%M:%S GMT", Time(stat.modified_micros));
            reply.headers.push(("Last-Modified".to_owned(), date));
            reply
        }
        Err(_) => error(http, 403, names),
    }
}

/// The page that comes with a status.
fn error(http: &Http, status: u16, names: &Names<'_>) -> HttpReply {
    let reason = status_text(status);
    let value = |name: &str, out: &mut String| {
        match name {
            "status" => add(out, "", status.into()),
            "reason" => out.push_str(reason),
            name => return names.value(name, out),
        }
        true
    };
    if http.error_page.is_empty() {
        HttpReply::text(status, "text/plain; charset=utf-8", format!("{reason}\n"))
    } else {
        HttpReply::text(status, "text/html", fill(&http.error_page, &value))
    }
}
