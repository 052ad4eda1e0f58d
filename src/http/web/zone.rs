//! By which clock an answer tells its times: the force's, as it is configured.
//!
//! The zone belongs to the answer, not to the hundred places that write a time: it is set where an answer begins and read where the
//! words are made. Work that is done beside the answer is told it; where nobody has set it, times are told in UTC, and say so.

use chrono_tz::Tz;

use crate::domain::time::Timestamp;

tokio::task_local! {
    static ZONE: Tz;
}

/// Makes an answer whose times are told in a zone.
pub(in crate::http) async fn told<F: Future>(zone: Tz, answer: F) -> F::Output {
    ZONE.scope(zone, answer).await
}

/// Does work beside the answer, on a thread of its own, by the same clock.
pub(in crate::http) fn told_beside<T>(zone: Tz, work: impl FnOnce() -> T) -> T {
    ZONE.sync_scope(zone, work)
}

/// An instant by the answer's clock, with the zone's name or its distance from UTC: `21 Nov 2026, 21:15 CET`.
#[must_use]
pub(in crate::http) fn instant(at: Timestamp) -> String {
    at.with_timezone(&current()).format("%-d %b %Y, %H:%M %Z").to_string()
}

/// The zone of this answer.
#[must_use]
pub(in crate::http) fn current() -> Tz {
    ZONE.try_with(|zone| *zone).unwrap_or(Tz::UTC)
}
