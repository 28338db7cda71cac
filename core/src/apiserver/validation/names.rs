//! Names and other formatted texts (`k8s.io/apimachinery/pkg/util/validation`, `pkg/api/validate/content`): each check
//! answers what is wrong, nothing if all is well.

/// What is wrong with a text.
pub type Wrong = Vec<String>;

/// How a kind's names are checked.
pub type NameCheck = fn(&str) -> Wrong;

const DNS1123_SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const WILDCARD_DNS1123_SUBDOMAIN: &str = "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const DNS1123_LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const DNS1035_LABEL: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const LABEL_KEY: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const CONFIG_MAP_KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const PERCENT: &str = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
const HTTP_HEADER: &str = "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
const ENV_NAME: &str =
    "a valid environment variable name must consist only of printable ASCII characters other than '='";

const LABEL_BYTES: usize = 63;
const SUBDOMAIN_BYTES: usize = 253;
const PORT_NAME_BYTES: usize = 15;

fn too_long_characters(max: usize) -> String {
    format!("must be no more than {max} characters")
}

/// The newer checks count what they call bytes.
fn too_long_bytes(max: usize) -> String {
    format!("must be no more than {max} bytes")
}

fn lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// `[a-z0-9]([-a-z0-9]*[a-z0-9])?`
fn label_like(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first().copied().is_some_and(lower)
        && bytes.last().copied().is_some_and(lower)
        && bytes.iter().all(|&byte| lower(byte) || byte == b'-')
}

fn subdomain_like(text: &str) -> bool {
    text.split('.').all(label_like)
}

/// `IsDNS1123Subdomain`
#[must_use]
pub fn dns1123_subdomain(name: &str) -> Wrong {
    let mut wrong = Wrong::new();
    if name.len() > SUBDOMAIN_BYTES {
        wrong.push(too_long_characters(SUBDOMAIN_BYTES));
    }
    if !subdomain_like(name) {
        wrong.push(DNS1123_SUBDOMAIN.to_owned());
    }
    wrong
}

/// `IsWildcardDNS1123Subdomain`
#[must_use]
pub fn wildcard_dns1123_subdomain(name: &str) -> Wrong {
    if name.strip_prefix("*.").is_some_and(subdomain_like) {
        Wrong::new()
    } else {
        vec![WILDCARD_DNS1123_SUBDOMAIN.to_owned()]
    }
}

/// `IsDNS1123Label`
#[must_use]
pub fn dns1123_label(name: &str) -> Wrong {
    let mut wrong = Wrong::new();
    if name.len() > LABEL_BYTES {
        wrong.push(too_long_characters(LABEL_BYTES));
    }
    if !label_like(name) {
        let why = if subdomain_like(name) {
            "must not contain dots"
        } else {
            DNS1123_LABEL
        };
        wrong.push(why.to_owned());
    }
    wrong
}

/// `IsDNS1035Label`
#[must_use]
pub fn dns1035_label(name: &str) -> Wrong {
    let mut wrong = Wrong::new();
    if name.len() > LABEL_BYTES {
        wrong.push(too_long_characters(LABEL_BYTES));
    }
    if !label_like(name) || !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        wrong.push(DNS1035_LABEL.to_owned());
    }
    wrong
}

/// The characters of label names and values: `([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]`
fn key_like(text: &str) -> bool {
    let edge = |byte: u8| byte.is_ascii_alphanumeric();
    let bytes = text.as_bytes();
    bytes.first().copied().is_some_and(edge)
        && bytes.last().copied().is_some_and(edge)
        && bytes
            .iter()
            .all(|&byte| edge(byte) || matches!(byte, b'-' | b'_' | b'.'))
}

/// `IsQualifiedName`, which is what a label's key must be.
#[must_use]
pub fn qualified_name(text: &str) -> Wrong {
    let mut wrong = Wrong::new();
    let name = match text.split_once('/') {
        None => text,
        Some((_, name)) if name.contains('/') => {
            wrong.push(format!(
                "a valid label key {LABEL_KEY} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            ));
            return wrong;
        }
        Some(("", name)) => {
            wrong.push("prefix part must be non-empty".to_owned());
            name
        }
        Some((prefix, name)) => {
            if prefix.len() > SUBDOMAIN_BYTES {
                wrong.push(format!("prefix part {}", too_long_bytes(SUBDOMAIN_BYTES)));
            }
            if !subdomain_like(prefix) {
                wrong.push(format!("prefix part {DNS1123_SUBDOMAIN}"));
            }
            name
        }
    };
    if name.is_empty() {
        wrong.push("name part must be non-empty".to_owned());
    } else if name.len() > LABEL_BYTES {
        wrong.push(format!("name part {}", too_long_bytes(LABEL_BYTES)));
    }
    if !key_like(name) {
        wrong.push(format!("name part {LABEL_KEY}"));
    }
    wrong
}

/// `IsValidLabelValue`
#[must_use]
pub fn label_value(text: &str) -> Wrong {
    let mut wrong = Wrong::new();
    if text.len() > LABEL_BYTES {
        wrong.push(too_long_bytes(LABEL_BYTES));
    }
    if !text.is_empty() && !key_like(text) {
        wrong.push(LABEL_VALUE.to_owned());
    }
    wrong
}

/// `IsValidPortName`
#[must_use]
pub fn port_name(text: &str) -> Wrong {
    let mut wrong = Wrong::new();
    if text.len() > PORT_NAME_BYTES {
        wrong.push(too_long_characters(PORT_NAME_BYTES));
    }
    if text.is_empty() || !text.bytes().all(|byte| lower(byte) || byte == b'-') {
        wrong.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".to_owned());
    }
    if !text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        wrong.push("must contain at least one letter (a-z)".to_owned());
    }
    if text.contains("--") {
        wrong.push("must not contain consecutive hyphens".to_owned());
    }
    if text.starts_with('-') || text.ends_with('-') {
        wrong.push("must not begin or end with a hyphen".to_owned());
    }
    wrong
}

/// `InclusiveRangeError`
#[must_use]
pub fn between(low: i64, high: i64) -> String {
    format!("must be between {low} and {high}, inclusive")
}

/// `IsValidPortNum`
#[must_use]
pub fn port_number(number: i32) -> Wrong {
    if (1..=65_535).contains(&number) {
        Wrong::new()
    } else {
        vec![between(1, 65_535)]
    }
}

/// `IsValidPercent`
#[must_use]
pub fn percent(text: &str) -> Wrong {
    let digits = text.strip_suffix('%').unwrap_or_default();
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        Wrong::new()
    } else {
        vec![PERCENT.to_owned()]
    }
}

