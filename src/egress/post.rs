//! Sending a small body to an address, by the rules of the guarded fetcher.
//!
//! No redirect is followed: whoever receives says where it is. What comes back is read as far as a little memory goes and is thrown
//! away; its status is what counts.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use url::Url;

use super::fetch::{GuardedFetcher, refusal};
use super::target::{self, Route};
use super::{FetchError, FetchOptions};

/// So much of an answer is read, bytes; a connection whose answer is longer is not used again.
const ANSWER_BYTES_MAX: usize = 16 * 1024;

impl GuardedFetcher {
    /// Whether a URL is one that may be posted to: as [`GuardedFetcher::check_url`], and over TLS unless the place is exempt.
    ///
    /// # Errors
    /// Permanent refusals.
    pub fn check_receiver(&self, url: &Url) -> Result<(), FetchError> {
        match target::check(self.options(), url, None)? {
            Route::Guarded if url.scheme() != "https" => Err(FetchError::NotEncrypted),
            _ => Ok(()),
        }
    }

    /// POSTs JSON with these headers (lower-case names) and waits for the answer; its status when it is one of success (2xx). The
    /// deadline covers everything.
    ///
    /// # Errors
    /// [`FetchError::Status`] for every other status, redirects among them, or what kept the answer from coming.
    pub async fn post(&self, url: &Url, headers: &[(&'static str, String)], body: Bytes) -> Result<u16, FetchError> {
        let deadline_ms = self.options().deadline_ms;
        let posted = self.post_unhurried(url, headers, body);
        tokio::time::timeout(Duration::from_millis(deadline_ms), posted)
            .await
            .unwrap_or(Err(FetchError::Timeout { deadline_ms }))
    }

    async fn post_unhurried(&self, url: &Url, headers: &[(&'static str, String)], body: Bytes) -> Result<u16, FetchError> {
        self.check_receiver(url)?;
        let client = self.client(target::check(self.options(), url, None)?);
        let mut all = HeaderMap::new();
        all.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        // What the client asks for is pictures; of an answer to this nothing but its status is read.
        all.insert(ACCEPT, HeaderValue::from_static("*/*"));
        for (name, value) in headers {
            if let Ok(value) = HeaderValue::from_str(value) {
                all.insert(HeaderName::from_static(name), value);
            }
        }
        let request = client.post(url.clone()).headers(all).body(body);
        let mut response = request.send().await.map_err(|error| self.translate(error))?;
        if !response.status().is_success() {
            return Err(refusal(&response));
        }
        let mut read = 0;
        while let Ok(Some(chunk)) = response.chunk().await {
            read += chunk.len();
            if read > ANSWER_BYTES_MAX {
                break;
            }
        }
        Ok(response.status().as_u16())
    }
}

/// How messages are posted: within a few seconds, to the same places that may be fetched from.
#[must_use]
pub fn post_options(fetching: &FetchOptions) -> FetchOptions {
    FetchOptions {
        deadline_ms: fetching.deadline_ms.min(15_000),
        redirects_max: 0,
        ..fetching.clone()
    }
}
