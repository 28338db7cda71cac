//! How results are printed: `-o` (`k8s.io/cli-runtime/pkg/genericclioptions`, `pkg/printers`).

pub(crate) mod columns;
mod go;
mod kyaml;
mod sort;
mod table;
pub(crate) mod tabwriter;
mod template;

pub(crate) use go::sprint;
pub(crate) use sort::{sort_by, sort_rows};
pub(crate) use table::{TableOptions, print_table};

use serde_json::Value;

use self::columns::Columns;
use self::template::GoTemplate;
use super::context::Cx;
use super::failure::Failure;
use super::flags::Parsed;
use super::value::full_name;
use crate::apiserver::jsonpath::Template;
use crate::manifest::print::{to_json, to_yaml};

/// What `kubectl get` can print.
pub(crate) const GET_FORMATS: &str = "custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,wide,yaml";
/// What the other commands can print.
pub(crate) const FORMATS: &str = "go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,yaml";

/// A form to print objects in.
#[derive(Clone, Debug)]
pub(crate) enum Format {
    /// Words or a table for people.
    Human,
    /// A table with more columns.
    Wide,
    /// YAML.
    Yaml,
    /// JSON.
    Json,
    /// YAML in flow style.
    Kyaml,
    /// `kind/name`
    Name,
    /// What a template finds.
    JsonPath(String, Template),
    /// What a template finds, as JSON.
    JsonPathJson(Template),
    /// A table with the user's own columns.
    Columns(Columns),
    /// A template of Go.
    Go(GoTemplate),
}

impl Format {
    /// Reads `-o` and `--template`.
    ///
    /// # Errors
    ///
    /// When there is no such form, or its template cannot be read.
    pub(crate) fn of(cx: &Cx<'_>, parsed: &Parsed, allowed: &str) -> Result<Self, Failure> {
        let output = parsed.text("output");
        let (name, inline) = match output.split_once('=') {
            Some((name, inline)) => (name, Some(inline)),
            None => (output, None),
        };
        let template = parsed.text("template");
        if output.is_empty() {
            return match template {
                "" => Ok(Self::Human),
                template => Ok(Self::Go(GoTemplate::parse(template)?)),
            };
        }
        if !allowed.split(',').any(|known| known == name) {
            return Err(Failure::Message(format!(
                "unable to match a printer suitable for the output format {output:?}, allowed formats are: {allowed}"
            )));
        }
        let given = |what: &str| match inline.unwrap_or(template) {
            "" => Err(Failure::Message(format!(
                "{what} format specified but no {what} given"
            ))),
            text => Ok(text.to_owned()),
        };
        let file = |what: &str| {
            let path = given(what)?;
            cx.io.read_file(&path).map_err(|error| {
                let why = super::resources::said(&error);
                Failure::Message(format!("error reading --template {path}, open {path}: {why}\n"))
            })
        };
        Ok(match name {
            "wide" => Self::Wide,
            "yaml" => Self::Yaml,
            "json" => Self::Json,
            "kyaml" => Self::Kyaml,
            "name" => Self::Name,
            "jsonpath" => jsonpath(given("template")?)?,
            "jsonpath-file" => jsonpath(file("template")?)?,
            "jsonpath-as-json" => Self::JsonPathJson(parse_jsonpath(&given("template")?)?),
            "custom-columns" => Self::Columns(Columns::parse(
                inline.unwrap_or_default(),
                parsed.on("no-headers"),
            )?),
            "custom-columns-file" => Self::Columns(Columns::parse_file(
                &file("custom-columns")?,
                parsed.on("no-headers"),
            )?),
            "go-template" | "template" => Self::Go(GoTemplate::parse(&given("template")?)?),
            "go-template-file" | "templatefile" => Self::Go(GoTemplate::parse(&file("template")?)?),
            _ => Self::Human,
        })
    }

    /// Whether it is words or a table for people.
    pub(crate) fn is_human(&self) -> bool {
        matches!(self, Self::Human | Self::Wide)
    }

    /// An object, or a list of objects, in this form.
    ///
    /// # Errors
    ///
    /// When a template does not fit the object.
    pub(crate) fn render(&self, object: &Value) -> Result<String, Failure> {
        match self {
            Self::Human | Self::Wide => Ok(String::new()),
            Self::Yaml => Ok(to_yaml(object)),
            Self::Json => Ok(to_json(object) + "\n"),
            Self::Kyaml => Ok(kyaml::to_kyaml(object)),
            Self::Name => Ok(each(object).map(|item| full_name(item) + "\n").collect()),
            Self::JsonPath(text, template) => template.render(object).map_err(|why| {
                Failure::Message(format!(
                    "error executing jsonpath {text:?}: Error executing template: {why}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t{text}\n\tobject given to jsonpath engine was:\n\t\t{}\n\n\n",
                    go::syntax(object)
                ))
            }),
            Self::JsonPathJson(template) => template.render_json(object).map_err(Failure::Message),
            Self::Columns(columns) => columns.render(each(object)).map_err(Failure::Message),
            Self::Go(template) => template.render(object).map_err(Failure::Message),
        }
    }
}

/// The objects of a list, or the object itself.
fn each(object: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    if super::resources::is_list(object) {
        let items = object.get("items").and_then(Value::as_array);
        Box::new(items.into_iter().flatten())
    } else {
        Box::new(std::iter::once(object))
    }
}

fn jsonpath(text: String) -> Result<Format, Failure> {
    let template = parse_jsonpath(&text)?;
    Ok(Format::JsonPath(text, template))
}

fn parse_jsonpath(text: &str) -> Result<Template, Failure> {
    Template::parse(text).map_err(|why| Failure::Message(format!("error parsing jsonpath {text}, {why}")))
}

/// Prints objects that a command made or changed, one after the other: `deployment.apps/web created`, or as `-o` says.
#[derive(Clone, Debug)]
pub(crate) struct Printer {
    /// The form.
    pub(crate) format: Format,
    printed: usize,
}

impl Printer {
    /// A printer for `-o`.
    ///
    /// # Errors
    ///
    /// As [`Format::of`].
    pub(crate) fn of(cx: &Cx<'_>, parsed: &Parsed) -> Result<Self, Failure> {
        Ok(Self {
            format: Format::of(cx, parsed, FORMATS)?,
            printed: 0,
        })
    }

    /// Prints an object; `done` is what was done with it.
    ///
    /// # Errors
    ///
    /// When a template does not fit the object.
    pub(crate) fn print(&mut self, cx: &mut Cx<'_>, object: &Value, done: &str) -> Result<(), Failure> {
        if self.format.is_human() {
            cx.say(&format!("{} {done}", full_name(object)));
            return Ok(());
        }
        let text = self.format.render(object)?;
        if self.printed > 0 && matches!(self.format, Format::Yaml) {
            cx.io.stdout("---\n");
        }
        self.printed += 1;
        cx.io.stdout(&text);
        Ok(())
    }
}
