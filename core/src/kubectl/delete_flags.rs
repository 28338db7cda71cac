//! How a deletion is asked for, by whatever command deletes (`k8s.io/kubectl/pkg/cmd/delete/delete_flags.go`).

use super::flags::Flag;

/// `--cascade`, `--force`, `--grace-period`, `--timeout`
pub(super) const DELETE: &[Flag] = &[
    Flag::text(
        "cascade",
        "background",
        "Must be \"background\", \"orphan\", or \"foreground\".",
    )
    .bare("background"),
    Flag::off(
        "force",
        "If true, immediately remove resources from API and bypass graceful deletion.",
    ),
    Flag::int(
        "grace-period",
        "-1",
        "Period of time in seconds given to the resource to terminate gracefully.",
    ),
    Flag::duration(
        "timeout",
        "0s",
        "The length of time to wait before giving up on a delete, zero means determine a timeout from the size of the object",
    ),
];

/// `--wait`, of commands that delete only on their way.
pub(super) const WAIT: &[Flag] = &[Flag::off(
    "wait",
    "If true, wait for resources to be gone before returning. This waits for finalizers.",
)];
