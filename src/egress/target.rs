//! Which URL may be asked for: scheme, port, user info, host allowlist, literal addresses, exemptions.
//!
//! Owns what can be judged from the URL alone; what a name resolves to is judged in [`super::resolve`].

use url::{Host, Url};

use super::FetchError;
use super::address::is_public;
use crate::domain::host::{HostPort, parse_host};

/// How the fetcher behaves. Start from [`FetchOptions::default`] and change what differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchOptions {
    /// Ports that `https` may use; empty switches the scheme off.
    pub https_ports: Vec<u16>,
    /// Ports that `http` may use; empty switches the scheme off.
    pub http_ports: Vec<u16>,
    /// Exact places whose port and address are not checked: tests, partners inside the same network.
    pub exempt: Vec<HostPort>,
    /// Largest body, in bytes as sent.
    pub bytes_max: u64,
    /// Time for everything from the first look-up to the last byte, redirects included, in milliseconds.
    pub deadline_ms: u64,
    /// Redirects that are followed.
    pub redirects_max: u8,
    /// The `User-Agent` that servers see.
    pub user_agent: String,
}

impl Default for FetchOptions {
    fn default() -> Self {
        Self {
            https_ports: vec![443],
            http_ports: vec![80],
            exempt: Vec::new(),
            bytes_max: 20 * 1024 * 1024,
            deadline_ms: 20_000,
            redirects_max: 3,
            user_agent: concat!("Replevin/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// How a permitted URL is to be connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    /// Through the connector that checks every address.
    Guarded,
    /// An exempt place: its address is not checked.
    Exempt,
}

/// Judges `url` by itself. `allowed_hosts` holds exact names, or `*.name` for everything below a name; `None` means any
/// public host. An exemption lifts the rules on port and address, never the partner's own list of hosts.
pub(super) fn check(options: &FetchOptions, url: &Url, allowed_hosts: Option<&[String]>) -> Result<Route, FetchError> {
    let ports = match url.scheme() {
        "https" => &options.https_ports,
        "http" => &options.http_ports,
        _ => return Err(FetchError::Scheme),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(FetchError::Credentials);
    }
    let host = url
        .host()
        .and_then(|host| parse_host(&host.to_string()))
        .ok_or(FetchError::ForbiddenAddress)?;
    let port = url.port_or_known_default().ok_or(FetchError::Scheme)?;
    if allowed_hosts.is_some_and(|allowed| !allowed.iter().any(|pattern| host_matches(pattern, &host))) {
        return Err(FetchError::HostNotAllowed);
    }
    if options.exempt.iter().any(|exempt| exempt.is(&host, port)) {
        return Ok(Route::Exempt);
    }
    if ports.is_empty() {
        return Err(FetchError::Scheme);
    }
    if !ports.contains(&port) {
        let allowed: Vec<String> = ports.iter().map(u16::to_string).collect();
        return Err(FetchError::Port {
            port,
            allowed: allowed.join(", "),
        });
    }
    // A literal address never reaches the resolver, so it has to be judged here.
    let public = match &host {
        Host::Ipv4(v4) => is_public((*v4).into()),
        Host::Ipv6(v6) => is_public((*v6).into()),
        Host::Domain(name) => !is_local_name(name),
    };
    if public {
        Ok(Route::Guarded)
    } else {
        Err(FetchError::ForbiddenAddress)
    }
}

fn host_matches(pattern: &str, host: &Host<String>) -> bool {
    match (pattern.strip_prefix("*."), host) {
        (Some(parent), Host::Domain(name)) => match parse_host(parent) {
            Some(Host::Domain(parent)) => name
                .strip_suffix(&parent)
                .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
            _ => false,
        },
        (Some(_), _) => false,
        (None, host) => parse_host(pattern).as_ref() == Some(host),
    }
}

/// Names that by definition never leave the machine or the site (RFC 6761, RFC 6762, RFC 9476 and `.internal`); most
/// resolve to nothing public anyway, this spares the look-up.
fn is_local_name(name: &str) -> bool {
    let top = name.rsplit('.').next().unwrap_or(name);
    matches!(top, "localhost" | "local" | "internal" | "alt" | "onion" | "invalid" | "test")
        || name.ends_with(".home.arpa")
        || name == "home.arpa"
}
