//! Which reports hang together: by seller, by burglary, by photo.

use rusqlite::{OptionalExtension, params};

use super::reports::report_row;
use super::rows::{count, uuid};
use super::{Reader, StoreError, Tx};
use crate::domain::ids::{ListingId, ReportId, TheftReportId};
use crate::domain::listing::SellerKey;

/// Reports that hang together by one thing, as a list of them shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesRow {
    /// The most probable of them.
    pub report: ReportId,
    /// Its number.
    pub number: u64,
    /// How many there are.
    pub reports: u32,
    /// How many different items.
    pub items: u32,
    /// The sum of their probabilities: how many of them are to be expected to be what they seem.
    pub expected: f64,
    /// What all items count for together, euros: each once, by the largest that one of its reports says.
    pub value_euros: f64,
}

/// By what reports hang together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Link {
    /// The listings are one seller's, with one partner.
    Seller,
    /// The items were stolen together.
    Burglary,
    /// The listings show the same photo, byte for byte.
    Photo,
}

/// Of the open reports on what a seller offers, at most so many newest are judged again when one theft led to the seller.
const TOUCHED_MAX: usize = 50;

impl Tx<'_> {
    /// Has the open reports on what a listing's seller offers judged again: whether goods were recovered from that seller is no
    /// longer what it was.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn touch_seller_reports(&mut self, listing: ListingId) -> Result<(), StoreError> {
        let Some(seller) = self.listing(listing)?.and_then(|listing| listing.draft.seller) else {
            return Ok(());
        };
        for (item, _) in self.open_reports_of_seller(&seller.key.0, TOUCHED_MAX)? {
            self.touch_item(item)?;
        }
        Ok(())
    }
}

impl Reader<'_> {
    /// The thefts whose goods were recovered from a seller, or went back to their owner, each with the number of the report that
    /// says so; the newest reports first, of at most `limit` closed ones.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn recovered_from_seller(&self, seller: SellerKey, limit: usize) -> Result<Vec<(TheftReportId, u64)>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT reports.* FROM report_queue JOIN reports ON reports.id = report_queue.report_id
             WHERE report_queue.seller_key = ?1 AND report_queue.state = 'closed' ORDER BY report_queue.number DESC LIMIT ?2",
        )?;
        let closed = query.query_map(params![seller.0, count(limit)], report_row)?;
        let mut recovered = Vec::new();
        for report in closed {
            let report = report?;
            if report.speaks_against_seller() {
                recovered.push((report.theft_report, report.number));
            }
        }
        Ok(recovered)
    }

    /// The reports that hang together with one by a kind of link, that one left out; at most `limit`, the newest.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn linked_reports(&self, report: ReportId, link: Link, limit: usize) -> Result<Vec<ReportId>, StoreError> {
        let sql = match link {
            Link::Seller => {
                "SELECT other.report_id FROM report_queue AS own JOIN report_queue AS other ON other.seller_key = own.seller_key
                 WHERE own.report_id = ?1 AND other.report_id <> ?1 ORDER BY other.number DESC LIMIT ?2"
            }
            Link::Burglary => {
                "SELECT other.report_id FROM report_queue AS own
                        JOIN report_queue AS other ON other.theft_report_id = own.theft_report_id
                 WHERE own.report_id = ?1 AND other.report_id <> ?1 ORDER BY other.number DESC LIMIT ?2"
            }
            Link::Photo => {
                "SELECT DISTINCT other.report_id FROM report_queue AS own
                        JOIN listing_photos AS ours ON ours.listing_id = own.listing_id AND ours.sha256 IS NOT NULL
                        JOIN listing_photos AS theirs ON theirs.sha256 = ours.sha256
                        JOIN report_queue AS other ON other.listing_id = theirs.listing_id
                 WHERE own.report_id = ?1 AND other.report_id <> ?1 AND theirs.listing_id <> own.listing_id
                 ORDER BY other.number DESC LIMIT ?2"
            }
        };
        let mut query = self.connection.prepare_cached(sql)?;
        let rows = query.query_map(params![report.0.as_bytes(), count(limit)], |row| {
            uuid(row, "report_id").map(ReportId)
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The number of a report and the listing that it is on, as the queue files them.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn filed_report(&self, report: ReportId) -> Result<Option<(u64, ListingId)>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT number, listing_id FROM report_queue WHERE report_id = ?1")?;
        let filed = query.query_row([report.0.as_bytes()], |row| {
            Ok((
                row.get::<_, i64>("number")?.unsigned_abs(),
                ListingId(uuid(row, "listing_id")?),
            ))
        });
        Ok(filed.optional()?)
    }

    /// The report of a number.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn report_numbered(&self, number: u64) -> Result<Option<ReportId>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT report_id FROM report_queue WHERE number = ?1")?;
        let report = query.query_row([i64::try_from(number).unwrap_or(i64::MAX)], |row| uuid(row, "report_id"));
        Ok(report.optional()?.map(ReportId))
    }

    /// The reports on a listing, as the queue files them, the newest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn reports_filed_on(&self, listing: ListingId) -> Result<Vec<ReportId>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT report_id FROM report_queue WHERE listing_id = ?1 ORDER BY number DESC")?;
        let rows = query.query_map([listing.0.as_bytes()], |row| uuid(row, "report_id").map(ReportId))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The largest sets of undecided reports on one seller's listings, or on the items of one burglary; at most `limit`. Of a
    /// burglary only when several of its items are found.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn series(&self, link: Link, limit: usize) -> Result<Vec<SeriesRow>, StoreError> {
        let (column, least) = match link {
            Link::Seller => ("seller_key", "count(*) > 1"),
            Link::Burglary => ("theft_report_id", "count(DISTINCT item_id) > 1"),
            Link::Photo => return Ok(Vec::new()),
        };
        let mut query = self.connection.prepare_cached(&format!(
            // What an item counts for depends on the listing too: of its reports the dearest stands for it.
            "SELECT sets.*, (SELECT sum(value) FROM (SELECT max(value_euros) AS value FROM report_queue AS one
                                WHERE one.{column} = sets.link AND one.state IN ('open', 'in review') GROUP BY one.item_id)) AS value
             FROM (SELECT {column} AS link, report_id, number, max(probability) AS best, count(*) AS reports,
                          count(DISTINCT item_id) AS items, sum(probability) AS expected
                   FROM report_queue WHERE state IN ('open', 'in review') AND {column} IS NOT NULL
                   GROUP BY {column} HAVING {least} ORDER BY expected DESC, number DESC LIMIT ?1) AS sets
             ORDER BY expected DESC, number DESC"
        ))?;
        let rows = query.query_map([count(limit)], |row| {
            Ok(SeriesRow {
                report: ReportId(uuid(row, "report_id")?),
                number: row.get::<_, i64>("number")?.unsigned_abs(),
                reports: row.get("reports")?,
                items: row.get("items")?,
                expected: row.get("expected")?,
                value_euros: row.get("value")?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many of a theft report's items have a report.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn items_found_of(&self, theft: TheftReportId) -> Result<u32, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT count(DISTINCT item_id) FROM report_queue WHERE theft_report_id = ?1")?;
        Ok(query.query_row([theft.0.as_bytes()], |row| row.get(0))?)
    }
}
