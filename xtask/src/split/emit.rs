//! The two files, written.

use anyhow::{Context, Result, anyhow};
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{
    CodeSection, ConstExpr, ElementSection, Elements, EntityType, ExportKind, ExportSection, Function,
    FunctionSection, GlobalSection, GlobalType, ImportSection, Module, RefType, TableSection, TableType,
    TypeSection, ValType,
};

use super::program::Program;
use super::{FETCH, Plan};
use crate::hash;

/// The table of functions.
const TABLE: u32 = 0;
/// What the second file asks of the first.
const FIRST: &str = "first";
const MEMORY_EXPORT: &str = "memory";

type Outcome<T = ()> = Result<T, reencode::Error<anyhow::Error>>;

fn told(error: reencode::Error<anyhow::Error>) -> anyhow::Error {
    match error {
        reencode::Error::UserError(error) => error,
        other => anyhow!("{other}"),
    }
}

fn wrong(error: anyhow::Error) -> reencode::Error<anyhow::Error> {
    reencode::Error::UserError(error)
}

/// The name of the table carries a hash (FNV-1a) of the program: files of two builds never go together.
fn table_export(program: &Program) -> String {
    let hash = hash::fnv1a(hash::FNV_START, program.bytes.iter().copied());
    format!("$table{hash:016x}")
}

fn function_export(function: u32) -> String {
    format!("${function:x}")
}

fn global_export(global: u32) -> String {
    format!("$g{global}")
}

/// What the second file takes from the first: functions and globals, by their number in the whole program.
fn shared(program: &Program, plan: &Plan) -> (Vec<u32>, Vec<u32>) {
    let (mut functions, mut globals) = (Vec::new(), Vec::new());
    for function in (0..program.types.len() as u32).filter(|function| plan.is_apart(*function)) {
        functions.extend(
            program
                .callees(function)
                .copied()
                .filter(|callee| !plan.is_apart(*callee)),
        );
        globals.extend(
            program
                .mentions(function)
                .into_iter()
                .flat_map(|calls| &calls.globals)
                .copied(),
        );
    }
    for list in [&mut functions, &mut globals] {
        list.sort_unstable();
        list.dedup();
    }
    (functions, globals)
}

/// The file that is loaded first.
pub(super) fn first(program: &Program, plan: &Plan) -> Result<Vec<u8>> {
    // Functions keep their order: what is apart is left out, unless it is called from here.
    let mut numbers = vec![None; program.types.len()];
    let mut next = 0;
    for (function, number) in (0..).zip(&mut numbers) {
        if !plan.is_apart(function) || plan.entries.binary_search(&function).is_ok() {
            *number = Some(next);
            next += 1;
        }
    }
    let mut first = First {
        program,
        plan,
        numbers,
        ensure: next,
        function: program.imported,
    };
    let mut module = Module::new();
    first
        .parse_core_module(&mut module, wasmparser::Parser::new(0), program.bytes)
        .map_err(told)?;
    Ok(module.finish())
}

struct First<'p, 'a> {
    program: &'p Program<'a>,
    plan: &'p Plan,
    /// The new number of each function that this file has.
    numbers: Vec<Option<u32>>,
    /// The function that has the other file fetched, unless that was done.
    ensure: u32,
    /// The function whose body is read.
    function: u32,
}

impl First<'_, '_> {
    /// The global that says that the second file is there.
    fn is_fetched(&self) -> u32 {
        self.program.globals.len() as u32
    }

    fn ensure_function(&self) -> Result<Function> {
        let fetch = self.program.export(FETCH)?;
        let fetch = self.numbers.get(fetch as usize).copied().flatten();
        let mut function = Function::new([]);
        function
            .instructions()
            .global_get(self.is_fetched())
            .i32_eqz()
            .if_(wasm_encoder::BlockType::Empty)
            .call(fetch.context("the function that fetches is apart")?)
            .i32_const(1)
            .global_set(self.is_fetched())
            .end()
            .end();
        Ok(function)
    }

    /// What stands for a function of the second file.
    fn stub(&self, entry: usize) -> Result<Function> {
        let whole = self.plan.entries.get(entry).copied().context("no such entry")?;
        let (ty, signature) = self.program.signature(whole)?;
        let mut function = Function::new([]);
        let mut code = function.instructions();
        code.call(self.ensure);
        for parameter in 0..signature.params().len() as u32 {
            code.local_get(parameter);
        }
        let slot = self.program.table_len + entry as u64;
        code.i32_const(i32::try_from(slot)?)
            .call_indirect(TABLE, ty)
            .end();
        Ok(function)
    }
}

impl Reencode for First<'_, '_> {
    type Error = anyhow::Error;

    fn function_index(&mut self, function: u32) -> Outcome<u32> {
        let number = self.numbers.get(function as usize).copied().flatten();
        number
            .with_context(|| format!("function {function} is apart"))
            .map_err(wrong)
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        _: wasmparser::FunctionSectionReader<'_>,
    ) -> Outcome {
        let imported = self.program.imported as usize;
        for (ty, number) in self.program.types.iter().zip(&self.numbers).skip(imported) {
            if number.is_some() {
                functions.function(*ty);
            }
        }
        let (ty, _) = self
            .program
            .export(FETCH)
            .and_then(|fetch| self.program.signature(fetch))
            .map_err(wrong)?;
        functions.function(ty);
        Ok(())
    }

