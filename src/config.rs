//! The configuration: one TOML file, every setting with a default that suits one machine.
//!
//! Owns the file's shape, its checks, and where things lie in the data directory. Read by `cli` and `lifecycle` alone, which
//! turn it into each module's own options.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use url::Url;

use crate::domain::host::HostPort;
use crate::domain::network::{Network, NetworkError};
use crate::domain::schedule::{Schedule, ScheduleError};
use crate::domain::yardstick::Yardstick;

mod mail;
mod sections;

pub use mail::{Encryption, MailConfig, PASSWORD_VARIABLE};
pub use sections::{FeedsConfig, FetchConfig, HttpConfig, LabelReader, MatchingConfig, PhotosConfig};

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("cannot read {path}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not what it should be; the message names line and field.
    #[error("{path} is not a valid configuration: {fault}")]
    Parse {
        /// Which file.
        path: PathBuf,
        /// Why. It stands in the message, and no second time as its source.
        fault: Box<toml::de::Error>,
    },
    /// A value is out of its range.
    #[error("{field}: {reason}")]
    Value {
        /// Which setting.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

/// All settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where everything lies; readable by the service's own user only.
    pub data: PathBuf,
    /// Address and port to listen on.
    #[serde(deserialize_with = "address")]
    pub listen: SocketAddr,
    /// Address and port of their own for `/healthz`, `/readyz` and `/metrics`, which only operators should reach. Without it the
    /// last two are answered on `listen` to this machine alone, and with a proxy in front (`public_url` or `trusted_proxies`
    /// set) not at all, since everybody comes from this machine then.
    #[serde(deserialize_with = "maybe_address")]
    pub operations_listen: Option<SocketAddr>,
    /// How browsers reach the service; with https, cookies are bound to it.
    #[serde(deserialize_with = "public_url")]
    pub public_url: Option<Url>,
    /// Addresses and networks of the proxies in front, such as `127.0.0.1` or `10.0.0.0/8`: what they say in `X-Forwarded-For`
    /// of the client behind them counts. Sign-ins are slowed down by that address.
    pub trusted_proxies: Vec<String>,
    /// The force's time zone, such as `Europe/Copenhagen`: by it pages and documents tell their times, and the control body's figures
    /// nights and weekends.
    pub time_zone: Tz,
    /// What to log, as in `info` or `replevin=debug,warn`.
    pub log: String,
    /// Whether to log one JSON object a line.
    pub log_json: bool,
    /// HTTP.
    pub http: HttpConfig,
    /// Fetching photos.
    pub fetch: FetchConfig,
    /// Fetching feeds.
    pub feeds: FeedsConfig,
    /// Reading numbers off photos.
    pub photos: PhotosConfig,
    /// Mail.
    pub mail: MailConfig,
    /// Matching.
    pub matching: MatchingConfig,
    /// The words for a probability.
    pub yardstick: Yardstick,
    /// When to erase what is due, as a five-field cron expression in UTC.
    pub upkeep_schedule: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::from("replevin-data"),
            listen: SocketAddr::from(([127, 0, 0, 1], 8750)),
            operations_listen: None,
            public_url: None,
            trusted_proxies: Vec::new(),
            time_zone: Tz::UTC,
            log: "info".to_owned(),
            log_json: false,
            http: HttpConfig::default(),
            fetch: FetchConfig::default(),
            feeds: FeedsConfig::default(),
            photos: PhotosConfig::default(),
            mail: MailConfig::default(),
            matching: MatchingConfig::default(),
            yardstick: Yardstick::default(),
            upkeep_schedule: "17 3 * * *".to_owned(),
        }
    }
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// When the file cannot be read, does not parse, or holds a value out of range.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
            path: path.to_owned(),
            source,
        })?;
        let config: Self = toml::from_str(&text).map_err(|fault| ConfigError::Parse {
            path: path.to_owned(),
            fault: Box::new(fault),
        })?;
        config.check()?;
        Ok(config)
    }

    /// Checks what the types cannot.
    ///
    /// # Errors
    /// The first value that is out of its range.
    pub fn check(&self) -> Result<(), ConfigError> {
        let fault = |field, reason: &str| {
            Err(ConfigError::Value {
                field,
                reason: reason.to_owned(),
            })
        };
        let chance = |value: f64| value > 0.0 && value < 1.0;
        if !(1..=64).contains(&self.http.push_mib_max) || !(1..=64).contains(&self.http.photo_mib_max) {
            return fault("http.push_mib_max, http.photo_mib_max", "must be 1 to 64");
        }
        if self.http.session_hours == 0 || self.fetch.deadline_s == 0 {
            return fault("http.session_hours, fetch.deadline_s", "must be at least 1");
        }
        if !(1..=1 << 20).contains(&self.feeds.file_mib_max) {
            return fault("feeds.file_mib_max", "must be 1 to 1048576");
        }
        if !(64..=1 << 30).contains(&self.feeds.files_mib_max) {
            return fault("feeds.files_mib_max", "must be 64 to 1073741824");
        }
        if !(1..=120).contains(&self.photos.tesseract_deadline_s) {
            return fault("photos.tesseract_deadline_s", "must be 1 to 120");
        }
        let matching = &self.matching;
        if ![
            matching.report_threshold,
            matching.on_sale_probability,
            matching.could_be_share,
        ]
        .into_iter()
        .all(chance)
        {
            return fault("matching", "probabilities and shares must lie above 0 and below 1");
        }
        if !(1.0..=1e9).contains(&matching.could_be_min) {
            return fault("matching.could_be_min", "must be 1 to 1000000000");
        }
        if !(0.0..=1.0).contains(&matching.blind_review_share) {
            return fault("matching.blind_review_share", "must be 0 to 1");
        }
        for place in &self.fetch.exempt {
            if place.parse::<HostPort>().is_err() {
                return fault("fetch.exempt", &format!("{place:?} is not host:port"));
            }
        }
        self.proxies()?;
        self.mail.check()?;
        if let Err(error) = self.yardstick.check() {
            return fault("yardstick", &error.to_string());
        }
        self.schedule().map(drop)
    }

    /// Whether readiness and figures are told to this machine on `listen`.
    #[must_use]
    pub fn operations_to_local(&self) -> bool {
        self.operations_listen.is_none() && self.public_url.is_none() && self.trusted_proxies.is_empty()
    }

    /// The proxies whose word on a client's address counts.
    ///
    /// # Errors
    /// When one is no address and no network.
    pub fn proxies(&self) -> Result<Vec<Network>, ConfigError> {
        let networks = self.trusted_proxies.iter().map(|text| {
            text.parse().map_err(|error: NetworkError| ConfigError::Value {
                field: "trusted_proxies",
                reason: format!("{text:?}: {error}"),
            })
        });
        networks.collect()
    }

    /// The upkeep schedule.
    ///
    /// # Errors
    /// When it is not a five-field cron expression.
    pub fn schedule(&self) -> Result<Schedule, ConfigError> {
        self.upkeep_schedule
            .parse()
            .map_err(|error: ScheduleError| ConfigError::Value {
                field: "upkeep_schedule",
                reason: error.to_string(),
            })
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.data.join("replevin.sqlite")
    }

    /// The index; may be deleted while the service is down.
    #[must_use]
    pub fn index(&self) -> PathBuf {
        self.data.join("index")
    }

    /// The original bytes of photos.
    #[must_use]
    pub fn photos(&self) -> PathBuf {
        self.data.join("photos")
    }

    /// Files of feeds while they are read; nothing in it is kept.
    #[must_use]
    pub fn spool(&self) -> PathBuf {
        self.data.join("spool")
    }

    /// The keys. Not part of a backup: keep a copy elsewhere.
    #[must_use]
    pub fn keys(&self) -> PathBuf {
        self.data.join("keys")
    }
}

