//! Proof of ownership: an officer decides to have a partner ask its seller for it, the partner answers, an officer compares.
//!
//! It goes out by an officer's decision alone, because it tells the seller that somebody asks. What the partner sees names its own
//! listing and what is asked, from a fixed set of words: never the item, the case, or who it is about. What the answer is worth is
//! an officer's word, facts apart from their assessment; it changes no probability.

use chrono::TimeDelta;
use serde_json::json;

use super::views::{self, ReportView};
use super::{Casework, CaseworkError, POLICE, reason, refusal};
use crate::domain::account::{Principal, Role};
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::ids::{AccountId, OwnershipProofId, PartnerId, ReportId};
use crate::domain::notification::{Event, EventKind};
use crate::domain::ownership_proof::{
    OwnershipProof, PROOF_TEXT_CHARACTERS_MAX, ProofAnswer, ProofFinding, ProofJudgement, ProofKind,
};
use crate::domain::report::{Report, ReportState};
use crate::store::{Reader, StoreError, Tx};

/// Days within which an answer may be wanted.
pub const PROOF_DAYS: std::ops::RangeInclusive<u32> = 1..=30;

/// A request for proof as the partner sees it: its own listing and what is asked. Nothing of the item is in here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofAsked {
    /// The request. Its report and the officers stay inside.
    pub proof: OwnershipProof,
    /// The partner's own id of the listing.
    pub listing_reference: String,
    /// What the partner calls it.
    pub listing_title: String,
}

/// A request for proof beside what its answer is compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct ProofComparison {
    /// The request and its answer.
    pub proof: OwnershipProof,
    /// The report with the registration.
    pub report: ReportView,
    /// Who judged it.
    pub judged_by: Option<String>,
}

impl Casework {
    /// The officer who has taken a report has the partner ask its seller for proof. Needs a letter in force. Logged.
    ///
    /// # Errors
    /// When the caller has not taken the report, nothing is asked, something is asked already, no letter is in force, or the store
    /// fails.
    pub async fn ask_for_proof(
        &self,
        caller: &Principal,
        report: ReportId,
        mut asked: Vec<ProofKind>,
        days: u32,
    ) -> Result<OwnershipProof, CaseworkError> {
        let subject = SubjectKind::Report.with(report.0);
        let by = self.person(caller, &POLICE, subject).await?;
        asked.sort_unstable();
        asked.dedup();
        if asked.is_empty() {
            return Err(CaseworkError::invalid("asked", "choose what the seller is to show"));
        }
        if !PROOF_DAYS.contains(&days) {
            return Err(CaseworkError::invalid("days", "give the partner 1 to 30 days"));
        }
        let act = Act::new(Actor::Account(by), Action::ProofAsked, subject).with_detail(json!({ "asked": asked, "days": days }));
        let done = self.store.act(act, move |tx| {
            let report = tx.report(report)?.ok_or(CaseworkError::missing("report"))?;
            may_ask(tx, &report, by)?;
            let listing = tx.listing(report.listing)?.ok_or(CaseworkError::missing("listing"))?;
            if tx.active_letter(listing.partner, tx.now())?.is_none() {
                return Err(CaseworkError::Conflict(
                    "no letter of intent with this partner is in force".to_owned(),
                ));
            }
            let proof = OwnershipProof {
                id: OwnershipProofId::generate(tx.now()),
                report: report.id,
                listing: listing.id,
                partner: listing.partner,
                asked,
                asked_by: by,
                asked_at: tx.now(),
                due_at: tx.now() + TimeDelta::days(i64::from(days)),
                photos: Vec::new(),
                answer: None,
                judgement: None,
                taken_back_at: None,
            };
            tx.insert_ownership_proof(&proof)?;
            let about = json!({ "proof": proof.id, "due": proof.due_at });
            tx.announce(&Event::of_proof(EventKind::ProofAsked, proof.partner, report.id, about))?;
            tx.append_report_event(report.id, Some(by), "had the seller asked for proof of ownership", None)?;
            Ok(proof)
        });
        done.await
    }

