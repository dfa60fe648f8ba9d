//! `SLO` documents: service, indicator, window and objectives. Pure.

use std::sync::Arc;
use std::time::Duration;

use super::burn::Objective;
use super::indicator::{self, Sli};
use super::lints;
use super::settings::{self, Settings};
use super::shorthand;
use crate::catalog::document::Metadata;
use crate::catalog::fields::{Fields, Spanned};
use crate::catalog::lints::TYPE;
use crate::finding::{Finding, Findings};
use crate::place::{SourceFile, Span};

/// An SLO as it was read.
#[derive(Debug)]
pub struct Slo {
    /// The file it is written in.
    pub file: Arc<SourceFile>,
    /// Its metadata.
    pub metadata: Metadata,
    /// The service it is about.
    pub service: String,
    /// What it measures.
    pub indicator: Indicator,
    /// The window of its error budget.
    pub window: Duration,
    /// What it promises; several are promises of their own.
    pub objectives: Vec<Target>,
    /// What its annotations say.
    pub settings: Settings,
}

/// Where an SLO's indicator is written.
#[derive(Debug)]
pub enum Indicator {
    /// In the SLO.
    Inline(Arc<Sli>),
    /// In an SLI document of this name.
    Reference(Spanned<String>),
}

/// One objective.
#[derive(Debug)]
pub struct Target {
    /// `displayName`.
    pub name: Option<Spanned<String>>,
    /// The promised share of good events.
    pub objective: Spanned<Objective>,
    /// `op`.
    pub op: Option<Spanned<String>>,
    /// `value`.
    pub value: Option<Spanned<f64>>,
    /// Where the objective starts.
    pub span: Span,
    /// Its path in the document.
    pub path: String,
}

/// Reads the `spec` of an SLO. Every part is read before the first missing one gives up.
pub(super) fn read(
    metadata: Metadata,
    top: &mut Fields<'_>,
    findings: &mut Findings,
) -> Option<Slo> {
    let file = Arc::clone(top.file());
    let settings = settings::read(&metadata, &file, findings);
    top.required("spec", findings)?;
    let mut spec = top.map("spec", findings)?;
    spec.text("description", findings);
    let service = spec.required_text("service", findings);
    let budgeting = lints::budgeting::read(&mut spec, findings);
    let window = time_window(&mut spec, findings);
    let indicator = read_indicator(&mut spec, findings);
    let objectives = objectives(&mut spec, findings);
    lints::alerting::check(&mut spec, findings);
    spec.finish(findings);
    budgeting?;
    Some(Slo {
        file,
        metadata,
        service: service?.value,
        indicator: indicator?,
        window: window?,
        objectives: objectives?,
        settings,
    })
}

fn read_indicator(spec: &mut Fields<'_>, findings: &mut Findings) -> Option<Indicator> {
    if lints::indicator::one_of(spec, ["indicator", "indicatorRef"], findings)? == "indicatorRef" {
        let name = spec.required_text("indicatorRef", findings)?;
        return Some(Indicator::Reference(name));
    }
    let mut inline = spec.map("indicator", findings)?;
    // An inline indicator is named for people only.
    inline.node("metadata");
    inline.node("apiVersion");
    inline.node("kind");
    inline.required("spec", findings);
    let sli = inline.map("spec", findings).and_then(|mut inner| {
        let sli = indicator::read(&mut inner, findings);
        inner.finish(findings);
        sli
    });
    inline.finish(findings);
    sli.map(Arc::new).map(Indicator::Inline)
}

/// Reads the one rolling window.
fn time_window(spec: &mut Fields<'_>, findings: &mut Findings) -> Option<Duration> {
    spec.required("timeWindow", findings)?;
    let mut windows = spec.list("timeWindow", findings).into_iter();
    let (path, node) = windows.next()?;
    let mut fields = Fields::of(spec.file(), node, path, findings)?;
    let window = window_length(&mut fields, findings);
    let rolling = rolling(&mut fields, findings);
    fields.finish(findings);
    if let Some((_, second)) = windows.next() {
        let why = (
            "an SLO over several windows is not judged",
            "write one SLO for each window",
        );
        lints::unsupported::tell(
            spec,
            "timeWindow",
            Span::of(second.span.start, 1),
            why,
            findings,
        );
        return None;
    }
    rolling?;
    window
}

const ROLLING: &str = "write `isRolling: true`";

/// Refuses windows that start and end with the calendar.
fn rolling(fields: &mut Fields<'_>, findings: &mut Findings) -> Option<()> {
    const CALENDAR: &str = "a window by the calendar is not judged";
    lints::unsupported::refuse(fields, &[("calendar", CALENDAR, ROLLING)], findings)?;
    fields.required("isRolling", findings)?;
    let is_rolling = fields.boolean("isRolling", findings)?;
    if !is_rolling.value {
        lints::unsupported::tell(
            fields,
            "isRolling",
            is_rolling.span,
            (CALENDAR, ROLLING),
            findings,
        );
        return None;
    }
    Some(())
}

fn window_length(fields: &mut Fields<'_>, findings: &mut Findings) -> Option<Duration> {
    let text = fields.required_text("duration", findings)?;
    match shorthand::parse(&text.value) {
        Ok(window) => {
            lints::minutes::check(fields, &text, window, findings);
            Some(window)
        }
        Err(message) => {
            let finding = Finding::new(&TYPE, fields.file(), text.span, message);
            findings.push(finding.about(fields.path("duration")));
            None
        }
    }
}

/// Reads every objective; none unless all can be judged.
fn objectives(spec: &mut Fields<'_>, findings: &mut Findings) -> Option<Vec<Target>> {
    spec.required("objectives", findings)?;
    let items = spec.list("objectives", findings);
    if items.is_empty() {
        let span = spec.key_span("objectives").unwrap_or(spec.span());
        let finding = Finding::new(
            &TYPE,
            spec.file(),
            span,
            "`spec.objectives` has no objective",
        );
        findings.push(
            finding
                .help("write it like `objectives: [{target: 0.999}]`")
                .about("spec.objectives"),
        );
        return None;
    }
    let read: Vec<_> = items
        .into_iter()
        .map(|(path, node)| {
            let fields = Fields::of(spec.file(), node, path.as_str(), findings)?;
            target(fields, path, findings)
        })
        .collect();
    read.into_iter().collect()
}

const COMPOSITE: (&str, &str) = (
    "an SLO made of several indicators is not judged",
    "write one SLO for each indicator",
);
const SLICES: (&str, &str) = (
    "time slices are not judged",
    "remove it and write `budgetingMethod: Occurrences`",
);
const REFUSED: [(&str, &str, &str); 5] = [
    ("indicator", COMPOSITE.0, COMPOSITE.1),
    ("indicatorRef", COMPOSITE.0, COMPOSITE.1),
    ("compositeWeight", COMPOSITE.0, COMPOSITE.1),
    ("timeSliceTarget", SLICES.0, SLICES.1),
    ("timeSliceWindow", SLICES.0, SLICES.1),
];

fn target(mut fields: Fields<'_>, path: String, findings: &mut Findings) -> Option<Target> {
    let span = Span::of(fields.span().start, 1);
    let name = fields.text("displayName", findings);
    let op = fields.text("op", findings);
    let value = fields.number("value", findings);
    let objective = lints::objective::read(&mut fields, findings);
    let whole = lints::unsupported::refuse(&mut fields, &REFUSED, findings);
    fields.finish(findings);
    whole?;
    Some(Target {
        name,
        objective: objective?,
        op,
        value,
        span,
        path,
    })
}
