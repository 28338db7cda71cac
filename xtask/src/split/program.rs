//! What is to be known of a program to take it apart.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use wasmparser::{
    ElementItems, ElementKind, ExternalKind, FuncType, FunctionBody, KnownCustom, Name, NameSectionReader,
    Operator, Parser, Payload, TypeRef,
};

/// A module of WebAssembly as `wasm-bindgen` and `wasm-opt` leave it.
pub(super) struct Program<'a> {
    pub(super) bytes: &'a [u8],
    /// How many functions are imported: they have the first numbers.
    pub(super) imported: u32,
    /// The number of each function's type, imported ones first.
    pub(super) types: Vec<u32>,
    pub(super) signatures: Vec<FuncType>,
    pub(super) bodies: Vec<FunctionBody<'a>>,
    /// For each function; empty if it has none.
    pub(super) names: Vec<String>,
    /// The functions in the table.
    pub(super) elements: Vec<u32>,
    /// The size of the table of functions.
    pub(super) table_len: u64,
    pub(super) globals: Vec<wasmparser::GlobalType>,
    exports: BTreeMap<&'a str, u32>,
    start: Option<u32>,
    /// Functions that use another table than that of functions: they stay where it is.
    pinned: Vec<u32>,
    /// For each function that is not imported.
    calls: Vec<Calls>,
}

/// What a function mentions.
#[derive(Default)]
pub(super) struct Calls {
    functions: BTreeSet<u32>,
    pub(super) globals: BTreeSet<u32>,
}

impl<'a> Program<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self> {
        let mut program = Self {
            bytes,
            imported: 0,
            types: Vec::new(),
            signatures: Vec::new(),
            bodies: Vec::new(),
            names: Vec::new(),
            elements: Vec::new(),
            table_len: 0,
            globals: Vec::new(),
            exports: BTreeMap::new(),
            start: None,
            pinned: Vec::new(),
            calls: Vec::new(),
        };
        for payload in Parser::new(0).parse_all(bytes) {
            program.take(payload?)?;
        }
        if program.names.iter().all(String::is_empty) {
            bail!("its functions have no names: wasm-opt must be given -g");
        }
        Ok(program)
    }

    fn take(&mut self, payload: Payload<'a>) -> Result<()> {
        match payload {
            Payload::TypeSection(section) => {
                for ty in section.into_iter_err_on_gc_types() {
                    self.signatures.push(ty?);
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    match import?.ty {
                        TypeRef::Func(ty) => self.types.push(ty),
                        other => bail!("imports {other:?}"),
                    }
                }
                self.imported = self.types.len() as u32;
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    self.types.push(ty?);
                }
                self.names = vec![String::new(); self.types.len()];
            }
            Payload::TableSection(section) => {
                let first = section.into_iter().next().context("no table")??;
                self.table_len = first.ty.initial;
            }
            Payload::GlobalSection(section) => {
                for global in section {
                    self.globals.push(global?.ty);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    if export.kind == ExternalKind::Func {
                        self.exports.insert(export.name, export.index);
                    }
                }
            }
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::ElementSection(section) => {
                for element in section {
                    let element = element?;
                    match (element.kind, element.items) {
                        (
                            ElementKind::Active {
                                table_index: None | Some(0),
                                ..
                            },
                            ElementItems::Functions(functions),
                        ) => {
                            for function in functions {
                                self.elements.push(function?);
                            }
                        }
                        _ => bail!("a table is filled in a way that is not known"),
                    }
                }
            }
            Payload::CodeSectionEntry(body) => {
                if uses_tables(&body)? {
                    self.pinned.push(self.imported + self.bodies.len() as u32);
                }
                self.calls.push(calls(&body)?);
                self.bodies.push(body);
            }
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(section) = section.as_known() {
                    for (number, name) in function_names(section)? {
                        if let Some(place) = self.names.get_mut(number as usize) {
                            name.clone_into(place);
                        }
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The function that is exported under a name.
    pub(super) fn export(&self, name: &str) -> Result<u32> {
        let found = self.exports.get(name).copied();
        found.with_context(|| format!("exports no `{name}`"))
    }

    /// The functions that the first file has anyway: those that are called from outside, and those that use its other tables.
    pub(super) fn roots(&self) -> impl Iterator<Item = u32> {
        let called = self.exports.values().copied().chain(self.start);
        called.chain(self.pinned.iter().copied())
    }

    /// What a function calls.
    pub(super) fn callees(&self, function: u32) -> impl Iterator<Item = &u32> {
        self.mentions(function)
            .into_iter()
            .flat_map(|calls| &calls.functions)
    }

    /// What a function mentions, unless it is imported.
    pub(super) fn mentions(&self, function: u32) -> Option<&Calls> {
        self.calls.get(function.checked_sub(self.imported)? as usize)
    }

    /// The type of a function and its number.
    pub(super) fn signature(&self, function: u32) -> Result<(u32, &FuncType)> {
        let number = self
            .types
            .get(function as usize)
            .copied()
            .context("no such function")?;
        Ok((
            number,
            self.signatures.get(number as usize).context("no such type")?,
        ))
    }
}

/// The names of functions, by number.
pub(crate) fn function_names(section: NameSectionReader<'_>) -> Result<BTreeMap<u32, &str>> {
    let mut names = BTreeMap::new();
    for subsection in section {
        if let Name::Function(map) = subsection? {
            for naming in map {
                let naming = naming?;
                names.insert(naming.index, naming.name);
            }
        }
    }
    Ok(names)
}

fn uses_tables(body: &FunctionBody) -> Result<bool> {
    for operator in body.get_operators_reader()? {
        match operator? {
            Operator::TableGet { .. }
            | Operator::TableSet { .. }
            | Operator::TableGrow { .. }
            | Operator::TableSize { .. }
            | Operator::TableFill { .. }
            | Operator::TableCopy { .. } => return Ok(true),
            Operator::CallIndirect { table_index, .. } if table_index != 0 => return Ok(true),
            _ => {}
        }
    }
    Ok(false)
}

fn calls(body: &FunctionBody) -> Result<Calls> {
    let mut calls = Calls::default();
    for operator in body.get_operators_reader()? {
        match operator? {
            Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                calls.functions.insert(function_index);
            }
            Operator::GlobalGet { global_index } | Operator::GlobalSet { global_index } => {
                calls.globals.insert(global_index);
            }
            operator @ (Operator::RefFunc { .. }
            | Operator::MemoryInit { .. }
            | Operator::DataDrop { .. }
            | Operator::TableInit { .. }) => {
                bail!("{operator:?} was not reckoned with");
            }
            _ => {}
        }
    }
    Ok(calls)
}
