//! `feed`: how a partner's streams of listings are written, what waits in quarantine, and what would be made of a file.

use std::cell::Cell;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Instant;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde::Serialize;

use super::feed_pull::PullArguments;
use super::{administer, partner_named};
use crate::cli::Place;
use crate::cli::files::mapping;
use crate::cli::output::{say, say_json, say_table};
use crate::cli::progress::{Interrupt, Progress};
use crate::domain::audit::Actor;
use crate::domain::feed::FeedSettings;
use crate::domain::listing::RejectedLine;
use crate::domain::partner::Slug;
use crate::feeds::record::ListingLine;
use crate::feeds::{self, FeedError, Format, ReadOptions, each_listing, inflate};
use crate::intake::{feeds as feed_settings, quarantine};
use crate::store::ReadOnlyStore;

/// Records between two looks at the clock and the keyboard.
const A_STRETCH: u64 = 1_000;
/// Rejected records of a file that are told one by one.
const FAULTS_TOLD: u64 = 20;

/// Administer feeds.
#[derive(Debug, Args)]
pub(in crate::cli) struct FeedCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Say how a feed is written, or change it. A push names it with ?feed=NAME.
    #[command(
        after_help = "Examples:\n  replevin feed set --partner nordlys --name lots --format csv --mapping lots.json\n  replevin feed set --partner nordlys --name lots --format google-tsv --url https://feeds.example/lots.tsv.gz \\\n      --schedule '30 4 * * *' --user replevin --password-file password.txt\n\nA mapping is JSON: {\"columns\":{\"id\":\"Varenr\",\"title\":\"Titel\"},\"constants\":{\"price.currency\":\"DKK\"}}"
    )]
    Set {
        #[command(flatten)]
        place: Place,
        /// The partner's short name.
        #[arg(long)]
        partner: Slug,
        /// The feed's short name.
        #[arg(long)]
        name: Slug,
        /// One of ndjson, json, json-ld, html, google-tsv, google-rss, ebay-tsv, liveauctioneers, csv.
        #[arg(long)]
        format: Format,
        /// What its columns mean, as JSON.
        #[arg(long, value_name = "FILE")]
        mapping: Option<PathBuf>,
        #[command(flatten)]
        pull: Box<PullArguments>,
    },
    /// List a partner's feeds.
    #[command(after_help = "Example:\n  replevin feed list --partner nordlys")]
    List {
        #[command(flatten)]
        place: Place,
        /// The partner's short name.
        #[arg(long)]
        partner: Slug,
        /// One JSON object a feed.
        #[arg(long)]
        json: bool,
    },
    /// Remove a feed. Its listings stay.
    #[command(after_help = "Example:\n  replevin feed remove --partner nordlys --name lots")]
    Remove {
        #[command(flatten)]
        place: Place,
        /// The partner's short name.
        #[arg(long)]
        partner: Slug,
        /// The feed's short name.
        #[arg(long)]
        name: Slug,
    },
    /// Show a partner's records that could not be taken in, the oldest first.
    #[command(after_help = "Example:\n  replevin feed quarantine --partner nordlys --json")]
    Quarantine {
        #[command(flatten)]
        place: Place,
        /// The partner's short name.
        #[arg(long)]
        partner: Slug,
        /// One JSON object a record.
        #[arg(long)]
        json: bool,
    },
    /// Guess what a table's columns mean, from its beginning. Look the mapping over: it names no currency and no time zone.
    #[command(after_help = "Example:\n  replevin feed guess lots.csv > lots.json")]
    Guess {
        /// The file; gzip is recognised by itself.
        file: PathBuf,
    },
    /// Read a file as a feed and say what would be made of it. Needs no service; nothing is stored.
    #[command(after_help = "Example:\n  replevin feed read lots.csv.gz --format csv --mapping lots.json")]
    Read {
        /// The file; gzip is recognised by itself.
        file: PathBuf,
        /// One of ndjson, json, json-ld, html, google-tsv, google-rss, ebay-tsv, liveauctioneers, csv.
        #[arg(long, default_value_t = Format::Csv)]
        format: Format,
        /// What its columns mean, as JSON.
        #[arg(long, value_name = "FILE")]
        mapping: Option<PathBuf>,
        /// Each listing as one JSON object, on standard output.
        #[arg(long)]
        json: bool,
    },
}

