//! The whole page: header, and what the address names.

use wasm_bindgen::UnwrapThrowExt;
use yew::prelude::*;

use crate::texts;

use super::{
    about::About, header::Header, home::Home, hooks::Listener, lab::LabScreen, lock, notices::Notices,
    progress::Progress, route::Route, session::Session, theme::Theme,
};

/// The page.
#[component]
pub(super) fn App() -> Html {
    let session = use_memo((), |()| Session::default());
    let route = use_route();
    let theme = use_theme();
    {
        let session = (*session).clone();
        use_after_first_paint(move || lock::request(&session));
    }
    use_kept_clock(&session);
    use_title(&route);
    let on_theme = {
        let theme = theme.clone();
        Callback::from(move |chosen: Theme| {
            chosen.apply();
            theme.set(chosen);
        })
    };
    let content = match &*route {
        Route::Home => html! { <Home /> },
        Route::Progress => html! { <Progress /> },
        Route::About => html! { <About /> },
        Route::Unknown => unknown(),
        Route::Lesson { .. } | Route::Sandbox => {
            html! { <LabScreen route={(*route).clone()} dark={theme.is_dark()} /> }
        }
    };
    html! {
        <ContextProvider<Session> context={(*session).clone()}>
            <a class="skip" href="#contenu" onclick={skip_to("contenu")}>{ texts::SKIP_TO_CONTENT }</a>
            <Header route={(*route).clone()} theme={*theme} {on_theme} />
            <Notices />
            { content }
        </ContextProvider<Session>>
    }
}

/// Skip links must not change the address: it is the route.
pub(super) fn skip_to(id: &'static str) -> Callback<MouseEvent> {
    Callback::from(move |event: MouseEvent| {
        event.prevent_default();
        focus(id);
    })
}

/// Puts the focus on the element with this id.
pub(super) fn focus(id: &str) {
    use wasm_bindgen::JsCast;
    let element = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.get_element_by_id(id));
    if let Some(element) = element.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
        drop(element.focus());
    }
}

fn unknown() -> Html {
    html! {
        <main id="contenu" tabindex="-1" class="page narrow">
            <h1>{ texts::UNKNOWN_TITLE }</h1>
            <p>{ texts::UNKNOWN_TEXT }</p>
            <p><a class="button primary" href={Route::Home.hash()}>{ texts::UNKNOWN_HOME }</a></p>
        </main>
    }
}

#[hook]
fn use_route() -> UseStateHandle<Route> {
    let route = use_state_eq(Route::current);
    let setter = route.setter();
    use_effect_with((), move |()| {
        let window = web_sys::window().expect_throw("a page has a window");
        let listener = Listener::new(&window, "hashchange", move |_| {
            setter.set(Route::current());
            focus("contenu");
        });
        move || drop(listener)
    });
    route
}

/// The tab's title says where the learner is.
#[hook]
fn use_title(route: &Route) {
    use_effect_with(route.clone(), |route| {
        let here = match route {
            Route::Home | Route::Unknown => texts::TAGLINE,
            Route::Lesson { .. } => texts::LAB_LESSON,
            Route::Sandbox => texts::SANDBOX_TITLE,
            Route::Progress => texts::PROGRESS_TITLE,
            Route::About => texts::NAV_ABOUT,
        };
        if let Some(document) = web_sys::window().and_then(|window| window.document()) {
            document.set_title(&format!("{here} · {}", texts::NAME));
        }
    });
}

/// Remembers the clock when the page goes away.
#[hook]
fn use_kept_clock(session: &Session) {
    use_effect_with(session.clone(), |session| {
        let window = web_sys::window().expect_throw("a page has a window");
        let keep = |kind| {
            let session = session.clone();
            Listener::new(&window, kind, move |_| session.keep_clock())
        };
        let listeners = [keep("pagehide"), keep("beforeunload")];
        move || drop(listeners)
    });
}

#[hook]
fn use_theme() -> UseStateHandle<Theme> {
    let theme = use_state(Theme::kept);
    let again = use_force_update();
    use_effect_with(*theme, move |theme| {
        theme.apply();
        let theme = *theme;
        let list = web_sys::window()
            .and_then(|window| window.match_media("(prefers-color-scheme: dark)").ok().flatten());
        let listener = list.map(|list| {
            Listener::new(&list, "change", move |_| {
                theme.apply();
                again.force_update();
            })
        });
        move || drop(listener)
    });
    theme
}

#[hook]
fn use_after_first_paint(act: impl FnOnce() + 'static) {
    use_effect_with((), move |()| {
        // Two turns of the event loop after the first frame: the browser has painted by then.
        let timer = gloo_timers::callback::Timeout::new(30, act);
        move || drop(timer)
    });
}
