//! `lab`: what a learner would do on the machines themselves — stop a component of the control plane, a kubelet, a member of
//! etcd, add a machine or switch one off. Its words are French: no real cluster has this command.

use serde::{Deserialize, Serialize};

use crate::explain::{self, World};
use crate::kubectl::{self, Client, Forward, Met};
use crate::network::{Cni, Counted, Generator, Traffic};
use crate::runtime::Catalog;
use crate::runtime::traffic::Request;
use crate::sh::Io;
use crate::sim::Rng;
use crate::sorted::SortedMap;
use crate::userland::Folder;
use crate::userland::socket::{Arrival, Packet};

use super::laptop::Laptop;

/// A part of the cluster that can be stopped.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Component {
    /// A member of etcd, from 1.
    Etcd(u32),
    /// kube-apiserver
    ApiServer,
    /// kube-controller-manager
    ControllerManager,
    /// kube-scheduler
    Scheduler,
    /// The kubelet of a node.
    Kubelet(String),
}

/// What can be asked of the machines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// A component is stopped.
    Stop(Component),
    /// A component is started again.
    Start(Component),
    /// A machine joins, under a name of its own or the next free one.
    AddNode(Option<String>),
    /// A machine is switched off for good.
    RemoveNode(String),
    /// The learner's own machine crashes, with what docker runs on it.
    CrashLaptop,
    /// The cluster autoscaler is switched on, between so many workers, or off.
    Autoscale(Option<(usize, usize)>),
}

/// What became of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It was done.
    Done,
    /// A machine joined under this name.
    Joined(String),
    /// It was so already.
    AlreadySo,
    /// There is no such component or machine.
    Unknown,
    /// There is such a machine already.
    Taken,
    /// A machine cannot have this name.
    BadName,
    /// The machine of the control plane cannot be taken away.
    ControlPlane,
}

/// How a component is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Which.
    pub component: Component,
    /// Whether it runs.
    pub running: bool,
    /// Whether it holds the lease that it needs; `None` if it needs none.
    pub leads: Option<bool>,
}

/// A cluster whose machines can be worked on.
pub trait Site: Client {
    /// Carries out an order.
    fn operate(&mut self, _order: &Order) -> Outcome {
        Outcome::Unknown
    }

    /// Sends something over the network from the laptop; answers its number.
    fn send(&mut self, _packet: Packet) -> u64 {
        0
    }

    /// What became of it, once that is known.
    fn receive(&mut self, _socket: u64) -> Option<Arrival> {
        None
    }

    /// Whether its connection stands.
    fn is_connected(&self, _socket: u64) -> bool {
        false
    }

    /// Nobody waits for it any more.
    fn abandon(&mut self, _socket: u64) {}

    /// Switches the provider of load balancers on or off.
    fn switch_balancers(&mut self, _on: bool) {}

    /// Installs a network plugin.
    fn install_cni(&mut self, _cni: Cni) {}

    /// A node's rules, as `iptables-save` prints them.
    fn iptables_save(&mut self, _node: &str) -> String {
        String::new()
    }

    /// Begins to send requests.
    fn start_load(&mut self, _generator: Generator) {}

    /// Stops all load; how many generators there were.
    fn stop_loads(&mut self) -> usize {
        0
    }

    /// What requests met.
    fn traffic(&self) -> Option<&Traffic> {
        None
    }

    /// Passes a request on to a Pod through the API server and its kubelet; answers its number, which load has none of, and what kubectl hears of it.
    fn forward(
        &mut self,
        _to: &Forward,
        _asked: (Request, Option<String>),
        _load: Option<&Counted>,
    ) -> (u64, Met) {
        (0, Met::Lost)
    }

    /// Something that the laptop itself answers: it arrives, or is counted, when it has taken its time.
    fn post(&mut self, _arrival: Arrival, _load: Option<&Counted>) -> u64 {
        0
    }

    /// How every component is.
    fn components(&self) -> Vec<Status> {
        Vec::new()
    }

    /// What explanations read, without the learner's own files and commands.
    fn world(&self) -> Option<World<'_>> {
        None
    }

    /// The docker of the learner's machine.
    fn docker(&mut self) -> Option<DockerParts<'_>> {
        None
    }
}

