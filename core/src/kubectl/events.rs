//! `kubectl events`: what happened, oldest first.

use super::command::Command;
use super::common::{ALL_NAMESPACES, CHUNK_SIZE, PRINT};
use super::context::Cx;
use super::failure::Failure;
use super::flags::{Flag, Parsed};
use super::machine::Flow;
use super::output::tabwriter::{TABLE, aligned};
use super::output::{FORMATS, Format};
use crate::api::types::core::Event as Fields;
use crate::api::{AnyObject, Event, Kind};
use crate::apiserver::printing::since;

const FLAGS: &[Flag] = &[
    Flag::text(
        "for",
        "",
        "Filter events to only those pertaining to the specified resource.",
    ),
    Flag::off(
        "no-headers",
        "When using the default output format, don't print headers.",
    ),
    Flag::list("types", "Output only events of given types."),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    usage: "[(-o|--output=)FORMAT] [--for TYPE/NAME] [--types=Normal,Warning]",
    flags: &[FLAGS, PRINT, ALL_NAMESPACES, CHUNK_SIZE],
    run: Some(run),
    ..Command::named("events", "List events")
};

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    for kind in parsed.list("types") {
        if !["normal", "warning"].contains(&kind.to_lowercase().as_str()) {
            return Err("valid --types are Normal or Warning".into());
        }
    }
    let about = match parsed.text("for") {
        "" => None,
        target => {
            let (word, name) = target
                .split_once('/')
                .ok_or("--for must be in resource/name form")?;
            Some((cx.kind_named(word)?, name.to_owned()))
        }
    };
    let everywhere = parsed.on("all-namespaces");
    let namespace = if everywhere {
        String::new()
    } else {
        cx.namespace.clone()
    };
    let fields = about
        .as_ref()
        .map(|(kind, name)| {
            format!(
                "involvedObject.kind={},involvedObject.name={name}",
                cx.names(*kind).kind
            )
        })
        .unwrap_or_default();
    let listed = cx.list(Kind::Event, &namespace, "", &fields)?;
    let types = parsed.list("types");
    let mut events: Vec<&AnyObject> = listed
        .items
        .iter()
        .filter(|object| {
            let kind = object
                .get::<Event>()
                .and_then(|event| event.spec.type_.clone())
                .unwrap_or_default();
            types.is_empty() || types.iter().any(|wanted| wanted.eq_ignore_ascii_case(&kind))
        })
        .collect();
    crate::sort::sort_by_key(&mut events, |object| {
        object
            .get::<Event>()
            .and_then(|event| event.spec.last_timestamp.clone().map(|time| time.0))
    });
    if events.is_empty() {
        let message = if everywhere {
            "No events found.".to_owned()
        } else {
            format!("No events found in {namespace} namespace.")
        };
        cx.warn(&message);
        return Ok(Flow::Done(0));
    }
    let format = Format::of(cx, parsed, FORMATS)?;
    if !format.is_human() {
        let items: Vec<_> = events.iter().map(|event| event.to_value()).collect();
        let list = serde_json::json!({"apiVersion": "v1", "kind": "List", "metadata": {}, "items": items});
        let text = format.render(&list)?;
        cx.io.stdout(&text);
        return Ok(Flow::Done(0));
    }
    let mut text = String::new();
    if !parsed.on("no-headers") {
        text.push_str(if everywhere { "NAMESPACE\t" } else { "" });
        text.push_str("LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE\n");
    }
    for object in events {
        let Some(event) = object.get::<Event>() else {
            continue;
        };
        if everywhere {
            text.push_str(&format!("{}\t", object.namespace()));
        }
        text.push_str(&row(cx, &event.spec));
    }
    cx.io.stdout(&aligned(&text, TABLE));
    Ok(Flow::Done(0))
}

fn row(cx: &Cx<'_>, event: &Fields) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let now = cx.api.now();
    let last = since(event.last_timestamp.as_ref(), now);
    let age = match event.count {
        Some(count) if count > 1 => format!(
            "{last} (x{count} over {})",
            since(event.first_timestamp.as_ref(), now)
        ),
        _ => last,
    };
    let about = &event.involved_object;
    format!(
        "{age}\t{}\t{}\t{}/{}\t{}\n",
        text(&event.type_),
        text(&event.reason),
        text(&about.kind),
        text(&about.name),
        text(&event.message).trim()
    )
}
