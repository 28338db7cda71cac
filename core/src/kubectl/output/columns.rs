//! `-o custom-columns=NAME:.metadata.name,...`

use serde_json::Value;

use super::go::sprint;
use super::tabwriter::{TABLE, aligned};
use crate::apiserver::jsonpath::{Template, relaxed};
use crate::kubectl::failure::Failure;

/// The user's own columns.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    columns: Vec<(String, Template)>,
    no_headers: bool,
}

impl Columns {
    /// Reads `NAME:path,NAME:path`.
    ///
    /// # Errors
    ///
    /// In upstream's words.
    pub(crate) fn parse(spec: &str, no_headers: bool) -> Result<Self, Failure> {
        if spec.is_empty() {
            return Err("custom-columns format specified but no custom columns given".into());
        }
        let columns: Result<Vec<_>, Failure> = spec
            .split(',')
            .map(|part| {
                let Some((header, path)) = part.split_once(':') else {
                    return Err(Failure::Message(format!(
                        "unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>"
                    )));
                };
                column(header, path)
            })
            .collect();
        Ok(Self {
            columns: columns?,
            no_headers,
        })
    }

    /// Reads a file of two lines: headers, and paths below them.
    ///
    /// # Errors
    ///
    /// In upstream's words.
    pub(crate) fn parse_file(text: &str, no_headers: bool) -> Result<Self, Failure> {
        let mut lines = text.lines();
        let mut words = || -> Vec<&str> { lines.next().unwrap_or_default().split_whitespace().collect() };
        let (headers, paths) = (words(), words());
        if headers.is_empty() || headers.len() != paths.len() {
            return Err(Failure::Message(format!(
                "number of headers ({}) and field specifications ({}) don't match",
                headers.len(),
                paths.len()
            )));
        }
        let columns: Result<Vec<_>, Failure> = headers
            .into_iter()
            .zip(paths)
            .map(|(header, path)| column(header, path))
            .collect();
        Ok(Self {
            columns: columns?,
            no_headers,
        })
    }

    /// A row for each object.
    ///
    /// # Errors
    ///
    /// When a path does not fit an object.
    pub(crate) fn render<'v>(&self, objects: impl Iterator<Item = &'v Value>) -> Result<String, String> {
        let mut text = String::new();
        if !self.no_headers {
            let headers: Vec<&str> = self.columns.iter().map(|(header, _)| header.as_str()).collect();
            text.push_str(&headers.join("\t"));
            text.push('\n');
        }
        for object in objects {
            let mut cells = Vec::new();
            for (_, template) in &self.columns {
                cells.push(cell(template, object)?);
            }
            text.push_str(&cells.join("\t"));
            text.push('\n');
        }
        Ok(aligned(&text, TABLE))
    }
}

fn column(header: &str, path: &str) -> Result<(String, Template), Failure> {
    let path = relaxed(path).map_err(Failure::Message)?;
    Ok((
        header.to_owned(),
        Template::parse(&path).map_err(Failure::Message)?,
    ))
}

fn cell(template: &Template, object: &Value) -> Result<String, String> {
    let values: Vec<Value> = template.find(object, false)?.into_iter().flatten().collect();
    if values.is_empty() {
        return Ok("<none>".to_owned());
    }
    Ok(values.iter().map(sprint).collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(spec: &str, expected: Result<&str, &str>) {
        let objects = [
            json!({"metadata": {"name": "deux", "labels": {"app": "y"}}, "images": ["a", "b"]}),
            json!({"metadata": {"name": "un"}}),
        ];
        let text = Columns::parse(spec, false)
            .map_err(|failure| failure.bare())
            .and_then(|columns| columns.render(objects.iter()));
        assert_eq!(text.as_deref().map_err(String::as_str), expected, "{spec}");
    }

    #[test]
    fn columns_are_the_users() {
        check(
            "NOM:.metadata.name,LABELS:metadata.labels,IMAGES:.images[*]",
            Ok("NOM    LABELS       IMAGES\ndeux   map[app:y]   a,b\nun     <none>       <none>\n"),
        );
        check(
            "",
            Err("custom-columns format specified but no custom columns given"),
        );
        check(
            "NOM",
            Err("unexpected custom-columns spec: NOM, expected <header>:<json-path-expr>"),
        );
    }
}