/// Docker's daemon and what it works with.
pub struct DockerParts<'a> {
    /// The daemon.
    pub engine: &'a mut super::docker::Engine,
    /// What registries serve.
    pub catalog: &'a mut Catalog,
    /// Chance.
    pub rng: Rng,
    /// No volumes of a cluster.
    pub nothing: &'a mut SortedMap<String, Folder>,
}

const HELP: &str = "\
lab\u{a0}: agir sur les machines de la grappe, comme on le ferait en s’y connectant.

  lab etat                        ce qui marche, ce qui est arrêté
  lab arreter COMPOSANT           arrêter un composant
  lab demarrer COMPOSANT          le redémarrer
  lab ajouter-noeud [NOM]         allumer une machine qui rejoint la grappe
  lab retirer-noeud NOM           éteindre une machine pour de bon
  lab pourquoi TYPE/NOM [-n NS]   pourquoi un objet est comme il est
  lab pourquoi                    pourquoi la dernière commande a été refusée
  lab pourquoi requete            pourquoi la dernière requête perdue s’est perdue
  lab autoscaler MIN MAX          laisser la grappe ajouter et retirer des machines, entre MIN et MAX
  lab autoscaler arreter          ne plus le faire
  lab planter-poste               faire planter votre propre machine, avec ce que docker y fait tourner
  lab trafic URL DÉBIT [DURÉE]    envoyer DÉBIT requêtes par seconde, pendant 60 s ou DURÉE secondes
  lab trafic                      ce que les requêtes ont rencontré
  lab trafic arreter              ne plus en envoyer
  lab reseau bridge|flannel|calico|aucun   le réseau des pods
  lab repartiteur marche|arret    fournir, ou non, une adresse aux Services de type LoadBalancer
  lab regles NŒUD                 les règles iptables que kube-proxy a écrites sur ce nœud

COMPOSANT\u{a0}: scheduler, controller-manager, apiserver, etcd [NUMÉRO], kubelet NŒUD

Ce qui tourne déjà continue\u{a0}: arrêter un composant n’arrête pas les pods. Sur une vraie grappe montée par kubeadm,
on déplacerait le manifeste du composant hors de /etc/kubernetes/manifests, ou on lancerait « systemctl stop kubelet ».
";

/// Runs the command and answers its status.
pub(super) fn run(
    argv: &[String],
    io: &mut Io<'_>,
    (laptop, columns): (&Laptop, usize),
    site: &mut dyn Site,
) -> i32 {
    let words: Vec<&str> = argv.iter().skip(1).map(String::as_str).collect();
    let order = match words.as_slice() {
        ["pourquoi" | "why", rest @ ..] => return why(rest, io, (laptop, columns), site),
        [] | ["aide" | "help" | "--help" | "-h"] => {
            io.print(HELP);
            return 0;
        }
        ["etat" | "état"] => {
            io.print(table(&site.components()));
            return 0;
        }
        ["trafic", rest @ ..] => return super::load::run(rest, io, (laptop, site)),
        ["reseau" | "réseau", plugin] => {
            let plugin = match *plugin {
                "bridge" => Cni::Bridge,
                "flannel" => Cni::Flannel,
                "calico" => Cni::Calico,
                "aucun" => Cni::None,
                other => {
                    let why =
                        format!("«\u{a0}{other}\u{a0}» n’est ni bridge, ni flannel, ni calico, ni aucun");
                    io.error(format!("lab\u{a0}: {why}. Voir «\u{a0}lab aide\u{a0}».\n"));
                    return 2;
                }
            };
            site.install_cni(plugin);
            return 0;
        }
        ["repartiteur" | "répartiteur", on @ ("marche" | "arret" | "arrêt")] => {
            site.switch_balancers(*on == "marche");
            return 0;
        }
        ["regles" | "règles", node] => {
            let rules = site.iptables_save(node);
            if rules.is_empty() {
                io.error(format!("lab\u{a0}: il n’y a pas de machine {node}.\n"));
                return 1;
            }
            io.print(rules);
            return 0;
        }
        ["arreter" | "arrêter", rest @ ..] => component(rest).map(Order::Stop),
        ["demarrer" | "démarrer", rest @ ..] => component(rest).map(Order::Start),
        ["ajouter-noeud" | "ajouter-nœud"] => Ok(Order::AddNode(None)),
        ["ajouter-noeud" | "ajouter-nœud", name] => Ok(Order::AddNode(Some((*name).to_owned()))),
        ["retirer-noeud" | "retirer-nœud", name] => Ok(Order::RemoveNode((*name).to_owned())),
        ["autoscaler", "arreter" | "arrêter"] => Ok(Order::Autoscale(None)),
        ["autoscaler", least, most] => match (least.parse(), most.parse()) {
            (Ok(least), Ok(most)) => Ok(Order::Autoscale(Some((least, most)))),
            _ => Err("combien de machines au moins, et au plus\u{a0}?".to_owned()),
        },
        ["planter-poste"] => Ok(Order::CrashLaptop),
        ["retirer-noeud" | "retirer-nœud"] => Err("quel nœud\u{a0}?".to_owned()),
        [other, ..] => Err(format!("«\u{a0}{other}\u{a0}» n’est pas une commande de lab")),
    };
    match order {
        Ok(order) => {
            let outcome = site.operate(&order);
            tell(io, &order, &outcome)
        }
        Err(why) => {
            io.error(format!("lab\u{a0}: {why}. Voir «\u{a0}lab aide\u{a0}».\n"));
            2
        }
    }
}

