//! Decoys: the partner's consent to them, planting them and taking them back, and what they show of a feed.
//!
//! Leaves telling their listings from others to intake, and judging them to matching.

use chrono::TimeDelta;
use serde_json::json;

use super::{Casework, CaseworkError};
use crate::domain::account::{Principal, Role};
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::decoy::{Decoy, DecoyConsent, DecoyStanding, DecoyVariant, Invention, PREFIX};
use crate::domain::ids::{AccountId, DecoyId, FeedId, PartnerId};
use crate::domain::number_pattern::NumberPattern;
use crate::domain::time::Timestamp;
use crate::store::{Reader, Store, StoreError, Tx};

/// Decoys of one partner that stand at once.
pub const STANDING_MAX: usize = 100;
/// A consent may be given for so long at most, days: ten years.
const CONSENT_DAYS_MAX: i64 = 3653;
/// Inventions that are tried until one has a number that nothing registered has.
const TRIES: u64 = 20;

/// What decoys show of one stream of a partner.
#[derive(Debug, Clone, PartialEq)]
pub struct DecoyFigures {
    /// Whose.
    pub partner: PartnerId,
    /// How they came: by a feed, or pushed without naming one (`Some(None)`); `None`: they have not come in.
    pub came_by: Option<Option<FeedId>>,
    /// How many were planted, without those that were taken back before they came in.
    pub planted: u32,
    /// How many came in.
    pub came: u32,
    /// How many were recognised.
    pub alerted: u32,
    /// How many came in and were not recognised in time.
    pub missed: u32,
    /// From coming in to being recognised: the median, and the longest.
    pub after: Option<(TimeDelta, TimeDelta)>,
}

impl DecoyFigures {
    /// The share that was recognised of those of which it is known, with the interval in which it lies with 95 % (Wilson).
    #[must_use]
    pub fn recall(&self) -> Option<(f64, (f64, f64))> {
        let decided = self.alerted + self.missed;
        (decided > 0).then(|| {
            let share = f64::from(self.alerted) / f64::from(decided);
            (share, super::figures::wilson(self.alerted, decided))
        })
    }
}

/// What decoys show at an instant, by partner and stream, in this order.
#[must_use]
pub fn figures(decoys: &[Decoy], now: Timestamp) -> Vec<DecoyFigures> {
    let came_by = |decoy: &Decoy| decoy.came.as_ref().map(|came| came.feed);
    let counted = |decoy: &&Decoy| decoy.standing(now) != DecoyStanding::Withdrawn;
    let mut streams: Vec<_> = (decoys.iter().filter(counted))
        .map(|decoy| (decoy.partner, came_by(decoy)))
        .collect();
    streams.sort_unstable();
    streams.dedup();
    let each = streams.into_iter().map(|(partner, stream)| {
        let of_stream: Vec<&Decoy> = (decoys.iter().filter(counted))
            .filter(|decoy| (decoy.partner, came_by(decoy)) == (partner, stream))
            .collect();
        let standing = |wanted| {
            let count = of_stream.iter().filter(|decoy| decoy.standing(now) == wanted).count();
            u32::try_from(count).unwrap_or(u32::MAX)
        };
        let mut after: Vec<TimeDelta> = of_stream.iter().filter_map(|decoy| decoy.alert_after()).collect();
        after.sort_unstable();
        let planted = u32::try_from(of_stream.len()).unwrap_or(u32::MAX);
        DecoyFigures {
            partner,
            came_by: stream,
            planted,
            came: if stream.is_some() { planted } else { 0 },
            alerted: standing(DecoyStanding::Alerted),
            missed: standing(DecoyStanding::Missed),
            after: after.last().map(|slowest| (after[after.len() / 2], *slowest)),
        }
    });
    each.collect()
}

