//! The evidence as a page shows it: what speaks for, what speaks against, what is silent, and how the number follows.

use super::waterfall::{Step, Walk, lay};
use crate::domain::assessment::{Assessment, Comparison, Evidence, Rivals};
use crate::http::web::shell::EvidenceBar;
use crate::http::web::words;

/// Bars fill half the width at this weight at least, so that faint findings look faint.
const SCALE_MIN: f64 = 3.0;
/// Findings below this weight say nothing worth a headline.
const TELLING: f64 = 0.05;

/// The assessment in words and bars.
pub(super) struct EvidenceView {
    pub(super) speaks_for: Vec<Finding>,
    pub(super) speaks_against: Vec<Finding>,
    /// Comparisons without a finding: one side says nothing, or what both say proves nothing.
    pub(super) silent: String,
    pub(super) prior: String,
    /// From even odds to the prior.
    pub(super) start: Step,
    /// What the competition of other pairs makes of it, and the step.
    pub(super) competition: Option<(String, Step)>,
    /// How often a listing agrees as well by chance, as a sentence.
    pub(super) by_chance: Option<String>,
    pub(super) prior_odds: String,
    /// What the prior was estimated from, as a sentence.
    pub(super) prior_from: Option<String>,
    pub(super) sum: String,
    /// Odds after the evidence, before rivals.
    pub(super) odds: String,
    pub(super) rivals: Option<String>,
    pub(super) probability: String,
    pub(super) hundredths: u8,
    pub(super) yardstick: String,
    pub(super) yardstick_version: String,
    pub(super) model: String,
}

/// One finding.
pub(super) struct Finding {
    pub(super) name: &'static str,
    pub(super) says: String,
    /// The weight with its sign; words when the finding excludes the pair.
    pub(super) weight: String,
    pub(super) times: String,
    pub(super) bar: EvidenceBar,
    pub(super) log10_lr: Option<f64>,
    /// From where to where it brings the odds.
    pub(super) step: Option<Step>,
}

impl EvidenceView {
    pub(super) fn of(assessment: &Assessment) -> Self {
        let largest = assessment
            .evidence
            .iter()
            .filter_map(|evidence| evidence.log10_lr)
            .fold(SCALE_MIN, |largest, weight| largest.max(weight.abs()));
        let against = |evidence: &&Evidence| evidence.log10_lr.is_none_or(|weight| weight < 0.0);
        let findings = |wanted: bool| {
            let mut chosen: Vec<&Evidence> = assessment.evidence.iter().filter(|one| against(one) == wanted).collect();
            let size = |evidence: &Evidence| evidence.log10_lr.map_or(f64::INFINITY, f64::abs);
            chosen.sort_by(|a, b| size(b).total_cmp(&size(a)));
            chosen.into_iter().map(|evidence| finding(evidence, largest)).collect()
        };
        let (mut speaks_for, mut speaks_against): (Vec<Finding>, Vec<Finding>) = (findings(false), findings(true));
        let mut walk = Walk::of(assessment);
        let start = walk.prior();
        lay(&mut walk, &mut speaks_for);
        lay(&mut walk, &mut speaks_against);
        let competition = walk.finish(assessment.probability);
        // Without rivals what is left is that a probability never says more than six decimals.
        let contested = assessment.rivals != Rivals::default();
        Self {
            start,
            competition: competition
                .filter(|_| contested)
                .map(|(weight, step)| (words::weight(weight), step)),
            by_chance: by_chance(assessment),
            speaks_for,
            speaks_against,
            silent: silent(&assessment.evidence),
            prior: words::weight(assessment.prior_log10_odds),
            prior_odds: words::odds(assessment.prior_log10_odds),
            prior_from: prior_from(assessment),
            sum: assessment.log10_lr.map_or_else(|| "excluded".to_owned(), words::weight),
            odds: match assessment.log10_lr {
                Some(sum) => words::odds(assessment.prior_log10_odds + sum),
                None => "none: the pair is excluded".to_owned(),
            },
            rivals: rivals(assessment),
            probability: words::probability(assessment.probability),
            hundredths: words::hundredths(assessment.probability),
            yardstick: assessment.yardstick.clone(),
            yardstick_version: assessment.yardstick_version.clone(),
            model: assessment.model.clone(),
        }
    }

