//! Jaeger, and what answers its API: api_v3 first, v1 where that is not there.
//!
//! Jaeger tells neither how many traces there are nor where the next page begins: a page with as many traces as were asked for
//! may be all or the newest few. So a window is split in halves until no page is full.

mod api;
mod fetch;
mod windows;

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;

use crate::config;
use crate::evidence::Traces;
use crate::trace::decode::{Decoded, merge};
use crate::trace::model::Trace;
use crate::trace::redact::Keep;
use crate::verdict::Reason;
use api::{Api, Question, Search};
use fetch::{Failure, Page};
use windows::Window;

/// Traces of one page; what a page holds at most is the peer's budget of bytes.
const PAGE: u32 = 200;

/// A trace store that speaks Jaeger's API.
#[derive(Debug)]
pub struct Jaeger {
    peer: config::Peer,
    http: reqwest::Client,
    keep: Keep,
    /// Which API answered last.
    known: Mutex<Option<Api>>,
}

impl Jaeger {
    /// The store at `peer`. Attribute values are redacted unless they are known to be harmless or `keep` names their key.
    pub fn new(peer: &config::Peer, http: reqwest::Client, keep: &[String]) -> Self {
        Self {
            peer: peer.clone(),
            http,
            keep: Keep::new(keep),
            known: Mutex::new(None),
        }
    }

    /// The trace of this id; none where the store does not know it (yet).
    ///
    /// # Errors
    /// When the store could not be asked, or tells only a part of the trace.
    pub async fn trace(&self, id: &str, timeout: Duration) -> Result<Traces, Reason> {
        let question = Question::Trace(id.to_owned());
        let decoded = self.in_time(timeout, async {
            self.ask(&question)
                .await
                .map_err(|failure| self.reason(failure))
        });
        let decoded = decoded.await?;
        if !decoded.cut.is_empty() {
            let what = format!("{} told only a part of trace {id}", self.peer.name);
            return Err(Reason::Partial { what });
        }
        Ok(Traces {
            traces: decoded.traces,
            truncated: false,
        })
    }

    /// Traces with an operation of a service between two times, whole and in the order of their start. Where there are more
    /// than `limit` the newest are told, and that they are not all. Traces of which the store tells only a part are left out,
    /// and count as not told.
    ///
    /// # Errors
    /// When the store could not be asked.
    pub async fn traces(
        &self,
        service: &str,
        operation: Option<&str>,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
        timeout: Duration,
    ) -> Result<Traces, Reason> {
        let page = limit.saturating_add(1).min(PAGE);
        let search = |window: Window| {
            Question::Traces(Search {
                service: service.to_owned(),
                operation: operation.map(str::to_owned),
                from: window.from,
                to: window.to,
                n_traces: page,
            })
        };
        self.in_time(
            timeout,
            self.all(Window::new(from, to), page, limit, &search),
        )
        .await
    }

    /// Names of the services that reported spans, sorted.
    ///
    /// # Errors
    /// When the store could not be asked.
    pub async fn services(&self, timeout: Duration) -> Result<Vec<String>, Reason> {
        let fetched = self.in_time(timeout, async {
            self.fetch(&Question::Services)
                .await
                .map_err(|failure| self.reason(failure))
        });
        let mut services = match fetched.await? {
            (api, Page::Json(body)) => api
                .services(&body)
                .map_err(|error| self.unreadable(&error))?,
            _ => Vec::new(),
        };
        services.sort_unstable();
        services.dedup();
        Ok(services)
    }

