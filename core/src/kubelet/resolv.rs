//! The files by which a Pod's programs find names: `/etc/resolv.conf` by its `dnsPolicy` and `dnsConfig` (`pkg/kubelet/network/dns/dns.go`), and the lines that
//! `hostAliases` add to `/etc/hosts`.

use crate::api::Pod;

/// The name servers of the nodes themselves.
const NODE: (&str, &str) = ("nameserver 172.18.0.1\n", "options edns0 trust-ad ndots:0\n");
/// The cluster's name server.
const CLUSTER: &str = "nameserver 10.96.0.10\n";

/// The file's text, unless it is the usual one of a Pod in its namespace.
pub(super) fn resolv_conf(pod: &Pod) -> Option<String> {
    let spec = &pod.spec;
    let policy = spec.dns_policy.as_deref().unwrap_or("ClusterFirst");
    let policy = match policy {
        // On the node's network the cluster's names must be asked for.
        "ClusterFirst" if spec.host_network == Some(true) => "Default",
        "ClusterFirstWithHostNet" => "ClusterFirst",
        policy => policy,
    };
    if policy == "ClusterFirst" && spec.dns_config.is_none() {
        let usual = spec.dns_policy.as_deref() != Some("ClusterFirstWithHostNet");
        return (!usual).then(|| cluster(pod));
    }
    let mut text = match policy {
        "ClusterFirst" => cluster(pod),
        "Default" => format!("{}{}", NODE.0, NODE.1),
        _ => String::new(),
    };
    let Some(config) = &spec.dns_config else {
        return Some(text);
    };
    let own = |prefix: &str, text: &str| -> Vec<String> {
        let lines = text.lines().filter_map(|line| line.strip_prefix(prefix));
        lines.flat_map(str::split_whitespace).map(str::to_owned).collect()
    };
    let mut servers = own("nameserver ", &text);
    let mut searches = own("search ", &text);
    let mut options = own("options ", &text);
    for server in config.nameservers.iter().flatten() {
        if !servers.contains(server) {
            servers.push(server.clone());
        }
    }
    for search in config.searches.iter().flatten() {
        if !searches.contains(search) {
            searches.push(search.clone());
        }
    }
    for option in config.options.iter().flatten() {
        let name = option.name.clone().unwrap_or_default();
        options.retain(|known| known.split(':').next() != Some(name.as_str()));
        options.push(match &option.value {
            Some(value) => format!("{name}:{value}"),
            None => name,
        });
    }
    text.clear();
    if !searches.is_empty() {
        text.push_str(&format!("search {}\n", searches.join(" ")));
    }
    for server in servers {
        text.push_str(&format!("nameserver {server}\n"));
    }
    if !options.is_empty() {
        text.push_str(&format!("options {}\n", options.join(" ")));
    }
    Some(text)
}

fn cluster(pod: &Pod) -> String {
    let namespace = pod.namespace();
    format!(
        "search {namespace}.svc.cluster.local svc.cluster.local cluster.local\n{CLUSTER}options ndots:5\n"
    )
}

/// The lines of the Pod's own aliases.
pub(super) fn aliases(pod: &Pod) -> String {
    let all = pod.spec.host_aliases.iter().flatten();
    let mut text: String = all
        .map(|alias| {
            format!(
                "{}\t{}\n",
                alias.ip,
                alias.hostnames.clone().unwrap_or_default().join("\t")
            )
        })
        .collect();
    if !text.is_empty() {
        text.insert_str(0, "\n# Entries added by HostAliases.\n");
    }
    text
}
