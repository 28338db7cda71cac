//! `help`, in French, and `history`.

use super::{Start, System};
use crate::sh::Io;

const HELP: &str = "\
Voici ce que votre terminal sait faire.

Kubernetes
  kubectl get pods            voir les objets (k est un raccourci de kubectl)
  kubectl describe pod NOM    tout savoir d’un objet, événements compris
  kubectl apply -f FICHIER    créer ou mettre à jour ce que décrit un fichier
  kubectl explain pod.spec    lire la documentation d’un champ
  kubectl --help              la liste des commandes de kubectl

  lab                         arrêter un composant de la grappe, ajouter une machine

Fichiers
  ls  cat  head  tail  cp  mv  rm  mkdir  touch  tree  diff
  nano FICHIER                ouvrir un fichier dans l’éditeur (vi et code aussi)

Texte
  grep  sort  uniq  wc  cut  tr  sed  tee  xargs  base64

Et aussi
  watch COMMANDE              relancer une commande toutes les deux secondes
  sleep  date  time  history  clear  env  which

Le shell est celui de Linux (bash)\u{a0}: tubes «\u{a0}|\u{a0}», redirections «\u{a0}> fichier\u{a0}», boucles «\u{a0}for\u{a0}», variables.
Touches\u{a0}: Tab complète, ↑ rappelle une commande, Ctrl+C arrête, Ctrl+L efface l’écran.
";

pub(super) fn help(_: &Start, io: &mut Io<'_>, _: &mut dyn System) -> i32 {
    io.print(HELP);
    0
}

pub(super) fn history(start: &Start, io: &mut Io<'_>, host: &mut dyn System) -> i32 {
    let Some(history) = host.history() else {
        return 0;
    };
    match start.argv.get(1).map(String::as_str) {
        Some("-c") => {
            history.clear();
            return 0;
        }
        Some(word) if word.parse::<usize>().is_err() => {
            io.error(format!("bash: history: {word}: numeric argument required\n"));
            return 1;
        }
        _ => {}
    }
    let most = start
        .argv
        .get(1)
        .and_then(|word| word.parse().ok())
        .unwrap_or(usize::MAX);
    let skip = history.len().saturating_sub(most);
    let lines: String = history
        .iter()
        .enumerate()
        .skip(skip)
        .map(|(index, line)| format!("{:5}  {line}\n", index + 1))
        .collect();
    io.print(lines);
    0
}
