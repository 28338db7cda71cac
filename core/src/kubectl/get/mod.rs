//! `kubectl get`

mod watch;

pub(crate) use watch::Watching;

use serde_json::{Value, json};

use super::command::Command;
use super::common::{ALL_NAMESPACES, CHUNK_SIZE, FIELD_SELECTOR, FILENAME, PRINT, SELECTOR, files};
use super::context::Cx;
use super::failure::Failure;
use super::flags::{Flag, Parsed};
use super::machine::Flow;
use super::output::{Format, GET_FORMATS, TableOptions, print_table, sort_by, sort_rows};
use super::resources::{Checks, Query, Target, infos};
use crate::api::{Kind, Names};
use crate::apiserver::Table;

const FLAGS: &[Flag] = &[
    Flag::off(
        "ignore-not-found",
        "If set to true, suppresses NotFound error for specific objects that do not exist.",
    ),
    Flag::list(
        "label-columns",
        "Accepts a comma separated list of labels that are going to be presented as columns.",
    )
    .short('L'),
    Flag::off(
        "no-headers",
        "When using the default or custom-column output format, don't print headers.",
    ),
    Flag::off(
        "output-watch-events",
        "Output watch event objects when --watch or --watch-only is used.",
    ),
    Flag::text("raw", "", "Raw URI to request from the server."),
    Flag::switch(
        "server-print",
        "true",
        "If true, have the server return the appropriate table output.",
    ),
    Flag::off(
        "show-kind",
        "If present, list the resource type for the requested object(s).",
    ),
    Flag::off(
        "show-labels",
        "When printing, show all labels as the last column.",
    ),
    Flag::text(
        "sort-by",
        "",
        "If non-empty, sort list types using this field specification.",
    ),
    Flag::text(
        "subresource",
        "",
        "If specified, gets the subresource of the requested object.",
    ),
    Flag::off(
        "watch",
        "After listing/getting the requested object, watch for changes.",
    )
    .short('w'),
    Flag::off(
        "watch-only",
        "Watch for changes to the requested object(s), without listing/getting first.",
    ),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    suggested_for: &["list", "ls"],
    usage: "[(-o|--output=)FORMAT] (TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...)",
    flags: &[
        FLAGS,
        PRINT,
        FILENAME,
        SELECTOR,
        FIELD_SELECTOR,
        ALL_NAMESPACES,
        CHUNK_SIZE,
    ],
    run: Some(run),
    ..Command::named("get", "Display one or many resources")
};

/// One request: an object, or the objects of a kind.
#[derive(Clone, Debug)]
struct Wanted {
    kind: Kind,
    namespace: String,
    name: Option<String>,
}

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    if !parsed.text("raw").is_empty() {
        return raw(cx, parsed);
    }
    let format = Format::of(cx, parsed, GET_FORMATS)?;
    if parsed.on("show-labels") && !format.is_human() {
        return Err(Failure::Message(format!(
            "--show-labels option cannot be used with {} printer",
            parsed.text("output")
        )));
    }
    let watching = parsed.on("watch") || parsed.on("watch-only");
    if parsed.on("output-watch-events") && !watching {
        return Err("--output-watch-events option can only be used with --watch or --watch-only".into());
    }
    if parsed.args.is_empty() && files(parsed).is_empty() && !watching {
        cx.io.stderr("You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of supported resources.\n\n");
        return Err(Failure::usage(
            "kubectl get",
            "Required resource not specified.\nUse \"kubectl explain <resource>\" for a detailed description of that resource (e.g. kubectl explain pods).",
        ));
    }
    let (wanted, mut failures) = wanted(cx, parsed)?;
    if watching {
        if let Some(failure) = Failure::all(failures) {
            return Err(failure);
        }
        return watch::start(cx, parsed, wanted);
    }
    if format.is_human() {
        tables(cx, parsed, &format, &wanted, &mut failures)?;
    } else {
        objects(cx, parsed, &format, &wanted, &mut failures)?;
    }
    match Failure::all(failures) {
        Some(failure) => Err(failure),
        None => Ok(Flow::Done(0)),
    }
}

