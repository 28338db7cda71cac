//! The roles and bindings that every cluster has (`plugin/pkg/auth/authorizer/rbac/bootstrappolicy`), read from a short
//! notation: see `assets/rbac/bootstrap.txt`.

use crate::api::types::meta::{LabelSelector, ObjectMeta};
use crate::api::types::rbac::{self, AggregationRule, PolicyRule, RoleRef, Subject};
use crate::api::{
    AnyObject, ClusterRole, ClusterRoleBinding, NoStatus, Role, RoleBinding, ServiceAccount, types,
};

const CLUSTER: &str = include_str!("../../../assets/rbac/bootstrap.txt");
const NAMESPACES: &str = include_str!("../../../assets/rbac/namespaces.txt");
use crate::apiserver::validation::rbac::GROUP;
const SYSTEM: &str = "kube-system";
/// Controllers of a cloud provider, and one that is off: nobody acts as they.
const WITHOUT_ACCOUNT: [&str; 3] = [
    "route-controller",
    "selinux-warning-controller",
    "service-controller",
];
/// Controllers without a role for the whole cluster.
const WITHOUT_ROLE: [&str; 2] = ["bootstrap-signer", "token-cleaner"];

/// One role with the subjects of its binding.
#[derive(Default)]
struct Paragraph<'t> {
    head: Vec<&'t str>,
    rules: Vec<PolicyRule>,
    subjects: Option<Vec<Subject>>,
}

/// The default roles and bindings, roles first.
pub(in crate::apiserver) fn objects() -> Vec<AnyObject> {
    let (mut roles, mut bindings) = (Vec::new(), Vec::new());
    for paragraph in paragraphs(CLUSTER) {
        cluster_role(paragraph, &mut roles, &mut bindings);
    }
    for paragraph in paragraphs(NAMESPACES) {
        role(paragraph, &mut roles, &mut bindings);
    }
    roles.append(&mut bindings);
    roles
}

/// The accounts that kube-controller-manager makes for its controllers (`--use-service-account-credentials`).
pub(in crate::apiserver) fn accounts() -> Vec<AnyObject> {
    let lines = CLUSTER.lines();
    let controllers = lines.filter_map(|line| line.strip_prefix("controller:"));
    let controllers = controllers.filter(|name| !WITHOUT_ACCOUNT.contains(name));
    let account = |name: &str| {
        let mut metadata = plain(SYSTEM, name);
        metadata.labels = None;
        AnyObject::ServiceAccount(ServiceAccount::new(
            metadata,
            types::core::ServiceAccount::default(),
            NoStatus::default(),
        ))
    };
    controllers.chain(WITHOUT_ROLE).map(account).collect()
}

fn paragraphs(text: &str) -> Vec<Paragraph<'_>> {
    let mut out: Vec<Paragraph<'_>> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let Some(inner) = line.strip_prefix(' ') else {
            out.push(Paragraph {
                head: line.split(' ').collect(),
                ..Paragraph::default()
            });
            continue;
        };
        let Some(paragraph) = out.last_mut() else { continue };
        match inner.strip_prefix('>') {
            Some(whom) => {
                let subjects = paragraph.subjects.get_or_insert_default();
                subjects.extend(
                    whom.trim()
                        .split_once(' ')
                        .map(|(kind, name)| subject(kind, name)),
                );
            }
            None => paragraph.rules.push(rule(inner)),
        }
    }
    out
}

fn texts(list: &str) -> Vec<String> {
    list.split(',')
        .map(|text| {
            if text == "-" {
                String::new()
            } else {
                text.to_owned()
            }
        })
        .collect()
}

fn rule(line: &str) -> PolicyRule {
    let mut words = line.split(' ');
    let mut word = || words.next().unwrap_or_default();
    let verbs = verbs(word());
    let (groups, what, names) = (word(), word(), word());
    if groups == "/" {
        return PolicyRule {
            verbs,
            non_resource_urls: Some(texts(what)),
            ..PolicyRule::default()
        };
    }
    PolicyRule {
        verbs,
        api_groups: Some(texts(groups)),
        resources: Some(texts(what)),
        resource_names: (!names.is_empty()).then(|| texts(names)),
        ..PolicyRule::default()
    }
}

