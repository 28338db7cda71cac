//! Addresses: hash routes, so that any static host and any sub-path serves every link.

use crate::protocol::LabId;

/// Where the learner is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// `#/`: the course map.
    Home,
    /// `#/cours/<lesson>` and `#/cours/<lesson>/<exercise>`.
    Lesson {
        /// The lesson.
        lesson: String,
        /// The exercise, when the address names one.
        exercise: Option<String>,
    },
    /// `#/bac-a-sable`: a cluster without a lesson.
    Sandbox,
    /// `#/progression`: the learner's marks.
    Progress,
    /// `#/a-propos`: what is simulated and what is not.
    About,
    /// Anything else.
    Unknown,
}

impl Route {
    /// The route of an address's hash.
    #[must_use]
    pub fn parse(hash: &str) -> Self {
        let path = hash.trim_start_matches('#').trim_matches('/');
        let parts: Vec<&str> = path.split('/').collect();
        match parts.as_slice() {
            [""] => Self::Home,
            ["cours", lesson] if !lesson.is_empty() => Self::Lesson {
                lesson: (*lesson).to_owned(),
                exercise: None,
            },
            ["cours", lesson, exercise] if !lesson.is_empty() => Self::Lesson {
                lesson: (*lesson).to_owned(),
                exercise: Some((*exercise).to_owned()),
            },
            ["bac-a-sable"] => Self::Sandbox,
            ["progression"] => Self::Progress,
            ["a-propos"] => Self::About,
            _ => Self::Unknown,
        }
    }

    /// The hash of this route.
    #[must_use]
    pub fn hash(&self) -> String {
        match self {
            Self::Home | Self::Unknown => "#/".to_owned(),
            Self::Lesson {
                lesson,
                exercise: None,
            } => format!("#/cours/{lesson}"),
            Self::Lesson {
                lesson,
                exercise: Some(exercise),
            } => format!("#/cours/{lesson}/{exercise}"),
            Self::Sandbox => "#/bac-a-sable".to_owned(),
            Self::Progress => "#/progression".to_owned(),
            Self::About => "#/a-propos".to_owned(),
        }
    }

    /// The lab this route opens.
    #[must_use]
    pub fn lab(&self) -> Option<LabId> {
        match self {
            Self::Lesson { lesson, exercise } => Some(LabId {
                lesson: Some(lesson.clone()),
                exercise: exercise.clone(),
            }),
            Self::Sandbox => Some(LabId::default()),
            _ => None,
        }
    }

    /// The route of the page's address now.
    #[must_use]
    pub fn current() -> Self {
        let hash = web_sys::window()
            .and_then(|window| window.location().hash().ok())
            .unwrap_or_default();
        Self::parse(&hash)
    }

    /// Goes there.
    pub fn go(&self) {
        if let Some(window) = web_sys::window() {
            drop(window.location().set_hash(&self.hash()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Route;

    fn check(hash: &str, expected: &Route) {
        assert_eq!(&Route::parse(hash), expected, "{hash}");
        if *expected != Route::Unknown {
            assert_eq!(&Route::parse(&expected.hash()), expected);
        }
    }

    #[test]
    fn every_link_leads_somewhere() {
        check("", &Route::Home);
        check("#/", &Route::Home);
        check(
            "#/cours/premier-pod",
            &Route::Lesson {
                lesson: "premier-pod".into(),
                exercise: None,
            },
        );
        check(
            "#/cours/premier-pod/ex1",
            &Route::Lesson {
                lesson: "premier-pod".into(),
                exercise: Some("ex1".into()),
            },
        );
        check("#/bac-a-sable", &Route::Sandbox);
        check("#/progression", &Route::Progress);
        check("#/a-propos/", &Route::About);
        check("#/cours/", &Route::Unknown);
        check("#/ailleurs", &Route::Unknown);
    }
}
