//! Records that cannot be taken in wait, nobody readable in them, until the feed's mapping is put right.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::people::PARTNER;

const TABLE: &str =
    "Varenr;Titel;Pris;Indleverer\nL-1;Ring;1.200,00;Karl Hansen\nL-2;Ur;650,00;Karl Hansen\n;Vase;9;Karl Hansen\n";

fn at(path: &str) -> String {
    format!("/api/v1/partners/{PARTNER}/{path}")
}

async fn set(app: &TestApp, columns: Value) {
    let settings = json!({"format": "csv", "mapping": {"columns": columns, "constants": {"price.currency": "DKK"}}});
    let request = app.partner().request(Method::PUT, &at("feeds/lots")).json(&settings);
    app.partner().send(request).await.expect(200);
}

async fn push(app: &TestApp, table: &'static str) -> Value {
    let path = at("listings?feed=lots");
    app.partner()
        .send_bytes(Method::POST, &path, "text/csv", table)
        .await
        .expect(200)
        .json()
}

async fn waiting(app: &TestApp) -> Vec<Value> {
    let answer = app.partner().get(&at("quarantine")).await.expect(200).json();
    answer["records"].as_array().unwrap().clone()
}

#[tokio::test]
async fn records_wait_until_their_mapping_is_right() {
    let app = TestApp::start().await;
    set(&app, json!({"id": "Varenr", "title": "Overskrift", "price.amount": "Pris"})).await;
    let answer = push(&app, TABLE).await;
    assert_eq!(
        (&answer["accepted"], answer["rejected"].as_array().unwrap().len()),
        (&json!(0), 2),
        "{answer}"
    );
    assert_eq!(answer["rejected_count"], 3, "what the header lacks is told once: {answer}");
    let held = waiting(&app).await;
    assert_eq!(held.len(), 3);
    assert_eq!(
        (&held[0]["faults"][0]["line"], &held[0]["faults"][0]["field"]),
        (&json!(2), &json!("title"))
    );
    let shown = json!(held).to_string();
    assert!(shown.contains("Ring") && !shown.contains("Karl"), "{shown}");

    let retry = async || {
        let answer = app.partner().post(&at("quarantine/retry"), &json!({"feed": "lots"})).await;
        answer.expect(200).json()
    };
    assert_eq!(
        retry().await,
        json!({"accepted": 0, "unchanged": 0, "superseded": 0, "waiting": 3})
    );
    // What is sent again in the meantime counts, and does not wait any more.
    set(
        &app,
        json!({"id": "Varenr", "title": "Titel", "price.amount": "Pris", "seller.ref": "Indleverer"}),
    )
    .await;
    push(&app, "Varenr;Titel;Pris;Indleverer\nL-2;Ur, stål;700,00;Karl Hansen\n").await;
    assert_eq!(
        retry().await,
        json!({"accepted": 1, "unchanged": 0, "superseded": 0, "waiting": 1})
    );
    assert_eq!(waiting(&app).await.len(), 1, "the one without a number waits on");

    let listing = async |id: &str| app.partner().get(&at(&format!("listings/{id}"))).await.expect(200).json();
    let (reread, sent) = (listing("L-1").await, listing("L-2").await);
    assert_eq!(
        (&reread["title"], &reread["price"]["amount"]),
        (&json!("Ring"), &json!("1200.00"))
    );
    assert_eq!(sent["title"], "Ur, stål");
    assert_eq!(
        reread["seller"]["key"], sent["seller"]["key"],
        "one seller has one key, by either way"
    );
    for file in std::fs::read_dir(app.data()).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            assert!(
                !bytes.windows(11).any(|window| window == b"Karl Hansen"),
                "{}",
                path.display()
            );
        }
    }
}

