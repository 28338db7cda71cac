//! Bytes of a message, and back.

use serde::{Serialize, de::DeserializeOwned};

/// The bytes of a message.
///
/// # Errors
/// When a value cannot be written, which for our own structs is a bug of theirs.
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, String> {
    postcard::to_allocvec(value).map_err(|error| format!("message not encodable: {error}"))
}

/// The message in these bytes.
///
/// # Errors
/// When the other side speaks another version of the protocol.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    postcard::from_bytes(bytes).map_err(|error| format!("message not readable: {error}"))
}

#[cfg(test)]
mod tests {
    use timonier_core::sorted::{SortedMap, SortedSet};

    use super::*;

    #[test]
    fn maps_and_sets_cross_whatever_they_hold() {
        for many in [0, 1, 200_u16] {
            let map: SortedMap<u16, String> = (0..many).map(|n| (n, n.to_string())).collect();
            let set: SortedSet<u16> = (0..many).collect();
            let sent = encode(&(map.clone(), set.clone())).and_then(|bytes| decode(&bytes));
            assert_eq!(sent, Ok((map, set)));
        }
    }
}
