//! An exercise: what to do, its goals and their state, hints, solution, mark.

use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::{
    page::{
        dialog::Confirm,
        hooks::{use_engine, use_session},
        icon::Icon,
        route::Route,
    },
    protocol::{Exercise, FromEngine, Goal, Query, Question, Standing},
    texts,
};

use super::doc::{DocView, blocks};

/// Which exercise.
#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// Its lesson.
    pub(super) lesson: String,
    /// The exercise.
    pub(super) exercise: Exercise,
    /// Whether its lab is the open one.
    pub(super) open: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Asking {
    Restart,
    Solution,
}

/// An exercise.
#[component]
pub(super) fn ExerciseView(props: &Props) -> Html {
    let standing = use_standing();
    let asking = use_state_eq(|| None::<Asking>);
    let standing = (*standing)
        .clone()
        .filter(|standing| props.open && standing.exercise == props.exercise.id);
    let ask = |what: Asking| {
        let asking = asking.clone();
        Callback::from(move |_: MouseEvent| asking.set(Some(what)))
    };
    html! {
        <section class="exercise" aria-label={format!("{}\u{a0}: {}", texts::EXERCISE, props.exercise.title)}>
            <header>
                <p class="overline">{ texts::EXERCISE }</p>
                <h2>{ &props.exercise.title }</h2>
            </header>
            <DocView doc={props.exercise.text.clone()} />
            if let Some(question) = &props.exercise.question {
                <AnswerField question={question.clone()} open={standing.is_some()} />
            }
            { match &standing {
                Some(standing) => html! {
                    <>
                        { goals(standing) }
                        { for standing.mistakes.iter().map(|words| html! {
                            <aside class="callout warning"><p class="callout-title"><Icon name="warning" />{ texts::MISTAKE }</p>{ blocks(words) }</aside>
                        }) }
                        { help(standing, &ask(Asking::Solution)) }
                        <p><button class="link-button" onclick={ask(Asking::Restart)}><Icon name="restart" />{ texts::RESTART }</button></p>
                    </>
                },
                None if props.open => html! { <p class="waiting" role="status">{ texts::ENGINE_STARTING }</p> },
                None => {
                    let to = Route::Lesson { lesson: props.lesson.clone(), exercise: Some(props.exercise.id.clone()) };
                    html! { <p><a class="button primary" href={to.hash()}>{ texts::EXERCISE_OPEN }</a></p> }
                }
            } }
            if let Some(what) = *asking { <Ask {what} cost={standing.map_or(0, |standing| standing.solution_cost)} on_done={let asking = asking.clone(); Callback::from(move |()| asking.set(None))} /> }
        </section>
    }
}

#[hook]
fn use_standing() -> UseStateHandle<Option<Rc<Standing>>> {
    let session = use_session();
    let standing = use_state_eq(|| session.standing());
    {
        let standing = standing.setter();
        use_engine(move |message| match message {
            FromEngine::Standing(now) => standing.set(Some(Rc::new((**now).clone()))),
            FromEngine::Opened(_) => standing.set(None),
            _ => {}
        });
    }
    standing
}

fn goals(standing: &Standing) -> Html {
    let done = standing.max > 0 && standing.goals.iter().all(|goal| goal.met);
    let goal = |goal: &Goal| {
        let state = if goal.met {
            texts::EXERCISE_MET
        } else {
            texts::EXERCISE_NOT_MET
        };
        html! {
            <li class={classes!("goal", goal.met.then_some("met"))}>
                <span class="goal-box" role="img" aria-label={state}>if goal.met { <Icon name="check" /> }</span>
                <div>
                    <p>{ &goal.text }</p>
                    if !goal.met && !goal.why.is_empty() { <p class="why">{ &goal.why }</p> }
                </div>
                <span class="goal-points">{ points(goal.points) }</span>
            </li>
        }
    };
    html! {
        <div class={classes!("goals", done.then_some("done"))}>
            <h3>{ texts::EXERCISE_GOALS }</h3>
            <ul aria-live="polite">{ for standing.goals.iter().map(goal) }</ul>
            <p class="mark">
                <span>{ texts::EXERCISE_MARK }</span>
                <strong>{ format!("{}\u{202f}/\u{202f}{}", standing.points, standing.max) }</strong>
                if standing.best > standing.points { <span class="best">{ format!("{}{}", texts::EXERCISE_BEST, standing.best) }</span> }
            </p>
            if done { <p class="bravo" role="status"><Icon name="star" />{ texts::EXERCISE_DONE }</p> }
        </div>
    }
}

