//! `IngressClass`: its rules (`pkg/apis/networking/validation.ValidateIngressClass`).

use std::sync::Arc;

use crate::api::{AnyObject, Cause, IngressClass};
use crate::apiserver::printing::{age_of, or_none};
use crate::apiserver::strategy::Strategy;
use crate::apiserver::table::Column;
use crate::apiserver::validation::path::Path;
use crate::apiserver::validation::{field, names};
use crate::sim::Time;

/// The rules of `IngressClass`.
pub(crate) struct IngressClassStrategy;

const MAX_BYTES: usize = 250;

impl Strategy for IngressClassStrategy {
    fn validate(&self, object: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let Some(class) = object.get::<IngressClass>() {
            validate(&mut causes, class);
        }
        causes
    }

    fn validate_update(&self, object: &AnyObject, old: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let (Some(new), Some(old)) = (object.get::<IngressClass>(), old.get::<IngressClass>())
            && !Arc::ptr_eq(&new.spec, &old.spec)
        {
            if new.spec.controller != old.spec.controller {
                let controller = new.spec.controller.as_deref().unwrap_or_default();
                causes.push(field::invalid("spec.controller", controller, field::IMMUTABLE));
            }
            validate(&mut causes, new);
        }
        causes
    }

    fn columns(&self) -> &'static [Column] {
        const {
            &[
                Column::new("Name"),
                Column::new("Controller"),
                Column::new("Parameters"),
                Column::new("Age"),
            ]
        }
    }

    fn cells(&self, object: &AnyObject, now: Time) -> Vec<String> {
        let Some(class) = object.get::<IngressClass>() else {
            return Vec::new();
        };
        let parameters = class.spec.parameters.as_ref().map(|parameters| {
            let group = parameters.api_group.as_ref().map(|group| format!(".{group}"));
            format!(
                "{}{}/{}",
                parameters.kind,
                group.unwrap_or_default(),
                parameters.name
            )
        });
        vec![
            class.name().to_owned(),
            class.spec.controller.clone().unwrap_or_default(),
            or_none(parameters.as_deref()),
            age_of(&class.metadata, now),
        ]
    }
}

fn validate(causes: &mut Vec<Cause>, class: &IngressClass) {
    let spec = Path::new("spec");
    let path = spec.child("controller");
    let controller = class.spec.controller.as_deref().unwrap_or_default();
    if controller.len() > MAX_BYTES {
        causes.push(field::too_long(path, MAX_BYTES));
    }
    match controller.split_once('/') {
        _ if controller.is_empty() => causes.push(field::required(path, "")),
        Some((host, rest)) if !host.is_empty() && !rest.is_empty() => {
            field::invalid_each(causes, path, host, &names::dns1123_subdomain(host));
        }
        _ => {
            let detail = "must be a domain-prefixed path (such as \"acme.io/foo\")";
            causes.push(field::invalid(path, controller, detail));
        }
    }
    if let Some(parameters) = &class.spec.parameters {
        let path = spec.child("parameters");
        for (name, text) in [("kind", &parameters.kind), ("name", &parameters.name)] {
            if text.is_empty() {
                causes.push(field::required(path.child(name), ""));
            }
        }
    }
}
