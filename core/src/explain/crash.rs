//! CrashLoopBackOff: a container that ends again and again.

use super::container::Part;
use super::{Chain, World, texts};
use crate::api::types::core::ContainerStateTerminated;
use crate::manifest::nearest;
use crate::runtime::ImageReference;

/// Explains a container that ends.
pub(super) fn explain(world: &World<'_>, part: &Part<'_>, chain: &mut Chain) {
    let name = part.spec.name.as_str();
    let restarts = part.status.map_or(0, |status| status.restart_count).to_string();
    let (waiting, words) = part.waiting().unwrap_or_default();
    let text = match waiting {
        "CrashLoopBackOff" => texts::CRASH_LOOP,
        "RunContainerError" => texts::CRASH_START,
        _ if restarts == "0" => texts::CRASHED_ONCE,
        _ => texts::CRASHED,
    };
    let words = if waiting == "CrashLoopBackOff" { words } else { "" };
    chain
        .blame(text, &[part.pod.name(), name, &restarts])
        .about(part.object)
        .quoting(words);
    let Some(ended) = part.ended() else {
        chain.say(texts::CRASH_UNKNOWN, &[]);
        return;
    };
    let code = ended.exit_code.to_string();
    let log = log(world, part);
    let (text, path) = verdict(world, part, ended);
    let evidence = if log.is_empty() {
        ended.message.clone().unwrap_or_default()
    } else {
        log
    };
    if text == texts::CRASH_NO_COMMAND {
        return no_command(world, part, &evidence, chain);
    }
    chain
        .say(text, &[name, &code])
        .about(part.object)
        .quoting(&evidence);
    if text == texts::CRASH_LIVENESS {
        let words = world.event_words(part.object, &["Unhealthy"]);
        chain.say(texts::CRASH_LIVENESS_WHY, &[]).quoting(words);
    }
    let cause = match (text, path) {
        (_, "resources.limits.memory") => texts::CRASH_OOM_LINE,
        (_, "livenessProbe") => texts::CRASH_LIVENESS_LINE,
        (texts::CRASH_ZERO, _) => texts::CRASH_ZERO_LINE,
        _ => texts::CRASH_LINE,
    };
    let limit = part
        .spec
        .resources
        .as_ref()
        .and_then(|resources| resources.limits.as_ref()?.get("memory"))
        .map_or_else(|| "?".to_owned(), |limit| limit.0.clone());
    chain
        .say(cause, &[&limit])
        .from(world, part.object, &format!("{}.{path}", part.path));
}

fn log(world: &World<'_>, part: &Part<'_>) -> String {
    // While it waits or runs again, the lines of its end are those of the container before.
    let now = part
        .status
        .and_then(|status| status.state.as_ref()?.terminated.as_ref());
    let lines = world.log(part.pod, &part.spec.name, now.is_none());
    if lines.is_empty() {
        world.log(part.pod, &part.spec.name, false)
    } else {
        lines
    }
}

/// What its end means, and the field that it comes from.
fn verdict(
    world: &World<'_>,
    part: &Part<'_>,
    ended: &ContainerStateTerminated,
) -> (&'static str, &'static str) {
    let reason = ended.reason.as_deref().unwrap_or_default();
    let command = if part.spec.command.is_some() {
        "command"
    } else if part.spec.args.is_some() {
        "args"
    } else {
        "image"
    };
    let killed = world.event_words(part.object, &["Killing"]);
    let probed = killed.contains("failed liveness probe") || killed.contains("failed startup probe");
    match (reason, ended.exit_code) {
        ("OOMKilled", _) => (texts::CRASH_OOM, "resources.limits.memory"),
        ("StartError" | "ContainerCannotRun", _) => (texts::CRASH_NO_COMMAND, command),
        (_, 0) if !probed => (texts::CRASH_ZERO, command),
        (_, 126) => (texts::CRASH_126, command),
        (_, 127) => (texts::CRASH_127, command),
        (_, 0 | 137 | 143) if probed => (texts::CRASH_LIVENESS, "livenessProbe"),
        (_, 137) => (texts::CRASH_137, command),
        (_, 143) => (texts::CRASH_143, command),
        _ => (texts::CRASH_ERROR, command),
    }
}

/// The command is not a program of the image.
fn no_command(world: &World<'_>, part: &Part<'_>, words: &str, chain: &mut Chain) {
    let image = part.spec.image.as_deref().unwrap_or_default();
    let first = |list: &Option<Vec<String>>| list.as_ref().and_then(|list| list.first().cloned());
    let (program, path) = match first(&part.spec.command) {
        Some(program) => (program, "command"),
        None => (first(&part.spec.args).unwrap_or_default(), "args"),
    };
    chain
        .say(texts::CRASH_NO_COMMAND, &[&program, image])
        .about(part.object)
        .quoting(words);
    let facts = ImageReference::parse(image).map(|image| world.catalog.facts(&image));
    let meant = facts.as_ref().and_then(|facts| {
        let programs = facts.programs();
        nearest(&program, programs).filter(|meant| *meant != program)
    });
    let (text, arguments) = match meant {
        _ if program.contains(' ') => (texts::COMMAND_ONE_WORD, vec![program.as_str()]),
        Some(meant) => (texts::COMMAND_MEANT, vec![program.as_str(), meant]),
        None => (texts::COMMAND_ABSENT, vec![program.as_str(), image]),
    };
    chain
        .say(text, &arguments)
        .from(world, part.object, &format!("{}.{path}", part.path));
}
