//! The open exercise: what to do, its goals and their state, hints, solution, mark.

use std::rc::Rc;

use yew::prelude::*;

use crate::{
    page::{
        dialog::Confirm,
        hooks::{use_engine, use_session},
        icon::icon,
    },
    protocol::{ExerciseView, FromEngine, GoalView, Query, Standing},
    texts,
};

use super::{
    doc::{DocView, blocks, spans},
    question::QuestionField,
};

/// Which exercise.
#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The exercise's id.
    pub(super) id: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Asking {
    Restart,
    Solution,
}

/// The open exercise.
#[component]
pub(super) fn ExercisePanel(props: &Props) -> Html {
    let exercise = use_exercise();
    let standing = use_standing();
    let asking = use_state_eq(|| None::<Asking>);
    {
        // What came after the first drawing and before the listening began.
        let (session, exercise, standing) = (use_session(), exercise.setter(), standing.setter());
        use_effect_with((), move |()| {
            exercise.set(session.opened().and_then(|opened| opened.exercise.clone()));
            standing.set(session.standing());
        });
    }
    let Some(exercise) = (*exercise).clone().filter(|exercise| exercise.id == props.id) else {
        return html! { <p class="waiting" role="status">{ texts::ENGINE_STARTING }</p> };
    };
    let standing = (*standing)
        .clone()
        .filter(|standing| standing.0.exercise == props.id);
    let ask = |what: Asking| {
        let asking = asking.clone();
        Callback::from(move |_: MouseEvent| asking.set(Some(what)))
    };
    let cost = standing.as_ref().map_or(0, |standing| standing.0.solution_cost);
    let on_done = {
        let asking = asking.clone();
        Callback::from(move |()| asking.set(None))
    };
    html! {
        <article class="prose exercise" aria-label={format!("{}\u{a0}: {}", texts::EXERCISE, exercise.title)}>
            <header>
                <p class="overline">{ texts::EXERCISE }</p>
                <h1>{ &exercise.title }</h1>
            </header>
            <DocView doc={exercise.situation.clone()} />
            { for exercise.questions.iter().map(|question| {
                let said = standing.as_ref().and_then(|standing| standing.0.answers.iter().find(|said| said.0 == question.id));
                html! { <QuestionField question={question.clone()} said={said.map(|(_, right, words)| (*right, words.clone()))} /> }
            }) }
            if let Some(standing) = &standing {
                { goals(&standing.0, standing.1) }
                { for standing.0.mistakes.iter().map(|words| html! {
                    <aside class="callout warning"><p class="callout-title">{ icon("warning") }{ texts::MISTAKE }</p>{ blocks(words) }</aside>
                }) }
                { help(&standing.0, &ask(Asking::Solution)) }
                <p><button class="link-button" onclick={ask(Asking::Restart)}>{ icon("restart") }{ texts::RESTART }</button></p>
            }
            if let Some(what) = *asking { <Ask {what} {cost} {on_done} /> }
        </article>
    }
}

/// The exercise that the open lab is for.
#[hook]
fn use_exercise() -> UseStateHandle<Option<ExerciseView>> {
    let session = use_session();
    let exercise = use_state_eq(|| session.opened().and_then(|opened| opened.exercise.clone()));
    {
        let exercise = exercise.setter();
        use_engine(move |message| {
            if let FromEngine::Opened(opened) = message {
                exercise.set(opened.exercise.clone());
            }
        });
    }
    exercise
}

#[hook]
fn use_standing() -> UseStateHandle<Option<Rc<(Standing, u32)>>> {
    let session = use_session();
    let standing = use_state_eq(|| session.standing());
    {
        let standing = standing.setter();
        use_engine(move |message| match message {
            FromEngine::Standing { standing: now, best } => {
                standing.set(Some(Rc::new(((**now).clone(), *best))));
            }
            FromEngine::Opened(_) => standing.set(None),
            _ => {}
        });
    }
    standing
}

