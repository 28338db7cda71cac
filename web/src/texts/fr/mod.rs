//! The interface in French. U+00A0 stands before a colon and inside « », U+202F before `?`, `!` and `;`.

#![expect(missing_docs, reason = "each name says where its words stand")]

pub mod about;

// --- everywhere
pub const NAME: &str = "Timonier";
pub const TAGLINE: &str = "Apprendre Kubernetes en le pratiquant";
pub const SKIP_TO_CONTENT: &str = "Aller au contenu";
pub const SKIP_TO_TERMINAL: &str = "Aller au terminal";
pub const NAV: &str = "Navigation principale";
pub const NAV_COURSE: &str = "Cours";
pub const NAV_SANDBOX: &str = "Bac à sable";
pub const NAV_PROGRESS: &str = "Progression";
pub const NAV_ABOUT: &str = "À propos";
pub const THEME_AUTO: &str = "Thème : automatique";
pub const THEME_LIGHT: &str = "Thème : clair";
pub const THEME_DARK: &str = "Thème : sombre";
pub const CLOSE: &str = "Fermer";
pub const CANCEL: &str = "Annuler";
pub const LOADING: &str = "Chargement…";

// --- home
pub const HOME_TITLE: &str = "Prenez la barre de votre premier cluster";
pub const HOME_INTRO: &str = "Kubernetes veut dire « timonier » en grec. Ici, vous tenez la barre : vous écrivez du YAML, vous tapez de vraies commandes kubectl, et vous regardez un cluster entier réagir, dans cet onglet. Rien à installer, aucun compte, et tout fonctionne hors ligne.";
pub const HOME_START: &str = "Commencer la première leçon";
pub const HOME_CONTINUE: &str = "Reprendre : ";
pub const HOME_SANDBOX: &str = "Ouvrir le bac à sable";
pub const HOME_COURSE: &str = "La carte du cours";
pub const HOME_PREPARING: &str = "La carte du cours se prépare…";
pub const HOME_SANDBOX_TITLE: &str = "Le bac à sable";
pub const HOME_SANDBOX_TEXT: &str =
    "Quatre nœuds, aucun énoncé : un cluster à vous, pour essayer ce qui vous passe par la tête.";
pub const HOME_ERASE: &str = "Tout effacer…";
pub const MINUTES: &str = "min";
pub const POINTS: &str = "points";
pub const NOT_STARTED: &str = "à faire";
pub const DONE: &str = "réussi";
pub const EXERCISES_DONE: &str = "exercices réussis";

// --- lessons opened from a zip or a folder
pub const OWN_LESSONS: &str = "Leçons ouvertes ici";
pub const OWN_MARK: &str = "Ouverte";
pub const OPEN_LESSON: &str = "Ouvrir un dossier ou un zip de leçon…";
pub const OPEN_TITLE: &str = "Ouvrir une leçon";
pub const OPEN_TEXT: &str = "Une leçon écrite par un enseignant est un dossier, ou le zip de ce dossier. Elle est lue, vérifiée et gardée dans ce navigateur : rien n’est envoyé nulle part.";
pub const OPEN_ZIP: &str = "Choisir un zip";
pub const OPEN_FOLDER: &str = "Choisir un dossier";
pub const OPEN_DROP: &str = "ou déposez-les ici.";
pub const OPEN_READING: &str = "Lecture…";
pub const OPEN_FAILED: &str =
    "Ces fichiers n’ont pas pu être lus : le zip est abîmé, ou trop gros pour une leçon.";
pub const OPEN_OPENED: &str = "Ouverte : ";
pub const OPEN_FAULTS: &str = "À corriger avant de pouvoir l’ouvrir :";
pub const CLOSE_LESSON: &str = "Retirer : ";
pub const CLOSE_LESSON_TITLE: &str = "Retirer cette leçon ?";
pub const CLOSE_LESSON_TEXT: &str = "Elle n’est plus dans ce navigateur. Votre travail et vos notes y restent : rouvrez le même fichier pour les retrouver.";
pub const CLOSE_LESSON_YES: &str = "Retirer";

// --- the learner's own page
pub const PROGRESS_TITLE: &str = "Ma progression";
pub const PROGRESS_INTRO: &str = "Vos notes, les indices demandés et le temps passé restent dans ce navigateur. Pour continuer sur une autre machine, exportez-les dans un fichier, puis importez-le là-bas : la meilleure note de chaque exercice est conservée.";
pub const PROGRESS_EXPORT: &str = "Exporter mes notes";
pub const PROGRESS_IMPORT: &str = "Importer un fichier…";
pub const PROGRESS_DONE: &str = "Exercices réussis";
pub const PROGRESS_HINTS: &str = "Indices";
pub const PROGRESS_SOLUTION: &str = "solution vue";
pub const PROGRESS_TIME: &str = "Temps";

