//! Both sides from files: what the commands that match without a service have in common.
//!
//! Owns the arguments that name the files, and reading records and photos. Leaves the matching to [`crate::matching::offline`].

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use anyhow::{Context, bail};
use clap::Args;
use replevin_index::image::decode::{DecodeLimits, grey, read};

use super::progress::{Interrupt, Progress};
use crate::domain::listing::{ListingDraft, SellerGiven};
use crate::domain::mapping::Mapping;
use crate::feeds::inflate::{Compression, inflate};
use crate::feeds::record::{ItemRecord, ItemStatusGiven};
use crate::feeds::{self, FeedError, Format, Parsed, ReadOptions};
use crate::jobs::photo_numbers::barcodes;
use crate::matching::offline::{OfflineItem, OfflineListing, OfflineTheft};
use crate::matching::project::PhotoFacts;

/// Faulty lines of one file that are told one by one.
pub(super) const FAULTS_TOLD: usize = 10;
/// What a file begins with when it is compressed.
const GZIP: [u8; 2] = [0x1F, 0x8B];

/// The files of both sides.
#[derive(Debug, Args)]
pub(super) struct Files {
    /// The items. One without status counts as stolen; registered, recovered and withdrawn ones are left out.
    #[arg(long, value_name = "FILE")]
    register: PathBuf,
    /// The listings.
    #[arg(long, value_name = "FILE")]
    listings: PathBuf,
    /// The folder that the records' photos are in; without it, photos are not compared.
    #[arg(long, value_name = "DIR")]
    pub(super) photos: Option<PathBuf>,
    /// How the files are written, unless their names end in .ndjson or .ndjson.gz; gzip is recognised by itself. One of ndjson,
    /// json, json-ld, html, google-tsv, google-rss, ebay-tsv, liveauctioneers, csv.
    #[arg(long, value_name = "FORMAT", default_value_t = Format::Ndjson)]
    format: Format,
    /// What the listings' columns mean, as JSON: {"columns":{"title":"Titel"},"constants":{"price.currency":"DKK"}}.
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
}

impl Files {
    /// The records of both sides; their photos are still to be read.
    pub(super) fn records(&self) -> anyhow::Result<Records> {
        let options = ReadOptions {
            photo_paths: true,
            ..ReadOptions::default()
        };
        let mapped = ReadOptions {
            mapping: self.mapping.as_deref().map(mapping).transpose()?.map(Arc::new),
            ..options.clone()
        };
        let (register, listings) = (self.format_of(&self.register), self.format_of(&self.listings));
        Ok(Records {
            items: records(&self.register, |stream| feeds::items(register, stream, &options))?,
            listings: records(&self.listings, |stream| feeds::listings(listings, stream, &mapped))?,
            folder: self.photos.clone(),
        })
    }

    fn format_of(&self, path: &Path) -> Format {
        let name = path.to_string_lossy().to_ascii_lowercase();
        if name.ends_with(".ndjson") || name.ends_with(".ndjson.gz") {
            Format::Ndjson
        } else {
            self.format
        }
    }
}

/// Reads a mapping from its file.
pub(super) fn mapping(path: &Path) -> anyhow::Result<Mapping> {
    let name = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
    let mapping: Mapping = serde_json::from_str(&text).with_context(|| format!("{name} is no mapping"))?;
    if let Err(faults) = feeds::mapping::check(&mapping) {
        let faults: Vec<String> = faults
            .iter()
            .map(|fault| format!("{}: {}", fault.field, fault.reason))
            .collect();
        bail!("{name} is no mapping: {}", faults.join("; "));
    }
    Ok(mapping)
}

/// Both sides as they stand in their files.
pub(super) struct Records {
    items: Vec<ItemRecord>,
    listings: Vec<ListingDraft<SellerGiven>>,
    folder: Option<PathBuf>,
}

/// Both sides, ready to be matched.
pub(super) struct Sides {
    pub(super) items: Vec<OfflineItem>,
    pub(super) listings: Vec<OfflineListing>,
    /// How many photos were read.
    pub(super) photos: usize,
}

impl Records {
    /// Reads their photos, if a folder was named.
    pub(super) fn with_photos(self, interrupt: &Interrupt) -> anyhow::Result<Sides> {
        let photos = Photos::read(self.folder.as_deref(), &self.items, &self.listings, interrupt)?;
        Ok(Sides {
            items: self.items.into_iter().map(|item| offline_item(item, &photos)).collect(),
            listings: self
                .listings
                .into_iter()
                .map(|draft| offline_listing(draft, &photos))
                .collect(),
            photos: photos.facts.len(),
        })
    }
}

/// Reads a file of records. What is wrong with lines is said, and the others count; that none can be read is an error.
fn records<T>(path: &Path, parse: impl FnOnce(Box<dyn BufRead>) -> Result<Parsed<T>, FeedError>) -> anyhow::Result<Vec<T>> {
    let name = path.display();
    let file = File::open(path).with_context(|| format!("cannot read {name}"))?;
    let length = file.metadata()?.len();
    let mut stream = BufReader::with_capacity(1 << 16, file);
    let compressed = stream
        .fill_buf()
        .with_context(|| format!("cannot read {name}"))?
        .starts_with(&GZIP);
    let parsed = if compressed {
        parse(Box::new(inflate(Compression::Gzip, stream, length, u64::MAX)))
    } else {
        parse(Box::new(stream))
    };
    let parsed = parsed.with_context(|| format!("cannot read {name}"))?;
    for fault in parsed.rejected.iter().take(FAULTS_TOLD) {
        let field = match fault.field.as_str() {
            "" => String::new(),
            field => format!("{field}: "),
        };
        eprintln!("{name}: line {}: {field}{}", fault.line, fault.reason);
    }
    let untold = parsed.rejected_count.saturating_sub(FAULTS_TOLD as u64);
    if untold > 0 {
        eprintln!("{name}: and {untold} more");
    }
    if parsed.rejected_count > 0 {
        eprintln!(
            "{name}: {} of {} lines left out",
            parsed.rejected_count,
            parsed.rejected_count + parsed.good.len() as u64
        );
        if parsed.good.is_empty() {
            bail!("{name}: no line could be read");
        }
    }
    Ok(parsed.good)
}

