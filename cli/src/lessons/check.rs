//! `timonier lessons check`: proves every lesson, and ends with one line that counts.
use super::{find, take_out};
use std::collections::BTreeSet;
use std::process::ExitCode;
use timonier_lessons::format::Start;
use timonier_lessons::lab::Lab;
use timonier_lessons::play::Play;
use timonier_lessons::proof;
use timonier_lessons::review::{addresses, review};

/// The seed of the clusters on which exercises are proved, unless `--seed` gives another.
const SEED: u64 = 1;

pub(super) fn run(args: &[String]) -> Result<ExitCode, String> {
    let (seed, args) = take_seed(args)?;
    let (_, paths) = take_out(&args)?;
    let lessons = find(&paths)?;
    let mut known = addresses(lessons.iter().filter_map(|l| l.loaded.as_ref().ok()));
    // A lesson checked alone may link to the course of this repository.
    if let Ok(course) = find(&[]) {
        known.extend(addresses(course.iter().filter_map(|l| l.loaded.as_ref().ok())));
    }
    let mut new_lab = |start: &Start| Play::new(seed, start).map(|lab| Box::new(lab) as Box<dyn Lab>);
    let mut ids = BTreeSet::new();
    let (mut exercises, mut variants, mut failed) = (0, 0, 0);
    for lesson in &lessons {
        let name = &lesson.name;
        let loaded = match &lesson.loaded {
            Ok(loaded) => loaded,
            Err(faults) => {
                for fault in faults {
                    println!("{name}/{fault}");
                }
                failed += 1;
                continue;
            }
        };
        let mut faults = review(loaded, &known);
        let own = std::iter::once(&loaded.lesson.id).chain(loaded.exercises().map(|e| &e.exercise.id));
        let twice: Vec<&String> = own.filter(|id| !ids.insert((*id).clone())).collect();
        faults.extend(twice.into_iter().map(|id| {
            let message = format!("L’identifiant « {id} » existe déjà dans le cours.");
            timonier_lessons::error::Fault::new(loaded.document.place("id"), message)
        }));
        faults.extend(proof::pages(loaded, &mut new_lab));
        failed += usize::from(!faults.is_empty());
        for exercise in loaded.exercises() {
            exercises += 1;
            for number in 0..exercise.variants() {
                variants += 1;
                let found = proof::exercise(exercise, number, &mut new_lab);
                failed += usize::from(!found.is_empty());
                faults.extend(found);
            }
        }
        for fault in &faults {
            println!("{name}/{fault}");
        }
    }
    println!(
        "{} lessons, {exercises} exercises, {variants} variants, {failed} failed",
        lessons.len()
    );
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The value of `--seed N` or `--seed=N`, and the other arguments.
fn take_seed(args: &[String]) -> Result<(u64, Vec<String>), String> {
    let (mut seed, mut rest) = (SEED, Vec::new());
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let value = match arg.strip_prefix("--seed=") {
            Some(value) => Some(value),
            None if arg == "--seed" => Some(args.next().map_or("", String::as_str)),
            None => None,
        };
        match value {
            Some(value) => seed = value.parse().map_err(|_| "--seed wants a number")?,
            None => rest.push(arg.clone()),
        }
    }
    Ok((seed, rest))
}
