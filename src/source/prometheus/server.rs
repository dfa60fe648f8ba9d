//! What a Prometheus says of itself: version, targets, Alertmanagers. Pure.

use std::collections::BTreeMap;

use serde::Deserialize;

/// `data` of `/api/v1/status/buildinfo`. A server built without its version answers an empty one.
#[derive(Debug, Deserialize)]
pub(super) struct Build {
    #[serde(default)]
    pub(super) version: String,
}

/// `data` of `/api/v1/targets`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Targets {
    #[serde(default)]
    active_targets: Option<Vec<Target>>,
}

#[derive(Debug, Deserialize)]
struct Target {
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    health: String,
}

/// How many targets of a job are scraped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scraped {
    /// Targets whose last scrape succeeded.
    pub up: usize,
    /// Targets whose last scrape failed.
    pub down: usize,
    /// Targets that were not scraped yet.
    pub unknown: usize,
}

impl Targets {
    /// The active targets by job.
    pub(super) fn by_job(self) -> BTreeMap<String, Scraped> {
        let mut jobs: BTreeMap<String, Scraped> = BTreeMap::new();
        for mut target in self.active_targets.unwrap_or_default() {
            let job = target.labels.remove("job").unwrap_or_default();
            let scraped = jobs.entry(job).or_default();
            match target.health.as_str() {
                "up" => scraped.up += 1,
                "down" => scraped.down += 1,
                _ => scraped.unknown += 1,
            }
        }
        jobs
    }
}

/// `data` of `/api/v1/alertmanagers`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Alertmanagers {
    #[serde(default)]
    active_alertmanagers: Option<Vec<serde::de::IgnoredAny>>,
}

impl Alertmanagers {
    /// How many alerts are sent to.
    pub(super) fn active(&self) -> usize {
        self.active_alertmanagers.as_ref().map_or(0, Vec::len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_counted_by_job() {
        let text = r#"{"activeTargets":[{"labels":{"job":"a"},"health":"up"},{"labels":{"job":"a"},"health":"down"},
            {"labels":{"job":"b"},"health":"unknown"}],"droppedTargets":[]}"#;
        let targets: Targets = serde_json::from_str(text).unwrap();
        let scraped = |up, down, unknown| Scraped { up, down, unknown };
        let expected = [("a", scraped(1, 1, 0)), ("b", scraped(0, 0, 1))];
        assert_eq!(
            targets.by_job(),
            expected
                .map(|(job, scraped)| (job.to_owned(), scraped))
                .into()
        );
    }

    #[test]
    fn what_is_not_said_is_empty() {
        let build: Build = serde_json::from_str("{}").unwrap();
        assert_eq!(build.version, "");
        let none: Alertmanagers = serde_json::from_str(r#"{"activeAlertmanagers":null}"#).unwrap();
        let two: Alertmanagers =
            serde_json::from_str(r#"{"activeAlertmanagers":[{"url":"a"},{"url":"b"}]}"#).unwrap();
        assert_eq!((none.active(), two.active()), (0, 2));
    }
}
