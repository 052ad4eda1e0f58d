//! What commands print and write: standard output whose reader may leave, and files that are whole or absent.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Serialize;

/// Prints one line. A reader that has left (`… | head`) is an error of kind `BrokenPipe`, which ends the command quietly.
pub(super) fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{line}")
}

/// Prints one JSON line.
pub(super) fn say_json(value: &impl Serialize) -> anyhow::Result<()> {
    say(&serde_json::to_string(value)?)?;
    Ok(())
}

/// Prints a table: columns as wide as their widest cell, the last one ragged.
pub(super) fn say_table<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> io::Result<()> {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or(0).max(head[column].chars().count())
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let line = |cells: [&str; N]| {
        let padded: Vec<String> = cells
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        padded.join("  ").trim_end().to_owned()
    };
    say(&line(head))?;
    for row in rows {
        say(&line(std::array::from_fn(|column| row[column].as_str())))?;
    }
    Ok(())
}

/// Where a command's data goes: standard output, or a file that appears under its name only when it is complete.
pub(super) enum Output {
    /// Standard output.
    Standard(BufWriter<io::Stdout>),
    /// A file, under another name until [`Output::finish`]; private, since it may hold what the log or the register holds.
    File {
        /// The open file.
        file: BufWriter<File>,
        /// What removes it when it is not finished.
        unfinished: Unfinished,
        /// Its final name.
        path: PathBuf,
    },
}

impl Output {
    /// To `path`, or to standard output. An existing file is replaced at the end.
    pub(super) fn to(path: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = path else {
            return Ok(Self::Standard(BufWriter::new(io::stdout())));
        };
        let unfinished = Unfinished::beside(path)?;
        let file = File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(unfinished.path())
            .with_context(|| format!("cannot write {}", unfinished.path().display()))?;
        Ok(Self::File {
            file: BufWriter::new(file),
            unfinished,
            path: path.to_owned(),
        })
    }

    /// Writes one JSON line.
    pub(super) fn line(&mut self, value: &impl Serialize) -> anyhow::Result<()> {
        let line = serde_json::to_string(value)?;
        match self {
            Self::Standard(out) => writeln!(out, "{line}")?,
            Self::File { file, .. } => writeln!(file, "{line}")?,
        }
        Ok(())
    }

    /// Writes text as it is.
    pub(super) fn text(&mut self, text: &str) -> anyhow::Result<()> {
        match self {
            Self::Standard(out) => out.write_all(text.as_bytes())?,
            Self::File { file, .. } => file.write_all(text.as_bytes())?,
        }
        Ok(())
    }

    /// Makes what was written durable and gives it its name.
    pub(super) fn finish(self) -> anyhow::Result<()> {
        match self {
            Self::Standard(mut out) => out.flush()?,
            Self::File { file, unfinished, path } => {
                file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
                unfinished.rename(&path)?;
            }
        }
        Ok(())
    }
}

/// A file or folder under construction; removed when it is dropped before it got its name.
pub(super) struct Unfinished {
    path: Option<PathBuf>,
}

impl Unfinished {
    /// A name beside `target` that says what it is. Whatever an earlier, killed command left there is removed.
    pub(super) fn beside(target: &Path) -> anyhow::Result<Self> {
        let mut name = target.file_name().context("a file name is missing")?.to_owned();
        name.push(".unfinished");
        Self::at(target.with_file_name(name))
    }

    /// At `path`, which is this program's own; whatever an earlier, killed command left there is removed.
    pub(super) fn at(path: PathBuf) -> anyhow::Result<Self> {
        remove(&path).with_context(|| format!("cannot remove the remains in {}", path.display()))?;
        Ok(Self { path: Some(path) })
    }

    /// Where it lies until it is finished.
    pub(super) fn path(&self) -> &Path {
        self.path.as_deref().unwrap_or(Path::new(""))
    }

    /// Gives it its name, durably.
    pub(super) fn rename(mut self, target: &Path) -> io::Result<()> {
        fs::rename(self.path(), target)?;
        self.path = None;
        match target.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            Some(folder) => File::open(folder)?.sync_all(),
            None => File::open(".")?.sync_all(),
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Best effort: what stays says by its name that it is not whole, and the next attempt removes it.
        if let Some(path) = self.path.take() {
            remove(&path).ok();
        }
    }
}

fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_only_when_it_is_finished() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.ndjson");
        fs::write(&path, "before").unwrap();
        let mut output = Output::to(Some(&path)).unwrap();
        output.line(&1).unwrap();
        drop(output);
        assert_eq!(fs::read_to_string(&path).unwrap(), "before");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "an unfinished file stayed");

        fs::write(folder.path().join("out.ndjson.unfinished"), "remains of a killed command").unwrap();
        let mut output = Output::to(Some(&path)).unwrap();
        output.line(&[1, 2]).unwrap();
        output.finish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "[1,2]\n");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
