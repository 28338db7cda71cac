//! Who a kubeconfig says one is: client certificates and tokens (`clientcmd.getUserIdentificationPartialConfig`).
//!
//! A certificate of the lab is the shape of one: its body names the subject instead of proving it. The API server believes
//! what it reads there, as it believes whatever its authority has signed.

use serde_json::Value;

use super::context::Cx;
use super::failure::Failure;
use super::flags::Parsed;
use super::kubeconfig::{Env, Kubeconfig};
use super::value::{items, text};
use crate::api::base64;
use crate::apiserver::user::AUTHENTICATED;
use crate::apiserver::{Impersonation, User};

fn pem(label: &str, body: &str) -> String {
    let body = base64::encode(body.as_bytes());
    let lines: Vec<&str> = body
        .as_bytes()
        .chunks(64)
        .filter_map(|line| std::str::from_utf8(line).ok())
        .collect();
    let lines = lines.join("\n");
    base64::encode(format!("-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n").as_bytes())
}

/// The authority's certificate, as a kubeconfig holds it.
pub(super) fn authority() -> String {
    pem("CERTIFICATE", "CN=kubernetes")
}

/// A certificate and its key, as a kubeconfig holds them.
pub(super) fn pair(name: &str, groups: &[&str]) -> (String, String) {
    let groups: String = groups.iter().map(|group| format!("\nO={group}")).collect();
    let key = pem("RSA PRIVATE KEY", &format!("the key of {name}"));
    (pem("CERTIFICATE", &format!("CN={name}{groups}")), key)
}

/// Whom a certificate names.
fn subject(pem: &str) -> Option<User> {
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let body = String::from_utf8(base64::decode(&body)?).ok()?;
    let name = body.lines().find_map(|line| line.strip_prefix("CN="))?;
    let mut groups: Vec<&str> = body.lines().filter_map(|line| line.strip_prefix("O=")).collect();
    if name == "kubernetes-admin" && groups == ["system:masters"] {
        return Some(User::admin());
    }
    groups.push(AUTHENTICATED);
    Some(User::new(name, &groups))
}

/// The certificate of a user's entry: in it, or in a file.
fn certificate(cx: &Cx<'_>, entry: &Value) -> Result<Option<User>, Failure> {
    let data = text(entry, "/client-certificate-data");
    let path = text(entry, "/client-certificate");
    let pem = if !data.is_empty() {
        base64::decode(data).and_then(|bytes| String::from_utf8(bytes).ok())
    } else if path.is_empty() {
        return Ok(None);
    } else {
        let read = cx.io.read_file(path);
        Some(read.map_err(|_| {
            format!("unable to read client-cert {path} due to open {path}: no such file or directory")
        })?)
    };
    match pem.as_deref().and_then(subject) {
        Some(user) => Ok(Some(user)),
        None => Err("tls: failed to find any PEM data in certificate input".into()),
    }
}

