//! `kubectl kustomize`, and `-k` of other commands: manifests made of others by the rules of a `kustomization.yaml`
//! (`sigs.k8s.io/kustomize`).
//!
//! Its useful core: resources, `namespace`, `namePrefix`, `nameSuffix`, `labels`, `commonLabels`, `commonAnnotations`, `images`,
//! `replicas`, generators with their hashes, and patches. What else a kustomization may say is refused by name.

mod generate;
mod labels;
mod patches;
mod references;
mod transform;

use serde_json::Value;

use super::command::Command;
use super::context::Cx;
use super::failure::Failure;
use super::flags::{Flag, Parsed};
use super::hash;
use super::io::FileError;
use super::machine::Flow;
use super::resources::said;
use super::value::{items, map, put, text};
use crate::manifest;
use crate::manifest::print::to_yaml;

const FLAGS: &[Flag] = &[
    Flag::off("enable-alpha-plugins", "enable kustomize plugins"),
    Flag::off("enable-helm", "Enable use of the Helm chart inflator generator."),
    Flag::text(
        "load-restrictor",
        "LoadRestrictionsRootOnly",
        "if set to 'LoadRestrictionsNone', local kustomizations may load files from outside their root.",
    ),
    Flag::text("output", "", "If specified, write output to this path.").short('o'),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    usage: "DIR",
    flags: &[FLAGS],
    run: Some(run),
    ..Command::named(
        "kustomize",
        "Build a kustomization target from a directory or URL",
    )
};

/// The names that a kustomization file may have.
const FILES: &[&str] = &["kustomization.yaml", "kustomization.yml", "Kustomization"];
/// How deep kustomizations may lie in each other.
const MAX_DEPTH: usize = 16;

/// What a kustomization may say here.
const FIELDS: &[&str] = &[
    "apiVersion",
    "bases",
    "commonAnnotations",
    "commonLabels",
    "configMapGenerator",
    "generatorOptions",
    "images",
    "kind",
    "labels",
    "metadata",
    "namePrefix",
    "nameSuffix",
    "namespace",
    "patches",
    "patchesJson6902",
    "patchesStrategicMerge",
    "replicas",
    "resources",
    "secretGenerator",
];
/// What it may say elsewhere.
const OTHERS: &[&str] = &[
    "buildMetadata",
    "components",
    "configurations",
    "crds",
    "generators",
    "helmCharts",
    "helmGlobals",
    "openapi",
    "replacements",
    "sortOptions",
    "transformers",
    "validators",
    "vars",
];

/// An object on its way through the transformers.
#[derive(Clone, Debug, PartialEq)]
struct Resource {
    object: Value,
    /// The name it was given in each kustomization it came through, and before.
    names: Vec<String>,
    /// Whether its name is to end with a hash of what it holds.
    hashed: bool,
}

impl Resource {
    fn new(object: Value) -> Self {
        let names = vec![super::value::name(&object).to_owned()];
        Self {
            object,
            names,
            hashed: false,
        }
    }

    fn kind(&self) -> &str {
        text(&self.object, "/kind")
    }

    fn name(&self) -> &str {
        super::value::name(&self.object)
    }

    fn rename(&mut self, name: String) {
        self.names.push(name.clone());
        put(&mut self.object, &["metadata", "name"], name);
    }
}

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    let folder = match parsed.args.as_slice() {
        [] => ".",
        [folder] => folder,
        _ => return Err("specify one path to kustomization.yaml".into()),
    };
    let documents: Vec<String> = build(cx, folder)?.iter().map(to_yaml).collect();
    let text = documents.join("---\n");
    match parsed.text("output") {
        "" => cx.io.stdout(&text),
        path => cx
            .io
            .write_file(path, &text)
            .map_err(|error| Failure::Message(format!("open {path}: {}", said(&error))))?,
    }
    Ok(Flow::Done(0))
}

