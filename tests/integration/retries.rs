//! Pushes that are sent again: one effect under one key, whatever happens in between; and pushes that are held back.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;

use reqwest::Method;
use serde_json::json;

use crate::support::people::PARTNER;
use crate::support::{Answer, Client, TestApp};

fn path() -> String {
    format!("/api/v1/partners/{PARTNER}/listings")
}

async fn push(client: &Client, key: &str, body: &str) -> Answer {
    let request = client.request(Method::POST, &path()).header("idempotency-key", key);
    client.send(request.body(body.to_owned())).await
}

fn effects(app: &TestApp) -> (i64, i64, i64) {
    let database = app.database();
    let count = |sql| database.query_row(sql, [], |row| row.get(0)).unwrap();
    (
        count("SELECT count(*) FROM deliveries"),
        count("SELECT count(*) FROM listings"),
        count("SELECT count(*) FROM audit_entries WHERE action = 'listings_pushed'"),
    )
}

/// `cargo bench --bench service -- retries` does the same with 10,000 pushes.
#[tokio::test]
async fn a_push_sent_ten_times_at_once_has_one_effect() {
    let app = TestApp::start().await;
    let partner = app.partner();
    for number in 0..40 {
        // Every fourth also holds a line that cannot be read: that is answered again too.
        let bad = if number % 4 == 0 { "{\"id\":\"x\"}\n" } else { "" };
        let body = format!("{{\"id\":\"A-{number}\",\"title\":\"Ring\"}}\n{bad}");
        let key = format!("push-{number}");
        let tries = (0..10).map(|_| push(&partner, &key, &body));
        let answers = futures::future::join_all(tries).await;
        let texts: BTreeSet<String> = answers.iter().map(|answer| answer.text()).collect();
        assert_eq!(texts.len(), 1, "{texts:?}");
        assert!(answers.iter().all(|answer| answer.status == 200), "{texts:?}");
        let replayed = answers
            .iter()
            .filter(|answer| answer.header("idempotency-replayed") == "true");
        assert_eq!(replayed.count(), 9);
    }
    assert_eq!(effects(&app), (40, 40, 40));
}

#[tokio::test]
async fn a_key_outlives_a_crash_and_names_one_push() {
    let mut app = TestApp::start().await;
    let body = "{\"id\":\"A-1\",\"title\":\"Ring\"}\nnonsense\n";
    let first = push(&app.partner(), "morning", body).await.expect(200).json();
    assert_eq!((&first["accepted"], &first["rejected"][0]["line"]), (&json!(1), &json!(2)));
    app.kill();
    app.restart();
    let partner = app.partner();
    let again = push(&partner, "\"morning\"", body).await.expect(200);
    assert_eq!((again.json(), again.header("idempotency-replayed")), (first, "true"));
    let other = push(&partner, "morning", "{\"id\":\"A-2\",\"title\":\"Ring\"}\n").await;
    let problem = other.expect_problem(422);
    assert_eq!(problem["errors"][0]["field"], "Idempotency-Key", "{problem}");
    push(&partner, "", body).await.expect_problem(400);
    // A trial is none of the key's pushes, and another partner's key is another key.
    let trial = partner
        .request(Method::POST, &format!("{}?dry_run=true", path()))
        .header("idempotency-key", "evening");
    partner.send(trial.body(body)).await.expect(200);
    let evening = push(&partner, "evening", body).await.expect(200);
    assert_eq!(
        (&evening.json()["unchanged"], evening.header("idempotency-replayed")),
        (&json!(1), "")
    );
    assert_eq!(effects(&app), (2, 1, 2));
}

