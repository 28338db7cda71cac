//! Everything that explanations say, in French. Typed with plain spaces and apostrophes: [`fill`] sets the typography.

/// Puts the arguments in the places of `{}`, and sets the typography of the text around them. `(s)` is an s where the last
/// number before it is above one.
pub(super) fn fill(text: &str, arguments: &[&str]) -> String {
    let mut filled = String::new();
    let mut arguments = arguments.iter();
    let mut several = false;
    for (index, part) in text.split("{}").enumerate() {
        if index > 0 {
            let argument = arguments.next().copied().unwrap_or_default();
            filled.push_str(argument);
            several = argument.parse::<u64>().map_or(several, |number| number > 1);
        }
        let part = part.replace("(s)", if several { "s" } else { "" });
        let mut before = '\0';
        let mut letters = part.chars().peekable();
        while let Some(letter) = letters.next() {
            let next = letters.peek().copied().unwrap_or('\0');
            filled.push(match (before, letter, next) {
                ('«', ' ', _) | (_, ' ', '»' | ':' | '%') => '\u{a0}',
                (_, ' ', ';' | '?' | '!') => '\u{202f}',
                (_, '\'', _) => '’',
                _ => letter,
            });
            before = letter;
        }
    }
    filled
}

/// A kind with its article, in a sentence (`le Pod`); [`the_first`] begins one.
pub(super) fn the(kind: &str) -> String {
    match kind {
        "Node" => "le nœud".to_owned(),
        "Namespace" => "l’espace de noms".to_owned(),
        "Ingress" | "IngressClass" | "Event" | "Endpoints" | "EndpointSlice" => format!("l’{kind}"),
        _ => format!("le {kind}"),
    }
}

/// The same at the beginning of a sentence.
pub(super) fn the_first(kind: &str) -> String {
    let text = the(kind);
    let rest = text.get(1..).unwrap_or_default();
    format!("L{rest}")
}

/// A resource or a part of a Pod, in French.
pub(super) fn resource(name: &str) -> &str {
    match name {
        "cpu" => CPU,
        "memory" => MEMORY,
        "Container" => "conteneur",
        _ => name,
    }
}

/// A component or a user, as the subject or the agent of a sentence.
pub(super) fn actor(name: &str) -> String {
    let controller = name.strip_prefix("system:serviceaccount:kube-system:");
    match (controller, name) {
        (Some("replicaset-controller"), _) => "le contrôleur des ReplicaSets".to_owned(),
        (Some("deployment-controller"), _) => "le contrôleur des Deployments".to_owned(),
        (Some("statefulset-controller"), _) => "le contrôleur des StatefulSets".to_owned(),
        (Some("daemon-set-controller"), _) => "le contrôleur des DaemonSets".to_owned(),
        (Some("job-controller"), _) => "le contrôleur des Jobs".to_owned(),
        (Some("cronjob-controller"), _) => "le contrôleur des CronJobs".to_owned(),
        (Some(other), _) => other.to_owned(),
        (None, "kubernetes-admin") => "vous (kubernetes-admin)".to_owned(),
        _ => name.to_owned(),
    }
}

pub(super) const PLACE: &str = "{}, ligne {} : {}";
pub(super) const EVENT: &str = "L'événement {} concerne {} {}.";
pub(super) const GONE: &str = "{} {} n'existe plus.";

// Pods
pub(super) const SUCCEEDED: &str =
    "Le Pod {} a terminé son travail : ses conteneurs ont fini sans erreur et ne sont pas relancés.";
pub(super) const EVICTED: &str = "Le Pod {} a été expulsé du nœud {}.";
pub(super) const EVICTED_WHY: &str = "Le kubelet de {} manquait d'une ressource et a sacrifié les Pods qui en prenaient plus qu'ils n'avaient demandé.";
pub(super) const REPLACED: &str =
    "{} {} en fait un autre à sa place ; celui-ci ne garde que la trace de l'expulsion.";
pub(super) const DEADLINE: &str = "Le Pod {} a été arrêté : il a dépassé le temps qui lui était donné.";
pub(super) const DEADLINE_LINE: &str = "Ce temps est fixé par « activeDeadlineSeconds ».";
pub(super) const POD_FAILED: &str = "Le Pod {} a échoué sur {} ({}).";
pub(super) const NOT_MADE: &str = "Le conteneur {} ne peut pas être créé ({}).";
pub(super) const INITIALISING: &str =
    "Le Pod {} en est à son initialisation : le conteneur {} n'a pas encore fini.";
pub(super) const INITIALISING_WHY: &str = "Les conteneurs d'initialisation passent l'un après l'autre, et les autres ne démarrent qu'après le dernier. Celui-ci attend peut-être quelque chose qui n'existe pas.";
pub(super) const PULLING: &str = "Le Pod {} démarre : le nœud {} télécharge l'image {} depuis {}.";
pub(super) const CREATING: &str =
    "Le Pod {} est placé sur {}, mais son conteneur {} n'est pas encore créé (ContainerCreating).";
