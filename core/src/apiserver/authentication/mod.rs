//! Who asks: the certificate that a request shows, or its token.

mod base64url;
pub(super) mod token;

use super::ApiServer;
use super::request::Request;
use super::user::User;
use crate::api::StatusError;
use crate::sim::Sim;

/// The user of a request that brings a token.
///
/// # Errors
///
/// 401 when nobody is known by the token.
pub(super) fn user(api: &ApiServer, sim: &Sim, request: &Request) -> Result<Option<User>, StatusError> {
    let Some(token) = &request.token else {
        return Ok(None);
    };
    match token::verify(api, sim, token) {
        Ok((user, _)) => Ok(Some(user)),
        Err(_) => Err(StatusError::new(401, "Unauthorized", "Unauthorized")),
    }
}
