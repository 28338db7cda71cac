//! Which objects a state goal looks at: kind, namespace, name, and labels as `kubectl -l` selects them.
use crate::pattern::glob;
use serde_json::Value;
use std::collections::BTreeMap;

/// A label selector in its text form: `app=web,tier!=back,env in (a,b),!old` (k8s.io/apimachinery `labels.Parse`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selector {
    requirements: Vec<Requirement>,
}

#[derive(Clone, Debug, PartialEq)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    Absent,
}

impl Selector {
    /// Reads a selector.
    ///
    /// # Errors
    /// A French sentence when a requirement cannot be read.
    pub fn parse(text: &str) -> Result<Self, String> {
        let requirements = split(text)
            .into_iter()
            .map(|part| {
                requirement(part.trim())
                    .ok_or_else(|| format!("Le sélecteur « {} » ne se lit pas.", part.trim()))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { requirements })
    }

    /// Whether an object's labels fit.
    pub fn fits(&self, object: &Value) -> bool {
        let labels = object.pointer("/metadata/labels");
        self.holds(&|key| labels.and_then(|l| l.get(key)).and_then(Value::as_str))
    }

    /// Whether these labels fit.
    pub fn takes(&self, labels: &BTreeMap<String, String>) -> bool {
        self.holds(&|key| labels.get(key).map(String::as_str))
    }

    fn holds<'a>(&self, value: &dyn Fn(&str) -> Option<&'a str>) -> bool {
        self.requirements.iter().all(|r| {
            let value = value(&r.key);
            match &r.test {
                Test::In(values) => value.is_some_and(|v| values.iter().any(|x| x == v)),
                Test::NotIn(values) => value.is_none_or(|v| values.iter().all(|x| x != v)),
                Test::Exists => value.is_some(),
                Test::Absent => value.is_none(),
            }
        })
    }
}

/// Splits at commas outside brackets.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_i32, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.extend(text.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(text.get(start..).filter(|rest| !rest.trim().is_empty()));
    parts
}

fn requirement(text: &str) -> Option<Requirement> {
    let new = |key: &str, test: Test| {
        let key = key.trim();
        let good = !key.is_empty()
            && key
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
        good.then(|| Requirement {
            key: key.to_owned(),
            test,
        })
    };
    let set = |list: &str| {
        let inner = list.trim().strip_prefix('(')?.strip_suffix(')')?;
        Some(inner.split(',').map(|v| v.trim().to_owned()).collect::<Vec<_>>())
    };
    if let Some((key, value)) = text.split_once("!=") {
        new(key, Test::NotIn(vec![value.trim().to_owned()]))
    } else if let Some((key, value)) = text.split_once('=') {
        new(
            key,
            Test::In(vec![value.trim_start_matches('=').trim().to_owned()]),
        )
    } else if let Some((key, list)) = text.split_once(" notin ") {
        new(key, Test::NotIn(set(list)?))
    } else if let Some((key, list)) = text.split_once(" in ") {
        new(key, Test::In(set(list)?))
    } else if let Some(key) = text.strip_prefix('!') {
        new(key, Test::Absent)
    } else {
        new(text, Test::Exists)
    }
}

/// The objects that a state goal looks at.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection {
    /// The kind.
    pub kind: String,
    /// The namespace; `None` for all.
    pub namespace: Option<String>,
    /// The name, in which `*` stands for any characters.
    pub name: Option<String>,
    /// The labels.
    pub selector: Selector,
    /// The labels as written.
    pub selector_text: Option<String>,
}

impl Selection {
    /// Whether an object is looked at.
    pub fn takes(&self, namespace: &str, name: &str, object: &Value) -> bool {
        let here = namespace.is_empty() || self.namespace.as_deref().is_none_or(|n| n == namespace);
        here && self.name.as_deref().is_none_or(|n| glob(n, name)) && self.selector.fits(object)
    }

    /// The exact name, when only one object can be meant.
    pub fn exact_name(&self) -> Option<&str> {
        self.name.as_deref().filter(|n| !n.contains('*'))
    }
}

#[cfg(test)]
mod tests {
    use super::Selector;
    use serde_json::json;

    #[test]
    fn selectors() {
        let object = json!({"metadata": {"labels": {"app": "web", "tier": "front"}}});
        for (text, expected) in [
            ("", true),
            ("app=web", true),
            ("app==web,tier=front", true),
            ("app=api", false),
            ("app!=api", true),
            ("env!=prod", true),
            ("app in (api, web),tier", true),
            ("app notin (api,web)", false),
            ("!env", true),
            ("!app", false),
        ] {
            assert_eq!(
                Selector::parse(text).expect(text).fits(&object),
                expected,
                "{text}"
            );
        }
        assert!(Selector::parse("app web").is_err());
        assert!(Selector::parse("app in web").is_err());
    }
}
