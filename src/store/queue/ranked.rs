//! In which order and by which conditions the queue's narrow rows are read: the text of the query, and its values.
//!
//! The most urgent come from several parts of the table, each of which an index holds in order; from each as many are read as a
//! page has rows.

use rusqlite::types::Value;

use super::{Grouping, QueueOrder, QueuePart, QueueQuery};
use crate::domain::time::Timestamp;
use crate::domain::urgency::{HALF_HOURS, OPEN_HOURS, OVER_HOURS};
use crate::store::queue_rows::{bit, half_lives};
use crate::store::rows::count;

/// What two ways of adding the same numbers can differ by.
const ROUNDING: f64 = 1e-6;
/// Microseconds in which urgency doubles.
const HALF_MICROS: f64 = HALF_HOURS * 3.6e9;

impl QueuePart {
    /// Before a place is read backwards from it.
    pub(super) fn turn(self) -> &'static str {
        match self {
            Self::Start | Self::After(_) => "DESC",
            Self::Before(_) => "ASC",
        }
    }
}

/// Values that a text of SQL names by their places.
#[derive(Default)]
pub(super) struct Sql {
    pub(super) values: Vec<Value>,
}

impl Sql {
    pub(super) fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("?{}", self.values.len())
    }
}

/// What holds of every row of a list; `@` stands for the table.
pub(super) fn conditions(sql: &mut Sql, query: &QueueQuery) -> Vec<String> {
    let mut all = Vec::new();
    let mut equal = |column: &str, value: Value| {
        let place = sql.bind(value);
        all.push(format!("@.{column} = {place}"));
    };
    let blob = |id: uuid::Uuid| Value::Blob(id.into_bytes().to_vec());
    let filter = &query.filter;
    query
        .state
        .iter()
        .for_each(|state| equal("state", Value::Text(state.clone())));
    query.officer.iter().for_each(|officer| equal("officer_id", blob(officer.0)));
    filter.partner.iter().for_each(|partner| equal("partner_id", blob(partner.0)));
    filter.item.iter().for_each(|item| equal("item_id", blob(item.0)));
    filter
        .seller
        .iter()
        .for_each(|seller| equal("seller_key", Value::Blob(seller.0.to_vec())));
    if let Some(kind) = filter.kind {
        let bit = sql.bind(bit(kind));
        all.push(format!("@.kinds & {bit} <> 0"));
    }
    // What begins with a text stands between it and itself with the last of all characters: quicker told than by cutting each.
    let begins = |column: &str, (from, to): &(String, String)| format!("(@.{column} >= {from} AND @.{column} <= {to})");
    let mut range = |text: &str| (sql.bind(text.to_owned()), sql.bind(format!("{text}{}", char::MAX)));
    if let Some(category) = &filter.category {
        all.push(begins("category", &range(category)));
    }
    if let Some(place) = &filter.place {
        let range = range(place);
        all.push(format!(
            "(@.country = {} OR {} OR {})",
            range.0,
            begins("postcode", &range),
            begins("city", &range)
        ));
    }
    if let Some(thefts) = &filter.thefts {
        let places: Vec<String> = thefts.iter().map(|theft| sql.bind(blob(theft.0))).collect();
        all.push(format!("@.theft_report_id IN ({})", places.join(", ")));
    }
    if let Some(numbers) = &filter.numbers {
        let number = |number: &u64| sql.bind(i64::try_from(*number).unwrap_or(i64::MAX));
        let places: Vec<String> = numbers.iter().map(number).collect();
        all.push(format!("@.number IN ({})", places.join(", ")));
    }
    all.push("true".to_owned());
    all
}

/// Numbers and keys of the rows of a page, in their order.
pub(super) fn ranked(sql: &mut Sql, query: &QueueQuery, as_of: i64) -> String {
    let mut conditions = conditions(sql, query);
    if let Some(grouping) = query.grouping {
        let key = key_of_any(sql, query.order, as_of);
        conditions.push(leads(grouping, &conditions, &key));
    }
    let conditions = conditions.join(" AND ").replace('@', "q");
    let limit = sql.bind(count(query.limit));
    let turn = query.part.turn();
    let by = few(query);
    let segments = segments(sql, query.order, as_of).into_iter().map(|segment| {
        let key = &segment.key;
        let beyond = beyond(sql, query.part, &segment);
        format!(
            "SELECT * FROM (SELECT q.number, {key} AS key FROM report_queue AS q {by}
                            WHERE {conditions} AND {} AND {beyond} ORDER BY {} {turn}, q.number {turn} LIMIT {limit})",
            segment.condition, segment.order,
        )
    });
    let segments = segments.collect::<Vec<_>>().join(" UNION ALL ");
    format!("SELECT number, key FROM ({segments}) ORDER BY key {turn}, number {turn} LIMIT {limit}")
}

/// By which index the rows are read, where what is asked for holds of so few that their order costs nothing: the planner, which
/// does not know how few they are, would read all in their order.
fn few(query: &QueueQuery) -> &'static str {
    let filter = &query.filter;
    if filter.numbers.is_some() {
        // Each by its number, which is the key of the table itself.
        "NOT INDEXED"
    } else if filter.item.is_some() {
        "INDEXED BY report_queue_by_item"
    } else if filter.seller.is_some() {
        "INDEXED BY report_queue_by_seller"
    } else if filter.thefts.as_ref().is_some_and(|thefts| !thefts.is_empty()) {
        "INDEXED BY report_queue_by_theft"
    } else if query.officer.is_some() {
        "INDEXED BY report_queue_by_officer"
    } else {
        ""
    }
}

