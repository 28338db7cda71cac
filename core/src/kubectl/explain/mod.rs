//! `kubectl explain`: what a kind and its fields are for (`k8s.io/kubectl/pkg/explain/v2`).

mod node;
mod wrap;

use super::command::Command;
use super::context::Cx;
use super::failure::Failure;
use super::flags::{Flag, Parsed};
use super::machine::Flow;
use crate::api::Kind;
use node::Node;
use wrap::{indent, wrap};

const FLAGS: &[Flag] = &[
    Flag::text(
        "api-version",
        "",
        "Use given api-version (group/version) of the resource.",
    ),
    Flag::text(
        "output",
        "plaintext",
        "Format in which to render the schema. Valid values are: (plaintext).",
    )
    .short('o'),
    Flag::off(
        "recursive",
        "When true, print the name of all the fields recursively. Otherwise, print the available fields with their description.",
    ),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    usage: "TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] [-o|--output=plaintext]",
    flags: &[FLAGS],
    run: Some(run),
    ..Command::named("explain", "Get documentation for a resource")
};

/// Values of a field that are shown in a list of fields.
const SHOWN_VALUES: usize = 4;

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let target = match parsed.args.as_slice() {
        [] => {
            return Err("You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list of supported resources.".into());
        }
        [target] => target.clone(),
        _ => return Err("We accept only this format: explain RESOURCE\n".into()),
    };
    let format = parsed.text("output");
    if format != "plaintext" {
        return Err(Failure::Message(format!("unrecognized format: {format}")));
    }
    let (word, rest) = target.split_once('.').unwrap_or((&target, ""));
    let plain = |failure: Failure| Failure::Plain(failure.bare());
    let mut kind = cx.kind_named(word).map_err(plain)?;
    if matches!(kind, Kind::Custom(_)) {
        // What is remembered of a custom kind are its names.
        cx.discover();
        kind = cx.kind_named(word).map_err(plain)?;
    }
    let mut rest = rest;
    let group = cx.names(kind).group.to_owned();
    if let Some(after) = rest.strip_prefix(&group).filter(|_| !group.is_empty())
        && (after.is_empty() || after.starts_with('.'))
    {
        rest = after.trim_start_matches('.');
    }
    let version = parsed.text("api-version");
    if !version.is_empty() {
        let name = cx.names(kind).kind.to_owned();
        kind = cx.kind_in_manifest(version, &name).ok_or_else(|| {
            let (group, version) = version.split_once('/').unwrap_or(("", version));
            Failure::Message(format!(
                "couldn't find resource for \"{group}/{version}, Kind={name}\""
            ))
        })?;
    }
    let fields: Vec<&str> = rest.split('.').filter(|field| !field.is_empty()).collect();
    explain(cx, kind, &fields, parsed.on("recursive"))
}

fn explain(cx: &mut Cx<'_>, kind: Kind, fields: &[&str], recursive: bool) -> Result<Flow, Failure> {
    let names = cx.names(kind);
    let mut head = String::new();
    if !names.group.is_empty() {
        head.push_str(&format!("GROUP:      {}\n", names.group));
    }
    head.push_str(&format!(
        "KIND:       {}\nVERSION:    {}\n\n",
        names.kind, names.version
    ));
    let custom = cx
        .env
        .discovered
        .iter()
        .find(|custom| Kind::Custom(custom.id) == kind)
        .cloned();
    let root = match &custom {
        Some(custom) => Some(Node::Root(&custom.definition.schema)),
        None => Node::of(&names.api_version(), names.kind),
    };
    let missing = format!(
        "GVK map[group:{} kind:{} version:{}] not found in OpenAPI schema",
        names.group, names.kind, names.version
    );
    cx.io.stdout(&head);
    let root = root.ok_or(Failure::Message(missing))?;
    let mut place = root;
    for name in fields {
        let found = place.fields().into_iter().find(|field| field.name == *name);
        place = found
            .ok_or_else(|| {
                let last = fields.last().copied().unwrap_or_default();
                Failure::Message(format!("field {last:?} does not exist"))
            })?
            .node;
    }
    let mut out = String::new();
    if let Some(name) = fields.last() {
        out.push_str(&format!("FIELD: {name} <{}>\n", place.type_name()));
        let values = place.values();
        if !values.is_empty() {
            let lines: Vec<String> = values
                .iter()
                .map(|value| format!("    {}", quoted(value)))
                .collect();
            out.push_str(&format!("ENUM:\n{}", lines.join("\n")));
        }
        out.push_str("\n\n");
    }
    out.push_str("DESCRIPTION:\n");
    let description = match place.description() {
        text if text.is_empty() => "<empty>".to_owned(),
        text => text,
    };
    out.push_str(&indent(&wrap(&description, 76), 4));
    out.push('\n');
    let mut list = String::new();
    field_list(&place, 1, recursive, &mut Vec::new(), &mut list);
    if !list.is_empty() {
        out.push_str("FIELDS:\n");
        out.push_str(&list);
    }
    out.push('\n');
    cx.io.stdout(&out);
    Ok(Flow::Done(0))
}

fn quoted(value: &str) -> &str {
    if value.is_empty() { "\"\"" } else { value }
}

/// The fields below a place. `seen`: the types on the way here, which are not entered again.
fn field_list(place: &Node<'_>, level: usize, recursive: bool, seen: &mut Vec<String>, out: &mut String) {
    let identity = place.identity();
    if identity.as_ref().is_some_and(|identity| seen.contains(identity)) {
        return;
    }
    let depth = seen.len();
    seen.extend(identity);
    let margin = " ".repeat(level * 2);
    for field in place.fields() {
        out.push_str(&format!("{margin}{}\t<{}>", field.name, field.node.type_name()));
        if field.required {
            out.push_str(" -required-");
        }
        let values = field.node.values();
        if !values.is_empty() {
            let shown: Vec<&str> = values
                .iter()
                .take(SHOWN_VALUES)
                .map(|value| quoted(value))
                .collect();
            let more = if values.len() > SHOWN_VALUES { ", ...." } else { "" };
            out.push_str(&format!("\n{margin}enum: {}{more}", shown.join(", ")));
        }
        out.push('\n');
        if recursive {
            field_list(&field.node, level + 1, recursive, seen, out);
        } else {
            let text = match field.node.own_description() {
                text if text.is_empty() => "<no description>".to_owned(),
                text => text,
            };
            out.push_str(&indent(&wrap(&text, 78 - level * 2), level * 2 + 2));
            out.push_str("\n\n");
        }
    }
    seen.truncate(depth);
}
