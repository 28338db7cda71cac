//! From text to a program: the grammar is the `brush-parser` crate's, this file guards its door and words its errors.
//!
//! Models bash's reader: an input may be complete, wrong, or only unfinished (then the terminal shows its `>` prompt). The
//! crate panics on a few absurd inputs and recurses with their depth; those are refused here before it sees them.

use std::collections::BTreeMap;
use std::io::BufReader;

use brush_parser::{
    ParseError, Parser, ParserOptions, Token, TokenizerError, TokenizerOptions, uncached_tokenize_str,
};

use super::ast::List;
use super::lower::Lowering;

/// How deep brackets, braces and quotes may nest.
const NESTING_MAX: usize = 48;
/// How long one input may be, in bytes.
const INPUT_MAX_BYTES: usize = 512 * 1024;

/// Aliases by name.
pub type Aliases = BTreeMap<String, String>;

/// Why a text is not a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyntaxError {
    /// More lines are needed.
    Incomplete(Missing),
    /// A token stands where it cannot; the line is 1-based.
    Unexpected {
        /// The token as bash names it.
        token: String,
        /// The line it stands on.
        line: usize,
    },
    /// What bash would only find when it expands the word.
    BadSubstitution(String),
    /// Beyond what the shell takes.
    TooComplex,
}

/// What an unfinished input lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The closing character.
    Closing(char),
    /// The rest of a command.
    Command,
    /// The end of a heredoc.
    Heredoc,
    /// The line after a backslash.
    Continuation,
}

/// Parses a text as bash would read it.
///
/// # Errors
///
/// When the text is not a program, or not yet: [`SyntaxError::Incomplete`].
pub fn parse(text: &str, aliases: &Aliases) -> Result<List, SyntaxError> {
    guard(text)?;
    if ends_in_backslash(text) {
        return Err(SyntaxError::Incomplete(Missing::Continuation));
    }
    let program = Parser::new(BufReader::new(text.as_bytes()), &ParserOptions::default())
        .parse_program()
        .map_err(|error| explain(&error, text))?;
    Lowering::new(aliases).program(&program)
}

fn ends_in_backslash(text: &str) -> bool {
    text.strip_suffix('\n')
        .unwrap_or(text)
        .bytes()
        .rev()
        .take_while(|byte| *byte == b'\\')
        .count()
        % 2
        == 1
        && !ends_in_comment(text)
        && uncached_tokenize_str(text, &TokenizerOptions::default())
            .map_or_else(|error| error.is_incomplete(), |_| true)
}

fn ends_in_comment(text: &str) -> bool {
    let line = text.trim_end_matches('\n').rsplit('\n').next().unwrap_or("");
    line.trim_start().starts_with('#') || line.contains(" #")
}

/// Refuses what the parser cannot be given: absurd depth, numbers that it would panic on, and tags on which it would take all memory.
fn guard(text: &str) -> Result<(), SyntaxError> {
    if text.len() > INPUT_MAX_BYTES
        || nesting(text) > NESTING_MAX
        || has_huge_number(text)
        || has_expanding_tag(text)
    {
        return Err(SyntaxError::TooComplex);
    }
    Ok(())
}

/// Whether the tag of a here-document holds `$(`, `${` or `$[`: bash takes them literally, the tokenizer reads on for ever.
fn has_expanding_tag(text: &str) -> bool {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<<") {
        rest = after;
        let is_string = after.starts_with('<');
        let read = text.get(..text.len() - after.len()).unwrap_or_default();
        // `<<` shifts in arithmetic.
        let shifts = read.matches("((").count() > read.matches("))").count();
        if is_string || before.ends_with('<') || shifts {
            continue;
        }
        let tag = after.trim_start_matches('-').trim_start_matches([' ', '\t']);
        let word = tag
            .split([' ', '\t', '\n', ';', '|', '&', '<', '>'])
            .next()
            .unwrap_or_default();
        if ["$(", "${", "$["].into_iter().any(|opener| word.contains(opener)) {
            return true;
        }
    }
    false
}

