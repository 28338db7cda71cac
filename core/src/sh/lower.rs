//! From the parser's tree to ours: commands. Words are in [`super::words`].

use std::io::BufReader;
use std::sync::Arc;

use brush_parser::ast as brush;
use brush_parser::{Parser, ParserOptions};

use super::ast::{
    AndOr, Argument, ArithmeticFor, AssignedValue, Assignment, Case, CaseArm, CaseEnd, Command, Compound,
    For, If, Item, Junction, List, Piece, Pipeline, Simple, TestExpr, TimeStyle, While, Word,
};
use super::braces;
use super::syntax::{Aliases, SyntaxError};

use crate::sorted::SortedSet;

pub(super) type Lowered<T> = Result<T, SyntaxError>;

/// Turns a parsed program into ours, with aliases replaced.
pub(super) struct Lowering<'a> {
    pub(super) aliases: &'a Aliases,
    /// Aliases being replaced: an alias is not replaced inside itself.
    active: SortedSet<String>,
}

impl<'a> Lowering<'a> {
    pub(super) const fn new(aliases: &'a Aliases) -> Self {
        Self {
            aliases,
            active: SortedSet::new(),
        }
    }

    pub(super) fn program(&mut self, program: &brush::Program) -> Lowered<List> {
        let mut items = Vec::new();
        for list in &program.complete_commands {
            items.extend(self.items(list)?);
        }
        Ok(List { items })
    }

    pub(super) fn list(&mut self, list: &brush::CompoundList) -> Lowered<Arc<List>> {
        Ok(Arc::new(List {
            items: self.items(list)?,
        }))
    }

    pub(super) fn items(&mut self, list: &brush::CompoundList) -> Lowered<Vec<Item>> {
        list.0
            .iter()
            .map(|brush::CompoundListItem(chain, separator)| {
                let background = matches!(separator, brush::SeparatorOperator::Async);
                Ok(Item {
                    chain: Arc::new(self.chain(chain, background)?),
                    background,
                })
            })
            .collect()
    }

    fn chain(&mut self, chain: &brush::AndOrList, named: bool) -> Lowered<AndOr> {
        let first = Arc::new(self.pipeline(&chain.first)?);
        let rest = chain
            .additional
            .iter()
            .map(|more| {
                Ok(match more {
                    brush::AndOr::And(pipeline) => (Junction::And, Arc::new(self.pipeline(pipeline)?)),
                    brush::AndOr::Or(pipeline) => (Junction::Or, Arc::new(self.pipeline(pipeline)?)),
                })
            })
            .collect::<Lowered<Vec<_>>>()?;
        // Only a job's text is ever shown.
        let text = if named { chain.to_string() } else { String::new() };
        Ok(AndOr { first, rest, text })
    }

    fn pipeline(&mut self, pipeline: &brush::Pipeline) -> Lowered<Pipeline> {
        let timed = pipeline.timed.as_ref().map(|timed| match timed {
            brush::PipelineTimed::Timed(_) => TimeStyle::Bash,
            brush::PipelineTimed::TimedWithPosixOutput(_) => TimeStyle::Posix,
        });
        let commands = pipeline
            .seq
            .iter()
            .map(|command| Ok(Arc::new(self.command(command)?)))
            .collect::<Lowered<Vec<_>>>()?;
        Ok(Pipeline {
            negated: pipeline.bang,
            timed,
            commands,
        })
    }

    fn command(&mut self, command: &brush::Command) -> Lowered<Command> {
        match command {
            brush::Command::Simple(simple) => self.simple_or_alias(simple),
            brush::Command::Compound(compound, redirects) => Ok(Command::Compound(
                self.compound(compound)?,
                self.redirects(redirects.as_ref())?,
            )),
            brush::Command::Function(function) => {
                let brush::FunctionBody(body, redirects) = &function.body;
                let body = Command::Compound(self.compound(body)?, self.redirects(redirects.as_ref())?);
                let text = format!("{function}");
                Ok(Command::Function {
                    name: function.fname.value.clone(),
                    body: Arc::new(body),
                    text,
                })
            }
            brush::Command::ExtendedTest(test, redirects) => {
                let test = Arc::new(self.test(&test.expr)?);
                Ok(Command::Compound(
                    Compound::Test(test),
                    self.redirects(redirects.as_ref())?,
                ))
            }
        }
    }

