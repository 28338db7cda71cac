//! Completion (`kubectl __complete`, `k8s.io/kubectl/pkg/util/completion`): commands, flags, their values, kinds and names.

use super::command::{Command, find};
use super::context::Client;
use super::flags::{Flag, Type};
use super::kubeconfig::Env;
use super::resources::{kind_named, names_of};
use super::root::ROOT;
use crate::api::Kind;
use crate::apiserver::{Method, Request, ResponseBody, collection_path};

/// A candidate and what it is.
type Candidate = (String, String);

/// Commands whose arguments are a kind, then names.
const OF_ANY_KIND: &[&str] = &[
    "annotate", "delete", "describe", "edit", "events", "expose", "get", "label", "patch", "wait",
];
/// Commands whose arguments are a kind, but no names.
const OF_KINDS_ALONE: &[&str] = &["explain"];
/// Commands whose argument is a Pod.
const OF_PODS: &[&str] = &["attach", "cp", "debug", "exec", "logs", "port-forward"];
/// Commands whose argument is a node.
const OF_NODES: &[&str] = &["cordon", "drain", "taint", "uncordon"];

/// What may stand in place of the last of these words; the first is `kubectl`. Sorted.
pub fn complete(words: &[String], env: &Env, api: &mut dyn Client) -> Vec<Candidate> {
    let Some((word, before)) = words.split_last() else {
        return Vec::new();
    };
    let before = before.get(1..).unwrap_or_default();
    let found = find(&ROOT, before);
    let mut asked = Asked {
        command: found.command,
        path: &found.path,
        words: before,
        env,
        api,
    };
    let mut candidates = asked.candidates(word, &found.rest);
    candidates.retain(|(text, _)| text.starts_with(word.as_str()));
    crate::sort::sort(&mut candidates);
    candidates.dedup_by(|right, left| right.0 == left.0);
    candidates
}

struct Asked<'a> {
    command: &'static Command,
    path: &'a str,
    words: &'a [String],
    env: &'a Env,
    api: &'a mut dyn Client,
}

