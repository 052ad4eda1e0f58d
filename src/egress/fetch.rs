//! The guarded fetcher: one GET, by the rules, on every hop, within one deadline and one size.
//!
//! Leaves retrying to its callers ([`FetchError::is_transient`] tells when) and does not look into the bytes.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::dns::Resolve;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH, LOCATION, RETRY_AFTER,
};
use reqwest::{Client, ClientBuilder, Response, redirect};
use url::Url;

use super::resolve::{Guard, SystemResolver, Unresolved};
use super::target::{self, FetchOptions, Route};
use super::{FetchError, SetupError, tls};

const RETRY_AFTER_S_MAX: u32 = 24 * 60 * 60;

/// What a server sent, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The body as it came over the wire; nothing was inflated.
    pub bytes: Bytes,
    /// The server's claim, unverified.
    pub content_type: Option<String>,
    /// Where the bytes came from after redirects.
    pub final_url: Url,
    /// What the server calls them, to ask whether they have changed.
    pub etag: Option<String>,
}

/// Fetches photo URLs that partners named. Cheap to clone; clones share connections.
#[derive(Debug, Clone)]
pub struct GuardedFetcher {
    options: Arc<FetchOptions>,
    guarded: Client,
    // A client of its own, so that neither an unchecked resolver nor a pooled connection to an exempt place can serve
    // any other URL.
    exempt: Client,
}

impl GuardedFetcher {
    /// Builds the fetcher over the operating system's resolver.
    pub fn new(options: FetchOptions) -> Result<Self, SetupError> {
        Self::with_resolver(options, SystemResolver)
    }

    /// Builds the fetcher over another resolver. Its answers are checked like the system's.
    pub fn with_resolver(options: FetchOptions, resolver: impl Resolve + 'static) -> Result<Self, SetupError> {
        let resolver: Arc<dyn Resolve> = Arc::new(resolver);
        let tls = tls::client_config()?;
        let client = |route| {
            let guard = Guard {
                resolver: Arc::clone(&resolver),
                route,
            };
            client_builder(&options)
                .tls_backend_preconfigured(tls.clone())
                .dns_resolver(guard)
                .build()
                .map_err(SetupError::Client)
        };
        let (guarded, exempt) = (client(Route::Guarded)?, client(Route::Exempt)?);
        Ok(Self {
            options: Arc::new(options),
            guarded,
            exempt,
        })
    }

    /// The options that this fetcher holds to.
    pub fn options(&self) -> &FetchOptions {
        &self.options
    }

    /// Judges a URL without touching the network: scheme, port, user info, host, literal address. A name may still be
    /// refused when it is resolved. Only permanent refusals come back.
    pub fn check_url(&self, url: &Url, allowed_hosts: Option<&[String]>) -> Result<(), FetchError> {
        target::check(&self.options, url, allowed_hosts).map(|_| ())
    }

    /// GETs `url`, following redirects by the same rules. `allowed_hosts`: exact names or `*.name`; `None` allows any
    /// public host. The deadline covers everything, the size cap counts bytes as they arrive whatever was announced.
    pub async fn fetch(&self, url: &Url, allowed_hosts: Option<&[String]>) -> Result<Fetched, FetchError> {
        let fetched = self.fetch_changed(url, allowed_hosts, None).await?;
        // Nobody who was not asked for a change can say that there is none.
        fetched.ok_or(FetchError::Status {
            status: 304,
            retry_after_s: None,
        })
    }

    /// The same; `None` when the server says that it is what it called `etag` still.
    ///
    /// # Errors
    /// As [`GuardedFetcher::fetch`].
    pub async fn fetch_changed(
        &self,
        url: &Url,
        allowed_hosts: Option<&[String]>,
        etag: Option<&str>,
    ) -> Result<Option<Fetched>, FetchError> {
        let deadline_ms = self.options.deadline_ms;
        tokio::time::timeout(Duration::from_millis(deadline_ms), self.follow(url, allowed_hosts, etag))
            .await
            .unwrap_or(Err(FetchError::Timeout { deadline_ms }))
    }

    /// The client of a route.
    pub(super) fn client(&self, route: Route) -> &Client {
        match route {
            Route::Guarded => &self.guarded,
            Route::Exempt => &self.exempt,
        }
    }

    async fn follow(
        &self,
        url: &Url,
        allowed_hosts: Option<&[String]>,
        etag: Option<&str>,
    ) -> Result<Option<Fetched>, FetchError> {
        let mut headers = HeaderMap::new();
        if let Some(Ok(etag)) = etag.map(HeaderValue::from_str) {
            headers.insert(IF_NONE_MATCH, etag);
        }
        let (response, final_url) = self.ask(url, allowed_hosts, (&headers, &HeaderMap::new())).await?;
        match response.status().as_u16() {
            200 => self.read(response, final_url).await.map(Some),
            304 if !headers.is_empty() => Ok(None),
            _ => Err(refusal(&response)),
        }
    }

