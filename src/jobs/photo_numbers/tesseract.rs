//! Debian's `tesseract` as a child process that is let do nothing but read one picture.
//!
//! Owns the bounds: no shell, an empty environment but for what it needs, the picture through a pipe, output cut off, time on the
//! wall, and, where Debian's `prlimit` is there, memory, processor time and files. What runs over them, or when the caller
//! says stop, is killed.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use replevin_index::image::decode::GrayImage;

/// Most bytes that one reading may say.
const OUTPUT_BYTES_MAX: u64 = 1 << 20;
/// Most memory of the child, bytes.
const MEMORY_BYTES_MAX: u64 = 1 << 30;
/// Between two looks at the child.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// Most time for the program to say its version.
const VERSION_TIME_MAX: Duration = Duration::from_secs(10);
/// Where programs are looked for: not in `PATH`, which may name what others can write.
const FOLDERS: [&str; 3] = ["/usr/bin", "/usr/local/bin", "/bin"];

/// Why nothing was read.
#[derive(Debug, thiserror::Error)]
pub enum TesseractError {
    /// It could not be run, or spoken with.
    #[error("tesseract cannot be run")]
    Run(#[source] io::Error),
    /// It ended with a failure.
    #[error("tesseract ended with {status}: {said}")]
    Failed {
        /// How it ended.
        status: String,
        /// The end of what it said.
        said: String,
    },
    /// It ran over its time.
    #[error("tesseract took longer than {0:?}")]
    Late(Duration),
    /// The caller said stop.
    #[error("tesseract was stopped")]
    Stopped,
    /// It said more than allowed.
    #[error("tesseract said more than {0} bytes")]
    TooMuch(u64),
}

/// The program, found once.
#[derive(Debug, Clone)]
pub struct Tesseract {
    program: PathBuf,
    limiter: Option<PathBuf>,
    time_max: Duration,
    version: String,
}

impl Tesseract {
    /// Where Debian has it, if it is installed.
    #[must_use]
    pub fn installed() -> Option<PathBuf> {
        found("tesseract")
    }

    /// The program at a path, once it has said its version. One reading may take `time_max`.
    ///
    /// # Errors
    /// When it cannot be run or does not answer.
    pub fn at(program: &Path, time_max: Duration) -> Result<Self, TesseractError> {
        let mut this = Self {
            program: program.to_owned(),
            limiter: found("prlimit"),
            time_max: VERSION_TIME_MAX,
            version: String::new(),
        };
        let said = this.run(&["--version".into()], Vec::new(), &|| true)?;
        said.lines().next().unwrap_or_default().trim().clone_into(&mut this.version);
        this.time_max = time_max;
        Ok(this)
    }

    /// What it calls itself.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Whether memory and processor time of the child are bounded.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        self.limiter.is_some()
    }

    /// Reads sparse text anywhere in a picture, as tesseract's TSV. `more` is asked all the while.
    ///
    /// # Errors
    /// When it fails, runs over its bounds, or `more` says no.
    pub fn read(&self, picture: &GrayImage, more: &dyn Fn() -> bool) -> Result<String, TesseractError> {
        let mut bytes = format!("P5\n{} {}\n255\n", picture.width(), picture.height()).into_bytes();
        bytes.extend_from_slice(picture.as_raw());
        let arguments = ["stdin", "stdout", "--dpi", "200", "--psm", "11", "-l", "eng", "tsv"];
        self.run(&arguments.map(OsString::from), bytes, more)
    }

