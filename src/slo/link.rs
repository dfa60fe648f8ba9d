//! From an SLO and its indicator to promises: one for each objective, and its budget. Pure.

use std::sync::Arc;

use super::burn::{self, Pair};
use super::check::{BudgetCheck, BurnCheck};
use super::document::{DeclaredSli, DeclaredSource};
use super::indicator::{self, Shape, Sli};
use super::lints::{self, unfireable, unsupported, window_order};
use super::measure::{Measure, Op};
use super::plan::Plan;
use super::spec::{Indicator, Slo, Target};
use crate::catalog::fields::{Spanned, nearest};
use crate::catalog::library::Library;
use crate::catalog::lints::{MISSING, REFERENCE};
use crate::config::PeerKind;
use crate::finding::{Finding, Findings};
use crate::place::{SourceFile, Span};
use crate::promise::{Check, Header, Promise, PromiseId};
use crate::runbook::Runbook;

/// Evaluations in a row before a transition.
const FAIL_AFTER_PASS_AFTER: (u32, u32) = (2, 2);

/// How many events the long window of a pair must have seen, unless the document says. Measurements are taken at a fixed
/// pace, so that coverage already says whether there were enough.
const MIN_EVENTS: u64 = 20;
const MIN_MEASUREMENTS: u64 = 1;

/// The promises of an SLO.
pub(super) fn promises(slo: &Slo, library: &Library<'_>, findings: &mut Findings) -> Vec<Promise> {
    let peer = peer(slo, library, findings);
    let Some(sli) = resolved(slo, library, findings) else {
        return Vec::new();
    };
    if !has_readable_sources(&sli, library, findings) {
        return Vec::new();
    }
    let id = format!("slo/{}", slo.metadata.name.value);
    let counts = FAIL_AFTER_PASS_AFTER;
    let mut header = slo.metadata.header(&slo.file, id, counts, findings);
    header.service = slo.service.clone();
    header.runbook = runbook(slo, library, findings);
    let mut promises = Vec::new();
    for target in &slo.objectives {
        let Some(header) = of_objective(slo, target, &header, findings) else {
            continue;
        };
        if let Some(plan) = plan(slo, target, &sli, &peer, findings) {
            promises.extend(checks(slo, header, plan));
        }
    }
    promises
}

/// The page that `steadfast/runbook` names.
fn runbook(slo: &Slo, library: &Library<'_>, findings: &mut Findings) -> Option<Arc<SourceFile>> {
    let name = slo.settings.runbook.as_ref()?;
    if let Some(runbook) = library.get::<Runbook>(&name.value) {
        return Some(Arc::clone(&runbook.file));
    }
    let message = format!("there is no runbook `{}`", name.value);
    let mut finding =
        Finding::new(&REFERENCE, &slo.file, name.span, message).about("steadfast/runbook");
    if let Some(near) = nearest(&name.value, &library.names::<Runbook>()) {
        finding = finding.help(format!("did you mean `{near}`?"));
    }
    findings.push(finding);
    None
}

/// The promise of an objective, and that of its budget where it is judged.
fn checks(slo: &Slo, header: Header, plan: Plan) -> Vec<Promise> {
    let plan = Arc::new(plan);
    let budget = slo.settings.judges_budget.then(|| {
        let header = Header {
            id: PromiseId::new(format!("{}/budget", header.id)),
            title: format!("{}: error budget", header.title),
            ..header.clone()
        };
        let check: Box<dyn Check> = Box::new(BudgetCheck(Arc::clone(&plan)));
        Promise { header, check }
    });
    let check: Box<dyn Check> = Box::new(BurnCheck(plan));
    let burn = Promise { header, check };
    std::iter::once(burn).chain(budget).collect()
}

