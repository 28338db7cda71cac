//! Compound commands: `if`, loops, `case`, `(( ))`, `[[ ]]`, groups and subshells.

use std::sync::Arc;

use super::ast::{ArithmeticFor, CaseEnd, Command, Compound, For, If, TestExpr, While, Word};
use super::expand::Memo;
use super::frames::{Frame, Stage};
use super::interpreter::{Context, Interpreter};
use super::pattern::Pattern;

impl Interpreter {
    /// Runs a compound command whose redirections are done.
    pub(super) fn compound(&mut self, command: &Arc<Command>, cx: &mut Context<'_>) {
        let Command::Compound(compound, _) = command.as_ref() else {
            return;
        };
        let memo = Memo::default();
        match compound {
            Compound::Group(list) => self.frames.push(Frame::List {
                list: Arc::clone(list),
                next: 0,
            }),
            Compound::Subshell(list) => {
                let frame = Frame::List {
                    list: Arc::clone(list),
                    next: 0,
                };
                let pid = self.start_shell(frame, cx.fds.clone(), false, cx);
                self.frames.push(Frame::Child { pid });
            }
            Compound::If(node) => self.frames.push(Frame::If {
                node: Arc::clone(node),
                arm: 0,
                stage: Stage::Start,
            }),
            Compound::While(node) => {
                self.frames.push(Frame::While {
                    node: Arc::clone(node),
                    stage: Stage::Start,
                    status: 0,
                });
            }
            Compound::For(node) => {
                self.frames.push(Frame::For {
                    node: Arc::clone(node),
                    memo,
                    words: None,
                    next: 0,
                    status: 0,
                });
            }
            Compound::ArithmeticFor(node) => {
                let stage = Stage::Start;
                self.frames.push(Frame::ArithmeticFor {
                    node: Arc::clone(node),
                    memo,
                    stage,
                    status: 0,
                });
            }
            Compound::Case(node) => {
                let node = Arc::clone(node);
                self.frames.push(Frame::Case {
                    node,
                    memo,
                    subject: None,
                    arm: 0,
                    pattern: 0,
                    forced: false,
                });
            }
            Compound::Arithmetic(word) => self.frames.push(Frame::Arithmetic {
                word: Arc::clone(word),
                memo,
            }),
            Compound::Test(expr) => self.frames.push(Frame::Test {
                expr: Arc::clone(expr),
                memo,
            }),
        }
    }

    pub(super) fn if_frame(&mut self, node: Arc<If>, arm: usize, stage: Stage) {
        match stage {
            Stage::Start => match node.arms.get(arm) {
                Some((condition, _)) => {
                    let list = Arc::clone(condition);
                    self.frames.push(Frame::If {
                        node,
                        arm,
                        stage: Stage::Condition,
                    });
                    self.frames.push(Frame::List { list, next: 0 });
                }
                None => match &node.otherwise {
                    Some(list) => self.frames.push(Frame::List {
                        list: Arc::clone(list),
                        next: 0,
                    }),
                    None => self.shell.status = 0,
                },
            },
            Stage::Condition => {
                if self.shell.status == 0 {
                    let list = node
                        .arms
                        .get(arm)
                        .map(|(_, body)| Arc::clone(body))
                        .unwrap_or_default();
                    self.frames.push(Frame::List { list, next: 0 });
                } else {
                    self.frames.push(Frame::If {
                        node,
                        arm: arm + 1,
                        stage: Stage::Start,
                    });
                }
            }
            Stage::Body => {}
        }
    }

    pub(super) fn while_frame(
        &mut self,
        node: Arc<While>,
        stage: Stage,
        mut status: i32,
        cx: &mut Context<'_>,
    ) {
        if stage == Stage::Condition {
            if (self.shell.status == 0) == node.until {
                self.shell.status = status;
                return;
            }
            let list = Arc::clone(&node.body);
            self.frames.push(Frame::While {
                node,
                stage: Stage::Body,
                status,
            });
            self.frames.push(Frame::List { list, next: 0 });
            return;
        }
        if stage == Stage::Body {
            Self::turn(cx);
            status = self.shell.status;
        }
        let list = Arc::clone(&node.condition);
        self.frames.push(Frame::While {
            node,
            stage: Stage::Condition,
            status,
        });
        self.frames.push(Frame::List { list, next: 0 });
    }

