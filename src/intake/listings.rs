//! Listings: batches taken in whole, and listings taken down.

use serde_json::json;

use super::push_key::PushKey;
use super::quarantine::QUARANTINE_MAX;
use super::{FeedGrant, Intake, IntakeError, NoLetter, Room, Turn};
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::feed::Quarantined;
use crate::domain::ids::{DeliveryId, FeedId, ListingId, PartnerId};
use crate::domain::listing::{Delivery, ListingDraft, ListingStatus, RejectedLine, Seller, SellerGiven};
use crate::domain::photo::ContentHash;
use crate::domain::time::Timestamp;
use crate::store::{StoreError, Tx, Upserted};

/// Listings that are withdrawn in one transaction.
const WITHDRAWN_AT_ONCE: usize = 500;

/// What a partner sent, read but not yet taken in.
#[derive(Debug, Clone, PartialEq)]
pub struct Push {
    /// The good records, in order.
    pub drafts: Vec<ListingDraft<SellerGiven>>,
    /// The others, fault by fault.
    pub rejected: Vec<RejectedLine>,
    /// How many lines were rejected.
    pub rejected_count: u64,
    /// Those that are kept, to be read again.
    pub quarantined: Vec<Quarantined>,
    /// Size of the body as received.
    pub size_bytes: u64,
    /// SHA-256 of the body as received.
    pub sha256: ContentHash,
    /// What the partner calls it.
    pub key: Option<PushKey>,
}

/// That a push is a part of a feed's run: the run names these listings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The feed.
    pub feed: FeedId,
    /// When the run began.
    pub run: Timestamp,
    /// Ids of records that are named too, although they could not be taken in.
    pub also: Vec<String>,
}

/// What became of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushOutcome {
    /// Listings that were new or changed.
    pub accepted: u64,
    /// Records that said nothing new, or that a later one of the same batch replaced.
    pub unchanged: u64,
    /// The rejected lines, fault by fault.
    pub rejected: Vec<RejectedLine>,
    /// How many lines were rejected.
    pub rejected_count: u64,
    /// It came before under its key, and this is what became of it then.
    pub replayed: bool,
}

/// How a transaction that must leave no trace ends.
enum Trial {
    Counted(u64, u64),
    Refused(NoLetter),
    Failed(StoreError),
}

/// How taking a batch in ends that leaves no trace.
enum NotTaken {
    Before(Box<(ContentHash, Delivery)>),
    Failed(StoreError),
}

impl From<StoreError> for NotTaken {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

impl From<StoreError> for Trial {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

impl Intake {
    /// Whether a partner may feed now. A refusal is logged. Ask before reading a body; [`Intake::push_listings`] asks again.
    ///
    /// # Errors
    /// [`IntakeError::NoLetter`], or a failure of the store.
    pub async fn open_feed(&self, actor: Actor, partner: PartnerId) -> Result<(), IntakeError> {
        let now = self.0.store.clock().now();
        let grant = self.0.store.read(move |reader| FeedGrant::of(reader, partner, now)).await?;
        match grant {
            Ok(_) => Ok(()),
            Err(no_letter) => {
                let act = refused(actor, partner, &no_letter);
                self.0.store.act(act, |_| Ok::<_, StoreError>(())).await?;
                Err(no_letter.into())
            }
        }
    }

    /// Room for the body of a push, taken as it comes in.
    #[must_use]
    pub fn room(&self, partner: PartnerId) -> Room {
        self.0.shared.room(partner)
    }

    /// Waits for a partner's turn to read a body and take it in: so many bodies' records are in memory at once, and no more, and
    /// one of a partner. Keep it until the batch is durable.
    ///
    /// # Errors
    /// [`StoreError::Stopped`] when the service is ending.
    pub async fn turn(&self, partner: PartnerId) -> Result<Turn, IntakeError> {
        self.0.shared.turn(partner).await
    }

    /// Takes a batch in: all of it in one transaction with one entry in the log. Returns when it is durable. The same record
    /// again changes nothing; of several records of one listing the last one counts.
    ///
    /// # Errors
    /// [`IntakeError::NoLetter`], which is logged, or a failure of the store; nothing was taken in then.
    pub async fn push_listings(&self, actor: Actor, partner: PartnerId, push: Push) -> Result<PushOutcome, IntakeError> {
        self.take(actor, self.batch(partner, push), partner).await
    }

    /// Takes a part of a feed's run in, as [`Intake::push_listings`] does a batch.
    ///
    /// # Errors
    /// As [`Intake::push_listings`].
    pub async fn push_part(&self, partner: PartnerId, push: Push, part: Part) -> Result<PushOutcome, IntakeError> {
        let mut batch = self.batch(partner, push);
        batch.part = Some(part);
        self.take(Actor::Service, batch, partner).await
    }

