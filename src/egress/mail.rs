//! Mail, by the SMTP server that the configuration names.
//!
//! Owns the connection and how a mail is put together: plain text, one recipient. Leaves what it says and when it is tried again
//! to `notify`. The server is the operator's own choice, so that it may stand in the same network.

use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::{SmtpTransport, Transport};

/// Longest wait for the server at each step.
const STEP: Duration = Duration::from_secs(15);

/// How the connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailTls {
    /// Begins in the open and is encrypted before anything is said; refused when the server cannot.
    StartTls,
    /// Encrypted from its first byte.
    Implicit,
    /// Not: for a server on the same machine.
    None,
}

/// Which server takes mail, and as whom.
#[derive(Clone)]
pub struct MailOptions {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub tls: MailTls,
    /// Certificates to trust in place of the system's, PEM.
    pub authorities: Option<Vec<u8>>,
    /// User and password, where it asks for them.
    pub credentials: Option<(String, String)>,
    /// The sender, as in `Replevin <replevin@police.example>`.
    pub from: String,
}

/// A mail that was not taken.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The server said no.
    #[error("the mail server answered with code {code}")]
    Refused {
        /// Its code (RFC 5321).
        code: u16,
        /// Whether it may take it later.
        transient: bool,
    },
    /// It did not come to an answer.
    #[error("the mail server could not be reached")]
    Unreached(#[source] lettre::transport::smtp::Error),
    /// The mail cannot be put together, or the settings cannot be used.
    #[error("{0}")]
    Unusable(&'static str),
}

impl MailError {
    /// Whether another try can help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused { transient, .. } => *transient,
            Self::Unreached(_) => true,
            Self::Unusable(_) => false,
        }
    }

    /// The server's code, when it gave one.
    #[must_use]
    pub fn code(&self) -> Option<u16> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            _ => None,
        }
    }
}

/// Sends mail. Cheap to clone.
#[derive(Clone)]
pub struct Mailer {
    transport: SmtpTransport,
    from: Mailbox,
}

impl Mailer {
    /// A way to the server; nothing is asked of it yet.
    ///
    /// # Errors
    /// When the sender is no address or a certificate is none.
    pub fn new(options: MailOptions) -> Result<Self, MailError> {
        let from = options.from.parse();
        let from =
            from.map_err(|_| MailError::Unusable("the sender is no address such as Replevin <replevin@police.example>"))?;
        let parameters = || {
            let mut builder = TlsParameters::builder(options.host.clone());
            if let Some(pem) = &options.authorities {
                const UNREADABLE: MailError = MailError::Unusable("the certificates of authorities do not read");
                // A text without any certificate is read as none of them.
                let begins = b"-----BEGIN CERTIFICATE-----";
                if !pem.windows(begins.len()).any(|part| part == begins) {
                    return Err(UNREADABLE);
                }
                let certificate = Certificate::from_pem(pem).map_err(|_| UNREADABLE)?;
                builder = builder
                    .certificate_store(CertificateStore::None)
                    .add_root_certificate(certificate);
            }
            builder
                .build()
                .map_err(|_| MailError::Unusable("encryption cannot be set up"))
        };
        let tls = match options.tls {
            MailTls::StartTls => Tls::Required(parameters()?),
            MailTls::Implicit => Tls::Wrapper(parameters()?),
            MailTls::None => Tls::None,
        };
        let mut transport = SmtpTransport::builder_dangerous(&options.host)
            .port(options.port)
            .tls(tls)
            .timeout(Some(STEP));
        if let Some((user, password)) = options.credentials {
            transport = transport.credentials(Credentials::new(user, password));
        }
        Ok(Self {
            transport: transport.build(),
            from,
        })
    }

    /// Hands a mail to the server; its code. `id` is the part of the mail's id before the sender's domain, the same at every try.
    /// Blocks.
    ///
    /// # Errors
    /// When the server refused it or was not reached.
    pub fn send(&self, to: &str, id: &str, subject: &str, text: String) -> Result<u16, MailError> {
        let to: Mailbox = to
            .parse()
            .map_err(|_| MailError::Unusable("the recipient's address cannot be written to"))?;
        let id = format!("<{id}@{}>", self.from.email.domain());
        let mail = Message::builder()
            .from(self.from.clone())
            .to(to)
            .message_id(Some(id))
            .subject(subject)
            .header(ContentType::TEXT_PLAIN)
            .body(text);
        let mail = mail.map_err(|_| MailError::Unusable("the mail cannot be put together"))?;
        match self.transport.send(&mail) {
            Ok(response) => Ok(response.code().into()),
            Err(error) => Err(match error.status() {
                Some(code) => MailError::Refused {
                    code: code.into(),
                    transient: error.is_transient(),
                },
                None => MailError::Unreached(error),
            }),
        }
    }
}

impl std::fmt::Debug for MailOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MailOptions({}:{})", self.host, self.port)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn options(from: &str) -> MailOptions {
        MailOptions {
            host: "127.0.0.1".to_owned(),
            port: 9,
            tls: MailTls::None,
            authorities: None,
            credentials: None,
            from: from.to_owned(),
        }
    }

    #[test]
    fn what_cannot_be_used_is_said_at_start() {
        assert!(Mailer::new(options("Replevin <replevin@police.example>")).is_ok());
        assert!(matches!(Mailer::new(options("nobody")), Err(MailError::Unusable(_))));
        let no_certificate = MailOptions {
            tls: MailTls::Implicit,
            authorities: Some(b"none".to_vec()),
            ..options("replevin@police.example")
        };
        assert!(Mailer::new(no_certificate).is_err());
    }

    #[test]
    fn a_server_that_is_not_there_may_come_back() {
        let mailer = Mailer::new(options("replevin@police.example")).unwrap();
        let failed = mailer
            .send("officer@police.example", "msg_1", "Trial", "Nothing.".to_owned())
            .unwrap_err();
        assert!(failed.is_transient() && failed.code().is_none(), "{failed}");
    }
}
