//! Keeps one tab's labs. When the store fails or is not there, the lab goes on and says so.

use serde::{Serialize, de::DeserializeOwned};
use timonier_core::sorted::SortedMap;
use timonier_lessons::source::Memory;

use crate::protocol::{
    Keeping,
    save::{self, Aside, Entry, Header, Marks, Snapshot},
};

use super::{
    Kept,
    vault::{Vault, Write},
};

/// The store as the engine uses it.
pub(in crate::engine) struct Keeper {
    vault: Result<Vault, String>,
    /// Whether this tab may write.
    writes: bool,
}

fn header_name(lab: &str) -> String {
    format!("header|{lab}")
}

fn entry_name(lab: &str, id: u64) -> String {
    format!("entry|{lab}|{id:012}")
}

impl Keeper {
    /// Opens the store.
    pub(in crate::engine) async fn open() -> Self {
        Self {
            vault: Vault::open().await,
            writes: true,
        }
    }

    /// Whether this tab may write from now on.
    pub(in crate::engine) fn set_writes(&mut self, writes: bool) {
        self.writes = writes;
    }

    /// Whether what happens is kept.
    pub(in crate::engine) fn keeping(&self) -> Keeping {
        match &self.vault {
            Err(reason) => Keeping::Unavailable(reason.clone()),
            Ok(_) if !self.writes => Keeping::ReadOnly,
            Ok(_) => Keeping::Kept,
        }
    }

    async fn write(&mut self, records: Vec<Option<Write>>) {
        if !self.writes {
            return;
        }
        let Ok(vault) = &self.vault else {
            return;
        };
        if let Err(reason) = vault.write(records.into_iter().flatten().collect()).await {
            web_sys::console::error_1(&format!("the store failed: {reason}").into());
            self.vault = Err(reason);
        }
    }

