//! The work folder of a session, in memory.

use std::collections::BTreeMap;

use timonier_core::kubectl::{DirEntry, FileError, Io, Kubeconfig, Stdin};

/// A command's terminal: what it prints is kept, and standard input is empty.
#[derive(Debug, Default)]
pub(super) struct Console<'a> {
    /// The files of the work folder.
    pub(super) files: BTreeMap<String, String>,
    /// What was printed.
    pub(super) stdout: String,
    /// What was complained about.
    pub(super) stderr: String,
    /// The configuration, once changed.
    pub(super) kubeconfig: Option<Kubeconfig>,
    /// Standard input.
    pub(super) stdin: &'a str,
}

fn clean(path: &str) -> &str {
    path.trim_start_matches("./").trim_end_matches('/')
}

impl Console<'_> {
    fn is_folder(&self, path: &str) -> bool {
        let prefix = format!("{}/", clean(path));
        matches!(clean(path), "" | ".") || self.files.keys().any(|name| name.starts_with(&prefix))
    }
}

impl Io for Console<'_> {
    fn stdout(&mut self, text: &str) {
        self.stdout.push_str(text);
    }

    fn stderr(&mut self, text: &str) {
        self.stderr.push_str(text);
    }

    fn read_stdin(&mut self) -> Stdin {
        Stdin {
            text: std::mem::take(&mut self.stdin).to_owned(),
            ended: true,
        }
    }

    fn read_file(&self, path: &str) -> Result<String, FileError> {
        match self.files.get(clean(path)) {
            Some(text) => Ok(text.clone()),
            None if self.is_folder(path) => Err(FileError::IsDirectory),
            None => Err(FileError::NotFound),
        }
    }

    fn list_dir(&self, path: &str) -> Result<Vec<DirEntry>, FileError> {
        if !self.is_folder(path) {
            return Err(FileError::NotFound);
        }
        let prefix = match clean(path) {
            "" | "." => String::new(),
            folder => format!("{folder}/"),
        };
        let mut entries: Vec<DirEntry> = self
            .files
            .keys()
            .filter_map(|name| name.strip_prefix(&prefix))
            .map(|rest| match rest.split_once('/') {
                Some((folder, _)) => DirEntry {
                    name: folder.to_owned(),
                    is_directory: true,
                },
                None => DirEntry {
                    name: rest.to_owned(),
                    is_directory: false,
                },
            })
            .collect();
        entries.sort();
        entries.dedup();
        Ok(entries)
    }

    fn write_file(&mut self, path: &str, text: &str) -> Result<(), FileError> {
        self.files.insert(clean(path).to_owned(), text.to_owned());
        Ok(())
    }

    fn save_kubeconfig(&mut self, kubeconfig: &Kubeconfig) {
        self.kubeconfig = Some(kubeconfig.clone());
    }
}
