//! Watches over HTTP: one JSON object a line, for as long as the client listens
//! (`k8s.io/apiserver/pkg/endpoints/handlers/watch.go`).

use std::io::{self, Write};
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use timonier_core::api::AnyObject;
use timonier_core::apiserver::{
    Accept, Request, Response, ResponseBody, Row, Table, Watch, WatchEvent, cells, columns,
};
use timonier_core::cluster::Cluster;
use timonier_core::etcd::ChangeType;
use timonier_core::sim::Time;

use super::Lab;
use super::request::ReadRequest;
use super::response;

/// How long a watch lasts when the client does not say (`--min-request-timeout`).
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(1_800);
/// How often a quiet watch says up to which revision nothing happened.
const BOOKMARK_PERIOD: Duration = Duration::from_secs(60);

/// Answers a watch until its time is over or the client goes.
pub(super) fn serve(lab: &Lab, http: tiny_http::Request, read: &ReadRequest) {
    let request = &read.request;
    let (answer, before) = {
        let mut cluster = lab.cluster();
        let before = initial(&mut cluster, request);
        (cluster.request(request), before)
    };
    let ResponseBody::Watch(watch) = answer.body else {
        return response::send(http, &answer);
    };
    let mut out = http.into_writer();
    let secs = request.param("timeoutSeconds").and_then(|secs| secs.parse().ok());
    let mut stream = Stream {
        out: &mut *out,
        watch,
        rows: request.accept == Accept::Table,
        until: Instant::now() + secs.map_or(DEFAULT_TIMEOUT, Duration::from_secs),
        bookmarks: request.param("allowWatchBookmarks") == Some("true"),
    };
    // A client that went away has heard enough.
    let _ = stream.run(lab, before, request.param("sendInitialEvents") == Some("true"));
}

/// What is there when the watch begins, if the client wants to be told.
fn initial(cluster: &mut Cluster, request: &Request) -> Vec<AnyObject> {
    let told = request.param("sendInitialEvents") == Some("true");
    let from = request.param("resourceVersion").unwrap_or_default();
    if !told && !matches!(from, "" | "0") {
        return Vec::new();
    }
    let mut list = request.clone();
    list.accept = Accept::Object;
    list.query
        .retain(|(name, _)| matches!(name.as_str(), "labelSelector" | "fieldSelector"));
    match cluster.request(&list) {
        Response {
            body: ResponseBody::List(list),
            ..
        } => list.items,
        _ => Vec::new(),
    }
}

struct Stream<'a> {
    out: &'a mut dyn Write,
    watch: Watch,
    rows: bool,
    until: Instant,
    bookmarks: bool,
}

impl Stream<'_> {
    fn run(&mut self, lab: &Lab, before: Vec<AnyObject>, announce_end: bool) -> io::Result<()> {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-cache, private\r\n\
                    Transfer-Encoding: chunked\r\n\r\n";
        self.out.write_all(head.as_bytes())?;
        if !before.is_empty() || announce_end || self.watch.revision == 0 {
            self.watch.revision = lab.cluster().store().revision().max(self.watch.revision);
        }
        let now = lab.cluster().now();
        for object in before {
            let event = WatchEvent {
                change: ChangeType::Added,
                object,
            };
            self.send(&self.shown(&event, now))?;
        }
        if announce_end {
            let bookmark = self.bookmark(json!({"k8s.io/initial-events-end": "true"}));
            self.send(&bookmark)?;
        }
        self.out.flush()?;
        let mut bookmark_at = Instant::now() + BOOKMARK_PERIOD;
        while Instant::now() < self.until {
            let (events, now) = {
                let cluster = lab.cluster();
                let wait = self
                    .until
                    .min(bookmark_at)
                    .saturating_duration_since(Instant::now());
                let revision = self.watch.revision;
                let (cluster, _) = lab
                    .changed
                    .wait_timeout_while(cluster, wait, |cluster| cluster.store().revision() <= revision)
                    .unwrap_or_else(PoisonError::into_inner);
                (cluster.watch_next(&mut self.watch), cluster.now())
            };
            match events {
                Ok(events) => {
                    for event in &events {
                        self.send(&self.shown(event, now))?;
                    }
                }
                Err(gone) => {
                    self.send(&json!({"type": "ERROR", "object": gone.to_value()}))?;
                    break;
                }
            }
            if self.bookmarks && Instant::now() >= bookmark_at {
                let bookmark = self.bookmark(json!({}));
                self.send(&bookmark)?;
            }
            if Instant::now() >= bookmark_at {
                bookmark_at = Instant::now() + BOOKMARK_PERIOD;
            }
            self.out.flush()?;
        }
        self.out.write_all(b"0\r\n\r\n")?;
        self.out.flush()
    }

    fn shown(&self, event: &WatchEvent, now: Time) -> Value {
        let type_ = match event.change {
            ChangeType::Added => "ADDED",
            ChangeType::Modified => "MODIFIED",
            ChangeType::Deleted => "DELETED",
        };
        let object = if self.rows {
            let (kind, custom) = (event.object.kind(), self.watch.custom.as_deref());
            let row = Row {
                cells: cells(kind, custom, &event.object, now),
                object: event.object.clone(),
            };
            let table = Table {
                page: timonier_core::apiserver::Page::default(),
                columns: columns(kind, custom),
                rows: vec![row],
                revision: event.object.resource_version(),
            };
            table.to_value()
        } else {
            event.object.to_value()
        };
        json!({"type": type_, "object": object})
    }

    fn bookmark(&self, annotations: Value) -> Value {
        let (version, kind) = match &self.watch.custom {
            Some(custom) => {
                let names = timonier_core::api::Names::from(&**custom);
                (names.api_version(), names.kind.to_owned())
            }
            None => (
                self.watch.kind.info().api_version(),
                self.watch.kind.name().to_owned(),
            ),
        };
        let mut metadata =
            json!({"resourceVersion": self.watch.revision.to_string(), "creationTimestamp": null});
        if let (Value::Object(map), Value::Object(found)) = (&mut metadata, &annotations)
            && !found.is_empty()
        {
            map.insert("annotations".to_owned(), annotations);
        }
        json!({"type": "BOOKMARK", "object": {"apiVersion": version, "kind": kind, "metadata": metadata}})
    }

    fn send(&mut self, event: &Value) -> io::Result<()> {
        let line = format!("{event}\n");
        write!(self.out, "{:x}\r\n{line}\r\n", line.len())
    }
}
