//! The size budget: what visitors download, held against web/budgets.toml.
//!
//! Every file of a built site belongs to the first group that names it; a file that no group names is an error, so
//! that nothing is ever shipped unbudgeted. Sizes are what a browser receives: the brotli file where there is one.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::place;

/// Some files and what they may weigh together.
struct Group {
    name: String,
    files: Vec<String>,
    max_bytes: u64,
    /// How far above its budget it is known to be, as a debt that only shrinks.
    known_excess_bytes: u64,
}

/// Checks a built site, and prints what each group weighs.
pub(crate) fn check(dist: &Path) -> Result<()> {
    let text =
        fs::read_to_string(place::web().join("budgets.toml")).context("web/budgets.toml cannot be read")?;
    let groups = parse(&text)?;
    let sizes = sizes(dist)?;
    if !sizes.contains_key("index.html") {
        bail!(
            "{} holds no built site: `cargo xtask build` first",
            dist.display()
        );
    }
    let report = weigh(&groups, &sizes);
    println!("{:<14} {:>10} {:>10}", "group", "bytes", "budget");
    for (group, used) in groups.iter().zip(&report.used) {
        let verdict = match used.saturating_sub(group.max_bytes) {
            0 => String::new(),
            excess if excess <= group.known_excess_bytes => format!("  over by {excess}, known"),
            excess => format!("  TOO BIG by {excess}"),
        };
        println!("{:<14} {used:>10} {:>10}{verdict}", group.name, group.max_bytes);
    }
    if report.faults.is_empty() {
        Ok(())
    } else {
        bail!("{}", report.faults.join("\n       "))
    }
}

/// What each group weighs, and what is wrong.
struct Report {
    used: Vec<u64>,
    faults: Vec<String>,
}

fn weigh(groups: &[Group], sizes: &BTreeMap<String, u64>) -> Report {
    let mut used = vec![0; groups.len()];
    let mut faults = Vec::new();
    for (file, size) in sizes {
        let owner = groups
            .iter()
            .position(|group| group.files.iter().any(|pattern| matches(pattern, file)));
        match owner.and_then(|index| used.get_mut(index)) {
            Some(sum) => *sum += size,
            None => faults.push(format!(
                "{file} ({size} bytes) is in no group of web/budgets.toml"
            )),
        }
    }
    for (group, used) in groups.iter().zip(&used) {
        let excess = used.saturating_sub(group.max_bytes);
        if excess > group.known_excess_bytes {
            faults.push(format!(
                "{} weighs {used} bytes, its budget is {}",
                group.name, group.max_bytes
            ));
        }
        if excess == 0 && group.known_excess_bytes > 0 {
            faults.push(format!(
                "{} is within its budget: take its known excess away",
                group.name
            ));
        }
        if *used == 0 {
            faults.push(format!("{} names no file: was something renamed?", group.name));
        }
    }
    Report { used, faults }
}

fn parse(text: &str) -> Result<Vec<Group>> {
    let table: toml::Table = text.parse().context("web/budgets.toml is not TOML")?;
    let groups = table
        .get("group")
        .and_then(toml::Value::as_array)
        .context("web/budgets.toml has no [[group]]")?;
    groups
        .iter()
        .map(|entry| group(entry).context("web/budgets.toml: a group wants name, files, max_bytes"))
        .collect()
}

fn group(entry: &toml::Value) -> Option<Group> {
    let files = entry.get("files")?.as_array()?;
    Some(Group {
        name: entry.get("name")?.as_str()?.to_owned(),
        files: files
            .iter()
            .map(|file| file.as_str().map(str::to_owned))
            .collect::<Option<_>>()?,
        max_bytes: u64::try_from(entry.get("max_bytes")?.as_integer()?).ok()?,
        known_excess_bytes: match entry.get("known_excess_bytes") {
            Some(bytes) => u64::try_from(bytes.as_integer()?).ok()?,
            None => 0,
        },
    })
}

/// Bytes received for each file of a site, by its path with `/`.
fn sizes(dist: &Path) -> Result<BTreeMap<String, u64>> {
    let mut raw = BTreeMap::new();
    list(dist, "", &mut raw).with_context(|| format!("{} cannot be read", dist.display()))?;
    let sent = raw.iter().filter(|(file, _)| !is_compressed_copy(file, &raw));
    Ok(sent
        .map(|(file, size)| {
            (
                file.clone(),
                raw.get(&format!("{file}.br")).copied().unwrap_or(*size),
            )
        })
        .collect())
}

