//! `ControllerRevision`: its rules (`pkg/apis/apps/validation.ValidateControllerRevision`,
//! `pkg/registry/apps/controllerrevision`).

use crate::api::meta::MetaExt;
use crate::api::{AnyObject, Cause, ControllerRevision, Kind};
use crate::apiserver::printing::age_of;
use crate::apiserver::strategy::Strategy;
use crate::apiserver::table::Column;
use crate::apiserver::validation::field;
use crate::sim::Time;

/// The rules of `ControllerRevision`.
pub(crate) struct ControllerRevisionStrategy;

const COLUMNS: &[Column] = &[
    Column::new("Name"),
    Column::new("Controller"),
    Column::new("Revision"),
    Column::new("Age"),
];

impl Strategy for ControllerRevisionStrategy {
    fn validate(&self, object: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        let Some(found) = object.get::<ControllerRevision>() else {
            return causes;
        };
        field::non_negative(&mut causes, found.spec.revision, "revision");
        if found.spec.data.is_none() {
            causes.push(field::required("data", "data is mandatory"));
        }
        causes
    }

    fn validate_update(&self, object: &AnyObject, old: &AnyObject) -> Vec<Cause> {
        let mut causes = self.validate(object);
        if let (Some(new), Some(old)) = (
            object.get::<ControllerRevision>(),
            old.get::<ControllerRevision>(),
        ) && new.spec.data != old.spec.data
        {
            let shown = new.spec.data.as_ref().map(|data| data.0.clone());
            causes.push(field::invalid(
                "data",
                shown.unwrap_or_default(),
                field::IMMUTABLE,
            ));
        }
        causes
    }

    fn has_generation(&self) -> bool {
        false
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn cells(&self, object: &AnyObject, now: Time) -> Vec<String> {
        let Some(found) = object.get::<ControllerRevision>() else {
            return Vec::new();
        };
        let controller = found.metadata.controller().map_or_else(
            || "<none>".to_owned(),
            |owner| {
                let kind = Kind::from_manifest(&owner.api_version, &owner.kind);
                let group = owner.api_version.split_once('/').map(|(group, _)| group);
                let kind = kind.map_or(owner.kind.as_str(), |kind| kind.info().singular);
                match group {
                    Some(group) => format!("{}.{group}/{}", kind.to_lowercase(), owner.name),
                    None => format!("{}/{}", kind.to_lowercase(), owner.name),
                }
            },
        );
        vec![
            found.name().to_owned(),
            controller,
            found.spec.revision.to_string(),
            age_of(&found.metadata, now),
        ]
    }
}
