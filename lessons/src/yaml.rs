//! A lesson's YAML: text to values that remember where they stand, and values to types with faults that say where.
//! Reads through a small tree of spanned nodes, because a fault found late (an unknown parameter, a goal that needs another that is
//! not there) must still point at its line.
use crate::error::{Fault, Place, nearest};
use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use serde_saphyr::Spanned;
use std::collections::BTreeMap;
use std::fmt;

/// A parsed file: its value, and the place of every path in it.
#[derive(Clone, Debug)]
pub struct Document {
    file: String,
    value: Value,
    places: BTreeMap<String, (usize, usize)>,
}

impl Document {
    /// Parses one YAML document.
    ///
    /// # Errors
    /// What is wrong with the YAML, where.
    pub fn parse(file: &str, text: &str) -> Result<Self, Fault> {
        let tree: Spanned<Node> = serde_saphyr::from_str(text).map_err(|e| syntax_fault(file, &e))?;
        let mut places = BTreeMap::new();
        let value = flatten(tree, "", &mut places);
        Ok(Self {
            file: file.to_owned(),
            value,
            places,
        })
    }

    /// The value.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The place of a path such as `goals[1].check.state`; of its nearest known parent when the path is unknown.
    pub fn place(&self, path: &str) -> Place {
        let mut path = path;
        loop {
            if let Some(&(line, column)) = self.places.get(path) {
                return Place {
                    file: self.file.clone(),
                    line,
                    column,
                };
            }
            match path.rfind(['.', '[']) {
                Some(at) => path = path.get(..at).unwrap_or_default(),
                None if path.is_empty() => return Place::file(&self.file),
                None => path = "",
            }
        }
    }

    /// Reads the value as `T`; unknown keys are refused with a suggestion.
    ///
    /// # Errors
    /// The first fault, in French, where it stands.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        serde_path_to_error::deserialize(&self.value).map_err(|e| {
            let path = e.path().to_string();
            let path = if path == "." { "" } else { &path };
            Fault::new(self.place(path), french(&e.into_inner().to_string()))
        })
    }
}

/// A node of the YAML tree, children with their places.
enum Node {
    Scalar(Value),
    List(Vec<Spanned<Node>>),
    Map(Vec<(String, Spanned<Node>)>),
}