    fn compound(&mut self, compound: &brush::CompoundCommand) -> Lowered<Compound> {
        Ok(match compound {
            brush::CompoundCommand::Arithmetic(command) => {
                Compound::Arithmetic(Arc::new(self.arithmetic(&command.expr.value)?))
            }
            brush::CompoundCommand::ArithmeticForClause(clause) => {
                let mut part = |part: &Option<brush::UnexpandedArithmeticExpr>| {
                    part.as_ref().map(|expr| self.arithmetic(&expr.value)).transpose()
                };
                let (start, condition, step) = (
                    part(&clause.initializer)?,
                    part(&clause.condition)?,
                    part(&clause.updater)?,
                );
                let body = self.list(&clause.body.list)?;
                Compound::ArithmeticFor(Arc::new(ArithmeticFor {
                    start,
                    condition,
                    step,
                    body,
                }))
            }
            brush::CompoundCommand::BraceGroup(group) => Compound::Group(self.list(&group.list)?),
            brush::CompoundCommand::Subshell(subshell) => Compound::Subshell(self.list(&subshell.list)?),
            brush::CompoundCommand::ForClause(clause) => self.for_clause(clause)?,
            brush::CompoundCommand::CaseClause(clause) => self.case(clause)?,
            brush::CompoundCommand::IfClause(clause) => self.if_clause(clause)?,
            brush::CompoundCommand::WhileClause(clause) => self.while_clause(clause, false)?,
            brush::CompoundCommand::UntilClause(clause) => self.while_clause(clause, true)?,
            brush::CompoundCommand::Coprocess(_) => {
                return Err(SyntaxError::Unexpected {
                    token: "coproc".to_owned(),
                    line: 1,
                });
            }
        })
    }

    fn for_clause(&mut self, clause: &brush::ForClauseCommand) -> Lowered<Compound> {
        let words = match &clause.values {
            None => None,
            Some(values) => {
                let mut words = Vec::new();
                for value in values {
                    words.extend(self.braced_words(&value.value)?);
                }
                Some(words)
            }
        };
        let body = self.list(&clause.body.list)?;
        Ok(Compound::For(Arc::new(For {
            name: clause.variable_name.clone(),
            words,
            body,
        })))
    }

    fn while_clause(&mut self, clause: &brush::WhileOrUntilClauseCommand, until: bool) -> Lowered<Compound> {
        let brush::WhileOrUntilClauseCommand(condition, body, _) = clause;
        let (condition, body) = (self.list(condition)?, self.list(&body.list)?);
        Ok(Compound::While(Arc::new(While {
            condition,
            body,
            until,
        })))
    }

    fn if_clause(&mut self, clause: &brush::IfClauseCommand) -> Lowered<Compound> {
        let mut arms = vec![(self.list(&clause.condition)?, self.list(&clause.then)?)];
        let mut otherwise = None;
        for more in clause.elses.iter().flatten() {
            let body = self.list(&more.body)?;
            match &more.condition {
                Some(condition) => arms.push((self.list(condition)?, body)),
                None => otherwise = Some(body),
            }
        }
        Ok(Compound::If(Arc::new(If { arms, otherwise })))
    }

