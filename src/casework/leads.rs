//! Leads: what checks left for the police, and what an officer did about one.

use serde_json::json;

use super::views::item_view;
use super::{Casework, CaseworkError, POLICE, reason};
use crate::domain::account::Principal;
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::ids::{AccountId, LeadId};
use crate::domain::item::Verification;
use crate::domain::lead::{Asked, Lead, Suspected};
use crate::domain::photo::ContentHash;
use crate::store::{Reader, StoreError};

/// Leads that are listed.
const LISTED_MAX: usize = 200;

/// A lead as an officer sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct LeadView {
    /// The lead.
    pub lead: Lead,
    /// Which partner asked.
    pub partner_name: String,
    /// What the owner calls the item.
    pub item_title: String,
    /// The police's number of the theft's case.
    pub crime_reference: Option<String>,
    /// Whether an officer has verified the theft.
    pub verified: bool,
    /// Who followed it up.
    pub followed_by: Option<String>,
}

impl Casework {
    /// Logs checks and, where a partner asked about what may be stolen, keeps a lead: no entry, no answer. `asked_sha256` is the
    /// hash of what was sent.
    ///
    /// # Errors
    /// A failure of the store; then nothing may be answered.
    pub async fn checked(
        &self,
        caller: &Principal,
        asked_sha256: ContentHash,
        checks: Vec<(Asked, Vec<Suspected>)>,
    ) -> Result<(), CaseworkError> {
        let (actor, partner) = (Actor::from(caller), caller.partner());
        let logged = self.store.act_with(move |tx| {
            let referred = checks.iter().filter(|(_, suspected)| !suspected.is_empty()).count();
            let detail =
                json!({ "partner": partner, "checks": checks.len(), "referred": referred, "asked_sha256": asked_sha256 });
            let mut acts = vec![Act::new(actor, Action::Checked, SubjectKind::Service.all()).with_detail(detail)];
            for (asked, suspected) in &checks {
                for (suspected, partner) in suspected.iter().filter_map(|one| Some((one, partner?))) {
                    if let Some(lead) = tx.note_lead(partner, asked, suspected)? {
                        let subject = SubjectKind::TheftReport.with(suspected.theft_report.0);
                        let detail = json!({ "lead": lead, "item": suspected.item });
                        acts.push(Act::new(Actor::Service, Action::LeadRaised, subject).with_detail(detail));
                    }
                }
            }
            Ok::<_, StoreError>(((), acts))
        });
        Ok(logged.await?)
    }

    /// The leads on items that are still searched for: open ones first, then the newest first. Logged.
    ///
    /// # Errors
    /// When the caller may not, or the store fails.
    pub async fn leads(&self, caller: &Principal) -> Result<Vec<LeadView>, CaseworkError> {
        let subject = SubjectKind::TheftReport.all();
        let by = self.person(caller, &POLICE, subject).await?;
        let found = self.store.act_with(move |tx| {
            let mut views = Vec::new();
            for lead in tx.leads(LISTED_MAX)? {
                views.extend(view(tx, lead)?);
            }
            let detail = json!({ "leads": views.len() });
            let act = Act::new(Actor::Account(by), Action::QueueConsulted, subject).with_detail(detail);
            Ok((views, vec![act]))
        });
        found.await
    }

    /// Notes what an officer did about an open lead.
    ///
    /// # Errors
    /// When the caller may not, the note is too short or too long, or there is no such lead that is open.
    pub async fn follow_lead(&self, caller: &Principal, id: LeadId, note: &str) -> Result<(), CaseworkError> {
        let by = self.person(caller, &POLICE, SubjectKind::TheftReport.all()).await?;
        let note = reason("note", note)?;
        let follow = self.store.act_with(move |tx| {
            let Some(lead) = tx.lead(id)? else {
                return Err(StoreError::Missing { what: "lead" });
            };
            tx.follow_lead(id, by, &note)?;
            let subject = SubjectKind::TheftReport.with(lead.suspected.theft_report.0);
            let act = Act::new(Actor::Account(by), Action::LeadFollowed, subject).with_detail(json!({ "lead": id }));
            Ok(((), vec![act]))
        });
        Ok(follow.await?)
    }
}

fn view(reader: &Reader<'_>, lead: Lead) -> Result<Option<LeadView>, StoreError> {
    let Some(item) = reader.item(lead.suspected.item)?.map(item_view).filter(|item| !item.hidden) else {
        return Ok(None);
    };
    let theft = reader.theft_without_items(lead.suspected.theft_report)?;
    let name = |account: AccountId| Ok::<_, StoreError>(reader.account(account)?.map(|account| account.name));
    let followed_by = match &lead.followed {
        Some(followed) => name(followed.by)?,
        None => None,
    };
    let description = item.draft.description;
    let titles = [description.title, description.model, description.brand];
    Ok(Some(LeadView {
        partner_name: reader.partner(lead.partner)?.map(|partner| partner.name).unwrap_or_default(),
        item_title: titles.into_iter().find(|text| !text.is_empty()).unwrap_or_default(),
        verified: theft
            .as_ref()
            .is_some_and(|theft| matches!(theft.verification, Verification::Verified { .. })),
        crime_reference: theft.and_then(|theft| theft.theft.crime_reference),
        followed_by,
        lead,
    }))
}