/// `lab pourquoi`: the chain of causes of an object, or of the last command's error.
fn why(words: &[&str], io: &mut Io<'_>, (laptop, columns): (&Laptop, usize), site: &dyn Site) -> i32 {
    let Some(world) = site.world() else { return 1 };
    let world = laptop.see(world);
    let mut namespace = laptop.kubectl.kubeconfig.namespace().to_owned();
    let mut named: Vec<&str> = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match *word {
            "-n" | "--namespace" => namespace = rest.next().map_or("", |next| next).to_owned(),
            word => match word
                .strip_prefix("--namespace=")
                .or_else(|| word.strip_prefix("-n"))
            {
                Some(value) => value.clone_into(&mut namespace),
                None => named.extend(word.split('/')),
            },
        }
    }
    let chain = match named.as_slice() {
        [] => explain::error(&world, &laptop.last_error, &namespace).ok_or_else(|| {
            "aucune commande n’a été refusée dernièrement, ou je ne sais pas dire pourquoi".to_owned()
        }),
        ["requete" | "requête"] => {
            explain::last_lost(&world).ok_or_else(|| "aucune requête ne s’est perdue".to_owned())
        }
        [kind, name] => match kubectl::kind_of(kind) {
            None => Err(format!("«\u{a0}{kind}\u{a0}» n’est pas un type d’objet")),
            Some(kind) => {
                let namespace = if kind.namespaced() { namespace.as_str() } else { "" };
                let key = crate::api::Key::new(kind, namespace, name);
                explain::object(&world, &key)
                    .ok_or_else(|| format!("il n’y a pas de {}\u{a0}«\u{a0}{name}\u{a0}» ici", kind.name()))
            }
        },
        _ => Err("quel objet\u{a0}? Par exemple «\u{a0}lab pourquoi pod/web\u{a0}»".to_owned()),
    };
    match chain {
        Ok(chain) => {
            io.print(explain::print(&chain, columns));
            0
        }
        Err(why) => {
            io.error(format!("lab\u{a0}: {why}.\n"));
            1
        }
    }
}

fn component(words: &[&str]) -> Result<Component, String> {
    match words {
        ["scheduler" | "kube-scheduler"] => Ok(Component::Scheduler),
        ["controller-manager" | "kube-controller-manager"] => Ok(Component::ControllerManager),
        ["apiserver" | "api-server" | "kube-apiserver"] => Ok(Component::ApiServer),
        ["etcd"] => Ok(Component::Etcd(1)),
        ["etcd", number] => match number.parse() {
            Ok(number) => Ok(Component::Etcd(number)),
            Err(_) => Err(format!("«\u{a0}{number}\u{a0}» n’est pas un numéro de membre")),
        },
        ["kubelet", node] => Ok(Component::Kubelet((*node).to_owned())),
        ["kubelet"] => Err("de quel nœud\u{a0}?".to_owned()),
        [] => Err("quel composant\u{a0}?".to_owned()),
        [other, ..] => match other.strip_prefix("etcd-").and_then(|number| number.parse().ok()) {
            Some(number) => Ok(Component::Etcd(number)),
            None => Err(format!("«\u{a0}{other}\u{a0}» n’est pas un composant")),
        },
    }
}

