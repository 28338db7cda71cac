//! `lab trafic`: requests sent at a pace, and what they met. Its words are French: no real cluster has this command.

use std::time::Duration;

use super::lab::Site;
use super::laptop::Laptop;
use crate::network::{Generator, Origin, Record, Shape, Target, is_own};
use crate::sh::Io;
use crate::userland::in_hosts;

/// How long load lasts unless it is said.
const USUAL: Duration = Duration::from_secs(60);

/// Runs the command and answers its status.
pub(super) fn run(words: &[&str], io: &mut Io<'_>, (laptop, site): (&Laptop, &mut dyn Site)) -> i32 {
    let (words, origin) = match words {
        [rest @ .., "--depuis", from] => match *from {
            "internet" => (rest, Some(Origin::Internet)),
            "portable" | "laptop" => (rest, Some(Origin::Laptop)),
            "grappe" | "cluster" => (rest, Some(Origin::client())),
            other => {
                return wrong(
                    io,
                    &format!("«\u{a0}{other}\u{a0}» n’est ni internet, ni portable, ni grappe"),
                );
            }
        },
        words => (words, None),
    };
    match words {
        [] => {
            let rows: Vec<&Record> = site
                .traffic()
                .map(|traffic| traffic.records().iter().collect())
                .unwrap_or_default();
            io.print(table(&rows));
            0
        }
        ["arreter" | "arrêter" | "arret" | "arrêt"] => {
            let stopped = site.stop_loads();
            io.print(match stopped {
                0 => "Aucun trafic n’était en cours.\n".to_owned(),
                _ => "Le trafic s’arrête.\n".to_owned(),
            });
            0
        }
        [url, rate] => start(io, (laptop, site), origin, (url, rate, USUAL)),
        [url, rate, secs] => match secs.trim_end_matches('s').parse() {
            Ok(secs) => start(io, (laptop, site), origin, (url, rate, Duration::from_secs(secs))),
            Err(_) => wrong(
                io,
                &format!("«\u{a0}{secs}\u{a0}» n’est pas un nombre de secondes"),
            ),
        },
        _ => wrong(io, "il faut une adresse et un nombre de requêtes par seconde"),
    }
}

fn wrong(io: &mut Io<'_>, why: &str) -> i32 {
    io.error(format!("lab\u{a0}: {why}. Voir «\u{a0}lab aide\u{a0}».\n"));
    2
}

fn start(
    io: &mut Io<'_>,
    (laptop, site): (&Laptop, &mut dyn Site),
    origin: Option<Origin>,
    (url, rate, lasting): (&str, &str, Duration),
) -> i32 {
    let parsed = rate.split_once("..").map_or_else(
        || rate.parse().ok().map(Shape::Steady),
        |(from, to)| Some(Shape::Growing(from.parse().ok()?, to.parse().ok()?, lasting)),
    );
    let Some(shape) = parsed else {
        return wrong(
            io,
            &format!("«\u{a0}{rate}\u{a0}» n’est pas un nombre de requêtes par seconde"),
        );
    };
    let (now, secs) = (site.now(), lasting.as_secs());
    let Some(mut generator) = Generator::new(url, Origin::client(), shape, (now, now + lasting)) else {
        return wrong(io, &format!("«\u{a0}{url}\u{a0}» n’est pas une adresse http"));
    };
    // A client in the cluster knows nothing of this machine.
    let host = &generator.host;
    let here = host.parse().ok().or_else(|| in_hosts(&laptop.folder, host).pop());
    if let Some(origin) = origin {
        generator.origin = origin;
    } else if here.is_some_and(is_own) {
        generator.origin = Origin::Laptop;
    }
    site.start_load(generator);
    io.print(format!(
        "{rate} requêtes par seconde vers {url} pendant {secs} s.\n"
    ));
    0
}

fn table(rows: &[&Record]) -> String {
    if rows.is_empty() {
        return "Aucune requête n’a encore été envoyée.\n".to_owned();
    }
    let named = |record: &Record| match &record.target {
        Target::Service(namespace, name) => format!("service {namespace}/{name}"),
        Target::Pod(namespace, name) => format!("pod {namespace}/{name}"),
        Target::Host(name) => name.to_string(),
    };
    let names: Vec<String> = rows.iter().map(|record| named(record)).collect();
    let width = names
        .iter()
        .map(|name| name.chars().count())
        .max()
        .unwrap_or_default()
        .max(5)
        + 3;
    let mut text = format!(
        "{:<width$}{:>9}{:>9}{:>9}{:>9}   95 % EN\n",
        "CIBLE", "ENVOYÉES", "SERVIES", "5XX", "PERDUES"
    );
    for (record, name) in rows.iter().zip(names) {
        let total = &record.total;
        let [.., faults] = total.served;
        let quantile = total.latency.quantile_micros(950);
        let quantile = quantile.map_or_else(
            || "-".to_owned(),
            |micros| format!("{} ms", micros.div_ceil(1_000)),
        );
        text.push_str(&format!(
            "{name:<width$}{:>9}{:>9}{faults:>9}{:>9}   {quantile}\n",
            total.sent,
            total.answered() - faults,
            total.lost(),
        ));
    }
    text
}
