//! A suspicion report on the wire: as a row of the queue, after a step, and opened.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::beside_record::{HistoryRecord, OtherRecord, RivalsRecord};
use super::relisting_record::RelistingRecord;
use super::wire::{ListingRef, MatchRecord};
use crate::casework::item_changes::ItemChangeView;
use crate::casework::views::{ItemView, ReportView};
use crate::domain::item::TheftReport;
use crate::domain::item_revision::ItemDifference;
use crate::domain::late_entry::Entered;
use crate::domain::listing::{Listing, PhotoState};
use crate::domain::photo::{EvidencePhoto, PhotoSide};
use crate::domain::report::{self, Report};
use crate::feeds::record::{DescriptionLine, MoneyLine, PlaceLine};
use crate::store::QueueRow;

/// A report in the queue.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReportSummary {
    /// Its id.
    id: Uuid,
    /// Its number.
    number: u64,
    /// `open`, `in review`, `confirmed`, `dismissed` or `closed`.
    state: &'static str,
    /// The item.
    item: Uuid,
    /// What the item is called.
    item_title: String,
    /// The listing.
    listing: ListingRef,
    /// What the listing is called.
    listing_title: String,
    /// How probable.
    probability: f64,
    /// The yardstick's words for it.
    yardstick: String,
    /// When the sale ends.
    ends_at: Option<DateTime<Utc>>,
    /// Whether the listing is on sale.
    active: bool,
    /// Who took or decided it.
    officer: Option<String>,
    /// When it was raised.
    raised_at: DateTime<Utc>,
    /// How what the owner entered stands to the listing: `before`, `promptly` or `late`, as in a report's `item.changes`.
    entered: &'static str,
}

impl From<QueueRow> for ReportSummary {
    fn from(row: QueueRow) -> Self {
        Self {
            id: row.report.id.0,
            number: row.report.number,
            state: row.report.state.word(),
            item: row.report.item.0,
            item_title: row.item_title,
            listing: ListingRef {
                id: row.report.listing.0,
                partner: row.partner_slug,
                reference: row.listing_reference,
            },
            listing_title: row.listing_title,
            probability: row.report.assessment.probability,
            yardstick: row.report.assessment.yardstick,
            ends_at: row.ends_at,
            active: row.active,
            officer: row.officer_name,
            raised_at: row.report.raised_at,
            entered: row.entered.word(),
        }
    }
}

/// How far a report is after a step.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReportState {
    /// Its id.
    id: Uuid,
    /// Its number.
    number: u64,
    /// `open`, `in review`, `confirmed`, `dismissed` or `closed`.
    state: &'static str,
    /// The account that took or decided it.
    officer: Option<Uuid>,
    /// The reasons of the decision, from the fixed set…
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<&'static str>,
    /// …what the officer saw…
    #[serde(skip_serializing_if = "Option::is_none")]
    facts: Option<String>,
    /// …and what they conclude, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'static str>,
    /// When it last changed.
    updated_at: DateTime<Utc>,
}

impl From<Report> for ReportState {
    fn from(report: Report) -> Self {
        let (review, outcome) = match &report.state {
            report::ReportState::Decided(review) => (Some(review), None),
            report::ReportState::Closed { review, outcome, .. } => (Some(review), Some(outcome.word())),
            report::ReportState::Open | report::ReportState::InReview { .. } => (None, None),
        };
        let reasons = review.into_iter().flat_map(|review| &review.reasons);
        Self {
            id: report.id.0,
            number: report.number,
            state: report.state.word(),
            officer: report.state.officer().map(|id| id.0),
            reasons: reasons.map(|reason| reason.word()).collect(),
            facts: review.and_then(|review| review.facts.clone()),
            reason: review.map(|review| review.reason.clone()),
            outcome,
            updated_at: report.updated_at,
        }
    }
}

/// A report as it is opened.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReportRecord {
    /// How far it is.
    #[serde(flatten)]
    state: ReportState,
    /// Who took or decided it.
    officer_name: Option<String>,
    /// When it was raised.
    raised_at: DateTime<Utc>,
    /// What the evidence amounts to.
    assessment: MatchRecord,
    /// The item.
    item: ItemRecord,
    /// The theft.
    theft: TheftFacts,
    /// The listing.
    listing: ListingRecord,
    /// The photos that the evidence rests on or ever rested on; kept when item or listing no longer show them.
    evidence_photos: Vec<EvidencePhotoRecord>,
    /// What has happened to the report, oldest first.
    history: Vec<HistoryRecord>,
    /// Who competes for the listing and for the item, with shares of the probability.
    rivals: RivalsRecord,
    /// Further reports on this seller's listings, most probable first.
    others_of_seller: Vec<OtherRecord>,
    /// The same object in other offers, the newest first.
    relistings: Vec<RelistingRecord>,
    /// The disclosure requests on it, newest first.
    disclosure_requests: Vec<Uuid>,
}

impl From<ReportView> for ReportRecord {
    fn from(view: ReportView) -> Self {
        let reference = ListingRef {
            id: view.listing.id.0,
            partner: view.partner.slug.to_string(),
            reference: view.listing.draft.reference.clone(),
        };
        Self {
            officer_name: view.officer_name,
            raised_at: view.report.raised_at,
            assessment: MatchRecord::of(view.report.item.0, reference.clone(), view.report.assessment.clone()),
            state: view.report.into(),
            item: view.item.into(),
            theft: view.theft.into(),
            listing: ListingRecord::of(reference, view.listing),
            evidence_photos: view.evidence_photos.into_iter().map(EvidencePhotoRecord::from).collect(),
            history: view.history.into_iter().map(HistoryRecord::from).collect(),
            rivals: view.rivals.into(),
            others_of_seller: view.others_of_seller.into_iter().map(OtherRecord::from).collect(),
            relistings: view.relistings.into_iter().map(RelistingRecord::from).collect(),
            disclosure_requests: view.disclosures.iter().map(|request| request.id.0).collect(),
        }
    }
}

