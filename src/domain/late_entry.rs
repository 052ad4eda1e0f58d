//! Whether what an owner entered of an item can have been copied from the listing that it is compared with.
//!
//! Only what was entered after the listing could be seen can have been copied from it: registered, stolen, listed and stolen,
//! registered, listed are the usual orders and tell nothing; stolen, listed, registered is how it comes when a thief was quicker than
//! the victim, so that it is a note when the victim registered within three days of the theft, and a warning when later; and
//! whatever is added after the listing to an item that was registered before it is a warning, because the owner had said what
//! they knew, and says now what the listing shows.
//!
//! The day of a theft is the owner's own word, so that a note is no proof of good faith. Owns the order; the sentences are the
//! pages'.

use chrono::TimeDelta;
use serde::Serialize;

use super::description::Description;
use super::item_revision::{ItemDifference, ItemRevision, differences};
use super::time::Timestamp;

/// A victim registers within so long of the theft's latest time, days.
pub const PROMPT_DAYS: i64 = 3;

/// How what was entered of an item stands to a listing. What weighs more is greater.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Entered {
    /// Before the listing could be seen.
    #[default]
    Before,
    /// After it could be seen, with the first registration and within [`PROMPT_DAYS`] of the theft, as victims do.
    Promptly,
    /// After it could be seen, and later than that, or into an item that was registered before.
    Late,
}

impl Entered {
    /// The word on the wire.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::Promptly => "promptly",
            Self::Late => "late",
        }
    }
}

/// What a revision of an item is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// When the item was registered.
    pub registered_at: Timestamp,
    /// The latest time of the theft.
    pub stolen_by: Timestamp,
    /// Since when somebody can have seen the listing.
    pub listing_public_since: Timestamp,
}

impl Order {
    /// How what was entered at an instant stands to the listing. What only takes something away is nothing that was entered.
    #[must_use]
    pub fn entered(&self, at: Timestamp, changed: &[ItemDifference]) -> Entered {
        let adds = changed.iter().any(|one| one.after.is_some());
        if !adds || at <= self.listing_public_since {
            return Entered::Before;
        }
        let prompt = at <= self.stolen_by + TimeDelta::days(PROMPT_DAYS);
        match self.registered_at > self.listing_public_since && prompt {
            true => Entered::Promptly,
            false => Entered::Late,
        }
    }

    /// How all that was ever entered of an item stands to the listing: as what weighs most of it. `revisions` is oldest first.
    #[must_use]
    pub fn of_all(&self, revisions: &[ItemRevision]) -> Entered {
        let mut before: Option<&ItemRevision> = None;
        let mut most = Entered::Before;
        for revision in revisions {
            most = most.max(self.entered(revision.at, &changed(before, revision)));
            before = Some(revision);
        }
        most
    }
}

/// What differs between a revision and the one before; of the first one everything that it says.
#[must_use]
pub fn changed(before: Option<&ItemRevision>, revision: &ItemRevision) -> Vec<ItemDifference> {
    let after = (&revision.description, revision.photos.as_slice());
    match before {
        Some(before) => differences((&before.description, &before.photos), after),
        None => differences((&Description::default(), &[]), after),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + TimeDelta::days(number)
    }

    fn revision(at: Timestamp, title: &str) -> ItemRevision {
        ItemRevision {
            number: 1,
            at,
            description: Description {
                title: title.to_owned(),
                ..Description::default()
            },
            photos: Vec::new(),
        }
    }

    /// Days of the registration, the theft, the listing and a change, and how it all stands then.
    #[test]
    fn the_order_of_theft_registration_and_listing_tells_how_late_it_is() {
        use Entered::{Before, Late, Promptly};
        for (registered, stolen, listed, changed, expected) in [
            // Registered at home; stolen; offered.
            (0, 10, 12, None, Before),
            // Stolen; reported and registered; offered.
            (11, 10, 12, None, Before),
            // Stolen; offered at once; registered by the victim soon, with a photo the day after.
            (12, 10, 11, None, Promptly),
            (12, 10, 11, Some(13), Promptly),
            // The same, but the registration, or what is added to it, comes weeks after.
            (30, 10, 11, None, Late),
            (12, 10, 11, Some(14), Late),
            // Registered; stolen; offered; only then the number is added, however soon.
            (0, 10, 11, Some(12), Late),
            // Added before anybody could see the listing.
            (0, 10, 13, Some(12), Before),
        ] {
            let order = Order {
                registered_at: day(registered),
                stolen_by: day(stolen),
                listing_public_since: day(listed),
            };
            let mut revisions = vec![revision(day(registered), "Bicycle")];
            revisions.extend(changed.map(|at| revision(day(at), "Bicycle with a dent")));
            assert_eq!(
                order.of_all(&revisions),
                expected,
                "{registered} {stolen} {listed} {changed:?}"
            );
        }
    }

    #[test]
    fn what_is_taken_away_is_not_entered() {
        let order = Order {
            registered_at: day(0),
            stolen_by: day(1),
            listing_public_since: day(2),
        };
        let revisions = [revision(day(0), "Bicycle"), revision(day(9), "")];
        assert_eq!(order.of_all(&revisions), Entered::Before);
        assert!(Entered::Late > Entered::Promptly && Entered::Promptly > Entered::Before);
    }
}
