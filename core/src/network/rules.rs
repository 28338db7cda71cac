//! A node's rules as `iptables-save` prints them: the chains that kube-proxy writes (`pkg/proxy/iptables/proxier.go` syncProxyRules), from the very data
//! that packets are carried by.

use std::fmt::Write as _;

use super::service::{Choice, Endpoint, Port, Rule};
use super::{Network, sha256};
use crate::sim::{Rng, Time};

/// The chains that the node and kube-proxy always have.
const FILTER: &str = ":INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:KUBE-EXTERNAL-SERVICES - [0:0]\n:KUBE-FIREWALL - [0:0]\n:KUBE-FORWARD - [0:0]\n:KUBE-KUBELET-CANARY - [0:0]\n:KUBE-NODEPORTS - [0:0]\n:KUBE-PROXY-CANARY - [0:0]\n:KUBE-PROXY-FIREWALL - [0:0]\n:KUBE-SERVICES - [0:0]\n-A INPUT -m conntrack --ctstate NEW -m comment --comment \"kubernetes load balancer firewall\" -j KUBE-PROXY-FIREWALL\n-A INPUT -m comment --comment \"kubernetes health check service ports\" -j KUBE-NODEPORTS\n-A INPUT -m conntrack --ctstate NEW -m comment --comment \"kubernetes externally-visible service portals\" -j KUBE-EXTERNAL-SERVICES\n-A INPUT -j KUBE-FIREWALL\n-A FORWARD -m conntrack --ctstate NEW -m comment --comment \"kubernetes load balancer firewall\" -j KUBE-PROXY-FIREWALL\n-A FORWARD -m comment --comment \"kubernetes forwarding rules\" -j KUBE-FORWARD\n-A FORWARD -m conntrack --ctstate NEW -m comment --comment \"kubernetes service portals\" -j KUBE-SERVICES\n-A FORWARD -m conntrack --ctstate NEW -m comment --comment \"kubernetes externally-visible service portals\" -j KUBE-EXTERNAL-SERVICES\n-A OUTPUT -m conntrack --ctstate NEW -m comment --comment \"kubernetes load balancer firewall\" -j KUBE-PROXY-FIREWALL\n-A OUTPUT -m conntrack --ctstate NEW -m comment --comment \"kubernetes service portals\" -j KUBE-SERVICES\n-A OUTPUT -j KUBE-FIREWALL\n";
const FORWARD: &str = "-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment \"block incoming localnet connections\" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP\n-A KUBE-FORWARD -m conntrack --ctstate INVALID -m nfacct --nfacct-name  ct_state_invalid_dropped_pkts -j DROP\n-A KUBE-FORWARD -m comment --comment \"kubernetes forwarding rules\" -m mark --mark 0x4000/0x4000 -j ACCEPT\n-A KUBE-FORWARD -m comment --comment \"kubernetes forwarding conntrack rule\" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n";
const NAT: &str =
    ":PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n";
const MASQUERADE: &str = "-A PREROUTING -m comment --comment \"kubernetes service portals\" -j KUBE-SERVICES\n-A OUTPUT -m comment --comment \"kubernetes service portals\" -j KUBE-SERVICES\n-A POSTROUTING -m comment --comment \"kubernetes postrouting rules\" -j KUBE-POSTROUTING\n-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000\n-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN\n-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0\n-A KUBE-POSTROUTING -m comment --comment \"kubernetes service traffic requiring SNAT\" -j MASQUERADE --random-fully\n";
/// The Pods' range.
const POD_RANGE: &str = "10.244.0.0/16";

/// What `iptables-save` prints on a machine; empty if there is none of this name.
pub fn iptables_save(network: &mut Network, machine: &str, rng: Rng, now: Time) -> String {
    let Some(index) = network.machines.iter().position(|known| &*known.name == machine) else {
        return String::new();
    };
    let rules = network.proxy.rules(index, rng, now);
    let mut tables = Tables::default();
    for rule in &rules {
        for port in &rule.ports {
            tables.add(machine, rule, port);
        }
    }
    tables.print()
}

#[derive(Default)]
struct Tables {
    filter: String,
    chains: Vec<String>,
    nodeports: String,
    services: String,
    own: Vec<String>,
}