pub(super) const KUBELET_STOPPED: &str =
    "Le kubelet de {} est arrêté : plus personne n'y démarre, n'y surveille ni n'y arrête de conteneur.";
pub(super) const SOON_READY: &str = "Le Pod {} vient de démarrer : il sera prêt dans un instant.";
pub(super) const GATE: &str =
    "Le Pod {} n'est pas prêt : il attend que quelqu'un rende vraie la condition {} (readinessGates).";

// Pending
pub(super) const PENDING: &str = "Le Pod {} attend depuis {} (Pending) : aucun nœud ne l'a pris.";
pub(super) const GATED: &str = "C'est voulu : la barrière « {} » (schedulingGates) le cache à l'ordonnanceur jusqu'à ce que quelqu'un la retire.";
pub(super) const OTHER_SCHEDULER: &str =
    "Il demande l'ordonnanceur « {} », et personne de ce nom ne tourne ici.";
pub(super) const SCHEDULER_STOPPED: &str =
    "L'ordonnanceur (kube-scheduler) est arrêté : plus personne ne choisit de nœud pour les nouveaux Pods.";
pub(super) const SCHEDULER_SOON: &str = "L'ordonnanceur (kube-scheduler) ne s'en est pas encore occupé.";
pub(super) const REFUSED: &str = "L'ordonnanceur (kube-scheduler) a examiné {} nœud(s) ; aucun ne convient.";
pub(super) const CPU: &str = "processeur";
pub(super) const MEMORY: &str = "mémoire";
pub(super) const NO_ROOM: &str =
    "{} : pas assez de {}. Le Pod en demande {} ; il en reste au mieux {} (sur {}).";
pub(super) const NO_ROOM_EVER: &str =
    "Même vide, aucun de ces nœuds ne suffirait : le plus grand offre {} de {}, le Pod en demande {}.";
pub(super) const NO_ROOM_NOW: &str = "Un nœud vide suffirait : ce sont les demandes (requests) des autres Pods qui ont pris la place, même s'ils ne s'en servent pas.";
pub(super) const TOO_MANY: &str = "{} : le nombre maximal de Pods par nœud est atteint.";
pub(super) const TAINT: &str = "{} repousse les Pods qui ne tolèrent pas sa teinte {}.";
pub(super) const TAINT_CONTROL_PLANE: &str = "{} est réservé au plan de contrôle (teinte {}) : c'est normal.";
pub(super) const TAINT_NOT_READY: &str = "{} n'est pas prêt : il porte la teinte {}.";
pub(super) const TAINT_CORDON: &str = "{} est fermé aux nouveaux Pods : il porte la teinte {}.";
pub(super) const CORDONED: &str = "{} : fermé aux nouveaux Pods (cordon). « kubectl uncordon » le rouvre.";
pub(super) const NODE_NAME: &str = "{} : le Pod nomme lui-même un autre nœud (nodeName).";
pub(super) const HOST_PORT: &str = "{} : le port du nœud que le Pod demande (hostPort) y est déjà pris.";
pub(super) const ANTI_AFFINITY: &str =
    "{} : un Pod dont celui-ci veut rester éloigné (podAntiAffinity) s'y trouve déjà.";
pub(super) const OTHERS_AFFINITY: &str =
    "{} : un Pod qui s'y trouve refuse le voisinage de celui-ci (sa podAntiAffinity).";
pub(super) const POD_AFFINITY: &str =
    "{} : aucun des Pods auprès desquels celui-ci veut être (podAffinity) ne s'y trouve.";
pub(super) const SPREAD: &str = "{} : le Pod y romprait la répartition demandée (topologySpreadConstraints).";
pub(super) const OTHER_REFUSAL: &str = "{} : refusé.";
pub(super) const PREEMPTS: &str =
    "Pour lui faire de la place sur {}, l'ordonnanceur retire des Pods moins prioritaires : {}.";
pub(super) const SELECTOR: &str =
    "Le Pod n'accepte qu'un nœud étiqueté {} (nodeSelector), et aucun nœud ne porte cette étiquette.";
pub(super) const SELECTOR_VALUE: &str =
    "Le Pod n'accepte qu'un nœud étiqueté {} (nodeSelector). {} porte {} : la valeur diffère.";
pub(super) const SELECTOR_KEY: &str =
    "Le Pod n'accepte qu'un nœud étiqueté {} (nodeSelector). Aucun ne l'est ; vouliez-vous écrire « {} » ?";
pub(super) const NODE_AFFINITY: &str =
    "{} : les étiquettes du nœud ne sont pas celles que le Pod exige (nodeSelector, nodeAffinity).";
pub(super) const WAITS_CLAIM: &str =
    "Le Pod a besoin du volume demandé par « {} », et cette demande n'est pas satisfaite.";

