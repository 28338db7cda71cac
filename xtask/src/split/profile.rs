//! Which functions a usual session never calls: how `web/apart.txt` is made.
//!
//! A copy of the built site with an engine that notes what it enters is driven through a session (`web/scripts/profile.mjs`). Modules and
//! functions that were never entered are written down, by names that outlive small changes: without the hashes of instances.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{
    CodeSection, ConstExpr, ExportKind, ExportSection, GlobalSection, GlobalType, Instruction, Module,
    ValType,
};

use super::matches;
use super::program::Program;
use crate::place;

/// A module or function smaller than this, in bytes, stays: its stub would be half of it.
const SMALLEST: usize = 500;
/// Whose modules may go apart; what others never enter, such as the standard library's parts, is called from everywhere.
const CRATES: [&str; 6] = [
    "timonier_core",
    "brush_parser",
    "jiff",
    "k8s_openapi",
    "regex_lite",
    "similar",
];
/// Modules beside those: each is one door.
const DOORS: [&str; 2] = ["timonier_web::engine::own", "<&T as core::fmt::Debug>"];

const HEADER: &str = "\
# Modules, types and functions of the engine's second file, which is fetched when one of them is first called. Made by
# `cargo xtask profile`: a usual session enters none of these (web/scripts/profile.mjs).
";

/// Drives the newest release build through a session and writes `web/apart.txt`. Answers with the program before it was taken apart.
pub(crate) fn profile(node: impl FnOnce(&Path, &Path) -> Result<()>) -> Result<PathBuf> {
    let named = place::target().join("wasm-opt/release/engine_bg.wasm");
    let bytes =
        fs::read(&named).with_context(|| format!("{}: run `cargo xtask build` first", named.display()))?;
    let program = Program::parse(&bytes)?;
    let dir = place::target().join("profile");
    fs::create_dir_all(&dir)?;
    let (noting, entered) = (dir.join("engine_bg.wasm"), dir.join("entered.txt"));
    fs::write(&noting, instrumented(&program)?)?;
    node(&noting, &entered)?;
    let entered: BTreeSet<usize> = fs::read_to_string(&entered)?
        .split_whitespace()
        .map(|number| number.parse().context("not a number"))
        .collect::<Result<_>>()?;
    let list = place::web().join("apart.txt");
    let patterns = patterns(&program, &entered);
    let mut text = HEADER.to_owned();
    for pattern in &patterns {
        writeln!(text, "{pattern}")?;
    }
    fs::write(&list, text)?;
    println!(
        "profile: {} of {} functions were entered; {} patterns in {}",
        entered.len(),
        program.bodies.len(),
        patterns.len(),
        list.display()
    );
    Ok(named)
}

/// The bytes of functions, and of those the entered ones.
#[derive(Default)]
struct Weight {
    all: usize,
    entered: usize,
}

/// A module with what is in it.
#[derive(Default)]
struct Node {
    weight: Weight,
    inner: BTreeMap<String, Node>,
}

fn patterns(program: &Program, entered: &BTreeSet<usize>) -> Vec<String> {
    let mut root = Node::default();
    let mut whole: BTreeMap<String, Weight> = BTreeMap::new();
    for (number, body) in program.bodies.iter().enumerate() {
        let name = program
            .names
            .get(program.imported as usize + number)
            .map_or("", String::as_str);
        let all = body.as_bytes().len();
        let entered = if entered.contains(&number) { all } else { 0 };
        let add = |weight: &mut Weight| {
            weight.all += all;
            weight.entered += entered;
        };
        let mut node = &mut root;
        for part in path(name) {
            node = node.inner.entry(part.to_owned()).or_default();
            add(&mut node.weight);
        }
        add(whole.entry(unhashed(name).to_owned()).or_default());
    }
    let mut found: Vec<String> = DOORS.map(str::to_owned).into();
    for name in CRATES {
        if let Some(node) = root.inner.get(name) {
            cold(node, name, &mut found);
        }
    }
    // Methods of traits by their whole names: a controller hears of everything, and reconciles only what there is.
    let warm: Vec<&String> = whole
        .iter()
        .filter(|(_, weight)| weight.entered > 0)
        .map(|(name, _)| name)
        .collect();
    for (name, weight) in &whole {
        let name = name.split("::{{").next().unwrap_or(name);
        let known = found.iter().any(|pattern| matches(name, pattern));
        let is_cold = weight.entered == 0 && !warm.iter().any(|warm| warm.starts_with(name));
        if weight.all >= SMALLEST
            && is_cold
            && !known
            && name.starts_with('<')
            && CRATES.iter().any(|of| matches(name, of))
        {
            found.push(name.to_owned());
        }
    }
    found.sort();
    found
}

