//! curl's command line (`src/tool_getparam.c`).

use serde::{Deserialize, Serialize};
use std::time::Duration;

use super::super::super::{System, Wrong};
use crate::sh::resolve;

const HELP: &str = "curl: try 'curl --help' or 'curl --manual' for more information\n";

/// `curl --help` (`src/tool_help.c`).
const HELP_TEXT: &str = "\
Usage: curl [options...] <url>
 -d, --data <data>          HTTP POST data
 -f, --fail                 Fail fast with no output on HTTP errors
 -h, --help <category>      Get help for commands
 -i, --include              Include protocol response headers in the output
 -o, --output <file>        Write to file instead of stdout
 -O, --remote-name          Write output to a file named as the remote file
 -s, --silent               Silent mode
 -T, --upload-file <file>   Transfer local FILE to destination
 -u, --user <user:password> Server user and password
 -A, --user-agent <name>    Send User-Agent <name> to server
 -v, --verbose              Make the operation more talkative
 -V, --version              Show version number and quit

This is not the full help, this menu is stripped into categories.
Use \"--help category\" to get an overview of all categories.
For all options use the manual or \"--help all\".
";

/// Options: the letter (or a sign of ours), the long name, whether a value follows.
const OPTIONS: &[(char, &str, bool)] = &[
    ('4', "ipv4", false),
    ('6', "ipv6", false),
    ('A', "user-agent", true),
    ('G', "get", false),
    ('H', "header", true),
    ('I', "head", false),
    ('L', "location", false),
    ('N', "no-buffer", false),
    ('O', "remote-name", false),
    ('S', "show-error", false),
    ('V', "version", false),
    ('X', "request", true),
    ('b', "cookie", true),
    ('d', "data", true),
    ('e', "referer", true),
    ('f', "fail", false),
    ('g', "globoff", false),
    ('h', "help", false),
    ('i', "include", false),
    ('k', "insecure", false),
    ('m', "max-time", true),
    ('o', "output", true),
    ('q', "disable", false),
    ('s', "silent", false),
    ('u', "user", true),
    ('v', "verbose", false),
    ('w', "write-out", true),
    ('x', "proxy", true),
    ('#', "progress-bar", false),
    ('1', "http1.1", false),
    ('2', "http2", false),
    ('C', "cacert", true),
    ('E', "cert", true),
    ('K', "key", true),
    ('F', "fail-with-body", false),
    ('J', "json", true),
    ('D', "data-raw", true),
    ('B', "data-binary", true),
    ('U', "data-urlencode", true),
    ('T', "connect-timeout", true),
    ('M', "max-redirs", true),
    ('R', "resolve", true),
    ('Y', "retry", true),
    ('y', "retry-delay", true),
    ('z', "retry-connrefused", false),
    ('Z', "retry-all-errors", false),
    ('l', "url", true),
    ('n', "no-progress-meter", false),
    ('p', "compressed", false),
    ('P', "noproxy", true),
    ('a', "no-keepalive", false),
];
/// The letters that stand for themselves on a command line.
const LETTERS: &str = "46AGHILNOSVXbdefghikmoqsuvwx#";

/// A command line, read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "options of a command line")]
pub(super) struct Call {
    pub(super) urls: Vec<String>,
    pub(super) outputs: Vec<String>,
    pub(super) method: Option<String>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) data: Option<String>,
    pub(super) write_out: Option<String>,
    pub(super) resolves: Vec<String>,
    pub(super) max_time: Option<Duration>,
    pub(super) connect_timeout: Option<Duration>,
    pub(super) retries: u32,
    pub(super) retry_delay: Option<Duration>,
    pub(super) redirects: Option<u32>,
    pub(super) silent: bool,
    pub(super) show_errors: bool,
    pub(super) fail: bool,
    pub(super) fail_with_body: bool,
    pub(super) include: bool,
    pub(super) head: bool,
    pub(super) verbose: bool,
    pub(super) location: bool,
    pub(super) insecure: bool,
    pub(super) trusts: bool,
    pub(super) get: bool,
    pub(super) retry_refused: bool,
    pub(super) retry_all: bool,
    pub(super) meterless: bool,
}

