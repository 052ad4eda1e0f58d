//! What the queue is ordered and filtered by: one narrow row a report, filed anew with every change of the report, its item or its
//! listing. How the rows are read stands in [`super::queue`].

use chrono::DateTime;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use super::changes::ChangedThing;
use super::rows::{count, from_json, maybe_instant, maybe_uuid, micros, uuid};
use super::{Reader, StoreError, Tx};
use crate::domain::assessment::{Assessment, Comparison};
use crate::domain::description::Description;
use crate::domain::ids::ReportId;
use crate::domain::listing::{ListingDraft, Seller};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::urgency::{HALF_HOURS, Sale, hours_between, log2_stake, value_euros};

/// A finding of at least this weight speaks for a pair.
const SPEAKS: f64 = 0.5;
/// Reports that are filed in one transaction when the database is opened.
const FILED_AT_ONCE: usize = 1000;

/// The bit by which the queue knows a kind of evidence.
pub(super) fn bit(comparison: Comparison) -> i64 {
    let place = Comparison::ALL.iter().position(|one| *one == comparison);
    1 << place.unwrap_or(0)
}

/// What a report, its item and its listing say.
struct Filed {
    number: i64,
    state: String,
    officer: Option<[u8; 16]>,
    assessment: Assessment,
    item: [u8; 16],
    listing: [u8; 16],
    theft: [u8; 16],
    partner: [u8; 16],
    seller: Option<[u8; 32]>,
    /// The item's own words; none when the police may not see them.
    described: Option<Description>,
    value: Option<Money>,
    draft: ListingDraft<Seller>,
    active: bool,
    ends_at: Option<Timestamp>,
}

impl Tx<'_> {
    /// Files a report as it and its sides stand now. One whose row is damaged stays filed as it was: nothing else fails for it.
    pub(super) fn file_report(&mut self, id: ReportId) -> Result<(), StoreError> {
        match self.file_whole_report(id) {
            Err(error) if error.is_damaged_row() => {
                tracing::error!(error = &error as &dyn std::error::Error, report = %id, "a damaged report is not filed");
                Ok(())
            }
            filed => filed,
        }
    }

    fn file_whole_report(&mut self, id: ReportId) -> Result<(), StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT reports.number, reports.state, reports.officer_id, reports.assessment, reports.item_id, reports.listing_id,
                    reports.theft_report_id, listings.partner_id, listings.seller_key, listings.draft,
                    listings.status = 'active' AS active, listings.ends_at,
                    CASE WHEN items.status IN ('stolen', 'recovered') THEN items.description END AS description,
                    items.value_hundredths, items.value_currency
             FROM reports JOIN items ON items.id = reports.item_id JOIN listings ON listings.id = reports.listing_id
             WHERE reports.id = ?1",
        )?;
        let Some(filed) = query.query_row([id.0.as_bytes()], filed_row).optional()? else {
            return Ok(());
        };
        let now = self.now();
        let sale = Sale::of(filed.active, filed.ends_at, now);
        let euros = value_euros(filed.value.as_ref(), filed.draft.price.as_ref());
        let stake = log2_stake(filed.assessment.probability, euros);
        let (sale_word, ends_at, stake) = match sale {
            Sale::Runs(end) => (0, Some(micros(end)), stake - half_lives(end)),
            Sale::Open => (1, None, stake),
            Sale::Over => (2, filed.ends_at.map(micros), stake),
        };
        let folded = |text: Option<&String>| text.map(|text| text.trim().to_lowercase()).unwrap_or_default();
        let described = filed.described.as_ref().map(|described| &described.category);
        let category = described.filter(|category| !category.trim().is_empty());
        let category = category.unwrap_or(&filed.draft.description.category);
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO report_queue (number, report_id, state, officer_id, probability, sale, ends_at, stake,
                     value_euros, kinds, category, country, postcode, city, partner_id, theft_report_id, item_id, listing_id,
                     seller_key)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
            )?
            .execute(params![
                filed.number,
                id.0.as_bytes(),
                filed.state,
                filed.officer,
                filed.assessment.probability,
                sale_word,
                ends_at,
                stake,
                euros,
                kinds(&filed.assessment),
                folded(Some(category)),
                folded(filed.draft.place.country.as_ref()),
                folded(filed.draft.place.postcode.as_ref()),
                folded(filed.draft.place.city.as_ref()),
                filed.partner,
                filed.theft,
                filed.item,
                filed.listing,
                filed.seller,
            ])?;
        Ok(())
    }

    /// Files the reports on a thing that has changed.
    pub(super) fn file_reports_on(&mut self, thing: ChangedThing) -> Result<(), StoreError> {
        let (sql, id) = match thing {
            ChangedThing::Item(id) => ("SELECT report_id FROM report_queue WHERE item_id = ?1", id.0),
            ChangedThing::Listing(id) => ("SELECT report_id FROM report_queue WHERE listing_id = ?1", id.0),
        };
        let mut query = self.connection.prepare_cached(sql)?;
        let found = query.query_map([id.as_bytes()], |row| uuid(row, "report_id").map(ReportId))?;
        let found: Vec<ReportId> = found.collect::<Result<_, _>>()?;
        drop(query);
        found.into_iter().try_for_each(|report| self.file_report(report))
    }

    /// Files reports as over whose sale has ended since they were filed, at most `limit`. Returns how many.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn file_ended_sales(&mut self, limit: usize) -> Result<usize, StoreError> {
        let filed = self
            .connection
            .prepare_cached(
                "UPDATE report_queue SET sale = 2, stake = stake + ends_at / ?3
                 WHERE number IN (SELECT number FROM report_queue WHERE sale = 0 AND ends_at <= ?1 ORDER BY ends_at LIMIT ?2)",
            )?
            .execute(params![micros(self.now()), count(limit), HALF_HOURS * 3.6e9])?;
        Ok(filed)
    }
}

