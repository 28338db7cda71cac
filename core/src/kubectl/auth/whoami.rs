//! `kubectl auth whoami`: whom the API server sees.

use serde_json::json;

use crate::kubectl::command::Command;
use crate::kubectl::common::PRINT;
use crate::kubectl::context::Cx;
use crate::kubectl::failure::Failure;
use crate::kubectl::flags::Parsed;
use crate::kubectl::machine::Flow;
use crate::kubectl::output::Printer;
use crate::kubectl::output::tabwriter::{TABLE, aligned};
use crate::kubectl::value::{items, map, text};

/// The command.
pub(super) const COMMAND: Command = Command {
    flags: &[PRINT],
    run: Some(run),
    ..Command::named("whoami", "Experimental: Check self subject attributes")
};

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    if let Some(word) = parsed.args.first() {
        let message = format!("unexpected arguments: [{word}]");
        return Err(Failure::usage("kubectl auth whoami", &message));
    }
    let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    let body = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
    let answer = cx.post(path, body)?;
    if !parsed.text("output").is_empty() {
        let mut printer = Printer::of(cx, parsed)?;
        printer.print(cx, &answer, "")?;
        return Ok(Flow::Done(0));
    }
    let list = |texts: &[serde_json::Value]| {
        let texts: Vec<&str> = texts.iter().filter_map(serde_json::Value::as_str).collect();
        format!("[{}]", texts.join(" "))
    };
    let user = "/status/userInfo";
    let mut out = format!(
        "ATTRIBUTE\tVALUE\nUsername\t{}\n",
        text(&answer, &format!("{user}/username"))
    );
    let uid = text(&answer, &format!("{user}/uid"));
    if !uid.is_empty() {
        out.push_str(&format!("UID\t{uid}\n"));
    }
    let groups = items(&answer, &format!("{user}/groups"));
    if !groups.is_empty() {
        out.push_str(&format!("Groups\t{}\n", list(groups)));
    }
    for (key, values) in map(&answer, &format!("{user}/extra")).into_iter().flatten() {
        let values = values.as_array().map_or(&[][..], Vec::as_slice);
        out.push_str(&format!("Extra: {key}\t{}\n", list(values)));
    }
    cx.io.stdout(&aligned(&out, TABLE));
    Ok(Flow::Done(0))
}
