//! « Pourquoi ? »: why an object is as it is, as a chain from what is seen, through what a component decided, to the line of the
//! manifest or the command that it comes from.
//!
//! Nothing of Kubernetes: the lab's own reading of what Kubernetes keeps (objects, events, the scheduler's decision) and of the
//! trace. A rule is a function from the [`World`] and an object to steps; there is one file for each symptom, and the French is
//! in `texts`. Nothing here writes: who asks twice gets the same answer twice.

mod claim;
mod container;
mod crash;
mod endpoints;
mod error;
mod forbidden;
mod image;
mod lost;
mod missing;
mod node;
mod pending;
mod pod;
mod print;
mod probe;
mod quota;
mod scaling;
mod source;
mod terminating;
mod texts;
mod well;
mod workload;
mod world;

use serde::{Deserialize, Serialize};

use crate::api::{AnyObject, Key};

pub use error::error;
pub use lost::last_lost;
pub use print::{lines, named, print};
pub use world::World;

/// French typography for a text that was typed with plain spaces and apostrophes.
#[must_use]
pub fn typeset(text: &str) -> String {
    texts::fill(text, &[])
}

/// A chain of causes, from what is seen to where it comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    /// Whether something is wrong.
    pub wrong: bool,
    /// The steps, each because of the next.
    pub steps: Vec<Step>,
}

/// One step of a chain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What is so, in French.
    pub text: String,
    /// The object it is about.
    pub object: Option<Target>,
    /// What Kubernetes says itself, or what a container printed.
    pub evidence: String,
    /// The line that it comes from.
    pub place: Option<Place>,
    /// The command that it comes from.
    pub command: String,
}

/// An object that a step speaks of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Its kind, as in manifests.
    pub kind: String,
    /// Its namespace, empty for kinds without.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// A line of a file of the work folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// What stands there.
    pub text: String,
}

impl Chain {
    /// Adds a step; each `{}` of the text is one of the arguments.
    fn say(&mut self, text: &str, arguments: &[&str]) -> &mut Step {
        let place = self.steps.len();
        self.steps.push(Step {
            text: texts::fill(text, arguments),
            ..Step::default()
        });
        #[expect(clippy::indexing_slicing, reason = "it was pushed just now")]
        &mut self.steps[place]
    }

    /// As [`say`](Self::say), where something is wrong.
    fn blame(&mut self, text: &str, arguments: &[&str]) -> &mut Step {
        self.wrong = true;
        self.say(text, arguments)
    }
}

impl Step {
    fn about(&mut self, object: &AnyObject) -> &mut Self {
        self.named(object.names().kind, object.namespace(), object.name())
    }

    fn named(&mut self, kind: &str, namespace: &str, name: &str) -> &mut Self {
        self.object = Some(Target {
            kind: kind.to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        });
        self
    }

    fn quoting(&mut self, words: &str) -> &mut Self {
        words.trim().clone_into(&mut self.evidence);
        self
    }

    /// Where it comes from: the line of a file, or the command that made the object.
    fn from(&mut self, world: &World<'_>, object: &AnyObject, path: &str) -> &mut Self {
        self.place = world.place(object, path);
        if self.place.is_none() {
            self.command = world.command_of(object, path).unwrap_or_default();
        }
        self
    }
}

/// Why an object is as it is; nothing when there is no such object.
#[must_use]
pub fn object(world: &World<'_>, key: &Key) -> Option<Chain> {
    let object = world.store.get(key)?;
    let mut chain = Chain::default();
    explain(world, object, &mut chain);
    Some(chain)
}

/// The rule for the kind; where nothing is wrong, why the object is there at all.
fn explain(world: &World<'_>, object: &AnyObject, chain: &mut Chain) {
    if terminating::explain(world, object, chain) {
        return;
    }
    match object {
        AnyObject::Pod(pod) => pod::explain(world, object, pod, chain),
        AnyObject::Service(service) => endpoints::service(world, object, service, chain),
        AnyObject::Ingress(ingress) => endpoints::ingress(world, object, ingress, chain),
        AnyObject::Deployment(deployment) => workload::deployment(world, object, deployment, chain),
        AnyObject::ReplicaSet(_)
        | AnyObject::StatefulSet(_)
        | AnyObject::DaemonSet(_)
        | AnyObject::Job(_)
        | AnyObject::CronJob(_)
        | AnyObject::ReplicationController(_) => workload::other(world, object, chain),
        AnyObject::HorizontalPodAutoscaler(scaler) => scaling::explain(world, object, scaler, chain),
        AnyObject::PersistentVolumeClaim(claim) => claim::explain(world, object, claim, chain),
        AnyObject::Node(node) => node::explain(world, object, node, chain),
        AnyObject::Event(event) => return about_event(world, &event.spec, chain),
        _ => {}
    }
    if !chain.wrong {
        well::explain(world, object, chain);
    }
}

/// An event is explained by the object that it is about.
fn about_event(world: &World<'_>, event: &crate::api::types::core::Event, chain: &mut Chain) {
    let about = &event.involved_object;
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    let (kind, namespace, name) = (text(&about.kind), text(&about.namespace), text(&about.name));
    chain
        .say(
            texts::EVENT,
            &[
                event.reason.as_deref().unwrap_or_default(),
                &texts::the(&kind),
                &name,
            ],
        )
        .named(&kind, &namespace, &name)
        .quoting(event.message.as_deref().unwrap_or_default());
    match world.find(&text(&about.api_version), &kind, &namespace, &name) {
        Some(object) if !matches!(object, AnyObject::Event(_)) => explain(world, object, chain),
        _ => {
            chain.say(texts::GONE, &[&texts::the_first(&kind), &name]);
        }
    }
}