    fn parse_table_section(
        &mut self,
        tables: &mut TableSection,
        section: wasmparser::TableSectionReader<'_>,
    ) -> Outcome {
        let more = self.plan.entries.len() as u64;
        for (number, table) in section.into_iter().enumerate() {
            let mut ty = self.table_type(table?.ty)?;
            if number == TABLE as usize {
                ty.minimum += more;
                ty.maximum = ty.maximum.map(|maximum| maximum + more);
            }
            tables.table(ty);
        }
        Ok(())
    }

    fn parse_global_section(
        &mut self,
        globals: &mut GlobalSection,
        section: wasmparser::GlobalSectionReader<'_>,
    ) -> Outcome {
        reencode::utils::parse_global_section(self, globals, section)?;
        let ty = GlobalType {
            val_type: ValType::I32,
            mutable: true,
            shared: false,
        };
        globals.global(ty, &ConstExpr::i32_const(0));
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Outcome {
        reencode::utils::parse_export_section(self, exports, section)?;
        let (functions, globals) = shared(self.program, self.plan);
        exports.export(&table_export(self.program), ExportKind::Table, TABLE);
        for global in globals {
            exports.export(&global_export(global), ExportKind::Global, global);
        }
        for function in functions {
            let number = self.function_index(function)?;
            exports.export(&function_export(function), ExportKind::Func, number);
        }
        Ok(())
    }

    fn parse_function_body(&mut self, code: &mut CodeSection, body: wasmparser::FunctionBody<'_>) -> Outcome {
        let function = self.function;
        self.function += 1;
        if !self.plan.is_apart(function) {
            reencode::utils::parse_function_body(self, code, body)?;
        } else if let Ok(entry) = self.plan.entries.binary_search(&function) {
            code.function(&self.stub(entry).map_err(wrong)?);
        }
        // The last body is followed by our own.
        if self.function as usize == self.program.types.len() {
            code.function(&self.ensure_function().map_err(wrong)?);
        }
        Ok(())
    }

    fn parse_custom_section(&mut self, _: &mut Module, _: wasmparser::CustomSectionReader<'_>) -> Outcome {
        Ok(())
    }
}

/// The file that is fetched when it is first called.
pub(super) fn second(program: &Program, plan: &Plan) -> Result<Vec<u8>> {
    let mut second = Second::new(program, plan);
    let (mut types, mut imports) = (TypeSection::new(), ImportSection::new());
    for signature in &program.signatures {
        let ty = second.func_type(signature.clone()).map_err(told)?;
        types.ty().func_type(&ty);
    }
    for function in &second.taken {
        let (ty, _) = program.signature(*function)?;
        imports.import(FIRST, &function_export(*function), EntityType::Function(ty));
    }
    let table = TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: program.table_len + plan.entries.len() as u64,
        maximum: None,
        shared: false,
    };
    imports.import(FIRST, &table_export(program), table);
    let memory = wasm_encoder::MemoryType {
        minimum: 1,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    };
    imports.import(FIRST, MEMORY_EXPORT, memory);
    for global in second.globals.clone() {
        let ty = program.globals.get(global as usize).context("no such global")?;
        let ty = second.global_type(*ty).map_err(told)?;
        imports.import(FIRST, &global_export(global), ty);
    }
    let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
    for (function, body) in (program.imported..).zip(&program.bodies) {
        if plan.is_apart(function) {
            functions.function(program.signature(function)?.0);
            second
                .parse_function_body(&mut code, body.clone())
                .map_err(told)?;
        }
    }
    let mut entries = Vec::new();
    for entry in &plan.entries {
        entries.push(second.function_index(*entry).map_err(told)?);
    }
    let mut elements = ElementSection::new();
    let at = ConstExpr::i32_const(i32::try_from(program.table_len)?);
    elements.active(None, &at, Elements::Functions(entries.into()));
    let mut module = Module::new();
    module
        .section(&types)
        .section(&imports)
        .section(&functions)
        .section(&elements)
        .section(&code);
    Ok(module.finish())
}

struct Second {
    /// The functions of the first file that are called here.
    taken: Vec<u32>,
    globals: Vec<u32>,
    /// The new number of each function that this file has or takes.
    numbers: Vec<Option<u32>>,
}

impl Second {
    fn new(program: &Program, plan: &Plan) -> Self {
        let (taken, globals) = shared(program, plan);
        let own = (0..program.types.len() as u32).filter(|function| plan.is_apart(*function));
        let mut numbers = vec![None; program.types.len()];
        for (number, function) in taken.iter().copied().chain(own).enumerate() {
            if let Some(place) = numbers.get_mut(function as usize) {
                *place = Some(number as u32);
            }
        }
        Self {
            taken,
            globals,
            numbers,
        }
    }
}

impl Reencode for Second {
    type Error = anyhow::Error;

    fn function_index(&mut self, function: u32) -> Outcome<u32> {
        let number = self.numbers.get(function as usize).copied().flatten();
        number
            .with_context(|| format!("function {function} is not there"))
            .map_err(wrong)
    }

    fn global_index(&mut self, global: u32) -> Outcome<u32> {
        let number = self
            .globals
            .binary_search(&global)
            .ok()
            .map(|number| number as u32);
        number
            .with_context(|| format!("global {global} is not there"))
            .map_err(wrong)
    }
}