/// A feed as it is listed.
#[derive(Serialize)]
struct FeedLine {
    name: Slug,
    #[serde(flatten)]
    settings: FeedSettings,
}

/// A record that waits, as it is listed.
#[derive(Serialize)]
struct HeldLine {
    number: i64,
    received_at: crate::domain::time::Timestamp,
    format: String,
    faults: Vec<RejectedLine>,
    record: Option<serde_json::Value>,
}

impl FeedCommand {
    pub(in crate::cli) fn run(self) -> anyhow::Result<()> {
        match self.what {
            What::Set {
                place,
                partner,
                name,
                format,
                mapping: file,
                pull,
            } => {
                let (pull, secret) = (*pull).pull()?;
                let settings = FeedSettings {
                    format: format.word().to_owned(),
                    mapping: file.as_deref().map(mapping).transpose()?.unwrap_or_default(),
                    pull,
                };
                administer(&place, async |parts| {
                    let id = parts.store.read(move |reader| partner_named(reader, &partner)).await?.id;
                    let key = parts.feed_key.clone();
                    let set = parts
                        .store
                        .act_with(move |tx| feed_settings::set_feed(tx, Actor::CommandLine, id, name, settings, (&key, secret)));
                    let feed = set.await?;
                    say(&format!("feed {} is read as {}", feed.name, feed.settings.format))?;
                    Ok(())
                })
            }
            What::List { place, partner, json } => list(&place, &partner, json),
            What::Remove { place, partner, name } => administer(&place, async |parts| {
                let id = parts.store.read(move |reader| partner_named(reader, &partner)).await?.id;
                let remove = parts
                    .store
                    .act_with(move |tx| feed_settings::remove_feed(tx, Actor::CommandLine, id, &name));
                remove.await?;
                Ok(())
            }),
            What::Quarantine { place, partner, json } => held(&place, &partner, json),
            What::Guess { file } => {
                let (stream, _) = opened(&file)?;
                let mapping = feeds::mapping::guess(stream).with_context(|| format!("cannot read {}", file.display()))?;
                say(&serde_json::to_string_pretty(&mapping)?)?;
                Ok(())
            }
            What::Read {
                file,
                format,
                mapping: columns,
                json,
            } => read(&file, format, columns.as_deref(), json),
        }
    }
}

/// A file that counts what was read of it.
struct Counted {
    file: File,
    bytes: Rc<Cell<u64>>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.bytes.set(self.bytes.get() + read as u64);
        Ok(read)
    }
}

fn list(place: &Place, partner: &Slug, json: bool) -> anyhow::Result<()> {
    let store = ReadOnlyStore::open(&place.existing()?.database())?;
    let feeds = store.read(|reader| {
        let id = partner_named(reader, partner)?.id;
        anyhow::Ok(reader.feeds_of(id)?)
    })?;
    let lines = feeds.into_iter().map(|feed| FeedLine {
        name: feed.name,
        settings: feed.settings,
    });
    if json {
        return lines.into_iter().try_for_each(|line| say_json(&line));
    }
    let row = |line: FeedLine| {
        [
            line.name.to_string(),
            line.settings.format,
            line.settings.mapping.columns.len().to_string(),
        ]
    };
    say_table(["NAME", "FORMAT", "COLUMNS MAPPED"], &lines.map(row).collect::<Vec<_>>())?;
    Ok(())
}