    /// The child's command line. `prlimit` becomes the program, so that killing the child kills it.
    fn command(&self, arguments: &[OsString]) -> Command {
        let mut command = match &self.limiter {
            Some(limiter) => {
                let mut command = Command::new(limiter);
                let seconds = self.time_max.as_secs().max(1);
                command.args([
                    format!("--as={MEMORY_BYTES_MAX}"),
                    format!("--cpu={seconds}"),
                    "--core=0".to_owned(),
                    "--fsize=0".to_owned(),
                    "--nofile=64".to_owned(),
                    "--".to_owned(),
                ]);
                command.arg(&self.program);
                command
            }
            None => Command::new(&self.program),
        };
        command.args(arguments).current_dir("/").env_clear();
        // One thread: the service has other work for the rest of the machine.
        command.env("OMP_THREAD_LIMIT", "1").env("LC_ALL", "C");
        if let Some(models) = std::env::var_os("TESSDATA_PREFIX") {
            command.env("TESSDATA_PREFIX", models);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, arguments: &[OsString], input: Vec<u8>, more: &dyn Fn() -> bool) -> Result<String, TesseractError> {
        let mut child = Running(self.command(arguments).spawn().map_err(TesseractError::Run)?);
        let (stdin, stdout, stderr) = (child.0.stdin.take(), child.0.stdout.take(), child.0.stderr.take());
        // Each pipe has a thread of its own, so that none can stand still on another. They end with the pipe; they are not waited
        // for when the child was killed, because what it started itself may still hold its ends.
        let write = thread::spawn(move || {
            // A child that stops reading says why on its own.
            if let Some(mut stdin) = stdin {
                stdin.write_all(&input).ok();
            }
        });
        let (output, said) = (collected(stdout), collected(stderr));
        let status = child.ended(self.time_max, more, || output.is_finished() && said.is_finished())?;
        write.join().ok();
        let (output, said) = (output.join().unwrap_or_default(), said.join().unwrap_or_default());
        if output.len() as u64 > OUTPUT_BYTES_MAX {
            return Err(TesseractError::TooMuch(OUTPUT_BYTES_MAX));
        }
        if !status.success() {
            let said = String::from_utf8_lossy(&said);
            let end = said.trim().lines().last().unwrap_or_default();
            return Err(TesseractError::Failed {
                status: status.to_string(),
                said: end.chars().take(200).collect(),
            });
        }
        Ok(String::from_utf8_lossy(&output).into_owned())
    }
}

/// A child that does not outlive its handle.
struct Running(Child);

impl Running {
    /// How it ended, once its output is read as well.
    fn ended(
        &mut self,
        time_max: Duration,
        more: &dyn Fn() -> bool,
        is_read: impl Fn() -> bool,
    ) -> Result<std::process::ExitStatus, TesseractError> {
        let started = Instant::now();
        loop {
            if let Some(status) = self.0.try_wait().map_err(TesseractError::Run)?
                && is_read()
            {
                return Ok(status);
            }
            if !more() {
                return Err(TesseractError::Stopped);
            }
            if started.elapsed() > time_max {
                return Err(TesseractError::Late(time_max));
            }
            thread::sleep(LOOK_EVERY);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended cannot be killed, which is as good.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Reads a pipe to its end, or to one byte more than allowed; closing it then ends a child that goes on.
fn collected(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(pipe) = pipe {
            pipe.take(OUTPUT_BYTES_MAX + 1).read_to_end(&mut bytes).ok();
        }
        bytes
    })
}

fn found(name: &str) -> Option<PathBuf> {
    let mut places = FOLDERS.iter().map(|folder| Path::new(folder).join(name));
    places.find(|place| place.is_file())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::cell::Cell;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A program that answers to `--version`, and does something else when it is to read.
    fn pretended(folder: &Path, reading: &str) -> Tesseract {
        let program = folder.join("tesseract");
        fs::write(
            &program,
            format!("#!/bin/sh\nif [ \"$1\" = --version ]; then echo pretended 1; exit 0; fi\n{reading}\n"),
        )
        .unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
        Tesseract::at(&program, Duration::from_secs(20)).unwrap()
    }

    fn picture() -> GrayImage {
        GrayImage::new(2000, 1000)
    }

    #[test]
    fn what_hangs_is_killed() {
        let folder = tempfile::tempdir().unwrap();
        let mut program = pretended(folder.path(), "exec sleep 600");
        program.time_max = Duration::from_millis(300);
        let started = Instant::now();
        let read = program.read(&picture(), &|| true);
        assert!(matches!(read, Err(TesseractError::Late(_))), "{read:?}");
        assert!(started.elapsed() < Duration::from_secs(60), "it was waited for");
    }

    #[test]
    fn what_the_caller_stops_is_killed() {
        let folder = tempfile::tempdir().unwrap();
        let program = pretended(folder.path(), "cat > /dev/null; exec sleep 600");
        let asked = Cell::new(0);
        let more = || {
            asked.set(asked.get() + 1);
            asked.get() < 5
        };
        let read = program.read(&picture(), &more);
        assert!(matches!(read, Err(TesseractError::Stopped)), "{read:?}");
    }

    #[test]
    fn what_never_ends_speaking_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let program = pretended(
            folder.path(),
            "while :; do echo 0123456789012345678901234567890123456789; done",
        );
        let read = program.read(&picture(), &|| true);
        assert!(
            matches!(read, Err(TesseractError::TooMuch(_) | TesseractError::Failed { .. })),
            "{read:?}"
        );
    }

    #[test]
    fn a_failure_is_told_with_its_last_line() {
        let folder = tempfile::tempdir().unwrap();
        let program = pretended(folder.path(), "echo first >&2; echo no such language >&2; exit 3");
        let said = program.read(&picture(), &|| true).unwrap_err().to_string();
        assert!(said.contains("no such language") && said.contains('3'), "{said}");
    }

    #[test]
    fn the_child_sees_nothing_of_the_service_s_surroundings() {
        let folder = tempfile::tempdir().unwrap();
        let program = pretended(folder.path(), "cat > /dev/null; /usr/bin/env; pwd");
        let said = program.read(&picture(), &|| true).unwrap();
        assert!(said.contains("OMP_THREAD_LIMIT=1"), "{said}");
        assert!(!said.contains("HOME=") && !said.contains("CARGO"), "{said}");
    }

    #[test]
    fn a_program_that_is_not_there_is_an_error() {
        let missing = Tesseract::at(Path::new("/nowhere/tesseract"), Duration::from_secs(1));
        assert!(missing.is_err());
    }
}
