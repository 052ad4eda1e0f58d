//! A server on loopback that says exactly the bytes it is told to, at the pace it is told to.

#![allow(clippy::unwrap_used)]

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use url::Url;

/// What the server does once it has read a request.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    /// These bytes, then close.
    Bytes(Vec<u8>),
    /// The first bytes, then the second over and over with a pause between, for ever.
    Trickle(Vec<u8>, Vec<u8>, Duration),
    /// The first of these bytes at the first request, the next at the next, the last for ever.
    Turns(Vec<Vec<u8>>),
    /// Nothing, for ever.
    Silence,
    /// Close at once.
    Close,
}

/// A running server; stops when dropped.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Server {
    /// Answers the request for `/name` with the answer of that name, anything else with 404.
    pub(super) async fn start(answers: Vec<(&'static str, Answer)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let answers = Arc::new(answers);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&answers), Arc::clone(&log)));
            }
        });
        Self { address, seen, task }
    }

    pub(super) fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://{}/{path}", self.address)).unwrap()
    }

    /// The requests so far, head only.
    pub(super) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, answers: Arc<Vec<(&'static str, Answer)>>, log: Arc<Mutex<Vec<String>>>) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
    let turn = {
        let mut log = log.lock().unwrap();
        log.push(head);
        log.len() - 1
    };
    match answers
        .iter()
        .find(|(name, _)| *name == path)
        .map(|(_, answer)| answer.clone())
    {
        Some(Answer::Bytes(bytes)) => stream.write_all(&bytes).await?,
        Some(Answer::Trickle(first, then, pause)) => {
            stream.write_all(&first).await?;
            loop {
                stream.write_all(&then).await?;
                tokio::time::sleep(pause).await;
            }
        }
        Some(Answer::Turns(turns)) => stream.write_all(&turns[turn.min(turns.len() - 1)]).await?,
        Some(Answer::Silence) => std::future::pending().await,
        Some(Answer::Close) => {}
        None => stream.write_all(&answer("404 Not Found", &[], b"")).await?,
    }
    stream.shutdown().await
}

/// A well-formed answer with its length.
pub(super) fn answer(status: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n", body.len());
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    [head.as_bytes(), b"\r\n", body].concat()
}

/// A resolver that gives its answers one after the other, repeats the last one, and counts.
#[derive(Clone)]
pub(super) struct Scripted {
    answers: Arc<Mutex<VecDeque<Vec<IpAddr>>>>,
    lookups: Arc<AtomicUsize>,
}

impl Scripted {
    pub(super) fn new(answers: &[&[&str]]) -> Self {
        let parse = |texts: &&[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        Self {
            answers: Arc::new(Mutex::new(answers.iter().map(parse).collect())),
            lookups: Arc::default(),
        }
    }

    pub(super) fn lookups(&self) -> usize {
        self.lookups.load(Ordering::SeqCst)
    }
}

impl Resolve for Scripted {
    fn resolve(&self, _: Name) -> Resolving {
        self.lookups.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.len() > 1 {
            answers.pop_front()
        } else {
            answers.front().cloned()
        };
        let addresses = answer.unwrap_or_default();
        Box::pin(async move { Ok(Box::new(addresses.into_iter().map(|ip| SocketAddr::new(ip, 1))) as Addrs) })
    }
}
