//! Flags as kubectl reads them: long and short, joined or apart, in any order, with the words of `spf13/pflag` when they
//! are wrong.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a flag's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    /// `true` or `false`; given without a value it is `true`.
    Bool,
    /// Any text; the last one counts.
    Text,
    /// Text separated by commas; may be repeated.
    List,
    /// Text that is taken whole; may be repeated.
    Array,
    /// A whole number.
    Int,
    /// A duration (`30s`, `1h5m`, `0`).
    Duration,
}

/// A flag that a command knows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flag {
    /// The long name, without dashes.
    pub(crate) name: &'static str,
    /// The short name.
    pub(crate) short: Option<char>,
    /// What its value is.
    pub(crate) kind: Type,
    /// Its value when it is not given.
    pub(crate) default: &'static str,
    /// Its value when it is given without one.
    pub(crate) bare: Option<&'static str>,
    /// What it is for.
    pub(crate) help: &'static str,
}

impl Flag {
    const fn new(name: &'static str, kind: Type, default: &'static str, help: &'static str) -> Self {
        Self {
            name,
            short: None,
            kind,
            default,
            bare: None,
            help,
        }
    }

    /// `--name`: off unless given.
    pub(crate) const fn off(name: &'static str, help: &'static str) -> Self {
        Self::switch(name, "false", help)
    }

    /// A switch with this default.
    pub(crate) const fn switch(name: &'static str, default: &'static str, help: &'static str) -> Self {
        let mut flag = Self::new(name, Type::Bool, default, help);
        flag.bare = Some("true");
        flag
    }

    /// A text, with this default.
    pub(crate) const fn text(name: &'static str, default: &'static str, help: &'static str) -> Self {
        Self::new(name, Type::Text, default, help)
    }

    /// Texts separated by commas.
    pub(crate) const fn list(name: &'static str, help: &'static str) -> Self {
        Self::new(name, Type::List, "", help)
    }

    /// Texts taken whole.
    pub(crate) const fn array(name: &'static str, help: &'static str) -> Self {
        Self::new(name, Type::Array, "", help)
    }

    /// A whole number, with this default.
    pub(crate) const fn int(name: &'static str, default: &'static str, help: &'static str) -> Self {
        Self::new(name, Type::Int, default, help)
    }

    /// A duration, with this default.
    pub(crate) const fn duration(name: &'static str, default: &'static str, help: &'static str) -> Self {
        Self::new(name, Type::Duration, default, help)
    }

    /// With a short name.
    pub(crate) const fn short(mut self, short: char) -> Self {
        self.short = Some(short);
        self
    }

    /// With a value for when none is given.
    pub(crate) const fn bare(mut self, value: &'static str) -> Self {
        self.bare = Some(value);
        self
    }
}

/// Arguments, read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Parsed {
    values: BTreeMap<String, Vec<String>>,
    given: Vec<String>,
    /// What is no flag, in order.
    pub(crate) args: Vec<String>,
    /// How many arguments stood before `--`.
    pub(crate) dash: Option<usize>,
}

impl Parsed {
    /// Whether a flag was given.
    pub(crate) fn given(&self, name: &str) -> bool {
        self.given.iter().any(|given| given == name)
    }

    /// The value of a flag, or its default.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.values
            .get(name)
            .and_then(|values| values.last())
            .map_or("", String::as_str)
    }

    /// As if a flag had not been given.
    pub(crate) fn forget(&mut self, name: &str) {
        self.values.remove(name);
        self.given.retain(|given| given != name);
    }

    /// Whether a switch is on.
    pub(crate) fn on(&self, name: &str) -> bool {
        self.text(name) == "true"
    }

    /// All values of a repeated flag.
    pub(crate) fn list(&self, name: &str) -> &[String] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }

    /// The value of a numeric flag.
    pub(crate) fn int(&self, name: &str) -> i64 {
        self.text(name).parse().unwrap_or(0)
    }

    /// The value of a flag that is a duration; negative ones are `None`.
    pub(crate) fn duration(&self, name: &str) -> Option<Duration> {
        parse_duration(self.text(name)).ok().flatten()
    }
}

