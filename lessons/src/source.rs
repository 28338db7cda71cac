//! Where a lesson's files come from: a folder, memory, or (feature `zip`) a zip archive. The format knows only this trait.
use std::collections::BTreeMap;

/// The files of one lesson or of a whole course, by path with `/`.
pub trait Source {
    /// The text of a file, or why it cannot be read (French).
    ///
    /// # Errors
    /// When the file does not exist or is not UTF-8.
    fn read(&self, path: &str) -> Result<String, String>;

    /// The paths of all files, sorted.
    fn list(&self) -> Vec<String>;
}

/// Files in memory: what a bundle's JSON holds, and what the tests use.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Memory {
    files: BTreeMap<String, String>,
}

impl Memory {
    /// From `(path, text)` pairs.
    pub fn new<P: Into<String>, T: Into<String>>(files: impl IntoIterator<Item = (P, T)>) -> Self {
        Self {
            files: files.into_iter().map(|(p, t)| (p.into(), t.into())).collect(),
        }
    }

    /// Everything another source holds, read.
    ///
    /// # Errors
    /// The first file that cannot be read.
    pub fn copy_of(source: &dyn Source) -> Result<Self, String> {
        let files = source
            .list()
            .into_iter()
            .map(|p| source.read(&p).map(|t| (p, t)))
            .collect::<Result<_, _>>()?;
        Ok(Self { files })
    }
}

impl Source for Memory {
    fn read(&self, path: &str) -> Result<String, String> {
        self.files.get(path).cloned().ok_or_else(|| missing(path))
    }

    fn list(&self) -> Vec<String> {
        self.files.keys().cloned().collect()
    }
}

/// A folder inside another source: one lesson of a course.
pub struct Under<'a> {
    inner: &'a dyn Source,
    prefix: String,
}

impl<'a> Under<'a> {
    /// The folder `folder` of `inner`; an empty name is `inner` itself.
    pub fn new(inner: &'a dyn Source, folder: &str) -> Self {
        let prefix = if folder.is_empty() {
            String::new()
        } else {
            format!("{folder}/")
        };
        Self { inner, prefix }
    }
}

impl Source for Under<'_> {
    fn read(&self, path: &str) -> Result<String, String> {
        self.inner.read(&format!("{}{path}", self.prefix))
    }

    fn list(&self) -> Vec<String> {
        self.inner
            .list()
            .iter()
            .filter_map(|p| p.strip_prefix(&self.prefix))
            .map(str::to_owned)
            .collect()
    }
}

/// A folder on disk. Hidden files and folders are left out.
#[cfg(not(target_arch = "wasm32"))]
pub struct Folder {
    root: std::path::PathBuf,
}

#[cfg(not(target_arch = "wasm32"))]
impl Folder {
    /// The folder at `root`.
    pub fn new(root: impl Into<std::path::PathBuf>) -> Self {
        Self { root: root.into() }
    }

    fn walk(&self, folder: &std::path::Path, found: &mut Vec<String>) {
        let Ok(entries) = std::fs::read_dir(folder) else {
            return;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            if path.is_dir() {
                self.walk(&path, found);
            } else if let Ok(inside) = path.strip_prefix(&self.root) {
                let parts: Vec<_> = inside
                    .components()
                    .map(|c| c.as_os_str().to_string_lossy().into_owned())
                    .collect();
                found.push(parts.join("/"));
            }
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Source for Folder {
    fn read(&self, path: &str) -> Result<String, String> {
        if path.split('/').any(|part| part == "..") || path.starts_with('/') {
            return Err(format!("« {path} » sort du dossier de la leçon."));
        }
        std::fs::read_to_string(self.root.join(path)).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => missing(path),
            std::io::ErrorKind::InvalidData => format!("Le fichier « {path} » n’est pas du texte en UTF-8."),
            _ => format!("Le fichier « {path} » ne peut pas être lu : {e}."),
        })
    }

    fn list(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.walk(&self.root, &mut found);
        timonier_core::sort::sort(&mut found);
        found
    }
}

/// The folders of `source` that hold a lesson (a `lesson.yaml`), sorted; "" when the source itself is one.
pub fn lessons_in(source: &dyn Source) -> Vec<String> {
    let folder = |p: &String| match p.as_str() {
        "lesson.yaml" => Some(String::new()),
        path => path.strip_suffix("/lesson.yaml").map(str::to_owned),
    };
    source.list().iter().filter_map(folder).collect()
}

pub(crate) fn missing(path: &str) -> String {
    format!("Le fichier « {path} » n’existe pas.")
}

#[cfg(feature = "zip")]
pub use archive::from_zip;

#[cfg(feature = "zip")]
mod archive {
    use super::Memory;
    use std::io::{Cursor, Read};

