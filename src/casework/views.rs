//! What each audience is shown, built in one place.
//!
//! A view leaves out what its audience may not see: an officer gets no owner's contact details, and nothing of an item that
//! is not reported stolen; a partner learns of a request, not of the case behind it; an owner learns of a listing, not of
//! what the police think of it.

use super::evidence_photos;
use super::item_changes::{self, ItemChangeView};
use super::relistings::{self, Relisting};
use crate::domain::account::Role;
use crate::domain::assessment::{Comparison, Evidence};
use crate::domain::disclosure::DisclosureRequest;
use crate::domain::ids::{AccountId, ItemId, ListingId, QuestionId, ReportId, TheftReportId};
use crate::domain::item::{Item, ItemDraft, ItemStatus, TheftReport};
use crate::domain::late_entry::Entered;
use crate::domain::listing::{Listing, PhotoState};
use crate::domain::money::Money;
use crate::domain::ownership_proof::OwnershipProof;
use crate::domain::partner::{Letter, Partner};
use crate::domain::photo::{ContentHash, EvidencePhoto, PhotoRef};
use crate::domain::question::{OwnersAnswer, Question};
use crate::domain::report::{Report, ReportEvent};
use crate::domain::report_question::ReportQuestion;
use crate::domain::time::Timestamp;
use crate::store::{Reader, StoreError};

mod disclosing;
mod listing_history;
mod related;

pub use disclosing::{PartnerRequestView, PendingView, theft_case};
pub(super) use disclosing::{partner_request, pending};
pub use listing_history::RevisionView;
pub use related::{Contest, OtherReport, Rivals, Standing};
use related::{others_of_seller, rivals};

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
    /// How it was registered and changed since, oldest first; none when it is hidden.
    pub changes: Vec<ItemChangeView>,
}

impl ItemView {
    /// How what its owner entered stands to the listing that it is compared with: as what weighs most of it.
    #[must_use]
    pub fn entered(&self) -> Entered {
        let each = self.changes.iter().map(|change| change.entered);
        each.max().unwrap_or_default()
    }
}

/// One step of a report's history, with the name of who took it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryLine {
    /// What and when.
    pub event: ReportEvent,
    /// By whom; absent for the service itself.
    pub by_name: Option<String>,
}

/// A suspicion report as an officer sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportView {
    /// The report itself: state, assessment, times. Its evidence quotes nothing of an item that is hidden.
    pub report: Report,
    /// The item.
    pub item: ItemView,
    /// The theft.
    pub theft: TheftReport,
    /// The listing, with the seller unreadable.
    pub listing: Listing,
    /// The listing's revisions, newest first, the first one last; and how many are left out before that.
    pub revisions: Vec<RevisionView>,
    /// How many revisions are not shown.
    pub revisions_skipped: usize,
    /// The photos that the evidence rests on or ever rested on, whether item and listing show them still or not. Without the
    /// item's when they are hidden.
    pub evidence_photos: Vec<EvidencePhoto>,
    /// With whom it is.
    pub partner: Partner,
    /// The partner's letter in force.
    pub letter: Option<Letter>,
    /// Who took or decided it.
    pub officer_name: Option<String>,
    /// What has happened to it, oldest first.
    pub history: Vec<HistoryLine>,
    /// Reports that compete with this one: the same listing as another item, the same item as another listing.
    pub rivals: Rivals,
    /// Further reports on this seller's listings, most probable first.
    pub others_of_seller: Vec<OtherReport>,
    /// The same object in other offers, the newest first.
    pub relistings: Vec<Relisting>,
    /// What was asked of the partner, newest first.
    pub disclosures: Vec<DisclosureRequest>,
    /// What sellers were to prove, newest first.
    pub proofs: Vec<OwnershipProof>,
    /// What officers asked the owner or the partner on it, oldest first.
    pub questions: Vec<ReportQuestion>,
}

impl ReportView {
    /// The photos that a page of the report shows: the item's, those of the listing that we hold, and those that the evidence
    /// rests on.
    #[must_use]
    pub fn photos_shown(&self) -> Vec<ContentHash> {
        let offered = self.listing.photos.iter().filter_map(|photo| match photo.state {
            PhotoState::Held { sha256 } => Some(sha256),
            PhotoState::Pending { .. } | PhotoState::Failed { .. } => None,
        });
        let kept = self.evidence_photos.iter().map(|photo| photo.sha256);
        let mut photos: Vec<ContentHash> = Vec::new();
        for sha256 in self.item.photos.iter().map(|photo| photo.sha256).chain(offered).chain(kept) {
            if !photos.contains(&sha256) {
                photos.push(sha256);
            }
        }
        photos
    }
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
    /// When it fell back to unverified because an item was changed after an officer had verified it.
    pub sent_back: Option<Timestamp>,
    /// Grows with every change of an item: tells whether what was looked at is still so.
    pub revision: u64,
}

