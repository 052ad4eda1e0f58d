//! The records in the form in which they are written: what was read from one reads the same again.
//!
//! Owns field names and order for files and the API's answers. Empty fields are left out.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use replevin_index::identifier::IdentifierKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::item::{ItemRecord, ItemStatusGiven, TheftRecord};
use super::{GivenIdentifier, KINDS, Money, Place};
use crate::domain::description::Description;
use crate::domain::listing::{ListingDraft, PhotoSource, SellerGiven};

/// What is said of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DescriptionLine {
    /// One line that names the object, at most 300 characters.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Free text, at most 20,000 characters.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Language code of ISO 639-1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Category in the source's words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub category: String,
    /// Maker or brand.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub brand: String,
    /// The maker's model.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub model: String,
    /// Colour in the source's words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub color: String,
    /// Condition in the source's words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub condition: String,
    /// Distinguishing marks.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub marks: String,
    /// Identifiers that were given as such, at most 50.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub identifiers: Vec<IdentifierLine>,
    /// What else a feed says under the names that its settings keep. Answers hold it; in a record each stands as a field of its own.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(required = false)]
    pub extra: BTreeMap<String, String>,
}

/// An identifier as given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct IdentifierLine {
    /// `imei`, `vin`, `frame_number`, `hull_number`, `chip`, `serial`, `owner_number`, `plate` or `product_code`.
    pub kind: String,
    /// Its characters.
    pub value: String,
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MoneyLine {
    /// A decimal number such as `1200.00`.
    pub amount: String,
    /// Three letters of ISO 4217.
    pub currency: String,
}

/// A place: in records, in the API's answers, and in what is sent to it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PlaceLine {
    /// Two letters of ISO 3166-1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postcode: Option<String>,
    /// Town.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// Latitude in degrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lat: Option<f64>,
    /// Longitude in degrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lon: Option<f64>,
}

/// A photo as a record names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum PhotoLine {
    /// Its address, or in files its path.
    Named(String),
    /// Its address and what its bytes must hash to.
    Hashed {
        /// Its address, or in files its path.
        url: String,
        /// SHA-256 in hex.
        sha256: String,
    },
}

/// A seller as a feed names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SellerLine {
    /// The partner's own reference; kept only as a keyed hash.
    #[serde(rename = "ref")]
    pub reference: String,
    /// Since when the partner knows the seller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<NaiveDate>,
}

/// A listing's record. Only `id` and `title` are required. It replaces the record of the same `id` as a whole: what it leaves out is
/// not kept from before.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ListingLine {
    /// The partner's own id, at most 200 characters.
    pub id: String,
    /// Where the public sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What is said of the object.
    #[serde(flatten)]
    pub description: DescriptionLine,
    /// What is asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<MoneyLine>,
    /// Its photos, at most 50. An empty list says that there are none, and takes off what was uploaded; without one uploads stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub photos: Option<Vec<PhotoLine>>,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seller: Option<SellerLine>,
    /// Where the object is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<PlaceLine>,
    /// When it was put up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub posted_at: Option<DateTime<Utc>>,
    /// When the sale ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<DateTime<Utc>>,
    /// `active`, `sold`, `ended` or `withdrawn`, for which nothing but `id` need be said; `active` when missing.
    #[schema(required = false)]
    pub status: String,
}

/// A theft in an item's record.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TheftLine {
    /// The earliest time at which it can have happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime<Utc>>,
    /// The latest time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<DateTime<Utc>>,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<PlaceLine>,
    /// The police's number of the case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crime_reference: Option<String>,
    /// What happened.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub circumstances: String,
    /// Whether an officer has confirmed it.
    pub verified: bool,
}

/// An item's record as a register's file has it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ItemLine {
    /// The file's own id.
    pub id: String,
    /// What is said of the object.
    #[serde(flatten)]
    pub description: DescriptionLine,
    /// What it is worth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<MoneyLine>,
    /// Its photos: paths or addresses, at most 50.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<String>,
    /// `registered`, `stolen`, `recovered` or `withdrawn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Its theft.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theft: Option<TheftLine>,
}

