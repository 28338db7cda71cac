//! ErrImagePull, ImagePullBackOff: an image that no registry gives.

use super::container::Part;
use super::{Chain, World, texts};
use crate::manifest::nearest;
use crate::runtime::ImageReference;

/// Explains a container whose image does not come.
pub(super) fn explain(world: &World<'_>, part: &Part<'_>, chain: &mut Chain) {
    let image = part.spec.image.as_deref().unwrap_or_default();
    let node = part.pod.spec.node_name.as_deref().unwrap_or_default();
    let (reason, words) = part.waiting().unwrap_or_default();
    chain
        .blame(texts::NO_IMAGE, &[part.pod.name(), reason, &part.spec.name])
        .about(part.object);
    let text = match reason {
        "InvalidImageName" => texts::IMAGE_NAME,
        "ErrImageNeverPull" => texts::IMAGE_NEVER,
        _ => texts::IMAGE_ASKED,
    };
    chain
        .say(text, &[node, image])
        .named("Node", "", node)
        .quoting(words);
    let path = if reason == "ErrImageNeverPull" {
        "imagePullPolicy"
    } else {
        "image"
    };
    let (text, arguments) = cause(world, image, reason);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    chain
        .say(text, &arguments)
        .from(world, part.object, &format!("{}.{path}", part.path));
}

/// What is wrong with the name, and the nearest one that exists.
fn cause(world: &World<'_>, image: &str, reason: &str) -> (&'static str, Vec<String>) {
    if reason == "ErrImageNeverPull" {
        return (texts::IMAGE_NEVER_WHY, vec![image.to_owned()]);
    }
    let Some(wanted) = ImageReference::parse(image) else {
        return (texts::IMAGE_NAME_WHY, vec![image.to_owned()]);
    };
    let known = |(name, tags): (&str, &[String])| {
        let found = ImageReference::parse(name)?;
        (found.name() == wanted.name()).then(|| tags.to_vec())
    };
    if let Some(tags) = world.catalog.images().find_map(known) {
        let tag = wanted.tag.clone();
        let shown = tags.join(", ");
        return match nearest_tag(&tag, &tags) {
            Some(meant) => (texts::TAG_MEANT, vec![image.to_owned(), tag, meant, shown]),
            None => (texts::TAG_UNKNOWN, vec![image.to_owned(), tag, shown]),
        };
    }
    // `ngimx` is nearer to `nginx` than `library/ngimx` to anything.
    let written = image.split([':', '@']).next().unwrap_or(image);
    let names = world.catalog.images().map(|(name, _)| name);
    if let Some(meant) = nearest(written, names) {
        return (texts::IMAGE_MEANT, vec![written.to_owned(), meant.to_owned()]);
    }
    if wanted.registry == "docker.io" {
        (texts::IMAGE_UNKNOWN, vec![written.to_owned()])
    } else {
        (texts::IMAGE_PRIVATE, vec![written.to_owned(), wanted.registry])
    }
}

/// The tag that differs by a letter, or the nearest version.
fn nearest_tag(tag: &str, tags: &[String]) -> Option<String> {
    let numbers = |text: &str| -> Option<Vec<i64>> {
        let head = text.trim_start_matches('v').split('-').next()?;
        head.split('.').map(|part| part.parse().ok()).collect()
    };
    if let Some(meant) = nearest(tag, tags.iter().map(String::as_str)) {
        return Some(meant.to_owned());
    }
    let wanted = numbers(tag)?;
    // As many numbers as are needed: `1.27.9` is near `1.27`.
    let far = |found: &[i64]| -> Vec<i64> {
        let at = |list: &[i64], index: usize| list.get(index).copied().unwrap_or(0);
        (0..3)
            .map(|index| (at(&wanted, index) - at(found, index)).abs())
            .collect()
    };
    let suffix = tag.split_once('-').map(|(_, suffix)| suffix);
    tags.iter()
        .filter(|found| found.split_once('-').map(|(_, suffix)| suffix) == suffix)
        .filter_map(|found| Some((far(&numbers(found)?), found)))
        .min()
        .map(|(_, found)| found.clone())
}