// Requests that were lost
pub(super) const LOSSES: &str = "Requêtes de la dernière minute : {} envoyée(s), {} perdue(s).";
pub(super) const LOST: &str = "La requête « {} », partie {} il y a {}, s'est perdue.";
pub(super) const LOST_FAULT: &str =
    "La requête « {} », partie {} il y a {}, a reçu une erreur du serveur ({}).";
pub(super) const FROM_POD: &str = "du Pod {}";
pub(super) const FROM_NODE: &str = "de la machine {}";
pub(super) const FROM_LAPTOP: &str = "de votre poste";
pub(super) const FROM_INTERNET: &str = "de l'extérieur";
pub(super) const LOST_NAME: &str =
    "Le nom qu'elle demandait n'existe pas, ou aucun serveur de noms n'a répondu.";
pub(super) const LOST_NO_ENDPOINT: &str =
    "Les règles de kube-proxy, sur {}, l'ont refusée : à cet instant, le Service {} n'avait aucun Pod prêt.";
pub(super) const LOST_RECREATE: &str = "Le Deployment {} arrête tous ses anciens Pods avant d'en démarrer de nouveaux (stratégie Recreate) : entre les deux, personne ne répond.";
pub(super) const LOST_EMPTY_ONCE: &str =
    "Le Service {} a de nouveau des Pods prêts : la porte n'est restée fermée qu'un moment.";
pub(super) const LOST_STOPPING: &str = "Elle est arrivée au Pod {} alors qu'il s'arrêtait : son application n'écoutait déjà plus, et les règles de {} ne le savaient pas encore.";
pub(super) const LOST_NO_PRESTOP: &str = "Rien ne le faisait attendre avant de s'arrêter (preStop). Le signal d'arrêt et la nouvelle liste d'adresses partent en même temps : il faut laisser à la liste le temps d'arriver.";
pub(super) const LOST_PRESTOP_LATE: &str = "Le Deployment fait pourtant attendre ses Pods avant l'arrêt (preStop) : celui-ci est né avant ce réglage, ou l'attente est trop courte.";
pub(super) const LOST_STARTING: &str =
    "Elle est arrivée au Pod {} alors qu'il démarrait : son application n'écoutait pas encore.";
pub(super) const LOST_NO_READINESS: &str = "Sans sonde de disponibilité (readinessProbe), un Pod est réputé prêt dès que son conteneur tourne, et le Service lui envoie des requêtes.";
pub(super) const LOST_NOBODY: &str =
    "Elle est arrivée au Pod {}, mais personne n'y écoute sur le port {} (connection refused).";
pub(super) const LOST_NOBODY_THERE: &str = "Rien n'écoute sur ce port à cette adresse.";
pub(super) const LOST_NOBODY_HERE: &str = "Rien n'écoute sur ce port de votre poste : « kubectl port-forward », « kubectl proxy » ou « docker run -p » en ouvrent.";
pub(super) const LOST_HUNG_UP: &str =
    "Le programme qui l'a reçue a coupé la connexion sans répondre ce que le client attendait.";
pub(super) const LOST_TARGET_PORT: &str = "C'est le Service {} qui vise le port {} (targetPort).";
pub(super) const LOST_BROKEN_STOP: &str = "Le Pod {} a été arrêté pendant qu'il y répondait.";
pub(super) const LOST_BROKEN: &str = "Le conteneur du Pod {} s'est arrêté pendant qu'il y répondait.";
pub(super) const LOST_LOCAL: &str = "La machine {} n'a aucun Pod prêt du Service, et la politique « Local » lui interdit d'envoyer la requête ailleurs.";
pub(super) const LOST_DROPPED: &str = "Les règles de {} ne laissent pas passer ce client.";
pub(super) const LOST_INGRESS: &str = "La NetworkPolicy {} ferme l'entrée du Pod à qui n'est pas sur sa liste. Le paquet est jeté sans réponse.";
pub(super) const LOST_EGRESS: &str = "La NetworkPolicy {} interdit au Pod qui appelle de sortir vers cette adresse. Le paquet est jeté sans réponse.";
pub(super) const LOST_NO_PORT: &str = "Le Service {} n'a pas de port {} ; il a : {}.";
pub(super) const LOST_NO_RULE: &str = "La machine {} n'a aucune règle pour cette adresse : aucun Service ne la porte, ou kube-proxy n'y a pas encore écrit la règle.";
pub(super) const LOST_POD_GONE: &str =
    "Plus aucun Pod n'a cette adresse : il est parti avant que toutes les règles soient à jour.";
pub(super) const LOST_NO_ROUTE: &str = "Aucun chemin ne mène à cette adresse, ou la machine est éteinte.";
pub(super) const LOST_GIVEN_UP: &str = "Le client n'a pas voulu attendre plus longtemps.";
pub(super) const LOST_SLOW: &str = "Le Pod {} n'a pas répondu à temps.";
pub(super) const LOST_CPU: &str =
    "Son conteneur n'a droit qu'à {} de processeur : quand il a épuisé sa part, il est mis en pause.";
