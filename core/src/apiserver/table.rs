//! Tables: how the API server prints objects for clients that ask for rows (`metav1.Table`).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::paging::Page;
use crate::api::AnyObject;

/// A column (`metav1.TableColumnDefinition`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// The heading, as defined (`Ready`); clients print it in capitals.
    pub name: &'static str,
    /// 0 is always printed, more only with `-o wide`.
    pub priority: u8,
}

impl Column {
    /// A column that is always printed.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, priority: 0 }
    }

    /// A column that is printed with `-o wide` only.
    #[must_use]
    pub const fn wide(name: &'static str) -> Self {
        Self { name, priority: 1 }
    }
}

/// A column as it travels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnDefinition {
    /// The heading.
    pub name: String,
    /// 0 is always printed, more only with `-o wide`.
    pub priority: u8,
}

/// A row: its cells, and the object it stands for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// One text a column.
    pub cells: Vec<String>,
    /// The object.
    pub object: AnyObject,
}

/// Rows to print.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// The columns.
    pub columns: Vec<ColumnDefinition>,
    /// The rows.
    pub rows: Vec<Row>,
    /// The store's revision.
    pub revision: u64,
    /// Where it goes on.
    pub page: Page,
}

impl Table {
    /// The table as JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let columns: Vec<_> = self
            .columns
            .iter()
            .map(|column| {
                // Clients that print several kinds put the kind before the name.
                let format = if column.name == "Name" { "name" } else { "" };
                json!({"name": column.name, "type": "string", "format": format, "description": "", "priority": column.priority})
            })
            .collect();
        let rows: Vec<_> = self
            .rows
            .iter()
            .map(|row| {
                let metadata = row.object.to_value().get("metadata").cloned().unwrap_or_default();
                let object =
                    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata});
                json!({"cells": row.cells, "object": object})
            })
            .collect();
        let mut metadata = json!({"resourceVersion": self.revision.to_string()});
        self.page.write(&mut metadata);
        json!({
            "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
            "columnDefinitions": columns, "rows": rows,
        })
    }
}
