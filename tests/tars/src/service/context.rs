//! The W3C trace context and baggage, over HTTP and through streams; and whether a request is a probe's.
//!
//! Baggage `user_agent.synthetic.type=test` marks a probe's traffic. It travels with the trace context, so whatever
//! a probe causes anywhere is known as synthetic.

use std::collections::HashMap;
use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::{
    Extractor, Injector, TextMapCompositePropagator, TextMapPropagator,
};
use opentelemetry::trace::TraceContextExt;
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

const SYNTHETIC: (&str, &str) = ("user_agent.synthetic.type", "test");

/// Who caused a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// A user, or our own traffic.
    Real,
    /// A probe.
    Synthetic,
}

impl Origin {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Real, Self::Synthetic];

    /// What the baggage says.
    pub(crate) fn of(context: &Context) -> Self {
        let (key, value) = SYNTHETIC;
        match context.baggage().get(key) {
            Some(found) if found.as_str() == value => Self::Synthetic,
            _ => Self::Real,
        }
    }

    /// Whether it is a probe's.
    pub(crate) fn is_synthetic(self) -> bool {
        self == Self::Synthetic
    }

    /// The value of the label `synthetic`.
    pub(crate) fn label(self) -> &'static str {
        if self.is_synthetic() { "true" } else { "false" }
    }
}

impl<S: Sync> FromRequestParts<S> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&extract(&parts.headers)))
    }
}

/// The context that came with a request or message.
pub(crate) fn extract(carrier: &impl AsFields) -> Context {
    propagator().extract_with_context(&Context::new(), &carrier.fields())
}

/// The fields to send along from inside a span.
pub(crate) fn inject(span: &Span) -> HashMap<String, String> {
    let mut fields = Fields::default();
    propagator().inject_context(&span.context(), &mut fields);
    fields.0
}

/// The trace id of the current span, as hex.
pub(crate) fn trace_id() -> Option<String> {
    let context = Span::current().context();
    let span = context.span().span_context().clone();
    span.is_valid().then(|| span.trace_id().to_string())
}

fn propagator() -> TextMapCompositePropagator {
    TextMapCompositePropagator::new(vec![
        Box::new(TraceContextPropagator::new()),
        Box::new(BaggagePropagator::new()),
    ])
}

/// Whatever context travels in.
pub(crate) trait AsFields {
    /// As name and value, names in lower case.
    fn fields(&self) -> Fields;
}

/// Names and values.
#[derive(Debug, Default)]
pub(crate) struct Fields(HashMap<String, String>);

impl Extractor for Fields {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }
}

impl Injector for Fields {
    fn set(&mut self, key: &str, value: String) {
        self.0.insert(key.to_owned(), value);
    }
}

impl AsFields for HashMap<String, String> {
    fn fields(&self) -> Fields {
        Fields(self.clone())
    }
}

impl AsFields for axum::http::HeaderMap {
    fn fields(&self) -> Fields {
        let text = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        };
        Fields(self.iter().filter_map(text).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn baggage_tells_probes() {
        let origin = |baggage: &str| {
            let fields = HashMap::from([("baggage".to_owned(), baggage.to_owned())]);
            Origin::of(&extract(&fields))
        };
        assert_eq!(
            origin("a=b,user_agent.synthetic.type=test"),
            Origin::Synthetic
        );
        assert_eq!(origin("user_agent.synthetic.type=bot"), Origin::Real);
        assert_eq!(origin(""), Origin::Real);
    }
}
