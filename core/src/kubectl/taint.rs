//! `kubectl taint`: marks on nodes that keep pods away.

use serde_json::{Value, json};

use super::command::Command;
use super::common::{ALL, DRY_RUN, DryRun, FIELD_MANAGER, PRINT, SELECTOR, VALIDATE, write};
use super::context::Cx;
use super::failure::Failure;
use super::flags::{Flag, Parsed};
use super::machine::Flow;
use super::output::Printer;
use super::resources::{Info, Pick, kind_named};
use super::value::{items, put, text};
use crate::api::Kind;
use crate::apiserver::ContentType;

const FLAGS: &[Flag] = &[Flag::off(
    "overwrite",
    "If true, allow taints to be overwritten, otherwise reject taint updates that overwrite existing taints.",
)];

/// The command.
pub(crate) const COMMAND: Command = Command {
    usage: "NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N",
    flags: &[FLAGS, PRINT, SELECTOR, ALL, DRY_RUN, FIELD_MANAGER, VALIDATE],
    run: Some(run),
    ..Command::named("taint", "Update the taints on one or more nodes")
};

/// A taint as it is written: `key=value:effect`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Taint {
    key: String,
    value: String,
    effect: String,
}

impl Taint {
    fn parse(spec: &str) -> Result<Self, Failure> {
        let invalid = || Failure::Message(format!("invalid taint spec: {spec}"));
        let parts: Vec<&str> = spec.split(':').collect();
        let (pair, effect) = match parts.as_slice() {
            [key] => (*key, ""),
            [pair, effect] => (*pair, *effect),
            _ => return Err(invalid()),
        };
        if parts.len() == 2 && !matches!(effect, "NoSchedule" | "PreferNoSchedule" | "NoExecute") {
            return Err(Failure::Message(format!(
                "invalid taint effect: {effect}, unsupported taint effect"
            )));
        }
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        if value.contains('=') || key.is_empty() || (parts.len() == 1 && pair.contains('=')) {
            return Err(invalid());
        }
        Ok(Self {
            key: key.to_owned(),
            value: value.to_owned(),
            effect: effect.to_owned(),
        })
    }

    fn of(value: &Value) -> Self {
        Self {
            key: text(value, "/key").to_owned(),
            value: text(value, "/value").to_owned(),
            effect: text(value, "/effect").to_owned(),
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        self.key == other.key && (self.effect.is_empty() || self.effect == other.effect)
    }

    fn to_value(&self) -> Value {
        let mut value = json!({"key": self.key, "effect": self.effect});
        if !self.value.is_empty() {
            put(&mut value, &["value"], json!(self.value));
        }
        value
    }

    fn shown(&self) -> String {
        let effect = if self.effect.is_empty() {
            String::new()
        } else {
            format!(":{}", self.effect)
        };
        format!("{}{effect}", self.key)
    }
}

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let is_spec = |word: &&String| word.contains('=') || word.contains(':') || word.ends_with('-');
    let words: Vec<String> = parsed
        .args
        .iter()
        .filter(|word| !is_spec(word))
        .cloned()
        .collect();
    let specs: Vec<&String> = parsed.args.iter().filter(is_spec).collect();
    let (mut added, mut removed) = (Vec::new(), Vec::new());
    if words.is_empty() {
        return Err("one or more resources must be specified as <resource> <name>".into());
    }
    if specs.is_empty() {
        return Err("at least one taint update is required".into());
    }
    for spec in specs {
        match spec.strip_suffix('-') {
            Some(spec) => removed.push(Taint::parse(spec)?),
            None => added.push(Taint::parse(spec).and_then(|taint| {
                let complete = !taint.effect.is_empty();
                complete
                    .then_some(taint)
                    .ok_or_else(|| Failure::Message(format!("invalid taint spec: {spec}")))
            })?),
        }
    }
    check(parsed, &words, &added, &removed)?;
    let dry_run = DryRun::of(cx, parsed)?;
    let mut printer = Printer::of(cx, parsed)?;
    let pick = Pick {
        fetch: true,
        types_alone: parsed.on("all"),
    };
    let picked = cx.pick(parsed, &words, pick)?;
    let mut failures = picked.failures;
    for info in &picked.infos {
        match one(cx, parsed, info, (&added, &removed), dry_run) {
            Ok((object, done)) => printer.print(cx, &object, &format!("{done}{}", dry_run.suffix()))?,
            Err(failure) => failures.push(failure),
        }
    }
    match Failure::all(failures) {
        Some(failure) => Err(failure),
        None => Ok(Flow::Done(0)),
    }
}

