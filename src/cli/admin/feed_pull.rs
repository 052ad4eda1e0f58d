//! Where and when a feed is fetched, as it is said at the command line. A secret comes in a file, never in an argument that others
//! on the machine can read.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use chrono_tz::Tz;
use clap::Args;
use url::Url;

use crate::cli::Usage;
use crate::domain::feed::Pull;
use crate::domain::feed_secret::{PullSecret, SecretText};

/// Where and when a feed is fetched.
#[derive(Debug, Args)]
pub(super) struct PullArguments {
    /// Its address, when we fetch it; without this it is pushed.
    #[arg(long, requires = "schedule")]
    url: Option<Url>,
    /// When, as five cron fields.
    #[arg(long, value_name = "CRON", requires = "url")]
    schedule: Option<String>,
    /// The zone in which the schedule is meant.
    #[arg(long, value_name = "ZONE", requires = "url")]
    time_zone: Option<Tz>,
    /// Each file holds every listing that is on sale: what is missing in it is withdrawn.
    #[arg(long, requires = "url")]
    whole: bool,
    /// The user whom its server lets in with a password.
    #[arg(long, value_name = "NAME", requires = "url", conflicts_with = "header")]
    user: Option<String>,
    /// The password; - reads it from standard input. Without this the one that is held for the server stays.
    #[arg(long, value_name = "FILE", requires = "user")]
    password_file: Option<PathBuf>,
    /// The header, such as Authorization, whose value its server wants to see.
    #[arg(long, value_name = "NAME", requires = "url")]
    header: Option<String>,
    /// The header's value; - reads it from standard input. Without this the one that is held for the server stays.
    #[arg(long, value_name = "FILE", requires = "header")]
    value_file: Option<PathBuf>,
    /// A header that is no secret, such as X-EBAY-C-MARKETPLACE-ID=EBAY_DE; may be repeated.
    #[arg(long, value_name = "NAME=VALUE", requires = "url")]
    send: Vec<String>,
    /// Ask for so many bytes at once, where its server hands the file out in parts only.
    #[arg(long, value_name = "BYTES", requires = "url")]
    parts: Option<u64>,
}

impl PullArguments {
    /// What is said, and the secret that is given with it.
    ///
    /// # Errors
    /// Wrong usage, or a file that cannot be read.
    pub(super) fn pull(self) -> anyhow::Result<(Option<Pull>, Option<SecretText>)> {
        let Some((url, schedule)) = self.url.zip(self.schedule) else {
            return Ok((None, None));
        };
        let (kind, file) = match (self.user, self.header) {
            (Some(name), _) => (Some(PullSecret::User(name)), self.password_file),
            (None, Some(name)) => (Some(PullSecret::Header(name)), self.value_file),
            (None, None) => (None, None),
        };
        let mut headers = BTreeMap::new();
        for sent in self.send {
            let (name, value) = sent
                .split_once('=')
                .ok_or_else(|| Usage(format!("--send {sent}: expected NAME=VALUE")))?;
            headers.insert(name.trim().to_owned(), value.trim().to_owned());
        }
        let pull = Pull {
            url,
            schedule,
            time_zone: self.time_zone,
            whole: self.whole,
            secret: kind,
            headers,
            parts: self.parts,
        };
        pull.times().map_err(|error| Usage(format!("--schedule: {error}")))?;
        pull.check_asking()
            .map_err(|fault| Usage(format!("{}: {}", fault.field, fault.reason)))?;
        Ok((Some(pull), file.as_deref().map(secret).transpose()?))
    }
}

/// The secret that stands in a file, without the line end behind it.
fn secret(file: &Path) -> anyhow::Result<SecretText> {
    let name = file.display();
    let mut text = String::new();
    if file == Path::new("-") {
        std::io::stdin()
            .read_to_string(&mut text)
            .context("cannot read the secret from standard input")?;
    } else {
        text = std::fs::read_to_string(file).with_context(|| format!("cannot read {name}"))?;
    }
    let secret = SecretText::parse(text.trim_end_matches(['\r', '\n']));
    Ok(secret.map_err(|reason| Usage(format!("{name}: {reason}")))?)
}
