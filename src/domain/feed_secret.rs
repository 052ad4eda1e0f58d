//! How a partner's server wants to be asked for a feed: who asks, under which headers, in parts of which size.
//!
//! Owns the words and what they may be. A secret itself is sealed by intake, and sent by the guarded fetcher to the one server that
//! it is for.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;

use super::feed::Pull;

/// Longest secret, and longest value of a header, characters.
pub const SECRET_CHARS_MAX: usize = 4_096;
/// Headers beside the secret.
pub const HEADERS_MAX: usize = 10;
/// Smallest part, bytes.
pub const PART_BYTES_MIN: u64 = 64 << 10;
/// Largest part, bytes.
pub const PART_BYTES_MAX: u64 = 1 << 30;

/// Headers that are ours to say.
const OURS: [&str; 20] = [
    "accept",
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "keep-alive",
    "proxy-authorization",
    "range",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
/// Headers whose value is a secret, whatever it says.
const SECRET: [&str; 2] = ["authorization", "cookie"];

/// What a server wants to be shown before it hands a feed out. The secret that belongs to it is kept elsewhere, sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PullSecret {
    /// A user of this name, with a password (RFC 7617).
    User(String),
    /// A header of this name, with a value.
    Header(String),
}

/// A secret as it was given: a password, or a header's value. Shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(String);

/// What of a pull's settings cannot be: the field, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullFault {
    /// Below `pull`, such as `secret.user`.
    pub field: &'static str,
    /// In a few words.
    pub reason: String,
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(redacted)")
    }
}

impl SecretText {
    /// A secret of 1 to [`SECRET_CHARS_MAX`] characters, none of them a line end or another control character.
    ///
    /// # Errors
    /// In words, without the secret.
    pub fn parse(text: &str) -> Result<Self, String> {
        let count = text.chars().count();
        if count == 0 || count > SECRET_CHARS_MAX || text.chars().any(char::is_control) {
            return Err(format!("expected 1 to {SECRET_CHARS_MAX} characters without line ends"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The secret, for whoever seals or sends it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// The server that an address is on: nothing that is meant for one server is sent to another.
#[must_use]
pub fn server_of(url: &Url) -> String {
    url.origin().ascii_serialization()
}

impl Pull {
    /// What of how its server is to be asked cannot be.
    ///
    /// # Errors
    /// The first such thing.
    pub fn check_asking(&self) -> Result<(), PullFault> {
        let fault = |field, reason: String| Err(PullFault { field, reason });
        match &self.secret {
            Some(PullSecret::User(name)) if name.is_empty() || name.contains(':') || name.chars().any(char::is_control) => {
                return fault("secret.user", "expected a name without a colon".to_owned());
            }
            Some(PullSecret::Header(name)) => {
                if let Err(reason) = header_name(name) {
                    return fault("secret.header", reason);
                }
            }
            _ => {}
        }
        if let Err(reason) = headers(&self.headers) {
            return fault("headers", reason);
        }
        match self.parts {
            Some(bytes) if !(PART_BYTES_MIN..=PART_BYTES_MAX).contains(&bytes) => fault(
                "parts",
                format!("expected the bytes that are asked for at once, {PART_BYTES_MIN} to {PART_BYTES_MAX}"),
            ),
            _ => Ok(()),
        }
    }
}

fn headers(headers: &BTreeMap<String, String>) -> Result<(), String> {
    if headers.len() > HEADERS_MAX {
        return Err(format!("at most {HEADERS_MAX} headers are sent"));
    }
    for (name, value) in headers {
        header_name(name)?;
        if SECRET.contains(&name.to_ascii_lowercase().as_str()) {
            return Err(format!("{name} is a secret: give it as secret"));
        }
        if !is_header_value(value) {
            return Err(format!(
                "the value of {name} is not 1 to {SECRET_CHARS_MAX} visible ASCII characters"
            ));
        }
    }
    Ok(())
}

/// Whether a text can be sent as a header's value.
#[must_use]
pub fn is_header_value(text: &str) -> bool {
    (1..=SECRET_CHARS_MAX).contains(&text.len()) && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

fn header_name(name: &str) -> Result<(), String> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || name.len() > 100 || !name.bytes().all(is_token) {
        return Err("expected the name of a header, such as X-Api-Key".to_owned());
    }
    if OURS.contains(&name.to_ascii_lowercase().as_str()) {
        return Err(format!("{name} is set by us"));
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn pull() -> Pull {
        Pull {
            url: "https://feeds.example/lots".parse().unwrap(),
            schedule: "30 4 * * *".to_owned(),
            time_zone: None,
            whole: false,
            secret: None,
            headers: BTreeMap::new(),
            parts: None,
        }
    }

    #[test]
    fn what_would_take_a_request_apart_is_refused() {
        let field = |pull: Pull| pull.check_asking().map_err(|fault| fault.field);
        assert_eq!(field(pull()), Ok(()));
        for name in ["", "a:b", "a\nb"] {
            let secret = Some(PullSecret::User(name.to_owned()));
            assert_eq!(field(Pull { secret, ..pull() }), Err("secret.user"), "{name:?}");
        }
        for name in ["", "X Key", "X-Key:", "Range", "HOST", "Transfer-Encoding", "X\r\nY"] {
            let secret = Some(PullSecret::Header(name.to_owned()));
            assert_eq!(field(Pull { secret, ..pull() }), Err("secret.header"), "{name:?}");
        }
        for (name, value) in [
            ("X-Market", "a\r\nb"),
            ("X-Market", ""),
            ("Authorization", "x"),
            ("If-Range", "x"),
        ] {
            let headers = BTreeMap::from([(name.to_owned(), value.to_owned())]);
            assert_eq!(field(Pull { headers, ..pull() }), Err("headers"), "{name}: {value:?}");
        }
        for parts in [0, PART_BYTES_MIN - 1, PART_BYTES_MAX + 1] {
            let parts = Some(parts);
            assert_eq!(field(Pull { parts, ..pull() }), Err("parts"));
        }
        let sound = Pull {
            secret: Some(PullSecret::Header("Authorization".to_owned())),
            headers: BTreeMap::from([("X-EBAY-C-MARKETPLACE-ID".to_owned(), "EBAY_DE".to_owned())]),
            parts: Some(10 << 20),
            ..pull()
        };
        assert_eq!(field(sound), Ok(()));
    }

    #[test]
    fn a_secret_shows_itself_nowhere() {
        let secret = SecretText::parse("s3cret å").unwrap();
        assert!(!format!("{secret:?}").contains("s3cret"));
        assert!(SecretText::parse("").is_err() && SecretText::parse("a\nb").is_err());
        assert!(!SecretText::parse(&"x".repeat(5_000)).unwrap_err().contains("xx"));
    }
}
