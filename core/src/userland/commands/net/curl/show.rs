//! What curl prints: headers, the progress meter, `-v`, `-w` (`src/tool_writeout.c`, `lib/progress.c`).

use std::time::Duration;

use super::super::exchange::Exchange;
use super::super::http::response_head;
use super::super::url::Url;
use super::arguments::Call;
use crate::sh::Io;
use crate::sim::Time;
use crate::userland::socket::{Arrival, Certificate};
use crate::userland::traffic::{HttpReply, HttpRequest};

/// The head of the progress meter.
pub(super) const METER: &str = "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n                                 Dload  Upload   Total   Spent    Left  Speed\n";
/// The progress meter when nothing came.
pub(super) const NOTHING: &str =
    "\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0\n";

/// What is known of a transfer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Facts {
    url: Url,
    address: String,
    began: Time,
    started: Time,
    now: Time,
    pub(super) looked_up: Duration,
    connected: Option<Duration>,
    secured: bool,
    pub(super) status: u16,
    pub(super) reply: Option<HttpReply>,
    certificate: Option<Certificate>,
    pub(super) size: usize,
    pub(super) redirects: u32,
    pub(super) exit: i32,
    pub(super) error: String,
}

impl Facts {
    pub(super) fn new(url: &Url, exchange: &Exchange, began: Time, now: Time) -> Self {
        Self {
            url: url.clone(),
            address: exchange
                .address
                .map(|address| address.to_string())
                .unwrap_or_default(),
            began,
            started: exchange.started,
            now,
            looked_up: exchange.looked_up,
            connected: None,
            secured: false,
            status: 0,
            reply: None,
            certificate: None,
            size: 0,
            redirects: 0,
            exit: 0,
            error: String::new(),
        }
    }

    pub(super) fn arrival(&mut self, arrival: &Arrival) {
        self.connected = arrival.connected.map(|took| self.looked_up + took);
        self.secured = arrival.certificate.is_some();
        self.certificate.clone_from(&arrival.certificate);
    }

    fn before(&self) -> Duration {
        self.started.since(self.began)
    }
}

/// The head of an answer, as it came.
pub(super) fn head(reply: &HttpReply, facts: &Facts) -> String {
    response_head(reply, facts.now)
}

/// The last line of the progress meter.
pub(super) fn meter(facts: &Facts) -> String {
    let (size, took) = (
        facts.size as u128,
        facts.now.since(facts.started).as_micros().max(1),
    );
    let speed = amount(size * 1_000_000 / took);
    let shown = amount(size);
    format!(
        "\r100 {shown:>5}  100 {shown:>5}    0     0 {speed:>6}      0 --:--:-- --:--:-- --:--:-- {speed:>5}\n"
    )
}

/// A number of bytes in five characters (`max5data`).
fn amount(bytes: u128) -> String {
    const KIB: u128 = 1_024;
    match bytes {
        0..100_000 => bytes.to_string(),
        100_000..10_240_000 => format!("{}k", bytes / KIB),
        _ => format!("{}M", bytes / KIB / KIB),
    }
}

/// What is said of a certificate that nobody known vouches for.
pub(super) fn untrusted(certificate: &Certificate) -> String {
    more(if certificate.subject == certificate.issuer {
        "SSL certificate problem: self-signed certificate"
    } else {
        "SSL certificate problem: unable to get local issuer certificate"
    })
}

/// A fault of TLS and where to read about it.
pub(super) fn more(why: &str) -> String {
    format!(
        "{why}\nMore details here: https://curl.se/docs/sslcerts.html\n\ncurl failed to verify the legitimacy of the server and therefore could not\nestablish a secure connection to it. To learn more about this situation and\nhow to fix it, please visit the webpage mentioned above."
    )
}

