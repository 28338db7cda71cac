//! Every French text of the cluster view, in one place. Kubernetes' own words (reasons, kinds, names) are not
//! translated: a learner meets them again in the terminal.
//!
//! No-break spaces are written `\u{a0}` (before `:` and inside « ») and `\u{202f}` (before `;`, `!`, `?`, `%`).

pub mod board;

use super::board::Lens;
use super::look::State;
use super::narration::Happening;
use super::projection::{
    DeploymentRecord, Meta, NodeRecord, PodRecord, ReplicaSetRecord, ServiceRecord, ThingRecord,
};

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

/// `2/3 terminés`
#[must_use]
pub fn ended_of(ended: u32, wanted: u32) -> String {
    format!(
        "{ended}/{wanted} {}",
        if wanted > 1 { "terminés" } else { "terminé" }
    )
}

/// All things of a kind, in a word: `ConfigMap × 12`.
#[must_use]
pub fn things(count: usize) -> String {
    format!("×\u{202f}{count}")
}

/// A thing that runs nothing, read out.
#[must_use]
pub fn thing_name(thing: &ThingRecord) -> String {
    let note = match thing.note.as_str() {
        "" => String::new(),
        note => format!(", {note}"),
    };
    format!(
        "{} {}{}{note}",
        thing.kind,
        thing.meta.name,
        in_namespace(&thing.meta)
    )
}

