//! Downloads against a server that breaks off, has changed, or has not.

#![allow(clippy::unwrap_used)]

use std::io::{Read, Seek};

use super::super::{DownloadOptions, Downloaded, Validators};
use super::server::{Answer, Server, answer};
use super::wire::{fetcher, options};
use crate::domain::feed_secret::SecretText;
use crate::egress::FetchError;

async fn download(
    server: &Server,
    known: &Validators,
    change: impl FnOnce(&mut DownloadOptions),
) -> (Result<Downloaded, FetchError>, String) {
    let mut limits = DownloadOptions {
        resume_ms: 1,
        silence_ms: 500,
        ..DownloadOptions::default()
    };
    change(&mut limits);
    let file = tempfile::tempfile().unwrap();
    let mut written = file.try_clone().unwrap();
    let mut file = tokio::fs::File::from_std(file);
    let done = fetcher(options(server))
        .download(&server.url("feed"), None, known, &limits, &mut file)
        .await;
    let mut text = String::new();
    written.rewind().unwrap();
    written.read_to_string(&mut text).unwrap();
    (done, text)
}

#[tokio::test]
async fn a_file_is_asked_for_only_when_it_has_changed() {
    let head = [("etag", "\"v2\""), ("last-modified", "Sun, 22 Nov 2026 10:00:00 GMT")];
    let server = Server::start(vec![("feed", Answer::Bytes(answer("200 OK", &head, b"all of it")))]).await;
    let known = Validators {
        etag: Some("\"v1\"".to_owned()),
        last_modified: None,
    };
    let (done, text) = download(&server, &known, |_| {}).await;
    let Downloaded::Whole {
        bytes,
        validators,
        resumes,
    } = done.unwrap()
    else {
        panic!("it has changed")
    };
    assert_eq!((bytes, resumes, text.as_str()), (9, 0, "all of it"));
    assert_eq!(validators.etag.as_deref(), Some("\"v2\""));
    assert!(
        server.seen()[0].to_lowercase().contains("if-none-match: \"v1\""),
        "{:?}",
        server.seen()
    );
    let same = Server::start(vec![("feed", Answer::Bytes(answer("304 Not Modified", &[], b"")))]).await;
    assert_eq!(download(&same, &validators, |_| {}).await.0.unwrap(), Downloaded::Unchanged);
}