fn help(standing: &Standing, on_solution: &Callback<MouseEvent>) -> Html {
    html! {
        <div class="help">
            { for standing.hints.iter().enumerate().map(|(place, words)| html! {
                <aside class="callout tip">
                    <p class="callout-title"><Icon name="hint" />{ format!("{} {}", texts::HINT, place + 1) }</p>
                    { blocks(words) }
                </aside>
            }) }
            if let Some(solution) = &standing.solution {
                <aside class="callout important">
                    <p class="callout-title"><Icon name="key" />{ texts::SOLUTION }</p>
                    { blocks(solution) }
                </aside>
            }
            <HelpButtons left={standing.hints_total.saturating_sub(u32::try_from(standing.hints.len()).unwrap_or(u32::MAX))}
                cost={standing.hint_cost} solved={standing.solution.is_some()} on_solution={on_solution.clone()} />
        </div>
    }
}

#[derive(PartialEq, Properties)]
struct HelpProps {
    left: u32,
    cost: u32,
    solved: bool,
    on_solution: Callback<MouseEvent>,
}

#[component]
fn HelpButtons(props: &HelpProps) -> Html {
    let session = use_session();
    let on_hint = Callback::from(move |_: MouseEvent| {
        let session = session.clone();
        wasm_bindgen_futures::spawn_local(async move { drop(session.ask(Query::NextHint).await) });
    });
    html! {
        <div class="help-buttons">
            if props.left > 0 {
                <button class="button" onclick={on_hint}><Icon name="hint" />{ texts::HINT_SHOW }
                    <span class="cost">{ format!("−{}", points(props.cost)) }</span></button>
            }
            if !props.solved { <button class="button" onclick={props.on_solution.clone()}><Icon name="key" />{ texts::SOLUTION_SHOW }</button> }
        </div>
    }
}

#[derive(PartialEq, Properties)]
struct AskProps {
    what: Asking,
    cost: u32,
    on_done: Callback<()>,
}

#[component]
fn Ask(props: &AskProps) -> Html {
    let session = use_session();
    let (what, on_done) = (props.what, props.on_done.clone());
    let on_answer = Callback::from(move |yes: bool| {
        on_done.emit(());
        let session = session.clone();
        match what {
            _ if !yes => {}
            Asking::Restart => session.restart(),
            Asking::Solution => {
                wasm_bindgen_futures::spawn_local(async move { drop(session.ask(Query::Solution).await) })
            }
        }
    });
    match props.what {
        Asking::Restart => {
            html! { <Confirm title={texts::RESTART_TITLE} text={texts::RESTART_TEXT} yes={texts::RESTART_YES} {on_answer} /> }
        }
        Asking::Solution => html! {
            <Confirm title={texts::SOLUTION_TITLE} text={format!("{}−{}.", texts::SOLUTION_TEXT, points(props.cost))} yes={texts::SOLUTION_YES} {on_answer} />
        },
    }
}

#[derive(PartialEq, Properties)]
struct AnswerProps {
    question: Question,
    open: bool,
}

#[component]
fn AnswerField(props: &AnswerProps) -> Html {
    let session = use_session();
    let answer = use_state_eq(String::new);
    let on_choose = {
        let answer = answer.clone();
        Callback::from(move |event: Event| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                answer.set(input.value());
            }
        })
    };
    let on_send = {
        let answer = answer.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let (session, answer) = (session.clone(), (*answer).clone());
            wasm_bindgen_futures::spawn_local(async move { drop(session.ask(Query::Answer(answer)).await) });
        })
    };
    let choice = |words: &String| {
        html! {
            <label><input type="radio" name="reponse" value={words.clone()} checked={*answer == *words} onchange={on_choose.clone()} />{ words }</label>
        }
    };
    html! {
        <form class="question" onsubmit={on_send}>
            <DocView doc={props.question.prompt.clone()} />
            <fieldset disabled={!props.open}>
                <legend>{ texts::QUESTION_ANSWER }</legend>
                if props.question.choices.is_empty() {
                    <input type="text" value={(*answer).clone()} aria-label={texts::QUESTION_ANSWER} onchange={on_choose.clone()} />
                } else {
                    { for props.question.choices.iter().map(choice) }
                }
                <button class="button primary" disabled={answer.is_empty()}>{ texts::QUESTION_SEND }</button>
            </fieldset>
        </form>
    }
}

fn points(count: u32) -> String {
    let words = if count <= 1 { texts::POINT } else { texts::POINTS };
    format!("{count}\u{a0}{words}")
}