/// `IsHTTPHeaderName`
#[must_use]
pub fn http_header(text: &str) -> Wrong {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if !text.is_empty() && text.bytes().all(allowed) {
        Wrong::new()
    } else {
        vec![HTTP_HEADER.to_owned()]
    }
}

/// `IsRelaxedEnvVarName`
#[must_use]
pub fn env_name(text: &str) -> Wrong {
    let mut wrong = Wrong::new();
    if text.is_empty() {
        wrong.push("environment variable name must be non-empty".to_owned());
    }
    if !text
        .bytes()
        .all(|byte| (b' '..=b'~').contains(&byte) && byte != b'=')
    {
        wrong.push(ENV_NAME.to_owned());
    }
    wrong
}

/// `IsConfigMapKey`
#[must_use]
pub fn config_map_key(text: &str) -> Wrong {
    let mut wrong = Wrong::new();
    if text.len() > SUBDOMAIN_BYTES {
        wrong.push(too_long_characters(SUBDOMAIN_BYTES));
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    if text.is_empty() || !text.bytes().all(allowed) {
        wrong.push(CONFIG_MAP_KEY.to_owned());
    }
    match text {
        "." => wrong.push("must not be '.'".to_owned()),
        ".." => wrong.push("must not be '..'".to_owned()),
        _ if text.starts_with("..") => wrong.push("must not start with '..'".to_owned()),
        _ => {}
    }
    wrong
}

/// `ValidatePathSegmentName`, for kinds whose names only have to fit into a path.
#[must_use]
pub fn path_segment(name: &str) -> Wrong {
    if matches!(name, "." | "..") {
        return vec![format!("may not be '{name}'")];
    }
    ["/", "%"]
        .iter()
        .filter(|illegal| name.contains(**illegal))
        .map(|illegal| format!("may not contain '{illegal}'"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(check: NameCheck, good: &[&str], bad: &[(&str, &[&str])]) {
        for text in good {
            assert!(check(text).is_empty(), "{text}: {:?}", check(text));
        }
        for (text, expected) in bad {
            assert_eq!(check(text), *expected, "{text}");
        }
    }

    #[test]
    fn names() {
        let long = "a".repeat(64);
        check(
            dns1123_subdomain,
            &["web", "a.b-c.d", "1", "kube-root-ca.crt"],
            &[
                ("Web", &[DNS1123_SUBDOMAIN]),
                ("", &[DNS1123_SUBDOMAIN]),
                ("a..b", &[DNS1123_SUBDOMAIN]),
                ("-a", &[DNS1123_SUBDOMAIN]),
            ],
        );
        check(
            dns1123_label,
            &["web", "1a"],
            &[
                ("a.b", &["must not contain dots"]),
                ("a_b", &[DNS1123_LABEL]),
                (&long, &["must be no more than 63 characters"]),
            ],
        );
        check(
            dns1035_label,
            &["web"],
            &[("1a", &[DNS1035_LABEL]), ("a.b", &[DNS1035_LABEL])],
        );
    }

    #[test]
    fn labels() {
        let key = format!("name part {LABEL_KEY}");
        check(
            qualified_name,
            &["app", "app.kubernetes.io/name", "a_b.C", "x/y"],
            &[
                ("mon app", &[&key]),
                ("", &["name part must be non-empty", &key]),
                ("/a", &["prefix part must be non-empty"]),
                ("a/", &["name part must be non-empty", &key]),
                ("A_/b", &[&format!("prefix part {DNS1123_SUBDOMAIN}")]),
            ],
        );
        assert!(
            qualified_name("a/b/c")
                .concat()
                .starts_with("a valid label key must consist")
        );
        check(
            label_value,
            &["", "a", "A_b.c-1"],
            &[("a b", &[LABEL_VALUE]), ("-a", &[LABEL_VALUE])],
        );
    }

    #[test]
    fn ports_and_keys() {
        check(
            port_name,
            &["http", "web-1"],
            &[
                ("80", &["must contain at least one letter (a-z)"]),
                ("a--b", &["must not contain consecutive hyphens"]),
                ("un-nom-bien-trop-long", &["must be no more than 15 characters"]),
            ],
        );
        check(percent, &["25%", "0%"], &[("25", &[PERCENT]), ("%", &[PERCENT])]);
        check(
            env_name,
            &["A", "a.b", "1A", "A B"],
            &[("A=B", &[ENV_NAME]), ("é", &[ENV_NAME])],
        );
        check(
            config_map_key,
            &["a", "app.conf", "A_b-c"],
            &[
                ("a b", &[CONFIG_MAP_KEY]),
                ("..", &["must not be '..'"]),
                ("..a", &["must not start with '..'"]),
            ],
        );
    }
}
