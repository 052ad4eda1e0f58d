//! A feed's settings as a form: how it is written, whence and when it is fetched, what its server wants to be shown.
//!
//! Owns the form and what a typed line means. Whether settings can be used is for [`checked`]; a secret is taken and never shown.

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};

use super::own_partner;
use super::sample::described;
use crate::app::App;
use crate::domain::audit::Actor;
use crate::domain::feed::{FeedSettings, Pull};
use crate::domain::feed_secret::{PullSecret, SecretText};
use crate::domain::mapping::Mapping;
use crate::domain::partner::{Slug, SlugError};
use crate::feeds::Format;
use crate::http::error::Problem;
use crate::http::feed_settings::checked;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, Fields, PersonalForm, SignedIn, see_other};
use crate::http::web::shell::{Choice, Page, render};
use crate::http::web::words;

const NEW: &str = "Set up a feed";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/new-feed", get(new_form).post(enter))
        .route("/feeds/{feed}/settings", get(form).post(change))
        .route("/feed-mapping", post(take_over))
}

#[derive(Template)]
#[template(path = "partner/feed_form.html")]
struct FormPage {
    page: Page,
    /// The feed's name; empty for a new one.
    name: String,
    form: Fields,
    formats: Vec<Choice>,
    whole: Vec<Choice>,
    secrets: Vec<Choice>,
}

async fn new_form(State(app): State<App>, who: SignedIn) -> Result<Response, Refusal> {
    own_partner(&app, &who).await?;
    Ok(render(StatusCode::OK, &shown(who.page(NEW, "/feeds"), "", Fields::default())))
}

async fn form(State(app): State<App>, who: SignedIn, Path(name): Path<String>) -> Result<Response, Refusal> {
    let settings = settings_of(&app, &who, &name).await?;
    let page = who.page(format!("Settings of {name}"), "/feeds");
    Ok(render(StatusCode::OK, &shown(page, &name, typed(&settings))))
}

/// A mapping that was tried is put into the form of a feed, to be saved there: nothing is stored yet.
async fn take_over(State(app): State<App>, form: PersonalForm) -> Result<Response, Refusal> {
    let (who, mapping) = (&form.who, form.fields.get("mapping").to_owned());
    own_partner(&app, who).await?;
    let name = form.fields.get("feed");
    let newer = |format: &str| {
        Fields::from(vec![
            ("format".to_owned(), format.to_owned()),
            ("mapping".to_owned(), mapping.clone()),
        ])
    };
    let (title, fields) = match name {
        "" => (NEW.to_owned(), newer(Format::Csv.word())),
        name => {
            let settings = settings_of(&app, who, name).await?;
            let fields = typed(&settings).renewed(&["mapping"], &newer(""));
            (format!("Settings of {name}"), fields)
        }
    };
    Ok(render(StatusCode::OK, &shown(who.page(title, "/feeds"), name, fields)))
}

async fn enter(State(app): State<App>, form: PersonalForm) -> Result<Response, Refusal> {
    let partner = own_partner(&app, &form.who).await?;
    let name = form.fields.get("name").to_owned();
    let fault = match name.parse::<Slug>() {
        Err(error) => Some(words::sentence(&SlugError::to_string(&error))),
        Ok(slug) => {
            let known = app
                .store
                .read(move |reader| reader.feed_named(partner, slug.as_str()))
                .await?;
            known.map(|_| "You have a feed of this name: change its settings.".to_owned())
        }
    };
    if let Some(fault) = fault {
        let page = form.who.page(NEW, "/feeds").with_error("name", fault);
        return Ok(render(FORM_AGAIN, &shown(page, "", form.fields)));
    }
    save(&app, form, &name, true).await
}

async fn change(State(app): State<App>, Path(name): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    settings_of(&app, &form.who, &name).await?;
    save(&app, form, &name, false).await
}

