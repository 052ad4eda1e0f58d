//! The queue of suspicion reports: in which order officers read it, and what a row of it shows.

use rusqlite::{OptionalExtension, Row, params_from_iter};
use serde::{Deserialize, Serialize};

use self::ranked::{Sql, conditions, ranked};
use super::reports::report_row;
use super::rows::{maybe_instant, micros, uuid};
use super::{Reader, StoreError};
use crate::domain::assessment::Comparison;
use crate::domain::ids::{AccountId, ItemId, PartnerId, TheftReportId};
use crate::domain::late_entry::Entered;
use crate::domain::listing::SellerKey;
use crate::domain::report::Report;
use crate::domain::time::Timestamp;

mod ranked;

/// Reports that are counted at most where only "many" is of interest.
const COUNTED_MAX: usize = 99;

/// In which order the queue is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueOrder {
    /// What is probable, worth much and ends soon first, see [`crate::domain::urgency`].
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

/// What a report must have beside its state to be in a list. Everything that is set must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct QueueFilter {
    /// This kind of evidence speaks for the pair.
    pub kind: Option<Comparison>,
    /// The category begins so, in small letters.
    pub category: Option<String>,
    /// The listing's country is this, or its postcode or town begins so, in small letters.
    pub place: Option<String>,
    /// With this partner.
    pub partner: Option<PartnerId>,
    /// On one of these thefts.
    pub thefts: Option<Vec<TheftReportId>>,
    /// On this item.
    pub item: Option<ItemId>,
    /// On a listing of this seller.
    pub seller: Option<SellerKey>,
    /// One of the reports of these numbers.
    pub numbers: Option<Vec<u64>>,
}

/// Of several reports the most urgent alone stands in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grouping {
    /// Of those on one item.
    Item,
    /// Of those on listings of one seller.
    Seller,
}

