//! What may follow `kubectl`: commands, kinds, names and flags, as kubectl's own completion offers them.

use timonier_core::{
    api::{AnyObject, Kind},
    cluster::Cluster,
};

type Candidates = Vec<(String, String)>;

/// Commands, and what their second word may be.
const COMMANDS: [(&str, &[&str]); 24] = [
    ("annotate", &[]),
    ("api-resources", &[]),
    ("apply", &[]),
    ("cluster-info", &[]),
    (
        "config",
        &[
            "current-context",
            "get-contexts",
            "set-context",
            "use-context",
            "view",
        ],
    ),
    ("create", &["configmap", "deployment", "namespace", "service"]),
    ("delete", &[]),
    ("describe", &[]),
    ("edit", &[]),
    ("events", &[]),
    ("exec", &[]),
    ("explain", &[]),
    ("expose", &[]),
    ("get", &[]),
    ("label", &[]),
    ("logs", &[]),
    ("patch", &[]),
    ("replace", &[]),
    (
        "rollout",
        &["history", "pause", "restart", "resume", "status", "undo"],
    ),
    ("run", &[]),
    ("scale", &[]),
    ("set", &["env", "image", "resources"]),
    ("version", &[]),
    ("wait", &[]),
];

/// Commands that take a kind and names.
const ON_OBJECTS: [&str; 12] = [
    "annotate", "delete", "describe", "edit", "explain", "expose", "get", "label", "patch", "rollout",
    "scale", "wait",
];

/// Flags of all commands, then of some.
const FLAGS: [(&str, &[&str]); 9] = [
    ("", &["--context", "--help", "--namespace", "-n"]),
    (
        "apply",
        &["--dry-run=client", "--filename", "-f", "--server-side"],
    ),
    (
        "create",
        &[
            "--dry-run=client",
            "--filename",
            "-f",
            "--image=",
            "--port=",
            "--replicas=",
        ],
    ),
    (
        "delete",
        &[
            "--all",
            "--cascade=",
            "--filename",
            "-f",
            "--force",
            "--grace-period=",
            "--selector",
            "-l",
            "--wait=",
        ],
    ),
    (
        "get",
        &[
            "--all-namespaces",
            "-A",
            "--output",
            "-o",
            "--selector",
            "-l",
            "--show-labels",
            "--watch",
            "-w",
        ],
    ),
    (
        "logs",
        &[
            "--all-containers",
            "--container",
            "-c",
            "--follow",
            "-f",
            "--previous",
            "-p",
            "--tail=",
        ],
    ),
    (
        "rollout",
        &["--revision=", "--timeout=", "--to-revision=", "--watch="],
    ),
    ("scale", &["--current-replicas=", "--replicas=", "--timeout="]),
    ("wait", &["--all", "--for=", "--selector", "-l", "--timeout="]),
];

/// The candidates for the last of these words, `kubectl` being the first.
pub(super) fn kubectl(cluster: &Cluster, words: &[String]) -> Candidates {
    let Some((word, before)) = words.split_last() else {
        return Vec::new();
    };
    let plain: Vec<&str> = plain_words(before.get(1..).unwrap_or_default());
    let candidates = match plain.as_slice() {
        _ if word.starts_with('-') => flags(plain.first().copied().unwrap_or_default()),
        _ if matches!(before.last().map(String::as_str), Some("-n" | "--namespace")) => {
            names(cluster, Kind::Namespace, "")
        }
        _ if matches!(before.last().map(String::as_str), Some("-o" | "--output")) => outputs(),
        [] => COMMANDS.iter().map(|(name, _)| plain_candidate(name)).collect(),
        ["logs" | "exec", ..] => names(cluster, Kind::Pod, namespace(before)),
        [command, rest @ ..] => arguments(cluster, command, rest, word, namespace(before)),
    };
    candidates
        .into_iter()
        .filter(|(candidate, _)| candidate.starts_with(word.as_str()))
        .collect()
}

fn plain_candidate(text: &str) -> (String, String) {
    (text.to_owned(), String::new())
}

