//! Who looked at personal data, how often, for what; and what is unusual in it.

use std::collections::HashMap;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use chrono_tz::Tz;

use super::{auditor, staff};
use crate::app::App;
use crate::casework::{FIGURES_DAYS, LookFigures, LooksOf, OUT_OF_HOURS, Pattern, Unusual, UsualDay};
use crate::domain::ids::AccountId;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::SignedIn;
use crate::http::web::shell::{Page, render};

const FIGURES: &str = "/audit-figures";
/// Cases that are named of each person.
const CASES_MAX: usize = 5;

pub(super) fn routes() -> Router<App> {
    Router::new().route(FIGURES, get(show))
}

#[derive(Template)]
#[template(path = "auditor/figures.html")]
struct FiguresPage {
    page: Page,
    days: i64,
    people: Vec<PersonRow>,
    unusual: Vec<UnusualRow>,
    looks: usize,
    cut: bool,
    entries: u64,
    head: String,
}

struct PersonRow {
    id: String,
    name: String,
    counts: [(&'static str, usize); 6],
    cases: Vec<(String, usize)>,
    more_cases: usize,
}

struct UnusualRow {
    what: &'static str,
    says: String,
    id: String,
    name: String,
    entries: Vec<u64>,
}

async fn show(State(app): State<App>, who: SignedIn) -> Result<Response, Refusal> {
    auditor(&app, &who).await?;
    let figures = app.casework.look_figures(&who.principal()).await?;
    let names = staff(&app).await?;
    let names: HashMap<AccountId, String> = names
        .into_iter()
        .map(|(id, name, role)| (id, format!("{name} ({})", role.word())))
        .collect();
    Ok(render(
        StatusCode::OK,
        &page(who.page("Looks at cases and personal data", FIGURES), &figures, &names),
    ))
}

fn page(page: Page, figures: &LookFigures, names: &HashMap<AccountId, String>) -> FiguresPage {
    let name = |id: AccountId| names.get(&id).cloned().unwrap_or_else(|| format!("account {id}"));
    let person = |(id, of): &(AccountId, LooksOf)| PersonRow {
        id: id.to_string(),
        name: name(*id),
        counts: [
            ("Searches", of.searches),
            ("Contact details", of.contacts),
            ("Identities", of.identities),
            ("Reports", of.reports),
            ("Photos", of.photos),
            ("Packs", of.packs),
        ],
        cases: of.cases.iter().take(CASES_MAX).cloned().collect(),
        more_cases: of.cases.len().saturating_sub(CASES_MAX),
    };
    let unusual = |one: &Unusual| {
        let (what, says) = told(one, figures.zone);
        UnusualRow {
            what,
            says,
            id: one.by.to_string(),
            name: name(one.by),
            entries: one.entries.clone(),
        }
    };
    FiguresPage {
        page,
        days: FIGURES_DAYS,
        people: figures.people.iter().map(person).collect(),
        unusual: figures.unusual.iter().map(unusual).collect(),
        looks: figures.looks,
        cut: figures.cut,
        entries: figures.head.entries,
        head: hex::encode(figures.head.head.0),
    }
}

fn looks(count: usize) -> String {
    if count == 1 {
        "1 look".to_owned()
    } else {
        format!("{count} looks")
    }
}

/// A pattern in two or three words, and in a sentence.
fn told(one: &Unusual, zone: Tz) -> (&'static str, String) {
    let times = |what: &str| format!("{} of {} {what}", one.count, looks(one.of));
    match one.pattern {
        Pattern::OwnSurname => ("own surname", times("met the person’s own surname")),
        Pattern::OutOfHours => {
            let (from, to) = OUT_OF_HOURS;
            (
                "out of hours",
                times(&format!(
                    "were between {from}:00 and {to:02}:00 or on a weekend, on the clock of {zone}"
                )),
            )
        }
        Pattern::Repeated => ("the same again", times("were at the same")),
        Pattern::Volume => {
            let day = one.day.map(|day| day.format("%-d %b %Y").to_string()).unwrap_or_default();
            let usual = one.usual.map_or(0, |usual| usual.looks);
            let whose = match one.usual {
                Some(UsualDay { own: true, .. }) => "the person’s own other days",
                _ => "everybody’s days, as the person has too few others,",
            };
            (
                "many on one day",
                format!(
                    "{} on {day}; on half of {whose} there are no more than {usual}",
                    looks(one.count)
                ),
            )
        }
    }
}
