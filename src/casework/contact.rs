//! An owner's contact details: opened by the police for a stated purpose only, each opening logged.
//!
//! Whoever may open them may not open them for whatever: once the police know the theft under a number of a case, that case is to be
//! stated, as for a seller's identity. Before, an officer who is to verify it has no number yet, and the log keeps what they say.

use serde_json::json;

use super::{Casework, CaseworkError, POLICE, refusal};
use crate::domain::account::{Confirmation, Principal};
use crate::domain::audit::{Act, Action, Actor, Purpose, PurposeError, SubjectKind};
use crate::domain::ids::{AccountId, TheftReportId};

/// How an owner is reached. Shown once, never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Contact {
    /// Whose.
    pub owner: AccountId,
    /// What they are called.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
}

impl Casework {
    /// Opens the contact details of the owner whose items a theft report names, for the theft's own case; `confirmed` says how the
    /// caller showed that it is they.
    ///
    /// # Errors
    /// [`CaseworkError::Purpose`], [`CaseworkError::OtherCase`], when the caller may not, there is no such report, its owner was erased, or the store
    /// fails.
    pub async fn open_contact(
        &self,
        caller: &Principal,
        id: TheftReportId,
        purpose: Result<Purpose, PurposeError>,
        confirmed: Confirmation,
    ) -> Result<Contact, CaseworkError> {
        let subject = SubjectKind::TheftReport.with(id.0);
        let by = self.person(caller, &POLICE, subject).await?;
        let purpose = self.purpose(caller, subject, purpose).await?;
        let caller = caller.clone();
        self.settle(move |tx| {
            let report = tx.theft_report(id)?.ok_or(CaseworkError::missing("theft report"))?;
            if let Some(expected) = report.theft.crime_reference.filter(|case| !purpose.is_for_case(case)) {
                let act = refusal(&caller, subject, "another case is stated than the theft's").for_purpose(purpose);
                return Ok((Err(CaseworkError::OtherCase { expected }), vec![act]));
            }
            let first = report.items.first().ok_or(CaseworkError::missing("item"))?;
            let item = tx.item(*first)?.ok_or(CaseworkError::missing("item"))?;
            let owner = tx.account(item.owner)?.filter(|owner| !owner.email.is_erased());
            let owner = owner.ok_or(CaseworkError::missing("owner"))?;
            let mut detail = json!({ "account": owner.id, "confirmed": confirmed });
            if tx.account(by)?.is_some_and(|by| by.surname_is_in(&owner.name)) {
                detail["own_surname"] = json!(true);
            }
            let act = Act::new(Actor::Account(by), Action::ContactOpened, subject)
                .for_purpose(purpose)
                .with_detail(detail);
            let contact = Contact {
                owner: owner.id,
                name: owner.name,
                email: owner.email.as_str().to_owned(),
            };
            Ok((Ok(contact), vec![act]))
        })
        .await
    }
}
