//! What boards say, in French. Kubernetes' own words stay as they are.

use timonier_core::network::{Reason, Stage};
use timonier_core::sim::Action;

/// What the columns of « Objets » hold.
pub const OBJECT_COLUMNS: [&str; 5] = [
    "Ce qui est voulu",
    "Ce qui fait les Pods",
    "Pods",
    "Sélecteurs et ressources",
    "Derrière",
];
/// What the columns of « Sous le capot » hold.
pub const MACHINE_COLUMNS: [&str; 3] = ["Décider", "Écrire", "Exécuter"];
/// When there is no object: title and advice.
pub const NO_OBJECTS: [&str; 2] = [
    "Aucun objet pour l’instant",
    "Appliquez un manifeste depuis l’éditeur, ou tapez par exemple\u{a0}: kubectl create deployment web --image=nginx",
];
/// Something that is used and does not exist.
pub const MISSING: &str = "introuvable";
/// Pods without a label of their author's.
pub const NO_LABELS: &str = "sans label";

/// How a Deployment replaces its Pods.
#[must_use]
pub fn strategy(recreate: bool) -> &'static str {
    if recreate { "Recreate" } else { "RollingUpdate" }
}

/// How many older revisions have no Pod any more.
#[must_use]
pub fn older(count: usize) -> String {
    format!("+ {count} sans Pod")
}

/// A revision of a Deployment; `rolling` says that several have Pods.
#[must_use]
pub fn revision(number: u64, rolling: bool, current: bool) -> String {
    let which = match (rolling, current) {
        (false, _) => "",
        (true, true) => " · nouvelle version",
        (true, false) => " · ancienne version",
    };
    format!("révision {number}{which}")
}

/// The Pods of one owner, read out.
#[must_use]
pub fn tray(count: usize, labels: &str) -> String {
    let labels = if labels.is_empty() { NO_LABELS } else { labels };
    format!("{}, {labels}", super::pods(count))
}

/// A selector, as written.
#[must_use]
pub fn selector(pairs: &[String]) -> String {
    if pairs.is_empty() {
        "sans sélecteur".to_owned()
    } else {
        format!("→ {}", pairs.join(", "))
    }
}

/// A selector that selects everything when it is empty.
#[must_use]
pub fn selector_or_all(pairs: &[String]) -> String {
    if pairs.is_empty() {
        "→ tous les Pods du namespace".to_owned()
    } else {
        selector(pairs)
    }
}

/// After the name of what selects, read out.
#[must_use]
pub fn selects(count: usize) -> String {
    format!(", sélectionne {}", super::pods(count))
}

/// Something used that is not there, read out.
#[must_use]
pub fn missing(kind: &str, name: &str) -> String {
    format!("{kind} {name}, {MISSING}\u{a0}: un Pod en a besoin")
}

/// Above the lanes of a namespace.
#[must_use]
pub fn namespace(name: &str) -> String {
    if name.is_empty() {
        "Tout le cluster".to_owned()
    } else {
        format!("Namespace {name}")
    }
}

/// kubectl: sort and what it does.
pub const KUBECTL: (&str, &str) = ("Votre poste", "envoie vos demandes");
/// The API server.
pub const API_SERVER: (&str, &str) = ("API server", "vérifie, enregistre, prévient");
/// etcd.
pub const ETCD: (&str, &str) = ("Base de données", "garde tous les objets");
/// The scheduler.
pub const SCHEDULER: (&str, &str) = ("Scheduler", "choisit un nœud par Pod");
/// The controllers.
pub const CONTROLLERS: (&str, &str) = ("Contrôleurs", "rapprochent l’existant du voulu");
/// A kubelet.
pub const KUBELET: (&str, &str) = ("Kubelet", "lance les conteneurs du nœud");
/// The kubelets that are not shown one by one.
pub const OTHER_KUBELETS: (&str, &str) = ("Kubelets", "les autres nœuds");
/// kube-proxy.
pub const KUBE_PROXY: (&str, &str) = ("Réseau des Services", "mène les Services aux Pods");
/// A component runs.
pub const RUNS: &str = "en marche";
/// A component does not run.
pub const STOPPED: &str = "arrêté";
/// A component waits for its predecessor's lease to end.
pub const WAITS_FOR_LEASE: &str = "attend son bail";
/// Before the name of a component that can be stopped.
pub const STOP: &str = "Arrêter";
/// Before the name of a component that can be started.
pub const START: &str = "Démarrer";

/// What a message is about.
pub const WHEN: &str = "Quand";
/// Who sends it.
pub const WHO: &str = "Qui";
/// Method and path.
pub const WHAT: &str = "Requête";
/// The object.
pub const OBJECT: &str = "Objet";
/// The store's revision after it.
pub const REVISION: &str = "Révision";
/// What a component says.
pub const SAYS: &str = "Message";
/// Why.
pub const CAUSE: &str = "Parce que";

/// An object, in a few words.
#[must_use]
pub fn object(kind: &str, namespace: &str, name: &str) -> String {
    if kind == "Event" {
        // an Event is called after its object, with a number
        let about = name.rsplit_once('.').map_or(name, |(about, _)| about);
        return format!("un Event sur {about}");
    }
    if namespace.is_empty() || namespace == "default" {
        format!("{kind} {name}")
    } else {
        format!("{kind} {namespace}/{name}")
    }
}

