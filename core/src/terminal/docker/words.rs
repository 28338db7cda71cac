//! How docker says names, ages, sizes and tables.

use crate::sim::Rng;

const LEFT: [&str; 24] = [
    "admiring",
    "brave",
    "clever",
    "dazzling",
    "eager",
    "festive",
    "gallant",
    "happy",
    "inspiring",
    "jolly",
    "keen",
    "laughing",
    "mystifying",
    "nifty",
    "optimistic",
    "peaceful",
    "quirky",
    "relaxed",
    "serene",
    "tender",
    "upbeat",
    "vibrant",
    "wizardly",
    "zen",
];
const RIGHT: [&str; 24] = [
    "archimedes",
    "bell",
    "curie",
    "darwin",
    "euclid",
    "fermat",
    "galileo",
    "hopper",
    "ishizaka",
    "jackson",
    "kepler",
    "lovelace",
    "mirzakhani",
    "noether",
    "ohm",
    "pasteur",
    "ramanujan",
    "shannon",
    "turing",
    "ullman",
    "villani",
    "wing",
    "yonath",
    "zhukovsky",
];

/// A name for a container that was given none (`pkg/namesgenerator`).
pub(super) fn name(rng: Rng, n: u64) -> String {
    let pick = |list: &'static [&'static str; 24], purpose| {
        let index = usize::try_from(rng.draw(purpose, "docker", n) % 24).unwrap_or(0);
        list.get(index).copied().unwrap_or_default()
    };
    format!("{}_{}", pick(&LEFT, "left"), pick(&RIGHT, "right"))
}

/// A duration (`go-units` `HumanDuration`).
pub(super) fn duration(secs: u64) -> String {
    let (minutes, hours) = (secs / 60, (secs + 1_800) / 3_600);
    match secs {
        0 => "Less than a second".to_owned(),
        1 => "1 second".to_owned(),
        2..60 => format!("{secs} seconds"),
        60..120 => "About a minute".to_owned(),
        120..3_600 if minutes < 46 || hours != 1 => format!("{minutes} minutes"),
        _ if hours <= 1 => "About an hour".to_owned(),
        _ if hours < 48 => format!("{hours} hours"),
        _ if hours < 24 * 14 => format!("{} days", hours / 24),
        _ if hours < 24 * 60 => format!("{} weeks", hours / 24 / 7),
        _ => format!("{} months", hours / 24 / 30),
    }
}

/// A size (`HumanSizeWithPrecision(3)`).
pub(super) fn size(bytes: u64) -> String {
    let units = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];
    let Some((unit, scale)) = units.into_iter().find(|(_, scale)| bytes >= *scale) else {
        return format!("{bytes}B");
    };
    // Three digits in all.
    let thousandths = bytes.saturating_mul(1_000) / scale;
    let (whole, rest) = (thousandths / 1_000, thousandths % 1_000);
    let text = match whole {
        0..10 => format!("{whole}.{:02}", rest / 10),
        10..100 => format!("{whole}.{}", rest / 100),
        _ => whole.to_string(),
    };
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    format!("{text}{unit}")
}

/// Rows under their titles, three spaces apart.
pub(super) fn table(titles: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows
            .iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count());
        let title = titles.get(column).map_or(0, |title| title.len());
        (cells.max().unwrap_or(0).max(title) + 3).max(10)
    };
    let widths: Vec<usize> = (0..titles.len()).map(width).collect();
    let titles: Vec<String> = titles.iter().map(|title| (*title).to_owned()).collect();
    let mut text = String::new();
    for row in [&titles].into_iter().chain(rows) {
        for (index, (cell, width)) in row.iter().zip(&widths).enumerate() {
            if index + 1 == row.len() {
                text.push_str(cell);
            } else {
                text.push_str(&format!("{cell:width$}", width = *width));
            }
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_and_sizes_are_dockers() {
        for (secs, text) in [
            (0, "Less than a second"),
            (5, "5 seconds"),
            (61, "About a minute"),
            (150, "2 minutes"),
            (3_700, "About an hour"),
            (7_300, "2 hours"),
            (200_000, "2 days"),
            (1_900_000, "3 weeks"),
        ] {
            assert_eq!(duration(secs), text);
        }
        for (bytes, text) in [
            (12, "12B"),
            (4_430_000, "4.43MB"),
            (192_000_000, "192MB"),
            (1_050_000_000, "1.05GB"),
            (70_000_000, "70MB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn tables_are_three_spaces_apart() {
        let rows = [vec![
            "a".to_owned(),
            "long enough to push".to_owned(),
            "x".to_owned(),
        ]];
        assert_eq!(
            table(&["ID", "B", "C"], &rows),
            "ID        B                     C\na         long enough to push   x\n"
        );
    }
}
