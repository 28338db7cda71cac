//! `CustomResourceDefinition`: its rules (`k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation`).

use std::collections::BTreeSet;

use crate::api::types::apiextensions::{
    CustomResourceConversion, CustomResourceDefinitionSpec, CustomResourceDefinitionVersion,
};
use crate::api::{AnyObject, Cause, CustomResourceDefinition, StatusError};
use crate::apiserver::custom::{cel, structural};
use crate::apiserver::strategy::{Strategy, Surroundings};
use crate::apiserver::table::Column;
use crate::apiserver::validation::{field, names};
use crate::sim::Time;

/// The rules of `CustomResourceDefinition`.
pub(crate) struct CustomResourceDefinitionStrategy;

/// The annotation that groups of Kubernetes itself need.
const APPROVED: &str = "api-approved.kubernetes.io";
const COLUMN_TYPES: [&str; 5] = ["boolean", "date", "integer", "number", "string"];

impl Strategy for CustomResourceDefinitionStrategy {
    fn default(&self, object: &mut AnyObject) {
        let Some(definition) = object.get_mut::<CustomResourceDefinition>() else {
            return;
        };
        let spec = definition.spec_mut();
        if spec.names.singular.as_deref().unwrap_or_default().is_empty() {
            spec.names.singular = Some(spec.names.kind.to_lowercase());
        }
        if spec.names.list_kind.as_deref().unwrap_or_default().is_empty() && !spec.names.kind.is_empty() {
            spec.names.list_kind = Some(format!("{}List", spec.names.kind));
        }
        spec.conversion.get_or_insert_with(|| CustomResourceConversion {
            strategy: "None".to_owned(),
            webhook: None,
        });
    }

    fn prepare_for_create(&self, object: &mut AnyObject, _: Surroundings<'_>) -> Result<(), StatusError> {
        object.reset_status();
        remember_version(object);
        Ok(())
    }

    fn prepare_for_update(
        &self,
        object: &mut AnyObject,
        _: &AnyObject,
        _: Surroundings<'_>,
    ) -> Result<(), StatusError> {
        remember_version(object);
        Ok(())
    }

    fn validate(&self, object: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let Some(definition) = object.get::<CustomResourceDefinition>() {
            validate(&mut causes, definition);
        }
        causes
    }

    fn validate_update(&self, object: &AnyObject, old: &AnyObject) -> Vec<Cause> {
        let mut causes = self.validate(object);
        let (Some(new), Some(old)) = (
            object.get::<CustomResourceDefinition>(),
            old.get::<CustomResourceDefinition>(),
        ) else {
            return causes;
        };
        let established = old.status.conditions.iter().flatten();
        let established = established
            .into_iter()
            .any(|found| found.type_ == "Established" && found.status == "True");
        let mut fixed = vec![("spec.group", &new.spec.group, &old.spec.group)];
        if established {
            fixed.push(("spec.scope", &new.spec.scope, &old.spec.scope));
            fixed.push(("spec.names.kind", &new.spec.names.kind, &old.spec.names.kind));
        }
        fixed.push((
            "spec.names.plural",
            &new.spec.names.plural,
            &old.spec.names.plural,
        ));
        for (path, new, old) in fixed {
            if new != old {
                causes.push(field::invalid(path, new.as_str(), field::IMMUTABLE));
            }
        }
        let listed: Vec<&str> = new
            .spec
            .versions
            .iter()
            .map(|version| version.name.as_str())
            .collect();
        for (index, version) in new.status.stored_versions.iter().flatten().enumerate() {
            if !listed.contains(&version.as_str()) {
                let path = format!("status.storedVersions[{index}]");
                causes.push(field::invalid(path, version.as_str(), "missing from spec.versions; v1 was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in v1 and removes v1 from status.storedVersions".replace("v1", version).as_str()));
            }
        }
        causes
    }

