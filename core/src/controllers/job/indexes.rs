//! Completion indexes (`indexed_job_utils.go`): sets of numbers as text, `0-2,5`.

use crate::api::Pod;
use crate::api::meta::MetaExt;
use crate::sorted::SortedSet;

/// Where a Pod bears its index.
pub(super) const INDEX_ANNOTATION: &str = "batch.kubernetes.io/job-completion-index";
/// How often the index of a Pod has failed before it.
pub(super) const INDEX_FAILURES_ANNOTATION: &str = "batch.kubernetes.io/job-index-failure-count";

/// A set of indexes.
pub(super) type Indexes = SortedSet<i32>;

/// Reads a set; what is no index below `completions` is left out.
pub(super) fn parse(text: &str, completions: i32) -> Indexes {
    let mut indexes = Indexes::new();
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        if let (Ok(first), Ok(last)) = (first.parse::<i32>(), last.parse::<i32>()) {
            indexes.extend(first.max(0)..=last.min(completions - 1));
        }
    }
    indexes
}

/// Writes a set.
pub(super) fn format(indexes: &Indexes) -> String {
    let mut parts: Vec<(i32, i32)> = Vec::new();
    for &index in indexes {
        match parts.last_mut() {
            Some((_, last)) if *last + 1 == index => *last = index,
            _ => parts.push((index, index)),
        }
    }
    let shown = parts.into_iter().map(|(first, last)| match last - first {
        0 => first.to_string(),
        // Two neighbours are written apart.
        1 => format!("{first},{last}"),
        _ => format!("{first}-{last}"),
    });
    shown.collect::<Vec<_>>().join(",")
}

/// The index of a Pod.
pub(super) fn of(pod: &Pod) -> Option<i32> {
    pod.metadata
        .annotation(INDEX_ANNOTATION)
        .and_then(|index| index.parse().ok())
        .filter(|index| *index >= 0)
}

/// How often the index of a Pod had failed before it.
pub(super) fn failures_before(pod: &Pod) -> i32 {
    pod.metadata
        .annotation(INDEX_FAILURES_ANNOTATION)
        .and_then(|count| count.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_texts() {
        let check = |text: &str, expected: &[i32], again: &str| {
            let indexes = parse(text, 10);
            assert_eq!(indexes, expected.iter().copied().collect(), "{text}");
            assert_eq!(format(&indexes), again, "{text}");
        };
        check("", &[], "");
        check("0", &[0], "0");
        check("0,1", &[0, 1], "0,1");
        check("0-2,5", &[0, 1, 2, 5], "0-2,5");
        check("7-12", &[7, 8, 9], "7-9");
    }
}
