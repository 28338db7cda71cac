//! `uniq`

use serde::{Deserialize, Serialize};

use super::Wrong;
use super::filter::{Cx, Flow, Lines, Work};
use crate::userland::options::Options;

/// `uniq`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Uniq {
    count: bool,
    /// `-d`
    repeated: bool,
    /// `-u`
    single: bool,
    ignore_case: bool,
    skip_fields: usize,
    lines: Lines,
    current: Option<(String, usize)>,
}

impl Uniq {
    pub(super) fn start(argv: &[String]) -> Result<(Self, Vec<String>), Wrong> {
        let long = [
            ("count", 'c', false),
            ("repeated", 'd', false),
            ("unique", 'u', false),
            ("ignore-case", 'i', false),
            ("skip-fields", 'f', true),
        ];
        let options = Options::parse(argv, "cduif:", &long).map_err(|message| (message, 1))?;
        let uniq = Self {
            count: options.has('c'),
            repeated: options.has('d'),
            single: options.has('u'),
            ignore_case: options.has('i'),
            skip_fields: options.value('f').and_then(|text| text.parse().ok()).unwrap_or(0),
            lines: Lines::default(),
            current: None,
        };
        Ok((uniq, options.operands))
    }

    fn key(&self, line: &str) -> String {
        let mut rest = line;
        for _ in 0..self.skip_fields {
            rest = rest
                .trim_start_matches([' ', '\t'])
                .trim_start_matches(|c| c != ' ' && c != '\t');
        }
        if self.ignore_case {
            rest.to_lowercase()
        } else {
            rest.to_owned()
        }
    }

    fn line(&mut self, line: String, cx: &mut Cx<'_, '_, '_>) {
        let key = self.key(&line);
        let same = self
            .current
            .as_ref()
            .is_some_and(|(current, _)| self.key(current) == key);
        match &mut self.current {
            Some((_, count)) if same => *count += 1,
            _ => {
                self.flush(cx);
                self.current = Some((line, 1));
            }
        }
    }

    fn flush(&mut self, cx: &mut Cx<'_, '_, '_>) {
        let Some((line, count)) = self.current.take() else {
            return;
        };
        if (self.repeated && count < 2) || (self.single && count > 1) {
            return;
        }
        cx.io.print(if self.count {
            format!("{count:7} {line}\n")
        } else {
            format!("{line}\n")
        });
    }
}

impl Work for Uniq {
    fn data(&mut self, bytes: &[u8], cx: &mut Cx<'_, '_, '_>) -> Flow {
        for line in self.lines.push(bytes) {
            self.line(line, cx);
        }
        Flow::More
    }

    fn finish(&mut self, cx: &mut Cx<'_, '_, '_>) -> i32 {
        if let Some(line) = self.lines.rest() {
            self.line(line, cx);
        }
        self.flush(cx);
        0
    }
}
