//! What the things in entries are called, for reading: numbers of reports, names of partners and letters. Owners, their items
//! and what they are asked stay ids.

use std::collections::HashMap;

use serde_json::Value;
use uuid::Uuid;

use crate::app::App;
use crate::domain::account::Role;
use crate::domain::audit::{Action, Actor, Entry, Subject, SubjectKind};
use crate::domain::disclosure::DisclosureState;
use crate::domain::ids::{
    AccountId, DecoyId, DeliveryId, DisclosureRequestId, HoldId, LetterId, ListingId, MessageId, PartnerId, ReportId,
    TheftReportId, TokenId, WebhookId,
};
use crate::store::{Reader, StoreError};

/// Names of things, by kind and id.
pub(super) struct Things(HashMap<(SubjectKind, Uuid), String>);

impl Things {
    /// The names of everything that these entries name.
    pub(super) async fn of(app: &App, entries: &[Entry]) -> Result<Self, StoreError> {
        let mut wanted: Vec<(SubjectKind, Uuid)> = entries.iter().flat_map(named_in).collect();
        wanted.sort_unstable_by_key(|(kind, id)| (kind.word(), *id));
        wanted.dedup();
        let names = app.store.read(move |reader| {
            let mut names = HashMap::new();
            for (kind, id) in wanted {
                match name(reader, kind, id) {
                    Ok(Some(name)) => drop(names.insert((kind, id), name)),
                    Ok(None) => {}
                    // The log is read all the same.
                    Err(error) if error.is_damaged_row() => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(names)
        });
        Ok(Self(names.await?))
    }

    /// What a thing is called.
    pub(super) fn name(&self, subject: Subject) -> Option<&str> {
        self.0.get(&(subject.kind, subject.id?)).map(String::as_str)
    }
}

/// A fact of an entry in words; an id beside what it is called.
pub(super) fn told(things: &Things, fact: &str, value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let name = kind_of(fact)
        .zip(text.parse().ok())
        .and_then(|(kind, id): (SubjectKind, Uuid)| things.name(kind.with(id)));
    match name {
        Some(name) => format!("{name}, {text}"),
        None => text,
    }
}

/// Why somebody decided as they did: their words, which the log itself does not hold.
pub(super) async fn reason(app: &App, entry: Entry) -> Result<Option<String>, StoreError> {
    let Some(id) = entry.subject.id else { return Ok(None) };
    app.store
        .read(move |reader| {
            Ok(match entry.action {
                Action::ReportConfirmed | Action::ReportDismissed | Action::ReportReopened | Action::ReportClosed => {
                    let events = reader.report_events(ReportId(id))?;
                    // Written in the same transaction, and so at the same instant.
                    events
                        .into_iter()
                        .find(|event| event.at == entry.at)
                        .and_then(|event| event.note)
                }
                Action::DisclosureApproved | Action::DisclosureRefused => {
                    let request = reader.disclosure_request(DisclosureRequestId(id))?;
                    let words = request.map(|request| request.approvals).unwrap_or_default();
                    words
                        .into_iter()
                        .find(|word| word.at == entry.at)
                        .and_then(|word| word.reason)
                }
                Action::DisclosureDeclined => match reader
                    .disclosure_request(DisclosureRequestId(id))?
                    .map(|request| request.state)
                {
                    Some(DisclosureState::Declined { reason, .. }) => Some(reason),
                    _ => None,
                },
                _ => None,
            })
        })
        .await
}

/// The things that an entry names: its subject, a partner's system, and facts that are ids.
fn named_in(entry: &Entry) -> Vec<(SubjectKind, Uuid)> {
    let mut named: Vec<(SubjectKind, Uuid)> = entry.subject.id.map(|id| (entry.subject.kind, id)).into_iter().collect();
    if let Actor::Partner(partner, token) = entry.actor {
        named.extend([(SubjectKind::Partner, partner.0), (SubjectKind::Token, token.0)]);
    }
    let facts = entry.detail.as_object().into_iter().flatten();
    named.extend(facts.filter_map(|(fact, value)| kind_of(fact).zip(value.as_str()?.parse().ok())));
    named
}

fn kind_of(fact: &str) -> Option<SubjectKind> {
    match fact {
        "report" => Some(SubjectKind::Report),
        "partner" => Some(SubjectKind::Partner),
        "letter" => Some(SubjectKind::Letter),
        "listing" => Some(SubjectKind::Listing),
        _ => None,
    }
}

fn name(reader: &Reader<'_>, kind: SubjectKind, id: Uuid) -> Result<Option<String>, StoreError> {
    Ok(match kind {
        SubjectKind::Report => reader.report(ReportId(id))?.map(|report| format!("SR-{}", report.number)),
        SubjectKind::DisclosureRequest => match reader.disclosure_request(DisclosureRequestId(id))? {
            Some(request) => reader
                .report(request.report)?
                .map(|report| format!("on SR-{}", report.number)),
            None => None,
        },
        SubjectKind::TheftReport => reader
            .theft_report(TheftReportId(id))?
            .and_then(|report| report.theft.crime_reference),
        SubjectKind::Partner => reader.partner(PartnerId(id))?.map(|partner| partner.name),
        SubjectKind::Letter => reader.letter(LetterId(id))?.map(|letter| letter.terms.reference),
        SubjectKind::Token => reader.token(TokenId(id))?.map(|token| token.label),
        SubjectKind::Listing => reader.listing(ListingId(id))?.map(|listing| listing.draft.reference),
        SubjectKind::Decoy => reader.decoy(DecoyId(id))?.map(|decoy| decoy.reference),
        SubjectKind::Delivery => match reader.delivery(DeliveryId(id))? {
            Some(delivery) => reader
                .partner(delivery.partner)?
                .map(|partner| format!("of {}", partner.name)),
            None => None,
        },
        SubjectKind::Account => reader
            .account(AccountId(id))?
            .filter(|account| account.role != Role::Owner)
            .map(|account| account.name),
        SubjectKind::Hold => match reader.hold(HoldId(id))? {
            Some(hold) => reader.report(hold.report)?.map(|report| format!("on SR-{}", report.number)),
            None => None,
        },
        // What an officer calls it may name somebody.
        SubjectKind::SavedSearch => None,
        SubjectKind::Webhook => reader
            .webhook(WebhookId(id))?
            .and_then(|webhook| webhook.url.host_str().map(str::to_owned)),
        SubjectKind::Message => reader.message(MessageId(id))?.map(|message| message.event.says().to_owned()),
        SubjectKind::Item | SubjectKind::Question | SubjectKind::BlindReview | SubjectKind::AuditLog | SubjectKind::Service => {
            None
        }
    })
}