/// What was read from the photos of all records, by path; unreadable ones are absent.
struct Photos {
    facts: HashMap<String, PhotoFacts>,
}

impl Photos {
    /// Reads every photo once, on all processors. One that cannot be read is said and left out.
    fn read(
        folder: Option<&Path>,
        items: &[ItemRecord],
        listings: &[ListingDraft<SellerGiven>],
        interrupt: &Interrupt,
    ) -> anyhow::Result<Self> {
        let Some(folder) = folder else {
            return Ok(Self { facts: HashMap::new() });
        };
        let of_items = items.iter().flat_map(|item| &item.photos).filter(|place| !is_address(place));
        let of_listings = listings
            .iter()
            .flat_map(|draft| draft.photos.iter().filter_map(|photo| photo.path.as_ref()));
        let mut paths: Vec<&String> = of_items.chain(of_listings).collect();
        paths.sort_unstable();
        paths.dedup();
        let (next, facts) = (AtomicUsize::new(0), Mutex::new(HashMap::new()));
        let progress = Mutex::new(Progress::of("photos", paths.len() as u64));
        let work = || {
            while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
                if interrupt.check().is_err() {
                    return;
                }
                let read = read_photo(&folder.join(path));
                if let Ok(mut progress) = progress.lock() {
                    if let Err(error) = &read {
                        progress.note(&format!("{path}: {error:#}; left out"));
                    }
                    progress.step();
                }
                if let (Ok(read), Ok(mut facts)) = (read, facts.lock()) {
                    facts.insert((*path).clone(), read);
                }
            }
        };
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(paths.len());
        std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
        interrupt.check()?;
        let facts = facts.into_inner().map_err(|_| anyhow::anyhow!("reading photos failed"))?;
        Ok(Self { facts })
    }

    fn of<'a>(&self, paths: impl Iterator<Item = &'a String>) -> Vec<PhotoFacts> {
        paths.filter_map(|path| self.facts.get(path)).cloned().collect()
    }
}

fn is_address(place: &str) -> bool {
    place.contains("://")
}

fn read_photo(path: &Path) -> anyhow::Result<PhotoFacts> {
    let limits = DecodeLimits::default();
    let length = std::fs::metadata(path)?.len();
    if length > limits.bytes_max {
        bail!("the file has {length} bytes, at most {} are accepted", limits.bytes_max);
    }
    let bytes = std::fs::read(path)?;
    let reading = read(&bytes, &limits)?;
    Ok(PhotoFacts {
        numbers: barcodes::numbers(&grey(&bytes, &limits)?, &|| true),
        fingerprint: Some(reading.fingerprint),
        features: Some(reading.features),
        body_serial: reading.exif.body_serial,
        lens_serial: reading.exif.lens_serial,
    })
}

fn offline_item(item: ItemRecord, photos: &Photos) -> OfflineItem {
    OfflineItem {
        photos: photos.of(item.photos.iter()),
        key: item.id,
        draft: item.draft,
        stolen: item.status.is_none_or(|status| status == ItemStatusGiven::Stolen),
        theft: item.theft.map(|theft| OfflineTheft {
            from: theft.from,
            to: theft.to,
            place: theft.place,
        }),
    }
}

fn offline_listing(draft: ListingDraft<SellerGiven>, photos: &Photos) -> OfflineListing {
    OfflineListing {
        photos: photos.of(draft.photos.iter().filter_map(|photo| photo.path.as_ref())),
        key: draft.reference.clone(),
        draft,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Write;

    use super::*;

    fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    fn read_items(bytes: &[u8]) -> anyhow::Result<Vec<ItemRecord>> {
        records(file(bytes).path(), |stream| {
            feeds::items(Format::Ndjson, stream, &ReadOptions::default())
        })
    }

    #[test]
    fn good_lines_count_beside_faulty_ones() {
        let lines =
            b"{\"id\":\"i-1\",\"title\":\"Bicycle\"}\nnonsense\n{\"title\":\"no id\"}\n{\"id\":\"i-2\",\"brand\":\"Cube\"}\n";
        let ids = |items: Vec<ItemRecord>| items.into_iter().map(|item| item.id).collect::<Vec<_>>();
        assert_eq!(ids(read_items(lines).unwrap()), ["i-1", "i-2"]);
        let mut zipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        zipped.write_all(lines).unwrap();
        assert_eq!(ids(read_items(&zipped.finish().unwrap()).unwrap()), ["i-1", "i-2"]);
        assert!(read_items(b"nonsense\n").is_err());
        assert!(read_items(b"").unwrap().is_empty());
    }

    #[test]
    fn an_item_without_status_counts_as_stolen() {
        let photos = Photos { facts: HashMap::new() };
        for (status, stolen) in [
            (None, true),
            (Some("stolen"), true),
            (Some("registered"), false),
            (Some("recovered"), false),
            (Some("withdrawn"), false),
        ] {
            let status = status.map_or(String::new(), |status| format!(",\"status\":\"{status}\""));
            let items = read_items(format!("{{\"id\":\"i-1\",\"title\":\"Bicycle\"{status}}}\n").as_bytes()).unwrap();
            assert_eq!(offline_item(items[0].clone(), &photos).stolen, stolen, "{status}");
        }
    }
}
