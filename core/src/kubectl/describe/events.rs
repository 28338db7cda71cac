//! What happened to an object.

use super::writer::Writer;
use crate::api::types::core::Event as EventFields;
use crate::api::{AnyObject, Event, Kind};
use crate::apiserver::printing::{human_duration, since};
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::sim::Time;

/// The events of an object.
pub(super) fn write(cx: &mut Cx<'_>, w: &mut Writer, object: &AnyObject) -> Result<(), Failure> {
    let name = format!(
        "involvedObject.name={},involvedObject.kind={}",
        object.name(),
        object.kind().name()
    );
    let listed = cx.list(Kind::Event, object.namespace(), "", &name)?;
    let mut events: Vec<&Event> = listed
        .items
        .iter()
        .filter_map(AnyObject::get::<Event>)
        .filter(|event| concerns(&event.spec, object))
        .collect();
    if events.is_empty() {
        w.line(0, "Events:\t<none>");
        return Ok(());
    }
    crate::sort::sort_by_key(&mut events, |event| last_seen(&event.spec));
    w.line(0, "Events:");
    w.line(1, "Type\tReason\tAge\tFrom\tMessage");
    w.line(1, "----\t------\t----\t----\t-------");
    let now = cx.api.now();
    for event in events {
        w.line(1, row(&event.spec, now));
    }
    Ok(())
}

/// Nodes are named by their own components with their name for a UID.
fn concerns(event: &EventFields, object: &AnyObject) -> bool {
    match event.involved_object.uid.as_deref() {
        None | Some("") => true,
        Some(uid) => uid == object.uid() || (object.kind() == Kind::Node && uid == object.name()),
    }
}

fn last_seen(event: &EventFields) -> Time {
    let series = event
        .series
        .as_ref()
        .and_then(|series| series.last_observed_time.as_ref());
    series
        .map(|time| time.0)
        .or_else(|| event.last_timestamp.as_ref().map(|time| time.0))
        .or_else(|| event.event_time.as_ref().map(|time| time.0))
        .map_or(Time::ZERO, Time::from_timestamp)
}

fn row(event: &EventFields, now: Time) -> String {
    let first = match &event.event_time {
        Some(time) => human_duration(now.since(Time::from_timestamp(time.0))),
        None => since(event.first_timestamp.as_ref(), now),
    };
    let count = event.count.unwrap_or(0);
    let age = match &event.series {
        Some(series) => {
            let last = series.last_observed_time.as_ref().map_or_else(
                || "<unknown>".to_owned(),
                |time| human_duration(now.since(Time::from_timestamp(time.0))),
            );
            format!("{last} (x{} over {first})", series.count.unwrap_or(0))
        }
        None if count > 1 => {
            format!(
                "{} (x{count} over {first})",
                since(event.last_timestamp.as_ref(), now)
            )
        }
        None => first,
    };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let source = event
        .source
        .as_ref()
        .map(|source| text(&source.component))
        .unwrap_or_default();
    let source = if source.is_empty() {
        text(&event.reporting_component)
    } else {
        source
    };
    let message = text(&event.message);
    let message = match event.involved_object.field_path.as_deref() {
        None | Some("") => message.trim().to_owned(),
        Some(path) => format!("{path}: {}", message.trim()),
    };
    format!(
        "{}\t{}\t{age}\t{source}\t{message}",
        text(&event.type_),
        text(&event.reason)
    )
}
