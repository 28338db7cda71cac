//! The order of the modules and of the crates: who may know whom. ARCHITECTURE.md states it, this holds the code to it.
//!
//! Source files are read as tokens, so that comments, strings and the layout of `use` lines do not matter, and code
//! inside macros counts. Each path that starts with `crate::`, or that climbs with `super::` to the top, is a use.

#![expect(
    clippy::expect_used,
    reason = "a test may stop where a source file cannot be read"
)]
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "core itself is held to them, this reads its files"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use serde_json::Value;

/// The layers of `core`, lowest first. A module may use what stands in lower layers, and itself.
const LAYERS: &[&[&str]] = &[
    &["sort", "sorted"],
    &["sim"],
    &["api", "sh"],
    &["manifest", "etcd", "userland"],
    &["apiserver"],
    &["client", "runtime"],
    &["controllers", "scheduler", "kubelet", "network", "metrics"],
    &["kubectl", "explain"],
    &["terminal"],
    &["cluster"],
];

/// The crates of the workspace and which of them each may depend on. Nothing knows `web`.
const CRATES: &[(&str, &[&str])] = &[
    ("timonier-core", &[]),
    ("timonier-lessons", &["timonier-core"]),
    ("timonier-web", &["timonier-core", "timonier-lessons"]),
    ("timonier", &["timonier-core", "timonier-lessons"]),
    ("xtask", &[]),
];

/// What ties a crate to a browser, a clock, threads, or chance: nothing for `core` and `lessons`.
const HOST: &[&str] = &[
    "wasm-bindgen",
    "js-sys",
    "web-sys",
    "yew",
    "gloo",
    "rand",
    "getrandom",
    "fastrand",
    "tokio",
    "chrono",
    "rayon",
];

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|names| names.contains(&module))
}

/// What is wrong with a module of `core` using another.
fn fault(module: &str, used: &str) -> Option<String> {
    if module == used {
        return None;
    }
    match (layer(module), layer(used)) {
        (None, _) => Some(format!(
            "`{module}` has no layer: give it one in core/tests/layers.rs and ARCHITECTURE.md"
        )),
        (_, None) => Some(format!(
            "`{module}` uses `crate::{used}`, which is not a module of a layer"
        )),
        (Some(own), Some(other)) if other < own => None,
        _ => Some(format!(
            "`{module}` must not use `{used}`, which does not stand in a lower layer"
        )),
    }
}

/// The top-level modules that a piece of source uses. `depth` is how many modules deep it lies below the crate.
fn uses(source: &str, depth: usize) -> BTreeSet<String> {
    let tokens: TokenStream = source.parse().expect("core compiles");
    let mut found = BTreeSet::new();
    walk(tokens, depth, &mut found);
    found
}

fn walk(tokens: TokenStream, depth: usize, found: &mut BTreeSet<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut rest = tokens.as_slice();
    while let Some((token, after)) = rest.split_first() {
        rest = after;
        match token {
            TokenTree::Ident(word) if word == "mod" => {
                if let [TokenTree::Ident(_), TokenTree::Group(body), ..] = rest {
                    walk(body.stream(), depth + 1, found);
                    rest = rest.get(2..).unwrap_or_default();
                }
            }
            TokenTree::Ident(word) if word == "crate" => name(after_colons(rest), found),
            TokenTree::Ident(word) if word == "super" => {
                let mut climbed = 1;
                let mut path = after_colons(rest);
                while let Some([TokenTree::Ident(word), tail @ ..]) = path {
                    if word != "super" {
                        break;
                    }
                    climbed += 1;
                    rest = tail;
                    path = after_colons(tail);
                }
                if climbed >= depth {
                    name(path, found);
                }
            }
            TokenTree::Group(group) => walk(group.stream(), depth, found),
            _ => {}
        }
    }
}

/// What follows `::`.
fn after_colons(tokens: &[TokenTree]) -> Option<&[TokenTree]> {
    match tokens {
        [TokenTree::Punct(a), TokenTree::Punct(b), rest @ ..] if a.as_char() == ':' && b.as_char() == ':' => {
            Some(rest)
        }
        _ => None,
    }
}

/// The first name of a path below the crate, or each of `{a, b::c}`.
fn name(path: Option<&[TokenTree]>, found: &mut BTreeSet<String>) {
    match path {
        Some([TokenTree::Ident(module), ..]) => {
            found.insert(module.to_string());
        }
        Some([TokenTree::Punct(star), ..]) if star.as_char() == '*' => {
            found.insert("*".to_owned());
        }
        Some([TokenTree::Group(list), ..]) if list.delimiter() == Delimiter::Brace => {
            let items: Vec<TokenTree> = list.stream().into_iter().collect();
            let comma = |token: &TokenTree| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ',');
            for item in items.split(comma) {
                name(Some(item), found);
            }
        }
        _ => {}
    }
}

/// The faults of all files below a folder of `core/src`, of which `module` is the top-level module.
fn faults_below(path: &Path, module: &str, depth: usize, faults: &mut Vec<String>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a folder of core") {
            let path = entry.expect("a file of core").path();
            let is_mod = path.file_stem().is_some_and(|stem| stem == "mod");
            faults_below(&path, module, if is_mod { depth } else { depth + 1 }, faults);
        }
    } else if path.extension().is_some_and(|ending| ending == "rs") {
        let source = fs::read_to_string(path).expect("a file of core");
        let wrong = uses(&source, depth)
            .into_iter()
            .filter_map(|used| fault(module, &used));
        faults.extend(wrong.map(|fault| format!("{}: {fault}", path.display())));
    }
}

