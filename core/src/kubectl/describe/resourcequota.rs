//! `ResourceQuota`

use super::writer::Writer;
use crate::api::ResourceQuota;
use crate::api::quantity::{Amount, amount};

/// A ResourceQuota.
pub(super) fn write(w: &mut Writer, quota: &ResourceQuota) {
    w.name(&quota.metadata);
    scopes(w, 0, quota, " * ");
    w.line(0, "Resource\tUsed\tHard\n--------\t----\t----");
    for (name, hard) in quota.status.hard.iter().flatten() {
        let hard = amount(hard);
        let used = used(quota, name);
        // What is used is written as what is allowed is.
        let used = if used.format == hard.format {
            used
        } else {
            Amount {
                format: hard.format,
                ..Amount::from_bytes(used.units())
            }
        };
        w.line(0, format!("{name}\t{used}\t{hard}"));
    }
}

/// Those of a namespace.
pub(super) fn write_all(w: &mut Writer, quotas: &[&ResourceQuota]) {
    if quotas.is_empty() {
        return w.line(0, "No resource quota.");
    }
    w.line(0, "Resource Quotas");
    for quota in quotas {
        w.field(1, "Name", quota.name());
        scopes(w, 1, quota, "* ");
        w.line(1, "Resource\tUsed\tHard");
        w.line(1, "--------\t---\t---");
        for (name, hard) in quota.status.hard.iter().flatten() {
            w.line(1, format!("{name}\t{}\t{}", used(quota, name), amount(hard)));
        }
    }
}

fn used(quota: &ResourceQuota, name: &str) -> Amount {
    let used = quota.status.used.as_ref().and_then(|used| used.get(name));
    used.map_or(Amount::from_millis(0), amount)
}

fn scopes(w: &mut Writer, level: usize, quota: &ResourceQuota, bullet: &str) {
    let mut scopes: Vec<&str> = quota.spec.scopes.iter().flatten().map(String::as_str).collect();
    if scopes.is_empty() {
        return;
    }
    scopes.sort_unstable();
    w.field(level, "Scopes", scopes.join(", "));
    for scope in scopes {
        let help = match scope {
            "Terminating" => {
                "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system."
            }
            "NotTerminating" => {
                "Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate."
            }
            "BestEffort" => {
                "Matches all pods that do not have resource requirements set. These pods have a best effort quality of service."
            }
            "NotBestEffort" => {
                "Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service."
            }
            _ => continue,
        };
        w.line(level, format!("{bullet}{help}"));
    }
}
