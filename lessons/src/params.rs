//! Parameters: one exercise, many variants of equal difficulty, so that neighbours do not have the same names, ports and numbers.
//!
//! The number of variants is that of the longest list of values. Each list is shuffled once, by the exercise's and the parameter's names;
//! variant `v` takes the `v`-th value of each, going round. So every value is used, lists mix, and `timonier lessons check` can prove
//! every variant. A learner's seed chooses theirs.
use crate::amount::plain;
use crate::format::{Exercise, Param};
use crate::tree;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use timonier_core::sim::Rng;

/// The values of one variant.
pub type Values = BTreeMap<String, Value>;

/// How many variants an exercise has; at least one.
pub fn variants(exercise: &Exercise) -> u32 {
    let longest = exercise
        .params
        .values()
        .map(|p| options(p).len())
        .max()
        .unwrap_or(1)
        .max(1);
    u32::try_from(longest).unwrap_or(u32::MAX)
}

/// The variant that a learner with this seed gets.
pub fn variant_of(exercise: &Exercise, seed: u64) -> u32 {
    let draw = Rng::new(seed).draw("variant", &exercise.id, 0);
    u32::try_from(draw % u64::from(variants(exercise))).unwrap_or_default()
}

/// The values of variant `variant`.
pub fn values(exercise: &Exercise, variant: u32) -> Values {
    let rng = Rng::new(0);
    let mut values = Values::new();
    for (name, param) in &exercise.params {
        let mut options = options(param);
        let object = format!("{}/{name}", exercise.id);
        // Fisher-Yates, with keyed draws.
        for last in (1..options.len()).rev() {
            let other = rng.draw("param", &object, last as u64) % (last as u64 + 1);
            options.swap(last, usize::try_from(other).unwrap_or_default());
        }
        let place = usize::try_from(variant)
            .unwrap_or_default()
            .checked_rem(options.len())
            .unwrap_or_default();
        values.insert(name.clone(), options.get(place).cloned().unwrap_or(Value::Null));
    }
    values
}

fn options(param: &Param) -> Vec<Value> {
    match param {
        Param::List(values) => values.clone(),
        Param::Range(range) => (range.from..=range.to).map(Value::from).collect(),
    }
}

/// The exercise with its parameters put in.
///
/// # Errors
/// A French sentence when a substituted value does not fit where it stands.
pub fn substitute(exercise: &Exercise, values: &Values) -> Result<Exercise, String> {
    let mut tree = serde_json::to_value(exercise).map_err(|e| e.to_string())?;
    if let Some(map) = tree.as_object_mut() {
        for (key, value) in map
            .iter_mut()
            .filter(|(key, _)| !matches!(key.as_str(), "id" | "kind" | "params"))
        {
            put(value, values, TYPED.contains(&key.as_str()))
                .map_err(|name| format!("« {key} » : le paramètre « {name} » n’existe pas."))?;
        }
    }
    tree::read(&tree).map_err(|misfit| format!("« {} » : {}", misfit.path, misfit.message))
}

/// Where a text that is only a parameter becomes its value, with its type; everywhere else it is text.
const TYPED: [&str; 5] = ["match", "every", "count", "holds", "wait"];

