//! A ResourceQuota or a LimitRange that refuses Pods.

use super::{Chain, World, missing::between, texts};
use crate::api::{AnyObject, Kind, LimitRange, Typed};

/// Explains `exceeded quota: ...`, `failed quota: ...` and `maximum cpu usage per Container is ...`.
pub(super) fn explain(world: &World<'_>, object: Option<&AnyObject>, words: &str, chain: &mut Chain) -> bool {
    let namespace = object.map(|object| object.namespace().to_owned());
    if let Some(rest) = between(words, "exceeded quota: ", "") {
        return exceeded(world, object, namespace.as_deref(), rest, chain);
    }
    if let Some(rest) = between(words, "failed quota: ", "") {
        let (quota, what) = rest.split_once(": must specify ").unwrap_or((rest, ""));
        let (fields, containers) = what.split_once(" for: ").unwrap_or((what, ""));
        let containers = containers.trim_end_matches([']', ' ']);
        chain.say(texts::QUOTA_WANTS, &[quota, fields, containers]).named(
            "ResourceQuota",
            &space(world, Kind::ResourceQuota, quota, namespace.as_deref()),
            quota,
        );
        if let Some(object) = object {
            chain.say(texts::QUOTA_WANTS_LINE, &[fields]).from(
                world,
                object,
                "spec.template.spec.containers[0].resources",
            );
        }
        return true;
    }
    for (word, text) in [("maximum ", texts::LIMIT_MAX), ("minimum ", texts::LIMIT_MIN)] {
        let Some(rest) = between(words, word, "") else {
            continue;
        };
        let Some((resource, rest)) = rest.split_once(" usage per ") else {
            continue;
        };
        let Some((of, rest)) = rest.split_once(" is ") else {
            continue;
        };
        let bound = rest
            .split([',', ' ', ']'])
            .next()
            .unwrap_or_default()
            .trim_end_matches('.');
        let asked = between(rest, "but limit is ", "").or_else(|| between(rest, "but request is ", ""));
        let asked = asked.map_or("", |asked| {
            asked.split([',', ' ', ']']).next().unwrap_or_default()
        });
        let range = world.store.list(Kind::LimitRange).find(|range| {
            let here = namespace
                .as_deref()
                .is_none_or(|namespace| range.namespace() == namespace);
            here && LimitRange::from_any(range)
                .is_some_and(|range| range.spec.limits.iter().any(|item| item.type_ == of))
        });
        let name = range.map_or("?", AnyObject::name);
        let step = chain.say(
            text,
            &[name, texts::resource(resource), texts::resource(of), bound],
        );
        if let Some(range) = range {
            step.about(range);
        }
        let text = if asked.is_empty() {
            texts::LIMIT_NOTHING
        } else {
            texts::LIMIT_LINE
        };
        let step = chain.say(text, &[texts::resource(resource), asked]);
        if let Some(object) = object {
            let field = if rest.contains("request is") {
                "requests"
            } else {
                "limits"
            };
            step.from(
                world,
                object,
                &format!("spec.template.spec.containers[0].resources.{field}.{resource}"),
            );
        }
        return true;
    }
    false
}

fn space(world: &World<'_>, kind: Kind, name: &str, known: Option<&str>) -> String {
    if let Some(namespace) = known {
        return namespace.to_owned();
    }
    let found = world.store.list(kind).find(|found| found.name() == name);
    found.map_or_else(String::new, |found| found.namespace().to_owned())
}

/// `plafond, requested: pods=1, used: pods=2, limited: pods=2`
fn exceeded(
    world: &World<'_>,
    object: Option<&AnyObject>,
    namespace: Option<&str>,
    rest: &str,
    chain: &mut Chain,
) -> bool {
    let quota = rest.split(',').next().unwrap_or_default();
    let part = |before: &str, after: &str| between(rest, before, after).unwrap_or_default().trim();
    let (asked, used, limited) = (
        part(", requested: ", ", used: "),
        part(", used: ", ", limited: "),
        part(", limited: ", "").trim_end_matches(']'),
    );
    let namespace = space(world, Kind::ResourceQuota, quota, namespace);
    chain
        .say(texts::QUOTA, &[quota, &namespace])
        .named("ResourceQuota", &namespace, quota);
    let value = |list: &str, name: &str| {
        let mut pairs = list.split(',').filter_map(|pair| pair.split_once('='));
        pairs
            .find(|(found, _)| *found == name)
            .map_or_else(|| "?".to_owned(), |(_, value)| value.to_owned())
    };
    for pair in asked.split(',') {
        let Some((name, amount)) = pair.split_once('=') else {
            continue;
        };
        let (used, limited) = (value(used, name), value(limited, name));
        chain.say(texts::QUOTA_SUM, &[name, amount, &used, &limited]);
    }
    if let Some(object) = object {
        let first = asked.split('=').next().unwrap_or_default();
        let resource = first
            .trim_start_matches("requests.")
            .trim_start_matches("limits.");
        let (list, owner) = (
            if first.starts_with("limits.") {
                "limits"
            } else {
                "requests"
            },
            world.lineage(object),
        );
        let top = owner.last().copied().unwrap_or(object);
        let path = if resource == "pods" || resource.contains('/') {
            "spec.replicas".to_owned()
        } else {
            format!("spec.template.spec.containers[0].resources.{list}.{resource}")
        };
        chain
            .say(texts::QUOTA_OWNER, &[&texts::the(top.names().kind), top.name()])
            .about(top)
            .from(world, top, &path);
    }
    true
}
