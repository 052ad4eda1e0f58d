//! Digests by mail, by the real program to a real SMTP server: Debian's aiosmtpd, which keeps what it takes in a folder.
//!
//! Where it is not installed the tests say so and try nothing, unless `CI` is set: `scripts/setup test` installs it.

use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::samples::frame_number;
use crate::support::{PATIENCE, TestApp};

/// A running mail server; ends when dropped.
struct MailServer {
    child: Child,
    folder: tempfile::TempDir,
    port: u16,
}

impl MailServer {
    /// Starts one, with STARTTLS when `certified`. None where there is none to start.
    fn start(certified: bool) -> Option<Self> {
        let python = "/usr/bin/python3";
        let known = Command::new(python)
            .args(["-c", "import aiosmtpd"])
            .stderr(Stdio::null())
            .status();
        if !known.is_ok_and(|status| status.success()) {
            assert!(
                std::env::var_os("CI").is_none(),
                "aiosmtpd is not installed: run scripts/setup test"
            );
            eprintln!("aiosmtpd (Debian: python3-aiosmtpd) is not installed: mail is not tried");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(python);
        command.args(["-m", "aiosmtpd", "-n", "-l", &format!("127.0.0.1:{port}")]);
        if certified {
            let (certificate, key) = certificate(folder.path());
            command.arg("--tlscert").arg(certificate).arg("--tlskey").arg(key);
        }
        let child = command
            .args(["-c", "aiosmtpd.handlers.Mailbox"])
            .arg(folder.path().join("taken"))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { child, folder, port };
        let until = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < until, "the mail server does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(server)
    }

    /// Lines of configuration under which the program mails here.
    fn settings(&self, more: &str) -> String {
        format!(
            "[mail]\nhost = \"localhost\"\nport = {}\nfrom = \"Replevin <replevin@police.example>\"\n{more}\n",
            self.port
        )
    }

    /// The mails that were taken.
    fn taken(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.folder.path().join("taken/new")) else {
            return Vec::new();
        };
        entries
            .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
            .collect()
    }

    async fn wait_for(&self, count: usize) -> Vec<String> {
        let until = Instant::now() + PATIENCE;
        loop {
            let taken = self.taken();
            if taken.len() >= count {
                return taken;
            }
            assert!(Instant::now() < until, "{} of {count} mails came", taken.len());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A certificate of `localhost` that vouches for itself, and its key.
fn certificate(folder: &std::path::Path) -> (PathBuf, PathBuf) {
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
        ])
        .args([
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .stderr(Stdio::null())
        .status();
    assert!(made.is_ok_and(|status| status.success()), "openssl made no certificate");
    (certificate, key)
}

#[tokio::test]
async fn what_waits_is_mailed_in_numbers_alone() {
    let Some(server) = MailServer::start(false) else { return };
    // The hour has come whenever this runs.
    let mut app = TestApp::start_with(&server.settings("tls = \"none\"\ndigest_hour = 0")).await;
    app.open_cases(2).await;
    let officer = app.sign_in("officer").await;
    let page = officer.get("/digest").await.expect(200).text();
    assert!(page.contains("2 open reports") && !page.contains("no mail server"), "{page}");
    officer.send("/digest", &[("digest", "hourly")]).await.expect(422);
    officer.send("/digest", &[("digest", "urgent")]).await.expect(303);
    // A listing whose sale ends soon is urgent.
    let number = frame_number(7);
    app.stolen(&crate::support::samples::owned_bicycle(&number)).await;
    let mut listing = crate::support::samples::bicycle("L-7", &number);
    listing["ends_at"] = json!((chrono::Utc::now() + chrono::TimeDelta::hours(5)).to_rfc3339());
    app.push(&[listing]).await;
    app.settle().await;
    // The desk is looked at each minute, and when the program starts.
    app.stop();
    app.restart();
    let mail = server.wait_for(1).await.remove(0);
    for said in [
        "From: Replevin <replevin@police.example>",
        "To: officer@replevin.example",
        "Subject: Replevin: 1 thing urgent",
        "1 undecided report whose sale ends within a day",
        "/queue",
    ] {
        assert!(mail.contains(said), "{said:?} is not said in {mail}");
    }
    for secret in [number.as_str(), "Kildemoes", "Test officer", "L-7", "4100-"] {
        assert!(!mail.contains(secret), "{secret:?} is said in {mail}");
    }
    app.settle().await;
    let administrator = app.sign_in("admin").await;
    let shown = administrator.get("/sent").await.expect(200).text();
    assert!(shown.contains("a mailbox") && shown.contains("250, taken"), "{shown}");
}

#[tokio::test]
async fn mail_is_encrypted_and_waits_for_a_server_that_is_away() {
    let Some(server) = MailServer::start(true) else { return };
    let authorities = server.folder.path().join("certificate.pem");
    let mut app = TestApp::start_with(&server.settings("digest_hour = 0")).await;
    let request = {
        let report = app.open_cases(1).await[0].report.clone();
        app.decide(&report, "confirmed").await;
        let partner = app.sign_in("partner").await;
        partner.send("/digest", &[("digest", "urgent")]).await.expect(303);
        let request = app.ask(&report).await;
        app.approve(&request).await;
        request
    };
    // Nobody vouches for the server's certificate: it is told nothing, and the mail waits.
    app.stop();
    app.restart();
    let partner = app.partner();
    let until = Instant::now() + PATIENCE;
    let message = loop {
        let answer = partner.get("/api/v1/messages").await.expect(200).json();
        if answer["messages"][0]["tries"][0].is_object() {
            break answer["messages"][0].clone();
        }
        assert!(Instant::now() < until, "{answer}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert_eq!(
        (&message["state"], &message["tries"][0]["outcome"]),
        (&json!("waiting"), &json!("the mail server could not be reached"))
    );
    assert_eq!(server.taken(), [""; 0]);
    app.stop();
    app.configure(&server.settings(&format!("authorities = {authorities:?}\ndigest_hour = 0")));
    app.restart();
    let mail = server.wait_for(1).await.remove(0);
    assert!(
        mail.contains("1 request of the police to answer") && !mail.contains(&request),
        "{mail}"
    );
    assert!(mail.contains("Message-ID: <msg_"), "{mail}");
    app.settle().await;
}
