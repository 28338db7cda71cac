//! The speed of virtual time, and its clock.

use yew::prelude::*;

use crate::{
    protocol::{FromEngine, Pace},
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
    {
        let (pace, seconds) = (pace.clone(), seconds.clone());
        use_news(move |news| match news {
            News::Pace(now) => pace.set(*now),
            News::Engine(message) => match &**message {
                FromEngine::Clock { now_us, .. } => seconds.set(now_us / 1_000_000),
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
    html! {
        <div class="speed" role="group" aria-label={texts::SPEED}>
            <span class="clock" role="timer" aria-label={texts::CLOCK} title={texts::CLOCK}>{ clock(*seconds) }</span>
            { button(Pace::Paused) }
            <button aria-label={texts::SPEED_STEP} title={texts::SPEED_STEP} onclick={on_step}>{ icon("step") }</button>
            { for Pace::ALL.into_iter().skip(1).map(button) }
        </div>
    }
}

fn clock(seconds: u64) -> String {
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