/// All things of a kind, read out.
#[must_use]
pub fn things_name(kind: &str, count: usize) -> String {
    format!("{kind}, {count} objets")
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

/// `3 prêts sur 3`
#[must_use]
fn ready_spoken(ready: u32, wanted: u32) -> String {
    format!(
        "{ready} {} sur {wanted}",
        if ready > 1 { "prêts" } else { "prêt" }
    )
}

/// A Deployment, read out.
#[must_use]
pub fn deployment_name(deployment: &DeploymentRecord) -> String {
    let stands = if deployment.kind == "CronJob" {
        deployment.schedule.clone()
    } else {
        ready_spoken(deployment.ready, deployment.replicas)
    };
    let mut name = format!(
        "{} {}{}, {stands}",
        deployment.kind,
        deployment.meta.name,
        in_namespace(&deployment.meta),
    );
    if deployment.paused {
        name.push_str(", en pause");
    }
    if deployment.stuck {
        name.push_str(", bloqué");
    }
    name
}

/// A ReplicaSet, read out.
#[must_use]
pub fn replica_set_name(set: &ReplicaSetRecord) -> String {
    let revision = if set.revision > 0 {
        format!(", révision {}", set.revision)
    } else {
        String::new()
    };
    let images = match set.images.as_slice() {
        [] => String::new(),
        [image] => format!(", image {image}"),
        images => format!(", images {}", images.join(" et ")),
    };
    let namespace = in_namespace(&set.meta);
    let stands = match (set.ended, set.kind.as_str()) {
        (Some(false), _) => "en échec".to_owned(),
        (_, "Job") => ended_of(set.ready, set.replicas),
        _ => ready_spoken(set.ready, set.replicas),
    };
    format!(
        "{} {}{namespace}{revision}{images}, {stands}",
        set.kind, set.meta.name
    )
}

/// A pod, read out; `failing` is Kubernetes' word for what is wrong.
#[must_use]
pub fn pod_name(pod: &PodRecord, state: State, failing: Option<&str>) -> String {
    let words = match (state, failing) {
        (State::Failing, Some(reason)) => format!("en échec\u{a0}: {reason}"),
        _ => lower(self::state(state)),
    };
    let node = if pod.node.is_empty() {
        String::new()
    } else {
        format!(", sur {}", pod.node)
    };
    let restarts: u32 = pod.containers.iter().map(|container| container.restarts).sum();
    let restarts = match restarts {
        0 => String::new(),
        1 => ", 1 redémarrage".into(),
        n => format!(", {n} redémarrages"),
    };
    format!(
        "Pod {}{}, {words}{node}{restarts}",
        pod.meta.name,
        in_namespace(&pod.meta)
    )
}

fn lower(words: &str) -> String {
    let mut letters = words.chars();
    letters
        .next()
        .map(|first| first.to_lowercase().chain(letters).collect())
        .unwrap_or_default()
}

fn in_namespace(meta: &Meta) -> String {
    if meta.namespace == "default" || meta.namespace.is_empty() {
        String::new()
    } else {
        format!(" (namespace {})", meta.namespace)
    }
}

/// A node, read out.
#[must_use]
pub fn node_name(node: &NodeRecord, count: usize, sums: &[String], folded: usize) -> String {
    let mut parts = vec![format!("Nœud {}", node.meta.name)];
    if node.control_plane {
        parts.push(CONTROL_PLANE.into());
    }
    if !node.ready {
        parts.push("ne répond pas".into());
    }
    if node.unschedulable {
        parts.push(CORDONED.into());
    }
    if !node.control_plane && !node.taints.is_empty() {
        parts.push(format!("taint {}", node.taints.join(" et ")));
    }
    parts.push(pods(count));
    parts.extend(sums.iter().cloned());
    if folded > 0 {
        parts.push(system_pods(folded));
    }
    parts.join(", ")
}

/// The waiting area, read out.
#[must_use]
pub fn waiting_name(count: usize) -> String {
    format!("{WAITING_TITLE}, {}", pods(count))
}

/// A Service, read out.
#[must_use]
pub fn service_name(service: &ServiceRecord, ready: usize) -> String {
    let ip = if service.cluster_ip.is_empty() {
        String::new()
    } else {
        format!(" {}", service.cluster_ip)
    };
    let ports = if service.ports.is_empty() {
        String::new()
    } else {
        format!(", {}", service.ports.join(", "))
    };
    format!(
        "Service {}{}, {}{ip}{ports}, {}",
        service.meta.name,
        in_namespace(&service.meta),
        service.service_type,
        service_pods(ready)
    )
}

/// Something happened to one pod.
#[must_use]
pub fn pod_happened(what: Happening, name: &str, node: &str, reason: &str) -> String {
    let on = if node.is_empty() {
        String::new()
    } else {
        format!(" sur {node}")
    };
    match what {
        Happening::Failed => format!("Pod {name} en échec{on}\u{a0}: {reason}."),
        Happening::Unschedulable => format!("Pod {name}\u{a0}: aucun nœud ne peut le prendre."),
        Happening::Ready => format!("Pod {name} prêt{on}."),
        Happening::Completed => format!("Pod {name} terminé{on}."),
        Happening::Created => format!("Pod {name} créé."),
        Happening::Leaving => format!("Pod {name}\u{a0}: arrêt demandé."),
        Happening::Gone => format!("Pod {name} supprimé."),
    }
}

/// The same thing happened to several pods.
#[must_use]
pub fn pods_happened(what: Happening, count: usize) -> String {
    match what {
        Happening::Failed => format!("{count} Pods en échec."),
        Happening::Unschedulable => format!("{count} Pods sans nœud possible."),
        Happening::Ready => format!("{count} Pods prêts."),
        Happening::Completed => format!("{count} Pods terminés."),
        Happening::Created => format!("{count} Pods créés."),
        Happening::Leaving => format!("{count} Pods\u{a0}: arrêt demandé."),
        Happening::Gone => format!("{count} Pods supprimés."),
    }
}

/// A Deployment has what it wants.
#[must_use]
pub fn deployment_complete(name: &str, replicas: u32) -> String {
    match replicas {
        1 => format!("Deployment {name}\u{a0}: le Pod voulu est prêt."),
        _ => format!("Deployment {name}\u{a0}: les {replicas} Pods voulus sont prêts."),
    }
}

/// A Deployment made no progress in time.
#[must_use]
pub fn deployment_stuck(name: &str) -> String {
    format!("Deployment {name}\u{a0}: la mise à jour n’avance plus.")
}

/// A Service appeared.
#[must_use]
pub fn service_created(name: &str) -> String {
    format!("Service {name} créé.")
}

/// A Service is gone.
#[must_use]
pub fn service_deleted(name: &str) -> String {
    format!("Service {name} supprimé.")
}

/// A node answers again, or no more.
#[must_use]
pub fn node_readiness(name: &str, ready: bool) -> String {
    if ready {
        format!("Le nœud {name} répond de nouveau.")
    } else {
        format!("Le nœud {name} ne répond plus.")
    }
}

/// A node was cordoned or uncordoned.
#[must_use]
pub fn node_cordon(name: &str, cordoned: bool) -> String {
    if cordoned {
        format!("Le nœud {name} est cordonné.")
    } else {
        format!("Le nœud {name} accepte de nouveau des Pods.")
    }
}

/// The view as a whole.
pub const VIEW_NAME: &str = "Vue du cluster";
/// The tree of the view.
pub const TREE_NAME: &str = "Objets du cluster\u{a0}: flèches pour parcourir, Entrée pour inspecter";
/// The toggle for system pods.
pub const SHOW_SYSTEM: &str = "Pods système";
/// The toggle for the legend.
pub const LEGEND: &str = "Légende";
/// The choice of namespace.
pub const NAMESPACE: &str = "Namespace";
/// No particular namespace.
pub const ALL_NAMESPACES: &str = "Tous les namespaces";
/// Legend of the nodes: swatch and words.
pub const LEGEND_NODES: [(&str, &str); 6] = [
    ("cv-swatch-hue", "Couleur\u{a0}: révision du Deployment"),
    ("cv-swatch-old", "Hachures\u{a0}: ancienne révision"),
    ("cv-swatch-box", "Petits carrés\u{a0}: conteneurs du Pod"),
    ("cv-swatch-service", "Trait violet\u{a0}: un Service y mène"),
    ("cv-swatch-asked", "Barre grise\u{a0}: demandé par les Pods"),
    ("cv-swatch-used", "Trait foncé\u{a0}: vraiment utilisé"),
];
/// Legend of the objects.
pub const LEGEND_OBJECTS: [(&str, &str); 5] = [
    ("cv-swatch-hue", "Couleur\u{a0}: révision du Deployment"),
    ("cv-swatch-old", "Hachures\u{a0}: ancienne révision"),
    ("cv-swatch-owns", "Trait plein\u{a0}: possède"),
    ("cv-swatch-service", "Trait violet, flèche\u{a0}: sélectionne"),
    ("cv-swatch-uses", "Tirets, flèche\u{a0}: utilise"),
];
/// Legend of what travels.
pub const LEGEND_MARKS: [(&str, &str); 5] = [
    ("cv-glyph cv-glyph-request", "Disque\u{a0}: une requête"),
    (
        "cv-glyph cv-glyph-notice",
        "Anneau\u{a0}: un composant est prévenu",
    ),
    ("cv-glyph cv-glyph-error", "Triangle\u{a0}: une erreur"),
    ("cv-glyph cv-glyph-lost", "Croix\u{a0}: une requête perdue"),
    ("cv-swatch-broken", "Tirets rouges\u{a0}: plus rien ne passe"),
];
/// Closing the inspector.
pub const CLOSE: &str = "Fermer l’inspecteur";
/// Tab: YAML.
pub const TAB_YAML: &str = "YAML";
/// Tab: description.
pub const TAB_DESCRIBE: &str = "Description";
/// Tab: events.
pub const TAB_EVENTS: &str = "Événements";
/// Tab: revisions.
pub const TAB_WHY: &str = "Pourquoi\u{202f}?";
/// Opens an object's manifest.
pub const OPEN_IN_EDITOR: &str = "Ouvrir dans l’éditeur";

/// A line of a file.
pub fn line_of(file: &str, line: &str) -> String {
    format!("{file}, ligne\u{a0}{line}")
}

/// The tab of the revisions.
pub const TAB_REVISIONS: &str = "Révisions";
/// While a text is fetched for the first time.
pub const FETCHING: &str = "Un instant…";
/// The object is gone.
pub const DELETED: &str = "Cet objet a été supprimé. Voici son dernier état connu.";
/// The object has no events.
pub const NO_EVENTS: &str = "Aucun événement pour cet objet.";
/// The text could not be had.
pub const FETCH_FAILED: &str = "Ce texte n’a pas pu être obtenu.";
/// The current revision.
pub const CURRENT: &str = "actuelle";

/// The inspector, read out.
#[must_use]
pub fn inspector_name(kind: &str, name: &str) -> String {
    format!("Inspecteur\u{a0}: {kind} {name}")
}
/// Headings of a Deployment's revisions.
pub const REVISION_HEADINGS: [&str; 4] = ["Révision", "ReplicaSet", "Image", "Prêts"];

/// The view's name.
#[must_use]
pub fn lens(lens: Lens) -> &'static str {
    match lens {
        Lens::Nodes => "Nœuds",
        Lens::Objects => "Objets",
        Lens::Traffic => "Trafic",
        Lens::Machinery => "Sous le capot",
    }
}

