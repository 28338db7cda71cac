//! `kubectl config view`: the configuration, its secrets left out.

use serde_json::{Value, json};

use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Parsed};
use crate::kubectl::kubeconfig::Kubeconfig;
use crate::kubectl::machine::Flow;
use crate::kubectl::output::{FORMATS, Format};
use crate::kubectl::value::{map_mut, text};

const FLAGS: &[Flag] = &[
    Flag::switch(
        "allow-missing-template-keys",
        "true",
        "If true, ignore any errors in templates when a field or map key is missing in the template.",
    ),
    Flag::off(
        "flatten",
        "Flatten the resulting kubeconfig file into self-contained output (useful for creating portable kubeconfig files)",
    ),
    Flag::switch("merge", "true", "Merge the full hierarchy of kubeconfig files"),
    Flag::off(
        "minify",
        "Remove all information not used by current-context from the output",
    ),
    Flag::text("output", "yaml", "Output format.").short('o'),
    Flag::off("raw", "Display raw byte data and sensitive data"),
    Flag::text(
        "template",
        "",
        "Template string or path to template file to use when -o=go-template, -o=go-template-file.",
    ),
];

/// The command.
pub(super) const COMMAND: Command = Command {
    flags: &[FLAGS],
    run: Some(run),
    ..Command::named(
        "view",
        "Display merged kubeconfig settings or a specified kubeconfig file",
    )
};

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    if !parsed.args.is_empty() {
        let words = parsed.args.join(" ");
        return Err(Failure::usage(
            "kubectl config view",
            &format!("unexpected arguments: [{words}]"),
        ));
    }
    let format = Format::of(cx, parsed, FORMATS)?;
    let mut config = cx.env.kubeconfig.clone();
    let context = parsed.text("context");
    if !context.is_empty() {
        context.clone_into(&mut config.current);
    }
    if parsed.on("minify") {
        minify(&mut config)?;
    }
    if !parsed.on("raw") && !parsed.on("flatten") {
        config
            .clusters
            .values_mut()
            .chain(config.users.values_mut())
            .for_each(redact);
    } else if !parsed.on("raw") {
        config.users.values_mut().for_each(redact_words);
    }
    let text = format.render(&config.to_value())?;
    cx.io.stdout(&text);
    Ok(Flow::Done(0))
}

/// Only what the current context uses (`api.MinifyConfig`).
fn minify(config: &mut Kubeconfig) -> Result<(), Failure> {
    if config.current.is_empty() {
        return Err("current-context must exist in order to minify".into());
    }
    let Some(context) = config.contexts.get(&config.current).cloned() else {
        return Err(Failure::Message(format!(
            "cannot locate context {}",
            config.current
        )));
    };
    let current = config.current.clone();
    config.contexts.retain(|name, _| *name == current);
    config
        .clusters
        .retain(|name, _| name == text(&context, "/cluster"));
    config.users.retain(|name, _| name == text(&context, "/user"));
    Ok(())
}

fn redact(entry: &mut Value) {
    for (field, value) in map_mut(entry, &[]) {
        if field.ends_with("-data") {
            *value = json!("DATA+OMITTED");
        }
    }
    redact_words(entry);
}

fn redact_words(entry: &mut Value) {
    for (field, value) in map_mut(entry, &[]) {
        if matches!(field.as_str(), "token" | "password") {
            *value = json!("REDACTED");
        }
    }
}
