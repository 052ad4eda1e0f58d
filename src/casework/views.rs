//! What each audience is shown, built in one place.
//!
//! A view leaves out what its audience may not see: an officer gets no owner's contact details, and nothing of an item that
//! is not reported stolen; a partner learns of a request, not of the case behind it; an owner learns of a listing, not of
//! what the police think of it.

use crate::domain::account::Role;
use crate::domain::assessment::Assessment;
use crate::domain::disclosure::DisclosureRequest;
use crate::domain::ids::{AccountId, ItemId, ListingId, ReportId, TheftReportId};
use crate::domain::item::{Item, ItemDraft, ItemStatus, TheftReport};
use crate::domain::listing::{Listing, PhotoState};
use crate::domain::partner::{Letter, Partner};
use crate::domain::photo::PhotoRef;
use crate::domain::report::{Report, ReportEvent};
use crate::domain::time::Timestamp;
use crate::store::{Reader, StoreError};

/// At most this many listings of one seller are looked through for further reports.
const SELLER_LISTINGS_MAX: usize = 200;

/// An item as an officer sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemView {
    /// Its id.
    pub id: ItemId,
    /// Where it is in its life.
    pub status: ItemStatus,
    /// What its owner says of it; empty when it is hidden.
    pub draft: ItemDraft,
    /// Its photos; none when it is hidden.
    pub photos: Vec<PhotoRef>,
    /// It is neither stolen nor recovered, so the police see no more than its id.
    pub hidden: bool,
}

/// One step of a report's history, with the name of who took it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryLine {
    /// What and when.
    pub event: ReportEvent,
    /// By whom; absent for the service itself.
    pub by_name: Option<String>,
}

/// Another report on a listing of the same seller.
#[derive(Debug, Clone, PartialEq)]
pub struct OtherReport {
    /// Its id.
    pub id: ReportId,
    /// Its number.
    pub number: u64,
    /// The state's word.
    pub state: &'static str,
    /// How probable.
    pub probability: f64,
    /// What the item is called; empty when it is hidden.
    pub item_title: String,
    /// What the listing is called.
    pub listing_title: String,
}

/// A suspicion report as an officer sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportView {
    /// The report itself: state, assessment, times.
    pub report: Report,
    /// The item.
    pub item: ItemView,
    /// The theft.
    pub theft: TheftReport,
    /// The listing, with the seller unreadable.
    pub listing: Listing,
    /// With whom it is.
    pub partner: Partner,
    /// The partner's letter in force.
    pub letter: Option<Letter>,
    /// Who took or decided it.
    pub officer_name: Option<String>,
    /// What has happened to it, oldest first.
    pub history: Vec<HistoryLine>,
    /// Further reports on this seller's listings, most probable first.
    pub others_of_seller: Vec<OtherReport>,
    /// What was asked of the partner, newest first.
    pub disclosures: Vec<DisclosureRequest>,
}

/// A theft report as its reporter or an officer sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct TheftReportView {
    /// The report itself.
    pub report: TheftReport,
    /// What the reporter is called.
    pub reporter_name: String,
    /// Whether the owner stated it, or an officer.
    pub reporter_role: Role,
    /// The items.
    pub items: Vec<ItemView>,
}

/// A question as the owner who is asked sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct QuestionView {
    /// The question itself. Its assessment stays inside: the owner is asked, not told what we think.
    pub id: crate::domain::ids::QuestionId,
    /// The item.
    pub item: ItemId,
    /// What the owner calls it.
    pub item_title: String,
    /// The listing.
    pub listing: ListingId,
    /// What its seller calls it.
    pub listing_title: String,
    /// Where the public sees it.
    pub listing_url: Option<url::Url>,
    /// What is asked for it.
    pub price: Option<crate::domain::money::Money>,
    /// With whom it is.
    pub partner_name: String,
    /// When the question was put.
    pub asked_at: Timestamp,
    /// The answer, once given.
    pub answer: Option<(crate::domain::question::OwnersAnswer, Timestamp)>,
}

/// The Match record's shape: what an assessment looks like wherever it is shown to machines.
pub struct AssessmentView<'a> {
    /// The item.
    pub item: ItemId,
    /// The listing.
    pub listing: ListingId,
    /// What the evidence amounts to.
    pub assessment: &'a Assessment,
}