#[tokio::test]
async fn a_transfer_that_breaks_is_taken_up_where_it_ended() {
    let broken = b"HTTP/1.1 200 OK\r\netag: \"v1\"\r\ncontent-length: 9\r\nconnection: close\r\n\r\nall ".to_vec();
    let rest = answer("206 Partial Content", &[("content-range", "bytes 4-8/9")], b"of it");
    let server = Server::start(vec![("feed", Answer::Turns(vec![broken.clone(), rest]))]).await;
    let (done, text) = download(&server, &Validators::default(), |_| {}).await;
    assert!(matches!(
        done.unwrap(),
        Downloaded::Whole {
            bytes: 9,
            resumes: 1,
            ..
        }
    ));
    assert_eq!(text, "all of it");
    let second = server.seen()[1].to_lowercase();
    assert!(
        second.contains("range: bytes=4-") && second.contains("if-range: \"v1\""),
        "{second}"
    );
    // What has changed meanwhile is sent whole, and begins anew.
    let other = answer("200 OK", &[("etag", "\"v2\"")], b"another");
    let server = Server::start(vec![("feed", Answer::Turns(vec![broken.clone(), other]))]).await;
    let (done, text) = download(&server, &Validators::default(), |_| {}).await;
    assert!(matches!(
        done.unwrap(),
        Downloaded::Whole {
            bytes: 7,
            resumes: 1,
            ..
        }
    ));
    assert_eq!(text, "another");
    // The rest of the same file may leave its length open.
    let rest = answer(
        "206 Partial Content",
        &[("content-range", "bytes 4-8/*"), ("etag", "\"v1\"")],
        b"of it",
    );
    let server = Server::start(vec![("feed", Answer::Turns(vec![broken.clone(), rest]))]).await;
    assert_eq!(download(&server, &Validators::default(), |_| {}).await.1, "all of it");
    // What says to be the rest and is the rest of something else, or of nobody knows what, is not put behind it.
    let unknown =
        b"HTTP/1.1 200 OK\r\netag: \"v1\"\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n4\r\nall \r\n".to_vec();
    let rest = |headers: &[(&str, &str)]| answer("206 Partial Content", headers, b"of it");
    for (first, rest) in [
        (&broken, rest(&[("content-range", "bytes 4-8/9"), ("etag", "\"v2\"")])),
        (&broken, rest(&[("content-range", "bytes 4-8/12")])),
        (&unknown, rest(&[("content-range", "bytes 4-8/*")])),
        (&unknown, rest(&[("content-range", "bytes 4-8/9")])),
    ] {
        let server = Server::start(vec![("feed", Answer::Turns(vec![first.clone(), rest]))]).await;
        let (done, text) = download(&server, &Validators::default(), |_| {}).await;
        assert!(matches!(done, Err(FetchError::Changed)), "{done:?}");
        assert_eq!(text, "");
    }
    let server = Server::start(vec![("feed", Answer::Turns(vec![broken; 9]))]).await;
    let (done, _) = download(&server, &Validators::default(), |limits| limits.resumes_max = 2).await;
    assert!(done.unwrap_err().is_transient());
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn silence_and_size_are_bounded() {
    let server = Server::start(vec![("feed", Answer::Silence)]).await;
    let (done, _) = download(&server, &Validators::default(), |_| {}).await;
    assert!(matches!(done, Err(FetchError::Timeout { deadline_ms: 500 })));
    let server = Server::start(vec![("feed", Answer::Bytes(answer("200 OK", &[], &[b'x'; 2_000])))]).await;
    let (done, _) = download(&server, &Validators::default(), |limits| limits.bytes_max = 1_000).await;
    assert!(matches!(done, Err(FetchError::TooLarge { bytes_max: 1_000 })));
}

/// The parts of `body` that a server hands out, so many bytes each.
fn parts(body: &[u8], bytes: usize, tag: &str) -> Vec<Vec<u8>> {
    let mut from = 0;
    body.chunks(bytes)
        .map(|part| {
            let range = format!("bytes {from}-{}/{}", from + part.len() - 1, body.len());
            from += part.len();
            answer("206 Partial Content", &[("content-range", &range), ("etag", tag)], part)
        })
        .collect()
}

#[tokio::test]
async fn a_file_that_comes_in_parts_is_put_together() {
    let body = b"all of it, and then some more";
    let server = Server::start(vec![("feed", Answer::Turns(parts(body, 10, "\"v1\"")))]).await;
    let (done, text) = download(&server, &Validators::default(), |limits| limits.part_bytes = Some(10)).await;
    let Downloaded::Whole { bytes, validators, .. } = done.unwrap() else {
        panic!("nothing was known")
    };
    assert_eq!((bytes as usize, text.as_bytes()), (body.len(), &body[..]));
    assert_eq!(validators.etag.as_deref(), Some("\"v1\""));
    let seen: Vec<String> = server.seen().iter().map(|head| head.to_lowercase()).collect();
    assert_eq!(seen.len(), 3);
    for (head, range) in seen.iter().zip(["bytes=0-9", "bytes=10-19", "bytes=20-29"]) {
        assert!(head.contains(&format!("range: {range}")), "{head}");
        assert!(
            head.contains("accept-encoding: identity"),
            "a part of what is compressed for the way is none: {head}"
        );
    }
    // A small file comes whole; one whose length is not told ends where nothing more comes.
    let whole = answer("200 OK", &[], b"small");
    let server = Server::start(vec![("feed", Answer::Bytes(whole))]).await;
    assert_eq!(
        download(&server, &Validators::default(), |limits| limits.part_bytes = Some(10))
            .await
            .1,
        "small"
    );
    let open = |range: &str, body: &[u8]| answer("206 Partial Content", &[("content-range", range)], body);
    let turns = vec![open("bytes 0-3/*", b"four"), answer("416 Range Not Satisfiable", &[], b"")];
    let server = Server::start(vec![("feed", Answer::Turns(turns))]).await;
    assert_eq!(
        download(&server, &Validators::default(), |limits| limits.part_bytes = Some(4))
            .await
            .1,
        "four"
    );
}

#[tokio::test]
async fn parts_of_another_file_are_not_put_together() {
    let mut mixed = parts(b"the first file", 7, "\"v1\"");
    mixed[1] = parts(b"the other file", 7, "\"v2\"").remove(1);
    let server = Server::start(vec![("feed", Answer::Turns(mixed))]).await;
    let (done, _) = download(&server, &Validators::default(), |limits| limits.part_bytes = Some(7)).await;
    assert!(matches!(done, Err(FetchError::Changed)), "{done:?}");
    // The same part over and over never ends.
    let first = parts(b"the first file", 7, "\"v1\"").remove(0);
    let server = Server::start(vec![("feed", Answer::Bytes(first))]).await;
    let (done, _) = download(&server, &Validators::default(), |limits| limits.part_bytes = Some(7)).await;
    assert!(matches!(done, Err(FetchError::OtherPart)), "{done:?}");
    // A byte at a time is no part of the size that was asked for.
    let crumbs = parts(b"the first file", 1, "\"v1\"");
    let server = Server::start(vec![("feed", Answer::Turns(crumbs))]).await;
    let (done, _) = download(&server, &Validators::default(), |limits| limits.part_bytes = Some(7)).await;
    assert!(matches!(done, Err(FetchError::OtherPart)), "{done:?}");
}

#[tokio::test]
async fn what_is_meant_for_one_server_is_told_to_no_other() {
    let other = Server::start(vec![("feed", Answer::Bytes(answer("200 OK", &[], b"here")))]).await;
    let elsewhere = other.url("feed").to_string();
    let moved = answer("302 Found", &[("location", &elsewhere)], b"");
    let near = answer("307 Temporary Redirect", &[("location", "/moved")], b"");
    let server = Server::start(vec![("feed", Answer::Bytes(near)), ("moved", Answer::Bytes(moved))]).await;
    let secret = SecretText::parse("Bearer open-sesame").unwrap();
    let own = vec![
        ("Authorization".to_owned(), secret),
        ("X-Market".to_owned(), SecretText::parse("DK").unwrap()),
    ];
    let mut file = tokio::fs::File::from_std(tempfile::tempfile().unwrap());
    let mut both = options(&server);
    both.exempt.push(other.address.to_string().parse().unwrap());
    let limits = DownloadOptions {
        own_headers: own.clone(),
        ..DownloadOptions::default()
    };
    let none = Validators::default();
    fetcher(both)
        .download(&server.url("feed"), None, &none, &limits, &mut file)
        .await
        .unwrap();
    for head in server.seen() {
        assert!(
            head.contains("Bearer open-sesame") && head.to_lowercase().contains("x-market: dk"),
            "{head}"
        );
    }
    assert_eq!((server.seen().len(), other.seen().len()), (2, 1));
    let there = other.seen()[0].to_lowercase();
    assert!(
        !there.contains("sesame") && !there.contains("x-market") && !there.contains("authorization"),
        "{there}"
    );
    // Nothing secret goes out in the open, except to a place that the operator exempts.
    let open = "http://feeds.example/lots".parse().unwrap();
    let refused = fetcher(options(&server))
        .download(&open, None, &none, &limits, &mut file)
        .await;
    assert!(matches!(refused, Err(FetchError::NotEncrypted)), "{refused:?}");
    assert!(!format!("{limits:?}").contains("sesame"));
}
