//! Hashes as parts of names (`pkg/controller.ComputeHash`, `k8s.io/apimachinery/pkg/util/rand.SafeEncodeString`).

/// FNV-1a of a text and of how often that collided. Upstream hashes a dump of Go's structs, so the letters differ from
/// a real cluster's.
pub(super) fn safe_hash(text: &str, collisions: i32) -> String {
    let mut hash: u32 = 0x811c_9dc5;
    let mut eat = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
        }
    };
    eat(text.as_bytes());
    if collisions > 0 {
        eat(&collisions.to_le_bytes());
    }
    safe_encode(&hash.to_string())
}

fn safe_encode(text: &str) -> String {
    const SAFE: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    text.bytes()
        .filter_map(|byte| SAFE.get(usize::from(byte) % SAFE.len()).copied().map(char::from))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_made_of_safe_letters() {
        assert_eq!(safe_encode("0123456789"), "456789bcdf");
        assert_ne!(safe_hash("a", 0), safe_hash("a", 1));
    }
}
