//! What Go's `crypto/tls.X509KeyPair` says of a certificate and a key that are no such things. Nothing is verified: only
//! their envelopes are looked at.

/// Whether the two texts could be a certificate and its key.
///
/// # Errors
///
/// Go's words for what is wrong.
pub fn key_pair(certificate: &[u8], key: &[u8]) -> Result<(), String> {
    let blocks = blocks(certificate);
    if !blocks.iter().any(|(kind, _)| kind == "CERTIFICATE") {
        return Err(match blocks.as_slice() {
            [] => "tls: failed to find any PEM data in certificate input".to_owned(),
            [(kind, _)] if kind.ends_with("PRIVATE KEY") => {
                "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched".to_owned()
            }
            _ => format!(
                "tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks of the following types: {}",
                kinds(&blocks)
            ),
        });
    }
    let keys = self::blocks(key);
    if !keys
        .iter()
        .any(|(kind, _)| kind == "PRIVATE KEY" || kind.ends_with(" PRIVATE KEY"))
    {
        return Err(match keys.as_slice() {
            [] => "tls: failed to find any PEM data in key input".to_owned(),
            [(kind, _)] if kind == "CERTIFICATE" => {
                "tls: found a certificate rather than a key in the PEM for the private key".to_owned()
            }
            _ => format!(
                "tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after skipping PEM blocks of the following types: {}",
                kinds(&keys)
            ),
        });
    }
    // A certificate is a DER sequence, which begins so.
    let der = |(kind, body): &(String, String)| kind == "CERTIFICATE" && body.starts_with("MII");
    if blocks.iter().any(der) {
        Ok(())
    } else {
        Err("x509: malformed certificate".to_owned())
    }
}

fn kinds(blocks: &[(String, String)]) -> String {
    let kinds: Vec<_> = blocks.iter().map(|(kind, _)| kind.as_str()).collect();
    format!("[{}]", kinds.join(" "))
}

/// The PEM blocks of a text: type and base64 body.
fn blocks(bytes: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(bytes);
    let mut found = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in text.lines().map(str::trim_end) {
        let marked = |word: &str| line.strip_prefix(word)?.strip_suffix("-----");
        if let Some(kind) = marked("-----BEGIN ") {
            open = Some((kind.to_owned(), String::new()));
        } else if let Some(kind) = marked("-----END ") {
            found.extend(
                open.take()
                    .filter(|(begun, body)| begun == kind && is_base64(body)),
            );
        } else if let Some((_, body)) = &mut open
            && !line.contains(':')
        {
            body.push_str(line);
        }
    }
    found
}

fn is_base64(text: &str) -> bool {
    text.len().is_multiple_of(4)
        && text
            .trim_end_matches('=')
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
}

#[cfg(test)]
mod tests {
    use super::key_pair;

    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    const KEY: &str = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n";

    #[test]
    fn gos_words() {
        for (certificate, key, wrong) in [
            (CERTIFICATE, KEY, ""),
            (
                "abc",
                KEY,
                "tls: failed to find any PEM data in certificate input",
            ),
            (
                KEY,
                CERTIFICATE,
                "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched",
            ),
            (CERTIFICATE, "", "tls: failed to find any PEM data in key input"),
            (
                CERTIFICATE,
                CERTIFICATE,
                "tls: found a certificate rather than a key in the PEM for the private key",
            ),
            (
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
                KEY,
                "x509: malformed certificate",
            ),
        ] {
            let said = key_pair(certificate.as_bytes(), key.as_bytes());
            assert_eq!(said.err().unwrap_or_default(), wrong);
        }
    }
}
