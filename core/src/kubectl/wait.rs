//! `kubectl wait`: until objects meet a condition, are deleted, or exist.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::command::Command;
use super::common::{ALL, ALL_NAMESPACES, FIELD_SELECTOR, FILENAME, LOCAL, PRINT, SELECTOR};
use super::context::Cx;
use super::failure::Failure;
use super::flags::{Flag, Parsed};
use super::machine::{Flow, Machine, Progress};
use super::output::{Printer, sprint};
use super::resources::{Info, Pick};
use super::value::{int, items, text};
use crate::apiserver::jsonpath::{Template, relaxed};
use crate::sim::Time;

const FLAGS: &[Flag] = &[
    Flag::array(
        "for",
        "The condition to wait on: [create|delete|condition=condition-name[=condition-value]|jsonpath='{JSONPath expression}'=[JSONPath value]].",
    ),
    Flag::duration(
        "timeout",
        "30s",
        "The length of time to wait before giving up.  Zero means check once and don't wait, negative means wait for a week.",
    ),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    usage: "([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) [--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]]",
    flags: &[
        FLAGS,
        FILENAME,
        PRINT,
        SELECTOR,
        FIELD_SELECTOR,
        ALL,
        ALL_NAMESPACES,
        LOCAL,
    ],
    run: Some(run),
    ..Command::named(
        "wait",
        "Experimental: Wait for a specific condition on one or many resources",
    )
};

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Goal {
    /// The object exists.
    Created,
    /// The object is gone.
    Deleted,
    /// A condition has a value.
    Condition(String, String),
    /// A path leads to a value, or to any.
    Path(String, Option<String>),
}

/// A wait that goes on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Waiting {
    parsed: Parsed,
    goals: Vec<Goal>,
    infos: Option<Vec<Info>>,
    until: Time,
    once: bool,
    /// Goals of the first object that are met.
    met: usize,
}

const WEEK_SECS: u64 = 7 * 24 * 3600;

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let mut goals = Vec::new();
    for condition in parsed.list("for") {
        goals.push(goal(condition)?);
    }
    if goals.is_empty() {
        return Err(Failure::Message(format!("unrecognized condition: {:?}", "")));
    }
    let timeout = parsed
        .duration("timeout")
        .unwrap_or(std::time::Duration::from_secs(WEEK_SECS));
    let until = cx.api.now() + timeout;
    Ok(Flow::Wait(Box::new(Machine::Wait(Waiting {
        parsed: parsed.clone(),
        goals,
        infos: None,
        until,
        once: timeout.is_zero(),
        met: 0,
    }))))
}

fn goal(condition: &str) -> Result<Goal, Failure> {
    let lower = condition.to_lowercase();
    if lower == "delete" {
        return Ok(Goal::Deleted);
    }
    if lower == "create" {
        return Ok(Goal::Created);
    }
    if let Some(rest) = condition.strip_prefix("condition=") {
        let (name, value) = rest.split_once('=').unwrap_or((rest, "true"));
        return Ok(Goal::Condition(name.to_owned(), value.to_owned()));
    }
    if let Some(rest) = condition.strip_prefix("jsonpath=") {
        // The value follows the last brace: an equals sign inside belongs to the path.
        let (path, value) = match rest.rfind('}') {
            Some(end) => {
                let (path, after) = rest.split_at(end + 1);
                (
                    path.trim_start_matches(['\'', '"']),
                    after.trim_start_matches(['\'', '"']).strip_prefix('='),
                )
            }
            None => rest
                .split_once('=')
                .map_or((rest, None), |(path, value)| (path, Some(value))),
        };
        let path = relaxed(path).map_err(Failure::Message)?;
        Template::parse(&path).map_err(Failure::Message)?;
        let value = value.map(|value| value.trim_matches(['\'', '"']).to_owned());
        if value.as_deref() == Some("") {
            return Err("jsonpath wait value cannot be empty".into());
        }
        return Ok(Goal::Path(path, value));
    }
    Err(Failure::Message(format!("unrecognized condition: {condition:?}")))
}

impl Waiting {
    pub(crate) fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Progress, Failure> {
        let Some(mut infos) = self.infos.take() else {
            return self.begin(cx);
        };
        let mut printer = Printer::of(cx, &self.parsed)?;
        while let Some(info) = infos.first() {
            while let Some(goal) = self.goals.get(self.met) {
                match check(cx, goal, info)? {
                    Some(object) => printer.print(cx, &object, "condition met")?,
                    None => return self.block(cx, infos),
                }
                self.met += 1;
            }
            infos.remove(0);
            self.met = 0;
        }
        Ok(Progress::Done(0))
    }

