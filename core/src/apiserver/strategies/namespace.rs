//! `Namespace`: its finalizer, its phase.

use std::borrow::Cow;

use crate::api::{AnyObject, Namespace, StatusError};
use crate::apiserver::strategy::{Strategy, Surroundings};
use crate::apiserver::table::Column;
use crate::apiserver::{printing, validation::names};
use crate::sim::Time;

/// The rules of `Namespace`.
pub(crate) struct NamespaceStrategy;

impl Strategy for NamespaceStrategy {
    fn prepare_for_create(&self, object: &mut AnyObject, _: Surroundings<'_>) -> Result<(), StatusError> {
        if let Some(namespace) = object.get_mut::<Namespace>() {
            let name = namespace.name().to_owned();
            let labels = namespace.metadata_mut().labels.get_or_insert_default();
            labels.insert("kubernetes.io/metadata.name".to_owned(), name);
            let finalizers = namespace.spec_mut().finalizers.get_or_insert_default();
            if !finalizers.iter().any(|finalizer| finalizer == "kubernetes") {
                finalizers.push("kubernetes".to_owned());
            }
            namespace.status_mut().phase = Some("Active".to_owned());
        }
        Ok(())
    }

    fn validate_name(&self, name: &str) -> Vec<String> {
        names::dns1123_label(name)
    }

    fn has_generation(&self) -> bool {
        false
    }

    fn columns(&self) -> &'static [Column] {
        const { &[Column::new("Name"), Column::new("Status"), Column::new("Age")] }
    }

    fn cells(&self, object: &AnyObject, now: Time) -> Vec<String> {
        let phase = object
            .get::<Namespace>()
            .and_then(|namespace| namespace.status.phase.clone());
        vec![
            object.name().to_owned(),
            phase.unwrap_or_default(),
            printing::age(object, now),
        ]
    }

    fn selectable_fields(&self) -> &'static [&'static str] {
        &["status.phase"]
    }

    fn field<'a>(&self, object: &'a AnyObject, _: &str) -> Cow<'a, str> {
        let namespace = object.get::<Namespace>();
        let phase = namespace.and_then(|namespace| namespace.status.phase.as_deref());
        phase.unwrap_or_default().into()
    }
}
