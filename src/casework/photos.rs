//! Who may see which photo where no report or item is named: on the pages of every role.
//!
//! An owner: photos of own items, and of listings that they are asked about. A partner: photos of its own listings. Police:
//! photos of items that are or were stolen by a theft report, of listings in suspicion reports and in pairs that wait for a
//! blind review, those that the evidence of such a report rests on, and those that a seller shows as proof; each look is logged. What a listing once showed counts as
//! its own. Nobody else. Who may not is told what somebody is told who asks for a photo that does not exist. A page that shows
//! photos lists them in its own entry; when the page's pictures are asked for right afterwards, that is the same look and no
//! further entry. Leaves the bytes to `intake`.

use chrono::TimeDelta;
use serde_json::json;

use super::{Casework, CaseworkError};
use crate::domain::account::{Principal, Role};
use crate::domain::audit::{Act, Action, Actor, Subject, SubjectKind};
use crate::domain::ids::{AccountId, ItemId, ListingId, PartnerId, ReportId};
use crate::domain::item::ItemStatus;
use crate::domain::photo::{ContentHash, PhotoSide};
use crate::store::{PhotoUses, Reader, StoreError};

/// How long after a page was opened its pictures belong to the same look.
const SAME_LOOK: TimeDelta = TimeDelta::minutes(15);

/// What lets somebody see a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leave {
    /// It is theirs, or they are asked about it.
    Own,
    /// Their work: the look goes into the log under this subject.
    Work(Action, Subject),
}

impl Casework {
    /// Whether the caller may see a photo, so that its bytes may be served. The police's look is logged, unless the entry of the
    /// page that shows it lists it, and so is a refusal.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when the caller may not, or there is no such photo; a failure of the store.
    pub async fn open_photo(&self, caller: &Principal, sha256: ContentHash) -> Result<(), CaseworkError> {
        let asking = caller.clone();
        let since = self.store.clock().now() - SAME_LOOK;
        let (held, leave, listed) = self
            .store
            .read(move |reader| {
                let held = reader.photo(sha256)?.is_some();
                let leave = leave(reader, &asking, sha256)?;
                let listed = match leave {
                    Some(Leave::Work(..)) => reader.has_listed_photo(Actor::from(&asking), sha256, since)?,
                    _ => false,
                };
                Ok::<_, StoreError>((held, leave, listed))
            })
            .await?;
        let entry = match leave {
            Some(Leave::Own) => None,
            Some(Leave::Work(..)) if listed => None,
            Some(Leave::Work(action, subject)) => Some((action, subject)),
            None if held => Some((Action::AccessRefused, SubjectKind::Service.all())),
            None => None,
        };
        if let Some((action, subject)) = entry {
            let act = Act::new(Actor::from(caller), action, subject).with_detail(json!({ "photo": sha256 }));
            self.store.act(act, |_| Ok::<_, StoreError>(())).await?;
        }
        leave.map(drop).ok_or(CaseworkError::missing("photo"))
    }
}

/// What lets this account see this photo; none when nothing does.
fn leave(reader: &Reader<'_>, caller: &Principal, sha256: ContentHash) -> Result<Option<Leave>, StoreError> {
    let uses = reader.photo_uses(sha256)?;
    match caller {
        Principal::Account {
            id, role: Role::Owner, ..
        } => owners(reader, *id, &uses.items, &uses.listings),
        Principal::Account { role: Role::Partner, .. } | Principal::Partner { .. } => {
            partners(reader, caller.partner(), &uses.listings)
        }
        Principal::Account {
            role: Role::Officer | Role::Supervisor,
            ..
        } => polices(reader, &uses),
        Principal::Account {
            role: Role::Auditor | Role::Administrator,
            ..
        } => Ok(None),
    }
}

fn owners(reader: &Reader<'_>, owner: AccountId, items: &[ItemId], listings: &[ListingId]) -> Result<Option<Leave>, StoreError> {
    for item in items {
        if reader.item(*item)?.is_some_and(|item| item.owner == owner) {
            return Ok(Some(Leave::Own));
        }
    }
    let asked = reader.questions_of(owner)?;
    let mut asked = asked.iter().filter(|question| question.withdrawn_at.is_none());
    let asked = asked.any(|question| listings.contains(&question.listing));
    Ok(asked.then_some(Leave::Own))
}

fn partners(reader: &Reader<'_>, own: Option<PartnerId>, listings: &[ListingId]) -> Result<Option<Leave>, StoreError> {
    for listing in listings {
        let partner = reader.listing(*listing)?.map(|listing| listing.partner);
        if partner.is_some() && partner == own {
            return Ok(Some(Leave::Own));
        }
    }
    Ok(None)
}

fn polices(reader: &Reader<'_>, uses: &PhotoUses) -> Result<Option<Leave>, StoreError> {
    let in_report = |id: ReportId| Some(Leave::Work(Action::ReportConsulted, SubjectKind::Report.with(id.0)));
    for listing in &uses.listings {
        if let Some(report) = reader.reports_of_listing(*listing)?.first() {
            return Ok(in_report(report.id));
        }
        if let Some(review) = reader.waiting_blind_reviews_of_listing(*listing)?.first() {
            let subject = SubjectKind::BlindReview.with(review.0);
            return Ok(Some(Leave::Work(Action::BlindReviewConsulted, subject)));
        }
    }
    for (id, side) in &uses.reports {
        let Some(report) = reader.report(*id)? else { continue };
        let status = reader.item(report.item)?.map(|item| item.status);
        if *side == PhotoSide::Listing || is_polices(status) {
            return Ok(in_report(report.id));
        }
    }
    if let Some((report, _)) = uses.proofs.first() {
        return Ok(in_report(*report));
    }
    for id in &uses.items {
        let status = reader.item(*id)?.map(|item| item.status);
        if !is_polices(status) {
            continue;
        }
        if let Some(theft) = reader.theft_reports_of_item(*id)?.first() {
            let subject = SubjectKind::TheftReport.with(theft.id.0);
            return Ok(Some(Leave::Work(Action::TheftReportConsulted, subject)));
        }
    }
    Ok(None)
}

/// Whether an item is the police's to see: it is stolen, or was and is recovered.
fn is_polices(status: Option<ItemStatus>) -> bool {
    matches!(status, Some(ItemStatus::Stolen { .. } | ItemStatus::Recovered))
}
