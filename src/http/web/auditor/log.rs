//! The log's list: filtered by person, case and thing, or everything with runs drawn together.

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Response;

use super::named::Things;
use super::{AUDIT, Names, auditor, names, people, seconds, spaced, staff};
use crate::app::App;
use crate::domain::audit::Entry;
use crate::domain::ids::AccountId;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, Fields, SignedIn};
use crate::http::web::shell::{Choice, Page, render};
use crate::store::AuditFilter;

/// Entries on one page.
const ENTRIES: usize = 50;
/// So many entries on different things make a run.
const RUN_MIN: usize = 3;

#[derive(Template)]
#[template(path = "auditor/log.html")]
struct LogPage {
    page: Page,
    people: Vec<Choice>,
    account: String,
    case: String,
    subject: String,
    filtered: bool,
    /// Where each entry of a run stands by itself, when runs are drawn together.
    each: Option<String>,
    rows: Vec<Line>,
    newest: Option<String>,
    older: Option<String>,
}

/// One entry in words, or a run of entries of one person and act.
struct Line {
    /// The newest one's.
    number: u64,
    /// The oldest one's, of a run.
    first: Option<u64>,
    count: usize,
    at: String,
    who: String,
    action: String,
    subject: String,
    subject_name: Option<String>,
    subject_id: Option<String>,
    /// The case that it was done under, and the person's own reason when one was stated.
    purpose: Option<(String, String)>,
    refused: bool,
}

/// The log, newest first. Without a filter, runs of one person and act are drawn together, so that they bury nothing.
pub(super) async fn list(State(app): State<App>, uri: Uri, who: SignedIn) -> Result<Response, Refusal> {
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
    let things = Things::of(&app, &entries).await?;
    let each = filtered || query.get("each") == "yes";
    let rows: Vec<Line> = runs(&entries, each).map(|run| line(run, &names, &things)).collect();
    let turned = |before: Option<u64>| address(&query, before, each && !filtered);
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
        each: Some(address(&query, filter.before, true)).filter(|_| rows.len() < entries.len()),
        rows,
    };
    Ok(render(status, &page))
}

/// The address of another page of the same entries.
fn address(query: &Fields, before: Option<u64>, each: bool) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    for name in ["person", "account", "case", "subject"] {
        if !query.get(name).is_empty() {
            pairs.append_pair(name, query.get(name));
        }
    }
    if let Some(before) = before {
        pairs.append_pair("before", &before.to_string());
    }
    if each {
        pairs.append_pair("each", "yes");
    }
    format!("{AUDIT}?{}", pairs.finish())
}

/// The entries in runs: of one person and act for one purpose, on the same thing or at least three of them.
fn runs(entries: &[Entry], each: bool) -> impl Iterator<Item = &[Entry]> {
    let alike = |a: &Entry, b: &Entry| (a.actor, a.action, &a.purpose) == (b.actor, b.action, &b.purpose);
    entries.chunk_by(move |a, b| !each && alike(a, b)).flat_map(|run| {
        let same_thing = run.iter().all(|entry| entry.subject == run[0].subject);
        let apart = !same_thing && run.len() < RUN_MIN;
        run.chunks(if apart { 1 } else { run.len() })
    })
}

/// `run` is not empty.
fn line(run: &[Entry], names: &Names, things: &Things) -> Line {
    let entry = &run[0];
    let action = entry.action.word();
    let one_thing = run.iter().all(|other| other.subject == entry.subject);
    let last = &run[run.len() - 1];
    let at = match run.len() {
        1 => seconds(entry),
        _ => format!("{} to {}", seconds(last), seconds(entry)),
    };
    Line {
        number: entry.number,
        first: Some(last.number).filter(|_| run.len() > 1),
        count: run.len(),
        at,
        who: names.of(entry.actor, things),
        action: format!("{}{}", spaced(action), photos(run)),
        subject: spaced(entry.subject.kind.word()),
        subject_name: things.name(entry.subject).filter(|_| one_thing).map(str::to_owned),
        subject_id: entry.subject.id.filter(|_| one_thing).map(|id| id.to_string()),
        purpose: why(entry),
        refused: action.ends_with("refused"),
    }
}

/// Which photos an entry says were shown; of a run nothing.
fn photos(run: &[Entry]) -> String {
    let [entry] = run else { return String::new() };
    let listed = entry.detail.get("photos").and_then(serde_json::Value::as_array);
    match listed.map_or(0, Vec::len) {
        0 if entry.detail.get("photo").is_some() => ": a photo of it".to_owned(),
        0 => String::new(),
        1 => ", with 1 photo".to_owned(),
        several => format!(", with {several} photos"),
    }
}

/// Under which case, and why: what the person stated; of those who speak on somebody else's request the case alone.
fn why(entry: &Entry) -> Option<(String, String)> {
    if let Some(purpose) = &entry.purpose {
        return Some((purpose.case.clone(), purpose.reason.clone()));
    }
    let case = entry.detail.get("case")?.as_str()?;
    Some((case.to_owned(), String::new()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::domain::audit::{Action, Actor, CHAIN_START, SubjectKind};

    use super::*;

    fn entry(number: u64, action: Action, thing: u128) -> Entry {
        Entry {
            number,
            at: "2026-11-21T12:00:00Z".parse().unwrap(),
            actor: Actor::CommandLine,
            action,
            subject: SubjectKind::Token.with(uuid::Uuid::from_u128(thing)),
            purpose: None,
            detail: serde_json::Value::Null,
            hash: CHAIN_START,
        }
    }

    #[test]
    fn runs_are_drawn_together_and_pairs_of_different_things_are_not() {
        let (made, revoked) = (Action::TokenCreated, Action::TokenRevoked);
        let of = |acts: &[(Action, u128)]| {
            let entries: Vec<Entry> = acts.iter().map(|(action, thing)| entry(1, *action, *thing)).collect();
            let lengths = |each| runs(&entries, each).map(<[Entry]>::len).collect::<Vec<_>>();
            (lengths(false), lengths(true))
        };
        let many = of(&[(revoked, 1), (revoked, 2), (revoked, 3), (made, 4)]);
        assert_eq!(many, (vec![3, 1], vec![1; 4]));
        assert_eq!(of(&[(revoked, 1), (revoked, 2)]).0, [1, 1]);
        assert_eq!(of(&[(revoked, 1), (revoked, 1)]).0, [2]);
        assert_eq!(of(&[]).0, [0; 0]);
    }
}
