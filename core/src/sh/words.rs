//! From the parser's word pieces to ours: quotes, `$name`, `${...}`, `$(...)`, `$((...))`.

use std::sync::Arc;

use brush_parser::word::{
    self, ParameterExpr as BrushExpr, ParameterTestType, SubstringMatchKind, WordPieceWithSource,
};
use brush_parser::{ParserOptions, WordParseError};

use super::ast::{DefaultKind, Operation, Parameter, ParameterExpr, Piece, ReplaceAt, Word};
use super::lower::Lowering;
use super::syntax::{self, SyntaxError};

type Lowered<T> = Result<T, SyntaxError>;

impl Lowering<'_> {
    /// A word in command position.
    pub(super) fn word(&mut self, raw: &str) -> Lowered<Word> {
        self.parsed(raw, word::parse(raw, &ParserOptions::default()), false)
    }

    /// The right side of an assignment: a tilde also counts after each colon.
    pub(super) fn assigned_word(&mut self, raw: &str) -> Lowered<Word> {
        let options = ParserOptions {
            tilde_expansion_after_colon: true,
            ..ParserOptions::default()
        };
        self.parsed(raw, word::parse(raw, &options), false)
    }

    /// A word that is neither split nor globbed.
    pub(super) fn quoted(&mut self, raw: &str) -> Lowered<Word> {
        let word = self.word(raw)?;
        Ok(Word {
            pieces: vec![Piece::DoubleQuoted(word.pieces)],
        })
    }

    /// The body of a heredoc whose end word is not quoted.
    pub(super) fn heredoc(&mut self, raw: &str) -> Lowered<Word> {
        let raw = raw.replace("\\\n", "");
        let word = self.parsed(&raw, word::parse_heredoc(&raw, &ParserOptions::default()), true)?;
        Ok(Word {
            pieces: vec![Piece::DoubleQuoted(word.pieces)],
        })
    }

    /// An arithmetic expression: expanded as if between double quotes, then read by [`super::arithmetic`].
    pub(super) fn arithmetic(&mut self, raw: &str) -> Lowered<Word> {
        let unquoted = raw.replace('"', "");
        let word = self.parsed(
            &unquoted,
            word::parse_heredoc(&unquoted, &ParserOptions::default()),
            true,
        )?;
        Ok(Word {
            pieces: vec![Piece::DoubleQuoted(word.pieces)],
        })
    }

    /// The word inside `${name:-word}`.
    fn inner_word(&mut self, raw: Option<&str>, quoted: bool) -> Lowered<Word> {
        let Some(raw) = raw else {
            return Ok(Word::default());
        };
        // Between double quotes a single quote is an ordinary character.
        if quoted && !raw.contains('"') {
            return self.parsed(raw, word::parse_heredoc(raw, &ParserOptions::default()), true);
        }
        self.word(raw)
    }

    fn parsed(
        &mut self,
        raw: &str,
        parsed: Result<Vec<WordPieceWithSource>, WordParseError>,
        quoted: bool,
    ) -> Lowered<Word> {
        let pieces = parsed.map_err(|_| SyntaxError::BadSubstitution(raw.to_owned()))?;
        Ok(Word {
            pieces: self.pieces(&pieces, quoted)?,
        })
    }

    fn pieces(&mut self, pieces: &[WordPieceWithSource], quoted: bool) -> Lowered<Vec<Piece>> {
        pieces
            .iter()
            .map(|piece| self.piece(&piece.piece, quoted))
            .collect()
    }

    fn piece(&mut self, piece: &word::WordPiece, quoted: bool) -> Lowered<Piece> {
        Ok(match piece {
            word::WordPiece::Text(text) if quoted => Piece::Quoted(text.clone()),
            word::WordPiece::Text(text) => Piece::Text(text.clone()),
            word::WordPiece::SingleQuotedText(text) => Piece::Quoted(text.clone()),
            word::WordPiece::AnsiCQuotedText(text) => Piece::Quoted(super::escapes::unescape_ansi_c(text)),
            word::WordPiece::DoubleQuotedSequence(inner)
            | word::WordPiece::GettextDoubleQuotedSequence(inner) => {
                Piece::DoubleQuoted(self.pieces(inner, true)?)
            }
            word::WordPiece::TildeExpansion(tilde) => Piece::Tilde(tilde_text(tilde)),
            word::WordPiece::ParameterExpansion(expr) => {
                Piece::Parameter(Box::new(self.parameter_expr(expr, quoted)?))
            }
            word::WordPiece::CommandSubstitution(source) => self.substitution(source)?,
            word::WordPiece::BackquotedCommandSubstitution(source) => {
                // Within backquotes a backslash also protects `$` and itself.
                self.substitution(&source.replace("\\\\", "\\").replace("\\$", "$"))?
            }
            word::WordPiece::EscapeSequence(text) => {
                let escaped = text.strip_prefix('\\').unwrap_or(text);
                Piece::Quoted(if escaped == "\n" {
                    String::new()
                } else {
                    escaped.to_owned()
                })
            }
            word::WordPiece::ArithmeticExpression(expr) => {
                Piece::Arithmetic(Box::new(self.arithmetic(&expr.value)?))
            }
        })
    }

    fn substitution(&self, source: &str) -> Lowered<Piece> {
        Ok(Piece::Substitution(Arc::new(syntax::parse(
            source,
            self.aliases,
        )?)))
    }

    fn parameter_expr(&mut self, expr: &BrushExpr, quoted: bool) -> Lowered<ParameterExpr> {
        let (parameter, indirect, operation) = match expr {
            BrushExpr::Parameter { parameter, indirect } => {
                (self.parameter(parameter)?, *indirect, Operation::Plain)
            }
            BrushExpr::UseDefaultValues {
                parameter,
                indirect,
                test_type,
                default_value: word,
            } => (
                self.parameter(parameter)?,
                *indirect,
                self.default(DefaultKind::Use, test_type, word, quoted)?,
            ),
            BrushExpr::AssignDefaultValues {
                parameter,
                indirect,
                test_type,
                default_value: word,
            } => (
                self.parameter(parameter)?,
                *indirect,
                self.default(DefaultKind::Assign, test_type, word, quoted)?,
            ),
            BrushExpr::IndicateErrorIfNullOrUnset {
                parameter,
                indirect,
                test_type,
                error_message: word,
            } => (
                self.parameter(parameter)?,
                *indirect,
                self.default(DefaultKind::Fail, test_type, word, quoted)?,
            ),
            BrushExpr::UseAlternativeValue {
                parameter,
                indirect,
                test_type,
                alternative_value: word,
            } => {
                let operation = self.default(DefaultKind::Alternative, test_type, word, quoted)?;
                (self.parameter(parameter)?, *indirect, operation)
            }
            BrushExpr::ParameterLength { parameter, indirect } => {
                (self.parameter(parameter)?, *indirect, Operation::Length)
            }
            BrushExpr::RemoveSmallestSuffixPattern {
                parameter,
                indirect,
                pattern,
            } => (
                self.parameter(parameter)?,
                *indirect,
                self.trim(false, false, pattern)?,
            ),
            BrushExpr::RemoveLargestSuffixPattern {
                parameter,
                indirect,
                pattern,
            } => (
                self.parameter(parameter)?,
                *indirect,
                self.trim(false, true, pattern)?,
            ),
            BrushExpr::RemoveSmallestPrefixPattern {
                parameter,
                indirect,
                pattern,
            } => (
                self.parameter(parameter)?,
                *indirect,
                self.trim(true, false, pattern)?,
            ),
            BrushExpr::RemoveLargestPrefixPattern {
                parameter,
                indirect,
                pattern,
            } => (
                self.parameter(parameter)?,
                *indirect,
                self.trim(true, true, pattern)?,
            ),
            other => return self.bash_only_expr(other),
        };
        Ok(ParameterExpr {
            parameter,
            indirect,
            operation,
        })
    }

    /// What POSIX has not.
    fn bash_only_expr(&mut self, expr: &BrushExpr) -> Lowered<ParameterExpr> {
        let (parameter, indirect, operation) = match expr {
            BrushExpr::Substring {
                parameter,
                indirect,
                offset,
                length,
            } => {
                let offset = self.arithmetic(&offset.value)?;
                let length = length
                    .as_ref()
                    .map(|length| self.arithmetic(&length.value))
                    .transpose()?;
                (
                    self.parameter(parameter)?,
                    *indirect,
                    Operation::Substring { offset, length },
                )
            }
            BrushExpr::Transform {
                parameter,
                indirect,
                op,
            } => (
                self.parameter(parameter)?,
                *indirect,
                Operation::Transform(transform_letter(op)),
            ),
            BrushExpr::UppercaseFirstChar {
                parameter, indirect, ..
            } => (
                self.parameter(parameter)?,
                *indirect,
                Operation::Case {
                    upper: true,
                    all: false,
                },
            ),
            BrushExpr::UppercasePattern {
                parameter, indirect, ..
            } => (
                self.parameter(parameter)?,
                *indirect,
                Operation::Case {
                    upper: true,
                    all: true,
                },
            ),
            BrushExpr::LowercaseFirstChar {
                parameter, indirect, ..
            } => (
                self.parameter(parameter)?,
                *indirect,
                Operation::Case {
                    upper: false,
                    all: false,
                },
            ),
            BrushExpr::LowercasePattern {
                parameter, indirect, ..
            } => (
                self.parameter(parameter)?,
                *indirect,
                Operation::Case {
                    upper: false,
                    all: true,
                },
            ),
            BrushExpr::ReplaceSubstring {
                parameter,
                indirect,
                pattern,
                replacement,
                match_kind,
            } => {
                let at = match match_kind {
                    SubstringMatchKind::Prefix => ReplaceAt::Start,
                    SubstringMatchKind::Suffix => ReplaceAt::End,
                    SubstringMatchKind::FirstOccurrence => ReplaceAt::First,
                    SubstringMatchKind::Anywhere => ReplaceAt::All,
                };
                let pattern = self.inner_word(Some(pattern), false)?;
                let with = self.inner_word(replacement.as_deref(), false)?;
                (
                    self.parameter(parameter)?,
                    *indirect,
                    Operation::Replace { at, pattern, with },
                )
            }
            BrushExpr::VariableNames { prefix, .. } => {
                (Parameter::Named(prefix.clone()), false, Operation::Names)
            }
            BrushExpr::MemberKeys { variable_name, .. } => {
                (Parameter::Named(variable_name.clone()), false, Operation::Keys)
            }
            _ => return Err(SyntaxError::BadSubstitution("${}".to_owned())),
        };
        Ok(ParameterExpr {
            parameter,
            indirect,
            operation,
        })
    }

    fn default(
        &mut self,
        kind: DefaultKind,
        test: &ParameterTestType,
        word: &Option<String>,
        quoted: bool,
    ) -> Lowered<Operation> {
        let colon = matches!(test, ParameterTestType::UnsetOrNull);
        Ok(Operation::Default {
            kind,
            colon,
            word: self.inner_word(word.as_deref(), quoted)?,
        })
    }

    fn trim(&mut self, prefix: bool, longest: bool, pattern: &Option<String>) -> Lowered<Operation> {
        Ok(Operation::Trim {
            prefix,
            longest,
            pattern: self.inner_word(pattern.as_deref(), false)?,
        })
    }

    fn parameter(&mut self, parameter: &word::Parameter) -> Lowered<Parameter> {
        Ok(match parameter {
            word::Parameter::Positional(number) => Parameter::Positional(*number),
            word::Parameter::Named(name) => Parameter::Named(name.clone()),
            word::Parameter::NamedWithIndex { name, index } => {
                Parameter::Element(name.clone(), Box::new(self.arithmetic(index)?))
            }
            word::Parameter::NamedWithAllIndices { name, concatenate } => {
                Parameter::Elements(name.clone(), *concatenate)
            }
            word::Parameter::Special(special) => match special {
                word::SpecialParameter::AllPositionalParameters { concatenate: false } => {
                    Parameter::AllSeparate
                }
                word::SpecialParameter::AllPositionalParameters { concatenate: true } => Parameter::AllJoined,
                word::SpecialParameter::PositionalParameterCount => Parameter::Count,
                word::SpecialParameter::LastExitStatus => Parameter::Status,
                word::SpecialParameter::CurrentOptionFlags => Parameter::Options,
                word::SpecialParameter::ProcessId => Parameter::ShellPid,
                word::SpecialParameter::LastBackgroundProcessId => Parameter::BackgroundPid,
                word::SpecialParameter::ShellName => Parameter::ShellName,
            },
        })
    }
}

