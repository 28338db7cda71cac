//! What may stand at a place of a manifest that is being written, and what the word there means: completion and hovering of the
//! editor, from the schema of the kinds.
//!
//! On purpose without the parser: a text in which somebody is typing is seldom whole YAML. Lines and their indentation say
//! well enough where a place is; where they do not, nothing is offered.

use super::outline::{Outline, Place, Step, Word};
use crate::api::schema::{Field, FieldType, Schema, TypeSchema, description_line};

/// Something that may be written at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// What the learner reads in the list.
    pub label: String,
    /// What is written, as a snippet: `$0` is where the cursor stands then.
    pub insert: String,
    /// Its type.
    pub detail: String,
    /// Lower ones first: 0 for what must be there.
    pub rank: u8,
    /// The line of the descriptions' file that says what it is.
    pub about: Option<usize>,
}

/// What a word of a manifest means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// The word and its type.
    pub title: String,
    /// The line of the descriptions' file that says more.
    pub about: Option<usize>,
    /// The type and the field that it is (`core.v1.Container.image`).
    pub field: String,
    /// Where the word begins, in letters from the start of its line.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// Fields that the API server or a controller writes.
const WRITTEN_BY_OTHERS: [&str; 9] = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "status",
    "uid",
];
/// Said of a field that must be there.
const REQUIRED: &str = "obligatoire";

/// What may stand at a place (line and letter, from 0), and the letter at which what it replaces begins.
#[must_use]
pub fn suggest(text: &str, line: usize, letter: usize, schema: &Schema) -> (usize, Vec<Suggestion>) {
    let outline = Outline::new(text, line);
    let Some(place) = outline.place(letter) else {
        return (letter, Vec::new());
    };
    let list = match (place.key, place.path.is_empty()) {
        (Some("apiVersion"), true) => versions(&outline, schema),
        (Some("kind"), true) => kinds(&outline, schema),
        (Some(key), _) => values(&outline, schema, &place, key),
        (None, _) => keys(&outline, schema, &place),
    };
    (place.start, list)
}

/// What the word at a place means.
#[must_use]
pub fn meaning(text: &str, line: usize, letter: usize, schema: &Schema) -> Option<Meaning> {
    let outline = Outline::new(text, line);
    let Word {
        name,
        start,
        end,
        path,
    } = outline.word(letter)?;
    let of_kind = |title: String, of: &TypeSchema| Meaning {
        title,
        about: description_line(of, None),
        field: of.name.to_owned(),
        start,
        end,
    };
    let root = root(&outline, schema)?;
    if path.is_empty() && outline.is_value(letter) {
        let (_, kind) = outline.identity();
        return Some(of_kind(kind.to_owned(), schema.object(&root)?));
    }
    let parent = walk(schema, root, &path)?;
    let of = object(schema, &parent)?;
    let field = of.field(name)?;
    Some(Meaning {
        title: format!("{name}\u{a0}: {}", detail(schema, of, field)),
        about: description_line(of, Some(name)),
        field: format!("{}.{name}", of.name),
        start,
        end,
    })
}

/// The type of a document's kind.
fn root(outline: &Outline<'_>, schema: &Schema) -> Option<FieldType> {
    let (version, kind) = outline.identity();
    let of_kind = schema.kinds.iter().filter(|known| known.kind == kind);
    let mut fitting = of_kind.filter(|known| version.is_empty() || known.api_version == version);
    fitting.next().map(|known| FieldType::Object(known.root))
}

fn walk(schema: &Schema, mut current: FieldType, path: &[Step<'_>]) -> Option<FieldType> {
    for step in path {
        current = match (step, current) {
            (Step::Key(key), FieldType::Object(id)) => schema.get(id).field(key)?.kind.clone(),
            (Step::Key(_), FieldType::Map(inner)) | (Step::Item, FieldType::List(inner)) => *inner,
            _ => return None,
        };
    }
    Some(current)
}

fn object<'s>(schema: &'s Schema, kind: &FieldType) -> Option<&'s TypeSchema> {
    match kind {
        FieldType::Object(id) => Some(schema.get(*id)),
        _ => None,
    }
}

fn plain(label: &str, detail: String, rank: u8) -> Suggestion {
    Suggestion {
        label: label.to_owned(),
        insert: label.to_owned(),
        detail,
        rank,
        about: None,
    }
}

/// Versions, each with the kind that it is for: once the kind is known there is one.
fn versions(outline: &Outline<'_>, schema: &Schema) -> Vec<Suggestion> {
    let (_, kind) = outline.identity();
    let known = schema
        .kinds
        .iter()
        .filter(|known| kind.is_empty() || known.kind == kind);
    known
        .map(|known| {
            let mut pair = plain(known.api_version, known.kind.to_owned(), 0);
            if kind.is_empty() {
                pair.label = format!("{} {}", known.api_version, known.kind);
                pair.insert = format!("{}\nkind: {}", known.api_version, known.kind);
            }
            pair
        })
        .collect()
}

