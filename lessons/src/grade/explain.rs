//! Why a goal is not met yet, in French, found from the mismatch itself: "2 Pods prêts sur 3". Texts are Markdown; names are code.
use super::history::{Asked, History, Past};
use super::watch::{Item, Seen, Watch};
use crate::amount::plain;
use crate::pattern::Mismatch;
use serde_json::Value;
use timonier_core::sim::Time;

/// Objects named in a sentence before "…".
const NAMED: usize = 3;

/// Why a state is not reached.
pub(super) fn state(watch: &Watch, seen: &Seen, now: Time) -> String {
    let kind = watch.selection.kind.as_str();
    let total = seen.items.len();
    if seen.truth {
        let lasted = now.as_micros().saturating_sub(seen.since.as_micros()) / 1_000_000;
        let wanted = watch.holds_micros / 1_000_000;
        return format!("C’est le cas depuis {lasted} s ; il faut que cela dure {wanted} s.");
    }
    if total == 0 {
        return match watch.selection.exact_name() {
            Some(name) => format!("Il n’y a pas de {kind} `{name}`{}.", place(watch)),
            None => format!(
                "Il n’y a aucun {kind}{}{} (attendu : {}).",
                described(watch),
                place(watch),
                watch.count
            ),
        };
    }
    if let Some((item, mismatch)) = seen.items.values().find_map(|i| Some((i, i.fails.as_ref()?))) {
        return format!("{kind} `{}` : {}.", item.name, phrase(mismatch));
    }
    let first = seen.items.values().find_map(|i| Some((i, i.mismatch.as_ref()?)));
    if watch.count.is_zero() {
        return format!(
            "Il reste {}{} : {}.",
            counted(seen.matched, kind),
            described(watch),
            names(seen, |i| i.mismatch.is_none())
        );
    }
    if let (Some(_), Some((item, mismatch))) = (watch.selection.exact_name(), first) {
        return format!("{kind} `{}` : {}.", item.name, phrase(mismatch));
    }
    if watch.matches.is_none() {
        return format!(
            "{}{}, attendu : {}.",
            counted(seen.matched, kind),
            described(watch),
            watch.count
        );
    }
    let adjective = watch.matches.as_ref().and_then(adjective);
    let wanted = watch
        .count
        .target()
        .map_or_else(|| watch.count.to_string(), str::to_owned);
    let over = !watch
        .count
        .target()
        .is_some_and(|t| t.parse().is_ok_and(|t: i64| seen.matched <= t));
    let head = match adjective {
        Some(adjective) if over => format!(
            "{}, attendu : {}",
            agreed(seen.matched, kind, adjective),
            watch.count
        ),
        Some(adjective) => format!("{} sur {wanted}", agreed(seen.matched, kind, adjective)),
        None if over => format!(
            "{} comme demandé, attendu : {}",
            counted(seen.matched, kind),
            watch.count
        ),
        None => format!("{} sur {wanted} comme demandé", counted(seen.matched, kind)),
    };
    match first.filter(|_| !over) {
        Some((item, mismatch)) => format!("{head} ; `{}` : {}.", item.name, phrase(mismatch)),
        None => format!("{head}."),
    }
}

/// Why a property of the history is not there.
pub(super) fn history(history: &History, past: &Past, watches: &[Watch], seen: &[Seen], now: Time) -> String {
    if let Some((at, matched)) = past.broken {
        let kind = history.watches.first().and_then(|i| watches.get(*i));
        let what = kind.map_or(String::new(), |w| {
            let adjective = w.matches.as_ref().and_then(adjective).unwrap_or_default();
            format!(" (il y avait {})", agreed(matched, &w.selection.kind, adjective))
        });
        let secs = now.as_secs().saturating_sub(at.as_secs());
        return format!(
            "Il y a {secs} s, cela n’a pas été respecté{what}. Rien ne peut le rattraper : recommencez l’exercice."
        );
    }
    let watched = |index: usize| Some((watches.get(index)?, seen.get(index)?));
    let why = |index: usize| watched(index).map(|(w, s)| state(w, s, now)).unwrap_or_default();
    match (history.after.filter(|_| !past.started), history.kind) {
        (Some(after), _) => why(after),
        (None, Asked::Happened | Asked::Always) => {
            history.watches.first().map(|i| why(*i)).unwrap_or_default()
        }
        (None, Asked::Sequence) => {
            let text = history
                .watches
                .get(past.progress)
                .map(|i| why(*i))
                .unwrap_or_default();
            format!(
                "Étape {} sur {} : {}",
                past.progress + 1,
                history.watches.len(),
                lower_first(&text)
            )
        }
        (None, Asked::Never) => String::new(),
    }
}

