//! `LimitRange`

use std::collections::BTreeMap;

use super::writer::Writer;
use crate::api::LimitRange;
use crate::api::quantity::amount;
use crate::api::types::Quantity;
use crate::sorted::SortedSet;

const HEADINGS: &str = "Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio";
const RULES: &str = "----\t--------\t---\t---\t---------------\t-------------\t-----------------------";

/// A LimitRange.
pub(super) fn write(w: &mut Writer, range: &LimitRange) {
    w.name(&range.metadata);
    w.line(0, HEADINGS);
    w.line(0, RULES);
    limits(w, range, "");
}

/// Those of a namespace.
pub(super) fn write_all(w: &mut Writer, ranges: &[&LimitRange]) {
    if ranges.is_empty() {
        return w.line(0, "No LimitRange resource.");
    }
    w.line(0, format!("Resource Limits\n {HEADINGS}\n {RULES}"));
    for range in ranges {
        limits(w, range, " ");
    }
}

/// A line for each resource. Upstream's are in no order.
fn limits(w: &mut Writer, range: &LimitRange, indent: &str) {
    for item in &range.spec.limits {
        let lists = [
            &item.min,
            &item.max,
            &item.default_request,
            &item.default,
            &item.max_limit_request_ratio,
        ];
        let names: SortedSet<&String> = lists.into_iter().flatten().flat_map(BTreeMap::keys).collect();
        for name in names {
            let cell = |list: &Option<BTreeMap<String, Quantity>>| {
                let found = list.as_ref().and_then(|list| list.get(name));
                found.map_or_else(|| "-".to_owned(), |quantity| amount(quantity).to_string())
            };
            w.line(
                0,
                format!("{indent}{}\t{name}\t{}", item.type_, lists.map(cell).join("\t")),
            );
        }
    }
}