/// What the view shows, beside its key.
#[must_use]
pub fn lens_help(lens: Lens) -> &'static str {
    match lens {
        Lens::Nodes => "Les machines, leur place et les Pods qui y tournent (touche 1)",
        Lens::Objects => "Qui possède, sélectionne et utilise quoi (touche 2)",
        Lens::Traffic => "Les requêtes et leur chemin (touche 3)",
        Lens::Machinery => "Les composants de Kubernetes et leurs messages (touche 4)",
    }
}
/// The choice of a view.
pub const LENSES: &str = "Vues du cluster, touches 1 à 4";
/// Enlarging.
pub const ZOOM_IN: &str = "Agrandir (+)";
/// Shrinking.
pub const ZOOM_OUT: &str = "Réduire (−)";
/// Back to where everything is seen.
pub const ZOOM_FIT: &str = "Tout voir (0)";
/// The list of messages.
pub const JOURNAL: &str = "Messages";
/// When there is no message yet.
pub const JOURNAL_EMPTY: &str = "Aucun message pour l’instant.";
/// Before a board has come.
pub const BOARD_WAITS: &str = "La vue se prépare…";
/// A mark that was lost.
pub const LOST: &str = "perdue";
/// The inspector's tab about scheduling.
pub const TAB_PLACEMENT: &str = "Placement";
/// No decision is kept any more.
pub const NO_DECISION: &str = "Le scheduler n’a pas (ou plus) de décision pour ce Pod.";
/// The node that was chosen.
pub const CHOSEN: &str = "choisi";
/// Headings of the scores.
pub const SCORES: [&str; 3] = ["Critère", "Note sur 100", "Poids"];
/// A single candidate needs no score.
pub const ONLY_CANDIDATE: &str = "Seul candidat\u{a0}: aucune note n’était nécessaire.";

