//! Time zones as POSIX writes their rules: `CET-1CEST,M3.5.0,M10.5.0/3`.

use super::calendar::Civil;

/// A time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    standard: Local,
    summer: Option<Summer>,
}

/// What clocks show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    /// Seconds before UTC (east of Greenwich).
    pub offset_secs: i64,
    /// What it is called: `CEST`.
    pub name: &'static str,
}

/// Summer time, from one day of each year to another.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Summer {
    local: Local,
    from: Change,
    to: Change,
}

/// The `week`th (5: the last) `weekday` of a month, at a time on the clocks that it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Change {
    month: i64,
    week: i64,
    weekday: i64,
    secs: i64,
}

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self {
        standard: Local {
            offset_secs: 0,
            name: "UTC",
        },
        summer: None,
    };

    /// Reads a rule.
    #[must_use]
    pub fn posix(rule: &'static str) -> Option<Self> {
        let mut rest = rule;
        let standard = Local {
            name: name(&mut rest)?,
            offset_secs: -time(&mut rest)?,
        };
        if rest.is_empty() {
            return Some(Self {
                standard,
                summer: None,
            });
        }
        let called = name(&mut rest)?;
        let offset_secs = if rest.starts_with(',') {
            standard.offset_secs + 3_600
        } else {
            -time(&mut rest)?
        };
        let local = Local {
            offset_secs,
            name: called,
        };
        let from = change(&mut rest)?;
        let to = change(&mut rest)?;
        let summer = Some(Summer { local, from, to });
        rest.is_empty().then_some(Self { standard, summer })
    }

    /// What clocks show so many seconds after the beginning of 1970.
    #[must_use]
    pub fn local(&self, secs: i64) -> &Local {
        let Some(summer) = &self.summer else {
            return &self.standard;
        };
        let year = Civil::at(secs + self.standard.offset_secs).year;
        let from = summer.from.in_year(year) - self.standard.offset_secs;
        let to = summer.to.in_year(year) - summer.local.offset_secs;
        // South of the equator, summer is around the new year.
        let is_summer = if from < to {
            (from..to).contains(&secs)
        } else {
            !(to..from).contains(&secs)
        };
        if is_summer { &summer.local } else { &self.standard }
    }
}

impl Change {
    /// When it happens, in seconds on the clocks.
    fn in_year(&self, year: i64) -> i64 {
        let first = Civil {
            year,
            month: self.month,
            day: 1,
            hour: 0,
            minute: 0,
            second: 0,
        };
        let mut day = (self.weekday - first.weekday()).rem_euclid(7) + 1 + (self.week - 1) * 7;
        // The fifth is the last, which may be the fourth.
        while Civil::at(first.secs() + (day - 1) * 86_400).month != self.month {
            day -= 7;
        }
        first.secs() + (day - 1) * 86_400 + self.secs
    }
}

/// `CET` or `<+01>`.
fn name(rest: &mut &'static str) -> Option<&'static str> {
    let (name, after) = match rest.strip_prefix('<') {
        Some(quoted) => quoted.split_once('>')?,
        None => rest.split_at(rest.find(|c: char| !c.is_ascii_alphabetic())?),
    };
    *rest = after;
    Some(name)
}

/// `-3:30`, in seconds.
fn time(rest: &mut &'static str) -> Option<i64> {
    let end = rest
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '-' | '+' | ':')))
        .unwrap_or(rest.len());
    let (text, after) = rest.split_at(end);
    *rest = after;
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let mut unit = 3_600;
    let mut secs = 0;
    for part in digits.split(':') {
        secs += part.parse::<i64>().ok()? * unit;
        unit /= 60;
    }
    Some(sign * secs)
}

/// `,M3.5.0/3`; at two o'clock if nothing is said.
fn change(rest: &mut &'static str) -> Option<Change> {
    let mut text = rest.strip_prefix(",M")?;
    let end = text.find([',', '/']).unwrap_or(text.len());
    let (day, after) = text.split_at(end);
    text = after;
    let mut numbers = day.split('.').map(str::parse);
    let (Some(Ok(month)), Some(Ok(week)), Some(Ok(weekday))) =
        (numbers.next(), numbers.next(), numbers.next())
    else {
        return None;
    };
    let secs = match text.strip_prefix('/') {
        Some(after) => {
            text = after;
            time(&mut text)?
        }
        None => 7_200,
    };
    *rest = text;
    Some(Change {
        month,
        week,
        weekday,
        secs,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the library says that is known to be right, every five hours of some years.
    #[test]
    fn clocks_are_those_of_jiff() {
        for rule in [
            "CET-1CEST,M3.5.0,M10.5.0/3",
            "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
            "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
            "<-04>4<-03>,M9.1.6/24,M4.1.6/24",
            "EET-2EEST,M3.4.4/50,M10.4.4/50",
            "IST-1GMT0,M10.5.0,M3.5.0/1",
            "NZST-12NZDT,M9.5.0,M4.1.0/3",
            "<+0545>-5:45",
        ] {
            let zone = Zone::posix(rule).expect("a rule");
            let known = jiff::tz::TimeZone::posix(rule).expect("a rule");
            let mut secs = 1_780_000_000;
            while secs < 1_900_000_000 {
                let at = jiff::Timestamp::from_second(secs).expect("a moment");
                let info = known.to_offset_info(at);
                let local = zone.local(secs);
                assert_eq!(
                    local.offset_secs,
                    i64::from(info.offset().seconds()),
                    "{rule} {at}"
                );
                assert_eq!(local.name, info.abbreviation(), "{rule} {at}");
                secs += 5 * 3_600 - 1_800;
            }
        }
        assert_eq!(Zone::posix("CET"), None);
        assert_eq!(Zone::posix("CET-1CEST"), None);
    }
}
