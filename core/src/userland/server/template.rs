//! Texts with `{{name}}` in them.

use crate::sim::{Time, calendar};
use crate::userland::System;

/// A moment, as a format of `strftime` says it.
pub(super) fn date(format: &str, at: Time) -> String {
    calendar::utc(format, at.timestamp_micros())
}

/// Adds what texts may name that are about no request; whether there is such a thing.
pub(super) fn machine_value(name: &str, at: Time, system: &dyn System, out: &mut String) -> bool {
    let format = match name {
        "hostname" => {
            out.push_str(&system.identity().host);
            return true;
        }
        "ip" => {
            out.push_str(&address(system));
            return true;
        }
        "time" => "%d/%b/%Y:%H:%M:%S +0000",
        "clock" => "%Y/%m/%d %H:%M:%S",
        "stamp" => "%Y-%m-%d %H:%M:%S.%3N",
        "apache" => "%a %b %d %H:%M:%S.%6N %Y",
        "redis" => "%d %b %Y %H:%M:%S.%3N",
        _ => return false,
    };
    out.push_str(&date(format, at));
    true
}

/// A text with the names replaced that are about no request.
pub(super) fn of_machine(text: &str, at: Time, system: &dyn System) -> String {
    fill(text, &|name, out| machine_value(name, at, system, out))
}

/// The machine's own address, as its hosts file says it.
pub(super) fn address(system: &dyn System) -> String {
    let hosts = system
        .files()
        .read("/etc/hosts", 0, usize::MAX)
        .unwrap_or_default();
    let hosts = String::from_utf8_lossy(&hosts);
    let last = hosts
        .lines()
        .last()
        .and_then(|line| line.split_whitespace().next());
    last.unwrap_or("127.0.0.1").to_owned()
}

/// Adds what a name stands for to a text; answers whether it stands for anything.
pub(super) type Values<'a> = &'a dyn Fn(&str, &mut String) -> bool;

/// A text with its names replaced; one that is not known stays, for who comes later.
pub(super) fn fill(text: &str, value: Values<'_>) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 2);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some(inner) = after.strip_prefix('{') else {
            out.push('{');
            rest = after;
            continue;
        };
        rest = inner;
        let named = inner.split_once('}');
        let named = named.and_then(|(name, after)| Some((name, after.strip_prefix('}')?)));
        match named {
            Some((name, after)) if value(name, &mut out) => rest = after,
            _ => out.push_str("{{"),
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn names_are_replaced_once_and_others_stay() {
        let value = |name: &str, out: &mut String| {
            out.push_str(if name == "a" { "{{a}}" } else { "" });
            name == "a"
        };
        assert_eq!(fill("x {{a}} {{b}} {{", &value), "x {{a}} {{b}} {{");
        assert_eq!(fill("{{b {{a}} {a} {{a}", &value), "{{b {{a}} {a} {{a}");
        assert_eq!(fill("rien", &value), "rien");
    }
}
