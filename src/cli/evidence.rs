//! `evidence`: whether a sealed bundle is as it was sealed, and the key to check it with.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Subcommand};
use serde::Serialize;

use super::Place;
use super::output::{say, say_json};
use crate::evidence::{BundleError, Manifest, PublicKey, verify};
use crate::lifecycle::evidence_public_key;

/// Check evidence bundles.
#[derive(Debug, Args)]
pub(super) struct Evidence {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Say whether a bundle is, to the last bit, what was sealed. Needs the bundle alone: no service, no database.
    #[command(after_help = "Example:\n  replevin evidence verify SR-12-evidence.zip --key 3b6a27bc…\n\n\
                            Without --key it tells that nothing was changed since somebody sealed it, and with which key; with\n\
                            the key that the service's police gave you, that it was them.")]
    Verify {
        /// The bundle.
        #[arg(value_name = "BUNDLE")]
        bundle: PathBuf,
        /// The public key that it must be sealed with: 64 hex digits, as `replevin evidence key` prints them.
        #[arg(long, value_name = "HEX")]
        key: Option<PublicKey>,
        /// One JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Print the public key with which the service of a data directory seals bundles.
    #[command(after_help = "Example:\n  replevin evidence key --config /etc/replevin.toml")]
    Key {
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Serialize)]
struct Verdict {
    intact: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    manifest: Option<Manifest>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<String>,
}

impl Evidence {
    pub(super) fn run(self) -> anyhow::Result<()> {
        match self.what {
            What::Verify { bundle, key, json } => check(&bundle, key, json),
            What::Key { place } => {
                say(&evidence_public_key(&place.existing()?)?.to_string())?;
                Ok(())
            }
        }
    }
}

fn check(bundle: &std::path::Path, key: Option<PublicKey>, json: bool) -> anyhow::Result<()> {
    let bytes = std::fs::read(bundle).with_context(|| format!("cannot read {}", bundle.display()))?;
    let outcome = verify(&bytes, key);
    if json {
        say_json(&match &outcome {
            Ok(verified) => Verdict {
                intact: true,
                key: Some(verified.key.to_string()),
                manifest: Some(verified.manifest.clone()),
                faults: Vec::new(),
            },
            Err(error) => Verdict {
                intact: false,
                key: None,
                manifest: None,
                faults: match error {
                    BundleError::Faults(faults) => faults.iter().map(ToString::to_string).collect(),
                    other => vec![other.to_string()],
                },
            },
        })?;
    }
    match outcome {
        Err(error) => Err(error).context("the bundle is NOT as it was sealed"),
        Ok(_) if json => Ok(()),
        Ok(verified) => {
            let manifest = verified.manifest;
            say(&format!(
                "the bundle is as it was sealed: report {}, marked {}, {} files",
                manifest.report,
                manifest.marking,
                manifest.files.len()
            ))?;
            say(&format!("sealed {} by {}", manifest.sealed_at, manifest.sealed_by))?;
            let whose = if key.is_some() {
                "the key that was asked for"
            } else {
                "compare it with the one that the police gave you"
            };
            say(&format!("key {} ({whose})", verified.key))?;
            Ok(())
        }
    }
}