impl Casework {
    /// A person of a partner's consents to decoys, until an instant or until the consent is withdrawn.
    ///
    /// # Errors
    /// When the caller may not, the instant has passed or is too far, or the store fails.
    pub async fn consent_to_decoys(&self, caller: &Principal, ends_at: Option<Timestamp>) -> Result<(), CaseworkError> {
        let (by, partner) = self.partners_person(caller).await?;
        let now = self.store.clock().now();
        if ends_at.is_some_and(|end| end <= now || end > now + TimeDelta::days(CONSENT_DAYS_MAX)) {
            return Err(CaseworkError::invalid(
                "until",
                "the consent must end in the future, within ten years",
            ));
        }
        let actor = Actor::from(caller);
        let consent = move |tx: &mut Tx<'_>| {
            let consent = DecoyConsent {
                by,
                given_at: tx.now(),
                ends_at,
            };
            tx.save_decoy_consent(partner, &consent)?;
            let act = Act::new(actor, Action::DecoysConsented, SubjectKind::Partner.with(partner.0))
                .with_detail(json!({ "until": ends_at }));
            Ok::<_, CaseworkError>(((), vec![act]))
        };
        self.store.act_with(consent).await
    }

    /// A person of a partner's withdraws its consent: the decoys that stand are taken back; how many.
    ///
    /// # Errors
    /// When the caller may not, there is no consent, or the store fails.
    pub async fn refuse_decoys(&self, caller: &Principal) -> Result<usize, CaseworkError> {
        let (_, partner) = self.partners_person(caller).await?;
        let actor = Actor::from(caller);
        let refuse = move |tx: &mut Tx<'_>| {
            if !tx.remove_decoy_consent(partner)? {
                return Err(CaseworkError::Conflict("there is no consent to withdraw".to_owned()));
            }
            let (withdrawn, act) = take_back(tx, actor, partner, "withdrawn")?;
            Ok((withdrawn, vec![act]))
        };
        self.store.act_with(refuse).await
    }

    /// An administrator plants a decoy, with a number that nothing registered has or nearly has.
    ///
    /// # Errors
    /// When the actor may not, the partner is missing or has not consented, too many stand, or the store fails.
    pub async fn plant_decoy(&self, actor: Actor, partner: PartnerId, variant: DecoyVariant) -> Result<Decoy, CaseworkError> {
        self.administers(actor, SubjectKind::Decoy.all()).await?;
        let plant = move |tx: &mut Tx<'_>| {
            let now = tx.now();
            tx.partner(partner)?.ok_or(CaseworkError::missing("partner"))?;
            if !tx.decoy_consent(partner)?.is_some_and(|consent| consent.holds(now)) {
                return Err(CaseworkError::Conflict("the partner has not consented to decoys".to_owned()));
            }
            if tx.standing_decoys(partner, STANDING_MAX)?.len() >= STANDING_MAX {
                return Err(CaseworkError::Conflict(format!(
                    "{STANDING_MAX} decoys of this partner stand already: take some back first"
                )));
            }
            let id = DecoyId::generate(now);
            let decoy = Decoy {
                id,
                partner,
                reference: format!("{PREFIX}{}", id.0.simple()),
                variant,
                invention: invented(tx, id, variant)?,
                planted_at: now,
                withdrawn_at: None,
                came: None,
                probability: None,
                alerted_at: None,
            };
            tx.insert_decoy(&decoy)?;
            let act = Act::new(actor, Action::DecoyPlanted, SubjectKind::Decoy.with(id.0))
                .with_detail(json!({ "partner": partner, "variant": variant }));
            Ok((decoy, vec![act]))
        };
        self.store.act_with(plant).await
    }

    /// An administrator takes a decoy back.
    ///
    /// # Errors
    /// When the actor may not, there is none that stands, or the store fails.
    pub async fn withdraw_decoy(&self, actor: Actor, id: DecoyId) -> Result<(), CaseworkError> {
        self.administers(actor, SubjectKind::Decoy.with(id.0)).await?;
        let withdraw = move |tx: &mut Tx<'_>| {
            if !tx.withdraw_decoy(id)? {
                return Err(CaseworkError::missing("decoy that stands"));
            }
            let act = Act::new(actor, Action::DecoyWithdrawn, SubjectKind::Decoy.with(id.0));
            Ok(((), vec![act]))
        };
        self.store.act_with(withdraw).await
    }

    async fn partners_person(&self, caller: &Principal) -> Result<(AccountId, PartnerId), CaseworkError> {
        let by = self.person(caller, &[Role::Partner], SubjectKind::Decoy.all()).await?;
        match caller.partner() {
            Some(partner) => Ok((by, partner)),
            None => Err(self
                .refuse(caller, SubjectKind::Decoy.all(), "this account answers for no partner")
                .await),
        }
    }
}

/// Takes back the decoys of partners whose consent has run out.
///
/// # Errors
/// A failure of the store.
pub fn end_consents(store: &Store) -> Result<(), StoreError> {
    store.keep(|tx| {
        let now = tx.now();
        let mut acts = Vec::new();
        for partner in tx.partners()? {
            let consent = tx.decoy_consent(partner.id)?;
            if consent.is_some_and(|consent| !consent.holds(now)) {
                tx.remove_decoy_consent(partner.id)?;
                acts.push(take_back(tx, Actor::Service, partner.id, "ran out")?.1);
            }
        }
        Ok::<_, StoreError>(((), acts))
    })
}

/// Takes a partner's decoys back that were planted before an instant, as long ago as a letter's retention, and erases what came in
/// of them.
///
/// # Errors
/// A failure of the store.
pub fn erase_texts(store: &Store, partner: PartnerId, before: Timestamp) -> Result<(), StoreError> {
    store.keep(move |tx| {
        let erased = tx.erase_decoy_texts(partner, before)?;
        let act = Act::new(Actor::Service, Action::DecoyWithdrawn, SubjectKind::Partner.with(partner.0))
            .with_detail(json!({ "erased": erased, "planted_before": before }));
        Ok::<_, StoreError>(((), if erased > 0 { vec![act] } else { Vec::new() }))
    })
}

fn take_back(tx: &mut Tx<'_>, actor: Actor, partner: PartnerId, why: &str) -> Result<(usize, Act), StoreError> {
    let withdrawn = tx.withdraw_decoys_of(partner)?;
    let act = Act::new(actor, Action::DecoysRefused, SubjectKind::Partner.with(partner.0))
        .with_detail(json!({ "decoys": withdrawn, "consent": why }));
    Ok((withdrawn, act))
}

/// A thing whose number nothing registered has or nearly has.
fn invented(reader: &Reader<'_>, id: DecoyId, variant: DecoyVariant) -> Result<Invention, CaseworkError> {
    let (high, low) = id.0.as_u64_pair();
    for turn in 0..TRIES {
        let invention = Invention::of(variant, high ^ low.wrapping_add(turn));
        let pattern = NumberPattern::parse(invention.number());
        let Ok(pattern) = pattern else { continue };
        let (items, _) = reader.things_by_number(&pattern, 1)?;
        if items.is_empty() {
            return Ok(invention);
        }
    }
    Err(CaseworkError::Conflict(
        "no number could be found that nothing registered has".to_owned(),
    ))
}
