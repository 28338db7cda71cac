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
        let (parameter, indirect) = match expr {
            BrushExpr::VariableNames { prefix, .. } => (Parameter::Named(prefix.clone()), false),
            BrushExpr::MemberKeys { variable_name, .. } => (Parameter::Named(variable_name.clone()), false),
            BrushExpr::Parameter { parameter, indirect }
            | BrushExpr::UseDefaultValues {
                parameter, indirect, ..
            }
            | BrushExpr::AssignDefaultValues {
                parameter, indirect, ..
            }
            | BrushExpr::IndicateErrorIfNullOrUnset {
                parameter, indirect, ..
            }
            | BrushExpr::UseAlternativeValue {
                parameter, indirect, ..
            }
            | BrushExpr::ParameterLength { parameter, indirect }
            | BrushExpr::RemoveSmallestSuffixPattern {
                parameter, indirect, ..
            }
            | BrushExpr::RemoveLargestSuffixPattern {
                parameter, indirect, ..
            }
            | BrushExpr::RemoveSmallestPrefixPattern {
                parameter, indirect, ..
            }
            | BrushExpr::RemoveLargestPrefixPattern {
                parameter, indirect, ..
            }
            | BrushExpr::Substring {
                parameter, indirect, ..
            }
            | BrushExpr::Transform {
                parameter, indirect, ..
            }
            | BrushExpr::UppercaseFirstChar {
                parameter, indirect, ..
            }
            | BrushExpr::UppercasePattern {
                parameter, indirect, ..
            }
            | BrushExpr::LowercaseFirstChar {
                parameter, indirect, ..
            }
            | BrushExpr::LowercasePattern {
                parameter, indirect, ..
            }
            | BrushExpr::ReplaceSubstring {
                parameter, indirect, ..
            } => (self.parameter(parameter)?, *indirect),
        };
        let operation = self.operation(expr, quoted)?;
        Ok(ParameterExpr {
            parameter,
            indirect,
            operation,
        })
    }

    fn operation(&mut self, expr: &BrushExpr, quoted: bool) -> Lowered<Operation> {
        use DefaultKind::{Alternative, Assign, Fail, Use};
        Ok(match expr {
            BrushExpr::Parameter { .. } => Operation::Plain,
            BrushExpr::VariableNames { .. } => Operation::Names,
            BrushExpr::MemberKeys { .. } => Operation::Keys,
            BrushExpr::ParameterLength { .. } => Operation::Length,
            BrushExpr::UseDefaultValues {
                test_type,
                default_value: word,
                ..
            } => self.default(Use, test_type, word.as_deref(), quoted)?,
            BrushExpr::AssignDefaultValues {
                test_type,
                default_value: word,
                ..
            } => self.default(Assign, test_type, word.as_deref(), quoted)?,
            BrushExpr::IndicateErrorIfNullOrUnset {
                test_type,
                error_message: word,
                ..
            } => self.default(Fail, test_type, word.as_deref(), quoted)?,
            BrushExpr::UseAlternativeValue {
                test_type,
                alternative_value: word,
                ..
            } => self.default(Alternative, test_type, word.as_deref(), quoted)?,
            BrushExpr::RemoveSmallestSuffixPattern { pattern, .. } => {
                self.trim(false, false, pattern.as_deref())?
            }
            BrushExpr::RemoveLargestSuffixPattern { pattern, .. } => {
                self.trim(false, true, pattern.as_deref())?
            }
            BrushExpr::RemoveSmallestPrefixPattern { pattern, .. } => {
                self.trim(true, false, pattern.as_deref())?
            }
            BrushExpr::RemoveLargestPrefixPattern { pattern, .. } => {
                self.trim(true, true, pattern.as_deref())?
            }
            BrushExpr::Substring { offset, length, .. } => Operation::Substring {
                offset: self.arithmetic(&offset.value)?,
                length: length
                    .as_ref()
                    .map(|length| self.arithmetic(&length.value))
                    .transpose()?,
            },
            BrushExpr::Transform { op, .. } => Operation::Transform(transform_letter(op)),
            BrushExpr::UppercaseFirstChar { .. } => Operation::Case {
                upper: true,
                all: false,
            },
            BrushExpr::UppercasePattern { .. } => Operation::Case {
                upper: true,
                all: true,
            },
            BrushExpr::LowercaseFirstChar { .. } => Operation::Case {
                upper: false,
                all: false,
            },
            BrushExpr::LowercasePattern { .. } => Operation::Case {
                upper: false,
                all: true,
            },
            BrushExpr::ReplaceSubstring {
                pattern,
                replacement,
                match_kind,
                ..
            } => Operation::Replace {
                at: replace_at(match_kind),
                pattern: self.inner_word(Some(pattern), false)?,
                with: self.inner_word(replacement.as_deref(), false)?,
            },
        })
    }

    fn default(
        &mut self,
        kind: DefaultKind,
        test: &ParameterTestType,
        word: Option<&str>,
        quoted: bool,
    ) -> Lowered<Operation> {
        let colon = matches!(test, ParameterTestType::UnsetOrNull);
        Ok(Operation::Default {
            kind,
            colon,
            word: self.inner_word(word, quoted)?,
        })
    }

    fn trim(&mut self, prefix: bool, longest: bool, pattern: Option<&str>) -> Lowered<Operation> {
        Ok(Operation::Trim {
            prefix,
            longest,
            pattern: self.inner_word(pattern, false)?,
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

const fn replace_at(kind: &SubstringMatchKind) -> ReplaceAt {
    match kind {
        SubstringMatchKind::Prefix => ReplaceAt::Start,
        SubstringMatchKind::Suffix => ReplaceAt::End,
        SubstringMatchKind::FirstOccurrence => ReplaceAt::First,
        SubstringMatchKind::Anywhere => ReplaceAt::All,
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
