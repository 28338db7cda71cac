//! The home page: what this is, the course map with progress, the way to the sandbox.

use timonier_lessons::format::Kind;
use wasm_bindgen::JsValue;
use yew::prelude::*;

use crate::{
    protocol::{Answer, CourseMap, ExerciseCard, LessonCard, Query, mark_name},
    texts,
};

use super::{
    dialog::Confirm,
    hooks::{use_news, use_session},
    icon::icon,
    load, lock,
    opening::OpenLesson,
    route::Route,
    session::{News, Session},
    store,
};

/// The home page.
#[component]
pub(super) fn Home() -> Html {
    let (map, ask) = use_course();
    let asking = use_state_eq(|| None::<Asking>);
    let wish = {
        let asking = asking.setter();
        move |what: Asking| {
            let asking = asking.clone();
            Callback::from(move |_: MouseEvent| asking.set(Some(what.clone())))
        }
    };
    let on_done = {
        let asking = asking.setter();
        Callback::from(move |changed: bool| {
            asking.set(None);
            if changed {
                ask.emit(());
            }
        })
    };
    // Files over the page: where to drop them is shown.
    let on_drag = {
        let asking = asking.clone();
        Callback::from(move |event: DragEvent| {
            let types = event.data_transfer().map(|transfer| transfer.types());
            if asking.is_none() && types.is_some_and(|types| types.includes(&"Files".into(), 0)) {
                event.prevent_default();
                asking.set(Some(Asking::Open));
            }
        })
    };
    html! {
        <main id="contenu" tabindex="-1" class="page home" ondragenter={on_drag}>
            <section class="hero">
                <div class="hero-words">
                    <h1>{ texts::HOME_TITLE }</h1>
                    <p class="lead">{ texts::HOME_INTRO }</p>
                    <div class="hero-ways">
                        { way_on((*map).as_ref()) }
                        <a class="button" href={Route::Sandbox.hash()}>{ texts::HOME_SANDBOX }</a>
                    </div>
                </div>
                <div class="hero-helm" aria-hidden="true">{ icon("helm-large") }</div>
            </section>
            <section aria-labelledby="carte">
                <h2 id="carte">{ texts::HOME_COURSE }</h2>
                { match &*map {
                    None => html! { <p class="waiting" role="status">{ texts::HOME_PREPARING }</p> },
                    Some(map) => course(map),
                } }
            </section>
            <section aria-labelledby="ouvertes" class="own-lessons">
                <h2 id="ouvertes">{ texts::OWN_LESSONS }</h2>
                if let Some(map) = &*map { { own(map, &wish) } }
                <p>
                    <button class="button" onclick={wish(Asking::Open)}>{ icon("folder") }{ texts::OPEN_LESSON }</button>
                </p>
            </section>
            <footer class="home-foot">
                <a href={Route::Progress.hash()}>{ texts::NAV_PROGRESS }</a>
                <a href={Route::About.hash()}>{ texts::NAV_ABOUT }</a>
                <button class="link-button" onclick={wish(Asking::Erase)}>{ texts::HOME_ERASE }</button>
            </footer>
            { match (*asking).clone() {
                None => html! {},
                Some(Asking::Erase) => html! { <Erase {on_done} /> },
                Some(Asking::Open) => html! { <OpenLesson {on_done} /> },
                Some(Asking::Close(id)) => html! { <CloseLesson {id} {on_done} /> },
            } }
        </main>
    }
}

/// What is being asked.
#[derive(Clone, PartialEq)]
enum Asking {
    Erase,
    Open,
    Close(String),
}

#[derive(PartialEq, Properties)]
struct CloseProps {
    id: String,
    on_done: Callback<bool>,
}

