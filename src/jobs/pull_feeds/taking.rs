//! A fetched file becomes listings, a part at a time; what a whole file does not name is withdrawn, unless that is too much.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;

use super::{MISSING_HARMLESS, MISSING_SHARE_MAX, PullError, Turn};
use crate::domain::audit::Act;
use crate::domain::feed::{Quarantined, RejectedBecause};
use crate::domain::ids::FeedId;
use crate::domain::listing::{ListingDraft, Note, RejectedLine, SellerGiven};
use crate::domain::photo::ContentHash;
use crate::feeds::inflate::{Compression, inflate};
use crate::feeds::{FeedError, Format, REJECTED_SHOWN_MAX, ReadOptions, ReadRecord, each_listing, kept, look, reference_of};
use crate::intake::{IntakeError, Part, Push};
use crate::store::{StoreError, Tx};

/// Records that are taken in together.
const A_PART: usize = 1_000;
/// Reasons for rejecting records that are counted one by one.
const REASONS_COUNTED: usize = 200;
/// Reasons that a run keeps.
const REASONS_KEPT: usize = 10;
/// A compressed file may inflate to this, bytes.
const INFLATED_BYTES_MAX: u64 = 64 << 30;

/// What became of a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) accepted: u64,
    pub(super) unchanged: u64,
    pub(super) rejected: u64,
    pub(super) withdrawn: u64,
    pub(super) held: u64,
    pub(super) note: String,
    /// The file's size as it was sent.
    pub(super) bytes: u64,
    /// Why records were rejected, the most frequent first.
    pub(super) because: Vec<RejectedBecause>,
    /// Rejected records that do not say which listing they are.
    nameless: u64,
}

/// Takes a file in that holds `size_bytes`, from its beginning. Waits for its turn before each part.
pub(super) fn take_in(turn: &Turn, mut file: File, size_bytes: u64) -> Result<Taken, PullError> {
    let feed = &turn.feed;
    let sha256 = hash(&mut file).map_err(PullError::Spool)?;
    let format: Format = feed.settings.format.parse().unwrap_or(Format::Ndjson);
    let options = ReadOptions {
        mapping: Some(Arc::new(feed.settings.mapping.clone())),
        ..ReadOptions::default()
    };
    turn.row
        .note(|row| (row.is_reading, row.bytes, row.bytes_total) = (true, 0, Some(size_bytes)));
    let read = Arc::new(AtomicU64::new(0));
    let counted = Counted {
        file,
        read: Arc::clone(&read),
    };
    let mut stream = BufReader::with_capacity(1 << 16, counted);
    let compression = Compression::of_beginning(stream.fill_buf().map_err(PullError::Spool)?);
    let mut stream: Box<dyn BufRead> = match compression {
        Some(compression) => Box::new(inflate(compression, stream, size_bytes, INFLATED_BYTES_MAX)),
        None => Box::new(stream),
    };
    // A server that is being repaired answers with a page that says so.
    look(format, true, &mut stream)?;
    let mut taking = Taking {
        turn,
        place: Some(turn.place()?),
        format,
        options: &options,
        push: empty(feed.id, size_bytes, sha256),
        also: Vec::new(),
        first: None,
        because: HashMap::new(),
        read,
        taken: Taken {
            bytes: size_bytes,
            ..Taken::default()
        },
    };
    let mut failed = None;
    let read = each_listing(format, stream, &options, |record| {
        taking.record(record);
        let done = if turn.stop.is_cancelled() {
            Err(PullError::Stopped)
        } else {
            taking.flush(A_PART)
        };
        done.map_err(|error| {
            failed = Some(error);
            FeedError::Io(std::io::ErrorKind::Interrupted.into())
        })
    });
    if let Some(error) = failed {
        return Err(error);
    }
    let notes = read?;
    taking.flush(1)?;
    if taking.taken.rejected > 0 && taking.taken.accepted + taking.taken.unchanged == 0 {
        return Err(PullError::NoneRead {
            rejected: taking.taken.rejected,
            first: taking.first.take().unwrap_or_default(),
        });
    }
    taking.taken.tell(&notes);
    taking.taken.because = most_frequent(taking.because);
    Ok(taking.taken)
}

impl Turn {
    /// Waits until this feed may read its next part.
    fn place(&self) -> Result<OwnedSemaphorePermit, PullError> {
        self.row.waits();
        let place = Handle::current().block_on(Arc::clone(&self.parts).acquire_owned());
        self.row.goes_on();
        place.map_err(|_| PullError::Stopped)
    }
}

struct Taking<'a> {
    turn: &'a Turn,
    /// Held while a part is read and taken in.
    place: Option<OwnedSemaphorePermit>,
    format: Format,
    options: &'a ReadOptions,
    push: Push,
    also: Vec<String>,
    /// What is wrong with the first record that could not be read.
    first: Option<String>,
    /// Field and reason of what was rejected, and how many records.
    because: HashMap<(String, String), u64>,
    /// Bytes of the file that were read.
    read: Arc<AtomicU64>,
    taken: Taken,
}

