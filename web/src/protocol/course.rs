//! The course, its lessons and its exercises as the page shows them: the plain data of `timonier-lessons`, and the marks.

use serde::{Deserialize, Serialize};
use timonier_core::sorted::SortedMap;

pub use timonier_lessons::doc::{Block, Callout, Code, Doc, Span};
pub use timonier_lessons::view::{
    ExerciseCard, ExerciseView, GoalView, LessonCard, LessonView, QuestionView, Standing, StepView,
};

use super::save::Marks;

/// The course map of the home page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseMap {
    /// The lessons, in the course's order.
    pub lessons: Vec<LessonCard>,
    /// The lessons that somebody opened from a zip or a folder.
    pub own: Vec<LessonCard>,
    /// Marks, by [`mark_name`].
    pub marks: SortedMap<String, Marks>,
}

/// What begins the id of an opened lesson here. No id in a lesson's file may begin so: neither lessons nor marks of the
/// course can be taken for those of another.
pub const OWN: char = '~';

/// Under which name the marks of an exercise are kept: its id in the course, with the lesson's in front in an opened one.
#[must_use]
pub fn mark_name(lesson: &str, exercise: &str) -> String {
    if lesson.starts_with(OWN) {
        format!("{lesson}/{exercise}")
    } else {
        exercise.to_owned()
    }
}

/// What came of opening somebody's lessons.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedLessons {
    /// Those that can be played, which are kept now.
    pub lessons: Vec<LessonCard>,
    /// What is wrong with the others: file, line and column, and what to do (French).
    pub faults: Vec<(String, String)>,
}

/// A lesson, ready to be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lesson {
    /// Its pages and the places of its exercises.
    pub view: LessonView,
    /// The lesson after this one: id and title.
    pub next: Option<(String, String)>,
}

#[cfg(test)]
mod tests {
    use timonier_lessons::view::{LessonCard, LessonView, StepView};

    use super::Lesson;
    use crate::protocol::codec;

    #[test]
    fn a_lesson_is_read_from_what_the_course_is_bundled_as() {
        let view = LessonView {
            card: LessonCard {
                id: "un".into(),
                revision: 1,
                title: "Un".into(),
                topics: vec![8],
                needs: String::new(),
                gives: String::new(),
                minutes: 5,
                exercises: Vec::new(),
            },
            steps: vec![StepView::Exercise("faire".into())],
            links: Vec::new(),
        };
        let next = Some(("deux".to_owned(), "Deux".to_owned()));
        let bytes = codec::encode(&(&view, &next)).unwrap();
        assert_eq!(codec::decode::<Lesson>(&bytes), Ok(Lesson { view, next }));
    }
}
