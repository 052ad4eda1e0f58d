//! Migrations: numbered SQL files, each applied once, in its own transaction, never edited after it shipped.

use rusqlite::{Connection, TransactionBehavior};

use super::StoreError;

pub(super) const MIGRATIONS: [&str; 7] = [
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_form_drafts.sql"),
    include_str!("migrations/0003_item_revisions.sql"),
    include_str!("migrations/0004_password_change_due.sql"),
    include_str!("migrations/0005_questions_end.sql"),
    include_str!("migrations/0006_photos_kept.sql"),
    include_str!("migrations/0007_outbox_lanes.sql"),
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
