//! Flags that many commands share, and what they mean.

use serde::{Deserialize, Serialize};

use super::context::Cx;
use super::failure::Failure;
use super::flags::{Flag, Parsed};
use super::resources::{Checks, Named};
use super::rest::Write;

/// Flags of every command.
pub(crate) const GLOBAL: &[Flag] = &[
    Flag::text("as", "", "Username to impersonate for the operation."),
    Flag::array(
        "as-group",
        "Group to impersonate for the operation, this flag can be repeated to specify multiple groups.",
    ),
    Flag::text("as-uid", "", "UID to impersonate for the operation."),
    Flag::text("cache-dir", "", "Default cache directory"),
    Flag::text(
        "certificate-authority",
        "",
        "Path to a cert file for the certificate authority",
    ),
    Flag::text(
        "client-certificate",
        "",
        "Path to a client certificate file for TLS",
    ),
    Flag::text("client-key", "", "Path to a client key file for TLS"),
    Flag::text("cluster", "", "The name of the kubeconfig cluster to use"),
    Flag::text("context", "", "The name of the kubeconfig context to use"),
    Flag::off(
        "disable-compression",
        "If true, opt-out of response compression for all requests to the server",
    ),
    Flag::off("help", "Print help").short('h'),
    Flag::off(
        "insecure-skip-tls-verify",
        "If true, the server's certificate will not be checked for validity.",
    ),
    Flag::text(
        "kubeconfig",
        "",
        "Path to the kubeconfig file to use for CLI requests.",
    ),
    Flag::duration(
        "log-flush-frequency",
        "5s",
        "Maximum number of seconds between log flushes",
    ),
    Flag::off(
        "match-server-version",
        "Require server version to match client version",
    ),
    Flag::text(
        "namespace",
        "",
        "If present, the namespace scope for this CLI request",
    )
    .short('n'),
    Flag::text(
        "password",
        "",
        "Password for basic authentication to the API server",
    ),
    Flag::text(
        "request-timeout",
        "0",
        "The length of time to wait before giving up on a single server request.",
    ),
    Flag::text("server", "", "The address and port of the Kubernetes API server").short('s'),
    Flag::text(
        "tls-server-name",
        "",
        "Server name to use for server certificate validation.",
    ),
    Flag::text("token", "", "Bearer token for authentication to the API server"),
    Flag::text("user", "", "The name of the kubeconfig user to use"),
    Flag::text(
        "username",
        "",
        "Username for basic authentication to the API server",
    ),
    Flag::int("v", "0", "number for the log level verbosity").short('v'),
    Flag::text(
        "vmodule",
        "",
        "comma-separated list of pattern=N settings for file-filtered logging",
    ),
    Flag::off(
        "warnings-as-errors",
        "Treat warnings received from the server as errors and exit with a non-zero exit code",
    ),
];

/// How results are printed.
pub(crate) const PRINT: &[Flag] = &[
    Flag::switch(
        "allow-missing-template-keys",
        "true",
        "If true, ignore any errors in templates when a field or map key is missing in the template.",
    ),
    Flag::text("output", "", "Output format.").short('o'),
    Flag::off(
        "show-managed-fields",
        "If true, keep the managedFields when printing objects in JSON or YAML format.",
    ),
    Flag::text(
        "template",
        "",
        "Template string or path to template file to use when -o=go-template, -o=go-template-file.",
    ),
];

/// Which files.
pub(crate) const FILENAME: &[Flag] = &[
    Flag::list("filename", "Filename, directory, or URL to files to use.").short('f'),
    Flag::text("kustomize", "", "Process the kustomization directory.").short('k'),
    Flag::off(
        "recursive",
        "Process the directory used in -f, --filename recursively.",
    )
    .short('R'),
];

/// Which labels.
pub(crate) const SELECTOR: &[Flag] =
    &[Flag::text("selector", "", "Selector (label query) to filter on.").short('l')];

/// Which fields.
pub(crate) const FIELD_SELECTOR: &[Flag] = &[Flag::text(
    "field-selector",
    "",
    "Selector (field query) to filter on, supports '=', '==', and '!='.",
)];

/// Whether anything is kept.
pub(crate) const DRY_RUN: &[Flag] =
    &[Flag::text("dry-run", "none", "Must be \"none\", \"server\", or \"client\".").bare("unchanged")];

