//! `NetworkPolicy`: its rules (`pkg/apis/networking/v1/defaults.go`, `ValidateNetworkPolicy`).

use std::net::IpAddr;
use std::sync::Arc;

use serde_json::json;

use super::pod::defaults::text;
use crate::api::labels::format_selector;
use crate::api::types::IntOrString;
use crate::api::types::meta::LabelSelector;
use crate::api::types::networking::{IPBlock, NetworkPolicyPeer, NetworkPolicyPort};
use crate::api::{AnyObject, Cause, NetworkPolicy};
use crate::apiserver::printing::age_of;
use crate::apiserver::strategy::Strategy;
use crate::apiserver::table::Column;
use crate::apiserver::validation::path::Path;
use crate::apiserver::validation::{field, names, selectors};
use crate::sim::Time;

/// The rules of `NetworkPolicy`.
pub(crate) struct NetworkPolicyStrategy;

impl Strategy for NetworkPolicyStrategy {
    fn default(&self, object: &mut AnyObject) {
        let Some(policy) = object.get_mut::<NetworkPolicy>() else {
            return;
        };
        let spec = policy.spec_mut();
        if spec.policy_types.as_ref().is_none_or(Vec::is_empty) {
            let mut types = vec!["Ingress".to_owned()];
            if spec.egress.as_ref().is_some_and(|egress| !egress.is_empty()) {
                types.push("Egress".to_owned());
            }
            spec.policy_types = Some(types);
        }
        let ingress = spec.ingress.iter_mut().flatten().map(|rule| &mut rule.ports);
        let egress = spec.egress.iter_mut().flatten().map(|rule| &mut rule.ports);
        for port in ingress.chain(egress).flatten().flatten() {
            text(&mut port.protocol, "TCP");
        }
    }

    fn validate(&self, object: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let Some(policy) = object.get::<NetworkPolicy>() {
            validate(&mut causes, policy);
        }
        causes
    }

    fn validate_update(&self, object: &AnyObject, old: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let (Some(new), Some(old)) = (object.get::<NetworkPolicy>(), old.get::<NetworkPolicy>())
            && !Arc::ptr_eq(&new.spec, &old.spec)
        {
            validate(&mut causes, new);
        }
        causes
    }

    fn columns(&self) -> &'static [Column] {
        const {
            &[
                Column::new("Name"),
                Column::new("Pod-Selector"),
                Column::new("Age"),
            ]
        }
    }

    fn cells(&self, object: &AnyObject, now: Time) -> Vec<String> {
        let Some(policy) = object.get::<NetworkPolicy>() else {
            return Vec::new();
        };
        let everything = LabelSelector::default();
        let selector = policy.spec.pod_selector.as_ref().unwrap_or(&everything);
        vec![
            policy.name().to_owned(),
            format_selector(selector),
            age_of(&policy.metadata, now),
        ]
    }
}

fn validate(causes: &mut Vec<Cause>, policy: &NetworkPolicy) {
    let (spec, path) = (&policy.spec, Path::new("spec"));
    if let Some(selector) = &spec.pod_selector {
        selectors::validate(causes, selector, path.child("podSelector"));
    }
    let at = path.child("ingress");
    for (index, rule) in spec.ingress.iter().flatten().enumerate() {
        let path = at.index(index);
        ports(causes, rule.ports.as_deref(), path.child("ports"));
        peers(causes, rule.from.as_deref(), path.child("from"));
    }
    let at = path.child("egress");
    for (index, rule) in spec.egress.iter().flatten().enumerate() {
        let path = at.index(index);
        ports(causes, rule.ports.as_deref(), path.child("ports"));
        peers(causes, rule.to.as_deref(), path.child("to"));
    }
    let types = spec.policy_types.as_deref().unwrap_or_default();
    let at = path.child("policyTypes");
    if types.len() > 2 {
        let detail = "may not specify more than two policyTypes";
        return causes.push(field::invalid(at, json!(types), detail));
    }
    for (index, kind) in types.iter().enumerate() {
        if !matches!(kind.as_str(), "Ingress" | "Egress") {
            let supported = ["Egress", "Ingress"];
            causes.push(field::not_supported(at.index(index), kind.as_str(), &supported));
        }
    }
}

fn ports(causes: &mut Vec<Cause>, ports: Option<&[NetworkPolicyPort]>, path: Path<'_>) {
    for (index, port) in ports.unwrap_or_default().iter().enumerate() {
        let path = path.index(index);
        let protocol = port.protocol.as_deref().unwrap_or("TCP");
        let supported = ["TCP", "UDP", "SCTP"];
        if !supported.contains(&protocol) {
            causes.push(field::not_supported(path.child("protocol"), protocol, &supported));
        }
        let at = path.child("endPort");
        match (&port.port, port.end_port) {
            (Some(IntOrString::Int(number)), end) => {
                for detail in names::port_number(*number) {
                    causes.push(field::invalid(path.child("port"), *number, &detail));
                }
                let Some(end) = end else { continue };
                if end < *number {
                    let detail = "must be greater than or equal to `port`";
                    causes.push(field::invalid(at, *number, detail));
                }
                for detail in names::port_number(end) {
                    causes.push(field::invalid(at, end, &detail));
                }
            }
            (Some(IntOrString::String(name)), end) => {
                if let Some(end) = end {
                    let detail = "may not be specified when `port` is non-numeric";
                    causes.push(field::invalid(at, end, detail));
                }
                field::invalid_each(causes, path.child("port"), name, &names::port_name(name));
            }
            (None, Some(end)) => {
                let detail = "may not be specified when `port` is not specified";
                causes.push(field::invalid(at, end, detail));
            }
            (None, None) => {}
        }
    }
}

