//! A batch of listings as it is taken in: redacted, one record a listing, in steps that are one transaction each. A step ends
//! early when others wait for the writer.

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

/// Records of one transaction, at most.
pub(super) const STEP_RECORDS: usize = 128;
/// Records after which a step looks whether others wait: well under a millisecond.
const LOOK_RECORDS: usize = 8;

/// Said of a record that withdraws what is not held.
const OF_NOTHING: &str = "withdraws a listing that is not held: is this its id?";

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

/// How far a batch is taken in.
#[derive(Debug, Clone)]
pub(super) struct Begun {
    pub(super) delivery: Delivery,
    /// Quarantined records up to this number go, one or two for each that comes: to let thousands go at once would make all wait.
    go_through: Option<i64>,
    /// Steps that were taken.
    steps: u64,
    /// Of each kind of record so many are done.
    quarantined: usize,
    drafts: usize,
    also: usize,
}

/// How far a batch had come before a step.
#[derive(Clone, Copy)]
struct SoFar {
    steps: u64,
    drafts: usize,
    accepted: u64,
    unchanged: u64,
}

impl Begun {
    fn so_far(&self) -> SoFar {
        SoFar {
            steps: self.steps,
            drafts: self.drafts,
            accepted: self.delivery.accepted,
            unchanged: self.delivery.unchanged,
        }
    }
}

/// Counts the records of a step.
struct Pace {
    done: usize,
    gives_way: bool,
}

impl Pace {
    /// Whether the step goes on to another record.
    fn goes_on(&mut self, tx: &Tx<'_>) -> bool {
        let looks = self.gives_way && self.done > 0 && self.done.is_multiple_of(LOOK_RECORDS);
        let goes_on = self.done < STEP_RECORDS && !(looks && tx.others_wait());
        self.done += 1;
        goes_on
    }
}

impl Batch {
    /// Makes the sellers of a push unreadable and keeps the last record of each listing, in the order of these.
    pub(super) fn of(push: Push, key: &PartnerKey) -> Self {
        let sent = push.drafts.len();
        // More would push each other out.
        let mut quarantined = push.quarantined;
        quarantined.drain(..quarantined.len().saturating_sub(QUARANTINE_MAX));
        let drafts = last_of_each(push.drafts.into_iter().map(|draft| key.redact(draft)).collect());
        Self {
            replaced: (sent - drafts.len()) as u64,
            drafts,
            rejected: push.rejected,
            rejected_count: push.rejected_count,
            notes: push.notes,
            quarantined,
            part: None,
            feed: push.feed,
            size_bytes: push.size_bytes,
            sha256: push.sha256,
            key: push.key,
        }
    }

    /// Whether one step takes it in: others wait for that as it waits for them.
    pub(super) fn is_short(&self) -> bool {
        let also = self.part.as_ref().map_or(0, |part| part.also.len());
        self.quarantined.len() + self.drafts.len() + also <= STEP_RECORDS
    }

    /// Whether all of it is taken in.
    pub(super) fn is_whole(&self, begun: &Begun) -> bool {
        let also = self.part.as_ref().map_or(0, |part| part.also.len());
        (begun.quarantined, begun.drafts, begun.also) == (self.quarantined.len(), self.drafts.len(), also)
    }

