//! What a type is called on the command line: plural, singular, short name, with or without group, and categories
//! (`k8s.io/client-go/restmapper`).

use std::sync::Arc;

use crate::api::{CustomKind, Kind, Names};
use crate::kubectl::failure::Failure;

/// The kind of the table of that name (`pods`, `po`, `deployments.apps`, `deployments.v1.apps`).
///
/// # Errors
///
/// When nothing served is called so.
pub(crate) fn kind_named(word: &str) -> Result<Kind, Failure> {
    kind_called(word, &[])
}

/// Whether a kind is called so on the command line.
fn is_called(names: Names<'_>, short: bool, resource: &str, group: Option<&str>) -> bool {
    let called = names.plural == resource || names.singular == resource || short;
    called
        && group.is_none_or(|group| {
            let versioned = if names.group.is_empty() {
                names.version.to_owned()
            } else {
                format!("{}.{}", names.version, names.group)
            };
            group == versioned || (!names.group.is_empty() && names.group.starts_with(group))
        })
}

/// As [`kind_named`], among the table's kinds and these.
pub(super) fn kind_called(word: &str, customs: &[Arc<CustomKind>]) -> Result<Kind, Failure> {
    let lower = word.to_lowercase();
    let (resource, group) = match lower.split_once('.') {
        Some((resource, group)) => (resource, Some(group)),
        None => (lower.as_str(), None),
    };
    let table = Kind::all().find(|kind| {
        let info = kind.info();
        is_called(
            info.names(),
            info.short_names.contains(&resource),
            resource,
            group,
        )
    });
    let custom = || {
        let found = customs.iter().find(|custom| {
            let short = custom.short_names.iter().any(|name| name == resource);
            is_called((&***custom).into(), short, resource, group)
        });
        found.map(|custom| Kind::Custom(custom.id))
    };
    table.or_else(custom).ok_or_else(|| {
        let asked = if group.is_some() { resource } else { word };
        Failure::Message(format!("the server doesn't have a resource type {asked:?}"))
    })
}

/// The kinds that a list of types names (`deploy,pods`, `all`).
pub(super) fn kinds_called(words: &str, customs: &[Arc<CustomKind>]) -> Result<Vec<Kind>, Failure> {
    let mut kinds = Vec::new();
    for word in words.split(',').filter(|word| !word.is_empty()) {
        let table = Kind::all().filter(|kind| kind.info().categories.contains(&word));
        let own = customs
            .iter()
            .filter(|custom| custom.categories.iter().any(|category| category == word))
            .map(|custom| Kind::Custom(custom.id));
        // A resource that is served in several versions is meant once.
        let mut category: Vec<Kind> = Vec::new();
        for kind in table.chain(own) {
            if !category.iter().any(|known| known.storage() == kind.storage()) {
                category.push(kind);
            }
        }
        let named = if category.is_empty() {
            vec![kind_called(word, customs)?]
        } else {
            category
        };
        for kind in named {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
    }
    Ok(kinds)
}

/// The kind and group in small letters (`deployment.apps`), as tables and messages name it.
pub(crate) fn full_kind(kind: Kind) -> String {
    kind.info().names().group_singular()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_many_names() {
        for (word, kind) in [
            ("pods", Kind::Pod),
            ("po", Kind::Pod),
            ("Pod", Kind::Pod),
            ("deploy", Kind::Deployment),
            ("deployments.apps", Kind::Deployment),
            ("deployment.v1.apps", Kind::Deployment),
            ("pods.v1", Kind::Pod),
        ] {
            assert_eq!(kind_named(word), Ok(kind), "{word}");
        }
        for word in ["podz", "pods.apps", "deployments.batch", ""] {
            assert!(kind_named(word).is_err(), "{word}");
        }
        assert_eq!(
            kinds_called("all", &[]),
            Ok(vec![
                Kind::Pod,
                Kind::ReplicationController,
                Kind::Service,
                Kind::DaemonSet,
                Kind::Deployment,
                Kind::ReplicaSet,
                Kind::StatefulSet,
                Kind::HorizontalPodAutoscaler,
                Kind::CronJob,
                Kind::Job
            ])
        );
    }
}
