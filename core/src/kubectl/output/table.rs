//! Tables that the API server serves, for people (`k8s.io/cli-runtime/pkg/printers/tableprinter.go`).

use super::tabwriter::{TABLE, align};
use crate::api::meta::MetaExt;
use crate::apiserver::Table;
use crate::apiserver::printing::format_labels;

/// How a table is printed.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct TableOptions {
    /// Without its first line.
    pub(crate) no_headers: bool,
    /// With the namespace.
    pub(crate) with_namespace: bool,
    /// With the kind before each name.
    pub(crate) with_kind: Option<String>,
    /// With all columns.
    pub(crate) wide: bool,
    /// With all labels.
    pub(crate) show_labels: bool,
    /// With these labels, a column each.
    pub(crate) label_columns: Vec<String>,
}

/// The table as text. `widths` are the widths of its columns when rows are added to a table that is printed already.
pub(crate) fn print_table(table: &Table, options: &TableOptions, widths: &mut Vec<usize>) -> String {
    let shown: Vec<usize> = table
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| options.wide || column.priority == 0)
        .map(|(index, _)| index)
        .collect();
    let mut text = String::new();
    if !options.no_headers && !table.rows.is_empty() {
        text.push_str(&header(table, &shown, options));
        text.push('\n');
    }
    for row in &table.rows {
        let mut cells = Vec::new();
        if options.with_namespace {
            cells.push(row.object.namespace().to_owned());
        }
        for (place, index) in shown.iter().enumerate() {
            let cell = one_line(row.cells.get(*index).map_or("", String::as_str));
            cells.push(match &options.with_kind {
                Some(kind) if place == 0 => format!("{kind}/{cell}"),
                _ => cell,
            });
        }
        let labels = row.object.metadata().labels_or_empty();
        for name in &options.label_columns {
            cells.push(labels.get(name).cloned().unwrap_or_else(|| "<none>".to_owned()));
        }
        if options.show_labels {
            cells.push(format_labels(Some(labels)));
        }
        text.push_str(&cells.join("\t"));
        text.push('\n');
    }
    align(&text, TABLE, widths)
}

fn header(table: &Table, shown: &[usize], options: &TableOptions) -> String {
    let mut names = Vec::new();
    if options.with_namespace {
        names.push("NAMESPACE".to_owned());
    }
    for index in shown {
        names.extend(table.columns.get(*index).map(|column| column.name.to_uppercase()));
    }
    for label in &options.label_columns {
        names.push(label.rsplit('/').next().unwrap_or_default().to_uppercase());
    }
    if options.show_labels {
        names.push("LABELS".to_owned());
    }
    names.join("\t")
}

/// The first line of a cell.
fn one_line(cell: &str) -> String {
    match cell.find(['\n', '\r', '\u{c}']) {
        Some(end) => format!("{}...", cell.get(..end).unwrap_or_default()),
        None => cell.to_owned(),
    }
}
