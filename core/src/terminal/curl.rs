//! `curl` on the laptop: it reaches the API server itself, and the proxies that kubectl runs.

use super::host::Connected;
use super::lab::Forwarded;
use crate::apiserver::{Body, ContentType, Method, Request, ResponseBody, User};
use crate::kubectl::{Connections, Env, Forward};
use crate::manifest;
use crate::sh::{Files, Io, resolve};
use crate::sorted::SortedMap;
use crate::userland::Start;

/// The proxies that listen on the laptop, by their port.
pub(super) type Proxies = SortedMap<u16, Env>;

/// The ports that lead to Pods, and the connections that nobody has told of yet.
pub(super) type Forwards = SortedMap<u16, (Forward, Connections)>;

/// The API server's own port.
const API_PORT: u16 = 6_443;

/// A command line, read.
#[derive(Default)]
struct Call {
    url: String,
    method: Option<Method>,
    headers: Vec<String>,
    data: Option<String>,
    output: Option<String>,
    silent: bool,
    show_errors: bool,
    head: bool,
    insecure: bool,
    fail: bool,
}

/// A failure: the exit status and what is said.
type Wrong = (i32, String);

/// Whether a command line asks the laptop itself.
pub(super) fn is_local(argv: &[String]) -> bool {
    argv.iter().skip(1).any(|word| {
        let rest = word.split_once("://").map_or(word.as_str(), |(_, rest)| rest);
        let authority = rest.split('/').next().unwrap_or_default();
        let host = authority.split(':').next().unwrap_or_default();
        matches!(host, "localhost" | "127.0.0.1")
    })
}

/// Runs `curl`; answers its exit status.
pub(super) fn run(start: &Start, io: &mut Io<'_>, host: &mut Connected<'_>) -> i32 {
    let call = match read(start, host) {
        Ok(call) => call,
        Err((status, message)) => {
            io.error(&message);
            return status;
        }
    };
    match answer(&call, host) {
        Ok((status, text)) => deliver(&call, start, (status, text), io, host),
        Err((status, message)) => {
            if !call.silent || call.show_errors {
                io.error(&message);
            }
            status
        }
    }
}

fn read(start: &Start, host: &Connected<'_>) -> Result<Call, Wrong> {
    const HELP: &str = "curl: try 'curl --help' or 'curl --manual' for more information\n";
    let mut call = Call::default();
    let mut words = start.argv.iter().skip(1);
    while let Some(word) = words.next() {
        let mut value = |name: &str| {
            let missing = || (2, format!("curl: option {name}: requires parameter\n{HELP}"));
            words.next().cloned().ok_or_else(missing)
        };
        match word.as_str() {
            "-X" | "--request" => call.method = method(&value(word)?),
            "-H" | "--header" => call.headers.push(value(word)?),
            "-d" | "--data" | "--data-binary" | "--data-raw" => {
                let data = value(word)?;
                let text = match data.strip_prefix('@') {
                    Some(path) => {
                        let found = host.read(&resolve(&start.cwd, path), 0, usize::MAX);
                        let bytes = found.map_err(|_| (26, format!("curl: Failed to open {path}\n")))?;
                        String::from_utf8_lossy(&bytes).into_owned()
                    }
                    None => data,
                };
                call.data = Some(text);
            }
            "-o" | "--output" => call.output = Some(value(word)?),
            "--cacert" | "--cert" | "--key" | "-m" | "--max-time" | "--connect-timeout" => {
                value(word)?;
                call.insecure |= word == "--cacert";
            }
            "--silent" => call.silent = true,
            "--show-error" => call.show_errors = true,
            "--include" => call.head = true,
            "--insecure" => call.insecure = true,
            "--fail" => call.fail = true,
            "--location" | "--verbose" => {}
            flags if flags.starts_with('-') && !flags.starts_with("--") && flags.len() > 1 => {
                for flag in flags.chars().skip(1) {
                    match flag {
                        's' => call.silent = true,
                        'S' => call.show_errors = true,
                        'i' => call.head = true,
                        'k' => call.insecure = true,
                        'f' => call.fail = true,
                        'L' | 'v' => {}
                        other => return Err((2, format!("curl: option -{other}: is unknown\n{HELP}"))),
                    }
                }
            }
            option if option.starts_with("--") => {
                return Err((2, format!("curl: option {option}: is unknown\n{HELP}")));
            }
            url => url.clone_into(&mut call.url),
        }
    }
    if call.url.is_empty() {
        return Err((2, format!("curl: (2) no URL specified\n{HELP}")));
    }
    Ok(call)
}

fn method(name: &str) -> Option<Method> {
    Some(match name {
        "GET" | "HEAD" => Method::Get,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        "DELETE" => Method::Delete,
        _ => return None,
    })
}