fn kinds(outline: &Outline<'_>, schema: &Schema) -> Vec<Suggestion> {
    let (version, _) = outline.identity();
    let kinds = schema.kinds.iter().map(|known| Suggestion {
        about: description_line(schema.get(known.root), None),
        ..plain(
            known.kind,
            known.api_version.to_owned(),
            u8::from(known.api_version != version),
        )
    });
    kinds.collect()
}

fn values(outline: &Outline<'_>, schema: &Schema, place: &Place<'_>, key: &str) -> Vec<Suggestion> {
    let field = || {
        let parent = walk(schema, root(outline, schema)?, &place.path)?;
        object(schema, &parent)?.field(key)
    };
    let Some(field) = field() else {
        return Vec::new();
    };
    let about = |value: &str| plain(value, String::new(), 0);
    match field.kind {
        FieldType::Bool => ["true", "false"].into_iter().map(about).collect(),
        _ => field.values().map(about).collect(),
    }
}

fn keys(outline: &Outline<'_>, schema: &Schema, place: &Place<'_>) -> Vec<Suggestion> {
    let Some(root) = root(outline, schema) else {
        let missing = ["apiVersion", "kind"].into_iter();
        return missing
            .filter(|key| place.path.is_empty() && !place.siblings.contains(key))
            .map(|key| Suggestion {
                insert: if place.has_colon {
                    key.to_owned()
                } else {
                    format!("{key}: $0")
                },
                ..plain(key, REQUIRED.to_owned(), 0)
            })
            .collect();
    };
    let Some(current) = walk(schema, root, &place.path) else {
        return Vec::new();
    };
    match &current {
        FieldType::Object(id) => {
            let of = schema.get(*id);
            let free = of
                .fields
                .iter()
                .filter(|field| !place.siblings.contains(&field.name));
            free.map(|field| suggestion(schema, of, field, place)).collect()
        }
        FieldType::List(inner) => vec![item(schema, inner)],
        _ => Vec::new(),
    }
}

/// The beginning of a list's element.
fn item(schema: &Schema, inner: &FieldType) -> Suggestion {
    let first = object(schema, inner).and_then(|of| {
        let name = of.field("name").map(|field| field.name);
        of.required().next().or(name)
    });
    let label = first.map_or("- ".to_owned(), |first| format!("- {first}:"));
    let blank = if first.is_some() { " " } else { "" };
    Suggestion {
        insert: format!("{label}{blank}$0"),
        label,
        detail: schema.go_plain_type(inner),
        rank: 0,
        about: object(schema, inner).and_then(|of| description_line(of, None)),
    }
}

fn suggestion(schema: &Schema, of: &TypeSchema, field: &Field, place: &Place<'_>) -> Suggestion {
    // The editor indents further lines as the one the cursor is in; a key after a dash stands deeper.
    let deeper = " ".repeat(place.after_dash);
    let insert = match &field.kind {
        _ if place.has_colon => field.name.to_owned(),
        FieldType::Object(_) | FieldType::Map(_) => format!("{}:\n{deeper}  $0", field.name),
        FieldType::List(_) => format!("{}:\n{deeper}  - $0", field.name),
        _ => format!("{}: $0", field.name),
    };
    Suggestion {
        label: field.name.to_owned(),
        insert,
        detail: detail(schema, of, field),
        rank: match field.name {
            name if WRITTEN_BY_OTHERS.contains(&name) => 3,
            // Kubernetes requires a name of every object, though its schema does not say so.
            "name" | "apiVersion" | "kind" | "metadata" | "spec" => 0,
            // And an image of every container.
            "image" if of.name.ends_with(".Container") => 0,
            _ if field.required => 0,
            _ => 1,
        },
        about: description_line(of, Some(field.name)),
    }
}

fn detail(schema: &Schema, of: &TypeSchema, field: &Field) -> String {
    let kind = schema.go_type(of, field).replace("v1.", "");
    if field.required {
        format!("{kind} · {REQUIRED}")
    } else {
        kind
    }
}

#[cfg(test)]
mod tests {
    use super::{meaning, suggest};
    use crate::api::schema::schema;

    /// The place of `|` in a text, and the text without it.
    fn place(marked: &str) -> (String, usize, usize) {
        let (before, after) = marked.split_once('|').expect("a place");
        let line = before.matches('\n').count();
        let letter = before.rsplit('\n').next().unwrap_or_default().chars().count();
        (format!("{before}{after}"), line, letter)
    }

