//! Cells that many kinds print (`pkg/printers/internalversion/printers.go`).

use std::collections::BTreeMap;
use std::time::Duration;

use crate::api::AnyObject;
use crate::api::types::core::PodSpec;
use crate::api::types::meta::{ObjectMeta, Time as MetaTime};
use crate::sim::Time;

/// How long ago an object was created, as tables print it.
#[must_use]
pub fn age(object: &AnyObject, now: Time) -> String {
    age_of(object.metadata(), now)
}

/// How long ago the object of this metadata was created.
#[must_use]
pub fn age_of(metadata: &ObjectMeta, now: Time) -> String {
    since(metadata.creation_timestamp.as_ref(), now)
}

/// How long ago a moment was (`translateTimestampSince`).
#[must_use]
pub fn since(at: Option<&MetaTime>, now: Time) -> String {
    match at {
        Some(at) => human_duration(now.since(Time::from_timestamp(at.0))),
        None => "<unknown>".to_owned(),
    }
}

/// How a volume can be mounted, in short (`GetAccessModesAsString`).
#[must_use]
pub fn access_modes(modes: Option<&[String]>) -> String {
    let short = [
        ("ReadWriteOnce", "RWO"),
        ("ReadOnlyMany", "ROX"),
        ("ReadWriteMany", "RWX"),
        ("ReadWriteOncePod", "RWOP"),
    ];
    let given = |(name, _): &&(&str, &str)| modes.unwrap_or_default().iter().any(|mode| mode == name);
    let found: Vec<_> = short.iter().filter(given).map(|(_, short)| *short).collect();
    found.join(",")
}

/// When an object was created: what the tables of kinds without columns of their own say (`NewDefaultTableConvertor`).
#[must_use]
pub fn created_at(object: &AnyObject) -> String {
    let at = object.metadata().creation_timestamp.as_ref();
    at.map(|at| crate::sim::calendar::rfc3339(at.0))
        .unwrap_or_default()
}

/// The text, `<none>` if there is none.
#[must_use]
pub fn or_none(text: Option<&str>) -> String {
    text.filter(|text| !text.is_empty())
        .unwrap_or("<none>")
        .to_owned()
}

/// The names and the images of a template's containers, each joined by commas (`layoutContainerCells`).
#[must_use]
pub fn container_cells(spec: Option<&PodSpec>) -> [String; 2] {
    let containers = spec.map_or(&[][..], |spec| &spec.containers);
    let names: Vec<_> = containers
        .iter()
        .map(|container| container.name.as_str())
        .collect();
    let images: Vec<_> = containers
        .iter()
        .map(|container| container.image.as_deref().unwrap_or_default())
        .collect();
    [names.join(","), images.join(",")]
}

/// A duration in at most two units (`duration.HumanDuration` of `k8s.io/apimachinery`).
#[must_use]
pub fn human_duration(duration: Duration) -> String {
    let secs = duration.as_secs();
    let (minutes, hours, days, years) = (secs / 60, secs / 3_600, secs / 86_400, secs / 86_400 / 365);
    let two = |big: u64, big_unit: &str, small: u64, small_unit: &str| {
        if small == 0 {
            format!("{big}{big_unit}")
        } else {
            format!("{big}{big_unit}{small}{small_unit}")
        }
    };
    match secs {
        0..120 => format!("{secs}s"),
        120..600 => two(minutes, "m", secs % 60, "s"),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => two(hours, "h", minutes % 60, "m"),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => two(days, "d", hours % 24, "h"),
        691_200..63_072_000 => format!("{days}d"),
        63_072_000..252_288_000 => two(years, "y", days % 365, "d"),
        _ => format!("{years}y"),
    }
}

/// Labels as `a=b,c=d`, `<none>` if there are none (`labels.FormatLabels`).
#[must_use]
pub fn format_labels(labels: Option<&BTreeMap<String, String>>) -> String {
    match labels {
        Some(labels) if !labels.is_empty() => labels
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join(","),
        _ => "<none>".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_printed_as_kubernetes_does() {
        for (secs, text) in [
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (125, "2m5s"),
            (599, "9m59s"),
            (600, "10m"),
            (10_799, "179m"),
            (10_800, "3h"),
            (11_460, "3h11m"),
            (28_800, "8h"),
            (172_799, "47h"),
            (172_800, "2d"),
            (176_400, "2d1h"),
            (691_200, "8d"),
            (63_072_000, "2y"),
            (63_158_400, "2y1d"),
            (252_288_000, "8y"),
        ] {
            assert_eq!(human_duration(Duration::from_secs(secs)), text);
        }
    }
}
