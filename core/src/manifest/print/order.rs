//! The order of keys in go-yaml's output: letters by code point, digits by value (`a2` before `a10`), everything else
//! before letters.

use std::cmp::Ordering;

/// Compares two keys as go-yaml v2 sorts them.
pub(super) fn compare_keys(a: &str, b: &str) -> Ordering {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let Some(at) = a.iter().zip(&b).position(|(x, y)| x != y) else {
        return a.len().cmp(&b.len());
    };
    let (Some(x), Some(y)) = (a.get(at), b.get(at)) else {
        return Ordering::Equal;
    };
    match (x.is_alphabetic(), y.is_alphabetic()) {
        (true, true) => return x.cmp(y),
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    // A zero inside a number does not end it: 100 against 1a.
    let mut start = 0_i64;
    if *x == '0' || *y == '0' {
        let before = a.iter().take(at).rev().take_while(|c| c.is_ascii_digit());
        if before.copied().any(|c| c != '0') {
            start = 1;
        }
    }
    let (x_number, x_length) = number(&a, at, start);
    let (y_number, y_length) = number(&b, at, start);
    x_number
        .cmp(&y_number)
        .then(x_length.cmp(&y_length))
        .then(x.cmp(y))
}

fn number(text: &[char], at: usize, start: i64) -> (i64, usize) {
    let digits = text.iter().skip(at).map_while(|c| c.to_digit(10));
    digits.fold((start, 0), |(number, length), digit| {
        let next = number.wrapping_mul(10).wrapping_add(i64::from(digit));
        (next, length + 1)
    })
}
