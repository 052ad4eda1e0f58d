//! The secret keys of a data directory: one file each, in a folder that is not part of a backup.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use super::LifecycleError;
use crate::config::Config;

/// The secret keys of a data directory, 32 bytes each.
pub(super) struct Keys {
    pub(super) sellers: [u8; 32],
    pub(super) identities: [u8; 32],
}

impl Keys {
    /// Reads them. They are made only as long as there is no database: beside one, a missing key is a folder that was not mounted
    /// or not restored, and a new key would silently be the wrong one. To be called before the database is made.
    pub(super) fn open(config: &Config) -> Result<Self, LifecycleError> {
        let database = config.database();
        let is_new = !database
            .try_exists()
            .map_err(|source| LifecycleError::Data { path: database, source })?;
        let folder = config.keys();
        Ok(Self {
            sellers: key(&folder, "sellers", is_new)?,
            identities: key(&folder, "identities", is_new)?,
        })
    }
}

/// Reads a key's file, or makes it when `is_new`.
fn key(folder: &Path, name: &str, is_new: bool) -> Result<[u8; 32], LifecycleError> {
    let path = folder.join(name);
    match fs::read(&path) {
        Ok(bytes) => bytes.try_into().map_err(|_| LifecycleError::Key { path }),
        Err(error) if error.kind() == io::ErrorKind::NotFound && is_new => {
            make_key(folder, name).map_err(|source| LifecycleError::Data { path, source })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(LifecycleError::KeyMissing { path }),
        Err(source) => Err(LifecycleError::Data { path, source }),
    }
}

/// Makes a key under another name and moves it into place once it is on the disk: what it seals must never outlive it, and a
/// crash leaves no half of it.
fn make_key(folder: &Path, name: &str) -> io::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let unfinished = folder.join(format!("{name}.unfinished"));
    let mut file = File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&unfinished)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, folder.join(name))?;
    let above = folder.parent().unwrap_or(folder);
    [folder, above].iter().try_for_each(|folder| File::open(folder)?.sync_all())?;
    Ok(bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_made_before_the_database_and_never_beside_it() {
        let data = tempfile::tempdir().unwrap();
        let config = Config {
            data: data.path().to_owned(),
            ..Config::default()
        };
        let made = Keys::open(&config).unwrap();
        assert_ne!(made.sellers, made.identities);
        // Broken off before the database was there: the same keys again.
        assert_eq!(Keys::open(&config).unwrap().sellers, made.sellers);
        File::create(config.database()).unwrap();
        assert_eq!(Keys::open(&config).unwrap().identities, made.identities);
        let elsewhere = data.path().join("elsewhere");
        fs::rename(config.keys().join("sellers"), &elsewhere).unwrap();
        let missing = Keys::open(&config).err().unwrap();
        assert!(
            matches!(&missing, LifecycleError::KeyMissing { path } if path.ends_with("keys/sellers")),
            "{missing}"
        );
        assert!(
            !config.keys().join("sellers").exists(),
            "a new key was made beside the database"
        );
        fs::rename(elsewhere, config.keys().join("sellers")).unwrap();
        assert_eq!(Keys::open(&config).unwrap().sellers, made.sellers);
        fs::write(config.keys().join("sellers"), [1; 31]).unwrap();
        assert!(matches!(Keys::open(&config), Err(LifecycleError::Key { .. })));
        let names = fs::read_dir(config.keys()).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(names.count(), 2);
    }
}
