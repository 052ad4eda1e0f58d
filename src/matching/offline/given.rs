//! Both sides as files give them.

use crate::domain::item::ItemDraft;
use crate::domain::listing::{ListingDraft, SellerGiven};
use crate::domain::place::Place;
use crate::domain::time::Timestamp;
use crate::matching::project::PhotoFacts;

/// An item from a file.
#[derive(Debug, Clone)]
pub struct OfflineItem {
    /// The file's own id.
    pub key: String,
    /// How it is described.
    pub draft: ItemDraft,
    /// Whether it counts as stolen: its status says so, or it has none. Others are left out.
    pub stolen: bool,
    /// When and where it was stolen, as far as the file says.
    pub theft: Option<OfflineTheft>,
    /// What was read from its photos.
    pub photos: Vec<PhotoFacts>,
}

/// A theft from a file; what is not said is neutral.
#[derive(Debug, Clone, Default)]
pub struct OfflineTheft {
    /// Earliest possible time.
    pub from: Option<Timestamp>,
    /// Latest possible time.
    pub to: Option<Timestamp>,
    /// Where.
    pub place: Place,
}

/// A listing from a file. Nobody received it at a known time, so only its own times count.
#[derive(Debug, Clone)]
pub struct OfflineListing {
    /// The file's own id.
    pub key: String,
    /// What it says.
    pub draft: ListingDraft<SellerGiven>,
    /// What was read from its photos.
    pub photos: Vec<PhotoFacts>,
}
