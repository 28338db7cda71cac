//! `tac`, `rev` and `nl`.

use serde::{Deserialize, Serialize};

use super::Wrong;
use super::filter::{Cx, Flow, Lines, Work};
use crate::userland::options::Options;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum How {
    /// `tac`: lines from the last to the first.
    Lines,
    /// `rev`: the characters of each line.
    Characters,
    /// `nl`: lines with text are numbered.
    Numbered,
}

/// `tac`, `rev`, `nl`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Reverse {
    how: How,
    all: bool,
    count: usize,
    lines: Lines,
    kept: Vec<String>,
}

impl Reverse {
    pub(super) fn start(argv: &[String]) -> Result<(Self, Vec<String>), Wrong> {
        let how = match argv.first().map(String::as_str) {
            Some("tac") => How::Lines,
            Some("rev") => How::Characters,
            _ => How::Numbered,
        };
        let options = Options::parse(argv, "b:", &[]).map_err(|message| (message, 1))?;
        let all = options.value('b') == Some("a");
        Ok((
            Self {
                how,
                all,
                count: 0,
                lines: Lines::default(),
                kept: Vec::new(),
            },
            options.operands,
        ))
    }

    fn line(&mut self, line: &str, end: &str, cx: &mut Cx<'_, '_, '_>) {
        match self.how {
            How::Lines => self.kept.push(format!("{line}{end}")),
            How::Characters => cx.io.print(line.chars().rev().collect::<String>() + end),
            How::Numbered if line.is_empty() && !self.all => cx.io.print("       \n"),
            How::Numbered => {
                self.count += 1;
                cx.io.print(format!("{:6}\t{line}\n", self.count));
            }
        }
    }
}

impl Work for Reverse {
    fn data(&mut self, bytes: &[u8], cx: &mut Cx<'_, '_, '_>) -> Flow {
        for line in self.lines.push(bytes) {
            self.line(&line, "\n", cx);
        }
        Flow::More
    }

    fn end(&mut self, cx: &mut Cx<'_, '_, '_>) -> Flow {
        if let Some(line) = self.lines.rest() {
            self.line(&line, "", cx);
        }
        let text: String = std::mem::take(&mut self.kept).into_iter().rev().collect();
        cx.io.print(text);
        Flow::More
    }
}
