//! The image that a container needs (`pkg/kubelet/images/image_manager.go`, `EnsureImageExists`): it is there, is pulled, or the pull is held back.

#![expect(
    clippy::indexing_slicing,
    reason = "indices come from the worker's own list of containers, which never changes"
)]

use std::time::Duration;

use super::container::Step;
use super::worker::{PodWorker, RETRY_TIME, START_TIME};
use super::{Host, credentials};
use crate::client::{Env, EventType};
use crate::runtime::{Credential, ImageReference};

/// What a registry takes to refuse.
const REFUSAL_TIME: (Duration, Duration) = (Duration::from_millis(400), Duration::from_millis(900));

/// After the first failed pull it looks again sooner: the runtime's event of the new sandbox wakes it.
const PULL_RETRY_TIME: (Duration, Duration) = (Duration::from_millis(500), Duration::from_millis(1_500));

impl PodWorker {
    /// Begins to start a container; answers whether it is on its way.
    pub(super) fn begin(&mut self, env: &mut Env<'_>, host: &mut Host<'_>, index: usize) -> bool {
        let now = env.sim.now;
        let Some(container) = self.containers.get_mut(index) else {
            return false;
        };
        if container.last_ended().is_some() && container.restart_blocked_until() > now {
            self.hold_back(env, host, index);
            return false;
        }
        if container.pull_blocked_until > now {
            self.hold_pull(env, host, index);
            return false;
        }
        if container.last_ended().is_some() {
            container.restarting(now);
        }
        let Some(spec) = self.spec_of(&self.containers[index].name).cloned() else {
            return false;
        };
        let image_name = spec.image.clone().unwrap_or_default();
        let credentials = credentials::of(&self.pod.clone(), env, host);
        // An image that was pulled with a secret is there only for those who know it (`KubeletEnsureSecretPulledImages`).
        let present = ImageReference::parse(&image_name)
            .filter(|reference| host.catalog.admits(reference, &credentials))
            .and_then(|reference| host.images.get(&reference.to_string()).cloned());
        let policy = spec.image_pull_policy.as_deref().unwrap_or("IfNotPresent");
        match present {
            Some(image) if policy != "Always" => {
                let message = format!(
                    "Container image \"{image_name}\" already present on machine and can be accessed by the pod"
                );
                self.event(env, host, index, (EventType::Normal, "Pulled"), message);
                let until = now + self.draw(env, "container-start", START_TIME);
                self.containers[index].image = Some(image);
                self.containers[index].step = Some(Step::Starting { until });
            }
            None if policy == "Never" => {
                let message =
                    format!("Container image \"{image_name}\" is not present with pull policy of Never");
                self.event(
                    env,
                    host,
                    index,
                    (EventType::Warning, "ErrImageNeverPull"),
                    message.clone(),
                );
                self.event(
                    env,
                    host,
                    index,
                    (EventType::Warning, "Failed"),
                    "Error: ErrImageNeverPull".to_owned(),
                );
                self.containers[index].fail("ErrImageNeverPull", message);
                self.retry(env, RETRY_TIME);
                return false;
            }
            _ => self.pull(env, host, index, (&image_name, &credentials)),
        }
        true
    }

    fn pull(
        &mut self,
        env: &mut Env<'_>,
        host: &mut Host<'_>,
        index: usize,
        (image_name, credentials): (&str, &[Credential]),
    ) {
        let now = env.sim.now;
        self.event(
            env,
            host,
            index,
            (EventType::Normal, "Pulling"),
            format!("Pulling image \"{image_name}\""),
        );
        let (until, result) = match host.catalog.resolve(env.sim.rng, image_name, credentials) {
            Ok(image) => {
                let (node, speed) = (&host.spec.name, host.spec.pull_mib_per_sec);
                (host.images.pull(now, env.sim.rng, node, &image, speed), Ok(image))
            }
            Err(refusal) => {
                let takes = Duration::from_secs(refusal.takes_secs);
                let until = now + takes + self.draw(env, "pull-refusal", REFUSAL_TIME);
                (until, Err(refusal.message))
            }
        };
        self.containers[index].step = Some(Step::Pulling {
            since: now,
            until,
            result,
        });
    }

    pub(super) fn pull_failed(
        &mut self,
        env: &mut Env<'_>,
        host: &mut Host<'_>,
        index: usize,
        error: String,
    ) {
        let now = env.sim.now;
        let name = self.image_name(index);
        let message = format!("Failed to pull image \"{name}\": {error}");
        self.event(env, host, index, (EventType::Warning, "Failed"), message);
        self.event(
            env,
            host,
            index,
            (EventType::Warning, "Failed"),
            "Error: ErrImagePull".to_owned(),
        );
        let container = &mut self.containers[index];
        let again = container
            .failure
            .as_ref()
            .is_some_and(|(reason, _)| matches!(reason.as_str(), "ErrImagePull" | "ImagePullBackOff"));
        container.fail("ErrImagePull", error);
        container.pull_blocked_until = now + container.pull_back_off.next(now);
        self.retry(env, if again { RETRY_TIME } else { PULL_RETRY_TIME });
    }

    /// The pull is held back after a failure.
    fn hold_pull(&mut self, env: &mut Env<'_>, host: &mut Host<'_>, index: usize) {
        let name = self.image_name(index);
        let error = match &self.containers[index].failure {
            Some((reason, message)) if reason == "ErrImagePull" => Some(message.clone()),
            _ => None,
        };
        self.event(
            env,
            host,
            index,
            (EventType::Normal, "BackOff"),
            format!("Back-off pulling image \"{name}\""),
        );
        self.event(
            env,
            host,
            index,
            (EventType::Warning, "Failed"),
            "Error: ImagePullBackOff".to_owned(),
        );
        if let Some(error) = error {
            let message = format!("Back-off pulling image \"{name}\": ErrImagePull: {error}");
            self.containers[index].fail("ImagePullBackOff", message);
        }
        let blocked = self.containers[index].pull_blocked_until;
        let jitter = self.draw(
            env,
            "worker-jitter",
            (Duration::from_secs(1), Duration::from_secs(5)),
        );
        self.retry_no_later_than(blocked + jitter);
    }

    pub(super) fn image_name(&self, index: usize) -> String {
        let name = self
            .containers
            .get(index)
            .map(|container| container.name.as_str())
            .unwrap_or_default();
        self.spec_of(name)
            .and_then(|spec| spec.image.clone())
            .unwrap_or_default()
    }
}