/// Reads arguments.
///
/// # Errors
///
/// The words of pflag for unknown flags, missing and unreadable values.
pub(crate) fn parse<'f>(
    flags: impl Iterator<Item = &'f Flag> + Clone,
    arguments: &[String],
) -> Result<Parsed, String> {
    let mut parsed = Parsed::default();
    for flag in flags.clone() {
        if !flag.default.is_empty() {
            parsed
                .values
                .insert(flag.name.to_owned(), vec![flag.default.to_owned()]);
        }
    }
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if argument == "--" {
            parsed.dash = Some(parsed.args.len());
            parsed.args.extend(rest.by_ref().cloned());
        } else if let Some(long) = argument.strip_prefix("--") {
            long_flag(&mut parsed, flags.clone(), argument, long, &mut rest)?;
        } else if let Some(cluster) = argument.strip_prefix('-').filter(|cluster| !cluster.is_empty()) {
            short_flags(&mut parsed, flags.clone(), cluster, &mut rest)?;
        } else {
            parsed.args.push(argument.clone());
        }
    }
    Ok(parsed)
}

fn long_flag<'a, 'f>(
    parsed: &mut Parsed,
    mut flags: impl Iterator<Item = &'f Flag>,
    argument: &str,
    long: &str,
    rest: &mut impl Iterator<Item = &'a String>,
) -> Result<(), String> {
    if long.starts_with(['-', '=']) {
        return Err(format!("bad flag syntax: {argument}"));
    }
    let (name, value) = match long.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (long, None),
    };
    let flag = flags
        .find(|flag| flag.name == name)
        .ok_or_else(|| format!("unknown flag: --{name}"))?;
    let value = match (value, flag.bare) {
        (Some(value), _) => value,
        (None, Some(bare)) => bare,
        (None, None) => rest
            .next()
            .ok_or_else(|| format!("flag needs an argument: --{name}"))?,
    };
    set(parsed, flag, value)
}

fn short_flags<'a, 'f>(
    parsed: &mut Parsed,
    flags: impl Iterator<Item = &'f Flag> + Clone,
    cluster: &str,
    rest: &mut impl Iterator<Item = &'a String>,
) -> Result<(), String> {
    let mut chars = cluster.chars();
    while let Some(letter) = chars.next() {
        let remaining = chars.as_str();
        let tail: String = std::iter::once(letter).chain(remaining.chars()).collect();
        let flag = flags
            .clone()
            .find(|flag| flag.short == Some(letter))
            .ok_or_else(|| format!("unknown shorthand flag: '{letter}' in -{tail}"))?;
        if let Some(value) = remaining.strip_prefix('=') {
            return set(parsed, flag, value);
        }
        if let Some(bare) = flag.bare {
            set(parsed, flag, bare)?;
            continue;
        }
        if !remaining.is_empty() {
            return set(parsed, flag, remaining);
        }
        let value = rest
            .next()
            .ok_or_else(|| format!("flag needs an argument: '{letter}' in -{cluster}"))?;
        return set(parsed, flag, value);
    }
    Ok(())
}

fn set(parsed: &mut Parsed, flag: &Flag, value: &str) -> Result<(), String> {
    let value = read(flag.kind, value).map_err(|why| {
        let shown = match flag.short {
            Some(short) => format!("-{short}, --{}", flag.name),
            None => format!("--{}", flag.name),
        };
        format!("invalid argument {value:?} for {shown:?} flag: {why}")
    })?;
    let first = !parsed.given(flag.name);
    if first {
        parsed.given.push(flag.name.to_owned());
    }
    let values = parsed.values.entry(flag.name.to_owned()).or_default();
    match flag.kind {
        Type::List | Type::Array => {
            if first {
                values.clear();
            }
            if flag.kind == Type::List {
                values.extend(value.split(',').map(str::to_owned));
            } else {
                values.push(value);
            }
        }
        _ => *values = vec![value],
    }
    Ok(())
}

fn read(kind: Type, value: &str) -> Result<String, String> {
    match kind {
        Type::Bool => match value {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok("true".to_owned()),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok("false".to_owned()),
            _ => Err(format!("strconv.ParseBool: parsing {value:?}: invalid syntax")),
        },
        Type::Int => match value.parse::<i64>() {
            Ok(number) => Ok(number.to_string()),
            Err(_) => Err(format!("strconv.ParseInt: parsing {value:?}: invalid syntax")),
        },
        Type::Duration => parse_duration(value).map(|_| value.to_owned()),
        Type::Text | Type::List | Type::Array => Ok(value.to_owned()),
    }
}

