//! What a type is called on the command line: plural, singular, short name, with or without group, and categories
//! (`k8s.io/client-go/restmapper`).

use crate::api::Kind;
use crate::kubectl::failure::Failure;

/// The kind of that name (`pods`, `po`, `deployments.apps`, `deployments.v1.apps`).
///
/// # Errors
///
/// When nothing served is called so.
pub(crate) fn kind_named(word: &str) -> Result<Kind, Failure> {
    let lower = word.to_lowercase();
    let (resource, group) = match lower.split_once('.') {
        Some((resource, group)) => (resource, Some(group)),
        None => (lower.as_str(), None),
    };
    let called = |kind: &Kind| {
        let info = kind.info();
        info.plural == resource || info.singular == resource || info.short_names.contains(&resource)
    };
    let in_group = |kind: &Kind| match group {
        None => true,
        Some(group) => {
            let info = kind.info();
            let versioned = if info.group.is_empty() {
                info.version.to_owned()
            } else {
                format!("{}.{}", info.version, info.group)
            };
            group == versioned || (!info.group.is_empty() && info.group.starts_with(group))
        }
    };
    Kind::all()
        .find(|kind| called(kind) && in_group(kind))
        .ok_or_else(|| {
            let asked = if group.is_some() { resource } else { word };
            Failure::Message(format!("the server doesn't have a resource type {asked:?}"))
        })
}

/// The kinds that a list of types names (`deploy,pods`, `all`).
///
/// # Errors
///
/// When one of them names nothing that is served.
pub(crate) fn kinds_named(words: &str) -> Result<Vec<Kind>, Failure> {
    let mut kinds = Vec::new();
    for word in words.split(',').filter(|word| !word.is_empty()) {
        let category: Vec<Kind> = Kind::all()
            .filter(|kind| kind.info().categories.contains(&word))
            .collect();
        let named = if category.is_empty() {
            vec![kind_named(word)?]
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
    let info = kind.info();
    if info.group.is_empty() {
        info.singular.to_owned()
    } else {
        format!("{}.{}", info.singular, info.group)
    }
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
            kinds_named("all"),
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
