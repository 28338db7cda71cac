//! The condition of a Pod that is taken away for a reason that is not its own (`PodDisruptionConditions`).

use crate::api::meta::meta_time;
use crate::api::types::core::PodCondition;
use crate::api::{Key, Pod, StatusError};
use crate::apiserver::User;
use crate::client::{Client, Env};

/// Says in a Pod's conditions why it is taken away, and that it failed if nobody else can.
///
/// # Errors
///
/// What the API server refuses, but for a Pod that is gone.
pub(super) fn disrupt(
    env: &mut Env<'_>,
    user: &User,
    pod: &Key,
    (reason, message): (&str, &str),
    failed: bool,
) -> Result<(), StatusError> {
    let now = meta_time(env.sim.now);
    let written = Client::new(env, user).modify(pod, Some("status"), |object| {
        let Some(pod) = object.get_mut::<Pod>() else {
            return;
        };
        let generation = pod.metadata.generation;
        let status = pod.status_mut();
        if failed {
            status.phase = Some("Failed".to_owned());
        }
        let conditions = status.conditions.get_or_insert_default();
        conditions.retain(|condition| condition.type_ != "DisruptionTarget");
        conditions.push(PodCondition {
            type_: "DisruptionTarget".to_owned(),
            status: "True".to_owned(),
            reason: Some(reason.to_owned()),
            message: Some(message.to_owned()),
            last_transition_time: Some(now),
            observed_generation: generation,
            ..PodCondition::default()
        });
    });
    match written {
        Err(error) if !error.is_not_found() => Err(error),
        _ => Ok(()),
    }
}
