//! Random numbers keyed by what they are for, never drawn from one stream: a difference between two runs stays one
//! difference instead of shifting every later draw.

use std::hash::Hasher;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher13;

/// The alphabet of Kubernetes' generated names (`k8s.io/apimachinery/pkg/util/rand`): no vowels, no look-alikes.
const SAFE_ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// A seeded source of random numbers without state: the same key gives the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rng {
    seed: u64,
}

impl Rng {
    /// A source of numbers for this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The seed it was made with.
    #[must_use]
    pub const fn seed(self) -> u64 {
        self.seed
    }

    /// The `n`th number for this purpose and object.
    #[must_use]
    pub fn draw(self, purpose: &str, object: &str, n: u64) -> u64 {
        let mut hasher = SipHasher13::new_with_keys(self.seed, 0x7469_6d6f_6e69_6572);
        hasher.write(purpose.as_bytes());
        hasher.write(&[0xff]);
        hasher.write(object.as_bytes());
        hasher.write(&[0xff]);
        hasher.write(&n.to_le_bytes());
        hasher.finish()
    }

    /// A duration between `low` and `high`, both included, to the microsecond.
    #[must_use]
    pub fn duration(self, purpose: &str, object: &str, n: u64, low: Duration, high: Duration) -> Duration {
        let low_micros = u64::try_from(low.as_micros()).unwrap_or(u64::MAX);
        let high_micros = u64::try_from(high.as_micros())
            .unwrap_or(u64::MAX)
            .max(low_micros);
        let span = high_micros - low_micros + 1;
        Duration::from_micros(low_micros + self.draw(purpose, object, n) % span)
    }

    /// A suffix of `length` characters as `metadata.generateName` and ReplicaSets append.
    #[must_use]
    pub fn suffix(self, purpose: &str, object: &str, n: u64, length: usize) -> String {
        let mut bits = self.draw(purpose, object, n);
        let mut suffix = String::with_capacity(length);
        for _ in 0..length {
            let index = usize::try_from(bits % 27).unwrap_or_default();
            suffix.extend(SAFE_ALPHABET.get(index).copied().map(char::from));
            bits /= 27;
        }
        suffix
    }

    /// A version 4 UUID, as the API server gives to each new object.
    #[must_use]
    pub fn uuid(self, purpose: &str, object: &str, n: u64) -> String {
        let high = self.draw(purpose, object, n);
        let low = self.draw("uuid-low", object, n ^ high);
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            (low >> 48) & 0x3fff | 0x8000,
            low & 0xffff_ffff_ffff
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_always_gives_the_same_number() {
        let rng = Rng::new(7);
        assert_eq!(rng.draw("pull", "nginx", 0), Rng::new(7).draw("pull", "nginx", 0));
        assert_ne!(rng.draw("pull", "nginx", 0), rng.draw("pull", "nginx", 1));
        assert_ne!(rng.draw("pull", "nginx", 0), Rng::new(8).draw("pull", "nginx", 0));
        assert_ne!(rng.draw("ab", "c", 0), rng.draw("a", "bc", 0));
    }

    #[test]
    fn shapes_are_those_of_kubernetes() {
        let rng = Rng::new(1);
        let uuid = rng.uuid("uid", "pod", 3);
        assert_eq!(uuid.len(), 36);
        assert_eq!(uuid.as_bytes()[14], b'4');
        assert!(
            rng.suffix("name", "web", 0, 5)
                .bytes()
                .all(|c| SAFE_ALPHABET.contains(&c))
        );
        let duration = rng.duration("d", "o", 0, Duration::from_millis(2), Duration::from_millis(3));
        assert!((2_000..=3_000).contains(&duration.as_micros()));
    }
}
