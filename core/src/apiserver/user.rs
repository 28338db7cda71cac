//! Who asks (`k8s.io/apiserver/pkg/authentication/user`): a name, groups, and what else the credential says.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::sim::Actor;

/// The group of those who may do anything, whatever the roles say.
pub const SUPERUSERS: &str = "system:masters";
/// The group of all who showed a credential.
pub const AUTHENTICATED: &str = "system:authenticated";
/// The group of those who showed none.
pub const UNAUTHENTICATED: &str = "system:unauthenticated";
/// The name of those who showed no credential.
pub const ANONYMOUS: &str = "system:anonymous";
/// What the names of service accounts begin with; namespace and name follow, with a colon between.
pub const SERVICE_ACCOUNT: &str = "system:serviceaccount:";
/// By which credential a user was recognised (`user.CredentialIDKey`).
pub const CREDENTIAL_ID: &str = "authentication.kubernetes.io/credential-id";
/// The fingerprint of the administrator's certificate.
const ADMIN_CERTIFICATE: &str = "X509SHA256=eed559756e2363da53bf07a72bf457b8ff38a3ee4c556b6c7d327c0bc5e789fb";

/// What else a credential says of a user.
pub type Extra = BTreeMap<String, Vec<String>>;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The user name (`kubernetes-admin`, `system:kube-scheduler`).
    pub name: Actor,
    /// The groups.
    pub groups: Arc<[Arc<str>]>,
    /// The UID, where the credential has one: a service account's.
    pub uid: Option<Arc<str>>,
    /// What else the credential says.
    pub extra: Option<Arc<Extra>>,
}

/// For whom a request is made (`Impersonate-User`, `Impersonate-Group`, `Impersonate-Uid`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Impersonation {
    /// The user.
    pub user: String,
    /// The groups; none: those that every such user has.
    pub groups: Vec<String>,
    /// The UID; empty: none.
    pub uid: String,
}

impl User {
    /// A user of this name and groups.
    #[must_use]
    pub fn new(name: &str, groups: &[&str]) -> Self {
        Self {
            name: Actor::new(name),
            groups: groups.iter().map(|&group| group.into()).collect(),
            uid: None,
            extra: None,
        }
    }

    /// The administrator.
    #[must_use]
    pub fn admin() -> Self {
        let id = (CREDENTIAL_ID.to_owned(), vec![ADMIN_CERTIFICATE.to_owned()]);
        Self {
            extra: Some(Arc::new([id].into())),
            ..Self::new("kubernetes-admin", &[SUPERUSERS, AUTHENTICATED])
        }
    }

    /// A component of the cluster, in the groups that its name brings.
    #[must_use]
    pub fn component(name: &str) -> Self {
        if name == "system:apiserver" {
            return Self::new(name, &[SUPERUSERS, AUTHENTICATED]);
        }
        let groups = default_groups(name);
        let mut groups: Vec<&str> = groups.iter().map(String::as_str).collect();
        groups.push(AUTHENTICATED);
        Self::new(name, &groups)
    }

    /// Who showed no credential.
    #[must_use]
    pub fn anonymous() -> Self {
        Self::new(ANONYMOUS, &[UNAUTHENTICATED])
    }

    /// Whether the user is in this group.
    #[must_use]
    pub fn is_in(&self, group: &str) -> bool {
        self.groups.iter().any(|found| **found == *group)
    }

    /// The namespace and name of the service account this is.
    #[must_use]
    pub fn service_account(&self) -> Option<(&str, &str)> {
        service_account(self.name.name())
    }

    /// The node whose kubelet this is (`NodeIdentifier`).
    #[must_use]
    pub fn node(&self) -> Option<&str> {
        let name = self.name.name().strip_prefix("system:node:")?;
        self.is_in("system:nodes").then_some(name)
    }
}

/// The namespace and name in a service account's user name.
#[must_use]
pub fn service_account(user: &str) -> Option<(&str, &str)> {
    let (namespace, name) = user.strip_prefix(SERVICE_ACCOUNT)?.split_once(':')?;
    (!namespace.is_empty() && !name.is_empty() && !name.contains(':')).then_some((namespace, name))
}

/// The groups that a user's name brings: those of a service account.
pub(super) fn default_groups(user: &str) -> Vec<String> {
    match service_account(user) {
        Some((namespace, _)) => vec![
            "system:serviceaccounts".to_owned(),
            format!("system:serviceaccounts:{namespace}"),
        ],
        None => Vec::new(),
    }
}
