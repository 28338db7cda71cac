//! The shell program as plain data: what the parser produces and the interpreter walks.
//!
//! Nodes that an interpreter's stack can point at are behind `Arc`, so that a frame holds its place in a program without
//! copying it, and a saved machine carries the part of the program that it still has to run.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Commands run one after another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    /// The items in order.
    pub items: Vec<Item>,
}

/// One item of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What to run.
    pub chain: Arc<AndOr>,
    /// Whether it ends in `&`.
    pub background: bool,
}

/// Pipelines joined by `&&` and `||`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AndOr {
    /// The first pipeline.
    pub first: Arc<Pipeline>,
    /// The others, each with its condition.
    pub rest: Vec<(Junction, Arc<Pipeline>)>,
    /// The text, for `jobs`.
    pub text: String,
}

/// When the pipeline at the right of an operator runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Junction {
    /// `&&`
    And,
    /// `||`
    Or,
}

/// Commands joined by `|`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pipeline {
    /// Whether `!` stands before it.
    pub negated: bool,
    /// Whether `time` stands before it, and with `-p`.
    pub timed: Option<TimeStyle>,
    /// The commands, at least one.
    pub commands: Vec<Arc<Command>>,
}

/// How `time` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TimeStyle {
    /// `time`
    Bash,
    /// `time -p`
    Posix,
}

/// One command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Assignments, words and redirections.
    Simple(Simple),
    /// A compound command with its redirections.
    Compound(Compound, Vec<Redirect>),
    /// A function definition.
    Function {
        /// The function's name.
        name: String,
        /// Its body.
        body: Arc<Command>,
        /// The definition, as `type` shows it.
        text: String,
    },
}

/// A simple command.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Simple {
    /// Assignments before the command's name.
    pub assignments: Vec<Assignment>,
    /// The name and the arguments.
    pub words: Vec<Argument>,
    /// The redirections, left to right.
    pub redirects: Vec<Redirect>,
    /// The line of the script it stands on, 1-based.
    pub line: u32,
}

/// One argument of a simple command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Argument {
    /// A word.
    Word(Word),
    /// What looks like an assignment after the command's name: `export A=b` does not split its value.
    Assignment(Assignment, Word),
    /// `<(list)` or `>(list)`.
    Process(Arc<List>),
}

/// `name=value`, `name+=value`, `name[index]=value` or `name=(values)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// The variable.
    pub name: String,
    /// The index expression.
    pub index: Option<Word>,
    /// Whether it is `+=`.
    pub append: bool,
    /// The value.
    pub value: AssignedValue,
}

/// The right side of an assignment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AssignedValue {
    /// One word.
    Scalar(Word),
    /// `(a b [5]=c)`
    Array(Vec<(Option<Word>, Word)>),
}

/// A compound command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Compound {
    /// `{ list; }`
    Group(Arc<List>),
    /// `( list )`
    Subshell(Arc<List>),
    /// `if`
    If(Arc<If>),
    /// `while` and `until`
    While(Arc<While>),
    /// `for NAME in WORDS`
    For(Arc<For>),
    /// `for ((a; b; c))`
    ArithmeticFor(Arc<ArithmeticFor>),
    /// `case`
    Case(Arc<Case>),
    /// `(( expression ))`
    Arithmetic(Arc<Word>),
    /// `[[ expression ]]`
    Test(Arc<TestExpr>),
}

/// `if ...; then ...; elif ...; else ...; fi`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct If {
    /// Conditions with what each leads to.
    pub arms: Vec<(Arc<List>, Arc<List>)>,
    /// `else`
    pub otherwise: Option<Arc<List>>,
}

/// `while` and `until`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct While {
    /// The condition.
    pub condition: Arc<List>,
    /// The body.
    pub body: Arc<List>,
    /// Whether it is `until`.
    pub until: bool,
}

/// `for NAME in WORDS; do ...; done`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct For {
    /// The variable.
    pub name: String,
    /// The words; without them, the positional parameters.
    pub words: Option<Vec<Word>>,
    /// The body.
    pub body: Arc<List>,
}

/// `for ((start; condition; step)); do ...; done`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArithmeticFor {
    /// Evaluated once.
    pub start: Option<Word>,
    /// Evaluated before each turn.
    pub condition: Option<Word>,
    /// Evaluated after each turn.
    pub step: Option<Word>,
    /// The body.
    pub body: Arc<List>,
}

/// `case WORD in ...; esac`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// The word that is matched.
    pub subject: Word,
    /// The arms in order.
    pub arms: Vec<CaseArm>,
}

/// One arm of a `case`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseArm {
    /// The patterns.
    pub patterns: Vec<Word>,
    /// What runs.
    pub body: Option<Arc<List>>,
    /// What follows.
    pub then: CaseEnd,
}

