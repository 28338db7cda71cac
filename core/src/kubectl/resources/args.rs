//! `TYPE NAME...`, `TYPE/NAME...`, `TYPE,TYPE`, `--all`, `-l`: which objects a command line names.

use std::sync::Arc;

use super::types::{kind_called, kinds_called};
use crate::api::{CustomKind, Kind};
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::Parsed;

/// What a command line names, not looked up yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// One object.
    Object(Kind, String),
    /// All objects of a kind that the selectors select.
    Collection(Kind),
}

/// The words that name objects, and how they may.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query<'a> {
    /// The words.
    pub(crate) args: &'a [String],
    /// `-l`
    pub(crate) labels: &'a str,
    /// `--field-selector`
    pub(crate) fields: &'a str,
    /// `--all`
    pub(crate) all: bool,
    /// Whether a type alone means all of its objects.
    pub(crate) types_alone: bool,
}

impl<'a> Query<'a> {
    /// The words after a command, with its `-l`, `--field-selector` and `--all`.
    pub(crate) fn of(parsed: &'a Parsed) -> Self {
        Self {
            args: &parsed.args,
            labels: parsed.text("selector"),
            fields: parsed.text("field-selector"),
            all: parsed.on("all"),
            types_alone: false,
        }
    }
}

/// What the words name.
///
/// # Errors
///
/// When a type is not served, or names and types do not go together.
pub(super) fn targets(query: &Query<'_>, customs: &[Arc<CustomKind>]) -> Result<Vec<Target>, Failure> {
    let Some((first, names)) = query.args.split_first() else {
        return Ok(Vec::new());
    };
    if query.args.iter().any(|arg| arg.contains('/')) {
        return slashed(query.args, customs);
    }
    let selects = query.all || !query.labels.is_empty() || !query.fields.is_empty();
    if names.is_empty() {
        if !selects && !query.types_alone {
            kinds_called(first, customs)?;
            return Err("resource(s) were provided, but no name was specified".into());
        }
        return Ok(kinds_called(first, customs)?
            .into_iter()
            .map(Target::Collection)
            .collect());
    }
    if !query.labels.is_empty() || !query.fields.is_empty() {
        return Err("name cannot be provided when a selector is specified".into());
    }
    if query.all {
        return Err("setting 'all' parameter but found a non empty selector. ".into());
    }
    let kinds = kinds_called(first, customs)?;
    Ok(kinds
        .into_iter()
        .flat_map(|kind| names.iter().map(move |name| Target::Object(kind, name.clone())))
        .collect())
}

fn slashed(args: &[String], customs: &[Arc<CustomKind>]) -> Result<Vec<Target>, Failure> {
    args.iter()
        .map(|arg| {
            let Some((word, name)) = arg.split_once('/') else {
                return Err(Failure::from(
                    "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'",
                ));
            };
            if name.contains('/') {
                return Err("arguments in resource/name form may not have more than one slash".into());
            }
            if word.is_empty() || name.is_empty() {
                return Err("arguments in resource/name form must have a single resource and name".into());
            }
            Ok(Target::Object(kind_called(word, customs)?, name.to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(line: &str, labels: &str) -> Result<Vec<Target>, String> {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let query = Query {
            args: &args,
            labels,
            ..Query::default()
        };
        targets(&query, &[]).map_err(|failure| failure.bare())
    }

    #[test]
    fn words_name_objects() {
        let pod = |name: &str| Target::Object(Kind::Pod, name.to_owned());
        let service = |name: &str| Target::Object(Kind::Service, name.to_owned());
        assert_eq!(named("pod a b", ""), Ok(vec![pod("a"), pod("b")]));
        assert_eq!(named("po/a svc/b", ""), Ok(vec![pod("a"), service("b")]));
        assert_eq!(named("pods,svc a", ""), Ok(vec![pod("a"), service("a")]));
        assert_eq!(named("pods", "x=y"), Ok(vec![Target::Collection(Kind::Pod)]));
    }

    #[test]
    fn words_that_do_not_go_together_are_told() {
        let check = |line, labels, expected: &str| {
            assert_eq!(named(line, labels), Err(expected.to_owned()), "{line}");
        };
        check("pod", "", "resource(s) were provided, but no name was specified");
        check(
            "pod a",
            "x=y",
            "name cannot be provided when a selector is specified",
        );
        check("podz a", "", "the server doesn't have a resource type \"podz\"");
        check(
            "pod/",
            "",
            "arguments in resource/name form must have a single resource and name",
        );
    }
}