/// What to ask for.
fn wanted(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<(Vec<Wanted>, Vec<Failure>), Failure> {
    let files = files(parsed);
    if !files.is_empty() {
        if !parsed.args.is_empty() {
            return Err("when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well".into());
        }
        let enforced = cx.enforced();
        let (found, failures) = infos(cx, files, enforced.as_deref(), Checks { schema: false });
        let wanted = found.into_iter().map(|info| Wanted {
            kind: info.kind,
            namespace: info.namespace,
            name: Some(info.name),
        });
        return Ok((wanted.collect(), failures));
    }
    let query = Query {
        types_alone: true,
        ..Query::of(parsed)
    };
    let everywhere = parsed.on("all-namespaces");
    let wanted: Vec<Wanted> = cx
        .targets(&query)?
        .into_iter()
        .map(|target| {
            let (kind, name) = match target {
                Target::Object(kind, name) => (kind, Some(name)),
                Target::Collection(kind) => (kind, None),
            };
            let namespace = if kind.namespaced() && !everywhere {
                cx.namespace.clone()
            } else {
                String::new()
            };
            Wanted {
                kind,
                namespace,
                name,
            }
        })
        .collect();
    if everywhere
        && wanted
            .iter()
            .any(|wanted| wanted.kind.namespaced() && wanted.name.is_some())
    {
        return Err("a resource cannot be retrieved by name across all namespaces".into());
    }
    Ok((wanted, Vec::new()))
}

fn ignored(parsed: &Parsed, failure: &crate::api::StatusError) -> bool {
    parsed.on("ignore-not-found") && failure.reason == "NotFound"
}

/// How tables are printed.
fn table_options(parsed: &Parsed, names: Names<'_>, with_kind: bool) -> TableOptions {
    TableOptions {
        no_headers: parsed.on("no-headers"),
        with_namespace: parsed.on("all-namespaces") && names.namespaced,
        with_kind: (with_kind || parsed.on("show-kind")).then(|| names.group_singular()),
        wide: parsed.text("output") == "wide",
        show_labels: parsed.on("show-labels"),
        label_columns: parsed.list("label-columns").to_vec(),
    }
}

fn tables(
    cx: &mut Cx<'_>,
    parsed: &Parsed,
    format: &Format,
    wanted: &[Wanted],
    failures: &mut Vec<Failure>,
) -> Result<(), Failure> {
    debug_assert!(format.is_human(), "tables are for people");
    let mut found: Vec<(Kind, Table)> = Vec::new();
    for one in wanted {
        match table(cx, parsed, one) {
            Ok(mut table) => {
                let sort = parsed.text("sort-by");
                if !sort.is_empty() {
                    sort_rows(&mut table.rows, sort)?;
                }
                found.push((one.kind, table));
            }
            Err(error) if ignored(parsed, &error) => {}
            Err(error) => failures.push(error.into()),
        }
    }
    let with_kind = found
        .iter()
        .any(|(kind, _)| Some(kind) != found.first().map(|(kind, _)| kind));
    // Tables of one kind after the other are one table.
    let mut merged: Vec<(Kind, Table)> = Vec::new();
    for (kind, table) in found {
        match merged.last_mut() {
            Some((last, above)) if *last == kind => above.rows.extend(table.rows),
            _ => merged.push((kind, table)),
        }
    }
    let mut printed = false;
    for (kind, table) in &merged {
        let text = print_table(
            table,
            &table_options(parsed, cx.names(*kind), with_kind),
            &mut Vec::new(),
        );
        if text.is_empty() {
            continue;
        }
        if printed && !parsed.on("no-headers") {
            cx.io.stdout("\n");
        }
        cx.io.stdout(&text);
        printed = true;
    }
    if !printed && failures.is_empty() && !parsed.on("ignore-not-found") {
        let namespaced = !parsed.on("all-namespaces") && wanted.iter().all(|one| one.kind.namespaced());
        let message = if namespaced {
            format!("No resources found in {} namespace.", cx.namespace)
        } else {
            "No resources found".to_owned()
        };
        cx.warn(&message);
    }
    Ok(())
}

fn table(cx: &mut Cx<'_>, parsed: &Parsed, one: &Wanted) -> Result<Table, crate::api::StatusError> {
    match &one.name {
        Some(name) => cx.get_table(one.kind, &one.namespace, name),
        None => cx.list_table(
            one.kind,
            &one.namespace,
            parsed.text("selector"),
            parsed.text("field-selector"),
        ),
    }
}

fn objects(
    cx: &mut Cx<'_>,
    parsed: &Parsed,
    format: &Format,
    wanted: &[Wanted],
    failures: &mut Vec<Failure>,
) -> Result<(), Failure> {
    let mut found: Vec<Value> = Vec::new();
    for one in wanted {
        let managed = parsed.on("show-managed-fields");
        let answer = match &one.name {
            Some(name) if managed => cx
                .get_managed(one.kind, &one.namespace, name)
                .map(|object| vec![object]),
            Some(name) => cx.get(one.kind, &one.namespace, name).map(|object| vec![object]),
            None => {
                let (labels, fields) = (parsed.text("selector"), parsed.text("field-selector"));
                let listed = if managed {
                    cx.list_managed(one.kind, &one.namespace, labels, fields)
                } else {
                    cx.list(one.kind, &one.namespace, labels, fields)
                };
                listed.map(|listed| listed.items.iter().map(crate::api::AnyObject::to_value).collect())
            }
        };
        match answer {
            Ok(objects) => found.extend(objects),
            Err(error) if ignored(parsed, &error) => {}
            Err(error) => failures.push(error.into()),
        }
    }
    let single = matches!(wanted, [one] if one.name.is_some());
    if found.is_empty() && (single || !failures.is_empty()) {
        return Ok(());
    }
    let sort = parsed.text("sort-by");
    if !sort.is_empty() {
        sort_by(&mut found, sort)?;
    }
    let text = match (single, found.as_slice()) {
        (true, [object]) => format.render(object)?,
        _ => format.render(&json!({
            "apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": found,
        }))?,
    };
    cx.io.stdout(&text);
    Ok(())
}

fn raw(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    if !parsed.args.is_empty() {
        return Err("arguments may not be passed when --raw is specified".into());
    }
    if parsed.on("watch") || parsed.on("watch-only") || !parsed.text("selector").is_empty() {
        return Err(
            "--raw may not be specified with other flags that filter the server request or alter the output"
                .into(),
        );
    }
    if !parsed.text("output").is_empty() {
        return Err("--raw and --output are mutually exclusive".into());
    }
    super::rawhttp::get(cx, parsed.text("raw"))?;
    Ok(Flow::Done(0))
}