/// Builds the officer's view of a report; none when there is no such report.
///
/// # Errors
/// A failure of the store.
pub(super) fn report(reader: &Reader<'_>, id: ReportId, now: Timestamp) -> Result<Option<ReportView>, StoreError> {
    let Some(report) = reader.report(id)? else { return Ok(None) };
    let item = reader.item(report.item)?.ok_or(StoreError::Missing { what: "item" })?;
    let listing = reader
        .listing(report.listing)?
        .ok_or(StoreError::Missing { what: "listing" })?;
    let partner = reader
        .partner(listing.partner)?
        .ok_or(StoreError::Missing { what: "partner" })?;
    let theft = reader.theft_report(report.theft_report)?;
    let mut history = Vec::new();
    for event in reader.report_events(id)? {
        let by_name = name_of(reader, event.by)?;
        history.push(HistoryLine { event, by_name });
    }
    Ok(Some(ReportView {
        officer_name: name_of(reader, report.state.officer())?,
        theft: theft.ok_or(StoreError::Missing { what: "theft report" })?,
        letter: reader.active_letter(partner.id, now)?,
        others_of_seller: others_of_seller(reader, &report, &listing)?,
        disclosures: reader.disclosure_requests_of_report(id)?,
        item: item_view(item),
        report,
        listing,
        partner,
        history,
    }))
}

/// Builds the view of a theft report; none when there is no such report.
///
/// # Errors
/// A failure of the store.
pub(super) fn theft_report(reader: &Reader<'_>, id: TheftReportId) -> Result<Option<TheftReportView>, StoreError> {
    let Some(report) = reader.theft_report(id)? else {
        return Ok(None);
    };
    let reporter = reader
        .account(report.reporter)?
        .ok_or(StoreError::Missing { what: "account" })?;
    let mut items = Vec::new();
    for id in &report.items {
        items.extend(reader.item(*id)?.map(item_view));
    }
    Ok(Some(TheftReportView {
        report,
        reporter_name: reporter.name,
        reporter_role: reporter.role,
        items,
    }))
}

/// Builds an owner's view of a question.
///
/// # Errors
/// A failure of the store.
pub(super) fn question(
    reader: &Reader<'_>,
    question: crate::domain::question::Question,
) -> Result<Option<QuestionView>, StoreError> {
    let (Some(item), Some(listing)) = (reader.item(question.item)?, reader.listing(question.listing)?) else {
        return Ok(None);
    };
    let partner = reader.partner(listing.partner)?;
    Ok(Some(QuestionView {
        id: question.id,
        item: item.id,
        item_title: item.draft.description.title,
        listing: listing.id,
        listing_title: listing.draft.description.title,
        listing_url: listing.draft.url,
        price: listing.draft.price,
        partner_name: partner.map(|partner| partner.name).unwrap_or_default(),
        asked_at: question.asked_at,
        answer: question.answer,
    }))
}

/// Whether a report shows this photo: its item does, unhidden, or its listing does.
pub(super) fn shows_photo(item: &ItemView, listing: &Listing, sha256: crate::domain::photo::ContentHash) -> bool {
    let held = |photo: &crate::domain::listing::ListingPhoto| photo.state == PhotoState::Held { sha256 };
    item.photos.iter().any(|photo| photo.sha256 == sha256) || listing.photos.iter().any(held)
}

pub(super) fn item_view(item: Item) -> ItemView {
    let hidden = !matches!(item.status, ItemStatus::Stolen { .. } | ItemStatus::Recovered);
    ItemView {
        id: item.id,
        status: item.status,
        draft: if hidden { ItemDraft::default() } else { item.draft },
        photos: if hidden { Vec::new() } else { item.photos },
        hidden,
    }
}

fn name_of(reader: &Reader<'_>, account: Option<AccountId>) -> Result<Option<String>, StoreError> {
    let Some(account) = account else { return Ok(None) };
    Ok(reader.account(account)?.map(|account| account.name))
}

fn others_of_seller(reader: &Reader<'_>, report: &Report, listing: &Listing) -> Result<Vec<OtherReport>, StoreError> {
    let Some(seller) = &listing.draft.seller else {
        return Ok(Vec::new());
    };
    let mut others = Vec::new();
    for listing in reader.listings_of_seller(seller.key, SELLER_LISTINGS_MAX)? {
        for other in reader.reports_of_listing(listing.id)? {
            if other.id == report.id {
                continue;
            }
            let item = reader.item(other.item)?.map(item_view);
            others.push(OtherReport {
                id: other.id,
                number: other.number,
                state: other.state.word(),
                probability: other.assessment.probability,
                item_title: item.map(|item| item.draft.description.title).unwrap_or_default(),
                listing_title: listing.draft.description.title.clone(),
            });
        }
    }
    others.sort_by(|a, b| b.probability.total_cmp(&a.probability).then(a.number.cmp(&b.number)));
    Ok(others)
}