pub(super) const LOST_NONSENSE: &str =
    "Le Pod {} parle un autre protocole sur le port {} : ce qu'il a répondu n'a pas de sens pour le client.";
pub(super) const LOST_ANSWERED: &str = "C'est le Pod {} qui a répondu {}. Son journal en dit peut-être plus.";

// Images
pub(super) const NO_IMAGE: &str = "Le Pod {} attend ({}) : l'image de son conteneur {} n'arrive pas.";
pub(super) const IMAGE_ASKED: &str = "Le kubelet de {} a demandé l'image « {} » au registre, qui a refusé. Il réessaie, de moins en moins souvent.";
pub(super) const IMAGE_NAME: &str = "Le kubelet de {} n'a rien demandé : « {} » n'est pas un nom d'image.";
pub(super) const IMAGE_NAME_WHY: &str = "Un nom d'image s'écrit en minuscules, sans espace : « nginx:1.27 », « registre.example.com/equipe/appli:2.0 ».";
pub(super) const IMAGE_NEVER: &str =
    "Le kubelet de {} n'a pas le droit de télécharger « {} », et le nœud ne l'a pas.";
pub(super) const IMAGE_NEVER_WHY: &str =
    "« imagePullPolicy: Never » interdit tout téléchargement : l'image {} devrait déjà être sur le nœud.";
pub(super) const TAG_MEANT: &str =
    "L'image de « {} » existe, mais pas l'étiquette « {} ». La plus proche : « {} ». Il y a : {}.";
pub(super) const TAG_UNKNOWN: &str = "L'image de « {} » existe, mais pas l'étiquette « {} ». Il y a : {}.";
pub(super) const IMAGE_MEANT: &str = "Aucune image ne s'appelle « {} ». Vouliez-vous écrire « {} » ?";
pub(super) const IMAGE_UNKNOWN: &str = "Le registre ne connaît pas « {} » : le nom est faux, ou le dépôt est privé et demande un mot de passe (imagePullSecrets).";
pub(super) const IMAGE_PRIVATE: &str =
    "« {} » vient du registre privé {} : il faut y avoir accès (imagePullSecrets), et que l'image y existe.";

// Containers that end
pub(super) const CRASH_LOOP: &str = "Le Pod {} redémarre sans cesse (CrashLoopBackOff) : son conteneur {} s'est arrêté {} fois, et le kubelet attend de plus en plus longtemps avant de le relancer.";
pub(super) const CRASH_START: &str =
    "Le Pod {} ne démarre pas (RunContainerError) : son conteneur {} n'a pas pu être lancé, après {} essais.";
pub(super) const CRASHED: &str = "Dans le Pod {}, le conteneur {} s'est arrêté (redémarré {} fois).";
pub(super) const CRASHED_ONCE: &str = "Dans le Pod {}, le conteneur {} s'est arrêté.";
pub(super) const CRASH_UNKNOWN: &str = "Le kubelet n'a pas encore dit comment il s'est arrêté.";
pub(super) const CRASH_OOM: &str =
    "{} a été tué par le noyau (OOMKilled, code {}) : il a dépassé sa limite de mémoire.";
pub(super) const CRASH_OOM_LINE: &str = "Sa limite est de {}. Un conteneur qui la dépasse est tué sans avertissement : il faut la relever, ou que le programme consomme moins.";
pub(super) const CRASH_NO_COMMAND: &str = "Le programme à lancer, « {} », n'existe pas dans l'image {}.";
pub(super) const COMMAND_MEANT: &str =
    "« {} » n'est pas un programme de cette image. Vouliez-vous écrire « {} » ?";
pub(super) const COMMAND_ABSENT: &str =
    "« {} » n'est pas un programme de l'image {} : choisissez-en un qu'elle contient, ou une autre image.";
pub(super) const COMMAND_ONE_WORD: &str = "« {} » est pris pour un seul nom de programme, espaces compris : chaque mot de « command » est un élément de la liste, ou bien il faut passer par « sh -c ».";
pub(super) const CRASH_ZERO: &str = "{} finit son travail et s'arrête sans erreur (code {}).";
pub(super) const CRASH_ZERO_LINE: &str = "Un Pod relance tout conteneur qui s'arrête (restartPolicy: Always) : il lui faut un programme qui dure. Pour un travail qui finit, c'est un Job.";
pub(super) const CRASH_126: &str =
    "{} n'a pas pu exécuter sa commande (code {}) : le fichier n'est pas exécutable.";
pub(super) const CRASH_127: &str = "{} a cherché une commande qui n'existe pas (code {}).";
pub(super) const CRASH_137: &str = "{} a été tué (code {}, signal KILL).";
pub(super) const CRASH_143: &str = "{} a reçu l'ordre de s'arrêter (code {}, signal TERM).";
pub(super) const CRASH_ERROR: &str =
    "{} s'arrête de lui-même sur une erreur (code {}). Ses dernières lignes disent laquelle :";