    pub(super) fn for_frame(&mut self, frame: Frame, cx: &mut Context<'_>) {
        let Frame::For {
            node,
            memo,
            words,
            next,
            status,
        } = frame
        else {
            return;
        };
        let Some(words) = words else {
            self.expand_for(node, memo, cx);
            return;
        };
        let status = if next == 0 { status } else { self.shell.status };
        let Some(word) = words.get(next).cloned() else {
            self.shell.status = status;
            return;
        };
        Self::turn(cx);
        if self.shell.variables.set(&node.name, word).is_err() {
            let message = format!("{}: readonly variable", node.name);
            self.fatal(&message, cx);
            return;
        }
        let list = Arc::clone(&node.body);
        self.frames.push(Frame::For {
            node,
            memo,
            words: Some(words),
            next: next + 1,
            status,
        });
        self.frames.push(Frame::List { list, next: 0 });
    }

    fn expand_for(&mut self, node: Arc<For>, memo: Memo, cx: &mut Context<'_>) {
        let again = Arc::clone(&node);
        let again = |memo| Frame::For {
            node: again,
            memo,
            words: None,
            next: 0,
            status: 0,
        };
        let expanded = self.expand(memo, cx, again, |expander| match &node.words {
            None => Ok(expander.shell.args.clone()),
            Some(words) => {
                let mut all = Vec::new();
                for word in words {
                    all.extend(expander.fields(word)?);
                }
                Ok(all)
            }
        });
        if let Some((words, _)) = expanded {
            self.frames.push(Frame::For {
                node,
                memo: Memo::default(),
                words: Some(words),
                next: 0,
                status: 0,
            });
        }
    }

    pub(super) fn arithmetic_for_frame(&mut self, frame: Frame, cx: &mut Context<'_>) {
        let Frame::ArithmeticFor {
            node,
            memo,
            stage,
            status,
        } = frame
        else {
            return;
        };
        let kept = Arc::clone(&node);
        let again = move |memo| Frame::ArithmeticFor {
            node: kept,
            memo,
            stage,
            status,
        };
        let part = |word: &Option<Word>| word.clone();
        match stage {
            Stage::Start => {
                if self.arithmetic_part(part(&node.start), memo, again, cx).is_some() {
                    self.push_arithmetic_for(node, Stage::Condition, 0);
                }
            }
            Stage::Condition => {
                let Some(value) = self.arithmetic_part(part(&node.condition), memo, again, cx) else {
                    return;
                };
                if value == Some(0) {
                    self.shell.status = status;
                    return;
                }
                let list = Arc::clone(&node.body);
                self.push_arithmetic_for(node, Stage::Body, status);
                self.frames.push(Frame::List { list, next: 0 });
            }
            Stage::Body => {
                let status = self.shell.status;
                if self.arithmetic_part(part(&node.step), memo, again, cx).is_some() {
                    Self::turn(cx);
                    self.push_arithmetic_for(node, Stage::Condition, status);
                }
            }
        }
    }

    fn push_arithmetic_for(&mut self, node: Arc<ArithmeticFor>, stage: Stage, status: i32) {
        self.frames.push(Frame::ArithmeticFor {
            node,
            memo: Memo::default(),
            stage,
            status,
        });
    }

    /// Evaluates a part of `for ((...))`; `None` when it has to wait or failed.
    fn arithmetic_part(
        &mut self,
        word: Option<Word>,
        memo: Memo,
        again: impl FnOnce(Memo) -> Frame,
        cx: &mut Context<'_>,
    ) -> Option<Option<i64>> {
        let Some(word) = word else { return Some(None) };
        self.expand(memo, cx, again, |expander| expander.arithmetic(&word))
            .map(|(value, _)| Some(value))
    }