// --- unknown route
pub const UNKNOWN_TITLE: &str = "Cette page n’existe pas";
pub const UNKNOWN_TEXT: &str = "L’adresse ne mène nulle part dans le laboratoire.";
pub const UNKNOWN_HOME: &str = "Revenir à la carte du cours";

// --- lab
pub const LAB_LESSON: &str = "Leçon";
pub const LAB_CLUSTER: &str = "Cluster";
pub const LAB_EDITOR: &str = "Éditeur";
pub const LAB_TERMINAL: &str = "Terminal";
pub const LAB_PANELS: &str = "Panneaux du laboratoire";
pub const PANEL_COLLAPSE: &str = "Replier : ";
pub const PANEL_EXPAND: &str = "Déplier : ";
pub const RESIZE_LESSON: &str = "Largeur de la leçon";
pub const RESIZE_CLUSTER: &str = "Hauteur du cluster";
pub const RESIZE_EDITOR: &str = "Largeur de l’éditeur";
pub const SANDBOX_TITLE: &str = "Bac à sable";
pub const SANDBOX_TEXT: &str = "Ce cluster est à vous : un plan de contrôle, trois nœuds de travail, et rien d’autre. Écrivez un manifeste dans l’éditeur puis appliquez-le, ou tapez une commande dans le terminal.";
pub const SANDBOX_TRY: &str = "Pour commencer";
pub const SANDBOX_RESTART: &str = "Recommencer avec un cluster neuf…";

// --- speed
pub const SPEED: &str = "Vitesse du temps";
pub const SPEED_PAUSE: &str = "Pause";
pub const SPEED_STEP: &str = "Avancer d’un pas";
pub const SPEED_NORMAL: &str = "×1, vitesse normale";
pub const SPEED_FAST: &str = "×5, cinq fois plus vite";
pub const SPEED_FASTER: &str = "×20, vingt fois plus vite";
pub const SPEED_FASTEST: &str = "×100, cent fois plus vite";
pub const SPEED_SKIP: &str = "Aller au prochain changement";
pub const SKIP_QUIET: &str = "Rien ne change plus dans la journée qui suit : tapez une commande.";
pub const CLOCK: &str = "Temps écoulé dans le cluster";

// --- timeline
pub const TIMELINE: &str = "Ligne du temps : flèches pour revenir en arrière, Fin pour le présent";
pub const TIMELINE_QUIET: &str = "Long moment calme, dessiné plus court";
pub const PRESENT: &str = "présent";
pub const PAST: &str = "passé";
pub const PAST_TITLE: &str = "Vous regardez le passé";
pub const PAST_COARSE: &str = "Les moments anciens demandent un peu de calcul.";
pub const PAST_RETURN: &str = "Revenir au présent";
pub const PAST_BRANCH: &str = "Repartir d’ici";
pub const PAST_BRANCH_HELP: &str = "Continuer à partir de ce moment : ce qui a suivi est laissé de côté";
pub const PAST_CLOSED: &str = "Vous regardez le passé : revenez au présent pour agir.";
pub const HISTORY: &str = "Annuler et rétablir";
pub const UNDO: &str = "Annuler : ";
pub const UNDO_NOTHING: &str = "Aucune commande à annuler";
pub const REDO: &str = "Rétablir la commande annulée";

// --- engine
pub const ENGINE_STARTING: &str = "Le cluster démarre…";
pub const ENGINE_LOST: &str = "Le simulateur ne répond plus et n’a pas pu être relancé. Rechargez la page : votre travail enregistré n’est pas perdu.";
pub const ENGINE_RELOAD: &str = "Recharger la page";
pub const ENGINE_TRAPPED: &str = "Le simulateur s’est arrêté sur une erreur de sa part. Votre cluster a été reconstruit tel qu’il était juste avant.";
pub const ENGINE_UNREACHED: &str = "Une partie du simulateur n’a pas pu être téléchargée. Votre cluster est tel qu’il était juste avant : vérifiez le réseau, puis recommencez.";
pub const ENGINE_TRAPPED_DROPPED: &str = "Mis de côté : ";
pub const ENGINE_TRAPPED_PAUSED: &str = "Le temps est en pause : relancez-le quand vous voulez.";
pub const ENGINE_REPORT: &str = "Télécharger le rapport";
pub const ENGINE_INPUT: &str = "action";
pub const ENGINE_INPUTS: &str = "actions";

// --- keeping
pub const KEEPING_UNAVAILABLE: &str = "Votre navigateur ne permet pas d’enregistrer ici : le laboratoire fonctionne, mais rien ne sera gardé à la fermeture de l’onglet.";
pub const KEEPING_READ_ONLY: &str =
    "Ce laboratoire est déjà ouvert dans un autre onglet. Celui-ci n’enregistre rien.";
