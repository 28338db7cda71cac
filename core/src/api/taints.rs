//! Taints and tolerations (`k8s.io/component-helpers/scheduling/corev1`).

use super::types::core::{Taint, Toleration};

/// Whether a toleration covers a taint (`Toleration.ToleratesTaint`).
#[must_use]
pub fn tolerates(toleration: &Toleration, taint: &Taint) -> bool {
    let any = |text: Option<&String>, wanted: &str| text.is_none_or(|text| text.is_empty() || text == wanted);
    if !any(toleration.effect.as_ref(), &taint.effect) || !any(toleration.key.as_ref(), &taint.key) {
        return false;
    }
    let of_taint = taint.value.as_deref().unwrap_or_default();
    let value = toleration.value.as_deref().unwrap_or_default();
    let compare = |holds: fn(&i64, &i64) -> bool| {
        let numbers = of_taint.parse().ok().zip(value.parse().ok());
        numbers.is_some_and(|(of_taint, value)| holds(&of_taint, &value))
    };
    match toleration.operator.as_deref().unwrap_or_default() {
        "" | "Equal" => value == of_taint,
        "Exists" => true,
        "Lt" => compare(i64::lt),
        "Gt" => compare(i64::gt),
        _ => false,
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
