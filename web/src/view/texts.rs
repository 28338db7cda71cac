//! Every French text of the cluster view, in one place. Kubernetes' own words (reasons, kinds, names) are not
//! translated: a learner meets them again in the terminal.
//!
//! No-break spaces are written `\u{a0}` (before `:` and inside « ») and `\u{202f}` (before `;`, `!`, `?`, `%`).

use super::look::State;

/// A state, as written on a pod and as spoken.
#[must_use]
pub fn state(state: State) -> &'static str {
    match state {
        State::Unscheduled => "En attente d’un nœud",
        State::Unschedulable => "Aucun nœud possible",
        State::Creating => "Création",
        State::Pulling => "Téléchargement de l’image",
        State::Starting => "Démarré, pas encore prêt",
        State::Ready => "Prêt",
        State::Failing => "En échec",
        State::Leaving => "Arrêt en cours",
        State::Done => "Terminé",
        State::Unknown => "État inconnu",
    }
}

/// A state in as few letters as possible.
#[must_use]
pub fn state_short(state: State) -> &'static str {
    match state {
        State::Unscheduled => "En attente",
        State::Unschedulable => "Sans nœud",
        State::Creating => "Création",
        State::Pulling => "Image…",
        State::Starting => "Pas prêt",
        State::Ready => "Prêt",
        State::Failing => "Échec",
        State::Leaving => "Arrêt",
        State::Done => "Terminé",
        State::Unknown => "Inconnu",
    }
}

/// How many pods are in a state, for sums.
#[must_use]
pub fn state_count(state: State, count: usize) -> String {
    let many = count > 1;
    let word = match state {
        State::Unscheduled => "en attente",
        State::Unschedulable => "sans nœud possible",
        State::Creating => "en création",
        State::Pulling => "en téléchargement",
        State::Starting => return format!("{count} pas {}", if many { "prêts" } else { "prêt" }),
        State::Ready => return format!("{count} {}", if many { "prêts" } else { "prêt" }),
        State::Failing => "en échec",
        State::Leaving => "en arrêt",
        State::Done => return format!("{count} {}", if many { "terminés" } else { "terminé" }),
        State::Unknown => return format!("{count} {}", if many { "inconnus" } else { "inconnu" }),
    };
    format!("{count} {word}")
}

/// The share of an image that has arrived.
#[must_use]
pub fn pulling(percent: u32) -> String {
    format!("Image {percent}\u{202f}%")
}

/// `3 Pods`, `1 Pod`, `aucun Pod`.
#[must_use]
pub fn pods(count: usize) -> String {
    match count {
        0 => "aucun Pod".into(),
        1 => "1 Pod".into(),
        _ => format!("{count} Pods"),
    }
}

/// `2/3 prêts`
#[must_use]
pub fn ready_of(ready: u32, wanted: u32) -> String {
    format!("{ready}/{wanted} {}", if wanted > 1 { "prêts" } else { "prêt" })
}

/// Beside a Service.
#[must_use]
pub fn service_pods(ready: usize) -> String {
    match ready {
        0 => "aucun Pod prêt".into(),
        1 => "1 Pod prêt".into(),
        _ => format!("{ready} Pods prêts"),
    }
}

/// A revision, short.
#[must_use]
pub fn revision(number: u64) -> String {
    if number == 0 {
        "sans révision".into()
    } else {
        format!("rév.\u{a0}{number}")
    }
}

/// The badge of a revision on a pod.
#[must_use]
pub fn revision_badge(number: u64) -> String {
    format!("r{number}")
}

/// How many older revisions have no Pod any more.
#[must_use]
pub fn older_revisions(count: usize) -> String {
    match count {
        1 => "+ 1 ancienne révision sans Pod".into(),
        _ => format!("+ {count} anciennes révisions sans Pod"),
    }
}

/// How many cards are not shown.
#[must_use]
pub fn more(count: usize) -> String {
    format!("+ {count} autres")
}

/// System pods folded on a node.
#[must_use]
pub fn system_pods(count: usize) -> String {
    format!("{count} Pod{} système", if count > 1 { "s" } else { "" })
}

/// The waiting area.
pub const WAITING_TITLE: &str = "File d’attente du scheduler";
/// The waiting area when narrow.
pub const WAITING_TITLE_SHORT: &str = "File du scheduler";
/// The waiting area when empty.
pub const WAITING_EMPTY: &str = "Aucun Pod n’attend";
/// Badge of a control-plane node.
pub const CONTROL_PLANE: &str = "plan de contrôle";
/// Badge of a cordoned node.
pub const CORDONED: &str = "cordonné";
/// Badge of a node that does not answer.
pub const NOT_READY: &str = "NotReady";
/// Badge of a node with taints.
pub const TAINTED: &str = "taint";
/// Badge of a paused Deployment.
pub const PAUSED: &str = "en pause";
/// Badge of a Deployment that made no progress in time.
pub const STUCK: &str = "bloqué";
/// The old side of a rollout.
pub const OLD_VERSION: &str = "Ancienne version";
/// The new side of a rollout.
pub const NEW_VERSION: &str = "Nouvelle version";
/// When the cluster holds no Pod of the learner's.
pub const EMPTY_TITLE: &str = "Aucun Pod pour l’instant";
/// What to do then.
pub const EMPTY_HINT: &str = "Appliquez un manifeste depuis l’éditeur, ou tapez par exemple\u{a0}:";
/// A command to try then.
pub const EMPTY_COMMAND: &str = "kubectl run web --image=nginx";
/// Before the first delta.
pub const STARTING_TITLE: &str = "Le cluster démarre…";
/// Gauge of requested CPU.
pub const GAUGE_CPU: &str = "CPU";
/// Gauge of requested memory.
pub const GAUGE_MEMORY: &str = "Mém.";