/// Reads a duration of Go (`1h5m`, `1.5s`, `-1s`, `0`); `None` if it is negative.
///
/// # Errors
///
/// Go's words for what is not one.
pub(crate) fn parse_duration(text: &str) -> Result<Option<Duration>, String> {
    let invalid = || format!("time: invalid duration {text:?}");
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(Some(Duration::ZERO));
    }
    let mut nanos: u128 = 0;
    if rest.is_empty() {
        return Err(invalid());
    }
    while !rest.is_empty() {
        let number_end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (number, tail) = rest.split_at(number_end);
        let unit_end = tail
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let scale: u128 = match unit {
            "ns" => 1,
            "us" | "µs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            "" => return Err(format!("time: missing unit in duration {text:?}")),
            _ => return Err(format!("time: unknown unit {unit:?} in duration {text:?}")),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let whole: u128 = if whole.is_empty() {
            0
        } else {
            whole.parse().map_err(|_| invalid())?
        };
        nanos += whole.saturating_mul(scale);
        let mut place = scale;
        for digit in fraction.chars() {
            place /= 10;
            nanos += u128::from(digit.to_digit(10).ok_or_else(invalid)?) * place;
        }
        rest = tail;
    }
    if negative {
        return Ok(None);
    }
    Ok(Some(Duration::from_nanos(
        u64::try_from(nanos).unwrap_or(u64::MAX),
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLAGS: &[Flag] = &[
        Flag::off("watch", "").short('w'),
        Flag::text("namespace", "", "").short('n'),
        Flag::list("label-columns", "").short('L'),
        Flag::array("env", "").short('e'),
        Flag::int("replicas", "1", ""),
        Flag::duration("timeout", "30s", ""),
        Flag::text("dry-run", "none", "").bare("unchanged"),
    ];

    fn read(line: &str) -> Result<Parsed, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        parse(FLAGS.iter(), &words)
    }

    #[test]
    fn flags_stand_anywhere() {
        let parsed =
            read("get -wn kube-system pods --replicas=3 -L a,b -Lc --env A=1,2 -e B --dry-run x -- -w")
                .expect("valid");
        assert_eq!(parsed.args, ["get", "pods", "x", "-w"]);
        assert_eq!(parsed.dash, Some(3));
        assert!(parsed.on("watch") && parsed.given("watch"));
        assert_eq!(parsed.text("namespace"), "kube-system");
        assert_eq!(parsed.int("replicas"), 3);
        assert_eq!(parsed.list("label-columns"), ["a", "b", "c"]);
        assert_eq!(parsed.list("env"), ["A=1,2", "B"]);
        assert_eq!(parsed.text("dry-run"), "unchanged");
        assert_eq!(parsed.duration("timeout"), Some(Duration::from_secs(30)));
    }

    #[test]
    fn wrong_flags_are_told_in_pflags_words() {
        let check = |line: &str, expected: &str| assert_eq!(read(line), Err(expected.to_owned()), "{line}");
        check("--unknown-flag", "unknown flag: --unknown-flag");
        check("-wz", "unknown shorthand flag: 'z' in -z");
        check("--namespace", "flag needs an argument: --namespace");
        check("-wn", "flag needs an argument: 'n' in -wn");
        check(
            "--replicas=trois",
            "invalid argument \"trois\" for \"--replicas\" flag: strconv.ParseInt: parsing \"trois\": invalid syntax",
        );
        check(
            "-w=peut-etre",
            "invalid argument \"peut-etre\" for \"-w, --watch\" flag: strconv.ParseBool: parsing \"peut-etre\": invalid syntax",
        );
        check(
            "--timeout=10",
            "invalid argument \"10\" for \"--timeout\" flag: time: missing unit in duration \"10\"",
        );
    }

    #[test]
    fn durations_are_gos() {
        let check = |text: &str, millis: Option<u64>| {
            assert_eq!(
                parse_duration(text),
                Ok(millis.map(Duration::from_millis)),
                "{text}"
            );
        };
        check("1h5m", Some(3_900_000));
        check("1.5s", Some(1_500));
        check("0", Some(0));
        check("250ms", Some(250));
        check("-1s", None);
    }
}