    /// The finding that speaks loudest for the pair.
    pub(super) fn strongest_for(&self) -> Option<&Finding> {
        self.speaks_for.first().filter(|finding| finding.bar.log10_lr >= TELLING)
    }

    /// The kinds of findings that each make the pair ten times more probable.
    pub(super) fn rests_on(&self) -> String {
        let mut names: Vec<String> = Vec::new();
        for finding in self.speaks_for.iter().filter(|finding| finding.bar.log10_lr >= 1.0) {
            let name = finding.name.to_lowercase();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names.join(" and ")
    }
}

/// How often at most a listing that is not the item agrees as well: a likelihood ratio of x comes up by chance in at most 1 of x.
fn by_chance(assessment: &Assessment) -> Option<String> {
    let sum = assessment.log10_lr.filter(|sum| *sum >= 0.3)?;
    let could_be = assessment.prior?.could_be;
    let expected = could_be / 10_f64.powf(sum);
    let expected = match expected {
        few if few < 0.001 => "fewer than 0.001".to_owned(),
        few if few < 1.0 => format!("{few:.3}"),
        several => format!("{several:.1}"),
    };
    Some(format!(
        "If the weights hold, at most 1 in {} listings that are not the item agrees this well by chance; of the {} that it could be, \
         {expected} are expected to.",
        words::rounded(10_f64.powf(sum)),
        words::rounded(could_be),
    ))
}

/// What the prior was estimated from, and what decided cases made of that.
fn prior_from(assessment: &Assessment) -> Option<String> {
    let estimated = assessment.prior.map(|factors| {
        format!(
            "Estimated: {:.0} % of stolen items are on sale with a partner, and such an item could be any of {:.0} listings: those of its sort \
             now on sale, taken to be no fewer than a set number.",
            factors.on_sale_probability * 100.0,
            factors.could_be
        )
    });
    let learned = assessment.calibrated.as_ref().map(|calibrated| {
        let shift = words::weight(calibrated.shift_log10);
        format!("What decided cases taught of it is counted in: {shift}. Each weight is read as they taught too.")
    });
    let said: Vec<String> = estimated.into_iter().chain(learned).collect();
    (!said.is_empty()).then(|| said.join(" "))
}

fn finding(evidence: &Evidence, largest: f64) -> Finding {
    let excluded = evidence.log10_lr.is_none();
    Finding {
        name: words::comparison(evidence.comparison),
        says: words::sentence(&evidence.says),
        weight: evidence.log10_lr.map_or_else(|| "excludes".to_owned(), words::weight),
        times: match evidence.log10_lr {
            Some(weight) => words::sentence(&words::times(weight)),
            None => "Rules out that the listing is the item.".to_owned(),
        },
        bar: EvidenceBar {
            log10_lr: if excluded {
                -largest
            } else {
                evidence.log10_lr.unwrap_or(0.0)
            },
            log10_lr_max: largest,
        },
        log10_lr: evidence.log10_lr,
        step: None,
    }
}

fn silent(evidence: &[Evidence]) -> String {
    let all = [
        Comparison::Identifier,
        Comparison::Photo,
        Comparison::Description,
        Comparison::Marks,
        Comparison::Time,
        Comparison::Place,
        Comparison::Price,
        Comparison::Seller,
    ];
    all.iter()
        .filter(|comparison| !evidence.iter().any(|evidence| evidence.comparison == **comparison))
        .map(|comparison| words::comparison(*comparison).to_lowercase())
        .collect::<Vec<_>>()
        .join(", ")
}

fn rivals(assessment: &Assessment) -> Option<String> {
    let counted = |number: u32, one: &str, several: &str| match number {
        0 => None,
        1 => Some(format!("1 {one}")),
        number => Some(format!("{number} {several}")),
    };
    let rivals = assessment.rivals;
    let parts: Vec<String> = [
        counted(rivals.items, "other stolen item", "other stolen items"),
        counted(rivals.listings, "other listing", "other listings"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let share = words::probability(rivals.share);
    let said = parts.join(" and ");
    let weighed = match rivals.items + rivals.listings {
        0 if rivals.share >= 0.01 => Some(format!(
            "Other records that compete for this pair hold a probability of {share}."
        )),
        0 => None,
        1 => Some(format!("{said} competes for this pair and holds a probability of {share}.")),
        _ => Some(format!(
            "{said} compete for this pair and hold a probability of {share} together."
        )),
    };
    let late = counted(
        rivals.late_items,
        "other registration of the like was made",
        "other registrations of the like were made",
    );
    let late = late.map(|late| format!("{late} after the theft, are not verified, and are not weighed."));
    let said: Vec<String> = weighed.into_iter().chain(late).collect();
    (!said.is_empty()).then(|| said.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::assessment::PriorFactors;

    fn assessment(weights: &[(Comparison, Option<f64>)]) -> Assessment {
        let evidence = weights.iter().map(|(comparison, log10_lr)| Evidence {
            comparison: *comparison,
            outcome: String::new(),
            log10_lr: *log10_lr,
            says: "the colour differs".to_owned(),
            detail: serde_json::Value::Null,
        });
        Assessment {
            probability: 0.97,
            yardstick: "almost certain".to_owned(),
            log10_lr: Some(5.7),
            prior_log10_odds: -4.2,
            prior: Some(PriorFactors {
                on_sale_probability: 0.3,
                could_be: 4800.0,
            }),
            evidence: evidence.collect(),
            model: "m".to_owned(),
            yardstick_version: "y".to_owned(),
            rivals: Rivals {
                items: 0,
                listings: 2,
                late_items: 0,
                share: 0.02,
            },
            calibrated: None,
        }
    }

    #[test]
    fn sorts_findings_by_what_they_speak_for_and_by_size() {
        let view = EvidenceView::of(&assessment(&[
            (Comparison::Time, Some(0.3)),
            (Comparison::Identifier, Some(6.1)),
            (Comparison::Description, Some(-0.2)),
            (Comparison::Place, Some(-0.7)),
        ]));
        let weights = |findings: &[Finding]| findings.iter().map(|finding| finding.weight.clone()).collect::<Vec<_>>();
        assert_eq!(weights(&view.speaks_for), ["+6.1", "+0.3"]);
        assert_eq!(weights(&view.speaks_against), ["−0.7", "−0.2"]);
        assert_eq!(view.silent, "photo, marks, price, seller");
        assert_eq!(view.odds, "32 to 1");
        assert_eq!(
            view.rivals.as_deref(),
            Some("2 other listings compete for this pair and hold a probability of 0.02 together.")
        );
        assert_eq!(view.rests_on(), "number");
        assert_eq!(view.strongest_for().map(|finding| finding.name), Some("Number"));
    }

    #[test]
    fn bars_of_both_directions_share_one_scale() {
        let view = EvidenceView::of(&assessment(&[
            (Comparison::Identifier, Some(4.0)),
            (Comparison::Photo, Some(-4.0)),
            (Comparison::Time, None),
        ]));
        assert_eq!(view.speaks_for[0].bar.width(), 100);
        assert!(
            view.speaks_against
                .iter()
                .all(|finding| finding.bar.width() == 100 && finding.bar.x() == -100)
        );
        assert_eq!(view.speaks_against[0].weight, "excludes");
    }
}