/// Letters, or verbs written out.
fn verbs(word: &str) -> Vec<String> {
    let letter = |letter: char| {
        Some(match letter {
            'c' => "create",
            'd' => "delete",
            'D' => "deletecollection",
            'g' => "get",
            'l' => "list",
            'p' => "patch",
            'u' => "update",
            'w' => "watch",
            _ => return None,
        })
    };
    let letters: Option<Vec<String>> = word.chars().map(|c| letter(c).map(str::to_owned)).collect();
    letters.unwrap_or_else(|| texts(word))
}

fn subject(kind: &str, name: &str) -> Subject {
    let account = kind == "ServiceAccount";
    Subject {
        kind: kind.to_owned(),
        name: name.to_owned(),
        api_group: (!account).then(|| GROUP.to_owned()),
        namespace: account.then(|| SYSTEM.to_owned()),
    }
}

fn plain(namespace: &str, name: &str) -> ObjectMeta {
    ObjectMeta {
        name: Some(name.to_owned()),
        namespace: (!namespace.is_empty()).then(|| namespace.to_owned()),
        ..ObjectMeta::default()
    }
}

/// With the label and the annotation of defaults.
fn metadata(namespace: &str, name: &str) -> ObjectMeta {
    let pair = |key: &str, value: &str| Some([(key.to_owned(), value.to_owned())].into());
    ObjectMeta {
        labels: pair("kubernetes.io/bootstrapping", "rbac-defaults"),
        annotations: pair("rbac.authorization.kubernetes.io/autoupdate", "true"),
        ..plain(namespace, name)
    }
}

fn role_ref(kind: &str, name: &str) -> RoleRef {
    RoleRef {
        api_group: Some(GROUP.to_owned()),
        kind: kind.to_owned(),
        name: name.to_owned(),
    }
}

fn cluster_role(paragraph: Paragraph<'_>, roles: &mut Vec<AnyObject>, bindings: &mut Vec<AnyObject>) {
    let Paragraph {
        head,
        rules,
        subjects,
    } = paragraph;
    let mut words = head.into_iter();
    let given = words.next().unwrap_or_default();
    let controller = given.strip_prefix("controller:");
    let name = if controller.is_some() {
        format!("system:{given}")
    } else {
        given.to_owned()
    };
    let mut metadata_of_role = metadata("", &name);
    let mut aggregation_rule = None;
    for word in words {
        let label = |target: &str| (format!("{GROUP}/aggregate-to-{target}"), "true".to_owned());
        if let Some(target) = word.strip_prefix('+') {
            metadata_of_role
                .labels
                .get_or_insert_default()
                .extend([label(target)]);
        } else if let Some(target) = word.strip_prefix('=') {
            let selector = LabelSelector {
                match_labels: Some([label(target)].into()),
                ..LabelSelector::default()
            };
            aggregation_rule = Some(AggregationRule {
                cluster_role_selectors: Some(vec![selector]),
            });
        }
    }
    let role = rbac::ClusterRole {
        rules: (!rules.is_empty()).then_some(rules),
        aggregation_rule,
        ..rbac::ClusterRole::default()
    };
    roles.push(AnyObject::ClusterRole(ClusterRole::new(
        metadata_of_role,
        role,
        NoStatus::default(),
    )));
    let subjects = controller
        .map(|name| vec![subject("ServiceAccount", name)])
        .or(subjects);
    if let Some(subjects) = subjects {
        let binding = rbac::ClusterRoleBinding {
            role_ref: role_ref("ClusterRole", &name),
            subjects: (!subjects.is_empty()).then_some(subjects),
            ..rbac::ClusterRoleBinding::default()
        };
        let binding = ClusterRoleBinding::new(metadata("", &name), binding, NoStatus::default());
        bindings.push(AnyObject::ClusterRoleBinding(binding));
    }
}

fn role(paragraph: Paragraph<'_>, roles: &mut Vec<AnyObject>, bindings: &mut Vec<AnyObject>) {
    let Paragraph {
        head,
        rules,
        subjects,
    } = paragraph;
    let mut words = head.into_iter();
    let (namespace, name) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let role = rbac::Role {
        rules: Some(rules),
        ..rbac::Role::default()
    };
    roles.push(AnyObject::Role(Role::new(
        metadata(namespace, name),
        role,
        NoStatus::default(),
    )));
    let binding = rbac::RoleBinding {
        role_ref: role_ref("Role", name),
        subjects,
        ..rbac::RoleBinding::default()
    };
    let metadata = metadata(namespace, words.next().unwrap_or(name));
    bindings.push(AnyObject::RoleBinding(RoleBinding::new(
        metadata,
        binding,
        NoStatus::default(),
    )));
}