/// An upper bound of how deep the text nests, words that open blocks included.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    let mut word = String::new();
    for c in text.chars().chain(std::iter::once(' ')) {
        match c {
            '(' | '{' => depth += 1,
            ')' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if c.is_ascii_alphabetic() {
            word.push(c);
        } else if !word.is_empty() {
            match word.as_str() {
                "if" | "while" | "until" | "for" | "case" | "select" | "do" => depth += 1,
                "fi" | "done" | "esac" => depth = depth.saturating_sub(1),
                _ => {}
            }
            word.clear();
        }
        deepest = deepest.max(depth);
    }
    deepest.max(repeated_prefixes(text)).max(longest_condition(text))
}

/// The operators of the longest `[[ ]]`: each is a level of its expression.
fn longest_condition(text: &str) -> usize {
    let conditions = text
        .split("[[")
        .skip(1)
        .map(|rest| rest.split("]]").next().unwrap_or(rest));
    conditions
        .map(|condition| condition.matches("&&").count() + condition.matches("||").count())
        .max()
        .unwrap_or(0)
}

/// The longest run of characters that nest without brackets: `!!!!x`, `[[ ! ! ! x ]]`, `((~~~~1))`, `2**2**2`.
fn repeated_prefixes(text: &str) -> usize {
    let (mut run, mut longest) = (0_usize, 0_usize);
    for c in text.chars() {
        match c {
            '!' | '~' | '+' | '-' | '*' | '?' | '$' => run += 1,
            ' ' | '\t' | '\n' => {}
            _ => run = 0,
        }
        longest = longest.max(run);
    }
    longest / 2
}

/// Whether a descriptor (`99999999999>x`) or a tilde (`~99999999999999999999`) overflows what the parser reads it into.
fn has_huge_number(text: &str) -> bool {
    let mut digits = 0_usize;
    let mut after_tilde = false;
    let mut previous = ' ';
    for c in text.chars() {
        if c.is_ascii_digit() {
            if digits == 0 {
                after_tilde =
                    matches!(previous, '~') || (matches!(previous, '+' | '-') && text.contains('~'));
            }
            digits += 1;
            if after_tilde && digits > 9 {
                return true;
            }
        } else {
            if digits > 9 && matches!(c, '<' | '>') {
                return true;
            }
            digits = 0;
        }
        previous = c;
    }
    false
}

fn explain(error: &ParseError, text: &str) -> SyntaxError {
    match error {
        ParseError::ParsingNear(position) => unexpected(text, position.line, position.column),
        ParseError::ParsingAtEndOfInput => {
            stray_closer(text).unwrap_or(SyntaxError::Incomplete(Missing::Command))
        }
        ParseError::Tokenizing { inner, position } => match inner {
            TokenizerError::UnterminatedSingleQuote(_) | TokenizerError::UnterminatedAnsiCQuote(_) => {
                missing('\'')
            }
            TokenizerError::UnterminatedDoubleQuote(_) => missing('"'),
            TokenizerError::UnterminatedBackquote(_) => missing('`'),
            TokenizerError::UnterminatedVariable => missing('}'),
            TokenizerError::UnterminatedCommandSubstitution
            | TokenizerError::UnterminatedExpansion
            | TokenizerError::UnterminatedExtendedGlob(_) => missing(')'),
            TokenizerError::UnterminatedHereDocuments(..) => SyntaxError::Incomplete(Missing::Heredoc),
            TokenizerError::UnterminatedEscapeSequence => SyntaxError::Incomplete(Missing::Continuation),
            TokenizerError::MissingHereTag(_)
            | TokenizerError::MissingHereTagForDocumentBody
            | TokenizerError::FailedDecoding
            | TokenizerError::ReadError(_) => SyntaxError::Unexpected {
                token: "newline".to_owned(),
                line: position.as_ref().map_or(1, |position| position.line),
            },
        },
    }
}

const fn missing(closing: char) -> SyntaxError {
    SyntaxError::Incomplete(Missing::Closing(closing))
}

