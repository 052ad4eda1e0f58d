//! Feeds fetched from a partner's server that misbehaves: the simulator's.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::people::PARTNER;
use crate::support::{PATIENCE, TestApp};

/// A running simulator; ends when dropped.
struct Simulator {
    child: Child,
    address: String,
}

impl Simulator {
    fn start(arguments: &[&str]) -> Self {
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

impl Drop for Simulator {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Says where a feed is fetched, and waits for its first run.
async fn first_run(app: &TestApp, simulator: &Simulator, format: &str, file: &str) -> Value {
    first_run_of("lots", app, simulator, (format, file)).await
}

async fn first_run_of(name: &str, app: &TestApp, simulator: &Simulator, (format, file): (&str, &str)) -> Value {
    let path = format!("/api/v1/partners/{PARTNER}/feeds/{name}");
    let settings =
        json!({"format": format, "pull": {"url": format!("http://{}/{file}", simulator.address), "schedule": "30 4 * * *"}});
    let request = app.partner().request(Method::PUT, &path).json(&settings);
    app.partner().send(request).await.expect(200);
    let begun = Instant::now();
    loop {
        let answer = app.partner().get(&format!("{path}/runs")).await.expect(200).json();
        if let Some(run) = answer["runs"].get(0) {
            return run.clone();
        }
        assert!(begun.elapsed() < PATIENCE, "no run: {answer}");
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
}

#[tokio::test]
async fn a_feed_that_breaks_off_is_taken_in_whole() {
    let simulator = Simulator::start(&[
        "--format",
        // Without a mapping its photos are left out, which nobody could fetch.
        "liveauctioneers",
        "--records",
        "2500",
        "--bad-every",
        "500",
        "--fault",
        "cut-off",
    ]);
    let app = TestApp::start_with(&format!("[fetch]\nexempt = [\"{}\"]\n", simulator.address)).await;
    let run = first_run(&app, &simulator, "liveauctioneers", "feed.gz").await;
    assert_eq!(
        (&run["outcome"], &run["accepted"], &run["rejected"]),
        (&json!("taken"), &json!(2_495), &json!(5)),
        "{run}"
    );
    let waiting = app
        .partner()
        .get(&format!("/api/v1/partners/{PARTNER}/quarantine"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (
            &waiting["records"][0]["faults"][0]["field"],
            &waiting["records"][0]["faults"][0]["line"]
        ),
        (&json!("Title"), &json!(501))
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_and_nothing_else_suffers() {
    let simulator = Simulator::start(&["--fault", "unavailable"]);
    let app = TestApp::start_with(&format!("[fetch]\nexempt = [\"{}\"]\n", simulator.address)).await;
    let run = first_run(&app, &simulator, "ndjson", "feed").await;
    assert_eq!(
        (&run["outcome"], &run["note"]),
        (&json!("failed"), &json!("the server answered with status 503")),
        "{run}"
    );
}

#[tokio::test]
async fn whatever_a_server_does_wrong_what_is_good_is_taken_in_once() {
    // What goes wrong; how that ends; new or changed, and unchanged, of ninety records.
    const FAULTS: [(&str, &str, u64, u64); 6] = [
        ("slow", "taken", 90, 0),
        ("wrong-encoding", "taken", 0, 90),
        ("out-of-order", "taken", 0, 90),
        ("duplicates", "taken", 0, 180),
        ("redirect-loop", "failed", 0, 0),
        ("unavailable", "failed", 0, 0),
    ];
    let simulators: Vec<Simulator> = FAULTS
        .iter()
        .map(|(fault, ..)| Simulator::start(&["--format", "liveauctioneers", "--records", "90", "--fault", fault]))
        .collect();
    let exempt: Vec<&str> = simulators.iter().map(|simulator| simulator.address.as_str()).collect();
    let app = TestApp::start_with(&format!("[fetch]\nexempt = {}\n", json!(exempt))).await;
    for (simulator, (fault, outcome, accepted, unchanged)) in simulators.iter().zip(FAULTS) {
        let run = first_run_of(fault, &app, simulator, ("liveauctioneers", "feed")).await;
        assert_eq!(
            (&run["outcome"], &run["accepted"], &run["unchanged"], &run["rejected"]),
            (&json!(outcome), &json!(accepted), &json!(unchanged), &json!(0)),
            "{fault}: {run}"
        );
        let path = format!("/api/v1/partners/{PARTNER}/listings/2");
        let listing = app.partner().get(&path).await.expect(200).json();
        assert!(listing.to_string().contains("Armbåndsur"), "{fault}: {listing}");
    }
}

#[tokio::test]
async fn what_is_done_later_is_accepted_and_not_done() {
    let app = TestApp::start().await;
    let feed = format!("/api/v1/partners/{PARTNER}/feeds/lots");
    let settings = json!({"format": "csv", "pull": {"url": "https://feeds.example/lots.csv", "schedule": "30 4 * * *"}});
    let put = app.partner().request(Method::PUT, &feed).json(&settings);
    app.partner().send(put).await.expect(200);
    for step in ["fetch", "missing"] {
        app.partner().post(&format!("{feed}/{step}"), &json!({})).await.expect(202);
    }
    // A relative address is told as what it is.
    let bad = json!({"format": "csv", "pull": {"url": "lots.csv", "schedule": "30 4 * * *"}});
    let put = app.partner().request(Method::PUT, &feed).json(&bad);
    let refused = app.partner().send(put).await.expect_problem(400);
    let fault = &refused["errors"][0];
    assert_eq!(fault["field"], "pull.url", "{refused}");
    assert!(
        fault["reason"]
            .as_str()
            .unwrap()
            .starts_with("expected an address such as https://"),
        "{refused}"
    );
}
