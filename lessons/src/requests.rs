//! Load as an exercise describes it, made into what the network sends.
use crate::amount::plain;
use crate::format::{Amount, From, Load};
use std::time::Duration;
use timonier_core::network::{Generator, Origin, Shape};
use timonier_core::sim::Time;

/// The longest that a load lasts.
const FOR_EVER: Duration = Duration::from_secs(30 * 24 * 3_600);

/// The generator that an exercise asks for, from `now` on.
///
/// # Errors
/// A French sentence when it makes no sense.
pub fn generator(load: &Load, now: Time) -> Result<Generator, String> {
    let secs = |amount: &Option<Amount>, usual: Duration| {
        let micros = amount.as_ref().map(Amount::micros).transpose()?;
        Ok::<_, String>(micros.map_or(usual, Duration::from_micros))
    };
    let whole = |amount: &Amount| {
        let text = plain(&amount.0);
        let wrong = |_| format!("« {text} » n’est pas un nombre de requêtes par seconde.");
        text.parse::<u32>().map_err(wrong)
    };
    let rate = whole(&load.rate)?;
    let shape = match (&load.to, &load.bursts) {
        (Some(_), Some(_)) => return Err("« to » et « bursts » ne vont pas ensemble.".to_owned()),
        (Some(to), None) => Shape::Growing(rate, whole(to)?, secs(&load.over, Duration::from_secs(60))?),
        (None, Some(bursts)) => Shape::Bursts {
            low: rate,
            high: whole(&bursts.rate)?,
            every: Duration::from_micros(bursts.every.micros()?),
            lasting: Duration::from_micros(bursts.lasting.micros()?),
        },
        (None, None) => Shape::Steady(rate),
    };
    let started = now + secs(&load.after, Duration::ZERO)?;
    let origin = match load.from {
        From::Cluster => Origin::client(),
        From::Laptop => Origin::Laptop,
        From::Internet => Origin::Internet,
    };
    let until = started + secs(&load.lasting, FOR_EVER)?;
    let mut generator = Generator::new(&load.url, origin, shape, (started, until))
        .ok_or_else(|| format!("« {} » n’est pas une adresse http.", load.url))?;
    generator.timeout = secs(&load.timeout, generator.timeout)?;
    Ok(generator)
}
