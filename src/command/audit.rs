//! What else is to be said of peers that are known by their address only.

use std::time::Duration;

use crate::catalog::node::{self, Node, Value};
use crate::place::{SourceFile, Span};
use crate::source::desk::{Sources, Station};
use crate::verdict::Reason;

/// One sentence a remark. What a peer does not tell is a remark, too.
pub(super) async fn remarks(sources: &Sources, timeout: Duration) -> Vec<String> {
    let mut remarks = Vec::new();
    for station in sources.stations() {
        let name = &station.peer.name;
        let told = of_station(station, timeout).await;
        remarks.extend(match told {
            Ok(told) => told,
            Err(reason) => vec![format!("{name} could not be looked at: {reason}")],
        });
    }
    remarks
}

async fn of_station(station: &Station, timeout: Duration) -> Result<Vec<String>, Reason> {
    let name = &station.peer.name;
    if let Some(prometheus) = station.prometheus() {
        let mut told = Vec::new();
        let targets = station
            .guard
            .run(timeout, prometheus.targets(timeout))
            .await?;
        for (job, scraped) in &targets {
            if scraped.down > 0 {
                let all = scraped.up + scraped.down + scraped.unknown;
                told.push(format!(
                    "{name} cannot scrape {} of {all} targets of job {job}",
                    scraped.down
                ));
            }
        }
        if targets.is_empty() {
            told.push(format!("{name} scrapes nothing"));
        }
        let alertmanagers = station
            .guard
            .run(timeout, prometheus.alertmanagers(timeout))
            .await?;
        told.push(match alertmanagers {
            0 => format!("{name} knows no Alertmanager: its alerts reach nobody"),
            n => format!(
                "{name} sends its alerts to {n} Alertmanager{}",
                if n == 1 { "" } else { "s" }
            ),
        });
        return Ok(told);
    }
    if let Some(alertmanager) = station.alertmanager() {
        let status = station
            .guard
            .run(timeout, alertmanager.status(timeout))
            .await?;
        return Ok(receivers(name, &status.config));
    }
    if let Some(jaeger) = station.jaeger() {
        let services = station.guard.run(timeout, jaeger.services(timeout)).await?;
        return Ok(vec![match services.len() {
            0 => format!("{name} knows no service"),
            n => format!("{name} knows {n} services: {}", services.join(", ")),
        }]);
    }
    Ok(Vec::new())
}

/// Receivers that notify nobody, from an Alertmanager's own configuration.
fn receivers(name: &str, config: &str) -> Vec<String> {
    let file = SourceFile::new("alertmanager.yml", config);
    let Ok(root) = node::parse(&file, Span::of(0, config.len())) else {
        return vec![format!("{name} shows a configuration that cannot be read")];
    };
    let receivers = match field(&root, "receivers").map(|node| &node.value) {
        Some(Value::List(receivers)) => receivers.as_slice(),
        _ => &[],
    };
    let mut told = vec![format!("{name} has {} receivers", receivers.len())];
    for receiver in receivers {
        let Some(Value::Text(receiver_name)) = field(receiver, "name").map(|node| &node.value)
        else {
            continue;
        };
        if !notifies(receiver) {
            told.push(format!(
                "receiver {receiver_name} of {name} notifies nobody: it has no integration"
            ));
        }
    }
    told
}

fn notifies(receiver: &Node) -> bool {
    let Value::Map(entries) = &receiver.value else {
        return false;
    };
    entries.iter().any(|(key, value)| {
        key.name.ends_with("_configs")
            && matches!(&value.value, Value::List(items) if !items.is_empty())
    })
}

fn field<'a>(node: &'a Node, name: &str) -> Option<&'a Node> {
    let Value::Map(entries) = &node.value else {
        return None;
    };
    entries
        .iter()
        .find(|(key, _)| key.name == name)
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receivers_without_integration_are_named() {
        let config = "receivers:\n- name: pager\n  webhook_configs:\n  - url: <secret>\n- name: nobody\n- name: empty\n  email_configs: []\n";
        assert_eq!(
            receivers("alertmanager", config),
            [
                "alertmanager has 3 receivers",
                "receiver nobody of alertmanager notifies nobody: it has no integration",
                "receiver empty of alertmanager notifies nobody: it has no integration",
            ]
        );
    }
}