/// Who wrote a field.
pub(crate) const FIELD_MANAGER: &[Flag] = &[Flag::text(
    "field-manager",
    "",
    "Name of the manager used to track field ownership.",
)];

/// How unknown fields are met.
pub(crate) const VALIDATE: &[Flag] = &[Flag::text(
    "validate",
    "strict",
    "Must be one of: strict (or true), warn, ignore (or false).",
)
.bare("strict")];

/// Whether the configuration is kept in an annotation.
pub(crate) const SAVE_CONFIG: &[Flag] = &[Flag::off(
    "save-config",
    "If true, the configuration of current object will be saved in its annotation.",
)];

/// Flags that have no effect any more, or none here.
pub(crate) const RECORD: &[Flag] = &[Flag::off(
    "record",
    "Record current kubectl command in the resource annotation. (deprecated)",
)];

/// All namespaces.
pub(crate) const ALL_NAMESPACES: &[Flag] = &[Flag::off(
    "all-namespaces",
    "If present, list the requested object(s) across all namespaces.",
)
.short('A')];

/// All objects of a kind.
pub(crate) const ALL: &[Flag] = &[Flag::off(
    "all",
    "Select all resources, in the namespace of the specified resource types",
)];

/// Changing objects that are not sent.
pub(crate) const LOCAL: &[Flag] = &[Flag::off(
    "local",
    "If true, will NOT contact api-server but run locally.",
)];

/// The size of pieces that lists are fetched in.
pub(crate) const CHUNK_SIZE: &[Flag] = &[Flag::int(
    "chunk-size",
    "500",
    "Return large lists in chunks rather than all at once.",
)];

/// Whether anything is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum DryRun {
    /// It is.
    #[default]
    No,
    /// Nothing is sent.
    Client,
    /// The API server goes through all of it but keeps nothing.
    Server,
}

impl DryRun {
    /// Reads `--dry-run`.
    ///
    /// # Errors
    ///
    /// When it is none of its values.
    pub(crate) fn of(cx: &mut Cx<'_>, parsed: &Parsed) -> Result<Self, Failure> {
        match parsed.text("dry-run") {
            "none" | "" => Ok(Self::No),
            "client" => Ok(Self::Client),
            "server" => Ok(Self::Server),
            "unchanged" => {
                cx.io
                    .stderr("W: --dry-run is deprecated and can be replaced with --dry-run=client.\n");
                Ok(Self::Client)
            }
            "true" | "false" => {
                let value = parsed.text("dry-run");
                if value == "true" {
                    Ok(Self::Client)
                } else {
                    Ok(Self::No)
                }
            }
            other => Err(Failure::Message(format!(
                "Invalid dry-run value ({other}). Must be \"none\", \"server\", or \"client\"."
            ))),
        }
    }

    /// What messages end with.
    pub(crate) fn suffix(self) -> &'static str {
        match self {
            Self::No => "",
            Self::Client => " (dry run)",
            Self::Server => " (server dry run)",
        }
    }
}

/// Reads `--validate`.
///
/// # Errors
///
/// When it is none of its values.
pub(crate) fn validation(parsed: &Parsed) -> Result<&'static str, Failure> {
    match parsed.text("validate").to_lowercase().as_str() {
        "strict" | "true" | "" => Ok("Strict"),
        "warn" => Ok("Warn"),
        "ignore" | "false" => Ok("Ignore"),
        other => Err(Failure::Message(format!(
            "invalid - validate option {other:?} is invalid, must be one of: strict (or true), warn, ignore (or false)"
        ))),
    }
}

/// What is checked of manifests before they are sent.
pub(crate) fn checks(validation: &str) -> Checks {
    Checks {
        schema: validation != "Ignore",
    }
}

/// The options of a write with these flags.
pub(crate) fn write(dry_run: DryRun, validation: &str) -> Write {
    Write {
        dry_run: dry_run == DryRun::Server,
        validation: validation.to_owned(),
        subresource: String::new(),
        force: false,
    }
}

/// The files that `-f` names, or the folder that `-k` does.
pub(crate) fn files(parsed: &Parsed) -> Named<'_> {
    Named {
        paths: parsed.list("filename"),
        recursive: parsed.on("recursive"),
        kustomize: parsed.text("kustomize"),
    }
}

impl Cx<'_> {
    /// The namespace that manifests must not contradict.
    pub(crate) fn enforced(&self) -> Option<String> {
        self.explicit.then(|| self.namespace.clone())
    }
}
