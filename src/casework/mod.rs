//! Casework: theft reports, suspicion reports, the letter gate, disclosure, questions to owners.
//!
//! Both skins, API and web pages, stand on these functions: each takes who asks, checks the role itself, and leaves its entry
//! in the log. What a refusal looks like is `http`'s business.

mod answered_fields;
mod blind_reviews;
mod contact;
mod control;
pub mod decoys;
mod desk;
mod disclosures;
mod error;
mod evidence_packs;
mod evidence_photos;
pub mod feed_health;
mod figures;
pub mod gate;
mod ground;
mod hold_policies;
mod hold_times;
mod holds;
pub mod item_changes;
mod leads;
mod looks;
mod notices;
mod own_data;
mod ownership_proofs;
pub mod partners;
mod photos;
mod questions;
pub mod relistings;
mod report_questions;
mod reports;
mod saved_searches;
mod seal;
mod search;
mod series;
mod settings;
mod stale;
pub mod thefts;
pub mod views;

use std::ops::RangeInclusive;
use std::sync::Arc;

use chrono_tz::Tz;
use serde_json::json;

use crate::domain::account::{Principal, Role};
use crate::domain::audit::{Act, Action, Actor, Purpose, PurposeError, Subject};
use crate::domain::ids::AccountId;
use crate::store::{Store, StoreError, Tx};

pub use answered_fields::VALUE_CHARACTERS_MAX;
pub use blind_reviews::BlindReviewView;
pub use contact::Contact;
pub use control::ENTRIES_MAX;
pub use desk::RequestView;
pub use error::CaseworkError;
pub use evidence_packs::PackFacts;
pub use figures::{DeskFigures, FIGURES_DAYS, Reliability, Spans, Workload};
pub use gate::{DisclosureGrant, GateRefusal};
pub use ground::{CaseStanding, Ground, OpeningGround};
pub use hold_policies::{HoldPolicyView, check_hold_policy};
pub use holds::{HoldGround, PartnerHold};
pub use leads::LeadView;
pub use looks::{LookFigures, LooksOf, OUT_OF_HOURS, Pattern, Unusual, UsualDay};
pub use notices::ESCALATED_AFTER_HOURS;
pub use own_data::Erased;
pub use ownership_proofs::{PROOF_DAYS, ProofAsked, ProofComparison};
pub use partners::NewPartner;
pub use questions::AfterAnswer;
pub use relistings::{FormerReport, Relisting};
pub use report_questions::AskedView;
pub use reports::Grounds;
pub use saved_searches::{KEPT_DAYS as SEARCH_KEPT_DAYS, SavedHits, SavedSearchView};
pub use seal::{SealError, SealKey};
pub use search::{Found, FoundItem, FoundListing, Search, SoughtSeller};
pub use series::{AskAlike, Member, Series, Tie, TieBy};
pub use stale::{QUESTION_HOLDS_DAYS, STALE_HOURS, URGENT_HOURS};
pub use thefts::NewTheft;

/// The roles that work on reports.
pub const POLICE: [Role; 2] = [Role::Officer, Role::Supervisor];

/// The police's and the owners' work on cases. Cheap to clone.
#[derive(Clone)]
pub struct Casework {
    store: Store,
    seal: Arc<SealKey>,
    /// The force's clock.
    zone: Tz,
}

/// What a piece of work comes to, and what it leaves in the log: a refusal is logged too.
type Settled<T> = Result<(Result<T, CaseworkError>, Vec<Act>), CaseworkError>;

impl Casework {
    /// Over this store, sealing sellers' identities under this key.
    #[must_use]
    pub fn new(store: Store, seal: SealKey) -> Self {
        Self {
            store,
            seal: Arc::new(seal),
            zone: Tz::UTC,
        }
    }

    /// The same with the clock by which the force works.
    #[must_use]
    pub fn in_zone(self, zone: Tz) -> Self {
        Self { zone, ..self }
    }

    /// The account of a person with one of these roles. Else the refusal is logged.
    async fn person(&self, caller: &Principal, roles: &[Role], subject: Subject) -> Result<AccountId, CaseworkError> {
        match caller {
            Principal::Account { id, role, .. } if roles.contains(role) => Ok(*id),
            _ => Err(self.refuse(caller, subject, "this needs another role").await),
        }
    }

    /// The purpose, when one was stated. Else the refusal is logged.
    async fn purpose(
        &self,
        caller: &Principal,
        subject: Subject,
        stated: Result<Purpose, PurposeError>,
    ) -> Result<Purpose, CaseworkError> {
        match stated {
            Ok(purpose) => Ok(purpose),
            Err(error) => Err(match self.refuse(caller, subject, "no purpose was stated").await {
                CaseworkError::NotAllowed(_) => CaseworkError::Purpose(error),
                failure => failure,
            }),
        }
    }

    /// Logs that the caller was refused, and says so.
    async fn refuse(&self, caller: &Principal, subject: Subject, why: &'static str) -> CaseworkError {
        match self
            .store
            .act(refusal(caller, subject, why), |_| Ok::<_, StoreError>(()))
            .await
        {
            Ok(()) => CaseworkError::NotAllowed(why),
            Err(error) => error.into(),
        }
    }

    /// Does what may end in a refusal that has to be logged: the refusal's entry stays, and nothing else does because such
    /// work writes nothing before it refuses.
    async fn settle<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Settled<T> + Send + 'static,
    ) -> Result<T, CaseworkError> {
        self.store.act_with(work).await?
    }
}

/// The entry of a refusal for lack of rights.
fn refusal(caller: &Principal, subject: Subject, why: &'static str) -> Act {
    Act::new(Actor::from(caller), Action::AccessRefused, subject).with_detail(json!({ "why": why }))
}

/// How many characters a reason in a person's words has.
pub const REASON_CHARACTERS: RangeInclusive<usize> = 3..=2000;

/// A reason in a person's words.
fn reason(field: &'static str, text: &str) -> Result<String, CaseworkError> {
    let text = text.trim();
    if REASON_CHARACTERS.contains(&text.chars().count()) {
        Ok(text.to_owned())
    } else {
        Err(CaseworkError::invalid(field, "give a reason of 3 to 2,000 characters"))
    }
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
