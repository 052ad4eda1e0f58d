//! The audit log: entries in a hash chain, appended in the transaction of the act that they record.

use rusqlite::{OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::rows::{count, from_json, from_word, instant, maybe_uuid, micros, to_json};
use super::{Reader, StoreError, Tx};
use crate::domain::audit::{Act, Actor, CHAIN_START, ChainHash, Entry, Purpose, Subject};
use crate::domain::ids::AccountId;
use crate::domain::photo::ContentHash;
use crate::domain::time::Timestamp;

/// The head of the log at an instant: enough to prove later that nothing before it was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// How many entries.
    pub entries: u64,
    /// The hash of the last one.
    pub head: ChainHash,
}

/// Which entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Only acts of this person.
    pub account: Option<AccountId>,
    /// Only acts for this case number, and acts on what belongs to the case: its theft reports, their suspicion reports, and the
    /// disclosure requests on those or under this number.
    pub case: Option<String>,
    /// Only acts on the thing with this id.
    pub subject: Option<uuid::Uuid>,
    /// Only entries before this number.
    pub before: Option<u64>,
    /// How many at most.
    pub limit: usize,
}

/// In how many of an actor's last entries a photo is looked for.
const LAST_ENTRIES: usize = 100;

/// The numbers of the entries that belong to case `?2`: it is their purpose's, or they are on something of it.
const OF_CASE: &str = "number IN (
    WITH thefts AS (SELECT id FROM theft_reports
                    WHERE lower(replace(crime_reference, ' ', '')) = lower(replace(?2, ' ', ''))),
         cases AS (SELECT reports.id FROM thefts JOIN theft_report_items ON theft_report_items.theft_report_id = thefts.id
                   JOIN reports ON reports.item_id = theft_report_items.item_id AND reports.theft_report_id = thefts.id),
         things AS (SELECT id FROM thefts UNION SELECT id FROM cases
                    UNION SELECT id FROM disclosure_requests WHERE report_id IN (SELECT id FROM cases)
                    UNION SELECT id FROM disclosure_requests WHERE purpose_case = ?2)
    SELECT number FROM audit_entries WHERE purpose_case = ?2
    UNION SELECT entries.number FROM things CROSS JOIN audit_entries AS entries ON entries.subject_id = things.id)";

/// Where and how the log is not what it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainFault {
    /// An entry was changed, or one before it was removed, added or reordered.
    #[error("entry {number} does not follow from the entries before it")]
    Broken {
        /// Number of the first entry that does not fit.
        number: u64,
    },
    /// A number is missing.
    #[error("entry {number} is missing")]
    Gap {
        /// The missing number.
        number: u64,
    },
    /// An entry does not read.
    #[error("entry {number} is damaged")]
    Damaged {
        /// Its number.
        number: u64,
    },
    /// The log is shorter than, or differs from, a checkpoint that was taken earlier.
    #[error("the log does not contain the checkpoint of {entries} entries: it was cut or rewritten")]
    NotContained {
        /// The checkpoint's number of entries.
        entries: u64,
    },
}

