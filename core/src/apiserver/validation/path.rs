//! Field paths (`k8s.io/apimachinery/pkg/util/validation/field.Path`): a chain of borrowed parts on the stack, which
//! becomes text only when there is something to say.

use std::fmt;

/// A path to a field.
#[derive(Clone, Copy, Debug)]
pub struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    part: Part<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Part<'a> {
    Field(&'a str),
    Index(usize),
    Key(&'a str),
}

impl<'a> Path<'a> {
    /// A field of the object itself.
    #[must_use]
    pub const fn new(field: &'a str) -> Self {
        Self {
            parent: None,
            part: Part::Field(field),
        }
    }

    /// `path.field`
    #[must_use]
    pub const fn child(&'a self, field: &'a str) -> Self {
        Self {
            parent: Some(self),
            part: Part::Field(field),
        }
    }

    /// `path[3]`
    #[must_use]
    pub const fn index(&'a self, index: usize) -> Self {
        Self {
            parent: Some(self),
            part: Part::Index(index),
        }
    }

    /// `path[key]`
    #[must_use]
    pub const fn key(&'a self, key: &'a str) -> Self {
        Self {
            parent: Some(self),
            part: Part::Key(key),
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match (self.part, self.parent) {
            (Part::Field(field), None) => f.write_str(field),
            (Part::Field(field), Some(_)) => write!(f, ".{field}"),
            (Part::Index(index), _) => write!(f, "[{index}]"),
            (Part::Key(key), _) => write!(f, "[{key}]"),
        }
    }
}

impl From<&Path<'_>> for String {
    fn from(path: &Path<'_>) -> Self {
        path.to_string()
    }
}

impl From<Path<'_>> for String {
    fn from(path: Path<'_>) -> Self {
        path.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_read_as_upstreams() {
        let spec = Path::new("spec");
        let containers = spec.child("containers");
        let first = containers.index(0);
        let resources = first.child("resources");
        let limits = resources.child("limits");
        assert_eq!(
            limits.key("cpu").to_string(),
            "spec.containers[0].resources.limits[cpu]"
        );
        assert_eq!(spec.to_string(), "spec");
    }
}
