//! Who competes with a report, with each one's share of the probability.

use super::state_colour;
use crate::casework::views::{Contest, OtherReport, ReportView, Standing};
use crate::http::web::words;

/// The contests of a report: for its listing, for its item.
pub(super) struct Contests {
    pub(super) tables: Vec<ContestTable>,
    /// Reports that stand in them, this one left out.
    pub(super) others: usize,
}

/// One contest.
pub(super) struct ContestTable {
    pub(super) heading: &'static str,
    /// What the column is called that tells the rivals apart.
    pub(super) told_by: &'static str,
    /// This report first.
    pub(super) rows: Vec<ContestRow>,
    pub(super) none: Share,
}

/// One report in a contest.
pub(super) struct ContestRow {
    /// Id and number; none for the report of the page.
    pub(super) report: Option<(String, u64)>,
    pub(super) what: String,
    /// None where it does not compete.
    pub(super) share: Option<Share>,
    /// Why it does not.
    pub(super) note: &'static str,
    pub(super) state: &'static str,
    pub(super) colour: &'static str,
}

/// A part of the probability.
pub(super) struct Share {
    pub(super) hundredths: u8,
    pub(super) words: String,
}

impl Contests {
    pub(super) fn of(view: &ReportView) -> Self {
        let rivals = &view.rivals;
        let own = (
            shown(&view.item.draft.description.title),
            &view.listing.draft.description.title,
        );
        let of_listing = ("Which item is this listing?", "Item");
        let of_item = ("Which listing is this item?", "Offered as");
        let tables = [
            table(view, of_listing, own.0, &rivals.for_listing, |other| shown(&other.item_title)),
            table(view, of_item, own.1.clone(), &rivals.for_item, |other| {
                other.listing_title.clone()
            }),
        ];
        Self {
            others: rivals.for_listing.others.len() + rivals.for_item.others.len(),
            tables: tables.into_iter().filter(|table| table.rows.len() > 1).collect(),
        }
    }
}

fn shown(title: &str) -> String {
    if title.is_empty() {
        "Item no longer shown".to_owned()
    } else {
        title.to_owned()
    }
}

fn table(
    view: &ReportView,
    (heading, told_by): (&'static str, &'static str),
    own: String,
    contest: &Contest,
    what: impl Fn(&OtherReport) -> String,
) -> ContestTable {
    let state = view.report.state.word();
    let mut rows = vec![row(None, own, contest.own, state, "")];
    let again = match told_by {
        "Item" => "the same object, registered again",
        _ => "the same object, offered again",
    };
    for (other, standing) in &contest.others {
        let report = Some((other.id.to_string(), other.number));
        rows.push(row(report, what(other), *standing, other.state, again));
    }
    ContestTable {
        heading,
        told_by,
        rows,
        none: share(contest.none),
    }
}

fn row(report: Option<(String, u64)>, what: String, standing: Standing, state: &'static str, again: &'static str) -> ContestRow {
    let (share, note) = match standing {
        Standing::Rival(part) => (Some(share(part)), ""),
        Standing::SameObject => (None, again),
        Standing::Out => (None, "turned out not to be it"),
    };
    ContestRow {
        report,
        what,
        share,
        note,
        state,
        colour: state_colour(state),
    }
}

fn share(part: f64) -> Share {
    Share {
        hundredths: words::hundredths(part),
        words: words::probability(part),
    }
}
