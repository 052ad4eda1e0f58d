//! Lists page by page while they change: nobody misses what was there all the time.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::samples::{bicycle, frame_number, owned_bicycle};
use crate::support::{Client, TestApp};

/// More than a page of the officer's queue has.
const CASES: usize = 27;

/// Reads a list page by page and hands each page's rows to `seen`.
async fn each_page(client: &Client, path: &str, list: &str, mut seen: impl AsyncFnMut(&[Value])) {
    let mut cursor = String::new();
    loop {
        let page = client.get(&format!("{path}{cursor}")).await.expect(200).json();
        seen(page[list].as_array().unwrap()).await;
        match page["cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return,
        }
    }
}

async fn ids(client: &Client, path: &str, list: &str) -> Vec<String> {
    let mut ids = Vec::new();
    each_page(client, path, list, async |rows: &[Value]| {
        ids.extend(rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()));
    })
    .await;
    ids
}

/// The address behind a link of a page.
fn link(page: &str, rel: &str) -> Option<String> {
    let (before, _) = page.split_once(&format!("\" rel=\"{rel}\""))?;
    let (_, address) = before.rsplit_once("href=\"")?;
    Some(address.replace("&#38;", "&").replace("&amp;", "&"))
}

/// The numbers of the reports on a page of the queue.
fn shown(page: &str) -> Vec<String> {
    let rows = page.split("\">SR-").skip(1);
    rows.map(|row| row.split('<').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn reports_taken_between_two_pages_hide_no_other() {
    let app = TestApp::start().await;
    let cases = app.open_cases(CASES).await;
    let session = app.sign_in("officer").await;
    let first = session.get("/queue?tab=review&sort=probability").await.expect(200).text();
    let next = link(&first, "next").expect("a next page");
    let on_first = shown(&first);
    assert_eq!(on_first.len(), 25);

    let mut seen = Vec::new();
    let officer = app.officer_on_case();
    each_page(
        &officer,
        "/api/v1/reports?state=open&limit=5",
        "reports",
        async |rows: &[Value]| {
            seen.extend(rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()));
            let taken = rows[0]["id"].as_str().unwrap();
            app.step(taken, "take", &json!({})).await;
        },
    )
    .await;
    let all: BTreeSet<&str> = cases.iter().map(|case| case.report.as_str()).collect();
    assert_eq!(seen.len(), CASES);
    assert_eq!(seen.iter().map(String::as_str).collect::<BTreeSet<_>>(), all);

    let second = session.get(&next).await.expect(200).text();
    assert!(shown(&second).iter().all(|number| !on_first.contains(number)));
    let previous = link(&second, "prev").expect("a page before");
    let back = shown(&session.get(&previous).await.expect(200).text());
    assert!(
        !back.is_empty() && back.iter().all(|number| on_first.contains(number)),
        "{back:?}"
    );

    let cursor = officer.get("/api/v1/reports?limit=1").await.expect(200).json()["cursor"].clone();
    let of_another = format!("/api/v1/reports?sort=raised&cursor={}", cursor.as_str().unwrap());
    for wrong in [of_another.as_str(), "/api/v1/reports?cursor=50"] {
        assert_eq!(
            officer.get(wrong).await.expect_problem(400)["errors"][0]["field"],
            "cursor",
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn items_questions_and_the_log_have_pages() {
    let app = TestApp::start().await;
    let mut items = Vec::new();
    for n in 0..5 {
        items.push(app.register(&owned_bicycle(&frame_number(n))).await);
    }
    let listings: Vec<_> = (0..5).map(|n| bicycle(&format!("L-{n}"), &frame_number(n))).collect();
    app.push(&listings).await;
    app.settle().await;
    items.reverse();
    for limit in [1, 2, 5, 6] {
        assert_eq!(
            ids(&app.owner(), &format!("/api/v1/items?limit={limit}"), "items").await,
            items
        );
    }

    let questions = ids(&app.owner(), "/api/v1/questions?limit=200", "questions").await;
    assert_eq!(questions.len(), 5);
    let answer = format!("/api/v1/questions/{}/answer", questions[1]);
    app.owner().post(&answer, &json!({"answer": "mine"})).await.expect(200);
    let expected = [0, 2, 3, 4, 1].map(|n| questions[n].clone());
    for limit in [1, 2, 5] {
        assert_eq!(
            ids(&app.owner(), &format!("/api/v1/questions?limit={limit}"), "questions").await,
            expected,
            "answered ones come last"
        );
    }

    let auditor = app.with(&app.people.auditor);
    let last = app.last_entry();
    let mut numbers = Vec::new();
    each_page(
        &auditor,
        "/api/v1/audit/entries?limit=3",
        "entries",
        async |entries: &[Value]| {
            numbers.extend(entries.iter().map(|entry| entry["number"].as_u64().unwrap()));
        },
    )
    .await;
    let expected: Vec<u64> = (1..=last).rev().collect();
    assert_eq!(numbers, expected, "reading is logged, above what is read");
}
