//! Assignments: `name=value`, `name+=value`, `name[index]=value`, `name=(values)`.

use super::ast::{AssignedValue, Assignment, Word};
use super::expand::{Expanded, Expander};
use super::variables::Value;

use crate::sorted::SortedMap;

impl Expander<'_> {
    pub(super) fn declaration(&mut self, assignment: &Assignment, word: &Word) -> Expanded<String> {
        match &assignment.value {
            AssignedValue::Scalar(value) => {
                let operator = if assignment.append { "+=" } else { "=" };
                Ok(format!("{}{operator}{}", assignment.name, self.text(value)?))
            }
            AssignedValue::Array(_) => self.text(word),
        }
    }

    /// Makes an assignment pending.
    pub(super) fn assign(&mut self, assignment: &Assignment) -> Expanded<()> {
        let name = &assignment.name;
        let value = match (&assignment.value, &assignment.index) {
            (AssignedValue::Scalar(word), None) => {
                let text = self.text(word)?;
                match (assignment.append, self.lookup(name)) {
                    (true, Some(Value::Array(mut elements))) => {
                        elements.entry(0).or_default().push_str(&text);
                        Value::Array(elements)
                    }
                    (true, Some(Value::Scalar(before))) => Value::Scalar(before + &text),
                    _ => Value::Scalar(text),
                }
            }
            (AssignedValue::Scalar(word), Some(index)) => {
                let index = self.arithmetic(index)?;
                let text = self.text(word)?;
                let mut elements = self.elements(name);
                let slot = elements.entry(index).or_default();
                if assignment.append {
                    slot.push_str(&text);
                } else {
                    *slot = text;
                }
                Value::Array(elements)
            }
            (AssignedValue::Array(words), _) => {
                let mut elements = if assignment.append {
                    self.elements(name)
                } else {
                    SortedMap::new()
                };
                let mut next = elements
                    .keys()
                    .next_back()
                    .map_or(0, |last| last.saturating_add(1));
                for (index, word) in words {
                    if let Some(index) = index {
                        next = self.arithmetic(index)?;
                        let text = self.text(word)?;
                        elements.insert(next, text);
                        next = next.saturating_add(1);
                    } else {
                        for field in self.fields(word)? {
                            elements.insert(next, field);
                            next = next.saturating_add(1);
                        }
                    }
                }
                Value::Array(elements)
            }
        };
        self.pending.push((name.clone(), value));
        Ok(())
    }

    pub(super) fn elements(&self, name: &str) -> SortedMap<i64, String> {
        self.lookup(name)
            .map(|value| value.elements().into_iter().collect())
            .unwrap_or_default()
    }
}
