//! `SelfSubjectReview`, `TokenReview`: who somebody is (`pkg/registry/authentication`).

use serde_json::{Value, json};

use super::{Review, text, texts};
use crate::api::StatusError;
use crate::apiserver::ApiServer;
use crate::apiserver::authentication::token::{self, ISSUER};
use crate::apiserver::user::User;
use crate::sim::Sim;

/// `authentication/v1.UserInfo`.
fn user_info(user: &User) -> Value {
    let mut info = json!({"username": user.name.name(), "groups": user.groups});
    if let Value::Object(info) = &mut info {
        if let Some(uid) = &user.uid {
            info.insert("uid".to_owned(), json!(uid));
        }
        if let Some(extra) = &user.extra {
            info.insert("extra".to_owned(), json!(extra));
        }
    }
    info
}

/// The status of a `SelfSubjectReview`.
pub(super) fn of_oneself(user: &User) -> Value {
    json!({"userInfo": user_info(user)})
}

/// The status of a `TokenReview`.
pub(super) fn of_token(api: &ApiServer, sim: &Sim, review: &Review<'_>) -> Result<Value, StatusError> {
    let token = text(review.spec, "/token");
    if token.is_empty() {
        let why = "token is required for TokenReview in authentication";
        return Err(StatusError::bad_request(why));
    }
    let mut wanted = texts(review.spec, "/audiences");
    if wanted.is_empty() {
        wanted.push(ISSUER.to_owned());
    }
    Ok(match token::verify(api, sim, token) {
        Ok((user, audiences)) => {
            wanted.retain(|audience| audiences.contains(audience));
            if wanted.is_empty() {
                let error = format!(
                    "token audiences {} is invalid for the target audiences",
                    json!(audiences)
                );
                json!({"error": error, "user": {}})
            } else {
                json!({"authenticated": true, "audiences": wanted, "user": user_info(&user)})
            }
        }
        Err(why) => json!({"error": why, "user": {}}),
    })
}
