//! Lists in pieces: `limit`, `continue` and `remainingItemCount` (`k8s.io/apiserver/pkg/storage/continue.go`). Every piece shows
//! the collection as it was when the first one was answered.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::ApiServer;
use super::request::Request;
use super::route::ResourceRoute;
use super::selection::Selection;
use crate::api::{AnyObject, StatusError, base64};

/// Where a list that came in pieces goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// What the next request sends as `continue`; empty after the last piece.
    pub next: String,
    /// How many objects are left, if that is known.
    pub remaining: Option<u64>,
}

impl Page {
    /// Completes a list's metadata.
    pub(super) fn write(&self, metadata: &mut Value) {
        if let Some(map) = metadata.as_object_mut().filter(|_| !self.next.is_empty()) {
            map.insert("continue".to_owned(), self.next.clone().into());
            if let Some(remaining) = self.remaining {
                map.insert("remainingItemCount".to_owned(), remaining.into());
            }
        }
    }
}

const VERSION: &str = "meta.k8s.io/v1";
/// What is said when a list has been left for too long.
const EXPIRED: &str = "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";

fn token(revision: i64, start: &str) -> String {
    let text = json!({"rv": revision, "start": start, "v": VERSION}).to_string();
    let encoded = base64::encode(text.as_bytes());
    encoded.trim_end_matches('=').replace('+', "-").replace('/', "_")
}

/// The revision and the last object that were shown, of a token; a negative revision goes on with what there is now.
fn read(token: &str) -> Result<(i64, String), StatusError> {
    let wrong = |why: &str| StatusError::bad_request(format!("continue key is not valid: {why}"));
    let mut padded = token.replace('-', "+").replace('_', "/");
    while !padded.len().is_multiple_of(4) {
        padded.push('=');
    }
    let bytes = base64::decode(&padded).ok_or_else(|| wrong("illegal base64 data"))?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|_| wrong("invalid character"))?;
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
    if text("v") != VERSION {
        return Err(wrong("incorrect encoded start resourceVersion"));
    }
    match value.get("rv").and_then(Value::as_i64) {
        Some(revision) if revision != 0 && !text("start").is_empty() => {
            Ok((revision, text("start").to_owned()))
        }
        _ => Err(wrong("incorrect encoded start resourceVersion")),
    }
}

/// Where an object stands in the order of lists.
fn place(object: &AnyObject) -> String {
    format!("{}/{}", object.namespace(), object.name())
}

/// The objects that a request lists, the revision they are shown at, and where to go on.
///
/// # Errors
///
/// 400 when the token is none; 410 when what it shows is no longer kept.
pub(super) fn list(
    api: &ApiServer,
    request: &Request,
    route: ResourceRoute<'_>,
    selection: &Selection,
) -> Result<(Vec<AnyObject>, u64, Page), StatusError> {
    let now = api.store.revision();
    let limit = request
        .param("limit")
        .and_then(|limit| limit.parse::<usize>().ok());
    let limit = limit.filter(|limit| *limit > 0);
    let (mut revision, mut after) = (now, None);
    if let Some(asked) = request.param("continue").filter(|asked| !asked.is_empty()) {
        let (from, start) = read(asked)?;
        revision = u64::try_from(from).unwrap_or(now);
        after = Some(start);
    }
    let then;
    let all: Box<dyn Iterator<Item = &AnyObject>> = if revision == now {
        match route.namespace {
            Some(namespace) => Box::new(api.store.list_in(route.kind, namespace)),
            None => Box::new(api.store.list(route.kind)),
        }
    } else {
        let kept = api.store.list_at(route.kind, revision);
        then = kept.map_err(|_| {
            let start = after.as_deref().unwrap_or_default();
            StatusError {
                next: token(-1, start),
                ..StatusError::gone(EXPIRED)
            }
        })?;
        Box::new(then.iter())
    };
    let mut rest = all
        .filter(|item| {
            let start = after.as_deref().and_then(|after| after.split_once('/'));
            start.is_none_or(|start| (item.namespace(), item.name()) > start)
        })
        .filter(|item| selection.selects(item));
    let items: Vec<AnyObject> = rest.by_ref().take(limit.unwrap_or(usize::MAX)).cloned().collect();
    let remaining = if limit.is_some() { rest.count() } else { 0 };
    let last = items.last().filter(|_| remaining > 0);
    let page = last.map_or_else(Page::default, |last| Page {
        next: token(i64::try_from(revision).unwrap_or(-1), &place(last)),
        // What a selector leaves out is not counted.
        remaining: selection.is_whole().then_some(remaining as u64),
    });
    Ok((items, revision, page))
}