fn unexpected(text: &str, line: usize, column: usize) -> SyntaxError {
    let token = uncached_tokenize_str(text, &TokenizerOptions::default())
        .ok()
        .and_then(|tokens| {
            tokens
                .iter()
                .find(|token| (token.location().start.line, token.location().start.column) == (line, column))
                .map(|token| token.to_str().to_owned())
        });
    let token = match token.as_deref() {
        None | Some("\n") => "newline".to_owned(),
        Some(other) => other.to_owned(),
    };
    SyntaxError::Unexpected { token, line }
}

/// The parser takes a stray `done`, `fi` or `}` for an unfinished input; bash names it.
fn stray_closer(text: &str) -> Option<SyntaxError> {
    let tokens = uncached_tokenize_str(text, &TokenizerOptions::default()).ok()?;
    let mut open: Vec<&'static str> = Vec::new();
    let mut command_position = true;
    for token in &tokens {
        let word = match token {
            Token::Operator(operator, _) => {
                command_position = !matches!(
                    operator.as_str(),
                    "<" | ">" | ">>" | "<<" | "<<-" | "<<<" | "<&" | ">&"
                );
                continue;
            }
            Token::Word(word, _) => word.as_str(),
        };
        if !command_position {
            continue;
        }
        match word {
            "if" => open.push("fi"),
            "while" | "until" => open.push("done"),
            "{" => open.push("}"),
            // What stands between these and their body is not followed here.
            "for" | "case" | "select" | "function" => return None,
            "fi" | "done" | "}" | "esac" => {
                if open.pop() != Some(word) {
                    return Some(stray(word, token.location().start.line));
                }
            }
            "then" | "elif" | "else" if open.last() != Some(&"fi") => {
                return Some(stray(word, token.location().start.line));
            }
            "do" if open.last() != Some(&"done") => return Some(stray(word, token.location().start.line)),
            "then" | "elif" | "else" | "do" | "!" | "time" => {}
            _ => command_position = false,
        }
    }
    None
}

fn stray(word: &str, line: usize) -> SyntaxError {
    SyntaxError::Unexpected {
        token: word.to_owned(),
        line,
    }
}

/// What the shell prints of a syntax error, and its exit status.
#[must_use]
pub fn report(error: &SyntaxError, text: &str, shell: &super::shell::Shell) -> (String, i32) {
    use super::shell::Flavour;
    let name = &shell.name;
    let line_text = |line: usize| {
        text.lines()
            .nth(line.saturating_sub(1))
            .unwrap_or_default()
            .to_owned()
    };
    let last_line = text.lines().count().max(1);
    if shell.flavour == Flavour::Ash {
        let what = match error {
            SyntaxError::Incomplete(Missing::Closing(_)) => "unterminated quoted string".to_owned(),
            SyntaxError::Incomplete(_) => "unexpected end of file".to_owned(),
            SyntaxError::Unexpected { token, .. } if token == "newline" => "unexpected newline".to_owned(),
            SyntaxError::Unexpected { token, .. } => format!("unexpected \"{token}\""),
            SyntaxError::BadSubstitution(_) => "bad substitution".to_owned(),
            SyntaxError::TooComplex => "too complex".to_owned(),
        };
        return (format!("{name}: syntax error: {what}\n"), 2);
    }
    let at = |line: usize| {
        if shell.interactive {
            format!("{name}: ")
        } else {
            format!("{name}: -c: line {line}: ")
        }
    };
    match error {
        SyntaxError::Unexpected { token, line } => {
            let mut message = format!("{}syntax error near unexpected token `{token}'\n", at(*line));
            if !shell.interactive {
                message.push_str(&format!("{}`{}'\n", at(*line), line_text(*line)));
            }
            (message, 2)
        }
        SyntaxError::Incomplete(Missing::Closing(closing)) => (
            format!(
                "{}unexpected EOF while looking for matching `{closing}'\n",
                at(last_line)
            ),
            2,
        ),
        SyntaxError::Incomplete(_) => (
            format!("{}syntax error: unexpected end of file\n", at(last_line + 1)),
            2,
        ),
        SyntaxError::BadSubstitution(word) => {
            (format!("{}{word}: bad substitution\n", shell.error_prefix()), 1)
        }
        SyntaxError::TooComplex => (format!("{}command too complex\n", shell.error_prefix()), 2),
    }
}