/// Settles who asks, of which server, in which namespace: by flags, else by the context.
///
/// # Errors
///
/// When a flag or the context names what the configuration does not have.
pub(super) fn settle(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<(), Failure> {
    let mut config = cx.env.kubeconfig.clone();
    let chosen = parsed.text("context");
    if !chosen.is_empty() {
        if !config.contexts.contains_key(chosen) {
            return Err(Failure::Message(format!("context {chosen:?} does not exist")));
        }
        chosen.clone_into(&mut config.current);
    }
    let context = config.contexts.get(&config.current);
    if context.is_none() && !config.current.is_empty() {
        let name = &config.current;
        let why = format!("context was not found for specified context: {name}");
        return Err(Failure::Plain(format!("Error in configuration: {why}")));
    }
    let of_context = |field: &str| context.map_or("", |context| text(context, field)).to_owned();
    let named = |flag: &str, what: &str, field: &str, known: &dyn Fn(&str) -> bool| match parsed.text(flag) {
        "" => Ok(of_context(field)),
        name if known(name) => Ok(name.to_owned()),
        name => Err(Failure::Message(format!("{what} {name:?} does not exist"))),
    };
    let user = named("user", "auth info", "/user", &|name| {
        config.users.contains_key(name)
    })?;
    let cluster = named("cluster", "cluster", "/cluster", &|name| {
        config.clusters.contains_key(name)
    })?;
    cx.env.server = match parsed.text("server") {
        "" => config.server(&cluster).to_owned(),
        given => given.to_owned(),
    };
    if !cx.explicit {
        config.namespace().clone_into(&mut cx.namespace);
    }
    let entry = config.users.get(&user).cloned().unwrap_or_default();
    identify(cx, parsed, &user, &entry)?;
    cx.env.kubeconfig.current = config.current;
    Ok(())
}

fn identify(cx: &mut Cx<'_>, parsed: &Parsed, name: &str, entry: &Value) -> Result<(), Failure> {
    cx.env.token = None;
    cx.env.user = match certificate(cx, entry)? {
        Some(user) => user,
        None => User::anonymous(),
    };
    let given = |flag: &str, field: &str| match parsed.text(flag) {
        "" => text(entry, field).to_owned(),
        text => text.to_owned(),
    };
    let token = given("token", "/token");
    if !token.is_empty() {
        cx.env.token = Some(token);
        if parsed.given("token") {
            cx.env.user = User::anonymous();
        }
    }
    if !given("username", "/username").is_empty() {
        // Passwords are not taken any more: what they would prove is refused.
        cx.env.token = Some(String::new());
    }
    let groups = match parsed.list("as-group") {
        [] => items(entry, "/as-groups")
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        groups => groups.to_vec(),
    };
    let wanted = Impersonation {
        user: given("as", "/as"),
        groups,
        uid: given("as-uid", "/as-uid"),
    };
    if wanted.user.is_empty() && (!wanted.groups.is_empty() || !wanted.uid.is_empty()) {
        let why = format!("requesting uid, groups or user-extra for {name} without impersonating a user");
        return Err(Failure::Plain(format!("Error in configuration: {why}")));
    }
    cx.env.impersonate = (!wanted.user.is_empty()).then_some(wanted);
    Ok(())
}

/// Reads the configuration that `--kubeconfig` or `$KUBECONFIG` names; the usual one is there already.
///
/// # Errors
///
/// When the file cannot be read.
pub(super) fn load(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<(), Failure> {
    let given = parsed.text("kubeconfig");
    let path = match (given, &cx.env.file) {
        ("", Some(path)) => path.clone(),
        ("", None) => return Ok(()),
        (path, _) => path.to_owned(),
    };
    if is_usual(&path, cx.env) {
        cx.env.file = None;
        return Ok(());
    }
    let config = match cx.io.read_file(&path) {
        Ok(found) => {
            let document = crate::manifest::parse(&found).into_iter().next();
            match document {
                Some(Ok(document)) => Kubeconfig::from_value(&document.value),
                Some(Err(_)) => {
                    return Err(Failure::Message(format!(
                        "error loading config file \"{path}\": yaml: invalid"
                    )));
                }
                None => Kubeconfig::default(),
            }
        }
        // A file that a flag names must be there, except to be written.
        Err(_) if given.is_empty() || is_config(cx) => Kubeconfig::default(),
        Err(_) => {
            return Err(Failure::Message(format!(
                "stat {path}: no such file or directory"
            )));
        }
    };
    cx.env.kubeconfig = config;
    cx.env.file = Some(path);
    Ok(())
}

fn is_config(cx: &Cx<'_>) -> bool {
    cx.offline
}

fn is_usual(path: &str, env: &Env) -> bool {
    path == "~/.kube/config" || path == format!("{}/.kube/config", env.home)
}

impl Cx<'_> {
    /// The path of the configuration in use.
    pub(crate) fn config_path(&self) -> String {
        let usual = || format!("{}/.kube/config", self.env.home);
        self.env.file.clone().unwrap_or_else(usual)
    }

    /// Keeps the changed configuration.
    ///
    /// # Errors
    ///
    /// When its file cannot be written.
    pub(crate) fn save_config(&mut self) -> Result<(), Failure> {
        match self.env.file.clone() {
            None => self.io.save_kubeconfig(&self.env.kubeconfig),
            Some(path) => {
                let text = crate::manifest::print::to_yaml(&self.env.kubeconfig.to_value());
                let written = self.io.write_file(&path, &text);
                written.map_err(|_| format!("open {path}: no such file or directory"))?;
            }
        }
        Ok(())
    }
}
