//! Lasting addresses: of our own pages, and of what a peer shows for a question. Pure.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use url::Url;

use super::face::PeerRow;
use crate::evidence::Ask;
use crate::report::TraceLink;
use crate::report::sections::peer_name;

/// A link to follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    /// Where it leads.
    pub(super) href: String,
    /// What it is called.
    pub(super) text: String,
}

/// The page of a promise.
pub(super) fn promise(id: &str) -> String {
    format!("/status/promise/{}", path(id))
}

/// The list, filtered by these words.
pub(super) fn search(words: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("q", words)
        .finish();
    format!("/status?{query}")
}

/// `text` as a path, in which `/` stays what it is.
fn path(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/:@!$'()*+,;=".contains(&byte);
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match plain(byte) {
            true => out.push(char::from(byte)),
            false => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Where a peer shows what was asked at `at`, or none where it has no page for it.
pub(super) fn open(ask: &Ask, at: Timestamp, peers: &[PeerRow]) -> Option<Link> {
    let mut url = match ask {
        Ask::Promql { peer, .. } => base(peer, peers)?.join("graph"),
        Ask::AlertRule { peer, .. } => base(peer, peers)?.join("alerts"),
        Ask::HeldAlerts { peer, .. } => base(peer, peers)?.join("#/alerts"),
        Ask::Trace { peer, id } => base(peer, peers)?.join(&format!("trace/{}", path(id))),
        Ask::Traces { peer, .. } => base(peer, peers)?.join("search"),
        Ask::Http(_) | Ask::Verdicts { .. } => return None,
    }
    .ok()?;
    let mut query = url.query_pairs_mut();
    match ask {
        Ask::Promql { query: promql, .. } => {
            let until = at
                .to_zoned(TimeZone::UTC)
                .strftime("%Y-%m-%d %H:%M:%S")
                .to_string();
            query
                .append_pair("g0.expr", promql)
                .append_pair("g0.tab", "0");
            query
                .append_pair("g0.range_input", "1h")
                .append_pair("g0.end_input", &until);
        }
        Ask::AlertRule { name, .. } => {
            query.append_pair("search", name);
        }
        Ask::Traces {
            service,
            operation,
            lookback_ms,
            limit,
            ..
        } => {
            let end = at.as_microsecond();
            let start = end.saturating_sub_unsigned(lookback_ms.saturating_mul(1_000));
            query
                .append_pair("service", service)
                .append_pair("limit", &limit.to_string());
            query
                .append_pair("start", &start.to_string())
                .append_pair("end", &end.to_string());
            query.extend_pairs(operation.iter().map(|operation| ("operation", operation)));
        }
        _ => {}
    }
    drop(query);
    if url.query() == Some("") {
        url.set_query(None);
    }
    let text = format!("open in {}", peer_name(ask.peer()?));
    Some(Link {
        href: url.into(),
        text,
    })
}

/// The page of a trace, called by the beginning of its id.
pub(super) fn trace(trace: &TraceLink, peers: &[PeerRow]) -> Option<Link> {
    let url = base(&trace.peer, peers)?
        .join(&format!("trace/{}", path(&trace.id)))
        .ok()?;
    let start: String = trace.id.chars().take(4).collect();
    Some(Link {
        href: url.into(),
        text: format!("trace {start}…"),
    })
}

/// The address of a peer without credentials and query, ended by `/` so that a path under it stays under it. Anything but
/// http and https is no link: a document must not be able to plant a script.
fn base(peer: &str, peers: &[PeerRow]) -> Option<Url> {
    let row = peers.iter().find(|row| row.name == peer)?;
    let mut url = Url::parse(&row.url).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    url.set_query(None);
    url.set_fragment(None);
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::PeerKind;
    use crate::report::row::samples::at;
    use crate::status::face::PeerState;

    fn peers(url: &str) -> [PeerRow; 1] {
        [PeerRow {
            name: "peer".to_owned(),
            kind: PeerKind::Prometheus,
            url: url.to_owned(),
            state: PeerState::Ok,
            since: None,
            says: None,
        }]
    }

    #[track_caller]
    fn check(ask: &Ask, expected: &str) {
        let link = open(ask, at(0), &peers("https://redacted@peer.example/sub?x=1"));
        assert_eq!(link.unwrap().href, expected);
    }

    #[test]
    fn each_question_opens_where_it_was_asked() {
        let peer = || "peer".to_owned();
        check(
            &Ask::Promql {
                peer: peer(),
                query: "sum(up{job=\"a\"})".to_owned(),
            },
            "https://peer.example/sub/graph?g0.expr=sum%28up%7Bjob%3D%22a%22%7D%29&g0.tab=0&g0.range_input=1h&g0.end_input=2026-01-01+12%3A00%3A00",
        );
        check(
            &Ask::AlertRule {
                peer: peer(),
                name: "A b".to_owned(),
            },
            "https://peer.example/sub/alerts?search=A+b",
        );
        check(
            &Ask::Trace {
                peer: peer(),
                id: "4f3a".to_owned(),
            },
            "https://peer.example/sub/trace/4f3a",
        );
        check(
            &Ask::Traces {
                peer: peer(),
                service: "orch".to_owned(),
                operation: Some("POST /v1".to_owned()),
                lookback_ms: 60_000,
                settle_ms: 0,
                limit: 20,
            },
            "https://peer.example/sub/search?service=orch&limit=20&start=1767268740000000&end=1767268800000000&operation=POST+%2Fv1",
        );
    }

    #[test]
    fn only_web_addresses_are_links() {
        let ask = Ask::Trace {
            peer: "peer".to_owned(),
            id: "4f".to_owned(),
        };
        assert_eq!(open(&ask, at(0), &peers("javascript:alert(1)")), None);
        assert_eq!(open(&ask, at(0), &[]), None);
    }

    #[test]
    fn ids_of_any_letters_have_an_address() {
        assert_eq!(
            promise("alert/High Latency?/sound"),
            "/status/promise/alert/High%20Latency%3F/sound"
        );
        assert_eq!(search("edge:orch>eval"), "/status?q=edge%3Aorch%3Eeval");
    }
}