/// How an arm of a `case` ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CaseEnd {
    /// `;;`
    Leave,
    /// `;&`
    RunNext,
    /// `;;&`
    TestNext,
}

/// The expression of `[[ ]]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TestExpr {
    /// `&&`
    And(Box<TestExpr>, Box<TestExpr>),
    /// `||`
    Or(Box<TestExpr>, Box<TestExpr>),
    /// `!`
    Not(Box<TestExpr>),
    /// `-f word`, `-z word`, ...
    Unary(String, Word),
    /// `a == b`, `a -lt b`, ...
    Binary(String, Word, Word),
}

/// A redirection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redirect {
    /// The descriptor, when written.
    pub fd: Option<i32>,
    /// What it is connected to.
    pub target: RedirectTarget,
}

/// What a redirection connects to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RedirectTarget {
    /// `< word`
    Read(Word),
    /// `> word` and `>| word`
    Write(Word),
    /// `>> word`
    Append(Word),
    /// `<> word`
    ReadWrite(Word),
    /// `<& word`
    DuplicateInput(Word),
    /// `>& word`
    DuplicateOutput(Word),
    /// `&> word`
    WriteBoth(Word),
    /// `&>> word`
    AppendBoth(Word),
    /// A heredoc's body, or a here-string with its newline.
    Text(Word),
    /// `< <(list)`
    Process(Arc<List>),
}

/// A word: pieces that are expanded and joined.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// The pieces.
    pub pieces: Vec<Piece>,
}

/// A piece of a word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Piece {
    /// Unquoted text: subject to globbing.
    Text(String),
    /// Quoted text, taken as it stands.
    Quoted(String),
    /// Pieces between double quotes.
    DoubleQuoted(Vec<Piece>),
    /// `~`, `~+`, `~-` or `~user`.
    Tilde(String),
    /// `$name`, `${...}`.
    Parameter(Box<ParameterExpr>),
    /// `$(list)` and backquotes.
    Substitution(Arc<List>),
    /// `$((expression))`
    Arithmetic(Box<Word>),
}

/// A parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Parameter {
    /// `$1`
    Positional(u32),
    /// `$@`
    AllSeparate,
    /// `$*`
    AllJoined,
    /// `$#`
    Count,
    /// `$?`
    Status,
    /// `$-`
    Options,
    /// `$$`
    ShellPid,
    /// `$!`
    BackgroundPid,
    /// `$0`
    ShellName,
    /// `$name`
    Named(String),
    /// `${name[index]}`
    Element(String, Box<Word>),
    /// `${name[@]}` (false) and `${name[*]}` (true)
    Elements(String, bool),
}

/// `${parameter...}`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParameterExpr {
    /// The parameter.
    pub parameter: Parameter,
    /// Whether it names the parameter to use: `${!name}`.
    pub indirect: bool,
    /// What is done with its value.
    pub operation: Operation,
}

/// What `${...}` does with a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operation {
    /// Nothing.
    Plain,
    /// `-`, `=`, `?` and `+`; with a colon an empty value counts as unset.
    Default {
        /// Which of the four.
        kind: DefaultKind,
        /// Whether a colon stands before it.
        colon: bool,
        /// The word after it.
        word: Word,
    },
    /// `${#name}`
    Length,
    /// `%`, `%%`, `#`, `##`
    Trim {
        /// Whether the prefix goes, not the suffix.
        prefix: bool,
        /// Whether the longest match goes.
        longest: bool,
        /// The pattern.
        pattern: Word,
    },
    /// `${name:offset:length}`
    Substring {
        /// The offset expression.
        offset: Word,
        /// The length expression.
        length: Option<Word>,
    },
    /// `/`, `//`, `/#`, `/%`
    Replace {
        /// Where it replaces.
        at: ReplaceAt,
        /// The pattern.
        pattern: Word,
        /// What stands for it.
        with: Word,
    },
    /// `^`, `^^`, `,`, `,,`
    Case {
        /// Whether to upper case.
        upper: bool,
        /// Whether every character is changed.
        all: bool,
    },
    /// `@Q`, `@U`, `@L`, `@u`, `@E`
    Transform(char),
    /// `${!prefix*}`
    Names,
    /// `${!name[@]}`
    Keys,
}

/// `${name-word}` and kin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DefaultKind {
    /// `-`
    Use,
    /// `=`
    Assign,
    /// `?`
    Fail,
    /// `+`
    Alternative,
}

/// Where `${name/pattern/with}` replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReplaceAt {
    /// The first match.
    First,
    /// Every match.
    All,
    /// At the start only.
    Start,
    /// At the end only.
    End,
}

impl Word {
    /// A word of quoted text, never expanded again.
    #[must_use]
    pub fn literal(text: impl Into<String>) -> Self {
        Self {
            pieces: vec![Piece::Quoted(text.into())],
        }
    }
}
