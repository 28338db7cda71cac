//! Rules as people read them: one row a resource, its verbs together (`k8s.io/kubectl/pkg/util/rbac`).

use crate::api::types::rbac::PolicyRule;

/// The heads of the columns.
pub(crate) const HEADS: [&str; 4] = ["Resources", "Non-Resource URLs", "Resource Names", "Verbs"];

/// A row: what a rule of one verb is about, before its verbs are put together with those of others.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    group: Option<String>,
    resource: String,
    url: Option<String>,
    name: Option<String>,
    verbs: Vec<String>,
}

/// The rows of rules, sorted as kubectl sorts them, their cells in text.
pub(crate) fn rows<'r>(rules: impl Iterator<Item = &'r PolicyRule>) -> Vec<[String; 4]> {
    let mut rows: Vec<Row> = Vec::new();
    for rule in rules {
        break_down(rule, &mut rows);
    }
    crate::sort::sort_by_key(&mut rows, Row::sort_key);
    rows.iter().map(Row::cells).collect()
}

fn list(field: Option<&Vec<String>>) -> &[String] {
    field.map_or(&[], Vec::as_slice)
}

fn break_down(rule: &PolicyRule, rows: &mut Vec<Row>) {
    for group in list(rule.api_groups.as_ref()) {
        for resource in list(rule.resources.as_ref()) {
            let names = list(rule.resource_names.as_ref());
            let names: Vec<Option<&String>> = if names.is_empty() {
                vec![None]
            } else {
                names.iter().map(Some).collect()
            };
            for verb in &rule.verbs {
                for name in &names {
                    add(rows, group, resource, *name, verb);
                }
            }
        }
    }
    for url in list(rule.non_resource_urls.as_ref()) {
        rows.extend(rule.verbs.iter().map(|verb| Row {
            group: None,
            resource: String::new(),
            url: Some(url.clone()),
            name: None,
            verbs: vec![verb.clone()],
        }));
    }
}

/// Rules of one resource that differ by their verb only become one row.
fn add(rows: &mut Vec<Row>, group: &str, resource: &str, name: Option<&String>, verb: &str) {
    let same = |row: &&mut Row| {
        row.group.as_deref() == Some(group) && row.resource == resource && row.name.as_ref() == name
    };
    match rows.iter_mut().find(same) {
        Some(row) if row.verbs.iter().any(|known| known == verb) => {}
        Some(row) => row.verbs.push(verb.to_owned()),
        None => rows.push(Row {
            group: Some(group.to_owned()),
            resource: resource.to_owned(),
            url: None,
            name: name.cloned(),
            verbs: vec![verb.to_owned()],
        }),
    }
}

fn printed<'t>(texts: impl IntoIterator<Item = &'t String>) -> String {
    let texts: Vec<&str> = texts.into_iter().map(String::as_str).collect();
    format!("[{}]", texts.join(" "))
}

impl Row {
    /// The text that rules are sorted by (`PolicyRule.String`).
    fn sort_key(&self) -> String {
        let resources = if self.url.is_some() {
            None
        } else {
            Some(&self.resource)
        };
        format!(
            "&PolicyRule{{Verbs:{},APIGroups:{},Resources:{},ResourceNames:{},NonResourceURLs:{},}}",
            printed(&self.verbs),
            printed(&self.group),
            printed(resources),
            printed(&self.name),
            printed(&self.url)
        )
    }

    fn cells(&self) -> [String; 4] {
        [
            self.qualified(),
            printed(&self.url),
            printed(&self.name),
            printed(&self.verbs),
        ]
    }

    /// `deployments.apps/scale` (`CombineResourceGroup`)
    fn qualified(&self) -> String {
        let (resource, below) = match self.resource.split_once('/') {
            Some((resource, below)) => (resource, format!("/{below}")),
            None => (self.resource.as_str(), String::new()),
        };
        match self.group.as_deref() {
            None | Some("") => format!("{resource}{below}"),
            Some(group) => format!("{resource}.{group}{below}"),
        }
    }
}
