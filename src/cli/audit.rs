//! `audit`: whether the log is intact, and a copy of it.

use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde::Serialize;

use super::Place;
use super::output::{Output, say, say_json};
use super::progress::{Interrupt, Progress};
use crate::domain::audit::{Act, Action, Actor, CHAIN_START, ChainHash, Entry, SubjectKind};
use crate::domain::time::Clock;
use crate::lifecycle::Administration;
use crate::store::{ChainFault, Checkpoint, ReadOnlyStore, StoreError};

/// Verify or export the audit log.
#[derive(Debug, Args)]
pub(super) struct Audit {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Walk the log and say whether it is intact. Works while the service runs and changes nothing.
    #[command(after_help = "Example:\n  replevin audit verify --checkpoint 1204:9f2c…\n\n\
                            Keep the head that it prints somewhere else: given back as --checkpoint it proves later that\n\
                            nothing before it was changed, cut off or replaced.")]
    Verify {
        #[command(flatten)]
        place: Place,
        /// A head that was taken earlier; the log must contain it. May be repeated.
        #[arg(long, value_name = "N:HEX")]
        checkpoint: Vec<Head>,
        /// One JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Copy the log as NDJSON, oldest entry first, with the hashes that chain it. Works while the service runs; the copy is
    /// itself logged.
    #[command(after_help = "Example:\n  replevin audit export --out audit.ndjson")]
    Export {
        #[command(flatten)]
        place: Place,
        /// The file to write; without it, standard output.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

/// A checkpoint as it is printed and given back: number of entries, colon, hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Head(Checkpoint);

impl std::fmt::Display for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.0.entries, hex::encode(self.0.head.0))
    }
}

impl FromStr for Head {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = "expected the number of entries, a colon and 64 hex digits";
        let (entries, hash) = text.trim().split_once(':').ok_or(expected)?;
        let mut head = ChainHash([0; 32]);
        hex::decode_to_slice(hash, &mut head.0).map_err(|_| expected)?;
        Ok(Self(Checkpoint {
            entries: entries.parse().map_err(|_| expected)?,
            head,
        }))
    }
}

#[derive(Serialize)]
struct Verdict {
    intact: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    entries: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
}

impl Audit {
    pub(super) fn run(self) -> anyhow::Result<()> {
        match self.what {
            What::Verify { place, checkpoint, json } => verify(&place, &checkpoint, json),
            What::Export { place, out } => export(&place, out.as_deref()),
        }
    }
}

fn verify(place: &Place, checkpoints: &[Head], json: bool) -> anyhow::Result<()> {
    let store = ReadOnlyStore::open(&place.existing()?.database())?;
    let earlier: Vec<Checkpoint> = checkpoints.iter().map(|head| head.0).collect();
    let outcome = store.read(|reader| reader.verify_audit_log(&earlier))?;
    if json {
        say_json(&match &outcome {
            Ok(head) => Verdict {
                intact: true,
                entries: Some(head.entries),
                head: Some(Head(*head).to_string()),
                entry: None,
                fault: None,
            },
            Err(fault) => Verdict {
                intact: false,
                entries: None,
                head: None,
                entry: entry_of(fault),
                fault: Some(fault.to_string()),
            },
        })?;
    }
    match outcome {
        Err(fault) => Err(fault).context("the audit log is NOT intact"),
        Ok(_) if json => Ok(()),
        Ok(head) => {
            say(&format!("the audit log is intact: {} entries", head.entries))?;
            say(&format!("head {}", Head(head)))?;
            Ok(())
        }
    }
}

fn entry_of(fault: &ChainFault) -> Option<u64> {
    match fault {
        ChainFault::Broken { number } | ChainFault::Gap { number } | ChainFault::Damaged { number } => Some(*number),
        ChainFault::NotContained { .. } => None,
    }
}

/// Logs the export, then writes the log up to and including that entry. What is written is verified on the way: a copy of a
/// broken log does not get its name.
fn export(place: &Place, out: Option<&std::path::Path>) -> anyhow::Result<()> {
    let interrupt = Interrupt::listen()?;
    let config = place.existing()?;
    let mut output = Output::to(out)?;
    let administration = Administration::open(&config, Clock::system())?;
    let act = Act::new(Actor::CommandLine, Action::AuditExported, SubjectKind::AuditLog.all());
    administration
        .store
        .act_with_blocking(move |_| Ok::<_, StoreError>(((), vec![act])))?;
    let head = administration.store.read_blocking(|reader| {
        let total = reader.checkpoint()?.entries;
        let mut progress = Progress::of("entries", total);
        let mut head = Checkpoint {
            entries: 0,
            head: CHAIN_START,
        };
        reader.each_audit_entry(|entry: Entry| {
            interrupt.check()?;
            if entry.number != head.entries + 1 || entry.chained(head.head) != entry.hash {
                bail!("entry {} does not follow from the entries before it", entry.number);
            }
            head = Checkpoint {
                entries: entry.number,
                head: entry.hash,
            };
            output.line(&entry)?;
            progress.step();
            Ok(())
        })?;
        Ok::<_, anyhow::Error>(head)
    })?;
    output.finish()?;
    eprintln!("{} entries, head {}", head.entries, Head(head));
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_given_back_as_they_were_printed() {
        let head = Head(Checkpoint {
            entries: 1204,
            head: ChainHash([0xAB; 32]),
        });
        assert_eq!(head.to_string().parse::<Head>().unwrap(), head);
        for text in ["", "12", "12:", "x:00", &format!("12:{}", "0".repeat(63))] {
            assert!(text.parse::<Head>().is_err(), "{text}");
        }
    }
}
