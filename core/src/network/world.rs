//! The Internet beyond the cluster: a few sites that exist under their own names.

#![expect(clippy::nonminimal_bool, reason = "as the rule is said")]

use std::net::Ipv4Addr;
use std::time::Duration;

use crate::runtime::traffic::{HttpReply, Payload, Refused, Reply, Request, Served};
use crate::userland::socket::Certificate;

/// Sites: name, address, and what they answer with to `/`: a page, or the address that they send to.
const SITES: &[(&str, [u8; 4], &str)] = &[
    ("example.com", [93, 184, 215, 14], EXAMPLE),
    ("example.org", [93, 184, 215, 14], EXAMPLE),
    ("www.example.com", [93, 184, 215, 14], EXAMPLE),
    (
        "kubernetes.io",
        [15, 197, 167, 90],
        "<!doctype html><title>Kubernetes</title>\n",
    ),
    ("google.com", [142, 250, 179, 78], "http://www.google.com/"),
    (
        "www.google.com",
        [142, 250, 179, 68],
        "<!doctype html><title>Google</title>\n",
    ),
    ("github.com", [140, 82, 121, 4], "https://github.com/"),
    (
        "registry-1.docker.io",
        [44, 208, 254, 194],
        "https://registry-1.docker.io/",
    ),
    ("api.github.com", [140, 82, 121, 6], "{}\n"),
];
/// Name servers of the Internet.
pub(super) const SERVERS: &[Ipv4Addr] = &[
    Ipv4Addr::new(172, 18, 0, 1),
    Ipv4Addr::new(8, 8, 8, 8),
    Ipv4Addr::new(8, 8, 4, 4),
    Ipv4Addr::new(1, 1, 1, 1),
    Ipv4Addr::new(9, 9, 9, 9),
];
/// The page of example.com.
const EXAMPLE: &str = "<!doctype html>\n<html>\n<head>\n    <title>Example Domain</title>\n</head>\n\n<body>\n<div>\n    <h1>Example Domain</h1>\n    <p>This domain is for use in illustrative examples in documents. You may use this\n    domain in literature without prior coordination or asking for permission.</p>\n    <p><a href=\"https://www.iana.org/domains/example\">More information...</a></p>\n</div>\n</body>\n</html>\n";

/// The address of a name; names of `nip.io` and `sslip.io` hold theirs.
pub(super) fn resolve(name: &str) -> Option<Ipv4Addr> {
    if let Some(inner) = name
        .strip_suffix(".nip.io")
        .or_else(|| name.strip_suffix(".sslip.io"))
    {
        let dashed = inner.rsplit('.').next().unwrap_or_default().replace('-', ".");
        let dotted: Vec<&str> = inner.rsplit('.').take(4).collect();
        let dotted: Vec<&str> = dotted.into_iter().rev().collect();
        return dotted.join(".").parse().ok().or_else(|| dashed.parse().ok());
    }
    let found = SITES.iter().find(|(known, ..)| *known == name);
    found.map(|(_, address, _)| Ipv4Addr::from(*address))
}

/// The name of the site at an address.
pub(super) fn name_of(address: Ipv4Addr) -> Option<&'static str> {
    let found = SITES
        .iter()
        .find(|(_, known, _)| Ipv4Addr::from(*known) == address);
    found.map(|(name, ..)| *name)
}

/// Whether an address is of the public Internet.
pub(super) fn is_public(address: Ipv4Addr) -> bool {
    name_of(address).is_some() || SERVERS.contains(&address)
}

/// What a site answers.
///
/// # Errors
///
/// When it does not listen on that port.
pub(super) fn serve(address: Ipv4Addr, request: &Request) -> Result<Served, Refused> {
    let web = matches!(request.port, 80 | 443) && name_of(address).is_some();
    if !web && !(request.port == 53 && SERVERS.contains(&address)) {
        return Err(Refused::Silent);
    }
    let reply = match &request.payload {
        Payload::Tcp => Reply::Accepted,
        Payload::Http(asked) => {
            let host = asked.host.split(':').next().unwrap_or_default();
            let site = SITES.iter().find(|(name, ..)| *name == host);
            let page = site.map_or("", |(_, _, page)| *page);
            let secure = request.port == 443;
            Reply::Http(if page.is_empty() {
                HttpReply::text(404, "text/html", "")
            } else if page.starts_with("http") && !(secure && page.starts_with("https")) {
                let mut reply = HttpReply::text(301, "text/html", "");
                reply.headers.push(("Location".to_owned(), page.to_owned()));
                reply
            } else if asked.path == "/" || secure {
                let body = if page.starts_with("http") { "" } else { page };
                HttpReply::text(200, "text/html; charset=UTF-8", body)
            } else {
                HttpReply::text(404, "text/html; charset=UTF-8", page)
            })
        }
        _ => Reply::Hung,
    };
    Ok(Served {
        reply,
        latency: Duration::from_millis(4),
        cpu: Duration::ZERO,
    })
}

/// A certificate that everybody trusts has no issuer to be asked about: the site's own name is enough.
pub(super) fn site_certificate(name: &str) -> Certificate {
    Certificate {
        subject: format!("CN={name}"),
        issuer: "C=US; O=Let's Encrypt; CN=R11".to_owned(),
        names: vec![name.to_owned()],
        trusted: true,
    }
}
