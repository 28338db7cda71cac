//! `stress`: keeps CPUs and memory busy for a while (`polinux/stress`, the image of Kubernetes' pages about resources).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::sleep::duration;
use super::{Start, Wrong};
use crate::sh::{Io, Poll, Until};
use crate::sim::Time;

/// `stress`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::userland) struct Stress {
    workers: u64,
    hogs: u64,
    bytes: u64,
    lasts: Option<Duration>,
    until: Option<Time>,
}

/// `250M`, `1G`
fn bytes(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let shift = match text.get(digits.len()..)?.to_ascii_uppercase().as_str() {
        "" | "B" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        _ => return None,
    };
    Some(digits.parse::<u64>().ok()? << shift)
}

impl Stress {
    pub(in crate::userland) fn start(start: &Start) -> Result<Self, Wrong> {
        let mut made = Self {
            workers: 0,
            hogs: 0,
            bytes: 256 << 20,
            lasts: None,
            until: None,
        };
        let mut words = start.argv.iter().skip(1);
        while let Some(word) = words.next() {
            let (flag, value) = match word.split_once('=') {
                Some((flag, value)) => (flag, Some(value.to_owned())),
                None => (word.as_str(), None),
            };
            let mut take = || {
                value
                    .clone()
                    .or_else(|| words.next().cloned())
                    .unwrap_or_default()
            };
            let fine = match flag {
                "-c" | "--cpu" => take().parse().map(|number| made.workers = number).is_ok(),
                "-m" | "--vm" => take().parse().map(|number| made.hogs = number).is_ok(),
                "--vm-bytes" => bytes(&take()).map(|number| made.bytes = number).is_some(),
                "-t" | "--timeout" => {
                    made.lasts = duration(&take());
                    made.lasts.is_some()
                }
                "--vm-hang" | "--vm-stride" | "-i" | "--io" | "--backoff" => !take().is_empty(),
                "--vm-keep" | "-v" | "--verbose" | "-q" | "--quiet" => true,
                other => {
                    return Err((
                        format!("stress: FAIL: [1] (244) unrecognized option: {other}\n"),
                        1,
                    ));
                }
            };
            if !fine {
                return Err((
                    format!("stress: FAIL: [1] (251) missing or wrong argument to option: {flag}\n"),
                    1,
                ));
            }
        }
        if made.workers + made.hogs == 0 {
            return Err((
                "`stress' imposes certain types of compute stress on your system\n\nUsage: stress [OPTION [ARG]] ...\n".to_owned(),
                0,
            ));
        }
        Ok(made)
    }

    /// How many CPUs it keeps busy, in thousandths, and how much memory it holds, in bytes.
    pub(in crate::userland) const fn load(&self) -> (u64, u64) {
        // Who holds memory writes it over and over.
        ((self.workers + self.hogs) * 1_000, self.hogs * self.bytes)
    }

    pub(in crate::userland) fn step(&mut self, io: &mut Io<'_>) -> Poll {
        let first = self.until.is_none();
        let lasts = self.lasts.unwrap_or(Duration::from_secs(u64::MAX / 4_000_000));
        let until = *self.until.get_or_insert(io.now + lasts);
        if first {
            io.print(format!(
                "stress: info: [1] dispatching hogs: {} cpu, 0 io, {} vm, 0 hdd\n",
                self.workers, self.hogs
            ));
        }
        if io.now >= until {
            io.print(format!(
                "stress: info: [1] successful run completed in {}s\n",
                lasts.as_secs()
            ));
            return Poll::Exited(0);
        }
        Poll::Blocked(Until::time(until))
    }
}
