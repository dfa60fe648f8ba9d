//! The checks of an SLO: `slo/NAME` by its burn rates, `slo/NAME/budget` by what is spent. Pure.

use std::sync::Arc;

use jiff::Timestamp;

use super::counts::Counts;
use super::culprits::culprits;
use super::judge::{Burning, NEEDED_COVERAGE, Spent};
use super::plan::Plan;
use crate::evidence::{Answer, Ask, Evidence, Sample};
use crate::promise::{Check, Step};
use crate::subject::{Role, Subject};
use crate::verdict::{Reason, Verdict};

/// Fails while both windows of a pair burn faster than its factor.
pub struct BurnCheck(pub Arc<Plan>);

/// Fails while more than the error budget is spent.
pub struct BudgetCheck(pub Arc<Plan>);

impl Check for BurnCheck {
    fn step(&self, seen: &Evidence, _: Timestamp) -> Step {
        let plan = &self.0;
        let asks = [plan.burn_ask(), plan.budget_ask()];
        let missing = seen.missing(asks.clone());
        if !missing.is_empty() {
            return Step::Ask(missing);
        }
        let (burn, budget) = (vector(seen, &asks[0]), vector(seen, &asks[1]));
        let spent = spent(plan, &budget);
        // Burn rates are judged without the budget, so that they do not rest on it where it was not told.
        let told_budget = budget.1.is_ok().then_some(budget.0);
        let cites: Vec<usize> = std::iter::once(burn.0).chain(told_budget).collect();
        let judged = burn
            .1
            .and_then(|samples| plan.burning(&Counts::of(samples)));
        let burning = match judged {
            Ok(burning) => burning,
            Err(reason) => return Step::Done(self.unjudged(reason, &spent).citing(cites)),
        };
        match burning.iter().find(|burning| burning.is_too_fast()) {
            Some(worst) => self.failed(seen, worst, &spent, cites),
            None => Step::Done(self.kept(&burning, &spent).citing(cites)),
        }
    }
}

impl BurnCheck {
    fn unjudged(&self, reason: Reason, spent: &Result<Spent, Reason>) -> Verdict {
        let mut verdict = Verdict::inconclusive(reason);
        if spent.is_ok() {
            verdict.says = format!("{}; {}", verdict.says, self.0.says_budget(spent));
        }
        verdict
    }

    fn kept(&self, judged: &[Burning], spent: &Result<Spent, Reason>) -> Verdict {
        let closest = judged
            .iter()
            .max_by(|a, b| {
                a.strain()
                    .total_cmp(&b.strain())
                    .then(b.pair.long.cmp(&a.pair.long))
            })
            .expect("`Plan::burning` gives a reason when no pair was judged");
        Verdict::pass(self.0.says_kept(closest, spent)).with_figure(self.0.burn_figure(closest))
    }

    /// Asks who caused it, then fails whatever the answer.
    fn failed(
        &self,
        seen: &Evidence,
        worst: &Burning,
        spent: &Result<Spent, Reason>,
        mut cites: Vec<usize>,
    ) -> Step {
        let plan = &self.0;
        let mut blamed = Vec::new();
        if let Some(ask) = plan.culprit_ask(worst.pair.short) {
            if seen.latest(&ask).is_none() {
                return Step::Ask(vec![ask]);
            }
            let (at, answer) = vector(seen, &ask);
            cites.push(at);
            if let Ok(samples) = answer {
                blamed = culprits(&plan.measure.split(samples), &plan.by);
            }
        }
        blamed.push(service(plan));
        let verdict = Verdict::fail(plan.says_burning(worst, spent))
            .blame(blamed)
            .citing(cites)
            .with_figure(plan.burn_figure(worst));
        Step::Done(verdict)
    }
}

impl Check for BudgetCheck {
    fn step(&self, seen: &Evidence, _: Timestamp) -> Step {
        let plan = &self.0;
        let ask = plan.budget_ask();
        if seen.latest(&ask).is_none() {
            return Step::Ask(vec![ask]);
        }
        let answer = vector(seen, &ask);
        let at = answer.0;
        let spent = spent(plan, &answer);
        let verdict = match &spent {
            Err(reason) => Verdict::inconclusive(reason.clone()),
            Ok(seen) if seen.covered < NEEDED_COVERAGE => {
                let mut verdict = Verdict::inconclusive(Reason::NotCovered {
                    have: seen.covered,
                    need: NEEDED_COVERAGE,
                });
                verdict.says = format!("{}; {}", verdict.says, plan.says_budget(&spent));
                verdict
            }
            Ok(seen) if seen.share.remaining() < 0.0 => Verdict::fail(plan.says_budget(&spent))
                .blame([service(plan)])
                .with_figure(plan.budget_figure(seen)),
            Ok(seen) => {
                Verdict::pass(plan.says_budget(&spent)).with_figure(plan.budget_figure(seen))
            }
        };
        Step::Done(verdict.citing([at]))
    }
}

