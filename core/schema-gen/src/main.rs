//! Writes `core/src/api/schema/structure.txt`, `descriptions.txt` and `core/src/api/convert/nodes.rs` from k8s-openapi's types, plus two tables of facts
//! that those types lack: `patch-facts.txt` (merge keys, list types; see [`facts`]) and `named-types.txt` (Go's names for
//! strings with a fixed set of values, and the values).
//!
//! ```text
//! cargo run --manifest-path core/schema-gen/Cargo.toml                      # write the assets
//! cargo run --manifest-path core/schema-gen/Cargo.toml -- --check           # fail when they would change
//! cargo run --manifest-path core/schema-gen/Cargo.toml -- facts FILE.json   # rewrite patch-facts.txt
//! ```
//!
//! This package stands outside the workspace, with a lock file of its own, so that its `schemars` feature never reaches
//! the engine.

mod facts;
mod kinds;
mod nodes;
mod structure;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let facts_file = here.join("patch-facts.txt");
    if let [command, source] = args.as_slice()
        && command == "facts"
    {
        let source = std::fs::read_to_string(source).expect("the definitions file can be read");
        std::fs::write(facts_file, facts::extract(&source)).expect("patch-facts.txt can be written");
        return ExitCode::SUCCESS;
    }
    let read = |path: PathBuf| std::fs::read_to_string(path).expect("a table of facts can be read");
    let facts = facts::Facts::parse(
        &read(facts_file),
        &read(here.join("named-types.txt")),
        &read(here.join("enum-values.txt")),
    );
    let generated = kinds::generate();
    let assets = structure::assets(&generated, &facts);
    let folder = here.join("../src/api");
    let mut stale = Vec::new();
    for (name, text) in [
        ("schema/structure.txt", assets.structure),
        ("schema/descriptions.txt", assets.descriptions),
        ("convert/nodes.rs", nodes::module(&generated)),
    ] {
        let path = folder.join(name);
        if args.iter().any(|arg| arg == "--check") {
            if std::fs::read_to_string(&path).ok().as_deref() != Some(text.as_str()) {
                stale.push(name);
            }
        } else {
            std::fs::write(&path, text).expect("the asset can be written");
        }
    }
    if stale.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!(
        "stale: {}; run `cargo run --manifest-path core/schema-gen/Cargo.toml`",
        stale.join(", ")
    );
    ExitCode::FAILURE
}
