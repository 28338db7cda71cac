//! What a command sees of the machine it runs on.

use std::sync::Arc;

use super::kubeconfig::Kubeconfig;
use crate::api::CustomKind;

/// Why a file cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileError {
    /// There is no such file or folder.
    NotFound,
    /// It is a folder.
    IsDirectory,
    /// It is not a folder.
    NotDirectory,
    /// Something else, in the words of the system (`permission denied`).
    Other(String),
}

/// An entry of a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DirEntry {
    /// Its name, without the folder.
    pub name: String,
    /// Whether it is a folder itself.
    pub is_directory: bool,
}

/// What came on standard input since it was last read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stdin {
    /// The text.
    pub text: String,
    /// Whether nothing more will come.
    pub ended: bool,
}

/// What became of a text in the user's editor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edited {
    /// The editor is still open.
    Pending,
    /// The editor was closed, and left this.
    Saved(String),
}

/// The terminal, standard input and the files of a command. Paths are as the user wrote them, relative to the work folder.
pub trait Io {
    /// Writes to standard output.
    fn stdout(&mut self, text: &str);

    /// Writes to standard error.
    fn stderr(&mut self, text: &str);

    /// Takes what has come on standard input.
    fn read_stdin(&mut self) -> Stdin;

    /// The text of a file.
    ///
    /// # Errors
    ///
    /// When there is none, or it is a folder.
    fn read_file(&self, path: &str) -> Result<String, FileError>;

    /// The entries of a folder, sorted by name.
    ///
    /// # Errors
    ///
    /// When there is none, or it is a file.
    fn list_dir(&self, path: &str) -> Result<Vec<DirEntry>, FileError>;

    /// Writes a file anew.
    ///
    /// # Errors
    ///
    /// When its folder does not exist, or it is a folder.
    fn write_file(&mut self, path: &str, text: &str) -> Result<(), FileError>;

    /// Opens a text in the user's editor, and asks again later until it is closed; the path names the file. Without an
    /// editor it is closed at once, and the text as it was: `EDITOR=true`.
    fn edit(&mut self, _path: &str, text: &str) -> Edited {
        Edited::Saved(text.to_owned())
    }

    /// The width of the terminal in columns, if standard output is one.
    fn terminal_width(&self) -> Option<usize> {
        None
    }

    /// Whether something listens at a port of this machine.
    fn is_listening(&self, _port: u16) -> bool {
        false
    }

    /// Keeps a changed configuration for the commands to come.
    fn save_kubeconfig(&mut self, kubeconfig: &Kubeconfig);

    /// Keeps what discovery told for the commands to come.
    fn save_discovery(&mut self, _discovered: &[Arc<CustomKind>]) {}
}
