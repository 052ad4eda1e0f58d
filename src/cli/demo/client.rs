//! A client of the service's own API, as a partner, an owner or an officer would write one.

use std::net::SocketAddr;

use anyhow::{Context, bail};
use reqwest::{Method, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A client of one service. Cheap to clone.
#[derive(Clone)]
pub(super) struct Client {
    http: reqwest::Client,
    base: String,
}

/// What the service said no to, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Refusal {
    /// The HTTP status.
    pub(super) status: u16,
    /// Its sentence.
    pub(super) detail: String,
}

impl Client {
    /// Of the service at this address of this machine.
    pub(super) fn new(address: SocketAddr) -> anyhow::Result<Self> {
        // Everything goes over plain HTTP to this process; the client wants a way to do TLS all the same.
        let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .http1_only()
            .build()
            .context("HTTP client")?;
        Ok(Self {
            http,
            base: format!("http://{address}/api/v1"),
        })
    }

    /// Sends JSON and expects success; the answer's body.
    pub(super) async fn json(&self, method: Method, path: &str, token: &str, body: &Value) -> anyhow::Result<Value> {
        let sent = self.send(method, path, token, "application/json", body.to_string().into_bytes());
        sent.await?.map_err(|refusal| refusal.of(path))
    }

    /// Puts the bytes of a picture and expects success.
    pub(super) async fn picture(&self, path: &str, token: &str, bytes: Vec<u8>) -> anyhow::Result<()> {
        let sent = self.send(Method::PUT, path, token, "application/octet-stream", bytes);
        sent.await?.map(drop).map_err(|refusal| refusal.of(path))
    }

    /// Pushes listings, one JSON object a line. A refusal is an answer too.
    pub(super) async fn push(&self, partner: &str, token: &str, lines: String) -> anyhow::Result<Result<Value, Refusal>> {
        let path = format!("/partners/{partner}/listings");
        self.send(Method::POST, &path, token, "application/x-ndjson", lines.into_bytes())
            .await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        token: &str,
        content_type: &str,
        body: Vec<u8>,
    ) -> anyhow::Result<Result<Value, Refusal>> {
        let request = self.http.request(method, format!("{}{path}", self.base)).bearer_auth(token);
        let request = match body.as_slice() {
            [] => request,
            _ => request.header(header::CONTENT_TYPE, content_type).body(body),
        };
        let answer = request.send().await.with_context(|| path.to_owned())?;
        let status = answer.status();
        let text = answer.text().await.with_context(|| path.to_owned())?;
        if status.is_success() {
            let empty = status == StatusCode::NO_CONTENT || text.is_empty();
            return Ok(Ok(if empty { Value::Null } else { serde_json::from_str(&text)? }));
        }
        let problem: Value = serde_json::from_str(&text).unwrap_or_default();
        let Some(detail) = problem["detail"].as_str() else {
            bail!("{path}: {status}");
        };
        let reasons = problem["errors"].as_array().map_or(&[][..], Vec::as_slice).iter();
        // Where there is one fault, the sentence often says it already.
        let further = reasons
            .filter_map(|fault| {
                fault["reason"]
                    .as_str()
                    .map(|reason| (fault["field"].as_str().unwrap_or(""), reason))
            })
            .filter(|(_, reason)| !detail.contains(reason));
        let further: String = further.map(|(field, reason)| format!("; {field} {reason}")).collect();
        Ok(Err(Refusal {
            status: status.as_u16(),
            detail: format!("{detail}{further}"),
        }))
    }
}

impl Refusal {
    fn of(self, path: &str) -> anyhow::Error {
        anyhow::anyhow!("{path} was refused with {}: {}", self.status, self.detail)
    }
}
