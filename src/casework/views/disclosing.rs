//! Disclosure requests as each audience sees them: the supervisor who is to approve one, and the partner to whom it is put.

use super::name_of;
use crate::domain::disclosure::{DisclosureRequest, DisclosureState, Notice, NoticeKind};
use crate::domain::ids::{DisclosureRequestId, ListingId, ReportId};
use crate::domain::late_entry::Entered;
use crate::domain::partner::{LegalBasis, Letter, SellerField};
use crate::domain::time::Timestamp;
use crate::store::{Reader, StoreError};

/// A request as a supervisor sees it who is to approve it.
#[derive(Debug, Clone, PartialEq)]
pub struct PendingView {
    /// The request itself: what is asked, why, and by whom.
    pub request: DisclosureRequest,
    /// What the requester is called.
    pub requester_name: String,
    /// The report's number.
    pub report_number: u64,
    /// The partner's own id of the listing, and how it is called.
    pub listing: (String, String),
    /// How what was entered of the item stands to the listing.
    pub entered: Entered,
    /// How probable.
    pub probability: f64,
    /// The yardstick's words for it.
    pub yardstick: String,
    /// With which partner the listing is.
    pub partner_name: String,
    /// The police's number of the theft's case, which the request's purpose should name.
    pub theft_case: Option<String>,
    /// The letter that it is made under.
    pub letter: Letter,
}

impl PendingView {
    /// Whether the request names another case than the theft's.
    #[must_use]
    pub fn is_for_another_case(&self) -> bool {
        let theft = self.theft_case.as_ref();
        theft.is_some_and(|case| !self.request.purpose.is_for_case(case))
    }
}

/// A request as the partner sees it to whom it is put: what is asked, on which basis, until when; nothing of the case but its
/// number.
#[derive(Debug, Clone, PartialEq)]
pub struct PartnerRequestView {
    /// The request's id.
    pub id: DisclosureRequestId,
    /// The listing whose seller is meant.
    pub listing: ListingId,
    /// The partner's own id of it.
    pub listing_reference: String,
    /// How it is called.
    pub listing_title: String,
    /// Which data of the seller are asked.
    pub fields: Vec<SellerField>,
    /// What the letter rests on.
    pub legal_basis: LegalBasis,
    /// How the parties cite the letter.
    pub letter_reference: String,
    /// The police's number of the case.
    pub case: String,
    /// How far it is.
    pub state: DisclosureState,
    /// When the police asked.
    pub requested_at: Timestamp,
    /// What was told on its way, oldest first.
    pub notices: Vec<Notice>,
}

impl PartnerRequestView {
    /// When something was told on its way, if it was.
    #[must_use]
    pub fn notice(&self, kind: NoticeKind) -> Option<Timestamp> {
        self.notices.iter().find(|notice| notice.kind == kind).map(|notice| notice.at)
    }
}

/// Builds a supervisor's view of a request.
///
/// # Errors
/// A failure of the store.
pub(in crate::casework) fn pending(reader: &Reader<'_>, request: DisclosureRequest) -> Result<Option<PendingView>, StoreError> {
    let (Some(report), Some(letter)) = (reader.report(request.report)?, reader.letter(request.letter)?) else {
        return Ok(None);
    };
    let partner = reader.partner(request.partner)?;
    let listing = reader.listing(report.listing)?;
    Ok(Some(PendingView {
        listing: listing
            .map(|listing| (listing.draft.reference, listing.draft.description.title))
            .unwrap_or_default(),
        entered: reader.entered(&report)?,
        requester_name: name_of(reader, Some(request.requested_by))?.unwrap_or_default(),
        report_number: report.number,
        probability: report.assessment.probability,
        yardstick: report.assessment.yardstick,
        theft_case: theft_case(reader, report.id)?,
        partner_name: partner.map(|partner| partner.name).unwrap_or_default(),
        letter,
        request,
    }))
}

/// Builds the partner's view of a request.
///
/// # Errors
/// A failure of the store.
pub(in crate::casework) fn partner_request(
    reader: &Reader<'_>,
    request: DisclosureRequest,
) -> Result<Option<PartnerRequestView>, StoreError> {
    let Some(report) = reader.report(request.report)? else {
        return Ok(None);
    };
    let (Some(listing), Some(letter)) = (reader.listing(report.listing)?, reader.letter(request.letter)?) else {
        return Ok(None);
    };
    Ok(Some(PartnerRequestView {
        id: request.id,
        listing: listing.id,
        listing_reference: listing.draft.reference,
        listing_title: listing.draft.description.title,
        fields: request.fields,
        legal_basis: letter.terms.legal_basis,
        letter_reference: letter.terms.reference,
        case: request.purpose.case,
        state: request.state,
        requested_at: request.requested_at,
        notices: request.notices,
    }))
}

/// The police's number of the case of the theft that a report is on.
///
/// # Errors
/// A failure of the store.
pub fn theft_case(reader: &Reader<'_>, report: ReportId) -> Result<Option<String>, StoreError> {
    let Some(report) = reader.report(report)? else {
        return Ok(None);
    };
    let theft = reader.theft_report(report.theft_report)?;
    Ok(theft.and_then(|theft| theft.theft.crime_reference))
}
