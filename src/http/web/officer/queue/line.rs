//! One row of the queue, in words.

use super::super::state_colour;
use crate::domain::late_entry::Entered;
use crate::domain::report::ReportState;
use crate::domain::time::Timestamp;
use crate::domain::urgency::{Sale, time_factor, urgency};
use crate::http::web::session::SignedIn;
use crate::http::web::words;
use crate::store::QueueRow;

/// What the strongest reason may take of a row, characters.
const REASON_CHARACTERS: usize = 140;
/// So many are told as "more".
const MANY: u32 = 99;

/// One report of the queue, in words.
pub(super) struct Line {
    pub(super) id: String,
    pub(super) number: u64,
    pub(super) item: String,
    pub(super) identifier: Option<String>,
    pub(super) listing: String,
    pub(super) reference: String,
    pub(super) partner: String,
    pub(super) hundredths: u8,
    pub(super) probability: String,
    pub(super) yardstick: String,
    /// The strongest finding.
    pub(super) reason: String,
    /// When the sale ends, how far from now, and when for programs.
    pub(super) ends: Option<(String, String, String)>,
    pub(super) on_sale: bool,
    /// What was entered late, after the listing was put up: words and colour; nothing when nothing was.
    pub(super) entered: Option<(&'static str, &'static str)>,
    /// The number, and from what it comes: `0.97 × €600 × 0.79`.
    pub(super) urgency: (String, String),
    pub(super) state: &'static str,
    pub(super) colour: &'static str,
    pub(super) taken_by: Option<String>,
    pub(super) can_take: bool,
    /// The viewer has not looked at an answer that they asked for on it.
    pub(super) answered: bool,
    /// How many reports are on the same item, and on listings of the same seller; absent when this is the only one.
    pub(super) of_item: Option<String>,
    pub(super) of_seller: Option<String>,
}

pub(super) fn line(row: QueueRow, who: &SignedIn, now: Timestamp) -> Line {
    let report = row.report;
    let state = report.state.word();
    let strongest = report
        .assessment
        .evidence
        .iter()
        .max_by(|a, b| a.log10_lr.unwrap_or(0.0).total_cmp(&b.log10_lr.unwrap_or(0.0)));
    let hours = Sale::of(row.active, row.ends_at, now).hours(now);
    let several = |count: u32| match count {
        0 | 1 => None,
        MANY.. => Some(format!("{MANY} and more")),
        several => Some(several.to_string()),
    };
    Line {
        id: report.id.to_string(),
        number: report.number,
        item: if row.item_title.is_empty() {
            "Item no longer shown".to_owned()
        } else {
            row.item_title
        },
        identifier: row.item_identifier,
        listing: row.listing_title,
        reference: row.listing_reference,
        partner: row.partner_name,
        hundredths: words::hundredths(report.assessment.probability),
        probability: words::probability(report.assessment.probability),
        urgency: (
            words::rounded(urgency(report.assessment.probability, row.value_euros, hours)),
            format!(
                "{} × €{} × {}",
                words::probability(report.assessment.probability),
                words::rounded(row.value_euros),
                words::factor(time_factor(hours))
            ),
        ),
        entered: match row.entered {
            Entered::Before => None,
            Entered::Promptly => Some(("Registered after the listing, soon after the theft", "grey")),
            Entered::Late => Some(("Entered after the listing", "orange")),
        },
        yardstick: report.assessment.yardstick,
        reason: strongest.map(|evidence| shortened(&evidence.says)).unwrap_or_default(),
        ends: row
            .ends_at
            .map(|at| (words::instant(at), words::distance(at, now), words::machine(at))),
        on_sale: row.active && row.ends_at.is_none_or(|at| at > now),
        answered: row.answered && report.state.officer() == Some(who.account.id),
        state,
        colour: state_colour(state),
        taken_by: match report.state.officer() {
            Some(officer) if officer == who.account.id => Some("you".to_owned()),
            _ => row.officer_name,
        },
        can_take: report.state == ReportState::Open,
        of_item: several(row.of_item),
        of_seller: several(row.of_seller),
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= REASON_CHARACTERS {
        return words::sentence(text);
    }
    let cut: String = text.chars().take(REASON_CHARACTERS).collect();
    let whole = cut.rsplit_once(' ').map_or(cut.as_str(), |(whole, _)| whole);
    words::sentence(&format!("{whole} …"))
}
