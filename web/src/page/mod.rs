//! The page: what the learner sees, in reading order. It knows the engine only by `protocol`.

pub mod route;
pub mod store;
pub mod theme;

pub mod bus;
mod engine_link;
pub mod session;

mod about;
mod app;
mod dialog;
mod editor;
mod header;
mod home;
mod hooks;
mod icon;
mod lab;
mod lesson;
mod load;
mod lock;
mod notices;
mod opening;
mod progress;
mod report;
mod speed;
mod terminal;

/// Draws the page into its place in `index.html`.
pub fn start() {
    let root = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.get_element_by_id("app"));
    if let Some(root) = root {
        root.set_inner_html("");
        yew::Renderer::<app::App>::with_root(root).render();
    }
}
