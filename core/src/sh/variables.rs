//! Shell variables: scalars and indexed arrays, exported or read-only.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::sorted::SortedMap;

/// What a variable holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// One string.
    Scalar(String),
    /// Strings by index.
    Array(SortedMap<i64, String>),
}

impl Value {
    /// The value as `$name` reads it: of an array, element 0.
    #[must_use]
    pub fn first(&self) -> Option<&str> {
        match self {
            Self::Scalar(text) => Some(text),
            Self::Array(elements) => elements.get(&0).map(String::as_str),
        }
    }

    /// Every element with its index.
    #[must_use]
    pub fn elements(&self) -> Vec<(i64, String)> {
        match self {
            Self::Scalar(text) => vec![(0, text.clone())],
            Self::Array(elements) => elements
                .iter()
                .map(|(index, text)| (*index, text.clone()))
                .collect(),
        }
    }
}

/// A variable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    /// The value; none when only declared.
    pub value: Option<Value>,
    /// Whether commands receive it.
    pub exported: bool,
    /// Whether it may not be assigned.
    pub readonly: bool,
}

/// The variables of a shell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variables(SortedMap<String, Variable>);

/// A variable that may not be assigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readonly(pub String);

impl Variables {
    /// The value of a variable.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name)?.value.as_ref()
    }

    /// The value of a variable as `$name` reads it.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.value(name)?.first()
    }

    /// A variable with its attributes.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Variable> {
        self.0.get(name)
    }

    /// A variable that may be changed, created when it is new.
    pub fn entry(&mut self, name: &str) -> &mut Variable {
        self.0.entry(name.to_owned()).or_default()
    }

    /// Assigns a value.
    ///
    /// # Errors
    ///
    /// When the variable is read-only.
    pub fn assign(&mut self, name: &str, value: Value) -> Result<(), Readonly> {
        let variable = self.entry(name);
        if variable.readonly {
            return Err(Readonly(name.to_owned()));
        }
        match (&mut variable.value, value) {
            // A scalar given to an array is its element 0.
            (Some(Value::Array(elements)), Value::Scalar(text)) => {
                elements.insert(0, text);
            }
            (slot, value) => *slot = Some(value),
        }
        Ok(())
    }

    /// Assigns a string.
    ///
    /// # Errors
    ///
    /// When the variable is read-only.
    pub fn set(&mut self, name: &str, text: impl Into<String>) -> Result<(), Readonly> {
        self.assign(name, Value::Scalar(text.into()))
    }

    /// Assigns and exports a string, whatever stood there.
    pub fn export(&mut self, name: &str, text: impl Into<String>) {
        let variable = self.entry(name);
        variable.value = Some(Value::Scalar(text.into()));
        variable.exported = true;
    }

    /// Removes a variable.
    ///
    /// # Errors
    ///
    /// When it is read-only.
    pub fn unset(&mut self, name: &str) -> Result<(), Readonly> {
        if self.0.get(name).is_some_and(|variable| variable.readonly) {
            return Err(Readonly(name.to_owned()));
        }
        self.0.remove(name);
        Ok(())
    }

    /// Puts a variable back as it was: absent, or this.
    pub fn restore(&mut self, name: &str, before: Option<Variable>) {
        match before {
            Some(variable) => {
                self.0.insert(name.to_owned(), variable);
            }
            None => {
                self.0.remove(name);
            }
        }
    }

    /// Every variable in the order of names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Variable)> {
        self.0.iter().map(|(name, variable)| (name.as_str(), variable))
    }

    /// What a command's environment holds.
    #[must_use]
    pub fn environment(&self) -> BTreeMap<String, String> {
        let exported = self.iter().filter(|(_, variable)| variable.exported);
        crate::sorted::btree_map(exported.filter_map(|(name, variable)| {
            Some((name.to_owned(), variable.value.as_ref()?.first()?.to_owned()))
        }))
    }
}

/// Whether a text can name a variable.
#[must_use]
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