fn is_compressed_copy(file: &str, all: &BTreeMap<String, u64>) -> bool {
    [".br", ".gz"].iter().any(|ending| {
        file.strip_suffix(ending)
            .is_some_and(|original| all.contains_key(original))
    })
}

fn list(dir: &Path, prefix: &str, into: &mut BTreeMap<String, u64>) -> std::io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let metadata = entry.metadata()?;
        if metadata.is_dir() {
            list(&entry.path(), &format!("{name}/"), into)?;
        } else {
            into.insert(name, metadata.len());
        }
    }
    Ok(())
}

/// Whether a path fits a pattern, in which `*` stands for anything but a slash and `**` for anything.
fn matches(pattern: &str, path: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == path;
    };
    let Some(tail) = path.strip_prefix(start) else {
        return false;
    };
    let (rest, anything) = rest.strip_prefix('*').map_or((rest, false), |rest| (rest, true));
    let reach = if anything {
        tail.len()
    } else {
        tail.find('/').unwrap_or(tail.len())
    };
    (0..=reach)
        .filter_map(|at| tail.get(at..))
        .any(|tail| matches(rest, tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGETS: &str = "[[group]]\nname = 'page'\nfiles = ['index.html', 'page-*.js']\nmax_bytes = 100\n\
                           [[group]]\nname = 'rest'\nfiles = ['vendor/**']\nmax_bytes = 50\n";

    /// The faults of a site made of these files.
    fn check(site: &[(&str, u64)], expected: &[&str]) {
        let sizes = site
            .iter()
            .map(|(file, size)| ((*file).to_owned(), *size))
            .collect();
        assert_eq!(
            weigh(&parse(BUDGETS).unwrap(), &sizes).faults,
            expected,
            "{site:?}"
        );
    }

    #[test]
    fn a_site_is_held_to_its_budget() {
        check(
            &[("index.html", 40), ("page-1f.js", 60), ("vendor/a/b.js", 50)],
            &[],
        );
        check(
            &[("index.html", 101), ("vendor/b.js", 1)],
            &["page weighs 101 bytes, its budget is 100"],
        );
        check(
            &[("index.html", 1), ("vendor/b.js", 1), ("new.js", 7)],
            &["new.js (7 bytes) is in no group of web/budgets.toml"],
        );
        check(
            &[("index.html", 1)],
            &["rest names no file: was something renamed?"],
        );
    }

    #[test]
    fn a_known_excess_only_shrinks() {
        let check = |size: u64, expected: &[&str]| {
            let budgets = "[[group]]\nname = 'a'\nfiles = ['a']\nmax_bytes = 10\nknown_excess_bytes = 5\n";
            let sizes = BTreeMap::from([("a".to_owned(), size)]);
            assert_eq!(weigh(&parse(budgets).unwrap(), &sizes).faults, expected, "{size}");
        };
        check(15, &[]);
        check(16, &["a weighs 16 bytes, its budget is 10"]);
        check(10, &["a is within its budget: take its known excess away"]);
    }

    #[test]
    fn patterns_fit_paths() {
        let check =
            |pattern, path, expected| assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        check("*.css", "base.css", true);
        check("*.css", "vendor/editor.css", false);
        check("vendor/editor*", "vendor/editor.js.LEGAL.txt", true);
        check("cours/**", "cours/a/b.json", true);
        check("cours/*", "cours/a/b.json", false);
        check("page.js", "page.jsx", false);
    }

    #[test]
    fn compressed_copies_count_in_place_of_files() {
        let all = [("a.js", 10), ("a.js.br", 3), ("a.js.gz", 4), ("b.br", 5)];
        let all: BTreeMap<String, u64> = all
            .into_iter()
            .map(|(file, size)| (file.to_owned(), size))
            .collect();
        assert!(is_compressed_copy("a.js.br", &all) && is_compressed_copy("a.js.gz", &all));
        assert!(!is_compressed_copy("a.js", &all) && !is_compressed_copy("b.br", &all));
    }
}
