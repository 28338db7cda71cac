//! Fractions as style sheets take them. The standard library's way of writing a float, exact for every one of them, is 15 KB of program.

/// A number to the nearest ten-thousandth, without zeros at its end.
#[must_use]
pub fn decimal(value: f64) -> String {
    let whole = (value * 10_000.0).round() as i64;
    let mut text = format!(
        "{}{}.{:04}",
        if whole < 0 { "-" } else { "" },
        whole.unsigned_abs() / 10_000,
        whole.unsigned_abs() % 10_000
    );
    text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    text
}

/// A number, or the nearest that is neither less than `least` nor more than `most`. The library's way writes its bounds when it panics, which
/// brings all of the program that writes floats.
#[must_use]
pub const fn within(value: f64, least: f64, most: f64) -> f64 {
    value.max(least).min(most)
}

#[cfg(test)]
mod tests {
    use super::{decimal, within};

    #[test]
    fn numbers_are_kept_within_bounds() {
        let kept = [-1.0, 0.5, 3.0].map(|value| within(value, 0.0, 1.0));
        assert_eq!(kept.map(decimal), ["0", "0.5", "1"]);
    }

    #[test]
    fn fractions_are_short() {
        let numbers = [0.0, 1.0, -0.25, 12.5, 0.333_333, 1_200.0, -0.000_01, 99.999_99];
        let texts: Vec<String> = numbers.into_iter().map(decimal).collect();
        assert_eq!(texts, ["0", "1", "-0.25", "12.5", "0.3333", "1200", "0", "100"]);
    }
}
