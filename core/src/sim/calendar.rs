//! The calendar: moments as clocks show them, and texts of moments. It stands for a library of time zones and formats that would
//! be thirty times its code.

use jiff::Timestamp;

use super::zone::Zone;

const DAY_SECS: i64 = 86_400;
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// What calendars and clocks show at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// The year.
    pub year: i64,
    /// The month, from 1.
    pub month: i64,
    /// The day of the month, from 1.
    pub day: i64,
    /// The hour, from 0 to 23.
    pub hour: i64,
    /// The minute.
    pub minute: i64,
    /// The second.
    pub second: i64,
}

impl Civil {
    /// What is shown so many seconds after the beginning of 1970.
    #[must_use]
    pub fn at(secs: i64) -> Self {
        let (days, rest) = (secs.div_euclid(DAY_SECS), secs.rem_euclid(DAY_SECS));
        // Years are counted from 1 March of the year 0, in eras of 400 years: leap days come last then.
        let days = days + 719_468;
        let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        Self {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month,
            day: day_of_year - (153 * shifted + 2) / 5 + 1,
            hour: rest / 3_600,
            minute: rest / 60 % 60,
            second: rest % 60,
        }
    }

    /// Seconds since the beginning of 1970.
    #[must_use]
    pub const fn secs(&self) -> i64 {
        let year = self.year - (self.month <= 2) as i64;
        let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let shifted = if self.month > 2 {
            self.month - 3
        } else {
            self.month + 9
        };
        let day_of_year = (153 * shifted + 2) / 5 + self.day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let days = era * 146_097 + day_of_era - 719_468;
        days * DAY_SECS + self.hour * 3_600 + self.minute * 60 + self.second
    }

    /// The day of the week, from 0 for Sunday.
    #[must_use]
    pub const fn weekday(&self) -> i64 {
        (self.secs().div_euclid(DAY_SECS) + 4).rem_euclid(7)
    }

    /// The day of the year, from 1.
    #[must_use]
    pub const fn day_of_year(&self) -> i64 {
        let first = Self {
            month: 1,
            day: 1,
            ..*self
        };
        (self.secs() - first.secs()) / DAY_SECS + 1
    }
}

/// The moment that a text names: RFC 3339, seconds may be missing.
#[must_use]
pub fn parse(text: &str) -> Option<Timestamp> {
    let mut rest = text;
    let year = number(&mut rest, 4, "")?;
    let month = number(&mut rest, 2, "-")?;
    let day = number(&mut rest, 2, "-")?;
    let hour = number(&mut rest, 2, "Tt ")?;
    let minute = number(&mut rest, 2, ":")?;
    let second = if rest.starts_with(':') {
        number(&mut rest, 2, ":")?
    } else {
        0
    };
    let mut nanos = 0;
    if let Some(fraction) = rest.strip_prefix(['.', ',']) {
        let end = fraction.find(|c: char| !c.is_ascii_digit())?;
        let (digits, after) = fraction.split_at(end);
        nanos = format!("{digits:0<9}").get(..9)?.parse().ok()?;
        rest = after;
    }
    let offset = match rest {
        "Z" | "z" => 0,
        _ => {
            let sign = if rest.starts_with('-') { -1 } else { 1 };
            let hours = number(&mut rest, 2, "+-")?;
            let minutes = number(&mut rest, 2, ":")?;
            if !rest.is_empty() || hours > 23 || minutes > 59 {
                return None;
            }
            sign * (hours * 3_600 + minutes * 60)
        }
    };
    let civil = Civil {
        year,
        month,
        day,
        hour,
        minute,
        second,
    };
    // What is no date (31 April, 25 o'clock) is another one when it is counted.
    let valid = Civil::at(civil.secs()) == civil;
    Timestamp::new(civil.secs() - offset, nanos)
        .ok()
        .filter(|_| valid)
}

/// Takes one of `before` and so many digits off the front.
fn number(rest: &mut &str, digits: usize, before: &str) -> Option<i64> {
    let mut text = *rest;
    if !before.is_empty() {
        text = text.strip_prefix(|c| before.contains(c))?;
    }
    let (number, after) = text.split_at_checked(digits)?;
    if !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    *rest = after;
    number.parse().ok()
}

/// Whether a text is a day of the calendar, `2026-09-07`.
#[must_use]
pub fn is_date(text: &str) -> bool {
    text.len() == 10 && parse(&format!("{text}T00:00:00Z")).is_some()
}

/// `metav1.Time`: a moment to the second.
#[must_use]
pub fn rfc3339(at: Timestamp) -> String {
    utc("%Y-%m-%dT%H:%M:%SZ", at)
}

/// `metav1.MicroTime`: a moment to the microsecond.
#[must_use]
pub fn rfc3339_micros(at: Timestamp) -> String {
    format!("{}.{:06}Z", utc("%Y-%m-%dT%H:%M:%S", at), at.subsec_microsecond())
}