    /// Asks for `url` with these headers, following redirects by the same rules, up to the head of an answer with status 200, 206
    /// or 304. `own` headers go to the server of `url` alone, and never in the open. Has no deadline of its own.
    pub(super) async fn ask(
        &self,
        url: &Url,
        allowed_hosts: Option<&[String]>,
        (headers, own): (&HeaderMap, &HeaderMap),
    ) -> Result<(Response, Url), FetchError> {
        let server = url.origin();
        if !own.is_empty() {
            self.check_receiver(url)?;
        }
        let mut url = url.clone();
        for _ in 0..=self.options.redirects_max {
            let client = self.client(target::check(&self.options, &url, allowed_hosts)?);
            let mut request = client.get(url.clone()).headers(headers.clone());
            if url.origin() == server {
                request = request.headers(own.clone());
            }
            let response = request.send().await.map_err(|error| self.translate(error))?;
            match response.status().as_u16() {
                200 | 206 | 304 => return Ok((response, url)),
                301 | 302 | 303 | 307 | 308 => url = redirect_target(&url, response.headers())?,
                _ => return Err(refusal(&response)),
            }
        }
        Err(FetchError::TooManyRedirects {
            redirects_max: self.options.redirects_max,
        })
    }

    async fn read(&self, mut response: Response, final_url: Url) -> Result<Fetched, FetchError> {
        let bytes_max = self.options.bytes_max;
        if response
            .headers()
            .get_all(CONTENT_ENCODING)
            .iter()
            .any(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"))
        {
            return Err(FetchError::Compressed);
        }
        if response.content_length().is_some_and(|announced| announced > bytes_max) {
            return Err(FetchError::TooLarge { bytes_max });
        }
        let content_type = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let etag = response
            .headers()
            .get(ETAG)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let mut bytes = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.translate(error))? {
            if bytes.len() as u64 + chunk.len() as u64 > bytes_max {
                return Err(FetchError::TooLarge { bytes_max });
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Fetched {
            bytes: bytes.freeze(),
            content_type,
            final_url,
            etag,
        })
    }

    pub(super) fn translate(&self, error: reqwest::Error) -> FetchError {
        let error = error.without_url();
        if error.is_timeout() {
            return FetchError::Timeout {
                deadline_ms: self.options.deadline_ms,
            };
        }
        let mut cause = error.source();
        while let Some(inner) = cause {
            match inner.downcast_ref() {
                Some(Unresolved::NotPublic) => return FetchError::ForbiddenAddress,
                Some(_) => return FetchError::Resolve(error),
                None => cause = inner.source(),
            }
        }
        FetchError::Connection(error)
    }
}

fn client_builder(options: &FetchOptions) -> ClientBuilder {
    let mut headers = HeaderMap::new();
    headers.insert(
        ACCEPT,
        HeaderValue::from_static("image/jpeg, image/png, image/webp, image/*;q=0.5, */*;q=0.1"),
    );
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    Client::builder()
        .user_agent(&options.user_agent)
        .default_headers(headers)
        .no_proxy()
        .no_gzip()
        .redirect(redirect::Policy::none())
        .referer(false)
        .http1_only()
        // Leaves time for a second address of the same answer when the first one is silent.
        .connect_timeout(Duration::from_millis(options.deadline_ms / 2))
        .pool_max_idle_per_host(2)
        .pool_idle_timeout(Duration::from_secs(15))
}

/// What an answer's status says that is not the one that was hoped for.
pub(super) fn refusal(response: &Response) -> FetchError {
    FetchError::Status {
        status: response.status().as_u16(),
        retry_after_s: retry_after_s(response.headers()),
    }
}

fn redirect_target(from: &Url, headers: &HeaderMap) -> Result<Url, FetchError> {
    let location = headers
        .get(LOCATION)
        .and_then(|value| value.to_str().ok())
        .ok_or(FetchError::BadRedirect)?;
    from.join(location).map_err(|_| FetchError::BadRedirect)
}

/// `Retry-After` in its form of seconds (RFC 9110 §10.2.3); the date form is left to the caller's own back-off.
fn retry_after_s(headers: &HeaderMap) -> Option<u32> {
    let seconds: u64 = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(u32::try_from(seconds).unwrap_or(RETRY_AFTER_S_MAX).min(RETRY_AFTER_S_MAX))
}
