//! What a certificate says, as far as a client's messages go: its subject, its issuer, its names. The few fields are found by their object identifiers, not
//! by a whole reader of X.509.

use crate::userland::socket::Certificate;

/// `2.5.4.3`, a common name, and `2.5.29.17`, alternative names, in DER.
const COMMON_NAME: [u8; 5] = [0x06, 0x03, 0x55, 0x04, 0x03];
const ALTERNATIVE_NAMES: [u8; 5] = [0x06, 0x03, 0x55, 0x1d, 0x11];

/// Reads the first certificate of a PEM file.
pub(super) fn read(pem: &[u8]) -> Option<Certificate> {
    let text = std::str::from_utf8(pem).ok()?;
    let (_, rest) = text.split_once("-----BEGIN CERTIFICATE-----")?;
    let (inner, _) = rest.split_once("-----END CERTIFICATE-----")?;
    let der = decode(inner);
    let mut names = find_all(&der, COMMON_NAME).filter_map(|at| text_at(&der, at));
    let issuer = names.next()?;
    let subject = names.next().unwrap_or_else(|| issuer.clone());
    let alternatives = find_all(&der, ALTERNATIVE_NAMES)
        .next()
        .map(|at| dns_names(&der, at));
    Some(Certificate {
        names: alternatives
            .filter(|names| !names.is_empty())
            .unwrap_or_else(|| vec![subject.clone()]),
        subject: format!("CN={subject}"),
        issuer: format!("CN={issuer}"),
        trusted: false,
    })
}

fn decode(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for sign in text.bytes() {
        let value = match sign {
            b'A'..=b'Z' => sign - b'A',
            b'a'..=b'z' => sign - b'a' + 26,
            b'0'..=b'9' => sign - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => continue,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.extend(u8::try_from(bits >> count & 0xff));
        }
    }
    out
}

/// Where an object identifier ends, each time it stands.
fn find_all(der: &[u8], identifier: [u8; 5]) -> impl Iterator<Item = usize> + '_ {
    let windows = der.windows(identifier.len()).enumerate();
    windows.filter_map(move |(at, window)| (window == identifier).then_some(at + identifier.len()))
}

/// The text that stands there: tag, length, bytes.
fn text_at(der: &[u8], at: usize) -> Option<String> {
    let length = usize::from(*der.get(at + 1)?);
    let bytes = der.get(at + 2..at + 2 + length)?;
    String::from_utf8(bytes.to_vec()).ok()
}

/// The DNS names (context tag 2) of the sequence that stands there within an octet string.
fn dns_names(der: &[u8], at: usize) -> Vec<String> {
    let mut names = Vec::new();
    // A critical extension says so before its value.
    let mut at = if der.get(at) == Some(&0x01) { at + 3 } else { at };
    at += 2;
    let Some(length) = der.get(at + 1).map(|length| usize::from(*length)) else {
        return names;
    };
    let end = at + 2 + length;
    at += 2;
    while at < end {
        let (Some(tag), Some(length)) = (der.get(at), der.get(at + 1)) else {
            break;
        };
        if *tag == 0x82 {
            names.extend(text_at(der, at));
        }
        at += 2 + usize::from(*length);
    }
    names
}
