//! Whether one partner of fifty that misbehaves in every way at once holds up the others.
//!
//! Forty-nine partners push small batches at a steady rate; how long each push takes is measured, first with nothing else to do,
//! then while the fiftieth lets us fetch feeds from a server that hangs, trickles, breaks off, answers 503, redirects for ever or
//! never ends, and itself pushes bodies that stand still, break off or are as large as may be.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::market;
use crate::support::{self, Opened, answered, at_ms, own_mib, print_times};

/// Listings of one push.
const AT_ONCE: u64 = 10;
/// What the server of the bad partner does, by the path that it is asked for.
const FAULTS: [&str; 6] = ["hang", "trickle", "break-off", "unavailable", "redirects", "endless"];

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Partners that behave.
    #[arg(default_value_t = 49)]
    partners: u64,
    /// Seconds of each part.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Milliseconds between two pushes of a partner.
    #[arg(long, default_value_t = 2_000)]
    every_ms: u64,
}

pub(crate) async fn run(options: &Options) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let place = listener.local_addr().unwrap().to_string();
    let opened = Opened::empty_exempting(place.clone()).await;
    let (app, base) = (opened.app.clone(), opened.base.clone());
    let mut good = Vec::new();
    for number in 0..options.partners {
        let name = format!("good-{number}");
        good.push((
            format!("{base}/partners/{name}/listings"),
            support::partner_named(&app, &name).await,
        ));
    }
    let bad = support::partner_named(&app, "bad").await;
    market::register(&app, 10_000).await;
    let serving = opened.serve();
    support::caught_up(&app).await;

    let next = Arc::new(AtomicU64::new(0));
    let about = |part: &str| json!({"part": part, "partners": options.partners, "mib": own_mib()});
    drop(push_all(&good, options, &next, 5).await);
    let mut alone = push_all(&good, options, &next, options.seconds).await;
    let alone_ms = at_ms(&mut alone, 0.99);
    print_times("isolation", &about("alone"), alone);

    // In truth its work is done on machines of its own: here, on what the service and the others leave.
    let elsewhere = replevin::lifecycle::background::start().unwrap();
    let server = elsewhere.spawn(misbehave(listener));
    set_feeds(&base, &bad, &place).await;
    let pushing = elsewhere.spawn(push_badly(base.clone(), bad));
    // Until every fault has begun.
    drop(push_all(&good, options, &next, 5).await);
    let mut beside = push_all(&good, options, &next, options.seconds).await;
    let beside_ms = at_ms(&mut beside, 0.99);
    print_times("isolation", &about("beside a bad partner"), beside);
    println!(
        "{}",
        json!({"bench": "isolation", "p99_alone_ms": alone_ms, "p99_beside_ms": beside_ms,
        "ratio": (beside_ms / alone_ms * 100.0).round() / 100.0})
    );
    pushing.abort();
    server.abort();
    drop(app);
    drop(serving.end().await);
}

/// Every partner pushes for so many seconds; how long each push took.
async fn push_all(partners: &[(String, String)], options: &Options, next: &Arc<AtomicU64>, seconds: u64) -> Vec<Duration> {
    let until = Instant::now() + Duration::from_secs(seconds);
    let each = Duration::from_millis(options.every_ms);
    let pushing: Vec<_> = (0..)
        .zip(partners.iter().cloned())
        .map(|(number, (url, token))| {
            let next = Arc::clone(next);
            let first = each.mul_f64(f64::from(number) / partners.len() as f64);
            tokio::spawn(async move {
                let (client, mut times) = (support::client(), Vec::new());
                tokio::time::sleep(first).await;
                let mut tick = tokio::time::interval(each);
                loop {
                    tick.tick().await;
                    if Instant::now() >= until {
                        return times;
                    }
                    let start = next.fetch_add(AT_ONCE, Ordering::Relaxed);
                    let began = Instant::now();
                    market::push(&client, &url, &token, (start..start + AT_ONCE).map(market::listing)).await;
                    times.push(began.elapsed());
                }
            })
        })
        .collect();
    let mut times = Vec::new();
    for one in pushing {
        times.extend(one.await.unwrap());
    }
    times
}

/// The bad partner names a feed for each fault.
async fn set_feeds(base: &str, token: &str, place: &str) {
    let client = support::client();
    for fault in FAULTS {
        let feed = json!({"format": "ndjson", "pull": {"url": format!("http://{place}/{fault}"), "schedule": "* * * * *"}});
        let url = format!("{base}/partners/bad/feeds/{fault}");
        answered(client.request(Method::PUT, url).bearer_auth(token).json(&feed)).await;
    }
}

/// Its server.
async fn misbehave(listener: TcpListener) {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        tokio::spawn(async move {
            let mut head = vec![0; 4096];
            let read = stream.read(&mut head).await.unwrap_or(0);
            let asked = String::from_utf8_lossy(&head[..read]).into_owned();
            let fault = FAULTS.iter().find(|fault| asked.contains(&format!("/{fault}"))).copied();
            // The other end may be gone: that is the point.
            drop(answer(&mut stream, fault.unwrap_or_default()).await);
        });
    }
}

async fn answer(stream: &mut TcpStream, fault: &str) -> std::io::Result<()> {
    let line = format!("{}\n", market::listing(1));
    let head = match fault {
        "hang" => return std::future::pending().await,
        "break-off" => "200 OK\r\ncontent-length: 99999\r\netag: \"1\"",
        "unavailable" => "503 Busy\r\ncontent-length: 0",
        "redirects" => "302 Found\r\nlocation: /redirects\r\ncontent-length: 0",
        _ => "200 OK",
    };
    stream.write_all(format!("HTTP/1.1 {head}\r\n\r\n").as_bytes()).await?;
    match fault {
        "trickle" => loop {
            stream.write_all(&line.as_bytes()[..1]).await?;
            tokio::time::sleep(Duration::from_millis(100)).await;
        },
        "endless" => {
            let block = line.repeat(1_000);
            loop {
                stream.write_all(block.as_bytes()).await?;
            }
        }
        "break-off" => stream.write_all(line.as_bytes()).await,
        _ => Ok(()),
    }
}

/// Its own pushes: six bodies that stand still, and one after another that breaks off or is as large as may be.
async fn push_badly(base: String, token: String) {
    let host = base.split('/').nth(2).unwrap().to_owned();
    let head = |length: usize| {
        format!(
            "POST /api/v1/partners/bad/listings HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: {length}\r\n\r\n"
        )
    };
    let mut standing = Vec::new();
    for _ in 0..6 {
        let mut stream = TcpStream::connect(&host).await.unwrap();
        stream.write_all(head(64 << 20).as_bytes()).await.unwrap();
        stream.write_all(&vec![b'\n'; 4 << 20]).await.ok();
        standing.push(stream);
    }
    let client = support::client();
    let lines: String = (0..20_000).map(|number| format!("{}\n", bad_line(number))).collect();
    loop {
        let mut stream = TcpStream::connect(&host).await.unwrap();
        stream.write_all(head(1 << 20).as_bytes()).await.unwrap();
        stream.write_all(&vec![b'x'; 100_000]).await.ok();
        drop(stream);
        let url = format!("{base}/partners/bad/listings");
        drop(client.post(url).bearer_auth(&token).body(lines.clone()).send().await);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// A record that cannot be taken in, with faults to tell and a seller to hide.
fn bad_line(number: u64) -> Value {
    let mut listing = market::listing(number);
    listing["title"] = json!("");
    listing["price"] = json!({"amount": "cheap", "currency": "?"});
    listing
}
