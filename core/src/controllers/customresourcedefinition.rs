//! Accepts the names of CustomResourceDefinitions, says that they are established, and removes their objects before they
//! go. Models `k8s.io/apiextensions-apiserver/pkg/controller/{status,establish,finalizer}`, which upstream runs inside
//! the API server.

use serde::{Deserialize, Serialize};

use super::{Context, Controller};
use crate::api::meta::{MetaExt, meta_time};
use crate::api::types::apiextensions::{CustomResourceDefinitionCondition, CustomResourceDefinitionNames};
use crate::api::{AnyObject, CustomResourceDefinition, Key, Kind, StatusError};
use crate::apiserver::User;
use crate::client::{Cache, Client, DeleteOptions, Delta, QueuedItem, WorkQueue};
use crate::etcd::{ChangeType, Store};
use crate::sim::Time;

/// The finalizer that this controller removes.
const FINALIZER: &str = "customresourcecleanup.apiextensions.k8s.io";
/// How soon it looks again while objects are still there.
const RECHECK: std::time::Duration = std::time::Duration::from_millis(200);

/// Accepts and cleans up after definitions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct DefinitionController {
    user: User,
    queue: WorkQueue,
}

impl Default for DefinitionController {
    fn default() -> Self {
        Self {
            user: User::component("system:apiserver"),
            queue: WorkQueue::default(),
        }
    }
}

impl Controller for DefinitionController {
    fn queue(&mut self) -> &mut WorkQueue {
        &mut self.queue
    }

    fn observe(&mut self, cache: &Cache, delta: &Delta, _: Time) {
        if delta.object.kind() != Kind::CustomResourceDefinition {
            return;
        }
        if delta.change != ChangeType::Deleted {
            self.queue.add(delta.object.key(), delta.trace);
            return;
        }
        // Others may have waited for its names.
        for other in cache.list::<CustomResourceDefinition>() {
            let key = Key::new(Kind::CustomResourceDefinition, "", other.name());
            self.queue.add(key, delta.trace);
        }
    }

    fn reconcile(&mut self, context: &mut Context<'_, '_>, item: &QueuedItem) -> Result<(), StatusError> {
        let store = context.env.api.store();
        let found = store
            .get(&item.key)
            .and_then(AnyObject::get::<CustomResourceDefinition>);
        let Some(definition) = found.cloned() else {
            return Ok(());
        };
        if definition.metadata.is_deleting() {
            return self.clean_up(context, item, &definition);
        }
        let (names, accepted) = accepted_names(store, &definition);
        let established = next_established(&definition, accepted.status == "True");
        let now = meta_time(context.env.sim.now);
        Client::new(context.env, &self.user)
            .modify(&item.key, Some("status"), |object| {
                let Some(definition) = object.get_mut::<CustomResourceDefinition>() else {
                    return;
                };
                let status = definition.status_mut();
                status.accepted_names = Some(names);
                let conditions = status.conditions.get_or_insert_default();
                for condition in [accepted, established] {
                    set_condition(conditions, condition, &now);
                }
            })
            .map(|_| ())
    }
}

impl DefinitionController {
    /// Deletes the objects; when they are gone, lets the definition go.
    fn clean_up(
        &mut self,
        context: &mut Context<'_, '_>,
        item: &QueuedItem,
        definition: &CustomResourceDefinition,
    ) -> Result<(), StatusError> {
        if !definition.metadata.has_finalizer(FINALIZER) {
            return Ok(());
        }
        let group = &definition.spec.group;
        let names = &definition.spec.names;
        let custom = context
            .env
            .api
            .custom_kinds()
            .find(|kind| kind.group == *group && kind.plural == names.plural);
        let kind = custom.map(|kind| Kind::Custom(kind.id.hub()));
        let keys: Vec<Key> = kind
            .into_iter()
            .flat_map(|kind| context.env.api.store().list(kind))
            .map(AnyObject::key)
            .collect();
        for key in &keys {
            let found = context.env.api.store().get(key);
            if found.is_some_and(|object| object.metadata().is_deleting()) {
                continue;
            }
            match Client::new(context.env, &self.user).delete(key, &DeleteOptions::default()) {
                Err(error) if !error.is_not_found() => return Err(error),
                _ => {}
            }
        }
        let left = keys.iter().any(|key| context.env.api.store().get(key).is_some());
        if left {
            let at = context.env.sim.now + RECHECK;
            self.queue.add_at(at, item.key.clone(), item.cause);
            return Ok(());
        }
        let written = Client::new(context.env, &self.user).modify(&item.key, None, |object| {
            if let Some(finalizers) = &mut object.metadata_mut().finalizers {
                finalizers.retain(|finalizer| finalizer != FINALIZER);
            }
        });
        match written {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        }
    }
}

