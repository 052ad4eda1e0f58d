//! The supervisor's figures: what waits, who has how much, how long it takes, how far the yardstick's words were right.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use chrono::TimeDelta;

use crate::app::App;
use crate::casework::{DeskFigures, FIGURES_DAYS, Reliability, Spans};
use crate::domain::account::Role;
use crate::domain::time::Timestamp;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::SignedIn;
use crate::http::web::shell::{Page, SummaryRow, render};
use crate::http::web::words;

const FIGURES: &str = "/figures";
/// Fewer decided reports tell nothing of a share.
const TELLING_MIN: u32 = 10;

pub(super) fn routes() -> Router<App> {
    Router::new().route(FIGURES, get(show))
}

#[derive(Template)]
#[template(path = "supervisor/figures.html")]
struct FiguresPage {
    page: Page,
    days: i64,
    now: Vec<SummaryRow>,
    workload: Vec<WorkloadRow>,
    reliability: Vec<ReliabilityRow>,
}

struct WorkloadRow {
    name: String,
    in_review: u32,
    confirmed: usize,
    dismissed: usize,
    review: String,
}

struct ReliabilityRow {
    words: String,
    version: String,
    decided: u32,
    was_item: u32,
    share: String,
    interval: String,
    expected: String,
    /// What follows: words and the tag's colour; empty when nothing does.
    verdict: (&'static str, &'static str),
}

async fn show(State(app): State<App>, who: SignedIn) -> Result<Response, Refusal> {
    who.with_role(&app, &[Role::Supervisor]).await?;
    let figures = app.casework.desk_figures(&who.principal()).await?;
    let page = FiguresPage {
        page: who.page("Figures", FIGURES),
        days: FIGURES_DAYS,
        now: now(&figures, app.clock.now()),
        workload: figures
            .workload
            .into_iter()
            .map(|one| WorkloadRow {
                name: one.name,
                in_review: one.in_review,
                confirmed: one.confirmed,
                dismissed: one.dismissed,
                review: one.review.map(spans).unwrap_or_default(),
            })
            .collect(),
        reliability: figures.reliability.iter().map(reliability).collect(),
    };
    Ok(render(StatusCode::OK, &page))
}

fn now(figures: &DeskFigures, now: Timestamp) -> Vec<SummaryRow> {
    let since =
        |at: Option<Timestamp>| at.map(|at| format!(", the first since {} ({})", words::instant(at), words::distance(at, now)));
    let (waiting, first) = figures.to_approve;
    let (open, oldest) = figures.open;
    let decided = figures.to_decision.map_or("none was decided".to_owned(), |found| {
        format!("{}, over {} decisions", spans(found), found.count)
    });
    vec![
        SummaryRow::new(
            "Approvals that wait",
            format!("{waiting}{}", since(first).unwrap_or_default()),
        ),
        SummaryRow::new(
            "Reports that nobody has taken",
            format!("{open}{}", since(oldest).unwrap_or_default()),
        ),
        SummaryRow::new("From report to decision", decided),
    ]
}

/// `half within 3 hours, nine of ten within 2 days`.
fn spans(spans: Spans) -> String {
    format!("half within {}, nine of ten within {}", span(spans.median), span(spans.ninth))
}

fn span(span: TimeDelta) -> String {
    let (number, unit) = if span < TimeDelta::hours(1) {
        (span.num_minutes().max(1), "minute")
    } else if span < TimeDelta::hours(48) {
        (span.num_hours(), "hour")
    } else {
        (span.num_days(), "day")
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

fn reliability(of: &Reliability) -> ReliabilityRow {
    let counted = &of.counted;
    let (low, high) = of.interval;
    let verdict = match counted.expected {
        _ if counted.decided < TELLING_MIN => ("too few to tell", "grey"),
        expected if expected < low => ("said too little", "yellow"),
        expected if expected > high => ("said too much", "red"),
        _ => ("agrees", "green"),
    };
    ReliabilityRow {
        words: counted.words.clone(),
        version: counted.version.clone(),
        decided: counted.decided,
        was_item: counted.was_item,
        share: percent(of.share),
        interval: format!("{} to {}", percent(low), percent(high)),
        expected: percent(counted.expected),
        verdict,
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::YardstickRow;

    fn verdict(decided: u32, was_item: u32, expected: f64, interval: (f64, f64)) -> &'static str {
        let counted = YardstickRow {
            words: "almost certain".to_owned(),
            version: "y".to_owned(),
            decided,
            was_item,
            expected,
        };
        let share = f64::from(was_item) / f64::from(decided);
        reliability(&Reliability {
            counted,
            share,
            interval,
        })
        .verdict
        .0
    }

    #[test]
    fn what_was_said_is_held_against_the_interval() {
        assert_eq!(verdict(9, 9, 0.95, (0.7, 1.0)), "too few to tell");
        assert_eq!(verdict(100, 95, 0.96, (0.89, 0.98)), "agrees");
        assert_eq!(verdict(100, 60, 0.96, (0.5, 0.69)), "said too much");
        assert_eq!(verdict(100, 95, 0.6, (0.89, 0.98)), "said too little");
    }

    #[test]
    fn spans_read_well() {
        let told = [20, 60, 90, 60 * 47, 60 * 49].map(|minutes| span(TimeDelta::minutes(minutes)));
        assert_eq!(told, ["20 minutes", "1 hour", "1 hour", "47 hours", "2 days"]);
    }
}