/// A moment in UTC, in a pattern of `strftime`.
#[must_use]
pub fn utc(pattern: &str, at: Timestamp) -> String {
    format(pattern, at, &Zone::UTC).unwrap_or_default()
}

/// A moment as clocks show it in `zone`, in a pattern of `strftime`; `None` when the pattern is none.
#[must_use]
pub fn format(pattern: &str, at: Timestamp, zone: &Zone) -> Option<String> {
    let mut out = String::with_capacity(pattern.len() * 2);
    let local = zone.local(at.as_second());
    let shown = Shown {
        civil: Civil::at(at.as_second() + local.offset_secs),
        at,
        offset_secs: local.offset_secs,
        name: local.name,
    };
    shown.write(pattern, &mut out)?;
    Some(out)
}

struct Shown<'z> {
    civil: Civil,
    at: Timestamp,
    offset_secs: i64,
    name: &'z str,
}

impl Shown<'_> {
    fn write(&self, pattern: &str, out: &mut String) -> Option<()> {
        let mut chars = pattern.chars();
        while let Some(c) = chars.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            let (mut pad, mut upper, mut colon, mut digits) = (None, false, false, None);
            let letter = loop {
                match chars.next()? {
                    flag @ ('-' | '_' | '0') => pad = Some(flag),
                    '^' => upper = true,
                    ':' => colon = true,
                    digit @ '1'..='9' => digits = digit.to_digit(10),
                    letter => break letter,
                }
            };
            let from = out.len();
            match (letter, digits) {
                ('N', Some(digits)) => self.fraction(digits, out),
                _ => self.piece(letter, pad, colon, out)?,
            }
            if upper {
                let text = out.split_off(from).to_uppercase();
                out.push_str(&text);
            }
        }
        Some(())
    }

    /// So many digits of the second's fraction (`%3N`).
    fn fraction(&self, digits: u32, out: &mut String) {
        let nanos = format!("{:09}", self.at.subsec_nanosecond());
        let kept = usize::try_from(digits).unwrap_or(9);
        out.push_str(nanos.get(..kept).unwrap_or(&nanos));
    }

    /// One letter: a pattern of others, a text, or a number with its width and what fills it.
    fn piece(&self, letter: char, pad: Option<char>, colon: bool, out: &mut String) -> Option<()> {
        let now = &self.civil;
        let twelve = (now.hour + 11) % 12 + 1;
        let weekday = || now.weekday();
        let (number, width, fill) = match letter {
            'c' => return self.write("%a %b %e %H:%M:%S %Y", out),
            'D' | 'x' => return self.write("%m/%d/%y", out),
            'F' => return self.write("%Y-%m-%d", out),
            'R' => return self.write("%H:%M", out),
            'r' => return self.write("%I:%M:%S %p", out),
            'T' | 'X' => return self.write("%H:%M:%S", out),
            'a' | 'A' | 'b' | 'B' | 'h' | 'n' | 'p' | 'P' | 't' | 'Z' | 'z' | '%' => {
                self.text(letter, colon, out);
                return Some(());
            }
            'C' => (now.year / 100, 2, '0'),
            'd' => (now.day, 2, '0'),
            'e' => (now.day, 2, '_'),
            'H' => (now.hour, 2, '0'),
            'I' => (twelve, 2, '0'),
            'j' => (now.day_of_year(), 3, '0'),
            'k' => (now.hour, 2, '_'),
            'l' => (twelve, 2, '_'),
            'M' => (now.minute, 2, '0'),
            'm' => (now.month, 2, '0'),
            'N' => (i64::from(self.at.subsec_nanosecond()), 9, '0'),
            'S' => (now.second, 2, '0'),
            's' => (self.at.as_second(), 1, '0'),
            'U' => ((now.day_of_year() + 6 - weekday()) / 7, 2, '0'),
            'u' => ((weekday() + 6) % 7 + 1, 1, '0'),
            'V' => (self.iso_week().1, 2, '0'),
            'G' => (self.iso_week().0, 4, '0'),
            'W' => ((now.day_of_year() + 6 - (weekday() + 6) % 7) / 7, 2, '0'),
            'w' => (weekday(), 1, '0'),
            'Y' => (now.year, 4, '0'),
            'y' => (now.year.rem_euclid(100), 2, '0'),
            _ => return None,
        };
        match pad.unwrap_or(fill) {
            '-' => filled(out, number, 1, '0'),
            '_' => filled(out, number, width, ' '),
            _ => filled(out, number, width, '0'),
        }
        Some(())
    }

    fn text(&self, letter: char, colon: bool, out: &mut String) {
        let name = |names: &[&'static str], at: i64| {
            let at = usize::try_from(at).unwrap_or_default();
            names.get(at).copied().unwrap_or_default()
        };
        let day = name(&DAYS, self.civil.weekday());
        let month = name(&MONTHS, self.civil.month - 1);
        let morning = self.civil.hour < 12;
        out.push_str(match letter {
            'a' => day.get(..3).unwrap_or_default(),
            'A' => day,
            'b' | 'h' => month.get(..3).unwrap_or_default(),
            'B' => month,
            'n' => "\n",
            'p' if morning => "AM",
            'p' => "PM",
            'P' if morning => "am",
            'P' => "pm",
            't' => "\t",
            'Z' => self.name,
            'z' => return self.offset(colon, out),
            _ => "%",
        });
    }

    fn offset(&self, colon: bool, out: &mut String) {
        out.push(if self.offset_secs < 0 { '-' } else { '+' });
        let minutes = self.offset_secs.abs() / 60;
        filled(out, minutes / 60, 2, '0');
        out.push_str(if colon { ":" } else { "" });
        filled(out, minutes % 60, 2, '0');
    }

    /// The year and week of ISO 8601: weeks begin on Monday, and belong to the year that holds their Thursday.
    fn iso_week(&self) -> (i64, i64) {
        let from_thursday = (self.civil.weekday() + 6) % 7 - 3;
        let thursday = Civil::at(self.civil.secs() - from_thursday * DAY_SECS);
        (thursday.year, (thursday.day_of_year() - 1) / 7 + 1)
    }
}

