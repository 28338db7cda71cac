//! The lesson's panel: steps, text, exercise. In the sandbox: what one may try.

mod doc;
mod exercise;
mod sandbox;

use std::rc::Rc;

use yew::prelude::*;

use crate::{
    page::{
        hooks::{use_news, use_session},
        icon::Icon,
        route::Route,
        session::News,
    },
    protocol::{Answer, Lesson, Query, Step},
    texts,
};

use doc::DocView;
use exercise::ExerciseView;
use sandbox::SandboxPanel;

/// Which lesson.
#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The route that names it.
    pub(super) route: Route,
}

/// The lesson's panel.
#[component]
pub(super) fn LessonPanel(props: &Props) -> Html {
    match &props.route {
        Route::Lesson { lesson, exercise } => {
            html! { <Reader key={lesson.clone()} lesson={lesson.clone()} exercise={exercise.clone()} /> }
        }
        _ => html! { <SandboxPanel /> },
    }
}

#[derive(PartialEq, Properties)]
struct ReaderProps {
    lesson: String,
    exercise: Option<String>,
}

#[derive(Clone, PartialEq)]
enum Text {
    Asked,
    Here(Rc<Lesson>),
    Missing,
}

#[component]
fn Reader(props: &ReaderProps) -> Html {
    let text = use_lesson(&props.lesson);
    let place = use_state_eq(|| None::<usize>);
    let top = use_node_ref();
    let lesson = match &*text {
        Text::Asked => return html! { <p class="waiting" role="status">{ texts::LOADING }</p> },
        Text::Missing => return html! { <p class="waiting" role="alert">{ texts::LESSON_MISSING }</p> },
        Text::Here(lesson) => Rc::clone(lesson),
    };
    let of_exercise = lesson.steps.iter().position(|step| {
        step.exercise
            .as_ref()
            .is_some_and(|exercise| Some(&exercise.id) == props.exercise.as_ref())
    });
    let now = place
        .or(of_exercise)
        .unwrap_or(0)
        .min(lesson.steps.len().saturating_sub(1));
    let go = {
        let (place, top, lesson, open) = (
            place.setter(),
            top.clone(),
            Rc::clone(&lesson),
            props.exercise.clone(),
        );
        Callback::from(move |to: usize| {
            place.set(Some(to));
            if let Some(element) = top.cast::<web_sys::HtmlElement>() {
                element.set_scroll_top(0);
            }
            // A step's exercise opens with the step.
            let exercise = lesson
                .steps
                .get(to)
                .and_then(|step| step.exercise.as_ref())
                .map(|exercise| exercise.id.clone());
            if exercise.is_some() && exercise != open {
                Route::Lesson {
                    lesson: lesson.id.clone(),
                    exercise,
                }
                .go();
            }
        })
    };
    html! {
        <div class="lesson" ref={top}>
            <p class="lesson-title">{ &lesson.title }</p>
            { steps(&lesson.steps, now, &go) }
            if let Some(step) = lesson.steps.get(now) { { one_step(&lesson, step, props.exercise.as_ref()) } }
            { ways(&lesson, now, &go) }
        </div>
    }
}

fn steps(steps: &[Step], now: usize, go: &Callback<usize>) -> Html {
    let step = |(place, step): (usize, &Step)| {
        let go = go.clone();
        html! {
            <li>
                <button aria-current={(place == now).then_some("step")} title={step.title.clone()}
                    aria-label={format!("{} {}\u{a0}: {}", texts::LESSON_STEP, place + 1, step.title)}
                    class={classes!(step.exercise.is_some().then_some("with-exercise"))}
                    onclick={Callback::from(move |_: MouseEvent| go.emit(place))}>{ place + 1 }</button>
            </li>
        }
    };
    html! { <ol class="steps" aria-label={texts::LESSON_STEPS}>{ for steps.iter().enumerate().map(step) }</ol> }
}

fn one_step(lesson: &Lesson, step: &Step, open: Option<&String>) -> Html {
    html! {
        <article class="prose">
            <h1>{ &step.title }</h1>
            <DocView doc={step.text.clone()} />
            if let Some(exercise) = &step.exercise {
                <ExerciseView lesson={lesson.id.clone()} exercise={exercise.clone()} open={open == Some(&exercise.id)} />
            }
        </article>
    }
}

fn ways(lesson: &Lesson, now: usize, go: &Callback<usize>) -> Html {
    let to = |place: usize| {
        let go = go.clone();
        Callback::from(move |_: MouseEvent| go.emit(place))
    };
    html! {
        <nav class="ways" aria-label={texts::LESSON_STEPS}>
            if let Some(before) = now.checked_sub(1) {
                <button class="button" onclick={to(before)}>{ texts::LESSON_PREVIOUS }</button>
            }
            if now + 1 < lesson.steps.len() {
                <button class="button primary" onclick={to(now + 1)}>{ texts::LESSON_NEXT }<Icon name="chevron" /></button>
            } else if let Some((id, title)) = &lesson.next {
                <a class="button primary" href={Route::Lesson { lesson: id.clone(), exercise: None }.hash()}>
                    { texts::LESSON_NEXT_LESSON }{ title }<Icon name="chevron" />
                </a>
            }
        </nav>
    }
}

/// The lesson's text, asked from the engine as soon as it answers.
#[hook]
fn use_lesson(id: &str) -> UseStateHandle<Text> {
    let session = use_session();
    let text = use_state_eq(|| Text::Asked);
    let ask = {
        let (session, text, id) = (session.clone(), text.setter(), id.to_owned());
        Rc::new(move || {
            let (session, text, id) = (session.clone(), text.clone(), id.clone());
            wasm_bindgen_futures::spawn_local(async move {
                match session.ask(Query::Lesson(id)).await {
                    Ok(Answer::Lesson(lesson)) => text.set(Text::Here(Rc::new(*lesson))),
                    // An empty reason: the engine went away; the next one will be asked again.
                    Err(reason) if reason.is_empty() => {}
                    _ => text.set(Text::Missing),
                }
            });
        })
    };
    {
        let ask = Rc::clone(&ask);
        use_news(move |news| {
            if matches!(news, News::Ready) {
                ask();
            }
        });
    }
    use_effect_with(id.to_owned(), move |_| {
        if session.is_ready() {
            ask();
        }
    });
    text
}
