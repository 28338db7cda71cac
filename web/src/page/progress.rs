//! The learner's own page: marks, hints and time of each exercise, taken along as a file and brought to another machine.

use timonier_lessons::view::LessonCard;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::{
    protocol::{Answer, CourseMap, ExerciseCard, Query, mark_name, save::Marks},
    texts,
};

use super::{
    home::{passed, use_course},
    hooks::use_session,
    icon::icon,
    report::download,
    route::Route,
};

const FILE: &str = "timonier-progression.json";

/// The page.
#[component]
pub(super) fn Progress() -> Html {
    let session = use_session();
    let (map, ask) = use_course();
    let told = use_state_eq(String::new);
    let on_export = {
        let session = session.clone();
        Callback::from(move |_: MouseEvent| {
            let session = session.clone();
            spawn_local(async move {
                if let Ok(Answer::Text(text)) = session.ask(Query::ExportMarks).await {
                    download(FILE, &text);
                }
            });
        })
    };
    let on_import = {
        let told = told.setter();
        Callback::from(move |event: Event| {
            let input: HtmlInputElement = event.target_unchecked_into();
            let Some(file) = input.files().and_then(|files| files.get(0)) else {
                return;
            };
            let (session, ask, told) = (session.clone(), ask.clone(), told.clone());
            spawn_local(async move {
                let text = JsFuture::from(file.unchecked_ref::<web_sys::Blob>().text()).await;
                let text = text.ok().and_then(|text| text.as_string()).unwrap_or_default();
                let answer = session.ask(Query::ImportMarks(text)).await;
                input.set_value("");
                told.set(match answer {
                    Ok(Answer::Text(words)) => words,
                    Ok(_) => String::new(),
                    Err(words) => words,
                });
                ask.emit(());
            });
        })
    };
    html! {
        <main id="contenu" tabindex="-1" class="page narrow prose progress">
            <h1>{ texts::PROGRESS_TITLE }</h1>
            <p>{ texts::PROGRESS_INTRO }</p>
            <div class="progress-ways">
                <button class="button" onclick={on_export}>{ icon("download") }{ texts::PROGRESS_EXPORT }</button>
                <label class="button">{ icon("folder") }{ texts::PROGRESS_IMPORT }
                    <input type="file" class="unseen" accept=".json,application/json" onchange={on_import} />
                </label>
            </div>
            <p role="status">{ &*told }</p>
            { match &*map {
                None => html! { <p class="waiting">{ texts::HOME_PREPARING }</p> },
                Some(map) => html! { <>
                    { total(map) }
                    { for map.lessons.iter().chain(&map.own).map(|lesson| table(map, lesson)) }
                </> },
            } }
        </main>
    }
}

fn marks<'a>(map: &'a CourseMap, lesson: &LessonCard, exercise: &ExerciseCard) -> Option<&'a Marks> {
    map.marks.get(&mark_name(&lesson.id, &exercise.id))
}

/// What all the course has brought so far.
fn total(map: &CourseMap) -> Html {
    let (mut points, mut max, mut done, mut all, mut secs) = (0, 0, 0, 0_usize, 0);
    for lesson in &map.lessons {
        for exercise in &lesson.exercises {
            let marks = marks(map, lesson, exercise);
            points += marks.map_or(0, |marks| marks.best);
            secs += marks.map_or(0, |marks| marks.active_secs);
            max += exercise.max;
            done += usize::from(passed(map, lesson, exercise));
            all += 1;
        }
    }
    html! {
        <dl class="progress-total">
            <div><dt>{ texts::PROGRESS_DONE }</dt><dd>{ format!("{done}/{all}") }</dd></div>
            <div><dt>{ texts::EXERCISE_MARK }</dt><dd>{ format!("{points}/{max}") }</dd></div>
            <div><dt>{ texts::PROGRESS_TIME }</dt><dd>{ duration(secs) }</dd></div>
        </dl>
    }
}

fn table(map: &CourseMap, lesson: &LessonCard) -> Html {
    let to = |exercise: Option<String>| {
        let lesson = lesson.id.clone();
        Route::Lesson { lesson, exercise }.hash()
    };
    let row = |exercise: &ExerciseCard| {
        let marks = marks(map, lesson, exercise).cloned().unwrap_or_default();
        let begun = marks != Marks::default();
        let help = match (marks.hints_used, marks.solution_seen) {
            (_, true) => texts::PROGRESS_SOLUTION.to_owned(),
            (0, false) => String::new(),
            (hints, false) => hints.to_string(),
        };
        html! {
            <tr class={classes!(passed(map, lesson, exercise).then_some("done"))}>
                <th scope="row"><a href={to(Some(exercise.id.clone()))}>{ &exercise.title }</a></th>
                <td class="number">{ if begun { format!("{}/{}", marks.best, exercise.max) } else { texts::NOT_STARTED.to_owned() } }</td>
                <td class="number">{ help }</td>
                <td class="number">{ if marks.active_secs > 0 { duration(marks.active_secs) } else { String::new() } }</td>
            </tr>
        }
    };
    html! {
        <section>
            <h2><a href={to(None)}>{ &lesson.title }</a></h2>
            <div class="table-frame">
                <table>
                    <thead><tr>
                        <th scope="col">{ texts::EXERCISE }</th>
                        <th scope="col" class="number">{ texts::EXERCISE_MARK }</th>
                        <th scope="col" class="number">{ texts::PROGRESS_HINTS }</th>
                        <th scope="col" class="number">{ texts::PROGRESS_TIME }</th>
                    </tr></thead>
                    <tbody>{ for lesson.exercises.iter().map(row) }</tbody>
                </table>
            </div>
        </section>
    }
}

/// A time as one says it: the seconds matter to nobody after the first minute.
fn duration(secs: u32) -> String {
    match (secs / 3600, secs / 60 % 60) {
        (0, 0) => format!("{secs}\u{a0}s"),
        (0, minutes) => format!("{minutes}\u{a0}{}", texts::MINUTES),
        (hours, minutes) => format!("{hours}\u{a0}h\u{a0}{minutes:02}"),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn times_are_said_as_one_says_them() {
        for (secs, expected) in [
            (0, "0\u{a0}s"),
            (59, "59\u{a0}s"),
            (60, "1\u{a0}min"),
            (3599, "59\u{a0}min"),
            (3660, "1\u{a0}h\u{a0}01"),
        ] {
            assert_eq!(super::duration(secs), expected);
        }
    }
}
