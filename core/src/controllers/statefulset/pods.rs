//! Creating, settling and deleting the Pods of a StatefulSet (`pkg/controller/statefulset/stateful_pod_control.go`).

use super::control::Update;
use super::identity;
use crate::api::{AnyObject, Key, Kind, Pod, StatusError};
use crate::client::{Client, DeleteOptions, EventType};

impl Update<'_, '_, '_> {
    /// Creates a Pod, after its claims.
    pub(super) fn create_pod(&mut self, pod: &Pod) -> Result<(), StatusError> {
        if let Err(error) = self.create_missing_claims(pod) {
            self.pod_event("Create", pod, Some(&error));
            return Err(error);
        }
        let created = Client::new(self.context.env, &self.control.user).create(AnyObject::Pod(pod.clone()));
        match created {
            Ok(_) => {
                self.pod_event("Create", pod, None);
                self.settle_claims(pod)
            }
            // It is there and not heard of yet.
            Err(error) if error.is_already_exists() => Err(error),
            Err(error) => {
                self.pod_event("Create", pod, Some(&error));
                Err(error)
            }
        }
    }

    /// Deletes a Pod.
    pub(super) fn delete_pod(&mut self, pod: &Pod) -> Result<(), StatusError> {
        let deleted =
            Client::new(self.context.env, &self.control.user).delete(&key_of(pod), &DeleteOptions::default());
        match deleted {
            Err(error) if error.is_not_found() => Ok(()),
            deleted => {
                self.pod_event("Delete", pod, deleted.as_ref().err());
                deleted
            }
        }
    }

    /// Gives a Pod the labels of its ordinal, and its claims their owners.
    pub(super) fn update_pod(&mut self, pod: &Pod) -> Result<(), StatusError> {
        self.settle_claims(pod)?;
        self.create_missing_claims(pod)?;
        if identity::identity_matches(&self.set, pod) {
            return Ok(());
        }
        let updated =
            Client::new(self.context.env, &self.control.user).modify(&key_of(pod), None, |object| {
                if let Some(found) = object.get_mut::<Pod>() {
                    let ordinal = identity::ordinal(found);
                    identity::update_identity(&self.set, found, ordinal);
                }
            });
        self.pod_event("Update", pod, updated.as_ref().err());
        updated.map(|_| ())
    }

    fn pod_event(&mut self, verb: &str, pod: &Pod, failure: Option<&StatusError>) {
        let (pod, set) = (pod.name(), self.set.name());
        match failure {
            None => {
                let message = format!("{verb} Pod {pod} in StatefulSet {set} successful");
                self.event(EventType::Normal, &format!("Successful{verb}"), message);
            }
            Some(error) => {
                let message = format!("{verb} Pod {pod} in StatefulSet {set} failed error: {error}");
                self.event(EventType::Warning, &format!("Failed{verb}"), message);
            }
        }
    }

    /// Records an event about the set.
    pub(super) fn event(&mut self, grave: EventType, reason: &str, message: String) {
        self.control
            .event(self.context, &self.owner, (grave, reason), message);
    }
}

fn key_of(pod: &Pod) -> Key {
    Key::new(Kind::Pod, pod.namespace(), pod.name())
}
