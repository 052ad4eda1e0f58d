//! Feeds fetched from a partner's server that misbehaves, or after we were away: the simulator's.

use reqwest::Method;
use serde_json::json;

use crate::support::TestApp;
use crate::support::people::PARTNER;
use crate::support::simulator::{Simulator, first_run, first_run_of, run_of};

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
