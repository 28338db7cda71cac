//! The engine's program in two files: what every visit needs, and what is fetched when it is first called.
//!
//! `web/apart.txt` names the modules of the second (`cargo xtask profile` makes it). A function goes there if it is of such a module, or if only functions that
//! go there call it. Each that the first file calls leaves a stub behind: it has the second file fetched, unless it is there,
//! and jumps through the table, where the second puts its functions. Both share one memory, so nothing else changes: the same
//! bytes are computed. The compiler's own splitting would have to be asked for function by function and wait asynchronously; a
//! simulator in the middle of a step cannot.

mod emit;
mod profile;
mod program;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::place;
pub(crate) use profile::profile;
use program::Program;
pub(crate) use program::function_names;

/// The export that fetches the second file (`web/src/bin/engine.rs`).
const FETCH: &str = "fetch_apart";

/// Splits `engine_bg.wasm` of a built site, whose functions must have names, into itself and `engine_apart.wasm`.
pub(crate) fn split(dist: &Path) -> Result<()> {
    let whole = dist.join("engine_bg.wasm");
    let list = place::web().join("apart.txt");
    let text = fs::read_to_string(&list).with_context(|| format!("{} cannot be read", list.display()))?;
    let bytes = fs::read(&whole).with_context(|| format!("{} cannot be read", whole.display()))?;
    let program = Program::parse(&bytes).context("the engine's program cannot be taken apart")?;
    let plan = Plan::make(&program, &patterns(&text));
    let (first, second) = (emit::first(&program, &plan)?, emit::second(&program, &plan)?);
    for file in [&first, &second] {
        wasmparser::validate(file).context("the engine's program was taken apart wrongly")?;
    }
    fs::write(&whole, first)?;
    fs::write(dist.join("engine_apart.wasm"), second)?;
    let (count, size) = plan.measure(&program);
    println!(
        "split: {count} of {} functions, {} KB of {}, and {} entries",
        program.bodies.len(),
        size / 1_000,
        program
            .bodies
            .iter()
            .map(|body| body.as_bytes().len())
            .sum::<usize>()
            / 1_000,
        plan.entries.len()
    );
    Ok(())
}

/// The patterns of a list: a line each, `#` begins a remark.
fn patterns(text: &str) -> Vec<&str> {
    text.lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim())
        .filter(|line| !line.is_empty())
        .collect()
}

/// Which functions go where.
struct Plan {
    /// For each function, imported ones first: whether it goes to the second file.
    apart: Vec<bool>,
    /// Of those, the ones that the first file calls or puts in its table, by number.
    entries: Vec<u32>,
}

impl Plan {
    fn make(program: &Program, patterns: &[&str]) -> Self {
        let mut unused = patterns.to_vec();
        let mut is_meant = |name: &String| {
            let meant = |pattern: &&&str| matches(name, pattern);
            let found: Vec<&str> = patterns.iter().filter(meant).copied().collect();
            unused.retain(|pattern| !found.contains(pattern));
            !found.is_empty()
        };
        let named: Vec<bool> = program.names.iter().map(&mut is_meant).collect();
        for pattern in unused {
            // Inlining may have taken the last of them: that is worth a look, and no error.
            println!("split: no function is of `{pattern}` (web/apart.txt)");
        }
        let is_named = |function: u32| named.get(function as usize).copied().unwrap_or(false);
        let mut here = vec![false; program.types.len()];
        let elements = program.elements.iter().copied();
        let (mut entries, mut next): (Vec<u32>, Vec<u32>) =
            elements.partition(|function| is_named(*function));
        next.extend(program.roots());
        while let Some(function) = next.pop() {
            let Some(seen) = here.get_mut(function as usize).filter(|seen| !**seen) else {
                continue;
            };
            *seen = true;
            for callee in program.callees(function) {
                if is_named(*callee) {
                    entries.push(*callee);
                } else {
                    next.push(*callee);
                }
            }
        }
        entries.sort_unstable();
        entries.dedup();
        // A pattern may name what has to stay.
        entries.retain(|entry| here.get(*entry as usize).is_none_or(|here| !here));
        let apart = (0..program.types.len() as u32)
            .map(|function| {
                function >= program.imported && !here.get(function as usize).is_some_and(|here| *here)
            })
            .collect();
        Self { apart, entries }
    }

    fn is_apart(&self, function: u32) -> bool {
        self.apart.get(function as usize).copied().unwrap_or(false)
    }

    /// How many functions go to the second file, and their bytes.
    fn measure(&self, program: &Program) -> (usize, usize) {
        let sizes = (program.imported..)
            .zip(&program.bodies)
            .filter(|(function, _)| self.is_apart(*function))
            .map(|(_, body)| body.as_bytes().len());
        (sizes.clone().count(), sizes.sum())
    }
}

