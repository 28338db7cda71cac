//! Command-line options as `getopt_long` reads them, with its error texts.

/// A long option: its name, the letter it stands for, whether it takes a value.
pub(super) type Long = (&'static str, char, bool);

/// A parsed command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    flags: Vec<(char, String)>,
    /// What is no option.
    pub(super) operands: Vec<String>,
}

impl Options {
    /// Parses the words after the name. In `short`, a letter that takes a value is followed by a colon.
    ///
    /// # Errors
    ///
    /// What the program prints, `Try '... --help'` included.
    pub(super) fn parse(argv: &[String], short: &str, long: &[Long]) -> Result<Self, String> {
        let name = argv.first().map_or("", String::as_str);
        let wrong = |what: String| format!("{name}: {what}\nTry '{name} --help' for more information.\n");
        let takes = |letter: char| {
            let at = short.find(letter)?;
            let rest = short.get(at + letter.len_utf8()..)?;
            Some(rest.starts_with(':'))
        };
        let mut parsed = Self::default();
        let mut words = argv.iter().skip(1);
        while let Some(word) = words.next() {
            if word == "--" {
                parsed.operands.extend(words.cloned());
                break;
            }
            if let Some(option) = word.strip_prefix("--") {
                let (given, value) = option
                    .split_once('=')
                    .map_or((option, None), |(given, value)| (given, Some(value)));
                let mut found = long.iter().filter(|(name, _, _)| name.starts_with(given));
                let exact = long.iter().find(|(name, _, _)| *name == given);
                let Some((_, letter, takes)) = exact.or_else(|| found.next()) else {
                    return Err(wrong(format!("unrecognized option '--{given}'")));
                };
                let value = match (takes, value) {
                    (true, Some(value)) => value.to_owned(),
                    (true, None) => words
                        .next()
                        .cloned()
                        .ok_or_else(|| wrong(format!("option '--{given}' requires an argument")))?,
                    (false, _) => value.unwrap_or_default().to_owned(),
                };
                parsed.flags.push((*letter, value));
                continue;
            }
            let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
                parsed.operands.push(word.clone());
                continue;
            };
            let mut letters = letters.chars();
            while let Some(letter) = letters.next() {
                match takes(letter).filter(|_| letter != ':') {
                    None => return Err(wrong(format!("invalid option -- '{letter}'"))),
                    Some(false) => parsed.flags.push((letter, String::new())),
                    Some(true) => {
                        let attached = letters.as_str().to_owned();
                        letters = "".chars();
                        let value = if attached.is_empty() {
                            let missing = || wrong(format!("option requires an argument -- '{letter}'"));
                            words.next().cloned().ok_or_else(missing)?
                        } else {
                            attached
                        };
                        parsed.flags.push((letter, value));
                    }
                }
            }
        }
        Ok(parsed)
    }

    /// Whether an option was given.
    pub(super) fn has(&self, letter: char) -> bool {
        self.flags.iter().any(|(given, _)| *given == letter)
    }

    /// The last value of an option.
    pub(super) fn value(&self, letter: char) -> Option<&str> {
        self.flags
            .iter()
            .rev()
            .find(|(given, _)| *given == letter)
            .map(|(_, value)| value.as_str())
    }

    /// Every value of an option.
    pub(super) fn values(&self, letter: char) -> Vec<String> {
        self.flags
            .iter()
            .filter(|(given, _)| *given == letter)
            .map(|(_, value)| value.clone())
            .collect()
    }
}
