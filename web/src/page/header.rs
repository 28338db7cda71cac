//! The bar at the top: name, ways, theme.

use yew::prelude::*;

use crate::texts;

use super::{icon::icon, route::Route, theme::Theme};

/// Where we are and which theme is on.
#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// Where we are.
    pub(super) route: Route,
    /// The theme.
    pub(super) theme: Theme,
    /// The learner chose another.
    pub(super) on_theme: Callback<Theme>,
}

/// The bar at the top.
#[component]
pub(super) fn Header(props: &Props) -> Html {
    let link = |to: Route, words: &'static str, here: bool| {
        html! { <a href={to.hash()} aria-current={here.then_some("page")}>{ words }</a> }
    };
    let (face_icon, words) = match props.theme {
        Theme::Auto => ("auto", texts::THEME_AUTO),
        Theme::Light => ("sun", texts::THEME_LIGHT),
        Theme::Dark => ("moon", texts::THEME_DARK),
    };
    let on_theme = {
        let (next, on_theme) = (props.theme.next(), props.on_theme.clone());
        Callback::from(move |_: MouseEvent| on_theme.emit(next))
    };
    let in_course = matches!(props.route, Route::Home | Route::Lesson { .. });
    html! {
        <header class="header">
            <a class="brand" href={Route::Home.hash()}>
                { icon("helm") }<span>{ texts::NAME }</span>
            </a>
            <nav aria-label={texts::NAV}>
                { link(Route::Home, texts::NAV_COURSE, in_course) }
                { link(Route::Sandbox, texts::NAV_SANDBOX, props.route == Route::Sandbox) }
                { link(Route::Progress, texts::NAV_PROGRESS, props.route == Route::Progress) }
                { link(Route::About, texts::NAV_ABOUT, props.route == Route::About) }
            </nav>
            <button class="icon-button" onclick={on_theme} aria-label={words} title={words}>{ icon(face_icon) }</button>
        </header>
    }
}
