//! The queue of suspicion reports: in which order officers read it, and what a row of it shows.

use rusqlite::params;
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

/// Which part of the queue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueueQuery {
    /// Only in this state (the glossary's word).
    pub state: Option<String>,
    /// Only those that this officer took or decided.
    pub officer: Option<AccountId>,
    /// In which order.
    pub order: QueueOrder,
    /// How many rows to skip.
    pub skip: usize,
    /// How many rows at most.
    pub limit: usize,
}

/// One row of the queue.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueRow {
    /// The report.
    pub report: Report,
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
    /// A page of the queue.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn queue(&self, query: &QueueQuery, now: Timestamp) -> Result<Vec<QueueRow>, StoreError> {
        let order = match query.order {
            QueueOrder::Urgency => {
                "probability * 24.0 / (24.0 + CASE WHEN listings.status <> 'active' OR listings.ends_at <= ?5 THEN 720.0
                    ELSE min(720.0, (coalesce(listings.ends_at, ?5 + 2592000000000) - ?5) / 3600000000.0) END) DESC"
            }
            // Every order names all parameters, so that one call binds them all.
            QueueOrder::Probability => "probability + 0 * ?5 DESC",
            QueueOrder::Raised => "raised_at + 0 * ?5 DESC",
        };
        let sql = format!(
            "SELECT reports.*, items.status NOT IN ('stolen', 'recovered') AS item_hidden,
                    CASE WHEN items.status IN ('stolen', 'recovered') THEN json_extract(items.description, '$.title') END AS item_title,
                    CASE WHEN items.status IN ('stolen', 'recovered')
                         THEN json_extract(items.description, '$.identifiers[0].value') END AS item_identifier,
                    json_extract(listings.draft, '$.description.title') AS listing_title, partners.name AS partner_name,
                    partners.slug AS partner_slug, listings.reference AS listing_reference, listings.ends_at, listings.status AS listing_status, accounts.name AS officer_name
             FROM reports JOIN items ON items.id = reports.item_id JOIN listings ON listings.id = reports.listing_id
                  JOIN partners ON partners.id = listings.partner_id LEFT JOIN accounts ON accounts.id = reports.officer_id
             WHERE (?1 IS NULL OR reports.state = ?1) AND (?2 IS NULL OR reports.officer_id = ?2)
             ORDER BY {order}, reports.number DESC LIMIT ?3 OFFSET ?4"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let officer = query.officer.map(|id| id.0.into_bytes());
        let rows = statement.query_map(
            params![query.state, officer, count(query.limit), count(query.skip), micros(now)],
            |row| {
                let status: String = row.get("listing_status")?;
                Ok(QueueRow {
                    report: report_row(row)?,
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
            },
        )?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