fn condition(type_: &str, status: bool, reason: &str, message: &str) -> CustomResourceDefinitionCondition {
    CustomResourceDefinitionCondition {
        type_: type_.to_owned(),
        status: if status { "True" } else { "False" }.to_owned(),
        reason: Some(reason.to_owned()),
        message: Some(message.to_owned()),
        ..CustomResourceDefinitionCondition::default()
    }
}

fn set_condition(
    conditions: &mut Vec<CustomResourceDefinitionCondition>,
    mut wanted: CustomResourceDefinitionCondition,
    now: &crate::api::types::meta::Time,
) {
    let known = conditions.iter_mut().find(|known| known.type_ == wanted.type_);
    let same = known.as_ref().is_some_and(|known| known.status == wanted.status);
    wanted.last_transition_time = match &known {
        Some(known) if same => known.last_transition_time.clone(),
        _ => Some(now.clone()),
    };
    match known {
        Some(known) => *known = wanted,
        None => conditions.push(wanted),
    }
}

/// `Established` follows one write after the names are accepted, so that all have heard of them.
fn next_established(
    definition: &CustomResourceDefinition,
    accepted: bool,
) -> CustomResourceDefinitionCondition {
    let find = |type_: &str| {
        definition
            .status
            .conditions
            .iter()
            .flatten()
            .find(move |found| found.type_ == type_)
    };
    let was_accepted = find("NamesAccepted").is_some_and(|found| found.status == "True");
    match find("Established") {
        Some(found) if found.status == "True" => found.clone(),
        Some(_) if accepted && was_accepted => condition(
            "Established",
            true,
            "InitialNamesAccepted",
            "the initial names have been accepted",
        ),
        _ if accepted => condition(
            "Established",
            false,
            "Installing",
            "the initial names have been accepted",
        ),
        _ => condition("Established", false, "NotAccepted", "not all names are accepted"),
    }
}

/// The names that are free, and whether all are (`calculateNamesAndConditions`).
fn accepted_names(
    store: &Store,
    definition: &CustomResourceDefinition,
) -> (CustomResourceDefinitionNames, CustomResourceDefinitionCondition) {
    let others = store
        .list(Kind::CustomResourceDefinition)
        .filter_map(AnyObject::get::<CustomResourceDefinition>)
        .filter(|other| other.spec.group == definition.spec.group && other.name() != definition.name())
        .filter_map(|other| other.status.accepted_names.as_ref());
    let (mut resources, mut kinds) = (Vec::new(), Vec::new());
    for other in others {
        resources.extend(
            [Some(&other.plural), other.singular.as_ref()]
                .into_iter()
                .flatten(),
        );
        resources.extend(other.short_names.iter().flatten());
        kinds.extend(
            [Some(&other.kind), other.list_kind.as_ref()]
                .into_iter()
                .flatten(),
        );
    }
    let asked = &definition.spec.names;
    let mut names = definition.status.accepted_names.clone().unwrap_or_default();
    let mut refused = None;
    let mut accept = |taken: &[&String], name: &str, reason: &'static str| {
        let free = !taken.iter().any(|taken| *taken == name);
        if !free {
            refused.get_or_insert_with(|| (reason, format!("{name:?} is already in use")));
        }
        free
    };
    if accept(&resources, &asked.plural, "PluralConflict") {
        names.plural.clone_from(&asked.plural);
    }
    if accept(
        &resources,
        asked.singular.as_deref().unwrap_or_default(),
        "SingularConflict",
    ) {
        names.singular.clone_from(&asked.singular);
    }
    let short = asked.short_names.iter().flatten();
    if short
        .clone()
        .all(|name| accept(&resources, name, "ShortNamesConflict"))
    {
        names.short_names.clone_from(&asked.short_names);
    }
    if accept(&kinds, &asked.kind, "KindConflict") {
        names.kind.clone_from(&asked.kind);
    }
    if accept(
        &kinds,
        asked.list_kind.as_deref().unwrap_or_default(),
        "ListKindConflict",
    ) {
        names.list_kind.clone_from(&asked.list_kind);
    }
    names.categories.clone_from(&asked.categories);
    let condition = match refused {
        None => condition("NamesAccepted", true, "NoConflicts", "no conflicts found"),
        Some((reason, message)) => condition("NamesAccepted", false, reason, &message),
    };
    (names, condition)
}