/// A question as the owner who is asked sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct QuestionView {
    /// Its id. Probability and findings stay inside: the owner is asked, not told what we think.
    pub id: QuestionId,
    /// In which ways the two look alike, strongest first.
    pub alike: Vec<Comparison>,
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
    pub price: Option<Money>,
    /// With whom it is.
    pub partner_name: String,
    /// When the question was put.
    pub asked_at: Timestamp,
    /// The answer, once given.
    pub answer: Option<(OwnersAnswer, Timestamp)>,
}

/// Builds the officer's view of a report; none when there is no such report.
///
/// # Errors
/// A failure of the store.
pub(super) fn report(reader: &Reader<'_>, id: ReportId, now: Timestamp) -> Result<Option<ReportView>, StoreError> {
    let Some(mut report) = reader.report(id)? else {
        return Ok(None);
    };
    let registered = reader.item(report.item)?.ok_or(StoreError::Missing { what: "item" })?;
    let mut item = item_view(registered.clone());
    let theft = reader.theft_report(report.theft_report)?;
    let theft = theft.ok_or(StoreError::Missing { what: "theft report" })?;
    let listing = reader
        .listing(report.listing)?
        .ok_or(StoreError::Missing { what: "listing" })?;
    if item.hidden {
        report.assessment.hide_item();
    } else {
        item.changes = item_changes::of_item(reader, item.id, &theft, Some(listing.public_since()))?;
    }
    let partner = reader
        .partner(listing.partner)?
        .ok_or(StoreError::Missing { what: "partner" })?;
    let mut history = Vec::new();
    for event in reader.report_events(id)? {
        let by_name = name_of(reader, event.by)?;
        history.push(HistoryLine { event, by_name });
    }
    let (revisions, revisions_skipped) = listing_history::of_listing(reader, listing.id)?;
    let relistings = relistings::of_listing(reader, &listing, Some(report.item))?;
    Ok(Some(ReportView {
        revisions,
        revisions_skipped,
        officer_name: name_of(reader, report.state.officer())?,
        theft,
        letter: reader.active_letter(partner.id, now)?,
        rivals: rivals(reader, &report, (&registered, &listing), &relistings)?,
        others_of_seller: others_of_seller(reader, &report, &listing)?,
        relistings,
        disclosures: reader.disclosure_requests_of_report(id)?,
        proofs: reader.ownership_proofs_of_report(id)?,
        questions: reader.report_questions(id)?,
        evidence_photos: evidence_photos::of(reader, &report, item.hidden)?,
        item,
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
        let Some(mut item) = reader.item(*id)?.map(item_view) else {
            continue;
        };
        if !item.hidden {
            item.changes = item_changes::of_item(reader, *id, &report, None)?;
        }
        items.push(item);
    }
    Ok(Some(TheftReportView {
        sent_back: item_changes::sent_back(reader, &report)?,
        revision: reader.stolen_items_revision(report.id)?,
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
pub(super) fn question(reader: &Reader<'_>, question: &Question) -> Result<Option<QuestionView>, StoreError> {
    let (Some(item), Some(listing)) = (reader.item(question.item)?, reader.listing(question.listing)?) else {
        return Ok(None);
    };
    let partner = reader.partner(listing.partner)?;
    let speaks_for = |evidence: &&Evidence| evidence.log10_lr.is_some_and(|weight| weight > 0.0);
    let found = question.assessment.evidence.iter().filter(speaks_for);
    let about_the_object = |comparison: &Comparison| {
        !matches!(
            comparison,
            Comparison::Time | Comparison::Place | Comparison::Price | Comparison::Seller
        )
    };
    Ok(Some(QuestionView {
        id: question.id,
        alike: found.map(|evidence| evidence.comparison).filter(about_the_object).collect(),
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

pub(super) fn item_view(item: Item) -> ItemView {
    let hidden = !matches!(item.status, ItemStatus::Stolen { .. } | ItemStatus::Recovered);
    ItemView {
        id: item.id,
        status: item.status,
        draft: if hidden { ItemDraft::default() } else { item.draft },
        photos: if hidden { Vec::new() } else { item.photos },
        hidden,
        changes: Vec::new(),
    }
}

pub(super) fn name_of(reader: &Reader<'_>, account: Option<AccountId>) -> Result<Option<String>, StoreError> {
    let Some(account) = account else { return Ok(None) };
    Ok(reader.account(account)?.map(|account| account.name))
}
