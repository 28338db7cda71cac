//! A lesson's YAML: text to values that remember where they stand, and values to types with faults that say where. A fault found late (an
//! unknown parameter, a goal that needs another that is not there) still points at its line.
use crate::error::{Fault, Place, nearest};
use crate::tree;
use serde::de::DeserializeOwned;
use serde_json::Value;
use timonier_core::manifest::{self, LineIndex, Span};

/// A parsed file: its value, and the place of every path in it.
#[derive(Clone, Debug)]
pub struct Document {
    file: String,
    text: String,
    tree: manifest::Document,
}

impl Document {
    /// Parses one YAML document.
    ///
    /// # Errors
    /// What is wrong with the YAML, where.
    pub fn parse(file: &str, text: &str) -> Result<Self, Fault> {
        let mut documents = manifest::parse(text).into_iter();
        let tree = match documents.next() {
            None => return Err(Fault::new(Place::file(file), "Ce fichier est vide.")),
            Some(Err(problem)) => return Err(syntax_fault(file, text, &problem)),
            Some(Ok(tree)) => tree,
        };
        if let Some(twice) = tree.duplicates.first() {
            let message = format!("La clé « {} » est écrite deux fois.", twice.key);
            return Err(Fault::new(place(file, text, twice.again), message));
        }
        if let Some(Ok(second)) = documents.next() {
            let message = "Un seul document YAML par fichier : enlevez le séparateur « --- ».";
            return Err(Fault::new(place(file, text, second.root.span), message));
        }
        Ok(Self {
            file: file.to_owned(),
            text: text.to_owned(),
            tree,
        })
    }

    /// The file's name.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The value.
    pub fn value(&self) -> &Value {
        &self.tree.value
    }

    /// The place of a path such as `goals[1].check.state`; of its nearest known parent when the path is unknown.
    pub fn place(&self, path: &str) -> Place {
        let mut path = path;
        loop {
            if let Some(found) = self.tree.root.locate(path) {
                return place(&self.file, &self.text, found.name());
            }
            match path.rfind(['.', '[']) {
                Some(at) => path = path.get(..at).unwrap_or_default(),
                None if path.is_empty() => return Place::file(&self.file),
                None => path = "",
            }
        }
    }

    /// The line on which a path's text begins: below its key for a block (`text: |`).
    pub fn text_line(&self, path: &str) -> usize {
        let Some(found) = self.tree.root.locate(path) else {
            return 0;
        };
        let start = place(&self.file, &self.text, found.value).line;
        let block = found.value.slice(&self.text).starts_with(['|', '>']);
        start + usize::from(block)
    }

    /// The first line that holds this text.
    pub fn line_with(&self, text: &str) -> Option<usize> {
        self.text
            .lines()
            .position(|line| line.contains(text))
            .map(|n| n + 1)
    }

    /// Reads the value as `T`; unknown keys are refused with a suggestion.
    ///
    /// # Errors
    /// The first fault, in French, where it stands.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        tree::read(&self.tree.value)
            .map_err(|misfit| Fault::new(self.place(&misfit.path), french(&misfit.message)))
    }
}

fn place(file: &str, text: &str, span: Span) -> Place {
    let at = LineIndex::new(text).position(span.start);
    let number = |n: u32| usize::try_from(n).unwrap_or_default();
    Place {
        file: file.to_owned(),
        line: number(at.line),
        column: number(at.column),
    }
}

fn syntax_fault(file: &str, text: &str, problem: &manifest::Problem) -> Fault {
    let place = place(file, text, problem.span);
    let said = problem
        .message
        .trim_start_matches("error converting YAML to JSON: ");
    let line = text.lines().nth(place.line.saturating_sub(1)).unwrap_or_default();
    let hint = if line.contains(": {{") {
        " Un texte qui commence par {{…}} se met entre guillemets : \"{{nom}}\"."
    } else if said.contains("mapping values are not allowed") {
        " Un texte qui contient « : » se met entre guillemets, ou à la ligne après « | »."
    } else {
        ""
    };
    Fault::new(place, format!("Ce YAML ne se lit pas ({said}).{hint}"))
}