fn flatten(node: Spanned<Node>, path: &str, places: &mut BTreeMap<String, (usize, usize)>) -> Value {
    let line = usize::try_from(node.referenced.line()).unwrap_or_default();
    let column = usize::try_from(node.referenced.column()).unwrap_or_default();
    places.insert(path.to_owned(), (line, column));
    match node.value {
        Node::Scalar(value) => value,
        Node::List(items) => {
            let item = |(i, n)| flatten(n, &format!("{path}[{i}]"), places);
            Value::Array(items.into_iter().enumerate().map(item).collect())
        }
        Node::Map(entries) => {
            let mut map = Map::new();
            for (key, node) in entries {
                let inner = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                let value = flatten(node, &inner, places);
                map.insert(key, value);
            }
            Value::Object(map)
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_bool<E>(self, v: bool) -> Result<Node, E> {
        Ok(Node::Scalar(v.into()))
    }

    fn visit_i64<E>(self, v: i64) -> Result<Node, E> {
        Ok(Node::Scalar(v.into()))
    }

    fn visit_u64<E>(self, v: u64) -> Result<Node, E> {
        Ok(Node::Scalar(v.into()))
    }

    fn visit_f64<E>(self, v: f64) -> Result<Node, E> {
        Ok(Node::Scalar(v.into()))
    }

    fn visit_str<E>(self, v: &str) -> Result<Node, E> {
        Ok(Node::Scalar(v.into()))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        Node::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Node::Map(entries))
    }
}

fn syntax_fault(file: &str, error: &serde_saphyr::Error) -> Fault {
    let place = error.location().map_or_else(
        || Place::file(file),
        |at| Place {
            file: file.to_owned(),
            line: usize::try_from(at.line()).unwrap_or_default(),
            column: usize::try_from(at.column()).unwrap_or_default(),
        },
    );
    let full = error.to_string();
    let first = full.lines().next().unwrap_or_default();
    let hint = if first.contains("mapping") || first.contains("flow") {
        " Un texte qui commence par {{…}} se met entre guillemets : \"{{nom}}\"."
    } else {
        ""
    };
    Fault::new(place, format!("Ce YAML ne se lit pas ({first}).{hint}"))
}

/// serde's own messages, said to a teacher.
fn french(message: &str) -> String {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let (first, others) = quoted.split_first().map_or(("", &[][..]), |(f, o)| (*f, o));
    if message.starts_with("unknown field") {
        let hint = nearest(first, others.iter().copied()).map_or_else(
            || format!(" Clés possibles : {}.", others.join(", ")),
            |k| format!(" Vouliez-vous dire « {k} » ?"),
        );
        format!("La clé « {first} » n’existe pas ici.{hint}")
    } else if message.starts_with("unknown variant") {
        let hint = nearest(first, others.iter().copied())
            .map_or(String::new(), |k| format!(" Vouliez-vous dire « {k} » ?"));
        format!(
            "« {first} » n’est pas une valeur possible (valeurs : {}).{hint}",
            others.join(", ")
        )
    } else if message.starts_with("missing field") {
        format!("Il manque la clé « {first} ».")
    } else if message.starts_with("duplicate field") {
        format!("La clé « {first} » est écrite deux fois.")
    } else if let Some(rest) = message.strip_prefix("invalid type: ") {
        let (found, expected) = rest.split_once(", expected ").unwrap_or((rest, ""));
        format!(
            "Type inattendu : trouvé {}, attendu {}.",
            type_name(found),
            type_name(expected)
        )
    } else {
        message.to_owned()
    }
}

fn type_name(english: &str) -> String {
    let (word, rest) = english
        .find([' ', '`'])
        .map_or((english, ""), |at| english.split_at(at));
    let rest = rest.trim();
    match (word, english) {
        ("string", _) => format!("le texte {rest}").trim_end().to_owned(),
        ("integer" | "floating", _) => format!("le nombre {rest}"),
        ("boolean", _) => format!("le booléen {rest}"),
        ("sequence", _) | (_, "a sequence") => "une liste".to_owned(),
        ("map", _) | (_, "a map") => "un dictionnaire (clé : valeur)".to_owned(),
        ("null" | "unit", _) => "rien".to_owned(),
        (_, "a string") => "un texte".to_owned(),
        (_, "a boolean") => "true ou false".to_owned(),
        ("u8" | "u16" | "u32" | "u64" | "usize" | "i64", _) => "un nombre entier".to_owned(),
        ("struct", _) => "un dictionnaire (clé : valeur)".to_owned(),
        _ => english.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::Document;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is tested")]
    struct Toy {
        goals: Vec<Goal>,
    }

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is tested")]
    struct Goal {
        text: String,
        points: u32,
    }

    #[test]
    fn faults_point_at_their_line() {
        let check = |text: &str, expected: &str| {
            let fault = Document::parse("l.yaml", text)
                .and_then(|d| d.read::<Toy>())
                .expect_err(text);
            assert_eq!(fault.to_string(), expected);
        };
        check(
            "goal: []\n",
            "l.yaml:1:7: La clé « goal » n’existe pas ici. Vouliez-vous dire « goals » ?",
        );
        check(
            "goals:\n- text: a\n  pointz: 1\n",
            "l.yaml:3:11: La clé « pointz » n’existe pas ici. Vouliez-vous dire « points » ?",
        );
        check(
            "goals:\n- text: a\n  points: deux\n",
            "l.yaml:3:11: Type inattendu : trouvé le texte \"deux\", attendu un nombre entier.",
        );
        check("goals:\n- text: a\n", "l.yaml:2:3: Il manque la clé « points ».");
    }

    #[test]
    fn broken_yaml_says_where() {
        let fault = Document::parse("l.yaml", "a: 1\nb: [1\n").expect_err("not closed");
        assert!(fault.place.line >= 2, "{fault}");
        let fault = Document::parse("l.yaml", "a: 1\na: 2\n").expect_err("twice");
        assert!(fault.to_string().starts_with("l.yaml:2:1: "), "{fault}");
    }
}
