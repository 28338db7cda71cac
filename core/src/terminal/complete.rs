//! Completion: commands, files and variables here; what follows `kubectl` is asked from kubectl.

use serde::{Deserialize, Serialize};

use super::laptop::Laptop;
use super::session::Session;
use crate::sh::{Files, builtin_names, resolve};
use crate::userland;

/// What may stand at a place in a line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completion {
    /// Where the replaced text begins, in bytes.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// What may stand there, sorted.
    pub candidates: Vec<Candidate>,
}

/// One way to go on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Candidate {
    /// The whole word; a folder ends in `/`.
    pub text: String,
    /// What it is, when there is more to say.
    pub description: String,
}

impl Candidate {
    fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            description: String::new(),
        }
    }
}

/// The words of the command that the cursor stands in, the last one not finished.
struct Place {
    words: Vec<String>,
    /// Where the last word begins.
    start: usize,
    /// Whether the last word follows a redirection.
    redirected: bool,
}

fn place(line: &str) -> Place {
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut start, mut quote, mut redirected) = (0, None, false);
    let mut chars = line.char_indices();
    while let Some((at, c)) = chars.next() {
        let next = at + c.len_utf8();
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => word.push(c),
            (None, '\'' | '"') => quote = Some(c),
            (None, '\\') => word.extend(chars.next().map(|(_, c)| c)),
            (None, ' ' | '\t') => {
                if !word.is_empty() {
                    // The word after a redirection is no argument.
                    if !std::mem::take(&mut redirected) {
                        words.push(std::mem::take(&mut word));
                    }
                    word.clear();
                }
                start = next;
            }
            (None, '|' | '&' | ';' | '(' | ')' | '\n' | '`') => {
                words.clear();
                word.clear();
                redirected = false;
                start = next;
            }
            (None, '<' | '>') => {
                word.clear();
                redirected = true;
                start = next;
            }
            (None, c) => word.push(c),
        }
    }
    words.push(word);
    Place {
        words,
        start,
        redirected,
    }
}

impl Session {
    /// What may stand at `cursor` (in bytes) in a line. `kubectl` is asked with the words of its command, the last one not
    /// finished, for what may stand in place of that one.
    #[must_use]
    pub fn complete(
        &self,
        line: &str,
        cursor: usize,
        laptop: &Laptop,
        kubectl: impl FnOnce(&[String]) -> Vec<(String, String)>,
    ) -> Completion {
        let before = line.get(..cursor).unwrap_or(line);
        let mut place = place(before);
        let word = place.words.last().cloned().unwrap_or_default();
        // Assignments before a command are no part of it.
        while place.words.len() > 1 && place.words.first().is_some_and(|word| word.contains('=')) {
            place.words.remove(0);
        }
        let mut candidates = if let Some(prefix) = word.strip_prefix('$') {
            self.variables(prefix)
        } else if place.redirected {
            self.files(&word, laptop)
        } else if let [only] = place.words.as_slice() {
            if only.contains('/') {
                self.files(only, laptop)
            } else {
                self.commands(only)
            }
        } else {
            self.arguments(&place.words, &word, laptop, kubectl)
        };
        crate::sort::sort(&mut candidates);
        candidates.dedup();
        Completion {
            start: place.start,
            end: before.len(),
            candidates,
        }
    }

    fn arguments(
        &self,
        words: &[String],
        word: &str,
        laptop: &Laptop,
        kubectl: impl FnOnce(&[String]) -> Vec<(String, String)>,
    ) -> Vec<Candidate> {
        let mut words = words.to_vec();
        if let Some(first) = words.first().cloned()
            && let Some(text) = self.shell().and_then(|shell| shell.aliases.get(&first))
        {
            words.splice(0..1, text.split_whitespace().map(str::to_owned));
        }
        // `watch kubectl get ...` and `time kubectl ...` are completed as kubectl.
        while matches!(
            words.first().map(String::as_str),
            Some("watch" | "time" | "sudo" | "xargs" | "!")
        ) && words.len() > 1
        {
            words.remove(0);
        }
        if words.len() == 1 {
            return self.commands(word);
        }
        if words.first().is_some_and(|name| name == "kubectl") {
            let takes_file = words
                .iter()
                .rev()
                .nth(1)
                .is_some_and(|flag| matches!(flag.as_str(), "-f" | "--filename" | "-k"));
            if takes_file || word.starts_with("./") || word.starts_with('~') {
                return self.files(word, laptop);
            }
            if let Some((flag, path)) = word.split_once('=').filter(|(flag, _)| *flag == "--filename") {
                let prefixed = |candidate: Candidate| Candidate::plain(format!("{flag}={}", candidate.text));
                return self.files(path, laptop).into_iter().map(prefixed).collect();
            }
            return kubectl(&words)
                .into_iter()
                .map(|(text, description)| Candidate { text, description })
                .collect();
        }
        self.files(word, laptop)
    }

    fn commands(&self, prefix: &str) -> Vec<Candidate> {
        let shell = self.shell();
        let aliases = shell.into_iter().flat_map(|shell| &shell.aliases);
        let mut found: Vec<Candidate> = aliases
            .filter(|(name, _)| name.starts_with(prefix))
            .map(|(name, text)| Candidate {
                text: name.clone(),
                description: format!("alias de {text}"),
            })
            .collect();
        let functions = shell
            .into_iter()
            .flat_map(|shell| shell.functions.keys().cloned());
        let names = userland::names()
            .chain(builtin_names())
            .map(str::to_owned)
            .chain(functions);
        found.extend(
            names
                .filter(|name| name.starts_with(prefix) && !matches!(name.as_str(), ":" | "." | "["))
                .map(Candidate::plain),
        );
        found
    }

    fn variables(&self, prefix: &str) -> Vec<Candidate> {
        let variables = self.shell().into_iter().flat_map(|shell| shell.variables.iter());
        variables
            .filter(|(name, _)| name.starts_with(prefix))
            .map(|(name, variable)| Candidate {
                text: format!("${name}"),
                description: variable
                    .value
                    .as_ref()
                    .and_then(|value| value.first())
                    .unwrap_or_default()
                    .to_owned(),
            })
            .collect()
    }

    fn files(&self, word: &str, laptop: &Laptop) -> Vec<Candidate> {
        let (base, prefix) = word
            .rfind('/')
            .map_or(("", word), |slash| word.split_at(slash + 1));
        let home = self.shell().map_or("/", |shell| shell.home());
        let shown = base
            .strip_prefix('~')
            .map_or_else(|| base.to_owned(), |rest| format!("{home}{rest}"));
        let directory = resolve(self.cwd(), &shown);
        let names = laptop.folder.list(&directory).unwrap_or_default();
        names
            .iter()
            .filter(|name| name.starts_with(prefix) && (prefix.starts_with('.') || !name.starts_with('.')))
            .map(|name| {
                let folder = laptop
                    .folder
                    .stat(&resolve(&directory, name))
                    .is_some_and(|stat| stat.directory);
                let quoted: String = name
                    .chars()
                    .flat_map(|c| {
                        (" '\"$&;|<>()*?\\".contains(c))
                            .then_some('\\')
                            .into_iter()
                            .chain(std::iter::once(c))
                    })
                    .collect();
                Candidate::plain(format!("{base}{quoted}{}", if folder { "/" } else { "" }))
            })
            .collect()
    }
}
