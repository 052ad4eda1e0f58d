//! How things are held under each letter: set, changed and ended by an administrator. What is held already goes on under the policy
//! as it was when it was asked.

use serde_json::json;

use super::{Casework, CaseworkError, POLICE};
use crate::domain::account::{Principal, Role};
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::hold::HoldPolicy;
use crate::domain::ids::LetterId;
use crate::domain::partner::{Letter, LetterStanding, Partner};
use crate::domain::time::Timestamp;
use crate::store::StoreError;

/// Most days, hours and times of a policy.
const DAYS_MAX: u32 = 365;
const NOTICE_HOURS_MAX: u32 = 720;
const EXTENSIONS_MAX: u32 = 20;

/// How things are held under one letter.
#[derive(Debug, Clone, PartialEq)]
pub struct HoldPolicyView {
    /// The letter.
    pub letter: Letter,
    /// Whether it is in force.
    pub standing: LetterStanding,
    /// With whom it is.
    pub partner: Partner,
    /// How things are held.
    pub policy: HoldPolicy,
    /// Since when.
    pub set_at: Timestamp,
}

impl Casework {
    /// How things are held under the letters, by partner and letter. Says nothing of anybody.
    ///
    /// # Errors
    /// When the caller is neither of the police nor an administrator, or the store fails.
    pub async fn hold_policies(&self, caller: &Principal) -> Result<Vec<HoldPolicyView>, CaseworkError> {
        let roles = [POLICE[0], POLICE[1], Role::Administrator];
        self.person(caller, &roles, SubjectKind::Letter.all()).await?;
        let now = self.store.clock().now();
        let read = self.store.read(move |reader| {
            let mut policies = Vec::new();
            for partner in reader.partners()? {
                for letter in reader.letters_of(partner.id)? {
                    if let Some((policy, set_at)) = reader.hold_policy_set(letter.id)? {
                        policies.push(HoldPolicyView {
                            standing: letter.standing(now),
                            letter,
                            partner: partner.clone(),
                            policy,
                            set_at,
                        });
                    }
                }
            }
            Ok::<_, StoreError>(policies)
        });
        Ok(read.await?)
    }

    /// Sets how things are held under a letter.
    ///
    /// # Errors
    /// When the actor may not, the letter is missing, a number cannot be used, or the store fails.
    pub async fn set_hold_policy(&self, actor: Actor, letter: LetterId, policy: HoldPolicy) -> Result<(), CaseworkError> {
        let subject = SubjectKind::Letter.with(letter.0);
        self.administers(actor, subject).await?;
        check_hold_policy(&policy)?;
        let act = Act::new(actor, Action::HoldPolicySet, subject).with_detail(json!({ "policy": policy }));
        self.store
            .act(act, move |tx| {
                tx.letter(letter)?.ok_or(CaseworkError::missing("letter"))?;
                Ok(tx.set_hold_policy(letter, &policy)?)
            })
            .await
    }

    /// Ends how things are held under a letter: nothing is held under it from now on. What is held stays held until its own end.
    ///
    /// # Errors
    /// When the actor may not, there is no such policy, or the store fails.
    pub async fn end_hold_policy(&self, actor: Actor, letter: LetterId) -> Result<(), CaseworkError> {
        let subject = SubjectKind::Letter.with(letter.0);
        self.administers(actor, subject).await?;
        let act = Act::new(actor, Action::HoldPolicyEnded, subject);
        self.store
            .act(act, move |tx| match tx.delete_hold_policy(letter)? {
                true => Ok(()),
                false => Err(CaseworkError::missing("hold policy")),
            })
            .await
    }
}

/// Whether a policy's numbers can be used.
///
/// # Errors
/// The first that cannot, with what it may be.
pub fn check_hold_policy(policy: &HoldPolicy) -> Result<(), CaseworkError> {
    let bounds = [
        ("days", policy.days, 1, DAYS_MAX),
        ("notice_hours", policy.notice_hours, 1, NOTICE_HOURS_MAX),
        ("extension_days", policy.extension_days, 0, DAYS_MAX),
        ("extensions_max", policy.extensions_max, 0, EXTENSIONS_MAX),
    ];
    match bounds.into_iter().find(|(_, value, min, max)| !(min..=max).contains(&value)) {
        Some((field, _, min, max)) => Err(CaseworkError::invalid(field, format!("give {min} to {max}"))),
        None => Ok(()),
    }
}
