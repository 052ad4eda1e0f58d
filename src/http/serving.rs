//! Taking in connections: how many at once, how long one may wait with its request, and how long stopping waits for them.
//!
//! HTTP/1.1 alone: TLS and HTTP/2 are the proxy's in front.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// Most connections at once; further ones wait in the system's queue.
const CONNECTIONS_MAX: usize = 1024;
/// Seconds within which the head of a request must be here, from the end of the one before on. Longer than proxies keep a
/// connection that nobody uses, so that none is closed under a request.
const HEAD_SECONDS_MAX: u64 = 75;
/// Seconds that stopping waits for requests under way before it breaks them off.
const STOP_SECONDS_MAX: u64 = 20;
/// Seconds to wait when no connection can be taken, as when the system has no file handles left.
const RETRY_SECONDS: u64 = 1;

/// How long to be patient with a connection.
#[derive(Debug, Clone, Copy)]
struct Patience {
    head: Duration,
    stop: Duration,
}

/// Answers what comes in until `stop`; then lets the requests under way end, and breaks off those that take too long.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    let patience = Patience {
        head: Duration::from_secs(HEAD_SECONDS_MAX),
        stop: Duration::from_secs(STOP_SECONDS_MAX),
    };
    serve_with(listener, router, stop, patience).await;
}

async fn serve_with(listener: TcpListener, router: Router, stop: CancellationToken, patience: Patience) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let open = TaskTracker::new();
    let broken_off = CancellationToken::new();
    loop {
        let (stream, peer, place) = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let (router, stop, broken_off) = (router.clone(), stop.clone(), broken_off.clone());
        open.spawn(async move {
            tokio::select! {
                () = connection(stream, peer, router, patience, stop) => {}
                () = broken_off.cancelled() => {}
            }
            drop(place);
        });
    }
    drop(listener);
    open.close();
    let ended = tokio::time::timeout(patience.stop, open.wait()).await;
    if ended.is_err() {
        tracing::warn!(connections = open.len(), "requests that took too long are broken off");
        broken_off.cancel();
        open.wait().await;
    }
}

/// The next connection, when there is a place for it.
async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    let Ok(place) = Arc::clone(places).acquire_owned().await else {
        unreachable!("the places are never closed")
    };
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, place),
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be taken");
                tokio::time::sleep(Duration::from_secs(RETRY_SECONDS)).await;
            }
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

async fn connection(stream: TcpStream, peer: SocketAddr, router: Router, patience: Patience, stop: CancellationToken) {
    // Answers are written whole; waiting to fill a packet would only hold them up.
    stream.set_nodelay(true).ok();
    let service = hyper::service::service_fn(move |request| answer(router.clone(), peer, request));
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience.head)
        .serve_connection(TokioIo::new(stream), service);
    let mut served = pin!(served);
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        () = stop.cancelled() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended badly");
    }
}

async fn answer(router: Router, peer: SocketAddr, request: Request<Incoming>) -> Result<Response, Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    router.oneshot(request).await
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    async fn serving(router: Router) -> (SocketAddr, CancellationToken, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let patience = Patience {
            head: Duration::from_millis(200),
            stop: Duration::from_millis(200),
        };
        let task = tokio::spawn(serve_with(listener, router, stop.clone(), patience));
        (address, stop, task)
    }

    async fn answer_to(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn answers_and_tells_the_peer() {
        let shown = |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.ip().to_string() };
        let (address, stop, task) = serving(Router::new().route("/", get(shown))).await;
        let answer = answer_to(address, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
        assert!(
            answer.starts_with("HTTP/1.1 200") && answer.ends_with("127.0.0.1"),
            "{answer}"
        );
        stop.cancel();
        task.await.unwrap();
    }

    #[tokio::test]
    async fn who_never_finishes_asking_is_let_go() {
        let (address, stop, task) = serving(Router::new()).await;
        // Only the limit ends this.
        let answer = answer_to(address, "GET / HTTP/1.1\r\nHost:").await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
        stop.cancel();
        task.await.unwrap();
    }

    #[tokio::test]
    async fn stopping_breaks_off_what_does_not_end() {
        let begun = Arc::new(tokio::sync::Notify::new());
        let begins = Arc::clone(&begun);
        let endless = move || async move {
            begins.notify_one();
            std::future::pending::<()>().await;
        };
        let (address, stop, task) = serving(Router::new().route("/", get(endless))).await;
        let asking = tokio::spawn(async move { answer_to(address, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").await });
        begun.notified().await;
        stop.cancel();
        task.await.unwrap();
        assert_eq!(asking.await.unwrap(), "");
    }
}