    /// The first suggestions of the best rank.
    #[track_caller]
    fn check(marked: &str, expected: &[&str]) {
        let (text, line, letter) = place(marked);
        let (_, mut list) = suggest(&text, line, letter, schema());
        crate::sort::sort_by_key(&mut list, |found| found.rank);
        let labels: Vec<_> = list
            .iter()
            .map(|found| found.label.as_str())
            .take(expected.len().max(1))
            .collect();
        if expected.is_empty() {
            assert_eq!(labels, [""; 0], "{marked}");
        } else {
            assert_eq!(labels, expected, "{marked}");
        }
    }

    const POD: &str = "apiVersion: v1\nkind: Pod\n";

    #[test]
    fn fields_where_they_belong() {
        check("|", &["apiVersion", "kind"]);
        check(&format!("{POD}|"), &["metadata", "spec"]);
        check(&format!("{POD}metadata:\n  |"), &["name", "annotations"]);
        check(
            &format!("{POD}spec:\n  con|"),
            &["containers", "activeDeadlineSeconds"],
        );
        check(
            &format!("{POD}spec:\n  containers:\n  - |"),
            &["image", "name", "args"],
        );
        check(
            &format!("{POD}spec:\n  containers:\n  - name: a\n    |"),
            &["image", "args", "command"],
        );
        check(&format!("{POD}spec:\n  containers:\n    |"), &["- name:"]);
        check(
            &format!("{POD}spec:\n  containers:\n  - name: a\n    ports:\n    - |"),
            &["containerPort", "name"],
        );
        check(
            &format!("{POD}spec:\n  containers:\n  - name: a\n  |"),
            &["activeDeadlineSeconds"],
        );
        check(
            &format!("# un\nkind: Service\n---\n{POD}spec:\n  |\n---\nkind: Job"),
            &["containers"],
        );
    }

    #[test]
    fn what_is_there_is_not_offered_again() {
        let (text, line, letter) =
            place("apiVersion: v1\nkind: Pod\nspec:\n  |\n  containers:\n  - name: a\n");
        let (_, list) = suggest(&text, line, letter, schema());
        assert!(list.iter().all(|found| found.label != "containers"));
        assert!(list.iter().any(|found| found.label == "restartPolicy"));
    }

    #[test]
    fn values_of_a_field() {
        check(
            &format!("{POD}spec:\n  restartPolicy: |"),
            &["Always", "Never", "OnFailure"],
        );
        check(&format!("{POD}spec:\n  hostNetwork: t|"), &["true", "false"]);
        check("kind: Deployment\napiVersion: |", &["apps/v1"]);
        check(
            "apiVersion: apps/v1\nkind: |",
            &["ControllerRevision", "DaemonSet", "Deployment"],
        );
        check(&format!("{POD}spec:\n  nodeName: |"), &[]);
    }

    #[test]
    fn nothing_where_nothing_is_known() {
        check(&format!("{POD}metadata:\n  labels:\n    |"), &[]);
        check("apiVersion: v1\nkind: ConfigMap\ndata:\n  a: >-\n    te|", &[]);
        check(&format!("{POD}# com|"), &[]);
        check(&format!("{POD}metadata:\n  name: web\n      |"), &[]);
        check("apiVersion: v1\nkind: Inconnu\nspec:\n  |", &[]);
    }

    #[test]
    fn snippets_stand_where_the_key_stands() {
        let (text, line, letter) = place(&format!("{POD}spec:\n  containers:\n  - re|"));
        let (start, list) = suggest(&text, line, letter, schema());
        let found = list
            .iter()
            .find(|found| found.label == "resources")
            .expect("resources");
        assert_eq!((start, found.insert.as_str()), (4, "resources:\n    $0"));
        let (text, line, letter) = place(&format!("{POD}spec:\n  cont|: []"));
        let (_, list) = suggest(&text, line, letter, schema());
        assert!(list.iter().any(|found| found.insert == "containers"));
    }

    #[test]
    fn words_have_a_meaning() {
        let check = |marked: &str, expected: Option<&str>| {
            let (text, line, letter) = place(marked);
            let found = meaning(&text, line, letter, schema());
            assert_eq!(
                found.as_ref().map(|found| found.title.as_str()),
                expected,
                "{marked}"
            );
            assert!(found.is_none_or(|found| found.about.is_some()));
        };
        check(
            &format!("{POD}spec:\n  contai|ners:\n"),
            Some("containers\u{a0}: []Container · obligatoire"),
        );
        check(
            &format!("{POD}spec:\n  containers:\n  - na|me: a\n"),
            Some("name\u{a0}: string · obligatoire"),
        );
        check("apiVersion: v1\nkind: P|od\n", Some("Pod"));
        check(&format!("{POD}spec:\n  nope|s: 1\n"), None);
        check(&format!("{POD}metadata:\n  labels:\n    ap|p: a\n"), None);
    }
}
