//! From which address a request comes: its peer's, or what a proxy that the configuration trusts says of the peer behind it.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;

use super::error::Problem;
use crate::app::App;
use crate::domain::network::Network;

/// The proxies' header: one address a hop, the nearest last.
const FORWARDED_FOR: &str = "x-forwarded-for";
/// Headers that proxies add. A request with one of them did not come straight from its sender.
const ADDED_BY_PROXIES: [&str; 5] = [FORWARDED_FOR, "forwarded", "x-real-ip", "x-forwarded-proto", "via"];

/// The address to count a client's tries by. `None` when it is not known which client it is: nobody is then slowed down for
/// what others do behind the same proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub Option<IpAddr>);

impl FromRequestParts<App> for ClientAddress {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        Ok(Self(
            peer.and_then(|peer| client(peer, &parts.headers, &app.http.trusted_proxies)),
        ))
    }
}

/// Whether a request comes from this machine and from no proxy on it.
pub(super) fn is_local(peer: IpAddr, headers: &HeaderMap) -> bool {
    peer.to_canonical().is_loopback() && ADDED_BY_PROXIES.iter().all(|name| !headers.contains_key(*name))
}

/// The client behind a peer: the peer itself unless it is a trusted proxy, else the last hop that is none. A peer on this
/// machine that is not listed may be a proxy all the same, and stands for nobody.
fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> Option<IpAddr> {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let peer = peer.to_canonical();
    if !is_trusted(peer) {
        return (!peer.is_loopback()).then_some(peer);
    }
    let hops: Vec<&str> = headers
        .get_all(FORWARDED_FOR)
        .iter()
        .flat_map(|value| value.to_str().unwrap_or("").split(','))
        .collect();
    for hop in hops.into_iter().rev() {
        // What does not read was not written by a proxy that we trust: nothing before it counts.
        let address = hop_address(hop.trim())?;
        if !is_trusted(address) {
            return Some(address);
        }
    }
    None
}

/// An address, alone or with the port that some proxies add.
fn hop_address(hop: &str) -> Option<IpAddr> {
    let alone = hop.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let address = alone.or_else(|_| hop.parse::<SocketAddr>().map(|socket| socket.ip()));
    address.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(hops: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for hop in hops {
            headers.append(FORWARDED_FOR, HeaderValue::from_str(hop).unwrap());
        }
        headers
    }

    #[test]
    fn the_last_hop_that_is_no_proxy_is_the_client() {
        let trusted = ["127.0.0.1".parse().unwrap(), "10.0.0.0/8".parse().unwrap()];
        for (peer, hops, expected) in [
            ("127.0.0.1", &["203.0.113.9"][..], Some("203.0.113.9")),
            ("127.0.0.1", &["198.51.100.1, 203.0.113.9"], Some("203.0.113.9")),
            ("127.0.0.1", &["198.51.100.1", "203.0.113.9, 10.0.0.3"], Some("203.0.113.9")),
            ("127.0.0.1", &["[2001:db8::1]"], Some("2001:db8::1")),
            ("127.0.0.1", &["[2001:db8::1]:4711"], Some("2001:db8::1")),
            ("127.0.0.1", &["203.0.113.9:4711"], Some("203.0.113.9")),
            ("::ffff:127.0.0.1", &["203.0.113.9"], Some("203.0.113.9")),
            ("127.0.0.1", &["203.0.113.9, unknown"], None),
            ("127.0.0.1", &["10.0.0.3"], None),
            ("127.0.0.1", &[], None),
            // Not listed: the header is anybody's word.
            ("192.0.2.4", &["203.0.113.9"], Some("192.0.2.4")),
            ("192.0.2.4", &[], Some("192.0.2.4")),
            ("::1", &["203.0.113.9"], None),
        ] {
            let found = client(peer.parse().unwrap(), &headers(hops), &trusted);
            assert_eq!(found, expected.map(|address| address.parse().unwrap()), "{peer} {hops:?}");
        }
    }

    #[test]
    fn a_loopback_peer_that_is_not_listed_stands_for_nobody() {
        assert_eq!(client("127.0.0.1".parse().unwrap(), &headers(&["203.0.113.9"]), &[]), None);
        assert_eq!(client("::1".parse().unwrap(), &HeaderMap::new(), &[]), None);
    }

    #[test]
    fn only_what_no_proxy_has_touched_is_local() {
        assert!(is_local("127.0.0.1".parse().unwrap(), &HeaderMap::new()));
        assert!(is_local("::ffff:127.0.0.1".parse().unwrap(), &HeaderMap::new()));
        assert!(!is_local("127.0.0.1".parse().unwrap(), &headers(&["127.0.0.1"])));
        assert!(!is_local("192.0.2.4".parse().unwrap(), &HeaderMap::new()));
    }
}