/// `slo/NAME`, or `slo/NAME/OBJECTIVE` where there are several.
fn of_objective(
    slo: &Slo,
    target: &Target,
    header: &Header,
    findings: &mut Findings,
) -> Option<Header> {
    if slo.objectives.len() == 1 {
        return Some(header.clone());
    }
    let named = target.name.as_ref().map(|name| (slug(&name.value), name));
    let Some((slug, name)) = named.filter(|(slug, _)| !slug.is_empty()) else {
        let message = "one of several objectives has no `displayName`";
        findings.push(
            Finding::new(&MISSING, &slo.file, target.span, message)
                .help("name it; the name ends its promise's id")
                .about(target.path.as_str()),
        );
        return None;
    };
    Some(Header {
        id: PromiseId::new(format!("{}/{slug}", header.id)),
        title: format!("{}: {}", header.title, name.value),
        span: name.span,
        ..header.clone()
    })
}

/// Lower-case letters and digits with `-` between the words, as ids are written.
fn slug(name: &str) -> String {
    let words = name.split(|letter: char| !letter.is_alphanumeric());
    let words: Vec<_> = words
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join("-")
}

fn plan(
    slo: &Slo,
    target: &Target,
    sli: &Sli,
    peer: &str,
    findings: &mut Findings,
) -> Option<Plan> {
    let measure = measure(slo, target, sli, findings);
    let pairs = pairs(slo, target, findings);
    let measure = measure?;
    let least = match measure {
        Measure::Ratio(_) => MIN_EVENTS,
        Measure::Threshold { .. } => MIN_MEASUREMENTS,
    };
    Some(Plan {
        objective: target.objective.value,
        window: slo.window,
        pairs: pairs?,
        measure,
        min_events: slo.settings.min_events.unwrap_or(least),
        by: slo.settings.by.clone(),
        peer: peer.to_owned(),
        service: slo.service.clone(),
    })
}

/// The indicator with what the objective adds to it.
fn measure(slo: &Slo, target: &Target, sli: &Sli, findings: &mut Findings) -> Option<Measure> {
    let mut tell = |span: Span, message: String, help: &str| {
        lints::op::tell(&slo.file, (&target.path, span), (message, help), findings);
    };
    let value = match &sli.shape {
        Shape::Threshold(value) => value,
        Shape::Ratio(ratio) => {
            let op = target.op.as_ref().map(|op| op.span);
            let Some(span) = op.or(target.value.as_ref().map(|value| value.span)) else {
                return Some(Measure::Ratio(Arc::clone(ratio)));
            };
            let message = "a ratio has no threshold".to_owned();
            tell(span, message, "remove `op` and `value`");
            return None;
        }
    };
    const HELP: &str = "write it like `op: lte` and `value: 0.5`";
    let (Some(op), Some(limit)) = (&target.op, &target.value) else {
        tell(
            target.span,
            "a threshold needs `op` and `value`".to_owned(),
            HELP,
        );
        return None;
    };
    let Some(read) = Op::read(&op.value) else {
        let help = "write `lt`, `lte`, `gt` or `gte`";
        tell(op.span, format!("`{}` is not a comparison", op.value), help);
        return None;
    };
    Some(Measure::Threshold {
        value: value.clone(),
        op: read,
        limit: limit.value,
    })
}

/// The pairs of windows that can be judged; none when the document leaves no such pair.
fn pairs(slo: &Slo, target: &Target, findings: &mut Findings) -> Option<Vec<Pair>> {
    let (file, objective) = (&slo.file, &target.objective);
    let Some(written) = &slo.settings.burn else {
        let pairs = burn::workbook(slo.window);
        return some(unfireable::check(file, pairs, None, objective, findings));
    };
    let pairs = written.value.clone();
    let pairs = window_order::check(file, pairs, written.span, slo.window, findings);
    some(unfireable::check(
        file,
        pairs,
        Some(written.span),
        objective,
        findings,
    ))
}

fn some(pairs: Vec<Pair>) -> Option<Vec<Pair>> {
    (!pairs.is_empty()).then_some(pairs)
}

