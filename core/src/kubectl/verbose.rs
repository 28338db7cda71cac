//! `-v`: what is asked of the API server and what it answers, as klog writes it
//! (`k8s.io/client-go/transport.debuggingRoundTripper`, `rest.logBody`).

use super::context::Cx;
use crate::apiserver::{Accept, Body, ContentType, Request, Response, ResponseBody};
use crate::manifest::print::to_json_compact;
use crate::sim::calendar;

/// From here on each request is told with its time.
const TIMING: i64 = 6;
/// From here on with its headers.
const HEADERS: i64 = 7;
/// From here on with bodies.
const BODIES: i64 = 8;
/// The process that says so.
const PID: u32 = 12_345;
/// How long a request takes.
const MILLIS: u32 = 2;

impl Cx<'_> {
    fn log(&mut self, place: &str, message: &str) {
        let now = self.api.now().timestamp_micros();
        let head = calendar::utc("I%m%d %H:%M:%S", now);
        let micros = now.subsec_microsecond();
        self.io
            .stderr(&format!("{head}.{micros:06} {PID:>7} {place}] {message}\n"));
    }

    /// Warns, as klog does at any verbosity.
    pub(super) fn log_warning(&mut self, place: &str, message: &str) {
        let head = self.api.now().timestamp_micros().strftime("W%m%d %H:%M:%S%.6f");
        self.io.stderr(&format!("{head} {PID:>7} {place}] {message}\n"));
    }

    /// Says what went wrong in the midst of something, as klog does at any verbosity.
    pub(super) fn log_error(&mut self, place: &str, message: &str) {
        let head = self.api.now().timestamp_micros().strftime("E%m%d %H:%M:%S%.6f");
        self.io.stderr(&format!("{head} {PID:>7} {place}] {message}\n"));
    }

    /// Says where the configuration comes from.
    pub(super) fn log_config(&mut self) {
        if self.verbosity >= TIMING {
            let path = self.config_path();
            self.log("loader.go:405", &format!("Config loaded from file:  {path}"));
        }
    }

    /// Says what is about to be asked.
    pub(super) fn log_request(&mut self, request: &Request) {
        if self.verbosity < HEADERS {
            return;
        }
        if self.verbosity >= BODIES
            && let Some(body) = body_of(request)
        {
            self.log_body("Request Body", &body);
        }
        let (verb, url) = (request.method.name(), self.url_of(request));
        let mut headers = vec![format!("Accept: {}", accept_of(request))];
        if let Some(content) = content_of(request) {
            headers.push(format!("Content-Type: {content}"));
        }
        headers.push(format!(
            "User-Agent: kubectl/{} (linux/amd64) kubernetes/0000000",
            super::version::CLIENT
        ));
        if request.token.is_some() {
            headers.push("Authorization: Bearer <masked>".to_owned());
        }
        if let Some(impersonate) = &request.impersonate {
            headers.push(format!("Impersonate-User: {}", impersonate.user));
            headers.extend(
                impersonate
                    .groups
                    .iter()
                    .map(|group| format!("Impersonate-Group: {group}")),
            );
        }
        crate::sort::sort(&mut headers);
        let message = format!(
            "\"Request\" verb={verb:?} url={url:?} headers={}",
            lines(&headers)
        );
        self.log("round_trippers.go:527", &message);
    }

    /// Says what was answered.
    pub(super) fn log_response(&mut self, request: &Request, response: &Response) {
        if self.verbosity < TIMING {
            return;
        }
        let (verb, url) = (request.method.name(), self.url_of(request));
        let status = format!("{} {}", response.status, status_text(response.status));
        let mut message = "\"Response\"".to_owned();
        if self.verbosity == TIMING || self.verbosity > BODIES {
            message.push_str(&format!(" verb={verb:?} url={url:?}"));
        }
        message.push_str(&format!(" status={status:?}"));
        if self.verbosity >= BODIES {
            let date = calendar::utc("%a, %d %b %Y %H:%M:%S GMT", self.api.now().timestamp());
            let headers = [
                "Cache-Control: no-cache, private".to_owned(),
                "Content-Type: application/json".to_owned(),
                format!("Date: {date}"),
            ];
            message.push_str(&format!(" headers={}", lines(&headers)));
        }
        message.push_str(&format!(" milliseconds={MILLIS}"));
        self.log("round_trippers.go:632", &message);
        if self.verbosity >= BODIES {
            let body = match (&response.body, response.to_value()) {
                (ResponseBody::Text(text), _) => text.clone(),
                (ResponseBody::Proxied(reply), _) => String::from_utf8_lossy(&reply.body).into_owned(),
                (_, Some(value)) => to_json_compact(&value) + "\n",
                (_, None) => return,
            };
            self.log_body("Response Body", &body);
        }
    }

    fn log_body(&mut self, what: &str, body: &str) {
        let most = match self.verbosity {
            BODIES => 1_024,
            9 => 10_240,
            _ => usize::MAX,
        };
        let count = body.chars().count();
        let mut shown: String = body.chars().take(most).collect();
        if count > most {
            shown.push_str(&format!(" [truncated {} chars]", count - most));
        }
        let quoted = if shown.contains('\n') {
            let text: Vec<String> = shown
                .trim_end_matches('\n')
                .split('\n')
                .map(str::to_owned)
                .collect();
            lines(&text)
        } else {
            format!("{shown:?}")
        };
        self.log("request.go:1252", &format!("{what:?} body={quoted}"));
    }

    fn url_of(&self, request: &Request) -> String {
        let mut query: Vec<String> = request
            .query
            .iter()
            .map(|(name, value)| format!("{name}={}", escaped(value)))
            .collect();
        crate::sort::sort(&mut query);
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{}{}{mark}{}", self.env.server, request.path, query.join("&"))
    }
}

/// Several lines in one value, as klog sets them.
fn lines(texts: &[String]) -> String {
    let inner: String = texts.iter().map(|text| format!("\t{text}\n")).collect();
    format!("<\n{inner} >")
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            ' ' => out.push('+'),
            c if c.is_ascii_alphanumeric() || "-_.~".contains(c) => out.push(c),
            c => out.extend(c.to_string().bytes().map(|byte| format!("%{byte:02X}"))),
        }
    }
    out
}

fn body_of(request: &Request) -> Option<String> {
    match &request.body {
        Body::Empty | Body::Http(_) => None,
        Body::Json(value) => Some(to_json_compact(value)),
        Body::Object(object) => Some(to_json_compact(&object.to_value())),
    }
}

fn accept_of(request: &Request) -> &'static str {
    match request.accept {
        Accept::Table => {
            "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json"
        }
        _ => "application/json",
    }
}

fn content_of(request: &Request) -> Option<&'static str> {
    if matches!(request.body, Body::Empty) {
        return None;
    }
    Some(match request.content_type {
        ContentType::Json => "application/json",
        ContentType::JsonPatch => "application/json-patch+json",
        ContentType::MergePatch => "application/merge-patch+json",
        ContentType::StrategicMergePatch => "application/strategic-merge-patch+json",
        ContentType::Apply => "application/apply-patch+yaml",
    })
}

/// The words of a status line.
pub(super) fn status_text(code: u16) -> &'static str {
    match code {
        101 => "Switching Protocols",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        410 => "Gone",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        _ => "Internal Server Error",
    }
}
