//! `NetworkPolicy`

use super::writer::Writer;
use crate::api::NetworkPolicy;
use crate::api::labels::format_selector;
use crate::api::types::IntOrString;
use crate::api::types::meta::LabelSelector;
use crate::api::types::networking::{NetworkPolicyPeer, NetworkPolicyPort};

/// A NetworkPolicy.
pub(super) fn write(w: &mut Writer, policy: &NetworkPolicy) {
    let (metadata, spec) = (&policy.metadata, &policy.spec);
    w.name(metadata);
    let created = metadata.creation_timestamp.as_ref();
    let created = created.map(|at| crate::sim::calendar::utc("%Y-%m-%d %H:%M:%S +0000 UTC", at.0));
    w.field(0, "Created on", created.unwrap_or_default());
    w.labels("", "Labels", metadata.labels.as_ref());
    w.annotations("Annotations", metadata.annotations.as_ref());
    w.line(0, "Spec:");
    let everything = LabelSelector::default();
    let selector = spec.pod_selector.as_ref().unwrap_or(&everything);
    let selected = match format_selector(selector) {
        none if none == "<none>" => {
            "<none> (Allowing the specific traffic to all pods in this namespace)".to_owned()
        }
        selected => selected,
    };
    w.line(1, format!("PodSelector:     {selected}"));
    let types = spec.policy_types.as_deref().unwrap_or_default();
    let of = |name: &str| types.iter().any(|kind| kind == name);
    if of("Ingress") {
        w.line(1, "Allowing ingress traffic:");
        let rules = spec.ingress.iter().flatten();
        let rules: Vec<Rule<'_>> = rules
            .map(|rule| (rule.ports.as_deref(), rule.from.as_deref()))
            .collect();
        traffic(w, &rules, ("ingress", "From", "source"));
    } else {
        w.line(1, "Not affecting ingress traffic");
    }
    if of("Egress") {
        w.line(1, "Allowing egress traffic:");
        let rules = spec.egress.iter().flatten();
        let rules: Vec<Rule<'_>> = rules
            .map(|rule| (rule.ports.as_deref(), rule.to.as_deref()))
            .collect();
        traffic(w, &rules, ("egress", "To", "destination"));
    } else {
        w.line(1, "Not affecting egress traffic");
    }
    w.line(1, format!("Policy Types: {}", types.join(", ")));
}

type Rule<'a> = (Option<&'a [NetworkPolicyPort]>, Option<&'a [NetworkPolicyPeer]>);

fn traffic(w: &mut Writer, rules: &[Rule<'_>], (way, word, end): (&str, &str, &str)) {
    if rules.is_empty() {
        return w.line(
            2,
            format!("<none> (Selected pods are isolated for {way} connectivity)"),
        );
    }
    for (index, (ports, peers)) in rules.iter().enumerate() {
        let ports = ports.unwrap_or_default();
        if ports.is_empty() {
            w.line(2, "To Port: <any> (traffic allowed to all ports)");
        }
        for port in ports {
            let protocol = port.protocol.as_deref().unwrap_or("TCP");
            let number = match &port.port {
                Some(IntOrString::Int(number)) => number.to_string(),
                Some(IntOrString::String(name)) => name.clone(),
                None => "<nil>".to_owned(),
            };
            let last = port.end_port.map(|last| format!("-{last}")).unwrap_or_default();
            w.line(2, format!("To Port: {number}{last}/{protocol}"));
        }
        let peers = peers.unwrap_or_default();
        if peers.is_empty() {
            w.line(2, format!("{word}: <any> (traffic not restricted by {end})"));
        }
        for peer in peers {
            w.line(2, format!("{word}:"));
            if let Some(selector) = &peer.namespace_selector {
                w.line(3, format!("NamespaceSelector: {}", format_selector(selector)));
            }
            if let Some(selector) = &peer.pod_selector {
                w.line(3, format!("PodSelector: {}", format_selector(selector)));
            }
            if let Some(block) = &peer.ip_block {
                w.line(3, "IPBlock:");
                w.line(4, format!("CIDR: {}", block.cidr));
                let except = block.except.as_deref().unwrap_or_default().join(", ");
                w.line(4, format!("Except: {except}"));
            }
        }
        if index + 1 < rules.len() {
            w.line(2, "----------");
        }
    }
}
