//! Takes that were left: a report that somebody took and did nothing with goes back to the queue. And sales that end while nobody
//! has decided: the force is told.

use chrono::TimeDelta;
use serde_json::json;

use super::Casework;
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::notification::Event;
use crate::store::StoreError;

/// Hours after its last step until a taken report goes back to the queue.
pub const STALE_HOURS: i64 = 24;
/// Days for which a question that nobody answers keeps a report with whoever took it.
pub const QUESTION_HOLDS_DAYS: i64 = 7;
/// Reports that are released in one transaction.
const AT_ONCE: usize = 100;

/// Hours before the end of its sale in which an undecided report is urgent.
pub const URGENT_HOURS: i64 = 24;
/// Reports that are told of in one transaction.
const TOLD_AT_ONCE: usize = 200;

impl Casework {
    /// Tells the force of undecided reports whose sale ends within [`URGENT_HOURS`], of each once for each end; how many those were
    /// this time. For jobs: blocks.
    ///
    /// # Errors
    /// A failure of the store.
    pub fn announce_urgent(&self) -> Result<usize, StoreError> {
        self.store.keep(|tx| {
            let until = tx.now() + TimeDelta::hours(URGENT_HOURS);
            let urgent = tx.note_urgent(until, TOLD_AT_ONCE)?;
            for (report, ends_at) in &urgent {
                tx.announce(&Event::report_urgent(*report, *ends_at))?;
            }
            Ok((urgent.len(), Vec::new()))
        })
    }

    /// Releases reports that were taken and on which nothing has happened for this long, a hundred at most; their numbers. One on
    /// which a question waits for an answer stays, for [`QUESTION_HOLDS_DAYS`] at most. For jobs: blocks. Each is logged as the service's act.
    ///
    /// # Errors
    /// A failure of the store.
    pub fn release_stale_takes(&self, left_for: TimeDelta) -> Result<Vec<u64>, StoreError> {
        self.store.keep(move |tx| {
            let (mut numbers, mut acts) = (Vec::new(), Vec::new());
            let asked_since = tx.now() - TimeDelta::days(QUESTION_HOLDS_DAYS);
            for mut report in tx.reports_left_since(tx.now() - left_for, asked_since, AT_ONCE)? {
                let taken_by = report.state.officer();
                let Ok(state) = report.state.clone().run_out() else { continue };
                report.state = state;
                tx.save_report(&report)?;
                let note = format!("nothing was done with it for {} hours", left_for.num_hours());
                tx.append_report_event(report.id, None, "released", Some(&note))?;
                let act = Act::new(Actor::Service, Action::ReportReleased, SubjectKind::Report.with(report.id.0));
                acts.push(act.with_detail(json!({ "taken_by": taken_by, "hours_left": left_for.num_hours() })));
                numbers.push(report.number);
            }
            Ok((numbers, acts))
        })
    }
}
