//! The differences between two texts, as `k8s.io/apimachinery/pkg/util/diff` shows them in errors: a unified diff by the
//! algorithm of Python's difflib (`github.com/pmezard/go-difflib`), its treatment of popular lines included.

use std::fmt::Write as _;

use crate::sorted::SortedMap;

/// Equal lines shown around a change.
const CONTEXT: usize = 3;
/// Texts from this length on have popular lines, which begin no match.
const POPULAR_FROM_LINES: usize = 200;

/// Equal lines: where they begin in either text, and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Match {
    old: usize,
    new: usize,
    size: usize,
}

/// A stretch of both texts.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    equal: bool,
    old: (usize, usize),
    new: (usize, usize),
}

/// The unified diff, without a header; empty if the texts are equal.
#[must_use]
pub fn unified_diff(old: &str, new: &str) -> String {
    let old: Vec<&str> = old.split('\n').collect();
    let new: Vec<&str> = new.split('\n').collect();
    let mut text = String::new();
    for hunk in hunks(&stretches(&old, &new)) {
        write_hunk(&mut text, &hunk, &old, &new);
    }
    text
}

fn write_hunk(text: &mut String, hunk: &[Stretch], old: &[&str], new: &[&str]) {
    let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else {
        return;
    };
    let (old_range, new_range) = (range(first.old.0, last.old.1), range(first.new.0, last.new.1));
    let mut line = |mark: char, line: &str| {
        text.push(mark);
        text.push_str(line);
        text.push('\n');
    };
    line('@', &format!("@ -{old_range} +{new_range} @@"));
    for stretch in hunk {
        let (before, after) = (slice(old, stretch.old), slice(new, stretch.new));
        let mark = if stretch.equal { ' ' } else { '-' };
        for text in before {
            line(mark, text);
        }
        for text in after.iter().filter(|_| !stretch.equal) {
            line('+', text);
        }
    }
}

fn slice<'a, 'b>(lines: &'b [&'a str], (from, to): (usize, usize)) -> &'b [&'a str] {
    lines.get(from..to).unwrap_or_default()
}

fn range(from: usize, to: usize) -> String {
    let mut text = String::new();
    let _infallible = match to - from {
        0 => write!(text, "{from},0"),
        1 => write!(text, "{}", from + 1),
        length => write!(text, "{},{length}", from + 1),
    };
    text
}

/// Groups of changes with the lines around them.
fn hunks(stretches: &[Stretch]) -> Vec<Vec<Stretch>> {
    let mut hunks = Vec::new();
    let mut hunk: Vec<Stretch> = Vec::new();
    let last = stretches.len().saturating_sub(1);
    for (index, stretch) in stretches.iter().enumerate() {
        if !stretch.equal {
            hunk.push(*stretch);
            continue;
        }
        let length = stretch.old.1 - stretch.old.0;
        let head = length.min(CONTEXT);
        let cut = |from: usize, to: usize| Stretch {
            equal: true,
            old: (stretch.old.0 + from, stretch.old.0 + to),
            new: (stretch.new.0 + from, stretch.new.0 + to),
        };
        if index == 0 {
            hunk.push(cut(length - head, length));
        } else if index == last {
            hunk.push(cut(0, head));
        } else if length > 2 * CONTEXT {
            hunk.push(cut(0, CONTEXT));
            hunks.push(std::mem::take(&mut hunk));
            hunk.push(cut(length - CONTEXT, length));
        } else {
            hunk.push(*stretch);
        }
    }
    hunks.push(hunk);
    hunks.retain(|hunk| hunk.iter().any(|stretch| !stretch.equal));
    hunks
}

fn stretches(old: &[&str], new: &[&str]) -> Vec<Stretch> {
    let mut matches = Vec::new();
    matching(
        old,
        new,
        &places(new),
        (0, old.len()),
        (0, new.len()),
        &mut matches,
    );
    matches.push(Match {
        old: old.len(),
        new: new.len(),
        size: 0,
    });
    let (mut at_old, mut at_new) = (0, 0);
    let mut stretches = Vec::new();
    for found in matches {
        if at_old < found.old || at_new < found.new {
            stretches.push(Stretch {
                equal: false,
                old: (at_old, found.old),
                new: (at_new, found.new),
            });
        }
        (at_old, at_new) = (found.old + found.size, found.new + found.size);
        if found.size > 0 {
            stretches.push(Stretch {
                equal: true,
                old: (found.old, at_old),
                new: (found.new, at_new),
            });
        }
    }
    stretches
}

