//! `Event`: its rules (`pkg/registry/core/event`, `printEvent`).

use std::borrow::Cow;

use crate::api::types::core;
use crate::api::types::meta::MicroTime;
use crate::api::{AnyObject, Cause, Event};
use crate::apiserver::printing::{human_duration, since};
use crate::apiserver::strategy::Strategy;
use crate::apiserver::table::Column;
use crate::apiserver::validation::{field, names};
use crate::sim::Time;

/// The rules of `Event`.
pub(crate) struct EventStrategy;

const COLUMNS: &[Column] = &[
    Column::new("Last Seen"),
    Column::new("Type"),
    Column::new("Reason"),
    Column::new("Object"),
    Column::wide("Subobject"),
    Column::wide("Source"),
    Column::new("Message"),
    Column::wide("First Seen"),
    Column::wide("Count"),
    Column::wide("Name"),
];

impl Strategy for EventStrategy {
    fn has_generation(&self) -> bool {
        false
    }

    fn validate(&self, object: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let Some(event) = object.get::<Event>() {
            validate(&mut causes, event);
        }
        causes
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn cells(&self, object: &AnyObject, now: Time) -> Vec<String> {
        object
            .get::<Event>()
            .map(|event| cells(event.name(), &event.spec, now))
            .unwrap_or_default()
    }

    fn selectable_fields(&self) -> &'static [&'static str] {
        &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ]
    }

    fn field<'a>(&self, object: &'a AnyObject, field: &str) -> Cow<'a, str> {
        let Some(event) = object.get::<Event>().map(|event| &event.spec) else {
            return Cow::Borrowed("");
        };
        let about = &event.involved_object;
        let text = match field {
            "involvedObject.kind" => &about.kind,
            "involvedObject.namespace" => &about.namespace,
            "involvedObject.name" => &about.name,
            "involvedObject.uid" => &about.uid,
            "involvedObject.apiVersion" => &about.api_version,
            "involvedObject.resourceVersion" => &about.resource_version,
            "involvedObject.fieldPath" => &about.field_path,
            "reason" => &event.reason,
            "reportingComponent" => &event.reporting_component,
            "source" => return component(event).into(),
            "type" => &event.type_,
            _ => &None,
        };
        text.as_deref().unwrap_or_default().into()
    }
}

/// Who reported the event, in either of the two fields that say so.
fn component(event: &core::Event) -> String {
    let source = event
        .source
        .as_ref()
        .and_then(|source| source.component.as_deref());
    let texts = [source, event.reporting_component.as_deref()];
    first_text(&texts)
}

fn first_text(texts: &[Option<&str>]) -> String {
    let mut texts = texts.iter().flatten().filter(|text| !text.is_empty());
    texts.next().map(|text| (*text).to_owned()).unwrap_or_default()
}

fn cells(name: &str, event: &core::Event, now: Time) -> Vec<String> {
    let since_micro = |at: Option<&MicroTime>| match at {
        Some(at) => human_duration(now.since(Time::from_timestamp(at.0))),
        None => "<unknown>".to_owned(),
    };
    let first = match &event.first_timestamp {
        Some(at) => since(Some(at), now),
        None => since_micro(event.event_time.as_ref()),
    };
    let mut last = match &event.last_timestamp {
        Some(at) => since(Some(at), now),
        None => first.clone(),
    };
    let mut count = event.count.filter(|count| *count != 0).unwrap_or(1);
    if let Some(series) = &event.series {
        last = since_micro(series.last_observed_time.as_ref());
        count = series.count.unwrap_or(0);
    }
    let kind = event
        .involved_object
        .kind
        .as_deref()
        .unwrap_or_default()
        .to_lowercase();
    let target = match event.involved_object.name.as_deref() {
        Some(name) if !name.is_empty() => format!("{kind}/{name}"),
        _ => kind,
    };
    let host = event.source.as_ref().and_then(|source| source.host.as_deref());
    let instance = first_text(&[host, event.reporting_instance.as_deref()]);
    let mut source = component(event);
    if !instance.is_empty() {
        source = format!("{source}, {instance}");
    }
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    vec![
        last,
        text(&event.type_),
        text(&event.reason),
        target,
        text(&event.involved_object.field_path),
        source,
        text(&event.message).trim().to_owned(),
        first,
        count.to_string(),
        name.to_owned(),
    ]
}

/// An event stands in the namespace of what it is about; in `default`, if that has none (`legacyValidateEvent`).
fn validate(causes: &mut Vec<Cause>, event: &Event) {
    let namespace = event
        .spec
        .involved_object
        .namespace
        .as_deref()
        .unwrap_or_default();
    let matches = if namespace.is_empty() {
        matches!(event.namespace(), "default" | "kube-system")
    } else {
        namespace == event.namespace()
    };
    if !matches {
        let detail = "does not match event.namespace";
        causes.push(field::invalid("involvedObject.namespace", namespace, detail));
    }
    let wrong = names::dns1123_subdomain(event.namespace());
    field::invalid_each(causes, "namespace", event.namespace(), &wrong);
}
