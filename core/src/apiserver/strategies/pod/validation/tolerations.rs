//! Tolerations and taints (`ValidateTolerations`, `validateNodeTaints`).

use serde_json::json;

use crate::api::Cause;
use crate::api::to_json;
use crate::api::types::core::{Taint, Toleration};
use crate::apiserver::validation::path::Path;
use crate::apiserver::validation::{field, names};

const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

pub(in crate::apiserver::strategies) fn tolerations(
    causes: &mut Vec<Cause>,
    tolerations: &[Toleration],
    path: Path<'_>,
) {
    for (index, toleration) in tolerations.iter().enumerate() {
        let at = path.index(index);
        let text = |text: &'_ Option<String>| text.clone().unwrap_or_default();
        let key = toleration.key.as_deref().unwrap_or_default();
        let operator = toleration.operator.as_deref().unwrap_or_default();
        let effect = toleration.effect.as_deref().unwrap_or_default();
        if key.is_empty() {
            if operator != "Exists" {
                let detail = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
                causes.push(field::invalid(at.child("operator"), operator, detail));
            }
        } else {
            field::invalid_each(causes, at.child("key"), key, &names::qualified_name(key));
        }
        if toleration.toleration_seconds.is_some() && effect != "NoExecute" {
            let detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
            causes.push(field::invalid(at.child("effect"), effect, detail));
        }
        match operator {
            "" | "Equal" => {
                let wrong = names::label_value(toleration.value.as_deref().unwrap_or_default());
                if !wrong.is_empty() {
                    let value = text(&toleration.value);
                    causes.push(field::invalid(at.child("operator"), value, &wrong.join(";")));
                }
            }
            "Exists" => {
                if toleration.value.as_deref().is_some_and(|value| !value.is_empty()) {
                    let detail = "value must be empty when `operator` is 'Exists'";
                    let value = text(&toleration.value);
                    causes.push(field::invalid(at.child("operator"), value, detail));
                }
            }
            other => {
                let supported = ["Equal", "Exists"];
                causes.push(field::not_supported(at.child("operator"), other, &supported));
            }
        }
        if !effect.is_empty() {
            taint_effect(causes, effect, at.child("effect"));
        }
    }
}

fn taint_effect(causes: &mut Vec<Cause>, effect: &str, path: Path<'_>) {
    if !EFFECTS.contains(&effect) {
        causes.push(field::not_supported(path, effect, &EFFECTS));
    }
}

/// The taints of a Node.
pub(in crate::apiserver::strategies) fn taints(causes: &mut Vec<Cause>, taints: &[Taint], path: Path<'_>) {
    for (index, taint) in taints.iter().enumerate() {
        let at = path.index(index);
        field::invalid_each(
            causes,
            at.child("key"),
            &taint.key,
            &names::qualified_name(&taint.key),
        );
        let value = taint.value.as_deref().unwrap_or_default();
        let wrong = names::label_value(value);
        if !wrong.is_empty() {
            causes.push(field::invalid(at.child("value"), value, &wrong.join(";")));
        }
        if taint.effect.is_empty() {
            causes.push(field::required(at.child("effect"), ""));
        } else {
            taint_effect(causes, &taint.effect, at.child("effect"));
        }
        let same = |before: &Taint| before.key == taint.key && before.effect == taint.effect;
        if taints.iter().take(index).any(same) {
            // The Go type has no names of its own for JSON.
            let shown = field::Shown::json(format!(
                "{{\"Key\":{},\"Value\":{},\"Effect\":{},\"TimeAdded\":{}}}",
                json!(taint.key),
                json!(value),
                json!(taint.effect),
                to_json(&taint.time_added)
            ));
            let detail = "taints must be unique by key and effect pair";
            causes.push(field::duplicate_with(at, shown, detail));
        }
    }
}
