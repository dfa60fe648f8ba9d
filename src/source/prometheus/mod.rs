//! Prometheus, or what answers its API.
//!
//! The address and the request come from `prometheus-http-query`; answers are decoded here, since warnings, native
//! histograms and what older servers and lookalikes leave out must be told, not lost.

mod answer;
mod body;
mod rules;
mod server;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use prometheus_http_query::Client;
use serde::de::DeserializeOwned;

use super::plain;
use crate::config::Peer;
use crate::evidence::{LoadedRule, Sample};
use crate::verdict::Reason;
use answer::Data;
use body::Body;
pub use server::Scraped;

/// A series of a range query: its labels, and its samples in the order of time.
pub type Series = (BTreeMap<String, String>, Vec<(Timestamp, f64)>);

/// A client of one Prometheus. Cheap to clone; safe to use from many tasks.
#[derive(Clone)]
pub struct Prometheus {
    name: String,
    client: Client,
    answer_bytes: usize,
}

type Sent = Result<reqwest::Response, prometheus_http_query::Error>;

impl Prometheus {
    /// A client of `peer` that sends through `http`.
    pub fn new(peer: &Peer, http: reqwest::Client) -> Self {
        let mut url = peer.url.clone();
        // The client appends `/api/…` to the path as it is.
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        url.set_query(None);
        Self {
            name: peer.name.clone(),
            client: Client::from(http, url.as_str()).expect("an address printed by `Url` is one"),
            answer_bytes: peer.budget.answer_bytes,
        }
    }

    /// Asks an instant query as of now.
    ///
    /// # Errors
    /// Whatever keeps the answer from being a whole vector (or scalar) of floats.
    pub async fn instant(&self, query: &str, timeout: Duration) -> Result<Vec<Sample>, Reason> {
        let request = self.client.query(query).timeout(millis(timeout));
        let data: Data = self.decoded(request.post_raw(), timeout).await?;
        data.into_samples()
    }

    /// Asks a range query. The first step is at `start`, in whole seconds.
    ///
    /// # Errors
    /// Whatever keeps the answer from being a whole matrix of floats.
    pub async fn range(
        &self,
        query: &str,
        start: Timestamp,
        end: Timestamp,
        step: Duration,
        timeout: Duration,
    ) -> Result<Vec<Series>, Reason> {
        let (start, end) = (start.as_second(), end.as_second());
        let request = self
            .client
            .query_range(query, start, end, step.as_secs_f64())
            .timeout(millis(timeout));
        let data: Data = self.decoded(request.post_raw(), timeout).await?;
        data.into_series()
    }

    /// The alerting rules as loaded.
    ///
    /// # Errors
    /// When they cannot be had whole.
    pub async fn alert_rules(&self, timeout: Duration) -> Result<Vec<LoadedRule>, Reason> {
        let rules: rules::Rules = self.get("rules?type=alert", timeout).await?;
        Ok(rules.alerting())
    }

    /// The server's version; empty when it does not say.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn build(&self, timeout: Duration) -> Result<String, Reason> {
        let build: server::Build = self.get("status/buildinfo", timeout).await?;
        Ok(build.version)
    }

    /// How many targets are scraped, by job.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn targets(&self, timeout: Duration) -> Result<BTreeMap<String, Scraped>, Reason> {
        let targets: server::Targets = self.get("targets?state=active", timeout).await?;
        Ok(targets.by_job())
    }

    /// How many Alertmanagers it sends alerts to.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn alertmanagers(&self, timeout: Duration) -> Result<usize, Reason> {
        let discovered: server::Alertmanagers = self.get("alertmanagers", timeout).await?;
        Ok(discovered.active())
    }

    async fn get<T: DeserializeOwned>(&self, path: &str, timeout: Duration) -> Result<T, Reason> {
        let base = self.client.base_url().as_str().trim_end_matches('/');
        let http = self.client.inner();
        let sent = async {
            let sent = http.get(format!("{base}/api/v1/{path}")).send().await;
            sent.map_err(|error| self.unreachable(plain::words(&error)))
        };
        self.within(timeout, sent).await
    }

    async fn decoded<T: DeserializeOwned>(
        &self,
        sent: impl Future<Output = Sent>,
        timeout: Duration,
    ) -> Result<T, Reason> {
        let sent = async {
            sent.await
                .map_err(|error| self.unreachable(plain::words(&error)))
        };
        self.within(timeout, sent).await
    }

    /// Sends, reads and decodes in `timeout` altogether.
    async fn within<T: DeserializeOwned>(
        &self,
        timeout: Duration,
        sent: impl Future<Output = Result<reqwest::Response, Reason>>,
    ) -> Result<T, Reason> {
        let read = async { self.body(sent.await?).await };
        let body = tokio::time::timeout(timeout, read)
            .await
            .unwrap_or_else(|_| Err(self.timed_out(timeout)))?;
        answer::decode(&self.name, body, timeout)
    }

    /// Reads at most what the budget allows of one answer.
    async fn body(&self, mut response: reqwest::Response) -> Result<Body, Reason> {
        let mut body = Body::new(response.status());
        loop {
            let chunk = response
                .chunk()
                .await
                .map_err(|error| self.unreachable(plain::words(&error)))?;
            let Some(chunk) = chunk else {
                return Ok(body);
            };
            if !body.take(&chunk, self.answer_bytes) {
                let limit = body::size(self.answer_bytes);
                let what = format!("{} answers more than {limit}", self.name);
                return Err(Reason::Truncated { what });
            }
        }
    }

    fn timed_out(&self, after: Duration) -> Reason {
        Reason::Timeout {
            what: self.name.clone(),
            after_ms: after.as_millis() as u64,
        }
    }

    fn unreachable(&self, error: String) -> Reason {
        Reason::Unreachable {
            peer: self.name.clone(),
            error,
        }
    }
}

