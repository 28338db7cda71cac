//! Which cluster, user and namespace a command is for (`~/.kube/config`, `k8s.io/client-go/tools/clientcmd`).

use serde::{Deserialize, Serialize};

use std::sync::Arc;

use crate::api::CustomKind;
use crate::apiserver::{Impersonation, User};

/// A context: a user on a cluster, and the namespace commands are for when they name none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// The context's name (`kubernetes-admin@kubernetes`).
    pub name: String,
    /// The cluster's name.
    pub cluster: String,
    /// The user's name.
    pub user: String,
    /// The namespace; empty: `default`.
    pub namespace: String,
}

/// The contexts, and the current one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kubeconfig {
    /// The name of the current context; empty if none is.
    pub current: String,
    /// All contexts.
    pub contexts: Vec<Context>,
    /// The address of the API server.
    pub server: String,
}

impl Default for Kubeconfig {
    fn default() -> Self {
        let context = Context {
            name: "kubernetes-admin@kubernetes".to_owned(),
            cluster: "kubernetes".to_owned(),
            user: "kubernetes-admin".to_owned(),
            namespace: String::new(),
        };
        Self {
            current: context.name.clone(),
            contexts: vec![context],
            server: "https://127.0.0.1:6443".to_owned(),
        }
    }
}

impl Kubeconfig {
    /// The current context.
    #[must_use]
    pub fn context(&self) -> Option<&Context> {
        self.contexts.iter().find(|context| context.name == self.current)
    }

    /// The namespace of the current context.
    #[must_use]
    pub fn namespace(&self) -> &str {
        match self.context() {
            Some(context) if !context.namespace.is_empty() => &context.namespace,
            _ => "default",
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
    /// The contexts.
    pub kubeconfig: Kubeconfig,
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
            kubeconfig: Kubeconfig::default(),
            home: home.to_owned(),
            discovered: Vec::new(),
        }
    }
}
