//! Lines with tabs, aligned at the end; and the parts that many descriptions share.

use std::collections::BTreeMap;

use crate::api::meta::MetaExt;
use crate::api::types::core::{Taint, Toleration};
use crate::api::types::meta::{ObjectMeta, Time as MetaTime};
use crate::kubectl::apply::LAST_APPLIED;
use crate::kubectl::output::tabwriter::{DESCRIPTION, aligned};

/// The longest annotation that is printed on one line.
const ANNOTATION_WIDTH: usize = 140;

/// A description that is being written.
#[derive(Debug, Default)]
pub(super) struct Writer {
    out: String,
}

impl Writer {
    /// A line, indented by two blanks a level.
    pub(super) fn line(&mut self, level: usize, text: impl AsRef<str>) {
        self.out.extend(std::iter::repeat_n("  ", level));
        self.out.push_str(text.as_ref());
        self.out.push('\n');
    }

    /// `name:` and a value in the next column.
    pub(super) fn field(&mut self, level: usize, name: &str, value: impl std::fmt::Display) {
        self.line(level, format!("{name}:\t{value}"));
    }

    /// The text with its columns aligned.
    pub(super) fn finish(self) -> String {
        aligned(&self.out, DESCRIPTION)
    }

    /// The text with its tabs.
    pub(super) fn raw(self) -> String {
        self.out
    }

    /// Several lines under one name.
    fn multiline(&mut self, indent: &str, title: &str, lines: impl IntoIterator<Item = String>) {
        let mut lines = lines.into_iter();
        let first = lines.next().unwrap_or_else(|| "<none>".to_owned());
        self.line(0, format!("{indent}{title}:\t{first}"));
        for line in lines {
            self.line(0, format!("{indent}\t{line}"));
        }
    }

    /// Labels, one a line. `indent` stands before each of them.
    pub(super) fn labels(&mut self, indent: &str, title: &str, labels: Option<&BTreeMap<String, String>>) {
        let lines = labels
            .into_iter()
            .flatten()
            .map(|(key, value)| format!("{key}={value}"));
        self.multiline(indent, title, lines);
    }

    /// Annotations, one a line; long ones below their names.
    pub(super) fn annotations(&mut self, title: &str, annotations: Option<&BTreeMap<String, String>>) {
        let mut first = true;
        for (key, value) in annotations
            .into_iter()
            .flatten()
            .filter(|(key, _)| *key != LAST_APPLIED)
        {
            let head = if first {
                format!("{title}:\t")
            } else {
                "\t".to_owned()
            };
            first = false;
            let value = value.strip_suffix('\n').unwrap_or(value);
            if value.len() + key.len() + 2 > ANNOTATION_WIDTH || value.contains('\n') {
                self.line(0, format!("{head}{key}:"));
                for line in value.split('\n') {
                    self.line(0, format!("\t  {}", shortened(line)));
                }
            } else {
                self.line(0, format!("{head}{key}: {value}"));
            }
        }
        if first {
            self.line(0, format!("{title}:\t<none>"));
        }
    }

    /// Name, namespace, labels, annotations: how most descriptions begin.
    pub(super) fn identity(&mut self, metadata: &ObjectMeta) {
        self.name(metadata);
        self.labels("", "Labels", metadata.labels.as_ref());
        self.annotations("Annotations", metadata.annotations.as_ref());
    }

    /// Name and namespace.
    pub(super) fn name(&mut self, metadata: &ObjectMeta) {
        self.field(0, "Name", metadata.name.as_deref().unwrap_or_default());
        self.field(0, "Namespace", metadata.namespace.as_deref().unwrap_or_default());
    }

    /// Who controls the object, if somebody does.
    pub(super) fn controller(&mut self, metadata: &ObjectMeta) {
        if let Some(owner) = metadata.controller() {
            self.field(0, "Controlled By", format!("{}/{}", owner.kind, owner.name));
        }
    }

    /// Tolerations, one a line.
    pub(super) fn tolerations(&mut self, title: &str, tolerations: Option<&Vec<Toleration>>) {
        let mut sorted: Vec<&Toleration> = tolerations.into_iter().flatten().collect();
        crate::sort::sort_by_key(&mut sorted, |toleration| toleration.key.clone());
        self.multiline("", title, sorted.into_iter().map(toleration));
    }

    /// Taints, one a line.
    pub(super) fn taints(&mut self, taints: Option<&Vec<Taint>>) {
        let mut sorted: Vec<&Taint> = taints.into_iter().flatten().collect();
        crate::sort::sort_by_key(&mut sorted, |taint| format!("{},{}", taint.effect, taint.key));
        let lines = sorted.into_iter().map(|taint| match taint.value.as_deref() {
            None | Some("") => format!("{}:{}", taint.key, taint.effect),
            Some(value) => format!("{}={value}:{}", taint.key, taint.effect),
        });
        self.multiline("", "Taints", lines);
    }
}

fn toleration(toleration: &Toleration) -> String {
    let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let (key, effect, value) = (
        filled(&toleration.key),
        filled(&toleration.effect),
        filled(&toleration.value),
    );
    let mut out = key.clone().unwrap_or_default();
    if let Some(value) = &value {
        out.push_str(&format!("={value}"));
    }
    if let Some(effect) = &effect {
        out.push_str(&format!(":{effect}"));
    }
    if toleration.operator.as_deref() == Some("Exists") && value.is_none() {
        out.push_str(if key.is_some() || effect.is_some() {
            " op=Exists"
        } else {
            "op=Exists"
        });
    }
    if let Some(secs) = toleration.toleration_seconds {
        out.push_str(&format!(" for {secs}s"));
    }
    out
}

fn shortened(line: &str) -> String {
    let width = ANNOTATION_WIDTH - 2;
    if line.chars().count() > width {
        format!("{}...", line.chars().take(width).collect::<String>())
    } else {
        line.to_owned()
    }
}

/// A moment as descriptions print it: `Fri, 20 Nov 2026 16:29:50 +0000`.
pub(super) fn moment(time: Option<&MetaTime>) -> String {
    match time {
        Some(time) => crate::sim::calendar::utc("%a, %d %b %Y %H:%M:%S +0000", time.0),
        None => "Mon, 01 Jan 0001 00:00:00 +0000".to_owned(),
    }
}

/// A text, or `<none>`.
pub(super) fn or_none(text: String) -> String {
    if text.is_empty() {
        "<none>".to_owned()
    } else {
        text
    }
}
