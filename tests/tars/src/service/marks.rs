//! Attributes that every span of a piece of work carries: which job and trial, which agent where.

use opentelemetry::KeyValue;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use uuid::Uuid;

use crate::rl::Task;

tokio::task_local! {
    static MARKS: Marks;
}

/// What a piece of work is about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marks(Vec<KeyValue>);

impl Marks {
    /// Of a task: both spellings in use.
    pub(crate) fn of(task: Task) -> Self {
        let (agent, environment) = (task.agent.name(), task.environment.name());
        Self(vec![
            KeyValue::new("agent.type", agent),
            KeyValue::new("ml.agent_type", agent),
            KeyValue::new("environment.name", environment),
            KeyValue::new("ml.environment", environment),
        ])
    }

    /// And of a trial.
    pub(crate) fn trial(mut self, id: Uuid) -> Self {
        self.0.push(KeyValue::new("trial_id", id.to_string()));
        self
    }

    /// And of a job.
    pub(crate) fn job(mut self, id: Uuid) -> Self {
        self.0.push(KeyValue::new("job_id", id.to_string()));
        self
    }

    /// Without job and agent (fault F35).
    pub(crate) fn without_job_and_agent(mut self) -> Self {
        let lost = ["job_id", "agent.type", "ml.agent_type"];
        self.0.retain(|mark| !lost.contains(&mark.key.as_str()));
        self
    }

    /// Does the work; the spans it makes (and the current one) carry the marks.
    pub(crate) async fn on<T>(self, work: impl Future<Output = T>) -> T {
        let current = Span::current();
        MARKS
            .scope(self, async {
                mark(&current);
                work.await
            })
            .await
    }
}

/// Gives a new span the marks of the work it belongs to, if any.
pub(crate) fn mark(span: &Span) {
    let outside_of_work = MARKS.try_with(|marks| {
        for mark in &marks.0 {
            span.set_attribute(mark.key.clone(), mark.value.clone());
        }
    });
    if outside_of_work.is_err() {
        tracing::trace!("a span outside of any job");
    }
}
