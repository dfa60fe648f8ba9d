//! From an address to a stream: resolve, connect, secure, with the time of each.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::{Host, Url};

use super::Failure;
use crate::evidence::Timing;

/// A stream over which HTTP can be spoken.
pub(super) struct Connected {
    pub(super) stream: Stream,
    /// As far as it is known.
    pub(super) timing: Timing,
}

/// With or without TLS.
pub(super) enum Stream {
    Plain(TcpStream),
    Secured(Box<TlsStream<TcpStream>>),
}

/// Microseconds since `began`.
pub(super) fn since(began: Instant) -> u64 {
    began.elapsed().as_micros() as u64
}

pub(super) async fn connect(
    url: &Url,
    began: Instant,
    tls: &OnceLock<Result<TlsConnector, String>>,
) -> Result<Connected, Failure> {
    let mut timing = Timing::default();
    let addresses = resolve(url).await?;
    timing.resolved_us = since(began);
    let tcp = dial(&addresses).await?;
    timing.connected_us = since(began);
    let stream = match url.scheme() {
        "https" => secure(tcp, url, tls).await?,
        _ => Stream::Plain(tcp),
    };
    timing.secured_us = match stream {
        Stream::Plain(_) => timing.connected_us,
        Stream::Secured(_) => since(began),
    };
    Ok(Connected { stream, timing })
}

async fn resolve(url: &Url) -> Result<Vec<SocketAddr>, Failure> {
    let nowhere = || Failure::Request(format!("`{url}` is not an http or https address"));
    if !matches!(url.scheme(), "http" | "https") {
        return Err(nowhere());
    }
    let port = url.port_or_known_default().ok_or_else(nowhere)?;
    match url.host().ok_or_else(nowhere)? {
        Host::Ipv4(ip) => Ok(vec![SocketAddr::from((ip, port))]),
        Host::Ipv6(ip) => Ok(vec![SocketAddr::from((ip, port))]),
        Host::Domain(name) => match lookup_host((name, port)).await {
            Ok(addresses) => Ok(addresses.collect()),
            Err(error) => Err(Failure::Target(format!(
                "the name `{name}` cannot be resolved: {error}"
            ))),
        },
    }
}

/// Tries the addresses in the resolver's order; the first error is told, since it is about the preferred one.
async fn dial(addresses: &[SocketAddr]) -> Result<TcpStream, Failure> {
    let mut first_error = None;
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // Waiting to fill a packet would be measured as the target's time.
                stream
                    .set_nodelay(true)
                    .map_err(|error| Failure::Target(in_words(&error)))?;
                return Ok(stream);
            }
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    Err(Failure::Target(first_error.map_or_else(
        || "its name has no address".into(),
        |error| in_words(&error),
    )))
}

async fn secure(
    tcp: TcpStream,
    url: &Url,
    tls: &OnceLock<Result<TlsConnector, String>>,
) -> Result<Stream, Failure> {
    let connector = tls.get_or_init(platform_connector);
    let connector = connector
        .as_ref()
        .map_err(|error| Failure::Request(format!("TLS cannot be used here: {error}")))?;
    let host = url.host_str().unwrap_or_default();
    let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned())
        .map_err(|_| Failure::Request(format!("`{host}` is not a name a certificate can have")))?;
    match connector.connect(name, tcp).await {
        Ok(stream) => Ok(Stream::Secured(Box::new(stream))),
        Err(error) => Err(Failure::Target(match error.get_ref() {
            Some(tls) if tls.is::<rustls::Error>() => format!("TLS failed: {tls}"),
            _ => in_words(&error),
        })),
    }
}

/// Trusts what the platform trusts.
fn platform_connector() -> Result<TlsConnector, String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(BuilderVerifierExt::with_platform_verifier)
        .map_err(|error| error.to_string())?;
    Ok(connector(config.with_no_client_auth()))
}

pub(super) fn connector(mut config: ClientConfig) -> TlsConnector {
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    TlsConnector::from(Arc::new(config))
}

/// An I/O error as on-call reads it.
pub(super) fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".into(),
        io::ErrorKind::ConnectionReset => "connection reset".into(),
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted => "connection aborted".into(),
        io::ErrorKind::UnexpectedEof => "the connection was closed".into(),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            "no route to it".into()
        }
        io::ErrorKind::TimedOut => "the connection timed out".into(),
        _ => error.to_string(),
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Stream::Secured(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Stream::Secured(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(context),
            Stream::Secured(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Stream::Secured(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