pub(super) const CRASH_LIVENESS: &str =
    "{} tourne, mais le kubelet l'arrête et le relance (code {}) : sa sonde de vie échoue.";
pub(super) const CRASH_LIVENESS_WHY: &str = "Voici ce qu'elle a répondu en dernier.";
pub(super) const CRASH_LIVENESS_LINE: &str =
    "Cette sonde est trop sévère, ou demande la mauvaise chose : vérifiez le port, le chemin et les délais.";
pub(super) const CRASH_LINE: &str = "Voici ce qui lui fait lancer ce programme.";

// What is missing
pub(super) const MISSING: &str = "Le Pod demande {} « {} », qui n'existe pas dans l'espace de noms {}. Dès qu'il y sera, le Pod démarrera de lui-même.";
pub(super) const MISSING_MEANT: &str =
    "Le Pod demande {} « {} », qui n'existe pas dans l'espace de noms {}. Vouliez-vous écrire « {} » ?";
pub(super) const MISSING_ELSEWHERE: &str = "Le Pod demande {} « {} » dans son espace de noms, {}. Il y en a un de ce nom dans {}, mais un Pod ne voit que ceux de son espace de noms.";
pub(super) const KEY_MISSING: &str = "{} « {} » existe, mais n'a pas de clé « {} ». Il a : {}.";
pub(super) const KEY_MEANT: &str =
    "{} « {} » existe, mais n'a pas de clé « {} ». Vouliez-vous écrire « {} » ?";

// Probes
pub(super) const READINESS: &str = "disponibilité (readinessProbe)";
pub(super) const STARTUP: &str = "démarrage (startupProbe)";
pub(super) const NOT_READY: &str = "Le Pod {} tourne, mais n'est pas prêt : son conteneur {} ne l'est pas. Aucun Service ne lui envoie de requête.";
pub(super) const PROBE_WAITS: &str = "Sa sonde de {} n'a pas encore répondu : elle attend {} s avant le premier essai, puis essaie toutes les {} s.";
pub(super) const PROBE_FAILS: &str =
    "Sa sonde de {} échoue : le kubelet {} et n'obtient pas la bonne réponse ({} échec(s)).";
pub(super) const ASKS_HTTP: &str = "demande {} sur le port {}";
pub(super) const ASKS_TCP: &str = "ouvre une connexion sur le port {}";
pub(super) const ASKS_EXEC: &str = "exécute « {} »";
pub(super) const ASKS_GRPC: &str = "interroge {} par gRPC";
pub(super) const PROBE_PORT: &str =
    "Le port de la sonde n'est pas un port déclaré du conteneur ; il déclare : {}.";
pub(super) const PROBE_PATH: &str =
    "Le programme répond-il bien à ce chemin, sur ce port, par un code de 200 à 399 ?";
pub(super) const PROBE_EXEC: &str = "Cette commande doit finir avec le code 0 dans le conteneur.";
pub(super) const PROBE_LINE: &str = "Quelque chose doit écouter sur ce port.";

// Services
pub(super) const EXTERNAL_NAME: &str = "Le Service {} n'est qu'un autre nom pour {} : il n'a pas de Pods.";
pub(super) const NO_SELECTOR: &str =
    "Le Service {} n'a pas de sélecteur : ses adresses (Endpoints) se donnent à la main.";
pub(super) const SERVES: &str = "Le Service {} envoie ses requêtes à {} Pod(s) prêt(s) sur {} ({}).";
pub(super) const NONE_READY: &str =
    "Le Service {} n'a personne à qui envoyer ses requêtes : {} Pod(s) avec {}, mais aucun n'est prêt.";
pub(super) const NO_PODS: &str =
    "Le Service {} n'a personne à qui envoyer ses requêtes : aucun Pod ne porte {} dans l'espace de noms {}.";
pub(super) const NO_LABEL: &str =
    "Ce sélecteur ne trouve rien : donnez {} aux Pods, ou cherchez une étiquette qu'ils portent.";
pub(super) const LABEL_NEAR: &str = "Le sélecteur cherche {}, mais le Pod {} porte {}.";
pub(super) const LABEL_ON_OWNER: &str = "Le Deployment {} porte bien {}, mais pas ses Pods : ils n'ont que les étiquettes de son modèle (template.metadata.labels).";
pub(super) const PODS_ELSEWHERE: &str =
    "Des Pods portent ces étiquettes dans l'espace de noms {}, mais un Service ne voit que ceux du sien, {}.";
pub(super) const OWNER_WITHOUT_PODS: &str =
    "Le Deployment {} ferait de tels Pods, mais il n'y en a pas en ce moment.";
pub(super) const PORT_SEEN: &str =
    "Le Service {} reçoit les requêtes sur son port {} et les envoie au port {} des Pods.";
pub(super) const PORT_NAME: &str = "Aucun port des Pods ne s'appelle « {} ». Ils déclarent : {}.";
pub(super) const PORT_NUMBER: &str =
    "Les Pods ne déclarent pas de port {} : rien n'y répond sans doute. Ils déclarent : {}.";
