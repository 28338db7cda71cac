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