/// The indicator, wherever it is written.
fn resolved(slo: &Slo, library: &Library<'_>, findings: &mut Findings) -> Option<Arc<Sli>> {
    let name = match &slo.indicator {
        Indicator::Inline(sli) => return Some(Arc::clone(sli)),
        Indicator::Reference(name) => name,
    };
    match library.get::<DeclaredSli>(&name.value) {
        Some(declared) => declared.0.clone(),
        None => {
            let known = library.names::<DeclaredSli>();
            findings.push(dangling(&slo.file, name, "an SLI", &known).about("spec.indicatorRef"));
            None
        }
    }
}

/// Whether every data source that an indicator names is known to be a Prometheus; a finding otherwise.
fn has_readable_sources(sli: &Sli, library: &Library<'_>, findings: &mut Findings) -> bool {
    let mut readable = true;
    for name in &sli.sources {
        let finding = match library.get::<DeclaredSource>(&name.value) {
            Some(declared) => match &declared.0 {
                Some(kind) if !indicator::is_prometheus(kind) => {
                    let message = format!("a source of type `{kind}` is not asked");
                    Finding::new(&unsupported::LINT, &sli.file, name.span, message)
                        .help("name a source of type `prometheus`")
                }
                _ => continue,
            },
            None => dangling(
                &sli.file,
                name,
                "a DataSource",
                &library.names::<DeclaredSource>(),
            ),
        };
        findings.push(finding.about("metricSourceRef"));
        readable = false;
    }
    readable
}

fn dangling(file: &Arc<SourceFile>, name: &Spanned<String>, what: &str, known: &[&str]) -> Finding {
    let message = format!("`{}` is not {what} in these documents", name.value);
    let help = match nearest(&name.value, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => format!("write {what} document of this name"),
        None => format!("known are {}", known.join(", ")),
    };
    Finding::new(&REFERENCE, file, name.span, message).help(help)
}

