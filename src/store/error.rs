//! What can go wrong in the store.

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite failed.
    #[error("database")]
    Database(#[from] rusqlite::Error),
    /// A file beside the database could not be read or written.
    #[error("data directory")]
    Io(#[from] std::io::Error),
    /// A row does not read as what it should be.
    #[error("a stored {what} is damaged")]
    Damaged {
        /// What it should be.
        what: &'static str,
    },
    /// The database is from a newer version of the program.
    #[error("the database has schema version {found}, this program knows up to {known}; use the newer program")]
    Newer {
        /// Version of the database.
        found: i64,
        /// Newest version that this program knows.
        known: i64,
    },
    /// The database is from an older version of the program, and this is no place to migrate it.
    #[error("the database is of an older version; start the service once with this program, which migrates it")]
    Older,
    /// An act that left no entry in the log: a fault of the program, nothing was written.
    #[error("an act without an audit entry")]
    Unlogged,
    /// The store is shutting down, or its writer died.
    #[error("the store has stopped")]
    Stopped,
    /// The group of writes that this one was in was not committed: nothing was written, the next one may be.
    #[error("the write was not committed")]
    RolledBack,
    /// The disk is full: nothing was written, reading goes on.
    #[error("the disk is full")]
    Full,
    /// Something that must be there is not.
    #[error("there is no such {what}")]
    Missing {
        /// What is missing.
        what: &'static str,
    },
    /// Something that must be new exists.
    #[error("there is already {} {what}", if .what.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" })]
    Exists {
        /// What exists.
        what: &'static str,
    },
    /// The backup's or database's content is not whole.
    #[error("integrity check: {0}")]
    Integrity(String),
}

impl StoreError {
    /// Whether one row cannot be read, as opposed to a database that fails: others can go on.
    #[must_use]
    pub fn is_damaged_row(&self) -> bool {
        use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, Utf8Error};
        match self {
            Self::Damaged { .. } => true,
            Self::Database(error) => matches!(
                error,
                FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..) | Utf8Error(..)
            ),
            _ => false,
        }
    }

    /// Whether the fault lies in what was to be done with one row: damage, a broken constraint, something that is missing or
    /// there already. Others can go on; trying again will not help.
    #[must_use]
    pub fn is_of_one_row(&self) -> bool {
        let constraint = |error: &rusqlite::Error| error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation);
        match self {
            Self::Missing { .. } | Self::Exists { .. } => true,
            Self::Database(error) if constraint(error) => true,
            _ => self.is_damaged_row(),
        }
    }
}
