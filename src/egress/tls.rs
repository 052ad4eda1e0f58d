//! TLS for outgoing connections: ring, the platform's certificates, or the compiled-in roots where there are none.
//!
//! The configuration is handed to each client, so nothing here touches the process-wide default provider.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};

use super::SetupError;

/// A client configuration that offers HTTP/1.1.
pub(super) fn client_config() -> Result<ClientConfig, SetupError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(SetupError::Tls)?
        .with_root_certificates(roots())
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn roots() -> RootCertStore {
    let mut store = RootCertStore::empty();
    let platform = rustls_native_certs::load_native_certs();
    let (added, _) = store.add_parsable_certificates(platform.certs);
    if added == 0 {
        let (added, _) = store.add_parsable_certificates(webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned());
        tracing::warn!(added, "this host has no usable CA certificates, using the compiled-in roots");
    }
    store
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn compiled_in_roots_parse() {
        let mut store = RootCertStore::empty();
        let (added, ignored) = store.add_parsable_certificates(webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned());
        assert!(added > 50);
        assert_eq!(ignored, 0);
    }

    #[test]
    fn there_are_always_roots_and_no_http2() {
        assert!(!roots().is_empty());
        assert_eq!(client_config().unwrap().alpn_protocols, [b"http/1.1".to_vec()]);
    }
}
