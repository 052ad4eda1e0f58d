//! Records that wait in quarantine, and are read again out of it.

use std::ops::RangeInclusive;

use serde_json::json;

use super::batch::STEP_RECORDS;
use super::listings::refused;
use super::{FeedGrant, Intake, IntakeError, decoys};
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::ids::{DeliveryId, PartnerId};
use crate::domain::listing::{Delivery, ListingDraft, RejectedLine, Seller, SellerGiven, SellerKey};
use crate::domain::photo::ContentHash;
use crate::domain::time::Timestamp;
use crate::store::{StoreError, Tx};

/// Records of one partner that wait at most; the oldest go first.
pub const QUARANTINE_MAX: usize = 10_000;
/// Days after which a record that waits is let go, or earlier when the letter keeps listings for less.
pub const QUARANTINE_DAYS: i64 = 30;

/// A quarantined record that can be read now.
#[derive(Debug, Clone, PartialEq)]
pub struct Reread {
    /// Its number in quarantine.
    pub number: i64,
    /// When it came.
    pub received_at: Timestamp,
    /// What it says.
    pub draft: ListingDraft<SellerGiven>,
    /// The seller, where the record holds its key in place of a reference.
    pub seller: Option<SellerKey>,
}

/// What became of records that were read again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RereadOutcome {
    /// Listings that were new or changed.
    pub accepted: u64,
    /// Records that said nothing new.
    pub unchanged: u64,
    /// Records whose listing has been sent again since: the later word counts.
    pub superseded: u64,
}

impl Intake {
    /// The key under which a seller of a partner is kept.
    #[must_use]
    pub fn seller_key(&self, partner: PartnerId, reference: &str) -> SellerKey {
        self.0.seller_keys.seller_key(partner, reference)
    }

    /// Lets records go that the partner has looked at: those with these numbers, whichever of them wait still; how many.
    ///
    /// # Errors
    /// A failure of the store.
    pub async fn discard(&self, actor: Actor, partner: PartnerId, numbers: RangeInclusive<i64>) -> Result<usize, IntakeError> {
        let discard = move |tx: &mut Tx<'_>| {
            let gone = tx.release_quarantined_between(partner, *numbers.start(), *numbers.end())?;
            let act = Act::new(actor, Action::QuarantineDiscarded, SubjectKind::Partner.with(partner.0))
                .with_detail(json!({ "from": numbers.start(), "through": numbers.end(), "records": gone }));
            Ok::<_, StoreError>((gone, vec![act]))
        };
        Ok(self.0.store.act_with(discard).await?)
    }

    /// Says anew what is wrong with records that were read again and wait on: the numbers of these, and their faults.
    ///
    /// # Errors
    /// A failure of the store.
    pub async fn wait_on(
        &self,
        actor: Actor,
        partner: PartnerId,
        records: Vec<(i64, Vec<RejectedLine>)>,
    ) -> Result<(), IntakeError> {
        let note = move |tx: &mut Tx<'_>| {
            for (number, faults) in &records {
                tx.set_quarantined_faults(partner, *number, faults)?;
            }
            let act = Act::new(actor, Action::QuarantineReread, SubjectKind::Partner.with(partner.0))
                .with_detail(json!({ "wait_on": records.len() }));
            Ok::<_, StoreError>(((), vec![act]))
        };
        Ok(self.0.store.act_with(note).await?)
    }

    /// Takes records in that waited, and lets them go from quarantine: in short transactions, each with its entry in the log.
    ///
    /// # Errors
    /// [`IntakeError::NoLetter`], which is logged, or a failure of the store; what was taken in before it stays so.
    pub async fn take_reread(
        &self,
        actor: Actor,
        partner: PartnerId,
        records: Vec<Reread>,
    ) -> Result<RereadOutcome, IntakeError> {
        let key = self.0.seller_keys.of(partner);
        let records: Vec<(i64, Timestamp, ListingDraft<Seller>)> = records
            .into_iter()
            .map(|record| {
                let mut draft = key.redact(record.draft);
                if let (Some(seller), Some(known)) = (&mut draft.seller, record.seller) {
                    seller.key = known;
                }
                (record.number, record.received_at, draft)
            })
            .collect();
        let mut taken = Taken::default();
        let mut records = records.into_iter();
        loop {
            let step: Vec<_> = records.by_ref().take(STEP_RECORDS).collect();
            if step.is_empty() && taken.delivery.is_some() {
                return Ok(taken.outcome);
            }
            let work = move |tx: &mut Tx<'_>| {
                Ok::<_, StoreError>(match FeedGrant::of(tx, partner, tx.now())? {
                    Err(no_letter) => {
                        let act = refused(actor, partner, &no_letter);
                        (Err(no_letter), vec![act])
                    }
                    Ok(grant) => {
                        let (taken, act) = take_in(tx, actor, &grant, taken, &step)?;
                        (Ok(taken), vec![act])
                    }
                })
            };
            taken = self.0.store.act_with(work).await??;
        }
    }
}

/// What has become of records that are taken in by several transactions.
#[derive(Default)]
struct Taken {
    delivery: Option<Delivery>,
    outcome: RereadOutcome,
}

fn take_in(
    tx: &mut Tx<'_>,
    actor: Actor,
    grant: &FeedGrant,
    before: Taken,
    records: &[(i64, Timestamp, ListingDraft<Seller>)],
) -> Result<(Taken, Act), StoreError> {
    let is_first = before.delivery.is_none();
    let mut delivery = before.delivery.unwrap_or_else(|| Delivery {
        id: DeliveryId::generate(tx.now()),
        partner: grant.partner(),
        received_at: tx.now(),
        size_bytes: 0,
        sha256: ContentHash::of(b""),
        accepted: 0,
        unchanged: 0,
        remaining: 0,
        rejected_count: 0,
        rejected: Vec::new(),
        notes: Vec::new(),
    });
    if is_first {
        tx.insert_delivery(&delivery)?;
    }
    let mut step = RereadOutcome::default();
    for (_, received_at, draft) in records {
        let known = tx.listing_by_reference(grant.partner(), &draft.reference)?;
        if known.is_some_and(|known| known.updated_at > *received_at) {
            step.superseded += 1;
            continue;
        }
        match decoys::take(tx, grant.partner(), draft, delivery.id, None)?.is_accepted {
            true => step.accepted += 1,
            false => step.unchanged += 1,
        }
    }
    for (number, _, draft) in records {
        // What came before it is of no use any more.
        tx.release_quarantined_as(
            grant.partner(),
            std::iter::once(draft.reference.as_str()),
            delivery.id,
            *number,
        )?;
    }
    delivery.accepted += step.accepted;
    delivery.unchanged += step.unchanged + step.superseded;
    tx.update_delivery(&delivery)?;
    let numbers: Vec<i64> = records.iter().map(|(number, ..)| *number).collect();
    tx.release_quarantined(grant.partner(), &numbers)?;
    let detail = json!({ "partner": grant.partner(), "letter": grant.letter(), "accepted": step.accepted,
        "unchanged": step.unchanged, "superseded": step.superseded });
    let act = Act::new(actor, Action::QuarantineReread, SubjectKind::Delivery.with(delivery.id.0)).with_detail(detail);
    let outcome = RereadOutcome {
        accepted: before.outcome.accepted + step.accepted,
        unchanged: before.outcome.unchanged + step.unchanged,
        superseded: before.outcome.superseded + step.superseded,
    };
    let delivery = Some(delivery);
    Ok((Taken { delivery, outcome }, act))
}
