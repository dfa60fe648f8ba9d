//! A journey as validated: steps, clean-up and time. Pure.

use std::time::Duration;

use super::expression::Expression;
use super::extract::JsonPath;
use super::json::JsonTemplate;
use super::template::{Template, Variables};

/// What a synthetic user does, and what must come of it.
#[derive(Debug, Clone)]
pub struct Journey {
    /// `metadata.name`.
    pub name: String,
    /// Time for all steps together.
    pub timeout: Duration,
    /// In order; the first that fails is the last that is taken.
    pub steps: Vec<Step>,
    /// Sent after the last step, and after a failure as well.
    pub always: Vec<Request>,
}

/// One request and what must come of it.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its name, unique in the journey.
    pub name: String,
    /// What is sent.
    pub request: Request,
    /// Repeats the request until this holds.
    pub until: Option<Until>,
    /// What must hold of the answer; with `until`, of the one that ended it.
    pub expect: Vec<Expression>,
    /// What later steps take from the answer, by name.
    pub extract: Vec<(String, JsonPath)>,
}

/// A condition that is waited for.
#[derive(Debug, Clone)]
pub struct Until {
    /// What must hold.
    pub that: Expression,
    /// From one request to the next.
    pub every: Duration,
}

/// A request with places for what is known only on the way.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its target's name in the configuration.
    pub target: String,
    /// The method, upper case.
    pub method: String,
    /// The path as it is written, query included.
    pub route: String,
    /// The same as a template; values are percent-encoded.
    pub path: Template,
    /// Header fields by lower-case name.
    pub headers: Vec<(String, Template)>,
    /// The body.
    pub body: Body,
}

/// What a request carries.
#[derive(Debug, Clone)]
pub enum Body {
    /// Nothing.
    Empty,
    /// Text as it is.
    Text(Template),
    /// JSON.
    Json(JsonTemplate),
}

impl Body {
    /// The text that is sent; none while a variable is unknown, and none inside where nothing is sent.
    pub fn render(&self, variables: &Variables) -> Option<Option<String>> {
        match self {
            Body::Empty => Some(None),
            Body::Text(template) => template.render(variables, |text| text).map(Some),
            Body::Json(template) => template
                .render(variables)
                .map(|value| Some(value.to_string())),
        }
    }
}
