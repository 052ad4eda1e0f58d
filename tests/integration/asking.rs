//! Feeds whose server wants to be asked in a way of its own: with a password, with a header, in parts; and their pages.

use std::time::Instant;

use serde_json::{Value, json};

use crate::support::people::PARTNER;
use crate::support::simulator::{Simulator, pulled, run_of, set};
use crate::support::{PATIENCE, TestApp};

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