pub(super) const NO_PORTS: &str = "aucun port";
pub(super) const BACKEND_MISSING: &str =
    "L'Ingress mène au Service « {} », qui n'existe pas dans l'espace de noms {}.";
pub(super) const BACKEND_MEANT: &str =
    "L'Ingress mène au Service « {} », qui n'existe pas. Vouliez-vous écrire « {} » ?";
pub(super) const BACKEND_PORT: &str = "L'Ingress mène à un port que le Service {} n'a pas ; il a : {}.";
pub(super) const BACKEND_SICK: &str = "L'Ingress {} est juste, mais le Service {} où il mène ne répond pas.";

// Workloads
pub(super) const ROLLOUT: &str =
    "La mise à jour du Deployment {} n'est pas finie : {} Pod(s) prêt(s) sur {} ; {} de la nouvelle version.";
pub(super) const UNREADY: &str = "Le Deployment {} n'est pas complet : {} Pod(s) prêt(s) sur {} ({} à jour).";
pub(super) const PAUSED: &str = "La mise à jour de {} est en pause : « kubectl rollout resume » la reprend.";
pub(super) const ROLLOUT_HOLDS: &str = "Le nouveau ReplicaSet, {} (révision {}), n'arrive pas à avoir des Pods prêts. L'ancien garde {} Pod(s) : au plus {} peuvent manquer (maxUnavailable).";
pub(super) const ROLLOUT_GOES: &str =
    "Le nouveau ReplicaSet, {} (révision {}), prend la place de l'ancien peu à peu.";
pub(super) const CREATE_REFUSED: &str = "{} {} n'arrive pas à créer ses Pods : l'API les refuse.";
pub(super) const NO_PODS_YET: &str = "{} {} n'a encore créé aucun Pod.";
pub(super) const OWNER_UNREADY: &str = "{} {} n'est pas complet : {} Pod(s) prêt(s) sur {}.";
pub(super) const CONTROLLERS_STOPPED: &str = "Les contrôleurs (kube-controller-manager) sont arrêtés : plus personne ne s'occupe de ce que veut {} {}.";
pub(super) const ZERO: &str = "{} {} ne veut aucun Pod (replicas: 0) : il n'en a aucun, c'est normal.";
pub(super) const ZERO_OLD: &str = "{} {} est celui d'une ancienne version : il ne veut plus de Pods, et reste là pour qu'on puisse y revenir.";
pub(super) const DAEMON_NOWHERE: &str =
    "{} {} ne trouve aucun nœud à servir : son sélecteur de nœuds, ou leurs teintes, les écartent tous.";
pub(super) const SUSPENDED: &str = "{} {} est suspendu (suspend: true).";
pub(super) const CRON: &str = "Le CronJob {} lance un Job à chaque moment de son horaire, « {} ».";
pub(super) const JOB_FAILED: &str =
    "Le Job {} a échoué ({}) : il n'essaie plus, après {} reprise(s) permise(s) (backoffLimit).";
pub(super) const JOB_DONE: &str = "Le Job {} a fini son travail.";

// Refusals
pub(super) const ERROR: &str = "La commande a été refusée par l'API.";
pub(super) const QUOTA: &str =
    "Le ResourceQuota {} plafonne ce que l'espace de noms {} peut demander en tout.";
pub(super) const QUOTA_SUM: &str = "{} : {} demandé(s) en plus de {} déjà pris dépasse le plafond de {}.";
pub(super) const QUOTA_OWNER: &str = "C'est ce que demande {} {}.";
pub(super) const QUOTA_WANTS: &str =
    "Le ResourceQuota {} compte {} : il refuse tout conteneur qui ne les dit pas (ici : {}).";
pub(super) const QUOTA_WANTS_LINE: &str = "Il manque {} sous « resources » du conteneur.";
pub(super) const LIMIT_MAX: &str = "Le LimitRange {} fixe le maximum de {} par {} à {}.";
pub(super) const LIMIT_MIN: &str = "Le LimitRange {} fixe le minimum de {} par {} à {}.";
pub(super) const LIMIT_LINE: &str = "Ici, {} : {}.";
pub(super) const LIMIT_NOTHING: &str = "Ici, rien n'est écrit pour {}.";
pub(super) const ACCOUNT: &str = "Le compte de service « {} » n'existe pas dans l'espace de noms {}.";
pub(super) const ACCOUNT_MEANT: &str =
    "Le compte de service « {} » n'existe pas dans l'espace de noms {}. Vouliez-vous écrire « {} » ?";
pub(super) const NAMESPACE: &str = "L'espace de noms « {} » n'existe pas : créez-le d'abord.";
pub(super) const NAMESPACE_MEANT: &str = "L'espace de noms « {} » n'existe pas. Vouliez-vous écrire « {} » ?";
pub(super) const NAMESPACE_ENDS: &str =
    "L'espace de noms est en train d'être supprimé : on ne peut plus rien y créer.";
