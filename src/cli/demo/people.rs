//! Who is in the demo: the accounts of the police, what owners and partners' people are called, and the partner to try out.
//!
//! Leaves to `load` how they come to be.

use crate::domain::account::Role;
use crate::domain::hold::{HoldExpiry, HoldPolicy, HoldTrigger};

/// The password of every demo account.
pub(super) const PASSWORD: &str = "lost and found again";
/// How the sandbox's letter says that things are held, so that an officer can ask for one.
pub(super) const HOLDS: HoldPolicy = HoldPolicy {
    trigger: HoldTrigger::Asked,
    days: 7,
    notice_hours: 24,
    extension_days: 7,
    extensions_max: 2,
    expiry: HoldExpiry::Release,
};
/// The accounts of the police and the administration, with what they are called.
pub(super) const STAFF: [(&str, &str, Role); 4] = [
    ("officer@demo.example", "Officer Lind", Role::Officer),
    ("supervisor@demo.example", "Supervisor Falk", Role::Supervisor),
    ("auditor@demo.example", "Auditor Holm", Role::Auditor),
    ("admin@demo.example", "Administrator Berg", Role::Administrator),
];
/// The partner that has no listings yet.
pub(super) const SANDBOX: &str = "sandbox";

/// The address of a partner's person.
pub(super) fn desk(slug: &str) -> String {
    format!("desk@{slug}.example")
}

/// What an owner is called: the sample knows their address alone.
pub(super) fn owners_name(email: &str) -> String {
    let local = email.split('@').next().unwrap_or(email);
    let words = local.split(['.', '-', '_']).filter(|word| !word.is_empty());
    let capital = |word: &str| {
        let mut characters = word.chars();
        let first: String = characters.next().into_iter().flat_map(char::to_uppercase).collect();
        format!("{first}{}", characters.as_str())
    };
    words.map(capital).collect::<Vec<_>>().join(" ")
}
