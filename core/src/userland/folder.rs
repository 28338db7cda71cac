//! A small tree of files in memory, by absolute path: the laptop's, an image's, a volume's.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::sh::{FileError, Files, Stat};
use crate::sim::Time;
use crate::sorted::SortedMap;

/// How large one file may be, in bytes.
const FILE_MAX_BYTES: usize = 1 << 20;
/// How large all files together may be, in bytes.
const TOTAL_MAX_BYTES: usize = 8 << 20;
/// How many files and folders there may be.
const ENTRIES_MAX: usize = 2_000;

/// The bytes of a file: shared between copies until one writes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Bytes(#[serde(with = "serde_bytes")] Vec<u8>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Entry {
    Directory {
        modified: Time,
    },
    File {
        bytes: Arc<Bytes>,
        modified: Time,
        executable: bool,
        /// Zeros behind the bytes, which take no room here.
        #[serde(default)]
        hole: u64,
    },
}

/// A file of the work folder as the editor shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkFile {
    /// Its path in the work folder.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// A tree of files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folder {
    entries: SortedMap<String, Entry>,
    /// What new files are dated; kept by whoever polls.
    pub now: Time,
    /// Grows with each change, so that a view knows when to look again.
    revision: u64,
}

impl Folder {
    /// Nothing but its root.
    #[must_use]
    pub fn empty() -> Self {
        let root = Entry::Directory { modified: Time::ZERO };
        Self {
            entries: SortedMap::from([("/".to_owned(), root)]),
            now: Time::ZERO,
            revision: 0,
        }
    }

