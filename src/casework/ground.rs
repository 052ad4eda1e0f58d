//! What stands for and against a disclosure, for the pages on which people think about one. Says why not, and gives no leave:
//! the gate is asked again when something is done.

use serde_json::json;

use super::{Casework, CaseworkError, GateRefusal, POLICE, gate};
use crate::domain::account::{Principal, Role};
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::disclosure::DisclosureRequest;
use crate::domain::ids::{DisclosureRequestId, ReportId};
use crate::domain::partner::Letter;
use crate::store::StoreError;

/// What asking for a seller's identity stands on.
#[derive(Debug, Clone, PartialEq)]
pub struct Ground {
    /// The letter in force; else the last one.
    pub letter: Option<Letter>,
    /// The partner's name.
    pub partner: String,
    /// The report's probability.
    pub probability: f64,
    /// Every condition that fails for everything that the letter lets be asked; that no purpose is stated yet is none of them.
    pub refusals: Vec<GateRefusal>,
    /// The police's number of the theft's case.
    pub crime_reference: Option<String>,
}

impl Casework {
    /// What stands for and against asking for the identity of a report's seller. Logged as a look at the report.
    ///
    /// # Errors
    /// When the caller may not, there is no such report, or the store fails.
    pub async fn request_ground(&self, caller: &Principal, id: ReportId) -> Result<Ground, CaseworkError> {
        let subject = SubjectKind::Report.with(id.0);
        let by = self.person(caller, &POLICE, subject).await?;
        let act = Act::new(Actor::Account(by), Action::ReportConsulted, subject).with_detail(json!({ "for": "disclosure" }));
        let ground = self.store.act(act, move |tx| {
            let report = tx.report(id)?.ok_or(CaseworkError::missing("report"))?;
            let listing = tx.listing(report.listing)?.ok_or(CaseworkError::missing("listing"))?;
            let partner = tx.partner(listing.partner)?;
            let letter = match tx.active_letter(listing.partner, tx.now())? {
                Some(letter) => Some(letter),
                None => tx.letters_of(listing.partner)?.into_iter().next(),
            };
            let askable = letter.as_ref().map(|letter| letter.terms.askable.clone()).unwrap_or_default();
            let request = DisclosureRequestId::generate(tx.now());
            let verdict = gate::to_request(tx, tx.now(), request, &report, (by, &askable, None))?;
            // Nobody has had the chance to state a purpose or to choose yet.
            let early = |refusal: &GateRefusal| matches!(refusal, GateRefusal::NoPurpose | GateRefusal::NothingAsked);
            let refusals = verdict.err().unwrap_or_default();
            let theft = tx.theft_report(report.theft_report)?;
            Ok::<_, CaseworkError>(Ground {
                letter,
                partner: partner.map(|partner| partner.name).unwrap_or_default(),
                probability: report.assessment.probability,
                refusals: refusals.into_iter().filter(|refusal| !early(refusal)).collect(),
                crime_reference: theft.and_then(|theft| theft.theft.crime_reference),
            })
        });
        ground.await
    }

    /// What stands against the caller's approval of a request. The request itself was opened, and logged, before.
    ///
    /// # Errors
    /// When the caller may not, or the store fails.
    pub async fn approval_refusals(
        &self,
        caller: &Principal,
        request: DisclosureRequest,
    ) -> Result<Vec<GateRefusal>, CaseworkError> {
        let subject = SubjectKind::DisclosureRequest.with(request.id.0);
        let by = self.person(caller, &[Role::Supervisor], subject).await?;
        let now = self.store.clock().now();
        let verdict = self.store.read(move |reader| gate::to_approve(reader, now, &request, by));
        Ok(verdict.await?.err().unwrap_or_default())
    }

    /// How probable the report of a request is, and what stands against the caller's opening its answer for the purpose of the
    /// request. The request itself was opened, and logged, before.
    ///
    /// # Errors
    /// When the caller may not, or the store fails.
    pub async fn opening_refusals(
        &self,
        caller: &Principal,
        request: DisclosureRequest,
    ) -> Result<(f64, Vec<GateRefusal>), CaseworkError> {
        let subject = SubjectKind::DisclosureRequest.with(request.id.0);
        let by = self.person(caller, &POLICE, subject).await?;
        let now = self.store.clock().now();
        let read = self.store.read(move |reader| {
            let probability = reader
                .report(request.report)?
                .map_or(0.0, |report| report.assessment.probability);
            let verdict = gate::to_open(reader, now, &request, by, Some(&request.purpose))?;
            Ok::<_, StoreError>((probability, verdict.err().unwrap_or_default()))
        });
        Ok(read.await?)
    }
}
