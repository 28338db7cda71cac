//! JSONPath templates as kubectl reads them (`k8s.io/client-go/util/jsonpath`): `{.items[*].metadata.name}`, filters, slices,
//! unions, recursive descent, `{range}` and `{end}`.

mod eval;
mod filter;
mod node;
mod parser;

pub(crate) use node::Template;

use serde_json::Value;

use crate::manifest::print::{to_json, to_json_compact};

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    ///
    /// In upstream's words: `unclosed action`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        parser::parse(text)
    }

    /// The template as text over a value.
    ///
    /// # Errors
    ///
    /// When an index is out of bounds or types do not fit.
    pub(crate) fn render(&self, data: &Value) -> Result<String, String> {
        let mut out = String::new();
        for results in eval::find(&self.nodes, data, true)? {
            let texts: Vec<String> = results.iter().map(|value| text_of(value)).collect();
            out.push_str(&texts.join(" "));
        }
        Ok(out)
    }

    /// Each result list as indented JSON (`-o jsonpath-as-json`).
    ///
    /// # Errors
    ///
    /// As [`Template::render`].
    pub(crate) fn render_json(&self, data: &Value) -> Result<String, String> {
        let mut out = String::new();
        for results in eval::find(&self.nodes, data, true)? {
            let list = Value::Array(results.into_iter().map(std::borrow::Cow::into_owned).collect());
            out.push_str(&to_json(&list));
            out.push('\n');
        }
        Ok(out)
    }

    /// All values found, flat.
    ///
    /// # Errors
    ///
    /// As [`Template::render`]; with `strict`, also when a key is missing.
    pub(crate) fn find(&self, data: &Value, strict: bool) -> Result<Vec<Vec<Value>>, String> {
        let found = eval::find(&self.nodes, data, !strict)?;
        Ok(found
            .into_iter()
            .map(|list| list.into_iter().map(std::borrow::Cow::into_owned).collect())
            .collect())
    }
}

/// A value as text: strings bare, collections as JSON.
pub(crate) fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => to_json_compact(other),
    }
}

/// A path with or without braces and leading dot (`metadata.name`, `.metadata.name`, `{.metadata.name}`) as a template.
///
/// # Errors
///
/// When it has another form.
pub(crate) fn relaxed(path: &str) -> Result<String, String> {
    if path.is_empty() {
        return Ok(String::new());
    }
    let inner = path
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
        .unwrap_or(path);
    if inner.contains(['{', '}']) || inner.is_empty() {
        return Err("unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'".to_owned());
    }
    let field = inner.strip_prefix('.').unwrap_or(inner);
    Ok(format!("{{.{field}}}"))
}

#[cfg(test)]
mod tests;
