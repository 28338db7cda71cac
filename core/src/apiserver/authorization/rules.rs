//! What rules allow, and whether rules cover others (`pkg/registry/rbac/validation`, `k8s.io/component-helpers/auth/rbac`).

use super::attributes::Attributes;
use crate::api::types::rbac::PolicyRule;
use crate::sorted::{SortedMap, SortedSet};

/// All of a rule's field.
const ALL: &str = "*";

fn list(field: Option<&Vec<String>>) -> &[String] {
    field.map_or(&[], Vec::as_slice)
}

fn has(list: &[String], wanted: &str) -> bool {
    list.iter().any(|found| found == ALL || found == wanted)
}

/// Whether the rule allows it (`rbac.RuleAllows`).
pub(crate) fn allows(rule: &PolicyRule, attributes: &Attributes<'_>) -> bool {
    if !attributes.is_resource() {
        return has(&rule.verbs, attributes.verb)
            && list(rule.non_resource_urls.as_ref())
                .iter()
                .any(|url| path_matches(url, attributes.path));
    }
    has(&rule.verbs, attributes.verb)
        && has(list(rule.api_groups.as_ref()), attributes.group)
        && resource_matches(
            list(rule.resources.as_ref()),
            attributes.resource,
            attributes.subresource,
        )
        && name_matches(list(rule.resource_names.as_ref()), attributes.name)
}

/// `*` at the end stands for the rest (`NonResourceURLMatches`).
fn path_matches(url: &str, path: &str) -> bool {
    url == ALL || url == path || url.strip_suffix(ALL).is_some_and(|start| path.starts_with(start))
}

/// `pods`, `pods/log`, `*/scale`, `*` (`ResourceMatches`).
fn resource_matches(resources: &[String], resource: &str, subresource: &str) -> bool {
    resources.iter().any(|found| {
        if found == ALL {
            return true;
        }
        match found.split_once('/') {
            None => subresource.is_empty() && found == resource,
            Some((_, below)) if below != subresource || subresource.is_empty() => false,
            Some((above, _)) => above == ALL || above == resource,
        }
    })
}

/// No names: all of them.
fn name_matches(names: &[String], name: &str) -> bool {
    names.is_empty() || names.iter().any(|found| found == name)
}

/// Rules of one verb on one resource or path each (`BreakdownRule`).
fn broken_down(rule: &PolicyRule) -> Vec<PolicyRule> {
    let one = |text: &String| Some(vec![text.clone()]);
    let mut rules = Vec::new();
    for group in list(rule.api_groups.as_ref()) {
        for resource in list(rule.resources.as_ref()) {
            for verb in &rule.verbs {
                let small = PolicyRule {
                    api_groups: one(group),
                    resources: one(resource),
                    verbs: vec![verb.clone()],
                    ..PolicyRule::default()
                };
                let names = list(rule.resource_names.as_ref());
                rules.extend(names.iter().map(|name| PolicyRule {
                    resource_names: one(name),
                    ..small.clone()
                }));
                if names.is_empty() {
                    rules.push(small);
                }
            }
        }
    }
    for url in list(rule.non_resource_urls.as_ref()) {
        rules.extend(rule.verbs.iter().map(|verb| PolicyRule {
            non_resource_urls: one(url),
            verbs: vec![verb.clone()],
            ..PolicyRule::default()
        }));
    }
    rules
}

/// What of `wanted` no rule of `held` covers, each verb, resource and path by itself (`Covers`).
pub(crate) fn uncovered(held: &[&PolicyRule], wanted: &[PolicyRule]) -> Vec<PolicyRule> {
    let small = wanted.iter().flat_map(broken_down);
    small
        .filter(|rule| !held.iter().any(|owner| covers(owner, rule)))
        .collect()
}

