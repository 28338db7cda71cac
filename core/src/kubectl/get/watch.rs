//! `kubectl get -w`: the table, then a row for each change.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Wanted, table_options};
use crate::api::AnyObject;
use crate::apiserver::{
    ColumnDefinition, Method, ResponseBody, Row, Table, Watch, cells, collection_path, columns,
};
use crate::etcd::ChangeType;
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Parsed, parse_duration};
use crate::kubectl::machine::{Flow, Machine, Progress};
use crate::kubectl::output::{Format, GET_FORMATS, print_table};
use crate::sim::Time;

/// A watch that goes on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Watching {
    parsed: Parsed,
    watch: Watch,
    widths: Vec<usize>,
    header: bool,
    until: Option<Time>,
}

pub(super) fn start(cx: &mut Cx<'_>, parsed: &Parsed, wanted: Vec<Wanted>) -> Result<Flow, Failure> {
    let first = wanted.first().cloned();
    let (Some(one), true) = (
        first,
        wanted
            .iter()
            .all(|other| Some(other.kind) == wanted.first().map(|one| one.kind)),
    ) else {
        return Err("you may only specify a single resource type".into());
    };
    if wanted.len() > 1 {
        return Err("watch is only supported on individual resources and resource collections - more than 1 resource was found".into());
    }
    let mut fields = parsed.text("field-selector").to_owned();
    if let Some(name) = &one.name {
        cx.get(one.kind, &one.namespace, name)?;
        fields = format!("metadata.name={name}");
    }
    let labels = parsed.text("selector").to_owned();
    let listed = cx.list(one.kind, &one.namespace, &labels, &fields)?;
    let mut request = cx
        .request(Method::Get, collection_path(cx.names(one.kind), &one.namespace))
        .with_query("watch", "true")
        .with_query("resourceVersion", listed.revision.to_string());
    if !labels.is_empty() {
        request = request.with_query("labelSelector", labels);
    }
    if !fields.is_empty() {
        request = request.with_query("fieldSelector", fields);
    }
    let ResponseBody::Watch(watch) = cx.send(request)?.body else {
        return Err("the answer is no watch".into());
    };
    let timeout = parse_duration(parsed.text("request-timeout")).ok().flatten();
    let until = timeout
        .filter(|limit| !limit.is_zero())
        .map(|limit| cx.api.now() + limit);
    let mut machine = Watching {
        parsed: parsed.clone(),
        watch,
        widths: Vec::new(),
        header: !parsed.on("no-headers"),
        until,
    };
    if !parsed.on("watch-only") {
        let changes = listed
            .items
            .into_iter()
            .map(|object| (ChangeType::Added, object))
            .collect();
        machine.show(cx, changes)?;
    }
    Ok(Flow::Wait(Box::new(Machine::Watch(machine))))
}

impl Watching {
    pub(crate) fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Progress, Failure> {
        let events = cx.api.watch_next(&mut self.watch)?;
        let changes = events
            .into_iter()
            .map(|event| (event.change, event.object))
            .collect();
        self.show(cx, changes)?;
        if self.until.is_some_and(|until| cx.api.now() >= until) {
            return Ok(Progress::Done(0));
        }
        Ok(Progress::Blocked(self.until))
    }

    fn show(&mut self, cx: &mut Cx<'_>, changes: Vec<(ChangeType, AnyObject)>) -> Result<(), Failure> {
        if changes.is_empty() {
            return Ok(());
        }
        let format = Format::of(cx, &self.parsed, GET_FORMATS)?;
        let with_events = self.parsed.on("output-watch-events");
        if !format.is_human() {
            for (index, (change, object)) in changes.into_iter().enumerate() {
                let mut value = object.to_value();
                if with_events {
                    value = json!({"type": name(change), "object": value});
                }
                if index > 0 && matches!(format, Format::Yaml) {
                    cx.io.stdout("---\n");
                }
                let text = format.render(&value)?;
                cx.io.stdout(&text);
            }
            return Ok(());
        }
        let names = match &self.watch.custom {
            Some(custom) => (&**custom).into(),
            None => self.watch.kind.into(),
        };
        let mut options = table_options(&self.parsed, names, false);
        options.no_headers = !self.header;
        self.header = false;
        let table = self.table(cx.api.now(), changes, with_events);
        let text = print_table(&table, &options, &mut self.widths);
        cx.io.stdout(&text);
        Ok(())
    }

    fn table(&self, now: Time, changes: Vec<(ChangeType, AnyObject)>, with_events: bool) -> Table {
        let (kind, custom) = (self.watch.kind, self.watch.custom.as_deref());
        let event = with_events.then(|| ColumnDefinition {
            name: "Event".to_owned(),
            priority: 0,
        });
        Table {
            page: crate::apiserver::Page::default(),
            columns: event.into_iter().chain(columns(kind, custom)).collect(),
            rows: changes
                .into_iter()
                .map(|(change, object)| {
                    let mut cells = cells(kind, custom, &object, now);
                    if with_events {
                        cells.insert(0, name(change).to_owned());
                    }
                    Row { cells, object }
                })
                .collect(),
            revision: self.watch.revision,
        }
    }
}

fn name(change: ChangeType) -> &'static str {
    match change {
        ChangeType::Added => "ADDED",
        ChangeType::Modified => "MODIFIED",
        ChangeType::Deleted => "DELETED",
    }
}
