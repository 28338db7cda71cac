//! `kubectl create poddisruptionbudget`

use serde_json::json;

use super::{finish, name};
use crate::kubectl::command::Command;
use crate::kubectl::common::{DRY_RUN, FIELD_MANAGER, PRINT, SAVE_CONFIG, VALIDATE};
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Parsed};
use crate::kubectl::machine::Flow;
use crate::kubectl::value::put;

const FLAGS: &[Flag] = &[
    Flag::text(
        "max-unavailable",
        "",
        "The maximum number or percentage of unavailable pods this budget requires.",
    ),
    Flag::text(
        "min-available",
        "",
        "The minimum number or percentage of available pods this budget requires.",
    ),
    Flag::text(
        "selector",
        "",
        "A label selector to use for this budget. Only equality-based selector requirements are supported.",
    ),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    aliases: &["pdb"],
    usage: "NAME --selector=SELECTOR --min-available=N [--dry-run=server|client|none]",
    flags: &[FLAGS, PRINT, DRY_RUN, FIELD_MANAGER, VALIDATE, SAVE_CONFIG],
    required: &[],
    run: Some(run),
    ..Command::named(
        "poddisruptionbudget",
        "Create a pod disruption budget with the specified name",
    )
};

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let name = name(parsed, "kubectl create poddisruptionbudget")?;
    let (least, most) = (parsed.text("min-available"), parsed.text("max-unavailable"));
    if parsed.text("selector").is_empty() {
        return Err("a selector must be specified".into());
    }
    if least.is_empty() == most.is_empty() {
        return Err(if least.is_empty() {
            "one of min-available or max-unavailable must be specified".into()
        } else {
            "min-available and max-unavailable cannot be both specified".into()
        });
    }
    for (name, text) in [("min-available", least), ("max-unavailable", most)] {
        let digits = text.strip_suffix('%').unwrap_or(text);
        let number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !text.is_empty() && !number {
            return Err(Failure::Message(format!("invalid format specified for {name}")));
        }
    }
    let mut labels = json!({});
    for pair in parsed.text("selector").split(',') {
        let (label, value) = pair.split_once('=').unwrap_or((pair, ""));
        put(&mut labels, &[label], json!(value.trim_start_matches('=')));
    }
    let amount = |text: &str| {
        text.parse::<i64>()
            .map_or_else(|_| json!(text), |number| json!(number))
    };
    let mut spec = json!({"selector": {"matchLabels": labels}});
    if least.is_empty() {
        put(&mut spec, &["maxUnavailable"], amount(most));
    } else {
        put(&mut spec, &["minAvailable"], amount(least));
    }
    let object = json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": name}, "spec": spec,
        "status": {"currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0},
    });
    finish(cx, parsed, object)
}
