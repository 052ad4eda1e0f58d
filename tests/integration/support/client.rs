//! Requests and answers.

use std::net::SocketAddr;
use std::sync::OnceLock;

use reqwest::{Method, StatusCode};
use serde_json::Value;

use super::described;

/// Speaks to the program as one role, or as nobody.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
    purpose: Option<(String, String)>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// Status code.
    pub status: StatusCode,
    /// Headers.
    pub headers: reqwest::header::HeaderMap,
    /// Body.
    pub body: Vec<u8>,
    /// The request in words.
    request: String,
}

impl Client {
    pub(super) fn new(address: SocketAddr, token: Option<&str>) -> Self {
        static PROVIDER: OnceLock<()> = OnceLock::new();
        PROVIDER.get_or_init(|| {
            let _ = rustls::crypto::ring::default_provider().install_default();
        });
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none());
        Self {
            http: http.build().unwrap(),
            base: format!("http://{address}"),
            token: token.map(str::to_owned),
            purpose: None,
        }
    }

    /// A client without a token of whatever listens at an address.
    pub fn at(address: SocketAddr) -> Self {
        Self::new(address, None)
    }

    /// The same client, stating a purpose with every request.
    pub fn stating(&self, case: &str, reason: &str) -> Self {
        let mut client = self.clone();
        client.purpose = Some((case.to_owned(), reason.to_owned()));
        client
    }

    /// A request that carries the token and the purpose.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some((case, reason)) = &self.purpose {
            request = request.header("Purpose-Case", case).header("Purpose-Reason", reason);
        }
        request
    }

    /// Sends a request; panics only when no answer comes at all.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        self.try_send(request).await.unwrap()
    }

    /// Sends a request to a program that may be killed meanwhile.
    pub async fn try_send(&self, request: reqwest::RequestBuilder) -> Result<Answer, reqwest::Error> {
        let request = request.build()?;
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let response = self.http.execute(request).await?;
        let answer = Answer {
            status: response.status(),
            headers: response.headers().clone(),
            body: response.bytes().await?.to_vec(),
            request: format!("{method} {path}"),
        };
        let content_type = answer.header("content-type");
        if let Some(fault) = described::fault(&method, &path, answer.status, content_type, answer.body.is_empty()) {
            panic!(
                "the description of the API does not say this: {fault}: {}",
                String::from_utf8_lossy(&answer.body)
            );
        }
        Ok(answer)
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::PATCH, path).json(body)).await
    }

    /// Sends bytes as they are.
    pub async fn send_bytes(&self, method: Method, path: &str, content_type: &str, body: impl Into<reqwest::Body>) -> Answer {
        self.send(self.request(method, path).header("content-type", content_type).body(body))
            .await
    }

    /// Pushes listings as NDJSON.
    pub async fn push(&self, partner: &str, listings: &[Value]) -> Answer {
        self.push_lines(partner, super::samples::ndjson(listings)).await
    }

    /// Pushes bytes as if they were NDJSON.
    pub async fn push_lines(&self, partner: &str, lines: impl Into<reqwest::Body>) -> Answer {
        let path = format!("/api/v1/partners/{partner}/listings");
        self.send_bytes(Method::POST, &path, "application/x-ndjson", lines).await
    }
}

impl Answer {
    /// The answer, when it has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(
            self.status.as_u16(),
            status,
            "{}: {}",
            self.request,
            String::from_utf8_lossy(&self.body)
        );
        self
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{}: {error}: {}", self.request, String::from_utf8_lossy(&self.body)))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// A header's text, empty when it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The id in the body.
    #[track_caller]
    pub fn id(&self) -> String {
        self.json()["id"]
            .as_str()
            .unwrap_or_else(|| panic!("{}: no id in {}", self.request, self.json()))
            .to_owned()
    }

    /// The answer, when it is a problem of this status in the form of RFC 9457.
    #[track_caller]
    pub fn expect_problem(self, status: u16) -> Value {
        let answer = self.expect(status);
        assert!(
            answer.header("content-type").starts_with("application/problem+json"),
            "{}",
            answer.request
        );
        let problem = answer.json();
        assert_eq!(problem["status"], status);
        assert!(
            problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()),
            "{problem}"
        );
        problem
    }
}
