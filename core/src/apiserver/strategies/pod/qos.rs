//! A Pod's quality of service class (`pkg/apis/core/helper/qos.ComputePodQOS`): what the kubelet evicts first.

use std::collections::BTreeMap;

use crate::api::quantity::amount;
use crate::api::types::Quantity;
use crate::api::types::core::PodSpec;

/// The resources that count.
const RESOURCES: [&str; 2] = ["cpu", "memory"];

/// `Guaranteed`, `Burstable` or `BestEffort`.
pub(in crate::apiserver) fn class(spec: &PodSpec) -> &'static str {
    let mut any = false;
    let mut guaranteed = true;
    for container in spec.init_containers.iter().flatten().chain(&spec.containers) {
        let Some(resources) = &container.resources else {
            guaranteed = false;
            continue;
        };
        for name in RESOURCES {
            let limit = positive(resources.limits.as_ref(), name);
            let request = positive(resources.requests.as_ref(), name);
            any |= limit.is_some() || request.is_some();
            guaranteed &= limit.is_some() && limit == request;
        }
    }
    match (any, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}

fn positive(list: Option<&BTreeMap<String, Quantity>>, name: &str) -> Option<i128> {
    let nanos = amount(list?.get(name)?).nanos;
    (nanos > 0).then_some(nanos)
}