    fn warnings(&self, object: &AnyObject) -> Vec<String> {
        let Some(definition) = object.get::<CustomResourceDefinition>() else {
            return Vec::new();
        };
        let versions = definition.spec.versions.iter().enumerate();
        versions
            .filter_map(|(index, version)| {
                let schema = version.schema.as_ref()?.open_api_v3_schema.as_ref()?;
                let path = format!("spec.versions[{index}].schema.openAPIV3Schema");
                Some(cel::warnings(&crate::api::to_json(schema), &path))
            })
            .flatten()
            .collect()
    }

    fn columns(&self) -> &'static [Column] {
        const { &[Column::new("Name"), Column::new("Created At")] }
    }

    fn cells(&self, object: &AnyObject, _: Time) -> Vec<String> {
        let created = object.metadata().creation_timestamp.as_ref();
        vec![
            object.name().to_owned(),
            created.map(|at| at.0.to_string()).unwrap_or_default(),
        ]
    }
}

fn schema_causes(causes: &mut Vec<Cause>, schema: &serde_json::Value, path: &str) {
    causes.extend(structural::validate(schema, path));
    causes.extend(cel::check(schema, path));
}

/// The storage version is among those that were ever stored.
fn remember_version(object: &mut AnyObject) {
    let Some(definition) = object.get_mut::<CustomResourceDefinition>() else {
        return;
    };
    let Some(stored) = definition.spec.versions.iter().find(|version| version.storage) else {
        return;
    };
    let name = stored.name.clone();
    let known = definition
        .status
        .stored_versions
        .iter()
        .flatten()
        .any(|known| *known == name);
    if !known {
        definition
            .status_mut()
            .stored_versions
            .get_or_insert_default()
            .push(name);
    }
}

fn validate(causes: &mut Vec<Cause>, definition: &CustomResourceDefinition) {
    let spec = &definition.spec;
    let wanted = format!("{}.{}", spec.names.plural, spec.group);
    if definition.name() != wanted {
        let detail = "must be spec.names.plural+\".\"+spec.group";
        causes.push(field::invalid("metadata.name", definition.name(), detail));
    }
    let protected = |group: &str| {
        ["k8s.io", "kubernetes.io"]
            .iter()
            .any(|domain| group == *domain || group.ends_with(&format!(".{domain}")))
    };
    let approved = definition
        .metadata
        .annotations
        .iter()
        .flatten()
        .any(|(name, _)| name == APPROVED);
    if protected(&spec.group) && !approved {
        let detail = format!(
            "protected groups must have approval annotation {APPROVED:?}, see https://github.com/kubernetes/enhancements/pull/1111"
        );
        causes.push(field::required(
            format!("metadata.annotations[{APPROVED}]"),
            &detail,
        ));
    }
    if spec.group.is_empty() {
        causes.push(field::required("spec.group", ""));
    } else {
        field::invalid_each(
            causes,
            "spec.group",
            &spec.group,
            &names::dns1123_subdomain(&spec.group),
        );
        if !spec.group.contains('.') {
            let detail = "should be a domain with at least one dot";
            causes.push(field::invalid("spec.group", spec.group.as_str(), detail));
        }
    }
    match spec.scope.as_str() {
        "" => causes.push(field::required("spec.scope", "")),
        "Cluster" | "Namespaced" => {}
        other => causes.push(field::not_supported(
            "spec.scope",
            other,
            &["Cluster", "Namespaced"],
        )),
    }
    versions(causes, spec);
    resource_names(causes, spec);
}