#[tokio::test]
async fn a_body_that_broke_off_does_not_use_its_key_up() {
    let app = TestApp::start().await;
    let lines: String = (0..4_000_u32)
        .map(|n| format!("{{\"id\":\"A-{n}\",\"title\":\"Ring {}\"}}\n", n.wrapping_mul(2_654_435_761)))
        .collect();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(lines.as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    let send = async |body: &[u8]| {
        let request = app.partner().request(Method::POST, &path());
        let request = request.header("idempotency-key", "night").header("content-encoding", "gzip");
        app.partner().send(request.body(body.to_vec())).await.expect(200)
    };
    let half = send(&packed[..packed.len() / 2]).await.json();
    let begun = half["accepted"].as_u64().unwrap();
    assert!(begun > 500 && half["rejected"].as_array().unwrap().len() == 1, "{half}");
    let whole = send(&packed).await;
    let answer = whole.json();
    assert_eq!(
        (
            answer["accepted"].as_u64(),
            answer["unchanged"].as_u64(),
            whole.header("idempotency-replayed")
        ),
        (Some(4_000 - begun), Some(begun), "")
    );
    let again = send(&packed).await;
    assert_eq!((again.json(), again.header("idempotency-replayed")), (answer, "true"));
}

#[tokio::test]
async fn zstandard_is_read_like_gzip() {
    let app = TestApp::start().await;
    let lines: String = (0..500)
        .map(|n| format!("{{\"id\":\"A-{n}\",\"title\":\"Ring {n}\"}}\n"))
        .collect();
    let packed = ruzstd::encoding::compress_to_vec(lines.as_bytes(), ruzstd::encoding::CompressionLevel::Fastest);
    assert!(packed.len() < lines.len() / 2);
    let send = async |coding: &str, body: Vec<u8>| {
        let request = app
            .partner()
            .request(Method::POST, &path())
            .header("content-encoding", coding);
        app.partner().send(request.body(body)).await
    };
    let answer = send("zstd", packed.clone()).await.expect(200).json();
    assert_eq!((&answer["accepted"], &answer["rejected"]), (&json!(500), &json!([])));
    let cut = send("zstd", packed[..packed.len() - 9].to_vec()).await.expect_problem(400);
    let why = cut["errors"][0]["reason"].as_str().unwrap();
    assert!(why.contains("nothing of it could be read"), "one block holds it all: {cut}");
    send("gzip", lines.clone().into_bytes()).await.expect_problem(400);
    let bomb = ruzstd::encoding::compress_to_vec(&vec![b' '; 300 << 20][..], ruzstd::encoding::CompressionLevel::Fastest);
    send("zstd", bomb).await.expect_problem(413);
    send("br", packed).await.expect_problem(415);
}

/// Sends a head, and gives what comes back before any of the body was sent.
fn ask_first(app: &TestApp, token: &str, length: usize) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(app.address()).unwrap();
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: {length}\r\n\
         Expect: 100-continue\r\nConnection: close\r\n\r\n",
        path()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut said = [0; 1024];
    let read = stream.read(&mut said).unwrap();
    (stream, String::from_utf8_lossy(&said[..read]).into_owned())
}

#[tokio::test]
async fn who_asks_first_sends_only_what_is_wanted() {
    let app = TestApp::start().await;
    let body = "{\"id\":\"A-1\",\"title\":\"Ring\"}\n";
    let (mut stream, said) = ask_first(&app, &app.people.partner, body.len());
    assert!(said.starts_with("HTTP/1.1 100"), "{said}");
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains("\"accepted\":1"),
        "{answer}"
    );
    for (token, length, status) in [
        ("rpv_nobody", body.len(), "401"),
        (&app.people.owner, body.len(), "403"),
        (&app.people.partner, 65 << 20, "413"),
    ] {
        let (_, said) = ask_first(&app, token, length);
        assert!(said.starts_with(&format!("HTTP/1.1 {status}")), "{said}");
    }
}

/// Bodies that stand still hold no more than their half of the room; others are told when to come again, and then are taken.
#[tokio::test]
async fn more_than_fits_is_told_to_come_again() {
    let app = TestApp::start_with("[http]\npush_mib_max = 1").await;
    let token = app.people.partner.clone();
    let filler = vec![b'\n'; 1_000_000];
    // Four times the largest body is the room of all, half of it that of one partner: two bodies fit and a bit.
    let held: Vec<TcpStream> = (0..2)
        .map(|_| {
            let mut stream = TcpStream::connect(app.address()).unwrap();
            let head = format!(
                "POST {} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: {}\r\n\r\n",
                path(),
                filler.len() + 1
            );
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(&filler).unwrap();
            stream
        })
        .collect();
    std::thread::sleep(std::time::Duration::from_millis(500));
    let body = "{\"id\":\"A-1\",\"title\":\"Ring\"}\n".to_owned() + &"\n".repeat(500_000);
    let refused = app.partner().push_lines(PARTNER, body.clone()).await;
    assert_eq!(
        (refused.status.as_u16(), refused.header("retry-after")),
        (503, "5"),
        "{}",
        refused.text()
    );
    assert_eq!(refused.json()["type"], "no_room");
    drop(held);
    std::thread::sleep(std::time::Duration::from_millis(500));
    app.partner().push_lines(PARTNER, body).await.expect(200);
}
