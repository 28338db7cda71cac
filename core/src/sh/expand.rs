//! Expansion of words: parameters, substitutions, arithmetic, splitting, globs, quote removal.
//!
//! An expansion that meets a command substitution stops and names the list to run; the interpreter runs it, notes its output
//! in the [`Memo`] and expands again from the start. Nothing is assigned before the whole expansion has succeeded, so that
//! starting over is invisible, and the state between is plain data.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::arithmetic::{self, Scope};
use super::ast::{Argument, List, Piece, Word};
use super::files::Files;
use super::glob;
use super::pattern;
use super::shell::Shell;
use super::variables::Value;

/// How much text one expansion may produce, in characters.
const LENGTH_MAX: usize = 1 << 20;

/// Outputs of the command substitutions met so far, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Memo {
    pub(super) outputs: Vec<String>,
    /// Their exit statuses.
    pub(super) statuses: Vec<i32>,
}

/// Why an expansion did not finish.
#[derive(Clone, Debug)]
pub(super) enum Stop {
    /// This substitution has to run first.
    Substitution(Arc<List>),
    /// This process substitution has to start first.
    Process(Arc<List>),
    /// The user's mistake: what bash prints after its name. It ends a script with status 1.
    Error(String),
    /// A parameter that must be set and is not: it ends a script with status 127.
    Unset(String),
}

pub(super) type Expanded<T> = Result<T, Stop>;

/// A character, and whether it was quoted.
type Marked = (char, bool);

pub(super) struct Expander<'a> {
    pub(super) shell: &'a Shell,
    files: &'a dyn Files,
    memo: &'a Memo,
    used: usize,
    produced: usize,
    /// Assignments to make when all has succeeded.
    pub(super) pending: Vec<(String, Value)>,
}

/// Fields being built.
#[derive(Default)]
struct Fields {
    done: Vec<Vec<Marked>>,
    current: Option<Vec<Marked>>,
}

impl Fields {
    fn open(&mut self) -> &mut Vec<Marked> {
        self.current.get_or_insert_default()
    }

    fn close(&mut self) {
        self.done.extend(self.current.take());
    }

    fn push(&mut self, text: &str, quoted: bool) {
        self.open().extend(text.chars().map(|c| (c, quoted)));
    }
}

impl<'a> Expander<'a> {
    pub(super) const fn new(shell: &'a Shell, files: &'a dyn Files, memo: &'a Memo) -> Self {
        Self {
            shell,
            files,
            memo,
            used: 0,
            produced: 0,
            pending: Vec::new(),
        }
    }