fn tilde_text(tilde: &word::TildeExpr) -> String {
    match tilde {
        word::TildeExpr::Home => String::new(),
        word::TildeExpr::UserHome(user) => user.clone(),
        word::TildeExpr::WorkingDir => "+".to_owned(),
        word::TildeExpr::OldWorkingDir => "-".to_owned(),
        word::TildeExpr::NthDirFromTopOfDirStack { n, .. } => format!("+{n}"),
        word::TildeExpr::NthDirFromBottomOfDirStack { n } => format!("-{n}"),
    }
}

const fn transform_letter(op: &word::ParameterTransformOp) -> char {
    match op {
        word::ParameterTransformOp::CapitalizeInitial => 'u',
        word::ParameterTransformOp::ExpandEscapeSequences => 'E',
        word::ParameterTransformOp::PossiblyQuoteWithArraysExpanded { .. } => 'K',
        word::ParameterTransformOp::PromptExpand => 'P',
        word::ParameterTransformOp::Quoted => 'Q',
        word::ParameterTransformOp::ToAssignmentLogic => 'A',
        word::ParameterTransformOp::ToAttributeFlags => 'a',
        word::ParameterTransformOp::ToLowerCase => 'L',
        word::ParameterTransformOp::ToUpperCase => 'U',
    }
}