    fn case(&mut self, clause: &brush::CaseClauseCommand) -> Lowered<Compound> {
        let subject = self.word(&clause.value.value)?;
        let arms = clause
            .cases
            .iter()
            .map(|arm| {
                Ok(CaseArm {
                    patterns: arm
                        .patterns
                        .iter()
                        .map(|word| self.word(&word.value))
                        .collect::<Lowered<Vec<_>>>()?,
                    body: arm.cmd.as_ref().map(|list| self.list(list)).transpose()?,
                    then: match arm.post_action {
                        brush::CaseItemPostAction::ExitCase => CaseEnd::Leave,
                        brush::CaseItemPostAction::UnconditionallyExecuteNextCaseItem => CaseEnd::RunNext,
                        brush::CaseItemPostAction::ContinueEvaluatingCases => CaseEnd::TestNext,
                    },
                })
            })
            .collect::<Lowered<Vec<_>>>()?;
        Ok(Compound::Case(Arc::new(Case { subject, arms })))
    }

    fn test(&mut self, expr: &brush::ExtendedTestExpr) -> Lowered<TestExpr> {
        Ok(match expr {
            brush::ExtendedTestExpr::And(left, right) => {
                TestExpr::And(Box::new(self.test(left)?), Box::new(self.test(right)?))
            }
            brush::ExtendedTestExpr::Or(left, right) => {
                TestExpr::Or(Box::new(self.test(left)?), Box::new(self.test(right)?))
            }
            brush::ExtendedTestExpr::Not(inner) => TestExpr::Not(Box::new(self.test(inner)?)),
            brush::ExtendedTestExpr::Parenthesized(inner) => self.test(inner)?,
            brush::ExtendedTestExpr::UnaryTest(op, word) => {
                TestExpr::Unary(op.to_string(), self.word(&word.value)?)
            }
            brush::ExtendedTestExpr::BinaryTest(op, left, right) => TestExpr::Binary(
                binary_operator(op),
                self.word(&left.value)?,
                self.word(&right.value)?,
            ),
        })
    }

    /// Replaces an alias, or lowers the command as it stands.
    fn simple_or_alias(&mut self, simple: &brush::SimpleCommand) -> Lowered<Command> {
        if let Some(name) = &simple.word_or_name
            && let Some(text) = self.aliases.get(&name.value)
            && self.active.insert(name.value.clone())
        {
            let rest: String = simple
                .suffix
                .iter()
                .map(|suffix| format!(" {suffix}"))
                .collect::<Vec<_>>()
                .concat();
            let prefix: String = simple
                .prefix
                .iter()
                .map(|prefix| format!("{prefix} "))
                .collect::<Vec<_>>()
                .concat();
            let whole = format!("{prefix}{text}{rest}\n");
            let parsed =
                Parser::new(BufReader::new(whole.as_bytes()), &ParserOptions::default()).parse_program();
            let lowered = parsed.ok().map(|program| self.program(&program)).transpose();
            self.active.remove(&name.value);
            match lowered? {
                Some(list) => return Ok(sole_command(list)),
                None => {
                    return Err(SyntaxError::Unexpected {
                        token: text.clone(),
                        line: 1,
                    });
                }
            }
        }
        Ok(Command::Simple(self.simple(simple)?))
    }

    fn simple(&mut self, simple: &brush::SimpleCommand) -> Lowered<Simple> {
        let mut lowered = Simple {
            line: line_of(simple),
            ..Simple::default()
        };
        for item in simple.prefix.iter().flat_map(|prefix| &prefix.0) {
            match item {
                brush::CommandPrefixOrSuffixItem::IoRedirect(redirect) => {
                    lowered.redirects.push(self.redirect(redirect)?);
                }
                brush::CommandPrefixOrSuffixItem::AssignmentWord(assignment, _) => {
                    lowered.assignments.push(self.assignment(assignment)?);
                }
                brush::CommandPrefixOrSuffixItem::Word(word) => {
                    lowered.words.extend(self.arguments(&word.value)?);
                }
                brush::CommandPrefixOrSuffixItem::ProcessSubstitution(_, shell) => {
                    lowered.words.push(Argument::Process(self.list(&shell.list)?));
                }
            }
        }
        if let Some(name) = &simple.word_or_name {
            lowered.words.extend(self.arguments(&name.value)?);
        }
        for item in simple.suffix.iter().flat_map(|suffix| &suffix.0) {
            match item {
                brush::CommandPrefixOrSuffixItem::IoRedirect(redirect) => {
                    lowered.redirects.push(self.redirect(redirect)?);
                }
                brush::CommandPrefixOrSuffixItem::AssignmentWord(assignment, word) => {
                    let assignment = self.assignment(assignment)?;
                    let word = self.assignment_word(&assignment, &word.value)?;
                    lowered.words.push(Argument::Assignment(assignment, word));
                }
                brush::CommandPrefixOrSuffixItem::Word(word) => {
                    lowered.words.extend(self.arguments(&word.value)?);
                }
                brush::CommandPrefixOrSuffixItem::ProcessSubstitution(_, shell) => {
                    lowered.words.push(Argument::Process(self.list(&shell.list)?));
                }
            }
        }
        Ok(lowered)
    }