/// The objects that a folder's kustomization makes, in the order in which they are applied.
///
/// # Errors
///
/// When there is none, or it is wrong.
pub(crate) fn build(cx: &Cx<'_>, folder: &str) -> Result<Vec<Value>, Failure> {
    if folder.starts_with("http://") || folder.starts_with("https://") || folder.starts_with("github.com/") {
        return Err(Failure::Message(format!(
            "hit 27s timeout running '/usr/bin/git fetch --depth=1 {folder} HEAD'"
        )));
    }
    let mut resources = target(cx, folder, 0)?;
    // Names change once more where they end with a hash.
    for resource in &mut resources {
        if resource.hashed {
            let name = format!("{}-{}", resource.name(), hash::of(&resource.object));
            resource.rename(name);
        }
    }
    references::update(&mut resources);
    crate::sort::sort_by(&mut resources, |a, b| order(a).cmp(&order(b)));
    Ok(resources.into_iter().map(|resource| resource.object).collect())
}

/// What is applied first, and what last (`resid.legacyOrder`).
fn order(resource: &Resource) -> (usize, String) {
    const FIRST: &[&str] = &[
        "Namespace",
        "ResourceQuota",
        "StorageClass",
        "CustomResourceDefinition",
        "ServiceAccount",
        "PodSecurityPolicy",
        "Role",
        "ClusterRole",
        "RoleBinding",
        "ClusterRoleBinding",
        "ConfigMap",
        "Secret",
        "Endpoints",
        "Service",
        "LimitRange",
        "PriorityClass",
        "PersistentVolume",
        "PersistentVolumeClaim",
        "Deployment",
        "StatefulSet",
        "CronJob",
        "PodDisruptionBudget",
    ];
    const LAST: &[&str] = &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];
    let kind = resource.kind();
    let place = match FIRST.iter().position(|known| *known == kind) {
        Some(place) => place,
        None => {
            FIRST.len()
                + LAST
                    .iter()
                    .position(|known| *known == kind)
                    .map_or(0, |place| place + 1)
        }
    };
    let (version, namespace) = (
        text(&resource.object, "/apiVersion"),
        text(&resource.object, "/metadata/namespace"),
    );
    let group = if version.contains('/') { version } else { "" };
    (
        place,
        format!("{group}\u{1}{kind}\u{1}{namespace}\u{1}{}", resource.name()),
    )
}

/// The kustomization of a folder.
fn kustomization(cx: &Cx<'_>, folder: &str) -> Result<Value, Failure> {
    let whole = cx.io.absolute(folder);
    match cx.io.list_dir(folder) {
        Ok(_) => {}
        Err(FileError::NotFound) => {
            return Err(Failure::Message(format!(
                "must build at directory: not a valid directory: evalsymlink failure on '{whole}' : lstat {whole}: no such file or directory"
            )));
        }
        Err(_) => {
            return Err(Failure::Message(format!(
                "must build at directory: '{whole}': file is not directory"
            )));
        }
    }
    let found: Vec<String> = FILES
        .iter()
        .filter_map(|name| cx.io.read_file(&join(folder, name)).ok())
        .collect();
    let text = match found.as_slice() {
        [text] => text,
        [] => {
            return Err(Failure::Message(format!(
                "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '{whole}'"
            )));
        }
        _ => {
            return Err(Failure::Message(format!(
                "Found multiple kustomization files under: {whole}"
            )));
        }
    };
    let document = match manifest::parse(text).into_iter().next() {
        None => return Err("kustomization.yaml is empty".into()),
        Some(document) => {
            document
                .map_err(|problem| {
                    Failure::Message(format!(
                        "invalid Kustomization: error converting YAML to JSON: yaml: {}",
                        problem.message
                    ))
                })?
                .value
        }
    };
    for (field, value) in document.as_object().into_iter().flatten() {
        if OTHERS.contains(&field.as_str()) && !value.is_null() {
            return Err(Failure::Message(format!(
                "the field {field} of a kustomization is not simulated by this lab: leave it out"
            )));
        }
        if !FIELDS.contains(&field.as_str()) {
            return Err(Failure::Message(format!(
                "invalid Kustomization: json: unknown field {field:?}"
            )));
        }
    }
    Ok(document)
}

fn join(folder: &str, name: &str) -> String {
    if name.starts_with('/') {
        name.to_owned()
    } else {
        format!("{}/{name}", folder.trim_end_matches('/'))
    }
}

