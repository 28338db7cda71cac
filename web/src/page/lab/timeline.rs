//! The line of time below the view: what the learner typed, what happened, and a handle to go back to any moment.

use std::rc::Rc;

use timonier_core::sorted::SortedMap;
use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

use crate::{
    page::{
        hooks::{use_news, use_session},
        icon::icon,
        session::{News, Session},
        speed::clock,
    },
    protocol::{FromEngine, Travel},
    texts,
    view::decimal::decimal,
    view::projection::{Id, Projection},
};

use super::{cluster::Copy, scale::Scale};

/// What is remembered of events.
const MOST_EVENTS: usize = 1_500;
/// The line's length in its drawing.
const WIDTH: f64 = 5000.0;
/// Marks of events that would be closer to each other than this are one.
const CLOSEST: u32 = 10;
/// How far the arrow keys go, in microseconds.
const STEP_US: u64 = 1_000_000;

/// What is known of the cluster.
#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The copy that the view shows.
    pub(super) projection: Copy<Projection>,
}

/// What happened, beyond what the copy of a moment knows.
#[derive(Default)]
struct Memory {
    /// The latest moment there is.
    end_us: u64,
    /// When something happened, and whether it was a warning.
    events: SortedMap<(u64, Id), bool>,
}

/// The line.
#[component]
pub(super) fn Timeline(props: &Props) -> Html {
    let session = use_session();
    let memory = use_mut_ref(Memory::default);
    let times = use_state_eq(|| session.times());
    let turn = use_state_eq(|| 0_u32);
    let seconds = use_state_eq(|| 0_u64);
    {
        let (times, turn, seconds, memory) = (times.setter(), turn.clone(), seconds.setter(), memory.clone());
        use_news(move |news| {
            let News::Engine(message) = news else { return };
            match &**message {
                FromEngine::Times(now) => times.set(now.clone()),
                FromEngine::Clock { now_us, .. } => seconds.set(now_us / 1_000_000),
                FromEngine::Committed { .. } => turn.set(turn.wrapping_add(1)),
                FromEngine::Opened(_) => {
                    memory.take();
                    times.set(Default::default());
                }
                _ => {}
            }
        });
    }
    let past_us = times.past_us;
    let now_us = note(&memory, &props.projection.0, past_us.is_some());
    let now_us = now_us
        .max(times.now_us)
        .max(if past_us.is_some() { 0 } else { session.now_us() });
    let commands = session.lines();
    let scale = {
        let memory = memory.borrow();
        let events = memory.events.keys().map(|(at, _)| *at);
        Rc::new(Scale::new(
            events.chain(commands.iter().map(|(at, _)| *at)),
            now_us,
        ))
    };
    let shown_us = past_us.unwrap_or(now_us);
    let track = use_node_ref();
    let held = use_state_eq(|| false);
    let to = {
        let session = session.clone();
        Callback::from(move |at_us: u64| {
            session.travel(if at_us >= now_us {
                Travel::Now
            } else {
                Travel::To(at_us)
            });
        })
    };
    let drag = {
        let (track, scale, to) = (track.clone(), scale.clone(), to.clone());
        move |event: &PointerEvent| {
            let Some(room) = track
                .cast::<Element>()
                .map(|track| track.get_bounding_client_rect())
            else {
                return;
            };
            let place = (f64::from(event.client_x()) - room.left()) / room.width().max(1.0);
            // the last bit of the line is the present
            to.emit(if place > 0.995 {
                u64::MAX
            } else {
                scale.moment(place)
            });
        }
    };
    let on_down = {
        let (held, drag) = (held.clone(), drag.clone());
        Callback::from(move |event: PointerEvent| {
            let target = event
                .current_target()
                .and_then(|target| target.dyn_into::<Element>().ok());
            if let Some(target) = target {
                drop(target.set_pointer_capture(event.pointer_id()));
            }
            held.set(true);
            drag(&event);
        })
    };
    let on_move = {
        let held = held.clone();
        Callback::from(move |event: PointerEvent| {
            if *held {
                drag(&event);
            }
        })
    };
    let on_up = Callback::from(move |_: PointerEvent| held.set(false));
    let on_key = Callback::from(move |event: KeyboardEvent| {
        let at_us = match event.key().as_str() {
            "ArrowLeft" | "ArrowDown" => shown_us.saturating_sub(STEP_US),
            "ArrowRight" | "ArrowUp" => shown_us + STEP_US,
            "PageUp" => shown_us.saturating_sub(10 * STEP_US),
            "PageDown" => shown_us + 10 * STEP_US,
            "Home" => 0,
            "End" => u64::MAX,
            _ => return,
        };
        event.prevent_default();
        to.emit(at_us);
    });
    let at = |place: f64| format!("left:{}%", decimal(place * 100.0));
    let seconds = |us: u64| (us / 1_000_000).to_string();
    let [usual, grave] = events(&memory.borrow(), &scale);
    html! {
        <div class="timeline">
            { history(&session, times.undo.as_deref(), times.redo, past_us.is_some()) }
            <div class="timeline-track" role="slider" tabindex="0" aria-label={texts::TIMELINE} ref={track}
                aria-valuemin="0" aria-valuemax={seconds(now_us)} aria-valuenow={seconds(shown_us)}
                aria-valuetext={format!("{}, {}", clock(shown_us / 1_000_000), if past_us.is_some() { texts::PAST } else { texts::PRESENT })}
                onpointerdown={on_down} onpointermove={on_move} onpointerup={on_up.clone()} onpointercancel={on_up} onkeydown={on_key}>
                <span class="timeline-line" aria-hidden="true"></span>
                { for scale.breaks().map(|place| html! { <span class="timeline-break" style={at(place)} title={texts::TIMELINE_QUIET}></span> }) }
                <svg class="timeline-events" viewBox="0 0 5000 16" preserveAspectRatio="none" aria-hidden="true">
                    <path d={usual} /><path d={grave} />
                </svg>
                { for commands.iter().map(|(at_us, line)| html! {
                    <span class="timeline-command" style={at(scale.place(*at_us))} title={format!("{}  {line}", clock(at_us / 1_000_000))}></span>
                }) }
                <span class="timeline-handle" style={at(scale.place(shown_us))} aria-hidden="true"></span>
            </div>
            { match past_us {
                Some(past_us) => past(&session, past_us, times.coarse),
                None if times.quiet => html! { <p class="timeline-said" role="status">{ texts::SKIP_QUIET }</p> },
                None => html! {},
            } }
        </div>
    }
}

