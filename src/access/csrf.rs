//! The token that a form carries to show that it came from our own page: HMAC-SHA-256 under the session's secret.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const LABEL: &[u8] = b"replevin form token 1";

/// The token for the pages of a session with this secret. Stable as long as the session; nobody can find the secret from it.
#[must_use]
pub fn token(session_secret: &str) -> String {
    mac(session_secret).map_or_else(String::new, |mac| URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// Whether a form's token belongs to the session, compared in constant time.
#[must_use]
pub fn verify(session_secret: &str, token: &str) -> bool {
    match (mac(session_secret), URL_SAFE_NO_PAD.decode(token)) {
        (Some(mac), Ok(given)) => mac.verify_slice(&given).is_ok(),
        _ => false,
    }
}

/// None only if HMAC refused the key, which it does for no length.
fn mac(session_secret: &str) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(session_secret.as_bytes()).ok()?;
    mac.update(LABEL);
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_holds_for_its_session_only() {
        let good = token("session one");
        assert_eq!(good, token("session one"));
        let cases = [
            ("session one", good.as_str(), true),
            ("session two", good.as_str(), false),
            ("session one", "", false),
            ("session one", &good[..good.len() - 1], false),
            ("session one", "not base64 !", false),
        ];
        for (secret, given, holds) in cases {
            assert_eq!(verify(secret, given), holds, "{secret} {given}");
        }
    }
}