fn service(plan: &Plan) -> Subject {
    Subject::new(Role::Service, &plan.service)
}

/// The samples that answer `ask`, with the index of the exhibit.
fn vector<'e>(seen: &'e Evidence, ask: &Ask) -> (usize, Result<&'e [Sample], Reason>) {
    let (at, exhibit) = seen.latest(ask).expect("it was asked before");
    let samples = match &exhibit.answer {
        Ok(Answer::Vector(samples)) => Ok(samples.as_slice()),
        Ok(_) => Err(Reason::NoData {
            what: "the answer is not a vector".into(),
        }),
        Err(reason) => Err(reason.clone()),
    };
    (at, samples)
}

fn spent(plan: &Plan, answer: &(usize, Result<&[Sample], Reason>)) -> Result<Spent, Reason> {
    match &answer.1 {
        Ok(samples) => plan.budget(&Counts::of(samples)),
        Err(reason) => Err(reason.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{asked, document, judge, read, sample, slo};
    use super::*;
    use proptest::prelude::*;

    /// Everything covered, a thousand events in each window, none bad.
    const CALM: [(&str, f64); 15] = [
        ("bad 5m", 0.0),
        ("total 5m", 1_000.0),
        ("covered 5m", 10.0),
        ("bad 30m", 0.0),
        ("total 30m", 6_000.0),
        ("covered 30m", 20.0),
        ("bad 1h", 0.0),
        ("total 1h", 12_000.0),
        ("covered 1h", 20.0),
        ("bad 6h", 0.0),
        ("total 6h", 72_000.0),
        ("covered 6h", 20.0),
        ("bad 30d", 7_200.0),
        ("total 30d", 1_440_000.0),
        ("covered 30d", 21.0),
    ];

    /// The calm table with these counts instead; NaN leaves one out.
    fn with(changes: &[(&'static str, f64)]) -> Vec<(&'static str, f64)> {
        let mut counts = CALM.to_vec();
        for (part, value) in changes {
            counts.retain(|(known, _)| known != part);
            if !value.is_nan() {
                counts.push((part, *value));
            }
        }
        counts
    }

    fn said(text: &str, index: usize, changes: &[(&'static str, f64)]) -> (String, Verdict) {
        let (promises, told) = read(text);
        assert_eq!(told, [""; 0]);
        let counts = with(changes);
        let (verdict, _) = judge(&promises[index], &|query| Ok(asked(query, &counts)));
        assert!(!verdict.cites.is_empty());
        (
            format!("{}: {}", verdict.outcome.name(), verdict.says),
            verdict,
        )
    }

    #[track_caller]
    fn check(changes: &[(&'static str, f64)], expected: &str) {
        assert_eq!(said(&slo(""), 0, changes).0, expected);
    }

    #[test]
    fn calm_is_a_pass_with_its_budget() {
        check(
            &[],
            "pass: 0 % of events were bad over the last 5 m and 0 % over the last 1 h; at most 1 % is promised (50 % of the error budget over 30 d is spent, with 100 % of it covered)",
        );
    }

    #[test]
    fn both_windows_of_a_pair_fail_it() {
        let (text, verdict) = said(&slo(""), 0, &[("bad 5m", 200.0), ("bad 1h", 1_800.0)]);
        assert_eq!(
            text,
            "fail: 20 % of events were bad over the last 5 m and 15 % over the last 1 h; at most 1 % is promised (burning 20× and 15×, where 14.4× is too fast; 50 % of the error budget over 30 d is spent, with 100 % of it covered, and the rest lasts 1 d)"
        );
        assert_eq!(verdict.culprits, [Subject::new(Role::Service, "shop")]);
        assert_eq!(verdict.cites, [0, 1]);
        let figure = verdict.figure.unwrap();
        assert!((figure.value - 15.0).abs() < 1e-9, "{figure:?}");
        assert_eq!(figure.target, Some(14.4));
    }

    #[test]
    fn the_slower_pair_fails_alone() {
        let (text, _) = said(&slo(""), 0, &[("bad 30m", 600.0), ("bad 6h", 5_000.0)]);
        assert!(
            text.starts_with(
                "fail: 10 % of events were bad over the last 30 m and 6.9 % over the last 6 h"
            ),
            "{text}"
        );
    }

    #[test]
    fn one_window_alone_is_no_failure() {
        for changes in [[("bad 5m", 1_000.0)], [("bad 1h", 6_000.0)]] {
            assert!(
                said(&slo(""), 0, &changes).0.starts_with("pass: "),
                "{changes:?}"
            );
        }
    }

    #[test]
    fn a_pass_shows_the_pair_closest_to_its_factor() {
        let (text, verdict) = said(&slo(""), 0, &[("bad 30m", 300.0), ("bad 6h", 3_000.0)]);
        assert_eq!(
            text,
            "pass: 5 % of events were bad over the last 30 m and 4.2 % over the last 6 h; at most 1 % is promised (burning 5× and 4.2×, where both above 6× is too fast; 50 % of the error budget over 30 d is spent, with 100 % of it covered)"
        );
        assert_eq!(verdict.figure.unwrap().target, Some(6.0));
    }

    #[test]
    fn a_pair_that_is_not_covered_is_not_judged() {
        // The fast pair would fail, but 7 of 10 slots are not enough; the slow one is covered and holds.
        let fast = [
            ("bad 5m", 1_000.0),
            ("bad 1h", 12_000.0),
            ("covered 5m", 7.0),
        ];
        assert!(
            said(&slo(""), 0, &fast)
                .0
                .starts_with("pass: 0 % of events were bad over the last 30 m")
        );
        check(
            &[("covered 1h", 15.0), ("covered 6h", 2.0)],
            "inconclusive: not covered: data for 75 % of the window, 80 % needed; 50 % of the error budget over 30 d is spent, with 100 % of it covered",
        );
        assert!(
            said(&slo(""), 0, &[("covered 5m", 8.0)])
                .0
                .starts_with("pass: 0 % of events were bad over the last 5 m")
        );
    }

    #[test]
    fn few_events_are_not_judged() {
        let few = [
            ("total 5m", 1.0),
            ("bad 5m", 1.0),
            ("total 1h", 7.0),
            ("bad 1h", 7.0),
            ("total 6h", 7.0),
            ("bad 6h", 7.0),
            ("total 30m", 2.0),
        ];
        assert!(
            said(&slo(""), 0, &few)
                .0
                .starts_with("inconclusive: too few: 7 of 20; ")
        );
        let (text, _) = said(&slo("steadfast/min-events: '7'"), 0, &few);
        assert!(
            text.starts_with("fail: 100 % of events were bad over the last 5 m"),
            "{text}"
        );
    }

    #[test]
    fn nothing_is_no_pass() {
        let nothing: Vec<_> = CALM.iter().map(|(part, _)| (*part, f64::NAN)).collect();
        check(
            &nothing,
            "inconclusive: no data: no traffic, nothing matches `x`",
        );
        let silent: Vec<_> = CALM
            .iter()
            .filter(|(part, _)| part.starts_with("total"))
            .map(|(part, _)| (*part, 0.0))
            .collect();
        check(
            &silent,
            "inconclusive: no data: no traffic over the last 5 m",
        );
    }

    #[test]
    fn errors_that_stop_with_the_traffic_are_not_over() {
        let changes = [
            ("total 5m", 0.0),
            ("bad 5m", 0.0),
            ("total 30m", 0.0),
            ("bad 30m", 0.0),
            ("bad 1h", 12_000.0),
        ];
        assert!(
            said(&slo(""), 0, &changes)
                .0
                .starts_with("inconclusive: no data: no traffic over the last ")
        );
    }

    const NO_BAD: [(&str, f64); 5] = [
        ("bad 5m", f64::NAN),
        ("bad 30m", f64::NAN),
        ("bad 1h", f64::NAN),
        ("bad 6h", f64::NAN),
        ("bad 30d", f64::NAN),
    ];

    #[test]
    fn a_service_that_never_failed_passes() {
        let (text, _) = said(&slo(""), 0, &NO_BAD);
        assert!(
            text.starts_with("pass: 0 % of events were bad over the last 5 m"),
            "{text}"
        );
    }

    const OTHER: &str = "total: {metricSource: {type: prometheus, spec: {query: sum(x)}}}, bad: {metricSource: {type: prometheus, spec: {query: sum(y)}}}";

    #[test]
    fn errors_counted_elsewhere_must_be_counted_at_all() {
        let other = document("", OTHER);
        let (text, _) = said(&other, 0, &NO_BAD);
        assert_eq!(
            text,
            "inconclusive: no data: no series of bad events, so that they cannot be told from the others"
        );
        let mut exists = NO_BAD.to_vec();
        exists.push(("exists", 3.0));
        assert!(said(&other, 0, &exists).0.starts_with("pass: "));
    }

    #[test]
    fn good_events_that_are_gone_are_an_outage_or_a_mistake() {
        let of = |good: &str, total: &str| {
            document(
                "",
                &format!(
                    "good: {{metricSource: {{type: prometheus, spec: {{query: '{good}'}}}}}}, total: {{metricSource: {{type: prometheus, spec: {{query: '{total}'}}}}}}"
                ),
            )
        };
        let outage = said(&of(r#"sum(x{s="2"})"#, "sum(x)"), 0, &NO_BAD).0;
        assert!(
            outage.starts_with("fail: 100 % of events were bad over the last 5 m"),
            "{outage}"
        );
        for (good, total) in [
            ("sum(y)", "sum(x)"),
            (r#"sum(x_bucket{le="0.55"})"#, r#"sum(x_bucket{le="+Inf"})"#),
        ] {
            let text = said(&of(good, total), 0, &NO_BAD).0;
            assert!(
                text.starts_with("inconclusive: no data: no series of good events"),
                "{text}"
            );
        }
    }

    #[test]
    fn extrapolation_neither_heals_nor_breaks() {
        assert!(
            said(&slo(""), 0, &[("bad 5m", -0.2), ("bad 1h", -0.1)])
                .0
                .starts_with("pass: 0 %")
        );
        assert!(
            said(&slo(""), 0, &[("bad 5m", 1_000.09), ("bad 1h", 12_000.5)])
                .0
                .starts_with("fail: 100 %")
        );
    }

    #[test]
    fn the_budget_is_a_promise_of_its_own() {
        let judged = slo("steadfast/budget: judge");
        for (changes, expected) in [
            (
                vec![],
                "pass: 50 % of the error budget over 30 d is spent, with 100 % of it covered",
            ),
            (
                vec![("bad 30d", 40_032.0)],
                "fail: 278 % of the error budget over 30 d is spent, with 100 % of it covered",
            ),
            (
                vec![("covered 30d", 15.0)],
                "inconclusive: not covered: data for 75 % of the window, 80 % needed; 50 % of the error budget over 30 d is spent, with 75 % of it covered",
            ),
            (
                vec![("bad 30d", 40_032.0), ("covered 30d", f64::NAN)],
                "inconclusive: not covered: data for 0 % of the window, 80 % needed; 278 % of the error budget over 30 d is spent, with 0 % of it covered",
            ),
            (
                vec![("total 30d", 0.0)],
                "inconclusive: no data: no traffic over the last 30 d",
            ),
            (
                vec![("total 30d", f64::NAN)],
                "inconclusive: no data: no traffic, nothing matches `x`",
            ),
        ] {
            assert_eq!(said(&judged, 1, &changes).0, expected);
        }
    }

    #[test]
    fn burn_rates_are_judged_without_the_budget() {
        let (promises, _) = read(&slo(""));
        let (verdict, _) = judge(&promises[0], &|query| match query.contains("30d") {
            true => Err(Reason::Timeout {
                what: "prometheus".into(),
                after_ms: 2_000,
            }),
            false => Ok(asked(query, &CALM)),
        });
        assert_eq!(
            verdict.says,
            "0 % of events were bad over the last 5 m and 0 % over the last 1 h; at most 1 % is promised (the error budget over 30 d is unknown: prometheus: no answer in 2000 ms)"
        );
    }

    #[test]
    fn whoever_is_clearly_worse_is_named_first() {
        let (promises, _) = read(&slo("steadfast/by: 'kind,instance'"));
        let counts = with(&[("bad 5m", 200.0), ("bad 1h", 1_800.0)]);
        let (verdict, seen) = judge(&promises[0], &|query| {
            if !query.contains("sum by (kind, instance)") {
                return Ok(asked(query, &counts));
            }
            Ok(vec![
                sample(
                    &[("steadfast", "bad"), ("kind", "ddpg"), ("instance", "a")],
                    190.0,
                ),
                sample(
                    &[("steadfast", "total"), ("kind", "ddpg"), ("instance", "a")],
                    200.0,
                ),
                sample(
                    &[("steadfast", "total"), ("kind", "dqn"), ("instance", "a")],
                    800.0,
                ),
            ])
        });
        let named: Vec<_> = verdict.culprits.iter().map(Subject::to_string).collect();
        assert_eq!(named, ["label:kind=ddpg", "service:shop"]);
        assert_eq!(verdict.cites, [0, 1, 2]);
        assert_eq!(seen.exhibits.len(), 3);
    }

    #[test]
    fn a_failure_stays_one_when_nobody_can_be_named() {
        let (promises, _) = read(&slo("steadfast/by: kind"));
        let counts = with(&[("bad 5m", 200.0), ("bad 1h", 1_800.0)]);
        let (verdict, _) = judge(
            &promises[0],
            &|query| match query.contains("sum by (kind)") {
                true => Err(Reason::OverBudget {
                    peer: "prometheus".into(),
                }),
                false => Ok(asked(query, &counts)),
            },
        );
        assert_eq!(verdict.outcome.name(), "fail");
        assert_eq!(verdict.culprits, [Subject::new(Role::Service, "shop")]);
    }

    #[test]
    fn an_unreachable_peer_is_named() {
        let (promises, _) = read(&slo("steadfast/budget: judge"));
        for promise in &promises {
            let (verdict, _) = judge(promise, &|_| {
                Err(Reason::Unreachable {
                    peer: "prometheus".into(),
                    error: "connection refused".into(),
                })
            });
            assert_eq!(verdict.says, "prometheus unreachable: connection refused");
            assert_eq!(verdict.culprits, [Subject::new(Role::Peer, "prometheus")]);
        }
    }

    fn any_reason() -> impl Strategy<Value = Reason> {
        let what = || "w".to_owned();
        prop_oneof![
            Just(Reason::NoData { what: what() }),
            Just(Reason::Stale {
                what: what(),
                age_seconds: 9
            }),
            Just(Reason::Partial { what: what() }),
            Just(Reason::Truncated { what: what() }),
            Just(Reason::TooFew { have: 1, need: 2 }),
            Just(Reason::Unreachable {
                peer: what(),
                error: what()
            }),
            Just(Reason::Timeout {
                what: what(),
                after_ms: 1
            }),
            Just(Reason::Starved { what: what() }),
            Just(Reason::OverBudget { peer: what() }),
            Just(Reason::Blocked { what: what() }),
            Just(Reason::NotCovered {
                have: 0.1,
                need: 0.8
            }),
        ]
    }

    proptest! {
        #[test]
        fn an_error_never_passes_and_keeps_its_reason(reason in any_reason()) {
            let (promises, _) = read(&slo("steadfast/budget: judge"));
            for promise in &promises {
                let (verdict, _) = judge(promise, &|_| Err(reason.clone()));
                prop_assert_eq!(verdict.outcome.reason(), Some(&reason));
            }
        }

        #[test]
        fn a_pass_has_seen_enough_and_a_replay_agrees(values in prop::array::uniform15(prop_oneof![
            3 => 0.0..30_000.0_f64, 2 => 0.0..25.0_f64, 1 => Just(0.0), 1 => Just(f64::NAN), 1 => Just(f64::INFINITY),
        ])) {
            let (promises, _) = read(&slo("steadfast/budget: judge"));
            let counts: Vec<_> = CALM.iter().zip(values).map(|((part, _), value)| (*part, value)).collect();
            let at_least = |part: &str, least: f64| {
                counts.iter().any(|(known, value)| *known == part && value.is_finite() && *value >= least)
            };
            let enough = |short: &str, slots: f64, long: &str| {
                at_least(&format!("covered {short}"), slots) && at_least(&format!("covered {long}"), 16.0)
                    && at_least(&format!("total {short}"), f64::MIN_POSITIVE) && at_least(&format!("total {long}"), 19.9)
            };
            for promise in &promises {
                let (verdict, seen) = judge(promise, &|query| Ok(asked(query, &counts)));
                let judged = match promise.header.id.as_str() {
                    "slo/checkout" => enough("5m", 8.0, "1h") || enough("30m", 16.0, "6h"),
                    _ => at_least("covered 30d", 16.0) && at_least("total 30d", f64::MIN_POSITIVE),
                };
                prop_assert!(judged || verdict.outcome.reason().is_some(), "{:?} {}", counts, verdict.says);
                let again = promise.check.step(&seen, Timestamp::UNIX_EPOCH);
                prop_assert_eq!(again, Step::Done(verdict));
            }
        }
    }
}
