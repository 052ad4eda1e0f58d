//! Nothing that is sent can crash, hang or fill the service: each kind of bad input gets a clear refusal, the good around it
//! counts, and memory stays flat.

use std::io::{Read, Write};
use std::net::TcpStream;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::people::{EXPIRED, PARTNER};
use crate::support::samples::{bicycle, frame_number, ndjson, picture};
use crate::support::{PATIENCE, TestApp};

/// What a body that is refused may cost in memory: the largest body that would be accepted, while its buffer grows.
const FLAT_KIB: u64 = 200 << 10;

fn line(change: &[(&str, Value)]) -> Vec<u8> {
    let mut record = bicycle("bad", &frame_number(0));
    for (field, value) in change {
        record[*field] = value.clone();
    }
    record.to_string().into_bytes()
}

#[tokio::test]
async fn bad_lines_are_named_and_the_good_around_them_count() {
    let app = TestApp::start().await;
    let deep = format!(
        r#"{{"id":"bad","title":"x","shelf":{}1{}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("a raw NUL", b"{\"id\":\"bad\",\"title\":\"a\0b\"}".to_vec(), ""),
        ("an escaped NUL", line(&[("title", json!("a\u{0}b"))]), "title"),
        ("not UTF-8", b"{\"id\":\"bad\",\"title\":\"\xff\xfe\"}".to_vec(), ""),
        ("Latin-1", b"{\"id\":\"bad\",\"title\":\"sk\xe6rm\"}".to_vec(), ""),
        ("a lone surrogate", br#"{"id":"bad","title":"\ud800"}"#.to_vec(), ""),
        ("deep nesting", deep.into_bytes(), ""),
        (
            "1e308",
            line(&[("price", json!({"amount": 1e308, "currency": "DKK"}))]),
            "price.amount",
        ),
        (
            "1e999",
            br#"{"id":"bad","title":"x","price":{"amount":1e999,"currency":"DKK"}}"#.to_vec(),
            "",
        ),
        (
            "a negative price",
            line(&[("price", json!({"amount": "-5", "currency": "DKK"}))]),
            "price.amount",
        ),
        ("no id", line(&[("id", Value::Null)]), "id"),
        ("no title", line(&[("title", json!("  "))]), "title"),
        ("a list for text", line(&[("title", json!(["x"]))]), "title"),
        ("a time that is none", line(&[("posted_at", json!("yesterday"))]), "posted_at"),
        ("an unknown status", line(&[("status", json!("stolen"))]), "status"),
        (
            "a script for an address",
            line(&[("url", json!("javascript:alert(1)"))]),
            "url",
        ),
        (
            "a file for a photo",
            line(&[("photos", json!(["file:///etc/passwd"]))]),
            "photos[0]",
        ),
        ("cut off", br#"{"id":"bad","title":"x"#.to_vec(), ""),
        ("no object", b"[1,2]".to_vec(), ""),
        (
            "a very long line",
            format!(r#"{{"id":"bad","title":"x","a":"{}"}}"#, "y".repeat(2 << 20)).into_bytes(),
            "",
        ),
        ("a key twice", br#"{"id":"bad","id":"good","title":"x"}"#.to_vec(), "id"),
    ];
    let mut body = Vec::new();
    for (number, (_, bad, _)) in cases.iter().enumerate() {
        body.extend(ndjson(&[bicycle(&format!("good-{number}"), &frame_number(number))]).into_bytes());
        body.extend(bad);
        body.push(b'\n');
    }
    let answer = app.partner().push_lines(PARTNER, body).await.expect(200).json();
    assert_eq!(answer["accepted"], cases.len(), "{answer:#}");
    for (number, (what, _, field)) in cases.iter().enumerate() {
        let faults: Vec<&Value> = answer["rejected"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|fault| fault["line"] == number * 2 + 2)
            .collect();
        assert!(!faults.is_empty(), "{what}: not rejected");
        assert!(faults.iter().any(|fault| fault["field"] == *field), "{what}: {faults:?}");
        assert!(
            faults
                .iter()
                .all(|fault| fault["reason"].as_str().is_some_and(|reason| reason.len() > 5)),
            "{what}: {faults:?}"
        );
    }
    app.settle().await;
    assert_eq!(
        app.figures().await.value("replevin_rows{table=\"listings\"}"),
        cases.len() as u64
    );
}

#[tokio::test]
async fn a_byte_order_mark_and_foreign_line_ends_do_no_harm() {
    let app = TestApp::start().await;
    let lines = ndjson(&[bicycle("A-1", &frame_number(1)), bicycle("A-2", &frame_number(2))]);
    let body = format!("\u{feff}{}\r\n", lines.replace('\n', "\r\n"));
    let answer = app.partner().push_lines(PARTNER, body).await.expect(200).json();
    assert_eq!(
        (&answer["accepted"], &answer["rejected"]),
        (&json!(2), &json!([])),
        "{answer}"
    );
}

#[tokio::test]
async fn a_truncated_gzip_body_keeps_what_came_before() {
    let app = TestApp::start().await;
    let listings: Vec<_> = (0..500).map(|n| bicycle(&format!("A-{n}"), &frame_number(n))).collect();
    let mut whole = gzip(ndjson(&listings).as_bytes());
    whole.truncate(whole.len() / 2);
    let request = app
        .partner()
        .request(Method::POST, &format!("/api/v1/partners/{PARTNER}/listings"));
    let request = request
        .header("content-type", "application/x-ndjson")
        .header("content-encoding", "gzip")
        .body(whole);
    let answer = app.partner().send(request).await.expect(200).json();
    let accepted = answer["accepted"].as_u64().unwrap();
    assert!((1..500).contains(&accepted), "{answer}");
    assert_eq!(
        answer["rejected"].as_array().unwrap().last().unwrap()["line"],
        accepted + 1,
        "{answer}"
    );
}

#[tokio::test]
async fn a_gzip_bomb_is_refused_and_memory_stays_flat() {
    let app = TestApp::start().await;
    let before = app.memory_peak_kib();
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    let zeros = vec![b' '; 1 << 20];
    for _ in 0..2048 {
        bomb.write_all(&zeros).unwrap();
    }
    let request = app
        .partner()
        .request(Method::POST, &format!("/api/v1/partners/{PARTNER}/listings"));
    let request = request
        .header("content-type", "application/x-ndjson")
        .header("content-encoding", "gzip");
    app.partner()
        .send(request.body(bomb.finish().unwrap()))
        .await
        .expect_problem(413);
    assert!(
        app.memory_peak_kib() < before + FLAT_KIB,
        "{} KiB after {before} KiB",
        app.memory_peak_kib()
    );
}

#[tokio::test]
async fn a_body_of_one_gigabyte_is_refused_and_memory_stays_flat() {
    let app = TestApp::start().await;
    let item = app.register(&json!({"title": "Ring", "photos": []})).await;
    let before = app.memory_peak_kib();
    let feed = format!("POST /api/v1/partners/{PARTNER}/listings");
    let photo = format!("PUT /api/v1/items/{item}/photos/1");
    for (what, token) in [(&feed, &app.people.partner), (&photo, &app.people.owner)] {
        for announced in [true, false] {
            let (status, sent) = send_a_gigabyte(&app, what, token, announced);
            assert_eq!(status, 413, "{what}, announced: {announced}, sent {sent} bytes");
            assert!(
                app.memory_peak_kib() < before + FLAT_KIB,
                "{} KiB after {before} KiB",
                app.memory_peak_kib()
            );
        }
    }
    app.push(&[bicycle("A-1", &frame_number(1))]).await;
}

/// Sends up to 1 GiB, as one announced length or in chunks, until the answer comes; its status and how much was sent.
fn send_a_gigabyte(app: &TestApp, what: &str, token: &str, announced: bool) -> (u16, u64) {
    let mut stream = TcpStream::connect(app.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    let length = if announced {
        "content-length: 1073741824"
    } else {
        "transfer-encoding: chunked"
    };
    let head = format!("{what} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n{length}\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut part = vec![b' '; 1 << 20];
    part[0] = b'\n';
    let mut sent = 0;
    for _ in 0..1024 {
        let (before, after): (&[u8], &[u8]) = if announced { (b"", b"") } else { (b"100000\r\n", b"\r\n") };
        let written = stream.write_all(before).and_then(|()| stream.write_all(&part));
        if written.and_then(|()| stream.write_all(after)).is_err() {
            break;
        }
        sent += part.len() as u64;
    }
    let mut answer = Vec::new();
    let mut some = [0; 4096];
    while !answer.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut some) {
            Ok(0) | Err(_) => break,
            Ok(read) => answer.extend(&some[..read]),
        }
    }
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    (
        status.unwrap_or_else(|| panic!("no answer after {sent} bytes: {answer:?}")),
        sent,
    )
}

#[tokio::test]
async fn pictures_that_are_none_or_too_large_are_refused() {
    let app = TestApp::start().await;
    let item = app.register(&json!({"title": "Ring", "photos": []})).await;
    app.put_item_photo(&item, 1, picture("i-001-1.jpg")).await;
    let before = app.memory_peak_kib();
    let good = picture("i-002-1.jpg");
    let cases: [(&str, Vec<u8>, &[u16]); 5] = [
        ("50,000 × 50,000 pixels", png_of(50_000, 50_000), &[413, 415, 422]),
        ("empty", Vec::new(), &[400, 415, 422]),
        ("text", b"this is no picture".to_vec(), &[415, 422]),
        ("cut off", good[..good.len() / 3].to_vec(), &[415, 422]),
        ("SVG", b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), &[415, 422]),
    ];
    for (what, bytes, statuses) in cases {
        let path = format!("/api/v1/items/{item}/photos/2");
        let answer = app.owner().send_bytes(Method::PUT, &path, "image/png", bytes).await;
        assert!(statuses.contains(&answer.status.as_u16()), "{what}: {}", answer.text());
        let status = answer.status.as_u16();
        answer.expect_problem(status);
    }
    assert!(
        app.memory_peak_kib() < before + FLAT_KIB,
        "{} KiB after {before} KiB",
        app.memory_peak_kib()
    );
    let photos = app.owner().get(&format!("/api/v1/items/{item}")).await.expect(200).json()["photos"].clone();
    assert_eq!(photos.as_array().unwrap().len(), 1, "{photos}");
}

/// A whole and valid PNG of one bit a pixel, all black.
fn png_of(width: u32, height: u32) -> Vec<u8> {
    let mut header = Vec::new();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([1, 0, 0, 0, 0]);
    let mut pixels = ZlibEncoder::new(Vec::new(), Compression::fast());
    let row = vec![0; 1 + width.div_ceil(8) as usize];
    for _ in 0..height {
        pixels.write_all(&row).unwrap();
    }
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in [(b"IHDR", header), (b"IDAT", pixels.finish().unwrap()), (b"IEND", Vec::new())] {
        png.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        let mut crc = flate2::Crc::new();
        crc.update(kind);
        crc.update(&data);
        png.extend(kind);
        png.extend(&data);
        png.extend(crc.sum().to_be_bytes());
    }
    png
}

#[tokio::test]
async fn a_photo_address_inside_is_not_fetched_and_says_why() {
    let app = TestApp::start().await;
    let inside = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    inside.set_nonblocking(true).unwrap();
    let port = inside.local_addr().unwrap().port();
    let mut listing = bicycle("A-1", &frame_number(1));
    let addresses = [
        format!("http://127.0.0.1:{port}/1.jpg"),
        format!("http://[::1]:{port}/2.jpg"),
        "http://169.254.169.254/".to_owned(),
    ];
    listing["photos"] = json!(addresses);
    app.push(&[listing]).await;
    app.settle().await;
    let held = app
        .partner()
        .get(&format!("/api/v1/partners/{PARTNER}/listings/A-1"))
        .await
        .expect(200)
        .json();
    let photos = held["photos"].as_array().unwrap();
    assert_eq!(photos.len(), addresses.len());
    for photo in photos {
        assert_eq!(photo["state"], "failed", "{photo}");
        assert!(photo["error"].as_str().is_some_and(|error| error.len() > 5), "{photo}");
    }
    assert!(inside.accept().is_err(), "the service connected to an address inside");
}

#[tokio::test]
async fn a_push_without_a_letter_in_force_is_refused_and_logged() {
    let app = TestApp::start().await;
    let last = app.last_entry();
    let push = app
        .with(&app.people.expired_partner)
        .push(EXPIRED, &[bicycle("A-1", &frame_number(1))])
        .await;
    let problem = push.expect_problem(403);
    assert!(problem.to_string().contains("expired"), "{problem}");
    assert_eq!(app.actions_since(last), ["push_refused"]);
    assert_eq!(app.figures().await.value("replevin_rows{table=\"listings\"}"), 0);
}

#[tokio::test]
async fn formats_that_are_not_read_are_named() {
    let app = TestApp::start().await;
    let path = format!("/api/v1/partners/{PARTNER}/listings");
    for content_type in [
        "application/pdf",
        "text/csv; charset=klingon",
        "application/json; charset=utf-16",
    ] {
        app.partner()
            .send_bytes(Method::POST, &path, content_type, "x")
            .await
            .expect_problem(415);
    }
    let request = app
        .partner()
        .request(Method::POST, &path)
        .header("content-encoding", "br")
        .body("x");
    app.partner().send(request).await.expect_problem(415);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