/// What an address to listen on looks like.
pub(crate) const ADDRESS_EXPECTED: &str = "an address and a port such as 127.0.0.1:8750 or [::]:8750";

fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse()
        .map_err(|_| D::Error::custom(format!("{text:?} cannot be listened on; expected {ADDRESS_EXPECTED}")))
}

fn maybe_address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SocketAddr>, D::Error> {
    address(deserializer).map(Some)
}

fn public_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Url>, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.parse::<Url>() {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(Some(url)),
        _ => Err(D::Error::custom(format!(
            "{text:?} is no address of a site; expected one such as https://replevin.example"
        ))),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, ConfigError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Config::read(file.path())
    }

    #[test]
    fn an_empty_file_gives_defaults() {
        let config = read("").unwrap();
        assert_eq!(config.listen.port(), 8750);
        assert!(config.schedule().is_ok());
    }

    #[test]
    fn faults_name_the_setting() {
        for (text, named) in [
            ("lisen = 1", "lisen"),
            (
                "listen = \"nowhere\"",
                "expected an address and a port such as 127.0.0.1:8750",
            ),
            (
                "public_url = \"replevin.example\"",
                "expected one such as https://replevin.example",
            ),
            ("public_url = \"replevin:8750\"", "public_url"),
            ("[http]\npush_mib_max = 65", "push_mib_max"),
            ("[matching]\nreport_threshold = 1.0", "matching"),
            ("upkeep_schedule = \"0 17 3 * * *\"", "upkeep_schedule"),
            ("[mail]\nhost = \"smtp.example\"", "mail.from"),
            ("[mail]\ntls = \"none\"\nuser = \"desk\"", "mail.tls"),
            ("[mail]\ndigest_hour = 24", "mail.digest_hour"),
            ("trusted_proxies = [\"proxy\"]", "trusted_proxies"),
            ("[fetch]\nexempt = [\"inside\"]", "inside"),
            ("[photos]\ntesseract = \"bin/tesseract\"", "expected auto, off, or a path"),
            ("[photos]\ntesseract_deadline_s = 0", "tesseract_deadline_s"),
        ] {
            let error = read(text).unwrap_err();
            let told = format!("{:#}", anyhow::Error::new(error));
            assert!(told.contains(named), "{text}: {told}");
            assert!(told.matches("TOML parse error").count() <= 1, "said twice: {told}");
        }
    }
}
