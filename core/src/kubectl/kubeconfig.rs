//! Which cluster, user and namespace a command is for (`~/.kube/config`, `k8s.io/client-go/tools/clientcmd`).

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::credentials;
use super::value::{items, put, text};
use crate::api::CustomKind;
use crate::apiserver::{Impersonation, User};
use crate::sorted::SortedMap;

/// The address of the API server.
const SERVER: &str = "https://127.0.0.1:6443";

/// Entries of a configuration by name, each as the file has it.
pub(crate) type Entries = SortedMap<String, Value>;

/// The contents of a kubeconfig file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kubeconfig {
    /// The name of the current context; empty if none is.
    pub current: String,
    pub(crate) clusters: Entries,
    pub(crate) contexts: Entries,
    pub(crate) users: Entries,
}

impl Kubeconfig {
    /// The administrator's, as kubeadm leaves it.
    #[must_use]
    pub fn admin() -> Self {
        let mut config = Self {
            current: "kubernetes-admin@kubernetes".to_owned(),
            ..Self::default()
        };
        let cluster = json!({"certificate-authority-data": credentials::authority(), "server": SERVER});
        config.clusters.insert("kubernetes".to_owned(), cluster);
        config.add_user("kubernetes-admin", &["system:masters"], "");
        config
    }

    /// Adds somebody who shows a certificate, and their context `name@kubernetes`.
    pub fn add_user(&mut self, name: &str, groups: &[&str], namespace: &str) {
        let (certificate, key) = credentials::pair(name, groups);
        let user = json!({"client-certificate-data": certificate, "client-key-data": key});
        self.users.insert(name.to_owned(), user);
        let mut context = json!({"cluster": "kubernetes", "user": name});
        if !namespace.is_empty() {
            put(&mut context, &["namespace"], namespace);
        }
        self.contexts.insert(format!("{name}@kubernetes"), context);
    }

    /// The names of the contexts.
    pub fn contexts(&self) -> impl Iterator<Item = &str> {
        self.contexts.keys().map(String::as_str)
    }

    /// The namespace of the current context.
    #[must_use]
    pub fn namespace(&self) -> &str {
        let context = self.contexts.get(&self.current);
        match context.map_or("", |context| text(context, "/namespace")) {
            "" => "default",
            namespace => namespace,
        }
    }

    /// The address of a cluster's API server.
    pub(crate) fn server(&self, cluster: &str) -> &str {
        match self
            .clusters
            .get(cluster)
            .map_or("", |cluster| text(cluster, "/server"))
        {
            "" => "http://localhost:8080",
            server => server,
        }
    }

    /// Whether this is the address of the lab's own API server.
    pub(crate) fn is_served(server: &str) -> bool {
        server.trim_end_matches('/') == SERVER
    }

    /// The file's text, as JSON.
    pub(crate) fn to_value(&self) -> Value {
        let list = |entries: &Entries, field: &str| -> Vec<Value> {
            let one = |(name, entry): (&String, &Value)| {
                let mut map = Map::new();
                map.insert("name".to_owned(), json!(name));
                map.insert(field.to_owned(), entry.clone());
                Value::Object(map)
            };
            entries.iter().map(one).collect()
        };
        let or_null = |list: Vec<Value>| {
            if list.is_empty() {
                Value::Null
            } else {
                Value::Array(list)
            }
        };
        json!({
            "apiVersion": "v1", "kind": "Config", "current-context": self.current,
            "clusters": or_null(list(&self.clusters, "cluster")),
            "contexts": or_null(list(&self.contexts, "context")),
            "users": or_null(list(&self.users, "user")),
        })
    }

    /// What a file says.
    pub(crate) fn from_value(value: &Value) -> Self {
        let entries = |list: &str, field: &str| -> Entries {
            let all = items(value, &format!("/{list}")).iter();
            all.map(|item| {
                let entry = item.get(field).filter(|entry| entry.is_object());
                (
                    text(item, "/name").to_owned(),
                    entry.cloned().unwrap_or_else(|| json!({})),
                )
            })
            .collect()
        };
        Self {
            current: text(value, "/current-context").to_owned(),
            clusters: entries("clusters", "cluster"),
            contexts: entries("contexts", "context"),
            users: entries("users", "user"),
        }
    }
}

/// Where a command runs: who asks, and what is configured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Env {
    /// Who asks, by the certificate of the context's user.
    pub user: User,
    /// The token of the context's user.
    pub token: Option<String>,
    /// For whom requests are made (`--as`).
    pub impersonate: Option<Impersonation>,
    /// The address that requests go to.
    pub server: String,
    /// The configuration.
    pub kubeconfig: Kubeconfig,
    /// The file it comes from, if not from the usual one (`--kubeconfig`, `$KUBECONFIG`).
    pub file: Option<String>,
    /// The home folder (`/home/eleve`).
    pub home: String,
    /// The custom kinds that discovery told of when it was last asked.
    pub discovered: Vec<Arc<CustomKind>>,
}

impl Env {
    /// The administrator of a cluster that kubeadm set up.
    #[must_use]
    pub fn admin(home: &str) -> Self {
        Self {
            user: User::admin(),
            token: None,
            impersonate: None,
            server: SERVER.to_owned(),
            kubeconfig: Kubeconfig::admin(),
            file: None,
            home: home.to_owned(),
            discovered: Vec::new(),
        }
    }
}
