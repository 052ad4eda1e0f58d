//! Downloads against a server that breaks off, has changed, or has not.

#![allow(clippy::unwrap_used)]

use std::io::{Read, Seek};

use super::super::{DownloadOptions, Downloaded, Validators};
use super::server::{Answer, Server, answer};
use super::wire::{fetcher, options};
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
