//! The queue of suspicion reports: in which order officers read it, and what a row of it shows.

use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};

use super::reports::report_row;
use super::rows::{count, maybe_instant, micros};
use super::{Reader, StoreError};
use crate::domain::ids::AccountId;
use crate::domain::report::Report;
use crate::domain::time::Timestamp;

/// In which order the queue is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueOrder {
    /// What ends soon and is probable first: probability × 24 h ÷ (24 h + time to the end of sale).
    #[default]
    Urgency,
    /// Most probable first.
    Probability,
    /// Newest first.
    Raised,
}

/// Where a row stands in an order: a page begins behind it, whatever was taken out of the queue meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuePlace {
    /// In this order.
    pub order: QueueOrder,
    /// The instant for which urgency was told, so that all pages are cut from one order: microseconds.
    as_of: i64,
    /// By what the row is ordered: the bits of the number.
    key: u64,
    /// The report's number, which tells equals apart.
    number: u64,
}

/// From where on the queue is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum QueuePart {
    /// From its start.
    #[default]
    Start,
    /// The rows that follow a place.
    After(QueuePlace),
    /// The rows that come right before a place, in the same order.
    Before(QueuePlace),
}

impl QueuePart {
    fn place(self) -> Option<QueuePlace> {
        match self {
            Self::Start => None,
            Self::After(place) | Self::Before(place) => Some(place),
        }
    }
}

/// Which reports of the queue, and how many.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueueQuery {
    /// Only in this state (the glossary's word).
    pub state: Option<String>,
    /// Only those that this officer took or decided.
    pub officer: Option<AccountId>,
    /// In which order.
    pub order: QueueOrder,
    /// Which part of it.
    pub part: QueuePart,
    /// How many rows at most.
    pub limit: usize,
}

/// One row of the queue.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueRow {
    /// The report.
    pub report: Report,
    /// Where it stands in the order that was asked for.
    pub place: QueuePlace,
    /// The item is neither stolen nor recovered, so the police see no more than its id.
    pub item_hidden: bool,
    /// How the item is called; empty unless it is stolen or recovered.
    pub item_title: String,
    /// The first identifier that its owner gave; absent unless it is stolen or recovered.
    pub item_identifier: Option<String>,
    /// How the listing is called.
    pub listing_title: String,
    /// The partner's own id of the listing.
    pub listing_reference: String,
    /// The short name of the partner with whom it is…
    pub partner_slug: String,
    /// …and its name.
    pub partner_name: String,
    /// When the sale ends.
    pub ends_at: Option<Timestamp>,
    /// Whether the listing is on sale.
    pub active: bool,
    /// Who took or decided it.
    pub officer_name: Option<String>,
}

impl Reader<'_> {
    /// A page of the queue. A place counts only in the order that it is of: in another one the page is empty.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn queue(&self, query: &QueueQuery, now: Timestamp) -> Result<Vec<QueueRow>, StoreError> {
        let place = query.part.place();
        if place.is_some_and(|place| place.order != query.order) {
            return Ok(Vec::new());
        }
        let as_of = place.map_or(micros(now), |place| place.as_of);
        let key = place.map(|place| f64::from_bits(place.key));
        let number = place.map(|place| i64::try_from(place.number).unwrap_or(i64::MAX));
        let mut statement = self.connection.prepare_cached(&sql(query.order, query.part))?;
        let officer = query.officer.map(|id| id.0.into_bytes());
        let rows = statement.query_map(params![query.state, officer, count(query.limit), as_of, key, number], |row| {
            queue_row(row, query.order, as_of)
        })?;
        let mut rows = rows.collect::<Result<Vec<_>, _>>()?;
        if matches!(query.part, QueuePart::Before(_)) {
            rows.reverse();
        }
        Ok(rows)
    }
}

/// The text of the query. Every order names all parameters, so that one call binds them all.
fn sql(order: QueueOrder, part: QueuePart) -> String {
    let key = match order {
        QueueOrder::Urgency => {
            "probability * 24.0 / (24.0 + CASE WHEN listings.status <> 'active' OR listings.ends_at <= ?4 THEN 720.0
                ELSE min(720.0, (coalesce(listings.ends_at, ?4 + 2592000000000) - ?4) / 3600000000.0) END)"
        }
        QueueOrder::Probability => "probability + 0.0 * ?4",
        QueueOrder::Raised => "raised_at + 0.0 * ?4",
    };
    // Before a place is read backwards from it.
    let (beyond, turn) = match part {
        QueuePart::Start | QueuePart::After(_) => ("<", "DESC"),
        QueuePart::Before(_) => (">", "ASC"),
    };
    format!(
        "SELECT reports.*, {key} AS sort_key, items.status NOT IN ('stolen', 'recovered') AS item_hidden,
                CASE WHEN items.status IN ('stolen', 'recovered') THEN json_extract(items.description, '$.title') END AS item_title,
                CASE WHEN items.status IN ('stolen', 'recovered')
                     THEN json_extract(items.description, '$.identifiers[0].value') END AS item_identifier,
                json_extract(listings.draft, '$.description.title') AS listing_title, partners.name AS partner_name,
                partners.slug AS partner_slug, listings.reference AS listing_reference, listings.ends_at, listings.status AS listing_status, accounts.name AS officer_name
         FROM reports JOIN items ON items.id = reports.item_id JOIN listings ON listings.id = reports.listing_id
              JOIN partners ON partners.id = listings.partner_id LEFT JOIN accounts ON accounts.id = reports.officer_id
         WHERE (?1 IS NULL OR reports.state = ?1) AND (?2 IS NULL OR reports.officer_id = ?2)
           AND (?5 IS NULL OR ({key}, reports.number) {beyond} (?5, ?6))
         ORDER BY {key} {turn}, reports.number {turn} LIMIT ?3"
    )
}

fn queue_row(row: &Row<'_>, order: QueueOrder, as_of: i64) -> rusqlite::Result<QueueRow> {
    let status: String = row.get("listing_status")?;
    let report = report_row(row)?;
    let place = QueuePlace {
        order,
        as_of,
        key: row.get::<_, f64>("sort_key")?.to_bits(),
        number: report.number,
    };
    Ok(QueueRow {
        report,
        place,
        item_hidden: row.get("item_hidden")?,
        item_title: row.get::<_, Option<String>>("item_title")?.unwrap_or_default(),
        item_identifier: row.get("item_identifier")?,
        listing_title: row.get::<_, Option<String>>("listing_title")?.unwrap_or_default(),
        listing_reference: row.get("listing_reference")?,
        partner_slug: row.get("partner_slug")?,
        partner_name: row.get("partner_name")?,
        ends_at: maybe_instant(row, "ends_at")?,
        active: status == "active",
        officer_name: row.get("officer_name")?,
    })
}