#[tokio::test]
async fn a_feed_is_known_by_its_name_and_its_mapping_is_checked() {
    let app = TestApp::start().await;
    let put = async |name: &str, settings: Value| {
        let request = app
            .partner()
            .request(Method::PUT, &at(&format!("feeds/{name}")))
            .json(&settings);
        app.partner().send(request).await
    };
    for (name, settings, field) in [
        ("lots", json!({"format": "xml"}), "format"),
        ("LOTS!", json!({"format": "csv"}), "feed"),
        (
            "lots",
            json!({"format": "csv", "mapping": {"columns": {"titel": "x"}}}),
            "mapping.columns.titel",
        ),
        (
            "lots",
            json!({"format": "csv", "mapping": {"constants": {"price.currency": "Kroner"}}}),
            "mapping.constants.price.currency",
        ),
    ] {
        let problem = put(name, settings).await.expect_problem(400);
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    let path = at("listings?feed=none");
    app.partner()
        .send_bytes(Method::POST, &path, "", "x")
        .await
        .expect_problem(400);
    put(
        "catalogue",
        json!({"format": "liveauctioneers", "mapping": {"id_prefix": "S-"}}),
    )
    .await
    .expect(200);
    let feeds = app.partner().get(&at("feeds")).await.expect(200).json();
    assert_eq!(
        (&feeds["feeds"][0]["name"], &feeds["feeds"][0]["mapping"]["id_prefix"]),
        (&json!("catalogue"), &json!("S-"))
    );
    let removed = app.partner().request(Method::DELETE, &at("feeds/catalogue"));
    app.partner().send(removed).await.expect(204);
    assert_eq!(app.partner().get(&at("feeds")).await.expect(200).json(), json!({"feeds": []}));
}

#[tokio::test]
async fn a_record_that_waits_goes_when_its_listing_is_taken_in() {
    let app = TestApp::start().await;
    let send = async |lines: &str| {
        let lines = lines.to_owned();
        let (partner, path) = (app.partner(), at("listings"));
        let sent = partner.send_bytes(Method::POST, &path, "application/x-ndjson", lines).await;
        sent.expect(200).json()
    };
    let references = async || -> Vec<Value> { waiting(&app).await.iter().map(|record| record["ref"].clone()).collect() };
    let answer = send("{\"id\":\"A-1\"}\n{\"id\":\"A-2\"}\n{oops}\n{\"id\":\"A-3\",\"title\":\"Ring\"}\n").await;
    assert_eq!(
        (&answer["accepted"], references().await),
        (&json!(1), vec![json!("A-1"), json!("A-2"), Value::Null])
    );
    // A trial changes nothing; in one delivery the order of good and bad records says nothing.
    let trial = at("listings?dry_run=true");
    let body = "{\"id\":\"A-1\",\"title\":\"Vase\"}\n";
    app.partner().send_bytes(Method::POST, &trial, "", body).await.expect(200);
    assert_eq!(references().await.len(), 3);
    let last = app.last_entry();
    send("{\"id\":\"A-1\",\"title\":\"Vase\"}\n{\"id\":\"A-3\"}\n").await;
    assert_eq!(references().await, [json!("A-2"), Value::Null, json!("A-3")]);
    assert_eq!(app.actions_since(last), ["listings_pushed"]);
    let sql = "SELECT detail FROM audit_entries ORDER BY number DESC LIMIT 1";
    let detail: String = app.database().query_row(sql, [], |row| row.get(0)).unwrap();
    assert!(detail.contains("\"out_of_quarantine\":1"), "{detail}");
    // Another partner's record of the same name stays its own.
    app.with(&app.people.expired_partner)
        .get(&at("quarantine"))
        .await
        .expect_problem(403);
}

#[tokio::test]
async fn what_was_looked_at_is_discarded() {
    let app = TestApp::start().await;
    for n in 1..=4 {
        let line = format!("{{\"id\":\"A-{n}\"}}\n");
        app.partner()
            .send_bytes(Method::POST, &at("listings"), "", line)
            .await
            .expect(200);
    }
    let numbers: Vec<i64> = waiting(&app)
        .await
        .iter()
        .map(|record| record["number"].as_i64().unwrap())
        .collect();
    let discard = async |path: String| app.partner().send(app.partner().request(Method::DELETE, &at(&path))).await;
    let last = app.last_entry();
    discard(format!("quarantine/{}", numbers[1])).await.expect(204);
    discard("quarantine/none".to_owned()).await.expect_problem(404);
    let gone = discard(format!("quarantine?through={}", numbers[2])).await.expect(200).json();
    assert_eq!(gone, json!({"discarded": 2}));
    assert_eq!(app.actions_since(last), ["quarantine_discarded"; 2]);
    // All go only where that is said.
    let silent = discard("quarantine".to_owned()).await.expect_problem(400);
    assert_eq!(silent["errors"][0]["field"], "through", "{silent}");
    discard("quarantine?all=true&through=1".to_owned()).await.expect_problem(400);
    assert_eq!(waiting(&app).await[0]["ref"], "A-4");
    let person = app.sign_in("partner").await;
    let page = person.get("/feeds").await.expect(200).text();
    assert!(page.contains("A-4") && page.contains("Discard"), "{page}");
    let through = numbers[3].to_string();
    person
        .send("/quarantine/discarded", &[("through", &through)])
        .await
        .expect(303);
    assert!(waiting(&app).await.is_empty());
    app.partner()
        .send_bytes(Method::POST, &at("listings"), "", "{\"id\":\"A-5\"}\n")
        .await
        .expect(200);
    let all = discard("quarantine?all=true".to_owned()).await.expect(200).json();
    assert_eq!(all, json!({"discarded": 1}));
}

#[tokio::test]
async fn records_of_no_feed_are_read_again_too() {
    let app = TestApp::start().await;
    let table = "Varenr;Overskrift\nL-1;Ring\n";
    let sent = app
        .partner()
        .send_bytes(Method::POST, &at("listings"), "text/csv", table)
        .await;
    assert_eq!(sent.expect(200).json()["accepted"], 0);
    set(&app, json!({"id": "Nr", "title": "Titel"})).await;
    app.partner()
        .send_bytes(Method::POST, &at("listings?feed=lots"), "", "Nr;Titel\nL-2;\n")
        .await
        .expect(200);
    let retry = async |body: Value| app.partner().post(&at("quarantine/retry"), &body).await.expect(200).json();
    let none = json!({"accepted": 0, "unchanged": 0, "superseded": 0, "waiting": 2});
    assert_eq!(retry(json!({})).await, none, "each under its own settings");
    set(&app, json!({"id": "Varenr", "title": "Overskrift"})).await;
    let one = json!({"accepted": 1, "unchanged": 0, "superseded": 0, "waiting": 1});
    let own = json!({"accepted": 0, "unchanged": 0, "superseded": 0, "waiting": 1});
    assert_eq!(
        retry(json!({"feed": "lots"})).await,
        own,
        "what another way brought stays as it is"
    );
    assert_eq!(
        retry(json!({"unnamed": true})).await,
        own,
        "under no settings it cannot be read"
    );
    assert_eq!(retry(json!({"feed": "lots", "unnamed": true})).await, one);
    let listing = app.partner().get(&at("listings/L-1")).await.expect(200).json();
    assert_eq!(listing["title"], "Ring");
    app.partner()
        .post(&at("quarantine/retry"), &json!({"feed": "none"}))
        .await
        .expect_problem(404);
}

#[tokio::test]
async fn a_record_that_waits_on_says_what_is_wrong_now_and_by_which_feed_it_came() {
    let app = TestApp::start().await;
    set(&app, json!({"id": "Varenr", "title": "Titel"})).await;
    push(&app, "Varenr;Titel;Reolfelt\nL-1;;1.200,00\nL-2;;\n").await;
    app.partner()
        .send_bytes(Method::POST, &at("listings"), "text/csv", "Varenr;Titel\nL-3;Ring\n")
        .await
        .expect(200);
    let told = async || -> Vec<(Value, Value, Value)> {
        let each = waiting(&app).await.into_iter();
        each.map(|record| {
            let fault = &record["faults"][0];
            (record["feed"].clone(), fault["field"].clone(), fault["reason"].clone())
        })
        .collect()
    };
    let before = told().await;
    assert_eq!((&before[0].0, &before[0].1), (&json!("lots"), &json!("Titel")));
    assert_eq!((&before[2].0, &before[2].1), (&Value::Null, &json!("id")));
    let of = async |feed: &str| app.partner().get(&at(&format!("quarantine?feed={feed}"))).await;
    let records = of("lots").await.expect(200).json()["records"].clone();
    assert_eq!(records.as_array().unwrap().len(), 2, "{records}");
    assert_eq!(of("none").await.expect_problem(400)["errors"][0]["field"], "feed");

    // The column that the title stands in was unknown when the records came: its text is gone.
    set(&app, json!({"id": "Varenr", "title": "Reolfelt"})).await;
    let last = app.last_entry();
    let retry = async || {
        let answer = app.partner().post(&at("quarantine/retry"), &json!({"feed": "lots"})).await;
        answer.expect(200).json()
    };
    assert_eq!(retry().await["waiting"], 2);
    let now = told().await;
    assert_eq!(now[0].1, "Reolfelt");
    assert!(now[0].2.as_str().unwrap().contains("send the record again"), "{now:?}");
    assert_eq!((&now[1].1, &now[1].2), (&json!("Reolfelt"), &json!("missing")));
    assert_eq!(now[2], before[2], "it was not read again");
    assert_eq!(app.actions_since(last), ["quarantine_reread"]);
    assert_eq!(retry().await["waiting"], 2);
    assert_eq!(app.actions_since(last), ["quarantine_reread"], "nothing new is to be said");
}
