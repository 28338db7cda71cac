//! nginx's own configuration (`nginx.org/en/docs`): servers, locations, `root`, `return`, `proxy_pass`. Other directives are known and do nothing;
//! what nginx refuses is refused in its words.

use super::spec::{Http, Route, ServerSpec};
use crate::sh::Files;

const MAIN: &str = "/etc/nginx/nginx.conf";
const FOLDER: &str = "/etc/nginx/conf.d";

/// Directives that may stand in a server or a location and do nothing here.
const KNOWN: &[&str] = &[
    "access_log",
    "add_header",
    "allow",
    "auth_basic",
    "auth_basic_user_file",
    "autoindex",
    "charset",
    "client_body_timeout",
    "client_max_body_size",
    "default_type",
    "deny",
    "error_log",
    "error_page",
    "etag",
    "expires",
    "fastcgi_index",
    "fastcgi_param",
    "fastcgi_pass",
    "gzip",
    "gzip_types",
    "if",
    "include",
    "index",
    "internal",
    "keepalive_timeout",
    "limit_except",
    "limit_req",
    "limit_req_zone",
    "log_format",
    "log_not_found",
    "map",
    "proxy_buffering",
    "proxy_connect_timeout",
    "proxy_http_version",
    "proxy_next_upstream",
    "proxy_read_timeout",
    "proxy_redirect",
    "proxy_send_timeout",
    "proxy_set_header",
    "resolver",
    "rewrite",
    "sendfile",
    "server_tokens",
    "set",
    "ssl_certificate",
    "ssl_certificate_key",
    "ssl_ciphers",
    "ssl_protocols",
    "stub_status",
    "tcp_nodelay",
    "tcp_nopush",
    "try_files",
    "types",
    "underscores_in_headers",
];

/// A directive, its words and what stands in its braces.
struct Directive {
    words: Vec<String>,
    line: usize,
    block: Option<Vec<Self>>,
}

