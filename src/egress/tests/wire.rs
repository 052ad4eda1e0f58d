//! The fetcher over real sockets.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

use super::server::{Answer, Scripted, Server, answer};
use crate::domain::host::HostPort;
use crate::egress::{FetchError, FetchOptions, GuardedFetcher};

/// Options that exempt `server` and nothing else.
pub(super) fn options(server: &Server) -> FetchOptions {
    FetchOptions {
        exempt: vec![server.address.to_string().parse::<HostPort>().unwrap()],
        ..FetchOptions::default()
    }
}

pub(super) fn fetcher(options: FetchOptions) -> GuardedFetcher {
    GuardedFetcher::new(options).unwrap()
}

async fn one(name: &'static str, said: Answer) -> (Server, GuardedFetcher) {
    let server = Server::start(vec![(name, said)]).await;
    let fetcher = fetcher(options(&server));
    (server, fetcher)
}

#[tokio::test]
async fn bytes_come_back_as_they_were_sent() {
    let body: Vec<u8> = (0..70_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let (server, fetcher) = one(
        "1.jpg",
        Answer::Bytes(answer("200 OK", &[("Content-Type", "image/jpeg")], &body)),
    )
    .await;
    let fetched = fetcher.fetch(&server.url("1.jpg"), None).await.unwrap();
    assert_eq!(fetched.bytes, body);
    assert_eq!(fetched.content_type.as_deref(), Some("image/jpeg"));
    assert_eq!(fetched.final_url, server.url("1.jpg"));
    let head = server.seen().remove(0).to_lowercase();
    assert!(head.contains("accept-encoding: identity\r\n"), "{head}");
    assert!(head.contains("user-agent: replevin/"), "{head}");
    assert!(!head.contains("cookie:") && !head.contains("referer:"), "{head}");
}

#[tokio::test]
async fn without_the_exemption_loopback_is_not_contacted() {
    let server = Server::start(vec![("1.jpg", Answer::Bytes(answer("200 OK", &[], b"x")))]).await;
    let port = server.address.port();
    let open = FetchOptions {
        http_ports: vec![port],
        ..FetchOptions::default()
    };
    let fetcher = fetcher(open);
    for text in [
        format!("http://127.0.0.1:{port}/1.jpg"),
        format!("http://2130706433:{port}/1.jpg"),
        format!("http://[::ffff:127.0.0.1]:{port}/1.jpg"),
        format!("http://localhost:{port}/1.jpg"),
    ] {
        let outcome = fetcher.fetch(&Url::parse(&text).unwrap(), None).await;
        assert!(matches!(outcome, Err(FetchError::ForbiddenAddress)), "{text}: {outcome:?}");
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_redirect_to_a_forbidden_place_is_refused() {
    let victim = Server::start(vec![("secret", Answer::Bytes(answer("200 OK", &[], b"secret")))]).await;
    let locations = [
        (victim.url("secret").to_string(), "address or port"),
        (format!("http://127.0.0.1.:{}/secret", victim.address.port()), "trailing dot"),
        ("http://169.254.169.254/latest/".to_owned(), "metadata"),
        ("//[::1]/".to_owned(), "scheme-relative"),
        ("file:///etc/passwd".to_owned(), "file"),
        ("https://user@cdn.example.com/".to_owned(), "credentials"),
    ];
    for (location, what) in locations {
        let redirect = answer("302 Found", &[("Location", &location)], b"");
        let (server, mut fetcher) = one("a", Answer::Bytes(redirect)).await;
        if what == "address or port" {
            let ports = vec![80, victim.address.port()];
            fetcher = self::fetcher(FetchOptions {
                http_ports: ports,
                ..options(&server)
            });
        }
        let error = fetcher.fetch(&server.url("a"), None).await.unwrap_err();
        assert!(!error.is_transient(), "{what}: {error:?}");
        assert!(!matches!(error, FetchError::Status { .. }), "{what}: {error:?}");
        assert_eq!(server.seen().len(), 1, "{what}");
    }
    assert!(victim.seen().is_empty());
}

#[tokio::test]
async fn a_redirect_off_the_partners_hosts_is_refused() {
    let redirect = answer(
        "301 Moved Permanently",
        &[("Location", "https://elsewhere.example.com/1.jpg")],
        b"",
    );
    let (server, fetcher) = one("a", Answer::Bytes(redirect)).await;
    let allowed = ["127.0.0.1".to_owned()];
    let outcome = fetcher.fetch(&server.url("a"), Some(&allowed)).await;
    assert!(matches!(outcome, Err(FetchError::HostNotAllowed)), "{outcome:?}");
}

#[tokio::test]
async fn redirects_are_followed_to_the_limit() {
    let to = |place: &str, status: &str| Answer::Bytes(answer(status, &[("Location", place)], b"ignored"));
    let server = Server::start(vec![
        ("a", to("/b", "301 Moved")),
        ("b", to("c", "302 Found")),
        ("c", to("?d", "307 Temporary Redirect")),
        ("c?d", Answer::Bytes(answer("200 OK", &[], b"there"))),
        ("loop", to("/loop", "308 Permanent Redirect")),
        ("nowhere", Answer::Bytes(answer("302 Found", &[], b""))),
        ("broken", to("http://[", "302 Found")),
    ])
    .await;
    let fetched = fetcher(options(&server)).fetch(&server.url("a"), None).await.unwrap();
    assert_eq!(
        (fetched.bytes.as_ref(), &fetched.final_url),
        (b"there".as_slice(), &server.url("c?d"))
    );

    let short = fetcher(FetchOptions {
        redirects_max: 2,
        ..options(&server)
    });
    let outcome = short.fetch(&server.url("a"), None).await;
    assert!(
        matches!(outcome, Err(FetchError::TooManyRedirects { redirects_max: 2 })),
        "{outcome:?}"
    );
    let before = server.seen().len();
    let outcome = short.fetch(&server.url("loop"), None).await;
    assert!(matches!(outcome, Err(FetchError::TooManyRedirects { .. })), "{outcome:?}");
    assert_eq!(server.seen().len() - before, 3);
    for path in ["nowhere", "broken"] {
        let outcome = short.fetch(&server.url(path), None).await;
        assert!(matches!(outcome, Err(FetchError::BadRedirect)), "{path}: {outcome:?}");
    }
}

#[tokio::test]
async fn the_deadline_covers_silence_and_trickling() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n".to_vec();
    let pause = Duration::from_millis(20);
    for said in [
        Answer::Silence,
        Answer::Trickle(head, b"x".to_vec(), pause),
        Answer::Trickle(b"HTTP/1.1 200 OK\r\n".to_vec(), b"X-More: y\r\n".to_vec(), pause),
    ] {
        let server = Server::start(vec![("slow", said)]).await;
        let fetcher = fetcher(FetchOptions {
            deadline_ms: 300,
            ..options(&server)
        });
        let error = fetcher.fetch(&server.url("slow"), None).await.unwrap_err();
        assert!(matches!(error, FetchError::Timeout { deadline_ms: 300 }), "{error:?}");
        assert!(error.is_transient());
    }
}

#[tokio::test]
async fn too_much_is_cut_whatever_was_announced() {
    let body = vec![7_u8; 5_000];
    let endless = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    let chunk = [b"3e8\r\n".as_slice(), &[7; 1_000], b"\r\n"].concat();
    let server = Server::start(vec![
        ("announced", Answer::Bytes(answer("200 OK", &[], &body))),
        (
            "boast",
            Answer::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx".to_vec()),
        ),
        ("chunked", Answer::Trickle(endless, chunk, Duration::ZERO)),
        (
            "until-close",
            Answer::Bytes([b"HTTP/1.0 200 OK\r\n\r\n".as_slice(), &body].concat()),
        ),
        ("fits", Answer::Bytes(answer("200 OK", &[], &body[..4_096]))),
        (
            "understated",
            Answer::Bytes([b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n".as_slice(), &body].concat()),
        ),
    ])
    .await;
    let fetcher = fetcher(FetchOptions {
        bytes_max: 4_096,
        ..options(&server)
    });
    for path in ["announced", "boast", "chunked", "until-close"] {
        let error = fetcher.fetch(&server.url(path), None).await.unwrap_err();
        assert!(
            matches!(error, FetchError::TooLarge { bytes_max: 4_096 }),
            "{path}: {error:?}"
        );
        assert!(!error.is_transient());
    }
    assert_eq!(fetcher.fetch(&server.url("fits"), None).await.unwrap().bytes.len(), 4_096);
    assert_eq!(fetcher.fetch(&server.url("understated"), None).await.unwrap().bytes.len(), 10);
}

#[tokio::test]
async fn statuses_say_whether_to_come_back() {
    let cases: &[(&'static str, &str, bool)] = &[
        ("204", "204 No Content", false),
        ("206", "206 Partial Content", false),
        ("304", "304 Not Modified", false),
        ("400", "400 Bad Request", false),
        ("403", "403 Forbidden", false),
        ("404", "404 Not Found", false),
        ("408", "408 Request Timeout", true),
        ("410", "410 Gone", false),
        ("429", "429 Too Many Requests", true),
        ("500", "500 Internal Server Error", true),
        ("503", "503 Service Unavailable", true),
    ];
    let answers = cases
        .iter()
        .map(|(path, status, _)| (*path, Answer::Bytes(answer(status, &[("Retry-After", "120")], b""))));
    let server = Server::start(answers.collect()).await;
    let fetcher = fetcher(options(&server));
    for (path, _, transient) in cases {
        let error = fetcher.fetch(&server.url(path), None).await.unwrap_err();
        assert!(
            matches!(&error, FetchError::Status { status, .. } if status.to_string() == *path),
            "{error:?}"
        );
        assert_eq!(
            (error.is_transient(), error.retry_after_s()),
            (*transient, Some(120)),
            "{path}"
        );
    }
}

#[tokio::test]
async fn broken_connections_are_transient_and_say_nothing_of_the_inside() {
    let gone = Server::start(vec![]).await;
    let (gone_options, gone_url) = (options(&gone), gone.url("x"));
    drop(gone);
    tokio::task::yield_now().await;
    let server = Server::start(vec![
        ("close", Answer::Close),
        (
            "short",
            Answer::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nonly this".to_vec()),
        ),
        ("garbage", Answer::Bytes(b"\x16\x03\x01 what is this\r\n\r\n".to_vec())),
    ])
    .await;
    let mut errors = vec![fetcher(gone_options).fetch(&gone_url, None).await.unwrap_err()];
    for path in ["close", "short", "garbage"] {
        errors.push(fetcher(options(&server)).fetch(&server.url(path), None).await.unwrap_err());
    }
    for error in errors {
        assert!(matches!(error, FetchError::Connection(_)), "{error:?}");
        assert!(error.is_transient());
        assert_eq!(error.to_string(), "the connection failed");
    }
}

#[tokio::test]
async fn compressed_answers_are_refused() {
    let gzip = answer("200 OK", &[("Content-Encoding", "gzip")], b"\x1f\x8b\x08\0\0\0\0\0");
    let (server, fetcher) = one("a", Answer::Bytes(gzip)).await;
    let outcome = fetcher.fetch(&server.url("a"), None).await;
    assert!(matches!(outcome, Err(FetchError::Compressed)), "{outcome:?}");
}

#[tokio::test]
async fn tls_is_spoken_and_checked() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let plain = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let first = stream.read_u8().await.unwrap();
        stream.write_all(&answer("200 OK", &[], b"plain")).await.unwrap();
        first
    });
    let exempt = vec![address.to_string().parse().unwrap()];
    let fetcher = fetcher(FetchOptions {
        exempt,
        ..FetchOptions::default()
    });
    let outcome = fetcher
        .fetch(&Url::parse(&format!("https://{address}/a")).unwrap(), None)
        .await;
    assert!(matches!(outcome, Err(FetchError::Connection(_))), "{outcome:?}");
    assert_eq!(plain.await.unwrap(), 0x16, "a TLS handshake record came");
}

/// A name that answers with a public address first and a private one afterwards: the connector dials the very answer
/// that was checked, and the second answer is refused. Nothing listens at the public address.
#[tokio::test]
async fn rebinding_does_not_get_inside() {
    let victim = Server::start(vec![("", Answer::Bytes(answer("200 OK", &[], b"secret")))]).await;
    let port = victim.address.port();
    let resolver = Scripted::new(&[&["3ffe::1"], &["127.0.0.1"]]);
    let options = FetchOptions {
        http_ports: vec![port],
        deadline_ms: 500,
        ..FetchOptions::default()
    };
    let fetcher = GuardedFetcher::with_resolver(options, resolver.clone()).unwrap();
    let url = Url::parse(&format!("http://rebind.example.com:{port}/")).unwrap();

    let first = fetcher.fetch(&url, None).await.unwrap_err();
    assert!(first.is_transient(), "{first:?}");
    assert_eq!(resolver.lookups(), 1, "the connector looked up exactly once");
    let second = fetcher.fetch(&url, None).await.unwrap_err();
    assert!(matches!(second, FetchError::ForbiddenAddress), "{second:?}");
    assert_eq!(resolver.lookups(), 2);
    assert!(victim.seen().is_empty());
}

#[tokio::test]
async fn every_address_of_an_answer_is_checked() {
    for inside in [
        "127.0.0.1",
        "10.1.2.3",
        "::1",
        "fd00::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "169.254.169.254",
    ] {
        let resolver = Scripted::new(&[&["3ffe::1", inside]]);
        let fetcher = GuardedFetcher::with_resolver(FetchOptions::default(), resolver).unwrap();
        let outcome = fetcher.fetch(&Url::parse("http://mixed.example.com/").unwrap(), None).await;
        assert!(matches!(outcome, Err(FetchError::ForbiddenAddress)), "{inside}: {outcome:?}");
    }
    let fetcher = GuardedFetcher::with_resolver(FetchOptions::default(), Scripted::new(&[&[]])).unwrap();
    let error = fetcher
        .fetch(&Url::parse("http://nothing.example.com/").unwrap(), None)
        .await
        .unwrap_err();
    assert!(matches!(error, FetchError::Resolve(_)) && error.is_transient(), "{error:?}");
    assert_eq!(error.to_string(), "the host name could not be resolved");
}

/// An exempt name may resolve inside, but only on its exact port.
#[tokio::test]
async fn an_exempt_name_resolves_inside_on_its_port_alone() {
    let server = Server::start(vec![("1.jpg", Answer::Bytes(answer("200 OK", &[], b"intranet")))]).await;
    let other = Server::start(vec![("1.jpg", Answer::Bytes(answer("200 OK", &[], b"secret")))]).await;
    let (port, closed) = (server.address.port(), other.address.port());
    let exempt = vec![format!("partner.example.com:{port}").parse().unwrap()];
    let options = FetchOptions {
        exempt,
        http_ports: vec![80, closed],
        ..FetchOptions::default()
    };
    let fetcher = GuardedFetcher::with_resolver(options, Scripted::new(&[&["127.0.0.1"]])).unwrap();
    let url = |port| Url::parse(&format!("http://partner.example.com:{port}/1.jpg")).unwrap();
    assert_eq!(fetcher.fetch(&url(port), None).await.unwrap().bytes, "intranet");
    let outcome = fetcher.fetch(&url(closed), None).await;
    assert!(matches!(outcome, Err(FetchError::ForbiddenAddress)), "{outcome:?}");
    assert!(other.seen().is_empty());
}
