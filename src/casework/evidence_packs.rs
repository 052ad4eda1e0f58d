//! Evidence packs: what goes into one, that it was made, and an officer's word that a report is evidence.
//!
//! Leaves how a pack looks to those who show reports. A pack leaves the service only when its entry stands in the log.

use serde_json::json;

use super::views::{self, ReportView};
use super::{Casework, CaseworkError, POLICE, reason, refusal};
use crate::domain::account::{Principal, Role};
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::evidence_pack::{MadePack, Marking, PackForm, Promotion};
use crate::domain::ids::{EvidencePackId, ReportId};
use crate::domain::listing::Delivery;
use crate::domain::photo::{ContentHash, Photo};
use crate::domain::report::Report;
use crate::store::{Checkpoint, Reader, Revision, StoreError};

/// Everything that a pack is made of, but for the photos' bytes.
#[derive(Debug, Clone)]
pub struct PackFacts {
    /// The report as its page shows it.
    pub view: ReportView,
    /// As what it goes.
    pub marking: Marking,
    /// The officer's word that makes it evidence, with their name; none while it is intelligence.
    pub promotion: Option<(Promotion, String)>,
    /// The packs made before, oldest first, with the names of those who made them.
    pub packs: Vec<(MadePack, String)>,
    /// Every revision of the listing, oldest first, with the delivery that brought it.
    pub revisions: Vec<(Revision, Option<Delivery>)>,
    /// What is known of the photos that the report shows.
    pub photos: Vec<Photo>,
    /// Who makes the pack.
    pub by_name: String,
    /// The log's head before the pack is made.
    pub log: Checkpoint,
}

impl Casework {
    /// Opens a report to make a pack of it. Logged as a look at the report and its photos.
    ///
    /// # Errors
    /// When the caller may not, there is no such report, or the store fails.
    pub async fn evidence_facts(&self, caller: &Principal, id: ReportId) -> Result<PackFacts, CaseworkError> {
        let subject = SubjectKind::Report.with(id.0);
        let by = self.person(caller, &POLICE, subject).await?;
        let found = self.store.act_with(move |tx| {
            let view = views::report(tx, id, tx.now())?.ok_or(CaseworkError::missing("report"))?;
            let shown = view.photos_shown();
            let facts = PackFacts {
                marking: marking(tx, &view.report)?.0,
                promotion: promotion(tx, &view.report)?,
                packs: packs(tx, id)?,
                revisions: revisions(tx, &view)?,
                photos: photos(tx, &shown)?,
                by_name: views::name_of(tx, Some(by))?.unwrap_or_default(),
                log: tx.checkpoint()?,
                view,
            };
            let act = Act::new(Actor::Account(by), Action::ReportConsulted, subject).with_detail(json!({ "photos": shown }));
            Ok::<_, CaseworkError>((facts, vec![act]))
        });
        found.await
    }

    /// Enters that a pack of these bytes was made. Logged: no entry, no pack.
    ///
    /// # Errors
    /// When the caller may not; a conflict when the report is not any more what the pack is marked as; a failure of the store.
    pub async fn record_evidence_pack(
        &self,
        caller: &Principal,
        id: ReportId,
        (form, marked): (PackForm, Marking),
        (sha256, size_bytes): (ContentHash, u64),
    ) -> Result<MadePack, CaseworkError> {
        let subject = SubjectKind::Report.with(id.0);
        let by = self.person(caller, &POLICE, subject).await?;
        let made = self.store.act_with(move |tx| {
            let report = tx.report(id)?.ok_or(CaseworkError::missing("report"))?;
            if marking(tx, &report)?.0 != marked {
                return Err(CaseworkError::Conflict(
                    "the report was promoted or reopened while the pack was made; make it again".to_owned(),
                ));
            }
            let pack = MadePack {
                id: EvidencePackId::generate(tx.now()),
                form,
                marking: marked,
                sha256,
                size_bytes,
                by,
                at: tx.now(),
            };
            tx.insert_evidence_pack(id, &pack)?;
            let note = format!("{} as {}, SHA-256 {sha256}", form.word(), marked.word());
            tx.append_report_event(id, Some(by), "evidence pack made", Some(&note))?;
            let detail = json!({ "form": form, "marking": marked, "sha256": sha256, "size_bytes": size_bytes });
            let act = Act::new(Actor::Account(by), Action::EvidencePackMade, subject).with_detail(detail);
            Ok((pack, vec![act]))
        });
        made.await
    }