/// A part of the table that an index holds in the order that is asked for.
struct Segment {
    condition: String,
    /// What compares rows of different segments.
    key: String,
    /// What the rows of this one are ordered by.
    order: String,
    /// By how much the key is above that; none when it is computed from more.
    offset: Option<f64>,
}

fn segments(sql: &mut Sql, order: QueueOrder, as_of: i64) -> Vec<Segment> {
    let mut shifted = |condition: String, column: &str, offset: f64| {
        let place = sql.bind(offset);
        Segment {
            condition,
            key: format!("q.{column} + {place}"),
            order: format!("q.{column}"),
            offset: Some(offset),
        }
    };
    match order {
        QueueOrder::Probability => vec![shifted("true".to_owned(), "probability", 0.0)],
        QueueOrder::Raised => vec![shifted("true".to_owned(), "number", 0.0)],
        QueueOrder::Urgency => {
            let now = half_lives(Timestamp::from_timestamp_micros(as_of).unwrap_or_default());
            let (open, over) = (-OPEN_HOURS / HALF_HOURS, -OVER_HOURS / HALF_HOURS);
            let mut segments = vec![
                shifted("q.sale = 1".to_owned(), "stake", open),
                shifted("q.sale = 2".to_owned(), "stake", over),
            ];
            let as_of = sql.bind(as_of);
            let mut shifted = |condition: String, offset: f64| {
                let place = sql.bind(offset);
                Segment {
                    condition,
                    key: format!("q.stake + {place}"),
                    order: "q.stake".to_owned(),
                    offset: Some(offset),
                }
            };
            // The plus keeps the index over the ends of sales out of it, which would have all that run sorted.
            segments.push(shifted(format!("q.sale = 0 AND +q.ends_at > {as_of}"), now));
            // Ended, and not filed anew yet.
            let over = sql.bind(over);
            let half = sql.bind(HALF_MICROS);
            let key = format!("q.stake + q.ends_at / {half} + {over}");
            segments.push(Segment {
                condition: format!("q.sale = 0 AND q.ends_at <= {as_of}"),
                order: key.clone(),
                key,
                offset: None,
            });
            segments
        }
    }
}

/// That a row lies beyond the place at which a page begins. What the index orders by is bounded too, so that nothing before the
/// place is read.
fn beyond(sql: &mut Sql, part: QueuePart, segment: &Segment) -> String {
    let Some(place) = part.place() else { return "true".to_owned() };
    let key = f64::from_bits(place.key);
    let (sign, slack) = match part {
        QueuePart::Before(_) => (">", -ROUNDING),
        QueuePart::Start | QueuePart::After(_) => ("<", ROUNDING),
    };
    let key_place = sql.bind(key);
    let number = sql.bind(i64::try_from(place.number).unwrap_or(i64::MAX));
    let exactly = format!("({}, q.number) {sign} ({key_place}, {number})", segment.key);
    match segment.offset {
        Some(offset) => {
            let bound = sql.bind(key - offset + slack);
            format!("{} {sign}= {bound} AND {exactly}", segment.order)
        }
        None => exactly,
    }
}

/// What a row is ordered by whichever segment it is of; `@` stands for the table.
fn key_of_any(sql: &mut Sql, order: QueueOrder, as_of: i64) -> String {
    match order {
        QueueOrder::Probability => "@.probability".to_owned(),
        QueueOrder::Raised => "@.number".to_owned(),
        QueueOrder::Urgency => {
            let instant = Timestamp::from_timestamp_micros(as_of).unwrap_or_default();
            let [now, open, over] = [half_lives(instant), -OPEN_HOURS / HALF_HOURS, -OVER_HOURS / HALF_HOURS];
            let [now, open, over, half] = [now, open, over, HALF_MICROS].map(|value| sql.bind(value));
            let as_of = sql.bind(as_of);
            format!(
                "CASE WHEN @.sale = 1 THEN @.stake + {open} WHEN @.sale = 2 THEN @.stake + {over}
                      WHEN @.ends_at > {as_of} THEN @.stake + {now} ELSE @.stake + @.ends_at / {half} + {over} END"
            )
        }
    }
}

/// That no other row of the list is of the same thing and stands before it.
fn leads(grouping: Grouping, conditions: &[String], key: &str) -> String {
    // The planner would take the index of the order, which has all columns too, and read all of it for each row.
    let (column, by) = match grouping {
        Grouping::Item => ("item_id", "report_queue_by_item"),
        Grouping::Seller => ("seller_key", "report_queue_by_seller"),
    };
    let conditions = conditions.join(" AND ").replace('@', "other");
    let other_key = key.replace('@', "other");
    format!(
        "NOT EXISTS (SELECT 1 FROM report_queue AS other INDEXED BY {by}
                     WHERE other.{column} = @.{column} AND {conditions}
                       AND ({other_key}, other.number) > ({key}, @.number))"
    )
}