/// A component as the lab's tables name it.
#[must_use]
pub fn name(component: &Component) -> String {
    match component {
        Component::Etcd(number) => format!("etcd-{number}"),
        Component::ApiServer => "kube-apiserver".to_owned(),
        Component::ControllerManager => "kube-controller-manager".to_owned(),
        Component::Scheduler => "kube-scheduler".to_owned(),
        Component::Kubelet(node) => format!("kubelet {node}"),
    }
}

fn table(components: &[Status]) -> String {
    let width = components.iter().map(|status| name(&status.component).len());
    let width = width.max().unwrap_or(0).max("COMPOSANT".len()) + 3;
    let mut text = format!("{:width$}ÉTAT\n", "COMPOSANT");
    for status in components {
        let state = match (status.running, status.leads) {
            (false, _) => "arrêté",
            (true, Some(false)) => "en marche, attend le bail de son prédécesseur",
            (true, _) => "en marche",
        };
        text.push_str(&format!("{:width$}{state}\n", name(&status.component)));
    }
    let members = || {
        components
            .iter()
            .filter(|status| matches!(status.component, Component::Etcd(_)))
    };
    let (all, running) = (
        members().count(),
        members().filter(|status| status.running).count(),
    );
    if running * 2 <= all {
        text.push_str(&format!(
            "\netcd n’a plus de majorité ({running} sur {all})\u{a0}: rien ne peut être lu ni écrit.\n"
        ));
    }
    text
}

fn tell(io: &mut Io<'_>, order: &Order, outcome: &Outcome) -> i32 {
    let done = match (order, outcome) {
        (Order::Stop(component), Outcome::Done) => format!("{} est arrêté.", name(component)),
        (Order::Start(component), Outcome::Done) => format!("{} redémarre.", name(component)),
        (_, Outcome::Joined(node)) => {
            format!("La machine {node} s’allume\u{a0}: son kubelet rejoint la grappe.")
        }
        (Order::RemoveNode(node), Outcome::Done) => format!(
            "La machine {node} est éteinte. L’API la connaît encore\u{a0}: «\u{a0}kubectl delete node {node}\u{a0}» l’oublie."
        ),
        (Order::Autoscale(Some((least, most))), Outcome::Done) => format!(
            "L’autoscaler ajoute une machine quand des pods attendent faute de place, et retire celle qui ne sert presque pas depuis dix minutes\u{a0}: entre {least} et {most}."
        ),
        (Order::Autoscale(Some(_)), _) => {
            io.error("lab\u{a0}: le minimum dépasse le maximum.\n");
            return 1;
        }
        (Order::Autoscale(None), Outcome::Done) => "L’autoscaler est arrêté.".to_owned(),
        (Order::Autoscale(None), _) => "L’autoscaler ne tourne pas.".to_owned(),
        (Order::CrashLaptop, _) => {
            "Votre machine a planté\u{a0}: tout ce que docker y faisait tourner est mort. Elle redémarre, comptez une demi-minute.".to_owned()
        }
        (Order::Stop(component), Outcome::AlreadySo) => format!("{} est déjà arrêté.", name(component)),
        (Order::Start(component), Outcome::AlreadySo) => format!("{} est déjà en marche.", name(component)),
        (Order::Stop(component) | Order::Start(component), _) => {
            io.error(format!("lab\u{a0}: il n’y a pas de {}.\n", name(component)));
            return 1;
        }
        (Order::AddNode(_), Outcome::Taken) => {
            io.error("lab\u{a0}: une machine porte déjà ce nom.\n");
            return 1;
        }
        (Order::AddNode(_), _) => {
            io.error("lab\u{a0}: un nom de machine s’écrit en minuscules, chiffres et tirets.\n");
            return 1;
        }
        (Order::RemoveNode(_), Outcome::ControlPlane) => {
            io.error("lab\u{a0}: la machine du plan de contrôle ne peut pas être retirée.\n");
            return 1;
        }
        (Order::RemoveNode(node), _) => {
            io.error(format!("lab\u{a0}: il n’y a pas de machine {node}.\n"));
            return 1;
        }
    };
    io.print(format!("{done}\n"));
    0
}