/// Whether a function is of a module or type: its name, or the path in it, begins with the pattern, up to the end of a word.
fn matches(name: &str, pattern: &str) -> bool {
    let path = if pattern.starts_with('<') {
        name
    } else {
        name.trim_start_matches(['<', '&', '*'])
    };
    path.strip_prefix(pattern)
        .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        CodeSection, ConstExpr, ElementSection, Elements, ExportKind, ExportSection, Function,
        FunctionSection, GlobalSection, GlobalType, ImportSection, MemorySection, MemoryType, Module,
        NameMap, NameSection, RefType, TableSection, TableType, TypeSection, ValType,
    };

    use super::*;

    const NAMES: [&str; 6] = [
        "js",
        "fetch_apart",
        "a::near",
        "a::far::one",
        "<a::far::Two as a::Of>::two",
        "a::helper",
    ];

    /// `near` calls `one` and itself is called by it; `one` calls `helper`, which nobody else calls; `two` is in the table.
    fn whole() -> Vec<u8> {
        let (mut types, mut imports, mut functions) =
            (TypeSection::new(), ImportSection::new(), FunctionSection::new());
        types.ty().function([], []);
        types.ty().function([ValType::I32], [ValType::I32]);
        imports.import("js", "js", wasm_encoder::EntityType::Function(0));
        for ty in [0, 1, 1, 1, 1] {
            functions.function(ty);
        }
        let mut tables = TableSection::new();
        tables.table(TableType {
            element_type: RefType::FUNCREF,
            table64: false,
            minimum: 3,
            maximum: Some(3),
            shared: false,
        });
        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum: 1,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        let mut globals = GlobalSection::new();
        let ty = GlobalType {
            val_type: ValType::I32,
            mutable: true,
            shared: false,
        };
        globals.global(ty, &ConstExpr::i32_const(7));
        let mut exports = ExportSection::new();
        exports.export("memory", ExportKind::Memory, 0);
        exports.export("fetch_apart", ExportKind::Func, 1);
        exports.export("near", ExportKind::Func, 2);
        let mut elements = ElementSection::new();
        elements.active(
            None,
            &ConstExpr::i32_const(1),
            Elements::Functions([2, 4].as_slice().into()),
        );
        let mut code = CodeSection::new();
        for calls in [&[0][..], &[3], &[2, 5], &[], &[]] {
            let mut function = Function::new([]);
            let mut body = function.instructions();
            for callee in calls {
                if *callee > 1 {
                    body.local_get(0);
                }
                body.call(*callee);
                if *callee > 1 {
                    body.drop();
                }
            }
            if calls != [0] {
                body.global_get(0);
            }
            body.end();
            code.function(&function);
        }
        let mut names = NameMap::new();
        for (number, name) in (0..).zip(NAMES) {
            names.append(number, name);
        }
        let mut section = NameSection::new();
        section.functions(&names);
        let mut module = Module::new();
        module
            .section(&types)
            .section(&imports)
            .section(&functions)
            .section(&tables)
            .section(&memories)
            .section(&globals);
        module
            .section(&exports)
            .section(&elements)
            .section(&code)
            .section(&section);
        module.finish()
    }

    #[test]
    fn what_is_named_and_what_only_it_calls_goes_apart() {
        let bytes = whole();
        wasmparser::validate(&bytes).expect("a module");
        let program = Program::parse(&bytes).expect("is read");
        let plan = Plan::make(&program, &["a::far"]);
        assert_eq!(plan.apart, [false, false, false, true, true, true]);
        assert_eq!(plan.entries, [3, 4], "helper is called from there only");
        assert_eq!(plan.measure(&program).0, 3);
    }

    #[test]
    fn both_files_are_valid_and_fit() {
        let bytes = whole();
        let program = Program::parse(&bytes).expect("is read");
        let plan = Plan::make(&program, &["a::far"]);
        let first = emit::first(&program, &plan).expect("is written");
        let second = emit::second(&program, &plan).expect("is written");
        wasmparser::validate(&first).expect("the first file is a module");
        wasmparser::validate(&second).expect("the second file is a module");
        let mut exports = Vec::new();
        let mut imports = Vec::new();
        for payload in wasmparser::Parser::new(0).parse_all(&first) {
            if let wasmparser::Payload::ExportSection(section) = payload.expect("a section") {
                exports.extend(section.into_iter().map(|export| export.expect("an export").name));
            }
        }
        for payload in wasmparser::Parser::new(0).parse_all(&second) {
            if let wasmparser::Payload::ImportSection(section) = payload.expect("a section") {
                imports.extend(
                    section
                        .into_imports()
                        .map(|import| import.expect("an import").name),
                );
            }
        }
        assert!(
            imports.iter().all(|name| exports.contains(name)),
            "{imports:?} of {exports:?}"
        );
        assert!(imports.contains(&"$g0") && imports.contains(&"$2"), "{imports:?}");
    }

    #[test]
    fn patterns_end_at_words() {
        assert_eq!(
            patterns("# one\na::b # two\n\n <&T as c::D>\n"),
            ["a::b", "<&T as c::D>"]
        );
        assert!(matches("a::b::c::h0", "a::b"));
        assert!(matches("<a::b::C as d::E>::f", "a::b"));
        assert!(!matches("a::bc::d", "a::b"));
        assert!(!matches("<d::E as a::b::C>::f", "a::b"));
        assert!(matches("<&T as c::D>::fmt", "<&T as c::D>"));
    }
}
