//! The hash that names of generated ConfigMaps and Secrets end with (`k8s.io/kubectl/pkg/util/hash`): ten letters of a SHA-256.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::value::{name, text};
use crate::manifest::print::to_json_compact;

/// The hash of a ConfigMap or a Secret; empty for other kinds.
pub(crate) fn of(object: &Value) -> String {
    let kind = text(object, "/kind");
    let mut hashed = BTreeMap::new();
    hashed.insert("data", object.get("data").cloned().unwrap_or_default());
    hashed.insert("kind", json!(kind));
    hashed.insert("name", json!(name(object)));
    match kind {
        "ConfigMap" => {}
        "Secret" => {
            hashed.insert("type", json!(text(object, "/type")));
        }
        _ => return String::new(),
    }
    for key in ["binaryData", "stringData"] {
        let more = object.get(key).and_then(Value::as_object);
        if let Some(more) = more.filter(|more| !more.is_empty()) {
            hashed.insert(key, Value::Object(more.clone()));
        }
    }
    let fields: Vec<String> = hashed
        .iter()
        .map(|(key, value)| format!("{key:?}:{}", to_json_compact(value).trim_end()))
        .collect();
    let digest = sha256(format!("{{{}}}", fields.join(",")).as_bytes());
    // Letters that spell no words.
    let letter = |digit: u32| match digit {
        0 => 'g',
        1 => 'h',
        3 => 'k',
        10 => 'm',
        14 => 't',
        digit => char::from_digit(digit, 16).unwrap_or('x'),
    };
    let digits = digest
        .iter()
        .flat_map(|word| (0..8).map(move |place| word >> (28 - 4 * place) & 15));
    digits.take(10).map(letter).collect()
}

/// The first 32 bits of what follows the point in the roots of the first primes (`power` 2 or 3).
fn roots<const N: usize>(power: u32) -> [u32; N] {
    let mut primes = (2_u128..).filter(|n| (2..*n).take_while(|d| d * d <= *n).all(|d| n % d != 0));
    std::array::from_fn(|_| {
        let prime = primes.next().unwrap_or(2);
        // The whole root of prime * 2^(32 * power), by halving.
        let target = prime << (32 * power);
        let (mut low, mut high) = (0_u128, 1 << 38);
        while high - low > 1 {
            let middle = low.midpoint(high);
            if middle.pow(power) <= target {
                low = middle;
            } else {
                high = middle;
            }
        }
        u32::try_from(low & 0xffff_ffff).unwrap_or(0)
    })
}

/// FIPS 180-4.
#[expect(clippy::many_single_char_names, reason = "the letters of the standard")]
#[expect(
    clippy::indexing_slicing,
    reason = "the arrays are as long as the algorithm's rounds"
)]
fn sha256(message: &[u8]) -> [u32; 8] {
    let mut padded = message.to_vec();
    padded.push(0x80);
    padded.resize((padded.len() + 8).next_multiple_of(64) - 8, 0);
    padded.extend((message.len() as u64 * 8).to_be_bytes());
    let keys: [u32; 64] = roots(3);
    let mut hash: [u32; 8] = roots(2);
    for block in padded.chunks(64) {
        let mut words = [0_u32; 64];
        for (word, bytes) in words.iter_mut().zip(block.chunks(4)) {
            *word = bytes.iter().fold(0, |word, byte| word << 8 | u32::from(*byte));
        }
        for at in 16..64 {
            let (a, b) = (words[at - 15], words[at - 2]);
            let first = a.rotate_right(7) ^ a.rotate_right(18) ^ a >> 3;
            let second = b.rotate_right(17) ^ b.rotate_right(19) ^ b >> 10;
            words[at] = words[at - 16]
                .wrapping_add(first)
                .wrapping_add(words[at - 7])
                .wrapping_add(second);
        }
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = hash;
        for at in 0..64 {
            let choice = e & f ^ !e & g;
            let mixed = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let first = h
                .wrapping_add(mixed)
                .wrapping_add(choice)
                .wrapping_add(keys[at])
                .wrapping_add(words[at]);
            let majority = a & b ^ a & c ^ b & c;
            let second = (a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22)).wrapping_add(majority);
            (h, g, f, e) = (g, f, e, d.wrapping_add(first));
            (d, c, b, a) = (c, b, a, first.wrapping_add(second));
        }
        for (word, more) in hash.iter_mut().zip([a, b, c, d, e, f, g, h]) {
            *word = word.wrapping_add(more);
        }
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_standard() {
        let hex = |text: &str| -> String {
            sha256(text.as_bytes())
                .iter()
                .map(|word| format!("{word:08x}"))
                .collect()
        };
        assert_eq!(
            hex("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(
            hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        );
    }

    /// `TestConfigMapHash`, `TestSecretHash`
    #[test]
    fn hashes_are_upstream_s() {
        for (object, expected) in [
            (json!({"kind": "ConfigMap", "data": {}}), "42745tchd9"),
            (json!({"kind": "ConfigMap", "data": {"one": ""}}), "9g67k2htb6"),
            (
                json!({"kind": "ConfigMap", "data": {"two": "2", "one": "", "three": "3"}}),
                "f5h7t85m9b",
            ),
            (json!({"kind": "ConfigMap"}), "dk855m5d49"),
            (
                json!({"kind": "ConfigMap", "binaryData": {"one": ""}}),
                "mk79584b8c",
            ),
            (
                json!({"kind": "Secret", "type": "my-type", "data": {}}),
                "t75bgf6ctb",
            ),
            (
                json!({"kind": "Secret", "type": "my-type", "data": {"two": "Mg==", "one": "", "three": "Mw=="}}),
                "dgcb6h9tmk",
            ),
            (json!({"kind": "Pod"}), ""),
        ] {
            assert_eq!(of(&object), expected, "{object}");
        }
    }
}