/// Takes in what the copy knows, and gives the latest moment there is.
fn note(memory: &Rc<std::cell::RefCell<Memory>>, view: &Projection, past: bool) -> u64 {
    let mut memory = memory.borrow_mut();
    if !past {
        memory.end_us = view.now_micros;
        // the newest are last; what is known has been since an earlier copy
        for entry in view.entries.iter().rev() {
            let before = memory.events.insert((entry.at_micros, entry.id), entry.warning);
            if before.is_some() {
                break;
            }
        }
        while memory.events.len() > MOST_EVENTS {
            memory.events.pop_first();
        }
    }
    memory.end_us
}

/// Marks of events, as one path for the usual ones and one for warnings; those that would cover each other are one.
fn events(memory: &Memory, scale: &Scale) -> [String; 2] {
    let mut places: Vec<(u32, bool)> = Vec::new();
    for ((at_us, _), warning) in &memory.events {
        let place = (scale.place(*at_us) * WIDTH) as u32;
        match places.last_mut() {
            Some((last, grave)) if place - *last < CLOSEST => *grave |= warning,
            _ => places.push((place, *warning)),
        }
    }
    let mut paths = [String::new(), String::new()];
    for (place, warning) in places {
        let [usual, grave] = &mut paths;
        if warning {
            grave.push_str(&format!("M{place} 0v16"));
        } else {
            usual.push_str(&format!("M{place} 3v10"));
        }
    }
    paths
}

fn tool(name: &str, label: String, disabled: bool, onclick: Callback<MouseEvent>) -> Html {
    html! { <button type="button" class="icon-button" {disabled} aria-label={label.clone()} title={label} {onclick}>{ icon(name) }</button> }
}

/// Undo and redo.
fn history(session: &Session, undo: Option<&str>, redo: bool, past: bool) -> Html {
    let go = |travel| {
        let session = session.clone();
        Callback::from(move |_: MouseEvent| session.travel(travel))
    };
    let closed = past || session.is_read_only();
    let label = undo.map_or(texts::UNDO_NOTHING.to_owned(), |line| {
        format!("{}{line}", texts::UNDO)
    });
    html! {
        <div class="timeline-tools" role="group" aria-label={texts::HISTORY}>
            { tool("undo", label, closed || undo.is_none(), go(Travel::Undo)) }
            { tool("redo", texts::REDO.to_owned(), closed || !redo, go(Travel::Redo)) }
        </div>
    }
}

/// What can be done from the past.
fn past(session: &Session, past_us: u64, coarse: bool) -> Html {
    let go = |travel| {
        let session = session.clone();
        Callback::from(move |_: MouseEvent| session.travel(travel))
    };
    html! {
        <div class="timeline-past">
            <p role="status"><strong>{ texts::PAST_TITLE }</strong>{ format!(" {}", clock(past_us / 1_000_000)) }
                if coarse { <small>{ texts::PAST_COARSE }</small> }</p>
            <button type="button" class="button" onclick={go(Travel::Now)}>{ texts::PAST_RETURN }</button>
            <button type="button" class="button" disabled={session.is_read_only()} title={texts::PAST_BRANCH_HELP}
                onclick={go(Travel::Branch)}>{ texts::PAST_BRANCH }</button>
        </div>
    }
}