pub const KEEPING_TAKE_OVER: &str = "Continuer ici";
pub const KEEPING_TAKEN: &str =
    "Vous continuez maintenant dans un autre onglet. Celui-ci n’enregistre plus rien.";
pub const NOTICE_UNREADABLE: &str = "Le travail enregistré ici n’a pas pu être relu. Il a été mis de côté, rien n’est effacé, et l’exercice recommence à zéro.";
pub const NOTICE_SNAPSHOT: &str = "Ce travail venait d’une autre version du laboratoire : le cluster a été rechargé tel que vous l’aviez laissé.";
pub const NOTICE_ANEW: &str = "Ce travail venait d’une autre version du laboratoire ou de la leçon : l’exercice recommence, avec vos fichiers et vos notes.";
pub const NOTICE_DOWNLOAD: &str = "Télécharger ce qui a été mis de côté";

// --- another version
pub const VERSION_READY: &str = "Une nouvelle version du laboratoire est prête. Rien ne presse : elle s’ouvrira d’elle-même à votre prochaine visite.";
pub const VERSION_TAKE: &str = "L’ouvrir maintenant";

// --- asking first
pub const RESTART: &str = "Recommencer l’exercice…";
pub const RESTART_TITLE: &str = "Recommencer l’exercice ?";
pub const RESTART_TEXT: &str = "Le cluster et vos fichiers reviennent à leur état de départ. Votre meilleure note et les indices déjà vus sont conservés.";
pub const RESTART_YES: &str = "Recommencer";
pub const RESTART_SANDBOX_TITLE: &str = "Repartir d’un cluster neuf ?";
pub const RESTART_SANDBOX_TEXT: &str = "Le cluster et les fichiers du bac à sable sont remis à zéro.";
pub const ERASE_TITLE: &str = "Tout effacer ?";
pub const ERASE_TEXT: &str =
    "Vos clusters, vos fichiers, vos notes et vos réglages sont effacés de ce navigateur. C’est définitif.";
pub const ERASE_YES: &str = "Tout effacer";

// --- lesson
pub const LESSON_STEPS: &str = "Étapes de la leçon";
pub const LESSON_WAYS: &str = "Avancer dans la leçon";
pub const LESSON_STEP: &str = "Étape";
pub const LESSON_PREVIOUS: &str = "Précédent";
pub const LESSON_NEXT: &str = "Suivant";
pub const LESSON_NEXT_LESSON: &str = "Leçon suivante : ";
pub const LESSON_MISSING: &str = "Cette leçon n’existe pas, ou pas encore.";
pub const LESSON_COPY: &str = "Copier";
pub const LESSON_COPIED: &str = "Copié";
pub const EXERCISE: &str = "Exercice";
pub const EXERCISE_GOALS: &str = "Objectifs";
pub const EXERCISE_MARK: &str = "Note";
pub const EXERCISE_BEST: &str = "meilleure : ";
pub const EXERCISE_DONE: &str = "Bravo, l’exercice est réussi.";
pub const EXERCISE_MET: &str = "atteint";
pub const EXERCISE_LOST: &str = "Ne peut plus être atteint sans recommencer l’exercice.";
pub const EXERCISE_RIGHT: &str = "Bonne réponse";
pub const EXERCISE_WRONG: &str = "Pas tout à fait";
pub const LESSON_LINKS: &str = "Pour aller plus loin";
pub const EXERCISE_NOT_MET: &str = "pas encore atteint";
pub const HINT_SHOW: &str = "Voir un indice";
pub const HINT_COST: &str = "coûte";
pub const HINT: &str = "Indice";
pub const SOLUTION_SHOW: &str = "Voir la solution…";
pub const SOLUTION: &str = "La solution";
pub const SOLUTION_TITLE: &str = "Voir la solution ?";
pub const SOLUTION_TEXT: &str =
    "Elle vous sera montrée en entier, et cet exercice vous rapportera moins de points : ";
pub const SOLUTION_YES: &str = "Voir la solution";
pub const MISTAKE: &str = "À regarder de plus près";
pub const QUESTION_ANSWER: &str = "Votre réponse";
pub const QUESTION_SEND: &str = "Répondre";
pub const EXERCISE_OPEN: &str = "Ouvrir cet exercice";
pub const POINT: &str = "point";

// --- editor
pub const EDITOR_APPLY: &str = "Appliquer";
pub const EDITOR_APPLY_HELP: &str = "Enregistrer le fichier et lancer kubectl apply (Ctrl+Entrée)";
pub const UNSIMULATED_FIELD: &str =
    "Le champ {} est accepté, mais ce laboratoire ne le simule pas\u{a0}: il reste sans effet.";
pub const UNSIMULATED_KIND: &str =
    "Les objets {} sont gardés par l’API, mais rien n’agit sur eux dans ce laboratoire.";
