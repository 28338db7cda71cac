//! Texts with `{{name}}` in them.

use crate::sim::{Time, calendar};
use crate::userland::System;

/// A moment, as a format of `strftime` says it.
pub(super) fn date(format: &str, at: Time) -> String {
    calendar::utc(format, at.timestamp_micros())
}

/// What texts may name that are about no request.
pub(super) fn machine_value(name: &str, at: Time, system: &dyn System) -> Option<String> {
    Some(match name {
        "hostname" => system.identity().host,
        "ip" => address(system),
        "time" => date("%d/%b/%Y:%H:%M:%S +0000", at),
        "clock" => date("%Y/%m/%d %H:%M:%S", at),
        "stamp" => date("%Y-%m-%d %H:%M:%S.%3N", at),
        "apache" => date("%a %b %d %H:%M:%S.%6N %Y", at),
        "redis" => date("%d %b %Y %H:%M:%S.%3N", at),
        _ => return None,
    })
}

/// A text with the names replaced that are about no request.
pub(super) fn of_machine(text: &str, at: Time, system: &dyn System) -> String {
    fill(text, &|name| machine_value(name, at, system))
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

/// A text with its names replaced; one that is not known stays, for who comes later.
pub(super) fn fill(text: &str, value: &dyn Fn(&str) -> Option<String>) -> String {
    if !text.contains("{{") {
        return text.to_owned();
    }
    let mut parts = text.split("{{");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once("}}") {
            Some((name, rest)) => {
                match value(name) {
                    Some(value) => out.push_str(&value),
                    None => {
                        out.push_str("{{");
                        out.push_str(name);
                        out.push_str("}}");
                    }
                }
                out.push_str(rest);
            }
            None => {
                out.push_str("{{");
                out.push_str(part);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn names_are_replaced_once_and_others_stay() {
        let value = |name: &str| (name == "a").then(|| "{{a}}".to_owned());
        assert_eq!(fill("x {{a}} {{b}} {{", &value), "x {{a}} {{b}} {{");
        assert_eq!(fill("rien", &value), "rien");
    }
}
