//! `Secret`

use super::writer::Writer;
use crate::api::Secret;

/// A Secret: how long its values are, not what they are.
pub(super) fn write(w: &mut Writer, secret: &Secret) {
    w.identity(&secret.metadata);
    let kind = secret.spec.type_.as_deref().unwrap_or_default();
    w.line(0, format!("\nType:\t{kind}\n\nData\n===="));
    for (key, value) in secret.spec.data.iter().flatten() {
        if key == "token" && kind == "kubernetes.io/service-account-token" {
            w.field(0, key, String::from_utf8_lossy(&value.0));
        } else {
            w.field(0, key, format!("{} bytes", value.0.len()));
        }
    }
}
