//! `kubectl autoscale`

use serde_json::{Value, json};

use super::command::Command;
use super::common::{DRY_RUN, FIELD_MANAGER, FILENAME, PRINT, RECORD, SAVE_CONFIG};
use super::context::Cx;
use super::create::send;
use super::failure::Failure;
use super::flags::{Flag, Parsed};
use super::machine::Flow;
use super::resources::{Info, Pick};
use super::value::{put, text};
use crate::api::Kind;
use crate::api::quantity::Amount;

const FLAGS: &[Flag] = &[
    Flag::text(
        "cpu",
        "",
        "Target CPU utilization over all the pods. When specified as a percentage (e.g.\"70%\" for 70% of requested CPU) it will target average utilization. When specified as quantity (e.g.\"500m\" for 500 milliCPU) it will target average value. Value without units is treated as a quantity with miliCPU being the unit (e.g.\"500\" is \"500m\").",
    ),
    Flag::int(
        "cpu-percent",
        "-1",
        "The target average CPU utilization (represented as a percent of requested CPU) over all the pods. If it's not specified or negative, a default autoscaling policy will be used.",
    ),
    Flag::int(
        "max",
        "-1",
        "The upper limit for the number of pods that can be set by the autoscaler. Required.",
    ),
    Flag::text(
        "memory",
        "",
        "Target memory utilization over all the pods. When specified as a percentage (e.g.\"60%\" for 60% of requested memory) it will target average utilization. When specified as quantity (e.g.\"200Mi\" for 200 MiB, \"1Gi\" for 1 GiB) it will target average value. Value without units is treated as a quantity with mebibytes being the unit (e.g.\"200\" is \"200Mi\").",
    ),
    Flag::int(
        "min",
        "-1",
        "The lower limit for the number of pods that can be set by the autoscaler. If it's not specified or negative, the server will apply a default value.",
    ),
    Flag::text(
        "name",
        "",
        "The name for the newly created object. If not specified, the name of the input resource will be used.",
    ),
];

/// The command.
pub(crate) const COMMAND: Command = Command {
    usage: "(-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu=CPU] [--memory=MEMORY]",
    flags: &[
        FLAGS,
        FILENAME,
        PRINT,
        DRY_RUN,
        FIELD_MANAGER,
        SAVE_CONFIG,
        RECORD,
    ],
    required: &["max"],
    run: Some(run),
    ..Command::named(
        "autoscale",
        "Auto-scale a deployment, replica set, stateful set, or replication controller",
    )
};

const CPU_PERCENT_DEPRECATED: &str = "Flag --cpu-percent has been deprecated, Use --cpu with percentage or resource quantity \
                                      format (e.g., '70%' for utilization or '500m' for milliCPU).\n";

fn run(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Flow, Failure> {
    if parsed.given("cpu-percent") {
        cx.io.stderr(CPU_PERCENT_DEPRECATED);
    }
    let (least, most) = (parsed.int("min"), parsed.int("max"));
    if most < 1 {
        return Err(format!("--max=MAXPODS is required and must be at least 1, max: {most}").into());
    }
    if most < least {
        return Err(format!(
            "--max=MAXPODS must be larger or equal to --min=MINPODS, max: {most}, min: {least}"
        )
        .into());
    }
    if parsed.given("cpu-percent") && parsed.given("cpu") {
        return Err("--cpu-percent and --cpu are mutually exclusive".into());
    }
    let metrics = metrics(parsed)?;
    let pick = Pick {
        fetch: true,
        types_alone: false,
    };
    let picked = cx.pick(parsed, &parsed.args, pick)?;
    let failure = Failure::all(picked.failures);
    let mut count = 0;
    for info in &picked.infos {
        if !matches!(info.kind, Kind::Custom(_)) && !info.kind.info().subresources.contains(&"scale") {
            let kind = super::resources::full_kind(info.kind);
            return Err(format!(
                "cannot autoscale a {kind}: the server could not find the requested resource"
            )
            .into());
        }
        // Whatever is refused, kubectl tries the old version of the API next, and has nothing to send to it.
        send(cx, parsed, autoscaler(parsed, info, &metrics), "autoscaled").map_err(|_| {
            "failed to create autoscaling/v2 HPA and the configuration is incompatible with autoscaling/v1: empty input"
        })?;
        count += 1;
    }
    match failure {
        Some(failure) => Err(failure),
        None if count == 0 => Err("no objects passed to autoscale".into()),
        None => Ok(Flow::Done(0)),
    }
}

fn autoscaler(parsed: &Parsed, info: &Info, metrics: &[Value]) -> Value {
    let name = match parsed.text("name") {
        "" => info.name.as_str(),
        name => name,
    };
    let mut object = json!({
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": name},
        "spec": {
            "scaleTargetRef": {
                "apiVersion": text(&info.object, "/apiVersion"), "kind": text(&info.object, "/kind"), "name": info.name,
            },
            "maxReplicas": parsed.int("max"),
        },
        "status": {"currentMetrics": null, "desiredReplicas": 0},
    });
    if parsed.int("min") > 0 {
        put(&mut object, &["spec", "minReplicas"], json!(parsed.int("min")));
    }
    if !metrics.is_empty() {
        put(&mut object, &["spec", "metrics"], json!(metrics));
    }
    object
}

fn metrics(parsed: &Parsed) -> Result<Vec<Value>, Failure> {
    let mut metrics = Vec::new();
    let percent = parsed.int("cpu-percent");
    if percent >= 0 {
        let target = json!({"type": "Utilization", "averageUtilization": percent});
        metrics.push(resource("cpu", &target));
    }
    for (name, unit) in [("cpu", "m"), ("memory", "Mi")] {
        let given = parsed.text(name);
        if given.is_empty() {
            continue;
        }
        let target = target(name, given, unit)?;
        metrics.push(resource(name, &target));
    }
    Ok(metrics)
}

fn resource(name: &str, target: &Value) -> Value {
    json!({"type": "Resource", "resource": {"name": name, "target": target}})
}

fn target(name: &str, given: &str, unit: &str) -> Result<Value, Failure> {
    if let Some(percent) = given.strip_suffix('%') {
        let percent: i32 = percent
            .parse()
            .ok()
            .filter(|percent| *percent >= 0)
            .ok_or_else(|| {
                format!("invalid value for --{name}: {given:?}: percentage must be a positive number")
            })?;
        return Ok(json!({"type": "Utilization", "averageUtilization": percent}));
    }
    let quantity = if given.parse::<i64>().is_ok() {
        format!("{given}{unit}")
    } else {
        given.to_owned()
    };
    let amount = Amount::parse(&quantity)
        .map_err(|error| format!("invalid value for --{name}: {given:?}: {error}"))?;
    Ok(json!({"type": "AverageValue", "averageValue": amount.to_string()}))
}
