//! The real program on a temporary data directory, and a client for each role.
//!
//! Owns starting, killing, restarting and watching the process. People, partners and letters are entered before the first start
//! (`people`); requests are `client`'s, records and pictures `samples`'.

pub mod client;
pub mod described;
pub mod page_routes;
pub mod people;
pub mod receiver;
pub mod samples;
pub mod session;
pub mod simulator;
pub mod things;
pub mod walk;

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub use client::{Answer, Client};
pub use people::People;

/// How long to wait for what must come before a test gives up. Generous: it decides between works and hangs, never how fast.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// The running program, and what it runs on.
pub struct TestApp {
    /// Who can speak to it.
    pub people: People,
    folder: tempfile::TempDir,
    data: PathBuf,
    process: Option<Child>,
    address: SocketAddr,
}

impl TestApp {
    /// Starts the program on fresh data; it draws nothing by chance.
    pub async fn start() -> Self {
        Self::start_with("[matching]\nblind_review_share = 0.0").await
    }

    /// The same with lines of configuration.
    pub async fn start_with(settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        std::fs::DirBuilder::new().mode(0o700).create(&data).unwrap();
        let people = people::enter(&data).await;
        let mut app = Self {
            people,
            folder,
            data,
            process: None,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        app.configure(settings);
        app.restart();
        app
    }

    /// Other lines of configuration from the next start on.
    pub fn configure(&self, settings: &str) {
        // Reading labels takes a second a photo: a test that is about it says so.
        let photos = if settings.contains("[photos]") {
            ""
        } else {
            "[photos]\ntesseract = \"off\"\n"
        };
        let config = format!("log = \"info\"\ndata = {:?}\n{settings}\n{photos}", self.data);
        std::fs::write(self.folder.path().join("replevin.toml"), config).unwrap();
    }

    /// A place for a file of the test's own.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A second program with the same people on another data directory, which the caller keeps.
    pub async fn elsewhere(&self, data: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("replevin.toml"),
            format!("log = \"info\"\ndata = {data:?}\n[photos]\ntesseract = \"off\"\n"),
        )
        .unwrap();
        let mut app = Self {
            people: self.people.clone(),
            folder,
            data: data.to_owned(),
            process: None,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        app.restart();
        app.settle().await;
        app
    }

    /// Starts the program again after [`TestApp::kill`] or [`TestApp::stop`].
    pub fn restart(&mut self) {
        assert!(self.process.is_none(), "the program runs already");
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.log_path())
            .unwrap();
        let mut process = self
            .command("serve")
            .args(["--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let address = first
            .trim()
            .strip_prefix("listening on http://")
            .and_then(|address| address.parse().ok());
        self.process = Some(process);
        match address {
            Some(address) => self.address = address,
            None => {
                self.process.take().unwrap().wait().unwrap();
                panic!("the program did not say where it listens: {first:?}\n{}", self.log());
            }
        }
    }

    /// Ends the program at this instant, as a power cut of the process would.
    pub fn kill(&mut self) {
        let mut process = self.process.take().unwrap();
        assert!(
            process.try_wait().unwrap().is_none(),
            "the program died by itself:\n{}",
            self.log()
        );
        process.kill().unwrap();
        process.wait().unwrap();
    }

    /// Asks the program to end and waits until it has ended well.
    pub fn stop(&mut self) {
        let mut process = self.process.take().unwrap();
        assert!(
            process.try_wait().unwrap().is_none(),
            "the program died by itself:\n{}",
            self.log()
        );
        let asked = Command::new("sh")
            .args(["-c", &format!("kill -TERM {}", process.id())])
            .status()
            .unwrap();
        assert!(asked.success());
        let until = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = process.try_wait().unwrap() {
                break status;
            }
            if Instant::now() > until {
                process.kill().unwrap();
                process.wait().unwrap();
                panic!("the program did not stop when asked:\n{}", self.log());
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        assert!(status.success(), "the program ended with {status}:\n{}", self.log());
    }

    /// The program with this test's configuration, for other commands than `serve`.
    pub fn command(&self, name: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_replevin"));
        command
            .args(name.split(' '))
            .arg("--config")
            .arg(self.folder.path().join("replevin.toml"));
        command
            .env_remove("REPLEVIN_CONFIG")
            .env_remove("REPLEVIN_DATA")
            .env_remove("REPLEVIN_LOG");
        command
    }

    /// A client that sends no token.
    pub fn anonymous(&self) -> Client {
        Client::new(self.address, None)
    }

    /// A client with this token.
    pub fn with(&self, token: &str) -> Client {
        Client::new(self.address, Some(token))
    }

    /// Where the program listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.data.clone()
    }

    /// Waits until everything that was sent is in the index and compared, and no effect is left to be done.
    pub async fn settle(&self) {
        let until = Instant::now() + PATIENCE;
        loop {
            let figures = self.figures().await;
            let last = figures.value("replevin_sequence");
            let is_compared = figures.value("replevin_matching_cursor") == last
                && figures.value("replevin_numbers_cursor") == last
                && figures.value("replevin_index_checkpoint") == last;
            let is_read = figures.value("replevin_photos_to_read{way=\"barcode\"}") == 0;
            if is_compared && is_read && figures.value("replevin_rows{table=\"outbox\"}") == 0 {
                return;
            }
            assert!(
                Instant::now() < until,
                "the jobs do not catch up:\n{}\n{}",
                figures.0,
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }

    /// Waits until the jobs have left nothing over, as the database says; what they left over when they do not come to an end.
    fn left_over(&self) -> Option<String> {
        let until = Instant::now() + PATIENCE;
        loop {
            let database = self.database();
            let count = |sql| database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
            let uncompared = count(
                "SELECT coalesce((SELECT max(seq) FROM changes), 0) - coalesce((SELECT seq FROM cursors WHERE name = 'matching'), 0)",
            );
            let effects = count("SELECT count(*) FROM outbox");
            if (uncompared, effects) == (0, 0) {
                return None;
            }
            if Instant::now() > until {
                return Some(format!("{uncompared} changes are not compared, {effects} effects not done"));
            }
            std::thread::sleep(Duration::from_millis(25));
        }
    }

    /// What `/metrics` says.
    pub async fn figures(&self) -> Figures {
        Figures(self.anonymous().get("/metrics").await.expect(200).text())
    }

    /// The largest memory that the process has held, KiB.
    pub fn memory_peak_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.as_ref().unwrap().id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// The end of what the program logged.
    pub fn log(&self) -> String {
        let log = std::fs::read_to_string(self.log_path()).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }

    /// Everything that the program logged.
    pub fn whole_log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// A database connection that only reads, beside the program's own.
    pub fn database(&self) -> rusqlite::Connection {
        open_to_read(&self.data().join("replevin.sqlite"))
    }
}

fn open_to_read(path: &Path) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    connection.busy_timeout(Duration::from_secs(10)).unwrap();
    connection
}

impl Drop for TestApp {
    /// Every test ends with the program stopping well once its jobs have left nothing over. A test that ends with the program
    /// killed or stopped is asked nothing.
    fn drop(&mut self) {
        if self.process.is_none() {
            return;
        }
        if std::thread::panicking() {
            let mut process = self.process.take().unwrap();
            let _ = process.kill();
            let _ = process.wait();
            eprintln!("the program's log ends with:\n{}", self.log());
        } else {
            let left_over = self.left_over();
            self.stop();
            assert!(left_over.is_none(), "jobs are left over: {left_over:?}\n{}", self.log());
            let log = self.whole_log();
            let panics: Vec<_> = log.lines().filter(|line| line.contains("panicked")).collect();
            assert!(panics.is_empty(), "the program panicked: {panics:?}");
        }
    }
}

/// Prometheus text.
pub struct Figures(pub String);

impl Figures {
    /// A figure by its name with labels.
    pub fn value(&self, name: &str) -> u64 {
        let line = self.0.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no figure {name} in\n{}", self.0))
            .trim()
            .parse()
            .unwrap()
    }
}
