//! Takes that were left: a report that somebody took and did nothing with goes back to the queue.

use chrono::TimeDelta;
use serde_json::json;

use super::Casework;
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::store::StoreError;

/// Hours after its last step until a taken report goes back to the queue.
pub const STALE_HOURS: i64 = 24;
/// Reports that are released in one transaction.
const AT_ONCE: usize = 100;

impl Casework {
    /// Releases reports that were taken and on which nothing has happened for this long, a hundred at most; their numbers. For
    /// jobs: blocks. Each is logged as the service's act.
    ///
    /// # Errors
    /// A failure of the store.
    pub fn release_stale_takes(&self, left_for: TimeDelta) -> Result<Vec<u64>, StoreError> {
        self.store.keep(move |tx| {
            let (mut numbers, mut acts) = (Vec::new(), Vec::new());
            for mut report in tx.reports_left_since(tx.now() - left_for, AT_ONCE)? {
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
