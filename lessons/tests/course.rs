//! The course itself: every lesson loads, and has what a lesson must have.
use timonier_core::runtime::{Catalog, ImageReference};
use timonier_lessons::error::Fault;
use timonier_lessons::load::{Loaded, load};
use timonier_lessons::review::{addresses, review};
use timonier_lessons::source::{Folder, Under, lessons_in};

fn course() -> Vec<(String, Result<Loaded, Vec<Fault>>)> {
    let folder = Folder::new(concat!(env!("CARGO_MANIFEST_DIR"), "/cours"));
    let found = lessons_in(&folder);
    assert!(found.len() >= 3, "{found:?}");
    found
        .iter()
        .map(|name| (name.clone(), load(&Under::new(&folder, name))))
        .collect()
}

#[test]
fn every_lesson_loads_and_is_good_enough() {
    let mut said = Vec::new();
    let mut lessons = Vec::new();
    for (name, loaded) in course() {
        match loaded {
            Ok(loaded) => lessons.push((name, loaded)),
            Err(faults) => said.extend(faults.iter().map(|f| format!("{name}/{f}"))),
        }
    }
    let known = addresses(lessons.iter().map(|(_, loaded)| loaded));
    for (name, loaded) in &lessons {
        said.extend(review(loaded, &known).iter().map(|f| format!("{name}/{f}")));
    }
    assert!(said.is_empty(), "{}", said.join("\n"));
}

#[test]
fn images_that_lessons_count_on() {
    let catalog = Catalog::builtin(false).expect("the built-in catalogue");
    for line in include_str!("../cours/IMAGES").lines() {
        let (wanted, line) = match line.strip_prefix("! ") {
            Some(rest) => (false, rest),
            None => (true, line),
        };
        let mut words = line.split_whitespace();
        let name = words.next().filter(|word| !word.starts_with('#'));
        for (name, tag) in words.filter_map(|tag| Some((name?, tag))) {
            let full = |image| ImageReference::parse(image).map(|image| image.name());
            let there = catalog
                .images()
                .any(|(image, tags)| full(image) == full(name) && tags.iter().any(|t| t == tag));
            assert_eq!(there, wanted, "{name}:{tag}");
        }
    }
}
