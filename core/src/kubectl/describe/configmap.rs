//! `ConfigMap`

use super::writer::Writer;
use crate::api::ConfigMap;

/// A ConfigMap.
pub(super) fn write(w: &mut Writer, map: &ConfigMap) {
    w.identity(&map.metadata);
    w.line(0, "\nData\n====");
    for (key, value) in map.spec.data.iter().flatten() {
        w.line(0, format!("{key}:\n----\n{value}\n"));
    }
    w.line(0, "\nBinaryData\n====");
    for (key, value) in map.spec.binary_data.iter().flatten() {
        w.line(0, format!("{key}: {} bytes", value.0.len()));
    }
    w.line(0, "");
}
