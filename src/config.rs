//! `steadfast.yaml`, as written -> as validated. Every mistake is told in one run. Pure: the environment is an argument.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::catalog::fields::{Fields, Spanned, nearest};
use crate::catalog::{lints, node};
use crate::finding::{Finding, Findings};
use crate::place::{SourceFile, Span};

/// What kind of server a peer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PeerKind {
    /// Prometheus, or what answers its API.
    Prometheus,
    /// Alertmanager.
    Alertmanager,
    /// Jaeger.
    Jaeger,
}

impl PeerKind {
    /// All, in the order in which they are told.
    pub const ALL: [PeerKind; 3] = [
        PeerKind::Prometheus,
        PeerKind::Alertmanager,
        PeerKind::Jaeger,
    ];

    /// The key under `peers`.
    pub fn name(self) -> &'static str {
        match self {
            PeerKind::Prometheus => "prometheus",
            PeerKind::Alertmanager => "alertmanager",
            PeerKind::Jaeger => "jaeger",
        }
    }
}

/// What may be asked of a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Requests at the same time.
    pub concurrent: usize,
    /// Requests a second, on average.
    pub requests_per_second: u32,
    /// Bytes of one answer.
    pub answer_bytes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            concurrent: 4,
            requests_per_second: 200,
            answer_bytes: 32 << 20,
        }
    }
}

/// A server we ask.
#[derive(Clone, PartialEq, Eq)]
pub struct Peer {
    /// What it is.
    pub kind: PeerKind,
    /// `prometheus`, or `prometheus.eu` where there are several.
    pub name: String,
    /// Its address; shown without credentials.
    pub url: url::Url,
    /// What we may ask of it.
    pub budget: Budget,
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Peer({} {})", self.name, redacted(&self.url))
    }
}

/// An address as it may be shown: without user and password.
pub fn redacted(url: &url::Url) -> String {
    let mut shown = url.clone();
    let has_credentials = url.password().is_some() || !url.username().is_empty();
    // Both fail only for addresses that cannot have credentials, which then have none.
    if has_credentials
        && (shown.set_password(None).is_err() || shown.set_username("redacted").is_err())
    {
        return url.scheme().to_owned();
    }
    shown.to_string()
}

/// The configuration, validated.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the HTTP face listens.
    pub listen: String,
    /// The SQLite file of the ledger.
    pub state: PathBuf,
    /// Where documents are, relative to the configuration's folder.
    pub documents: Vec<PathBuf>,
    /// By name.
    pub peers: BTreeMap<String, Peer>,
    /// What journeys address by name.
    pub targets: BTreeMap<String, url::Url>,
    /// How often a promise is evaluated that does not say.
    pub interval: Duration,
    /// The same for journeys.
    pub probe_interval: Duration,
    /// Attributes and headers whose values may be kept in evidence, beside those known to be harmless.
    pub keep: Vec<String>,
    /// How the installation is called on the page.
    pub title: String,
    /// Which links of alerts are runbooks among the documents.
    pub runbooks: Vec<RunbookBase>,
}

/// Links that start with `url` are the files in `folder`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunbookBase {
    /// How the links start.
    pub url: String,
    /// Where the files are, as the documents' paths are written.
    pub folder: PathBuf,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:9880".into(),
            state: ".steadfast/ledger.db".into(),
            documents: ["slos", "alerts", "runbooks", "traces", "probes", "gates"]
                .map(PathBuf::from)
                .to_vec(),
            peers: BTreeMap::new(),
            targets: BTreeMap::new(),
            interval: Duration::from_secs(30),
            probe_interval: Duration::from_secs(10),
            keep: Vec::new(),
            title: "Steadfast".into(),
            runbooks: Vec::new(),
        }
    }
}

impl Config {
    /// The peer of `kind` that a promise uses: the one it names, or the only one, or the one without a second name.
    pub fn peer(&self, kind: PeerKind, named: Option<&str>) -> Option<&Peer> {
        let name = match named {
            Some(named) if named.contains('.') || named == kind.name() => named.to_owned(),
            Some(named) => format!("{}.{named}", kind.name()),
            None => kind.name().to_owned(),
        };
        let mut of_kind = self.peers.values().filter(|peer| peer.kind == kind);
        self.peers.get(&name).or_else(|| match named {
            Some(_) => None,
            None => of_kind.next(),
        })
    }
}

/// Looks a reference up: `env:NAME` through `lookup`, anything else stands for itself.
///
/// # Errors
/// When the variable is not set.
pub fn resolve(text: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    match text.strip_prefix("env:") {
        Some(name) => {
            lookup(name).ok_or_else(|| format!("the environment variable `{name}` is not set"))
        }
        None => Ok(text.to_owned()),
    }
}

