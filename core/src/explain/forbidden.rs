//! Forbidden: who asked for what, and which Role would allow it.

use super::{Chain, World, missing::between, texts};
use crate::api::meta::MetaExt;
use crate::api::types::rbac::{PolicyRule, RoleRef, Subject};
use crate::api::{AnyObject, ClusterRole, ClusterRoleBinding, Kind, Role, RoleBinding};
use crate::apiserver::{User, applies_to_user};
use crate::manifest::nearest;

/// A cluster is handed out when it is so old.
const SETTLED_SECS: u64 = 10;

/// What was refused.
struct Asked<'w> {
    user: &'w str,
    verb: &'w str,
    /// With its subresource (`pods/log`).
    resource: &'w str,
    group: &'w str,
    /// Empty for the whole cluster.
    namespace: &'w str,
}

/// Reads `User "x" cannot list resource "pods" in API group "" in the namespace "dev"`.
fn read(words: &str) -> Option<Asked<'_>> {
    Some(Asked {
        user: between(words, "User \"", "\"")?,
        verb: between(words, "\" cannot ", " resource")?,
        resource: between(words, " resource \"", "\"")?,
        group: between(words, " in API group \"", "\"")?,
        namespace: between(words, " in the namespace \"", "\"").unwrap_or_default(),
    })
}

/// Explains a refusal of RBAC.
pub(super) fn explain(world: &World<'_>, words: &str, chain: &mut Chain) -> bool {
    let Some(asked) = read(words) else { return false };
    let scope = if asked.namespace.is_empty() {
        texts::EVERYWHERE.to_owned()
    } else {
        texts::fill(texts::IN_NAMESPACE, &[asked.namespace])
    };
    chain.say(
        texts::FORBIDDEN,
        &[asked.user, asked.verb, asked.resource, &scope],
    );
    let user = user(world, asked.user);
    let mut any = false;
    for (binding, role, subjects) in bindings(world) {
        let here = binding.namespace();
        // What the groups of everybody may comes with the cluster, and allows little.
        let counts = |subject: &&Subject| subject.kind != "Group" || !of_the_system(binding.name());
        let applies = |subject: &&Subject| applies_to_user(subject, &user, here);
        if let Some(subject) = subjects.iter().filter(counts).find(applies) {
            any = true;
            if subject.kind == "Group" {
                chain
                    .say(texts::BY_GROUP, &[asked.user, &subject.name, binding.name()])
                    .about(binding);
            }
            bound(world, &asked, binding, role, chain);
        } else if let Some((text, wrong)) = almost(subjects, here, (&asked, &user)) {
            any = true;
            chain
                .say(text, &[binding.name(), &wrong, asked.user])
                .about(binding)
                .from(world, binding, "subjects");
        }
    }
    if !any {
        chain.say(texts::UNBOUND, &[asked.user]);
    }
    would_do(world, &asked, chain);
    true
}

type Bound<'w> = (&'w AnyObject, &'w RoleRef, &'w [Subject]);

fn bindings<'w>(world: &World<'w>) -> Vec<Bound<'w>> {
    let all = world
        .store
        .list(Kind::RoleBinding)
        .chain(world.store.list(Kind::ClusterRoleBinding));
    all.filter_map(|object| {
        if let Some(binding) = object.get::<RoleBinding>() {
            return Some((
                object,
                &binding.spec.role_ref,
                binding.spec.subjects.as_deref().unwrap_or_default(),
            ));
        }
        let binding = object.get::<ClusterRoleBinding>()?;
        Some((
            object,
            &binding.spec.role_ref,
            binding.spec.subjects.as_deref().unwrap_or_default(),
        ))
    })
    .collect()
}

/// Who was refused, in the groups that the API server saw; or in those that the name brings.
fn user(world: &World<'_>, name: &str) -> User {
    let mut refused = world.refused.iter().rev();
    let known = refused.find(|user| user.name.name() == name).cloned();
    known.unwrap_or_else(|| User::component(name))
}

/// Whether a binding's name is one of those that a cluster comes with.
fn of_the_system(name: &str) -> bool {
    name.starts_with("system:") || name.starts_with("kubeadm:")
}