fn goals(standing: &Standing, best: u32) -> Html {
    html! {
        <section class={classes!("goals", standing.solved.then_some("done"))} aria-label={texts::EXERCISE_GOALS}>
            <h2>{ texts::EXERCISE_GOALS }</h2>
            <ul aria-live="polite">{ for standing.goals.iter().map(goal) }</ul>
            <p class="mark">
                <span>{ texts::EXERCISE_MARK }</span>
                <strong>{ format!("{}\u{202f}/\u{202f}{}", standing.points, standing.max) }</strong>
                if best > standing.points { <span class="best">{ format!("{}{best}", texts::EXERCISE_BEST) }</span> }
            </p>
            if standing.solved { <p class="bravo" role="status">{ icon("star") }{ texts::EXERCISE_DONE }</p> }
        </section>
    }
}

fn goal(goal: &GoalView) -> Html {
    let state = if goal.met {
        texts::EXERCISE_MET
    } else {
        texts::EXERCISE_NOT_MET
    };
    html! {
        <li class={classes!("goal", goal.met.then_some("met"), goal.lost.then_some("lost"))}>
            <span class="goal-box" role="img" aria-label={state}>if goal.met { { icon("check") } }</span>
            <div>
                <p>{ spans(&goal.text) }</p>
                if !goal.met && !goal.why.is_empty() { <p class="why">{ spans(&goal.why) }</p> }
                if goal.lost { <p class="why">{ texts::EXERCISE_LOST }</p> }
            </div>
            <span class="goal-points">{ points(goal.points) }</span>
        </li>
    }
}

fn help(standing: &Standing, on_solution: &Callback<MouseEvent>) -> Html {
    let left = standing.hints_total.saturating_sub(standing.hints.len());
    html! {
        <div class="help">
            { for (1..).zip(&standing.hints).map(|(number, words)| html! {
                <aside class="callout tip">
                    <p class="callout-title">{ icon("hint") }{ format!("{} {number}", texts::HINT) }</p>
                    { blocks(words) }
                </aside>
            }) }
            if let Some(solution) = &standing.solution {
                <aside class="callout important">
                    <p class="callout-title">{ icon("key") }{ texts::SOLUTION }</p>
                    { blocks(solution) }
                </aside>
            }
            <HelpButtons left={if standing.solution.is_some() { 0 } else { left }} cost={standing.hint_cost} shown={standing.solution.is_some()} on_solution={on_solution.clone()} />
        </div>
    }
}

#[derive(PartialEq, Properties)]
struct HelpProps {
    left: usize,
    cost: u32,
    shown: bool,
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
                <button class="button" onclick={on_hint}>{ icon("hint") }{ texts::HINT_SHOW }
                    if props.cost > 0 { <span class="cost">{ format!("−{}", points(props.cost)) }</span> }</button>
            }
            if !props.shown {
                <button class="button" onclick={props.on_solution.clone()}>{ icon("key") }{ texts::SOLUTION_SHOW }</button>
            }
        </div>
    }
}

#[derive(PartialEq, Properties)]
struct AskProps {
    what: Asking,
    cost: u32,
    on_done: Callback<()>,
}

/// Asks before something is lost.
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
                wasm_bindgen_futures::spawn_local(async move { drop(session.ask(Query::Solution).await) });
            }
        }
    });
    match props.what {
        Asking::Restart => {
            html! { <Confirm title={texts::RESTART_TITLE} text={texts::RESTART_TEXT} yes={texts::RESTART_YES} {on_answer} /> }
        }
        Asking::Solution => html! {
            <Confirm title={texts::SOLUTION_TITLE} text={format!("{}−{}.", texts::SOLUTION_TEXT, points(props.cost))}
                yes={texts::SOLUTION_YES} {on_answer} />
        },
    }
}

fn points(count: u32) -> String {
    let words = if count <= 1 { texts::POINT } else { texts::POINTS };
    format!("{count}\u{a0}{words}")
}