    async fn all(
        &self,
        whole: Window,
        page: u32,
        limit: u32,
        search: &(dyn Fn(Window) -> Question + Sync),
    ) -> Result<Traces, Reason> {
        let mut found = Found::default();
        let mut open = vec![whole];
        let mut n_left = windows::most_requests(page, limit);
        while let Some(window) = open.pop() {
            if n_left == 0 {
                found.is_truncated = true;
                break;
            }
            n_left -= 1;
            let is_full = match self.ask(&search(window)).await {
                Ok(decoded) => found.add(decoded) >= page as usize,
                Err(Failure::TooLarge) if window.halves().is_some() => true,
                Err(failure) => return Err(self.reason(failure)),
            };
            if found.ids.len() > limit as usize {
                found.is_truncated = true;
                break;
            }
            match (is_full, window.halves()) {
                (false, _) => {}
                // The later half is asked first: the newest traces are the ones to keep.
                (true, Some(halves)) => open.extend(halves),
                (true, None) => found.is_truncated = true,
            }
        }
        Ok(found.finish(limit))
    }

    /// Traces as they are decoded; none where nothing matches.
    async fn ask(&self, question: &Question) -> Result<Decoded, Failure> {
        match self.fetch(question).await? {
            (api, Page::Json(body)) => {
                let decoded = api.traces(&body, &self.keep);
                decoded.map_err(|error| Failure::Other(self.unreadable(&error)))
            }
            (_, Page::Nothing | Page::NotThere) => Ok(Decoded::default()),
        }
    }

    /// Asks the API that answered last, then the other one.
    async fn fetch(&self, question: &Question) -> Result<(Api, Page), Failure> {
        let known = *self
            .known
            .lock()
            .expect("nothing panics while it holds this lock");
        for api in known.unwrap_or(Api::V3).then_the_other() {
            let url = api.url(&self.peer.url, question);
            match fetch::get(&self.http, url, &self.peer).await? {
                Page::NotThere => {}
                page => {
                    *self
                        .known
                        .lock()
                        .expect("nothing panics while it holds this lock") = Some(api);
                    return Ok((api, page));
                }
            }
        }
        Err(Failure::Other(self.unreachable(
            "it answers neither api_v3 nor v1 with JSON; is this the address of Jaeger's query service (port 16686)?",
        )))
    }

    async fn in_time<T>(
        &self,
        timeout: Duration,
        work: impl Future<Output = Result<T, Reason>>,
    ) -> Result<T, Reason> {
        match tokio::time::timeout(timeout, work).await {
            Ok(done) => done,
            Err(_) => Err(Reason::Timeout {
                what: self.peer.name.clone(),
                after_ms: u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX),
            }),
        }
    }

    fn reason(&self, failure: Failure) -> Reason {
        match failure {
            Failure::Other(reason) => reason,
            Failure::TooLarge => Reason::Truncated {
                what: format!(
                    "{} answered more than {} bytes",
                    self.peer.name, self.peer.budget.answer_bytes
                ),
            },
        }
    }

    fn unreadable(&self, error: &serde_json::Error) -> Reason {
        self.unreachable(format!("its answer cannot be read: {error}"))
    }

    fn unreachable(&self, error: impl Into<String>) -> Reason {
        Reason::Unreachable {
            peer: self.peer.name.clone(),
            error: error.into(),
        }
    }
}

/// What pages brought so far.
#[derive(Default)]
struct Found {
    traces: Vec<Trace>,
    ids: BTreeSet<String>,
    cut: BTreeSet<String>,
    is_truncated: bool,
}

impl Found {
    /// Adds a page and says how many traces it had.
    fn add(&mut self, page: Decoded) -> usize {
        let n_traces = page.traces.len() + page.cut.len();
        self.ids
            .extend(page.traces.iter().map(|trace| trace.id.clone()));
        self.ids.extend(page.cut.iter().cloned());
        self.traces.extend(page.traces);
        self.cut.extend(page.cut);
        n_traces
    }

    fn finish(self, limit: u32) -> Traces {
        let truncated = self.is_truncated || !self.cut.is_empty();
        let mut traces = merge(self.traces, self.cut).traces;
        let n_over = traces.len().saturating_sub(limit as usize);
        traces.drain(..n_over);
        Traces { traces, truncated }
    }
}

#[cfg(test)]
mod tests;