/// Where each line stands in the new text; popular ones are left out.
fn places<'a>(new: &[&'a str]) -> SortedMap<&'a str, Vec<usize>> {
    let mut places: SortedMap<&str, Vec<usize>> = SortedMap::new();
    for (index, line) in new.iter().enumerate() {
        places.entry(line).or_default().push(index);
    }
    if new.len() >= POPULAR_FROM_LINES {
        let most = new.len() / 100 + 1;
        places.retain(|_, found| found.len() <= most);
    }
    places
}

/// The longest match first, then what lies on either side of it.
fn matching(
    old: &[&str],
    new: &[&str],
    places: &SortedMap<&str, Vec<usize>>,
    in_old: (usize, usize),
    in_new: (usize, usize),
    matches: &mut Vec<Match>,
) {
    let found = longest(old, new, places, in_old, in_new);
    if found.size == 0 {
        return;
    }
    matching(
        old,
        new,
        places,
        (in_old.0, found.old),
        (in_new.0, found.new),
        matches,
    );
    match matches.last_mut() {
        // Matches that touch are one.
        Some(last) if last.old + last.size == found.old && last.new + last.size == found.new => {
            last.size += found.size;
        }
        _ => matches.push(found),
    }
    let (old_end, new_end) = (found.old + found.size, found.new + found.size);
    matching(
        old,
        new,
        places,
        (old_end, in_old.1),
        (new_end, in_new.1),
        matches,
    );
}

fn longest(
    old: &[&str],
    new: &[&str],
    places: &SortedMap<&str, Vec<usize>>,
    in_old: (usize, usize),
    in_new: (usize, usize),
) -> Match {
    let mut best = Match {
        old: in_old.0,
        new: in_new.0,
        size: 0,
    };
    // Length of the match that ends at a place of the new text and at the line before of the old one.
    let mut lengths: SortedMap<usize, usize> = SortedMap::new();
    for (index, line) in slice(old, in_old).iter().enumerate() {
        let at_old = in_old.0 + index;
        let mut next = SortedMap::new();
        for &at_new in places.get(line).map_or(&[][..], Vec::as_slice) {
            if !(in_new.0..in_new.1).contains(&at_new) {
                continue;
            }
            let before = at_new.checked_sub(1).and_then(|before| lengths.get(&before));
            let size = before.copied().unwrap_or(0) + 1;
            next.insert(at_new, size);
            if size > best.size {
                best = Match {
                    old: at_old + 1 - size,
                    new: at_new + 1 - size,
                    size,
                };
            }
        }
        lengths = next;
    }
    extended(old, new, in_old, in_new, best)
}

/// Popular lines begin no match, but continue one.
fn extended(
    old: &[&str],
    new: &[&str],
    in_old: (usize, usize),
    in_new: (usize, usize),
    mut best: Match,
) -> Match {
    while best.old > in_old.0 && best.new > in_new.0 && old.get(best.old - 1) == new.get(best.new - 1) {
        best.old -= 1;
        best.new -= 1;
        best.size += 1;
    }
    while best.old + best.size < in_old.1
        && best.new + best.size < in_new.1
        && old.get(best.old + best.size) == new.get(best.new + best.size)
    {
        best.size += 1;
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_shown_with_three_lines_around() {
        let lines = |changed: &str| {
            let lines: Vec<String> = (1..=20)
                .map(|n| if n == 5 { changed.to_owned() } else { n.to_string() })
                .collect();
            lines.join("\n")
        };
        assert_eq!(
            unified_diff(&lines("5"), &lines("cinq\nbis")),
            "@@ -2,7 +2,8 @@\n 2\n 3\n 4\n-5\n+cinq\n+bis\n 6\n 7\n 8\n"
        );
        assert_eq!(unified_diff("a\nb", "a\nb"), "");
        assert_eq!(unified_diff("a", "b"), "@@ -1 +1 @@\n-a\n+b\n");
        assert_eq!(unified_diff("a\nb", "b"), "@@ -1,2 +1 @@\n-a\n b\n");
    }

    #[test]
    fn changes_far_apart_are_hunks_of_their_own() {
        let text = |first: &str, last: &str| format!("{first}\n1\n2\n3\n4\n5\n6\n7\n8\n{last}");
        assert_eq!(
            unified_diff(&text("a", "b"), &text("x", "y")),
            "@@ -1,4 +1,4 @@\n-a\n+x\n 1\n 2\n 3\n@@ -7,4 +7,4 @@\n 6\n 7\n 8\n-b\n+y\n"
        );
    }
}
