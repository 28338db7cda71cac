//! `DefaultTolerationSeconds`: how long a Pod stays on a node that is lost.

use crate::api::Pod;
use crate::api::types::core::Toleration;

/// Five minutes (`--default-not-ready-toleration-seconds`).
const TOLERATION_SECS: i64 = 300;

/// Admits a new Pod.
pub(super) fn admit(pod: &mut Pod) {
    let spec = pod.spec_mut();
    let tolerations = spec.tolerations.get_or_insert_default();
    for taint in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let tolerated = tolerations.iter().any(|toleration| {
            toleration
                .key
                .as_deref()
                .is_none_or(|key| key.is_empty() || key == taint)
                && toleration
                    .effect
                    .as_deref()
                    .is_none_or(|effect| effect.is_empty() || effect == "NoExecute")
        });
        if !tolerated {
            tolerations.push(Toleration {
                key: Some(taint.to_owned()),
                operator: Some("Exists".to_owned()),
                effect: Some("NoExecute".to_owned()),
                toleration_seconds: Some(TOLERATION_SECS),
                ..Toleration::default()
            });
        }
    }
}