impl Directive {
    fn name(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    fn argument(&self, index: usize) -> &str {
        self.words.get(index).map_or("", String::as_str)
    }
}

/// A server as its files configure it; the error is nginx's.
pub(super) fn configure(spec: &ServerSpec, files: &dyn Files) -> Result<ServerSpec, String> {
    let mut configured = spec.clone();
    let Some(http) = &mut configured.http else {
        return Ok(configured);
    };
    let names = files.list(FOLDER).unwrap_or_default();
    let main = files.read(MAIN, 0, usize::MAX).unwrap_or_default();
    let main = String::from_utf8_lossy(&main).into_owned();
    let mut directives = Vec::new();
    for directive in parse(&main, MAIN)? {
        if directive.name() == "http" {
            collect(directive.block.unwrap_or_default(), MAIN, &mut directives)?;
        }
    }
    // A main file of one's own may leave the folder out.
    let includes = main.is_empty() || main.contains("conf.d/");
    for name in names.iter().filter(|name| name.ends_with(".conf") && includes) {
        let path = format!("{FOLDER}/{name}");
        let bytes = files.read(&path, 0, usize::MAX).unwrap_or_default();
        collect(
            parse(&String::from_utf8_lossy(&bytes), &path)?,
            &path,
            &mut directives,
        )?;
    }
    let upstreams: Vec<(String, String)> = directives
        .iter()
        .filter(|(directive, _)| directive.name() == "upstream")
        .filter_map(|(directive, _)| {
            let server = directive
                .block
                .iter()
                .flatten()
                .find(|inner| inner.name() == "server")?;
            Some((directive.argument(1).to_owned(), server.argument(1).to_owned()))
        })
        .collect();
    let mut ports = Vec::new();
    let mut routes = Vec::new();
    for (directive, path) in directives
        .iter()
        .filter(|(directive, _)| directive.name() == "server")
    {
        server(directive, (path, http, &upstreams), &mut ports, &mut routes)?;
    }
    ports.dedup();
    configured.ports = ports;
    http.routes = routes;
    Ok(configured)
}

/// All of its configuration as one text.
pub(super) fn text(files: &dyn Files) -> String {
    let read = |path: &str| files.read(path, 0, usize::MAX).unwrap_or_default();
    let mut bytes = read(MAIN);
    for name in files.list(FOLDER).unwrap_or_default() {
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend(read(&format!("{FOLDER}/{name}")));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What `nginx -t` says, and its status.
pub(super) fn test(files: &dyn Files) -> (String, i32) {
    let probe = ServerSpec {
        http: Some(Http::default()),
        ..ServerSpec::default()
    };
    match configure(&probe, files) {
        Ok(_) => (
            format!(
                "nginx: the configuration file {MAIN} syntax is ok\nnginx: configuration file {MAIN} test is successful"
            ),
            0,
        ),
        Err(why) => (
            format!("nginx: {why}\nnginx: configuration file {MAIN} test failed"),
            1,
        ),
    }
}

fn collect(
    directives: Vec<Directive>,
    path: &str,
    found: &mut Vec<(Directive, String)>,
) -> Result<(), String> {
    for directive in directives {
        let name = directive.name();
        if !matches!(name, "server" | "upstream") && !KNOWN.contains(&name) {
            return Err(unknown(&directive, path));
        }
        found.push((directive, path.to_owned()));
    }
    Ok(())
}

fn unknown(directive: &Directive, path: &str) -> String {
    format!(
        "[emerg] unknown directive \"{}\" in {path}:{}",
        directive.name(),
        directive.line
    )
}

fn server(
    server: &Directive,
    (path, http, upstreams): (&str, &Http, &[(String, String)]),
    ports: &mut Vec<u16>,
    routes: &mut Vec<Route>,
) -> Result<(), String> {
    let inner = || server.block.iter().flatten();
    let mut own_ports = Vec::new();
    let mut host = String::new();
    let mut root = http.root.clone();
    for directive in inner() {
        match directive.name() {
            "listen" => {
                let address = directive.argument(1);
                let port = address
                    .rsplit(':')
                    .next()
                    .unwrap_or(address)
                    .trim_end_matches(']');
                let port = port.parse().map_err(|_| {
                    format!(
                        "[emerg] invalid port in \"{address}\" of the \"listen\" directive in {path}:{}",
                        directive.line
                    )
                })?;
                own_ports.push(port);
            }
            "server_name" => host = directive.argument(1).to_owned(),
            "root" => root = directive.argument(1).to_owned(),
            "location" | "return" => {}
            name if KNOWN.contains(&name) => {}
            _ => return Err(unknown(directive, path)),
        }
    }
    if own_ports.is_empty() {
        own_ports.push(80);
    }
    // Names that stand for any host.
    if matches!(host.as_str(), "_" | "localhost" | "") {
        host.clear();
    }
    let mut found = Vec::new();
    for location in inner().filter(|directive| directive.name() == "location") {
        found.push(self::location(location, (path, &root, upstreams))?);
    }
    // Exact places first, then the longest beginning.
    crate::sort::sort_by_key(&mut found, |route: &Route| {
        (route.path.ends_with('*'), std::cmp::Reverse(route.path.len()))
    });
    let rest = match inner().find(|directive| directive.name() == "return") {
        Some(directive) => returned(directive, "/*"),
        None => Route {
            root,
            ..Route::default()
        },
    };
    for port in own_ports {
        if !ports.contains(&port) {
            ports.push(port);
        }
        for route in found.iter().chain([&rest]) {
            routes.push(Route {
                port,
                host: host.clone(),
                ..route.clone()
            });
        }
    }
    Ok(())
}

fn location(
    location: &Directive,
    (path, root, upstreams): (&str, &str, &[(String, String)]),
) -> Result<Route, String> {
    let (exact, place) = match location.argument(1) {
        "=" => (true, location.argument(2)),
        // Of an expression only its plain beginning counts.
        "~" | "~*" | "^~" => (false, location.argument(2).trim_start_matches('^')),
        place => (false, place),
    };
    let pattern = if exact {
        place.to_owned()
    } else {
        format!("{place}*")
    };
    let mut route = Route {
        path: pattern.clone(),
        root: root.to_owned(),
        ..Route::default()
    };
    for directive in location.block.iter().flatten() {
        match directive.name() {
            "root" => directive.argument(1).clone_into(&mut route.root),
            "alias" => {
                route.root = directive.argument(1).trim_end_matches('/').to_owned();
                route.strip = place.trim_end_matches('/').to_owned();
            }
            "return" => return Ok(returned(directive, &pattern)),
            "proxy_pass" => {
                let target = directive.argument(1);
                let rest = target
                    .strip_prefix("http://")
                    .ok_or_else(|| format!("[emerg] invalid URL prefix in {path}:{}", directive.line))?;
                let (authority, uri) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
                let upstream = upstreams.iter().find(|(name, _)| name == authority);
                let authority = upstream.map_or(authority, |(_, address)| address);
                route.call = if uri.is_empty() {
                    format!("http://{authority}{{{{uri}}}}")
                } else {
                    route.strip = place.to_owned();
                    format!("http://{authority}{uri}{{{{rest}}}}")
                };
                route.proxy = true;
                route.root.clear();
            }
            "location" | "listen" | "server_name" => {
                return Err(format!(
                    "[emerg] \"{}\" directive is not allowed here in {path}:{}",
                    directive.name(),
                    directive.line
                ));
            }
            name if KNOWN.contains(&name) => {}
            _ => return Err(unknown(directive, path)),
        }
    }
    Ok(route)
}

fn returned(directive: &Directive, path: &str) -> Route {
    let status = directive.argument(1).parse().unwrap_or(302);
    let text = if directive.argument(1).parse::<u16>().is_ok() {
        directive.argument(2)
    } else {
        directive.argument(1)
    };
    let mut route = Route {
        path: path.to_owned(),
        status,
        content_type: "application/octet-stream".to_owned(),
        ..Route::default()
    };
    let text = text
        .replace("\\n", "\n")
        .replace("$hostname", "{{hostname}}")
        .replace("$host", "{{host}}")
        .replace("$request_uri", "{{uri}}")
        .replace("$uri", "{{path}}")
        .replace("$remote_addr", "{{source}}")
        .replace("$server_addr", "{{ip}}");
    if (300..400).contains(&status) {
        route.headers.insert("Location".to_owned(), text);
        route.error = true;
    } else if text.is_empty() {
        route.error = true;
    } else {
        route.body = text;
    }
    route
}

/// The directives of a file.
fn parse(text: &str, path: &str) -> Result<Vec<Directive>, String> {
    let mut stack: Vec<Vec<Directive>> = vec![Vec::new()];
    let mut open: Vec<(Vec<String>, usize)> = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let mut line = 1;
    let mut first_line = 1;
    let mut letters = text.chars().peekable();
    let add = |stack: &mut Vec<Vec<Directive>>, directive: Directive| {
        if let Some(last) = stack.last_mut() {
            last.push(directive);
        }
    };
    while let Some(letter) = letters.next() {
        match letter {
            '\n' => line += 1,
            '#' => while letters.next_if(|letter| *letter != '\n').is_some() {},
            ';' if words.is_empty() => return Err(format!("[emerg] unexpected \";\" in {path}:{line}")),
            ';' => add(
                &mut stack,
                Directive {
                    words: std::mem::take(&mut words),
                    line: first_line,
                    block: None,
                },
            ),
            '{' => {
                open.push((std::mem::take(&mut words), first_line));
                stack.push(Vec::new());
            }
            '}' => {
                let Some((words_of, line_of)) = open.pop().filter(|_| words.is_empty()) else {
                    return Err(format!("[emerg] unexpected \"}}\" in {path}:{line}"));
                };
                let block = stack.pop();
                add(
                    &mut stack,
                    Directive {
                        words: words_of,
                        line: line_of,
                        block,
                    },
                );
            }
            quote @ ('"' | '\'') => {
                let mut word = String::new();
                while let Some(letter) = letters.next().filter(|letter| *letter != quote) {
                    line += usize::from(letter == '\n');
                    word.push(letter);
                }
                words.push(word);
            }
            letter if letter.is_whitespace() => {}
            letter => {
                if words.is_empty() {
                    first_line = line;
                }
                let mut word = String::from(letter);
                while let Some(letter) =
                    letters.next_if(|letter| !letter.is_whitespace() && !";{}".contains(*letter))
                {
                    word.push(letter);
                }
                words.push(word);
            }
        }
    }
    if !open.is_empty() {
        return Err(format!(
            "[emerg] unexpected end of file, expecting \"}}\" in {path}:{line}"
        ));
    }
    if !words.is_empty() {
        return Err(format!(
            "[emerg] unexpected end of file, expecting \";\" or \"}}\" in {path}:{line}"
        ));
    }
    Ok(stack.pop().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::userland::Folder;

    fn configured(text: &str) -> Result<ServerSpec, String> {
        let mut folder = Folder::empty();
        folder
            .save("/etc/nginx/conf.d/default.conf", text.as_bytes())
            .expect("there is room");
        let spec = ServerSpec {
            http: Some(Http::default()),
            ..ServerSpec::default()
        };
        configure(&spec, &folder)
    }

    #[test]
    fn servers_and_locations_become_ports_and_routes() {
        let spec = configured(
            "server {\n  listen 8080;\n  location = /sante { return 200 \"ok\\n\"; }\n  location /api/ { proxy_pass http://api:9000/; }\n  location / { root /site; }\n}\n",
        )
        .expect("it is right");
        let routes = &spec.http.as_ref().expect("it speaks HTTP").routes;
        assert_eq!(spec.ports, [8080]);
        assert_eq!(
            (routes[0].path.as_str(), routes[0].body.as_str()),
            ("/sante", "ok\n")
        );
        assert_eq!(routes[1].call, "http://api:9000/{{rest}}");
        assert_eq!(routes[2].root, "/site");
    }

    #[test]
    fn mistakes_are_said_as_nginx_says_them() {
        for (text, expected) in [
            (
                "server {\n  listen 80;\n  lisen 81;\n}\n",
                "[emerg] unknown directive \"lisen\" in /etc/nginx/conf.d/default.conf:3",
            ),
            (
                "server {\n  listen 80;\n",
                "[emerg] unexpected end of file, expecting \"}\" in /etc/nginx/conf.d/default.conf:3",
            ),
            (
                "}\n",
                "[emerg] unexpected \"}\" in /etc/nginx/conf.d/default.conf:1",
            ),
        ] {
            assert_eq!(configured(text).expect_err("it is wrong"), expected);
        }
    }
}