    /// Finds the objects; where their creation is waited for, until there are some.
    fn begin(&mut self, cx: &mut Cx<'_>) -> Result<Progress, Failure> {
        let pick = Pick {
            fetch: true,
            types_alone: false,
        };
        let picked = cx.pick(&self.parsed, &self.parsed.args.clone(), pick)?;
        let absent = |failure: &Failure| failure.status().is_some_and(|status| status.code == 404);
        let (absent, other): (Vec<_>, Vec<_>) = picked.failures.into_iter().partition(absent);
        let deleting = self.goals.contains(&Goal::Deleted);
        if let Some(failure) = Failure::all(other) {
            return Err(failure);
        }
        if self.goals.contains(&Goal::Created) && (!absent.is_empty() || picked.infos.is_empty()) {
            if cx.api.now() >= self.until {
                return Err("timed out waiting for the condition".into());
            }
            return Ok(Progress::Blocked(Some(self.until)));
        }
        if !deleting && let Some(failure) = Failure::all(absent) {
            return Err(failure);
        }
        if picked.infos.is_empty() && !deleting {
            return Err("no matching resources found".into());
        }
        self.infos = Some(picked.infos);
        self.poll(cx)
    }

    fn block(&mut self, cx: &Cx<'_>, infos: Vec<Info>) -> Result<Progress, Failure> {
        let name = infos
            .first()
            .map(|info| format!("{}/{}", cx.names(info.kind).group_resource(), info.name))
            .unwrap_or_default();
        if self.once {
            return Err(Failure::Message(format!("condition not met for {name}")));
        }
        if cx.api.now() >= self.until {
            // Upstream goes on to the other objects, whose time is up too.
            let each = infos.iter().map(|info| {
                let name = format!("{}/{}", cx.names(info.kind).plural, info.name);
                Failure::Message(format!("timed out waiting for the condition on {name}"))
            });
            return Err(Failure::all(each.collect()).unwrap_or(Failure::Exit(1)));
        }
        self.infos = Some(infos);
        Ok(Progress::Blocked(Some(self.until)))
    }
}

/// The object, if it meets the goal.
fn check(cx: &mut Cx<'_>, goal: &Goal, info: &Info) -> Result<Option<Value>, Failure> {
    let found = cx.get(info.kind, &info.namespace, &info.name);
    if *goal == Goal::Deleted {
        return Ok(match found {
            Ok(object) if text(&object, "/metadata/uid") == text(&info.object, "/metadata/uid") => None,
            _ => Some(info.object.clone()),
        });
    }
    let object = found?;
    let met = match goal {
        Goal::Created | Goal::Deleted => true,
        Goal::Condition(name, value) => condition(&object, name, value),
        Goal::Path(path, value) => leads_to(&object, path, value.as_deref())?,
    };
    Ok(met.then_some(object))
}

fn condition(object: &Value, name: &str, value: &str) -> bool {
    let conditions = items(object, "/status/conditions");
    let Some(found) = conditions
        .iter()
        .find(|condition| text(condition, "/type").eq_ignore_ascii_case(name))
    else {
        return false;
    };
    let observed = int(found, "/observedGeneration").or(int(object, "/status/observedGeneration"));
    if let (Some(generation), Some(observed)) = (int(object, "/metadata/generation"), observed)
        && observed < generation
    {
        return false;
    }
    text(found, "/status").eq_ignore_ascii_case(value)
}

fn leads_to(object: &Value, path: &str, value: Option<&str>) -> Result<bool, Failure> {
    let template = Template::parse(path).map_err(Failure::Message)?;
    let found = template.find(object, false).map_err(Failure::Message)?;
    let values = match found.as_slice() {
        [] => return Ok(false),
        [values] => values,
        _ => return Err("given jsonpath expression matches more than one list".into()),
    };
    match (values.as_slice(), value) {
        ([], _) => Ok(false),
        ([_], None) => Ok(true),
        ([Value::Object(_) | Value::Array(_)], Some(_)) => {
            Err("jsonpath leads to a nested object or list which is not supported".into())
        }
        ([found], Some(wanted)) => Ok(sprint(found).trim() == wanted.trim()),
        _ => Err("given jsonpath expression matches more than one value".into()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn goals_are_read() {
        let check = |text: &str, expected: Goal| assert_eq!(goal(text), Ok(expected), "{text}");
        check("delete", Goal::Deleted);
        check(
            "condition=Ready",
            Goal::Condition("Ready".to_owned(), "true".to_owned()),
        );
        check(
            "condition=Ready=False",
            Goal::Condition("Ready".to_owned(), "False".to_owned()),
        );
        check(
            "jsonpath={.status.phase}=Running",
            Goal::Path("{.status.phase}".to_owned(), Some("Running".to_owned())),
        );
        check("jsonpath='{.a}'", Goal::Path("{.a}".to_owned(), None));
        assert!(goal("ready").is_err());
    }

    #[test]
    fn conditions_count_when_they_are_up_to_date() {
        let object = |observed: i64| {
            json!({"metadata": {"generation": 2}, "status": {"observedGeneration": observed,
                   "conditions": [{"type": "Available", "status": "True"}]}})
        };
        assert!(condition(&object(2), "available", "true"));
        assert!(!condition(&object(1), "available", "true"));
        assert!(!condition(&object(2), "available", "false"));
        assert!(!condition(&object(2), "absent", "true"));
    }
}