/// Reads and validates `steadfast.yaml`.
pub fn read(
    file: &Arc<SourceFile>,
    lookup: &dyn Fn(&str) -> Option<String>,
    findings: &mut Findings,
) -> Config {
    let mut config = Config::default();
    let root = match node::parse(file, Span::of(0, file.text.len())) {
        Ok(root) => root,
        Err(error) => {
            findings.push(Finding::new(
                &lints::SYNTAX,
                file,
                error.span,
                error.message,
            ));
            return config;
        }
    };
    if root.value == node::Value::Null {
        return config;
    }
    let Some(mut fields) = Fields::of(file, &root, "", findings) else {
        return config;
    };
    let mut reader = Reader { file, lookup };
    if let Some(listen) = fields.text("listen", findings) {
        config.listen = reader.resolved(&listen, findings).unwrap_or(config.listen);
    }
    if let Some(state) = fields.text("state", findings) {
        config.state = reader
            .resolved(&state, findings)
            .map_or(config.state, PathBuf::from);
    }
    if let Some(title) = fields.text("title", findings) {
        config.title = title.value;
    }
    if fields.node("documents").is_some() {
        let documents = fields.texts("documents", findings);
        config.documents = documents
            .into_iter()
            .map(|path| path.value.into())
            .collect();
    }
    if let Some(peers) = fields.map("peers", findings) {
        config.peers = reader.peers(peers, findings);
    }
    for (name, node) in fields
        .map("targets", findings)
        .map(Fields::named)
        .unwrap_or_default()
    {
        let Some(mut target) = Fields::of(file, node, format!("targets.{}", name.value), findings)
        else {
            continue;
        };
        let url = target.required_text("url", findings);
        target.finish(findings);
        if let Some(url) = url.and_then(|url| reader.url(&url, findings)) {
            config.targets.insert(name.value, url);
        }
    }
    if let Some(mut intervals) = fields.map("intervals", findings) {
        if let Some(interval) = intervals.duration("default", findings) {
            config.interval = reader.positive(interval, config.interval, findings);
        }
        if let Some(interval) = intervals.duration("probe", findings) {
            config.probe_interval = reader.positive(interval, config.probe_interval, findings);
        }
        intervals.finish(findings);
    }
    for (path, node) in fields.list("runbooks", findings) {
        let Some(mut base) = Fields::of(file, node, path, findings) else {
            continue;
        };
        let (url, dir) = (
            base.required_text("url", findings),
            base.required_text("dir", findings),
        );
        base.finish(findings);
        let url = url.filter(|url| reader.url(url, findings).is_some());
        if let (Some(url), Some(dir)) = (url, dir) {
            config.runbooks.push(RunbookBase {
                url: url.value,
                folder: dir.value.into(),
            });
        }
    }
    if let Some(mut evidence) = fields.map("evidence", findings) {
        let keep = evidence.texts("keep", findings);
        config.keep = keep.into_iter().map(|name| name.value).collect();
        evidence.finish(findings);
    }
    fields.finish(findings);
    config
}

struct Reader<'a> {
    file: &'a Arc<SourceFile>,
    lookup: &'a dyn Fn(&str) -> Option<String>,
}

