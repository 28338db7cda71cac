//! What a command sees of the machine it runs on.

use std::sync::Arc;

use super::kubeconfig::Kubeconfig;
use super::port_forward::Connections;
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
    /// The editor failed, for this reason.
    Failed(String),
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

    /// The bytes of a file.
    ///
    /// # Errors
    ///
    /// When there is none, or it is a folder.
    fn read_bytes(&self, path: &str) -> Result<Vec<u8>, FileError> {
        self.read_file(path).map(String::into_bytes)
    }

    /// Writes a file anew, byte for byte.
    ///
    /// # Errors
    ///
    /// When its folder does not exist, or it is a folder.
    fn write_bytes(&mut self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        self.write_file(path, &String::from_utf8_lossy(bytes))
    }

    /// Makes a folder, and those above it, unless it exists.
    ///
    /// # Errors
    ///
    /// When a file is in the way.
    fn make_dirs(&mut self, _path: &str) -> Result<(), FileError> {
        Ok(())
    }

    /// Opens a text in the user's editor, and asks again later until it is closed; the path names the file. Without an
    /// editor it is closed at once, and the text as it was: `EDITOR=true`.
    fn edit(&mut self, _path: &str, text: &str) -> Edited {
        Edited::Saved(text.to_owned())
    }

    /// A path from the root.
    fn absolute(&self, path: &str) -> String {
        path.to_owned()
    }

    /// The width of the terminal in columns, if standard output is one.
    fn terminal_width(&self) -> Option<usize> {
        None
    }

    /// Whether something listens at a port of this machine.
    fn is_listening(&self, _port: u16) -> bool {
        false
    }

    /// The connections that came in at a port that the command holds, since it last asked.
    fn connections(&mut self, _port: u16) -> Connections {
        Connections::default()
    }

    /// Keeps a changed configuration for the commands to come.
    fn save_kubeconfig(&mut self, kubeconfig: &Kubeconfig);

    /// Keeps what discovery told for the commands to come.
    fn save_discovery(&mut self, _discovered: &[Arc<CustomKind>]) {}
}