/// What is wrong at one place of an object.
pub(super) fn phrase(mismatch: &Mismatch) -> String {
    let Mismatch {
        path,
        expected,
        found,
    } = mismatch;
    let parts: Vec<&str> = path.split('.').collect();
    let number = || found.as_ref().map_or_else(|| "0".to_owned(), plain);
    let wanted = plain(expected).trim_start_matches(['>', '=', '<']).to_owned();
    let bracket = |part: &str| {
        part.split_once('[')
            .and_then(|(_, id)| id.strip_suffix(']'))
            .map(str::to_owned)
    };
    match parts.as_slice() {
        [
            "status",
            counter @ ("readyReplicas" | "availableReplicas" | "updatedReplicas" | "replicas"),
        ] if scalar(expected) => {
            let adjective = match *counter {
                "readyReplicas" => "prêt",
                "availableReplicas" => "disponible",
                "updatedReplicas" => "à jour",
                _ => "",
            };
            format!(
                "{} sur {wanted}",
                agreed(number().parse().unwrap_or_default(), "Pod", adjective)
            )
        }
        ["status", "conditions[Ready]", ..] => "pas encore prêt".to_owned(),
        ["metadata", "deletionTimestamp"] if expected.is_null() => "en cours de suppression".to_owned(),
        ["metadata", "labels", key @ ..] => valued(
            &format!("l’étiquette `{}`", key.join(".")),
            expected,
            found.as_ref(),
        ),
        ["metadata", "annotations", key @ ..] => valued(
            &format!("l’annotation `{}`", key.join(".")),
            expected,
            found.as_ref(),
        ),
        [.., container, "image"] => match bracket(container) {
            Some(name) => valued(
                &format!("l’image du conteneur `{name}`"),
                expected,
                found.as_ref(),
            ),
            None => valued("l’image", expected, found.as_ref()),
        },
        [.., last] if found.is_none() && last.starts_with("containers[") && expected.is_object() => {
            let name = bracket(last).filter(|id| id.parse::<usize>().is_err());
            name.map_or_else(
                || "il manque un conteneur comme demandé".to_owned(),
                |name| format!("il manque le conteneur `{name}`"),
            )
        }
        _ => valued(&format!("`{path}`"), expected, found.as_ref()),
    }
}

fn scalar(value: &Value) -> bool {
    value.is_number() || value.is_string()
}

fn valued(what: &str, expected: &Value, found: Option<&Value>) -> String {
    let found = found.map_or_else(
        || "manque".to_owned(),
        |f| {
            if simple(f) {
                format!("vaut `{}`", plain(f))
            } else {
                "est autre".to_owned()
            }
        },
    );
    match expected {
        Value::Null => format!("{what} {found} et devrait être absent"),
        expected if simple(expected) => format!("{what} {found} (attendu : `{}`)", plain(expected)),
        _ => format!("{what} {found} et ne convient pas"),
    }
}

fn simple(value: &Value) -> bool {
    !value.is_object() && !value.is_array()
}

/// The adjective for a well-known pattern.
fn adjective(pattern: &Value) -> Option<&'static str> {
    let ready = pattern
        .pointer("/status/conditions")
        .and_then(Value::as_array)
        .is_some_and(|conditions| {
            conditions.iter().any(|c| {
                c.get("type").is_some_and(|t| t == "Ready") && c.get("status").is_some_and(|s| s == "True")
            })
        });
    let phase = pattern.pointer("/status/phase").and_then(Value::as_str);
    match (ready, phase) {
        (true, _) => Some("prêt"),
        (false, Some("Running")) => Some("en marche"),
        (false, Some("Pending")) => Some("en attente"),
        (false, Some("Succeeded")) => Some("terminé"),
        _ => None,
    }
}

/// `2 Pods prêts`, `1 Pod prêt`, `3 Pods en marche`.
fn agreed(n: i64, kind: &str, adjective: &str) -> String {
    let plural = n.abs() > 1 && !adjective.is_empty() && !adjective.contains(' ');
    let adjective = if plural {
        format!("{adjective}s")
    } else {
        adjective.to_owned()
    };
    format!("{} {adjective}", counted(n, kind)).trim_end().to_owned()
}

fn counted(n: i64, kind: &str) -> String {
    let s = if n.abs() > 1 && !kind.ends_with('s') {
        "s"
    } else {
        ""
    };
    format!("{n} {kind}{s}")
}

fn described(watch: &Watch) -> String {
    match (&watch.selection.name, &watch.selection.selector_text) {
        (Some(name), _) => format!(" `{name}`"),
        (None, Some(selector)) => format!(" `{selector}`"),
        (None, None) => String::new(),
    }
}

fn place(watch: &Watch) -> String {
    match watch.selection.namespace.as_deref() {
        None | Some("default") => String::new(),
        Some(namespace) => format!(" dans le namespace `{namespace}`"),
    }
}

fn names(seen: &Seen, wanted: impl Fn(&Item) -> bool) -> String {
    let mut all = seen
        .items
        .values()
        .filter(|i| wanted(i))
        .map(|i| format!("`{}`", i.name));
    let first: Vec<String> = all.by_ref().take(NAMED).collect();
    let more = if all.next().is_some() { "…" } else { "" };
    format!("{}{more}", first.join(", "))
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map(|first| first.to_lowercase().chain(chars).collect())
        .unwrap_or_default()
}
