//! Virtual time that follows the wall clock.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use super::Lab;

/// How often the cluster is brought up to the present.
const TICK: Duration = Duration::from_millis(20);

/// Keeps the cluster's time running for as long as it is served.
pub(super) fn start(lab: &Arc<Lab>, server: &Arc<tiny_http::Server>, speed: u32) {
    let lab = Arc::clone(lab);
    let server: Weak<tiny_http::Server> = Arc::downgrade(server);
    std::thread::spawn(move || {
        let mut last = Instant::now();
        // The accepting thread holds the server too: it ends when it is unblocked.
        while server.strong_count() > 1 {
            std::thread::sleep(TICK);
            let now = Instant::now();
            let mut cluster = lab.cluster();
            let before = cluster.store().revision();
            cluster.run_for(now.duration_since(last) * speed);
            last = now;
            let changed = cluster.store().revision() != before;
            drop(cluster);
            if changed {
                lab.changed.notify_all();
            }
        }
    });
}