pub const EDITOR_ABANDON: &str = "Abandonner";
pub const EDITOR_ABANDON_HELP: &str =
    "Fermer sans rien changer\u{a0}: la commande reprend avec le texte d’origine";
pub const EDITOR_GIVE_BACK_HELP: &str = "Rendre le texte à la commande qui l’attend (Ctrl+S)";
pub const EDITOR_FILES: &str = "Fichiers";
pub const EDITOR_CHANGES: &str = "Voir les changements";
pub const EDITOR_IMPORT: &str = "Importer…";
pub const EDITOR_EXPORT: &str = "Exporter";
pub const EDITOR_CHANGES_WORDS: [(&str, &str); 6] = [
    ("title", "Ce que ce fichier changerait"),
    ("before", "Dans le cluster"),
    ("after", "Après «\u{a0}Appliquer\u{a0}»"),
    (
        "same",
        "Rien\u{a0}: le cluster est déjà comme ce fichier le veut.",
    ),
    ("close", "Fermer"),
    ("apply", "Appliquer"),
];
pub const EDITOR_NEW: &str = "Nouveau fichier";
pub const EDITOR_RENAME: &str = "Renommer";
pub const EDITOR_DELETE: &str = "Supprimer le fichier…";
pub const EDITOR_DELETE_TITLE: &str = "Supprimer ce fichier ?";
pub const EDITOR_DELETE_TEXT: &str = "Il disparaît du dossier de travail : ";
pub const EDITOR_DELETE_YES: &str = "Supprimer";
pub const EDITOR_NAME: &str = "Nom du fichier";
pub const EDITOR_LOADING: &str = "L’éditeur arrive…";
pub const EDITOR_FAILED: &str = "L’éditeur n’a pas pu être chargé.";
pub const EDITOR_ARIA: &str = "Éditeur YAML. Pour quitter l’éditeur au clavier : Ctrl+M, puis Tab.";
pub const EDITOR_NO_PROBLEM: &str = "Aucun problème";
pub const EDITOR_PROBLEM: &str = "problème";
pub const EDITOR_PROBLEMS: &str = "problèmes";
pub const EDITOR_SAVE: &str = "Enregistrer";
pub const EDITOR_UNSAVED: &str = "modifié";
pub const EDITOR_GO_TO_PROBLEM: &str = "Aller au premier problème";

// --- terminal
pub const TERMINAL_WINDOWS: &str = "Terminaux";
pub const TERMINAL_WINDOW: &str = "Terminal\u{a0}";
pub const TERMINAL_NEW: &str = "Ouvrir un autre terminal";
pub const TERMINAL_CLOSE: &str = "Fermer ce terminal";
pub const TERMINAL_ARIA: &str = "Terminal. Pour en sortir au clavier : Échap, puis Tab.";
pub const TERMINAL_LOADING: &str = "Le terminal arrive…";
pub const TERMINAL_FAILED: &str = "Le terminal n’a pas pu être chargé.";
pub const TERMINAL_LEAVE: &str = "Tab quitte maintenant le terminal.";
pub const TERMINAL_READER: &str = "Mode lecteur d’écran";
pub const TERMINAL_CLEAR: &str = "Effacer l’affichage";

pub const TERMINAL_BUSY: &str = "Une commande occupe le terminal : arrêtez-la avec Ctrl+C, puis recommencez.";
pub const TERMINAL_READ_ONLY: &str =
    "Cet onglet ne fait que lire : « Continuer ici », en haut, vous rend la main.";

// --- about
pub const ABOUT_LICENCES: &str = "Licences des parties tierces";
pub const ABOUT_TITLE: &str = "Ce qui est simulé, et ce qui ne l’est pas";

// --- call-outs
pub const CALLOUT_NOTE: &str = "Remarque";
pub const CALLOUT_TIP: &str = "Astuce";
pub const CALLOUT_IMPORTANT: &str = "À retenir";
pub const CALLOUT_CHANGED: &str = "Ce qui a changé";
pub const CODE_RUN: &str = "Exécuter";
pub const CODE_RUN_HELP: &str = "Taper ces commandes dans le terminal";
pub const CODE_OPEN: &str = "Ouvrir";
pub const CODE_OPEN_HELP: &str = "Ouvrir ce texte dans l’éditeur";
pub const CALLOUT_WARNING: &str = "Attention";

// --- sandbox
pub const SANDBOX_TRY_NODES: &str = "Regarder les nœuds du cluster";
pub const SANDBOX_TRY_DEPLOYMENT: &str = "Lancer trois répliques d’un serveur web";
pub const SANDBOX_TRY_PODS: &str = "Voir où elles tournent";
pub const SANDBOX_TRY_ROLLOUT: &str = "Passer à la version suivante";