    pub(super) const fn files(&self) -> &'a dyn Files {
        self.files
    }

    /// The arguments of a command.
    pub(super) fn arguments(&mut self, arguments: &[Argument]) -> Expanded<Vec<String>> {
        let mut result: Vec<String> = Vec::new();
        for argument in arguments {
            match argument {
                Argument::Word(word) => result.extend(self.fields(word)?),
                Argument::Assignment(assignment, word) => {
                    let declares = result.first().is_some_and(|name| {
                        matches!(
                            name.as_str(),
                            "export" | "local" | "declare" | "typeset" | "readonly" | "alias"
                        )
                    });
                    if declares && assignment.index.is_none() {
                        result.push(self.declaration(assignment, word)?);
                    } else {
                        result.extend(self.fields(word)?);
                    }
                }
                Argument::Process(list) => {
                    let output = self
                        .next_output()
                        .ok_or_else(|| Stop::Process(Arc::clone(list)))?;
                    result.push(output);
                }
            }
        }
        Ok(result)
    }

    /// The fields of a word: split, globbed, unquoted.
    pub(super) fn fields(&mut self, word: &Word) -> Expanded<Vec<String>> {
        let mut fields = Fields::default();
        self.pieces(&word.pieces, false, &mut fields)?;
        fields.close();
        let mut result = Vec::new();
        for field in fields.done {
            result.extend(self.globbed(&field));
        }
        Ok(result)
    }

    fn globbed(&self, field: &[Marked]) -> Vec<String> {
        let text: String = field.iter().map(|(c, _)| c).collect();
        let wild = field
            .iter()
            .any(|(c, quoted)| !quoted && matches!(c, '*' | '?' | '['));
        if !wild || self.shell.options.noglob {
            return vec![text];
        }
        let matches = glob::expand(&pattern_text(field), &self.shell.cwd, self.files);
        if matches.is_empty() && !self.shell.options.nullglob {
            vec![text]
        } else {
            matches
        }
    }

    /// A word as one text: not split, not globbed.
    pub(super) fn text(&mut self, word: &Word) -> Expanded<String> {
        Ok(self.marked(word)?.iter().map(|(c, _)| c).collect())
    }

    /// A word as a pattern: what was quoted is escaped.
    pub(super) fn pattern(&mut self, word: &Word) -> Expanded<String> {
        Ok(pattern_text(&self.marked(word)?))
    }

    /// A word as a regular expression: what was quoted is escaped.
    pub(super) fn regex(&mut self, word: &Word) -> Expanded<String> {
        let special = |c: char| r"\.+*?()|[]{}^$".contains(c);
        let marked = self.marked(word)?;
        Ok(marked
            .iter()
            .flat_map(|(c, quoted)| {
                (*quoted && special(*c))
                    .then_some('\\')
                    .into_iter()
                    .chain(std::iter::once(*c))
            })
            .collect())
    }

    fn marked(&mut self, word: &Word) -> Expanded<Vec<Marked>> {
        let mut fields = Fields::default();
        self.whole(&word.pieces, &mut fields)?;
        fields.close();
        let mut result = Vec::new();
        for (index, field) in fields.done.into_iter().enumerate() {
            if index > 0 {
                result.push((' ', true));
            }
            result.extend(field);
        }
        Ok(result)
    }

    /// Pieces outside of splitting: expansions keep their blanks, their pattern characters stay active.
    fn whole(&mut self, pieces: &[Piece], fields: &mut Fields) -> Expanded<()> {
        for piece in pieces {
            match piece {
                Piece::Parameter(_) | Piece::Substitution(_) | Piece::Arithmetic(_) => {
                    let mut inner = Fields::default();
                    self.piece(piece, true, &mut inner)?;
                    inner.close();
                    for (index, field) in inner.done.iter().enumerate() {
                        if index > 0 {
                            fields.push(" ", true);
                        }
                        fields.open().extend(field.iter().map(|(c, _)| (*c, false)));
                    }
                }
                other => self.piece(other, false, fields)?,
            }
        }
        Ok(())
    }

    fn pieces(&mut self, pieces: &[Piece], quoted: bool, fields: &mut Fields) -> Expanded<()> {
        pieces
            .iter()
            .try_for_each(|piece| self.piece(piece, quoted, fields))
    }

    fn piece(&mut self, piece: &Piece, quoted: bool, fields: &mut Fields) -> Expanded<()> {
        match piece {
            Piece::Text(text) => {
                self.count(text.len())?;
                fields.push(text, quoted);
            }
            Piece::Quoted(text) => {
                self.count(text.len())?;
                fields.push(text, true);
            }
            Piece::DoubleQuoted(pieces) => {
                // "$@" alone may stand for no field at all; anything else stands for at least an empty one.
                if !only_all_separate(pieces) {
                    fields.open();
                }
                self.pieces(pieces, true, fields)?;
            }
            Piece::Tilde(who) => {
                let path = self.tilde(who);
                fields.push(&path, true);
            }
            Piece::Parameter(expr) => {
                let value = self.parameter(expr, quoted)?;
                self.push_value(value, quoted, fields)?;
            }
            Piece::Substitution(list) => {
                let output = self
                    .next_output()
                    .ok_or_else(|| Stop::Substitution(Arc::clone(list)))?;
                self.push_split(output.trim_end_matches('\n'), quoted, fields)?;
            }
            Piece::Arithmetic(word) => {
                let value = self.arithmetic(word)?;
                self.push_split(&value.to_string(), quoted, fields)?;
            }
        }
        Ok(())
    }

    fn push_value(&mut self, value: Expansion, quoted: bool, fields: &mut Fields) -> Expanded<()> {
        match value {
            Expansion::Text(text) => self.push_split(&text, quoted, fields),
            Expansion::Word(word) => {
                let quoted_word = quoted;
                self.pieces(&word.pieces, quoted_word, fields)
            }
            Expansion::Separate(values) => {
                for (index, value) in values.iter().enumerate() {
                    if index > 0 {
                        fields.close();
                    }
                    if quoted {
                        self.count(value.len())?;
                        fields.push(value, true);
                    } else {
                        self.push_split(value, false, fields)?;
                    }
                }
                Ok(())
            }
        }
    }

    /// The result of an expansion: split at the characters of `IFS` unless quoted.
    fn push_split(&mut self, text: &str, quoted: bool, fields: &mut Fields) -> Expanded<()> {
        self.count(text.len())?;
        if quoted {
            fields.push(text, true);
            return Ok(());
        }
        let separators = self.lookup_text("IFS").unwrap_or_else(|| " \t\n".to_owned());
        let blank = |c: char| matches!(c, ' ' | '\t' | '\n') && separators.contains(c);
        let mut after_blank = false;
        for c in text.chars() {
            if !separators.contains(c) {
                fields.open().push((c, false));
                after_blank = false;
            } else if blank(c) {
                after_blank |= fields.current.is_some();
                fields.close();
            } else {
                // `a :b` is two fields: the blank and the colon are one separator.
                if !after_blank {
                    fields.open();
                }
                fields.close();
                after_blank = false;
            }
        }
        Ok(())
    }

    pub(super) fn count(&mut self, length: usize) -> Expanded<()> {
        self.produced += length;
        if self.produced > LENGTH_MAX {
            return Err(Stop::Error(format!(
                "xrealloc: cannot allocate {} bytes",
                self.produced
            )));
        }
        Ok(())
    }

    /// `$?`, which a substitution in the same command has changed.
    pub(super) fn status(&self) -> i32 {
        let run = self.used.min(self.memo.statuses.len());
        let last = run
            .checked_sub(1)
            .and_then(|index| self.memo.statuses.get(index))
            .copied();
        last.unwrap_or(self.shell.status)
    }

    fn next_output(&mut self) -> Option<String> {
        let output = self.memo.outputs.get(self.used).cloned();
        self.used += 1;
        output
    }

    fn tilde(&self, who: &str) -> String {
        match who {
            "" => self.shell.home().to_owned(),
            "+" => self.shell.cwd.clone(),
            "-" => self.shell.variables.text("OLDPWD").unwrap_or("~-").to_owned(),
            "root" => "/root".to_owned(),
            who if Some(who) == self.shell.variables.text("USER") => self.shell.home().to_owned(),
            who => format!("~{who}"),
        }
    }

    /// The value of an arithmetic word.
    pub(super) fn arithmetic(&mut self, word: &Word) -> Expanded<i64> {
        let text = self.text(word)?;
        arithmetic::evaluate(&text, self).map_err(Stop::Error)
    }

    /// The value of a variable, pending assignments included.
    pub(super) fn lookup(&self, name: &str) -> Option<Value> {
        let pending = self.pending.iter().rev().find(|(pending, _)| pending == name);
        match pending {
            Some((_, value)) => Some(value.clone()),
            None => self.shell.variables.value(name).cloned(),
        }
    }

    pub(super) fn lookup_text(&self, name: &str) -> Option<String> {
        self.lookup(name)?.first().map(str::to_owned)
    }
}

