//! The supervisor's figures: what waits, who has how much, how long it takes, and how far the yardstick's words were right.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde_json::json;

use super::{Casework, CaseworkError, notices, views};
use crate::domain::account::{Principal, Role};
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::ids::AccountId;
use crate::domain::time::Timestamp;
use crate::store::{DecisionRow, Reader, StoreError, YardstickRow};

/// Days that figures on decisions and looks reach back.
pub const FIGURES_DAYS: i64 = 90;
/// Decisions that are counted; beyond that only the newest.
const DECISIONS_MAX: usize = 50_000;

/// What a supervisor counts.
#[derive(Debug, Clone, PartialEq)]
pub struct DeskFigures {
    /// Disclosure requests that wait for approval, and since when the first of them does.
    pub to_approve: (usize, Option<Timestamp>),
    /// Reports that nobody has taken, and since when the first of them waits.
    pub open: (u64, Option<Timestamp>),
    /// Each officer's share, most decisions first.
    pub workload: Vec<Workload>,
    /// From a report's raising to its decision.
    pub to_decision: Option<Spans>,
    /// How the yardstick's words turned out, the least probable first.
    pub reliability: Vec<Reliability>,
}

/// What one officer has and has done.
#[derive(Debug, Clone, PartialEq)]
pub struct Workload {
    /// Their name.
    pub name: String,
    /// Reports in their review.
    pub in_review: u32,
    /// Reports that they confirmed.
    pub confirmed: usize,
    /// Reports that they dismissed.
    pub dismissed: usize,
    /// From taking a report to deciding it.
    pub review: Option<Spans>,
}

/// Middle and long spans of time of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spans {
    /// Half of them are no longer.
    pub median: TimeDelta,
    /// Nine of ten are no longer.
    pub ninth: TimeDelta,
    /// How many there are.
    pub count: usize,
}

/// How the reports turned out that one of the yardstick's words stands on.
#[derive(Debug, Clone, PartialEq)]
pub struct Reliability {
    /// The counts.
    pub counted: YardstickRow,
    /// The share of which the listing was the item.
    pub share: f64,
    /// Within this interval the true share lies with 95 %.
    pub interval: (f64, f64),
}

impl Casework {
    /// The supervisor's figures. Logged.
    ///
    /// # Errors
    /// When the caller is no supervisor, or the store fails.
    pub async fn desk_figures(&self, caller: &Principal) -> Result<DeskFigures, CaseworkError> {
        let subject = SubjectKind::Report.all();
        let by = self.person(caller, &[Role::Supervisor], subject).await?;
        let found = self.store.act_with(move |tx| {
            let figures = figures(tx, tx.now())?;
            let act = Act::new(Actor::Account(by), Action::FiguresConsulted, subject)
                .with_detail(json!({ "officers": figures.workload.len(), "days": FIGURES_DAYS }));
            Ok((figures, vec![act]))
        });
        found.await
    }
}

fn figures(reader: &Reader<'_>, now: Timestamp) -> Result<DeskFigures, StoreError> {
    let waiting: Vec<_> = notices::waiting(reader.disclosure_requests_in("requested")?).collect();
    let counts = reader.count_reports()?;
    let open = counts
        .iter()
        .find(|(state, _)| state == "open")
        .map_or(0, |(_, number)| *number);
    let decisions = reader.decisions_since(now - TimeDelta::days(FIGURES_DAYS), DECISIONS_MAX)?;
    Ok(DeskFigures {
        to_approve: (waiting.len(), waiting.first().map(|request| request.requested_at)),
        open: (open, reader.oldest_open_report()?),
        workload: workload(reader, &decisions)?,
        to_decision: Spans::of(decisions.iter().map(|decision| decision.decided_at - decision.raised_at)),
        reliability: reader.outcomes_by_yardstick()?.into_iter().map(Reliability::of).collect(),
    })
}

fn workload(reader: &Reader<'_>, decisions: &[DecisionRow]) -> Result<Vec<Workload>, StoreError> {
    let mut of_officer: BTreeMap<AccountId, (u32, Vec<&DecisionRow>)> = BTreeMap::new();
    for (officer, reports) in reader.in_review_by_officer()? {
        of_officer.entry(officer).or_default().0 = reports;
    }
    for decision in decisions {
        of_officer.entry(decision.by).or_default().1.push(decision);
    }
    let mut workload = Vec::new();
    for (officer, (in_review, decisions)) in of_officer {
        let confirmed = decisions.iter().filter(|decision| decision.confirmed).count();
        let spans = decisions.iter().filter_map(|one| Some(one.decided_at - one.taken_at?));
        workload.push(Workload {
            name: views::name_of(reader, Some(officer))?.unwrap_or_default(),
            in_review,
            confirmed,
            dismissed: decisions.len() - confirmed,
            review: Spans::of(spans),
        });
    }
    workload.sort_by_key(|one| std::cmp::Reverse(one.confirmed + one.dismissed));
    Ok(workload)
}

impl Spans {
    fn of(spans: impl Iterator<Item = TimeDelta>) -> Option<Self> {
        let mut sorted: Vec<TimeDelta> = spans.collect();
        sorted.sort_unstable();
        // The smallest span that so many of ten do not exceed.
        let rank = |tenths: usize| sorted.get((sorted.len() * tenths).div_ceil(10).saturating_sub(1)).copied();
        Some(Self {
            median: rank(5)?,
            ninth: rank(9)?,
            count: sorted.len(),
        })
    }
}

impl Reliability {
    fn of(counted: YardstickRow) -> Self {
        Self {
            share: f64::from(counted.was_item) / f64::from(counted.decided.max(1)),
            interval: wilson(counted.was_item, counted.decided),
            counted,
        }
    }
}

/// The interval in which a share lies with 95 %, of which `hits` of `count` were seen: E. B. Wilson's score interval, Journal of
/// the American Statistical Association 22 (1927).
pub(super) fn wilson(hits: u32, count: u32) -> (f64, f64) {
    if count == 0 {
        return (0.0, 1.0);
    }
    const Z: f64 = 1.959_964;
    let (n, share) = (f64::from(count), f64::from(hits) / f64::from(count));
    let middle = share + Z * Z / (2.0 * n);
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let whole = 1.0 + Z * Z / n;
    (((middle - half) / whole).max(0.0), ((middle + half) / whole).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_wilsons() {
        // Worked by hand from the formula; the first is the textbook's 81 of 263.
        for (hits, count, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (0, 10, 0.0, 0.2775),
            (10, 10, 0.7225, 1.0),
            (1, 2, 0.0945, 0.9055),
        ] {
            let interval = wilson(hits, count);
            assert!(
                (interval.0 - low).abs() < 2e-4 && (interval.1 - high).abs() < 2e-4,
                "{hits} of {count}: {interval:?}"
            );
        }
        assert_eq!(wilson(0, 0), (0.0, 1.0));
    }

    #[test]
    fn spans_are_ranks_and_never_between() {
        let hours = |list: &[i64]| Spans::of(list.iter().map(|hours| TimeDelta::hours(*hours)));
        assert_eq!(hours(&[]), None);
        let told = |list: &[i64]| hours(list).map(|spans| (spans.median.num_hours(), spans.ninth.num_hours()));
        assert_eq!(told(&[7]), Some((7, 7)));
        assert_eq!(told(&[10, 1, 2, 3, 4, 5, 6, 7, 8, 9]), Some((5, 9)));
        assert_eq!(told(&[3, 1]), Some((1, 3)));
    }
}
