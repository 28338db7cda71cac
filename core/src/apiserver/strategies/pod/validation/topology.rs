//! Topology spread constraints (`validateTopologySpreadConstraints`).

use crate::api::Cause;
use crate::api::types::core::TopologySpreadConstraint;
use crate::apiserver::validation::path::Path;
use crate::apiserver::validation::{field, names, selectors};

pub(super) fn constraints(causes: &mut Vec<Cause>, constraints: &[TopologySpreadConstraint], path: Path<'_>) {
    for (index, constraint) in constraints.iter().enumerate() {
        let at = path.index(index);
        if constraint.max_skew <= 0 {
            let detail = "must be greater than zero";
            causes.push(field::invalid(at.child("maxSkew"), constraint.max_skew, detail));
        }
        let key = constraint.topology_key.as_str();
        if key.is_empty() {
            causes.push(field::required(at.child("topologyKey"), "can not be empty"));
        } else {
            field::invalid_each(causes, at.child("topologyKey"), key, &names::qualified_name(key));
        }
        let unsatisfiable = constraint.when_unsatisfiable.as_str();
        let supported = ["DoNotSchedule", "ScheduleAnyway"];
        if !supported.contains(&unsatisfiable) {
            let at = at.child("whenUnsatisfiable");
            causes.push(field::not_supported(at, unsatisfiable, &supported));
        }
        let same = |before: &TopologySpreadConstraint| {
            before.topology_key == key && before.when_unsatisfiable == unsatisfiable
        };
        if constraints.iter().take(index).any(same) {
            let pair = format!("{{{key}, {unsatisfiable}}}");
            causes.push(field::duplicate(
                at.child("{topologyKey, whenUnsatisfiable}"),
                pair,
            ));
        }
        if let Some(domains) = constraint.min_domains {
            let at = at.child("minDomains");
            if domains <= 0 {
                causes.push(field::invalid(at, domains, "must be greater than zero"));
            }
            if unsatisfiable != "DoNotSchedule" {
                let detail = format!(
                    "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {unsatisfiable}"
                );
                causes.push(field::invalid(at, domains, &detail));
            }
        }
        let policies = [
            ("nodeAffinityPolicy", &constraint.node_affinity_policy),
            ("nodeTaintsPolicy", &constraint.node_taints_policy),
        ];
        for (name, policy) in policies {
            let supported = ["Honor", "Ignore"];
            if let Some(policy) = policy.as_deref().filter(|policy| !supported.contains(policy)) {
                causes.push(field::not_supported(at.child(name), policy, &supported));
            }
        }
        if let Some(selector) = &constraint.label_selector {
            selectors::validate(causes, selector, at.child("labelSelector"));
        }
    }
}
