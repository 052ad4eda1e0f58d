//! A partner's server: the program's own simulator, and feeds that are fetched from it.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use reqwest::Method;
use serde_json::{Value, json};

use super::people::PARTNER;
use super::{Answer, PATIENCE, TestApp};

/// A running simulator; ends when dropped.
pub struct Simulator {
    child: Child,
    /// Host and port.
    pub address: String,
}

impl Simulator {
    pub fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_replevin"))
            .arg("simulate-partner")
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.split('/').nth(2).unwrap().to_owned();
        Self { child, address }
    }
}

impl Simulator {
    /// What was asked of it, as it counts.
    pub fn requests(&self) -> String {
        let mut stream = std::net::TcpStream::connect(&self.address).unwrap();
        let request = format!("GET /requests HTTP/1.0\r\nhost: {}\r\n\r\n", self.address);
        stream.write_all(request.as_bytes()).unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).unwrap();
        said
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Says where a feed is fetched, and waits for its first run.
pub async fn first_run(app: &TestApp, simulator: &Simulator, format: &str, file: &str) -> Value {
    first_run_of("lots", app, simulator, (format, file)).await
}

/// The same, by the feed's name.
pub async fn first_run_of(name: &str, app: &TestApp, simulator: &Simulator, (format, file): (&str, &str)) -> Value {
    set(app, name, &pulled(simulator, format, file)).await.expect(200);
    run_of(app, name, 1).await
}

/// Settings of a feed that is fetched from the simulator.
pub fn pulled(simulator: &Simulator, format: &str, file: &str) -> Value {
    json!({"format": format, "pull": {"url": format!("http://{}/{file}", simulator.address), "schedule": "30 4 * * *"}})
}

/// Says how a feed is fetched.
pub async fn set(app: &TestApp, name: &str, settings: &Value) -> Answer {
    let path = format!("/api/v1/partners/{PARTNER}/feeds/{name}");
    let request = app.partner().request(Method::PUT, &path).json(settings);
    app.partner().send(request).await
}

/// The last of so many runs, once there are so many.
pub async fn run_of(app: &TestApp, name: &str, runs: usize) -> Value {
    let path = format!("/api/v1/partners/{PARTNER}/feeds/{name}");
    let begun = Instant::now();
    loop {
        let answer = app.partner().get(&format!("{path}/runs")).await.expect(200).json();
        let ended = answer["runs"].as_array().unwrap();
        if ended.len() >= runs {
            return ended[0].clone();
        }
        assert!(begun.elapsed() < PATIENCE, "no run: {answer}");
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
}
