//! `LimitRanger`: what containers, Pods and claims of a namespace ask for when they ask for nothing, and the bounds that
//! they keep to (`plugin/pkg/admission/limitranger`).

use std::collections::BTreeMap;

use crate::api::quantity::{Amount, amount};
use crate::api::types::Quantity;
use crate::api::types::core::{Container, LimitRangeItem};
use crate::api::{AnyObject, Kind, LimitRange, Pod, StatusError};
use crate::apiserver::quota::{Amounts, amounts, pod_resources};
use crate::etcd::Store;

const ANNOTATION: &str = "kubernetes.io/limit-ranger";

fn items<'a>(store: &'a Store, namespace: &'a str) -> impl Iterator<Item = &'a LimitRangeItem> {
    let ranges = store
        .list_in(Kind::LimitRange, namespace)
        .filter_map(AnyObject::get::<LimitRange>);
    ranges.flat_map(|range| &range.spec.limits)
}

/// Gives the containers of a new Pod what they do not say.
pub(super) fn admit(store: &Store, pod: &mut Pod) {
    let namespace = pod.namespace().to_owned();
    let mut said = Vec::new();
    for item in items(store, &namespace).filter(|item| item.type_ == "Container") {
        let none = BTreeMap::new();
        let requests = item.default_request.as_ref().unwrap_or(&none);
        let limits = item.default.as_ref().unwrap_or(&none);
        if requests.is_empty() && limits.is_empty() {
            continue;
        }
        let spec = pod.spec_mut();
        for container in &mut spec.containers {
            fill(container, "container", requests, limits, &mut said);
        }
        for container in spec.init_containers.iter_mut().flatten() {
            fill(container, "init container", requests, limits, &mut said);
        }
    }
    if !said.is_empty() {
        let annotations = pod.metadata_mut().annotations.get_or_insert_default();
        annotations.insert(
            ANNOTATION.to_owned(),
            format!("LimitRanger plugin set: {}", said.join("; ")),
        );
    }
}

fn fill(
    container: &mut Container,
    what: &str,
    requests: &BTreeMap<String, Quantity>,
    limits: &BTreeMap<String, Quantity>,
    said: &mut Vec<String>,
) {
    let name = &container.name;
    let resources = container.resources.get_or_insert_default();
    for (list, defaults, word) in [
        (&mut resources.requests, requests, "request"),
        (&mut resources.limits, limits, "limit"),
    ] {
        let mut set = Vec::new();
        for (resource, quantity) in defaults {
            let list = list.get_or_insert_default();
            if !list.contains_key(resource) {
                list.insert(resource.clone(), quantity.clone());
                set.push(resource.as_str());
            }
        }
        if !set.is_empty() {
            said.push(format!("{} {word} for {what} {name}", set.join(", ")));
        }
    }
}

/// Refuses what is out of bounds.
pub(super) fn validate(store: &Store, object: &AnyObject) -> Result<(), StatusError> {
    let mut wrong = Vec::new();
    match object {
        AnyObject::Pod(pod) => {
            for item in items(store, pod.namespace()) {
                check_pod(&mut wrong, item, pod);
            }
        }
        AnyObject::PersistentVolumeClaim(claim) => {
            let requests = claim.spec.resources.as_ref();
            let requests = amounts(requests.and_then(|resources| resources.requests.as_ref()));
            for item in items(store, claim.namespace()).filter(|item| item.type_ == "PersistentVolumeClaim") {
                check_claim(&mut wrong, item, &requests);
            }
        }
        _ => {}
    }
    match wrong.as_slice() {
        [] => Ok(()),
        [one] => Err(StatusError::forbidden(object.kind(), object.name(), one)),
        several => {
            let mut said: Vec<&str> = Vec::new();
            for one in several {
                if !said.contains(&one.as_str()) {
                    said.push(one);
                }
            }
            let why = if said.len() == 1 {
                said.join("")
            } else {
                format!("[{}]", said.join(", "))
            };
            Err(StatusError::forbidden(object.kind(), object.name(), &why))
        }
    }
}

fn check_pod(wrong: &mut Vec<String>, item: &LimitRangeItem, pod: &Pod) {
    match item.type_.as_str() {
        "Container" => {
            let init = pod.spec.init_containers.iter().flatten();
            for container in pod.spec.containers.iter().chain(init) {
                let resources = container.resources.as_ref();
                let requests = amounts(resources.and_then(|resources| resources.requests.as_ref()));
                let limits = amounts(resources.and_then(|resources| resources.limits.as_ref()));
                check(wrong, item, &requests, &limits);
            }
        }
        "Pod" => check(wrong, item, &pod_resources(pod, false), &pod_resources(pod, true)),
        _ => {}
    }
}

/// Amounts in the words of a refusal: a resource, the type of limit and the bound.
fn bounds<'a>(
    list: Option<&'a BTreeMap<String, Quantity>>,
    item: &'a LimitRangeItem,
) -> impl Iterator<Item = (&'a str, Amount, String)> {
    list.into_iter().flatten().map(|(name, quantity)| {
        let bound = amount(quantity);
        (name.as_str(), bound, format!("per {} is {bound}", item.type_))
    })
}