    /// An officer vouches, with a reason, for a confirmed report as evidence: the one who decided it, or a supervisor. Packs made
    /// from then on are marked so, as long as the decision stands.
    ///
    /// # Errors
    /// When the caller may not or the reason says too little; a conflict when the report is not confirmed or is evidence already;
    /// a failure of the store.
    pub async fn promote_to_evidence(&self, caller: &Principal, id: ReportId, why: &str) -> Result<Promotion, CaseworkError> {
        let subject = SubjectKind::Report.with(id.0);
        let by = self.person(caller, &POLICE, subject).await?;
        let why = reason("reason", why)?;
        let caller = caller.clone();
        self.settle(move |tx| {
            let report = tx.report(id)?.ok_or(CaseworkError::missing("report"))?;
            if report.state.officer() != Some(by) && caller.role() != Some(Role::Supervisor) {
                let why = "only the officer who decided the report, or a supervisor, may promote it to evidence";
                return Ok((Err(CaseworkError::NotAllowed(why)), vec![refusal(&caller, subject, why)]));
            }
            let promotion = Promotion {
                by,
                at: tx.now(),
                reason: why,
            };
            if marking(tx, &report)?.0 == Marking::Evidence {
                return Err(CaseworkError::Conflict("the report is evidence already".to_owned()));
            }
            if report.marking(Some(&promotion)) != Marking::Evidence {
                return Err(CaseworkError::Conflict(
                    "only a report that is confirmed can be promoted to evidence".to_owned(),
                ));
            }
            tx.save_promotion(id, &promotion)?;
            tx.append_report_event(id, Some(by), "promoted to evidence", Some(&promotion.reason))?;
            let act = Act::new(Actor::Account(by), Action::EvidencePromoted, subject);
            Ok((Ok(promotion), vec![act]))
        })
        .await
    }

    /// As what packs of a report go now, with the word that makes it evidence and who gave it. Says nothing of anybody else.
    ///
    /// # Errors
    /// When the caller may not, there is no such report, or the store fails.
    pub async fn report_marking(&self, caller: &Principal, id: ReportId) -> Result<(Marking, Option<String>), CaseworkError> {
        self.person(caller, &POLICE, SubjectKind::Report.with(id.0)).await?;
        let found = self.store.read(move |reader| {
            let report = reader.report(id)?.ok_or(StoreError::Missing { what: "report" })?;
            let by = promotion(reader, &report)?.map(|(_, name)| name);
            Ok::<_, StoreError>((marking(reader, &report)?.0, by))
        });
        Ok(found.await?)
    }
}

fn marking(reader: &Reader<'_>, report: &Report) -> Result<(Marking, Option<Promotion>), StoreError> {
    let promotion = reader.promotion(report.id)?;
    Ok((report.marking(promotion.as_ref()), promotion))
}

/// The word that makes a report evidence; one that does not count any more is none.
fn promotion(reader: &Reader<'_>, report: &Report) -> Result<Option<(Promotion, String)>, StoreError> {
    let (Marking::Evidence, Some(promotion)) = marking(reader, report)? else {
        return Ok(None);
    };
    let name = views::name_of(reader, Some(promotion.by))?.unwrap_or_default();
    Ok(Some((promotion, name)))
}

fn packs(reader: &Reader<'_>, id: ReportId) -> Result<Vec<(MadePack, String)>, StoreError> {
    let named = |pack: MadePack| Ok((views::name_of(reader, Some(pack.by))?.unwrap_or_default(), pack));
    let packs: Result<Vec<_>, StoreError> = reader.evidence_packs(id)?.into_iter().map(named).collect();
    Ok(packs?.into_iter().map(|(name, pack)| (pack, name)).collect())
}

fn revisions(reader: &Reader<'_>, view: &ReportView) -> Result<Vec<(Revision, Option<Delivery>)>, StoreError> {
    let mut found = reader.listing_revisions(view.listing.id)?;
    found.reverse();
    let with_delivery = |revision: Revision| {
        let delivery = revision.delivery.map(|id| reader.delivery(id)).transpose()?.flatten();
        Ok((revision, delivery))
    };
    found.into_iter().map(with_delivery).collect()
}

fn photos(reader: &Reader<'_>, shown: &[ContentHash]) -> Result<Vec<Photo>, StoreError> {
    let mut photos = Vec::new();
    for sha256 in shown {
        photos.extend(reader.photo(*sha256)?);
    }
    Ok(photos)
}
