//! Fields that the kind does not have, and values of the wrong type.

use serde_json::Value;

use super::Findings;
use super::french::quoted;
use super::suggest::nearest;
use super::syntax::spaced;
use crate::api::schema::check::{Problem, ProblemKind};
use crate::api::schema::{FieldType, Schema, TypeSchema};
use crate::manifest::node::Node;

/// Marks every unknown field and every wrong value of an object.
pub(super) fn check(findings: &mut Findings<'_>, schema: &Schema, root_type: &TypeSchema, root: &Node) {
    for problem in schema.check(root_type, &root.to_value()).problems {
        let Some(place) = root.locate(&problem.path) else {
            continue;
        };
        match problem.kind {
            ProblemKind::Unknown => {
                let hint = unknown(schema, root_type, root, &problem.path);
                findings.error(place.name(), &problem.message, &hint);
            }
            ProblemKind::Type | ProblemKind::Malformed => {
                let hint = wrong(&problem, root);
                findings.error(findings.first_line(place.value), &problem.message, &hint);
            }
        }
    }
}

/// The type that owns the last field of a path, and that field's name.
fn owner<'s, 'p>(
    schema: &'s Schema,
    root: &'s TypeSchema,
    path: &'p str,
) -> Option<(&'s TypeSchema, &'p str)> {
    let mut current = root;
    let mut rest = path;
    loop {
        let Some((name, after)) = rest.split_once('.') else {
            return Some((current, rest));
        };
        let field = current.field(name.split('[').next().unwrap_or(name))?;
        current = schema.object(&field.kind)?;
        rest = after;
    }
}

fn unknown(schema: &Schema, root_type: &TypeSchema, root: &Node, path: &str) -> String {
    let Some((owner, name)) = owner(schema, root_type, path) else {
        return "Ce champ n’existe pas ici.".to_owned();
    };
    if let Some(meant) = nearest(name, owner.fields.iter().map(|field| field.name)) {
        return format!("Vouliez-vous dire {}\u{202f}?", quoted(meant));
    }
    // A section without content, and its fields one level too far to the left: the commonest slip of all.
    let parent = path.rsplit_once('.').map_or("", |(parent, _)| parent);
    let siblings = root
        .locate(parent)
        .and_then(|_| node_at(root, parent))
        .map(Node::entries)
        .unwrap_or_default();
    let before = siblings.iter().take_while(|sibling| sibling.key != name);
    let empty = before.filter(|sibling| sibling.value.scalar().is_some_and(Value::is_null));
    for sibling in empty.collect::<Vec<_>>().into_iter().rev() {
        let section = owner.field(&sibling.key).map(|field| &field.kind);
        let holds = match section {
            Some(FieldType::Object(id)) => schema.get(*id).field(name).is_some(),
            Some(FieldType::Map(_)) => true,
            _ => false,
        };
        if holds {
            return format!(
                "{} va sans doute sous {}, resté vide\u{a0}: décalez cette ligne de deux espaces vers la droite.",
                quoted(name),
                quoted(&sibling.key)
            );
        }
    }
    if owner.name == "meta.v1.LabelSelector" {
        return "Les étiquettes cherchées s’écrivent sous «\u{a0}matchLabels:\u{a0}», un niveau plus bas."
            .to_owned();
    }
    if root_type.field(name).is_some() {
        return format!(
            "{} s’écrit au premier niveau du manifeste, sans espace devant.",
            quoted(name)
        );
    }
    let here = without_indexes(parent);
    match elsewhere(schema, owner, &here, name).or_else(|| elsewhere(schema, root_type, "", name)) {
        Some(path) => format!(
            "{} se trouve {}\u{202f}; il va sous {}\u{a0}: vérifiez le décalage de cette ligne.",
            quoted(name),
            if here.is_empty() {
                "au premier niveau".to_owned()
            } else {
                format!("sous {}", quoted(&here))
            },
            quoted(&path)
        ),
        None => "Ce champ n’existe pas ici.".to_owned(),
    }
}

fn node_at<'n>(root: &'n Node, path: &str) -> Option<&'n Node> {
    if path.is_empty() {
        return Some(root);
    }
    path.split('.').try_fold(root, |node, part| {
        let (name, index) = part.split_once('[').unwrap_or((part, ""));
        let found = node.get(name)?;
        match index.trim_end_matches(']').parse::<usize>() {
            Ok(index) => found.items().get(index),
            Err(_) => Some(found),
        }
    })
}

/// `spec.containers[0]` -> `spec.containers`
fn without_indexes(path: &str) -> String {
    let parts: Vec<&str> = path
        .split('.')
        .map(|part| part.split('[').next().unwrap_or(part))
        .collect();
    parts.join(".")
}

