//! What can go wrong on the way out, split by what the caller should do about it.
//!
//! The text of every error may be shown to a partner: it names the rule, never an address, a resolver's answer or a
//! library's wording. What lies beneath is linked as the source, for the log.

use thiserror::Error;

/// Why nothing was fetched. [`FetchError::is_transient`] says whether another try can help.
#[derive(Debug, Error)]
pub enum FetchError {
    /// The URL is neither `http` nor `https`, or that scheme is switched off.
    #[error("only http and https addresses are fetched")]
    Scheme,
    /// What is sent out would travel in the open.
    #[error("only https addresses are sent to")]
    NotEncrypted,
    /// The port is not on the allowlist of its scheme.
    #[error(
        "port {port} is not allowed, only {allowed}; an operator lets one server of its own through with [fetch] exempt = [\"host:port\"]"
    )]
    Port {
        /// The port that was asked for.
        port: u16,
        /// Those that its scheme may use.
        allowed: String,
    },
    /// The URL carries a user name or a password.
    #[error("addresses with a user name or password are not fetched")]
    Credentials,
    /// The host is not one that this partner may serve photos from.
    #[error("the host is not on the partner's list of hosts")]
    HostNotAllowed,
    /// The host is, or resolves to, something that is not a public address.
    #[error("the host is not a public address")]
    ForbiddenAddress,
    /// More bytes than the cap, announced or sent.
    #[error("the answer is larger than {bytes_max} bytes")]
    TooLarge {
        /// The cap that was passed, in bytes.
        bytes_max: u64,
    },
    /// The answer is compressed although that was not asked for.
    #[error("the answer is compressed")]
    Compressed,
    /// More hops than allowed.
    #[error("more than {redirects_max} redirects")]
    TooManyRedirects {
        /// The number of hops that was allowed.
        redirects_max: u8,
    },
    /// A redirect without a usable target.
    #[error("the redirect leads nowhere")]
    BadRedirect,
    /// The server answered with something other than success.
    #[error("the server answered with status {status}")]
    Status {
        /// The HTTP status code.
        status: u16,
        /// What the server asked for in `Retry-After`, in seconds, at most one day.
        retry_after_s: Option<u32>,
    },
    /// A part of a file came that is none, or another one.
    #[error("the server sent another part of the file than was asked for")]
    OtherPart,
    /// The file is another one than its first part was of.
    #[error("the file changed while it was fetched")]
    Changed,
    /// The whole exchange took longer than the deadline.
    #[error("the answer took longer than {deadline_ms} ms")]
    Timeout {
        /// The deadline that was passed, in milliseconds.
        deadline_ms: u64,
    },
    /// The name could not be resolved just now.
    #[error("the host name could not be resolved")]
    Resolve(#[source] reqwest::Error),
    /// What came could not be written down here.
    #[error("the answer could not be kept")]
    Write(#[source] std::io::Error),
    /// The connection could not be made, or broke.
    #[error("the connection failed")]
    Connection(#[source] reqwest::Error),
}

impl FetchError {
    /// Whether the same request may succeed later: time-outs, broken connections, failed look-ups, a file that changed meanwhile,
    /// and the statuses
    /// 408, 425, 429 and 5xx. Everything else stays refused until the URL or the configuration changes.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Timeout { .. } | Self::Resolve(_) | Self::Connection(_) | Self::Changed => true,
            Self::Status { status, .. } => matches!(status, 408 | 425 | 429 | 500..=599),
            _ => false,
        }
    }

    /// The status that the server answered with, when it did.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Seconds that the server asked us to wait, if it did.
    pub fn retry_after_s(&self) -> Option<u32> {
        match self {
            Self::Status { retry_after_s, .. } => *retry_after_s,
            _ => None,
        }
    }
}

/// The fetcher could not be built from its options.
#[derive(Debug, Error)]
pub enum SetupError {
    /// The cryptography provider refused the protocol versions.
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
    /// The HTTP client refused its settings, for example a user agent with control characters.
    #[error("HTTP client cannot be set up")]
    Client(#[source] reqwest::Error),
}
