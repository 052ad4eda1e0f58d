//! The configuration, turned into each part's own options.

use std::path::Path;

use sha2::{Digest, Sha256};
use url::Url;

use super::LifecycleError;
use super::keys::Keys;
use crate::access::AccessOptions;
use crate::app::HttpOptions;
use crate::config::{Config, ConfigError, Encryption, PASSWORD_VARIABLE};
use crate::egress::{FetchOptions, MailOptions, MailTls, Mailer};
use crate::evidence::{EvidenceKey, PublicKey};
use crate::intake::{FeedKey, IntakeOptions};
use crate::matching::calibration::{Calibration, CalibrationError};
use crate::matching::{MODEL, MatchingOptions};
use crate::notify::NotifyKey;

/// Bodies of the largest size for which there is room at once.
const BODIES_AT_ONCE: u64 = 4;

pub(super) fn access_options(config: &Config) -> AccessOptions {
    AccessOptions {
        session_hours: config.http.session_hours,
        api_asks_password: config.http.api_asks_password,
        ..AccessOptions::default()
    }
}

pub(super) fn fetch_options(config: &Config) -> FetchOptions {
    FetchOptions {
        exempt: config.fetch.exempt.iter().filter_map(|place| place.parse().ok()).collect(),
        deadline_ms: u64::from(config.fetch.deadline_s) * 1000,
        bytes_max: (config.http.photo_mib_max as u64) << 20,
        ..FetchOptions::default()
    }
}

pub(super) fn intake_options(config: &Config) -> IntakeOptions {
    let mut options = IntakeOptions::default();
    options.decode.bytes_max = (config.http.photo_mib_max as u64) << 20;
    options.bodies_bytes_max = BODIES_AT_ONCE * ((config.http.push_mib_max as u64) << 20);
    options
}

/// The calibration that the configuration names, when it was learned on this program's table of weights.
///
/// # Errors
/// When the file cannot be read or holds none.
pub fn calibration(config: &Config) -> Result<Option<Calibration>, CalibrationError> {
    let Some(path) = &config.matching.calibration else {
        return Ok(None);
    };
    let calibration = Calibration::read(path)?;
    if !calibration.fits() {
        tracing::warn!(
            version = calibration.version,
            learned_on = calibration.base,
            weights = MODEL,
            "the calibration was learned on another table of weights and is not applied; learn a new one with replevin calibrate"
        );
        return Ok(None);
    }
    Ok(Some(calibration))
}

pub(super) fn matching_options(config: &Config, keys: &Keys) -> Result<MatchingOptions, LifecycleError> {
    Ok(MatchingOptions {
        calibration: calibration(config)?,
        blind_review_share: config.matching.blind_review_share,
        // A key of its own that needs no file of its own.
        blind_review_key: Sha256::new()
            .chain_update(keys.sellers)
            .chain_update("blind review")
            .finalize()
            .into(),
        report_threshold: config.matching.report_threshold,
        on_sale_probability: config.matching.on_sale_probability,
        could_be_share: config.matching.could_be_share,
        could_be_min: config.matching.could_be_min,
        yardstick: config.yardstick.clone(),
    })
}

pub(super) fn http_options(config: &Config) -> Result<HttpOptions, LifecycleError> {
    Ok(HttpOptions {
        push_bytes_max: config.http.push_mib_max << 20,
        photo_bytes_max: config.http.photo_mib_max << 20,
        secure_cookies: config.public_url.as_ref().is_some_and(|url| url.scheme() == "https"),
        session_hours: config.http.session_hours,
        time_zone: config.time_zone,
        trusted_proxies: config.proxies()?,
        operations_to_local: config.operations_to_local(),
    })
}

/// The key that seals endpoints' secrets: one of its own that needs no file of its own.
pub(super) fn notify_key(keys: &Keys) -> NotifyKey {
    let seed = Sha256::new().chain_update(keys.identities).chain_update("webhook secrets");
    NotifyKey::new(seed.finalize().into())
}

/// The key that seals feeds' secrets: one of its own that needs no file of its own.
pub(super) fn feed_key(keys: &Keys) -> FeedKey {
    let seed = Sha256::new().chain_update(keys.identities).chain_update("feed secrets");
    FeedKey::new(seed.finalize().into())
}

/// The way to the mail server, when the configuration names one.
///
/// # Errors
/// When a file cannot be read or a setting cannot be used.
pub(super) fn mailer(config: &Config) -> Result<Option<Mailer>, LifecycleError> {
    let mail = &config.mail;
    if mail.host.is_empty() {
        return Ok(None);
    }
    let read = |path: &Path| {
        std::fs::read(path).map_err(|source| {
            LifecycleError::Config(ConfigError::Read {
                path: path.to_owned(),
                source,
            })
        })
    };
    let password = match &mail.password_file {
        Some(path) => String::from_utf8_lossy(&read(path)?)
            .trim_end_matches(['\r', '\n'])
            .to_owned(),
        None => std::env::var(PASSWORD_VARIABLE).unwrap_or_default(),
    };
    let options = MailOptions {
        host: mail.host.clone(),
        port: mail.port(),
        tls: match mail.tls {
            Encryption::StartTls => MailTls::StartTls,
            Encryption::Implicit => MailTls::Implicit,
            Encryption::None => MailTls::None,
        },
        authorities: mail.authorities.as_deref().map(read).transpose()?,
        credentials: (!mail.user.is_empty()).then(|| (mail.user.clone(), password)),
        from: mail.from.clone(),
    };
    Ok(Some(Mailer::new(options)?))
}

/// How links to the pages begin: as browsers reach the service, else where it listens.
pub(super) fn site(config: &Config) -> Result<Url, LifecycleError> {
    let listens = || format!("http://{}/", config.listen).parse();
    let site = config.public_url.clone().map_or_else(listens, Ok);
    site.map_err(|_| {
        LifecycleError::Config(ConfigError::Value {
            field: "listen",
            reason: "cannot stand in a link".to_owned(),
        })
    })
}

/// The key that seals evidence: one of its own that needs no file of its own.
pub(super) fn evidence_key(keys: &Keys) -> Option<EvidenceKey> {
    let seed = Sha256::new().chain_update(keys.identities).chain_update("evidence bundles");
    EvidenceKey::of_seed(&seed.finalize().into())
}

/// The public half of the key with which the service of a data directory seals evidence.
///
/// # Errors
/// When its keys are missing or damaged.
pub fn evidence_public_key(config: &Config) -> Result<PublicKey, LifecycleError> {
    let key = evidence_key(&Keys::open(config)?).ok_or(LifecycleError::EvidenceKey)?;
    Ok(key.public())
}
