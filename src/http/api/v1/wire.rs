//! Shapes that several resources share on the wire. Descriptions, places and money are written as records have them.

use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use uuid::Uuid;

use crate::domain::assessment::{Assessment, Calibrated, Comparison, Evidence, PriorFactors};

/// A listing's names: ours, and the partner's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct ListingRef {
    /// Our id.
    pub id: Uuid,
    /// The partner's short name.
    pub partner: String,
    /// The partner's own id.
    #[serde(rename = "ref")]
    pub reference: String,
}

/// The outcome of one comparison and its weight.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct EvidenceRecord {
    /// Which comparison.
    #[schema(schema_with = comparisons)]
    pub comparison: &'static str,
    /// Its outcome in a few words, from a fixed set.
    pub outcome: String,
    /// log10 of the likelihood ratio; null when the outcome excludes the pair.
    pub log10_lr: Option<f64>,
    /// One sentence.
    pub says: String,
    /// What the sentence rests on.
    #[schema(value_type = Object)]
    pub detail: serde_json::Value,
}

/// What all evidence on a pair amounts to.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct MatchRecord {
    /// The item.
    pub item: Uuid,
    /// The listing.
    pub listing: ListingRef,
    /// Probability that the listing is the item, 0 to 1.
    pub probability: f64,
    /// The yardstick's words for it.
    pub yardstick: String,
    /// Version of the yardstick.
    pub yardstick_version: String,
    /// Sum of the evidence, log10; null when an outcome excludes the pair.
    pub log10_lr: Option<f64>,
    /// log10 of the odds before any evidence.
    pub prior_log10_odds: f64,
    /// What those odds are estimated from; absent in reports from before it was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prior: Option<PriorRecord>,
    /// The evidence, strongest first.
    pub evidence: Vec<EvidenceRecord>,
    /// Version of the table of weights, and of the calibration that it was read with.
    pub model: String,
    /// How the table's weights were calibrated; absent when they stand as they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calibrated: Option<CalibratedRecord>,
}

/// What a calibration made of an assessment.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct CalibratedRecord {
    /// The calibration's version.
    pub version: String,
    /// By how much it moved the odds before any evidence, log10.
    pub shift_log10: f64,
    /// What each group of evidence came to by the table alone.
    pub table: Vec<GroupRecord>,
}

/// What a group of evidence came to by the table alone.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct GroupRecord {
    /// Which comparison.
    #[schema(schema_with = comparisons)]
    pub comparison: &'static str,
    /// log10 of the likelihood ratio.
    pub log10_lr: f64,
}

impl From<Calibrated> for CalibratedRecord {
    fn from(calibrated: Calibrated) -> Self {
        let group = |(comparison, log10_lr): (Comparison, f64)| GroupRecord {
            comparison: comparison.word(),
            log10_lr,
        };
        Self {
            version: calibrated.version,
            shift_log10: calibrated.shift_log10,
            table: calibrated.table.into_iter().map(group).collect(),
        }
    }
}

impl MatchRecord {
    /// Of an assessment of this pair.
    #[must_use]
    pub(super) fn of(item: Uuid, listing: ListingRef, assessment: Assessment) -> Self {
        Self {
            item,
            listing,
            probability: assessment.probability,
            yardstick: assessment.yardstick,
            yardstick_version: assessment.yardstick_version,
            log10_lr: assessment.log10_lr,
            prior_log10_odds: assessment.prior_log10_odds,
            prior: assessment.prior.map(PriorRecord::from),
            evidence: assessment.evidence.into_iter().map(EvidenceRecord::from).collect(),
            model: assessment.model,
            calibrated: assessment.calibrated.map(CalibratedRecord::from),
        }
    }
}

/// What the odds before any evidence are estimated from: the first divided by the second.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub(super) struct PriorRecord {
    /// Probability that a stolen item is on sale with a partner at all, 0 to 1.
    pub on_sale_probability: f64,
    /// How many listings now on sale an item could be before anything is compared.
    pub could_be: f64,
}

impl From<PriorFactors> for PriorRecord {
    fn from(factors: PriorFactors) -> Self {
        Self {
            on_sale_probability: factors.on_sale_probability,
            could_be: factors.could_be,
        }
    }
}

/// The words for all comparisons that there are.
fn comparisons() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(Comparison::ALL.map(Comparison::word)))
        .build()
}

impl From<Evidence> for EvidenceRecord {
    fn from(evidence: Evidence) -> Self {
        Self {
            comparison: evidence.comparison.word(),
            outcome: evidence.outcome,
            log10_lr: evidence.log10_lr,
            says: evidence.says,
            detail: evidence.detail,
        }
    }
}
