//! Blind reviews: an officer says of a pair below the reporting threshold whether both are the same.
//!
//! What is handed out are both sides as they stand, and nothing of what the program thinks of them: no probability, no evidence,
//! no words of the yardstick. Never of an item that is not stolen. What officers say teaches the weights, and decides nothing
//! about the pair.

use serde_json::{Value, json};

use super::views::{ItemView, item_view};
use super::{Casework, CaseworkError, POLICE, reason};
use crate::domain::account::Principal;
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::blind_review::{BlindDecision, BlindReview, Verdict};
use crate::domain::ids::BlindReviewId;
use crate::domain::item::TheftReport;
use crate::domain::listing::{Listing, PhotoState};
use crate::domain::partner::Partner;
use crate::domain::photo::ContentHash;
use crate::store::{Reader, StoreError};

/// A pair as an officer sees it who is to say whether both are the same.
#[derive(Debug, Clone, PartialEq)]
pub struct BlindReviewView {
    /// Names the review.
    pub id: BlindReviewId,
    /// The item, which is stolen.
    pub item: ItemView,
    /// The theft.
    pub theft: TheftReport,
    /// The listing.
    pub listing: Listing,
    /// With whom it is.
    pub partner: Partner,
}

impl Casework {
    /// How many pairs wait for a blind review. Says nothing of anybody.
    ///
    /// # Errors
    /// When the caller may not, or the store fails.
    pub async fn blind_reviews_waiting(&self, caller: &Principal) -> Result<u64, CaseworkError> {
        self.person(caller, &POLICE, SubjectKind::BlindReview.all()).await?;
        Ok(self.store.read(|reader| reader.count_waiting_blind_reviews()).await?)
    }

    /// The pair that has waited longest, if any waits. Logged.
    ///
    /// # Errors
    /// When the caller may not, or the store fails.
    pub async fn next_blind_review(&self, caller: &Principal) -> Result<Option<BlindReviewView>, CaseworkError> {
        let by = self.person(caller, &POLICE, SubjectKind::BlindReview.all()).await?;
        let found = self.store.act_with(move |tx| {
            let view = tx.next_blind_review()?.map(|review| view(tx, review)).transpose()?;
            let subject = (view.as_ref()).map_or(SubjectKind::BlindReview.all(), |view| {
                SubjectKind::BlindReview.with(view.id.0)
            });
            let mut act = Act::new(Actor::Account(by), Action::BlindReviewConsulted, subject);
            act.detail = view.as_ref().map_or(Value::Null, photos_shown);
            Ok((view, vec![act]))
        });
        found.await
    }

    /// A pair that waits. Logged.
    ///
    /// # Errors
    /// When the caller may not, no such pair waits, or the store fails.
    pub async fn open_blind_review(&self, caller: &Principal, id: BlindReviewId) -> Result<BlindReviewView, CaseworkError> {
        let subject = SubjectKind::BlindReview.with(id.0);
        let by = self.person(caller, &POLICE, subject).await?;
        let opened = self.store.act_with(move |tx| {
            let review = waiting(tx, id)?;
            let view = view(tx, review)?;
            let act = Act::new(Actor::Account(by), Action::BlindReviewConsulted, subject).with_detail(photos_shown(&view));
            Ok::<_, CaseworkError>((view, vec![act]))
        });
        opened.await
    }

    /// Whether a pair that waits shows a photo, so that its bytes may be served to the caller. Logged.
    ///
    /// # Errors
    /// When the caller may not, the pair does not show the photo or does not wait, or the store fails.
    pub async fn open_blind_review_photo(
        &self,
        caller: &Principal,
        id: BlindReviewId,
        sha256: ContentHash,
    ) -> Result<(), CaseworkError> {
        let subject = SubjectKind::BlindReview.with(id.0);
        let by = self.person(caller, &POLICE, subject).await?;
        let act = Act::new(Actor::Account(by), Action::BlindReviewConsulted, subject)
            .with_detail(json!({ "photo": sha256.to_string() }));
        let shown = self.store.act(act, move |tx| {
            let review = waiting(tx, id)?;
            let of_item = tx.item(review.item)?;
            let of_item = of_item.is_some_and(|item| item.photos.iter().any(|photo| photo.sha256 == sha256));
            if of_item || tx.listing_has_shown(review.listing, sha256)? {
                Ok(())
            } else {
                Err(CaseworkError::missing("photo"))
            }
        });
        shown.await
    }

    /// Enters whether both are the same, or that it cannot be told, with a reason; once. Logged.
    ///
    /// # Errors
    /// When the caller may not, the reason says too little, no such pair waits, somebody decided it before, or the store fails.
    pub async fn decide_blind_review(
        &self,
        caller: &Principal,
        id: BlindReviewId,
        same: Option<bool>,
        why: &str,
    ) -> Result<Verdict, CaseworkError> {
        let subject = SubjectKind::BlindReview.with(id.0);
        let by = self.person(caller, &POLICE, subject).await?;
        let decision = BlindDecision {
            verdict: Verdict::of(same),
            reason: reason("reason", why)?,
            by,
        };
        let act =
            Act::new(Actor::Account(by), Action::BlindReviewDecided, subject).with_detail(json!({ "verdict": decision.verdict }));
        let verdict = decision.verdict;
        let done = self.store.act(act, move |tx| {
            waiting(tx, id)?;
            tx.decide_blind_review(id, &decision)?;
            Ok::<_, CaseworkError>(())
        });
        done.await.map(|()| verdict)
    }
}

/// The photos that a page of the pair shows, for its entry.
fn photos_shown(view: &BlindReviewView) -> Value {
    let offered = view.listing.photos.iter().filter_map(|photo| match photo.state {
        PhotoState::Held { sha256 } => Some(sha256),
        PhotoState::Pending { .. } | PhotoState::Failed { .. } => None,
    });
    let photos = view.item.photos.iter().map(|photo| photo.sha256).chain(offered);
    json!({ "photos": photos.collect::<Vec<_>>() })
}

/// The pair when it waits; else what is so instead.
fn waiting(reader: &Reader<'_>, id: BlindReviewId) -> Result<BlindReview, CaseworkError> {
    match reader.waiting_blind_review(id)? {
        Some(review) => Ok(review),
        None if reader.blind_review_is_decided(id)? => {
            Err(CaseworkError::Conflict("this pair has been reviewed already".to_owned()))
        }
        None => Err(CaseworkError::missing("blind review")),
    }
}

fn view(reader: &Reader<'_>, review: BlindReview) -> Result<BlindReviewView, StoreError> {
    let missing = |what| StoreError::Missing { what };
    let item = reader.item(review.item)?.ok_or(missing("item"))?;
    let listing = reader.listing(review.listing)?.ok_or(missing("listing"))?;
    Ok(BlindReviewView {
        id: review.id,
        item: item_view(item),
        theft: reader.theft_report(review.theft_report)?.ok_or(missing("theft report"))?,
        partner: reader.partner(listing.partner)?.ok_or(missing("partner"))?,
        listing,
    })
}