fn peers(causes: &mut Vec<Cause>, peers: Option<&[NetworkPolicyPeer]>, path: Path<'_>) {
    for (index, peer) in peers.unwrap_or_default().iter().enumerate() {
        let path = path.index(index);
        let selected = [
            ("podSelector", &peer.pod_selector),
            ("namespaceSelector", &peer.namespace_selector),
        ];
        for (name, selector) in selected {
            if let Some(selector) = selector {
                selectors::validate(causes, selector, path.child(name));
            }
        }
        if let Some(block) = &peer.ip_block {
            ip_block(causes, block, path.child("ipBlock"));
        }
        let selectors = selected.iter().filter(|(_, selector)| selector.is_some()).count();
        if selectors == 0 && peer.ip_block.is_none() {
            causes.push(field::required(path, "must specify a peer"));
        } else if selectors > 0 && peer.ip_block.is_some() {
            let detail = "may not specify both ipBlock and another peer";
            causes.push(field::forbidden(path, detail));
        }
    }
}

const NO_CIDR: &str = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

/// The bits of an address range and how many of them count.
fn cidr(text: &str) -> Option<(u128, u32, bool)> {
    let (address, length) = text.split_once('/')?;
    let length: u32 = length.parse().ok()?;
    let (bits, v4) = match address.parse().ok()? {
        IpAddr::V4(address) => (u128::from(u32::from(address)) << 96, true),
        IpAddr::V6(address) => (u128::from(address), false),
    };
    (length <= if v4 { 32 } else { 128 }).then_some((bits, length, v4))
}

fn ip_block(causes: &mut Vec<Cause>, block: &IPBlock, path: Path<'_>) {
    if block.cidr.is_empty() {
        return causes.push(field::required(path.child("cidr"), ""));
    }
    let Some((bits, length, v4)) = cidr(&block.cidr) else {
        return causes.push(field::invalid(path.child("cidr"), block.cidr.as_str(), NO_CIDR));
    };
    let path = path.child("except");
    for (index, except) in block.except.iter().flatten().enumerate() {
        let path = path.index(index);
        let Some((inner, inner_length, inner_v4)) = cidr(except) else {
            causes.push(field::invalid(path, except.as_str(), NO_CIDR));
            continue;
        };
        let prefix = |bits: u128| bits.checked_shr(128 - length).unwrap_or(0);
        if inner_v4 != v4 || prefix(inner) != prefix(bits) || length >= inner_length {
            let detail = "must be a strict subset of `cidr`";
            causes.push(field::invalid(path, except.as_str(), detail));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::api::Kind;

    fn policy(spec: Value) -> AnyObject {
        let value = json!({"metadata": {"name": "p"}, "spec": spec});
        let mut object = AnyObject::from_value(Kind::NetworkPolicy, value).expect("a NetworkPolicy");
        NetworkPolicyStrategy.default(&mut object);
        object
    }

    #[test]
    fn types_follow_from_rules() {
        for (spec, expected) in [
            (json!({}), json!(["Ingress"])),
            (json!({"egress": [{}]}), json!(["Ingress", "Egress"])),
            (json!({"policyTypes": ["Egress"]}), json!(["Egress"])),
        ] {
            assert_eq!(policy(spec).to_value()["spec"]["policyTypes"], expected);
        }
    }

    #[test]
    fn peers_and_ports_are_checked() {
        let from = |peer: Value| json!({"ingress": [{"from": [peer]}]});
        let port = |port: Value| json!({"ingress": [{"ports": [port]}]});
        for (spec, expected) in [
            (from(json!({"podSelector": {}})), ""),
            (
                from(json!({})),
                "spec.ingress[0].from[0]: Required value: must specify a peer",
            ),
            (
                from(json!({"podSelector": {}, "ipBlock": {"cidr": "10.0.0.0/8"}})),
                "spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer",
            ),
            (
                from(json!({"ipBlock": {"cidr": "10.0.0.0/33"}})),
                "spec.ingress[0].from[0].ipBlock.cidr: Invalid value: \"10.0.0.0/33\": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)",
            ),
            (
                from(json!({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}})),
                "",
            ),
            (
                from(json!({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["11.0.0.0/16"]}})),
                "spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: \"11.0.0.0/16\": must be a strict subset of `cidr`",
            ),
            (
                from(json!({"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}})),
                "",
            ),
            (
                port(json!({"port": 0})),
                "spec.ingress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
            ),
            (
                port(json!({"port": 80, "endPort": 70})),
                "spec.ingress[0].ports[0].endPort: Invalid value: 80: must be greater than or equal to `port`",
            ),
            (
                port(json!({"protocol": "HTTP", "port": 80})),
                "spec.ingress[0].ports[0].protocol: Unsupported value: \"HTTP\": supported values: \"TCP\", \"UDP\", \"SCTP\"",
            ),
            (
                json!({"policyTypes": ["Entrée"]}),
                "spec.policyTypes[0]: Unsupported value: \"Entrée\": supported values: \"Egress\", \"Ingress\"",
            ),
        ] {
            let causes = NetworkPolicyStrategy.validate(&policy(spec.clone()));
            let said: Vec<String> = causes.iter().map(ToString::to_string).collect();
            assert_eq!(said.join("; "), expected, "{spec}");
        }
    }
}
