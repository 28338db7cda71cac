//! `ServiceAccount`

use super::writer::Writer;
use crate::api::ServiceAccount;

/// A ServiceAccount.
pub(super) fn write(w: &mut Writer, account: &ServiceAccount) {
    w.identity(&account.metadata);
    let secrets = account.spec.image_pull_secrets.as_deref().unwrap_or_default();
    if secrets.is_empty() {
        return w.line(0, "Image pull secrets:\t<none>");
    }
    let mut title = "Image pull secrets:";
    for secret in secrets {
        w.line(0, format!("{title}\t{}", secret.name));
        title = "                   ";
    }
}