impl Asked<'_> {
    fn candidates(&mut self, word: &str, rest: &[String]) -> Vec<Candidate> {
        if self.words.iter().any(|word| word == "--") {
            return Vec::new();
        }
        if let Some((name, _)) = word.strip_prefix("--").and_then(|flag| flag.split_once('=')) {
            let values = self.flag(name).map(|flag| self.values(flag)).unwrap_or_default();
            return values
                .into_iter()
                .map(|(value, what)| (format!("--{name}={value}"), what))
                .collect();
        }
        if word.starts_with('-') {
            return self.flags();
        }
        if let Some(flag) = self.words.last().and_then(|last| self.waiting_flag(last)) {
            return self.values(flag);
        }
        let arguments = self.arguments(rest);
        if arguments.is_empty() && !self.command.commands.is_empty() {
            let commands = self.command.commands.iter();
            return commands
                .map(|command| (command.name.to_owned(), command.short.to_owned()))
                .collect();
        }
        self.objects(word, &arguments)
    }

    /// What stands besides flags and their values.
    fn arguments(&self, rest: &[String]) -> Vec<String> {
        let mut arguments = Vec::new();
        let mut skip = false;
        for word in rest {
            if std::mem::take(&mut skip) {
                continue;
            }
            if word.starts_with('-') && word.len() > 1 {
                skip = self.waiting_flag(word).is_some();
            } else {
                arguments.push(word.clone());
            }
        }
        arguments
    }

    fn flag(&self, name: &str) -> Option<&'static Flag> {
        self.command.all_flags().find(|flag| flag.name == name)
    }

    /// The flag that a word names, when its value is the next word.
    fn waiting_flag(&self, word: &str) -> Option<&'static Flag> {
        let flag = match word.strip_prefix("--") {
            Some(name) => self.flag(name),
            None => {
                let letter = word.strip_prefix('-')?.chars().next_back()?;
                self.command.all_flags().find(|flag| flag.short == Some(letter))
            }
        };
        flag.filter(|flag| flag.bare.is_none())
    }

    fn flags(&self) -> Vec<Candidate> {
        let name = |flag: &Flag| {
            let value = if flag.bare.is_none() && flag.kind != Type::Bool {
                "="
            } else {
                ""
            };
            (format!("--{}{value}", flag.name), flag.help.to_owned())
        };
        let short = |flag: &Flag| {
            flag.short
                .map(|letter| (format!("-{letter}"), flag.help.to_owned()))
        };
        self.command
            .all_flags()
            .map(name)
            .chain(self.command.all_flags().filter_map(short))
            .collect()
    }

    fn values(&mut self, flag: &Flag) -> Vec<Candidate> {
        let fixed: &[&str] = match flag.name {
            "output" => &["custom-columns=", "json", "jsonpath=", "name", "wide", "yaml"],
            "dry-run" => &["client", "none", "server"],
            "cascade" => &["background", "foreground", "orphan"],
            "restart" => &["Always", "Never", "OnFailure"],
            "validate" => &["ignore", "strict", "warn"],
            "type" if self.command.name == "patch" => &["json", "merge", "strategic"],
            "for" => &[
                "condition=Available",
                "condition=Complete",
                "condition=Ready",
                "create",
                "delete",
                "jsonpath=",
            ],
            "namespace" => return self.names(Kind::Namespace),
            "context" => return self.contexts(),
            "sort-by" => &[".metadata.creationTimestamp", ".metadata.name"],
            _ => &[],
        };
        fixed
            .iter()
            .map(|value| ((*value).to_owned(), String::new()))
            .collect()
    }

    fn contexts(&self) -> Vec<Candidate> {
        let contexts = self.env.kubeconfig.contexts();
        contexts.map(|name| (name.to_owned(), String::new())).collect()
    }

    /// Kinds and names.
    fn objects(&mut self, word: &str, arguments: &[String]) -> Vec<Candidate> {
        let name = self.path.split(' ').nth(1).unwrap_or_default();
        let kinds: Vec<Kind> = if OF_ANY_KIND.contains(&name) || OF_KINDS_ALONE.contains(&name) {
            Kind::all().collect()
        } else {
            let wanted: &[&str] = match name {
                "rollout" => &["deployments", "daemonsets", "statefulsets"],
                "scale" => &[
                    "deployments",
                    "replicasets",
                    "replicationcontrollers",
                    "statefulsets",
                ],
                "autoscale" => &[
                    "deployments",
                    "replicasets",
                    "replicationcontrollers",
                    "statefulsets",
                ],
                "set" => &[
                    "cronjobs",
                    "daemonsets",
                    "deployments",
                    "jobs",
                    "pods",
                    "replicasets",
                    "statefulsets",
                ],
                _ => &[],
            };
            Kind::all()
                .filter(|kind| wanted.contains(&kind.info().plural))
                .collect()
        };
        if OF_PODS.contains(&name) {
            return if arguments.is_empty() {
                self.names(Kind::Pod)
            } else {
                Vec::new()
            };
        }
        if OF_NODES.contains(&name) {
            return self.names(Kind::Node);
        }
        if self.path == "kubectl config use-context" {
            return self.contexts();
        }
        if let Some((kind, _)) = word.split_once('/') {
            let names = kind_named(kind)
                .map(|found| self.names(found))
                .unwrap_or_default();
            return names
                .into_iter()
                .map(|(name, what)| (format!("{kind}/{name}"), what))
                .collect();
        }
        match arguments.first() {
            None => kinds
                .into_iter()
                .map(|kind| (kind.info().plural.to_owned(), kind.info().name.to_owned()))
                .collect(),
            Some(_) if kinds.is_empty() || OF_KINDS_ALONE.contains(&name) => Vec::new(),
            Some(kind) => {
                let names = kind_named(kind)
                    .map(|found| self.names(found))
                    .unwrap_or_default();
                names
                    .into_iter()
                    .filter(|(name, _)| !arguments.contains(name))
                    .collect()
            }
        }
    }

    /// The namespace that the command line, or the configuration, is for.
    fn namespace(&self) -> String {
        let mut words = self.words.iter();
        while let Some(word) = words.next() {
            if word == "-n" || word == "--namespace" {
                return words.next().cloned().unwrap_or_default();
            }
            if let Some(name) = word
                .strip_prefix("--namespace=")
                .or_else(|| word.strip_prefix("-n"))
            {
                return name.trim_start_matches('=').to_owned();
            }
        }
        self.env.kubeconfig.namespace().to_owned()
    }

    fn names(&mut self, kind: Kind) -> Vec<Candidate> {
        let namespace = if kind.namespaced() {
            self.namespace()
        } else {
            String::new()
        };
        let names = names_of(kind, &self.env.discovered);
        let path = collection_path(names, &namespace);
        let request = Request::new(Method::Get, path, self.env.user.clone());
        match self.api.request(request).body {
            ResponseBody::List(list) => list
                .items
                .iter()
                .map(|object| (object.name().to_owned(), String::new()))
                .collect(),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::StatusError;
    use crate::apiserver::{ApiServer, Response, Watch, WatchEvent};
    use crate::sim::{Sim, Time};

    struct World {
        sim: Sim,
        api: ApiServer,
    }

    impl Client for World {
        fn now(&self) -> Time {
            self.sim.now
        }

        fn request(&mut self, request: Request) -> Response {
            self.api.handle(&mut self.sim, &request)
        }

        fn watch_next(&mut self, watch: &mut Watch) -> Result<Vec<WatchEvent>, StatusError> {
            self.api.watch_next(watch)
        }
    }

    fn check(line: &str, expected: &[&str]) {
        let mut world = World {
            sim: Sim::new(1),
            api: ApiServer::default(),
        };
        for name in ["default", "dev"] {
            let object =
                serde_json::json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
            let request = Request::new(
                Method::Post,
                "/api/v1/namespaces",
                crate::apiserver::User::admin(),
            );
            let made = world.request(request.with_body(crate::apiserver::Body::Json(object)));
            assert_eq!(made.status, 201, "{made:?}");
        }
        let object =
            serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "conf"}});
        let path = "/api/v1/namespaces/dev/configmaps";
        let request = Request::new(Method::Post, path, crate::apiserver::User::admin());
        assert_eq!(
            world
                .request(request.with_body(crate::apiserver::Body::Json(object)))
                .status,
            201
        );
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let found = complete(&words, &Env::admin("/home/eleve"), &mut world);
        let texts: Vec<&str> = found.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(texts, expected, "{line}");
    }

    #[test]
    fn tab_knows_commands_flags_kinds_and_names() {
        check("kubectl appl", &["apply"]);
        check("kubectl rollout st", &["status"]);
        check("kubectl get configm", &["configmaps"]);
        check("kubectl get namespaces ", &["default", "dev"]);
        check("kubectl describe ns/d", &["ns/default", "ns/dev"]);
        check("kubectl get cm -n dev ", &["conf"]);
        check("kubectl get cm ", &[]);
        check("kubectl -n dev delete cm conf ", &[]);
        check("kubectl get pods -n de", &["default", "dev"]);
        check(
            "kubectl get pods --namespace=de",
            &["--namespace=default", "--namespace=dev"],
        );
        check("kubectl get pods -o y", &["yaml"]);
        check("kubectl get --show-l", &["--show-labels"]);
        check("kubectl rollout status d", &["daemonsets", "deployments"]);
        check(
            "kubectl apply ",
            &["edit-last-applied", "set-last-applied", "view-last-applied"],
        );
    }
}
