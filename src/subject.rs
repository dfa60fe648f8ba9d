//! What a verdict is about: `role:name`, such as `service:eval` or `edge:orch>eval`.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The part a subject plays in the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each role is the word users write")]
pub enum Role {
    Service,
    Instance,
    Route,
    Span,
    Edge,
    Label,
    Alert,
    Metric,
    Receiver,
    Document,
    Peer,
}

impl Role {
    const ALL: [(Role, &'static str); 11] = [
        (Role::Service, "service"),
        (Role::Instance, "instance"),
        (Role::Route, "route"),
        (Role::Span, "span"),
        (Role::Edge, "edge"),
        (Role::Label, "label"),
        (Role::Alert, "alert"),
        (Role::Metric, "metric"),
        (Role::Receiver, "receiver"),
        (Role::Document, "document"),
        (Role::Peer, "peer"),
    ];

    /// The role as users write it.
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(role, _)| *role == self)
            .map_or("", |(_, name)| name)
    }
}

/// A thing of the system a verdict can blame, written `role:name`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subject {
    /// What kind of thing it is.
    pub role: Role,
    /// Its name within that kind.
    pub name: String,
}

impl Subject {
    /// A subject of `role` called `name`.
    pub fn new(role: Role, name: impl Into<String>) -> Self {
        Self {
            role,
            name: name.into(),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.role.name(), self.name)
    }
}

impl std::str::FromStr for Subject {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (role, name) = text
            .split_once(':')
            .ok_or_else(|| format!("`{text}` is not of the form role:name"))?;
        Role::ALL
            .iter()
            .find(|(_, known)| *known == role)
            .map(|(role, _)| Subject::new(*role, name))
            .ok_or_else(|| format!("`{role}` is not a role"))
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}
