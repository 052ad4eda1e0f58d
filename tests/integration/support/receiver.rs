//! Somebody's system that messages are posted to: takes them, fails, or hangs, by the path that they are posted to.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::PATIENCE;

/// A message as it came.
#[derive(Debug, Clone)]
pub struct Posted {
    pub path: String,
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

/// A receiver; it listens for as long as the tests run.
pub struct Receiver {
    pub address: SocketAddr,
    posted: Arc<Mutex<Vec<Posted>>>,
}

impl Receiver {
    /// `/flaky` answers 500 once and then well, `/gone` 410, `/moved` leads elsewhere, `/hangs` says nothing; all else answers 204.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let posted = Arc::new(Mutex::new(Vec::new()));
        let taken = Arc::clone(&posted);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let taken = Arc::clone(&taken);
                std::thread::spawn(move || serve(&stream, &taken));
            }
        });
        Self { address, posted }
    }

    /// Lines of configuration under which the program may post here.
    pub fn settings(&self) -> String {
        format!("[fetch]\ndeadline_s = 3\nexempt = [\"{}\"]\n", self.address)
    }

    /// The address of a path here.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What was posted to a path so far.
    pub fn posted_to(&self, path: &str) -> Vec<Posted> {
        let posted = self.posted.lock().unwrap();
        posted.iter().filter(|posted| posted.path == path).cloned().collect()
    }

    /// Waits until so many messages were posted to a path, and gives them.
    pub async fn wait_for(&self, path: &str, count: usize) -> Vec<Posted> {
        let until = Instant::now() + PATIENCE;
        loop {
            let posted = self.posted_to(path);
            if posted.len() >= count {
                return posted;
            }
            assert!(Instant::now() < until, "{} of {count} messages came to {path}", posted.len());
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }
}

impl Posted {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

fn serve(stream: &TcpStream, taken: &Mutex<Vec<Posted>>) {
    let mut reader = BufReader::new(stream);
    while let Some(posted) = read(&mut reader) {
        let path = posted.path.clone();
        let before = {
            let mut taken = taken.lock().unwrap();
            taken.push(posted);
            taken.iter().filter(|posted| posted.path == path).count()
        };
        let head = match path.as_str() {
            "/flaky" if before == 1 => "500 Internal Server Error",
            "/gone" => "410 Gone",
            "/moved" => "302 Found\r\nlocation: /ok",
            "/hangs" => {
                std::thread::sleep(Duration::from_secs(8));
                return;
            }
            _ => "204 No Content",
        };
        let length = if head.starts_with("204") {
            ""
        } else {
            "content-length: 0\r\n"
        };
        if write!(&*stream, "HTTP/1.1 {head}\r\n{length}\r\n").is_err() {
            return;
        }
    }
}

fn read(reader: &mut BufReader<&TcpStream>) -> Option<Posted> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim().split_once(": ") {
            Some((name, value)) => headers.insert(name.to_lowercase(), value.to_owned()),
            None => break,
        };
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some(Posted { path, headers, body })
}
