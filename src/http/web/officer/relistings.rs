//! The same object in other offers, as the page of a report tells it.

use super::decision::grounds;
use super::state_colour;
use crate::casework::{FormerReport, Relisting};
use crate::http::web::words;

/// Another offer of the same object.
pub(super) struct RelistingRow {
    /// `Before` or `After`.
    pub(super) when: &'static str,
    pub(super) at: String,
    pub(super) title: String,
    /// Partner and own number.
    pub(super) place: String,
    pub(super) by: &'static str,
    pub(super) reports: Vec<FormerRow>,
}

/// A report on it.
pub(super) struct FormerRow {
    pub(super) id: String,
    pub(super) number: u64,
    pub(super) state: &'static str,
    pub(super) colour: &'static str,
    /// What was decided, and on which grounds.
    pub(super) says: String,
}

/// The rows of the page.
pub(super) fn rows(relistings: &[Relisting]) -> Vec<RelistingRow> {
    let row = |relisting: &Relisting| RelistingRow {
        when: if relisting.earlier { "Before" } else { "After" },
        at: words::instant(relisting.received_at),
        title: relisting.title.clone(),
        place: format!("{}, {}", relisting.partner_name, relisting.reference),
        by: relisting.by.words(),
        reports: relisting
            .reports
            .iter()
            .map(|report| former(report, relisting.earlier))
            .collect(),
    };
    relistings.iter().map(row).collect()
}

fn former(report: &FormerReport, earlier: bool) -> FormerRow {
    let item = if report.same_item { "the same item" } else { "another item" };
    let number = if earlier { "former" } else { "later" };
    let says = match &report.review {
        Some(review) => format!(
            "was {} as {item} under its {number} number, {}: {}",
            review.decision.word(),
            words::instant(review.at),
            grounds(review)
        ),
        None => format!("is about {item}; nobody has decided yet"),
    };
    FormerRow {
        id: report.id.to_string(),
        number: report.number,
        state: report.state,
        colour: state_colour(report.state),
        says,
    }
}
