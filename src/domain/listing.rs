//! Listings: what partners offer, in revisions.

use serde::{Deserialize, Serialize};
use url::Url;

use super::description::Description;
use super::ids::{DeliveryId, ListingId, PartnerId};
use super::money::Money;
use super::photo::ContentHash;
use super::place::Place;
use super::time::Timestamp;

/// Where a listing is in its life.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListingStatus {
    /// On sale.
    #[default]
    Active,
    /// Sold.
    Sold,
    /// Ended without a sale.
    Ended,
    /// Taken down.
    Withdrawn,
}

impl ListingStatus {
    /// The glossary's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Sold => "sold",
            Self::Ended => "ended",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// A seller as the feed names them: before redaction, held in memory only.
#[derive(Clone, PartialEq, Eq)]
pub struct SellerGiven {
    /// The partner's own name for the seller.
    pub reference: String,
    /// Since when the seller is known to the partner.
    pub since: Option<chrono::NaiveDate>,
}

impl std::fmt::Debug for SellerGiven {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SellerGiven(redacted)")
    }
}

/// A seller as we keep them: HMAC-SHA-256 of the partner's reference under that partner's key. Nobody can read a name from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SellerKey(#[serde(with = "hex::serde")] pub [u8; 32]);

impl SellerKey {
    /// Ten characters that tell sellers of one partner apart on screen.
    #[must_use]
    pub fn short(&self) -> String {
        hex::encode(&self.0[..5])
    }
}

/// A redacted seller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seller {
    /// Who, unreadably.
    pub key: SellerKey,
    /// Since when the seller is known to the partner.
    pub since: Option<chrono::NaiveDate>,
}

/// A photo as a feed names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhotoSource {
    /// Where it can be fetched; absent for uploads and files.
    pub url: Option<Url>,
    /// A path under the photo directory: only in files, never in a feed.
    pub path: Option<String>,
    /// What its bytes must hash to, when said.
    pub sha256: Option<ContentHash>,
}

/// What a feed says of one offer, with `S` for the seller: [`SellerGiven`] at the door, [`Seller`] inside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ListingDraft<S> {
    /// The partner's own id, at most 200 characters.
    pub reference: String,
    /// Where the public sees it.
    pub url: Option<Url>,
    /// How it is described.
    pub description: Description,
    /// What is asked for it.
    pub price: Option<Money>,
    /// Its photos, in order.
    pub photos: Vec<PhotoSource>,
    /// The record says in so many words that there are none: what was uploaded goes, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_photos: bool,
    /// By whom.
    pub seller: Option<S>,
    /// Where the object is.
    pub place: Place,
    /// When the partner says it was put up.
    pub posted_at: Option<Timestamp>,
    /// When the sale ends.
    pub ends_at: Option<Timestamp>,
    /// Where it is in its life.
    pub status: ListingStatus,
}

impl<S> ListingDraft<S> {
    /// Whether it only takes a listing off sale, and describes nothing.
    #[must_use]
    pub fn only_withdraws(&self) -> bool {
        self.status == ListingStatus::Withdrawn && self.description.title.is_empty()
    }
}

/// What became of a listing's photo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum PhotoState {
    /// Waiting to be fetched; with the number of tries so far and why the last one failed.
    Pending {
        /// Tries so far.
        attempts: u32,
        /// Why the last one failed.
        error: Option<String>,
    },
    /// Here.
    Held {
        /// The original bytes.
        sha256: ContentHash,
    },
    /// Given up.
    Failed {
        /// Why, for people.
        error: String,
    },
}

/// How long a photo stays that a partner uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Upload {
    /// Until it is taken off, or another takes its number.
    Stands,
    /// Until the address that the record names at its number has brought a photo.
    UntilFetched,
}

impl Upload {
    /// The word that it is stored under.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Stands => "stands",
            Self::UntilFetched => "until_fetched",
        }
    }
}

/// One photo of a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListingPhoto {
    /// Its number, from 1, in the order of the source.
    pub number: u16,
    /// Where the record says that it is; absent for uploads that it does not name.
    pub url: Option<Url>,
    /// What its bytes must hash to, when the partner said so.
    pub expected: Option<ContentHash>,
    /// What is held was uploaded; none where it was fetched, or is to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<Upload>,
    /// What became of it.
    #[serde(flatten)]
    pub state: PhotoState,
}

/// One offer on a partner's site as we hold it: the newest revision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Listing {
    /// Our id.
    pub id: ListingId,
    /// Whose offer.
    pub partner: PartnerId,
    /// What the newest revision says. `photos` lists what the feed named; see [`Listing::photos`] for what became of them.
    pub draft: ListingDraft<Seller>,
    /// The photos and what became of them.
    pub photos: Vec<ListingPhoto>,
    /// Number of the newest revision, from 1.
    pub revision: u32,
    /// When we first received it.
    pub received_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Listing {
    /// Since when somebody can have seen it, and copied from it: when the partner says it was put up, or when we received it,
    /// whichever is earlier. The partner's word can be wrong, so this warns and proves nothing.
    #[must_use]
    pub fn public_since(&self) -> Timestamp {
        self.draft
            .posted_at
            .map_or(self.received_at, |posted| posted.min(self.received_at))
    }
}

/// One line of a delivery that was not taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedLine {
    /// Its number, from 1.
    pub line: u64,
    /// The field at fault, as a path such as `price.amount`; empty when the line as a whole is.
    pub field: String,
    /// What is wrong, for people.
    pub reason: String,
}

/// What of a batch was not understood although its records count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The field, or the name that nothing is read from; empty when it is the batch as a whole.
    pub field: String,
    /// What becomes of it, for people.
    pub reason: String,
    /// How many records have it; 0 where it is not a matter of records.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub records: u64,
    /// The line of the first of them, from 1; in an array the element's position; 0 where it is not a matter of records.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub line: u64,
}

impl std::fmt::Display for Note {
    /// For people, in a line.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        f.write_str(&self.reason)?;
        match (self.records, self.line) {
            (0, _) => Ok(()),
            (1, 0) => f.write_str(" (1 record)"),
            (1, line) => write!(f, " (1 record, line {line})"),
            (records, 0) => write!(f, " ({records} records)"),
            (records, line) => write!(f, " ({records} records, the first on line {line})"),
        }
    }
}

// The signature is serde's.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// One push of a partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// Whose.
    pub partner: PartnerId,
    /// When it was received.
    pub received_at: Timestamp,
    /// Size of the body as received.
    pub size_bytes: u64,
    /// SHA-256 of the body as received.
    pub sha256: ContentHash,
    /// Listings that were new or changed.
    pub accepted: u64,
    /// Listings that said nothing new.
    pub unchanged: u64,
    /// Listings that are still to be taken in, while it goes on; what a delivery left out that broke off.
    pub remaining: u64,
    /// How many lines were rejected.
    pub rejected_count: u64,
    /// The rejected lines, at most the first 1,000.
    pub rejected: Vec<RejectedLine>,
    /// What was not understood although listings count.
    #[serde(default)]
    pub notes: Vec<Note>,
}
