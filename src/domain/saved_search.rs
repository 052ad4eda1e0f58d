//! Saved searches: what an officer wants to be told of when it comes on sale, for a case and a reason, until a day.
//!
//! Owns whether a listing is what was asked for. That is stricter than the free search, which shows the best whatever they are: an
//! alert is for everything that was asked, and for nothing less.

use super::audit::Purpose;
use super::description::Description;
use super::ids::{AccountId, SavedSearchId};
use super::listing::{Listing, SellerKey};
use super::number_pattern::NumberPattern;
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
    /// Whether nothing is asked.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        tokens(&self.words).next().is_none() && self.number.is_empty() && self.place.is_empty() && self.seller_of.is_none()
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
        parts.join(", ")
    }
}

impl SavedSearch {
    /// Whether a listing with these numbers is what was asked for; by what, when it is.
    #[must_use]
    pub fn finds(&self, listing: &Listing, numbers: &[String]) -> Option<String> {
        let mut by = Vec::new();
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
            let fits = numbers.iter().filter_map(|value| Some((pattern.fit(value)?, value.as_str())));
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
