//! How a lab is brought back or begun: decides from what is kept, replays, and says what the learner must be told.

use crate::protocol::{
    FromEngine, Input, Notice, Open, Source,
    save::{self, Entry, FORMAT, Header, Snapshot},
};

use super::{
    VERSION, assist,
    course::Setting,
    host::Host,
    outbox::Outbox,
    persist::{Keeper, Kept, Plan, plan},
    timeline::Timeline,
};

/// So much is computed of a replay between two looks at the clock, in milliseconds.
const CHUNK_MS: f64 = 30.0;

/// A lab that stands where it should.
pub(super) struct Standing {
    /// The cluster.
    pub(super) host: Host,
    /// The header to go on with.
    pub(super) header: Header,
    /// The branch of the head.
    pub(super) branch: Vec<Entry>,
    /// Every entry there is, on all branches.
    pub(super) tree: Vec<Entry>,
    /// What the log starts from, when not from nothing.
    pub(super) base: Option<Snapshot>,
    /// The past.
    pub(super) timeline: Timeline,
    /// What the terminal shows.
    pub(super) transcript: String,
    /// What to tell the learner.
    pub(super) notices: Vec<Notice>,
}

/// From where a cluster starts, and what is done to it then.
pub(super) struct Script {
    pub(super) header: Header,
    pub(super) branch: Vec<Entry>,
    /// Every entry there is, on all branches.
    pub(super) tree: Vec<Entry>,
    pub(super) base: Option<Snapshot>,
    /// Files to put into the work folder of a new cluster.
    pub(super) files: Vec<(String, String)>,
    pub(super) until_us: u64,
}

/// Opens a lab. `watch` sees the cluster after every moment that is replayed.
pub(super) async fn open(
    open: &Open,
    setting: &Setting,
    keeper: &mut Keeper,
    outbox: &Outbox,
    watch: &mut dyn FnMut(&Host, u64),
) -> Standing {
    let kept = keeper.kept(&open.lab.key()).await;
    let mut notices = Vec::new();
    let script = match &open.source {
        Source::Recovered {
            entries,
            head,
            reason,
        } => {
            recovered(
                open,
                setting,
                &kept,
                (entries, *head, reason),
                keeper,
                &mut notices,
            )
            .await
        }
        Source::Afresh => afresh(open, setting, &kept, keeper).await,
        Source::Kept => from_kept(open, setting, &kept, keeper, &mut notices).await,
    };
    play(script, setting, outbox, notices, watch).await
}

/// Plays a script from its start.
pub(super) async fn play(
    script: Script,
    setting: &Setting,
    outbox: &Outbox,
    notices: Vec<Notice>,
    watch: &mut dyn FnMut(&Host, u64),
) -> Standing {
    outbox.send(&FromEngine::Replaying(script.branch.clone()));
    for entry in &script.branch {
        assist::prepare(&entry.input).await;
    }
    replay(script, setting, outbox, notices, watch)
}

fn new_header(open: &Open, setting: &Setting, seed: u64) -> Header {
    Header {
        format: FORMAT,
        engine: VERSION.to_owned(),
        lab: open.lab.key(),
        lesson_revision: setting.revision(),
        seed,
        head: None,
        now_us: 0,
        next_id: 1,
    }
}

fn begun(header: Header) -> Script {
    Script {
        header,
        branch: Vec::new(),
        tree: Vec::new(),
        base: None,
        files: Vec::new(),
        until_us: 0,
    }
}

async fn from_kept(
    open: &Open,
    setting: &Setting,
    kept: &Kept,
    keeper: &mut Keeper,
    notices: &mut Vec<Notice>,
) -> Script {
    match plan(kept, VERSION, setting.revision()) {
        Plan::Begin => {
            let header = new_header(open, setting, open.seed);
            keeper.keep_header(&header).await;
            begun(header)
        }
        Plan::Replay {
            header,
            entries,
            branch,
            base,
        } => {
            let seen_us = open
                .last_seen
                .filter(|(head, _)| *head == header.head)
                .map_or(0, |(_, us)| us);
            let until_us = header.now_us.max(seen_us);
            Script {
                header,
                branch,
                tree: entries,
                base,
                files: Vec::new(),
                until_us,
            }
        }
        Plan::Load {
            header: old,
            snapshot,
        } => {
            notices.push(Notice::LoadedFromSnapshot);
            let header = Header {
                now_us: snapshot.now_us,
                ..new_header(open, setting, old.seed)
            };
            keeper
                .begin_log(&header, Some(&snapshot), kept, Some("written by another version"))
                .await;
            Script {
                until_us: snapshot.now_us,
                base: Some(snapshot),
                ..begun(header)
            }
        }
        Plan::Anew { header: old, files } => {
            notices.push(Notice::BegunAnew);
            let header = new_header(open, setting, old.seed);
            keeper
                .begin_log(&header, None, kept, Some("written by another version"))
                .await;
            Script {
                files,
                ..begun(header)
            }
        }
        Plan::SetAside(reason) => {
            notices.push(Notice::LogUnreadable);
            let header = new_header(open, setting, open.seed);
            keeper.begin_log(&header, None, kept, Some(&reason)).await;
            begun(header)
        }
    }
}

