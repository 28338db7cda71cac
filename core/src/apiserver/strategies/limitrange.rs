//! `LimitRange`: its rules (`pkg/apis/core/v1.SetDefaults_LimitRangeItem`, `pkg/apis/core/validation.ValidateLimitRange`).

use super::pod::defaults::canonical;
use super::pod::validation::resources::{any_resource_name, container_resource_name};
use crate::api::quantity::Amount;
use crate::api::types::core::LimitRangeItem;
use crate::api::{AnyObject, Cause, LimitRange};
use crate::apiserver::printing::created_at;
use crate::apiserver::quota::{Amounts, amounts};
use crate::apiserver::strategy::Strategy;
use crate::apiserver::table::Column;
use crate::apiserver::validation::path::Path;
use crate::apiserver::validation::{field, names};
use crate::sim::Time;
use crate::sorted::SortedSet;

/// The rules of `LimitRange`.
pub(crate) struct LimitRangeStrategy;

const TYPES: [&str; 3] = ["Pod", "Container", "PersistentVolumeClaim"];

impl Strategy for LimitRangeStrategy {
    fn default(&self, object: &mut AnyObject) {
        if let Some(range) = object.get_mut::<LimitRange>() {
            for item in &mut range.spec_mut().limits {
                default(item);
            }
        }
    }

    fn has_generation(&self) -> bool {
        false
    }

    fn validate(&self, object: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let Some(range) = object.get::<LimitRange>() {
            let spec = Path::new("spec");
            let path = spec.child("limits");
            let mut known = SortedSet::new();
            for (index, item) in range.spec.limits.iter().enumerate() {
                let path = path.index(index);
                limit_type(&mut causes, &item.type_, path.child("type"));
                if !known.insert(&item.type_) {
                    causes.push(field::duplicate(path.child("type"), item.type_.as_str()));
                }
                validate(&mut causes, item, path);
            }
        }
        causes
    }

    fn columns(&self) -> &'static [Column] {
        const { &[Column::new("Name"), Column::new("Created At")] }
    }

    fn cells(&self, object: &AnyObject, _: Time) -> Vec<String> {
        vec![object.name().to_owned(), created_at(object)]
    }
}

/// Limits default to the greatest allowed; requests to the limit, or to the least allowed.
fn default(item: &mut LimitRangeItem) {
    for list in [
        &mut item.default,
        &mut item.default_request,
        &mut item.max,
        &mut item.max_limit_request_ratio,
        &mut item.min,
    ] {
        list.iter_mut().for_each(canonical);
    }
    if item.type_ != "Container" {
        return;
    }
    let limits = item.default.get_or_insert_default();
    for (name, quantity) in item.max.iter().flatten() {
        limits.entry(name.clone()).or_insert_with(|| quantity.clone());
    }
    let requests = item.default_request.get_or_insert_default();
    for (name, quantity) in limits.iter().chain(item.min.iter().flatten()) {
        requests.entry(name.clone()).or_insert_with(|| quantity.clone());
    }
}

fn limit_type(causes: &mut Vec<Cause>, name: &str, path: Path<'_>) {
    let wrong = names::qualified_name(name);
    field::invalid_each(causes, path, name, &wrong);
    if wrong.is_empty() && !name.contains('/') && !TYPES.contains(&name) {
        let detail = "must be a standard limit type or fully qualified";
        causes.push(field::invalid(path, name, detail));
    }
}

fn validate(causes: &mut Vec<Cause>, item: &LimitRangeItem, path: Path<'_>) {
    let lists = [
        ("max", &item.max),
        ("min", &item.min),
        ("default", &item.default),
        ("defaultRequest", &item.default_request),
        ("maxLimitRequestRatio", &item.max_limit_request_ratio),
    ];
    for (field, list) in lists {
        let path = path.child(field);
        if item.type_ == "Pod" && field.starts_with("default") {
            if list.as_ref().is_some_and(|list| !list.is_empty()) {
                causes.push(field::forbidden(
                    path,
                    "may not be specified when `type` is 'Pod'",
                ));
            }
            continue;
        }
        for name in list.iter().flatten().map(|(name, _)| name) {
            if matches!(item.type_.as_str(), "Pod" | "Container") {
                container_resource_name(causes, name, path.key(name));
            } else {
                any_resource_name(causes, name, path.key(name));
            }
        }
    }
    let [max, min, limits, requests, ratios] = lists.map(|(_, list)| amounts(list.as_ref()));
    let unbounded = !min.contains_key("storage") && !max.contains_key("storage");
    if item.type_ == "PersistentVolumeClaim" && unbounded {
        let detail = "either minimum or maximum storage value is required, but neither was provided";
        causes.push(field::required(path.child("limits"), detail));
    }
    for (at, value, (low, low_word), (high, high_word)) in [
        ("min", 0, (&min, "min value"), (&max, "max value")),
        (
            "defaultRequest",
            1,
            (&min, "min value"),
            (&requests, "default request value"),
        ),
        (
            "defaultRequest",
            0,
            (&requests, "default request value"),
            (&max, "max value"),
        ),
        (
            "defaultRequest",
            0,
            (&requests, "default request value"),
            (&limits, "default limit value"),
        ),
        ("default", 0, (&min, "min value"), (&limits, "default value")),
        ("default", 1, (&limits, "default value"), (&max, "max value")),
    ] {
        for (name, low, high) in beyond(low, high) {
            let detail = format!("{low_word} {low} is greater than {high_word} {high}");
            let shown = if value == 0 { low } else { high };
            let path = path.child(at);
            causes.push(field::invalid(path.key(name), shown.to_string(), &detail));
        }
    }
    let path = path.child("maxLimitRequestRatio");
    for (name, ratio) in &ratios {
        if ratio.nanos < 1_000_000_000 {
            let detail = format!("ratio {ratio} is less than 1");
            causes.push(field::invalid(path.key(name), ratio.to_string(), &detail));
        }
        if let (Some(min), Some(max)) = (min.get(name), max.get(name))
            && ratio.nanos * min.nanos > max.nanos * 1_000_000_000
        {
            let most = crate::apiserver::admission::ratio(max.nanos, min.nanos);
            let detail = format!("ratio {ratio} is greater than max/min = {most}");
            causes.push(field::invalid(path.key(name), ratio.to_string(), &detail));
        }
    }
}

