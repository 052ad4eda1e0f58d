//! Listings: batches taken in whole, and listings taken down.

use std::sync::Arc;

use serde_json::json;

use super::batch::Batch;
use super::push_key::PushKey;
use super::{FeedGrant, Intake, IntakeError, NoLetter, Room, Turn};
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::feed::Quarantined;
use crate::domain::ids::{FeedId, ListingId, PartnerId};
use crate::domain::listing::{Delivery, ListingDraft, ListingStatus, Note, RejectedLine, SellerGiven};
use crate::domain::photo::ContentHash;
use crate::domain::time::Timestamp;
use crate::store::{StoreError, Tx};

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
    /// What was not understood although records count.
    pub notes: Vec<Note>,
    /// Those that are kept, to be read again.
    pub quarantined: Vec<Quarantined>,
    /// Size of the body as received.
    pub size_bytes: u64,
    /// SHA-256 of the body as received.
    pub sha256: ContentHash,
    /// What the partner calls it.
    pub key: Option<PushKey>,
    /// The feed that it names.
    pub feed: Option<FeedId>,
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
    /// What was not understood although records count.
    pub notes: Vec<Note>,
    /// It came before under its key, and this is what became of it then.
    pub replayed: bool,
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

    /// Waits for a partner's turn to read a body of so many bytes and take it in: so many bodies' records are in memory at once,
    /// and no more, and one of a partner. Keep it until the batch is durable.
    ///
    /// # Errors
    /// [`StoreError::Stopped`] when the service is ending.
    pub async fn turn(&self, partner: PartnerId, bytes: usize) -> Result<Turn, IntakeError> {
        self.0.shared.turn(partner, bytes).await
    }

    /// Does the work that a body of so many bytes takes where it may take its time: one that is large gives way to all others.
    ///
    /// # Errors
    /// [`StoreError::Stopped`] when the service is ending.
    pub async fn aside<T: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, IntakeError> {
        self.0.shared.aside(bytes, work).await
    }

    /// Takes a batch in and returns when all of it is durable. The same record again changes nothing; of several records of one
    /// listing the last one counts. A large batch is many short transactions, each with its entry in the log, so that others need
    /// not wait for it: see [`Batch::take`].
    ///
    /// # Errors
    /// [`IntakeError::NoLetter`], which is logged, or a failure of the store. Of a large batch a part may have been taken in then;
    /// sending it again brings the rest.
    pub async fn push_listings(&self, actor: Actor, partner: PartnerId, push: Push) -> Result<PushOutcome, IntakeError> {
        self.take(actor, self.batch(partner, push).await?, partner).await
    }

    /// Takes a part of a feed's run in, as [`Intake::push_listings`] does a batch.
    ///
    /// # Errors
    /// As [`Intake::push_listings`].
    pub async fn push_part(&self, partner: PartnerId, push: Push, part: Part) -> Result<PushOutcome, IntakeError> {
        let mut batch = self.batch(partner, push).await?;
        batch.part = Some(part);
        self.take(Actor::Service, batch, partner).await
    }

    async fn take(&self, actor: Actor, batch: Batch, partner: PartnerId) -> Result<PushOutcome, IntakeError> {
        let batch = Arc::new(batch);
        let (whole, mut begun) = (Arc::clone(&batch), None);
        loop {
            let (batch, before) = (Arc::clone(&batch), begun.take());
            let key = batch.key.clone();
            let work = move |tx: &mut Tx<'_>| {
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
                        let (begun, act) = batch.take(tx, actor, &grant, before)?;
                        (Ok(begun), vec![act])
                    }
                })
            };
            let done = match whole.is_short() {
                true => self.0.store.act_with(work).await,
                false => self.0.store.act_giving_way(work).await,
            };
            let taken = match (done, key) {
                (Ok(taken), _) => taken?,
                (Err(NotTaken::Before(known)), Some(key)) => return key.replayed(*known),
                (Err(NotTaken::Before(_)), None) => return Err(StoreError::Unlogged.into()),
                (Err(NotTaken::Failed(error)), _) => return Err(error.into()),
            };
            if whole.is_whole(&taken) {
                return Ok(PushOutcome::of(taken.delivery));
            }
            begun = Some(taken);
        }
    }

    /// Says what [`Intake::push_listings`] would do, and does nothing.
    ///
    /// # Errors
    /// As [`Intake::push_listings`].
    pub async fn try_listings(&self, actor: Actor, partner: PartnerId, push: Push) -> Result<PushOutcome, IntakeError> {
        self.open_feed(actor, partner).await?;
        let batch = self.batch(partner, push).await?;
        let now = self.0.store.clock().now();
        let trial = self.0.store.read(move |reader| batch.try_out(reader, partner, now)).await?;
        Ok(PushOutcome::of(trial))
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

    async fn batch(&self, partner: PartnerId, push: Push) -> Result<Batch, IntakeError> {
        let key = self.0.seller_keys.of(partner);
        let bytes = usize::try_from(push.size_bytes).unwrap_or(usize::MAX);
        self.aside(bytes, move || Batch::of(push, &key)).await
    }
}

impl PushOutcome {
    fn of(delivery: Delivery) -> Self {
        Self {
            accepted: delivery.accepted,
            unchanged: delivery.unchanged,
            rejected: delivery.rejected,
            rejected_count: delivery.rejected_count,
            notes: delivery.notes,
            replayed: false,
        }
    }
}

pub(super) fn refused(actor: Actor, partner: PartnerId, no_letter: &NoLetter) -> Act {
    Act::new(actor, Action::PushRefused, SubjectKind::Partner.with(partner.0))
        .with_detail(json!({ "why": no_letter.to_string() }))
}