/// What was done, after the name of who did it.
#[must_use]
pub fn did(action: Action) -> &'static str {
    match action {
        Action::Create => "crée",
        Action::Update => "modifie",
        Action::UpdateStatus => "met à jour l’état de",
        Action::MarkDeleted => "demande la suppression de",
        Action::Delete => "supprime",
        Action::Bind => "place",
        Action::Note => "remarque",
        Action::Command => "demande",
    }
}

/// A moment since the cluster's start.
#[must_use]
pub fn moment(micros: u64) -> String {
    let (seconds, millis) = (micros / 1_000_000, micros / 1000 % 1000);
    format!(
        "{:02}:{:02}:{:02},{millis:03}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// What the columns of « Trafic » hold.
pub const TRAFFIC_COLUMNS: [&str; 4] = ["D’où viennent les requêtes", "Ingress", "Services", "Pods"];

/// When there is nothing to send requests to: title and advice.
pub const NO_TRAFFIC: [&str; 2] = [
    "Aucun Service pour l’instant",
    "Créez-en un, puis envoyez-lui des requêtes\u{a0}: kubectl expose deployment web --port=80",
];

/// Replicas.
pub const CHART_READY: &str = "Répliques prêtes";

/// CPU of all nodes.
pub const CHART_CPU: &str = "CPU du cluster";

/// Where requests begin: sort and name.
#[must_use]
pub fn origin(sort: &str) -> (&'static str, &'static str) {
    match sort {
        "laptop" => ("Hors du cluster", "votre poste"),
        "internet" => ("Hors du cluster", "Internet"),
        "node" => ("Dans le cluster", "un nœud"),
        _ => ("Dans le cluster", "un Pod"),
    }
}

/// So many of so many.
#[must_use]
pub fn of(count: u64, all: u64) -> String {
    format!("{count}/{all}")
}

/// Why a request was lost.
#[must_use]
pub fn failed(reason: Reason) -> &'static str {
    match reason {
        Reason::Name => "perdue, ce nom n’existe pas",
        Reason::NoEndpoint => "perdue, le Service n’a aucun Pod prêt",
        Reason::NotListening => "perdue, personne n’écoute sur ce port",
        Reason::Dropped => "perdue, une NetworkPolicy l’a écartée",
        Reason::NoRoute => "perdue, aucun chemin n’y mène",
        Reason::Broken => "perdue, le serveur s’est arrêté pendant qu’il répondait",
        Reason::TooSlow => "perdue, pas de réponse à temps",
        Reason::Nonsense => "perdue, la réponse n’était pas dans le bon protocole",
    }
}

/// A stage of a request's way.
#[must_use]
pub fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Client => "Départ",
        Stage::Dns => "DNS",
        Stage::LoadBalancer => "Répartiteur",
        Stage::Node => "Nœud",
        Stage::Proxy => "kube-proxy",
        Stage::Policy => "NetworkPolicy",
        Stage::Route => "Route",
        Stage::Pod => "Pod",
        Stage::Process => "Serveur",
        Stage::Ingress => "Ingress",
        Stage::Internet => "Internet",
    }
}

/// A target outside the cluster, or none at all.
pub const OTHER_HOST: &str = "Autre destination";

/// What became of a request.
pub const RESULT: &str = "Résultat";

/// Titles of the curves.
pub const CHART_REQUESTS: &str = "Requêtes, 2\u{a0}min";

/// Lost ones, and faults of servers.
pub const CHART_ERRORS: &str = "Perdues, erreurs";

/// The time that 95 % of the answers kept to.
pub const CHART_LATENCY: &str = "Latence (95\u{202f}%)";

/// How many requests there were, and how many a second lately.
#[must_use]
pub fn requests(total: u64, rate: u64) -> String {
    let many = if total > 1 { "requêtes" } else { "requête" };
    format!("{total} {many} · {rate}/s")
}

/// How many of all were lost, and how many answered with a server's fault.
#[must_use]
pub fn lost(lost: u64, faults: u64, total: u64) -> String {
    let lost_words = format!("{lost} {}", if lost > 1 { "perdues" } else { "perdue" });
    let fault_words = format!("{faults} en erreur");
    let words = match (lost, faults) {
        (_, 0) => lost_words,
        (0, _) => fault_words,
        _ => format!("{lost_words}, {fault_words}"),
    };
    format!("{words} sur {total}")
}

/// An answer and how long it took.
#[must_use]
pub fn answered(status: u16, millis: u128) -> String {
    format!("{status} en {millis}\u{a0}ms")
}

/// So many in so many seconds, per second.
#[must_use]
pub fn per_second(count: u64, seconds: u64) -> String {
    format!("{}/s", super::decimal(count * 10 / seconds.max(1), 10, ""))
}

/// Microseconds as milliseconds.
#[must_use]
pub fn millis(micros: u64) -> String {
    super::decimal(micros.div_ceil(100), 10, "\u{a0}ms")
}
