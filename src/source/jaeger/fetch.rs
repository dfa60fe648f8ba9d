//! One request, and what kind of answer came back.

use reqwest::StatusCode;
use serde_json::Value;
use url::Url;

use crate::config::Peer;
use crate::source::plain;
use crate::verdict::Reason;

/// An answer.
#[derive(Debug, PartialEq)]
pub(super) enum Page {
    /// A JSON object.
    Json(Vec<u8>),
    /// The API is there and says that nothing matches.
    Nothing,
    /// The API is not there. Jaeger answers 200 with its user interface's page to every path it does not know.
    NotThere,
}

/// Why there is no answer.
#[derive(Debug, PartialEq)]
pub(super) enum Failure {
    /// It is longer than the peer's budget allows.
    TooLarge,
    /// Anything else.
    Other(Reason),
}

/// Asks for `url`. It may hold credentials, so it shows up in no error.
pub(super) async fn get(http: &reqwest::Client, url: Url, peer: &Peer) -> Result<Page, Failure> {
    let failed = |error: reqwest::Error| Failure::Other(unreachable(peer, plain::words(&error)));
    let request = http.get(url).header("accept", "application/json");
    let mut response = request.send().await.map_err(failed)?;
    let status = response.status();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if peer.budget.answer_bytes < body.len() + chunk.len() {
            return Err(Failure::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    classify(status, body).map_err(|error| Failure::Other(unreachable(peer, error)))
}

fn unreachable(peer: &Peer, error: String) -> Reason {
    Reason::Unreachable {
        peer: peer.name.clone(),
        error,
    }
}

/// By status and first letter: Jaeger sends JSON as `text/plain`, too.
fn classify(status: StatusCode, body: Vec<u8>) -> Result<Page, String> {
    let is_json = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    match (status.as_u16(), is_json) {
        (200..=299, true) => Ok(Page::Json(body)),
        (404, true) => Ok(Page::Nothing),
        (200..=299 | 400 | 404 | 405 | 410 | 501, false) => Ok(Page::NotThere),
        (401 | 403, _) => Err(format!(
            "it refuses our credentials (HTTP {})",
            status.as_u16()
        )),
        (code, _) => Err(match message(&body) {
            Some(message) => format!("HTTP {code}: {message}"),
            None => format!("HTTP {code}"),
        }),
    }
}

/// The message of an error: v3 has `error.message`, v1 `errors[0].msg`.
fn message(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let v3 = body.pointer("/error/message");
    let text = v3.or_else(|| body.pointer("/errors/0/msg"))?.as_str()?;
    let printable = text.chars().filter(|letter| !letter.is_control());
    Some(printable.take(200).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_apart() {
        let json = |text: &str| Ok(Page::Json(text.as_bytes().to_vec()));
        let error = |text: &str| Err(text.to_owned());
        for (status, body, expected) in [
            (200, " {}", json(" {}")),
            (200, "<!DOCTYPE html>", Ok(Page::NotThere)),
            (200, "", Ok(Page::NotThere)),
            (
                404,
                r#"{"error":{"httpCode":404,"message":"No traces found"}}"#,
                Ok(Page::Nothing),
            ),
            (404, "404 page not found", Ok(Page::NotThere)),
            (400, "unsupported path requested", Ok(Page::NotThere)),
            (
                400,
                r#"{"error":{"message":"start_time_min is required"}}"#,
                error("HTTP 400: start_time_min is required"),
            ),
            (
                500,
                r#"{"errors":[{"code":500,"msg":"limit\u001b[31m"}]}"#,
                error("HTTP 500: limit[31m"),
            ),
            (502, "<html>Bad Gateway", error("HTTP 502")),
            (401, "", error("it refuses our credentials (HTTP 401)")),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(classify(status, body.into()), expected, "{status} {body}");
        }
    }
}
