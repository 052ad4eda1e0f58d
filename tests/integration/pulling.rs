//! Feeds fetched from a partner's server that misbehaves, or wants to be asked in a way of its own: the simulator's.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::people::PARTNER;
use crate::support::{Answer, PATIENCE, TestApp};

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

impl Simulator {
    /// What was asked of it, as it counts.
    fn requests(&self) -> String {
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
async fn first_run(app: &TestApp, simulator: &Simulator, format: &str, file: &str) -> Value {
    first_run_of("lots", app, simulator, (format, file)).await
}

async fn first_run_of(name: &str, app: &TestApp, simulator: &Simulator, (format, file): (&str, &str)) -> Value {
    set(app, name, &pulled(simulator, format, file)).await.expect(200);
    run_of(app, name, 1).await
}

/// Settings of a feed that is fetched from the simulator.
fn pulled(simulator: &Simulator, format: &str, file: &str) -> Value {
    json!({"format": format, "pull": {"url": format!("http://{}/{file}", simulator.address), "schedule": "30 4 * * *"}})
}

async fn set(app: &TestApp, name: &str, settings: &Value) -> Answer {
    let path = format!("/api/v1/partners/{PARTNER}/feeds/{name}");
    let request = app.partner().request(Method::PUT, &path).json(settings);
    app.partner().send(request).await
}

/// The last of so many runs, once there are so many.
async fn run_of(app: &TestApp, name: &str, runs: usize) -> Value {
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

#[tokio::test]
async fn a_feed_behind_a_password_is_fetched_in_parts_and_the_password_is_shown_nowhere() {
    let simulator = Simulator::start(&[
        "--format",
        "ebay-tsv",
        "--records",
        "3000",
        "--basic",
        "replevin:s3cret-of-theirs",
        "--header",
        "X-EBAY-C-MARKETPLACE-ID=EBAY_DE",
        "--parts",
        "100000",
        "--without-photos",
    ]);
    let settings = |pull: Value| {
        let mut settings = pulled(&simulator, "ebay-tsv", "feed.gz");
        for (key, value) in pull.as_object().unwrap() {
            settings["pull"][key] = value.clone();
        }
        settings
    };
    let app = TestApp::start_with(&format!("[fetch]\nexempt = [\"{}\"]\n", simulator.address)).await;
    // Without a password the server does not let us in, and the run says what to do.
    let market = json!({"X-EBAY-C-MARKETPLACE-ID": "EBAY_DE"});
    set(&app, "lots", &settings(json!({"headers": market, "parts": 65_536})))
        .await
        .expect(200);
    let run = run_of(&app, "lots", 1).await;
    assert_eq!(run["outcome"], "failed", "{run}");
    assert!(run["note"].as_str().unwrap().contains("status 401: it wants a user"), "{run}");
    // A password that is said to be held and is not.
    let held = settings(json!({"headers": market, "parts": 65_536, "secret": {"user": "replevin"}}));
    let refused = set(&app, "lots", &held).await.expect_problem(400);
    assert_eq!(refused["errors"][0]["field"], "pull.secret.password", "{refused}");
    let secret = json!({"user": "replevin", "password": "s3cret-of-theirs"});
    let told = settings(json!({"headers": market, "parts": 65_536, "secret": secret}));
    let answer = set(&app, "lots", &told).await.expect(200).json();
    assert_eq!(answer["pull"]["secret"], json!({"user": "replevin"}), "{answer}");
    let run = run_of(&app, "lots", 2).await;
    assert_eq!(
        (&run["outcome"], &run["accepted"], &run["rejected"]),
        (&json!("taken"), &json!(3_000), &json!(0)),
        "{run}"
    );
    let bytes = run["bytes"].as_u64().unwrap();
    assert!(bytes > 2 * 65_536, "it came in several parts: {run}");
    // The whole of it can be read, changed and put again: the password stays.
    set(&app, "lots", &held).await.expect(200);
    let again = format!("/api/v1/partners/{PARTNER}/feeds/lots/fetch?again=true");
    app.partner().post(&again, &json!({})).await.expect(202);
    let run = run_of(&app, "lots", 3).await;
    assert_eq!(
        (&run["outcome"], &run["unchanged"]),
        (&json!("taken"), &json!(3_000)),
        "{run}"
    );
    // For another server it has to be said again: whoever may name one must not learn it there.
    let mut other = held.clone();
    other["pull"]["url"] = json!("https://feeds.example/feed.gz");
    let refused = set(&app, "lots", &other).await.expect_problem(400);
    assert_eq!(refused["errors"][0]["field"], "pull.secret.password", "{refused}");
    // In the open nothing secret is sent.
    other["pull"]["url"] = json!("http://feeds.example/feed.gz");
    other["pull"]["secret"] = secret;
    assert_eq!(
        set(&app, "lots", &other).await.expect_problem(400)["errors"][0]["field"],
        "pull.url"
    );
    let listed = app
        .partner()
        .get(&format!("/api/v1/partners/{PARTNER}/feeds"))
        .await
        .expect(200)
        .text();
    let person = app.sign_in("partner").await;
    let page = person.get("/feeds/lots").await.expect(200).text();
    let form = person.get("/feeds/lots/settings").await.expect(200).text();
    assert!(page.contains("the user replevin with a password that we hold"), "{page}");
    let entries = "SELECT group_concat(detail) FROM audit_entries WHERE action = 'feed_changed'";
    let audit: String = app.database().query_row(entries, [], |row| row.get(0)).unwrap();
    for (place, text) in [
        ("list", listed),
        ("page", page),
        ("form", form),
        ("audit log", audit),
        ("log", app.whole_log()),
    ] {
        assert!(!text.contains("s3cret-of-theirs"), "the {place} shows it: {text}");
    }
    let kept = std::fs::read(app.data().join("replevin.sqlite")).unwrap();
    assert!(
        !kept.windows(16).any(|part| part == b"s3cret-of-theirs"),
        "it lies open in the store"
    );
}

#[tokio::test]
async fn a_feed_is_set_up_on_its_page_and_its_run_is_seen_there() {
    let simulator = Simulator::start(&[
        "--format",
        "csv",
        "--records",
        "2000",
        "--bad-every",
        "100",
        "--fault",
        "slow",
        "--header",
        "X-Key=open sesame",
        "--measured",
        "--without-photos",
    ]);
    let app = TestApp::start_with(&format!("[fetch]\nexempt = [\"{}\"]\n", simulator.address)).await;
    let person = app.sign_in("partner").await;
    let url = format!("http://{}/feed", simulator.address);
    let mut form = vec![
        ("name", "lots"),
        ("format", "csv"),
        ("mapping", "{\"columns\":{\"ttle\":\"title\"}}"),
        ("url", url.as_str()),
        ("schedule", "30 4 * * *"),
        ("time_zone", "Europe/Copenhagen"),
        ("whole", "whole"),
        ("secret", "header"),
        ("secret_name", "X-Key"),
        ("secret_value", "open sesame"),
    ];
    let again = person.send("/new-feed", &form).await.expect(422).text();
    assert!(again.contains("no such field") && !again.contains("open sesame"), "{again}");
    form[2].1 = "";
    person.send("/new-feed", &form).await.expect(303);
    let begun = Instant::now();
    let runs = format!("/api/v1/partners/{PARTNER}/feeds/lots/runs");
    let mut seen = None;
    while seen.is_none() {
        let answer = app.partner().get(&runs).await.expect(200).json();
        seen = answer
            .get("under_way")
            .filter(|progress| progress["bytes"].as_u64() > Some(0))
            .cloned();
        assert!(
            begun.elapsed() < PATIENCE && answer["runs"] == json!([]),
            "it was never seen under way: {answer}"
        );
    }
    let seen = seen.unwrap();
    assert_eq!(seen["stage"], "fetching", "{seen}");
    assert!(seen["bytes_total"].as_u64() > seen["bytes"].as_u64(), "{seen}");
    let page = person.get("/feeds/lots").await.expect(200).text();
    assert!(page.contains("It is being "), "{page}");
    let run = run_of(&app, "lots", 1).await;
    assert_eq!((&run["accepted"], &run["rejected"]), (&json!(1_980), &json!(20)), "{run}");
    assert_eq!(
        (&run["because"][0]["field"], &run["because"][0]["records"]),
        (&json!("title"), &json!(20)),
        "{run}"
    );
    let page = person.get("/feeds/lots").await.expect(200).text();
    for words in [
        "1,980 new or changed",
        "20 × title: ",
        "Europe/Copenhagen",
        "everything that is on sale",
        "Read it again",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    // Read again, changed or not.
    person.send("/feeds/lots", &[("go", "again")]).await.expect(303);
    let run = run_of(&app, "lots", 2).await;
    assert_eq!(
        (&run["outcome"], &run["unchanged"]),
        (&json!("taken"), &json!(1_980)),
        "{run}"
    );
    // The secret stays where it is left empty.
    let form: Vec<_> = form
        .into_iter()
        .filter(|(name, _)| !["name", "secret_value"].contains(name))
        .collect();
    person.send("/feeds/lots/settings", &form).await.expect(303);
    // A mapping that was tried is taken over into a form, and stored when that is saved.
    let tried = [("feed", "lots"), ("mapping", "{\"columns\":{\"id\":\"Nr\"}}")];
    let taken = person.send("/feed-mapping", &tried).await.expect(200).text();
    assert!(
        taken.contains("Settings of lots") && taken.contains("Nr") && taken.contains("X-Key"),
        "{taken}"
    );
    assert!(!taken.contains("open sesame"), "{taken}");
}

#[tokio::test]
async fn a_feed_without_end_is_given_up_at_its_limit() {
    let simulator = Simulator::start(&["--format", "ndjson", "--fault", "endless"]);
    let app = TestApp::start_with(&format!(
        "[fetch]\nexempt = [\"{}\"]\n[feeds]\nfile_mib_max = 3\n",
        simulator.address
    ))
    .await;
    let run = first_run(&app, &simulator, "ndjson", "feed").await;
    assert_eq!(
        (&run["outcome"], &run["note"]),
        (&json!("failed"), &json!("the answer is larger than 3145728 bytes")),
        "{run}"
    );
    assert!(run["bytes"].as_u64().unwrap() <= 3 << 20, "{run}");
    let held = app
        .partner()
        .get(&format!("/api/v1/partners/{PARTNER}/listings"))
        .await
        .expect(200)
        .json();
    assert_eq!(held["listings"], json!([]), "nothing of it was taken in");
}

#[tokio::test]
async fn photos_that_the_simulator_names_are_fetched_from_it() {
    let simulator = Simulator::start(&["--format", "ndjson", "--records", "20"]);
    let app = TestApp::start_with(&format!("[fetch]\nexempt = [\"{}\"]\n", simulator.address)).await;
    let run = first_run(&app, &simulator, "ndjson", "feed").await;
    assert_eq!(run["accepted"], 20, "{run}");
    app.settle().await;
    for n in [0, 19] {
        let listing = app
            .partner()
            .get(&format!("/api/v1/partners/{PARTNER}/listings/{n}"))
            .await
            .expect(200)
            .json();
        assert_eq!(listing["photos"][0]["state"], "held", "{listing}");
    }
}

#[tokio::test]
async fn after_a_downtime_each_feed_is_fetched_once_and_one_after_the_other() {
    let simulator = Simulator::start(&["--format", "ndjson", "--records", "40", "--fault", "slow", "--without-photos"]);
    let mut app = TestApp::start_with(&format!("[fetch]\nexempt = [\"{}\"]\n", simulator.address)).await;
    let names = ["lots", "more", "rest", "last"];
    for name in names {
        let run = first_run_of(name, &app, &simulator, ("ndjson", "feed")).await;
        assert_eq!(run["outcome"], "taken", "{name}: {run}");
    }
    app.stop();
    let database = rusqlite::Connection::open(app.data().join("replevin.sqlite")).unwrap();
    // Five days in which each would have been fetched five times.
    let moved = database
        .execute("UPDATE feed_pulls SET due_at = due_at - 5 * 86400 * 1000000", [])
        .unwrap();
    assert_eq!(moved, names.len());
    drop(database);
    app.restart();
    let mut spans = Vec::new();
    for name in names {
        let run = run_of(&app, name, 2).await;
        let moment = |field: &str| run[field].as_str().unwrap().to_owned();
        assert_eq!(run["outcome"], "unchanged", "{name}: {run}");
        spans.push((moment("started_at"), moment("ended_at")));
    }
    spans.sort();
    for pair in spans.windows(2) {
        assert!(pair[0].1 <= pair[1].0, "one at a time of a partner's server: {spans:?}");
    }
    // Whatever is looked at in the meantime, nothing is fetched a third time.
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    for name in names {
        let answer = app
            .partner()
            .get(&format!("/api/v1/partners/{PARTNER}/feeds/{name}/runs"))
            .await
            .expect(200)
            .json();
        assert_eq!(answer["runs"].as_array().unwrap().len(), 2, "{name}: {answer}");
        assert!(answer["due_at"].as_str().unwrap() > spans[3].1.as_str(), "{answer}");
    }
    assert!(simulator.requests().contains("\"feed\":8"), "{}", simulator.requests());
}
