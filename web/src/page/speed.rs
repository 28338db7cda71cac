//! The speed of virtual time, its clock, and the ways forward: one step, or on to the next change.

use yew::prelude::*;

use crate::{
    protocol::{FromEngine, Pace, Travel},
    texts,
};

use super::{
    hooks::{use_news, use_session},
    icon::icon,
    session::News,
};

/// Pause, step, x1, x5, x20, and the time.
#[component]
pub(super) fn Speed() -> Html {
    let session = use_session();
    let pace = use_state_eq(|| session.pace());
    let seconds = use_state_eq(|| session.now_us() / 1_000_000);
    let past = use_state_eq(|| session.is_past());
    {
        let (pace, seconds, past) = (pace.clone(), seconds.clone(), past.clone());
        use_news(move |news| match news {
            News::Pace(now) => pace.set(*now),
            News::Engine(message) => match &**message {
                FromEngine::Clock { now_us, .. } => seconds.set(now_us / 1_000_000),
                FromEngine::Times(times) => past.set(times.past_us.is_some()),
                FromEngine::View { delta, .. } => seconds.set(delta.now_micros / 1_000_000),
                _ => {}
            },
            _ => {}
        });
    }
    let button = |this: Pace| {
        let (label, face) = match this {
            Pace::Paused => (texts::SPEED_PAUSE, html! { { icon("pause") } }),
            Pace::Normal => (texts::SPEED_NORMAL, html! { "×1" }),
            Pace::Fast => (texts::SPEED_FAST, html! { "×5" }),
            Pace::Faster => (texts::SPEED_FASTER, html! { "×20" }),
            Pace::Fastest => (texts::SPEED_FASTEST, html! { "×100" }),
        };
        let session = session.clone();
        html! {
            <button aria-pressed={(*pace == this).to_string()} aria-label={label} title={label}
                onclick={Callback::from(move |_: MouseEvent| session.set_pace(this))}>{ face }</button>
        }
    };
    let on_step = {
        let session = session.clone();
        Callback::from(move |_: MouseEvent| {
            session.set_pace(Pace::Paused);
            session.step();
        })
    };
    let on_skip = {
        let session = session.clone();
        Callback::from(move |_: MouseEvent| session.travel(Travel::Skip))
    };
    html! {
        <div class="speed" role="group" aria-label={texts::SPEED}>
            <span class="clock" role="timer" aria-label={texts::CLOCK} title={texts::CLOCK}>{ clock(*seconds) }</span>
            { button(Pace::Paused) }
            <button aria-label={texts::SPEED_STEP} title={texts::SPEED_STEP} disabled={*past} onclick={on_step}>{ icon("step") }</button>
            <button aria-label={texts::SPEED_SKIP} title={texts::SPEED_SKIP} disabled={*past} onclick={on_skip}>{ icon("skip") }</button>
            { for Pace::ALL.into_iter().skip(1).map(button) }
        </div>
    }
}

/// Seconds as a clock shows them.
pub(super) fn clock(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes:02}:{seconds:02}")
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_clock_reads_as_a_clock() {
        let check = |seconds, expected: &str| assert_eq!(super::clock(seconds), expected);
        check(0, "00:00");
        check(75, "01:15");
        check(3_725, "1:02:05");
    }
}