    /// These directories, parents first, in a root.
    #[must_use]
    pub fn with_directories<'a>(paths: impl IntoIterator<Item = &'a str>) -> Self {
        let mut folder = Self::empty();
        for path in paths {
            let _exists = folder.make_directory(path);
        }
        folder
    }

    /// The files and folders, without what they are dated.
    #[must_use]
    pub fn same_files(&self, other: &Self) -> bool {
        let plain = |folder: &Self| -> Vec<(String, Option<Arc<Bytes>>)> {
            let entries = folder.entries.iter().map(|(path, entry)| match entry {
                Entry::Directory { .. } => (path.clone(), None),
                Entry::File { bytes, .. } => (path.clone(), Some(Arc::clone(bytes))),
            });
            entries.collect()
        };
        plain(self) == plain(other)
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.len() <= 1
    }

    /// The folders of a fresh laptop.
    #[must_use]
    pub fn new(home: &str) -> Self {
        let mut folder = Self {
            entries: SortedMap::new(),
            now: Time::ZERO,
            revision: 0,
        };
        for path in ["/", "/home", "/tmp", "/etc"] {
            folder
                .entries
                .insert(path.to_owned(), Entry::Directory { modified: Time::ZERO });
        }
        // A home may lie anywhere.
        let mut path = String::new();
        for part in home.split('/').filter(|part| !part.is_empty()) {
            path = format!("{path}/{part}");
            folder
                .entries
                .insert(path.clone(), Entry::Directory { modified: Time::ZERO });
        }
        folder
    }

    /// Changes whenever a file does.
    #[must_use]
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// Every file below a folder, sorted by path; `base` is left out of the paths.
    #[must_use]
    pub fn files_under(&self, base: &str) -> Vec<WorkFile> {
        let prefix = if base == "/" {
            "/".to_owned()
        } else {
            format!("{base}/")
        };
        let files = self.entries.iter().filter_map(|(path, entry)| match entry {
            Entry::File { bytes, .. } => {
                let path = path.strip_prefix(&prefix)?.to_owned();
                Some(WorkFile {
                    path,
                    text: String::from_utf8_lossy(&bytes.0).into_owned(),
                })
            }
            Entry::Directory { .. } => None,
        });
        files.filter(|file| !file.path.starts_with('.')).collect()
    }

    /// Writes a whole file, with the folders it needs.
    ///
    /// # Errors
    ///
    /// When a folder of that name exists, or there is no room.
    pub fn save(&mut self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        let parents: Vec<String> = path
            .match_indices('/')
            .skip(1)
            .filter_map(|(at, _)| path.get(..at))
            .map(str::to_owned)
            .collect();
        for parent in parents {
            match self.entries.get(&parent) {
                None => self.make_directory(&parent)?,
                Some(Entry::Directory { .. }) => {}
                Some(Entry::File { .. }) => return Err(FileError::NotDirectory),
            }
        }
        self.create(path, true)?;
        self.write(path, Some(0), bytes)
    }

    /// Makes a folder in an existing one.
    ///
    /// # Errors
    ///
    /// When it exists, its parent does not, or there are too many.
    pub fn make_directory(&mut self, path: &str) -> Result<(), FileError> {
        if self.entries.contains_key(path) {
            return Err(FileError::Exists);
        }
        self.room_in(path)?;
        self.entries
            .insert(path.to_owned(), Entry::Directory { modified: self.now });
        self.touched(path);
        Ok(())
    }

    /// Removes a file, or a folder that is empty.
    ///
    /// # Errors
    ///
    /// When there is none, or a folder is not empty.
    pub fn remove(&mut self, path: &str) -> Result<(), FileError> {
        match self.entries.get(path) {
            None => return Err(FileError::NotFound),
            Some(Entry::Directory { .. }) if !self.list(path)?.is_empty() => return Err(FileError::NotEmpty),
            Some(_) => {}
        }
        self.entries.remove(path);
        self.touched(path);
        Ok(())
    }

    /// Moves a file or a whole folder to a path that is free, or over a file.
    ///
    /// # Errors
    ///
    /// When there is no such file, or no place for it.
    pub fn rename(&mut self, from: &str, to: &str) -> Result<(), FileError> {
        if from == to {
            return Ok(());
        }
        if to.starts_with(&format!("{from}/")) {
            return Err(FileError::Invalid);
        }
        if !self.entries.contains_key(from) {
            return Err(FileError::NotFound);
        }
        self.room_in(to)?;
        let inside = format!("{from}/");
        let moved: Vec<String> = self
            .entries
            .keys()
            .filter(|path| *path == from || path.starts_with(&inside))
            .cloned()
            .collect();
        for path in moved {
            if let Some(entry) = self.entries.remove(&path) {
                let rest = path.strip_prefix(from).unwrap_or_default();
                self.entries.insert(format!("{to}{rest}"), entry);
            }
        }
        self.touched(from);
        self.touched(to);
        Ok(())
    }

    /// Sets the moment of last change.
    ///
    /// # Errors
    ///
    /// When there is no such file.
    pub fn touch(&mut self, path: &str) -> Result<(), FileError> {
        let now = self.now;
        match self.entries.get_mut(path) {
            None => return Err(FileError::NotFound),
            Some(Entry::Directory { modified } | Entry::File { modified, .. }) => *modified = now,
        }
        self.revision += 1;
        Ok(())
    }

    /// Allows or forbids running a file.
    ///
    /// # Errors
    ///
    /// When there is no such file.
    pub fn set_executable(&mut self, path: &str, on: bool) -> Result<(), FileError> {
        match self.entries.get_mut(path) {
            None => Err(FileError::NotFound),
            Some(Entry::Directory { .. }) => Ok(()),
            Some(Entry::File { executable, .. }) => {
                *executable = on;
                Ok(())
            }
        }
    }

    /// Makes a file so long, with zeros where nothing was written.
    ///
    /// # Errors
    ///
    /// When there is no such file.
    pub fn set_size(&mut self, path: &str, size: u64) -> Result<(), FileError> {
        match self.entries.get_mut(path) {
            None => return Err(FileError::NotFound),
            Some(Entry::Directory { .. }) => return Err(FileError::IsDirectory),
            Some(Entry::File { bytes, hole, .. }) => {
                let kept = usize::try_from(size).unwrap_or(usize::MAX).min(bytes.0.len());
                if kept < bytes.0.len() {
                    Arc::make_mut(bytes).0.truncate(kept);
                }
                *hole = size - kept as u64;
            }
        }
        self.revision += 1;
        Ok(())
    }

    /// What its files take on a disk, in bytes.
    #[must_use]
    pub fn disk_bytes(&self) -> u64 {
        let sizes = self.entries.values().map(|entry| match entry {
            Entry::File { bytes, hole, .. } => bytes.0.len() as u64 + hole,
            Entry::Directory { .. } => 0,
        });
        sizes.sum()
    }

    fn room_in(&self, path: &str) -> Result<(), FileError> {
        if self.entries.len() >= ENTRIES_MAX {
            return Err(FileError::NoSpace);
        }
        // Process substitutions leave their output here.
        if path.starts_with("/dev/fd/") {
            return Ok(());
        }
        match self.entries.get(parent_of(path)) {
            None => Err(FileError::NotFound),
            Some(Entry::File { .. }) => Err(FileError::NotDirectory),
            Some(Entry::Directory { .. }) => Ok(()),
        }
    }

    fn touched(&mut self, path: &str) {
        self.revision += 1;
        let now = self.now;
        if let Some(Entry::Directory { modified }) = self.entries.get_mut(parent_of(path)) {
            *modified = now;
        }
    }

    fn total_bytes(&self) -> usize {
        let sizes = self.entries.values().map(|entry| match entry {
            Entry::File { bytes, .. } => bytes.0.len(),
            Entry::Directory { .. } => 0,
        });
        sizes.sum()
    }
}

