//! Names to addresses, inside the connector.
//!
//! The check happens in the very look-up whose answer the connector dials, so there is no second look-up that could
//! answer differently (DNS rebinding). Literal addresses do not pass here; see [`super::target`].

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;

use super::address::is_public;
use super::target::Route;

/// Why a look-up gave nothing to connect to.
#[derive(Debug, Error)]
pub(super) enum Unresolved {
    /// At least one address is not public. A name that points inside at all is not trusted with its other addresses.
    #[error("name resolves to an address that is not public")]
    NotPublic,
    #[error("name has no address")]
    NoAddress,
    #[error("look-up failed")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

/// The operating system's resolver.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let addresses: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// Hands on another resolver's answer when the route permits every address in it.
#[derive(Clone)]
pub(super) struct Guard {
    pub(super) resolver: Arc<dyn Resolve>,
    pub(super) route: Route,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let answer = self.resolver.resolve(name);
        let route = self.route;
        Box::pin(async move {
            let mut addresses: Vec<SocketAddr> = answer.await.map_err(Unresolved::Failed)?.collect();
            if addresses.is_empty() {
                return Err(Unresolved::NoAddress.into());
            }
            if route == Route::Guarded && addresses.iter().any(|address| !is_public(address.ip())) {
                return Err(Unresolved::NotPublic.into());
            }
            // Port 0 lets the connector take the port of the URL, which was checked; a resolver has no say in it.
            addresses.iter_mut().for_each(|address| address.set_port(0));
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
