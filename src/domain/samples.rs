//! A partner and a letter of intent for tests; what a test is about, it says over them.
#![allow(clippy::unwrap_used)]

use super::ids::{LetterId, PartnerId};
use super::partner::{LegalBasis, Letter, LetterTerms, Partner};
use super::time::Timestamp;

/// The partner "nordlys", which names no hosts of photos.
pub(crate) fn nordlys(now: Timestamp) -> Partner {
    Partner {
        id: PartnerId::generate(now),
        slug: "nordlys".parse().unwrap(),
        name: "Nordlys".to_owned(),
        photo_hosts: Vec::new(),
        created_at: now,
    }
}

/// A letter with a partner that holds from one instant to another, under which nothing may be asked.
pub(crate) fn letter(partner: PartnerId, from: Timestamp, to: Timestamp) -> Letter {
    Letter {
        id: LetterId::generate(from),
        partner,
        terms: LetterTerms {
            legal_basis: LegalBasis::VoluntaryLetter,
            reference: "L-1".to_owned(),
            valid_from: from,
            valid_to: to,
            threshold: 0.9,
            askable: Vec::new(),
            approvals: 1,
            response_hours: 48,
            retention_days: 180,
            document_sha256: None,
        },
        revoked: None,
        created_at: from,
    }
}