    async fn read<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let bytes = self.vault.as_ref().ok()?.read(name).await.ok()??;
        save::read(&bytes).ok()
    }

    /// What is kept of a lab.
    pub(in crate::engine) async fn kept(&self, lab: &str) -> Kept {
        let Ok(vault) = &self.vault else {
            return Kept::default();
        };
        let entries = vault.read_all(&format!("entry|{lab}|")).await.unwrap_or_default();
        Kept {
            header: vault.read(&header_name(lab)).await.unwrap_or_default(),
            entries: entries.into_iter().map(|(_, bytes)| bytes).collect(),
            base: vault.read(&format!("base|{lab}")).await.unwrap_or_default(),
            snapshot: vault.read(&format!("snapshot|{lab}")).await.unwrap_or_default(),
        }
    }

    /// Keeps an input, with the head moved to it.
    pub(in crate::engine) async fn keep_entry(&mut self, header: &Header, entry: &Entry) {
        let records = vec![
            record(header_name(&header.lab), header),
            record(entry_name(&header.lab, entry.id), entry),
        ];
        self.write(records).await;
    }

    /// Keeps the clock and the head.
    pub(in crate::engine) async fn keep_header(&mut self, header: &Header) {
        self.write(vec![record(header_name(&header.lab), header)]).await;
    }

    /// Keeps a snapshot for other versions.
    pub(in crate::engine) async fn keep_snapshot(&mut self, lab: &str, snapshot: &Snapshot) {
        self.write(vec![record(format!("snapshot|{lab}"), snapshot)])
            .await;
    }

    /// Begins a lab's log anew, from this base; what was there is put aside first when there is a reason to.
    pub(in crate::engine) async fn begin_log(
        &mut self,
        header: &Header,
        base: Option<&Snapshot>,
        old: &Kept,
        aside: Option<&str>,
    ) {
        let lab = &header.lab;
        let mut records = Vec::new();
        if let (Some(reason), Ok(vault)) = (aside, &self.vault) {
            let raw = vault.read_all(&format!("entry|{lab}|")).await.unwrap_or_default();
            let readable = raw
                .iter()
                .map(|(_, bytes)| save::read(bytes))
                .collect::<Result<Vec<Entry>, _>>();
            let mut set_aside = Aside {
                reason: reason.to_owned(),
                header: old.header.as_deref().and_then(|bytes| save::read(bytes).ok()),
                entries: Vec::new(),
                raw: Vec::new(),
            };
            match readable {
                Ok(entries) => set_aside.entries = entries,
                Err(_) => set_aside.raw = raw,
            }
            if set_aside.header.is_none() {
                set_aside
                    .raw
                    .extend(old.header.clone().map(|bytes| (header_name(lab), bytes)));
            }
            records.push(record(
                format!("aside|{lab}|{:020}", js_sys::Date::now()),
                &set_aside,
            ));
        }
        if let Ok(vault) = &self.vault {
            let names = vault.read_all(&format!("entry|{lab}|")).await.unwrap_or_default();
            records.extend(names.into_iter().map(|(name, _)| Some((name, None))));
        }
        records.push(Some((format!("snapshot|{lab}"), None)));
        records.push(match base {
            Some(base) => record(format!("base|{lab}"), base),
            None => Some((format!("base|{lab}"), None)),
        });
        records.push(record(header_name(lab), header));
        self.write(records).await;
    }

    /// Puts inputs aside that a trap made us leave out.
    pub(in crate::engine) async fn put_aside(&mut self, header: &Header, reason: &str, entries: Vec<Entry>) {
        let aside = Aside {
            reason: reason.to_owned(),
            header: Some(header.clone()),
            entries,
            raw: Vec::new(),
        };
        self.write(vec![record(
            format!("aside|{}|{:020}", header.lab, js_sys::Date::now()),
            &aside,
        )])
        .await;
    }

    /// Everything that was put aside, readable.
    pub(in crate::engine) async fn aside(&self) -> Vec<(String, Result<Aside, String>)> {
        let Ok(vault) = &self.vault else {
            return Vec::new();
        };
        let all = vault.read_all("aside|").await.unwrap_or_default();
        all.into_iter()
            .map(|(name, bytes)| (name, save::read(&bytes)))
            .collect()
    }

    /// Keeps an exercise's marks and its ledger.
    pub(in crate::engine) async fn keep_marks<L: Serialize>(
        &mut self,
        exercise: &str,
        marks: &Marks,
        ledger: &L,
    ) {
        self.write(vec![
            record(format!("marks|{exercise}"), marks),
            record(format!("ledger|{exercise}"), ledger),
        ])
        .await;
    }

    /// Keeps marks brought from another machine.
    ///
    /// # Errors
    /// A sentence for the learner, when this tab cannot keep anything.
    pub(in crate::engine) async fn take_marks(&mut self, marks: Vec<(String, Marks)>) -> Result<(), String> {
        let records = marks
            .iter()
            .map(|(exercise, marks)| record(format!("marks|{exercise}"), marks));
        self.write(records.collect()).await;
        match self.keeping() {
            Keeping::Kept => Ok(()),
            _ => Err(
                "Cet onglet ne peut rien enregistrer\u{a0}: vos notes n’ont pas été importées.".to_owned(),
            ),
        }
    }

    /// All marks, by exercise.
    pub(in crate::engine) async fn marks(&self) -> SortedMap<String, Marks> {
        let Ok(vault) = &self.vault else {
            return SortedMap::new();
        };
        let all = vault.read_all("marks|").await.unwrap_or_default();
        let one = |(name, bytes): (String, Vec<u8>)| {
            Some((name.strip_prefix("marks|")?.to_owned(), save::read(&bytes).ok()?))
        };
        all.into_iter().filter_map(one).collect()
    }

    /// The ledger of an exercise.
    pub(in crate::engine) async fn ledger<L: DeserializeOwned>(&self, exercise: &str) -> Option<L> {
        self.read(&format!("ledger|{exercise}")).await
    }

    /// Keeps the files of an opened lesson, or forgets them; from any tab, for no log depends on it.
    pub(in crate::engine) async fn keep_lesson(&mut self, id: &str, files: Option<&Memory>) {
        let name = format!("lesson|{id}");
        let written = match files {
            Some(files) => record(name, files),
            None => Some((name, None)),
        };
        let (Ok(vault), Some(written)) = (&self.vault, written) else {
            return;
        };
        if let Err(reason) = vault.write(vec![written]).await {
            web_sys::console::error_1(&format!("the store failed: {reason}").into());
        }
    }

    /// The files of all opened lessons.
    pub(in crate::engine) async fn lessons(&self) -> Vec<Memory> {
        let Ok(vault) = &self.vault else {
            return Vec::new();
        };
        let all = vault.read_all("lesson|").await.unwrap_or_default();
        all.into_iter()
            .filter_map(|(_, bytes)| save::read(&bytes).ok())
            .collect()
    }

    /// Forgets everything, and writes nothing more.
    pub(in crate::engine) async fn erase(&mut self) {
        self.writes = false;
        if let Ok(vault) = &self.vault
            && let Err(reason) = vault.clear().await
        {
            self.vault = Err(reason);
        }
    }
}

/// A record to write; a value that cannot be written leaves the record as it was.
fn record<T: Serialize>(name: String, value: &T) -> Option<Write> {
    match save::write(value) {
        Ok(bytes) => Some((name, Some(bytes))),
        Err(error) => {
            web_sys::console::error_1(&format!("{name}: {error}").into());
            None
        }
    }
}