impl Tables {
    fn add(&mut self, machine: &str, rule: &Rule, port: &Port) {
        let Some(cluster_ip) = rule.cluster_ip else { return };
        let protocol = if port.udp { "udp" } else { "tcp" };
        let name = if port.name.is_empty() {
            format!("{}/{}", rule.namespace, rule.name)
        } else {
            format!("{}/{}:{}", rule.namespace, rule.name, port.name)
        };
        let number = port.port;
        let here = format!("-p {protocol} -m comment --comment \"{name}");
        let to = format!("-m {protocol} --dport {number}");
        let mut addresses = vec![(cluster_ip, "cluster IP", "SVC")];
        addresses.extend(rule.external.iter().map(|ip| (*ip, "external IP", "EXT")));
        addresses.extend(rule.balancers.iter().map(|ip| (*ip, "loadbalancer IP", "EXT")));
        let endpoints = match port.choice(machine, false) {
            Choice::Any(endpoints) => endpoints.iter().collect::<Vec<_>>(),
            Choice::Reject | Choice::Drop => {
                for (address, kind, _) in addresses {
                    let chain = if kind == "cluster IP" {
                        "KUBE-SERVICES"
                    } else {
                        "KUBE-EXTERNAL-SERVICES"
                    };
                    let _ = writeln!(
                        self.filter,
                        "-A {chain} -d {address}/32 {here} has no endpoints\" {to} -j REJECT --reject-with icmp-port-unreachable"
                    );
                }
                if port.node_port != 0 {
                    let _ = writeln!(
                        self.filter,
                        "-A KUBE-EXTERNAL-SERVICES {here} has no endpoints\" -m addrtype --dst-type LOCAL -m {protocol} --dport {} -j REJECT --reject-with icmp-port-unreachable",
                        port.node_port
                    );
                }
                return;
            }
        };
        let hash = chain_hash(&format!("{name}{protocol}"));
        let (service, outside) = (format!("KUBE-SVC-{hash}"), format!("KUBE-EXT-{hash}"));
        for (address, kind, of) in &addresses {
            let _ = writeln!(
                self.services,
                "-A KUBE-SERVICES -d {address}/32 {here} {kind}\" {to} -j KUBE-{of}-{hash}"
            );
        }
        if port.node_port != 0 {
            let _ = writeln!(
                self.nodeports,
                "-A KUBE-NODEPORTS {here}\" -m {protocol} --dport {} -j {outside}",
                port.node_port
            );
        }
        let external = port.node_port != 0 || addresses.len() > 1;
        self.chains.push(service.clone());
        let mut own = format!(
            "-A {service} ! -s {POD_RANGE} -d {cluster_ip}/32 {here} cluster IP\" {to} -j KUBE-MARK-MASQ\n"
        );
        own.push_str(&spread(rule, &service, &name, protocol, &endpoints));
        self.own.push(own);
        for endpoint in &endpoints {
            self.endpoint(rule, &name, protocol, endpoint);
        }
        if external {
            self.external(machine, rule, port, (&hash, &name, protocol));
        }
    }

    fn endpoint(&mut self, rule: &Rule, name: &str, protocol: &str, endpoint: &Endpoint) {
        let chain = endpoint_chain(name, protocol, endpoint);
        let Endpoint { address, port, .. } = endpoint;
        let mut own =
            format!("-A {chain} -s {address}/32 -m comment --comment \"{name}\" -j KUBE-MARK-MASQ\n");
        let recent = if rule.affinity_secs.is_some() {
            format!(" -m recent --set --name {chain} --mask 255.255.255.255 --rsource")
        } else {
            String::new()
        };
        own.push_str(&format!(
            "-A {chain} -p {protocol} -m comment --comment \"{name}\"{recent} -m {protocol} -j DNAT --to-destination {address}:{port}\n"
        ));
        if !self.chains.contains(&chain) {
            self.chains.push(chain);
            self.own.push(own);
        }
    }

    /// What comes from outside: everywhere, or only to endpoints that are here.
    fn external(
        &mut self,
        machine: &str,
        rule: &Rule,
        port: &Port,
        (hash, name, protocol): (&str, &str, &str),
    ) {
        let chain = format!("KUBE-EXT-{hash}");
        self.chains.push(chain.clone());
        if !rule.external_local {
            self.own.push(format!(
                "-A {chain} -m comment --comment \"masquerade traffic for {name} external destinations\" -j KUBE-MARK-MASQ\n-A {chain} -j KUBE-SVC-{hash}\n"
            ));
            return;
        }
        let local = format!("KUBE-SVL-{hash}");
        self.chains.push(local.clone());
        self.own.push(format!(
            "-A {chain} -s {POD_RANGE} -m comment --comment \"pod traffic for {name} external destinations\" -j KUBE-SVC-{hash}\n-A {chain} -m comment --comment \"masquerade LOCAL traffic for {name} external destinations\" -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ\n-A {chain} -m comment --comment \"route LOCAL traffic for {name} external destinations\" -m addrtype --src-type LOCAL -j KUBE-SVC-{hash}\n-A {chain} -j {local}\n"
        ));
        match port.choice(machine, true) {
            Choice::Any(endpoints) => {
                let endpoints: Vec<&Endpoint> = endpoints.iter().collect();
                self.own.push(spread(rule, &local, name, protocol, &endpoints));
            }
            Choice::Reject | Choice::Drop => {
                let _ = writeln!(
                    self.filter,
                    "-A KUBE-EXTERNAL-SERVICES -p {protocol} -m comment --comment \"{name} has no local endpoints\" -m addrtype --dst-type LOCAL -m {protocol} --dport {} -j DROP",
                    port.node_port
                );
            }
        }
    }