    /// What a partner is asked to have its sellers prove, the newest first.
    ///
    /// # Errors
    /// When the caller speaks for no partner, or the store fails.
    pub async fn proofs_asked(&self, caller: &Principal) -> Result<Vec<ProofAsked>, CaseworkError> {
        let partner = self.speaks_for(caller).await?;
        self.store
            .read(move |reader| {
                let proofs = reader.ownership_proofs_of_partner(partner)?;
                let asked = proofs.into_iter().map(|proof| proof_asked(reader, proof));
                Ok(asked.collect::<Result<Vec<_>, StoreError>>()?)
            })
            .await
    }

    /// A partner answers, once: what its seller shows, or why nothing. Logged.
    ///
    /// # Errors
    /// When it is asked of another partner, answered or taken back, when the answer says too little or too much, or the store fails.
    pub async fn answer_proof(
        &self,
        caller: &Principal,
        id: OwnershipProofId,
        text: &str,
        shown: bool,
    ) -> Result<OwnershipProof, CaseworkError> {
        let partner = self.speaks_for(caller).await?;
        if text.chars().count() > PROOF_TEXT_CHARACTERS_MAX {
            return Err(CaseworkError::invalid("text", "at most 4,000 characters"));
        }
        let text = text.trim().to_owned();
        let (caller, subject) = (caller.clone(), SubjectKind::Report.all());
        self.settle(move |tx| {
            let Some(proof) = tx.ownership_proof(id)?.filter(|proof| proof.partner == partner) else {
                let act = refusal(&caller, subject, "the request for proof is another partner's");
                return Ok((Err(CaseworkError::missing("request for proof")), vec![act]));
            };
            if !proof.is_open() {
                return Err(closed(&proof));
            }
            if text.chars().count() < 3 && (proof.photos.is_empty() || !shown) {
                return Err(CaseworkError::invalid(
                    "text",
                    "say in words what the seller shows, or why nothing",
                ));
            }
            let answer = ProofAnswer {
                text,
                shown,
                at: tx.now(),
            };
            tx.answer_ownership_proof(id, &answer)?;
            let step = match shown {
                true => "the partner answered for proof of ownership",
                false => "the partner answered that the seller shows no proof",
            };
            tx.append_report_event(proof.report, None, step, None)?;
            let act = Act::new(
                Actor::from(&caller),
                Action::ProofAnswered,
                SubjectKind::Report.with(proof.report.0),
            );
            let detail = json!({ "proof": id, "shown": shown, "photos": proof.photos.len() });
            let about = json!({ "proof": id, "shown": shown });
            tx.announce(&Event::of_proof(EventKind::ProofAnswered, partner, proof.report, about))?;
            let proof = tx.ownership_proof(id)?.ok_or(CaseworkError::missing("request for proof"))?;
            Ok((Ok(proof), vec![act.with_detail(detail)]))
        })
        .await
    }

    /// Opens an answer beside the registration. Logged.
    ///
    /// # Errors
    /// When the caller may not, there is no such request on this report, or the store fails.
    pub async fn open_proof(
        &self,
        caller: &Principal,
        report: ReportId,
        id: OwnershipProofId,
    ) -> Result<ProofComparison, CaseworkError> {
        let subject = SubjectKind::Report.with(report.0);
        let by = self.person(caller, &POLICE, subject).await?;
        let opened = self.store.act_with(move |tx| {
            let proof = tx.ownership_proof(id)?.filter(|proof| proof.report == report);
            let proof = proof.ok_or(CaseworkError::missing("request for proof"))?;
            let view = views::report(tx, report, tx.now())?.ok_or(CaseworkError::missing("report"))?;
            let mut photos = view.photos_shown();
            photos.extend(proof.photos.iter().map(|(_, sha256)| *sha256));
            let act = Act::new(Actor::Account(by), Action::ReportConsulted, subject)
                .with_detail(json!({ "proof": id, "photos": photos }));
            let comparison = ProofComparison {
                judged_by: views::name_of(tx, proof.judgement.as_ref().map(|judgement| judgement.by))?,
                proof,
                report: view,
            };
            Ok::<_, CaseworkError>((comparison, vec![act]))
        });
        opened.await
    }

