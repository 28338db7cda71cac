//! How a command fails, and what it says then (`cmdutil.CheckErr` of `k8s.io/kubectl/pkg/cmd/util`).

use crate::api::StatusError;
use crate::apiserver::Outage;
use crate::sorted::SortedSet;

/// The reason of a refusal that no server said: there was none at the address.
pub(super) const UNREACHABLE: &str = "Unreachable";

/// Why a command failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The API server refused. The context precedes its message (`error when creating "web.yaml"`).
    Status {
        /// The refusal.
        error: Box<StatusError>,
        /// What was being done, if it is said.
        context: Option<String>,
    },
    /// kubectl's own words, printed after `error: `.
    Message(String),
    /// Words printed as they are.
    Plain(String),
    /// Several failures, each on its own lines.
    Many(Vec<Failure>),
    /// Everything is said already; only the exit code is left.
    Exit(i32),
}

/// What is printed, and the exit code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// For standard error; ends with a newline unless empty.
    pub text: String,
    /// The exit code.
    pub code: i32,
}

impl From<StatusError> for Failure {
    fn from(error: StatusError) -> Self {
        Self::Status {
            error: Box::new(error),
            context: None,
        }
    }
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self::Message(message)
    }
}

impl From<&str> for Failure {
    fn from(message: &str) -> Self {
        Self::Message(message.to_owned())
    }
}

impl Failure {
    /// A wrong use of a command: what is wrong, and where help is (`cmdutil.UsageErrorf`).
    #[must_use]
    pub fn usage(command: &str, message: &str) -> Self {
        Self::Message(format!("{message}\nSee '{command} -h' for help and examples"))
    }

    /// All of these failures: the only one itself, or several.
    #[must_use]
    pub fn all(mut failures: Vec<Self>) -> Option<Self> {
        match failures.len() {
            0 => None,
            1 => failures.pop(),
            _ => Some(Self::Many(failures)),
        }
    }

    /// The refusal's HTTP code, if the API server refused.
    #[must_use]
    pub fn status(&self) -> Option<&StatusError> {
        match self {
            Self::Status { error, .. } => Some(error),
            _ => None,
        }
    }

    /// The outage of the server that it tells of.
    pub(crate) fn outage(&self) -> Option<Outage> {
        match self {
            Self::Status { error, .. } => Outage::of(error),
            Self::Many(failures) => failures.iter().find_map(Self::outage),
            Self::Message(text) | Self::Plain(text) => Outage::told(text),
            Self::Exit(_) => None,
        }
    }

    /// With what was being done (`error when creating "web.yaml"`), if the API server refused.
    #[must_use]
    pub fn during(self, what: impl Into<String>) -> Self {
        match self {
            Self::Status { error, .. } => Self::Status {
                error,
                context: Some(what.into()),
            },
            other => other,
        }
    }

    /// The failure in one line, without `error: ` or `Error from server`: as part of another message.
    #[must_use]
    pub fn bare(&self) -> String {
        match self {
            Self::Status { error, context: None } => error.message.clone(),
            Self::Status {
                error,
                context: Some(context),
            } => format!("{context}: {}", error.message),
            Self::Message(message) | Self::Plain(message) => message.clone(),
            Self::Many(failures) => {
                let each: Vec<_> = failures.iter().map(Self::bare).collect();
                format!("[{}]", each.join(", "))
            }
            Self::Exit(_) => String::new(),
        }
    }

    /// What is printed, and the exit code.
    #[must_use]
    pub fn say(&self) -> Said {
        let mut text = match self {
            Self::Exit(code) => {
                return Said {
                    text: String::new(),
                    code: *code,
                };
            }
            Self::Many(failures) => failures.iter().map(|failure| failure.say().text).collect(),
            Self::Plain(message) => message.clone(),
            Self::Message(message) if message.starts_with("error: ") => message.clone(),
            Self::Message(message) => format!("error: {message}"),
            Self::Status { error, context } => standard_message(error, context.as_deref()),
        };
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        Said { text, code: 1 }
    }
}

fn standard_message(error: &StatusError, context: Option<&str>) -> String {
    if Outage::of(error) == Some(Outage::Refused) {
        return Outage::Refused.error().message;
    }
    if error.reason == "Invalid" {
        return invalid(error);
    }
    let message = match context {
        Some(context) => format!("{context}: {}", error.message),
        None => error.message.clone(),
    };
    match error.reason.as_str() {
        UNREACHABLE => message,
        "Unauthorized" => format!("error: You must be logged in to the server ({message})"),
        "" => format!("Error from server: {message}"),
        reason => format!("Error from server ({reason}): {message}"),
    }
}

/// Each wrong field on its own line, doubles left out.
fn invalid(error: &StatusError) -> String {
    let head = if error.kind.is_empty() && error.name.is_empty() {
        if error.causes.is_empty() {
            format!("The request is invalid: {}", error.message)
        } else {
            "The request is invalid".to_owned()
        }
    } else {
        format!("The {} {:?} is invalid", error.kind, error.name)
    };
    let mut seen = SortedSet::new();
    let mut lines: Vec<String> = error
        .causes
        .iter()
        .map(|cause| format!("{}: {}", cause.field, cause.message))
        .collect();
    lines.retain(|line| seen.insert(line.clone()));
    match lines.as_slice() {
        [] => head,
        [line] => format!("{head}: {line}"),
        lines => {
            let list: String = lines.iter().map(|line| format!("* {line}\n")).collect();
            format!("{head}: \n{list}")
        }
    }
}