/// The words that are neither flags nor values of flags.
fn plain_words(words: &[String]) -> Vec<&str> {
    let mut plain = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if matches!(
            word.as_str(),
            "-n" | "--namespace" | "-o" | "--output" | "-l" | "--selector" | "-f" | "--filename" | "-c"
        ) {
            words.next();
        } else if !word.starts_with('-') {
            plain.push(word.as_str());
        }
    }
    plain
}

fn namespace(words: &[String]) -> &str {
    let after = words
        .iter()
        .zip(words.iter().skip(1))
        .find(|(flag, _)| matches!(flag.as_str(), "-n" | "--namespace"));
    let joined = words.iter().find_map(|word| word.strip_prefix("--namespace="));
    joined
        .or(after.map(|(_, value)| value.as_str()))
        .unwrap_or("default")
}

fn flags(command: &str) -> Candidates {
    let of = FLAGS
        .iter()
        .filter(|(name, _)| name.is_empty() || *name == command);
    of.flat_map(|(_, flags)| flags.iter())
        .map(|flag| plain_candidate(flag))
        .collect()
}

fn outputs() -> Candidates {
    ["json", "jsonpath=", "name", "wide", "yaml"]
        .into_iter()
        .map(plain_candidate)
        .collect()
}

fn arguments(cluster: &Cluster, command: &str, rest: &[&str], word: &str, namespace: &str) -> Candidates {
    let seconds = COMMANDS
        .iter()
        .find(|(name, _)| *name == command)
        .map_or(&[][..], |(_, seconds)| *seconds);
    if rest.is_empty() && !seconds.is_empty() {
        return seconds.iter().map(|second| plain_candidate(second)).collect();
    }
    let rest = if seconds.is_empty() {
        rest
    } else {
        rest.get(1..).unwrap_or_default()
    };
    let on_objects = ON_OBJECTS.contains(&command) || command == "set";
    match (rest, word.split_once('/')) {
        _ if !on_objects => Vec::new(),
        ([], Some((kind, _))) => match kind_of(kind) {
            Some(found) => prefixed(kind, names(cluster, found, namespace)),
            None => Vec::new(),
        },
        ([], None) => kinds(),
        ([kind, ..], _) => kind_of(kind)
            .map(|kind| names(cluster, kind, namespace))
            .unwrap_or_default(),
    }
}

fn prefixed(kind: &str, names: Candidates) -> Candidates {
    names
        .into_iter()
        .map(|(name, about)| (format!("{kind}/{name}"), about))
        .collect()
}

fn kinds() -> Candidates {
    Kind::all()
        .map(|kind| plain_candidate(kind.info().plural))
        .collect()
}

fn kind_of(word: &str) -> Option<Kind> {
    let word = word.split('.').next().unwrap_or(word);
    Kind::all().find(|kind| {
        let info = kind.info();
        info.plural == word || info.singular == word || info.short_names.contains(&word)
    })
}

fn names(cluster: &Cluster, kind: Kind, namespace: &str) -> Candidates {
    let name = |object: &AnyObject| plain_candidate(object.name());
    if kind.namespaced() {
        cluster.store().list_in(kind, namespace).map(name).collect()
    } else {
        cluster.store().list(kind).map(name).collect()
    }
}

#[cfg(test)]
mod tests {
    use timonier_core::cluster::{Cluster, Topology};

    fn check(line: &str, expected: &[&str]) {
        let cluster = Cluster::new(1, &Topology::default());
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let found: Vec<String> = super::kubectl(&cluster, &words)
            .into_iter()
            .map(|(text, _)| text)
            .collect();
        assert_eq!(found, expected, "{line}");
    }

    #[test]
    fn kubectl_goes_on() {
        check("kubectl ro", &["rollout"]);
        check("kubectl rollout u", &["undo"]);
        check("kubectl get dep", &["deployments"]);
        check("kubectl get nodes worker-", &["worker-1", "worker-2", "worker-3"]);
        check("kubectl describe no/control", &["no/control-plane"]);
        check("kubectl get pods -n kube-n", &["kube-node-lease"]);
        check("kubectl get pods -o y", &["yaml"]);
        check("kubectl scale --rep", &["--replicas="]);
        check("kubectl apply x", &[]);
    }
}
