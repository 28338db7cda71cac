//! The lesson's panel: steps, text, exercise. In the sandbox: what one may try.

mod doc;
mod exercise;
mod question;
mod sandbox;

use std::rc::Rc;

use yew::prelude::*;

use crate::{
    page::{
        hooks::{use_news, use_session},
        icon::icon,
        load,
        route::Route,
        session::News,
        store,
    },
    protocol::{Answer, Lesson, OWN, Query, StepView, codec},
    texts,
};

use doc::DocView;
use exercise::ExercisePanel;
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
    let page = use_state_eq(|| kept_page(&props.lesson));
    let top = use_node_ref();
    let lesson = match &*text {
        Text::Asked => return html! { <p class="waiting" role="status">{ texts::LOADING }</p> },
        Text::Missing => return html! { <p class="waiting" role="alert">{ texts::LESSON_MISSING }</p> },
        Text::Here(lesson) => Rc::clone(lesson),
    };
    let steps = &lesson.view.steps;
    let now = place(steps, props.exercise.as_ref(), *page);
    let go = {
        let (page, top, lesson) = (page.setter(), top.clone(), Rc::clone(&lesson));
        Callback::from(move |to: usize| {
            let id = lesson.view.card.id.clone();
            let exercise = match lesson.view.steps.get(to) {
                Some(StepView::Exercise(exercise)) => Some(exercise.clone()),
                _ => {
                    store::set(&format!("page.{id}"), &to.to_string());
                    page.set(to);
                    None
                }
            };
            Route::Lesson { lesson: id, exercise }.go();
            if let Some(element) = top.cast::<web_sys::HtmlElement>() {
                element.set_scroll_top(0);
            }
        })
    };
    html! {
        <div class="lesson" ref={top}>
            <p class="lesson-title">{ &lesson.view.card.title }</p>
            { step_buttons(&lesson, now, &go) }
            { match steps.get(now) {
                Some(StepView::Page { title, text }) => html! {
                    <article class="prose">
                        <h1>{ title }</h1>
                        <DocView doc={text.clone()} />
                        if now + 1 == steps.len() && !lesson.view.links.is_empty() {
                            <h2>{ texts::LESSON_LINKS }</h2>
                            <DocView doc={lesson.view.links.clone()} />
                        }
                    </article>
                },
                Some(StepView::Exercise(id)) => html! { <ExercisePanel key={id.clone()} id={id.clone()} /> },
                None => html! {},
            } }
            { ways(&lesson, now, &go) }
        </div>
    }
}

/// The step to show: the open exercise, or the page read last.
fn place(steps: &[StepView], exercise: Option<&String>, page: usize) -> usize {
    let of_exercise = steps
        .iter()
        .position(|step| matches!(step, StepView::Exercise(id) if Some(id) == exercise));
    let is_page = |place: &usize| matches!(steps.get(*place), Some(StepView::Page { .. }));
    of_exercise.or(Some(page).filter(is_page)).unwrap_or(0)
}

fn kept_page(lesson: &str) -> usize {
    store::get(&format!("page.{lesson}"))
        .and_then(|text| text.parse().ok())
        .unwrap_or(0)
}

fn step_title(lesson: &Lesson, step: &StepView) -> String {
    match step {
        StepView::Page { title, .. } => title.clone(),
        StepView::Exercise(id) => {
            let card = lesson.view.card.exercises.iter().find(|card| card.id == *id);
            format!(
                "{}\u{a0}: {}",
                texts::EXERCISE,
                card.map_or("", |card| card.title.as_str())
            )
        }
    }
}

fn step_buttons(lesson: &Lesson, now: usize, go: &Callback<usize>) -> Html {
    let button = |(place, step): (usize, &StepView)| {
        let go = go.clone();
        let title = step_title(lesson, step);
        html! {
            <li>
                <button aria-current={(place == now).then_some("step")} title={title.clone()}
                    aria-label={format!("{} {}\u{a0}: {title}", texts::LESSON_STEP, place + 1)}
                    class={classes!(matches!(step, StepView::Exercise(_)).then_some("with-exercise"))}
                    onclick={Callback::from(move |_: MouseEvent| go.emit(place))}>
                    { match step {
                        StepView::Page { .. } => html! { { place + 1 } },
                        StepView::Exercise(_) => html! { { icon("flag") } },
                    } }
                </button>
            </li>
        }
    };
    html! { <ol class="steps" aria-label={texts::LESSON_STEPS}>{ for lesson.view.steps.iter().enumerate().map(button) }</ol> }
}

fn ways(lesson: &Lesson, now: usize, go: &Callback<usize>) -> Html {
    let to = |place: usize| {
        let go = go.clone();
        Callback::from(move |_: MouseEvent| go.emit(place))
    };
    html! {
        <nav class="ways" aria-label={texts::LESSON_WAYS}>
            if let Some(before) = now.checked_sub(1) {
                <button class="button" onclick={to(before)}>{ texts::LESSON_PREVIOUS }</button>
            }
            if now + 1 < lesson.view.steps.len() {
                <button class="button primary" onclick={to(now + 1)}>{ texts::LESSON_NEXT }{ icon("chevron") }</button>
            } else if let Some((id, title)) = &lesson.next {
                <a class="button primary" href={Route::Lesson { lesson: id.clone(), exercise: None }.hash()}>
                    { texts::LESSON_NEXT_LESSON }{ title }{ icon("chevron") }
                </a>
            } else {
                <a class="button primary" href={Route::Home.hash()}>{ texts::HOME_COURSE }{ icon("chevron") }</a>
            }
        </nav>
    }
}

/// The lesson's text: the course's lessons are files of the site, which are there long before the engine is; one that somebody opened is known to
/// the engine alone.
#[hook]
fn use_lesson(id: &str) -> UseStateHandle<Text> {
    let session = use_session();
    let text = use_state_eq(|| Text::Asked);
    let ask = {
        let (text, id) = (text.setter(), id.to_owned());
        Rc::new(move || {
            let (session, text, id) = (session.clone(), text.clone(), id.clone());
            wasm_bindgen_futures::spawn_local(async move {
                if !id.starts_with(OWN)
                    && let Ok(bytes) = load::bytes(&format!("cours/{id}.bin")).await
                    && let Ok(lesson) = codec::decode::<Lesson>(&bytes)
                {
                    return text.set(Text::Here(Rc::new(lesson)));
                }
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
        let (ask, text) = (Rc::clone(&ask), text.clone());
        use_news(move |news| {
            if matches!((news, &*text), (News::Ready, Text::Asked)) {
                ask();
            }
        });
    }
    use_effect_with(id.to_owned(), move |_| ask());
    text
}
