//! The control body's desk: the audit log by person, case and thing; one entry; and whether the log is whole.
//!
//! Shows who did what to which id, and why; never what a case holds. Staff are named; owners, and nobody else, stay ids.

use std::collections::HashMap;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;

use super::refusal::Refusal;
use super::session::{FORM_AGAIN, Fields, PersonalForm, SignedIn};
use super::shell::{Choice, Page, SummaryRow, render};
use super::words;
use crate::app::App;
use crate::domain::account::Role;
use crate::domain::audit::{Actor, ChainHash, Entry};
use crate::domain::ids::AccountId;
use crate::http::error::Problem;
use crate::store::{AuditFilter, Checkpoint, StoreError};

const AUDIT: &str = "/audit";
const ENTRIES: usize = 50;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(AUDIT, get(list))
        .route("/audit/verify", get(verify_form).post(verify))
        .route("/audit/{number}", get(show))
}

#[derive(Template)]
#[template(path = "auditor/log.html")]
struct LogPage {
    page: Page,
    people: Vec<Choice>,
    account: String,
    case: String,
    subject: String,
    filtered: bool,
    rows: Vec<Line>,
    newest: Option<String>,
    older: Option<String>,
}

/// One entry in words.
struct Line {
    number: u64,
    at: String,
    who: String,
    action: String,
    subject: String,
    subject_id: Option<String>,
    purpose: Option<(String, String)>,
    refused: bool,
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
    fn of(&self, actor: Actor) -> String {
        match actor {
            Actor::Service => "the service".to_owned(),
            Actor::CommandLine => "the command line".to_owned(),
            Actor::Anonymous => "somebody not signed in".to_owned(),
            Actor::Partner(_, token) => format!("a partner’s system, token {token}"),
            Actor::Account(id) => self
                .0
                .get(&id)
                .map_or_else(|| format!("an owner, account {id}"), Clone::clone),
        }
    }
}

async fn list(State(app): State<App>, uri: Uri, who: SignedIn) -> Result<Response, Refusal> {
    auditor(&app, &who).await?;
    let query = Fields::parse(uri.query().unwrap_or("").as_bytes());
    let mut page = who.page("Audit log", AUDIT);
    let mut id_of = |field: &str, text: &str| -> Option<uuid::Uuid> {
        let parsed = uuid::Uuid::parse_str(text).ok();
        if parsed.is_none() && !text.is_empty() {
            page = page
                .clone()
                .with_error(field, "An id looks like 0190f3c2-7b1e-7c3a-9f00-1a2b3c4d5e6f.");
        }
        parsed
    };
    let typed_id = id_of("account", query.get("account"));
    let subject = id_of("subject", query.get("subject"));
    let chosen = query.get("person").parse::<AccountId>().ok();
    let filter = AuditFilter {
        account: typed_id.map(AccountId).or(chosen),
        case: Some(query.get("case").to_owned()).filter(|case| !case.is_empty()),
        subject,
        before: query.get("before").parse().ok(),
        limit: ENTRIES + 1,
    };
    let staff = staff(&app).await?;
    let people = people(&staff, chosen);
    let names = names(staff);
    let filtered = filter.account.is_some() || filter.case.is_some() || filter.subject.is_some();
    let mut entries = Vec::new();
    if page.errors.is_empty() {
        entries = app.casework.audit_entries(&who.principal(), filter.clone()).await?;
    }
    let more = entries.len() > ENTRIES;
    entries.truncate(ENTRIES);
    let turned = |before: Option<u64>| address(&query, before);
    let status = if page.errors.is_empty() { StatusCode::OK } else { FORM_AGAIN };
    let page = LogPage {
        page,
        people,
        account: query.get("account").to_owned(),
        case: query.get("case").to_owned(),
        subject: query.get("subject").to_owned(),
        filtered,
        older: entries.last().filter(|_| more).map(|entry| turned(Some(entry.number))),
        newest: filter.before.map(|_| turned(None)),
        rows: entries.iter().map(|entry| line(entry, &names)).collect(),
    };
    Ok(render(status, &page))
}

/// The address of another page of the same entries.
fn address(query: &Fields, before: Option<u64>) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    for name in ["person", "account", "case", "subject"] {
        if !query.get(name).is_empty() {
            pairs.append_pair(name, query.get(name));
        }
    }
    if let Some(before) = before {
        pairs.append_pair("before", &before.to_string());
    }
    format!("{AUDIT}?{}", pairs.finish())
}

fn line(entry: &Entry, names: &Names) -> Line {
    let action = entry.action.word();
    Line {
        number: entry.number,
        at: seconds(entry),
        who: names.of(entry.actor),
        action: spaced(action),
        subject: spaced(entry.subject.kind.word()),
        subject_id: entry.subject.id.map(|id| id.to_string()),
        purpose: entry
            .purpose
            .as_ref()
            .map(|purpose| (purpose.case.clone(), purpose.reason.clone())),
        refused: action.ends_with("refused"),
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
    let before = entries.get(1).map_or(crate::domain::audit::CHAIN_START, |entry| entry.hash);
    let page = EntryPage {
        page: who.page(format!("Entry {number}"), AUDIT),
        rows: entry_rows(entry, &names),
        hash: hex::encode(entry.hash.0),
        previous: hex::encode(before.0),
        older: (number > 1).then(|| number - 1),
        newer: number + 1,
    };
    Ok(render(StatusCode::OK, &page))
}

fn entry_rows(entry: &Entry, names: &Names) -> Vec<SummaryRow> {
    let mut rows = vec![
        SummaryRow::new("When", seconds(entry)),
        SummaryRow::new("Who", names.of(entry.actor)),
        SummaryRow::new("What", spaced(entry.action.word())),
    ];
    if let Actor::Account(id) = entry.actor {
        rows.push(SummaryRow::new("Account", id.to_string()));
    }
    let id = entry.subject.id.map_or_else(|| "all of them".to_owned(), |id| id.to_string());
    rows.push(SummaryRow::new(
        "To what",
        format!("{}: {id}", spaced(entry.subject.kind.word())),
    ));
    if let Some(purpose) = &entry.purpose {
        rows.push(SummaryRow::new("Case", purpose.case.clone()));
        rows.push(SummaryRow::new("Reason", purpose.reason.clone()));
    }
    if let Some(facts) = entry.detail.as_object() {
        rows.extend(facts.iter().map(|(name, value)| {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
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
    entry.at.format("%-d %b %Y, %H:%M:%S UTC").to_string()
}

fn spaced(word: &str) -> String {
    word.replace('_', " ")
}

fn chain_hash(text: &str) -> Option<ChainHash> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(ChainHash(bytes))
}