fn check(wrong: &mut Vec<String>, item: &LimitRangeItem, requests: &Amounts, limits: &Amounts) {
    for (name, bound, words) in bounds(item.min.as_ref(), item) {
        let (request, limit) = (requests.get(name), limits.get(name));
        let head = format!("minimum {name} usage {words}");
        wrong.extend(match (request, limit) {
            (None, _) => Some(format!("{head}.  No request is specified")),
            (Some(request), _) if request.nanos < bound.nanos => {
                Some(format!("{head}, but request is {request}"))
            }
            (_, Some(limit)) if limit.nanos < bound.nanos => Some(format!("{head}, but limit is {limit}")),
            _ => None,
        });
    }
    for (name, bound, words) in bounds(item.max.as_ref(), item) {
        let (request, limit) = (requests.get(name), limits.get(name));
        let head = format!("maximum {name} usage {words}");
        wrong.extend(match (request, limit) {
            (_, None) => Some(format!("{head}.  No limit is specified")),
            (_, Some(limit)) if limit.nanos > bound.nanos => Some(format!("{head}, but limit is {limit}")),
            (Some(request), _) if request.nanos > bound.nanos => {
                Some(format!("{head}, but request is {request}"))
            }
            _ => None,
        });
    }
    for (name, bound, words) in bounds(item.max_limit_request_ratio.as_ref(), item) {
        let positive = |list: &Amounts| {
            list.get(name)
                .map(|amount| amount.nanos)
                .filter(|nanos| *nanos != 0)
        };
        let head = format!("{name} max limit to request ratio {words}");
        wrong.extend(match (positive(requests), positive(limits)) {
            (None, _) => Some(format!("{head}, but no request is specified or request is 0")),
            (_, None) => Some(format!("{head}, but no limit is specified or limit is 0")),
            (Some(request), Some(limit)) if limit * 1_000_000_000 > bound.nanos * request => {
                Some(format!("{head}, but provided ratio is {}", ratio(limit, request)))
            }
            _ => None,
        });
    }
}

fn check_claim(wrong: &mut Vec<String>, item: &LimitRangeItem, requests: &Amounts) {
    for (list, word) in [(&item.min, "minimum"), (&item.max, "maximum")] {
        for (name, bound, words) in bounds(list.as_ref(), item) {
            let head = format!("{word} {name} usage {words}");
            let beyond = |request: &Amount| {
                if word == "minimum" {
                    request.nanos < bound.nanos
                } else {
                    request.nanos > bound.nanos
                }
            };
            wrong.extend(match requests.get(name) {
                None => Some(format!("{head}.  No request is specified")),
                Some(request) if beyond(request) => Some(format!("{head}, but request is {request}")),
                Some(_) => None,
            });
        }
    }
}

/// Go's `%f`: six decimals.
pub(in crate::apiserver) fn ratio(limit: i128, request: i128) -> String {
    // Rounded half up, in whole numbers: floats print alike everywhere, but divide not exactly.
    let millionths = (limit * 2_000_000 / request.max(1) + 1) / 2;
    format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn item(value: Value) -> LimitRangeItem {
        serde_json::from_value(value).expect("a limit")
    }

    fn container(value: Value) -> Container {
        serde_json::from_value(value).expect("a container")
    }

    #[test]
    fn what_is_not_said_is_filled_in() {
        let mut web = container(json!({"name": "web", "resources": {"limits": {"cpu": "1"}}}));
        let item = item(json!({
            "type": "Container", "default": {"cpu": "200m", "memory": "128Mi"}, "defaultRequest": {"cpu": "100m"},
        }));
        let mut said = Vec::new();
        let (requests, limits) = (item.default_request.unwrap(), item.default.unwrap());
        fill(&mut web, "container", &requests, &limits, &mut said);
        assert_eq!(
            json!(web.resources),
            json!({"limits": {"cpu": "1", "memory": "128Mi"}, "requests": {"cpu": "100m"}})
        );
        assert_eq!(
            said,
            ["cpu request for container web", "memory limit for container web"]
        );
    }

    #[test]
    fn bounds_are_kept() {
        let list = |list: Value| amounts(serde_json::from_value(list).ok().as_ref());
        for (limits, requests, given, expected) in [
            (
                json!({"max": {"cpu": "500m"}}),
                json!({}),
                json!({"cpu": "500m"}),
                "",
            ),
            (
                json!({"max": {"cpu": "500m"}}),
                json!({}),
                json!({"cpu": "2"}),
                "maximum cpu usage per Container is 500m, but limit is 2",
            ),
            (
                json!({"max": {"cpu": "500m"}}),
                json!({"cpu": "1"}),
                json!({}),
                "maximum cpu usage per Container is 500m.  No limit is specified",
            ),
            (
                json!({"min": {"memory": "64Mi"}}),
                json!({"memory": "32Mi"}),
                json!({}),
                "minimum memory usage per Container is 64Mi, but request is 32Mi",
            ),
            (
                json!({"min": {"memory": "64Mi"}}),
                json!({}),
                json!({}),
                "minimum memory usage per Container is 64Mi.  No request is specified",
            ),
            (
                json!({"maxLimitRequestRatio": {"cpu": "2"}}),
                json!({"cpu": "300m"}),
                json!({"cpu": "1"}),
                "cpu max limit to request ratio per Container is 2, but provided ratio is 3.333333",
            ),
            (
                json!({"maxLimitRequestRatio": {"cpu": "2"}}),
                json!({"cpu": "500m"}),
                json!({"cpu": "1"}),
                "",
            ),
        ] {
            let mut value = limits;
            value["type"] = json!("Container");
            let mut wrong = Vec::new();
            check(&mut wrong, &item(value), &list(requests), &list(given));
            assert_eq!(wrong.join(", "), expected);
        }
    }
}
