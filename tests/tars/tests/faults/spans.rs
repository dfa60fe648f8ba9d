//! Faults of tracing, seen in Jaeger.

use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{Request, World, a_trial, eventually, trial};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("a trial is one trace", one_trace),
        trial("an unsampled trace stays so", unsampled),
        trial("F31 trace context lost on the stream", f31),
        trial("F34 span of a 500 unset", f34),
        trial("F35 worker spans lack attributes", f35),
    ]
}

/// A span as Jaeger's API gives it.
#[derive(Debug)]
pub(crate) struct Span {
    pub(crate) service: String,
    pub(crate) name: String,
    tags: Value,
}

impl Span {
    pub(crate) fn tag(&self, name: &str) -> Option<&Value> {
        let tags = self.tags.as_array()?;
        tags.iter()
            .find(|tag| tag["key"] == name)
            .map(|tag| &tag["value"])
    }
}

async fn one_trace(world: &World) -> Result<()> {
    let (trace, trial) = submit_traced(world, "01").await?;
    world.ended(&trial).await?;
    let expected = [
        "orch POST /v1/trials",
        "orch receive_trial",
        "orch send tars:eval:requests",
        "eval receive tars:eval:requests",
        "eval evaluate_agent_in_env",
        "eval load_agent",
        "eval run_episodes",
        "eval compute_metrics",
        "eval detect_regression",
        "eval send eval_events",
        "orch receive eval_events",
        "orch update_baseline",
        "orch db.query",
        "eval db.query",
    ];
    let spans = complete(world, &trace, &expected).await?;
    for span in spans.iter().filter(|span| span.service == "eval") {
        for name in [
            "job_id",
            "trial_id",
            "agent.type",
            "ml.agent_type",
            "environment.name",
        ] {
            // A span of the pushed reload's HTTP server knows of no job in its own name.
            let of_server = span.name.starts_with("POST ");
            ensure!(
                of_server || span.tag(name).is_some(),
                "{} lacks {name}",
                span.name
            );
        }
    }
    Ok(())
}

async fn unsampled(world: &World) -> Result<()> {
    let (trace, trial) = submit_traced(world, "00").await?;
    world.ended(&trial).await?;
    // A sampled one, later, has arrived: so would this one have.
    let (later, other) = submit_traced(world, "01").await?;
    world.ended(&other).await?;
    complete(world, &later, &["orch update_baseline"]).await?;
    ensure!(spans_of(world, &trace).await?.is_empty());
    Ok(())
}

async fn f31(world: &World) -> Result<()> {
    world.fault("F31", json!({})).await?;
    let (trace, trial) = submit_traced(world, "01").await?;
    world.ended(&trial).await?;
    let elsewhere = eventually("the evaluation has no trace", || async {
        let query = format!("/api/traces?service=eval&lookback=1h&limit=20&tags=%7B%22trial_id%22%3A%22{trial}%22%7D");
        let found = world.ask(Request::to("JAEGER_URL", Method::GET, query)).await?.1;
        Ok(found["data"][0]["traceID"].as_str().map(str::to_owned))
    })
    .await?;
    ensure!(elsewhere != trace, "the context went along");
    let spans = complete(world, &trace, &["orch send tars:eval:requests"]).await?;
    ensure!(spans.iter().all(|span| span.service != "eval"), "{spans:?}");
    world.heal("F31").await?;
    let (trace, trial) = submit_traced(world, "01").await?;
    world.ended(&trial).await?;
    complete(world, &trace, &["eval evaluate_agent_in_env"]).await?;
    Ok(())
}

async fn f34(world: &World) -> Result<()> {
    world.fault("F34", json!({"share": 1.0})).await?;
    let (trace, traceparent) = new_trace("01");
    let mut request = Request::to("ORCH_URL", Method::POST, "/v1/trials").body(a_trial());
    request.header("traceparent", traceparent);
    let (status, _) = world.ask(request).await?;
    ensure!(status == StatusCode::INTERNAL_SERVER_ERROR, "{status}");
    let spans = complete(world, &trace, &["orch POST /v1/trials"]).await?;
    let span = spans.first().context("no span")?;
    ensure!(
        span.tag("http.response.status_code") == Some(&json!(500)),
        "{span:?}"
    );
    ensure!(
        span.tag("otel.status_code").is_none() && span.tag("error").is_none(),
        "{span:?}"
    );
    world.heal("F34").await
}

async fn f35(world: &World) -> Result<()> {
    world.fault("F35", json!({})).await?;
    let (trace, trial) = submit_traced(world, "01").await?;
    world.ended(&trial).await?;
    let spans = complete(world, &trace, &["eval evaluate_agent_in_env"]).await?;
    let named = |span: &&Span| span.name == "evaluate_agent_in_env";
    let span = spans.iter().find(named).context("no such span")?;
    for lost in ["job_id", "agent.type", "ml.agent_type"] {
        ensure!(span.tag(lost).is_none(), "{lost} is there: {span:?}");
    }
    ensure!(span.tag("trial_id") == Some(&json!(trial)), "{span:?}");
    world.heal("F35").await?;
    let (trace, trial) = submit_traced(world, "01").await?;
    world.ended(&trial).await?;
    let spans = complete(world, &trace, &["eval evaluate_agent_in_env"]).await?;
    ensure!(
        spans
            .iter()
            .find(named)
            .is_some_and(|span| span.tag("job_id").is_some())
    );
    Ok(())
}

/// Submits a trial inside a trace of ours; the trace's and the trial's id.
async fn submit_traced(world: &World, flags: &str) -> Result<(String, String)> {
    world.url("JAEGER_URL")?;
    let (trace, traceparent) = new_trace(flags);
    let trial = world.submit(&[("traceparent", traceparent)]).await?;
    Ok((trace, trial))
}

/// A new trace's id, and the header that continues it.
pub(crate) fn new_trace(flags: &str) -> (String, String) {
    let trace = uuid::Uuid::new_v4().simple().to_string();
    let traceparent = format!("00-{trace}-00f067aa0ba902b7-{flags}");
    (trace, traceparent)
}

/// The spans of a trace, once these have arrived: service and name.
pub(crate) async fn complete(world: &World, trace: &str, names: &[&str]) -> Result<Vec<Span>> {
    eventually(
        &format!("trace {trace} did not get all of {names:?}"),
        || async {
            let spans = spans_of(world, trace).await?;
            let has = |name: &&str| {
                spans
                    .iter()
                    .any(|span| format!("{} {}", span.service, span.name) == **name)
            };
            let arrived = names.iter().all(has);
            Ok(arrived.then_some(spans))
        },
    )
    .await
}

async fn spans_of(world: &World, trace: &str) -> Result<Vec<Span>> {
    let path = format!("/api/traces/{trace}");
    let (_, found) = world
        .ask(Request::to("JAEGER_URL", Method::GET, path))
        .await?;
    let found = &found["data"][0];
    let service = |span: &Value| {
        let process = span["processID"].as_str().unwrap_or_default();
        found["processes"][process]["serviceName"]
            .as_str()
            .map(str::to_owned)
    };
    let spans = found["spans"].as_array().into_iter().flatten();
    let read = |span: &Value| {
        Some(Span {
            service: service(span)?,
            name: span["operationName"].as_str()?.to_owned(),
            tags: span["tags"].clone(),
        })
    };
    Ok(spans.filter_map(read).collect())
}