pub(super) const FOUND_ELSEWHERE: &str =
    "{} « {} » n'existe pas dans l'espace de noms {}, où la commande a cherché. Il est dans {}.";
pub(super) const USE_NAMESPACE: &str = "Ajoutez « -n {} » à la commande.";
pub(super) const NAME_MEANT: &str = "Aucun {} ne s'appelle « {} ». Vouliez-vous écrire « {} » ?";
pub(super) const NAME_UNKNOWN: &str = "Aucun {} ne s'appelle « {} » dans l'espace de noms {}, ni ailleurs.";

// RBAC
pub(super) const FORBIDDEN: &str =
    "{} n'a pas le droit « {} » sur « {} » {}. Ce qui n'est pas permis est interdit.";
pub(super) const EVERYWHERE: &str = "dans tout le cluster";
pub(super) const IN_NAMESPACE: &str = "dans l'espace de noms {}";
pub(super) const UNBOUND: &str =
    "Aucun RoleBinding ni ClusterRoleBinding ne nomme {}, qui n'a donc que les droits de tout le monde.";
pub(super) const SUBJECT: &str =
    "{} nomme « {} », qui n'est pas {} : le nom ou l'espace de noms du sujet est faux.";
pub(super) const SUBJECT_GROUP: &str =
    "{} nomme « {} », qui n'est ni {} ni l'un de ses groupes : le type (kind) ou le nom du sujet est faux.";
pub(super) const BY_GROUP: &str = "{} est dans le groupe {}, que nomme {}.";
pub(super) const BOUND_ELSEWHERE: &str =
    "{} lui donne le rôle {}, mais dans l'espace de noms {} seulement, pas dans {}.";
pub(super) const BOUND_HERE_ONLY: &str = "{} lui donne le rôle {}, mais dans l'espace de noms {} seulement : pour tout le cluster, il faut un ClusterRoleBinding.";
pub(super) const ROLE_MISSING: &str = "{} lui donne un rôle qui n'existe pas : {} {}.";
pub(super) const RULE_RESOURCE: &str = "{} {} ne parle pas de {}.";
pub(super) const RULE_SUBRESOURCE: &str =
    "{} {} parle de la ressource, mais pas de {} : une sous-ressource se nomme à part.";
pub(super) const RULE_GROUP: &str =
    "{} {} nomme bien {}, mais pas dans le bon groupe d'API (pour « {} », il faut « {} » dans apiGroups).";
pub(super) const RULE_VERB: &str = "{} {} permet d'agir sur {}, mais pas « {} » : il permet {}.";
pub(super) const RULE_NAMES: &str = "{} {} ne le permet que pour certains noms (resourceNames).";
pub(super) const ROLE_WOULD: &str = "{} {} le permettrait : il suffirait de le lier à {}.";
pub(super) const ROLE_NEEDED: &str = "Aucun rôle ne le permet encore. Il faudrait cette règle :";

// Deletion
pub(super) const TERMINATING: &str = "{} {} est en train d'être supprimé depuis {} (Terminating).";
pub(super) const TERMINATING_LOST: &str = "Son nœud, {}, ne répond plus : personne ne peut confirmer que ses conteneurs sont arrêtés, et Kubernetes attend cette réponse.";
pub(super) const GRACE: &str = "Ses conteneurs ont reçu l'ordre de s'arrêter (TERM) et ont {} s pour le faire ; il en reste {} avant qu'ils soient tués.";
pub(super) const PRE_STOP: &str = "Avant cela, ils exécutent leur preStop, qui compte dans ce délai.";
pub(super) const CONTENT_REMAINS: &str =
    "L'espace de noms {} n'est pas vide : il disparaîtra avec son dernier objet.";
pub(super) const FINALIZERS_REMAIN: &str = "Des objets de {} attendent qu'on retire leurs finalizers.";
pub(super) const HOLDS_NAMESPACE: &str = "{} {} le retient.";
pub(super) const CLAIM_USED: &str = "{} est protégé : le Pod {} s'en sert encore. Il disparaîtra avec lui.";
pub(super) const VOLUME_USED: &str = "{} est protégé : la demande {} y est encore liée.";
pub(super) const FOREGROUND: &str =
    "{} attend que ce qu'il possède disparaisse d'abord : {} {} est encore là.";
pub(super) const FINALIZER: &str =
    "{} porte le finalizer « {} » : il restera jusqu'à ce que celui qui l'a posé ait fini et le retire.";

// Nodes
pub(super) const NODE_DOWN: &str =
    "Le nœud {} n'est pas prêt (NotReady) : le plan de contrôle n'a plus de ses nouvelles.";