    async fn take(&self, actor: Actor, batch: Batch, partner: PartnerId) -> Result<PushOutcome, IntakeError> {
        let key = batch.key.clone();
        let take = move |tx: &mut Tx<'_>| {
            let known = match &batch.key {
                Some(key) => tx.push_key(partner, &key.name)?,
                None => None,
            };
            if let Some(known) = known {
                return Err(NotTaken::Before(Box::new(known)));
            }
            Ok(match FeedGrant::of(tx, partner, tx.now())? {
                Err(no_letter) => {
                    let act = refused(actor, partner, &no_letter);
                    (Err(no_letter), vec![act])
                }
                Ok(grant) => {
                    let delivery = take_in(tx, &grant, &batch)?;
                    if let Some(key) = &batch.key {
                        tx.insert_push_key(partner, &key.name, key.request, delivery.id)?;
                    }
                    let act = pushed(actor, &grant, &delivery);
                    (Ok(batch.outcome(delivery.accepted, delivery.unchanged)), vec![act])
                }
            })
        };
        match (self.0.store.act_with(take).await, key) {
            (Ok(outcome), _) => Ok(outcome?),
            (Err(NotTaken::Before(known)), Some(key)) => key.replayed(*known),
            (Err(NotTaken::Before(_)), None) => Err(StoreError::Unlogged.into()),
            (Err(NotTaken::Failed(error)), _) => Err(error.into()),
        }
    }

    /// Says what [`Intake::push_listings`] would do, and leaves no trace of it.
    ///
    /// # Errors
    /// As [`Intake::push_listings`].
    pub async fn try_listings(&self, actor: Actor, partner: PartnerId, push: Push) -> Result<PushOutcome, IntakeError> {
        let mut batch = self.batch(partner, push);
        let shown = (std::mem::take(&mut batch.rejected), batch.rejected_count);
        let trial = self
            .0
            .store
            .act_with(move |tx| match FeedGrant::of(tx, partner, tx.now())? {
                Err(no_letter) => Err::<((), _), _>(Trial::Refused(no_letter)),
                Ok(grant) => {
                    // An error rolls everything back, which is what makes this a trial.
                    let delivery = take_in(tx, &grant, &batch)?;
                    Err(Trial::Counted(delivery.accepted, delivery.unchanged))
                }
            })
            .await;
        match trial {
            Err(Trial::Counted(accepted, unchanged)) => Ok(PushOutcome {
                accepted,
                unchanged,
                rejected: shown.0,
                rejected_count: shown.1,
                replayed: false,
            }),
            Err(Trial::Refused(no_letter)) => {
                let act = refused(actor, partner, &no_letter);
                self.0.store.act(act, |_| Ok::<_, StoreError>(())).await?;
                Err(no_letter.into())
            }
            Err(Trial::Failed(error)) => Err(error.into()),
            Ok(()) => Err(StoreError::Unlogged.into()),
        }
    }

    /// Takes a listing off sale, by the partner's own id. Needs no letter: less is held afterwards, not more.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when the partner has no such listing.
    pub async fn withdraw_listing(&self, actor: Actor, partner: PartnerId, reference: &str) -> Result<ListingId, IntakeError> {
        let reference = reference.to_owned();
        let withdraw = move |tx: &mut Tx<'_>| {
            let Some(listing) = tx.listing_by_reference(partner, &reference)? else {
                return Err(StoreError::Missing { what: "listing" });
            };
            if listing.draft.status != ListingStatus::Withdrawn {
                tx.withdraw_listing(listing.id)?;
            }
            let act = Act::new(actor, Action::ListingWithdrawn, SubjectKind::Listing.with(listing.id.0));
            Ok((listing.id, vec![act]))
        };
        Ok(self.0.store.act_with(withdraw).await?)
    }

    /// Withdraws listings that a feed's run has not named. Needs no letter: less is on sale afterwards, not more. How many.
    ///
    /// # Errors
    /// A failure of the store; what was withdrawn before it stays withdrawn.
    pub async fn withdraw_missing(&self, partner: PartnerId, feed: FeedId, run: Timestamp) -> Result<u64, IntakeError> {
        let mut withdrawn = 0;
        loop {
            let missing = self
                .0
                .store
                .read(move |reader| reader.missing_listings(feed, run, WITHDRAWN_AT_ONCE))
                .await?;
            if missing.is_empty() {
                return Ok(withdrawn);
            }
            withdrawn += missing.len() as u64;
            let act = Act::new(Actor::Service, Action::ListingsMissing, SubjectKind::Partner.with(partner.0))
                .with_detail(json!({ "feed": feed, "listings": missing.len() }));
            let withdraw = move |tx: &mut Tx<'_>| missing.into_iter().try_for_each(|listing| tx.withdraw_listing(listing));
            self.0.store.act(act, withdraw).await?;
        }
    }