    /// Text bigger than this is no lesson: a zip bomb must not take the tab with it.
    const MAX_UNPACKED_BYTES: u64 = 32 * 1024 * 1024;

    /// Unpacks the text files of a zip archive; other files (pictures) are left out.
    ///
    /// # Errors
    /// When the bytes are not a zip archive, or unpack to more than 32 MiB.
    pub fn from_zip(bytes: &[u8]) -> Result<Memory, String> {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes))
            .map_err(|e| format!("Ce n’est pas une archive zip lisible : {e}."))?;
        let mut files = Vec::new();
        let mut left = MAX_UNPACKED_BYTES;
        for index in 0..archive.len() {
            let file = archive
                .by_index(index)
                .map_err(|e| format!("L’archive zip est abîmée : {e}."))?;
            let Some(path) = file.enclosed_name() else {
                continue;
            };
            let path = path.to_string_lossy().replace('\\', "/");
            if file.is_dir()
                || path
                    .split('/')
                    .any(|part| part.starts_with('.') || part == "__MACOSX")
            {
                continue;
            }
            let mut text = Vec::new();
            file.take(left + 1)
                .read_to_end(&mut text)
                .map_err(|e| format!("« {path} » ne peut pas être lu : {e}."))?;
            left = left
                .checked_sub(text.len() as u64)
                .ok_or("L’archive contient plus de 32 Mio de texte.")?;
            if let Ok(text) = String::from_utf8(text) {
                files.push((path, text));
            }
        }
        Ok(Memory::new(files))
    }
}

#[cfg(test)]
mod tests {
    use super::{Memory, Source, Under, lessons_in};

    #[test]
    fn lessons_are_folders_with_a_lesson_file() {
        let course = Memory::new([
            ("01-a/lesson.yaml", "x"),
            ("01-a/un.md", "# Un"),
            ("LISEZMOI", ""),
        ]);
        assert_eq!(lessons_in(&course), ["01-a"]);
        let lesson = Under::new(&course, "01-a");
        assert_eq!(lesson.list(), ["lesson.yaml", "un.md"]);
        assert_eq!(lesson.read("un.md").as_deref(), Ok("# Un"));
        assert_eq!(lessons_in(&lesson), [""]);
        assert_eq!(
            lesson.read("deux.md"),
            Err("Le fichier « 01-a/deux.md » n’existe pas.".to_owned())
        );
    }

    #[cfg(feature = "zip")]
    #[test]
    fn a_zip_is_a_source() {
        use std::io::{Cursor, Write};
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options =
            zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        for (name, text) in [
            ("cours/lesson.yaml", "id: x"),
            ("cours/.cache", "no"),
            ("cours/é.md", "# É"),
        ] {
            writer.start_file(name, options).expect("a zip entry");
            writer.write_all(text.as_bytes()).expect("its text");
        }
        let bytes = writer.finish().expect("a zip").into_inner();
        let source = super::from_zip(&bytes).expect("readable");
        assert_eq!(source.list(), ["cours/lesson.yaml", "cours/é.md"]);
        assert_eq!(lessons_in(&source), ["cours"]);
        assert!(super::from_zip(b"PK no").expect_err("not a zip").contains("zip"));
    }
}
