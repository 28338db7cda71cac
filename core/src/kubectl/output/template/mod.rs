//! `-o go-template`: the part of Go's `text/template` that people use with kubectl: fields, `range`, `if`, `with`, variables,
//! pipelines and the usual functions.

mod eval;
mod parser;

use serde_json::Value;

use crate::kubectl::failure::Failure;

/// A template, read.
#[derive(Clone, Debug)]
pub(crate) struct GoTemplate {
    text: String,
    nodes: Vec<parser::Node>,
}

impl GoTemplate {
    /// Reads a template.
    ///
    /// # Errors
    ///
    /// When it is not one.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let nodes = parser::parse(text).map_err(|why| {
            Failure::Message(format!(
                "error parsing template {text}, template: output:1: {why}"
            ))
        })?;
        Ok(Self {
            text: text.to_owned(),
            nodes,
        })
    }

    /// The template over a value.
    ///
    /// # Errors
    ///
    /// When it does not fit the value.
    pub(crate) fn render(&self, data: &Value) -> Result<String, String> {
        eval::render(&self.nodes, data).map_err(|why| {
            format!(
                "error executing template {:?}: template: output: {why}",
                self.text
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(template: &str, expected: &str) {
        let data = json!({"items": [
            {"metadata": {"name": "deux", "labels": {"app": "y"}}, "n": 2},
            {"metadata": {"name": "un"}, "n": 1},
        ]});
        let text = GoTemplate::parse(template)
            .map_err(|failure| failure.bare())
            .and_then(|template| template.render(&data));
        assert_eq!(text.as_deref(), Ok(expected), "{template}");
    }

    #[test]
    fn templates_are_filled_in() {
        check(
            "{{range .items}}{{.metadata.name}}{{\"\\n\"}}{{end}}",
            "deux\nun\n",
        );
        check("{{len .items}} {{(index .items 1).metadata.name}}", "2 un");
        check("{{range $i, $e := .items}}{{$i}}={{$e.n}};{{end}}", "0=2;1=1;");
        check(
            "{{range .items}}{{if .metadata.labels}}{{.metadata.labels.app}}{{else}}-{{end}} {{end}}",
            "y - ",
        );
        check(
            "{{range .items}}{{if eq .metadata.name \"un\"}}{{.n}}{{end}}{{end}}",
            "1",
        );
        check(
            "{{range .items}}{{if gt .n 1}}{{printf \"%s:%d\" .metadata.name .n}}{{end}}{{end}}",
            "deux:2",
        );
        check(
            "{{with (index .items 0)}}{{.n}}{{end}} {{ .absent }}",
            "2 <no value>",
        );
        check("a {{- \"b\" -}} c", "abc");
        check(
            "{{range $k, $v := (index .items 0).metadata.labels}}{{$k}}:{{$v}}{{end}}",
            "app:y",
        );
        check("{{range .absent}}x{{else}}vide{{end}}", "vide");
    }
}