impl Reader<'_> {
    fn finding(&self, span: Span, message: String) -> Finding {
        Finding::new(&lints::TYPE, self.file, span, message)
    }

    fn resolved(&mut self, text: &Spanned<String>, findings: &mut Findings) -> Option<String> {
        match resolve(&text.value, self.lookup) {
            Ok(value) => Some(value),
            Err(message) => {
                let finding = Finding::new(&lints::REFERENCE, self.file, text.span, message);
                findings.push(finding.help("set it, or write the value itself"));
                None
            }
        }
    }

    fn url(&mut self, text: &Spanned<String>, findings: &mut Findings) -> Option<url::Url> {
        let value = self.resolved(text, findings)?;
        match parse_url(&value) {
            Ok(url) => Some(url),
            Err(message) => {
                findings.push(self.finding(text.span, message));
                None
            }
        }
    }

    fn positive(
        &self,
        interval: Spanned<Duration>,
        default: Duration,
        findings: &mut Findings,
    ) -> Duration {
        if interval.value >= Duration::from_millis(100) {
            return interval.value;
        }
        findings.push(self.finding(interval.span, "an interval must be at least 100ms".into()));
        default
    }

    fn peers(&mut self, fields: Fields<'_>, findings: &mut Findings) -> BTreeMap<String, Peer> {
        let mut peers = BTreeMap::new();
        for (key, node) in fields.named() {
            let Some(kind) = PeerKind::ALL
                .into_iter()
                .find(|kind| kind.name() == key.value)
            else {
                let known = PeerKind::ALL.map(PeerKind::name);
                let message = format!("`{}` is not a kind of peer", key.value);
                let help = match nearest(&key.value, &known) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("the kinds are {}", known.join(", ")),
                };
                let finding = Finding::new(&lints::UNKNOWN_KEY, self.file, key.span, message);
                findings.push(finding.help(help).about(format!("peers.{}", key.value)));
                continue;
            };
            let path = format!("peers.{}", kind.name());
            let Some(fields) = Fields::of(self.file, node, path.clone(), findings) else {
                continue;
            };
            let named = fields.key_span("url").is_none();
            let members = match named {
                false => vec![(kind.name().to_owned(), node)],
                true => fields
                    .named()
                    .into_iter()
                    .map(|(name, node)| (format!("{}.{}", kind.name(), name.value), node))
                    .collect(),
            };
            for (name, node) in members {
                if let Some(peer) = self.peer(kind, name.clone(), node, findings) {
                    peers.insert(name, peer);
                }
            }
        }
        peers
    }

    fn peer(
        &mut self,
        kind: PeerKind,
        name: String,
        node: &node::Node,
        findings: &mut Findings,
    ) -> Option<Peer> {
        let mut fields = Fields::of(self.file, node, format!("peers.{name}"), findings)?;
        let url = fields.required_text("url", findings);
        let mut budget = Budget::default();
        if let Some(mut limits) = fields.map("budget", findings) {
            if let Some(n) = limits.number("concurrent", findings) {
                budget.concurrent = (n.value as usize).clamp(1, 256);
            }
            if let Some(n) = limits.number("requests_per_second", findings) {
                budget.requests_per_second = (n.value as u32).clamp(1, 100_000);
            }
            if let Some(n) = limits.number("answer_bytes", findings) {
                budget.answer_bytes = (n.value as usize).clamp(1024, 1 << 30);
            }
            limits.finish(findings);
        }
        fields.finish(findings);
        let url = self.url(&url?, findings)?;
        Some(Peer {
            kind,
            name,
            url,
            budget,
        })
    }
}

/// Reads an address of a peer or target.
///
/// # Errors
/// When it is not an http or https address.
pub fn parse_url(text: &str) -> Result<url::Url, String> {
    let url =
        url::Url::parse(text).map_err(|error| format!("`{text}` is not an address: {error}"))?;
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(url),
        _ => Err(format!("`{text}` is not an http or https address")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> (Config, Vec<String>) {
        let file = SourceFile::new("steadfast.yaml", text);
        let mut findings = Findings::default();
        let lookup = |name: &str| (name == "PROM_URL").then(|| "http://127.0.0.1:9090".to_owned());
        let config = read(&file, &lookup, &mut findings);
        let told = findings
            .list
            .iter()
            .map(|finding| format!("{} {}", file.place(finding.span), finding.message))
            .collect();
        (config, told)
    }

    #[test]
    fn peers_with_and_without_second_names() {
        let (config, told) = read_text(
            "peers:\n  prometheus: {url: 'env:PROM_URL', budget: {concurrent: 2}}\n  jaeger:\n    eu: {url: 'http://j:1'}\n",
        );
        assert_eq!(told, [""; 0]);
        let prometheus = config.peer(PeerKind::Prometheus, None).unwrap();
        assert_eq!(
            (prometheus.budget.concurrent, prometheus.url.port()),
            (2, Some(9090))
        );
        assert_eq!(
            config.peer(PeerKind::Jaeger, Some("eu")).unwrap().name,
            "jaeger.eu"
        );
        assert_eq!(
            config.peer(PeerKind::Jaeger, None).unwrap().name,
            "jaeger.eu"
        );
        assert!(config.peer(PeerKind::Jaeger, Some("us")).is_none());
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let (_, told) = read_text(
            "lisen: x\npeers: {promtheus: {url: a}}\ntargets: {o: {url: 'env:NOPE'}}\nintervals: {default: 1ms}\n",
        );
        assert_eq!(
            told,
            [
                "steadfast.yaml:2:9 `promtheus` is not a kind of peer",
                "steadfast.yaml:3:20 the environment variable `NOPE` is not set",
                "steadfast.yaml:4:22 an interval must be at least 100ms",
                "steadfast.yaml:1:1 unknown key `lisen`",
            ]
        );
    }

    #[test]
    fn credentials_are_not_shown() {
        let url = parse_url("https://me:secret@prom.example/x").unwrap();
        assert_eq!(redacted(&url), "https://redacted@prom.example/x");
    }
}
