//! Saved searches: what an officer wants to be told of when it comes on sale, for a case and a reason, until a day.
//!
//! Owns whether a listing is what was asked for. That is stricter than the free search, which shows the best whatever they are: an
//! alert is for everything that was asked, and for nothing less.

use super::audit::Purpose;
use super::description::Description;
use super::ids::{AccountId, SavedSearchId};
use super::listing::{Listing, SellerKey};
use super::number_pattern::NumberPattern;
use super::photo::{ContentHash, PhotoFingerprint, nearly_same};
use super::place::Place;
use super::time::Timestamp;

/// Most days for which a search is saved; then its need is thought of again.
pub const SAVED_DAYS_MAX: i64 = 90;

/// What is looked for. Everything that is set must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sought {
    /// Words, each of which must begin a word of the listing; may be empty.
    pub words: String,
    /// A number or a part of one; may be empty.
    pub number: String,
    /// A country, or the beginning of a postcode or town; may be empty.
    pub place: String,
    /// On listings of the seller of the report of this number.
    pub seller_of: Option<u64>,
    /// Put up from then on…
    pub from: Option<Timestamp>,
    /// …and before.
    pub to: Option<Timestamp>,
    /// Shows nearly this photo.
    pub photo: Option<ContentHash>,
}

/// What is known of a listing beside what it says.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Its numbers, normalised.
    pub numbers: Vec<String>,
    /// What its photos are found by, of those that are read.
    pub photos: Vec<PhotoFingerprint>,
}

/// A search that alerts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedSearch {
    /// Its id.
    pub id: SavedSearchId,
    /// Whose it is.
    pub account: AccountId,
    /// What its officer calls it.
    pub name: String,
    /// What is looked for.
    pub sought: Sought,
    /// The seller that is meant by the report's number.
    pub seller: Option<SellerKey>,
    /// For what.
    pub purpose: Purpose,
    /// When it was saved.
    pub created_at: Timestamp,
    /// From when on it is not run any more.
    pub expires_at: Timestamp,
}

impl Sought {
    /// Whether nothing is asked: a time alone is met by whatever comes.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        let nothing_typed = tokens(&self.words).next().is_none() && self.number.is_empty() && self.place.is_empty();
        nothing_typed && self.seller_of.is_none() && self.photo.is_none()
    }

    /// In words, for the officer's own page.
    #[must_use]
    pub fn says(&self) -> String {
        let mut parts = Vec::new();
        if !self.words.is_empty() {
            parts.push(format!("words “{}”", self.words));
        }
        if !self.number.is_empty() {
            parts.push(format!("number {}", self.number));
        }
        if !self.place.is_empty() {
            parts.push(format!("place {}", self.place));
        }
        if let Some(number) = self.seller_of {
            parts.push(format!("seller of SR-{number}"));
        }
        if let Some(photo) = self.photo {
            let hash = photo.to_string();
            parts.push(format!("photo {}…", hash.get(..8).unwrap_or_default()));
        }
        let day = |at: Timestamp| at.format("%-d %b %Y %H:%M UTC").to_string();
        if let Some(from) = self.from {
            parts.push(format!("put up from {}", day(from)));
        }
        if let Some(to) = self.to {
            parts.push(format!("put up before {}", day(to)));
        }
        parts.join(", ")
    }
}

impl SavedSearch {
    /// Whether a listing is what was asked for; by what, when it is. `photo`: what the photo that is asked for is found by; while
    /// that is not read, nothing is found by it.
    #[must_use]
    pub fn finds(&self, listing: &Listing, known: &Known, photo: Option<&PhotoFingerprint>) -> Option<String> {
        let put_up = listing.public_since();
        if self.sought.from.is_some_and(|from| put_up < from) || self.sought.to.is_some_and(|to| put_up >= to) {
            return None;
        }
        let mut by = Vec::new();
        if self.sought.photo.is_some() {
            let nearest = known.photos.iter().filter_map(|shown| nearly_same(photo?, shown)).min()?;
            by.push(format!("photo: the pictures differ in {nearest} of 256 measured features"));
        }
        if let Some(seller) = self.seller {
            if listing.draft.seller.as_ref().map(|seller| seller.key) != Some(seller) {
                return None;
            }
            by.push("its seller".to_owned());
        }
        if !self.sought.place.is_empty() {
            if !listing.draft.place.is_at(&Place::folded(&self.sought.place)) {
                return None;
            }
            by.push("its place".to_owned());
        }
        if !self.sought.words.is_empty() {
            let held = words_of(&listing.draft.description);
            if !tokens(&self.sought.words).all(|wanted| held.iter().any(|word| word.starts_with(&wanted))) {
                return None;
            }
            by.push("words".to_owned());
        }
        if !self.sought.number.is_empty() {
            let pattern = NumberPattern::parse(&self.sought.number).ok()?;
            let fits = known
                .numbers
                .iter()
                .filter_map(|value| Some((pattern.fit(value)?, value.as_str())));
            let (fit, value) = fits.min_by(|a, b| NumberPattern::order(*a, *b))?;
            by.push(format!("number {value}, {}", fit.says()));
        }
        (!by.is_empty()).then(|| by.join("; "))
    }
}

fn words_of(description: &Description) -> Vec<String> {
    let texts = [
        &description.title,
        &description.text,
        &description.brand,
        &description.model,
        &description.color,
        &description.category,
        &description.marks,
    ];
    texts.into_iter().flat_map(|text| tokens(text)).collect()
}

fn tokens(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_asked_by_signs_alone() {
        let sought = |words: &str| Sought {
            words: words.to_owned(),
            ..Sought::default()
        };
        assert!(sought("").is_nothing() && sought(" - ").is_nothing() && !sought("a").is_nothing());
    }
}
