//! Hosts on the network by name or address, and exact places on them. Whether one may be contacted is `egress`' business.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use url::Host;

/// One exact host and port, written `host:port` or `[v6]:port`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HostPort {
    host: Host<String>,
    port: u16,
}

/// The text is not `host:port`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not of the form host:port")]
pub struct HostPortError;

impl FromStr for HostPort {
    type Err = HostPortError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (host, port) = text.trim().rsplit_once(':').ok_or(HostPortError)?;
        Ok(Self {
            host: parse_host(host).ok_or(HostPortError)?,
            port: port.parse().map_err(|_| HostPortError)?,
        })
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl HostPort {
    /// Whether it is this port of this host, which [`parse_host`] has normalised.
    #[must_use]
    pub fn is(&self, host: &Host<String>, port: u16) -> bool {
        self.host == *host && self.port == port
    }
}

/// Normalises a host as a browser would (case, IDNA, every notation of an IPv4 address) and drops the root's dot.
#[must_use]
pub fn parse_host(text: &str) -> Option<Host<String>> {
    let text = text.strip_suffix('.').unwrap_or(text);
    match Host::parse(text).ok()? {
        Host::Domain(name) if name.is_empty() || name.ends_with('.') || name.starts_with('.') => None,
        host => Some(host),
    }
}
