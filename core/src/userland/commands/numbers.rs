//! `seq`

use super::{Start, System};
use crate::sh::Io;

/// How many numbers one `seq` prints at most.
const COUNT_MAX: i64 = 200_000;

pub(super) fn seq(start: &Start, io: &mut Io<'_>, _: &mut dyn System) -> i32 {
    let mut words: Vec<&str> = start.argv.iter().skip(1).map(String::as_str).collect();
    let (mut separator, mut width) = ("\n".to_owned(), false);
    while let Some(word) = words.first().copied() {
        match word {
            "-w" => width = true,
            "-s" if words.len() > 1 => {
                separator = words.remove(1).to_owned();
            }
            _ if word.starts_with("-s") => separator = word.get(2..).unwrap_or_default().to_owned(),
            _ => break,
        }
        words.remove(0);
    }
    let hint = "Try 'seq --help' for more information.\n";
    if words.is_empty() {
        io.error(format!("seq: missing operand\n{hint}"));
        return 1;
    }
    if let Some(extra) = words.get(3) {
        io.error(format!("seq: extra operand ‘{extra}’\n{hint}"));
        return 1;
    }
    match numbers(&words, hint, &separator, width) {
        Ok(text) => {
            io.print(text);
            0
        }
        Err(message) => {
            io.error(message);
            1
        }
    }
}

/// The text that `seq` prints for one to three numbers.
fn numbers(words: &[&str], hint: &str, separator: &str, width: bool) -> Result<String, String> {
    let decimals = words
        .iter()
        .map(|word| word.split_once('.').map_or(0, |(_, decimals)| decimals.len()))
        .max()
        .unwrap_or(0)
        .min(9);
    let scale = 10_i64.pow(u32::try_from(decimals).unwrap_or(0));
    let mut numbers = Vec::new();
    for word in words {
        match scaled(word, decimals) {
            Some(number) => numbers.push(number),
            None => return Err(format!("seq: invalid floating point argument: ‘{word}’\n{hint}")),
        }
    }
    let (first, step, last) = match numbers.as_slice() {
        [last] => (scale, scale, *last),
        [first, last] => (*first, scale, *last),
        [first, step, last, ..] => (*first, *step, *last),
        [] => return Ok(String::new()),
    };
    if step == 0 {
        return Err(format!(
            "seq: invalid Zero increment value: ‘{}’\n{hint}",
            words.get(1).copied().unwrap_or("0")
        ));
    }
    let count = (last.saturating_sub(first) / step)
        .saturating_add(1)
        .clamp(0, COUNT_MAX);
    if (step > 0 && first > last) || (step < 0 && first < last) {
        return Ok(String::new());
    }
    let show = |number: i64| {
        let sign = if number < 0 { "-" } else { "" };
        let (whole, part) = (
            number.unsigned_abs() / scale.unsigned_abs(),
            number.unsigned_abs() % scale.unsigned_abs(),
        );
        if decimals == 0 {
            format!("{sign}{whole}")
        } else {
            format!("{sign}{whole}.{part:0>decimals$}")
        }
    };
    let texts: Vec<String> = (0..count).map(|index| show(first + index * step)).collect();
    let longest = if width {
        texts.iter().map(String::len).max().unwrap_or(0)
    } else {
        0
    };
    let texts: Vec<String> = texts
        .into_iter()
        .map(|text| format!("{text:0>longest$}"))
        .collect();
    Ok(texts.join(separator)
        + "
")
}

/// A decimal number as an integer of its last decimal place.
fn scaled(text: &str, decimals: usize) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{part:0<decimals$}");
    digits
        .parse::<i64>()
        .ok()
        .filter(|number| number.unsigned_abs() < 1 << 52)
}
