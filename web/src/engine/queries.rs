//! Answers to what the page wants to know.

use timonier_core::{api::schema, manifest};

use crate::protocol::{Answer, CourseMap, Diagnostic, Query, save::Aside};

use super::{assist, course::Course, inspect, lab::Lab, names, persist::Keeper, progress, view};

/// Answers one query.
///
/// # Errors
/// A sentence for the learner.
pub(super) async fn answer(
    lab: Option<&mut Lab>,
    keeper: &mut Keeper,
    course: &mut Course,
    query: Query,
) -> Result<Answer, String> {
    match query {
        Query::Course => {
            let lessons = course.index().await?.lessons.clone();
            Ok(Answer::Course(CourseMap {
                lessons,
                own: course.own.cards(keeper).await,
                marks: keeper.marks().await,
            }))
        }
        Query::Lesson(id) => Ok(Answer::Lesson(Box::new(course.read(&id, keeper).await?))),
        Query::OpenLessons(files) => Ok(Answer::Opened(course.own.open(files, keeper).await)),
        Query::CloseLesson(id) => {
            course.own.close(&id, keeper).await;
            Ok(Answer::Done)
        }
        Query::Diagnose { text } => Ok(Answer::Diagnostics(diagnose(&text))),
        Query::Suggest { text, line, letter } => Ok(assist::suggest(&text, line, letter)),
        Query::Meaning { text, line, letter } => Ok(assist::meaning(&text, line, letter).await),
        Query::Format(text) => Ok(Answer::Text(manifest::format(&text))),
        Query::About(line) => Ok(Answer::Text(assist::about(line).await)),
        Query::ExportMarks => Ok(Answer::Text(progress::write(&keeper.marks().await))),
        Query::ImportMarks(text) => import(keeper, &text).await.map(Answer::Text),
        Query::Aside => Ok(Answer::Text(aside(keeper).await)),
        query => of_lab(lab.ok_or_else(String::new)?, query),
    }
}

/// Takes the marks of another machine in, and says what came of it.
async fn import(keeper: &mut Keeper, text: &str) -> Result<String, String> {
    let there = progress::read(text)?;
    let changed = progress::merge(&keeper.marks().await, there);
    let count = changed.len();
    keeper.take_marks(changed).await?;
    Ok(match count {
        0 => "Rien de nouveau dans ce fichier\u{a0}: tout était déjà ici.".to_owned(),
        1 => "Un exercice mis à jour.".to_owned(),
        count => format!("{count} exercices mis à jour."),
    })
}

/// Answers a query about the open lab.
fn of_lab(lab: &mut Lab, query: Query) -> Result<Answer, String> {
    match query {
        Query::NextHint => lab.exercise().ok_or_else(String::new)?.next_hint(),
        Query::Solution => lab.exercise().ok_or_else(String::new)?.show_solution(),
        Query::Answer { question, choice } => {
            lab.exercise().ok_or_else(String::new)?.answer(question, choice)?;
        }
        Query::Object {
            what,
            kind,
            namespace,
            name,
        } => {
            return inspect::text(lab.cluster(), what, &kind, &namespace, &name).map(Answer::Text);
        }
        Query::Decision(namespace, pod) => {
            let found = view::decision(lab.cluster(), &namespace, &pod);
            return Ok(Answer::Decision(found.map(Box::new)));
        }
        Query::Changes(text) => return inspect::changes(lab.cluster(), text).map(Answer::Text),
        Query::Names(line) => return Ok(Answer::Text(names::of_line(lab.cluster(), &line))),
        Query::Complete { line, cursor } => {
            let cursor = usize::try_from(cursor).unwrap_or(usize::MAX);
            return Ok(Answer::Completion(lab.host().complete(&line, cursor)));
        }
        _ => return Err(String::new()),
    }
    Ok(Answer::Done)
}

/// What is wrong in a manifest, in the editor's terms.
fn diagnose(text: &str) -> Vec<Diagnostic> {
    let found = manifest::diagnose(text, schema::schema());
    let remark = |found: manifest::Diagnostic| Diagnostic {
        line: found.start.line,
        column: found.start.column,
        end_line: found.end.line,
        end_column: found.end.column,
        error: found.severity == manifest::Severity::Error,
        message: found.message,
        hint: found.hint,
    };
    found.into_iter().map(remark).collect()
}

/// What was put aside, as a text that a person can read.
async fn aside(keeper: &Keeper) -> String {
    let mut text = String::new();
    for (name, aside) in keeper.aside().await {
        text.push_str(&format!("# {name}\n"));
        match aside {
            Ok(Aside {
                reason,
                header,
                entries,
                raw,
            }) => {
                text.push_str(&format!("reason: {reason}\nheader: {header:?}\n"));
                for entry in entries {
                    text.push_str(&format!("{entry:?}\n"));
                }
                for (name, bytes) in raw {
                    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                    text.push_str(&format!("{name}: {hex}\n"));
                }
            }
            Err(error) => text.push_str(&format!("{error}\n")),
        }
    }
    text
}