/// Replaces parameters in every text of a tree.
fn put(tree: &mut Value, values: &Values, typed: bool) -> Result<(), String> {
    match tree {
        Value::String(text) => match whole(text).filter(|_| typed) {
            Some(name) => *tree = lookup(values, name).ok_or_else(|| name.to_owned())?.clone(),
            None if text.contains("{{") => *text = fill(text, values)?,
            None => {}
        },
        Value::Array(items) => items.iter_mut().try_for_each(|item| put(item, values, typed))?,
        Value::Object(map) => {
            let keys: Vec<String> = map.keys().filter(|k| k.contains("{{")).cloned().collect();
            for key in keys {
                if let Some(value) = map.remove(&key) {
                    map.insert(fill(&key, values)?, value);
                }
            }
            for (key, value) in map {
                put(value, values, typed || TYPED.contains(&key.as_str()))?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// Replaces parameters inside a text.
///
/// # Errors
/// The name of a parameter that does not exist.
pub fn fill(text: &str, values: &Values) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let Some((name, tail)) = after.split_once("}}").filter(|(name, _)| is_name(name.trim())) else {
            // Not ours: Go templates and the like keep their braces.
            out.push_str("{{");
            rest = after;
            continue;
        };
        let name = name.trim();
        out.push_str(&plain(lookup(values, name).ok_or_else(|| name.to_owned())?));
        rest = tail;
    }
    out.push_str(rest);
    Ok(out)
}

/// The parameters used in a tree of texts.
pub fn used(tree: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    collect_used(tree, &mut names);
    names
}

fn collect_used(tree: &Value, names: &mut BTreeSet<String>) {
    match tree {
        Value::String(text) => {
            for part in text.split("{{").skip(1) {
                if let Some((name, _)) = part.split_once("}}").filter(|(name, _)| is_name(name.trim())) {
                    names.insert(name.trim().to_owned());
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_used(item, names)),
        Value::Object(map) => {
            for (key, value) in map {
                collect_used(&Value::from(key.as_str()), names);
                collect_used(value, names);
            }
        }
        _ => {}
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

fn whole(text: &str) -> Option<&str> {
    let name = text.trim().strip_prefix("{{")?.strip_suffix("}}")?.trim();
    is_name(name).then_some(name)
}

/// The value of `name`, or of `name.entry` in a dictionary.
pub(crate) fn lookup<'a>(values: &'a Values, name: &str) -> Option<&'a Value> {
    let mut parts = name.split('.');
    let first = values.get(parts.next()?)?;
    parts.try_fold(first, |value, part| value.get(part))
}

#[cfg(test)]
mod tests {
    use super::{fill, put, used, values, variants};
    use crate::format::Exercise;
    use serde_json::{Value, json};
    use std::collections::BTreeSet;

    fn exercise(params: Value) -> Exercise {
        let mut tree = json!({
            "id": "essai", "kind": "do", "title": "Essai", "minutes": 1, "situation": "Bonjour {{nom}}", "goals": [], "hints": [],
            "solution": {"steps": [], "explanation": ""},
        });
        tree["params"] = params;
        serde_json::from_value(tree).expect("an exercise")
    }

    #[test]
    fn every_value_is_used_and_variants_differ() {
        let exercise =
            exercise(json!({"nom": ["a", "b", "c", "d"], "port": {"from": 8080, "to": 8081}, "seul": ["x"]}));
        assert_eq!(variants(&exercise), 4);
        let all: Vec<_> = (0..4).map(|v| values(&exercise, v)).collect();
        let of = |name: &str| all.iter().map(|v| v[name].to_string()).collect::<BTreeSet<_>>();
        assert_eq!(of("nom").len(), 4);
        assert_eq!(of("port").len(), 2);
        assert_eq!(of("seul").len(), 1);
        assert_eq!(values(&exercise, 5), all[1]);
    }

    #[test]
    fn substitution_keeps_types() {
        let values = [
            ("n".to_owned(), json!(3)),
            ("app".to_owned(), json!({"nom": "web", "port": 80})),
        ]
        .into();
        let mut tree = json!({"match": {"a": "{{n}}"}, "b": "{{ n }}", "{{app.nom}}": "p{{app.port}}", "go": "{{ .Name }} {{range}}"});
        assert_eq!(put(&mut tree, &values, false), Err("range".to_owned()));
        tree["go"] = json!("{{ .Name }}");
        assert_eq!(put(&mut tree, &values, false), Ok(()));
        assert_eq!(
            tree,
            json!({"match": {"a": 3}, "b": "3", "web": "p80", "go": "{{ .Name }}"})
        );
        assert_eq!(fill("{{app.nom}}:{{app.port}}", &values), Ok("web:80".to_owned()));
        assert_eq!(fill("{{rien}}", &values), Err("rien".to_owned()));
        assert_eq!(
            used(&json!(["{{a}} et {{b.c}}", {"{{d}}": 1}])),
            ["a", "b.c", "d"].map(str::to_owned).into()
        );
    }
}