/// What the kustomization of a folder makes, before hashes.
fn target(cx: &Cx<'_>, folder: &str, depth: usize) -> Result<Vec<Resource>, Failure> {
    if depth > MAX_DEPTH {
        let whole = cx.io.absolute(folder);
        return Err(Failure::Message(format!(
            "cycle detected: candidate root '{whole}' contains visited root '{whole}'"
        )));
    }
    let rules = kustomization(cx, folder)?;
    let mut resources = Vec::new();
    for key in ["resources", "bases"] {
        for path in items(&rules, &format!("/{key}")) {
            accumulate(
                cx,
                folder,
                path.as_str().unwrap_or_default(),
                depth,
                &mut resources,
            )?;
        }
    }
    generate::run(cx, folder, &rules, &mut resources)?;
    patches::run(cx, folder, &rules, &mut resources)?;
    transform::namespace(&mut resources, text(&rules, "/namespace"));
    transform::names(
        &mut resources,
        text(&rules, "/namePrefix"),
        text(&rules, "/nameSuffix"),
    );
    labels::run(&mut resources, &rules);
    transform::images(&mut resources, items(&rules, "/images"));
    transform::replicas(&mut resources, items(&rules, "/replicas"))?;
    references::update(&mut resources);
    Ok(resources)
}

/// Adds what a path of `resources` stands for: a manifest, or a folder with a kustomization.
fn accumulate(
    cx: &Cx<'_>,
    folder: &str,
    path: &str,
    depth: usize,
    resources: &mut Vec<Resource>,
) -> Result<(), Failure> {
    let below = join(folder, path);
    let text = match cx.io.read_file(&below) {
        Ok(text) => text,
        Err(FileError::IsDirectory) => {
            let found = target(cx, &below, depth + 1).map_err(|failure| {
                Failure::Message(format!(
                    "accumulating resources: accumulation err='accumulating resources from '{path}': '{}' must resolve to a file': {}",
                    cx.io.absolute(&below),
                    failure.bare()
                ))
            })?;
            for resource in found {
                add(resources, resource, path)?;
            }
            return Ok(());
        }
        Err(_) => {
            let whole = cx.io.absolute(&below);
            let lost = format!("evalsymlink failure on '{whole}' : lstat {whole}: no such file or directory");
            return Err(Failure::Message(format!(
                "accumulating resources: accumulation err='accumulating resources from '{path}': {lost}': must build at directory: not a valid directory: {lost}"
            )));
        }
    };
    for object in documents(&text).map_err(|why| {
        Failure::Message(format!("accumulating resources: accumulation err='accumulating resources from '{path}': {why}': must build at directory: '{}': file is not directory", cx.io.absolute(&below)))
    })? {
        add(resources, Resource::new(object), path)?;
    }
    Ok(())
}

/// The objects of a manifest; lists are taken apart.
fn documents(text: &str) -> Result<Vec<Value>, String> {
    let mut found = Vec::new();
    for document in manifest::parse(text) {
        let value = document
            .map_err(|problem| format!("MalformedYAMLError: yaml: {}", problem.message))?
            .value;
        if super::resources::is_list(&value) {
            found.extend(items(&value, "/items").iter().cloned());
        } else if !value.is_null() {
            if self::text(&value, "/kind").is_empty() {
                return Err("missing metadata.name or kind in object".to_owned());
            }
            found.push(value);
        }
    }
    Ok(found)
}

fn add(resources: &mut Vec<Resource>, resource: Resource, path: &str) -> Result<(), Failure> {
    let id = id(&resource.object);
    if resources.iter().any(|known| self::id(&known.object) == id) {
        return Err(Failure::Message(format!(
            "accumulating resources: accumulation err='merging resources from '{path}': may not add resource with an already registered id: {id}'"
        )));
    }
    resources.push(resource);
    Ok(())
}

/// An object as kustomize names it (`Deployment.v1.apps/web.default`).
fn id(object: &Value) -> String {
    let version = text(object, "/apiVersion");
    let (group, version) = version.split_once('/').unwrap_or(("[noGrp]", version));
    let namespace = match text(object, "/metadata/namespace") {
        "" => "[noNs]",
        namespace => namespace,
    };
    let (kind, name) = (text(object, "/kind"), super::value::name(object));
    format!("{kind}.{version}.{group}/{name}.{namespace}")
}

/// The pairs of a map of texts.
fn pairs(value: &Value, pointer: &str) -> Vec<(String, Value)> {
    let found = map(value, pointer).into_iter().flatten();
    found.map(|(key, value)| (key.clone(), value.clone())).collect()
}
