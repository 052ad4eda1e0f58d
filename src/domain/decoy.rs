//! Decoys: invented stolen things whose listings a partner puts into its own feed, to see whether they are recognised and how
//! soon.
//!
//! Owns what a decoy is and where it stands; [`invention`] makes things up. It is no item and its listing is no listing: both
//! stand apart, and are compared with each other alone.

pub mod invention;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::ids::{AccountId, DecoyId, FeedId, PartnerId};
use super::listing::{ListingDraft, ListingStatus, Seller, SellerGiven};
use super::place::Place;
use super::time::Timestamp;

pub use invention::Invention;

/// What every decoy's reference begins with.
pub const PREFIX: &str = "decoy-";
/// A decoy that came in and is not recognised after this long counts as missed, minutes.
pub const ALERT_MINUTES_MAX: i64 = 10;

/// A partner's consent to decoys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecoyConsent {
    /// Who gave it for the partner.
    pub by: AccountId,
    /// When.
    pub given_at: Timestamp,
    /// Until when it holds; none: until it is withdrawn.
    pub ends_at: Option<Timestamp>,
}

impl DecoyConsent {
    /// Whether it holds at an instant.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        self.ends_at.is_none_or(|end| end > now)
    }
}

/// How the listing differs from what is stolen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecoyVariant {
    /// It shows the number.
    Numbered,
    /// It shows the number with one character misread.
    Misread,
    /// It shows no number: words and a distinguishing mark.
    Described,
}

impl DecoyVariant {
    /// All, in the order in which forms show them.
    pub const ALL: [Self; 3] = [Self::Numbered, Self::Misread, Self::Described];

    /// The word in files and the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Numbered => "numbered",
            Self::Misread => "misread",
            Self::Described => "described",
        }
    }

    /// What the listing shows.
    #[must_use]
    pub fn says(self) -> &'static str {
        match self {
            Self::Numbered => "The number as it is registered",
            Self::Misread => "The number with one character misread",
            Self::Described => "No number: words and a distinguishing mark",
        }
    }
}

/// A decoy's listing as it came in.
#[derive(Debug, Clone, PartialEq)]
pub struct CameIn {
    /// When it first did.
    pub at: Timestamp,
    /// The feed that it came by last; none when it was pushed without naming one.
    pub feed: Option<FeedId>,
    /// What it says now: without seller, photos and address.
    pub draft: ListingDraft<Seller>,
}

/// A decoy.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoy {
    /// Its id.
    pub id: DecoyId,
    /// Whose feed it tries.
    pub partner: PartnerId,
    /// The own id that its listing bears.
    pub reference: String,
    /// How its listing differs from the thing.
    pub variant: DecoyVariant,
    /// What is said of it.
    pub invention: Invention,
    /// When it was planted.
    pub planted_at: Timestamp,
    /// When it was taken back.
    pub withdrawn_at: Option<Timestamp>,
    /// When and how its listing came in.
    pub came: Option<CameIn>,
    /// How probable the pair was when it was judged last.
    pub probability: Option<f64>,
    /// When it was first recognised: for a real thing a report would have been raised then.
    pub alerted_at: Option<Timestamp>,
}

/// Where a decoy stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecoyStanding {
    /// Its listing has not come in.
    Planted,
    /// It has, not long ago, and is not recognised yet.
    CameIn,
    /// It was recognised.
    Alerted,
    /// It came in and was not recognised in time.
    Missed,
    /// It was taken back before it came in.
    Withdrawn,
}

impl Decoy {
    /// Where it stands at an instant. What came in stays what it was when it is taken back later.
    #[must_use]
    pub fn standing(&self, now: Timestamp) -> DecoyStanding {
        match (&self.came, self.alerted_at) {
            (_, Some(_)) => DecoyStanding::Alerted,
            (Some(came), None) if now - came.at >= TimeDelta::minutes(ALERT_MINUTES_MAX) => DecoyStanding::Missed,
            (Some(_), None) if self.withdrawn_at.is_none() => DecoyStanding::CameIn,
            _ => match self.withdrawn_at {
                Some(_) => DecoyStanding::Withdrawn,
                None => DecoyStanding::Planted,
            },
        }
    }

    /// From coming in to being recognised.
    #[must_use]
    pub fn alert_after(&self) -> Option<TimeDelta> {
        Some(self.alerted_at? - self.came.as_ref()?.at)
    }

    /// The record that the partner puts into its feed.
    #[must_use]
    pub fn listing(&self) -> ListingDraft<SellerGiven> {
        ListingDraft {
            reference: self.reference.clone(),
            url: None,
            description: self.invention.listing.clone(),
            price: Some(self.invention.price.clone()),
            no_photos: false,
            photos: Vec::new(),
            seller: None,
            place: Place::default(),
            posted_at: None,
            ends_at: None,
            status: ListingStatus::Active,
        }
    }
}

/// The reference of the decoy that a listing's reference may be: a feed's mapping can put something before it.
#[must_use]
pub fn reference_in(reference: &str) -> Option<&str> {
    reference.rfind(PREFIX).map(|at| &reference[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_may_put_something_before_a_reference() {
        assert_eq!(reference_in("decoy-1"), Some("decoy-1"));
        assert_eq!(reference_in("S-decoy-1"), Some("decoy-1"));
        assert_eq!(reference_in("A-1"), None);
    }
}