impl From<&Description> for DescriptionLine {
    fn from(said: &Description) -> Self {
        Self {
            title: said.title.clone(),
            description: said.text.clone(),
            language: said.language.clone(),
            category: said.category.clone(),
            brand: said.brand.clone(),
            model: said.model.clone(),
            color: said.color.clone(),
            condition: said.condition.clone(),
            marks: said.marks.clone(),
            identifiers: said.identifiers.iter().map(IdentifierLine::from).collect(),
            extra: said.extra.clone(),
        }
    }
}

impl From<&GivenIdentifier> for IdentifierLine {
    fn from(given: &GivenIdentifier) -> Self {
        Self {
            kind: word_of(given.kind).to_owned(),
            value: given.value.clone(),
        }
    }
}

fn word_of(kind: IdentifierKind) -> &'static str {
    let found = KINDS.iter().find(|(_, known)| *known == kind);
    found.map_or("", |(word, _)| word)
}

impl From<&Money> for MoneyLine {
    fn from(money: &Money) -> Self {
        Self {
            amount: money.amount(),
            currency: money.currency.clone(),
        }
    }
}

impl PlaceLine {
    /// The place, when something is said of it.
    #[must_use]
    pub fn of(place: &Place) -> Option<Self> {
        (!place.is_empty()).then(|| place.into())
    }
}

impl From<&Place> for PlaceLine {
    fn from(place: &Place) -> Self {
        Self {
            country: place.country.clone(),
            postcode: place.postcode.clone(),
            city: place.city.clone(),
            lat: place.latitude,
            lon: place.longitude,
        }
    }
}

impl From<PlaceLine> for Place {
    fn from(line: PlaceLine) -> Self {
        Self {
            country: line.country,
            postcode: line.postcode,
            city: line.city,
            latitude: line.lat,
            longitude: line.lon,
        }
    }
}

impl From<&PhotoSource> for PhotoLine {
    fn from(source: &PhotoSource) -> Self {
        let named = match (&source.url, &source.path) {
            (Some(url), _) => url.as_str().to_owned(),
            (None, path) => path.clone().unwrap_or_default(),
        };
        match source.sha256 {
            None => Self::Named(named),
            Some(sha256) => Self::Hashed {
                url: named,
                sha256: sha256.to_string(),
            },
        }
    }
}

impl From<&ListingDraft<SellerGiven>> for ListingLine {
    fn from(draft: &ListingDraft<SellerGiven>) -> Self {
        Self {
            id: draft.reference.clone(),
            url: draft.url.as_ref().map(|url| url.as_str().to_owned()),
            description: (&draft.description).into(),
            price: draft.price.as_ref().map(MoneyLine::from),
            photos: (draft.no_photos || !draft.photos.is_empty()).then(|| draft.photos.iter().map(PhotoLine::from).collect()),
            seller: draft.seller.as_ref().map(|seller| SellerLine {
                reference: seller.reference.clone(),
                since: seller.since,
            }),
            location: PlaceLine::of(&draft.place),
            posted_at: draft.posted_at,
            ends_at: draft.ends_at,
            status: draft.status.word().to_owned(),
        }
    }
}

impl From<&ItemRecord> for ItemLine {
    fn from(record: &ItemRecord) -> Self {
        Self {
            id: record.id.clone(),
            description: (&record.draft.description).into(),
            value: record.draft.value.as_ref().map(MoneyLine::from),
            photos: record.photos.clone(),
            status: record.status.map(|status| status.word().to_owned()),
            theft: record.theft.as_ref().map(TheftLine::from),
        }
    }
}

impl ItemStatusGiven {
    /// The glossary's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Stolen => "stolen",
            Self::Recovered => "recovered",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl From<&TheftRecord> for TheftLine {
    fn from(theft: &TheftRecord) -> Self {
        Self {
            from: theft.from,
            to: theft.to,
            location: PlaceLine::of(&theft.place),
            crime_reference: theft.crime_reference.clone(),
            circumstances: theft.circumstances.clone(),
            verified: theft.verified,
        }
    }
}