/// A file that counts what was read of it.
struct Counted {
    file: File,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

impl Taking<'_> {
    fn record(&mut self, record: ReadRecord<ListingDraft<SellerGiven>>) {
        let faults = match record.result {
            Ok(draft) => return self.push.drafts.push(draft),
            Err(faults) => faults,
        };
        self.push.rejected_count += 1;
        let content = record.content.as_ref();
        let reference = content.and_then(|content| reference_of(content, self.options));
        match &reference {
            Some(reference) => self.also.push(reference.clone()),
            None => self.taken.nameless += 1,
        }
        let faults: Vec<RejectedLine> = faults.iter().map(|fault| fault.at(record.line)).collect();
        self.first = self.first.take().or_else(|| faults.first().map(told));
        if let Some(fault) = faults.first() {
            let known = (fault.field.clone(), fault.reason.clone());
            // A reason may hold what the record says: there may be as many as records.
            if self.because.len() < REASONS_COUNTED || self.because.contains_key(&known) {
                *self.because.entry(known).or_default() += 1;
            }
        }
        let (intake, partner) = (&self.turn.app.intake, self.turn.feed.partner);
        let key = |reference: &str| hex::encode(intake.seller_key(partner, reference).0);
        self.push.quarantined.push(Quarantined {
            feed: Some(self.turn.feed.id),
            line: record.line,
            faults: faults.clone(),
            reference,
            format: self.format.word().to_owned(),
            record: content.and_then(|content| kept::keep(content, self.options, &key)),
        });
        self.push.rejected.extend(faults);
    }

    /// Takes in what has gathered, when it is at least so many records.
    fn flush(&mut self, records: usize) -> Result<(), PullError> {
        let gathered = self.push.drafts.len() + self.push.quarantined.len();
        if gathered < records {
            return Ok(());
        }
        let next = empty(self.turn.feed.id, self.push.size_bytes, self.push.sha256);
        let mut push = std::mem::replace(&mut self.push, next);
        push.rejected.truncate(REJECTED_SHOWN_MAX);
        let part = Part {
            feed: self.turn.feed.id,
            run: self.turn.run,
            also: std::mem::take(&mut self.also),
        };
        let taken = self.turn.app.intake.push_part(self.turn.feed.partner, push, part);
        let outcome = Handle::current().block_on(taken)?;
        self.taken.accepted += outcome.accepted;
        self.taken.unchanged += outcome.unchanged;
        self.taken.rejected += outcome.rejected_count;
        let records = self.taken.accepted + self.taken.unchanged + self.taken.rejected;
        let bytes = self.read.load(Ordering::Relaxed);
        self.turn.row.note(|row| (row.bytes, row.records) = (bytes, records));
        // Others that wait come first.
        self.place = None;
        self.place = Some(self.turn.place()?);
        Ok(())
    }
}

fn most_frequent(because: HashMap<(String, String), u64>) -> Vec<RejectedBecause> {
    let each = because.into_iter();
    let mut all: Vec<RejectedBecause> = each
        .map(|((field, reason), records)| RejectedBecause { field, reason, records })
        .collect();
    all.sort_by(|one, other| (other.records, &one.field, &one.reason).cmp(&(one.records, &other.field, &other.reason)));
    all.truncate(REASONS_KEPT);
    all
}

/// A fault in words.
fn told(fault: &RejectedLine) -> String {
    let field = match fault.field.as_str() {
        "" => String::new(),
        field => format!("{field}: "),
    };
    format!("line {}: {field}{}", fault.line, fault.reason)
}

impl Taken {
    /// Notes what of the file was not understood, a line each.
    fn tell(&mut self, notes: &[Note]) {
        let told: Vec<String> = notes.iter().map(Note::to_string).collect();
        self.note = told.join("\n");
    }

    /// After a whole file: forgets what earlier ones left in quarantine, and withdraws what this one does not name. Holds that
    /// back, unless somebody has looked at it, where it is too much at once, where the file is empty, and where a record could not
    /// be read that may be what is missing.
    pub(super) fn settle(&mut self, turn: &Turn, confirmed: bool) -> Result<(), PullError> {
        let (app, run) = (&turn.app, turn.run);
        let (id, partner, name) = (turn.feed.id, turn.feed.partner, turn.feed.name.as_str());
        let forget = move |tx: &mut Tx<'_>| Ok::<_, StoreError>((tx.release_quarantined_of(id, run)?, Vec::<Act>::new()));
        app.store.keep(forget).map_err(IntakeError::from)?;
        let counted = app.store.read_blocking(|reader| reader.missing_of(id, run));
        let (known, missing) = counted.map_err(IntakeError::from)?;
        if missing == 0 {
            return Ok(());
        }
        let empty = self.accepted + self.unchanged + self.rejected == 0;
        let harmless = missing <= MISSING_HARMLESS && missing < known;
        let too_many = !harmless && missing as f64 > known as f64 * MISSING_SHARE_MAX;
        if !confirmed && (self.nameless > 0 || empty || too_many) {
            self.held = missing;
            let why = if empty {
                format!("the file is empty and all {missing} listings are missing")
            } else if self.nameless > 0 {
                format!(
                    "{missing} listings are missing, and {} records could not be read at all",
                    self.nameless
                )
            } else {
                format!("{missing} of {known} listings are missing at once")
            };
            let held = format!("{why}; none was withdrawn until somebody confirms it");
            self.note = [held.as_str(), &self.note].join("\n").trim_end().to_owned();
            tracing::warn!(feed = name, missing, known, "missing listings are held back");
            return Ok(());
        }
        self.withdrawn = Handle::current().block_on(app.intake.withdraw_missing(partner, id, run))?;
        Ok(())
    }
}

fn empty(feed: FeedId, size_bytes: u64, sha256: ContentHash) -> Push {
    Push {
        drafts: Vec::new(),
        rejected: Vec::new(),
        rejected_count: 0,
        notes: Vec::new(),
        quarantined: Vec::new(),
        size_bytes,
        sha256,
        key: None,
        feed: Some(feed),
    }
}

/// The SHA-256 of a file, which stands at its beginning afterwards.
fn hash(file: &mut File) -> std::io::Result<ContentHash> {
    file.rewind()?;
    let (mut sum, mut part) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        let read = file.read(&mut part)?;
        if read == 0 {
            break;
        }
        sum.update(&part[..read]);
    }
    file.rewind()?;
    Ok(ContentHash(sum.finalize().into()))
}
