//! What may differ from one run to another, taken out (the reference's own rules, `compare.py`).

use fancy_regex::{Captures, Regex};

/// The alphabet of Kubernetes' generated names.
const SAFE: &str = "bcdfghjklmnpqrstvwxz2456789";
const DURATION: &str = r"(?:<unknown>|<invalid>|\d+(?:\.\d+)?(?:y|d|h|m|s|ms)(?:\d+(?:d|h|m|s|ms))*)";

/// A pattern and what stands in its place.
pub struct Rules {
    plain: Vec<(Regex, &'static str)>,
    named: Vec<(Regex, &'static str)>,
    worker: Regex,
    node_command: Regex,
    aged: Regex,
    age: Regex,
    blanks: Regex,
    dashes: Regex,
    unordered: Regex,
    generated: Regex,
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"))
}

impl Rules {
    pub fn new() -> Self {
        let plain = [
            (
                r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}".to_owned(),
                "<UID>",
            ),
            (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z".to_owned(), "<TIME>"),
            (
                r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}".to_owned(),
                "<TIME>",
            ),
            (r"[a-z-]+://[0-9a-f]{32,64}".to_owned(), "<CONTAINER-ID>"),
            (r"sha256:[0-9a-f]{64}".to_owned(), "<SHA>"),
            (
                r"(pod-template-hash|controller-revision-hash|pod-template-generation)=[\w-]+".to_owned(),
                "${1}=<HASH>",
            ),
            (
                r"(pod-template-hash|controller-revision-hash):(\s*)[\w-]+".to_owned(),
                "${1}:${2}<HASH>",
            ),
            (r"kube-api-access-[a-z0-9]{5}".to_owned(), "kube-api-access-<SUF>"),
            (format!(r"-[{SAFE}]{{6,10}}(?=-[{SAFE}]{{5}}\b)"), "-<HASH>"),
            (format!(r"-[{SAFE}]{{5}}\b(?![-.\w])"), "-<SUF>"),
            (format!(r"-[{SAFE}]{{6,10}}\b(?![-.\w])"), "-<HASH>"),
            (r"\b10\.244\.\d+\.\d+(?!/)".to_owned(), "<POD-IP>"),
            (
                r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [+-]\d{4}(?: UTC)?".to_owned(),
                "<TIME>",
            ),
            (r"(Resource Version:\s+)\d+".to_owned(), "${1}<RV>"),
            (r"(worker-[1-9])/172\.18\.0\.\d+".to_owned(), "${1}/<NODE-IP>"),
            (
                r"(Machine ID|System UUID|Boot ID):(\s+)\S+".to_owned(),
                "${1}:${2}<ID>",
            ),
            (r"(Duration:\s+)\S+".to_owned(), "${1}<AGE>"),
            (r#"(resourceVersion"?:\s*)"?\d+"?"#.to_owned(), "${1}<RV>"),
            (r"\bv1\.36\.\d+[\w.+-]*".to_owned(), "v1.36"),
            (r"\(x\d+ over [^)]*\)".to_owned(), "(xN)"),
            (format!(r"\({DURATION} ago\)"), "(<AGE> ago)"),
            (r"\b(?:127\.0\.0\.1|172\.18\.0\.2):\d+\b".to_owned(), "<SERVER>"),
            (
                r"in [\d.]+m?s \([\d.]+m?s including waiting\)".to_owned(),
                "in <TIME>",
            ),
            (
                r"\(combined from similar events\): .*".to_owned(),
                "(combined from similar events)",
            ),
            (r"Image size: \d+ bytes".to_owned(), "Image size: <SIZE>"),
            (r"(Image ID:\s+)\S+".to_owned(), "${1}<IMAGE-ID>"),
        ];
        let named = [
            (
                r"(?P<v>\b10\.(?:9[6-9]|10\d|11[01])\.\d+\.\d+\b)(?<!10\.96\.0\.1)",
                "<CLUSTER-IP>",
            ),
            (r"\d:(?P<v>3[0-2]\d{3})/", "<NODEPORT>"),
            (r"NodePort:\s+\S+\s+(?P<v>3[0-2]\d{3})/", "<NODEPORT>"),
            (r#"odePort"?:\s*(?P<v>3[0-2]\d{3})\b"#, "<NODEPORT>"),
        ];
        Self {
            plain: plain
                .iter()
                .map(|(pattern, text)| (regex(pattern), *text))
                .collect(),
            named: named
                .iter()
                .map(|(pattern, mark)| (regex(pattern), *mark))
                .collect(),
            worker: regex(r"\bworker-[1-9]\b"),
            node_command: regex(r"\b(node|nodes|no|drain|cordon|uncordon|taint)\b"),
            aged: regex(r"(^|\s)(AGE|Age|LAST SEEN)(\s|$)"),
            age: regex(&format!(r"(?<!\S){DURATION}(?!\S)(?!\s*\(\d+%\))")),
            blanks: regex(r"(?<=\S)[ ]{2,}"),
            dashes: regex(r"^ -+( -+)*$"),
            unordered: regex(r"\bdrain\b|get events|kubectl events"),
            generated: regex(r"^\S*<(SUF|HASH)>"),
        }
    }

    /// A step's output as it is compared.
    pub fn normalise(&self, text: &str, command: &str, scenario: &str) -> String {
        let mut text = text.replace('\t', "  ");
        for (pattern, replacement) in &self.plain {
            text = pattern.replace_all(&text, *replacement).into_owned();
        }
        for (pattern, mark) in &self.named {
            // A value that the scenario itself names stays as it is.
            text = pattern
                .replace_all(&text, |found: &Captures<'_>| {
                    let (whole, value) = (&found[0], &found["v"]);
                    if scenario.contains(value) {
                        whole.to_owned()
                    } else {
                        whole.replace(value, mark)
                    }
                })
                .into_owned();
        }
        if !matches(&self.node_command, command) {
            text = self.worker.replace_all(&text, "worker-N").into_owned();
        }
        let mut lines = self.events(self.ages(&text));
        if matches(&self.unordered, command) {
            lines.sort();
        }
        self.generated_rows(lines)
            .join("\n")
            .trim_matches('\n')
            .to_owned()
    }

    /// The lines with ages and widths taken out.
    fn ages(&self, text: &str) -> Vec<String> {
        let mut aged = false;
        let mut lines = Vec::new();
        for line in text.split('\n') {
            if matches(&self.aged, line) {
                aged = true;
            } else if line.trim().is_empty() {
                aged = false;
            }
            let line = if aged {
                self.age.replace_all(line, "<AGE>").into_owned()
            } else {
                line.to_owned()
            };
            lines.push(self.blanks.replace_all(line.trim_end(), " ").into_owned());
        }
        lines
    }

    /// The lines of an Events section in one order.
    fn events(&self, lines: Vec<String>) -> Vec<String> {
        let mut out = Vec::new();
        let mut events: Option<Vec<String>> = None;
        for line in lines {
            match &mut events {
                _ if line.starts_with("Events:") => {
                    out.extend(sorted(events.take()));
                    events = Some(Vec::new());
                    out.push(line);
                }
                Some(found) if line.starts_with(' ') => {
                    found.push(self.dashes.replace_all(&line, " ----").into_owned());
                }
                _ => {
                    out.extend(sorted(events.take()));
                    out.push(line);
                }
            }
        }
        out.extend(sorted(events));
        out
    }

    /// Rows whose names were generated come in the order of random letters: each run of them in one order.
    fn generated_rows(&self, lines: Vec<String>) -> Vec<String> {
        let mut out = Vec::new();
        let mut run = Vec::new();
        for line in lines {
            if matches(&self.generated, &line) {
                run.push(line);
                continue;
            }
            run.sort();
            out.append(&mut run);
            out.push(line);
        }
        run.sort();
        out.append(&mut run);
        out
    }
}

fn sorted(lines: Option<Vec<String>>) -> Vec<String> {
    let mut lines = lines.unwrap_or_default();
    lines.sort();
    lines
}

fn matches(pattern: &Regex, text: &str) -> bool {
    pattern.is_match(text).unwrap_or(false)
}