    fn arguments(&mut self, raw: &str) -> Lowered<Vec<Argument>> {
        Ok(self.braced_words(raw)?.into_iter().map(Argument::Word).collect())
    }

    fn braced_words(&mut self, raw: &str) -> Lowered<Vec<Word>> {
        braces::expand(raw)
            .ok_or(SyntaxError::TooComplex)?
            .iter()
            .map(|word| self.word(word))
            .collect()
    }

    fn assignment(&mut self, assignment: &brush::Assignment) -> Lowered<Assignment> {
        let (name, index) = match &assignment.name {
            brush::AssignmentName::VariableName(name) => (name.clone(), None),
            brush::AssignmentName::ArrayElementName(name, index) => {
                (name.clone(), Some(self.arithmetic(index)?))
            }
        };
        let value = match &assignment.value {
            brush::AssignmentValue::Scalar(word) => AssignedValue::Scalar(self.assigned_word(&word.value)?),
            brush::AssignmentValue::Array(elements) => {
                let mut lowered = Vec::new();
                for (index, word) in elements {
                    let index = index
                        .as_ref()
                        .map(|index| self.arithmetic(&index.value))
                        .transpose()?;
                    for word in self.braced_words(&word.value)? {
                        lowered.push((index.clone(), word));
                    }
                }
                AssignedValue::Array(lowered)
            }
        };
        Ok(Assignment {
            name,
            index,
            append: assignment.append,
            value,
        })
    }

    /// An argument that looks like an assignment, as a word: a tilde counts after its `=`.
    fn assignment_word(&mut self, assignment: &Assignment, raw: &str) -> Lowered<Word> {
        let AssignedValue::Scalar(value) = &assignment.value else {
            return self.word(raw);
        };
        if assignment.index.is_some() {
            return self.word(raw);
        }
        let operator = if assignment.append { "+=" } else { "=" };
        let mut pieces = vec![Piece::Text(format!("{}{operator}", assignment.name))];
        pieces.extend(value.pieces.iter().cloned());
        Ok(Word { pieces })
    }
}

/// A list of one plain command is that command; anything else becomes a group.
fn sole_command(list: List) -> Command {
    if let [item] = list.items.as_slice()
        && !item.background
        && item.chain.rest.is_empty()
        && !item.chain.first.negated
        && item.chain.first.timed.is_none()
        && let [command] = item.chain.first.commands.as_slice()
    {
        return Command::clone(command);
    }
    Command::Compound(Compound::Group(Arc::new(list)), Vec::new())
}

fn line_of(simple: &brush::SimpleCommand) -> u32 {
    let location = simple.word_or_name.as_ref().and_then(|word| word.loc.as_ref());
    location
        .and_then(|location| u32::try_from(location.start.line).ok())
        .unwrap_or(1)
}

fn binary_operator(op: &brush::BinaryPredicate) -> String {
    match op {
        // The crate splits `=~` by whether its right side was quoted; both are told apart by the word itself here.
        brush::BinaryPredicate::StringMatchesRegex => "=~".to_owned(),
        brush::BinaryPredicate::StringContainsSubstring => "contains".to_owned(),
        other => other.to_string(),
    }
}