/// A subject that was meant to be the user or a group of theirs: a slip of the pen, another kind or namespace.
fn almost(
    subjects: &[Subject],
    here: &str,
    (asked, user): (&Asked<'_>, &User),
) -> Option<(&'static str, String)> {
    if !here.is_empty() && here != asked.namespace {
        return None;
    }
    let account = asked.user.strip_prefix("system:serviceaccount:");
    subjects.iter().find_map(|subject| {
        let name = subject.name.as_str();
        let mut groups = user.groups.iter().filter(|group| !group.starts_with("system:"));
        let group = match subject.kind.as_str() {
            "Group" => {
                name == asked.user
                    || account.is_some() && name.starts_with("system:serviceaccounts:")
                    || groups.any(|group| nearest(group, [name]).is_some())
            }
            "User" => groups.any(|group| **group == *name),
            _ => false,
        };
        let wrong = match (subject.kind.as_str(), account) {
            _ if group => true,
            ("ServiceAccount", Some(account)) => account.rsplit(':').next() == Some(name),
            ("User", None) => nearest(asked.user, [name]).is_some(),
            ("User", Some(account)) => account.rsplit(':').next() == Some(name),
            _ => false,
        };
        let namespace = subject.namespace.as_deref().unwrap_or_default();
        let text = if group {
            texts::SUBJECT_GROUP
        } else {
            texts::SUBJECT
        };
        wrong.then(|| {
            (
                text,
                format!("{} {namespace}/{name}", subject.kind).replace(" /", " "),
            )
        })
    })
}

/// A binding that names the user, and still does not allow it.
fn bound(world: &World<'_>, asked: &Asked<'_>, binding: &AnyObject, role: &RoleRef, chain: &mut Chain) {
    let here = binding.namespace();
    let names = [binding.name(), role.name.as_str(), here, asked.namespace];
    if !here.is_empty() && here != asked.namespace {
        let text = if asked.namespace.is_empty() {
            texts::BOUND_HERE_ONLY
        } else {
            texts::BOUND_ELSEWHERE
        };
        chain
            .say(text, &names)
            .about(binding)
            .from(world, binding, "metadata.namespace");
        return;
    }
    let kind = if role.kind == "ClusterRole" {
        Kind::ClusterRole
    } else {
        Kind::Role
    };
    let key = crate::api::Key::new(kind, if kind == Kind::Role { here } else { "" }, &role.name);
    let Some(found) = world.store.get(&key) else {
        chain
            .say(
                texts::ROLE_MISSING,
                &[binding.name(), &texts::the(&role.kind), &role.name],
            )
            .about(binding)
            .from(world, binding, "roleRef.name");
        return;
    };
    let rules = rules(found);
    let resource = asked.resource.split('/').next().unwrap_or_default();
    let has = |list: &Option<Vec<String>>, wanted: &str| {
        list.as_ref()
            .is_some_and(|list| list.iter().any(|found| found == wanted || found == "*"))
    };
    let about: Vec<&PolicyRule> = rules
        .iter()
        .filter(|rule| has(&rule.resources, asked.resource))
        .collect();
    let (text, path, more) = if about.is_empty() {
        let sub = asked.resource != resource && rules.iter().any(|rule| has(&rule.resources, resource));
        let text = if sub {
            texts::RULE_SUBRESOURCE
        } else {
            texts::RULE_RESOURCE
        };
        (text, "rules[0].resources", asked.resource.to_owned())
    } else if !about.iter().any(|rule| has(&rule.api_groups, asked.group)) {
        (texts::RULE_GROUP, "rules[0].apiGroups", asked.group.to_owned())
    } else if !about
        .iter()
        .any(|rule| has(&Some(rule.verbs.clone()), asked.verb))
    {
        let verbs: Vec<String> = about.iter().flat_map(|rule| rule.verbs.clone()).collect();
        (texts::RULE_VERB, "rules[0].verbs", verbs.join(", "))
    } else {
        (texts::RULE_NAMES, "rules[0].resourceNames", String::new())
    };
    chain
        .say(
            text,
            &[
                &texts::the_first(&role.kind),
                &role.name,
                asked.resource,
                asked.verb,
                &more,
            ],
        )
        .about(found)
        .from(world, found, path);
}

fn rules(role: &AnyObject) -> &[PolicyRule] {
    let own = role.get::<Role>().map(|role| &role.spec.rules);
    let rules = own.or_else(|| role.get::<ClusterRole>().map(|role| &role.spec.rules));
    rules.and_then(|rules| rules.as_deref()).unwrap_or_default()
}

fn allows(role: &AnyObject, asked: &Asked<'_>) -> bool {
    let has = |list: &[String], wanted: &str| list.iter().any(|found| found == wanted || found == "*");
    rules(role).iter().any(|rule| {
        has(&rule.verbs, asked.verb)
            && has(rule.api_groups.as_deref().unwrap_or_default(), asked.group)
            && has(rule.resources.as_deref().unwrap_or_default(), asked.resource)
            && rule.resource_names.as_ref().is_none_or(Vec::is_empty)
    })
}

/// A Role that is there already and would do, or the rule to write.
fn would_do(world: &World<'_>, asked: &Asked<'_>, chain: &mut Chain) {
    let roles = world
        .store
        .list_in(Kind::Role, asked.namespace)
        .filter(|_| !asked.namespace.is_empty());
    // Of the roles that come with the cluster, the most modest first.
    let built_in = ["view", "edit", "admin"].iter().filter_map(|name| {
        world
            .store
            .get(&crate::api::Key::new(Kind::ClusterRole, "", name))
    });
    // Those that came with the cluster are for its own programs.
    let own = world
        .store
        .list(Kind::ClusterRole)
        .filter(|role| role.metadata().created_at().as_secs() > SETTLED_SECS);
    let own: Vec<&AnyObject> = own.collect();
    if let Some(role) = roles.chain(own).chain(built_in).find(|role| allows(role, asked)) {
        chain
            .say(
                texts::ROLE_WOULD,
                &[&texts::the_first(role.names().kind), role.name(), asked.user],
            )
            .about(role);
        return;
    }
    chain.say(texts::ROLE_NEEDED, &[]).quoting(&format!(
        "apiGroups: [\"{}\"]\nresources: [\"{}\"]\nverbs: [\"{}\"]",
        asked.group, asked.resource, asked.verb
    ));
}