/// serde's own messages, said to a teacher.
fn french(message: &str) -> String {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let (first, others) = quoted.split_first().map_or(("", &[][..]), |(f, o)| (*f, o));
    if message.starts_with("unknown field") {
        let hint = nearest(first, others.iter().copied()).map_or_else(
            || format!(" Clés possibles : {}.", others.join(", ")),
            |k| format!(" Vouliez-vous dire « {k} » ?"),
        );
        format!("La clé « {first} » n’existe pas ici.{hint}")
    } else if message.starts_with("unknown variant") {
        let hint = nearest(first, others.iter().copied())
            .map_or(String::new(), |k| format!(" Vouliez-vous dire « {k} » ?"));
        format!(
            "« {first} » n’est pas une valeur possible (valeurs : {}).{hint}",
            others.join(", ")
        )
    } else if message.starts_with("missing field") {
        format!("Il manque la clé « {first} ».")
    } else if message.starts_with("duplicate field") {
        format!("La clé « {first} » est écrite deux fois.")
    } else if let Some(rest) = message.strip_prefix("invalid type: ") {
        let (found, expected) = rest.split_once(", expected ").unwrap_or((rest, ""));
        format!(
            "Type inattendu : trouvé {}, attendu {}.",
            type_name(found),
            type_name(expected)
        )
    } else {
        message.to_owned()
    }
}

fn type_name(english: &str) -> String {
    let (word, rest) = english
        .find([' ', '`'])
        .map_or((english, ""), |at| english.split_at(at));
    let rest = rest.trim();
    match (word, english) {
        ("string", _) => format!("le texte {rest}").trim_end().to_owned(),
        ("integer" | "floating", _) => format!("le nombre {rest}"),
        ("boolean", _) => format!("le booléen {rest}"),
        ("sequence", _) | (_, "a sequence") => "une liste".to_owned(),
        ("map", _) | (_, "a map") => "un dictionnaire (clé : valeur)".to_owned(),
        ("null" | "unit", _) => "rien".to_owned(),
        (_, "a string") => "un texte".to_owned(),
        (_, "a boolean") => "true ou false".to_owned(),
        ("u8" | "u16" | "u32" | "u64" | "usize" | "i64", _) => "un nombre entier".to_owned(),
        ("struct", _) => "un dictionnaire (clé : valeur)".to_owned(),
        _ => english.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::Document;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is tested")]
    struct Toy {
        goals: Vec<Goal>,
    }

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is tested")]
    struct Goal {
        text: String,
        points: u32,
    }

    #[test]
    fn faults_point_at_their_line() {
        let check = |text: &str, expected: &str| {
            let fault = Document::parse("l.yaml", text)
                .and_then(|d| d.read::<Toy>())
                .expect_err(text);
            assert_eq!(fault.to_string(), expected);
        };
        check(
            "goal: []\n",
            "l.yaml:1:1: La clé « goal » n’existe pas ici. Vouliez-vous dire « goals » ?",
        );
        check(
            "goals:\n- text: a\n  pointz: 1\n",
            "l.yaml:3:3: La clé « pointz » n’existe pas ici. Vouliez-vous dire « points » ?",
        );
        check(
            "goals:\n- text: a\n  points: deux\n",
            "l.yaml:3:3: Type inattendu : trouvé le texte \"deux\", attendu un nombre entier.",
        );
        check("goals:\n- text: a\n", "l.yaml:2:3: Il manque la clé « points ».");
    }

    #[test]
    fn broken_yaml_says_where() {
        let fault = Document::parse("l.yaml", "a: 1\nb: [1\n").expect_err("not closed");
        assert!(fault.place.line >= 2, "{fault}");
        let fault = Document::parse("l.yaml", "a: 1\na: 2\n").expect_err("twice");
        assert_eq!(
            fault.to_string(),
            "l.yaml:2:1: La clé « a » est écrite deux fois."
        );
        let fault = Document::parse("l.yaml", "a: {{nom}}\n").expect_err("not quoted");
        assert!(fault.message.contains("guillemets"), "{fault}");
    }
}
