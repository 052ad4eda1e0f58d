//! One object offered again under another number: when two listings are the same offer, told by nothing but themselves.
//!
//! Recognised are, in this order: the same number of one object; the same photo, whoever offers it; a photo that is nearly the same
//! (another size, format or crop), with the same partner by the same seller; nearly the same text, likewise.
//!
//! What a shop sells many of must not look like it. A photo that several listings show, a text that a seller uses again and
//! again, goods that are new, goods that were sold: each of these says that there is more than one of the thing.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use replevin_index::identifier::IdentifierKind;
use replevin_index::image::PhotoFingerprint;

use super::description::{Description, GivenIdentifier};
use super::ids::ListingId;
use super::listing::{Listing, ListingStatus};
use super::photo::nearly_same;
use super::time::Timestamp;

/// An offer may come so much before the earlier one is known to be over, hours: partners tell of the end with delay.
const OVERLAP_HOURS: i64 = 24;
/// Share of the words that near-identical texts have in common, of all words of both.
const WORDS_ALIKE: f64 = 0.9;
/// Texts of fewer words say too little.
const WORDS_MIN: usize = 6;
/// A photo that more listings than this show is a shop's or a maker's, and a text that more of a seller's listings have is a form.
pub const CARRIERS_MAX: usize = 3;
/// Words for goods that have had no owner, in the languages of the feeds.
const NEW: [&str; 12] = [
    "new",
    "brand new",
    "new with tags",
    "ny",
    "nyt",
    "helt ny",
    "neu",
    "neuf",
    "neuve",
    "nieuw",
    "nuovo",
    "nuevo",
];

/// By what a relisted offer was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelistedBy {
    /// One number that names one object.
    Number,
    /// One photo.
    Photo,
    /// A photo that is nearly the same, with the same partner by the same seller.
    NearPhoto,
    /// Text that is nearly word for word the same, by the same seller.
    Text,
}

impl RelistedBy {
    /// In words, after "recognised by".
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Number => "the same number",
            Self::Photo => "the same photo",
            Self::NearPhoto => "nearly the same photo by the same seller",
            Self::Text => "nearly the same text by the same seller",
        }
    }
}

/// In what a listing is nearly the same as another, whoever offers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// They show nearly the same photo.
    Photo {
        /// In how many of 256 measured features the two pictures differ.
        bits: u16,
    },
    /// Their texts are nearly word for word the same; see [`alike`].
    Text,
}

/// Another listing that is nearly the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlikeListing {
    /// Which.
    pub listing: ListingId,
    /// In what.
    pub by: Likeness,
}

/// What two listings have in common that only looking at others can tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shared {
    /// They show one photo that few others show.
    pub photo: bool,
    /// They show photos of which one is nearly the other, and few others of the seller's do; see [`near`].
    pub near_photo: bool,
    /// Their texts are nearly the same, and few others of the seller's are; see [`alike`].
    pub text: bool,
}

/// Whether `later` is `earlier` once more, and by what that is recognised.
#[must_use]
pub fn relisted(earlier: &Listing, later: &Listing, shared: Shared) -> Option<RelistedBy> {
    let over = over_at(earlier, later.received_at)?;
    if earlier.received_at >= later.received_at || over > later.received_at + TimeDelta::hours(OVERLAP_HOURS) {
        return None;
    }
    match numbers(&earlier.draft.description, &later.draft.description) {
        Some(true) => return Some(RelistedBy::Number),
        Some(false) => return None,
        None => {}
    }
    let seller = |listing: &Listing| listing.draft.seller.as_ref().map(|seller| seller.key);
    let one_seller = earlier.partner == later.partner && seller(earlier).is_some() && seller(earlier) == seller(later);
    // Who sold one and offers one has two.
    let sold = one_seller && earlier.draft.status == ListingStatus::Sold;
    if sold || is_new(earlier) || is_new(later) {
        return None;
    }
    if shared.photo {
        return Some(RelistedBy::Photo);
    }
    if one_seller && shared.near_photo {
        return Some(RelistedBy::NearPhoto);
    }
    (one_seller && shared.text).then_some(RelistedBy::Text)
}