#[component]
fn CloseLesson(props: &CloseProps) -> Html {
    let session = use_session();
    let on_answer = {
        let (id, on_done) = (props.id.clone(), props.on_done.clone());
        Callback::from(move |yes: bool| {
            let (session, id, on_done) = (session.clone(), id.clone(), on_done.clone());
            wasm_bindgen_futures::spawn_local(async move {
                if yes {
                    drop(session.ask(Query::CloseLesson(id)).await);
                }
                on_done.emit(yes);
            });
        })
    };
    html! { <Confirm title={texts::CLOSE_LESSON_TITLE} text={texts::CLOSE_LESSON_TEXT} yes={texts::CLOSE_LESSON_YES} {on_answer} /> }
}

#[derive(PartialEq, Properties)]
struct EraseProps {
    on_done: Callback<bool>,
}

#[component]
fn Erase(props: &EraseProps) -> Html {
    let session = use_session();
    let on_answer = {
        let on_done = props.on_done.clone();
        Callback::from(move |yes: bool| {
            on_done.emit(false);
            if yes {
                let here = session.clone();
                // A tab that still wrote would leave pieces.
                lock::take_over(&session, move || wasm_bindgen_futures::spawn_local(erase(here)));
            }
        })
    };
    html! { <Confirm title={texts::ERASE_TITLE} text={texts::ERASE_TEXT} yes={texts::ERASE_YES} grave=true {on_answer} /> }
}

async fn erase(session: Session) {
    session.forget();
    drop(session.ask(Query::EraseAll).await);
    store::clear();
    if let Some(window) = web_sys::window() {
        drop(window.location().reload());
    }
}

/// The lessons, from the site's own file: they are there before the engine is.
async fn lessons() -> Option<CourseMap> {
    let index = load::json("cours/index.json").await.ok()?;
    let lessons = load::list(&index, "lessons")
        .into_iter()
        .map(|lesson| LessonCard {
            id: load::text_of(&lesson, "id"),
            title: load::text_of(&lesson, "title"),
            gives: load::text_of(&lesson, "gives"),
            minutes: load::number_of(&lesson, "minutes"),
            exercises: load::list(&lesson, "exercises")
                .iter()
                .map(exercise_card)
                .collect(),
            revision: load::number_of(&lesson, "revision"),
            topics: Vec::new(),
            needs: load::text_of(&lesson, "needs"),
        });
    Some(CourseMap {
        lessons: lessons.collect(),
        ..CourseMap::default()
    })
}

fn exercise_card(exercise: &JsValue) -> ExerciseCard {
    ExerciseCard {
        id: load::text_of(exercise, "id"),
        title: load::text_of(exercise, "title"),
        max: load::number_of(exercise, "max"),
        minutes: load::number_of(exercise, "minutes"),
        // The map shows all kinds alike.
        kind: Kind::Do,
    }
}

/// The course map: the lessons at once, the marks as soon as the engine answers.
#[hook]
pub(super) fn use_course() -> (UseStateHandle<Option<CourseMap>>, Callback<()>) {
    let session = use_session();
    let map = use_state_eq(|| None::<CourseMap>);
    let ask = {
        let (session, map) = (session.clone(), map.setter());
        Callback::from(move |()| {
            let (session, map) = (session.clone(), map.clone());
            wasm_bindgen_futures::spawn_local(async move {
                if let Ok(Answer::Course(answer)) = session.ask(Query::Course).await {
                    map.set(Some(answer));
                }
            });
        })
    };
    {
        let ask = ask.clone();
        use_news(move |news| {
            if matches!(news, News::Ready) {
                ask.emit(());
            }
        });
    }
    {
        let (map, ask) = (map.setter(), ask.clone());
        use_effect_with((), move |()| {
            if session.is_ready() {
                ask.emit(());
            } else {
                wasm_bindgen_futures::spawn_local(async move {
                    let first = lessons().await;
                    if !session.is_ready() {
                        map.set(first);
                    }
                });
            }
        });
    }
    (map, ask)
}

