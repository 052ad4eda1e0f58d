//! Bringing the service up and taking it down.
//!
//! Owns the data directory's lock and permissions, and the order in which parts start and stop. What the parts
//! do is theirs.

use std::fs::{self, File};
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use metrics_exporter_prometheus::PrometheusHandle;
use replevin_index::{Engine, EngineOptions};
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::access::Access;
use crate::app::{App, Parts};
use crate::casework::{Casework, SealKey};
use crate::config::{Config, PhotosConfig};
use crate::domain::schedule::Schedule;
use crate::domain::time::Clock;
use crate::egress::{GuardedFetcher, post_options};
use crate::intake::{FeedKey, Intake, SellerKeys};
use crate::matching::Matching;
use crate::matching::calibration::CalibrationError;
use crate::notify::Notify;
use crate::store::{PhotoFiles, Spool, Store};
use crate::{http, jobs};

pub mod background;
mod keys;
mod label_reader;
mod options;

use keys::Keys;
pub(crate) use label_reader::label_reader;
use options::evidence_key;
use options::{
    access_options, feed_key, fetch_options, http_options, intake_options, mailer, matching_options, notify_key, site,
};
pub use options::{calibration, evidence_public_key};

/// Why the service could not start or run.
#[derive(Debug, thiserror::Error)]
pub enum LifecycleError {
    /// The data directory cannot be used.
    #[error("data directory {path}")]
    Data {
        /// Which directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What should be the data directory is something else.
    #[error("the data directory {path} is not a directory")]
    NotADirectory {
        /// What was named.
        path: PathBuf,
    },
    /// Others can read the data directory.
    #[error("others can read the data directory {path}: run chmod 700 on it")]
    Exposed {
        /// Which directory.
        path: PathBuf,
    },
    /// Another process uses the data directory.
    #[error("another replevin process uses the data directory {path}")]
    Busy {
        /// Which directory.
        path: PathBuf,
    },
    /// A key's file is missing beside a database that it belongs to.
    #[error(
        "the key file {path} is missing beside a database that needs it: mount or restore your copy of the keys; a new one would \
         close what the old one sealed"
    )]
    KeyMissing {
        /// Which file.
        path: PathBuf,
    },
    /// A key's file is not what it should be.
    #[error("the key file {path} is damaged: restore it from your copy, or what it sealed is lost")]
    Key {
        /// Which file.
        path: PathBuf,
    },
    /// No key to seal evidence with.
    #[error("the key that seals evidence cannot be made on this machine")]
    EvidenceKey,
    /// The database.
    #[error("the database cannot be used")]
    Store(#[from] crate::store::StoreError),
    /// The index.
    #[error("the index cannot be used")]
    Index(#[from] replevin_index::EngineError),
    /// Fetching.
    #[error("the way out to the network cannot be set up")]
    Fetch(#[from] crate::egress::SetupError),
    /// The mail server's settings.
    #[error("mail cannot be sent with these settings")]
    Mail(#[from] crate::egress::MailError),
    /// The configuration.
    #[error(transparent)]
    Config(#[from] crate::config::ConfigError),
    /// No threads.
    #[error("the system gives no threads to work with")]
    Threads(#[source] io::Error),
    /// The calibration.
    #[error("the calibration that the configuration names cannot be used")]
    Calibration(#[from] CalibrationError),
    /// The address is taken or not ours.
    #[error("cannot listen on {address}")]
    Listen {
        /// Which address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
}

/// The opened parts, not yet serving: what operations at the command line work on, and what [`Service::serve`] runs.
pub struct Service {
    /// The parts.
    pub app: App,
    schedule: Schedule,
    photos: PhotosConfig,
    background: Handle,
    // Held for as long as the process uses the directory.
    _lock: File,
}

impl Service {
    /// Opens the data directory: locks it, reads or makes the keys, opens database, files and index.
    ///
    /// # Errors
    /// Whatever keeps the service from starting, for people.
    pub fn open(config: &Config, clock: Clock, metrics: PrometheusHandle) -> Result<Self, LifecycleError> {
        let lock = claim(&config.data)?;
        let data = |source| LifecycleError::Data {
            path: config.data.clone(),
            source,
        };
        let keys = Keys::open(config)?;
        let store = Store::open(&config.database(), clock.clone())?;
        let photo_files = PhotoFiles::open(&config.photos()).map_err(data)?;
        let engine = Arc::new(Engine::open(&config.index(), EngineOptions::default())?);
        let fetcher = GuardedFetcher::new(fetch_options(config))?;
        let poster = GuardedFetcher::new(post_options(&fetch_options(config)))?;
        let matching = matching_options(config, &keys)?;
        let seller_keys = SellerKeys::new(keys.sellers);
        let background = background::start().map_err(LifecycleError::Threads)?;
        let app = App::new(Parts {
            access: Access::new(store.clone(), access_options(config)),
            intake: Intake::new(
                store.clone(),
                photo_files.clone(),
                (seller_keys, feed_key(&keys)),
                intake_options(config),
                background.clone(),
            ),
            matching: Arc::new(Matching::new(store.clone(), Arc::clone(&engine), matching)),
            casework: Casework::new(store.clone(), SealKey::new(keys.identities)).in_zone(config.time_zone),
            photo_files,
            notify: Notify::new(store.clone(), notify_key(&keys), poster, site(config)?)
                .with_mail(mailer(config)?, config.mail.digest_hour),
            evidence_key: evidence_key(&keys).ok_or(LifecycleError::EvidenceKey)?,
            spool: Spool::open(&config.spool(), config.feeds.files_mib_max << 20).map_err(data)?,
            engine,
            fetcher,
            metrics,
            yardstick: config.yardstick.clone(),
            clock,
            http: http_options(config)?,
            feed_bytes_max: config.feeds.file_mib_max << 20,
            store,
        });
        Ok(Self {
            app,
            schedule: config.schedule()?,
            photos: config.photos.clone(),
            background,
            _lock: lock,
        })
    }

    /// Serves on `listener`, and operators on theirs when they have one, until `stop`; then finishes what is under way: requests,
    /// jobs, the writer.
    pub async fn serve(self, listener: TcpListener, operations: Option<TcpListener>, stop: CancellationToken) {
        http::static_files::warn_when_plain();
        let tracker = TaskTracker::new();
        let photos = self.photos.clone();
        let jobs = jobs::Jobs {
            app: &self.app,
            tracker: &tracker,
            threads: &self.background,
            stop: &stop,
        };
        jobs.start(self.schedule.clone(), move || label_reader(&photos));
        if let Some(operations) = operations {
            let router = http::operations_router(self.app.clone());
            tracker.spawn(http::serving::serve(operations, router, stop.clone()));
        }
        http::serving::serve(listener, http::router(self.app.clone()), stop).await;
        tracker.close();
        tracker.wait().await;
        self.app.store.close();
    }
}

/// What administration from the command line works on, whether the service runs or not.
///
/// When no service uses the data directory, it is locked as long as this lives, and the database is created and migrated as the
/// service would. When one does, the two write beside each other: each act is one short transaction that begins immediately, so
/// that they wait for each other, and the audit log stays one chain because its head is read inside the transaction. The
/// database must then be of this program's version: it is not migrated under the service. The service keeps nothing of
/// accounts, partners, letters and tokens in memory, so what is done here holds at once.
pub struct Administration {
    /// The truth.
    pub store: Store,
    /// Accounts and tokens.
    pub access: Access,
    /// Partners and letters.
    pub casework: Casework,
    /// Seals feeds' secrets.
    pub feed_key: FeedKey,
    // Absent beside a service, which holds it.
    _lock: Option<File>,
}

impl Administration {
    /// Opens a data directory for acts at the command line.
    ///
    /// # Errors
    /// When it cannot be used, or a service of another version runs on it.
    pub fn open(config: &Config, clock: Clock) -> Result<Self, LifecycleError> {
        let lock = match claim(&config.data) {
            Ok(lock) => Some(lock),
            Err(LifecycleError::Busy { .. }) => None,
            Err(error) => return Err(error),
        };
        let keys = Keys::open(config)?;
        let store = match lock {
            Some(_) => Store::open(&config.database(), clock)?,
            None => Store::open_beside(&config.database(), clock)?,
        };
        Ok(Self {
            access: Access::new(store.clone(), access_options(config)),
            casework: Casework::new(store.clone(), SealKey::new(keys.identities)),
            feed_key: feed_key(&keys),
            store,
            _lock: lock,
        })
    }
}

impl Drop for Administration {
    fn drop(&mut self) {
        self.store.close();
    }
}

/// Listens on an address.
///
/// # Errors
/// When the address is taken or not ours.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, LifecycleError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| LifecycleError::Listen { address, source })
}

/// Creates the data directory for this user alone, or checks that it is so, and locks it against a second process for as long
/// as the returned file stays open.
///
/// # Errors
/// [`LifecycleError::Exposed`] when others can read it, [`LifecycleError::Busy`] when another process has locked it.
pub fn claim(path: &Path) -> Result<File, LifecycleError> {
    let data = |source| LifecycleError::Data {
        path: path.to_owned(),
        source,
    };
    if !path.exists() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(data)?;
    }
    let found = fs::metadata(path).map_err(data)?;
    if !found.is_dir() {
        return Err(LifecycleError::NotADirectory { path: path.to_owned() });
    }
    let mode = found.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(LifecycleError::Exposed { path: path.to_owned() });
    }
    let lock = File::create(path.join("lock")).map_err(data)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(fs::TryLockError::WouldBlock) => Err(LifecycleError::Busy { path: path.to_owned() }),
        Err(fs::TryLockError::Error(source)) => Err(data(source)),
    }
}
