//! A node that is not ready, and the Pods that were on it.

use super::{Chain, World, texts};
use crate::api::{AnyObject, Node, Pod};

fn ready(node: &Node) -> Option<(&str, &str, &str)> {
    let mut conditions = node.status.conditions.iter().flatten();
    let found = conditions.find(|condition| condition.type_ == "Ready")?;
    let text = |part: &Option<String>| -> &'static str {
        match part.as_deref() {
            Some("NodeStatusUnknown") => "NodeStatusUnknown",
            _ => "",
        }
    };
    Some((
        &found.status,
        text(&found.reason),
        found.message.as_deref().unwrap_or_default(),
    ))
}

/// Whether a node is there and ready.
pub(super) fn is_ready(world: &World<'_>, name: &str) -> bool {
    let node = world.get::<Node>("", name);
    node.and_then(ready)
        .is_some_and(|(status, _, _)| status == "True")
}

/// Explains a node.
pub(super) fn explain(world: &World<'_>, object: &AnyObject, node: &Node, chain: &mut Chain) {
    let name = node.name();
    let (status, reason, words) = ready(node).unwrap_or_default();
    if status != "True" {
        chain
            .blame(texts::NODE_DOWN, &[name])
            .about(object)
            .quoting(words);
        let stopped = world.is_stopped(&format!("kubelet {name}"));
        let known = world.kubelets.iter().any(|kubelet| kubelet.node_name() == name);
        let text = match (stopped, known, reason) {
            (true, ..) => texts::KUBELET_STOPPED,
            (_, false, _) => texts::NO_MACHINE,
            (_, _, "NodeStatusUnknown") => texts::NODE_SILENT,
            _ => texts::NODE_STARTS,
        };
        chain.say(text, &[name]);
        chain.say(texts::NODE_EVICTS, &[]);
    }
    if node.spec.unschedulable == Some(true) {
        chain.blame(texts::NODE_CORDONED, &[name]).about(object);
        let typed =
            world.commands.iter().rev().find(|(_, line)| {
                line.contains(name) && (line.contains(" cordon") || line.contains(" drain"))
            });
        if let (Some((_, line)), Some(step)) = (typed, chain.steps.last_mut()) {
            step.command.clone_from(line);
        }
    }
}

/// Explains a Pod whose node does not answer; answers whether that is so.
pub(super) fn lost(world: &World<'_>, object: &AnyObject, pod: &Pod, chain: &mut Chain) -> bool {
    let name = pod.spec.node_name.as_deref().unwrap_or_default();
    if is_ready(world, name) {
        return false;
    }
    match world
        .store
        .get(&crate::api::Key::new(crate::api::Kind::Node, "", name))
    {
        Some(node) => {
            chain
                .blame(texts::ON_LOST_NODE, &[pod.name(), name])
                .about(object);
            world.go_on(node, chain);
        }
        None => {
            chain
                .blame(texts::NO_SUCH_NODE, &[pod.name(), name])
                .about(object)
                .from(world, object, "spec.nodeName");
        }
    }
    true
}
