//! Everything a learner does to a lab. These are the inputs a save is made of: together with the seed they determine a run.

use serde::{Deserialize, Serialize};

/// One act of the learner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// A line typed at the prompt, or at the continuation prompt.
    Line(String),
    /// A line typed while a command was reading.
    Stdin(String),
    /// A line run in a second terminal, because a command holds the first.
    Beside(String),
    /// Ctrl+D on an empty line.
    EndOfFile,
    /// Ctrl+C.
    Interrupt,
    /// The terminal window of this number is shown, opened if there is none.
    Window(u8),
    /// The terminal window of this number is closed, whatever runs in it.
    CloseWindow(u8),
    /// The text that a command wanted edited was saved, or left as it was.
    Edited(Option<String>),
    /// The terminal's panel has another size.
    Resize {
        /// Characters in a line.
        columns: u16,
        /// Lines.
        rows: u16,
    },
    /// A file of the work folder saved by the editor.
    SaveFile {
        /// Path in the work folder.
        path: String,
        /// The whole text.
        text: String,
    },
    /// A file of the work folder deleted in the editor.
    RemoveFile {
        /// Path in the work folder.
        path: String,
    },
    /// A file of the work folder renamed in the editor.
    RenameFile {
        /// Its path until now.
        from: String,
        /// Its path from now on.
        to: String,
    },
}

/// How fast virtual time runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pace {
    /// Time stands still.
    Paused,
    /// As on a real cluster.
    #[default]
    Normal,
    /// Five times as fast.
    Fast,
    /// Twenty times as fast.
    Faster,
    /// A hundred times as fast.
    Fastest,
}

impl Pace {
    /// All of them, in the order of the buttons.
    pub const ALL: [Self; 5] = [
        Self::Paused,
        Self::Normal,
        Self::Fast,
        Self::Faster,
        Self::Fastest,
    ];

    /// Virtual microseconds for one of the wall clock.
    #[must_use]
    pub fn factor(self) -> u64 {
        match self {
            Self::Paused => 0,
            Self::Normal => 1,
            Self::Fast => 5,
            Self::Faster => 20,
            Self::Fastest => 100,
        }
    }
}