/// The folder that a path lies in.
pub(super) fn parent_of(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((parent, _)) => parent,
    }
}

impl Default for Folder {
    fn default() -> Self {
        Self::empty()
    }
}

impl Files for Folder {
    fn stat(&self, path: &str) -> Option<Stat> {
        if matches!(path, "/dev" | "/bin" | "/usr" | "/usr/bin") {
            return Some(Stat {
                directory: true,
                size: 4_096,
                executable: true,
                modified_micros: 0,
            });
        }
        if matches!(
            path,
            "/dev/null" | "/dev/stdin" | "/dev/stdout" | "/dev/stderr" | "/dev/tty"
        ) {
            return Some(Stat {
                directory: false,
                size: 0,
                executable: false,
                modified_micros: 0,
            });
        }
        Some(match self.entries.get(path)? {
            Entry::Directory { modified } => Stat {
                directory: true,
                size: 4_096,
                executable: true,
                modified_micros: modified.0,
            },
            Entry::File {
                bytes,
                modified,
                executable,
                hole,
            } => Stat {
                directory: false,
                size: bytes.0.len() as u64 + hole,
                executable: *executable,
                modified_micros: modified.0,
            },
        })
    }

    fn read(&self, path: &str, offset: u64, length: usize) -> Result<Vec<u8>, FileError> {
        match self.entries.get(path) {
            None if path == "/dev/null" => Ok(Vec::new()),
            None => Err(FileError::NotFound),
            Some(Entry::Directory { .. }) => Err(FileError::IsDirectory),
            Some(Entry::File { bytes, .. }) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.0.len());
                let end = start.saturating_add(length).min(bytes.0.len());
                Ok(bytes.0.get(start..end).unwrap_or_default().to_vec())
            }
        }
    }

    fn write(&mut self, path: &str, offset: Option<u64>, new: &[u8]) -> Result<(), FileError> {
        if path == "/dev/null" {
            return Ok(());
        }
        let (total, now) = (self.total_bytes(), self.now);
        match self.entries.get_mut(path) {
            None => return Err(FileError::NotFound),
            Some(Entry::Directory { .. }) => return Err(FileError::IsDirectory),
            Some(Entry::File { bytes, modified, .. }) => {
                let length = bytes.0.len();
                let start = offset.map_or(length, |offset| usize::try_from(offset).unwrap_or(usize::MAX));
                let end = start.saturating_add(new.len());
                if end > FILE_MAX_BYTES || total.saturating_add(end.saturating_sub(length)) > TOTAL_MAX_BYTES
                {
                    return Err(FileError::NoSpace);
                }
                let bytes = &mut Arc::make_mut(bytes).0;
                if bytes.len() < end {
                    bytes.resize(end, 0);
                }
                bytes.splice(start..end, new.iter().copied());
                *modified = now;
            }
        }
        self.revision += 1;
        Ok(())
    }

    fn create(&mut self, path: &str, truncate: bool) -> Result<(), FileError> {
        if path == "/dev/null" {
            return Ok(());
        }
        match self.entries.get_mut(path) {
            Some(Entry::Directory { .. }) => return Err(FileError::IsDirectory),
            Some(Entry::File {
                bytes,
                modified,
                hole,
                ..
            }) => {
                if truncate {
                    *hole = 0;
                    *bytes = Arc::default();
                    *modified = self.now;
                    self.revision += 1;
                }
                return Ok(());
            }
            None => {}
        }
        self.room_in(path)?;
        self.entries.insert(
            path.to_owned(),
            Entry::File {
                bytes: Arc::default(),
                modified: self.now,
                executable: false,
                hole: 0,
            },
        );
        self.touched(path);
        Ok(())
    }

    fn list(&self, path: &str) -> Result<Vec<String>, FileError> {
        match self.entries.get(path) {
            None => return Err(FileError::NotFound),
            Some(Entry::File { .. }) => return Err(FileError::NotDirectory),
            Some(Entry::Directory { .. }) => {}
        }
        let prefix = if path == "/" {
            "/".to_owned()
        } else {
            format!("{path}/")
        };
        let names = self
            .entries
            .range(prefix.clone()..)
            .map_while(|(path, _)| path.strip_prefix(&prefix));
        Ok(names
            .filter(|name| !name.is_empty() && !name.contains('/'))
            .map(str::to_owned)
            .collect())
    }
}
