//! Errors as problem details (RFC 9457), and request bodies that answer with them.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::json;

use super::context;

/// An answer other than the one hoped for.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    detail: String,
    /// Leave the span's status unset although the answer is a 5xx (fault F34).
    leave_span_unset: bool,
}

/// Marks an answer whose span status shall be left alone.
#[derive(Clone, Copy, Debug)]
pub(super) struct LeaveSpanUnset;

impl Problem {
    fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            leave_span_unset: false,
        }
    }

    /// 404.
    pub(crate) fn unknown(what: &str, name: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("no {what} {name}"))
    }

    /// 405.
    pub(crate) fn wrong_method() -> Self {
        let detail = "this route is there, but not for this method";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, detail)
    }

    /// 409.
    pub(crate) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, detail)
    }

    /// 422.
    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    /// 500.
    pub(crate) fn internal(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
    }

    /// 502.
    pub(crate) fn upstream(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_GATEWAY, detail)
    }

    /// The same, but its span says nothing of it.
    pub(crate) fn unseen_by_span(self) -> Self {
        Self {
            leave_span_unset: true,
            ..self
        }
    }
}

/// A failing store or stream is a 500; its cause goes to the log, not to the client.
impl From<anyhow::Error> for Problem {
    fn from(error: anyhow::Error) -> Self {
        tracing::error!(error = format!("{error:#}"), "request failed");
        Self::internal("a dependency failed, see the log")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let title = self.status.canonical_reason().unwrap_or("Error");
        let body = json!({
            "type": "about:blank",
            "title": title,
            "status": self.status.as_u16(),
            "detail": self.detail,
            "error": title.to_lowercase().replace(' ', "_"),
            "message": self.detail,
            "trace_id": context::trace_id(),
        });
        let content_type = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (self.status, content_type, body.to_string()).into_response();
        if self.leave_span_unset {
            response.extensions_mut().insert(LeaveSpanUnset);
        }
        response
    }
}

/// A JSON body; one that does not fit is a 422 with the reason.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(JsonRejection::JsonSyntaxError(error)) => {
                Err(Problem::new(StatusCode::BAD_REQUEST, error.body_text()))
            }
            Err(error) => Err(Problem::invalid(error.body_text())),
        }
    }
}
