//! FNV-1a, 64 bits: tells contents apart, and is no protection against anybody.

/// What the hash of nothing is.
pub(crate) const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;

/// The hash of some bytes after those that `hash` is of.
pub(crate) fn fnv1a(hash: u64, bytes: impl IntoIterator<Item = u8>) -> u64 {
    bytes.into_iter().fold(hash, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