/// Whether a rule covers a broken down one (`ruleCovers`).
fn covers(owner: &PolicyRule, rule: &PolicyRule) -> bool {
    let all = |owner: &[String], rule: &[String]| rule.iter().all(|wanted| owner.contains(wanted));
    let all_or =
        |owner: &[String], rule: &[String]| owner.iter().any(|found| found == ALL) || all(owner, rule);
    let (owner_names, names) = (
        list(owner.resource_names.as_ref()),
        list(rule.resource_names.as_ref()),
    );
    let verbs = all_or(&owner.verbs, &rule.verbs);
    let groups = all_or(list(owner.api_groups.as_ref()), list(rule.api_groups.as_ref()));
    let resources = list(rule.resources.as_ref()).iter().all(|resource| {
        let (resource, below) = resource.split_once('/').unwrap_or((resource, ""));
        resource_matches(list(owner.resources.as_ref()), resource, below)
    });
    let named = if names.is_empty() {
        owner_names.is_empty()
    } else {
        owner_names.is_empty() || all(owner_names, names)
    };
    let paths = list(rule.non_resource_urls.as_ref()).iter().all(|path| {
        list(owner.non_resource_urls.as_ref())
            .iter()
            .any(|url| path_matches(url, path))
    });
    verbs && groups && resources && named && paths
}

/// Rules of one resource that differ by their verb only, made one (`CompactRules`).
fn compact(rules: Vec<PolicyRule>) -> Vec<PolicyRule> {
    let mut merged: SortedMap<String, usize> = SortedMap::new();
    let mut out: Vec<PolicyRule> = Vec::new();
    for rule in rules {
        if rule.non_resource_urls.is_some() {
            out.push(rule);
            continue;
        }
        let key = format!("{:?}", (&rule.api_groups, &rule.resources, &rule.resource_names));
        let known = merged.get(&key).and_then(|index| out.get_mut(*index));
        match known {
            Some(known) => known.verbs.extend(rule.verbs),
            None => {
                merged.insert(key, out.len());
                out.push(rule);
            }
        }
    }
    out
}

/// The rules, one a line in a fixed order: what is missing of them.
pub(crate) fn described(rules: Vec<PolicyRule>) -> String {
    let lines: SortedSet<String> = compact(rules).iter().map(compact_string).collect();
    lines.into_iter().collect::<Vec<_>>().join("\n")
}

/// `{APIGroups:["apps"], Resources:["deployments"], Verbs:["get" "list"]}` (`CompactString`).
fn compact_string(rule: &PolicyRule) -> String {
    let fields = [
        ("APIGroups", list(rule.api_groups.as_ref())),
        ("Resources", list(rule.resources.as_ref())),
        ("NonResourceURLs", list(rule.non_resource_urls.as_ref())),
        ("ResourceNames", list(rule.resource_names.as_ref())),
        ("Verbs", rule.verbs.as_slice()),
    ];
    let filled = fields.into_iter().filter(|(_, list)| !list.is_empty());
    let parts: Vec<_> = filled
        .map(|(name, list)| format!("{name}:{}", quoted(list)))
        .collect();
    format!("{{{}}}", parts.join(", "))
}