/// The resources of which there is more in `low` than in `high`.
fn beyond<'a>(low: &'a Amounts, high: &'a Amounts) -> impl Iterator<Item = (&'a str, Amount, Amount)> {
    low.iter().filter_map(|(name, low)| {
        let high = high.get(name).filter(|high| low.nanos > high.nanos)?;
        Some((name.as_str(), *low, *high))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::api::Kind;

    fn range(item: Value) -> AnyObject {
        let value = json!({"metadata": {"name": "bornes"}, "spec": {"limits": [item]}});
        let mut object = AnyObject::from_value(Kind::LimitRange, value).expect("a LimitRange");
        LimitRangeStrategy.default(&mut object);
        object
    }

    #[test]
    fn limits_and_requests_follow_from_bounds() {
        for (given, limits, requests) in [
            (
                json!({"max": {"cpu": "1"}}),
                json!({"cpu": "1"}),
                json!({"cpu": "1"}),
            ),
            (json!({"min": {"cpu": "0.1"}}), json!({}), json!({"cpu": "100m"})),
            (
                json!({"max": {"cpu": "1"}, "min": {"cpu": "100m"}}),
                json!({"cpu": "1"}),
                json!({"cpu": "1"}),
            ),
            (
                json!({"default": {"cpu": "500m"}, "defaultRequest": {"cpu": "200m"}, "max": {"cpu": "1"}}),
                json!({"cpu": "500m"}),
                json!({"cpu": "200m"}),
            ),
        ] {
            let mut item = given;
            item["type"] = json!("Container");
            let object = range(item);
            let item = &object.get::<LimitRange>().expect("a LimitRange").spec.limits[0];
            assert_eq!(json!(item.default), limits);
            assert_eq!(json!(item.default_request), requests);
        }
        let pod = range(json!({"type": "Pod", "max": {"cpu": "1"}}));
        assert!(pod.get::<LimitRange>().unwrap().spec.limits[0].default.is_none());
    }

    #[test]
    fn bounds_must_agree() {
        for (item, expected) in [
            (
                json!({"type": "Container", "min": {"cpu": "2"}, "max": {"cpu": "1"}, "default": {"cpu": "1"}, "defaultRequest": {"cpu": "1"}}),
                vec![
                    "spec.limits[0].min[cpu]: Invalid value: \"2\": min value 2 is greater than max value 1",
                    "spec.limits[0].defaultRequest[cpu]: Invalid value: \"1\": min value 2 is greater than default request value 1",
                    "spec.limits[0].default[cpu]: Invalid value: \"2\": min value 2 is greater than default value 1",
                ],
            ),
            (
                json!({"type": "Container", "default": {"cpu": "1"}, "max": {"cpu": "500m"}, "defaultRequest": {"cpu": "100m"}}),
                vec![
                    "spec.limits[0].default[cpu]: Invalid value: \"500m\": default value 1 is greater than max value 500m",
                ],
            ),
            (
                json!({"type": "Pod", "default": {"cpu": "1"}}),
                vec!["spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'"],
            ),
            (
                json!({"type": "PersistentVolumeClaim"}),
                vec![
                    "spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided",
                ],
            ),
            (
                json!({"type": "Boîte"}),
                vec![
                    "spec.limits[0].type: Invalid value: \"Boîte\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
                ],
            ),
            (
                json!({"type": "Container", "max": {"cpu": "1"}, "min": {"cpu": "500m"}, "maxLimitRequestRatio": {"cpu": "4"}}),
                vec![
                    "spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: \"4\": ratio 4 is greater than max/min = 2.000000",
                ],
            ),
        ] {
            let said: Vec<String> = LimitRangeStrategy
                .validate(&range(item))
                .iter()
                .map(ToString::to_string)
                .collect();
            assert_eq!(said, expected);
        }
    }
}