/// Files the reports of a database that were raised before there was this table.
pub(super) fn file_missing(connection: &mut Connection, now: Timestamp) -> Result<(), StoreError> {
    let mut last = 0;
    loop {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let missing: Vec<(ReportId, i64)> = {
            let mut query = transaction.prepare(
                "SELECT id, number FROM reports
                 WHERE number > ?1 AND NOT EXISTS (SELECT 1 FROM report_queue WHERE report_queue.number = reports.number)
                 ORDER BY number LIMIT ?2",
            )?;
            let rows = query.query_map(params![last, count(FILED_AT_ONCE)], |row| {
                Ok((ReportId(uuid(row, "id")?), row.get("number")?))
            })?;
            rows.collect::<Result<_, _>>()?
        };
        let mut tx = Tx {
            reader: Reader {
                connection: &transaction,
            },
            now,
            waiting: None,
            is_shared: false,
        };
        missing.iter().try_for_each(|(report, _)| tx.file_report(*report))?;
        transaction.commit()?;
        last = missing.last().map_or(last, |(_, number)| *number);
        if missing.len() < FILED_AT_ONCE {
            return Ok(());
        }
    }
}

/// How often urgency halves between 1970 and an instant.
pub(super) fn half_lives(at: Timestamp) -> f64 {
    hours_between(DateTime::UNIX_EPOCH, at) / HALF_HOURS
}

/// One bit a comparison that speaks for the pair.
fn kinds(assessment: &Assessment) -> i64 {
    let speaks = assessment
        .evidence
        .iter()
        .filter(|evidence| evidence.log10_lr.is_some_and(|weight| weight >= SPEAKS));
    speaks.fold(0, |kinds, evidence| kinds | bit(evidence.comparison))
}

fn filed_row(row: &Row<'_>) -> rusqlite::Result<Filed> {
    let description: Option<String> = row.get("description")?;
    let hundredths: Option<i64> = row.get("value_hundredths")?;
    let currency: Option<String> = row.get("value_currency")?;
    Ok(Filed {
        number: row.get("number")?,
        state: row.get("state")?,
        officer: maybe_uuid(row, "officer_id")?.map(uuid::Uuid::into_bytes),
        assessment: from_json(row, "assessment")?,
        item: row.get("item_id")?,
        listing: row.get("listing_id")?,
        theft: row.get("theft_report_id")?,
        partner: row.get("partner_id")?,
        seller: row.get("seller_key")?,
        described: description.and_then(|text| serde_json::from_str(&text).ok()),
        value: hundredths
            .zip(currency)
            .map(|(hundredths, currency)| Money { hundredths, currency }),
        draft: from_json(row, "draft")?,
        active: row.get("active")?,
        ends_at: maybe_instant(row, "ends_at")?,
    })
}
