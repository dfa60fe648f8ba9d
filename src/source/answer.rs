//! What every client of a JSON API does with an answer: bounded body, plain words for what went wrong.

use std::time::Duration;

use super::plain;
use crate::config::Peer;
use crate::verdict::Reason;

/// `path` below the peer's address, whatever that ends with.
pub(super) fn join(base: &url::Url, path: &str) -> url::Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    url
}

/// Sends `request` and reads the body as far as the peer's budget allows.
///
/// # Errors
/// Unreachable, timed out, or longer than the budget allows (truncated).
pub(super) async fn body(
    request: reqwest::RequestBuilder,
    peer: &Peer,
    timeout: Duration,
) -> Result<(u16, Vec<u8>), Reason> {
    let failed = |error: reqwest::Error| reason(&error, peer, timeout);
    let mut response = request.send().await.map_err(failed)?;
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > peer.budget.answer_bytes {
            return Err(Reason::Truncated {
                what: format!(
                    "the answer of {} is longer than {} bytes",
                    peer.name, peer.budget.answer_bytes
                ),
            });
        }
        body.extend_from_slice(&chunk);
    }
    Ok((status, body))
}

/// Decodes a JSON body.
///
/// # Errors
/// Unreachable, when it is not what `api` answers.
pub(super) fn json<T: serde::de::DeserializeOwned>(
    body: &[u8],
    peer: &Peer,
    api: &str,
) -> Result<T, Reason> {
    serde_json::from_slice(body).map_err(|error| Reason::Unreachable {
        peer: peer.name.clone(),
        error: match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'<') => format!("answers HTML, not {api}"),
            _ => format!("does not answer as {api} does: {error}"),
        },
    })
}

/// The reason behind a transport error, in plain words and without the address.
pub(super) fn reason(error: &reqwest::Error, peer: &Peer, timeout: Duration) -> Reason {
    if error.is_timeout() {
        return Reason::Timeout {
            what: peer.name.clone(),
            after_ms: timeout.as_millis() as u64,
        };
    }
    Reason::Unreachable {
        peer: peer.name.clone(),
        error: plain::words(error),
    }
}

/// The start of a body, for an error message.
pub(super) fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(200)]);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
