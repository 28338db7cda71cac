//! Why a container does not run: each reason of waiting has its rule.

use super::{Chain, World, crash, image, missing, texts};
use crate::api::types::core::{Container, ContainerStateTerminated, ContainerStatus};
use crate::api::{AnyObject, Pod};

/// A container of a Pod.
pub(super) struct Part<'a> {
    pub(super) object: &'a AnyObject,
    pub(super) pod: &'a Pod,
    pub(super) spec: &'a Container,
    /// Where it stands in the Pod.
    pub(super) path: String,
    /// How it is, once its kubelet has said so.
    pub(super) status: Option<&'a ContainerStatus>,
}

impl<'a> Part<'a> {
    /// The reason it waits for, and what is said of it.
    pub(super) fn waiting(&self) -> Option<(&'a str, &'a str)> {
        let waiting = self.status?.state.as_ref()?.waiting.as_ref()?;
        let message = waiting.message.as_deref().unwrap_or_default();
        Some((waiting.reason.as_deref().unwrap_or_default(), message))
    }

    /// How it ended last.
    pub(super) fn ended(&self) -> Option<&'a ContainerStateTerminated> {
        let status = self.status?;
        let ended = |state: &'a Option<crate::api::types::core::ContainerState>| {
            state.as_ref().and_then(|state| state.terminated.as_ref())
        };
        ended(&status.state).or_else(|| ended(&status.last_state))
    }

    fn runs(&self) -> bool {
        let state = self.status.and_then(|status| status.state.as_ref());
        state.is_some_and(|state| state.running.is_some())
    }

    fn is_initial(&self) -> bool {
        self.path.starts_with("spec.init")
    }
}

/// Explains a container; answers whether there was something to say.
pub(super) fn explain(world: &World<'_>, part: &Part<'_>, chain: &mut Chain) -> bool {
    let name = part.spec.name.as_str();
    match part.waiting() {
        Some(("ErrImagePull" | "ImagePullBackOff" | "InvalidImageName" | "ErrImageNeverPull", _)) => {
            image::explain(world, part, chain);
            return true;
        }
        Some((reason @ ("CreateContainerConfigError" | "CreateContainerError"), words)) => {
            chain
                .blame(texts::NOT_MADE, &[name, reason])
                .about(part.object)
                .quoting(words);
            missing::explain(world, part.object, part.pod, words, chain);
            return true;
        }
        Some(("CrashLoopBackOff" | "RunContainerError", _)) => {
            crash::explain(world, part, chain);
            return true;
        }
        Some(("PodInitializing", _)) => return false,
        Some(_) => return creating(world, part, chain),
        None if part.status.is_none() => return creating(world, part, chain),
        None => {}
    }
    let failed = part.ended().is_some_and(|ended| ended.exit_code != 0);
    let again = part
        .status
        .is_some_and(|status| status.restart_count > 0 && !status.ready);
    if failed && (!part.runs() || again) {
        crash::explain(world, part, chain);
        return true;
    }
    if part.is_initial() && part.runs() {
        let restarts = part.spec.restart_policy.as_deref() == Some("Always");
        if !restarts {
            chain
                .blame(texts::INITIALISING, &[part.pod.name(), name])
                .about(part.object)
                .quoting(&world.log(part.pod, name, false));
            chain
                .say(texts::INITIALISING_WHY, &[])
                .from(world, part.object, &part.path);
        }
        return !restarts;
    }
    false
}

/// Nothing has been started yet: something is being fetched, or is missing.
fn creating(world: &World<'_>, part: &Part<'_>, chain: &mut Chain) -> bool {
    let (pod, name) = (part.pod, part.spec.name.as_str());
    let node = pod.spec.node_name.as_deref().unwrap_or_default();
    let mut pulls = world
        .kubelets
        .iter()
        .flat_map(crate::kubelet::Kubelet::image_pulls);
    let pulling = pulls
        .find(|pull| pull.namespace == pod.namespace() && pull.pod == pod.name() && pull.container == name);
    if let Some(pull) = pulling {
        let image = part.spec.image.as_deref().unwrap_or_default();
        chain.wrong = true;
        chain
            .say(texts::PULLING, &[pod.name(), node, image, &world.ago(pull.since)])
            .about(part.object);
        return true;
    }
    let words = world.event_words(part.object, &["FailedMount", "FailedAttachVolume"]);
    chain.wrong = true;
    chain
        .say(texts::CREATING, &[pod.name(), node, name])
        .about(part.object)
        .quoting(words);
    if words.is_empty() {
        if world.is_stopped(&format!("kubelet {node}")) {
            chain.say(texts::KUBELET_STOPPED, &[node]).named("Node", "", node);
        }
    } else {
        missing::explain(world, part.object, pod, words, chain);
    }
    true
}
