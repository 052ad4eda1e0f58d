//! Letters of intent and their terms in words, for whoever is shown them.

use super::shell::SummaryRow;
use super::words;
use crate::domain::hold::{HoldExpiry, HoldPolicy, HoldTrigger};
use crate::domain::partner::{LegalBasis, Letter, LetterStanding, SellerField};
use crate::domain::time::Timestamp;

/// What a kind of seller data is called.
pub(super) fn field(field: SellerField) -> &'static str {
    match field {
        SellerField::Name => "Full name",
        SellerField::Address => "Postal address",
        SellerField::Email => "E-mail address",
        SellerField::Phone => "Telephone number",
        SellerField::BirthDate => "Date of birth",
        SellerField::BankAccount => "Bank account paid to",
        SellerField::NetworkAddress => "Network addresses used",
    }
}

/// What a letter rests on.
pub(super) fn basis(basis: LegalBasis) -> &'static str {
    match basis {
        LegalBasis::VoluntaryLetter => "Voluntary letter of intent",
        LegalBasis::Statute => "Statute",
        LegalBasis::CourtOrder => "Court order",
    }
}

/// How a letter stands, and the colour of its tag.
pub(super) fn standing(letter: &Letter, now: Timestamp) -> (&'static str, &'static str) {
    match letter.standing(now) {
        LetterStanding::Active => ("In force", "green"),
        LetterStanding::NotYetValid => ("Not yet in force", "yellow"),
        LetterStanding::Expired => ("Expired", "grey"),
        LetterStanding::Revoked => ("Revoked", "grey"),
    }
}

/// The terms of a letter.
pub(super) fn terms(letter: &Letter) -> Vec<SummaryRow> {
    let terms = &letter.terms;
    let (first, last) = words::days(terms.valid_from, terms.valid_to);
    let askable: Vec<&str> = terms.askable.iter().map(|asked| field(*asked)).collect();
    let mut rows = vec![
        SummaryRow::new("Reference", terms.reference.clone()),
        SummaryRow::new("Legal basis", basis(terms.legal_basis).to_owned()),
        SummaryRow::new("Valid from", first),
        SummaryRow::new("Valid to", format!("{last}, to its end in UTC")),
        SummaryRow::new(
            "Probability needed before a seller may be asked for",
            terms.threshold.to_string(),
        ),
        SummaryRow::new("What may be asked about a seller", askable.join(", ")),
        SummaryRow::new("Supervisors who must approve", terms.approvals.to_string()),
        SummaryRow::new("Answer within", count(terms.response_hours, "hour")),
        SummaryRow::new("Kept for", retention(terms.retention_days)),
    ];
    if let Some((_, at)) = letter.revoked {
        rows.push(SummaryRow::new("Revoked", words::instant(at)));
    }
    let hash = terms
        .document_sha256
        .map_or_else(|| "not kept".to_owned(), |hash| hash.to_string());
    rows.push(SummaryRow::new("SHA-256 of the signed document", hash).as_serial());
    rows
}

/// What begins a hold.
pub(super) fn hold_trigger(trigger: HoldTrigger) -> &'static str {
    match trigger {
        HoldTrigger::Asked => "An officer asks for it",
        HoldTrigger::Confirmed => "A report is confirmed",
        HoldTrigger::Raised => "A report at or above the letter’s threshold is raised",
    }
}

/// What follows when a hold has run out.
pub(super) fn hold_expiry(expiry: HoldExpiry) -> &'static str {
    match expiry {
        HoldExpiry::Release => "The partner may sell the thing",
        HoldExpiry::Keep => "The partner keeps it until the police have decided",
    }
}

/// How things are held under a letter.
pub(super) fn hold_policy(policy: &HoldPolicy) -> Vec<SummaryRow> {
    let extension = match (policy.extensions_max, policy.extension_days) {
        (0, _) | (_, 0) => "not".to_owned(),
        (times, days) => format!("by {}, {}", count(days, "day"), count(times, "time")),
    };
    vec![
        SummaryRow::new("A hold begins when", hold_trigger(policy.trigger)),
        SummaryRow::new("It lasts", count(policy.days, "day")),
        SummaryRow::new("The partner answers within", count(policy.notice_hours, "hour")),
        SummaryRow::new("It can be extended", extension),
        SummaryRow::new("When it has run out", hold_expiry(policy.expiry)),
    ]
}

/// What a letter says of holds, also when it says nothing of them.
pub(super) fn hold_terms(policy: Option<&HoldPolicy>) -> Vec<SummaryRow> {
    match policy {
        Some(policy) => hold_policy(policy),
        None => vec![SummaryRow::new("Holds", "none can be asked under this letter".to_owned())],
    }
}

/// What a letter's retention does.
pub(super) fn retention(days: u32) -> String {
    format!(
        "{}: then a listing that never matched, counted from when the partner last sent it, and a seller’s identity, counted \
         from the partner’s answer, are erased",
        count(days, "day")
    )
}

/// A number with its noun.
pub(super) fn count(number: u32, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
