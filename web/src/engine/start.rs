//! What a lab's cluster and work folder hold before the learner arrives.

/// The start of a lab.
#[derive(Clone, Debug, Default)]
pub(super) struct Start {
    /// Revision of the lesson; 0 in the sandbox.
    pub(super) revision: u32,
    /// Worker nodes; the usual three when left out.
    pub(super) workers: Option<u16>,
    /// Files of the work folder, path and text.
    pub(super) files: Vec<(String, String)>,
    /// What is typed, and waited for, before the learner arrives.
    pub(super) script: Vec<Act>,
}

/// One act of a start's script.
#[derive(Clone, Debug)]
pub(super) enum Act {
    /// A line at the prompt, run to its end.
    Run(String),
    /// A file written.
    Write(String, String),
    /// Virtual time that passes, in microseconds.
    Wait(u64),
}