/// Collects the largest modules of which nothing was entered.
fn cold(node: &Node, path: &str, found: &mut Vec<String>) {
    if node.weight.entered == 0 {
        if node.weight.all >= SMALLEST {
            found.push(path.to_owned());
        }
        return;
    }
    for (name, inner) in &node.inner {
        cold(inner, &format!("{path}::{name}"), found);
    }
}

/// The modules, type and name of a function, without hash and closures.
fn path(name: &str) -> impl Iterator<Item = &str> {
    let path = name.trim_start_matches(['<', '&', '*']);
    let end = path.find(['<', '>', ' ', '{']).unwrap_or(path.len());
    path.get(..end)
        .unwrap_or_default()
        .split("::")
        .filter(|part| !part.is_empty() && !is_hash(part))
}

fn unhashed(name: &str) -> &str {
    name.rsplit_once("::")
        .filter(|(_, last)| is_hash(last))
        .map_or(name, |(name, _)| name)
}

fn is_hash(part: &str) -> bool {
    part.strip_prefix('h')
        .is_some_and(|digits| digits.len() == 16 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// The program with a global for each function, `$entered0` and so on, that is 1 once it was entered.
fn instrumented(program: &Program) -> Result<Vec<u8>> {
    let mut noting = Noting {
        first: program.globals.len() as u32,
        count: program.bodies.len() as u32,
        next: 0,
    };
    let mut module = Module::new();
    noting
        .parse_core_module(&mut module, wasmparser::Parser::new(0), program.bytes)
        .map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(module.finish())
}

struct Noting {
    /// The number of the first of our globals.
    first: u32,
    count: u32,
    /// The function that comes next.
    next: u32,
}

impl Reencode for Noting {
    type Error = std::convert::Infallible;

    fn parse_global_section(
        &mut self,
        globals: &mut GlobalSection,
        section: wasmparser::GlobalSectionReader<'_>,
    ) -> Result<(), reencode::Error<Self::Error>> {
        reencode::utils::parse_global_section(self, globals, section)?;
        let ty = GlobalType {
            val_type: ValType::I32,
            mutable: true,
            shared: false,
        };
        for _ in 0..self.count {
            globals.global(ty, &ConstExpr::i32_const(0));
        }
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Result<(), reencode::Error<Self::Error>> {
        reencode::utils::parse_export_section(self, exports, section)?;
        for number in 0..self.count {
            exports.export(
                &format!("$entered{number}"),
                ExportKind::Global,
                self.first + number,
            );
        }
        Ok(())
    }

    fn parse_function_body(
        &mut self,
        code: &mut CodeSection,
        body: wasmparser::FunctionBody<'_>,
    ) -> Result<(), reencode::Error<Self::Error>> {
        let mut function = self.new_function_with_parsed_locals(&body)?;
        function.instruction(&Instruction::I32Const(1));
        function.instruction(&Instruction::GlobalSet(self.first + self.next));
        self.next += 1;
        let mut reader = body.get_operators_reader()?;
        while !reader.eof() {
            function.instruction(&self.parse_instruction(&mut reader)?);
        }
        code.function(&function);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_what_changes_with_each_build() {
        let name = "<a::b::C<T> as d::E>::f::h0123456789abcdef";
        assert_eq!(unhashed(name), "<a::b::C<T> as d::E>::f");
        assert_eq!(path(name).collect::<Vec<_>>(), ["a", "b", "C"]);
        assert_eq!(
            path("a::b::{{closure}}::h0123456789abcdef").collect::<Vec<_>>(),
            ["a", "b"]
        );
    }

    #[test]
    fn only_what_was_not_entered_is_listed() {
        let node = |all, entered| Node {
            weight: Weight { all, entered },
            inner: BTreeMap::new(),
        };
        let mut root = node(3_000, 1_000);
        for (name, all, entered) in [("cold", 1_500, 0), ("small", 10, 0), ("warm", 1_490, 1_000)] {
            root.inner.insert(name.to_owned(), node(all, entered));
        }
        let mut found = Vec::new();
        cold(&root, "a", &mut found);
        assert_eq!(found, ["a::cold"]);
    }
}
