//! `wc`

use serde::{Deserialize, Serialize};

use super::Wrong;
use super::filter::{Cx, Flow, Work};
use crate::userland::options::Options;

/// Lines, words, characters, bytes.
type Counts = [u64; 4];

/// `wc`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Wc {
    /// Which counts are shown.
    shown: [bool; 4],
    counts: Counts,
    in_word: bool,
    /// Results by name; printed at the end, where the width is known.
    results: Vec<(Counts, String)>,
    file: String,
    operands: usize,
}

impl Wc {
    pub(super) fn start(argv: &[String]) -> Result<(Self, Vec<String>), Wrong> {
        let long = [
            ("lines", 'l', false),
            ("words", 'w', false),
            ("chars", 'm', false),
            ("bytes", 'c', false),
        ];
        let options = Options::parse(argv, "lwmc", &long).map_err(|message| (message, 1))?;
        let mut shown = ['l', 'w', 'm', 'c'].map(|letter| options.has(letter));
        if shown == [false; 4] {
            shown = [true, true, false, true];
        }
        let operands = options.operands.len();
        let wc = Self {
            shown,
            counts: [0; 4],
            in_word: false,
            results: Vec::new(),
            file: String::new(),
            operands,
        };
        Ok((wc, options.operands))
    }

    fn row(&self, counts: &Counts, name: &str, width: usize) -> String {
        let numbers: Vec<String> = counts
            .iter()
            .zip(self.shown)
            .filter(|(_, shown)| *shown)
            .map(|(count, _)| format!("{count:>width$}"))
            .collect();
        if name.is_empty() {
            format!("{}\n", numbers.join(" "))
        } else {
            format!("{} {name}\n", numbers.join(" "))
        }
    }
}

impl Work for Wc {
    fn begin(&mut self, file: &str, _cx: &mut Cx<'_, '_, '_>) {
        self.counts = [0; 4];
        self.in_word = false;
        file.clone_into(&mut self.file);
    }

    fn data(&mut self, bytes: &[u8], _cx: &mut Cx<'_, '_, '_>) -> Flow {
        let [lines, words, characters, total] = &mut self.counts;
        for byte in bytes {
            *lines += u64::from(*byte == b'\n');
            *characters += u64::from(byte & 0xc0 != 0x80);
            let blank = byte.is_ascii_whitespace() || *byte == 11;
            *words += u64::from(!blank && !self.in_word);
            self.in_word = !blank;
        }
        *total += bytes.len() as u64;
        Flow::More
    }

    fn end(&mut self, _cx: &mut Cx<'_, '_, '_>) -> Flow {
        let name = if self.operands > 0 {
            self.file.clone()
        } else {
            String::new()
        };
        self.results.push((self.counts, name));
        Flow::More
    }

    fn finish(&mut self, cx: &mut Cx<'_, '_, '_>) -> i32 {
        let mut total = [0; 4];
        for (counts, _) in &self.results {
            for (sum, count) in total.iter_mut().zip(counts) {
                *sum += count;
            }
        }
        let several = self.shown.iter().filter(|shown| **shown).count() > 1 || self.operands > 1;
        let bytes = total.last().copied().unwrap_or(0);
        let busybox = cx.host.dialect() == crate::userland::Dialect::Busybox;
        // GNU's width comes from the sizes of the files; a pipe's is not known, and counts as 7.
        let width = match (
            several,
            self.results
                .iter()
                .any(|(_, name)| name.is_empty() || name == "-"),
        ) {
            (false, _) => 1,
            (true, _) if busybox => 9,
            (true, true) => 7,
            (true, false) => bytes.to_string().len(),
        };
        let mut text: String = self
            .results
            .iter()
            .map(|(counts, name)| self.row(counts, name, width))
            .collect();
        if self.operands > 1 {
            text.push_str(&self.row(&total, "total", width));
        }
        cx.io.print(text);
        0
    }
}
