//! The index directory: opening, emptying, the commit payload.
//!
//! The tantivy index lies in a subdirectory that is named for the format version; directories of other versions are
//! deleted. A lock file beside it keeps a second process out before anything is touched.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tantivy::Index;
use tantivy::directory::MmapDirectory;
use tantivy::directory::error::OpenReadError;

use super::EngineError;
use super::schema::Fields;
use super::stored;
use crate::record::Sequence;

/// The version of everything in the directory: fields, stored records and the analysis of texts. Whoever changes one of
/// them raises it, and every index is built anew.
pub(super) const FORMAT_VERSION: u32 = 4;

/// What a commit says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Payload {
    format: u32,
    record: u8,
    through: Sequence,
}

/// Keeps other processes out while it lives.
#[derive(Debug)]
pub(super) struct DirectoryLock {
    _file: File,
}

/// Creates the directory when it is missing, and locks it.
pub(super) fn lock(dir: &Path) -> Result<DirectoryLock, EngineError> {
    fs::create_dir_all(dir)?;
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(dir.join("lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(DirectoryLock { _file: file }),
        Err(TryLockError::WouldBlock) => Err(EngineError::Locked),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Opens the index, or creates an empty one when there is none of this version.
pub(super) fn open(dir: &Path, fields: &Fields) -> Result<Index, EngineError> {
    let path = dir.join(subdirectory());
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if entry.file_type()?.is_dir() && is_version(&name) && name != subdirectory() {
            tracing::warn!(found = %name, expected = subdirectory(), "search index of another version is emptied");
            fs::remove_dir_all(entry.path())?;
        }
    }
    fs::create_dir_all(&path)?;
    let directory = MmapDirectory::open(&path).map_err(tantivy::TantivyError::from)?;
    // Fails when the fields of an existing index are others.
    let index = Index::open_or_create(directory, fields.schema.clone())?;
    Fields::register_tokenizer(&index);
    Ok(index)
}

/// Deletes the index, of whatever version.
pub(super) fn empty(dir: &Path) -> io::Result<()> {
    match fs::remove_dir_all(dir.join(subdirectory())) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The text that is committed with everything up to `through`.
pub(super) fn payload(through: Sequence) -> Result<String, EngineError> {
    Ok(serde_json::to_string(&Payload {
        format: FORMAT_VERSION,
        record: stored::VERSION,
        through,
    })?)
}

/// What is durable, read from the disk.
pub(super) fn committed(index: &Index) -> Result<Sequence, EngineError> {
    let Some(text) = index.load_metas()?.payload else {
        return Ok(Sequence(0));
    };
    let payload: Payload = serde_json::from_str(&text).map_err(|_| EngineError::Damaged("commit payload".to_owned()))?;
    if (payload.format, payload.record) != (FORMAT_VERSION, stored::VERSION) {
        return Err(EngineError::Damaged("commit of another version".to_owned()));
    }
    Ok(payload.through)
}

/// Whether an error says that the index is unusable, and not that the machine refuses to read it just now.
pub(super) fn is_damage(error: &EngineError) -> bool {
    let by_contents = |error: &io::Error| {
        matches!(
            error.kind(),
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof | io::ErrorKind::NotFound
        )
    };
    match error {
        EngineError::Damaged(_) | EngineError::Stored(_) => true,
        EngineError::Index(error) => match error {
            tantivy::TantivyError::IoError(error) => by_contents(error),
            tantivy::TantivyError::OpenReadError(OpenReadError::IoError { io_error, .. }) => by_contents(io_error),
            tantivy::TantivyError::OpenDirectoryError(_)
            | tantivy::TantivyError::OpenWriteError(_)
            | tantivy::TantivyError::LockFailure(..)
            | tantivy::TantivyError::SystemError(_) => false,
            _ => true,
        },
        EngineError::Io(_) | EngineError::Locked | EngineError::Encode(_) => false,
    }
}

/// The name of the directory within the index's own.
pub(super) fn subdirectory() -> String {
    format!("v{FORMAT_VERSION}")
}

fn is_version(name: &str) -> bool {
    name.strip_prefix('v')
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}
