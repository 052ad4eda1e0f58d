//! The demo's data directory: fresh and temporary, or one that stays and can be opened again.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

use super::load::Loaded;
use crate::cli::Usage;
use crate::cli::output::Unfinished;

/// The note that makes a data directory a demo's own.
const NOTE: &str = "demo.json";

/// Where a demo lives.
pub(super) struct Home {
    path: PathBuf,
    temporary: bool,
    /// What was loaded into it before.
    pub(super) loaded: Option<Note>,
}

/// What is remembered of a loaded demo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Note {
    /// The sample's seed.
    pub(super) seed: u64,
    /// What loading gave.
    #[serde(flatten)]
    pub(super) loaded: Loaded,
}

impl Home {
    /// In `data`, which must be missing, empty or a demo's; or in a new folder for temporary files, which is removed at the end.
    pub(super) fn open(data: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = data else {
            let path = std::env::temp_dir().join(format!("replevin-demo-{}", uuid::Uuid::now_v7()));
            fs::DirBuilder::new()
                .mode(0o700)
                .create(&path)
                .with_context(|| format!("cannot make {}", path.display()))?;
            return Ok(Self {
                path,
                temporary: true,
                loaded: None,
            });
        };
        let home = |loaded| Self {
            path: path.to_owned(),
            temporary: false,
            loaded,
        };
        match fs::read_to_string(path.join(NOTE)) {
            Ok(text) => return Ok(home(Some(serde_json::from_str(&text).context("the demo's note is damaged")?))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        }
        let empty = match fs::read_dir(path) {
            Ok(mut found) => found.next().is_none(),
            Err(error) => error.kind() == std::io::ErrorKind::NotFound,
        };
        if !empty {
            bail!(Usage(format!(
                "{} holds something else, or a demo whose loading was broken off: name an empty or a new folder",
                path.display()
            )));
        }
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .with_context(|| format!("cannot make {}", path.display()))?;
        Ok(home(None))
    }

    /// The data directory.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is removed at the end.
    pub(super) fn is_temporary(&self) -> bool {
        self.temporary
    }

    /// Notes that the sample is loaded whole.
    pub(super) fn remember(&self, note: &Note) -> anyhow::Result<()> {
        let path = self.path.join(NOTE);
        let unfinished = Unfinished::beside(&path)?;
        let file = fs::File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(unfinished.path())?;
        serde_json::to_writer(&file, note)?;
        file.sync_all()?;
        unfinished.rename(&path)?;
        Ok(())
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if self.temporary
            && let Err(error) = fs::remove_dir_all(&self.path)
        {
            tracing::warn!(%error, path = %self.path.display(), "the demo's temporary data stays");
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn only_an_empty_folder_or_a_demo_is_used() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("demo");
        let note = Note {
            seed: 1,
            loaded: Loaded {
                items: BTreeMap::from([("a".to_owned(), "i-001".to_owned())]),
                refused: Vec::new(),
                times: None,
                partner_token: Some(("nordlys".to_owned(), "secret".to_owned())),
                sandbox_token: None,
            },
        };
        let earlier: Note = serde_json::from_str(r#"{"seed":1,"items":{"a":"i-001"}}"#).unwrap();
        assert_eq!(earlier.loaded.items, note.loaded.items);
        let home = Home::open(Some(&path)).unwrap();
        assert!(home.loaded.is_none());
        home.remember(&note).unwrap();
        drop(home);
        assert_eq!(Home::open(Some(&path)).unwrap().loaded, Some(note));
        let other = folder.path().join("other");
        fs::create_dir(&other).unwrap();
        fs::write(other.join("replevin.sqlite"), "").unwrap();
        assert!(Home::open(Some(&other)).err().unwrap().is::<Usage>());
    }

    #[test]
    fn temporary_data_goes_with_the_demo() {
        let home = Home::open(None).unwrap();
        let path = home.path().to_owned();
        fs::write(path.join("file"), "x").unwrap();
        drop(home);
        assert!(!path.exists());
    }
}
