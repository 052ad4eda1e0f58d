//! One guard for photos and feeds: no connection to a forbidden address, however it is written, by redirect, or by a name that
//! answers otherwise the second time.

#![allow(clippy::unwrap_used)]

use url::Url;

use super::super::{DownloadOptions, Downloaded, FetchError, FetchOptions, GuardedFetcher, Validators};
use super::server::{Answer, Scripted, Server, answer};
use super::urls::{HOSTILE, Verdict};
use super::wire::{fetcher, options};

async fn download(fetcher: &GuardedFetcher, url: &Url) -> Result<Downloaded, FetchError> {
    let mut file = tokio::fs::File::from_std(tempfile::tempfile().unwrap());
    let limits = DownloadOptions {
        resume_ms: 1,
        silence_ms: 500,
        ..DownloadOptions::default()
    };
    fetcher.download(url, None, &Validators::default(), &limits, &mut file).await
}

/// Every hostile address, on the very port at which something listens here.
#[tokio::test]
async fn no_form_of_address_is_connected_to() {
    let victim = Server::start(vec![("", Answer::Bytes(answer("200 OK", &[], b"secret")))]).await;
    let port = victim.address.port();
    let fetcher = fetcher(FetchOptions {
        http_ports: vec![80, port],
        https_ports: vec![443, port],
        deadline_ms: 2_000,
        ..FetchOptions::default()
    });
    let mut tried = 0;
    for (text, _) in HOSTILE.iter().filter(|(_, verdict)| *verdict == Verdict::Address) {
        let mut url = Url::parse(text).unwrap();
        url.set_port(Some(port)).unwrap();
        let fetched = fetcher.fetch(&url, None).await;
        assert!(matches!(fetched, Err(FetchError::ForbiddenAddress)), "{text}: {fetched:?}");
        let downloaded = download(&fetcher, &url).await;
        assert!(
            matches!(downloaded, Err(FetchError::ForbiddenAddress)),
            "{text}: {downloaded:?}"
        );
        // Over TLS, which messages need: the address is refused before anything is said.
        url.set_scheme("https").unwrap();
        let posted = fetcher.post(&url, &[], "{}".into()).await;
        assert!(matches!(posted, Err(FetchError::ForbiddenAddress)), "{text}: {posted:?}");
        tried += 1;
    }
    assert!(tried >= 80, "{tried}");
    assert!(victim.seen().is_empty());
}

#[tokio::test]
async fn a_feed_is_not_led_inside() {
    let victim = Server::start(vec![("secret", Answer::Bytes(answer("200 OK", &[], b"secret")))]).await;
    let inside = victim.url("secret").to_string();
    let redirect = answer("302 Found", &[("Location", &inside)], b"");
    let broken = b"HTTP/1.1 200 OK\r\netag: \"v1\"\r\ncontent-length: 9\r\nconnection: close\r\n\r\nall ".to_vec();
    // At once, and where a transfer that broke is taken up again.
    for turns in [vec![redirect.clone()], vec![broken, redirect]] {
        let server = Server::start(vec![("feed", Answer::Turns(turns))]).await;
        let fetcher = fetcher(FetchOptions {
            http_ports: vec![80, victim.address.port()],
            ..options(&server)
        });
        let downloaded = download(&fetcher, &server.url("feed")).await;
        assert!(matches!(downloaded, Err(FetchError::ForbiddenAddress)), "{downloaded:?}");
    }
    let resolver = Scripted::new(&[&["3ffe::1"], &["127.0.0.1"]]);
    let port = victim.address.port();
    let rebound = FetchOptions {
        http_ports: vec![port],
        ..FetchOptions::default()
    };
    let fetcher = GuardedFetcher::with_resolver(rebound, resolver.clone()).unwrap();
    let url = Url::parse(&format!("http://rebind.example.com:{port}/secret")).unwrap();
    assert!(download(&fetcher, &url).await.unwrap_err().is_transient());
    let second = download(&fetcher, &url).await;
    assert!(matches!(second, Err(FetchError::ForbiddenAddress)), "{second:?}");
    assert_eq!(resolver.lookups(), 2);
    assert!(victim.seen().is_empty());
}

#[tokio::test]
async fn a_message_is_not_led_inside_by_a_name_that_changes() {
    let victim = Server::start(vec![("", Answer::Bytes(answer("200 OK", &[], b"secret")))]).await;
    let port = victim.address.port();
    let resolver = Scripted::new(&[&["3ffe::1"], &["127.0.0.1"]]);
    let options = FetchOptions {
        https_ports: vec![port],
        deadline_ms: 500,
        ..FetchOptions::default()
    };
    let fetcher = GuardedFetcher::with_resolver(options, resolver.clone()).unwrap();
    let url = Url::parse(&format!("https://rebind.example.com:{port}/hook")).unwrap();
    let first = fetcher.post(&url, &[], "{}".into()).await.unwrap_err();
    assert!(first.is_transient(), "{first:?}");
    let second = fetcher.post(&url, &[], "{}".into()).await.unwrap_err();
    assert!(matches!(second, FetchError::ForbiddenAddress), "{second:?}");
    assert_eq!(resolver.lookups(), 2);
    assert!(victim.seen().is_empty());
}