    fn batch(&self, partner: PartnerId, push: Push) -> Batch {
        let key = self.0.seller_keys.of(partner);
        let sent = push.drafts.len();
        let drafts = last_of_each(push.drafts.into_iter().map(|draft| key.redact(draft)).collect());
        Batch {
            replaced: (sent - drafts.len()) as u64,
            drafts,
            rejected: push.rejected,
            rejected_count: push.rejected_count,
            quarantined: push.quarantined,
            part: None,
            size_bytes: push.size_bytes,
            sha256: push.sha256,
            key: push.key,
        }
    }
}

/// A push as it is taken in: redacted, one record a listing.
struct Batch {
    drafts: Vec<ListingDraft<Seller>>,
    /// Records that a later one replaced.
    replaced: u64,
    rejected: Vec<RejectedLine>,
    rejected_count: u64,
    quarantined: Vec<Quarantined>,
    part: Option<Part>,
    size_bytes: u64,
    sha256: ContentHash,
    key: Option<PushKey>,
}

impl Batch {
    fn outcome(self, accepted: u64, unchanged: u64) -> PushOutcome {
        PushOutcome {
            accepted,
            unchanged,
            rejected: self.rejected,
            rejected_count: self.rejected_count,
            replayed: false,
        }
    }
}

/// Keeps the last record of each listing, in the order of these.
fn last_of_each(drafts: Vec<ListingDraft<Seller>>) -> Vec<ListingDraft<Seller>> {
    let mut seen = std::collections::HashSet::with_capacity(drafts.len());
    let last: Vec<bool> = drafts
        .iter()
        .rev()
        .map(|draft| seen.insert(draft.reference.as_str()))
        .collect();
    let mut last = last.into_iter().rev();
    let mut drafts = drafts;
    drafts.retain(|_| last.next().unwrap_or(true));
    drafts
}

fn take_in(tx: &mut Tx<'_>, grant: &FeedGrant, batch: &Batch) -> Result<Delivery, StoreError> {
    let mut delivery = Delivery {
        id: DeliveryId::generate(tx.now()),
        partner: grant.partner(),
        received_at: tx.now(),
        size_bytes: batch.size_bytes,
        sha256: batch.sha256,
        accepted: 0,
        unchanged: batch.replaced,
        rejected_count: batch.rejected_count,
        rejected: batch.rejected.clone(),
    };
    tx.insert_delivery(&delivery)?;
    tx.quarantine(grant.partner(), delivery.id, &batch.quarantined, QUARANTINE_MAX)?;
    for draft in &batch.drafts {
        let upserted = tx.upsert_listing(grant.partner(), draft, delivery.id)?;
        match upserted {
            Upserted::New(_) | Upserted::Changed(_) => delivery.accepted += 1,
            Upserted::Unchanged(_) => delivery.unchanged += 1,
        }
        if let Some(part) = &batch.part {
            tx.note_named(part.feed, upserted.listing(), part.run)?;
        }
    }
    for (part, reference) in batch
        .part
        .iter()
        .flat_map(|part| part.also.iter().map(move |reference| (part, reference)))
    {
        if let Some(listing) = tx.listing_by_reference(grant.partner(), reference)? {
            tx.note_named(part.feed, listing.id, part.run)?;
        }
    }
    tx.insert_delivery(&delivery)?;
    Ok(delivery)
}

fn pushed(actor: Actor, grant: &FeedGrant, delivery: &Delivery) -> Act {
    Act::new(actor, Action::ListingsPushed, SubjectKind::Delivery.with(delivery.id.0)).with_detail(json!({
        "partner": grant.partner(),
        "letter": grant.letter(),
        "accepted": delivery.accepted,
        "unchanged": delivery.unchanged,
        "rejected": delivery.rejected_count,
        "size_bytes": delivery.size_bytes,
        "sha256": delivery.sha256,
    }))
}

pub(super) fn refused(actor: Actor, partner: PartnerId, no_letter: &NoLetter) -> Act {
    Act::new(actor, Action::PushRefused, SubjectKind::Partner.with(partner.0))
        .with_detail(json!({ "why": no_letter.to_string() }))
}