    /// Takes the next step: how far it has come then, and the entry for the log. An empty batch takes one step too, since an empty
    /// delivery is a delivery.
    pub(super) fn take(
        &self,
        tx: &mut Tx<'_>,
        actor: Actor,
        grant: &FeedGrant,
        begun: Option<Begun>,
    ) -> Result<(Begun, Act), StoreError> {
        let mut begun = match begun {
            Some(begun) => begun,
            None => {
                let mut begun = self.begin(grant.partner(), tx.now());
                // It must stand before what it brought.
                tx.insert_delivery(&begun.delivery)?;
                if !self.quarantined.is_empty() {
                    let kept = QUARANTINE_MAX.saturating_sub(self.quarantined.len());
                    begun.go_through = tx.quarantined_beyond(grant.partner(), kept)?;
                }
                begun
            }
        };
        let before = begun.so_far();
        let mut pace = Pace {
            done: 0,
            gives_way: !self.is_short(),
        };
        while begun.quarantined < self.quarantined.len() && pace.goes_on(tx) {
            let record = &self.quarantined[begun.quarantined..=begun.quarantined];
            tx.quarantine(grant.partner(), begun.delivery.id, record)?;
            if let Some(through) = begun.go_through {
                tx.drop_oldest_quarantined(grant.partner(), through, 2)?;
            }
            begun.quarantined += 1;
        }
        let mut delays = Vec::new();
        while begun.drafts < self.drafts.len() && pace.goes_on(tx) {
            delays.extend(self.take_draft(tx, grant, &mut begun)?);
        }
        let drafts = &self.drafts[before.drafts..begun.drafts];
        let references = drafts.iter().map(|draft| draft.reference.as_str());
        let drained = tx.release_quarantined_as(grant.partner(), references, begun.delivery.id, i64::MAX)?;
        if let Some(part) = &self.part {
            while begun.also < part.also.len() && pace.goes_on(tx) {
                if let Some(listing) = tx.listing_by_reference(grant.partner(), &part.also[begun.also])? {
                    tx.note_named(part.feed, listing.id, part.run)?;
                }
                begun.also += 1;
            }
        }
        begun.steps += 1;
        let delivery = &begun.delivery;
        tx.update_delivery(delivery)?;
        if let Some(key) = self.key.as_ref().filter(|_| self.is_whole(&begun)) {
            tx.insert_push_key(grant.partner(), &key.name, key.request, delivery.id)?;
        }
        let arrival = arrival(before, delivery, delays);
        if arrival != Arrival::default() {
            tx.note_arrival(grant.partner(), self.feed, &arrival)?;
        }
        let mut act = pushed(actor, grant, (before, &begun), self.is_whole(&begun));
        if drained > 0 {
            act.detail["out_of_quarantine"] = json!(drained);
        }
        Ok((begun, act))
    }

    /// Takes the next listing in; how long after it was put up, if that is known and it is new.
    fn take_draft(&self, tx: &mut Tx<'_>, grant: &FeedGrant, begun: &mut Begun) -> Result<Option<TimeDelta>, StoreError> {
        let draft = &self.drafts[begun.drafts];
        let delivery = &mut begun.delivery;
        let taken = decoys::take(tx, grant.partner(), draft, delivery.id, self.feed)?;
        match taken.is_accepted {
            true => delivery.accepted += 1,
            false => delivery.unchanged += 1,
        }
        if taken.is_of_nothing {
            note_of_nothing(&mut delivery.notes);
        }
        if let Some((part, listing)) = self.part.as_ref().zip(taken.listing) {
            tx.note_named(part.feed, listing, part.run)?;
        }
        delivery.remaining -= 1;
        begun.drafts += 1;
        Ok(draft.posted_at.filter(|_| taken.is_new).map(|posted_at| tx.now() - posted_at))
    }

    /// What taking it in would come to, at an instant.
    pub(super) fn try_out(&self, reader: &Reader<'_>, partner: PartnerId, now: Timestamp) -> Result<Delivery, StoreError> {
        let mut delivery = self.begin(partner, now).delivery;
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
    fn begin(&self, partner: PartnerId, now: Timestamp) -> Begun {
        let delivery = Delivery {
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
        };
        Begun {
            delivery,
            go_through: None,
            steps: 0,
            quarantined: 0,
            drafts: 0,
            also: 0,
        }
    }
}

/// Notes that a record takes a listing off sale that is not held: its id may be mistyped.
fn note_of_nothing(notes: &mut Vec<Note>) {
    if let Some(note) = notes.iter_mut().find(|note| note.reason == OF_NOTHING) {
        note.records += 1;
    } else {
        notes.push(Note {
            field: "id".to_owned(),
            reason: OF_NOTHING.to_owned(),
            records: 1,
            line: 0,
        });
    }
}

/// What a step is to the feed's rhythm.
fn arrival(before: SoFar, after: &Delivery, mut delays: Vec<TimeDelta>) -> Arrival {
    delays.sort_unstable();
    let first = before.steps == 0;
    Arrival {
        accepted: after.accepted - before.accepted,
        unchanged: after.unchanged - if first { 0 } else { before.unchanged },
        rejected: if first { after.rejected_count } else { 0 },
        // What is said to be put up later than now is no delay.
        delay: delays.get(delays.len() / 2).map(|delay| (*delay).max(TimeDelta::zero())),
    }
}

/// The entry for the log: what the step added to the delivery.
fn pushed(actor: Actor, grant: &FeedGrant, (before, after): (SoFar, &Begun), is_whole: bool) -> Act {
    let (first, begun) = (before.steps == 0, after.steps);
    let after = &after.delivery;
    let mut detail = json!({
        "partner": grant.partner(),
        "letter": grant.letter(),
        "accepted": after.accepted - before.accepted,
        "unchanged": after.unchanged - before.unchanged,
    });
    if !(first && is_whole) {
        detail["step"] = json!(begun);
        detail["remaining"] = json!(after.remaining);
    }
    if first {
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
