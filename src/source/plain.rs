//! Errors of a request in plain words: the innermost cause, without the address, which may hold credentials. Pure.

use std::error::Error;
use std::io;

type Cause<'e> = &'e (dyn Error + 'static);

/// What went wrong, in a few words.
pub(super) fn words(error: Cause<'_>) -> String {
    if let Some(known) = causes(error).find_map(known) {
        return known.to_owned();
    }
    let innermost = causes(error).last().unwrap_or(error);
    match innermost.downcast_ref::<reqwest::Error>() {
        Some(request) if request.is_timeout() => "no answer in time".to_owned(),
        Some(_) => "the request could not be sent".to_owned(),
        None => innermost.to_string(),
    }
}

/// The error and what caused it, outermost first.
fn causes(error: Cause<'_>) -> impl Iterator<Item = Cause<'_>> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}

fn known(cause: Cause<'_>) -> Option<&'static str> {
    let kind = cause.downcast_ref::<io::Error>().map(io::Error::kind);
    let by_kind = match kind {
        Some(io::ErrorKind::ConnectionRefused) => Some("connection refused"),
        Some(io::ErrorKind::ConnectionReset) => Some("connection reset"),
        Some(io::ErrorKind::ConnectionAborted) => Some("connection aborted"),
        Some(io::ErrorKind::HostUnreachable) => Some("host unreachable"),
        Some(io::ErrorKind::NetworkUnreachable) => Some("network unreachable"),
        Some(io::ErrorKind::TimedOut) => Some("the connection timed out"),
        Some(io::ErrorKind::UnexpectedEof) => Some("the connection ended early"),
        _ => None,
    };
    by_kind.or_else(|| by_text(&cause.to_string()))
}

/// What has no kind of its own.
fn by_text(text: &str) -> Option<&'static str> {
    const KNOWN: [(&str, &str); 3] = [
        ("failed to lookup address", "its name does not resolve"),
        ("dns error", "its name does not resolve"),
        (
            "connection closed before message completed",
            "it closed the connection without an answer",
        ),
    ];
    let known = KNOWN.iter().find(|(start, _)| text.starts_with(start));
    known.map(|(_, words)| *words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("error sending request for url (http://me:secret@prom:9090/)")]
    struct Outer(#[source] io::Error);

    #[track_caller]
    fn check(cause: io::Error, expected: &str) {
        assert_eq!(words(&Outer(cause)), expected);
    }

    #[test]
    fn the_innermost_cause_is_told_without_the_address() {
        check(
            io::ErrorKind::ConnectionRefused.into(),
            "connection refused",
        );
        check(io::ErrorKind::ConnectionReset.into(), "connection reset");
        check(
            io::Error::other("failed to lookup address information: Name or service not known"),
            "its name does not resolve",
        );
        check(
            io::Error::other("invalid peer certificate: UnknownIssuer"),
            "invalid peer certificate: UnknownIssuer",
        );
    }
}
