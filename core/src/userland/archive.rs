//! The format of `tar` (POSIX.1-1988 `ustar`): what `tar` writes and reads, and what `kubectl cp` sends.

/// The size of a block, in bytes.
const BLOCK: usize = 512;

/// An entry of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its path, without a slash at the end.
    pub path: String,
    /// What it holds; `None` for a folder.
    pub bytes: Option<Vec<u8>>,
    /// Whether it may be run.
    pub executable: bool,
}

/// Appends an entry to an archive; `modified_secs` counts from 1970.
pub fn append(archive: &mut Vec<u8>, entry: &Entry, modified_secs: u64) {
    let mut head = [0_u8; BLOCK];
    let directory = entry.bytes.is_none();
    let path = if directory {
        format!("{}/", entry.path)
    } else {
        entry.path.clone()
    };
    // A long path lies in two fields.
    let (prefix, name) = match path.get(..path.len().saturating_sub(100)) {
        Some("") | None => ("", path.as_str()),
        Some(_) => path
            .char_indices()
            .find(|(at, c)| *c == '/' && path.len() - at <= 101)
            .and_then(|(at, _)| Some((path.get(..at)?, path.get(at + 1..)?)))
            .unwrap_or(("", path.as_str())),
    };
    let mode = if directory || entry.executable {
        0o755
    } else {
        0o644
    };
    let size = entry.bytes.as_ref().map_or(0, Vec::len);
    for (at, width, text) in [
        (0, 100, name.to_owned()),
        (100, 8, format!("{mode:07o}")),
        (108, 8, format!("{:07o}", 0)),
        (116, 8, format!("{:07o}", 0)),
        (124, 12, format!("{size:011o}")),
        (136, 12, format!("{modified_secs:011o}")),
        (148, 8, " ".repeat(8)),
        (156, 1, if directory { "5" } else { "0" }.to_owned()),
        (257, 8, "ustar\u{0}00".to_owned()),
        (265, 32, "root".to_owned()),
        (297, 32, "root".to_owned()),
        (345, 155, prefix.to_owned()),
    ] {
        put(&mut head, at, width, &text);
    }
    let sum: u32 = head.iter().map(|byte| u32::from(*byte)).sum();
    put(&mut head, 148, 8, &format!("{sum:06o}\u{0} "));
    archive.extend(head);
    if let Some(bytes) = &entry.bytes {
        archive.extend(bytes);
        archive.resize(archive.len().next_multiple_of(BLOCK), 0);
    }
}

/// Ends an archive, to the size of the tape's records.
pub fn finish(archive: &mut Vec<u8>) {
    archive.extend([0; 2 * BLOCK]);
    archive.resize(archive.len().next_multiple_of(20 * BLOCK), 0);
}

fn put(head: &mut [u8; BLOCK], at: usize, width: usize, text: &str) {
    for (to, from) in head.iter_mut().skip(at).take(width).zip(text.bytes()) {
        *to = from;
    }
}

/// The entries of an archive; `None` if it is none.
#[must_use]
pub fn read(mut archive: &[u8]) -> Option<Vec<Entry>> {
    let mut entries = Vec::new();
    while let Some((head, rest)) = archive.split_at_checked(BLOCK) {
        if head.iter().all(|byte| *byte == 0) {
            return Some(entries);
        }
        let text = |at: usize, width: usize| -> Option<String> {
            let field = head.get(at..at + width)?;
            let end = field.iter().position(|byte| *byte == 0).unwrap_or(width);
            Some(String::from_utf8_lossy(field.get(..end)?).into_owned())
        };
        let octal = |at, width| u64::from_str_radix(text(at, width)?.trim(), 8).ok();
        if text(257, 5)? != "ustar" {
            return None;
        }
        let (prefix, name) = (text(345, 155)?, text(0, 100)?);
        let path = if prefix.is_empty() {
            name
        } else {
            format!("{prefix}/{name}")
        };
        let size = usize::try_from(octal(124, 12)?).ok()?;
        let directory = text(156, 1)? == "5";
        entries.push(Entry {
            path: path.trim_end_matches('/').to_owned(),
            bytes: (!directory)
                .then(|| rest.get(..size).map(<[u8]>::to_vec))
                .map_or(Some(None), |bytes| bytes.map(Some))?,
            executable: octal(100, 8)? & 0o100 != 0,
        });
        archive = rest.get(size.next_multiple_of(BLOCK)..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let entry = |path: &str, bytes: Option<&[u8]>, executable| Entry {
            path: path.to_owned(),
            bytes: bytes.map(<[u8]>::to_vec),
            executable,
        };
        let long = format!("{}/{}.txt", "d".repeat(90), "n".repeat(80));
        let entries = vec![
            entry("dossier", None, true),
            entry("dossier/a.txt", Some(b"un\n"), false),
            entry("vide", Some(b""), false),
            entry(&long, Some(&[7; 1_000]), true),
        ];
        let mut archive = Vec::new();
        for entry in &entries {
            append(&mut archive, entry, 1_767_225_600);
        }
        finish(&mut archive);
        assert_eq!(archive.len() % (20 * BLOCK), 0);
        assert_eq!(archive.get(257..263), Some(&b"ustar\0"[..]));
        assert_eq!(read(&archive), Some(entries));
        assert_eq!(read(b"plain text"), None);
        assert_eq!(read(archive.get(..700).unwrap_or_default()), None, "cut off");
    }
}
