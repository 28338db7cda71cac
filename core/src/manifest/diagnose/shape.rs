//! Fields that must be there, and values out of a fixed set.

use super::Findings;
use super::french::{alternatives, quoted};
use super::suggest::nearest;
use crate::api::schema::{Field, FieldType, Schema, TypeSchema};
use crate::manifest::node::{Node, NodeData};
use crate::manifest::span::Span;

/// Walks an object along its type.
pub(super) fn check(findings: &mut Findings<'_>, schema: &Schema, root_type: &TypeSchema, root: &Node) {
    let mut walk = Walk {
        findings,
        schema,
        path: String::new(),
    };
    walk.object(root_type, root, root.span);
}

struct Walk<'f, 't, 's> {
    findings: &'f mut Findings<'t>,
    schema: &'s Schema,
    path: String,
}

impl Walk<'_, '_, '_> {
    /// `name` is where the object's own name stands.
    fn object(&mut self, object: &TypeSchema, node: &Node, name: Span) {
        for required in object.required() {
            let missing = node
                .get(required)
                .is_none_or(|value| value.scalar().is_some_and(serde_json::Value::is_null));
            if missing && !defaulted(object, required) {
                self.missing(node, required, name);
            }
        }
        for entry in node.entries() {
            // What a status says is the cluster's affair.
            let Some(field) = object
                .field(&entry.key)
                .filter(|_| !(self.path.is_empty() && entry.key == "status"))
            else {
                continue;
            };
            let length = self.path.len();
            if length > 0 {
                self.path.push('.');
            }
            self.path.push_str(&entry.key);
            self.value(field, &field.kind, &entry.value, entry.key_span);
            self.path.truncate(length);
        }
    }

    fn value(&mut self, field: &Field, kind: &FieldType, node: &Node, name: Span) {
        match (kind, &node.data) {
            (FieldType::Object(id), NodeData::Mapping(_)) => self.object(self.schema.get(*id), node, name),
            (FieldType::List(inner), NodeData::Sequence(items)) => {
                for (index, item) in items.iter().enumerate() {
                    let length = self.path.len();
                    self.path.push_str(&format!("[{index}]"));
                    self.value(field, inner, item, item.span);
                    self.path.truncate(length);
                }
            }
            (FieldType::Map(inner), NodeData::Mapping(entries)) => {
                for entry in entries {
                    self.value(field, inner, &entry.value, entry.key_span);
                }
            }
            (FieldType::String, NodeData::Scalar(_)) => self.choice(field, node),
            _ => {}
        }
    }

    fn missing(&mut self, node: &Node, required: &str, name: Span) {
        let path = if self.path.is_empty() {
            required.to_owned()
        } else {
            format!("{}.{required}", self.path)
        };
        // A misspelt field is marked where it stands.
        if node
            .entries()
            .iter()
            .any(|entry| nearest(&entry.key, [required]).is_some() && entry.key != required)
        {
            return;
        }
        let span = self.findings.first_line(name);
        let hint = format!("Il manque le champ obligatoire {}.", quoted(required));
        self.findings
            .error(span, &format!("{path}: Required value"), &hint);
    }

    fn choice(&mut self, field: &Field, node: &Node) {
        let Some(text) = node.as_str().filter(|text| !text.is_empty()) else {
            return;
        };
        let values: Vec<&str> = field.values().collect();
        if values.is_empty() || values.contains(&text) {
            return;
        }
        let listed: Vec<String> = values
            .iter()
            .filter(|v| !v.is_empty())
            .map(|v| format!("{v:?}"))
            .collect();
        let message = format!(
            "{}: Unsupported value: {text:?}: supported values: {}",
            self.path,
            listed.join(", ")
        );
        let hint = match nearest(text, values.iter().copied()) {
            Some(meant) => format!("Vouliez-vous dire {}\u{202f}?", quoted(meant)),
            None => {
                let choices: Vec<&str> = values.into_iter().filter(|v| !v.is_empty()).collect();
                format!("Valeurs possibles\u{a0}: {}.", alternatives(&choices))
            }
        };
        self.findings.error(node.span, &message, &hint);
    }
}

/// Fields that the API reference calls required and the API server fills in; and the metadata, whose missing name is
/// said elsewhere.
fn defaulted(object: &TypeSchema, field: &str) -> bool {
    field == "metadata"
        || matches!(
            (object.name, field),
            ("core.v1.TopologySpreadConstraint", "whenUnsatisfiable")
                | ("networking.v1.HTTPIngressPath", "pathType")
                | ("batch.v1.PodFailurePolicyOnPodConditionsPattern", "status")
                | ("discovery.v1.EndpointSlice", "endpoints")
        )
}
