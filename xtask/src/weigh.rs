//! `cargo xtask weigh [PATTERN]`: which crates, modules and functions the code of the engine is, in bytes before wasm-opt and compression. It
//! reads the name section of the newest build.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result, bail};
use wasmparser::{KnownCustom, Parser, Payload, TypeRef};

use crate::place;
use crate::split::function_names;

/// Rows of a table at most.
const ROWS: usize = 40;

/// Prints the tables; with a pattern, only of functions whose name contains it.
pub(crate) fn weigh(pattern: Option<&str>) -> Result<()> {
    let path = place::target().join("wasm32-unknown-unknown/site/engine.wasm");
    let bytes =
        fs::read(&path).with_context(|| format!("{}: run `cargo xtask build` first", path.display()))?;
    let functions = functions(&bytes).context("not a module that this command can read")?;
    let chosen: Vec<&(String, usize)> = functions
        .iter()
        .filter(|(name, _)| pattern.is_none_or(|pattern| name.contains(pattern)))
        .collect();
    let total: usize = chosen.iter().map(|(_, size)| size).sum();
    println!("{} functions, {total} bytes", chosen.len());
    table("crate", &chosen, |name| segments(name, 1));
    table("module", &chosen, |name| segments(name, 2));
    table("function, all instances", &chosen, str::to_owned);
    Ok(())
}

fn table(title: &str, functions: &[&(String, usize)], group: impl Fn(&str) -> String) {
    let mut sums: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (name, size) in functions {
        let (bytes, count) = sums.entry(group(name)).or_default();
        *bytes += size;
        *count += 1;
    }
    let mut rows: Vec<_> = sums.into_iter().collect();
    rows.sort_by_key(|(_, (bytes, _))| std::cmp::Reverse(*bytes));
    println!("\n{:>9} {:>6}  {title}", "bytes", "count");
    for (name, (bytes, count)) in rows.into_iter().take(ROWS) {
        println!("{bytes:>9} {count:>6}  {name}");
    }
}

/// The first names of a path; of the type, if it is a method of a trait.
fn segments(name: &str, count: usize) -> String {
    let path = name.trim_start_matches(['<', '&', '*']);
    let path = path.strip_prefix("mut ").unwrap_or(path);
    let end = path.find(['<', ' ', '>']).unwrap_or(path.len());
    let path = path.get(..end).unwrap_or_default();
    path.split("::").take(count).collect::<Vec<_>>().join("::")
}

/// The name and size of each function that the module defines.
fn functions(bytes: &[u8]) -> Result<Vec<(String, usize)>> {
    let (mut imported, mut sizes, mut names) = (0, Vec::new(), BTreeMap::new());
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    match import?.ty {
                        TypeRef::Func(_) => imported += 1,
                        other => bail!("an import of {other:?}"),
                    }
                }
            }
            Payload::CodeSectionEntry(body) => sizes.push(body.as_bytes().len()),
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(section) = section.as_known() {
                    names = function_names(section)?;
                }
            }
            _ => {}
        }
    }
    let named = (imported..).zip(sizes).map(|(number, size)| {
        let name = names.get(&number).copied().map(readable);
        (name.unwrap_or_else(|| "?".to_owned()), size)
    });
    Ok(named.collect())
}

/// A mangled name (`_ZN4core3fmt9Formatter3padE`) as a path, without its hash.
fn readable(mangled: &str) -> String {
    let Some(mut rest) = mangled.strip_prefix("_ZN") else {
        return mangled.to_owned();
    };
    let mut parts = Vec::new();
    while let Some(digits) = rest
        .find(|c: char| !c.is_ascii_digit())
        .filter(|digits| *digits > 0)
    {
        let (length, after) = rest.split_at(digits);
        let Some((part, after)) = after.split_at_checked(length.parse().unwrap_or(0)) else {
            break;
        };
        let part = part
            .strip_prefix('_')
            .filter(|part| part.starts_with('$'))
            .unwrap_or(part);
        parts.push(unescape(part));
        rest = after;
    }
    if parts
        .last()
        .is_some_and(|last| last.len() == 17 && last.starts_with('h'))
    {
        parts.pop();
    }
    parts.join("::")
}

fn unescape(part: &str) -> String {
    let mut out = part.to_owned();
    for (escaped, plain) in [
        ("$LT$", "<"),
        ("$GT$", ">"),
        ("$RF$", "&"),
        ("$BP$", "*"),
        ("$LP$", "("),
        ("$RP$", ")"),
        ("$C$", ","),
        ("$u20$", " "),
        ("$u7b$", "{"),
        ("$u7d$", "}"),
        ("$u5b$", "["),
        ("$u5d$", "]"),
        ("$u27$", "'"),
        ("..", "::"),
    ] {
        out = out.replace(escaped, plain);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read() {
        assert_eq!(
            readable(
                "_ZN71_$LT$timonier_core..sh..Task$LT$P$GT$$u20$as$u20$core..clone..Clone$GT$5clone17hd43102e301282b69E"
            ),
            "<timonier_core::sh::Task<P> as core::clone::Clone>::clone"
        );
        assert_eq!(segments("<&mut a::b::C as d::E>::f", 2), "a::b");
        assert_eq!(segments("a::b::c::<impl d::E>::f", 1), "a");
    }

    #[test]
    fn functions_have_names_and_sizes() {
        // An imported function `i.f`; two of our own, of 2 and 4 bytes; names of the last two.
        let module = [
            b"\0asm\x01\0\0\0".as_slice(),
            b"\x02\x07\x01\x01i\x01f\0\0",
            b"\x03\x03\x02\0\0",
            b"\x0a\x09\x02\x02\0\x0b\x04\0\x01\x01\x0b",
            b"\0\x0e\x04name\x01\x07\x02\x01\x01a\x02\x01b",
        ]
        .concat();
        let expected = [("a".to_owned(), 2), ("b".to_owned(), 4)];
        assert_eq!(functions(&module).expect("a module"), expected);
    }
}