pub(super) const NO_MACHINE: &str = "La machine {} est éteinte ou retirée.";
pub(super) const NODE_SILENT: &str = "Le kubelet de {} n'envoie plus son état.";
pub(super) const NODE_STARTS: &str = "Le kubelet de {} démarre : il n'a pas encore tout ce qu'il lui faut.";
pub(super) const NODE_EVICTS: &str =
    "Après cinq minutes, ses Pods seront retirés et refaits ailleurs par ceux qui les ont créés.";
pub(super) const NODE_CORDONED: &str =
    "Le nœud {} est fermé aux nouveaux Pods (cordon) ; ceux qui y tournent restent.";
pub(super) const ON_LOST_NODE: &str = "On ne sait plus rien du Pod {} : son nœud, {}, ne répond plus.";
pub(super) const NO_SUCH_NODE: &str = "Le Pod {} est pour le nœud {}, qui n'existe pas (ou plus).";

// Claims
pub(super) const CLAIM_BOUND: &str = "La demande {} a son volume : {}.";
pub(super) const CLAIM_LOST: &str =
    "La demande {} a perdu son volume, {} : il n'existe plus, et ses données non plus.";
pub(super) const CLAIM_PENDING: &str =
    "La demande de volume {} attend (Pending) : aucun volume ne lui est lié.";
pub(super) const NO_DEFAULT_CLASS: &str = "Elle ne nomme pas de classe de stockage, et aucune n'est la classe par défaut : personne ne fabriquera de volume pour elle.";
pub(super) const WAITS_CONSUMER: &str = "C'est normal : la classe {} attend qu'un Pod s'en serve (WaitForFirstConsumer) pour choisir où mettre le volume. Aucun Pod placé n'utilise encore {}.";
pub(super) const PROVISIONING: &str = "La classe {} confie la fabrication à « {} », qui n'en fait pas ici.";
pub(super) const CLASS_MEANT: &str =
    "La classe de stockage « {} » n'existe pas. Vouliez-vous écrire « {} » ?";
pub(super) const CLASS_UNKNOWN: &str = "La classe de stockage « {} » n'existe pas. Il y a : {}.";
pub(super) const NO_CLASS: &str = "(aucune)";
pub(super) const NO_VOLUMES: &str = "Il n'existe aucun PersistentVolume : il en faudrait un d'au moins {}.";
pub(super) const VOLUME_TAKEN: &str = "Le volume {} est déjà pris par la demande {}.";
pub(super) const VOLUME_SMALL: &str = "Le volume {} est trop petit : {}, alors que {} sont demandés.";
pub(super) const VOLUME_CLASS: &str = "Le volume {} est de la classe {}, la demande de la classe {}.";
pub(super) const VOLUME_MODES: &str = "Le volume {} permet {}, alors que {} est demandé (accessModes).";
pub(super) const VOLUME_MODE: &str = "Le volume {} n'est pas du même mode (volumeMode).";
pub(super) const VOLUME_LABELS: &str =
    "Le volume {} n'a pas les étiquettes que la demande cherche (selector).";

// Autoscaling
pub(super) const SCALER_BLIND: &str =
    "L'autoscaler {} ne peut rien mesurer : le nombre de Pods de {} ne bouge pas.";
pub(super) const SCALER_TARGET: &str = "Ce qu'il doit régler, {} {}, n'existe pas.";
pub(super) const SCALER_REQUEST: &str = "Il compare la consommation à ce que les Pods demandent, et les conteneurs de {} ne demandent rien (resources.requests).";
pub(super) const SCALER_SERVER: &str = "Personne ne mesure les Pods : metrics-server n'est pas installé.";
pub(super) const SCALER_SOON: &str =
    "Les premières mesures arrivent dans la minute qui suit le démarrage des Pods.";
pub(super) const SCALER_LOW: &str = "L'autoscaler {} en voudrait moins pour {}, mais il est à son minimum.";
pub(super) const SCALER_HIGH: &str = "L'autoscaler {} en voudrait plus pour {}, mais il est à son maximum.";

// All is well
pub(super) const WELL: &str = "{} {} existe depuis {} ; rien d'anormal.";
pub(super) const POD_WELL: &str = "Tout va bien : le Pod {} tourne sur {} et il est prêt, depuis {}.";
pub(super) const DEPLOYMENT_WELL: &str =
    "Tout va bien : le Deployment {} a {} Pod(s) prêt(s) et à jour, comme il le veut.";
pub(super) const RESTARTED: &str =
    "Son conteneur {} a pourtant redémarré {} fois ; la dernière fois, il avait fini avec le code {} ({}).";
pub(super) const ONLY_NODE: &str = "L'ordonnanceur l'a mis sur {} : c'était le seul nœud qui convenait.";
pub(super) const BEST_NODE: &str =
    "L'ordonnanceur a choisi {} parmi {} nœud(s) possible(s) ({} écarté(s)), d'après leurs notes : {}.";
pub(super) const MADE: &str = "{} {} a été créé par {}.";
pub(super) const OWNED: &str = "Son propriétaire est {} {}.";
pub(super) const FROM_YOU: &str = "Tout part de là, il y a {} :";
