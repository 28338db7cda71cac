//! The interpreter's stack: where a shell stands in its program, as plain data.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::ast::{
    AndOr, ArithmeticFor, Case, Command, For, If, List, Pipeline, TestExpr, TimeStyle, While, Word,
};
use super::expand::Memo;
use super::io::{Fds, FileId};
use super::variables::Variable;
use crate::sim::Time;
use crate::sorted::SortedMap;

/// A process or shell of the machine.
pub(super) type Pid = u64;

/// What part of a loop or condition runs above its frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Stage {
    Start,
    Condition,
    Body,
}

/// One level of the stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Frame {
    /// A list: `next` is the item to run.
    List { list: Arc<List>, next: usize },
    /// A chain of `&&` and `||`: `next` is the pipeline to consider.
    Chain { chain: Arc<AndOr>, next: usize },
    /// A pipeline that has not started.
    Pipeline(Arc<Pipeline>),
    /// A command that has not started, with the substitutions run so far.
    Command { command: Arc<Command>, memo: Memo },
    /// The same, its redirections done.
    Compound(Arc<Command>),
    /// Turns the status round: `!`.
    Negate,
    /// Prints how long the pipeline above took.
    Timed { started: Time, style: TimeStyle },
    /// Waits for the members of a pipeline.
    Members {
        pids: Vec<Pid>,
        statuses: Vec<Option<i32>>,
    },
    /// Waits for one foreground child.
    Child { pid: Pid },
    /// Collects the output of a command substitution for the frame below.
    Substitution {
        pid: Pid,
        reader: FileId,
        #[serde(with = "serde_bytes")]
        output: Vec<u8>,
        status: Option<i32>,
        /// The file that receives it, for `<(...)`.
        path: Option<String>,
    },
    /// Puts descriptors back.
    Descriptors { saved: Fds },
    /// Puts variables back.
    Variables { saved: Vec<(String, Option<Variable>)> },
    /// A function call, a sourced file: what `return` ends.
    Call {
        args: Option<Vec<String>>,
        locals: Vec<(String, Option<Variable>)>,
        name: String,
    },
    /// Ends the shell with the status of what ran above.
    ExitAfter,
    /// Puts `$?` back after a trap.
    Status(i32),
    /// `if`: `arm` is being tested or run.
    If { node: Arc<If>, arm: usize, stage: Stage },
    /// `while` and `until`.
    While {
        node: Arc<While>,
        stage: Stage,
        status: i32,
    },
    /// `for name in words`.
    For {
        node: Arc<For>,
        memo: Memo,
        words: Option<Vec<String>>,
        next: usize,
        status: i32,
    },
    /// `for ((...))`.
    ArithmeticFor {
        node: Arc<ArithmeticFor>,
        memo: Memo,
        stage: Stage,
        status: i32,
    },
    /// `case`: with the subject once it is expanded.
    Case {
        node: Arc<Case>,
        memo: Memo,
        subject: Option<String>,
        arm: usize,
        pattern: usize,
        forced: bool,
    },
    /// `(( ))`
    Arithmetic { word: Arc<Word>, memo: Memo },
    /// `[[ ]]`
    Test { expr: Arc<TestExpr>, memo: Memo },
    /// The `read` builtin.
    Read(ReadFrame),
    /// The `wait` builtin.
    Wait { pids: Vec<Pid> },
}

/// The `read` builtin at work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ReadFrame {
    pub(super) names: Vec<String>,
    pub(super) raw: bool,
    pub(super) delimiter: u8,
    /// `-n`
    pub(super) most: Option<usize>,
    /// `-t`
    pub(super) deadline: Option<Time>,
    #[serde(with = "serde_bytes")]
    pub(super) line: Vec<u8>,
    /// Whether the last byte was an unescaped backslash.
    pub(super) escaped: bool,
}

impl Frame {
    /// Where a substitution started by this frame leaves its output.
    pub(super) fn memo_mut(&mut self) -> Option<&mut Memo> {
        match self {
            Self::Command { memo, .. }
            | Self::For { memo, .. }
            | Self::ArithmeticFor { memo, .. }
            | Self::Case { memo, .. }
            | Self::Arithmetic { memo, .. }
            | Self::Test { memo, .. } => Some(memo),
            _ => None,
        }
    }

    /// Whether what runs above is a condition: `-e` has no effect there.
    pub(super) fn guards(&self) -> bool {
        match self {
            Self::Negate => true,
            Self::If { stage, .. } | Self::While { stage, .. } => *stage == Stage::Condition,
            Self::Chain { chain, next } => *next < chain.rest.len() + 1,
            _ => false,
        }
    }

    /// The descriptors that the frame keeps open.
    pub(super) fn files(&self) -> Vec<FileId> {
        match self {
            Self::Descriptors { saved } => saved.values().copied().collect(),
            Self::Substitution { reader, .. } => vec![*reader],
            _ => Vec::new(),
        }
    }

    /// Whether `break` and `continue` mean it.
    pub(super) const fn is_loop(&self) -> bool {
        matches!(
            self,
            Self::While { .. } | Self::For { .. } | Self::ArithmeticFor { .. }
        )
    }
}

/// A job in the background.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Its number, as in `%1`.
    pub number: u32,
    /// Its process.
    pub pid: Pid,
    /// The command.
    pub text: String,
    /// Its exit status once it has ended.
    pub status: Option<i32>,
}

/// Exit statuses of ended children by process.
pub(super) type Exits = SortedMap<Pid, i32>;
