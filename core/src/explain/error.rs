//! What the API server refused: the words of a command's error, or of a `FailedCreate` event.

use super::{Chain, World, forbidden, missing::between, quota, texts};
use crate::api::{AnyObject, Kind};
use crate::manifest::nearest;

/// Explains what a command printed to its standard error; `namespace` is the one it asked in. Nothing when no rule knows it.
#[must_use]
pub fn error(world: &World<'_>, words: &str, namespace: &str) -> Option<Chain> {
    let mut chain = Chain::default();
    let line = words
        .lines()
        .find(|line| line.contains("rror from server") || line.starts_with("error:"))?;
    chain.blame(texts::ERROR, &[]).quoting(line);
    if !refused(world, None, line, &mut chain) && !not_found(world, line, namespace, &mut chain) {
        return None;
    }
    Some(chain)
}

/// Explains a refusal; `object` is what was refused its Pods. Answers whether a rule knows it.
pub(super) fn refused(world: &World<'_>, object: Option<&AnyObject>, words: &str, chain: &mut Chain) -> bool {
    if words.contains(" cannot ") && words.contains("forbidden: User ") {
        return forbidden::explain(world, words, chain);
    }
    if let Some(account) = between(words, "error looking up service account ", ": ") {
        let (namespace, name) = account.split_once('/').unwrap_or(("", account));
        let names = world
            .store
            .list_in(Kind::ServiceAccount, namespace)
            .map(AnyObject::name);
        let step = match nearest(name, names) {
            Some(meant) => chain.say(texts::ACCOUNT_MEANT, &[name, namespace, meant]),
            None => chain.say(texts::ACCOUNT, &[name, namespace]),
        };
        if let Some(object) = object {
            step.from(world, object, "spec.template.spec.serviceAccountName");
        }
        return true;
    }
    if let Some(namespace) = between(words, "namespaces \"", "\" not found") {
        let names = world.store.list(Kind::Namespace).map(AnyObject::name);
        match nearest(namespace, names) {
            Some(meant) => {
                chain
                    .say(texts::NAMESPACE_MEANT, &[namespace, meant])
                    .named("Namespace", "", meant)
            }
            None => chain.say(texts::NAMESPACE, &[namespace]),
        };
        return true;
    }
    if words.contains("because it is being terminated") {
        chain.say(texts::NAMESPACE_ENDS, &[]);
        return true;
    }
    quota::explain(world, object, words, chain)
}

/// `deployments.apps "web" not found`: another namespace, or a name that is nearly right.
fn not_found(world: &World<'_>, words: &str, namespace: &str, chain: &mut Chain) -> bool {
    let Some(before) = words
        .split("\" not found")
        .next()
        .filter(|before| before.len() < words.len())
    else {
        return false;
    };
    let Some((head, name)) = before.rsplit_once(" \"") else {
        return false;
    };
    let resource = head.rsplit(' ').next().unwrap_or_default();
    let plural = resource.split('.').next().unwrap_or_default();
    let Some(kind) = Kind::all()
        .find(|kind| kind.info().plural == plural)
        .map(Kind::storage)
    else {
        return false;
    };
    let elsewhere = world.store.list(kind).find(|found| found.name() == name);
    if let Some(found) = elsewhere {
        let there = found.namespace();
        chain
            .say(
                texts::FOUND_ELSEWHERE,
                &[&texts::the_first(kind.name()), name, namespace, there],
            )
            .about(found);
        chain.say(texts::USE_NAMESPACE, &[there]);
        return true;
    }
    match nearest(name, world.names(kind, namespace)) {
        Some(meant) => {
            chain
                .say(texts::NAME_MEANT, &[kind.name(), name, meant])
                .named(kind.name(), namespace, meant)
        }
        None => chain.say(texts::NAME_UNKNOWN, &[kind.name(), name, namespace]),
    };
    true
}
