//! Promises of rules that nobody wrote down here: what a Prometheus has loaded, judged for itself. Pure.

use std::collections::BTreeSet;

use super::link::{sound_title, suffixes};
use super::rule::Rule;
use super::sound::Sound;
use crate::evidence::LoadedRule;
use crate::place::{SourceFile, Span};
use crate::promise::{Header, Promise, PromiseId};

/// For every loaded rule the promise that it works: evaluated in time and without error, and all it reads exists. What
/// git says of it is not known and not judged. Of rules with one name
/// the later ones have their group in the id. `file` of
/// the header is the rule file as the server names it, with the expression as its text.
pub fn sound_of_loaded(rules: &[LoadedRule], peer: &str) -> Vec<Promise> {
    let mut taken = BTreeSet::new();
    rules
        .iter()
        .map(|loaded| {
            let id = suffixes(&loaded.group)
                .map(|suffix| format!("alert/{}/sound{suffix}", loaded.name))
                .find(|id| taken.insert(id.clone()))
                .expect("the suffixes never end");
            promise(PromiseId::new(id), loaded, peer)
        })
        .collect()
}

fn promise(id: PromiseId, loaded: &LoadedRule, peer: &str) -> Promise {
    let rule = Rule::of_loaded(loaded);
    let header = Header {
        id,
        title: sound_title(&rule),
        file: SourceFile::new(&loaded.file, &loaded.query),
        span: Span::of(0, loaded.query.len()),
        labels: rule.labels.clone(),
        service: rule.service(),
        interval: None,
        fail_after: 2,
        pass_after: 2,
        runbook: None,
    };
    Promise {
        header,
        check: Box::new(Sound::new(rule, peer.to_owned(), None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::samples::{judge, loaded, names, scraping, told};
    use crate::evidence::{Answer, Ask};

    #[test]
    fn rules_of_one_name_get_ids_of_their_own() {
        let promises = sound_of_loaded(&[loaded(), loaded(), loaded()], "prometheus");
        let ids: Vec<_> = promises
            .iter()
            .map(|promise| promise.header.id.as_str())
            .collect();
        assert_eq!(
            ids,
            [
                "alert/HighLatency/sound",
                "alert/HighLatency/sound/eval",
                "alert/HighLatency/sound/eval/2"
            ]
        );
        let header = &promises[0].header;
        assert_eq!(header.place().to_string(), "/etc/prometheus/eval.yaml:1:1");
        assert_eq!(header.labels["severity"], "critical");
    }

    #[test]
    fn a_loaded_rule_that_is_blind_fails() {
        let promises = sound_of_loaded(&[loaded()], "prometheus");
        let verdict = judge(&*promises[0].check, |ask| match ask {
            Ask::AlertRule { .. } => Ok(Answer::AlertRules(vec![loaded()])),
            Ask::Promql { query, .. } if query == "count(up)" => Ok(scraping()),
            _ => Ok(names(&[])),
        });
        assert_eq!(
            told(&verdict),
            "fail: alert HighLatency depends on a metric that does not exist: latency_seconds \
             [metric:latency_seconds alert:HighLatency]"
        );
    }
}
