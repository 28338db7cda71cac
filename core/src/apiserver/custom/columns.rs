//! How custom objects are printed: `additionalPrinterColumns` (`pkg/registry/customresource/tableconvertor`).

use serde_json::Value;

use crate::api::{AnyObject, CustomKind, PrinterColumn};
use crate::apiserver::jsonpath::Template;
use crate::apiserver::printing::{age, human_duration};
use crate::apiserver::table::ColumnDefinition;
use crate::sim::{Time, calendar};

/// The columns of a kind.
pub(crate) fn columns(kind: &CustomKind) -> Vec<ColumnDefinition> {
    let column = |name: &str, priority| ColumnDefinition {
        name: name.to_owned(),
        priority,
    };
    let own = &kind.definition.columns;
    let mut columns = vec![column("Name", 0)];
    if own.is_empty() {
        columns.push(column("Age", 0));
    }
    columns.extend(own.iter().map(|own| column(&own.name, own.priority)));
    columns
}

/// The cells of an object.
pub(crate) fn cells(kind: &CustomKind, object: &AnyObject, now: Time) -> Vec<String> {
    let own = &kind.definition.columns;
    let mut cells = vec![object.name().to_owned()];
    if own.is_empty() {
        cells.push(age(object, now));
    } else {
        let value = object.to_value();
        cells.extend(own.iter().map(|column| cell(column, &value, now)));
    }
    cells
}

fn cell(column: &PrinterColumn, object: &Value, now: Time) -> String {
    let found = Template::parse(&format!("{{{}}}", column.path))
        .and_then(|template| template.find(object, false))
        .unwrap_or_default();
    let Some(value) = found.into_iter().flatten().next() else {
        return String::new();
    };
    match (column.kind.as_str(), &value) {
        ("date", Value::String(text)) => match calendar::parse(text) {
            Some(at) => human_duration(now.since(Time::from_timestamp(at))),
            None => "<invalid>".to_owned(),
        },
        ("integer", Value::Number(number)) => match number.as_i64() {
            Some(number) => number.to_string(),
            None => number
                .as_f64()
                .map_or(String::new(), |number| format!("{number:.0}")),
        },
        ("number", Value::Number(_)) | ("boolean", Value::Bool(_)) => value.to_string(),
        ("string", _) => crate::apiserver::jsonpath::text_of(&value),
        _ => String::new(),
    }
}
