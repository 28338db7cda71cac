//! Light, dark, or as the system has it.

use super::store;

/// The learner's choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system has it.
    #[default]
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// The choice remembered.
    #[must_use]
    pub fn kept() -> Self {
        match store::get("theme").as_deref() {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            _ => Self::Auto,
        }
    }

    /// The next one, for a button.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Auto => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::Auto,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Whether the page is dark with this choice.
    #[must_use]
    pub fn is_dark(self) -> bool {
        match self {
            Self::Auto => media_matches("(prefers-color-scheme: dark)"),
            Self::Light => false,
            Self::Dark => true,
        }
    }

    /// Shows and remembers the choice: `data-theme` on the root says light or dark to tokens.css.
    pub fn apply(self) {
        store::set("theme", self.name());
        let root = web_sys::window()
            .and_then(|window| window.document())
            .and_then(|document| document.document_element());
        if let Some(root) = root {
            drop(root.set_attribute("data-theme", if self.is_dark() { "dark" } else { "light" }));
        }
    }
}

/// Whether a media query holds.
#[must_use]
pub fn media_matches(query: &str) -> bool {
    web_sys::window()
        .and_then(|window| window.match_media(query).ok().flatten())
        .is_some_and(|list| list.matches())
}
