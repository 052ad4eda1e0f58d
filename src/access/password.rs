//! Passwords: which are refused, and how the rest are hashed and checked (argon2id).
//!
//! Hashing is slow and takes memory on purpose; it happens off the asynchronous threads, a few at a time.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use super::AccessError;

/// At most this many hashes are computed at once, so that sign-ins cannot take the machine's memory.
const CONCURRENT_MAX: usize = 2;
/// Fewest characters of a password.
const CHARACTERS_MIN: usize = 12;
/// Most characters: no reason to hash a novel.
const CHARACTERS_MAX: usize = 200;
/// Fewest different characters.
const DISTINCT_MIN: usize = 5;
/// Beginnings of what people choose when they must choose something long.
const COMMON: [&str; 14] = [
    "password",
    "passwort",
    "adgangskode",
    "qwerty",
    "qwertz",
    "asdfgh",
    "12345678",
    "abcdefgh",
    "letmein",
    "welcome",
    "velkommen",
    "willkommen",
    "iloveyou",
    "replevin",
];

/// How dear a password's hash is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory, KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for PasswordCost {
    /// 19 MiB, two passes, one lane: the OWASP password storage cheat sheet's first choice for argon2id.
    fn default() -> Self {
        Self {
            memory_kib: 19_456,
            passes: 2,
            lanes: 1,
        }
    }
}

impl PasswordCost {
    /// The cheapest that argon2 allows. For tests, which hash often and keep nothing.
    #[must_use]
    pub fn cheapest() -> Self {
        Self {
            memory_kib: 8,
            passes: 1,
            lanes: 1,
        }
    }
}

/// Why a password is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    /// Too short.
    #[error("use at least {CHARACTERS_MIN} characters; several words are easy to remember")]
    Short,
    /// Too long.
    #[error("use at most {CHARACTERS_MAX} characters")]
    Long,
    /// A few characters over and over.
    #[error("use more different characters")]
    Monotonous,
    /// What everybody tries first.
    #[error("this begins like the passwords that are tried first; choose another")]
    Common,
    /// Made of the person's own name or address.
    #[error("do not use your name or e-mail address")]
    Personal,
}

/// Whether a password may be used by the person of this name and address.
///
/// # Errors
/// Why not.
pub fn check(password: &str, email: &str, name: &str) -> Result<(), PasswordFault> {
    let length = password.chars().count();
    if length < CHARACTERS_MIN {
        return Err(PasswordFault::Short);
    }
    if length > CHARACTERS_MAX {
        return Err(PasswordFault::Long);
    }
    let mut distinct: Vec<char> = password.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() < DISTINCT_MIN {
        return Err(PasswordFault::Monotonous);
    }
    let lower = password.to_lowercase();
    let local = email.split('@').next().unwrap_or("");
    if is_mostly(&lower, local) || is_mostly(&lower, email) || is_mostly(&lower, name) {
        return Err(PasswordFault::Personal);
    }
    if COMMON
        .iter()
        .any(|common| lower.starts_with(common) && length < common.len() + 8)
    {
        return Err(PasswordFault::Common);
    }
    Ok(())
}

/// Whether `part` makes up most of `password`: what remains is shorter than 8 characters.
fn is_mostly(password: &str, part: &str) -> bool {
    let part = part.trim().to_lowercase();
    part.chars().count() >= 3
        && password.contains(&part)
        && password.replace(&part, "").chars().filter(|c| c.is_alphanumeric()).count() < 8
}

/// Hashes and checks passwords. Cheap to clone.
#[derive(Clone)]
pub(super) struct Hasher {
    cost: PasswordCost,
    permits: Arc<Semaphore>,
}

impl Hasher {
    pub(super) fn new(cost: PasswordCost) -> Self {
        Self {
            cost,
            permits: Arc::new(Semaphore::new(CONCURRENT_MAX)),
        }
    }

    /// The password's hash with a fresh salt, as a PHC string.
    pub(super) async fn hash(&self, password: &str) -> Result<String, AccessError> {
        let password = password.to_owned();
        let argon2 = self.argon2()?;
        self.apart(move || {
            let hash: PasswordHash = argon2.hash_password(password.as_bytes()).map_err(|_| AccessError::Secrets)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether the password fits the hash. Without a hash (no such account, or none that may sign in) the same work is done
    /// and the answer is no.
    pub(super) async fn verify(&self, password: &str, hash: Option<String>) -> Result<bool, AccessError> {
        // Nothing that is refused for its length can be anybody's password; do not let it cost more than others.
        let password: String = password.chars().take(CHARACTERS_MAX + 1).collect();
        let argon2 = self.argon2()?;
        self.apart(move || match hash {
            Some(hash) => {
                let hash = PasswordHash::new(&hash).map_err(|_| AccessError::Secrets)?;
                Ok(argon2.verify_password(password.as_bytes(), &hash).is_ok())
            }
            None => {
                let idle: Result<PasswordHash, _> = argon2.hash_password(password.as_bytes());
                idle.map_err(|_| AccessError::Secrets)?;
                Ok(false)
            }
        })
        .await
    }

    fn argon2(&self) -> Result<Argon2<'static>, AccessError> {
        let params =
            Params::new(self.cost.memory_kib, self.cost.passes, self.cost.lanes, None).map_err(|_| AccessError::Secrets)?;
        Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    }

    async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, AccessError> + Send + 'static,
    ) -> Result<T, AccessError> {
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .map_err(|_| AccessError::Secrets)?;
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        });
        done.await.map_err(|_| AccessError::Secrets)?
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_guessed_first() {
        let cases = [
            ("kort", Err(PasswordFault::Short)),
            ("elleve tegn", Err(PasswordFault::Short)),
            ("aaaaaaaaaaaaaaaa", Err(PasswordFault::Monotonous)),
            ("abababababab", Err(PasswordFault::Monotonous)),
            ("Password1234", Err(PasswordFault::Common)),
            ("adgangskode1!", Err(PasswordFault::Common)),
            ("123456789012", Err(PasswordFault::Common)),
            ("jens.hansen2026", Err(PasswordFault::Personal)),
            ("Jens Hansen 1", Err(PasswordFault::Personal)),
            ("blå cykel på taget", Ok(())),
            ("password is a long sentence of mine", Ok(())),
            ("jens.hansen rides along the coast", Ok(())),
        ];
        for (password, verdict) in cases {
            assert_eq!(
                check(password, "jens.hansen@example.org", "Jens Hansen"),
                verdict,
                "{password}"
            );
        }
        assert_eq!(check(&"x1y2z3 ".repeat(40), "a@example.org", "A"), Err(PasswordFault::Long));
    }

    #[tokio::test]
    async fn a_hash_fits_its_password_only() {
        let hasher = Hasher::new(PasswordCost::cheapest());
        let hash = hasher.hash("blå cykel på taget").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{hash}");
        assert_ne!(hash, hasher.hash("blå cykel på taget").await.unwrap());
        assert!(hasher.verify("blå cykel på taget", Some(hash.clone())).await.unwrap());
        assert!(!hasher.verify("blå cykel på loftet", Some(hash)).await.unwrap());
        assert!(!hasher.verify("blå cykel på taget", None).await.unwrap());
        // A hash made at another cost still fits.
        let dearer = PasswordCost {
            memory_kib: 16,
            passes: 2,
            lanes: 1,
        };
        let hash = Hasher::new(dearer).hash("blå cykel på taget").await.unwrap();
        assert!(hasher.verify("blå cykel på taget", Some(hash)).await.unwrap());
    }
}
