//! `ResourceQuota`: nothing is created or grows beyond what its namespace may use; what is used is written into the quota's
//! status at once (`k8s.io/apiserver/pkg/admission/plugin/resourcequota`).

use crate::api::quantity::Amount;
use crate::api::{AnyObject, Kind, ResourceQuota, StatusError};
use crate::apiserver::quota::{Amounts, add, amounts, in_scope, matching, missing, quantities, usage};
use crate::etcd::Store;
use crate::sim::Time;

/// Checks an object, new or changed, against the quotas of its namespace.
///
/// Answers the quotas with what will be used once the object is stored.
///
/// # Errors
///
/// 403 when a quota would be exceeded, or cannot be reckoned.
pub(in crate::apiserver) fn evaluate(
    store: &Store,
    now: Time,
    object: &AnyObject,
    old: Option<&AnyObject>,
) -> Result<Vec<ResourceQuota>, StatusError> {
    let kind = object.kind();
    let grows = matches!(kind, Kind::Service | Kind::PersistentVolumeClaim);
    if kind == Kind::Event || (old.is_some() && !grows) {
        return Ok(Vec::new());
    }
    let mut changed = Vec::new();
    let quotas = store.list_in(Kind::ResourceQuota, object.namespace());
    for quota in quotas.filter_map(AnyObject::get::<ResourceQuota>) {
        changed.extend(charge(quota, now, object, old)?);
    }
    Ok(changed)
}

/// The quota with what it will be charged, if it is.
fn charge(
    quota: &ResourceQuota,
    now: Time,
    object: &AnyObject,
    old: Option<&AnyObject>,
) -> Result<Option<ResourceQuota>, StatusError> {
    let hard = amounts(quota.status.hard.as_ref());
    let restricted = matching(object.kind(), hard.keys());
    if restricted.is_empty() || !in_scope(&quota.spec, object) {
        return Ok(None);
    }
    let refuse = |why: &str| Err(StatusError::forbidden(object.kind(), object.name(), why));
    if let Some(why) = missing(object, &restricted) {
        return refuse(&format!("failed quota: {}: {why}", quota.name()));
    }
    let used = amounts(quota.status.used.as_ref());
    if restricted.iter().any(|name| !used.contains_key(*name)) {
        let names = restricted.join(",");
        return refuse(&format!(
            "status unknown for quota: {}, resources: {names}",
            quota.name()
        ));
    }
    let mut asked = usage(object, now);
    if let Some(old) = old.filter(|old| in_scope(&quota.spec, old)) {
        let before = usage(old, now);
        for (name, amount) in &mut asked {
            let had = before.get(name).map_or(0, |before| before.nanos);
            amount.nanos = (amount.nanos - had).max(0);
        }
    }
    asked.retain(|name, amount| amount.nanos != 0 && hard.contains_key(name));
    if asked.is_empty() {
        return Ok(None);
    }
    let mut total = used.clone();
    add(&mut total, &asked);
    let beyond = |name: &String| {
        let of = |list: &Amounts| list.get(name).map_or(0, |amount| amount.nanos);
        of(&total) > of(&hard)
    };
    let exceeded: Vec<&String> = asked.keys().filter(|name| beyond(name)).collect();
    if !exceeded.is_empty() {
        let shown = |list: &Amounts| printed(&exceeded, list);
        return refuse(&format!(
            "exceeded quota: {}, requested: {}, used: {}, limited: {}",
            quota.name(),
            shown(&asked),
            shown(&used),
            shown(&hard)
        ));
    }
    let mut charged = quota.clone();
    charged.status_mut().used = Some(quantities(&total));
    Ok(Some(charged))
}

fn printed(names: &[&String], list: &Amounts) -> String {
    let zero = Amount::from_millis(0);
    let each = names
        .iter()
        .map(|name| format!("{name}={}", list.get(*name).unwrap_or(&zero)));
    each.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn quota(status: Value) -> ResourceQuota {
        let value = json!({"metadata": {"name": "plafond"}, "status": status});
        let object = AnyObject::from_value(Kind::ResourceQuota, value).expect("a quota");
        object.get::<ResourceQuota>().expect("a quota").clone()
    }

    fn pod(cpu: &str) -> AnyObject {
        let value = json!({"metadata": {"name": "p"}, "spec": {"containers": [
            {"name": "c", "resources": {"requests": {"cpu": cpu}}}]}});
        AnyObject::from_value(Kind::Pod, value).expect("a Pod")
    }

    #[test]
    fn quotas_are_charged_or_refuse() {
        for (status, cpu, expected) in [
            (
                json!({"hard": {"pods": "2", "requests.cpu": "1"}, "used": {"pods": "1", "requests.cpu": "500m"}}),
                "500m",
                r#"{"pods":"2","requests.cpu":"1"}"#,
            ),
            (
                json!({"hard": {"pods": "2", "requests.cpu": "1"}, "used": {"pods": "2", "requests.cpu": "600m"}}),
                "500m",
                "pods \"p\" is forbidden: exceeded quota: plafond, requested: pods=1,requests.cpu=500m, used: pods=2,requests.cpu=600m, limited: pods=2,requests.cpu=1",
            ),
            (
                json!({"hard": {"limits.cpu": "1"}, "used": {"limits.cpu": "0"}}),
                "1",
                "pods \"p\" is forbidden: failed quota: plafond: must specify limits.cpu for: c",
            ),
            (
                json!({"hard": {"pods": "2"}}),
                "1",
                "pods \"p\" is forbidden: status unknown for quota: plafond, resources: pods",
            ),
            (
                json!({"hard": {"secrets": "0"}, "used": {"secrets": "0"}}),
                "1",
                "nothing",
            ),
        ] {
            let charged = match charge(&quota(status), Time::ZERO, &pod(cpu), None) {
                Ok(Some(quota)) => json!(quota.status.used).to_string(),
                Ok(None) => "nothing".to_owned(),
                Err(error) => error.message,
            };
            assert_eq!(charged, expected);
        }
    }

    #[test]
    fn a_change_is_charged_for_what_it_adds() {
        let service = |kind: &str| {
            let value = json!({"metadata": {"name": "s"}, "spec": {"type": kind, "ports": [{"port": 80}]}});
            AnyObject::from_value(Kind::Service, value).expect("a Service")
        };
        let status = json!({"hard": {"services": "1", "services.nodeports": "1"},
            "used": {"services": "1", "services.nodeports": "0"}});
        let charged = charge(
            &quota(status),
            Time::ZERO,
            &service("NodePort"),
            Some(&service("ClusterIP")),
        );
        let used = charged.expect("allowed").expect("charged").status.used.clone();
        assert_eq!(json!(used), json!({"services": "1", "services.nodeports": "1"}));
    }
}