/// Where a field of this name is nearest below `top`, which stands at `path`.
fn elsewhere(schema: &Schema, top: &TypeSchema, path: &str, name: &str) -> Option<String> {
    const DEPTH: usize = 4;
    let mut level: Vec<(String, &TypeSchema)> = vec![(path.to_owned(), top)];
    for _ in 0..DEPTH {
        let mut next = Vec::new();
        for (path, owner) in level {
            for field in owner.fields.iter().filter(|field| field.name != "status") {
                let Some(inside) = schema.object(&field.kind) else {
                    continue;
                };
                let path = if path.is_empty() {
                    field.name.to_owned()
                } else {
                    format!("{path}.{}", field.name)
                };
                if inside.field(name).is_some() {
                    return Some(path);
                }
                next.push((path, inside));
            }
        }
        level = next;
    }
    None
}

fn wrong(problem: &Problem, root: &Node) -> String {
    let value = crate::api::schema::check::find(&root.to_value(), &problem.path)
        .cloned()
        .unwrap_or_default();
    match (&problem.expected, &value) {
        (Some(FieldType::Int32 | FieldType::Int64), Value::String(text)) if text.parse::<i64>().is_ok() => {
            "Il faut un nombre\u{a0}: retirez les guillemets.".to_owned()
        }
        (Some(FieldType::Int32 | FieldType::Int64), Value::Number(_)) => {
            "Il faut un nombre entier, et pas aussi grand.".to_owned()
        }
        (Some(FieldType::Int32 | FieldType::Int64 | FieldType::Double), _) => {
            "Il faut un nombre entier, écrit en chiffres.".to_owned()
        }
        (Some(FieldType::Bool), Value::String(_)) => {
            "Il faut «\u{a0}true\u{a0}» ou «\u{a0}false\u{a0}», sans guillemets.".to_owned()
        }
        (Some(FieldType::Bool), _) => "Il faut «\u{a0}true\u{a0}» ou «\u{a0}false\u{a0}».".to_owned(),
        (Some(FieldType::String), Value::Bool(_)) => {
            "YAML lit ce mot comme un booléen (oui/non)\u{a0}: écrivez-le entre guillemets pour en faire du texte.".to_owned()
        }
        (Some(FieldType::String), Value::Number(number)) => {
            format!("Il faut du texte\u{a0}: écrivez {} entre guillemets.", quoted(&format!("\"{number}\"")))
        }
        (Some(FieldType::String), Value::Object(_)) if problem.path.ends_with("selector.matchLabels") => {
            "Le sélecteur d’un Service n’a pas de «\u{a0}matchLabels\u{a0}»\u{a0}: écrivez les étiquettes directement sous «\u{a0}selector:\u{a0}»."
                .to_owned()
        }
        (Some(FieldType::String), _) => "Il faut du texte sur une seule valeur, sans liste ni sous-champs.".to_owned(),
        (Some(FieldType::List(_)), _) => "Il faut une liste\u{a0}: chaque élément commence par «\u{a0}-\u{a0}».".to_owned(),
        (Some(FieldType::Object(_) | FieldType::Map(_)), Value::Array(_)) => {
            "Pas de liste ici\u{a0}: retirez les tirets.".to_owned()
        }
        (Some(FieldType::Object(_) | FieldType::Map(_)), Value::String(text)) if spaced(text).is_some() => {
            let better = spaced(text).unwrap_or_default();
            format!("Il manque un espace après «\u{a0}:\u{a0}»\u{202f}; écrivez {}.", quoted(&better))
        }
        (Some(FieldType::Object(_) | FieldType::Map(_)), _) => {
            "Il faut des champs «\u{a0}clé: valeur\u{a0}», un par ligne, décalés de deux espaces.".to_owned()
        }
        (Some(FieldType::Quantity), value) => quantity(value),
        (Some(FieldType::Bytes), _) => {
            "Il faut du texte codé en base64. Pour l’écrire en clair, utilisez «\u{a0}stringData\u{a0}» à la place de «\u{a0}data\u{a0}»."
                .to_owned()
        }
        (Some(FieldType::Time | FieldType::MicroTime), _) => {
            "Il faut une date de la forme «\u{a0}2026-11-20T16:30:00Z\u{a0}».".to_owned()
        }
        (Some(FieldType::IntOrString), _) => "Il faut un nombre entier ou un texte, comme «\u{a0}25%\u{a0}».".to_owned(),
        _ => "Cette valeur n’a pas la forme attendue.".to_owned(),
    }
}

/// French units and spelled-out ones are what learners try.
fn quantity(value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    let number = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = text.split_at(number.len()).1.trim().to_lowercase();
    let meant = match unit.as_str() {
        "k" | "ko" | "kb" | "kio" | "kib" => "Ki",
        "m" | "mo" | "mb" | "mio" | "mib" | "mi" => "Mi",
        "g" | "go" | "gb" | "gio" | "gib" | "gi" => "Gi",
        "t" | "to" | "tb" | "tio" | "tib" | "ti" => "Ti",
        _ => "",
    };
    if !meant.is_empty() && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) {
        return format!(
            "Vouliez-vous dire {}\u{202f}?",
            quoted(&format!("{number}{meant}"))
        );
    }
    "Une quantité est un nombre suivi d’une unité\u{a0}: «\u{a0}64Mi\u{a0}» ou «\u{a0}1Gi\u{a0}» de mémoire, «\u{a0}500m\u{a0}» ou «\u{a0}0.5\u{a0}» de processeur."
        .to_owned()
}
