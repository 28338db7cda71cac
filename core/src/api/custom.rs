//! Kinds that CustomResourceDefinitions bring. A [`Kind`](super::Kind) stays a small number: the API server numbers the
//! definitions of its cluster, and each object carries a pointer to its kind's names.
//!
//! Models what `k8s.io/apiextensions-apiserver` keeps for each version of a definition (`crdInfo`).

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Which definition of a cluster, and which of its versions. The API server gives the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CustomId {
    number: u16,
    version: u8,
    namespaced: bool,
}

impl CustomId {
    /// The version `version` (from 1 on) of the definition `number`.
    #[must_use]
    pub fn new(number: u16, version: u8, namespaced: bool) -> Self {
        Self {
            number,
            version,
            namespaced,
        }
    }

    /// What the objects of all versions are stored under.
    #[must_use]
    pub fn hub(self) -> Self {
        Self { version: 0, ..self }
    }

    /// Whether the objects live in a namespace.
    #[must_use]
    pub fn namespaced(self) -> bool {
        self.namespaced
    }
}

/// A version of a custom kind.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CustomKind {
    /// Its number.
    pub id: CustomId,
    /// The API group.
    pub group: String,
    /// The version.
    pub version: String,
    /// The name in manifests (`Bateau`).
    pub kind: String,
    /// The name of lists (`BateauList`).
    pub list_kind: String,
    /// The resource's name in paths (`bateaux`).
    pub plural: String,
    /// The resource's singular name.
    pub singular: String,
    /// Its short names.
    pub short_names: Vec<String>,
    /// The categories it belongs to.
    pub categories: Vec<String>,
    /// Its subresources.
    pub subresources: Vec<String>,
    /// What its definition says besides. Objects are saved without it: the API server has it.
    #[serde(skip)]
    pub definition: Arc<Definition>,
}

/// Two are equal when they are of one version: what a definition says of it may change.
impl PartialEq for CustomKind {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for CustomKind {}

impl CustomKind {
    /// How much this version is preferred over others of its group.
    #[must_use]
    pub fn priority(&self) -> (u8, u32, u32) {
        version_priority(&self.version)
    }
}

/// What a CustomResourceDefinition says of a version besides its names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Definition {
    /// The structural schema (`openAPIV3Schema`).
    pub schema: Value,
    /// `additionalPrinterColumns`
    pub columns: Vec<PrinterColumn>,
    /// `subresources.scale`
    pub scale: Option<ScalePaths>,
    /// `selectableFields`, as JSON paths.
    pub selectable: Vec<String>,
    /// The warning of a deprecated version.
    pub deprecated: Option<String>,
    /// Whether the definition is being deleted.
    pub terminating: bool,
}

/// A column of `additionalPrinterColumns`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrinterColumn {
    /// The heading.
    pub name: String,
    /// `string`, `integer`, `number`, `boolean` or `date`.
    pub kind: String,
    /// Where the value is (`.spec.voiles`).
    pub path: String,
    /// 0 is always printed, more only with `-o wide`.
    pub priority: u8,
}

/// Where a custom object keeps what its scale says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScalePaths {
    /// `specReplicasPath`
    pub spec: String,
    /// `statusReplicasPath`
    pub status: String,
    /// `labelSelectorPath`
    pub selector: Option<String>,
}

/// Versions in the order of preference: `v2` over `v1` over `v1beta1` over `v1alpha1` over anything else
/// (`k8s.io/apimachinery/pkg/version.CompareKubeAwareVersionStrings`).
#[must_use]
pub fn version_priority(version: &str) -> (u8, u32, u32) {
    let parsed = version.strip_prefix('v').and_then(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (major, rest) = rest.split_at(end);
        let major: u32 = major.parse().ok()?;
        let (stability, minor) = match (rest.strip_prefix("beta"), rest.strip_prefix("alpha")) {
            (Some(minor), _) => (2, minor.parse().ok()?),
            (_, Some(minor)) => (1, minor.parse().ok()?),
            _ if rest.is_empty() => (3, 0),
            _ => return None,
        };
        Some((stability, major, minor))
    });
    parsed.unwrap_or((0, 0, 0))
}
