//! Alertmanager, API v2 only (v1 is gone since 0.27).

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;

use super::answer;
use crate::config::Peer;
use crate::evidence::HeldAlert;
use crate::verdict::Reason;

/// A client of one Alertmanager.
#[derive(Debug, Clone)]
pub struct Alertmanager {
    peer: Peer,
    http: reqwest::Client,
}

/// What an Alertmanager says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Its version; may be empty.
    pub version: String,
    /// Its configuration, secrets masked.
    pub config: String,
}

impl Alertmanager {
    /// A client for `peer`.
    pub fn new(peer: &Peer, http: reqwest::Client) -> Self {
        Self {
            peer: peer.clone(),
            http,
        }
    }

    /// The alerts called `name` that it holds, muted ones included, in no order. Resolved ones are not among them.
    ///
    /// # Errors
    /// Unreachable, too long, or not the Alertmanager API.
    pub async fn alerts(&self, name: &str, timeout: Duration) -> Result<Vec<HeldAlert>, Reason> {
        let filter = format!("alertname={}", serde_json::Value::from(name));
        let query = [("filter", filter.as_str())];
        let alerts: Vec<WireAlert> = self.get("api/v2/alerts", &query, timeout).await?;
        Ok(alerts.into_iter().map(HeldAlert::from).collect())
    }

    /// What it says of itself.
    ///
    /// # Errors
    /// Unreachable, too long, or not the Alertmanager API.
    pub async fn status(&self, timeout: Duration) -> Result<Status, Reason> {
        let status: WireStatus = self.get("api/v2/status", &[], timeout).await?;
        Ok(Status {
            version: status.version_info.version,
            config: status.config.original,
        })
    }

    async fn get<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        timeout: Duration,
    ) -> Result<T, Reason> {
        let url = answer::join(&self.peer.url, path);
        let request = self.http.get(url).query(query).timeout(timeout);
        let (status, body) = answer::body(request, &self.peer, timeout).await?;
        if !(200..300).contains(&status) {
            let error = format!("answers HTTP {status}: {}", answer::excerpt(&body));
            return Err(Reason::Unreachable {
                peer: self.peer.name.clone(),
                error,
            });
        }
        answer::json(&body, &self.peer, "the Alertmanager API")
    }
}

#[derive(Deserialize)]
struct WireAlert {
    labels: BTreeMap<String, String>,
    #[serde(default, rename = "startsAt")]
    starts_at: Option<Timestamp>,
    status: WireAlertStatus,
    #[serde(default)]
    receivers: Vec<WireReceiver>,
}

#[derive(Deserialize)]
struct WireAlertStatus {
    state: String,
    #[serde(default, rename = "silencedBy")]
    silenced_by: Option<Vec<String>>,
    #[serde(default, rename = "inhibitedBy")]
    inhibited_by: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct WireReceiver {
    name: String,
}

impl From<WireAlert> for HeldAlert {
    fn from(wire: WireAlert) -> Self {
        let silences = wire.status.silenced_by.unwrap_or_default();
        let inhibitions = wire.status.inhibited_by.unwrap_or_default();
        Self {
            labels: wire.labels,
            state: wire.status.state,
            receivers: wire
                .receivers
                .into_iter()
                .map(|receiver| receiver.name)
                .collect(),
            muted_by: silences.into_iter().chain(inhibitions).collect(),
            starts_at: wire.starts_at,
        }
    }
}

#[derive(Deserialize)]
struct WireStatus {
    config: WireConfig,
    #[serde(rename = "versionInfo")]
    version_info: WireVersion,
}

#[derive(Deserialize)]
struct WireConfig {
    original: String,
}

#[derive(Deserialize)]
struct WireVersion {
    #[serde(default)]
    version: String,
}
