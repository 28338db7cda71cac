//! Which definitions are served, and the numbers of their kinds (`customresource_handler.go`). Numbers are given in the
//! order in which definitions are accepted, and kept: a definition that comes back has its old one.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::types::apiextensions::{CustomResourceDefinitionNames, CustomResourceDefinitionVersion};
use crate::api::{
    AnyObject, CustomId, CustomKind, CustomResourceDefinition, Definition, Kind, PrinterColumn, ScalePaths,
};
use crate::etcd::Store;

/// The definitions of a cluster.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Customs {
    entries: Vec<Entry>,
    /// Whether the definitions have been read since the cluster was loaded: saves hold names and numbers only.
    #[serde(skip)]
    linked: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Entry {
    /// The definition's name.
    name: String,
    served: bool,
    versions: Vec<Version>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Version {
    kind: Arc<CustomKind>,
    served: bool,
}

impl Customs {
    /// Reads the definitions again after the cluster was loaded.
    pub(crate) fn link(&mut self, store: &Store) {
        if self.linked {
            return;
        }
        self.linked = true;
        for object in store.list(Kind::CustomResourceDefinition) {
            if let AnyObject::CustomResourceDefinition(definition) = object {
                self.sync(definition);
            }
        }
    }

    /// A definition was written.
    pub(crate) fn sync(&mut self, definition: &CustomResourceDefinition) {
        let served = is_true(definition, "Established");
        let number = self
            .entries
            .iter()
            .position(|entry| entry.name == definition.name());
        let number = match number {
            Some(number) => number,
            None if !served => return,
            None => {
                self.entries.push(Entry {
                    name: definition.name().to_owned(),
                    served: false,
                    versions: Vec::new(),
                });
                self.entries.len() - 1
            }
        };
        let Some(entry) = self.entries.get_mut(number) else {
            return;
        };
        entry.served = served;
        for version in &mut entry.versions {
            version.served = false;
        }
        for version in &definition.spec.versions {
            let place = entry
                .versions
                .iter()
                .position(|known| known.kind.version == version.name);
            // Zero is what all versions are stored under.
            let index = place.unwrap_or(entry.versions.len()) + 1;
            let id = CustomId::new(
                u16::try_from(number).unwrap_or(u16::MAX),
                u8::try_from(index).unwrap_or(u8::MAX),
                definition.spec.scope == "Namespaced",
            );
            let fresh = Version {
                kind: Arc::new(kind(id, definition, version)),
                served: version.served,
            };
            match place.and_then(|place| entry.versions.get_mut(place)) {
                Some(known) => *known = fresh,
                None => entry.versions.push(fresh),
            }
        }
    }

    /// A definition is gone.
    pub(crate) fn remove(&mut self, name: &str) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.name == name) {
            entry.served = false;
        }
    }

    /// All versions that are served, definition by definition.
    pub(crate) fn served(&self) -> impl Iterator<Item = &Arc<CustomKind>> {
        self.entries
            .iter()
            .filter(|entry| entry.served)
            .flat_map(|entry| entry.versions.iter().filter(|version| version.served))
            .map(|version| &version.kind)
    }

    /// The kind whose resource has this plural name in this group and version.
    pub(crate) fn resource(&self, group: &str, version: &str, plural: &str) -> Option<&Arc<CustomKind>> {
        self.served()
            .find(|kind| kind.plural == plural && kind.group == group && kind.version == version)
    }

    /// The kind named so in this group and version.
    pub(crate) fn named(&self, api_version: &str, name: &str) -> Option<&Arc<CustomKind>> {
        let (group, version) = api_version.split_once('/')?;
        self.served()
            .find(|kind| kind.kind == name && kind.group == group && kind.version == version)
    }
}

/// Whether a definition has this condition.
pub(super) fn is_true(definition: &CustomResourceDefinition, condition: &str) -> bool {
    let conditions = definition.status.conditions.iter().flatten();
    conditions
        .into_iter()
        .any(|found| found.type_ == condition && found.status == "True")
}

fn kind(
    id: CustomId,
    definition: &CustomResourceDefinition,
    version: &CustomResourceDefinitionVersion,
) -> CustomKind {
    let spec = &definition.spec;
    let CustomResourceDefinitionNames {
        kind,
        list_kind,
        plural,
        singular,
        short_names,
        categories,
    } = definition
        .status
        .accepted_names
        .as_ref()
        .unwrap_or(&spec.names)
        .clone();
    let subresources = version.subresources.as_ref();
    let has = |name: &str, there: bool| there.then(|| name.to_owned());
    CustomKind {
        id,
        group: spec.group.clone(),
        version: version.name.clone(),
        list_kind: list_kind.unwrap_or_else(|| format!("{kind}List")),
        singular: singular.unwrap_or_else(|| kind.to_lowercase()),
        kind,
        plural,
        short_names: short_names.unwrap_or_default(),
        categories: categories.unwrap_or_default(),
        subresources: has("scale", subresources.is_some_and(|found| found.scale.is_some()))
            .into_iter()
            .chain(has(
                "status",
                subresources.is_some_and(|found| found.status.is_some()),
            ))
            .collect(),
        definition: Arc::new(details(definition, version)),
    }
}

fn details(definition: &CustomResourceDefinition, version: &CustomResourceDefinitionVersion) -> Definition {
    let schema = version
        .schema
        .as_ref()
        .and_then(|schema| schema.open_api_v3_schema.as_ref())
        .map(|schema| crate::api::to_json(schema));
    let columns = version.additional_printer_columns.iter().flatten();
    let scale = version
        .subresources
        .as_ref()
        .and_then(|found| found.scale.as_ref());
    let deprecated = version.deprecated.unwrap_or(false).then(|| {
        version.deprecation_warning.clone().unwrap_or_else(|| {
            let (group, kind) = (&definition.spec.group, &definition.spec.names.kind);
            format!("{group}/{} {kind} is deprecated", version.name)
        })
    });
    Definition {
        schema: schema.unwrap_or(Value::Null),
        columns: columns
            .map(|column| PrinterColumn {
                name: column.name.clone(),
                kind: column.type_.clone(),
                path: column.json_path.clone(),
                priority: column.priority.and_then(|p| u8::try_from(p).ok()).unwrap_or(0),
            })
            .collect(),
        scale: scale.map(|scale| ScalePaths {
            spec: scale.spec_replicas_path.clone(),
            status: scale.status_replicas_path.clone(),
            selector: scale.label_selector_path.clone(),
        }),
        selectable: version
            .selectable_fields
            .iter()
            .flatten()
            .map(|field| field.json_path.clone())
            .collect(),
        deprecated,
        terminating: is_true(definition, "Terminating"),
    }
}