    pub(super) fn case_frame(&mut self, frame: Frame, cx: &mut Context<'_>) {
        let Frame::Case {
            node,
            memo,
            subject,
            mut arm,
            mut pattern,
            mut forced,
        } = frame
        else {
            return;
        };
        let Some(subject) = subject else {
            let kept = Arc::clone(&node);
            let again = |memo| Frame::Case {
                node: kept,
                memo,
                subject: None,
                arm: 0,
                pattern: 0,
                forced: false,
            };
            if let Some((text, _)) = self.expand(memo, cx, again, |expander| expander.text(&node.subject)) {
                self.shell.status = 0;
                let memo = Memo::default();
                self.frames.push(Frame::Case {
                    node,
                    memo,
                    subject: Some(text),
                    arm: 0,
                    pattern: 0,
                    forced: false,
                });
            }
            return;
        };
        let mut memo = memo;
        while let Some(candidate) = node.arms.get(arm) {
            let matched = if forced {
                true
            } else {
                let Some(word) = candidate.patterns.get(pattern) else {
                    arm += 1;
                    pattern = 0;
                    continue;
                };
                let (kept, text) = (Arc::clone(&node), subject.clone());
                let again = |memo| Frame::Case {
                    node: kept,
                    memo,
                    subject: Some(text),
                    arm,
                    pattern,
                    forced: false,
                };
                let Some((found, _)) = self.expand(memo, cx, again, |expander| expander.pattern(word)) else {
                    return;
                };
                memo = Memo::default();
                pattern += 1;
                Pattern::new(&found).matches(&subject)
            };
            if !matched {
                continue;
            }
            let body = candidate.body.clone();
            forced = candidate.then == CaseEnd::RunNext;
            if candidate.then != CaseEnd::Leave {
                let node = Arc::clone(&node);
                self.frames.push(Frame::Case {
                    node,
                    memo,
                    subject: Some(subject),
                    arm: arm + 1,
                    pattern: 0,
                    forced,
                });
            }
            self.frames.extend(body.map(|list| Frame::List { list, next: 0 }));
            return;
        }
    }

    pub(super) fn arithmetic_command(&mut self, word: Arc<Word>, memo: Memo, cx: &mut Context<'_>) {
        let kept = Arc::clone(&word);
        let again = |memo| Frame::Arithmetic { word: kept, memo };
        if let Some((value, _)) = self.expand(memo, cx, again, |expander| expander.arithmetic(&word)) {
            self.finish(i32::from(value == 0));
        }
    }

    pub(super) fn test_command(&mut self, expr: Arc<TestExpr>, memo: Memo, cx: &mut Context<'_>) {
        let kept = Arc::clone(&expr);
        let again = |memo| Frame::Test { expr: kept, memo };
        let Some((result, _)) =
            self.expand(memo, cx, again, |expander| super::test::extended(&expr, expander))
        else {
            return;
        };
        match result {
            Ok(value) => self.finish(i32::from(!value)),
            Err(message) => {
                self.report(cx, &message);
                self.finish(2);
            }
        }
    }

    /// `break` and `continue`: the `levels`-th loop from inside ends, or takes its next turn.
    pub(super) fn leave_loop(&mut self, levels: usize, again: bool, cx: &mut Context<'_>) {
        let mut left = levels;
        while let Some(frame) = self.frames.pop() {
            if matches!(frame, Frame::Call { .. }) {
                self.frames.push(frame);
                return;
            }
            if frame.is_loop() {
                left -= 1;
                if left == 0 {
                    if again {
                        self.frames.push(frame);
                    }
                    return;
                }
            }
            self.unwind(frame, cx);
        }
    }

    /// How many loops enclose the command being run.
    pub(super) fn loop_depth(&self) -> usize {
        self.frames
            .iter()
            .rev()
            .take_while(|frame| !matches!(frame, Frame::Call { .. }))
            .filter(|frame| frame.is_loop())
            .count()
    }

    /// `return`: ends the innermost function or sourced file. Whether there is one.
    pub(super) fn leave_call(&mut self, cx: &mut Context<'_>) -> bool {
        if !self
            .frames
            .iter()
            .any(|frame| matches!(frame, Frame::Call { .. }))
        {
            return false;
        }
        while let Some(frame) = self.frames.pop() {
            let call = matches!(frame, Frame::Call { .. });
            self.unwind(frame, cx);
            if call {
                return true;
            }
        }
        true
    }
}
