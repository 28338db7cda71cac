//! Marks as a file that a learner takes to another machine: JSON that a person, and a teacher's script, can read.

use serde_json::{Map, Value, json};
use timonier_core::sorted::SortedMap;

use crate::protocol::save::Marks;

/// The number of this format.
const FORMAT: u64 = 1;

/// The file.
pub(super) fn write(marks: &SortedMap<String, Marks>) -> String {
    let one = |marks: &Marks| {
        json!({
            "best": marks.best,
            "max": marks.max,
            "hintsUsed": marks.hints_used,
            "solutionSeen": marks.solution_seen,
            "activeSeconds": marks.active_secs,
        })
    };
    let exercises: Map<String, Value> = marks.iter().map(|(id, marks)| (id.clone(), one(marks))).collect();
    format!(
        "{:#}\n",
        json!({ "timonier": "progression", "format": FORMAT, "exercises": exercises })
    )
}

/// The marks of a file.
///
/// # Errors
/// A sentence for the learner (French) when it is no such file.
pub(super) fn read(text: &str) -> Result<SortedMap<String, Marks>, String> {
    let refused = || "Ce fichier n’est pas une progression exportée par Timonier.".to_owned();
    let file: Value = serde_json::from_str(text).map_err(|_| refused())?;
    let field = |name: &str| file.get(name).unwrap_or(&Value::Null);
    if *field("timonier") != "progression" {
        return Err(refused());
    }
    if field("format").as_u64().is_none_or(|format| format > FORMAT) {
        return Err("Ce fichier vient d’une version plus récente du laboratoire.".to_owned());
    }
    let exercises = field("exercises").as_object().ok_or_else(refused)?;
    Ok(exercises
        .iter()
        .map(|(id, marks)| (id.clone(), one(marks)))
        .collect())
}

fn one(marks: &Value) -> Marks {
    let number = |name: &str| {
        marks
            .get(name)
            .and_then(Value::as_u64)
            .and_then(|number| u32::try_from(number).ok())
            .unwrap_or(0)
    };
    let max = number("max");
    Marks {
        best: number("best").min(max),
        max,
        hints_used: number("hintsUsed"),
        solution_seen: marks.get("solutionSeen") == Some(&Value::Bool(true)),
        active_secs: number("activeSeconds"),
    }
}

/// Both machines' marks as one: nothing earned is lost, no hint is forgotten. Answers which have changed.
pub(super) fn merge(
    here: &SortedMap<String, Marks>,
    there: SortedMap<String, Marks>,
) -> Vec<(String, Marks)> {
    let merged = there.into_iter().map(|(id, theirs)| {
        let ours = here.get(&id).cloned().unwrap_or_default();
        let both = Marks {
            best: ours.best.max(theirs.best),
            max: ours.max.max(theirs.max),
            hints_used: ours.hints_used.max(theirs.hints_used),
            solution_seen: ours.solution_seen || theirs.solution_seen,
            active_secs: ours.active_secs.max(theirs.active_secs),
        };
        (id, both)
    });
    merged.filter(|(id, marks)| here.get(id) != Some(marks)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(best: u32, hints_used: u32, solution_seen: bool) -> Marks {
        Marks {
            best,
            max: 10,
            hints_used,
            solution_seen,
            active_secs: 60,
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let all = SortedMap::from([
            ("a".to_owned(), marks(7, 1, false)),
            ("~x/b".to_owned(), marks(10, 0, true)),
        ]);
        assert_eq!(read(&write(&all)), Ok(all));
    }

    #[test]
    fn other_files_are_refused() {
        for text in [
            "",
            "{}",
            "[1]",
            r#"{"timonier":"autre","format":1,"exercises":{}}"#,
            r#"{"timonier":"progression","format":2,"exercises":{}}"#,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn marks_of_two_machines_become_one() {
        let here = SortedMap::from([
            ("a".to_owned(), marks(7, 1, false)),
            ("b".to_owned(), marks(3, 0, false)),
        ]);
        let there = SortedMap::from([
            ("a".to_owned(), marks(5, 2, false)),
            ("b".to_owned(), marks(3, 0, false)),
            ("c".to_owned(), marks(10, 0, true)),
        ]);
        assert_eq!(
            merge(&here, there),
            [
                ("a".to_owned(), marks(7, 2, false)),
                ("c".to_owned(), marks(10, 0, true))
            ]
        );
    }
}