/// Again from the beginning: the same seed, the head before the first entry, the tree as it was.
async fn afresh(open: &Open, setting: &Setting, kept: &Kept, keeper: &mut Keeper) -> Script {
    match plan(kept, VERSION, setting.revision()) {
        Plan::Replay {
            header,
            entries,
            base: None,
            ..
        } => {
            let header = Header {
                head: None,
                now_us: 0,
                ..header
            };
            keeper.keep_header(&header).await;
            Script {
                tree: entries,
                ..begun(header)
            }
        }
        plan => {
            let seed = match &plan {
                Plan::Replay { header, .. } | Plan::Load { header, .. } | Plan::Anew { header, .. } => {
                    header.seed
                }
                Plan::Begin | Plan::SetAside(_) => open.seed,
            };
            let aside = match &plan {
                Plan::SetAside(reason) => Some(reason.as_str()),
                _ => None,
            };
            let header = new_header(open, setting, seed);
            keeper.begin_log(&header, None, kept, aside).await;
            begun(header)
        }
    }
}

/// After a trap: the page says where to stop. What lies beyond stays in the tree, and becomes a report.
async fn recovered(
    open: &Open,
    setting: &Setting,
    kept: &Kept,
    (entries, head, reason): (&[Entry], Option<u64>, &str),
    keeper: &mut Keeper,
    notices: &mut Vec<Notice>,
) -> Script {
    let branch = save::branch(entries, head).unwrap_or_default();
    let dropped: Vec<Entry> = entries
        .iter()
        .filter(|entry| !branch.contains(entry))
        .cloned()
        .collect();
    notices.push(Notice::Recovered {
        dropped: u32::try_from(dropped.len()).unwrap_or(u32::MAX),
    });
    let (old, base) = match plan(kept, VERSION, setting.revision()) {
        Plan::Replay { header, base, .. } => (Some(header), base),
        _ => (None, None),
    };
    let next_id = entries.iter().map(|entry| entry.id + 1).max().unwrap_or(1);
    let until_us = branch.last().map_or_else(
        || base.as_ref().map_or(0, |base| base.now_us),
        |entry| entry.at_us,
    );
    let header = Header {
        head: branch.last().map(|entry| entry.id),
        now_us: until_us,
        next_id: next_id.max(old.as_ref().map_or(1, |old| old.next_id)),
        ..new_header(open, setting, old.map_or(open.seed, |old| old.seed))
    };
    keeper.put_aside(&header, reason, dropped).await;
    keeper.keep_header(&header).await;
    Script {
        header,
        branch,
        tree: entries.to_vec(),
        base,
        files: Vec::new(),
        until_us,
    }
}

fn replay(
    script: Script,
    setting: &Setting,
    outbox: &Outbox,
    mut notices: Vec<Notice>,
    watch: &mut dyn FnMut(&Host, u64),
) -> Standing {
    let Script {
        header,
        branch,
        tree,
        base,
        files,
        until_us,
    } = script;
    let mut timeline = Timeline::default();
    let start = setting.start(header.seed);
    let mut host = match &base {
        Some(snapshot) => Host::from_snapshot(header.seed, &start, snapshot),
        None => Host::new(header.seed, &start),
    };
    notices.extend(host.take_start_failure().map(Notice::StartFailed));
    for (path, text) in files {
        host.input(&Input::SaveFile { path, text });
    }
    watch(&host, header.seed);
    let mut transcript = host.take_output();
    for (applied, entry) in branch.iter().enumerate() {
        run(&mut host, entry.at_us, &mut timeline, applied, outbox);
        transcript.push_str(&host.take_output());
        if let Input::Line(line) = &entry.input {
            if !transcript.is_empty() && !transcript.ends_with('\n') {
                transcript.push('\n');
            }
            transcript.push_str(&host.shell().prompt);
            transcript.push_str(line);
            transcript.push('\n');
        }
        host.input(&entry.input);
        watch(&host, header.seed);
        transcript.push_str(&host.take_output());
    }
    run(&mut host, until_us, &mut timeline, branch.len(), outbox);
    watch(&host, header.seed);
    transcript.push_str(&host.take_output());
    Standing {
        host,
        header,
        branch,
        tree,
        base,
        timeline,
        transcript,
        notices,
    }
}

/// Computes until a moment, and keeps keyframes on the way.
fn run(host: &mut Host, until_us: u64, timeline: &mut Timeline, applied: usize, outbox: &Outbox) {
    loop {
        let began_ms = outbox.wall_ms();
        let reached = host.run_until(until_us, || outbox.wall_ms() - began_ms >= CHUNK_MS);
        timeline.computed(outbox.wall_ms() - began_ms, host, applied);
        if reached {
            return;
        }
    }
}