    /// An officer says what an answer is worth, facts apart from what they make of them. A later word replaces an earlier one;
    /// both stand in the history. Logged.
    ///
    /// # Errors
    /// When the caller may not, nothing was answered, a text says too little, or the store fails.
    pub async fn judge_proof(
        &self,
        caller: &Principal,
        id: OwnershipProofId,
        finding: ProofFinding,
        (facts, assessment): (&str, &str),
    ) -> Result<OwnershipProof, CaseworkError> {
        let by = self.person(caller, &POLICE, SubjectKind::Report.all()).await?;
        let (facts, assessment) = (reason("facts", facts)?, reason("assessment", assessment)?);
        let done = self.store.act_with(move |tx| {
            let proof = tx.ownership_proof(id)?.ok_or(CaseworkError::missing("request for proof"))?;
            if proof.answer.is_none() {
                return Err(CaseworkError::Conflict("nothing has been answered yet".to_owned()));
            }
            let judgement = ProofJudgement {
                finding,
                facts,
                assessment,
                by,
                at: tx.now(),
            };
            tx.judge_ownership_proof(id, &judgement)?;
            let note = format!("fact: {} assessment: {}", judgement.facts, judgement.assessment);
            let step = format!("judged the proof of ownership: {}", finding.words());
            tx.append_report_event(proof.report, Some(by), &step, Some(&note))?;
            let act = Act::new(
                Actor::Account(by),
                Action::ProofJudged,
                SubjectKind::Report.with(proof.report.0),
            );
            let proof = tx.ownership_proof(id)?.ok_or(CaseworkError::missing("request for proof"))?;
            Ok((proof, vec![act.with_detail(json!({ "proof": id, "finding": finding }))]))
        });
        done.await
    }

    async fn speaks_for(&self, caller: &Principal) -> Result<PartnerId, CaseworkError> {
        let is_partners = matches!(caller, Principal::Partner { .. }) || caller.role() == Some(Role::Partner);
        match caller.partner().filter(|_| is_partners) {
            Some(partner) => Ok(partner),
            None => Err(self
                .refuse(caller, SubjectKind::Report.all(), "this needs another role")
                .await),
        }
    }
}

/// Takes back what is still asked on a report on which nothing is pursued any more.
pub(super) fn take_back(tx: &mut Tx<'_>, by: AccountId, report: &Report) -> Result<Option<Act>, StoreError> {
    if !report.state.is_dropped() {
        return Ok(None);
    }
    let taken = tx.take_ownership_proofs_back(report.id)?;
    if taken > 0
        && let Some(listing) = tx.listing(report.listing)?
    {
        let about = json!({ "taken_back": taken });
        tx.announce(&Event::of_proof(EventKind::ProofTakenBack, listing.partner, report.id, about))?;
    }
    let act = Act::new(
        Actor::Account(by),
        Action::ProofTakenBack,
        SubjectKind::Report.with(report.id.0),
    );
    Ok((taken > 0).then_some(act))
}

/// Whether an officer may have a seller asked on a report now.
fn may_ask(reader: &Reader<'_>, report: &Report, by: AccountId) -> Result<(), CaseworkError> {
    match report.state {
        ReportState::InReview { by: taken_by, .. } if taken_by == by => {}
        _ => {
            return Err(CaseworkError::Conflict(
                "only who has taken a report asks for proof on it".to_owned(),
            ));
        }
    }
    let proofs = reader.ownership_proofs_of_report(report.id)?;
    if proofs.iter().any(OwnershipProof::is_open) {
        return Err(CaseworkError::Conflict(
            "the partner has been asked and has not answered yet".to_owned(),
        ));
    }
    Ok(())
}

fn closed(proof: &OwnershipProof) -> CaseworkError {
    CaseworkError::Conflict(match proof.taken_back_at {
        Some(_) => "the police have taken this back: nothing is to be proved any more".to_owned(),
        None => "this has been answered".to_owned(),
    })
}

fn proof_asked(reader: &Reader<'_>, proof: OwnershipProof) -> Result<ProofAsked, StoreError> {
    let listing = reader.listing(proof.listing)?;
    let (listing_reference, listing_title) = listing.map_or_else(Default::default, |listing| {
        (listing.draft.reference, listing.draft.description.title)
    });
    Ok(ProofAsked {
        proof,
        listing_reference,
        listing_title,
    })
}
