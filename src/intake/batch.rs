//! A batch of listings as it is taken in: redacted, one record a listing, in steps that are one transaction each.

use std::ops::Range;

use chrono::TimeDelta;
use serde_json::json;

use super::listings::{Part, Push};
use super::push_key::PushKey;
use super::quarantine::QUARANTINE_MAX;
use super::seller_keys::PartnerKey;
use super::{FeedGrant, decoys};
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::feed::{Arrival, Quarantined};
use crate::domain::ids::{DeliveryId, FeedId, PartnerId};
use crate::domain::listing::{Delivery, ListingDraft, Note, RejectedLine, Seller};
use crate::domain::photo::ContentHash;
use crate::domain::time::Timestamp;
use crate::store::{Reader, StoreError, Tx};

/// Records of one transaction, at most: a few milliseconds, in which the writer serves nobody else.
pub(super) const STEP_RECORDS: usize = 128;

/// A push as it is taken in.
pub(super) struct Batch {
    drafts: Vec<ListingDraft<Seller>>,
    /// Records that a later one replaced.
    replaced: u64,
    rejected: Vec<RejectedLine>,
    rejected_count: u64,
    notes: Vec<Note>,
    quarantined: Vec<Quarantined>,
    pub(super) part: Option<Part>,
    feed: Option<FeedId>,
    size_bytes: u64,
    sha256: ContentHash,
    pub(super) key: Option<PushKey>,
}

/// One transaction's share of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// Its number, from 0, and how many there are.
    number: usize,
    of: usize,
}

impl Step {
    /// Which of so many things are its own.
    fn range(&self, things: usize) -> Range<usize> {
        let from = (self.number * STEP_RECORDS).min(things);
        from..(from + STEP_RECORDS).min(things)
    }

    fn is_last(&self) -> bool {
        self.number + 1 == self.of
    }
}

impl Batch {
    /// Makes the sellers of a push unreadable and keeps the last record of each listing, in the order of these.
    pub(super) fn of(push: Push, key: &PartnerKey) -> Self {
        let sent = push.drafts.len();
        let drafts = last_of_each(push.drafts.into_iter().map(|draft| key.redact(draft)).collect());
        Self {
            replaced: (sent - drafts.len()) as u64,
            drafts,
            rejected: push.rejected,
            rejected_count: push.rejected_count,
            notes: push.notes,
            quarantined: push.quarantined,
            part: None,
            feed: push.feed,
            size_bytes: push.size_bytes,
            sha256: push.sha256,
            key: push.key,
        }
    }

    /// The transactions that take it in: at least one, since an empty delivery is a delivery too.
    pub(super) fn steps(&self) -> impl Iterator<Item = Step> + use<> {
        let also = self.part.as_ref().map_or(0, |part| part.also.len());
        let most = self.drafts.len().max(self.quarantined.len()).max(also);
        let of = most.div_ceil(STEP_RECORDS).max(1);
        (0..of).map(move |number| Step { number, of })
    }

