//! Writing what a batch found, in one transaction with the cursor.

use replevin_index::Sequence;

use super::CURSOR;
use super::judge::{Consequence, Finding};
use crate::domain::assessment::Assessment;
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::blind_review::Drawn;
use crate::domain::ids::{AccountId, ReportId, TheftReportId};
use crate::domain::item::{Item, ItemStatus, Verification};
use crate::domain::notification::Event;
use crate::domain::report::ReportState;
use crate::matching::decoys::JudgedDecoy;
use crate::store::{Raised, Reader, StoreError, Tx};

/// Below this change of probability a report stays as it is, when it says the same.
const RENEWED_FROM: f64 = 0.01;

/// What was written.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Written {
    pub(super) reports: u64,
    pub(super) questions: u64,
    /// Findings that could not be written; each is logged.
    pub(super) skipped: u64,
}

/// Writes findings and cursor, asking the store again: an item can have been recovered meanwhile, and its change comes after.
/// A finding that cannot be written is skipped alone.
pub(super) fn write(
    tx: &mut Tx<'_>,
    findings: Vec<Finding>,
    decoys: &[JudgedDecoy],
    through: Sequence,
) -> Result<(Written, Vec<Act>), StoreError> {
    let (mut written, mut acts) = (Written::default(), Vec::new());
    for judged in decoys {
        if tx.note_decoy_judged(judged.id, judged.sequence, judged.probability, judged.alerted)? {
            acts.push(Act::new(
                Actor::Service,
                Action::DecoyAlerted,
                SubjectKind::Decoy.with(judged.id.0),
            ));
        }
    }
    for finding in findings {
        match tx.apart(|tx| write_one(tx, &finding)) {
            Ok(Some(act)) => {
                match act.action {
                    Action::ReportRaised => written.reports += 1,
                    Action::QuestionAsked => written.questions += 1,
                    _ => {}
                }
                acts.push(act);
            }
            Ok(None) => {}
            Err(error) if error.is_of_one_row() => {
                written.skipped += 1;
                tracing::error!(
                    item = %finding.item,
                    listing = %finding.listing,
                    error = &error as &dyn std::error::Error,
                    "skipped: what was found cannot be written"
                );
            }
            Err(error) => return Err(error),
        }
    }
    tx.set_cursor(CURSOR, through)?;
    Ok((written, acts))
}

fn write_one(tx: &mut Tx<'_>, finding: &Finding) -> Result<Option<Act>, StoreError> {
    let item = tx.item(finding.item)?;
    let listing = tx.listing(finding.listing)?;
    match (&finding.consequence, item, listing) {
        (Consequence::Report(theft, assessment), Some(item), Some(_)) => raise(tx, finding, &item, *theft, assessment),
        (Consequence::Question(owner, assessment), Some(item), Some(_)) => ask(tx, finding, &item, *owner, assessment),
        (Consequence::Below(report, assessment), Some(_), Some(_)) => fall(tx, finding, *report, assessment),
        (Consequence::Drawn(drawn), Some(item), Some(_)) => keep_drawn(tx, &item, drawn),
        (Consequence::Over(report), item, _) => end(tx, finding, *report, item.as_ref()),
        _ => Ok(None),
    }
}

fn raise(
    tx: &mut Tx<'_>,
    finding: &Finding,
    item: &Item,
    theft: TheftReportId,
    assessment: &Assessment,
) -> Result<Option<Act>, StoreError> {
    if !is_stolen_by(tx, Some(item), theft)? {
        return Ok(None);
    }
    let known = tx.report_of_pair(finding.item, finding.listing, theft)?;
    if known.is_some_and(|known| says_the_same(&known.assessment, assessment)) {
        return Ok(None);
    }
    let raised = tx.raise_report(finding.item, finding.listing, theft, assessment)?;
    if let Raised::New(id) = raised {
        tx.announce(&Event::report_raised(id))?;
    }
    Ok(match raised {
        Raised::New(id) => Some(
            Act::new(Actor::Service, Action::ReportRaised, SubjectKind::Report.with(id.0))
                .with_detail(detail(finding, Some(assessment))),
        ),
        Raised::Renewed(_) | Raised::Kept(_) => None,
    })
}