/// How many messages are not told one by one.
#[must_use]
pub fn more_messages(count: u32) -> String {
    match count {
        1 => "et 1 autre message".to_owned(),
        _ => format!("et {count} autres messages"),
    }
}

/// A sum of scores.
#[must_use]
pub fn points(total: i64) -> String {
    format!("{total}\u{a0}points")
}

/// Why a plugin of the scheduler refuses a node.
#[must_use]
pub fn refusal(plugin: &str) -> &'static str {
    match plugin {
        "NodeResourcesFit" => "Le nœud n’a plus assez de place pour ce que le Pod demande.",
        "TaintToleration" => "Le nœud porte un taint que le Pod ne tolère pas.",
        "NodeUnschedulable" => "Le nœud est cordonné\u{a0}: il n’accepte plus de nouveaux Pods.",
        "NodeAffinity" => "Les labels du nœud ne sont pas ceux que le Pod exige.",
        "NodeName" => "Le Pod demande un autre nœud par son nom.",
        "NodePorts" => "Le port demandé sur la machine est déjà pris.",
        "PodTopologySpread" => "Les Pods seraient trop mal répartis.",
        "InterPodAffinity" => "Le Pod veut être près ou loin d’autres Pods.",
        "VolumeBinding" => "Un volume du Pod ne peut pas être utilisé sur ce nœud.",
        _ => "",
    }
}

/// Keys of a ConfigMap.
#[must_use]
pub fn keys(count: usize) -> String {
    match count {
        0 => "vide".to_owned(),
        1 => "1 clé".to_owned(),
        _ => format!("{count} clés"),
    }
}

/// Thousandths of a core, as cores: `0,25`, `2`.
#[must_use]
pub fn cores(millis: u64) -> String {
    decimal(millis.div_ceil(10), 100, "")
}

/// Bytes: `128 Mio`, `1,5 Gio`.
#[must_use]
pub fn bytes(bytes: u64) -> String {
    let mib = bytes >> 20;
    if mib < 1000 {
        format!("{mib}\u{a0}Mio")
    } else {
        decimal((mib * 10).div_ceil(1024), 10, "\u{a0}Gio")
    }
}

/// A number of parts with a comma and a unit, without idle zeros.
fn decimal(parts: u64, of: u64, unit: &str) -> String {
    let (whole, part) = (parts / of, parts % of);
    let digits = if of == 100 {
        format!("{part:02}")
    } else {
        part.to_string()
    };
    match digits.trim_end_matches('0') {
        "" => format!("{whole}{unit}"),
        digits => format!("{whole},{digits}{unit}"),
    }
}

/// What is asked, used and free of a node's resource.
#[must_use]
pub fn gauge(asked: &str, used: &str, free: &str) -> String {
    format!("demandé {asked} · utilisé {used} · libre {free}")
}

/// What the scheduler thought of a node, read out after its name.
#[must_use]
pub fn verdict(fits: Option<bool>, words: &str) -> String {
    match fits {
        None => format!(", refusé par le scheduler\u{a0}: {words}"),
        Some(_) => format!(", candidat du scheduler\u{a0}: {words}"),
    }
}
