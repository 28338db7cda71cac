//! `cat`, and `less` and `more` as it.

use serde::{Deserialize, Serialize};

use super::Wrong;
use super::filter::{Cx, Flow, Lines, Work};
use crate::userland::options::Options;

/// `cat`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cat {
    /// `-n`: every line; `-b`: those with text.
    number: Option<bool>,
    /// `-E`
    ends: bool,
    /// `-s`
    squeeze: bool,
    /// `-T`
    tabs: bool,
    count: usize,
    blank: bool,
    lines: Lines,
}

impl Cat {
    pub(super) fn start(argv: &[String]) -> Result<(Self, Vec<String>), Wrong> {
        let long = [
            ("number", 'n', false),
            ("number-nonblank", 'b', false),
            ("show-ends", 'E', false),
            ("show-tabs", 'T', false),
            ("show-all", 'A', false),
            ("squeeze-blank", 's', false),
        ];
        let options = Options::parse(argv, "nbEsTAetuvRFXS", &long).map_err(|message| (message, 1))?;
        let number = if options.has('b') {
            Some(true)
        } else {
            options.has('n').then_some(false)
        };
        let all = options.has('A');
        let cat = Self {
            number,
            ends: all || options.has('E') || options.has('e'),
            squeeze: options.has('s'),
            tabs: all || options.has('T') || options.has('t'),
            count: 0,
            blank: false,
            lines: Lines::default(),
        };
        Ok((cat, options.operands))
    }

    const fn plain(&self) -> bool {
        self.number.is_none() && !self.ends && !self.squeeze && !self.tabs
    }

    fn line(&mut self, line: &str, newline: bool, cx: &mut Cx<'_, '_, '_>) {
        let blank = line.is_empty();
        if self.squeeze && blank && self.blank {
            return;
        }
        self.blank = blank;
        let mut text = String::new();
        if self.number.is_some_and(|nonblank| !(nonblank && blank)) {
            self.count += 1;
            text.push_str(&format!("{:6}\t", self.count));
        }
        text.push_str(&if self.tabs {
            line.replace('\t', "^I")
        } else {
            line.to_owned()
        });
        if newline {
            text.push_str(if self.ends { "$\n" } else { "\n" });
        }
        cx.io.print(text);
    }
}

impl Work for Cat {
    fn data(&mut self, bytes: &[u8], cx: &mut Cx<'_, '_, '_>) -> Flow {
        if self.plain() {
            cx.io.print(bytes);
        } else {
            for line in self.lines.push(bytes) {
                self.line(&line, true, cx);
            }
        }
        Flow::More
    }

    fn finish(&mut self, cx: &mut Cx<'_, '_, '_>) -> i32 {
        if let Some(line) = self.lines.rest() {
            self.line(&line, false, cx);
        }
        0
    }
}
