//! A small static file server for the built lab, and Trunk's own for those who edit it.

use std::fs::{self, File};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::thread;

use anyhow::{Context, Result, anyhow, bail};
use tiny_http::{Header, Method, Request, Response, Server, StatusCode};

use crate::build::{self, Mode};
use crate::setup::{self, Part};
use crate::{exec, place};

const PORT: u16 = 8080;
/// Another origin for who edits the lab: what a browser keeps of the first (its service worker) must not hide a change.
const WATCH_PORT: &str = "8081";

/// Builds the lab, serves it on a local port and prints the address.
pub(crate) fn serve(args: &[&str]) -> Result<()> {
    match args {
        ["--watch"] => watch(),
        [] => build_and_serve(None),
        ["--port", port] => build_and_serve(Some(port.parse().context("--port wants a number")?)),
        _ => bail!("usage: cargo xtask serve [--port N | --watch]"),
    }
}

fn watch() -> Result<()> {
    let tools = setup::prepare(&Part::BUILD)?;
    build::bundle(&tools)?;
    exec::run(build::trunk(&tools, "serve")?.args(["--port", WATCH_PORT]))
}

fn build_and_serve(port: Option<u16>) -> Result<()> {
    build::build(Mode::Release)?;
    let dist = Arc::new(place::dist());
    let server = Arc::new(listen(port)?);
    let port = server
        .server_addr()
        .to_ip()
        .context("the server has no port")?
        .port();
    println!("\nTimonier: http://127.0.0.1:{port}/   (Ctrl+C stops it)");
    let workers = (0..4).map(|_| {
        let (server, dist) = (Arc::clone(&server), Arc::clone(&dist));
        thread::spawn(move || {
            for request in server.incoming_requests() {
                // A browser that went away is no reason to stop serving.
                let _ = answer(request, &dist);
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.join().map_err(|_| anyhow!("the server stopped"))?;
    }
    Ok(())
}

/// The port asked for; else the usual one; else any that is free.
fn listen(port: Option<u16>) -> Result<Server> {
    let on = |port: u16| Server::http(("127.0.0.1", port)).map_err(|error| anyhow!("port {port}: {error}"));
    match port {
        Some(port) => on(port),
        None => on(PORT).or_else(|_| on(0)),
    }
}

fn answer(request: Request, dist: &Path) -> std::io::Result<()> {
    if !matches!(request.method(), Method::Get | Method::Head) {
        return request.respond(Response::empty(StatusCode(405)));
    }
    let Some(path) = file_for(dist, request.url()) else {
        return request.respond(Response::from_string("404: no such file\n").with_status_code(404));
    };
    let accepts = |coding: &str| {
        let asked = request
            .headers()
            .iter()
            .filter(|header| header.field.equiv("Accept-Encoding"));
        asked
            .flat_map(|header| header.value.as_str().split(','))
            .any(|word| word.trim().starts_with(coding))
    };
    let beside = |ending: &str| {
        Some(PathBuf::from(format!("{}.{ending}", path.display()))).filter(|path| path.is_file())
    };
    let mut headers = vec![
        ("Content-Type", content_type(&path)),
        ("Cache-Control", "no-cache"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Vary", "Accept-Encoding"),
    ];
    let mut sent = path.clone();
    for coding in ["br", "gz"] {
        let name = if coding == "gz" { "gzip" } else { coding };
        if let Some(compressed) = beside(coding).filter(|_| accepts(name)) {
            headers.push(("Content-Encoding", name));
            sent = compressed;
            break;
        }
    }
    let mut response = Response::from_file(File::open(sent)?);
    for (name, value) in headers {
        if let Ok(header) = Header::from_bytes(name, value) {
            response.add_header(header);
        }
    }
    request.respond(response)
}

/// The file below `dist` that a URL asks for. Nothing outside `dist` can be named.
fn file_for(dist: &Path, url: &str) -> Option<PathBuf> {
    let path = url.split(['?', '#']).next()?;
    let relative = PathBuf::from(percent_decoded(path.trim_start_matches('/'))?);
    if relative
        .components()
        .any(|part| !matches!(part, Component::Normal(_)))
    {
        return None;
    }
    let path = dist.join(relative);
    let path = if path.is_dir() {
        path.join("index.html")
    } else {
        path
    };
    fs::metadata(&path)
        .ok()
        .filter(fs::Metadata::is_file)
        .map(|_| path)
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte == b'%' {
            let (digits, after) = rest.split_at_checked(2)?;
            bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
            rest = after;
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

fn content_type(path: &Path) -> &'static str {
    match path
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or_default()
    {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "ttf" => "font/ttf",
        "zip" => "application/zip",
        "txt" | "md" | "yaml" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_never_leave_the_site() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let check = |url: &str, found: bool| assert_eq!(file_for(here, url).is_some(), found, "{url}");
        check("/Cargo.toml", true);
        check("/src/main.rs?x=1", true);
        check("/src/%6dain.rs", true);
        check("/../Cargo.toml", false);
        check("/src/%2e%2e/%2e%2e/Cargo.toml", false);
        check("//etc/passwd", false);
        check("/src/%zz", false);
        check("/nothing", false);
    }

    #[test]
    fn wasm_is_served_as_wasm() {
        assert_eq!(content_type(Path::new("a/engine_bg.wasm")), "application/wasm");
        assert_eq!(content_type(Path::new("LICENSE")), "application/octet-stream");
    }
}