/// A list as Go's `%q` prints it.
pub(crate) fn quoted<T: AsRef<str>>(list: &[T]) -> String {
    let texts: Vec<_> = list.iter().map(|text| format!("{:?}", text.as_ref())).collect();
    format!("[{}]", texts.join(" "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::apiserver::user::User;

    fn rule(verbs: &str, groups: &str, resources: &str, names: &str) -> PolicyRule {
        let split = |text: &str| -> Vec<String> { text.split(',').map(str::to_owned).collect() };
        PolicyRule {
            verbs: split(verbs),
            api_groups: Some(split(groups)),
            resources: Some(split(resources)),
            resource_names: (!names.is_empty()).then(|| split(names)),
            ..PolicyRule::default()
        }
    }

    fn paths(verbs: &str, urls: &str) -> PolicyRule {
        PolicyRule {
            verbs: vec![verbs.to_owned()],
            non_resource_urls: Some(urls.split(',').map(str::to_owned).collect()),
            ..PolicyRule::default()
        }
    }

    /// `verb resource[/subresource][.group] [name]`
    fn asks(rule: &PolicyRule, verb: &str, resource: &str, group: &str, name: &str) -> bool {
        let user = User::new("toto", &[]);
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        let attributes = Attributes {
            user: &user,
            verb,
            namespace: "dev",
            group,
            resource,
            subresource,
            name,
            path: "",
        };
        allows(rule, &attributes)
    }

    #[test]
    fn rules_match_as_upstream() {
        let pods = rule("get,list", "", "pods", "");
        assert!(asks(&pods, "get", "pods", "", "web"));
        assert!(!asks(&pods, "delete", "pods", "", "web"));
        assert!(
            !asks(&pods, "get", "pods/log", "", "web"),
            "a subresource is another resource"
        );
        assert!(!asks(&pods, "get", "pods", "metrics.k8s.io", "web"));
        let everything = rule("*", "*", "*", "");
        assert!(asks(&everything, "frob", "licornes/corne", "x.io", ""));
        let named = rule("get,list", "", "configmaps", "conf");
        assert!(asks(&named, "get", "configmaps", "", "conf"));
        assert!(!asks(&named, "get", "configmaps", "", "autre"));
        assert!(!asks(&named, "list", "configmaps", "", ""), "a list has no name");
        let scales = rule("get", "*", "*/scale", "");
        assert!(asks(&scales, "get", "deployments/scale", "apps", "web"));
        assert!(!asks(&scales, "get", "deployments", "apps", "web"));
        assert!(!asks(&scales, "get", "deployments/status", "apps", "web"));
        let logs = rule("get", "", "pods/log", "");
        assert!(asks(&logs, "get", "pods/log", "", "web"));
        assert!(!asks(&logs, "get", "pods", "", "web"));
    }

    #[test]
    fn paths_match_as_upstream() {
        let user = User::new("toto", &[]);
        let get = |rule: &PolicyRule, path: &str| {
            let attributes = Attributes {
                user: &user,
                verb: "get",
                namespace: "",
                group: "",
                resource: "",
                subresource: "",
                name: "",
                path,
            };
            allows(rule, &attributes)
        };
        let discovery = paths("get", "/healthz,/apis/*");
        assert!(get(&discovery, "/healthz"));
        assert!(get(&discovery, "/apis/apps/v1"));
        assert!(!get(&discovery, "/apis"));
        assert!(!get(&discovery, "/healthz/etcd"));
        assert!(get(&paths("*", "*"), "/anything"));
        assert!(!get(&paths("post", "*"), "/anything"));
    }

    #[test]
    fn rules_cover_each_other_as_upstream() {
        let check = |held: &[PolicyRule], wanted: PolicyRule, missing: &str| {
            let held: Vec<&PolicyRule> = held.iter().collect();
            assert_eq!(described(uncovered(&held, &[wanted])), missing);
        };
        let wanted = || rule("get,list,delete", "", "pods,services", "");
        check(&[rule("*", "*", "*", "")], wanted(), "");
        check(
            &[rule("get,list", "", "pods", ""), rule("delete", "", "pods", "")],
            wanted(),
            "{APIGroups:[\"\"], Resources:[\"services\"], Verbs:[\"get\" \"list\" \"delete\"]}",
        );
        check(
            &[rule("get", "", "pods", "")],
            rule("get", "", "pods/log", ""),
            "{APIGroups:[\"\"], Resources:[\"pods/log\"], Verbs:[\"get\"]}",
        );
        check(&[rule("get", "", "*", "")], rule("get", "", "pods/log", ""), "");
        check(
            &[rule("get", "", "configmaps", "a")],
            rule("get", "", "configmaps", ""),
            "{APIGroups:[\"\"], Resources:[\"configmaps\"], Verbs:[\"get\"]}",
        );
        check(
            &[rule("get", "", "configmaps", "a")],
            rule("get", "", "configmaps", "a,b"),
            "{APIGroups:[\"\"], Resources:[\"configmaps\"], ResourceNames:[\"b\"], Verbs:[\"get\"]}",
        );
        check(&[paths("get", "/api/*")], paths("get", "/api/v1"), "");
        check(
            &[paths("get", "/api")],
            paths("get", "/api/v1"),
            "{NonResourceURLs:[\"/api/v1\"], Verbs:[\"get\"]}",
        );
        check(
            &[rule("get", "", "pods", "")],
            rule("*", "*", "*", ""),
            "{APIGroups:[\"*\"], Resources:[\"*\"], Verbs:[\"*\"]}",
        );
        assert_eq!(json!(quoted(&["a", "b"])), json!("[\"a\" \"b\"]"));
    }
}
