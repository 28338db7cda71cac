//! Aligned columns (`text/tabwriter`): a column is a run of lines that have a tab-ended cell in the same place.

/// How wide columns are made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    /// No column is narrower.
    pub(crate) min_width: usize,
    /// Blanks after the widest cell.
    pub(crate) padding: usize,
}

/// Tables of `kubectl get`.
pub(crate) const TABLE: Style = Style {
    min_width: 6,
    padding: 3,
};

/// `kubectl describe`.
pub(crate) const DESCRIPTION: Style = Style {
    min_width: 0,
    padding: 2,
};

/// Aligns text whose cells end with tabs. `remembered` keeps the widths of columns from one call to the next.
pub(crate) fn align(text: &str, style: Style, remembered: &mut Vec<usize>) -> String {
    let lines: Vec<Vec<&str>> = text.split('\n').map(|line| line.split('\t').collect()).collect();
    let mut layout = Layout {
        lines,
        style,
        remembered,
        widths: Vec::new(),
        out: String::with_capacity(text.len() * 2),
    };
    let count = layout.lines.len();
    layout.format(0, count);
    // The text's last newline ends a line, it does not begin one.
    if layout.out.ends_with('\n') {
        layout.out.pop();
    }
    layout.out
}

/// Aligns a text of its own.
pub(crate) fn aligned(text: &str, style: Style) -> String {
    align(text, style, &mut Vec::new())
}

struct Layout<'a> {
    lines: Vec<Vec<&'a str>>,
    style: Style,
    remembered: &'a mut Vec<usize>,
    widths: Vec<usize>,
    out: String,
}

impl Layout<'_> {
    fn has_column(&self, line: usize, column: usize) -> bool {
        self.lines.get(line).is_some_and(|cells| column + 1 < cells.len())
    }

    fn format(&mut self, mut start: usize, end: usize) {
        let column = self.widths.len();
        let mut line = start;
        while line < end {
            if !self.has_column(line, column) {
                line += 1;
                continue;
            }
            self.write(start, line);
            start = line;
            let mut width = self.style.min_width;
            while line < end && self.has_column(line, column) {
                let cell = self.lines.get(line).and_then(|cells| cells.get(column));
                let wanted = cell.map_or(0, |cell| cell.chars().count()) + self.style.padding;
                width = width.max(wanted);
                line += 1;
            }
            let width = self.remember(column, width);
            self.widths.push(width);
            self.format(start, line);
            self.widths.pop();
            start = line;
        }
        self.write(start, end);
    }

    fn remember(&mut self, column: usize, width: usize) -> usize {
        if self.remembered.len() <= column {
            self.remembered.resize(column + 1, 0);
        }
        match self.remembered.get_mut(column) {
            // Only tables are written in several goes, and there each column runs from top to bottom.
            Some(known) if self.style.min_width > 0 => {
                *known = width.max(*known);
                *known
            }
            _ => width,
        }
    }

    fn write(&mut self, start: usize, end: usize) {
        for cells in self.lines.get(start..end).unwrap_or_default() {
            for (index, cell) in cells.iter().enumerate() {
                self.out.push_str(cell);
                if let Some(width) = self.widths.get(index) {
                    let blanks = width.saturating_sub(cell.chars().count());
                    self.out.extend(std::iter::repeat_n(' ', blanks));
                }
            }
            self.out.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(style: Style, text: &str, expected: &str) {
        assert_eq!(aligned(text, style), expected);
    }

    #[test]
    fn tables_have_columns_of_at_least_six() {
        check(
            TABLE,
            "NAME\tREADY\tAGE\nweb\t1/1\t2s\n",
            "NAME   READY   AGE\nweb    1/1     2s\n",
        );
        check(TABLE, "0\t2s\n", "0     2s\n");
    }

    #[test]
    fn a_column_ends_where_a_line_has_no_such_cell() {
        check(
            DESCRIPTION,
            "Name:\tweb\nContainers:\n  c:\n    Image:\tnginx\n    Restart Count:\t0\nEnd:\tx\n",
            "Name:  web\nContainers:\n  c:\n    Image:          nginx\n    Restart Count:  0\nEnd:                x\n",
        );
        check(
            DESCRIPTION,
            "  Type\tStatus\n  Ready\tTrue \n",
            "  Type   Status\n  Ready  True \n",
        );
    }

    #[test]
    fn widths_can_be_remembered() {
        let mut widths = Vec::new();
        assert_eq!(align("NAME-LONGER\tX\n", TABLE, &mut widths), "NAME-LONGER   X\n");
        assert_eq!(align("a\tb\n", TABLE, &mut widths), "a             b\n");
    }
}
