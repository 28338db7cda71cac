//! The page « Ce qui est simulé, et ce qui ne l’est pas ».

/// Title and paragraphs of each section.
pub const SECTIONS: &[(&str, &[&str])] = &[
    (
        "En un mot",
        &[
            "Timonier est un petit Kubernetes, réellement programmé : un serveur d’API, un etcd, des contrôleurs, un ordonnanceur et des kubelets, avec les mêmes noms et les mêmes boucles que dans le vrai. Ce que vous voyez ici, vous le reverrez sur un vrai cluster : mêmes sorties, mêmes erreurs, même ordre des événements. La version imitée est Kubernetes 1.36.",
            "Trois choses seulement sont simulées : le temps, les conteneurs et le réseau qui passe sous eux.",
        ],
    ),
    (
        "Ce qui est fait pour de vrai",
        &[
            "L’API : les verbes, les codes de réponse, les messages d’erreur, la validation, les valeurs par défaut, les révisions et les watchs. kubectl est un client de cette API, comme il l’est ailleurs.",
            "Les contrôleurs des Deployments, des ReplicaSets, des EndpointSlices, des Namespaces et le ramasse-miettes. Ils lisent l’état voulu, observent l’état réel, et réduisent l’écart.",
            "L’ordonnanceur et ses filtres : ressources, sélecteurs, affinités, taints. Le kubelet : le cycle de vie des Pods, les redémarrages espacés, l’arrêt en douceur.",
        ],
    ),
    (
        "Ce qui est simulé",
        &[
            "Le temps. Il peut être arrêté, avancé pas à pas, accéléré. Une image met le temps de se télécharger qu’elle mettrait ailleurs, mais ce temps est virtuel.",
            "Les conteneurs. Les scripts et les commandes courantes (sh, cat, grep, sleep…) y tournent pour de bon, en temps virtuel, avec leurs fichiers, leurs variables, leurs signaux et leurs volumes. Les serveurs (nginx, redis, PostgreSQL…) répondent aux requêtes, écrivent leurs journaux, consomment du processeur et de la mémoire ; redis et PostgreSQL gardent ce qu’on leur confie. Des images plus rares, le catalogue ne connaît que les ports et une réponse. Une image inconnue ne se télécharge pas, comme si elle n’existait pas.",
            "Le réseau. Les adresses sont attribuées comme par un vrai cluster, mais aucun paquet ne sort de cet onglet.",
        ],
    ),
    (
        "Ce qui n’y est pas encore",
        &[
            "Les autres types d’objets (StatefulSets, DaemonSets, Jobs, Secrets, volumes persistants, Ingress, rôles RBAC…) ne sont pas encore connus du laboratoire. Leur demander quelque chose donne l’erreur qu’un cluster donnerait pour un type qu’il n’a pas.",
            "Un champ accepté mais non simulé le dit une fois, dans le terminal.",
        ],
    ),
    (
        "Vos données",
        &[
            "Tout reste dans ce navigateur : vos fichiers, vos clusters, vos notes. La page ne demande rien à aucun autre site, et aucun serveur ne vous connaît. « Tout effacer », en bas de la carte du cours, efface vraiment tout.",
        ],
    ),
];