/// The server gives up when we do.
fn millis(timeout: Duration) -> i64 {
    timeout.as_millis() as i64
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
    use crate::config::{Budget, PeerKind, parse_url};

    const TIMEOUT: Duration = Duration::from_secs(5);

    fn client(address: &str) -> Prometheus {
        let peer = Peer {
            kind: PeerKind::Prometheus,
            name: "prometheus.eu".into(),
            url: parse_url(address).unwrap(),
            budget: Budget {
                answer_bytes: 1 << 10,
                ..Budget::default()
            },
        };
        Prometheus::new(&peer, reqwest::Client::new())
    }

    /// A server that gives one answer, and the request it was asked; without an answer it stays silent.
    async fn server(answer: Option<String>) -> (String, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("127.0.0.1:{}", listener.local_addr().unwrap().port());
        let asked = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 4096];
            let length = stream.read(&mut request).await.unwrap();
            let Some(answer) = answer else {
                return std::future::pending().await;
            };
            stream.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8_lossy(&request[..length]).into_owned()
        });
        (address, asked)
    }

    fn ok(body: &str) -> Option<String> {
        let length = body.len();
        Some(format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        ))
    }

    const EMPTY: &str = r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#;

    #[tokio::test]
    async fn a_path_before_the_api_is_kept() {
        let (address, asked) = server(ok(EMPTY)).await;
        let samples = client(&format!("http://{address}/prom/"))
            .instant("up", TIMEOUT)
            .await;
        assert_eq!(samples, Ok(vec![]));
        let asked = asked.await.unwrap();
        assert!(
            asked.starts_with("POST /prom/api/v1/query HTTP/1.1\r\n"),
            "{asked}"
        );
    }

    #[tokio::test]
    async fn what_is_not_a_query_is_asked_below_the_same_path() {
        let (address, asked) = server(ok(r#"{"status":"success","data":{"groups":[]}}"#)).await;
        let rules = client(&format!("http://{address}/prom"))
            .alert_rules(TIMEOUT)
            .await;
        assert_eq!(rules, Ok(vec![]));
        let asked = asked.await.unwrap();
        assert!(
            asked.starts_with("GET /prom/api/v1/rules?type=alert HTTP/1.1\r\n"),
            "{asked}"
        );
    }

    #[tokio::test]
    async fn nobody_there_is_told_without_credentials() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let there = client(&format!("http://me:secret@127.0.0.1:{port}"));
        let expected = Reason::Unreachable {
            peer: "prometheus.eu".into(),
            error: "connection refused".into(),
        };
        assert_eq!(there.instant("up", TIMEOUT).await, Err(expected.clone()));
        assert_eq!(there.build(TIMEOUT).await, Err(expected));
    }

    #[tokio::test]
    async fn an_answer_beyond_the_budget_is_not_read_to_its_end() {
        let long = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n{}",
            "x".repeat(2_000)
        );
        let (address, _) = server(Some(long)).await;
        let reason = client(&format!("http://{address}"))
            .instant("up", TIMEOUT)
            .await
            .unwrap_err();
        assert_eq!(
            reason.to_string(),
            "truncated answer: prometheus.eu answers more than 1 KiB"
        );
    }

    #[tokio::test]
    async fn a_silent_server_is_not_waited_for() {
        let (address, _) = server(None).await;
        let timeout = Duration::from_millis(50);
        let reason = client(&format!("http://{address}"))
            .instant("up", timeout)
            .await
            .unwrap_err();
        assert_eq!(reason.to_string(), "prometheus.eu: no answer in 50 ms");
    }

    #[tokio::test]
    async fn an_answer_cut_short_is_none() {
        let cut =
            "HTTP/1.1 200 OK\r\ncontent-length: 100\r\nconnection: close\r\n\r\n{}".to_owned();
        let (address, _) = server(Some(cut)).await;
        let reason = client(&format!("http://{address}"))
            .instant("up", TIMEOUT)
            .await
            .unwrap_err();
        assert_eq!(reason.code(), "unreachable");
    }
}
