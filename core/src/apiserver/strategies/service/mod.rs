//! `Service`: its rules, in rooms of their own (`pkg/registry/core/service`).

mod allocation;
mod defaults;
mod printing;
mod validation;

use std::borrow::Cow;
use std::sync::Arc;

use crate::api::{AnyObject, Cause, Service, StatusError};
use crate::apiserver::strategy::{Strategy, Surroundings};
use crate::apiserver::table::Column;
use crate::apiserver::validation::names;
use crate::sim::Time;

/// The rules of `Service`.
pub(crate) struct ServiceStrategy;

impl Strategy for ServiceStrategy {
    fn default(&self, object: &mut AnyObject) {
        if let Some(service) = object.get_mut::<Service>() {
            defaults::service(service.spec_mut());
        }
    }

    fn prepare_for_update(
        &self,
        object: &mut AnyObject,
        old: &AnyObject,
        _: Surroundings<'_>,
    ) -> Result<(), StatusError> {
        if let (Some(service), Some(old)) = (object.get_mut::<Service>(), old.get::<Service>()) {
            allocation::drop_unused(service, old);
        }
        Ok(())
    }

    fn allocate(
        &self,
        object: &mut AnyObject,
        old: Option<&AnyObject>,
        around: Surroundings<'_>,
    ) -> Result<(), StatusError> {
        match object.get_mut::<Service>() {
            Some(service) => allocation::allocate(service, old.and_then(AnyObject::get), around),
            None => Ok(()),
        }
    }

    fn validate(&self, object: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let Some(service) = object.get::<Service>() {
            validation::service(&mut causes, service);
        }
        causes
    }

    fn validate_update(&self, object: &AnyObject, old: &AnyObject) -> Vec<Cause> {
        let mut causes = Vec::new();
        if let (Some(service), Some(old)) = (object.get::<Service>(), old.get::<Service>())
            && !Arc::ptr_eq(&service.spec, &old.spec)
        {
            validation::update(&mut causes, service, old);
        }
        causes
    }

    fn validate_name(&self, name: &str) -> Vec<String> {
        names::dns1035_label(name)
    }

    fn has_generation(&self) -> bool {
        false
    }

    fn columns(&self) -> &'static [Column] {
        printing::COLUMNS
    }

    fn cells(&self, object: &AnyObject, now: Time) -> Vec<String> {
        object
            .get::<Service>()
            .map(|service| printing::cells(service, now))
            .unwrap_or_default()
    }

    fn selectable_fields(&self) -> &'static [&'static str] {
        &["spec.clusterIP", "spec.type"]
    }

    fn field<'a>(&self, object: &'a AnyObject, field: &str) -> Cow<'a, str> {
        let Some(service) = object.get::<Service>() else {
            return Cow::Borrowed("");
        };
        let text = if field == "spec.type" {
            &service.spec.type_
        } else {
            &service.spec.cluster_ip
        };
        text.as_deref().unwrap_or_default().into()
    }
}
