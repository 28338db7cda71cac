//! An opened lab: a cluster, the log of what was done to it, and the exercise it is for.

use crate::protocol::{FromEngine, Input, Keeping, Notice, Open, Opened, Shell, Source, save::Entry};

use super::{host::Host, outbox::Outbox};

/// A lab being worked in.
pub(super) struct Lab {
    host: Host,
    entries: Vec<Entry>,
    head: Option<u64>,
    next_id: u64,
    shell_told: Shell,
    view_told: Option<(u64, u64)>,
}

impl Lab {
    /// Opens a lab and tells the page.
    pub(super) async fn open(open: Open, outbox: &Outbox) -> Self {
        let mut lab = Self {
            host: Host::new(open.seed),
            entries: Vec::new(),
            head: None,
            next_id: 1,
            shell_told: Shell::default(),
            view_told: None,
        };
        let mut notices = Vec::new();
        let mut transcript = String::new();
        if let Source::Recovered { entries, head } = open.source {
            let kept = crate::protocol::save::branch(&entries, head).unwrap_or_default();
            notices.push(Notice::Recovered {
                dropped: u32::try_from(entries.len() - kept.len()).unwrap_or(u32::MAX),
            });
            lab.next_id = entries.iter().map(|entry| entry.id + 1).max().unwrap_or(1);
            for entry in &kept {
                lab.replay(entry, &mut transcript);
            }
            lab.head = head;
            lab.entries = kept;
        }
        lab.shell_told = lab.host.shell();
        outbox.send(&FromEngine::Opened(Box::new(Opened {
            lab: open.lab,
            seed: open.seed,
            entries: lab.entries.clone(),
            transcript,
            shell: lab.shell_told.clone(),
            files: lab.host.files(),
            history: lab.history(),
            notices,
            keeping: Keeping::Kept,
        })));
        lab
    }

    fn history(&self) -> Vec<String> {
        let line = |entry: &Entry| match &entry.input {
            Input::Line(line) => Some(line.clone()),
            _ => None,
        };
        self.entries.iter().filter_map(line).collect()
    }

    fn replay(&mut self, entry: &Entry, transcript: &mut String) {
        self.host.run_until(entry.at_us, || false);
        transcript.push_str(&self.host.take_output());
        if let Input::Line(line) = &entry.input {
            transcript.push_str(&self.host.shell().prompt);
            transcript.push_str(line);
            transcript.push('\n');
        }
        self.host.input(&entry.input);
        transcript.push_str(&self.host.take_output());
    }

    /// The learner did something: keep it, tell the page, let it reach the cluster.
    pub(super) async fn act(&mut self, seq: u32, input: Input, outbox: &Outbox) {
        let entry = Entry {
            id: self.next_id,
            parent: self.head,
            at_us: self.host.now_us(),
            input,
        };
        self.next_id += 1;
        self.head = Some(entry.id);
        self.entries.push(entry.clone());
        outbox.send(&FromEngine::Committed {
            seq,
            entry: entry.clone(),
        });
        self.host.input(&entry.input);
        outbox.send(&FromEngine::Applied { seq });
    }

    /// Computes up to this much virtual time, in microseconds; false when `enough` stopped it before.
    pub(super) fn run(&mut self, granted_us: u64, enough: impl FnMut() -> bool) -> bool {
        self.host.run_until(self.host.now_us() + granted_us, enough)
    }

    /// Computes the next moment at which something happens.
    pub(super) fn step(&mut self) {
        if let Some(next_us) = self.host.next_event_us() {
            self.host.run_until(next_us, || false);
        }
    }

    /// Virtual time, in microseconds.
    pub(super) fn now_us(&self) -> u64 {
        self.host.now_us()
    }

    /// Whether the page has not been told everything yet.
    pub(super) fn has_news(&self) -> bool {
        self.view_told != Some((self.host.now_us(), self.host.revision()))
    }

    /// Sends what the terminal printed.
    pub(super) fn report_terminal(&mut self, outbox: &Outbox) {
        let output = self.host.take_output();
        let shell = self.host.shell();
        if !output.is_empty() || shell != self.shell_told {
            self.shell_told = shell.clone();
            outbox.send(&FromEngine::Terminal { output, shell });
        }
    }

    /// Sends the view if it changed; true when sent.
    pub(super) fn report_view(&mut self, _seq: u64, outbox: &Outbox) -> bool {
        let now = (self.host.now_us(), self.host.revision());
        if self.view_told == Some(now) {
            return false;
        }
        self.view_told = Some(now);
        outbox.send(&FromEngine::Clock {
            now_us: now.0,
            revision: now.1,
        });
        false
    }
}