/// What a parameter expands to.
pub(super) enum Expansion {
    /// A text.
    Text(String),
    /// A word that is expanded in its place.
    Word(Word),
    /// Texts that stay apart.
    Separate(Vec<String>),
}

impl Scope for Expander<'_> {
    fn variable(&self, name: &str, index: Option<i64>) -> Option<String> {
        match index {
            None => self.lookup_text(name),
            Some(index) => self.elements(name).get(&index).cloned(),
        }
    }

    fn assign(&mut self, name: &str, index: Option<i64>, value: i64) {
        let value = match index {
            None => Value::Scalar(value.to_string()),
            Some(index) => {
                let mut elements = self.elements(name);
                elements.insert(index, value.to_string());
                Value::Array(elements)
            }
        };
        self.pending.push((name.to_owned(), value));
    }
}

fn only_all_separate(pieces: &[Piece]) -> bool {
    use super::ast::{Operation, Parameter};
    matches!(pieces, [Piece::Parameter(expr)]
        if expr.operation == Operation::Plain
            && matches!(expr.parameter, Parameter::AllSeparate | Parameter::Elements(_, false)))
}

fn pattern_text(field: &[Marked]) -> String {
    field
        .iter()
        .map(|(c, quoted)| {
            if *quoted {
                pattern::escape(&c.to_string())
            } else {
                c.to_string()
            }
        })
        .collect()
}