/// The name of the Prometheus to ask. It is one that may not exist where none is configured: asking it tells so.
fn peer(slo: &Slo, library: &Library<'_>, findings: &mut Findings) -> String {
    let kind = PeerKind::Prometheus;
    let named = slo.settings.source.as_ref();
    let found = library
        .config
        .peer(kind, named.map(|name| name.value.as_str()));
    if let Some(peer) = found {
        return peer.name.clone();
    }
    let Some(name) = named else {
        return kind.name().to_owned();
    };
    let peers = library
        .config
        .peers
        .values()
        .filter(|peer| peer.kind == kind);
    let known: Vec<_> = peers.map(|peer| peer.name.as_str()).collect();
    let finding = dangling(&slo.file, name, "a Prometheus", &known);
    let finding = finding.help(match known.is_empty() {
        true => "configure it under `peers.prometheus`".to_owned(),
        false => format!("configured are {}", known.join(", ")),
    });
    findings.push(finding.about("steadfast/source"));
    format!("{}.{}", kind.name(), name.value)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{document, read, slo};

    fn ids(text: &str) -> Vec<String> {
        let (promises, told) = read(text);
        assert_eq!(told, [""; 0]);
        promises
            .iter()
            .map(|promise| promise.header.id.to_string())
            .collect()
    }

    #[track_caller]
    fn check(text: &str, findings: &[&str]) {
        assert_eq!(read(text).1, findings);
    }

    const RATIO: &str = "good: {metricSource: {type: prometheus, spec: {query: 'sum(x{s=\"2\"})'}}}, total: {metricSource: {type: prometheus, spec: {query: sum(x)}}}";

    #[test]
    fn objectives_and_budgets_are_promises() {
        assert_eq!(ids(&slo("")), ["slo/checkout"]);
        assert_eq!(
            ids(&slo("steadfast/budget: judge")),
            ["slo/checkout", "slo/checkout/budget"]
        );
        let several = slo("").replace(
            "[{target: 0.99}]",
            "[{target: 0.99, displayName: Most people}, {targetPercent: 95, displayName: All}]",
        );
        assert_eq!(
            ids(&several),
            ["slo/checkout/most-people", "slo/checkout/all"]
        );
        let (promises, _) = read(&several);
        assert_eq!(promises[0].header.service, "shop");
        assert_eq!(promises[0].header.title, "checkout: Most people");
        check(
            &several.replace(", displayName: All", ""),
            &[
                "document:missing <{> one of several objectives has no `displayName` (name it; the name ends its promise's id)",
            ],
        );
    }

    const SLI: &str = "---
apiVersion: openslo/v1
kind: SLI
metadata: {name: latency}
spec:
  thresholdMetric: {metricSource: {metricSourceRef: prom, spec: {promql: 'max(queue)'}}}
---
apiVersion: openslo/v1
kind: DataSource
metadata: {name: prom}
spec: {type: Prometheus, connectionDetails: {url: x}}
";

    fn threshold(objective: &str) -> String {
        slo("")
            .lines()
            .map(|line| match line.trim_start() {
                text if text.starts_with("indicator:") => "  indicatorRef: latency\n".to_owned(),
                text if text.starts_with("objectives:") => format!("  objectives: [{objective}]\n"),
                _ => format!("{line}\n"),
            })
            .chain([SLI.to_owned()])
            .collect()
    }

    #[test]
    fn an_indicator_may_be_written_elsewhere() {
        assert_eq!(
            ids(&threshold("{target: 0.99, op: lte, value: 0.5}")),
            ["slo/checkout"]
        );
        check(
            &threshold("{target: 0.99, op: lte, value: 0.5}")
                .replace("Ref: latency", "Ref: latncy"),
            &[
                "document:reference <latncy> `latncy` is not an SLI in these documents (did you mean `latency`?)",
            ],
        );
        check(
            &threshold("{target: 0.99, op: lte, value: 0.5}")
                .replace("type: Prometheus", "type: Datadog"),
            &[
                "slo:unsupported <prom> a source of type `Datadog` is not asked (name a source of type `prometheus`)",
            ],
        );
        check(
            &threshold("{target: 0.99, op: lte, value: 0.5}").replace("Ref: prom,", "Ref: prod,"),
            &[
                "document:reference <prod> `prod` is not a DataSource in these documents (did you mean `prom`?)",
            ],
        );
    }

    #[test]
    fn a_threshold_has_a_side_and_a_ratio_has_none() {
        check(
            &threshold("{target: 0.99}"),
            &[
                "slo:op <{> a threshold needs `op` and `value` (write it like `op: lte` and `value: 0.5`)",
            ],
        );
        check(
            &threshold("{target: 0.99, op: le, value: 1}"),
            &["slo:op <le> `le` is not a comparison (write `lt`, `lte`, `gt` or `gte`)"],
        );
        check(
            &slo("").replace("{target: 0.99}", "{target: 0.99, op: lte, value: 1}"),
            &["slo:op <lte> a ratio has no threshold (remove `op` and `value`)"],
        );
    }

    #[test]
    fn an_objective_is_a_ratio() {
        for (objective, finding) in [
            (
                "target: 99.9",
                "<99.9> objective must lie between 0 and 1 (write 0.999)",
            ),
            (
                "target: 1",
                "<1> objective must lie between 0 and 1 (write it like 0.999)",
            ),
            (
                "target: 0",
                "<0> objective must lie between 0 and 1 (write it like 0.999)",
            ),
            (
                "targetPercent: 100",
                "<100> objective must lie between 0 and 100 percent (write it like 99.9)",
            ),
            (
                "target: 0.9, targetPercent: 90",
                "<targetPercent> the objective has both `target` and `targetPercent` (remove one of them)",
            ),
            (
                "displayName: a",
                "<{> the objective has neither `target` nor `targetPercent` (write it like `target: 0.999`)",
            ),
        ] {
            check(
                &slo("").replace("target: 0.99", objective),
                &[&format!("slo:objective {finding}")],
            );
        }
    }

    #[test]
    fn a_pair_that_cannot_fail_is_told() {
        check(
            &slo("").replace("target: 0.99", "target: 0.9"),
            &[
                "slo:unfireable <'14.4@1h/5m, 6@6h/30m'> a burn rate of 14.4× is never reached: with an objective of 90 % an outage burns 10× (set the annotation `steadfast/burn` with factors below 10)",
            ],
        );
        let default = slo("")
            .replace("steadfast/burn: '14.4@1h/5m, 6@6h/30m',", "")
            .replace("target: 0.99", "target: 0.5");
        let (promises, told) = read(&default);
        assert_eq!(
            told,
            [
                "slo:unfireable <0.5> a burn rate of 14.4× is never reached: with an objective of 50 % an outage burns 2× (set the annotation `steadfast/burn` with factors below 2)"
            ]
        );
        assert_eq!(promises.len(), 1);
    }

    #[test]
    fn windows_come_long_then_short() {
        for (pair, message) in [
            (
                "14.4@5m/1h",
                "the short window `1h` is not shorter than the long window `5m` (write `14.4@1h/5m`)",
            ),
            (
                "14.4@1h/1h",
                "the short window `1h` is not shorter than the long window `1h` (write `14.4@1h/5m`)",
            ),
            (
                "1@31d/6h",
                "the long window `31d` is longer than the SLO's window `30d` (write `30d` at most)",
            ),
        ] {
            let text = slo("").replace("14.4@1h/5m, 6@6h/30m", pair);
            check(&text, &[&format!("slo:window-order <'{pair}'> {message}")]);
        }
    }

    #[test]
    fn annotations_are_read_or_told() {
        check(
            &slo(
                "steadfast/brun: x, steadfast/min-events: few, steadfast/budget: maybe, steadfast/by: 'a b', steadfast/source: eu, other/x: y",
            ),
            &[
                "slo:annotation <x> unknown annotation `steadfast/brun` (did you mean `steadfast/burn`?)",
                "slo:annotation <few> `few` is not a number of events (write it like \"20\")",
                "slo:annotation <maybe> `maybe` is not what can be done with an error budget (write \"judge\" or remove it)",
                "slo:annotation <'a b'> `a b` is not the name of a label (write it like \"route,instance\")",
                "document:reference <eu> `eu` is not a Prometheus in these documents (configure it under `peers.prometheus`)",
            ],
        );
    }

    #[test]
    fn what_is_not_judged_is_refused() {
        for (from, to, finding) in [
            (
                "isRolling: true",
                "isRolling: false",
                "<false> a window by the calendar is not judged (write `isRolling: true`)",
            ),
            (
                "isRolling: true",
                "calendar: {timeZone: UTC}",
                "<calendar> a window by the calendar is not judged (write `isRolling: true`)",
            ),
            (
                "Method: Occurrences",
                "Method: Timeslices",
                "<Timeslices> budgeting by `Timeslices` is not judged (write `budgetingMethod: Occurrences`)",
            ),
            (
                "target: 0.99",
                "target: 0.99, compositeWeight: 2",
                "<compositeWeight> an SLO made of several indicators is not judged (write one SLO for each indicator)",
            ),
            (
                "target: 0.99",
                "target: 0.99, timeSliceTarget: 0.9",
                "<timeSliceTarget> time slices are not judged (remove it and write `budgetingMethod: Occurrences`)",
            ),
            (
                "openslo/v1",
                "openslo/v1alpha",
                "<openslo/v1alpha> OpenSLO `openslo/v1alpha` is not read (write `apiVersion: openslo/v1`)",
            ),
            (
                "query: sum(x)",
                "query: 'sum(rate(x[5m]))'",
                "<'sum(rate(x[5m]))'> the query fixes its own range, but is asked over several windows (write the counter without `rate` and range, or `[{{.window}}]` as its range)",
            ),
            (
                "counter: true",
                "counter: false",
                "<sum(x)> the query is neither said to be a counter nor has a range to fill in (write `counter: true`, or give the query the range `[{{.window}}]`)",
            ),
            (
                "type: prometheus",
                "type: Datadog",
                "<Datadog> a source of type `Datadog` is not asked (write `type: prometheus` for whatever answers the Prometheus API)",
            ),
        ] {
            let (promises, told) = read(&slo("").replace(from, to));
            assert!(promises.is_empty(), "{to}");
            assert!(
                told.contains(&format!("slo:unsupported {finding}")),
                "{told:#?}"
            );
        }
    }

    #[test]
    fn queries_must_be_able_to_tell_good_from_bad() {
        let query = |good: &str| document("", &RATIO.replace("sum(x{s=\"2\"})", good));
        for (good, finding) in [
            ("sum(x", "slo:query <'sum(x'> the query is not PromQL: "),
            (
                "vector(1)",
                "slo:query <'vector(1)'> the query reads no metric (select a counter, such as `sum(http_requests_total)`)",
            ),
            (
                "sum(x)",
                "slo:same-query <'sum(x)'> this is the same query as `total` (select the good or the bad events only, such as `{code!~\"5..\"}`)",
            ),
        ] {
            let (promises, told) = read(&query(good));
            assert!(promises.is_empty(), "{good}");
            assert!(told.len() == 1 && told[0].starts_with(finding), "{told:#?}");
        }
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        check(
            "apiVersion: openslo/v1
kind: SLO
metadata: {name: a}
spec:
  servce: b
  indicator: {spec: {ratioMetric: {counter: true, good: {metricSource: {type: prometheus, spec: {qery: x}}}, total: {}}}}
  timeWindow: [{duration: 1 month, isRolling: true}]
  budgetingMethod: Ocurrences
  objectives: []
  alertPolicies: [{alertPolicyRef: page}]
",
            &[
                "document:missing <s> `spec.service` is missing (no help)",
                "slo:budgeting <Ocurrences> `Ocurrences` is not a budgeting method (did you mean `Occurrences`?)",
                "document:type <1 month> `1 month` is not an OpenSLO duration; write it like `5m` (minutes), `28d` or `1M` (a month) (no help)",
                "slo:indicator <{> neither `query` nor `promql` is given (write `query` or `promql`)",
                "document:unknown-key <qery> unknown key `qery` (did you mean `query`?)",
                "document:missing <{> `spec.indicator.spec.ratioMetric.total.metricSource` is missing (no help)",
                "document:type <objectives> `spec.objectives` has no objective (write it like `objectives: [{target: 0.999}]`)",
                "slo:alerting <alertPolicies> `alertPolicies` do not change what is judged (set the annotation `steadfast/burn: \"14.4@1h/5m, 6@6h/30m\"`)",
                "document:unknown-key <servce> unknown key `servce` (did you mean `service`?)",
            ],
        );
    }

    #[test]
    fn minutes_are_not_months() {
        let text = slo("")
            .replace("steadfast/burn: '14.4@1h/5m, 6@6h/30m',", "")
            .replace("duration: 30d", "duration: 3m");
        check(
            &text,
            &["slo:minutes <3m> `3m` is a window of minutes (write `3M` if months are meant)"],
        );
    }

    #[test]
    fn other_kinds_are_known_and_promise_nothing() {
        for kind in [
            "Service",
            "AlertPolicy",
            "AlertCondition",
            "AlertNotificationTarget",
        ] {
            let text = format!(
                "apiVersion: openslo/v1\nkind: {kind}\nmetadata: {{name: a}}\nspec: {{target: x}}\n"
            );
            let (promises, told) = read(&text);
            assert_eq!((promises.len(), told.len()), (0, 0), "{kind}: {told:?}");
        }
        check(
            "apiVersion: openslo/v1\nkind: Slo\nmetadata: {name: a}\n",
            &["document:kind <Slo> `Slo` is not a kind of openslo/v1 (did you mean `SLO`?)"],
        );
    }
}
