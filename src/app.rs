//! What the running service holds together: the store, the files, the engine, the keys and every module's options.
//!
//! Built by `lifecycle`, shared by `http` and `jobs`. Holds; does nothing itself.

use std::sync::Arc;

use chrono_tz::Tz;
use metrics_exporter_prometheus::PrometheusHandle;
use replevin_index::Engine;

use crate::access::Access;
use crate::casework::Casework;
use crate::domain::network::Network;
use crate::domain::time::Clock;
use crate::domain::yardstick::Yardstick;
use crate::egress::GuardedFetcher;
use crate::evidence::EvidenceKey;
use crate::intake::Intake;
use crate::matching::Matching;
use crate::notify::Notify;
use crate::store::{PhotoFiles, Spool, Store};

/// The running service. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// Holds these parts together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

/// The parts of the service.
pub struct Parts {
    /// The truth.
    pub store: Store,
    /// The original bytes of photos.
    pub photo_files: PhotoFiles,
    /// Files that are read once.
    pub spool: Spool,
    /// The index over both sides.
    pub engine: Arc<Engine>,
    /// Accounts, sessions, tokens.
    pub access: Access,
    /// Takes records and photos in.
    pub intake: Intake,
    /// Compares items with listings.
    pub matching: Arc<Matching>,
    /// Reports, the letter gate, disclosure.
    pub casework: Casework,
    /// What is said outside.
    pub notify: Notify,
    /// Seals evidence bundles.
    pub evidence_key: EvidenceKey,
    /// The way out to the network.
    pub fetcher: GuardedFetcher,
    /// The words for a probability.
    pub yardstick: Yardstick,
    /// The present.
    pub clock: Clock,
    /// The figures that the parts count.
    pub metrics: PrometheusHandle,
    /// What of HTTP can be set.
    pub http: HttpOptions,
    /// Largest file of a feed that is fetched, as sent, bytes.
    pub feed_bytes_max: u64,
}

/// What of HTTP can be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpOptions {
    /// Largest body of a push, as sent, bytes.
    pub push_bytes_max: usize,
    /// Largest photo, bytes.
    pub photo_bytes_max: usize,
    /// Whether browsers reach the service by https, so that cookies are bound to it.
    pub secure_cookies: bool,
    /// Hours that a signed-in browser stays signed in.
    pub session_hours: u32,
    /// By whose clock pages and documents tell their times.
    pub time_zone: Tz,
    /// The proxies whose word on a client's address counts.
    pub trusted_proxies: Vec<Network>,
    /// Whether readiness and figures stand beside the pages, for whoever asks from this machine and through no proxy.
    pub operations_to_local: bool,
}
