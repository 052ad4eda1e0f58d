//! What stands for and against a disclosure, for the pages on which people think about one. Says why not, and gives no leave:
//! the gate is asked again when something is done.

use serde_json::json;

use super::{Casework, CaseworkError, GateRefusal, POLICE, gate};
use crate::domain::account::{Principal, Role};
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::disclosure::DisclosureRequest;
use crate::domain::ids::{DisclosureRequestId, ReportId};
use crate::domain::item::ItemStatus;
use crate::domain::partner::Letter;
use crate::domain::report::{Report, ReportState};
use crate::store::{Reader, StoreError};

/// How far a report and its item are: why a condition that rests on them fails.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseStanding {
    /// The report's state.
    pub report: ReportState,
    /// The item's status; none when it is gone.
    pub item: Option<ItemStatus>,
}

impl CaseStanding {
    fn of(reader: &Reader<'_>, report: &Report) -> Result<Self, StoreError> {
        Ok(Self {
            report: report.state.clone(),
            item: reader.item(report.item)?.map(|item| item.status),
        })
    }
}

/// What opening an identity stands on.
#[derive(Debug, Clone, PartialEq)]
pub struct OpeningGround {
    /// The report's probability.
    pub probability: f64,
    /// How far the case is.
    pub standing: CaseStanding,
    /// Every condition that fails.
    pub refusals: Vec<GateRefusal>,
}

/// What asking for a seller's identity stands on.
#[derive(Debug, Clone, PartialEq)]
pub struct Ground {
    /// The letter in force; else the last one.
    pub letter: Option<Letter>,
    /// The partner's name.
    pub partner: String,
    /// The partner's own id of the listing, and how it is called.
    pub listing: (String, String),
    /// The report's probability…
    pub probability: f64,
    /// …and the yardstick's words for it.
    pub yardstick: String,
    /// Every condition that fails for everything that the letter lets be asked; that no purpose is stated yet is none of them.
    pub refusals: Vec<GateRefusal>,
    /// The police's number of the theft's case.
    pub crime_reference: Option<String>,
    /// How far the case is.
    pub standing: CaseStanding,
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
                standing: CaseStanding::of(tx, &report)?,
                letter,
                partner: partner.map(|partner| partner.name).unwrap_or_default(),
                listing: (listing.draft.reference, listing.draft.description.title),
                probability: report.assessment.probability,
                yardstick: report.assessment.yardstick,
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

    /// What stands for and against the caller's opening its answer for the purpose of the
    /// request. The request itself was opened, and logged, before.
    ///
    /// # Errors
    /// When the caller may not, or the store fails.
    pub async fn opening_refusals(&self, caller: &Principal, request: DisclosureRequest) -> Result<OpeningGround, CaseworkError> {
        let subject = SubjectKind::DisclosureRequest.with(request.id.0);
        let by = self.person(caller, &POLICE, subject).await?;
        let now = self.store.clock().now();
        let read = self.store.read(move |reader| {
            let report = reader.report(request.report)?;
            let report = report.ok_or(StoreError::Missing { what: "report" })?;
            let verdict = gate::to_open(reader, now, &request, by, Some(&request.purpose))?;
            Ok::<_, StoreError>(OpeningGround {
                probability: report.assessment.probability,
                standing: CaseStanding::of(reader, &report)?,
                refusals: verdict.err().unwrap_or_default(),
            })
        });
        Ok(read.await?)
    }
}