/// The status and the body of the answer.
fn answer(call: &Call, host: &mut Connected<'_>) -> Result<(u16, String), Wrong> {
    let (scheme, rest) = call.url.split_once("://").unwrap_or(("http", call.url.as_str()));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (name, port) = authority.split_once(':').unwrap_or((authority, ""));
    let usual = if scheme == "https" { 443 } else { 80 };
    let port: u16 = port.parse().unwrap_or(usual);
    if !matches!(name, "localhost" | "127.0.0.1") {
        return Err((6, format!("curl: (6) Could not resolve host: {name}\n")));
    }
    let bearer = call.headers.iter().find_map(|header| {
        let (name, value) = header.split_once(':')?;
        let token = value.trim().strip_prefix("Bearer ")?;
        name.eq_ignore_ascii_case("authorization")
            .then(|| token.to_owned())
    });
    if let Some((forward, connections)) = host.laptop.forwards.get_mut(&port) {
        connections.count += 1;
        let method = call.method.unwrap_or_else(|| implied(call));
        let asked = Forwarded {
            method: method.name(),
            host: authority,
            path: &format!("/{path}"),
            body: call.data.as_deref().unwrap_or_default(),
        };
        let answer = host.api.forward(forward, &asked);
        connections.refused = answer.is_none();
        return answer.ok_or_else(|| (52, "curl: (52) Empty reply from server\n".to_owned()));
    }
    let mut request = if let Some(env) = host.laptop.proxies.get(&port) {
        Request {
            token: env.token.clone(),
            impersonate: env.impersonate.clone().map(Box::new),
            ..Request::new(Method::Get, "", env.user.clone())
        }
    } else if port == API_PORT && scheme == "http" {
        return Ok((
            400,
            "Client sent an HTTP request to an HTTPS server.\n".to_owned(),
        ));
    } else if port == API_PORT && !call.insecure {
        let why = "SSL certificate problem: unable to get local issuer certificate";
        return Err((
            60,
            format!(
                "curl: (60) {why}\nMore details here: https://curl.se/docs/sslcerts.html\n\ncurl failed to verify the legitimacy of the server and therefore could not\nestablish a secure connection to it. To learn more about this situation and\nhow to fix it, please visit the webpage mentioned above.\n"
            ),
        ));
    } else if port == API_PORT {
        Request {
            token: bearer,
            ..Request::new(Method::Get, "", User::anonymous())
        }
    } else {
        let why = format!("Failed to connect to {name} port {port} after 0 ms: Couldn't connect to server");
        return Err((7, format!("curl: (7) {why}\n")));
    };
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    request.path = format!("/{path}");
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        request = request.with_query(name, unescaped(value));
    }
    fill(call, &mut request);
    let response = host.api.request(request);
    let body = match (&response.body, response.to_value()) {
        (ResponseBody::Text(text), _) => text.clone(),
        (_, Some(value)) => serde_json::to_string_pretty(&value).unwrap_or_default() + "\n",
        (_, None) => String::new(),
    };
    Ok((response.status, body))
}

fn unescaped(text: &str) -> String {
    text.replace("%3D", "=")
        .replace("%2C", ",")
        .replace('+', " ")
        .replace("%20", " ")
}

/// The method of a call that names none.
fn implied(call: &Call) -> Method {
    match call.data {
        Some(_) => Method::Post,
        None => Method::Get,
    }
}

fn fill(call: &Call, request: &mut Request) {
    request.method = call.method.unwrap_or_else(|| implied(call));
    let content = call.headers.iter().find_map(|header| {
        let (name, value) = header.split_once(':')?;
        name.eq_ignore_ascii_case("content-type").then(|| value.trim())
    });
    request.content_type = match content {
        Some("application/merge-patch+json") => ContentType::MergePatch,
        Some("application/json-patch+json") => ContentType::JsonPatch,
        Some("application/strategic-merge-patch+json") => ContentType::StrategicMergePatch,
        _ => ContentType::Json,
    };
    let document = call
        .data
        .as_deref()
        .and_then(|data| manifest::parse(data).into_iter().next());
    if let Some(Ok(document)) = document {
        request.body = Body::Json(document.value);
    }
}

fn deliver(
    call: &Call,
    start: &Start,
    (status, body): (u16, String),
    io: &mut Io<'_>,
    host: &mut Connected<'_>,
) -> i32 {
    if call.fail && status >= 400 {
        if !call.silent || call.show_errors {
            io.error(format!("curl: (22) The requested URL returned error: {status}\n"));
        }
        return 22;
    }
    let mut text = String::new();
    if call.head {
        let kind = if body.starts_with('{') {
            "application/json"
        } else {
            "text/plain; charset=utf-8"
        };
        let words = crate::kubectl::status_text(status);
        let length = body.len();
        text.push_str(&format!(
            "HTTP/2 {status} {words}\r\ncache-control: no-cache, private\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n"
        ));
    }
    text.push_str(&body);
    match &call.output {
        None => io.print(&text),
        Some(path) if path == "/dev/null" => {}
        Some(path) => {
            let path = resolve(&start.cwd, path);
            let written = host
                .create(&path, true)
                .and_then(|()| host.write(&path, Some(0), text.as_bytes()));
            if written.is_err() {
                io.error("curl: (23) Failure writing output to destination\n");
                return 23;
            }
        }
    }
    0
}
