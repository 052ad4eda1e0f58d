//! The sections of the file: what each sets, and what holds without it.

use std::path::{Path, PathBuf};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// Settings of HTTP.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpConfig {
    /// Largest body of a push as sent, MiB, 1 to 64.
    pub push_mib_max: usize,
    /// Largest photo, MiB, 1 to 64.
    pub photo_mib_max: usize,
    /// Hours that a browser stays signed in.
    pub session_hours: u32,
    /// Whether the API too asks for the account's password, in `Confirm-Password`, before a disclosure is approved or an identity
    /// opened, as the pages do; otherwise a token, which no browser holds, stands for its person.
    pub api_asks_password: bool,
}

/// Settings of fetching photos.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FetchConfig {
    /// Exact `host:port` places that may be fetched from although they are not public: partners inside the same network.
    pub exempt: Vec<String>,
    /// Seconds within which one photo must be here.
    pub deadline_s: u32,
}

/// Settings of fetching feeds.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FeedsConfig {
    /// Disk that files of feeds may take up together while they are read, MiB, at least 64.
    pub files_mib_max: u64,
    /// Largest file of a feed as it is sent, MiB.
    pub file_mib_max: u64,
}

/// Settings of reading numbers off photos.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PhotosConfig {
    /// What reads the text on labels: `auto` takes Debian's `tesseract` where it is installed, `off` reads none, and a path names
    /// the program.
    #[serde(deserialize_with = "label_reader")]
    pub tesseract: LabelReader,
    /// Seconds that one reading may take, 1 to 120; a picture of a usual size takes one on an idle machine.
    pub tesseract_deadline_s: u32,
}

/// What reads the text on labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelReader {
    /// `tesseract` where it is installed.
    Auto,
    /// Nothing.
    Off,
    /// The program at this path.
    At(PathBuf),
}

/// Settings of matching.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MatchingConfig {
    /// Probability from which a candidate is put to the police, above 0 and below 1.
    pub report_threshold: f64,
    /// Probability that a stolen item is on sale with a partner at all, above 0 and below 1.
    pub on_sale_probability: f64,
    /// Share of the live listings that an item could be before anything is compared, above 0 and below 1.
    pub could_be_share: f64,
    /// At least so many listings an item could be, however small the archive; at least 1.
    pub could_be_min: f64,
    /// A file that `replevin calibrate` wrote: how the table of weights is read. Without it, as it stands.
    pub calibration: Option<PathBuf>,
    /// Share of the candidates below the threshold that is drawn for blind review, 0 to 1; calibration needs it.
    pub blind_review_share: f64,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            push_mib_max: 64,
            photo_mib_max: 20,
            session_hours: 12,
            api_asks_password: false,
        }
    }
}

impl Default for FetchConfig {
    fn default() -> Self {
        Self {
            exempt: Vec::new(),
            deadline_s: 20,
        }
    }
}

impl Default for FeedsConfig {
    fn default() -> Self {
        Self {
            files_mib_max: 16 << 10,
            file_mib_max: 4 << 10,
        }
    }
}

impl Default for PhotosConfig {
    fn default() -> Self {
        Self {
            tesseract: LabelReader::Auto,
            tesseract_deadline_s: 60,
        }
    }
}

impl Default for MatchingConfig {
    fn default() -> Self {
        Self {
            report_threshold: 0.5,
            on_sale_probability: 0.3,
            could_be_share: 0.02,
            could_be_min: 1000.0,
            calibration: None,
            blind_review_share: 0.005,
        }
    }
}

fn label_reader<'de, D: Deserializer<'de>>(deserializer: D) -> Result<LabelReader, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.as_str() {
        "auto" => Ok(LabelReader::Auto),
        "off" => Ok(LabelReader::Off),
        path if Path::new(path).is_absolute() => Ok(LabelReader::At(path.into())),
        _ => Err(D::Error::custom(format!(
            "{text:?} reads no labels; expected auto, off, or a path from the root"
        ))),
    }
}