#[test]
fn modules_use_only_lower_layers() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut faults = Vec::new();
    for entry in fs::read_dir(&src).expect("core/src") {
        let path = entry.expect("an entry of core/src").path();
        let module = path.file_stem().expect("a name").to_string_lossy().into_owned();
        if module != "lib" {
            faults_below(&path, &module, 1, &mut faults);
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn crates_depend_only_downwards() {
    let metadata = metadata();
    let packages = metadata
        .get("packages")
        .and_then(Value::as_array)
        .expect("packages");
    let mut faults = Vec::new();
    for package in packages {
        let name = package.get("name").and_then(Value::as_str).expect("a name");
        let names = package
            .get("dependencies")
            .and_then(Value::as_array)
            .expect("dependencies")
            .iter();
        let linked = names.filter(|dependency| dependency.get("kind").is_some_and(Value::is_null));
        let linked = linked.filter_map(|dependency| dependency.get("name")?.as_str());
        faults.extend(crate_faults(name, linked));
    }
    assert_eq!(
        packages.len(),
        CRATES.len(),
        "a crate came or went: list it in CRATES"
    );
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

fn crate_faults<'a>(name: &str, linked: impl Iterator<Item = &'a str>) -> Vec<String> {
    let Some((_, may)) = CRATES.iter().find(|(known, _)| *known == name) else {
        return vec![format!("`{name}` is not listed")];
    };
    let ours = |dependency: &str| CRATES.iter().any(|(known, _)| *known == dependency);
    let host = |dependency: &str| {
        HOST.iter()
            .any(|host| dependency == *host || dependency.starts_with(&format!("{host}-")))
    };
    let bare = ["timonier-core", "timonier-lessons"].contains(&name);
    let wrong = linked
        .filter(|dependency| (ours(dependency) && !may.contains(dependency)) || (bare && host(dependency)));
    wrong
        .map(|dependency| format!("`{name}` must not depend on `{dependency}`"))
        .collect()
}

fn metadata() -> Value {
    let cargo = std::env::var_os("CARGO").expect("tests are run by cargo");
    let mut command = Command::new(cargo);
    command
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&command.output().expect("cargo metadata").stdout).expect("JSON")
}

mod checker {
    use super::*;

    fn check(source: &str, depth: usize, expected: &[&str]) {
        assert_eq!(
            uses(source, depth).into_iter().collect::<Vec<_>>(),
            expected,
            "{source}"
        );
    }

    #[test]
    fn finds_every_way_to_name_a_module() {
        check("use crate::api::Pod;", 1, &["api"]);
        check(
            "use crate::{api::{Pod, Node}, sim as s, etcd::*};",
            1,
            &["api", "etcd", "sim"],
        );
        check(
            "fn f(x: &crate::sim::Time) -> u8 { g(crate::etcd::get()) }",
            1,
            &["etcd", "sim"],
        );
        check("my_macro!(a, [crate::kubelet::X]);", 1, &["kubelet"]);
        check("macro_rules! m { () => { $crate::cluster::X } }", 1, &["cluster"]);
        check("use crate::*;", 1, &["*"]);
        check("pub(crate) struct S; pub(in crate::sim) fn f() {}", 1, &["sim"]);
        check(
            "// crate::kubectl\nconst S: &str = \"crate::kubectl::X\"; /// crate::kubectl\nfn f() {}",
            1,
            &[],
        );
    }

    #[test]
    fn follows_super_to_the_top() {
        check("use super::kubelet::X;", 1, &["kubelet"]);
        check("use super::pod::X;", 2, &[]);
        check("use super::super::kubelet::X;", 2, &["kubelet"]);
        check(
            "mod tests { use super::*; use super::super::kubelet::X; }",
            1,
            &["kubelet"],
        );
        check("mod tests { use super::super::kubelet::X; }", 2, &[]);
        check("use super::{api::X, etcd};", 1, &["api", "etcd"]);
    }

    #[test]
    fn only_lower_layers_pass() {
        let check = |module, used, expected| {
            assert_eq!(fault(module, used).is_none(), expected, "{module} -> {used}");
        };
        check("etcd", "api", true);
        check("cluster", "sim", true);
        check("kubelet", "kubelet", true);
        check("kubelet", "scheduler", false);
        check("api", "etcd", false);
        check("apiserver", "kubectl", false);
        check("apiserver", "Pod", false);
        check("kubelet", "*", false);
        check("unheard_of", "api", false);
    }

    #[test]
    fn crates_are_held_to_their_list() {
        let check = |name, linked: &[&'static str], faults| {
            assert_eq!(crate_faults(name, linked.iter().copied()).len(), faults, "{name}");
        };
        check("timonier-core", &["serde", "k8s-openapi"], 0);
        check("timonier-core", &["gloo-timers"], 1);
        check("timonier-core", &["timonier-lessons", "rand"], 2);
        check("timonier-lessons", &["timonier-core"], 0);
        check("timonier-web", &["yew", "web-sys", "timonier-core"], 0);
        check("timonier", &["timonier-web"], 1);
        check("timonier-extra", &[], 1);
    }
}
