//! Files as the shell sees them: the host's, by absolute path.

use serde::{Deserialize, Serialize};

/// Why a file operation failed, with the words of the C library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileError {
    /// ENOENT
    NotFound,
    /// EISDIR
    IsDirectory,
    /// ENOTDIR
    NotDirectory,
    /// EEXIST
    Exists,
    /// EACCES
    Denied,
    /// EROFS
    ReadOnly,
    /// ENOSPC
    NoSpace,
    /// ENOTEMPTY
    NotEmpty,
    /// EINVAL
    Invalid,
    /// EBUSY
    Busy,
}

impl FileError {
    /// What `strerror` says.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::NotFound => "No such file or directory",
            Self::IsDirectory => "Is a directory",
            Self::NotDirectory => "Not a directory",
            Self::Exists => "File exists",
            Self::Denied => "Permission denied",
            Self::ReadOnly => "Read-only file system",
            Self::NoSpace => "No space left on device",
            Self::NotEmpty => "Directory not empty",
            Self::Invalid => "Invalid argument",
            Self::Busy => "Device or resource busy",
        }
    }
}

/// What is known of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Whether it is a directory.
    pub directory: bool,
    /// Its length in bytes.
    pub size: u64,
    /// Whether it may be run.
    pub executable: bool,
    /// When it was last written, in microseconds of virtual time.
    pub modified_micros: u64,
}

/// A file system; every path is absolute and normalised ([`resolve`]).
pub trait Files {
    /// What is at a path.
    fn stat(&self, path: &str) -> Option<Stat>;
    /// At most `length` bytes from `offset`; fewer at the end.
    ///
    /// # Errors
    ///
    /// When there is no such file, or it is a directory.
    fn read(&self, path: &str, offset: u64, length: usize) -> Result<Vec<u8>, FileError>;
    /// Writes bytes at `offset`, or at the end without one. The file must exist.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    fn write(&mut self, path: &str, offset: Option<u64>, bytes: &[u8]) -> Result<(), FileError>;
    /// Creates a file, or empties it when `truncate`.
    ///
    /// # Errors
    ///
    /// When it cannot be created.
    fn create(&mut self, path: &str, truncate: bool) -> Result<(), FileError>;
    /// The names in a directory, sorted.
    ///
    /// # Errors
    ///
    /// When there is no such directory.
    fn list(&self, path: &str) -> Result<Vec<String>, FileError>;
}

/// The absolute, normalised form of a path: `.` and `..` are gone.
#[must_use]
pub fn resolve(cwd: &str, path: &str) -> String {
    let base = if path.starts_with('/') { "" } else { cwd };
    let mut resolved = String::with_capacity(base.len() + path.len() + 2);
    for part in base.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => resolved.truncate(resolved.rfind('/').unwrap_or(0)),
            part => {
                resolved.push('/');
                resolved.push_str(part);
            }
        }
    }
    if resolved.is_empty() {
        resolved.push('/');
    }
    resolved
}
