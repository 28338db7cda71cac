//! The lesson format, the grader and the course.