async fn save(app: &App, form: PersonalForm, name: &str, is_new: bool) -> Result<Response, Refusal> {
    let partner = own_partner(app, &form.who).await?;
    let slug: Slug = name.parse().map_err(|_| Problem::missing("feed"))?;
    let actor = Actor::Account(form.who.account.id);
    let saved = match said(app, &form.fields) {
        Ok((settings, secret)) => app
            .intake
            .set_feed(actor, partner, slug, settings, secret)
            .await
            .map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    let problem = match saved {
        Ok(_) => return Ok(see_other(&format!("/feeds/{name}?done=saved"))),
        Err(problem) if problem.status == 400 => problem,
        Err(problem) => return Err(problem.into()),
    };
    let title = if is_new {
        NEW.to_owned()
    } else {
        format!("Settings of {name}")
    };
    let mut page = form.who.page(title, "/feeds");
    for fault in &problem.errors {
        let (field, about) = field_of(&fault.field);
        page = page.with_error(field, words::sentence(&format!("{about}{}", fault.reason)));
    }
    Ok(render(FORM_AGAIN, &shown(page, if is_new { "" } else { name }, form.fields)))
}

/// The field of the form that a fault belongs to, and what is said before it there.
fn field_of(path: &str) -> (&'static str, String) {
    match path {
        "format" => ("format", String::new()),
        "pull.url" => ("url", String::new()),
        "pull.schedule" => ("schedule", String::new()),
        "pull.time_zone" => ("time_zone", String::new()),
        "pull.secret.user" | "pull.secret.header" => ("secret_name", String::new()),
        "pull.secret.password" | "pull.secret.value" => ("secret_value", String::new()),
        "pull.headers" => ("headers", String::new()),
        "pull.parts" => ("parts", String::new()),
        _ => match path.strip_prefix("mapping") {
            Some(rest) if rest.len() > 1 => ("mapping", format!("{}: ", &rest[1..])),
            Some(_) => ("mapping", String::new()),
            None => ("", format!("{path}: ")),
        },
    }
}

async fn settings_of(app: &App, who: &SignedIn, name: &str) -> Result<FeedSettings, Refusal> {
    let partner = own_partner(app, who).await?;
    let name = name.to_owned();
    let feed = app.store.read(move |reader| reader.feed_named(partner, &name)).await?;
    Ok(feed.ok_or_else(|| Problem::missing("feed"))?.settings)
}

/// What a form says.
fn said(app: &App, fields: &Fields) -> Result<(FeedSettings, Option<SecretText>), Problem> {
    let mapping: Mapping = match fields.get("mapping") {
        "" => Mapping::default(),
        text => {
            serde_json::from_str(text).map_err(|error| Problem::invalid("mapping", format!("this is no mapping: {error}")))?
        }
    };
    let (pull, secret) = match fields.get("url") {
        "" => (None, None),
        url => {
            let (kind, secret) = secret_of(fields)?;
            let zone = match fields.get("time_zone") {
                "" => None,
                zone => {
                    let zone = zone.parse();
                    Some(zone.map_err(|_| {
                        Problem::invalid("pull.time_zone", "no such zone: expected one such as Europe/Copenhagen")
                    })?)
                }
            };
            let pull = Pull {
                url: url
                    .parse()
                    .map_err(|_| Problem::invalid("pull.url", "expected an address such as https://feeds.example/lots.csv"))?,
                schedule: fields.get("schedule").to_owned(),
                time_zone: zone,
                whole: fields.get("whole") == "whole",
                secret: kind,
                headers: headers_of(fields.get("headers"))?,
                parts: parts_of(fields.get("parts"))?,
            };
            (Some(pull), secret)
        }
    };
    Ok((checked(app, fields.get("format"), mapping, pull)?, secret))
}

fn secret_of(fields: &Fields) -> Result<(Option<PullSecret>, Option<SecretText>), Problem> {
    let name = fields.get("secret_name").to_owned();
    let (kind, field) = match fields.get("secret") {
        "user" => (PullSecret::User(name), "pull.secret.password"),
        "header" => (PullSecret::Header(name), "pull.secret.value"),
        _ => return Ok((None, None)),
    };
    let secret = match fields.get("secret_value") {
        "" => None,
        text => Some(SecretText::parse(text).map_err(|reason| Problem::invalid(field, reason))?),
    };
    Ok((Some(kind), secret))
}

fn headers_of(text: &str) -> Result<BTreeMap<String, String>, Problem> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let (name, value) = line
                .split_once(':')
                .ok_or_else(|| Problem::invalid("pull.headers", format!("expected a name, a colon and a value: {line}")))?;
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        })
        .collect()
}

/// MiB, as they are typed, in bytes.
fn parts_of(text: &str) -> Result<Option<u64>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    let mib: f64 = text
        .replace(',', ".")
        .parse()
        .ok()
        .filter(|mib| (0.0..=1024.0).contains(mib))
        .ok_or_else(|| Problem::invalid("pull.parts", "expected MiB, such as 10"))?;
    Ok(Some((mib * f64::from(1 << 20)).round() as u64))
}

/// Settings as they are typed. The secret is not among them.
fn typed(settings: &FeedSettings) -> Fields {
    let mut pairs = vec![("format", settings.format.clone())];
    if settings.mapping != Mapping::default() {
        pairs.push(("mapping", serde_json::to_string_pretty(&settings.mapping).unwrap_or_default()));
    }
    if let Some(pull) = &settings.pull {
        let (kind, name) = match &pull.secret {
            None => ("", String::new()),
            Some(PullSecret::User(name)) => ("user", name.clone()),
            Some(PullSecret::Header(name)) => ("header", name.clone()),
        };
        let headers: Vec<String> = pull.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        pairs.extend([
            ("url", pull.url.to_string()),
            ("schedule", pull.schedule.clone()),
            (
                "time_zone",
                pull.time_zone.map(|zone| zone.name().to_owned()).unwrap_or_default(),
            ),
            ("whole", if pull.whole { "whole" } else { "" }.to_owned()),
            ("secret", kind.to_owned()),
            ("secret_name", name),
            ("headers", headers.join("\n")),
            (
                "parts",
                pull.parts
                    .map(|bytes| (bytes as f64 / f64::from(1 << 20)).to_string())
                    .unwrap_or_default(),
            ),
        ]);
    }
    let pairs: Vec<(String, String)> = pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    pairs.into()
}

fn shown(page: Page, name: &str, form: Fields) -> FormPage {
    let choice = |field: &str, value: &str, label: &str| Choice::new(value, label).chosen(form.get(field) == value);
    let formats = Format::ALL.map(|format| choice("format", format.word(), described(format)));
    let whole = vec![
        choice("whole", "", "What is new or has changed"),
        choice("whole", "whole", "Everything that is on sale")
            .with_hint("What is missing in it is withdrawn, unless that is too much at once."),
    ];
    let secrets = vec![
        choice("secret", "", "Nothing"),
        choice("secret", "user", "A user and a password"),
        choice("secret", "header", "A header with a secret value, such as Authorization"),
    ];
    FormPage {
        page,
        name: name.to_owned(),
        formats: formats.into(),
        whole,
        secrets,
        form,
    }
}