impl Tx<'_> {
    /// Appends an entry for each act.
    pub(super) fn append_entries(&mut self, acts: &[Act]) -> Result<(), StoreError> {
        let mut head = self.checkpoint()?;
        for act in acts {
            let mut entry = Entry {
                number: head.entries + 1,
                at: self.now(),
                actor: act.actor,
                action: act.action,
                subject: act.subject,
                purpose: act.purpose.clone(),
                detail: act.detail.clone(),
                hash: CHAIN_START,
            };
            entry.hash = entry.chained(head.head);
            self.insert_entry(&entry)?;
            head = Checkpoint {
                entries: entry.number,
                head: entry.hash,
            };
        }
        Ok(())
    }

    fn insert_entry(&mut self, entry: &Entry) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO audit_entries (number, at, actor, action, subject_kind, subject_id, purpose_case, purpose_reason, detail,
                                            hash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                i64::try_from(entry.number).unwrap_or(i64::MAX),
                micros(entry.at),
                to_json(&entry.actor)?,
                entry.action.word(),
                entry.subject.kind.word(),
                entry.subject.id.map(uuid::Uuid::into_bytes),
                entry.purpose.as_ref().map(|purpose| purpose.case.as_str()),
                entry.purpose.as_ref().map(|purpose| purpose.reason.as_str()),
                to_json(&entry.detail)?,
                entry.hash.0,
            ])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// The head of the log.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn checkpoint(&self) -> Result<Checkpoint, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT number, hash FROM audit_entries ORDER BY number DESC LIMIT 1")?;
        let head = query.query_row([], |row| {
            Ok(Checkpoint {
                entries: row.get::<_, i64>("number")?.unsigned_abs(),
                head: ChainHash(row.get("hash")?),
            })
        });
        Ok(head.optional()?.unwrap_or(Checkpoint {
            entries: 0,
            head: CHAIN_START,
        }))
    }

    /// Entries, newest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn audit_entries(&self, filter: &AuditFilter) -> Result<Vec<Entry>, StoreError> {
        // A filter by case collects the numbers first: each part has its index.
        let of_case = match filter.case {
            Some(_) => OF_CASE,
            None => "?2 IS NULL",
        };
        let mut query = self.connection.prepare_cached(&format!(
            "SELECT * FROM audit_entries
             WHERE (?1 IS NULL OR actor = ?1) AND ({of_case}) AND (?3 IS NULL OR subject_id = ?3) AND (?4 IS NULL OR number < ?4)
             ORDER BY number DESC LIMIT ?5",
        ))?;
        let actor = filter.account.map(|account| to_json(&Actor::Account(account))).transpose()?;
        let before = filter.before.map(|number| i64::try_from(number).unwrap_or(i64::MAX));
        let subject = filter.subject.map(uuid::Uuid::into_bytes);
        let rows = query.query_map(params![actor, filter.case, subject, before, count(filter.limit)], entry_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether a page that this actor opened since an instant listed a photo among those that it shows, as one of the actor's last
    /// entries says.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn has_listed_photo(&self, actor: Actor, photo: ContentHash, since: Timestamp) -> Result<bool, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT EXISTS (
                 SELECT 1 FROM (SELECT at, detail FROM audit_entries WHERE actor = ?1 ORDER BY number DESC LIMIT ?4) AS last,
                               json_each(last.detail, '$.photos') AS photo
                 WHERE last.at >= ?3 AND photo.value = ?2)",
        )?;
        let listed = query.query_row(
            params![to_json(&actor)?, photo.to_string(), micros(since), count(LAST_ENTRIES)],
            |row| row.get(0),
        );
        Ok(listed?)
    }

    /// Hands every entry, oldest first, to `visit`.
    ///
    /// # Errors
    /// What `visit` returns, or a failure of the database.
    pub fn each_audit_entry<E: From<StoreError>>(&self, mut visit: impl FnMut(Entry) -> Result<(), E>) -> Result<(), E> {
        let database = |error: rusqlite::Error| E::from(StoreError::from(error));
        let mut query = self
            .connection
            .prepare("SELECT * FROM audit_entries ORDER BY number")
            .map_err(database)?;
        let mut rows = query.query([]).map_err(database)?;
        while let Some(row) = rows.next().map_err(database)? {
            visit(entry_row(row).map_err(database)?)?;
        }
        Ok(())
    }

    /// Walks the whole log. With checkpoints that were taken earlier, it must contain them too.
    ///
    /// # Errors
    /// A failure of the database; faults of the log itself are the inner result.
    pub fn verify_audit_log(&self, earlier: &[Checkpoint]) -> Result<Result<Checkpoint, ChainFault>, StoreError> {
        let mut query = self.connection.prepare("SELECT * FROM audit_entries ORDER BY number")?;
        let mut rows = query.query([])?;
        let mut head = Checkpoint {
            entries: 0,
            head: CHAIN_START,
        };
        let mut awaited: Vec<Checkpoint> = earlier.iter().copied().filter(|checkpoint| checkpoint.entries > 0).collect();
        while let Some(row) = rows.next()? {
            let number = row.get::<_, i64>("number")?.unsigned_abs();
            let expected = head.entries + 1;
            if number != expected {
                return Ok(Err(ChainFault::Gap { number: expected }));
            }
            let Ok(entry) = entry_row(row) else {
                return Ok(Err(ChainFault::Damaged { number }));
            };
            if entry.chained(head.head) != entry.hash {
                return Ok(Err(ChainFault::Broken { number }));
            }
            head = Checkpoint {
                entries: number,
                head: entry.hash,
            };
            awaited.retain(|checkpoint| *checkpoint != head);
        }
        match awaited.first() {
            Some(missing) => Ok(Err(ChainFault::NotContained {
                entries: missing.entries,
            })),
            None => Ok(Ok(head)),
        }
    }
}

fn entry_row(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let case: Option<String> = row.get("purpose_case")?;
    let reason: Option<String> = row.get("purpose_reason")?;
    Ok(Entry {
        number: row.get::<_, i64>("number")?.unsigned_abs(),
        at: instant(row, "at")?,
        actor: from_json(row, "actor")?,
        action: from_word(row, "action")?,
        subject: Subject {
            kind: from_word(row, "subject_kind")?,
            id: maybe_uuid(row, "subject_id")?,
        },
        purpose: case.zip(reason).map(|(case, reason)| Purpose { case, reason }),
        detail: from_json(row, "detail")?,
        hash: ChainHash(row.get("hash")?),
    })
}