fn versions(causes: &mut Vec<Cause>, spec: &CustomResourceDefinitionSpec) {
    let mut seen = BTreeSet::new();
    if spec.versions.is_empty() {
        causes.push(field::required(
            "spec.versions",
            "must have exactly one version marked as storage version",
        ));
        return;
    }
    let stored = spec.versions.iter().filter(|version| version.storage).count();
    if stored != 1 {
        let shown = crate::api::to_json(&spec.versions);
        let detail = "must have exactly one version marked as storage version";
        causes.push(field::invalid("spec.versions", shown, detail));
    }
    // What all versions say alike is told of the definition itself, as the server's own form of it has it.
    let one = |get: fn(&CustomResourceDefinitionVersion) -> serde_json::Value| {
        let first = spec.versions.first().map(get);
        spec.versions.iter().all(|version| Some(get(version)) == first)
    };
    let hoisted = one(|version| crate::api::to_json(&version.schema));
    let shared = one(|version| crate::api::to_json(&version.additional_printer_columns));
    for (index, version) in spec.versions.iter().enumerate() {
        let path = format!("spec.versions[{index}]");
        if !seen.insert(version.name.as_str()) {
            causes.push(field::duplicate(format!("{path}.name"), version.name.as_str()));
        }
        field::invalid_each(
            causes,
            format!("{path}.name"),
            &version.name,
            &names::dns1035_label(&version.name),
        );
        let schema = version
            .schema
            .as_ref()
            .and_then(|schema| schema.open_api_v3_schema.as_ref());
        match schema.map(crate::api::to_json) {
            None => causes.push(field::required(
                format!("{path}.schema.openAPIV3Schema"),
                "schemas are required",
            )),
            Some(_) if hoisted && index > 0 => {}
            Some(schema) if hoisted => {
                schema_causes(causes, &schema, "spec.validation.openAPIV3Schema");
            }
            Some(schema) => schema_causes(causes, &schema, &format!("{path}.schema.openAPIV3Schema")),
        }
        if !shared || index == 0 {
            columns(causes, version, if shared { "spec" } else { &path });
        }
    }
}

fn columns(causes: &mut Vec<Cause>, version: &CustomResourceDefinitionVersion, path: &str) {
    for (index, column) in version.additional_printer_columns.iter().flatten().enumerate() {
        let path = format!("{path}.additionalPrinterColumns[{index}]");
        if column.name.is_empty() {
            causes.push(field::required(format!("{path}.name"), ""));
        }
        if column.type_.is_empty() {
            causes.push(field::required(
                format!("{path}.type"),
                &format!("must be one of {}", COLUMN_TYPES.join(",")),
            ));
        } else if !COLUMN_TYPES.contains(&column.type_.as_str()) {
            let detail = format!("must be one of {}", COLUMN_TYPES.join(","));
            causes.push(field::invalid(
                format!("{path}.type"),
                column.type_.as_str(),
                &detail,
            ));
        }
        if column.json_path.is_empty() {
            causes.push(field::required(format!("{path}.JSONPath"), ""));
        } else if !column.json_path.starts_with('.') {
            let detail = "must be a simple json path starting with .";
            causes.push(field::invalid(
                format!("{path}.JSONPath"),
                column.json_path.as_str(),
                detail,
            ));
        }
    }
}

fn resource_names(causes: &mut Vec<Cause>, spec: &CustomResourceDefinitionSpec) {
    let found = &spec.names;
    let singular = found.singular.clone().unwrap_or_default();
    let list_kind = found.list_kind.clone().unwrap_or_default();
    for (path, name) in [
        ("spec.names.plural", &found.plural),
        ("spec.names.singular", &singular),
        ("spec.names.kind", &found.kind),
        ("spec.names.listKind", &list_kind),
    ] {
        if name.is_empty() {
            causes.push(field::required(path, ""));
            continue;
        }
        let mixed = path.ends_with("ind");
        for wrong in names::dns1035_label(&name.to_lowercase()) {
            let detail = if mixed {
                format!("may have mixed case, but should otherwise match: {wrong}")
            } else {
                wrong
            };
            causes.push(field::invalid(path, name.as_str(), &detail));
        }
        if !mixed && name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            field::invalid_each(causes, path, name, &names::dns1035_label(name));
        }
    }
    if !list_kind.is_empty() && found.kind == list_kind {
        let detail = "kind and listKind may not be the same";
        causes.push(field::invalid("spec.names.listKind", list_kind.as_str(), detail));
    }
    for (index, name) in found.short_names.iter().flatten().enumerate() {
        field::invalid_each(
            causes,
            format!("spec.names.shortNames[{index}]"),
            name,
            &names::dns1035_label(name),
        );
    }
}