/// Whether two listings that may be one item may well be one object offered twice, and not two that compete for it: by one seller,
/// or with one number.
#[must_use]
pub fn offered_again(one: &Listing, other: &Listing) -> bool {
    let seller = |listing: &Listing| listing.draft.seller.as_ref().map(|seller| seller.key);
    let one_seller = one.partner == other.partner && seller(one).is_some() && seller(one) == seller(other);
    one_seller || numbers(&one.draft.description, &other.draft.description) == Some(true)
}

/// Whether two items may well be one object that was registered twice: with one number that names it.
#[must_use]
pub fn registered_again(one: &Description, other: &Description) -> bool {
    numbers(one, other) == Some(true)
}

/// Whether one of these photos is nearly one of those.
#[must_use]
pub fn near(ones: &[PhotoFingerprint], others: &[PhotoFingerprint]) -> bool {
    (ones.iter()).any(|one| others.iter().any(|other| nearly_same(one, other).is_some()))
}

/// Whether two texts are nearly word for word the same, and say enough.
#[must_use]
pub fn alike(one: &Listing, other: &Listing) -> bool {
    let (one, other) = (words(one), words(other));
    let common = one.intersection(&other).count();
    let all = one.union(&other).count();
    common >= WORDS_MIN && common as f64 >= WORDS_ALIKE * all as f64
}

/// When an offer was over, as known by an instant; none while it runs.
fn over_at(listing: &Listing, by: Timestamp) -> Option<Timestamp> {
    if listing.draft.status != ListingStatus::Active {
        let said = listing.updated_at;
        return Some(listing.draft.ends_at.map_or(said, |ends| ends.min(said)));
    }
    listing
        .draft
        .ends_at
        .filter(|ends| *ends <= by + TimeDelta::hours(OVERLAP_HOURS))
}

/// Whether both have a number of one kind that names one object, and it is the same; none where not both have one.
fn numbers(one: &Description, other: &Description) -> Option<bool> {
    let names_object =
        |given: &&GivenIdentifier| !matches!(given.kind, IdentifierKind::OwnerNumber | IdentifierKind::ProductCode);
    let bare = |value: &str| -> String {
        let characters = value.chars().filter(|character| character.is_alphanumeric());
        characters.flat_map(char::to_uppercase).collect()
    };
    let mut said = None;
    for a in one.identifiers.iter().filter(names_object) {
        for b in other.identifiers.iter().filter(names_object) {
            if a.kind == b.kind {
                let same = bare(&a.value) == bare(&b.value);
                said = Some(said.unwrap_or(false) || same);
            }
        }
    }
    said
}

fn is_new(listing: &Listing) -> bool {
    let condition = listing.draft.description.condition.trim().to_lowercase();
    NEW.contains(&condition.as_str())
}