    /// Takes a step in: what the delivery has come to, and the entry for the log. `begun` is what it had come to before.
    pub(super) fn take(
        &self,
        tx: &mut Tx<'_>,
        actor: Actor,
        grant: &FeedGrant,
        begun: Option<Delivery>,
        step: &Step,
    ) -> Result<(Delivery, Act), StoreError> {
        let before = begun.unwrap_or_else(|| self.begin(grant.partner(), tx.now()));
        let mut delivery = before.clone();
        // It must stand before what it brought.
        tx.insert_delivery(&delivery)?;
        let quarantined = &self.quarantined[step.range(self.quarantined.len())];
        tx.quarantine(grant.partner(), delivery.id, quarantined, QUARANTINE_MAX)?;
        let mut delays = Vec::new();
        let drafts = &self.drafts[step.range(self.drafts.len())];
        for draft in drafts {
            let taken = decoys::take(tx, grant.partner(), draft, delivery.id, self.feed)?;
            match taken.is_accepted {
                true => delivery.accepted += 1,
                false => delivery.unchanged += 1,
            }
            if taken.is_new {
                delays.extend(draft.posted_at.map(|posted_at| tx.now() - posted_at));
            }
            if let Some((part, listing)) = self.part.as_ref().zip(taken.listing) {
                tx.note_named(part.feed, listing, part.run)?;
            }
        }
        let references = drafts.iter().map(|draft| draft.reference.as_str());
        let drained = tx.release_quarantined_as(grant.partner(), references, delivery.id, i64::MAX)?;
        if let Some(part) = &self.part {
            for reference in &part.also[step.range(part.also.len())] {
                if let Some(listing) = tx.listing_by_reference(grant.partner(), reference)? {
                    tx.note_named(part.feed, listing.id, part.run)?;
                }
            }
        }
        delivery.remaining -= drafts.len() as u64;
        tx.insert_delivery(&delivery)?;
        if let Some(key) = self.key.as_ref().filter(|_| step.is_last()) {
            tx.insert_push_key(grant.partner(), &key.name, key.request, delivery.id)?;
        }
        let arrival = arrival(step, &before, &delivery, delays);
        if arrival != Arrival::default() {
            tx.note_arrival(grant.partner(), self.feed, &arrival)?;
        }
        let mut act = pushed(actor, grant, step, &before, &delivery);
        if drained > 0 {
            act.detail["out_of_quarantine"] = json!(drained);
        }
        Ok((delivery, act))
    }

    /// What taking it in would come to, at an instant.
    pub(super) fn try_out(&self, reader: &Reader<'_>, partner: PartnerId, now: Timestamp) -> Result<Delivery, StoreError> {
        let mut delivery = self.begin(partner, now);
        for draft in &self.drafts {
            if decoys::would_say_something(reader, partner, draft)? {
                delivery.accepted += 1;
            } else {
                delivery.unchanged += 1;
            }
        }
        Ok(delivery)
    }

    /// A delivery of which no listing is taken in yet.
    fn begin(&self, partner: PartnerId, now: Timestamp) -> Delivery {
        Delivery {
            id: DeliveryId::generate(now),
            partner,
            received_at: now,
            size_bytes: self.size_bytes,
            sha256: self.sha256,
            accepted: 0,
            unchanged: self.replaced,
            remaining: self.drafts.len() as u64,
            rejected_count: self.rejected_count,
            rejected: self.rejected.clone(),
            notes: self.notes.clone(),
        }
    }
}

/// What a step is to the feed's rhythm.
fn arrival(step: &Step, before: &Delivery, after: &Delivery, mut delays: Vec<TimeDelta>) -> Arrival {
    delays.sort_unstable();
    let first = step.number == 0;
    Arrival {
        accepted: after.accepted - before.accepted,
        unchanged: after.unchanged - if first { 0 } else { before.unchanged },
        rejected: if first { after.rejected_count } else { 0 },
        // What is said to be put up later than now is no delay.
        delay: delays.get(delays.len() / 2).map(|delay| (*delay).max(TimeDelta::zero())),
    }
}

/// The entry for the log: what the step added to the delivery.
fn pushed(actor: Actor, grant: &FeedGrant, step: &Step, before: &Delivery, after: &Delivery) -> Act {
    let mut detail = json!({
        "partner": grant.partner(),
        "letter": grant.letter(),
        "accepted": after.accepted - before.accepted,
        "unchanged": after.unchanged - before.unchanged,
    });
    if step.of > 1 {
        detail["step"] = json!([step.number + 1, step.of]);
    }
    if step.number == 0 {
        detail["rejected"] = json!(after.rejected_count);
        detail["size_bytes"] = json!(after.size_bytes);
        detail["sha256"] = json!(after.sha256);
        detail["unchanged"] = json!(after.unchanged);
    }
    Act::new(actor, Action::ListingsPushed, SubjectKind::Delivery.with(after.id.0)).with_detail(detail)
}

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
