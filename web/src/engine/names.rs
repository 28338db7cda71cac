//! The objects that a line of the terminal names, so that a click can open them.

use timonier_core::{
    api::{Key, Kind},
    cluster::Cluster,
    kubectl,
};

/// The kinds that a word alone may name: the first that has it.
const KINDS: [Kind; 15] = [
    Kind::Pod,
    Kind::Deployment,
    Kind::ReplicaSet,
    Kind::StatefulSet,
    Kind::DaemonSet,
    Kind::Service,
    Kind::Node,
    Kind::Job,
    Kind::CronJob,
    Kind::Ingress,
    Kind::ConfigMap,
    Kind::Secret,
    Kind::PersistentVolumeClaim,
    Kind::PersistentVolume,
    Kind::HorizontalPodAutoscaler,
];

/// For each name in the line: its letter, its length, and the object's kind, namespace and name, between tabs. A word alone
/// counts in the first two columns only, where tables have names; `kind/name` and quoted names count anywhere.
pub(super) fn of_line(cluster: &Cluster, line: &str) -> String {
    let current = cluster.laptop().kubectl.kubeconfig.namespace().to_owned();
    let mut namespace = current;
    let mut found = String::new();
    let mut start = 0;
    for (column, word) in line.split([' ', ',', '(', ')']).enumerate() {
        let bare = word.trim_matches(['"', '\'', ':', '.', ';']);
        let before = word.find(bare).unwrap_or(0);
        let quoted = word.starts_with('"');
        let named = match bare.split_once('/') {
            Some((kind, name)) => kubectl::kind_of(kind).map(|kind| (kind, name)),
            None => None,
        };
        let object = match named {
            Some((kind, name)) => look(cluster, kind, &namespace, name),
            None if quoted || start == 0 || only_blanks_between(line, start) => KINDS
                .into_iter()
                .find_map(|kind| look(cluster, kind, &namespace, bare)),
            None => None,
        };
        if let Some(key) = object {
            let letter = line
                .get(..start + before)
                .unwrap_or_default()
                .encode_utf16()
                .count();
            found.push_str(&format!(
                "{letter}\t{}\t{}\t{}\t{}\n",
                bare.encode_utf16().count(),
                key.kind.name(),
                key.namespace,
                key.name
            ));
        } else if column == 0
            && cluster
                .store()
                .get(&Key::new(Kind::Namespace, "", bare))
                .is_some()
        {
            // `get -A`: the first column is the namespace of the second.
            bare.clone_into(&mut namespace);
        }
        start += word.len() + 1;
    }
    found
}

/// Whether a word is the second of its line.
fn only_blanks_between(line: &str, start: usize) -> bool {
    line.get(..start).unwrap_or_default().split_whitespace().count() == 1
}

fn look(cluster: &Cluster, kind: Kind, namespace: &str, name: &str) -> Option<Key> {
    if name.is_empty() {
        return None;
    }
    let namespace = if kind.namespaced() { namespace } else { "" };
    let key = Key::new(kind, namespace, name);
    cluster.store().get(&key).is_some().then_some(key)
}

#[cfg(test)]
mod tests {
    use timonier_core::cluster::Topology;

    use super::*;

    #[test]
    fn names_are_found_where_they_stand() {
        let mut cluster = Cluster::new(1, &Topology::default());
        let id = cluster.run_script(
            "kubectl create deployment web --image=nginx; kubectl create service clusterip web --tcp=80",
        );
        let until = cluster.now() + std::time::Duration::from_secs(10);
        cluster.run_until_idle(id, until);
        let check = |line: &str, expected: &str| assert_eq!(of_line(&cluster, line), expected, "{line}");
        check("web   1/1   1   1   5s", "0\t3\tDeployment\tdefault\tweb\n");
        check("service/web created", "0\t11\tService\tdefault\tweb\n");
        check(
            "kube-system   coredns   2/2",
            "14\t7\tDeployment\tkube-system\tcoredns\n",
        );
        check(
            "deployment.apps/web configured",
            "0\t19\tDeployment\tdefault\tweb\n",
        );
        check("1 node, worker-1, and the web", "");
        check("Error: \"web\" not found", "8\t3\tDeployment\tdefault\tweb\n");
        check("worker-1   Ready   <none>", "0\t8\tNode\t\tworker-1\n");
    }
}
