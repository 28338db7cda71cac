//! `TaintToleration`: nodes with taints that the Pod does not tolerate are refused, or preferred less.

use crate::api::types::core::{Taint, Toleration};
use crate::scheduler::framework::{Plugin, PodState, Refusal, normalise_by_largest};
use crate::scheduler::node_info::NodeInfo;

pub(super) struct TaintToleration;

/// Whether a toleration covers a taint (`Toleration.ToleratesTaint`).
pub(super) fn tolerates(toleration: &Toleration, taint: &Taint) -> bool {
    let any = |text: Option<&String>, wanted: &str| text.is_none_or(|text| text.is_empty() || text == wanted);
    if !any(toleration.effect.as_ref(), &taint.effect) || !any(toleration.key.as_ref(), &taint.key) {
        return false;
    }
    match toleration.operator.as_deref().unwrap_or_default() {
        "" | "Equal" => {
            toleration.value.as_deref().unwrap_or_default() == taint.value.as_deref().unwrap_or_default()
        }
        "Exists" => true,
        _ => false,
    }
}

impl Plugin for TaintToleration {
    fn name(&self) -> &'static str {
        "TaintToleration"
    }

    fn filter(&self, pod: &PodState<'_>, node: &NodeInfo) -> Result<(), Refusal> {
        let tolerations = pod.pod.spec.tolerations.as_deref().unwrap_or_default();
        let untolerated = node
            .node
            .spec
            .taints
            .iter()
            .flatten()
            .filter(|taint| matches!(taint.effect.as_str(), "NoSchedule" | "NoExecute"))
            .find(|taint| !tolerations.iter().any(|toleration| tolerates(toleration, taint)));
        match untolerated {
            None => Ok(()),
            Some(_) => Err(Refusal::unresolvable("node(s) had untolerated taint(s)")),
        }
    }

    fn weight(&self) -> i64 {
        3
    }

    fn score(&self, pod: &PodState<'_>, node: &NodeInfo) -> i64 {
        let tolerations = pod.pod.spec.tolerations.as_deref().unwrap_or_default();
        let applies = |toleration: &&Toleration| {
            toleration
                .effect
                .as_deref()
                .is_none_or(|effect| effect.is_empty() || effect == "PreferNoSchedule")
        };
        let intolerable = node
            .node
            .spec
            .taints
            .iter()
            .flatten()
            .filter(|taint| taint.effect == "PreferNoSchedule")
            .filter(|taint| {
                !tolerations
                    .iter()
                    .filter(applies)
                    .any(|toleration| tolerates(toleration, taint))
            })
            .count();
        i64::try_from(intolerable).unwrap_or(i64::MAX)
    }

    fn normalise(&self, scores: &mut [i64]) {
        normalise_by_largest(scores, true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tolerations_cover_taints_as_documented() {
        let taint = Taint {
            key: "gpu".to_owned(),
            value: Some("oui".to_owned()),
            effect: "NoSchedule".to_owned(),
            ..Taint::default()
        };
        let check = |key: &str, operator: &str, value: &str, effect: &str, expected: bool| {
            let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            let toleration = Toleration {
                key: some(key),
                operator: some(operator),
                value: some(value),
                effect: some(effect),
                toleration_seconds: None,
            };
            assert_eq!(tolerates(&toleration, &taint), expected, "{toleration:?}");
        };
        check("gpu", "Equal", "oui", "NoSchedule", true);
        check("gpu", "", "oui", "", true);
        check("gpu", "Equal", "non", "NoSchedule", false);
        check("gpu", "Exists", "", "NoSchedule", true);
        check("", "Exists", "", "", true);
        check("gpu", "Exists", "", "NoExecute", false);
        check("disque", "Exists", "", "", false);
    }
}