/// The next thing to do: the first lesson that is not finished.
fn way_on(map: Option<&CourseMap>) -> Html {
    let Some(map) = map else {
        return html! {};
    };
    let begun = map.marks.values().any(|marks| marks.best > 0);
    let next = map
        .lessons
        .iter()
        .find(|lesson| !is_done(map, lesson))
        .or_else(|| map.lessons.first());
    let Some(lesson) = next else {
        return html! {};
    };
    let words = if begun {
        format!("{}{}", texts::HOME_CONTINUE, lesson.title)
    } else {
        texts::HOME_START.to_owned()
    };
    let to = Route::Lesson {
        lesson: lesson.id.clone(),
        exercise: None,
    };
    html! { <a class="button primary" href={to.hash()}>{ words }</a> }
}

fn is_done(map: &CourseMap, lesson: &LessonCard) -> bool {
    lesson
        .exercises
        .iter()
        .all(|exercise| passed(map, lesson, exercise))
}

fn best(map: &CourseMap, lesson: &LessonCard, exercise: &ExerciseCard) -> Option<u32> {
    let marks = map.marks.get(&mark_name(&lesson.id, &exercise.id))?;
    Some(marks.best)
}

/// Whether an exercise was done to its full mark.
pub(super) fn passed(map: &CourseMap, lesson: &LessonCard, exercise: &ExerciseCard) -> bool {
    best(map, lesson, exercise).is_some_and(|best| best > 0 && best >= exercise.max)
}

fn course(map: &CourseMap) -> Html {
    html! { <ol class="lessons">{ for (1..).zip(&map.lessons).map(|(number, lesson)| card(map, &number.to_string(), lesson, Html::default())) }</ol> }
}

/// The lessons that somebody opened, each with a button that puts it away.
fn own(map: &CourseMap, wish: &dyn Fn(Asking) -> Callback<MouseEvent>) -> Html {
    let own = |lesson: &LessonCard| {
        let label = format!("{}{}", texts::CLOSE_LESSON, lesson.title);
        let close = html! {
            <button class="icon-button small" aria-label={label.clone()} title={label} onclick={wish(Asking::Close(lesson.id.clone()))}>
                { icon("close") }
            </button>
        };
        card(map, texts::OWN_MARK, lesson, close)
    };
    html! { <ul class="lessons">{ for map.own.iter().map(own) }</ul> }
}

fn card(map: &CourseMap, mark: &str, lesson: &LessonCard, tools: Html) -> Html {
    let done = lesson
        .exercises
        .iter()
        .filter(|exercise| passed(map, lesson, exercise))
        .count();
    let total = lesson.exercises.len();
    let to = Route::Lesson {
        lesson: lesson.id.clone(),
        exercise: None,
    };
    html! {
        <li class={classes!("card", is_done(map, lesson).then_some("done"))}>
            <a href={to.hash()}>
                <span class="card-number" aria-hidden="true">{ mark }</span>
                <h3>{ &lesson.title }</h3>
                <p>{ &lesson.gives }</p>
                <p class="card-foot">
                    <span>{ format!("{}\u{a0}{}", lesson.minutes, texts::MINUTES) }</span>
                    <span class="pips" role="img" aria-label={format!("{done}/{total} {}", texts::EXERCISES_DONE)}>
                        { for lesson.exercises.iter().map(|exercise| pip(map, lesson, exercise)) }
                    </span>
                </p>
            </a>
            { tools }
        </li>
    }
}

fn pip(map: &CourseMap, lesson: &LessonCard, exercise: &ExerciseCard) -> Html {
    let best = best(map, lesson, exercise);
    let state = match best {
        _ if passed(map, lesson, exercise) => "full",
        Some(best) if best > 0 => "part",
        _ => "none",
    };
    let mark = best.map_or_else(
        || texts::NOT_STARTED.to_owned(),
        |best| format!("{best}/{}", exercise.max),
    );
    html! { <span class={classes!("pip", state)} title={format!("{}\u{a0}: {mark}", exercise.title)} /> }
}
