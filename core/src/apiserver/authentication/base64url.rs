//! Base64 for addresses, without padding (RFC 4648, section 5): the alphabet of tokens.

use crate::api::base64;

/// Bytes as text.
pub(super) fn encode(bytes: &[u8]) -> String {
    let text = base64::encode(bytes);
    text.trim_end_matches('=').replace('+', "-").replace('/', "_")
}

/// Text as bytes; `None` if it is not of the alphabet.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    if text.contains(['+', '/', '=']) {
        return None;
    }
    base64::decode(&text.replace('-', "+").replace('_', "/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_goes_there_and_back() {
        for (text, expected) in [
            ("", ""),
            ("f", "Zg"),
            ("fo", "Zm8"),
            ("foo", "Zm9v"),
            ("fo?>", "Zm8_Pg"),
        ] {
            assert_eq!(encode(text.as_bytes()), expected);
            assert_eq!(decode(expected).as_deref(), Some(text.as_bytes()));
        }
        assert_eq!(decode("a+b"), None);
    }
}
