//! The control body's desk: the audit log by person, case and thing; one entry; and whether the log is whole.
//!
//! Shows who did what to which id, and why; never what a case holds. Staff are named; owners, and nobody else, stay ids.

mod figures;
mod log;
mod named;

use std::collections::HashMap;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use self::named::Things;
use super::refusal::Refusal;
use super::session::{FORM_AGAIN, PersonalForm, SignedIn};
use super::shell::{Choice, Page, SummaryRow, render};
use super::words;
use crate::app::App;
use crate::domain::account::Role;
use crate::domain::audit::{Actor, ChainHash, Entry, SubjectKind};
use crate::domain::ids::AccountId;
use crate::http::error::Problem;
use crate::store::{AuditFilter, Checkpoint, StoreError};

/// The log's address.
const AUDIT: &str = "/audit";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(AUDIT, get(log::list))
        .route("/audit/verify", get(verify_form).post(verify))
        .route("/audit/{number}", get(show))
        .merge(figures::routes())
}

#[derive(Template)]
#[template(path = "auditor/entry.html")]
struct EntryPage {
    page: Page,
    rows: Vec<SummaryRow>,
    hash: String,
    previous: String,
    older: Option<u64>,
    newer: u64,
}

#[derive(Template)]
#[template(path = "auditor/verify.html")]
struct VerifyPage {
    page: Page,
    verdict: Option<Verdict>,
    entries: String,
    head: String,
}

/// What the walk along the log found.
struct Verdict {
    whole: bool,
    says: String,
    checkpoint: Option<(u64, String)>,
}

/// The names of those who act: everybody but owners.
struct Names(HashMap<AccountId, String>);

impl Names {
    fn of(&self, actor: Actor, things: &Things) -> String {
        match actor {
            Actor::Service => "the service".to_owned(),
            Actor::CommandLine => "the command line".to_owned(),
            Actor::Anonymous => "somebody not signed in".to_owned(),
            Actor::Partner(partner, token) => {
                let partner = things.name(SubjectKind::Partner.with(partner.0)).unwrap_or("a partner");
                let token = SubjectKind::Token.with(token.0);
                match (things.name(token), token.id) {
                    (Some(label), _) => format!("{partner}’s system, token “{label}”"),
                    (None, id) => format!("{partner}’s system, token {}", id.unwrap_or_default()),
                }
            }
            Actor::Account(id) => self
                .0
                .get(&id)
                .map_or_else(|| format!("an owner, account {id}"), Clone::clone),
        }
    }
}

async fn show(State(app): State<App>, Path(number): Path<String>, who: SignedIn) -> Result<Response, Refusal> {
    auditor(&app, &who).await?;
    let missing = || Refusal::from(Problem::missing("entry in the log"));
    let number: u64 = number.parse().map_err(|_| missing())?;
    let filter = AuditFilter {
        before: Some(number.checked_add(1).ok_or_else(missing)?),
        limit: 2,
        ..AuditFilter::default()
    };
    let entries = app.casework.audit_entries(&who.principal(), filter).await?;
    let entry = entries.first().filter(|entry| entry.number == number).ok_or_else(missing)?;
    let names = names(staff(&app).await?);
    let things = Things::of(&app, std::slice::from_ref(entry)).await?;
    let reason = named::reason(&app, entry.clone()).await?;
    let before = entries.get(1).map_or(crate::domain::audit::CHAIN_START, |entry| entry.hash);
    let page = EntryPage {
        page: who.page(format!("Entry {number}"), AUDIT),
        rows: entry_rows(entry, &names, &things, reason),
        hash: hex::encode(entry.hash.0),
        previous: hex::encode(before.0),
        older: (number > 1).then(|| number - 1),
        newer: number + 1,
    };
    Ok(render(StatusCode::OK, &page))
}

fn entry_rows(entry: &Entry, names: &Names, things: &Things, reason: Option<String>) -> Vec<SummaryRow> {
    let mut rows = vec![
        SummaryRow::new("When", seconds(entry)),
        SummaryRow::new("Who", names.of(entry.actor, things)),
        SummaryRow::new("What", spaced(entry.action.word())),
    ];
    if let Actor::Account(id) = entry.actor {
        rows.push(SummaryRow::new("Account", id.to_string()));
    }
    let id = entry.subject.id.map_or_else(|| "all of them".to_owned(), |id| id.to_string());
    let name = things.name(entry.subject).map(|name| format!("{name}, ")).unwrap_or_default();
    rows.push(SummaryRow::new(
        "To what",
        format!("{}: {name}{id}", spaced(entry.subject.kind.word())),
    ));
    if let Some(reason) = reason {
        rows.push(SummaryRow::new("Reason of the decision", reason));
    }
    if let Some(purpose) = &entry.purpose {
        rows.push(SummaryRow::new("Case", purpose.case.clone()));
        rows.push(SummaryRow::new("Reason", purpose.reason.clone()));
    }
    if let Some(facts) = entry.detail.as_object() {
        rows.extend(facts.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| {
            let value = named::told(things, name, value);
            SummaryRow::new(words::sentence(&spaced(name)).trim_end_matches('.'), value)
        }));
    }
    rows
}

