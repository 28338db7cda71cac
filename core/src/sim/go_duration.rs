//! Spans of time as Go's programs print them (`time.Duration.String`), to the millisecond.

use std::time::Duration;

/// `280ms`, `1.5s`, `1m30s`, `2h0m0s`
#[must_use]
pub fn go_duration(span: Duration) -> String {
    let (whole, millis) = (span.as_secs(), span.subsec_millis());
    if whole == 0 && millis > 0 {
        return format!("{millis}ms");
    }
    let mut secs = format!("{}.{millis:03}", whole % 60);
    secs.truncate(secs.trim_end_matches('0').trim_end_matches('.').len());
    match (whole / 3_600, whole / 60 % 60) {
        (0, 0) => format!("{secs}s"),
        (0, minutes) => format!("{minutes}m{secs}s"),
        (hours, minutes) => format!("{hours}h{minutes}m{secs}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_printed_as_go_does() {
        for (millis, text) in [
            (0, "0s"),
            (280, "280ms"),
            (1_500, "1.5s"),
            (10_000, "10s"),
            (90_000, "1m30s"),
            (300_000, "5m0s"),
            (7_200_000, "2h0m0s"),
        ] {
            assert_eq!(go_duration(Duration::from_millis(millis)), text);
        }
    }
}
