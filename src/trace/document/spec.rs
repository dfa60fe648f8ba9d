//! `spec` of a trace contract, key by key. Pure.

use std::time::Duration;

use crate::catalog::fields::{Fields, Spanned, wrong_type};
use crate::catalog::lints::{MISSING, TYPE};
use crate::finding::{Finding, Findings};
use crate::trace::contract::{AtMost, Attributes, Complete, Contract, Edge, Latency, Select};
use crate::trace::lints;
use crate::trace::pattern::Pattern;

/// Reads `spec` of the contract called `name`, as far as it can be read, and applies the lints.
pub(super) fn read_spec(name: &str, mut spec: Fields<'_>, findings: &mut Findings) -> Contract {
    let (file, span) = (spec.file(), spec.span());
    let before = findings.list.len();
    let mut withins = Vec::new();
    let select = spec
        .map("select", findings)
        .and_then(|select| read_select(select, findings));
    let must = items(&mut spec, "must", findings, |item, findings| {
        read_edge(item, Some(&mut withins), findings)
    });
    let must_not = items(&mut spec, "mustNot", findings, |item, findings| {
        read_edge(item, None, findings)
    });
    let at_most = items(&mut spec, "atMost", findings, read_at_most);
    let latency = items(&mut spec, "latency", findings, read_latency);
    let attributes = items(&mut spec, "attributes", findings, read_attributes);
    let http_status = spec
        .map("status", findings)
        .is_some_and(|status| read_status(status, findings));
    let complete = spec
        .map("complete", findings)
        .map(|complete| read_complete(complete, findings));
    spec.finish(findings);

    lints::contradiction::apply(&must, &must_not, file, findings);
    lints::latency::apply(&latency, select.as_ref(), file, findings);
    if let Some(complete) = &complete {
        lints::complete::apply(complete, file, findings);
    }
    let contract = Contract {
        name: name.to_owned(),
        select,
        must: values(must),
        must_not: values(must_not),
        at_most: values(at_most),
        latency: values(latency),
        attributes: values(attributes),
        http_status,
        complete: complete.map(|complete| complete.value).unwrap_or_default(),
    };
    lints::within::apply(&withins, contract.complete.deadline, file, findings);
    // What is empty only because its rules could not be read has its findings already.
    if contract.is_empty() && findings.list.len() == before {
        lints::empty::tell(span, file, findings);
    }
    contract
}

fn values<T>(spanned: Vec<Spanned<T>>) -> Vec<T> {
    spanned.into_iter().map(|item| item.value).collect()
}

/// The items of a list of maps, as far as they can be read.
fn items<'a, T>(
    spec: &mut Fields<'a>,
    key: &'static str,
    findings: &mut Findings,
    mut read: impl FnMut(&mut Fields<'a>, &mut Findings) -> Option<T>,
) -> Vec<Spanned<T>> {
    let file = spec.file();
    let mut items = Vec::new();
    for (path, node) in spec.list(key, findings) {
        let Some(mut item) = Fields::of(file, node, path, findings) else {
            continue;
        };
        let value = read(&mut item, findings);
        item.finish(findings);
        items.extend(value.map(|value| Spanned {
            value,
            span: node.span,
        }));
    }
    items
}

fn read_pattern(
    item: &mut Fields<'_>,
    key: &'static str,
    findings: &mut Findings,
) -> Option<Pattern> {
    let text = item.required_text(key, findings)?;
    lints::pattern::read(&text, &item.path(key), item.file(), findings)
}

fn read_select(mut select: Fields<'_>, findings: &mut Findings) -> Option<Select> {
    let file = select.file();
    let service = select.required_text("service", findings);
    let operation = select.text("operation", findings);
    for (name, key) in [(&service, "service"), (&operation, "operation")] {
        if let Some(name) = name {
            lints::select::apply(name, key, file, findings);
        }
    }
    select.finish(findings);
    Some(Select {
        service: service?.value,
        operation: operation.map(|operation| operation.value),
    })
}

/// An edge; `within` is known only where there is a list to put it into.
fn read_edge(
    item: &mut Fields<'_>,
    withins: Option<&mut Vec<Spanned<Duration>>>,
    findings: &mut Findings,
) -> Option<Edge> {
    let from = read_pattern(item, "from", findings);
    let to = read_pattern(item, "to", findings);
    let mut within = None;
    if let Some(withins) = withins {
        let given = item.duration("within", findings);
        within = given.as_ref().map(|given| given.value);
        withins.extend(given);
    }
    Some(Edge {
        from: from?,
        to: to?,
        within,
    })
}

fn read_at_most(item: &mut Fields<'_>, findings: &mut Findings) -> Option<AtMost> {
    let span = read_pattern(item, "span", findings);
    item.required("times", findings);
    let times = item.number("times", findings)?;
    if times.value < 0.0 || times.value.fract() != 0.0 {
        let message = format!("`{}` is not a number of times", times.value);
        findings
            .push(Finding::new(&TYPE, item.file(), times.span, message).about(item.path("times")));
        return None;
    }
    Some(AtMost {
        span: span?,
        times: times.value as u64,
    })
}

fn read_latency(item: &mut Fields<'_>, findings: &mut Findings) -> Option<Latency> {
    let span = read_pattern(item, "span", findings);
    let mut bounds = Vec::new();
    for (key, percent) in [("p99", 99), ("p95", 95), ("p90", 90), ("p50", 50)] {
        bounds.extend(
            item.duration(key, findings)
                .map(|bound| (percent, bound.value)),
        );
    }
    Some(Latency {
        span: span?,
        bounds,
    })
}

fn read_attributes(item: &mut Fields<'_>, findings: &mut Findings) -> Option<Attributes> {
    let span = read_pattern(item, "span", findings);
    item.required("required", findings)?;
    let mut required = Vec::new();
    for text in item.texts("required", findings) {
        let keys: Vec<String> = text
            .value
            .split('|')
            .map(|key| key.trim().to_owned())
            .collect();
        if keys.iter().any(String::is_empty) {
            let message = format!("`{}` names an empty attribute", text.value);
            let finding = Finding::new(&MISSING, item.file(), text.span, message);
            findings.push(
                finding
                    .help("write it like `job_id` or `agent.type|ml.agent_type`")
                    .about(item.path("required")),
            );
        } else {
            required.push(keys);
        }
    }
    (!required.is_empty()).then_some(Attributes {
        span: span?,
        required,
    })
}

fn read_status(mut status: Fields<'_>, findings: &mut Findings) -> bool {
    let node = status.required("http", findings);
    let http = node.and_then(|_| status.text("http", findings));
    let agrees = http.as_ref().is_some_and(|http| http.value == "agree");
    if let (Some(node), Some(_), false) = (node, &http, agrees) {
        findings.push(wrong_type(
            status.file(),
            node,
            &status.path("http"),
            "`agree`",
        ));
    }
    status.finish(findings);
    agrees
}

fn read_complete(mut fields: Fields<'_>, findings: &mut Findings) -> Spanned<Complete> {
    let default = Complete::default();
    let quiet = fields.duration("quiet", findings);
    let deadline = fields.duration("deadline", findings);
    let span = deadline
        .as_ref()
        .or(quiet.as_ref())
        .map_or(fields.span(), |given| given.span);
    fields.finish(findings);
    let deadline = deadline.map_or(default.deadline, |given| given.value);
    let quiet = quiet.map_or(default.quiet.min(deadline / 2), |given| given.value);
    Spanned {
        value: Complete { quiet, deadline },
        span,
    }
}