/// The item as an officer sees it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ItemRecord {
    /// Its id.
    id: Uuid,
    /// `stolen`, `recovered`, …
    status: &'static str,
    /// Its description; absent when the item is not reported stolen any more.
    #[serde(flatten)]
    description: Option<DescriptionLine>,
    /// SHA-256 of its photos.
    photos: Vec<String>,
    /// How it was registered and changed since, oldest first.
    changes: Vec<ItemChangeRecord>,
}

impl From<ItemView> for ItemRecord {
    fn from(item: ItemView) -> Self {
        Self {
            id: item.id.0,
            status: item.status.word(),
            description: (!item.hidden).then(|| (&item.draft.description).into()),
            photos: item.photos.iter().map(|photo| photo.sha256.to_string()).collect(),
            changes: item.changes.into_iter().map(ItemChangeRecord::from).collect(),
        }
    }
}

/// A change of an item by its owner, or its registration.
#[derive(Debug, Serialize, ToSchema)]
struct ItemChangeRecord {
    /// When.
    at: DateTime<Utc>,
    /// It is how the item was registered.
    registered: bool,
    /// An officer had verified the theft by then.
    after_verification: bool,
    /// The listing was up by then, by the partner's word or because we had it: what was entered can have been copied from it and
    /// cannot be counted as proof.
    after_listing: bool,
    /// The same by what it means: `before` the listing; `promptly`, after it with the first registration and within 3 days of the
    /// theft, as victims do; `late`, after it and later than that, or into an item that was registered before.
    entered: &'static str,
    /// What differs from before.
    differences: Vec<ItemDifferenceRecord>,
}

/// One thing that an owner changed.
#[derive(Debug, Serialize, ToSchema)]
struct ItemDifferenceRecord {
    /// The field's name in an item's record.
    field: &'static str,
    /// What stood there; of a photo its SHA-256.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    /// What stands there since.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
}

impl From<ItemChangeView> for ItemChangeRecord {
    fn from(change: ItemChangeView) -> Self {
        let difference = |one: ItemDifference| ItemDifferenceRecord {
            field: one.field.word(),
            before: one.before,
            after: one.after,
        };
        Self {
            at: change.at,
            registered: change.registered,
            after_verification: change.after_verification,
            after_listing: change.entered != Entered::Before,
            entered: change.entered.word(),
            differences: change.differences.into_iter().map(difference).collect(),
        }
    }
}

/// The theft as far as the report needs it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TheftFacts {
    /// The theft report.
    id: Uuid,
    /// `unverified`, `verified` or `rejected`.
    status: &'static str,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    location: PlaceLine,
    crime_reference: Option<String>,
    circumstances: String,
}

impl From<TheftReport> for TheftFacts {
    fn from(report: TheftReport) -> Self {
        Self {
            id: report.id.0,
            status: report.verification.word(),
            from: report.theft.from,
            to: report.theft.to,
            location: (&report.theft.place).into(),
            crime_reference: report.theft.crime_reference,
            circumstances: report.theft.circumstances,
        }
    }
}

/// The listing as an officer sees it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ListingRecord {
    /// Its names.
    #[serde(flatten)]
    reference: ListingRef,
    /// `active`, `sold`, `ended` or `withdrawn`.
    status: &'static str,
    /// Where the public sees it.
    url: Option<String>,
    /// How it is described.
    #[serde(flatten)]
    description: DescriptionLine,
    /// What is asked for it.
    price: Option<MoneyLine>,
    /// Tells the sellers of one partner apart, and says nothing else.
    seller: Option<String>,
    /// Since when the partner knows the seller.
    seller_since: Option<NaiveDate>,
    /// Where the object is.
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<PlaceLine>,
    /// When the partner says it was put up.
    posted_at: Option<DateTime<Utc>>,
    /// When the sale ends.
    ends_at: Option<DateTime<Utc>>,
    /// When we first received it.
    received_at: DateTime<Utc>,
    /// SHA-256 of the photos that are held.
    photos: Vec<String>,
}

impl ListingRecord {
    pub(super) fn of(reference: ListingRef, listing: Listing) -> Self {
        let held = |photo: &crate::domain::listing::ListingPhoto| match &photo.state {
            PhotoState::Held { sha256 } => Some(sha256.to_string()),
            PhotoState::Pending { .. } | PhotoState::Failed { .. } => None,
        };
        let draft = listing.draft;
        Self {
            reference,
            status: draft.status.word(),
            url: draft.url.map(String::from),
            description: (&draft.description).into(),
            price: draft.price.as_ref().map(MoneyLine::from),
            seller: draft.seller.as_ref().map(|seller| seller.key.short()),
            seller_since: draft.seller.and_then(|seller| seller.since),
            location: PlaceLine::of(&draft.place),
            posted_at: draft.posted_at,
            ends_at: draft.ends_at,
            received_at: listing.received_at,
            photos: listing.photos.iter().filter_map(held).collect(),
        }
    }
}

/// A photo that the evidence rests on.
#[derive(Debug, Serialize, ToSchema)]
struct EvidencePhotoRecord {
    /// `item` or `listing`.
    #[schema(value_type = String)]
    side: PhotoSide,
    /// Its place among that side's photos when it was compared, from 1.
    place: u16,
    /// SHA-256 of its bytes.
    sha256: String,
}

impl From<EvidencePhoto> for EvidencePhotoRecord {
    fn from(photo: EvidencePhoto) -> Self {
        Self {
            side: photo.side,
            place: photo.place,
            sha256: photo.sha256.to_string(),
        }
    }
}