/// `-v`
pub(super) fn verbose(call: &Call, request: &HttpRequest, facts: &Facts, io: &mut Io<'_>) {
    let Facts { url, address, .. } = facts;
    let mut text = String::new();
    if !address.is_empty() {
        text.push_str(&format!("*   Trying {address}:{}...\n", url.port));
    }
    if facts.connected.is_some() {
        text.push_str(&format!(
            "* Connected to {} ({address}) port {} (#0)\n",
            url.host, url.port
        ));
        if let Some(certificate) = &facts.certificate {
            text.push_str(&format!(
                "* SSL connection using TLSv1.3 / TLS_AES_256_GCM_SHA384\n* Server certificate:\n*  subject: {}\n*  issuer: {}\n",
                certificate.subject, certificate.issuer
            ));
            if call.insecure {
                text.push_str(
                    "*  SSL certificate verify result: self-signed certificate (18), continuing anyway.\n",
                );
            }
        }
        text.push_str(&format!(
            "> {} {} HTTP/1.1\r\n> Host: {}\r\n",
            request.method, request.path, request.host
        ));
        for (name, value) in &request.headers {
            text.push_str(&format!("> {name}: {value}\r\n"));
        }
        text.push_str("> \r\n");
    }
    if let Some(reply) = &facts.reply {
        for line in response_head(reply, facts.now).split_inclusive('\n') {
            text.push_str(&format!("< {line}"));
        }
        text.push_str(&format!("* Connection #0 to host {} left intact\n", url.host));
    }
    io.error(text);
}

/// `-w`
pub(super) fn write_out(format: &str, facts: &Facts) -> String {
    let mut out = String::new();
    let mut rest = format;
    while let Some(at) = rest.find(['%', '\\']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        if let Some(inner) = from.strip_prefix("%{")
            && let Some((name, after)) = inner.split_once('}')
        {
            out.push_str(&variable(name, facts).unwrap_or_default());
            rest = after;
            continue;
        }
        let mut signs = from.chars();
        let pair = (signs.next(), signs.next());
        out.push_str(match pair {
            (Some('\\'), Some('n')) => "\n",
            (Some('\\'), Some('t')) => "\t",
            (Some('\\'), Some('r')) => "\r",
            (Some('%'), Some('%')) => "%",
            _ => {
                let taken = pair.0.map_or(0, char::len_utf8);
                out.push_str(from.get(..taken).unwrap_or_default());
                rest = from.get(taken..).unwrap_or_default();
                continue;
            }
        });
        rest = signs.as_str();
    }
    out.push_str(rest);
    out
}

fn variable(name: &str, facts: &Facts) -> Option<String> {
    let secs = |took: Duration| format!("{:.6}", (facts.before() + took).as_secs_f64());
    let total = facts.now.since(facts.started);
    let answered = facts.reply.is_some();
    Some(match name {
        "http_code" | "response_code" => format!("{:03}", facts.status),
        "time_total" => secs(total),
        "time_namelookup" => secs(facts.looked_up),
        "time_connect" => secs(facts.connected.unwrap_or_default()),
        "time_appconnect" if facts.secured => secs(facts.connected.unwrap_or_default()),
        "time_appconnect" => "0.000000".to_owned(),
        "time_pretransfer" => secs(facts.connected.unwrap_or_default()),
        "time_starttransfer" if answered => secs(total),
        "time_starttransfer" | "time_redirect" => "0.000000".to_owned(),
        "remote_ip" => facts.address.clone(),
        "remote_port" => facts.url.port.to_string(),
        "size_download" => facts.size.to_string(),
        "url" | "url_effective" => facts.url.to_string(),
        "num_redirects" => facts.redirects.to_string(),
        "num_connects" => u8::from(facts.connected.is_some()).to_string(),
        "exitcode" => facts.exit.to_string(),
        "errormsg" => facts.error.clone(),
        "http_version" if answered => "1.1".to_owned(),
        "http_version" => "0".to_owned(),
        "scheme" if facts.url.tls => "HTTPS".to_owned(),
        "scheme" => "HTTP".to_owned(),
        "content_type" => header(facts, "Content-Type"),
        "redirect_url" => header(facts, "Location"),
        _ => return None,
    })
}

fn header(facts: &Facts, name: &str) -> String {
    let reply = facts.reply.as_ref();
    reply
        .and_then(|reply| reply.header(name))
        .unwrap_or_default()
        .to_owned()
}