/// Which reports of the queue, and how many.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueueQuery {
    /// Only in this state (the glossary's word).
    pub state: Option<String>,
    /// Only those that this officer took or decided.
    pub officer: Option<AccountId>,
    /// Only those that have all this.
    pub filter: QueueFilter,
    /// Which of several stand for the others.
    pub grouping: Option<Grouping>,
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
    /// What the thing counts for, euros.
    pub value_euros: f64,
    /// The seller, when the partner names one.
    pub seller: Option<SellerKey>,
    /// Whether whoever took or decided it has not looked at an answer that they asked for on it.
    pub answered: bool,
    /// How many reports in the same state are on the same item, this one among them; 99 stands for more.
    pub of_item: u32,
    /// How many are on listings of the same seller, likewise; 0 without a seller.
    pub of_seller: u32,
    /// How what was entered of the item stands to the listing; nothing is told of an item that is hidden.
    pub entered: Entered,
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
        let mut sql = Sql::default();
        let ranked = ranked(&mut sql, query, as_of);
        let turn = query.part.turn();
        let text = format!(
            "SELECT reports.*, ranked.key AS sort_key, q.value_euros, q.seller_key,
                    {of_item} AS of_item, CASE WHEN q.seller_key IS NULL THEN 0 ELSE {of_seller} END AS of_seller,
                    {answered} AS answered,
                    items.status NOT IN ('stolen', 'recovered') AS item_hidden,
                    CASE WHEN items.status IN ('stolen', 'recovered') THEN json_extract(items.description, '$.title') END AS item_title,
                    CASE WHEN items.status IN ('stolen', 'recovered')
                         THEN json_extract(items.description, '$.identifiers[0].value') END AS item_identifier,
                    json_extract(listings.draft, '$.description.title') AS listing_title, partners.name AS partner_name,
                    partners.slug AS partner_slug, listings.reference AS listing_reference, listings.ends_at,
                    listings.status AS listing_status, accounts.name AS officer_name
             FROM ({ranked}) AS ranked CROSS JOIN report_queue AS q ON q.number = ranked.number
                  JOIN reports ON reports.id = q.report_id JOIN items ON items.id = reports.item_id
                  JOIN listings ON listings.id = reports.listing_id JOIN partners ON partners.id = listings.partner_id
                  LEFT JOIN accounts ON accounts.id = reports.officer_id
             ORDER BY ranked.key {turn}, ranked.number {turn}",
            of_item = alike("item_id"),
            of_seller = alike("seller_key"),
            answered = ANSWERED,
        );
        let mut statement = self.connection.prepare_cached(&text)?;
        let rows = statement.query_map(params_from_iter(sql.values), |row| queue_row(row, query.order, as_of))?;
        let mut rows = rows.collect::<Result<Vec<_>, _>>()?;
        for row in rows.iter_mut().filter(|row| !row.item_hidden) {
            row.entered = self.entered(&row.report)?;
        }
        if matches!(query.part, QueuePart::Before(_)) {
            rows.reverse();
        }
        Ok(rows)
    }

    /// How many reports of a list were raised after the one of a number; 99 stands for more.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn count_newer(&self, query: &QueueQuery, number: u64) -> Result<u32, StoreError> {
        let mut sql = Sql::default();
        let mut conditions = conditions(&mut sql, query);
        conditions.push(format!("@.number > {}", sql.bind(i64::try_from(number).unwrap_or(i64::MAX))));
        let conditions = conditions.join(" AND ").replace('@', "q");
        let text = format!("SELECT count(*) FROM (SELECT 1 FROM report_queue AS q WHERE {conditions} LIMIT {COUNTED_MAX})");
        let mut statement = self.connection.prepare_cached(&text)?;
        Ok(statement.query_row(params_from_iter(sql.values), |row| row.get(0))?)
    }

    /// The number of the report that was raised last; 0 when none was.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn last_report_number(&self) -> Result<u64, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT coalesce(max(number), 0) FROM report_queue")?;
        let number: i64 = query.query_row([], |row| row.get(0))?;
        Ok(number.unsigned_abs())
    }

    /// The item and the seller of the report of a number.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn queue_sides(&self, number: u64) -> Result<Option<(ItemId, Option<SellerKey>)>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT item_id, seller_key FROM report_queue WHERE number = ?1")?;
        let sides = query.query_row([i64::try_from(number).unwrap_or(i64::MAX)], |row| {
            let seller: Option<[u8; 32]> = row.get("seller_key")?;
            Ok((ItemId(uuid(row, "item_id")?), seller.map(SellerKey)))
        });
        Ok(sides.optional()?)
    }

    /// The theft reports that the police know under a number of a case, however it is spaced.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn thefts_of_case(&self, case: &str) -> Result<Vec<TheftReportId>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT id FROM theft_reports WHERE lower(replace(crime_reference, ' ', '')) = lower(replace(?1, ' ', ''))",
        )?;
        let rows = query.query_map([case], |row| uuid(row, "id").map(TheftReportId))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// Whether the officer of a report has not looked at an answer on it.
const ANSWERED: &str = "(EXISTS (SELECT 1 FROM report_questions AS asked WHERE asked.report_id = q.report_id
                                 AND asked.asked_by = q.officer_id AND asked.answer IS NOT NULL AND asked.looked_at IS NULL)
                         OR EXISTS (SELECT 1 FROM disclosure_requests AS asked WHERE asked.report_id = q.report_id
                                    AND asked.requested_by = q.officer_id AND asked.state IN ('answered', 'declined')
                                    AND asked.looked_at IS NULL))";

/// How many reports in the same state have the same value in a column.
fn alike(column: &str) -> String {
    format!(
        "(SELECT count(*) FROM (SELECT 1 FROM report_queue AS other
                                WHERE other.{column} = q.{column} AND other.state = q.state LIMIT {COUNTED_MAX}))"
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
        value_euros: row.get("value_euros")?,
        seller: row.get::<_, Option<[u8; 32]>>("seller_key")?.map(SellerKey),
        answered: row.get("answered")?,
        of_item: row.get("of_item")?,
        of_seller: row.get("of_seller")?,
        entered: Entered::Before,
    })
}