    fn print(mut self) -> String {
        crate::sort::sort(&mut self.chains);
        crate::sort::sort(&mut self.own);
        let fixed = [
            "KUBE-KUBELET-CANARY",
            "KUBE-MARK-MASQ",
            "KUBE-NODEPORTS",
            "KUBE-POSTROUTING",
            "KUBE-PROXY-CANARY",
        ];
        let mut chains: Vec<&str> = fixed
            .iter()
            .copied()
            .chain(self.chains.iter().map(String::as_str))
            .collect();
        chains.push("KUBE-SERVICES");
        crate::sort::sort(&mut chains);
        let chains: String = chains.iter().map(|chain| format!(":{chain} - [0:0]\n")).collect();
        let last = "-A KUBE-SERVICES -m comment --comment \"kubernetes service nodeports; NOTE: this must be the last rule in this chain\" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS\n";
        let head = "# Generated by iptables-save v1.8.11\n";
        format!(
            "{head}*filter\n{FILTER}{}{FORWARD}COMMIT\n# Completed\n{head}*nat\n{NAT}{chains}{MASQUERADE}{}{}{}{last}COMMIT\n# Completed\n",
            self.filter,
            self.nodeports,
            self.own.concat(),
            self.services,
        )
    }
}

/// One of the endpoints, each as likely as the next.
fn spread(rule: &Rule, chain: &str, name: &str, protocol: &str, endpoints: &[&Endpoint]) -> String {
    let mut text = String::new();
    if let Some(secs) = rule.affinity_secs {
        for endpoint in endpoints {
            let own = endpoint_chain(name, protocol, endpoint);
            let Endpoint { address, port, .. } = endpoint;
            let _ = writeln!(
                text,
                "-A {chain} -m comment --comment \"{name} -> {address}:{port}\" -m recent --rcheck --seconds {secs} --reap --name {own} --mask 255.255.255.255 --rsource -j {own}"
            );
        }
    }
    for (at, endpoint) in endpoints.iter().enumerate() {
        let own = endpoint_chain(name, protocol, endpoint);
        let Endpoint { address, port, .. } = endpoint;
        let left = endpoints.len() - at;
        let chance = if left > 1 {
            format!(" -m statistic --mode random --probability {}", probability(left))
        } else {
            String::new()
        };
        let _ = writeln!(
            text,
            "-A {chain} -m comment --comment \"{name} -> {address}:{port}\"{chance} -j {own}"
        );
    }
    text
}

/// One in so many, as the kernel keeps it: in units of 2^-31.
fn probability(of: usize) -> String {
    let of = of as u64;
    // kube-proxy writes ten digits, iptables rounds to 31 bits and prints eleven.
    let ten_digits = (10_000_000_000 + of / 2) / of;
    let bits = (ten_digits * (1 << 31) + 5_000_000_000) / 10_000_000_000;
    let eleven = (u128::from(bits) * 100_000_000_000 + (1 << 30)) >> 31;
    format!("0.{eleven:011}")
}

fn endpoint_chain(name: &str, protocol: &str, endpoint: &Endpoint) -> String {
    let text = format!("{name}{protocol}{}:{}", endpoint.address, endpoint.port);
    format!("KUBE-SEP-{}", chain_hash(&text))
}

/// Sixteen characters that stand for a port of a Service (`portProtoHash`).
fn chain_hash(text: &str) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let hash = sha256::hash(text.as_bytes());
    let (mut out, mut bits, mut count) = (String::new(), 0_u32, 0);
    for byte in hash.iter().take(10) {
        bits = bits << 8 | u32::from(*byte);
        count += 8;
        while count >= 5 {
            count -= 5;
            let at = usize::try_from(bits >> count & 31).unwrap_or_default();
            out.extend(ALPHABET.get(at).map(|sign| char::from(*sign)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The chain of `default/kubernetes:https` is the same on every cluster.
    #[test]
    fn chains_are_named_as_kube_proxy_names_them() {
        assert_eq!(chain_hash("default/kubernetes:httpstcp"), "NPX46M4PTMTKRN6Y");
        assert_eq!(chain_hash("kube-system/kube-dns:dnsudp"), "TCOU7JCQXEZGVUNU");
    }

    #[test]
    fn probabilities_are_printed_as_iptables_prints_them() {
        assert_eq!(probability(2), "0.50000000000");
        assert_eq!(probability(3), "0.33333333349");
        assert_eq!(probability(4), "0.25000000000");
    }
}