async fn verify_form(State(app): State<App>, who: SignedIn) -> Result<Response, Refusal> {
    auditor(&app, &who).await?;
    let page = VerifyPage {
        page: who.page(VERIFY, AUDIT),
        verdict: None,
        entries: String::new(),
        head: String::new(),
    };
    Ok(render(StatusCode::OK, &page))
}

const VERIFY: &str = "Verify the log";

/// Walks the chain; with a checkpoint that was copied earlier, the log must contain it too.
async fn verify(State(app): State<App>, form: PersonalForm) -> Result<Response, Refusal> {
    auditor(&app, &form.who).await?;
    let mut page = form.who.page(VERIFY, AUDIT);
    let (entries, head) = (form.fields.get("entries"), form.fields.get("head"));
    let mut earlier = Vec::new();
    if !(entries.is_empty() && head.is_empty()) {
        match (entries.replace([',', ' '], "").parse::<u64>(), chain_hash(head)) {
            (Ok(entries), Some(head)) => earlier.push(Checkpoint { entries, head }),
            (Err(_), _) => page = page.with_error("entries", "Give the checkpoint’s number of entries."),
            (Ok(_), None) => page = page.with_error("head", "Give the checkpoint’s head: 64 hex digits."),
        }
    }
    let mut verdict = None;
    if page.errors.is_empty() {
        let asked = earlier.first().copied();
        let walked = app.casework.verify_audit_log(&form.who.principal(), earlier).await?;
        verdict = Some(match walked {
            Ok(head) => Verdict {
                whole: true,
                says: match asked {
                    Some(earlier) => format!("It also contains the checkpoint of {} entries.", earlier.entries),
                    None => "Each entry follows from the one before it.".to_owned(),
                },
                checkpoint: Some((head.entries, hex::encode(head.head.0))),
            },
            Err(fault) => Verdict {
                whole: false,
                says: words::sentence(&fault.to_string()),
                checkpoint: None,
            },
        });
    }
    let status = if page.errors.is_empty() { StatusCode::OK } else { FORM_AGAIN };
    let page = VerifyPage {
        page,
        verdict,
        entries: entries.to_owned(),
        head: head.to_owned(),
    };
    Ok(render(status, &page))
}

async fn auditor(app: &App, who: &SignedIn) -> Result<(), Refusal> {
    who.with_role(app, &[Role::Auditor]).await
}

/// Everybody who acts for somebody: id, name and role. Owners are left out: they act for themselves.
async fn staff(app: &App) -> Result<Vec<(AccountId, String, Role)>, Refusal> {
    let accounts = app.store.read(|reader| {
        let mut accounts = Vec::new();
        for role in Role::ALL.into_iter().filter(|role| *role != Role::Owner) {
            accounts.extend(reader.accounts(Some(role))?);
        }
        Ok::<_, StoreError>(accounts)
    });
    let accounts = accounts.await?;
    Ok(accounts
        .into_iter()
        .map(|account| (account.id, account.name, account.role))
        .collect())
}

fn people(staff: &[(AccountId, String, Role)], chosen: Option<AccountId>) -> Vec<Choice> {
    let choice = |value: String, label: String, selected| Choice::new(value, label).chosen(selected);
    let mut people = vec![choice(String::new(), "Everybody".to_owned(), chosen.is_none())];
    people.extend(
        staff
            .iter()
            .map(|(id, name, role)| choice(id.to_string(), format!("{name} ({})", role.word()), chosen == Some(*id))),
    );
    people
}

fn names(staff: Vec<(AccountId, String, Role)>) -> Names {
    let named = |(id, name, role): (AccountId, String, Role)| (id, format!("{name} ({})", role.word()));
    Names(staff.into_iter().map(named).collect())
}

/// To the second: entries of one minute must be told apart.
fn seconds(entry: &Entry) -> String {
    words::second(entry.at)
}

fn spaced(word: &str) -> String {
    word.replace('_', " ")
}

fn chain_hash(text: &str) -> Option<ChainHash> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(ChainHash(bytes))
}