/// A report that fell below the threshold: taken back when nobody ever took it; else it stays, and says how things stand now.
fn fall(tx: &mut Tx<'_>, finding: &Finding, id: ReportId, assessment: &Assessment) -> Result<Option<Act>, StoreError> {
    let Some(report) = tx.report(id)?.filter(|report| report.state == ReportState::Open) else {
        return Ok(None);
    };
    if tx.retract_report(id)? {
        return Ok(Some(retracted(finding, id, Some(assessment))));
    }
    if !says_the_same(&report.assessment, assessment) {
        tx.raise_report(finding.item, finding.listing, report.theft_report, assessment)?;
    }
    Ok(None)
}

/// A report whose theft is over for its item: nobody needs to look at it any more, unless somebody has begun to.
fn end(tx: &mut Tx<'_>, finding: &Finding, id: ReportId, item: Option<&Item>) -> Result<Option<Act>, StoreError> {
    let Some(report) = tx.report(id)? else { return Ok(None) };
    if is_stolen_by(tx, item, report.theft_report)? || !tx.retract_report(id)? {
        return Ok(None);
    }
    Ok(Some(retracted(finding, id, None)))
}

fn ask(
    tx: &mut Tx<'_>,
    finding: &Finding,
    item: &Item,
    owner: AccountId,
    assessment: &Assessment,
) -> Result<Option<Act>, StoreError> {
    let safe = matches!(item.status, ItemStatus::Registered | ItemStatus::Recovered) && item.owner == owner;
    // A recovered item was once reported beside this listing: its owner knows.
    let reported = tx
        .reports_of_item(finding.item)?
        .iter()
        .any(|report| report.listing == finding.listing);
    if !safe || reported {
        return Ok(None);
    }
    let asked = tx.ask_question(finding.item, finding.listing, owner, assessment)?;
    Ok(asked.map(|id| {
        Act::new(Actor::Service, Action::QuestionAsked, SubjectKind::Question.with(id.0))
            .with_detail(detail(finding, Some(assessment)))
    }))
}

/// A candidate that was drawn for blind review; never of an item that is not stolen any more.
fn keep_drawn(tx: &mut Tx<'_>, item: &Item, drawn: &Drawn) -> Result<Option<Act>, StoreError> {
    if !is_stolen_by(tx, Some(item), drawn.theft_report)? {
        return Ok(None);
    }
    let new = tx.draw_blind_review(drawn)?;
    Ok(new.map(|id| {
        Act::new(Actor::Service, Action::BlindReviewDrawn, SubjectKind::BlindReview.with(id.0))
            .with_detail(serde_json::json!({ "item": drawn.item, "listing": drawn.listing, "share": drawn.share }))
    }))
}

fn retracted(finding: &Finding, id: ReportId, assessment: Option<&Assessment>) -> Act {
    Act::new(Actor::Service, Action::ReportRetracted, SubjectKind::Report.with(id.0)).with_detail(detail(finding, assessment))
}

fn detail(finding: &Finding, assessment: Option<&Assessment>) -> serde_json::Value {
    match assessment {
        Some(assessment) => serde_json::json!({
            "item": finding.item,
            "listing": finding.listing,
            "probability": assessment.probability,
            "model": assessment.model,
        }),
        None => serde_json::json!({
            "item": finding.item,
            "listing": finding.listing,
            "why": "the item is no longer stolen by this theft",
        }),
    }
}

/// Whether two assessments would read alike: the words of an archive that grows move every figure a little.
fn says_the_same(one: &Assessment, other: &Assessment) -> bool {
    let said = |assessment: &Assessment| -> Vec<_> {
        let evidence = assessment.evidence.iter();
        let mut said: Vec<_> = evidence
            .map(|told| (told.comparison, told.outcome.clone(), told.says.clone()))
            .collect();
        said.sort();
        said
    };
    (one.probability - other.probability).abs() < RENEWED_FROM
        && (&one.model, &one.yardstick, &one.yardstick_version) == (&other.model, &other.yardstick, &other.yardstick_version)
        && one.rivals.late_items == other.rivals.late_items
        && said(one) == said(other)
}

/// Whether an item is stolen by a theft that an officer has verified.
fn is_stolen_by(reader: &Reader<'_>, item: Option<&Item>, theft: TheftReportId) -> Result<bool, StoreError> {
    if item.is_none_or(|item| item.status != (ItemStatus::Stolen { theft_report: theft })) {
        return Ok(false);
    }
    let report = reader.theft_report(theft)?;
    Ok(report.is_some_and(|report| matches!(report.verification, Verification::Verified { .. })))
}
