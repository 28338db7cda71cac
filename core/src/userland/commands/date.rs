//! `date`: virtual time, in UTC.

use jiff::Timestamp;

use super::{Start, System};
use crate::sh::Io;
use crate::sim::{Time, Zone, calendar};
use crate::userland::options::Options;

/// The date as `date` and the title of `watch` show it.
pub(super) fn long_date(now: Time) -> String {
    calendar::utc("%a %b %e %H:%M:%S %Y", now.timestamp_micros())
}

/// The moment that `-d` names.
fn moment(text: &str, now: Time) -> Option<Timestamp> {
    if let Some(seconds) = text.strip_prefix('@') {
        return Timestamp::from_second(seconds.parse().ok()?).ok();
    }
    if matches!(text, "now" | "today" | "") {
        return Some(now.timestamp_micros());
    }
    calendar::parse(text)
}

pub(super) fn date(start: &Start, io: &mut Io<'_>, _: &mut dyn System) -> i32 {
    let long = [
        ("utc", 'u', false),
        ("date", 'd', true),
        ("iso-8601", 'I', false),
        ("rfc-3339", 'r', true),
    ];
    let options = match Options::parse(&start.argv, "ud:IRr:", &long) {
        Ok(options) => options,
        Err(message) => {
            io.error(message);
            return 1;
        }
    };
    let Some(moment) = moment(options.value('d').unwrap_or("now"), io.now) else {
        io.error(format!(
            "date: invalid date '{}'\n",
            options.value('d').unwrap_or_default()
        ));
        return 1;
    };
    let format = match options.operands.first() {
        Some(format) => match format.strip_prefix('+') {
            Some(format) => format.to_owned(),
            None => {
                io.error(format!("date: invalid date '{format}'\n"));
                return 1;
            }
        },
        None if options.has('I') => match options.value('I') {
            Some("seconds" | "s") => "%Y-%m-%dT%H:%M:%S+00:00".to_owned(),
            _ => "%Y-%m-%d".to_owned(),
        },
        None if options.has('R') => "%a, %d %b %Y %H:%M:%S +0000".to_owned(),
        None => "%a %b %e %H:%M:%S UTC %Y".to_owned(),
    };
    match calendar::format(&format, moment, &Zone::UTC) {
        Some(text) => {
            io.print(text + "\n");
            0
        }
        None => {
            io.print(format + "\n");
            0
        }
    }
}