fn words(listing: &Listing) -> BTreeSet<String> {
    let description = &listing.draft.description;
    let text = format!("{} {}", description.title, description.text).to_lowercase();
    let words = text.split(|character: char| !character.is_alphanumeric());
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::ids::PartnerId;
    use super::super::listing::{ListingDraft, Seller, SellerKey};
    use super::super::place::Place;
    use super::*;

    fn day(day: i64) -> Timestamp {
        "2026-11-01T12:00:00Z".parse::<Timestamp>().unwrap() + TimeDelta::days(day)
    }

    fn listing(seller: u8, status: ListingStatus, received: i64, updated: i64) -> Listing {
        let partner = PartnerId(uuid::Uuid::from_bytes([1; 16]));
        Listing {
            id: ListingId(uuid::Uuid::now_v7()),
            partner,
            draft: ListingDraft {
                reference: "A-1".to_owned(),
                url: None,
                description: Description {
                    title: "Herrecykel Kildemoes, 7 gear".to_owned(),
                    text: "Ridse på skærmen, blå håndtag, står i Aarhus".to_owned(),
                    ..Description::default()
                },
                price: None,
                no_photos: false,
                photos: Vec::new(),
                seller: Some(Seller {
                    key: SellerKey([seller; 32]),
                    since: None,
                }),
                place: Place::default(),
                posted_at: None,
                ends_at: None,
                status,
            },
            photos: Vec::new(),
            revision: 1,
            received_at: day(received),
            updated_at: day(updated),
        }
    }

    const PHOTO: Shared = Shared {
        photo: true,
        near_photo: false,
        text: false,
    };
    const NEAR: Shared = Shared {
        photo: false,
        near_photo: true,
        text: false,
    };
    const TEXT: Shared = Shared {
        photo: false,
        near_photo: false,
        text: true,
    };
    const BOTH: Shared = Shared {
        photo: true,
        near_photo: true,
        text: true,
    };

    #[test]
    fn an_offer_that_comes_again_is_recognised() {
        use ListingStatus::{Active, Ended, Sold, Withdrawn};
        for (earlier, later, shared, expected) in [
            (
                listing(1, Ended, 0, 5),
                listing(1, Active, 6, 6),
                PHOTO,
                Some(RelistedBy::Photo),
            ),
            (
                listing(1, Withdrawn, 0, 5),
                listing(1, Active, 6, 6),
                TEXT,
                Some(RelistedBy::Text),
            ),
            // The end was told a little late.
            (
                listing(1, Ended, 0, 7),
                listing(1, Active, 6, 6),
                BOTH,
                Some(RelistedBy::Photo),
            ),
            // Another seller: only by the photo, also after a sale.
            (
                listing(1, Sold, 0, 5),
                listing(2, Active, 6, 6),
                PHOTO,
                Some(RelistedBy::Photo),
            ),
            (listing(1, Ended, 0, 5), listing(2, Active, 6, 6), TEXT, None),
            // Nearly the same photo says something of one seller only, and not after a sale.
            (
                listing(1, Ended, 0, 5),
                listing(1, Active, 6, 6),
                NEAR,
                Some(RelistedBy::NearPhoto),
            ),
            (listing(1, Ended, 0, 5), listing(2, Active, 6, 6), NEAR, None),
            (listing(1, Sold, 0, 5), listing(1, Active, 6, 6), NEAR, None),
            // Both at once, and nothing in common.
            (listing(1, Active, 0, 5), listing(1, Active, 6, 6), BOTH, None),
            (listing(1, Ended, 0, 20), listing(1, Active, 6, 6), BOTH, None),
            (listing(1, Ended, 0, 5), listing(1, Active, 6, 6), Shared::default(), None),
            // The later one is not the earlier one.
            (listing(1, Ended, 6, 6), listing(1, Active, 0, 5), BOTH, None),
        ] {
            assert_eq!(relisted(&earlier, &later, shared), expected, "{earlier:?} {later:?}");
        }
        let mut ran_out = listing(1, Active, 0, 0);
        ran_out.draft.ends_at = Some(day(5));
        assert_eq!(relisted(&ran_out, &listing(1, Active, 6, 6), TEXT), Some(RelistedBy::Text));
    }

    #[test]
    fn a_shops_same_new_article_is_not_relisted() {
        let mut earlier = listing(1, ListingStatus::Ended, 0, 5);
        let mut later = listing(1, ListingStatus::Active, 6, 6);
        for condition in ["New", "helt ny", "NEU"] {
            earlier.draft.description.condition = condition.to_owned();
            assert_eq!(relisted(&earlier, &later, BOTH), None, "{condition}");
        }
        earlier.draft.description.condition.clear();
        earlier.draft.status = ListingStatus::Sold;
        assert_eq!(relisted(&earlier, &later, BOTH), None, "one sold, another offered");
        // Numbers tell two of a kind apart, and one from itself.
        earlier.draft.status = ListingStatus::Ended;
        let number = |value: &str| GivenIdentifier {
            kind: IdentifierKind::Serial,
            value: value.to_owned(),
        };
        earlier.draft.description.identifiers = vec![number("AB-123456")];
        later.draft.description.identifiers = vec![number("AB 123457")];
        assert_eq!(relisted(&earlier, &later, BOTH), None);
        later.draft.description.identifiers = vec![number("ab 123456")];
        assert_eq!(relisted(&earlier, &later, Shared::default()), Some(RelistedBy::Number));
    }

    #[test]
    fn texts_are_alike_word_for_word_or_not_at_all() {
        let one = listing(1, ListingStatus::Active, 0, 0);
        let mut other = one.clone();
        other.draft.description.title = "HERRECYKEL, Kildemoes 7 gear!".to_owned();
        assert!(alike(&one, &other));
        other.draft.description.text = "Ridse på skærmen, rødt håndtag, står i Odense nær banen".to_owned();
        assert!(!alike(&one, &other));
        let mut short = one.clone();
        short.draft.description.title = "Lampe".to_owned();
        short.draft.description.text.clear();
        assert!(!alike(&short, &short.clone()), "one word is no text");
    }
}