impl Call {
    /// Whether errors are said.
    pub(super) const fn tells(&self) -> bool {
        !self.silent || self.show_errors
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter();
        found
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn read(argv: &[String], cwd: &str, host: &dyn System) -> Result<Self, Wrong> {
        let mut call = Self::default();
        let mut words = argv.iter().skip(1);
        while let Some(word) = words.next() {
            let missing = |name: &str| (format!("curl: option {name}: requires parameter\n{HELP}"), 2);
            let unknown = |name: &str| (format!("curl: option {name}: is unknown\n{HELP}"), 2);
            if let Some(name) = word.strip_prefix("--").filter(|name| !name.is_empty()) {
                let found = OPTIONS.iter().find(|(_, long, _)| *long == name);
                let (sign, _, takes) = *found.ok_or_else(|| unknown(word))?;
                let value = if takes {
                    words.next().ok_or_else(|| missing(word))?
                } else {
                    ""
                };
                call.take(sign, value, cwd, host)?;
                continue;
            }
            let Some(flags) = word.strip_prefix('-').filter(|flags| !flags.is_empty()) else {
                call.urls.push(word.clone());
                continue;
            };
            let mut flags = flags.chars();
            while let Some(letter) = flags.next() {
                let name = format!("-{letter}");
                let found = OPTIONS.iter().find(|(sign, ..)| *sign == letter);
                let (sign, _, takes) = *found
                    .filter(|_| LETTERS.contains(letter))
                    .ok_or_else(|| unknown(&name))?;
                if !takes {
                    call.take(sign, "", cwd, host)?;
                    continue;
                }
                let attached = flags.as_str();
                let value = if attached.is_empty() {
                    words.next().ok_or_else(|| missing(&name))?
                } else {
                    attached
                };
                call.take(sign, value, cwd, host)?;
                break;
            }
        }
        if call.urls.is_empty() {
            return Err((format!("curl: (2) no URL specified\n{HELP}"), 2));
        }
        Ok(call)
    }

    fn take(&mut self, sign: char, value: &str, cwd: &str, host: &dyn System) -> Result<(), Wrong> {
        match sign {
            'A' => self.headers.push(("User-Agent".to_owned(), value.to_owned())),
            'e' => self.headers.push(("Referer".to_owned(), value.to_owned())),
            'b' => self.headers.push(("Cookie".to_owned(), value.to_owned())),
            'u' => {
                let basic = super::super::super::base64::encode(value.as_bytes());
                self.headers
                    .push(("Authorization".to_owned(), format!("Basic {basic}")));
            }
            'H' => {
                let (name, text) = value.split_once(':').unwrap_or((value, ""));
                self.headers
                    .push((name.trim().to_owned(), text.trim().to_owned()));
            }
            'X' => self.method = Some(value.to_owned()),
            'I' => self.head = true,
            'L' => self.location = true,
            'S' => self.show_errors = true,
            'f' => self.fail = true,
            'F' => self.fail_with_body = true,
            'i' => self.include = true,
            'k' => self.insecure = true,
            'C' => self.trusts = true,
            's' => self.silent = true,
            'v' => self.verbose = true,
            'G' => self.get = true,
            'n' => self.meterless = true,
            'z' => self.retry_refused = true,
            'Z' => self.retry_all = true,
            'w' => self.write_out = Some(value.to_owned()),
            'o' => self.outputs.push(value.to_owned()),
            'O' => self.outputs.push("\u{0}".to_owned()),
            'l' => self.urls.push(value.to_owned()),
            'R' => self.resolves.push(value.to_owned()),
            'm' => self.max_time = Some(seconds("-m", value)?),
            'T' => self.connect_timeout = Some(seconds("--connect-timeout", value)?),
            'y' => self.retry_delay = Some(seconds("--retry-delay", value)?),
            'Y' => self.retries = number("--retry", value)?,
            'M' => self.redirects = Some(number("--max-redirs", value)?),
            'J' => {
                self.send(value, cwd, host)?;
                for name in ["Content-Type", "Accept"] {
                    self.headers
                        .push((name.to_owned(), "application/json".to_owned()));
                }
            }
            'd' | 'B' => self.send(value, cwd, host)?,
            'D' | 'U' => self.add(value.to_owned()),
            'V' | 'h' => return Err((about(sign).to_owned(), 0)),
            _ => {}
        }
        Ok(())
    }

    fn send(&mut self, value: &str, cwd: &str, host: &dyn System) -> Result<(), Wrong> {
        let text = match value.strip_prefix('@') {
            Some(path) => {
                let found = host.read(&resolve(cwd, path), 0, usize::MAX);
                let bytes = found.map_err(|_| (format!("curl: Failed to open {path}\n"), 26))?;
                String::from_utf8_lossy(&bytes).into_owned()
            }
            None => value.to_owned(),
        };
        self.add(text);
        Ok(())
    }

    fn add(&mut self, text: String) {
        match &mut self.data {
            Some(data) => {
                data.push('&');
                data.push_str(&text);
            }
            None => self.data = Some(text),
        }
    }
}

fn about(sign: char) -> &'static str {
    if sign == 'V' {
        "curl 7.88.1 (x86_64-pc-linux-gnu) libcurl/7.88.1 OpenSSL/3.0.17 zlib/1.2.13\n"
    } else {
        HELP_TEXT
    }
}

fn seconds(name: &str, value: &str) -> Result<Duration, Wrong> {
    let parsed = value
        .parse::<f64>()
        .ok()
        .and_then(|secs| Duration::try_from_secs_f64(secs).ok());
    let wrong = || {
        (
            format!("curl: option {name}: expected a proper numerical parameter\n{HELP}"),
            2,
        )
    };
    // Zero is no limit.
    Ok(match parsed.ok_or_else(wrong)? {
        Duration::ZERO => Duration::from_secs(1 << 40),
        limit => limit,
    })
}

fn number(name: &str, value: &str) -> Result<u32, Wrong> {
    let wrong = |_| {
        (
            format!("curl: option {name}: expected a proper numerical parameter\n{HELP}"),
            2,
        )
    };
    value.parse().map_err(wrong)
}