fn held(place: &Place, partner: &Slug, json: bool) -> anyhow::Result<()> {
    let store = ReadOnlyStore::open(&place.existing()?.database())?;
    let held = store.read(|reader| {
        let id = partner_named(reader, partner)?.id;
        anyhow::Ok(reader.quarantined(id, 0, quarantine::QUARANTINE_MAX)?)
    })?;
    let lines = held.into_iter().map(|held| HeldLine {
        number: held.number,
        received_at: held.received_at,
        format: held.quarantined.format,
        faults: held.quarantined.faults,
        record: held.quarantined.record.and_then(|kept| serde_json::from_str(&kept).ok()),
    });
    if json {
        return lines.into_iter().try_for_each(|line| say_json(&line));
    }
    let row = |line: HeldLine| {
        let fault = line.faults.into_iter().next();
        let (place, field, reason) =
            fault.map_or_else(Default::default, |fault| (fault.line.to_string(), fault.field, fault.reason));
        [line.received_at.format("%Y-%m-%d %H:%M").to_string(), place, field, reason]
    };
    say_table(["RECEIVED", "LINE", "FIELD", "REASON"], &lines.map(row).collect::<Vec<_>>())?;
    Ok(())
}

/// A file's bytes, inflated where they are compressed, and how many of its own were read.
fn opened(file: &Path) -> anyhow::Result<(Box<dyn BufRead>, Rc<Cell<u64>>)> {
    let name = file.display();
    let opened = File::open(file).with_context(|| format!("cannot read {name}"))?;
    let length = opened.metadata()?.len();
    let read = Rc::new(Cell::new(0));
    let counted = Counted {
        file: opened,
        bytes: Rc::clone(&read),
    };
    let mut stream = BufReader::with_capacity(1 << 16, counted);
    let start = stream.fill_buf().with_context(|| format!("cannot read {name}"))?;
    if start.starts_with(&[0x1F, 0x8B]) {
        return Ok((
            Box::new(inflate::inflate(inflate::Compression::Gzip, stream, length, u64::MAX)),
            read,
        ));
    }
    Ok((Box::new(stream), read))
}

fn read(file: &Path, format: Format, columns: Option<&Path>, json: bool) -> anyhow::Result<()> {
    let options = ReadOptions {
        mapping: columns.map(mapping).transpose()?.map(Into::into),
        ..ReadOptions::default()
    };
    let name = file.display();
    let (stream, read_bytes) = opened(file)?;
    let length = std::fs::metadata(file)?.len();
    let interrupt = Interrupt::listen()?;
    let mut progress = Progress::of("bytes", length);
    let (begun, mut good, mut rejected) = (Instant::now(), 0_u64, 0_u64);
    let mut stopped = None;
    let done = each_listing(format, stream, &options, |read| {
        match read.result {
            Ok(draft) => {
                good += 1;
                if json && let Err(error) = say_json(&ListingLine::from(&draft)) {
                    stopped = Some(error);
                }
            }
            Err(faults) => {
                rejected += 1;
                for fault in faults.iter().filter(|_| rejected <= FAULTS_TOLD) {
                    let field = if fault.field.is_empty() {
                        String::new()
                    } else {
                        format!("{}: ", fault.field)
                    };
                    progress.note(&format!("line {}: {field}{}", read.line, fault.reason));
                }
            }
        }
        if (good + rejected).is_multiple_of(A_STRETCH) {
            stopped = stopped.take().or(interrupt.check().err());
            progress.at(read_bytes.get(), length);
        }
        match &stopped {
            Some(_) => Err(FeedError::Io(std::io::ErrorKind::Interrupted.into())),
            None => Ok(()),
        }
    });
    drop(progress);
    if let Some(error) = stopped {
        return Err(error);
    }
    let notes = done.with_context(|| format!("cannot read {name}"))?;
    notes.iter().for_each(|note| eprintln!("note: {note}"));
    let seconds = begun.elapsed().as_secs_f64();
    let rate = (good + rejected) as f64 / seconds.max(0.001);
    eprintln!("{good} listings, {rejected} rejected; {rate:.0} records a second");
    if good == 0 && rejected > 0 {
        bail!("{name}: no record could be read");
    }
    Ok(())
}
