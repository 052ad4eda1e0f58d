//! Migrations: numbered SQL files, each applied once, in its own transaction, never edited after it shipped.

use rusqlite::{Connection, TransactionBehavior};

use super::StoreError;

pub(super) const MIGRATIONS: [&str; 36] = [
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_form_drafts.sql"),
    include_str!("migrations/0003_item_revisions.sql"),
    include_str!("migrations/0004_password_change_due.sql"),
    include_str!("migrations/0005_questions_end.sql"),
    include_str!("migrations/0006_photos_kept.sql"),
    include_str!("migrations/0007_outbox_lanes.sql"),
    include_str!("migrations/0008_photo_features.sql"),
    include_str!("migrations/0009_blind_reviews.sql"),
    include_str!("migrations/0010_photo_numbers.sql"),
    include_str!("migrations/0011_desk.sql"),
    include_str!("migrations/0012_report_questions.sql"),
    include_str!("migrations/0013_feeds.sql"),
    include_str!("migrations/0014_feed_pulls.sql"),
    include_str!("migrations/0015_push_keys.sql"),
    include_str!("migrations/0016_leads.sql"),
    include_str!("migrations/0017_evidence_packs.sql"),
    include_str!("migrations/0018_disclosure_notices.sql"),
    include_str!("migrations/0019_delivery_remaining.sql"),
    include_str!("migrations/0020_messages.sql"),
    include_str!("migrations/0021_arrivals.sql"),
    include_str!("migrations/0022_ownership_proofs.sql"),
    include_str!("migrations/0023_digests.sql"),
    include_str!("migrations/0024_numbers.sql"),
    include_str!("migrations/0025_saved_searches.sql"),
    include_str!("migrations/0026_holds.sql"),
    include_str!("migrations/0027_delivery_notes.sql"),
    include_str!("migrations/0028_quarantine_references.sql"),
    include_str!("migrations/0029_token_scopes.sql"),
    include_str!("migrations/0030_decoys.sql"),
    include_str!("migrations/0031_confirmed.sql"),
    include_str!("migrations/0032_told.sql"),
    include_str!("migrations/0033_places.sql"),
    include_str!("migrations/0034_desk.sql"),
    include_str!("migrations/0035_feed_asking.sql"),
    include_str!("migrations/0036_uploads.sql"),
];

/// Brings the database to the newest version. A database from a newer program is refused untouched.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    loop {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let found: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if found > known || found < 0 {
            return Err(StoreError::Newer { found, known });
        }
        let Some(script) = usize::try_from(found).ok().and_then(|next| MIGRATIONS.get(next)) else {
            return Ok(());
        };
        transaction.execute_batch(script)?;
        transaction.pragma_update(None, "user_version", found + 1)?;
        transaction.commit()?;
        tracing::info!(version = found + 1, "database migrated");
    }
}

/// Refuses a database that is not of this program's version.
pub(super) fn require_current(connection: &Connection) -> Result<(), StoreError> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    match found.cmp(&known) {
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Less => Err(StoreError::Older),
        std::cmp::Ordering::Greater => Err(StoreError::Newer { found, known }),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// A report of the second version: its evidence names the second photo of the item and the first that the listing holds.
    const BEFORE: &str = r#"
        PRAGMA foreign_keys = OFF;
        INSERT INTO items (id, owner_id, status, description, created_at, updated_at)
        VALUES (CAST(printf('%016d', 1) AS BLOB), CAST(printf('%016d', 9) AS BLOB), 'registered', '{}', 1, 1);
        INSERT INTO item_photos (item_id, number, sha256)
        VALUES (CAST(printf('%016d', 1) AS BLOB), 1, CAST(printf('%032d', 1) AS BLOB)),
               (CAST(printf('%016d', 1) AS BLOB), 3, CAST(printf('%032d', 2) AS BLOB));
        INSERT INTO listings (id, partner_id, reference, status, content_sha256, draft, revision, received_at, updated_at)
        VALUES (CAST(printf('%016d', 2) AS BLOB), CAST(printf('%016d', 9) AS BLOB), 'A-1', 'active',
                CAST(printf('%032d', 9) AS BLOB), '{}', 1, 5, 7);
        INSERT INTO listing_photos (listing_id, number, state, sha256)
        VALUES (CAST(printf('%016d', 2) AS BLOB), 1, 'failed', NULL),
               (CAST(printf('%016d', 2) AS BLOB), 2, 'held', CAST(printf('%032d', 3) AS BLOB));
        INSERT INTO reports (id, number, item_id, listing_id, theft_report_id, state, state_detail, probability, assessment,
                             raised_at, updated_at)
        VALUES (CAST(printf('%016d', 3) AS BLOB), 1, CAST(printf('%016d', 1) AS BLOB), CAST(printf('%016d', 2) AS BLOB),
                CAST(printf('%016d', 9) AS BLOB), 'open', 'null', 0.9, '{"evidence":[
                    {"comparison":"identifier","detail":{}},
                    {"comparison":"photo","detail":{"registered_photo":2,"listing_photo":1}}]}', 1, 1);
    "#;

    #[test]
    fn reports_from_before_keep_the_photos_that_they_name() {
        let mut connection = Connection::open_in_memory().unwrap();
        for script in &MIGRATIONS[..2] {
            connection.execute_batch(script).unwrap();
        }
        connection.pragma_update(None, "user_version", 2).unwrap();
        connection.execute_batch(BEFORE).unwrap();
        migrate(&mut connection).unwrap();
        let mut query = connection
            .prepare("SELECT side, place, CAST(CAST(sha256 AS TEXT) AS INTEGER) FROM report_photos ORDER BY side")
            .unwrap();
        let rows = query
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .unwrap();
        let kept: Vec<(String, i64, i64)> = rows.collect::<Result<_, _>>().unwrap();
        assert_eq!(kept, [("item".to_owned(), 2, 2), ("listing".to_owned(), 1, 3)]);
        let seen: i64 = connection
            .query_row("SELECT last_seen_at FROM listings", [], |row| row.get(0))
            .unwrap();
        assert_eq!(seen, 7);
    }
}