/// Adds a number, filled from the left to a width: moments are written for each request that is logged.
fn filled(out: &mut String, number: i64, width: usize, fill: char) {
    let Ok(mut rest) = u64::try_from(number) else {
        let text = if fill == '0' {
            format!("{number:0width$}")
        } else {
            format!("{number:width$}")
        };
        return out.push_str(&text);
    };
    let mut digits = ['0'; 20];
    let mut first = digits.len();
    while rest > 0 || first == digits.len() {
        first -= 1;
        if let Some(digit) = digits.get_mut(first) {
            *digit = char::from(b'0' + u8::try_from(rest % 10).unwrap_or_default());
        }
        rest /= 10;
    }
    out.extend(std::iter::repeat_n(
        fill,
        width.saturating_sub(digits.len() - first),
    ));
    out.extend(digits.iter().skip(first));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the library says that is known to be right.
    #[test]
    fn days_are_those_of_jiff() {
        let mut secs = -30_000_000_000;
        while secs < 200_000_000_000 {
            let at = Timestamp::from_second(secs).expect("a moment");
            let civil = Civil::at(secs);
            assert_eq!(civil.secs(), secs);
            let patterns = "%Y-%m-%dT%H:%M:%S %j %A %b %I %p %u %w %U %W %V %G %e %k %y %C";
            assert_eq!(utc(patterns, at), at.strftime(patterns).to_string());
            let text = rfc3339(at);
            assert_eq!(parse(&text), Some(at), "{text}");
            secs += 86_399 * 97 + 61;
        }
    }

    #[test]
    fn texts_are_moments_or_none() {
        let check = |text: &str| assert_eq!(parse(text), text.parse::<Timestamp>().ok(), "{text}");
        for text in [
            "2026-09-07T08:00:00Z",
            "2026-09-07T08:00Z",
            "2026-09-07 08:00:00.5Z",
            "2026-09-07t08:00:00.123456789z",
            "2026-09-07T08:00:00+02:00",
            "2026-09-07T08:00:00-03:30",
            "2024-02-29T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-04-31T00:00:00Z",
            "2026-09-07T24:00:00Z",
            "2026-09-07T08:60:00Z",
            "2026-09-07T08:00:00",
            "2026-09-07",
            "hier",
            "",
        ] {
            check(text);
        }
        assert!(is_date("2024-02-29") && !is_date("2023-02-29") && !is_date("24-2-29"));
    }

    #[test]
    fn patterns_are_filled_as_date_fills_them() {
        let at = parse("2026-09-07T08:05:09.25Z").expect("a moment");
        let check = |pattern: &str, expected: &str| assert_eq!(utc(pattern, at), expected, "{pattern}");
        check("%c", "Mon Sep  7 08:05:09 2026");
        check("%D %T %R %r", "09/07/26 08:05:09 08:05 08:05:09 AM");
        check("%-d/%-m %_d %^a %%", "7/9  7 MON %");
        check("%s %N %Z %z %:z", "1788768309 250000000 UTC +0000 +00:00");
        check("%S.%3N %1N %9N", "09.250 2 250000000");
        assert_eq!(format("%E", at, &Zone::UTC), None);
        assert_eq!(rfc3339_micros(at), "2026-09-07T08:05:09.250000Z");
    }
}