fn check(parsed: &Parsed, words: &[String], added: &[Taint], removed: &[Taint]) -> Result<(), Failure> {
    let word = words.first().map_or("", String::as_str);
    let kind = kind_named(word.split('/').next().unwrap_or(word))?;
    if kind != Kind::Node {
        return Err(Failure::Message(format!(
            "invalid resource type {}, only node types are supported",
            word.to_lowercase()
        )));
    }
    let conflicts: Vec<String> = removed
        .iter()
        .filter(|gone| added.iter().any(|taint| gone.is_like(taint)))
        .map(|gone| format!("{}={}", gone.key, gone.effect))
        .collect();
    if !conflicts.is_empty() {
        return Err(Failure::Message(format!(
            "can not both modify and remove the following taint(s) in the same command: {}",
            conflicts.join(", ")
        )));
    }
    let selects = parsed.on("all") || !parsed.text("selector").is_empty();
    if !selects && words.len() < 2 && !word.contains('/') {
        return Err("at least one resource name must be specified since 'all' parameter is not set".into());
    }
    Ok(())
}

fn one(
    cx: &mut Cx<'_>,
    parsed: &Parsed,
    info: &Info,
    (added, removed): (&[Taint], &[Taint]),
    dry_run: DryRun,
) -> Result<(Value, &'static str), Failure> {
    let before: Vec<Taint> = items(&info.object, "/spec/taints")
        .iter()
        .map(Taint::of)
        .collect();
    if !parsed.on("overwrite") {
        let taken: Vec<&str> = added
            .iter()
            .filter(|taint| before.iter().any(|old| taint.is_like(old)))
            .map(|taint| taint.key.as_str())
            .collect();
        if !taken.is_empty() {
            return Err(Failure::Message(format!(
                "node {} already has {} taint(s) with same effect(s) and --overwrite is false",
                info.name,
                taken.join(",")
            )));
        }
    }
    let mut after: Vec<Taint> = added.to_vec();
    after.extend(
        before
            .iter()
            .filter(|old| !added.iter().any(|taint| taint.is_like(old)))
            .cloned(),
    );
    let grown = after.len() != before.len();
    let (mut missing, mut deleted) = (Vec::new(), false);
    for gone in removed {
        let count = after.len();
        after.retain(|taint| !gone.is_like(taint));
        deleted = after.len() != count;
        if !deleted {
            missing.push(Failure::Message(format!("taint {:?} not found", gone.shown())));
        }
    }
    if let Some(failure) = Failure::all(missing) {
        return Err(failure);
    }
    let done = match (grown, deleted) {
        (true, true) => "modified",
        _ if parsed.on("overwrite") => "modified",
        (true, false) => "tainted",
        (false, _) => "untainted",
    };
    let taints = if after.is_empty() {
        Value::Null
    } else {
        after.iter().map(Taint::to_value).collect()
    };
    if dry_run == DryRun::Client {
        let mut object = info.object.clone();
        put(&mut object, &["spec", "taints"], taints);
        return Ok((object, done));
    }
    let patch = json!({"spec": {"taints": taints}});
    let place = (info.kind, "", info.name.as_str());
    let object = cx.patch(place, ContentType::MergePatch, patch, &write(dry_run, ""))?;
    Ok((object, done))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taints_are_read() {
        let check = |spec: &str, expected: Result<&str, &str>| {
            let read = Taint::parse(spec)
                .map(|taint| taint.shown())
                .map_err(|failure| failure.bare());
            assert_eq!(read.as_deref().map_err(String::as_str), expected, "{spec}");
        };
        check("dedie=gpu:NoSchedule", Ok("dedie:NoSchedule"));
        check("dedie", Ok("dedie"));
        check("dedie:NoExecute", Ok("dedie:NoExecute"));
        check("dedie=gpu", Err("invalid taint spec: dedie=gpu"));
        check("a:b:c", Err("invalid taint spec: a:b:c"));
        check(
            "a=b:Jamais",
            Err("invalid taint effect: Jamais, unsupported taint effect"),
        );
    }
}
