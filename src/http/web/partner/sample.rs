//! A sample of a file, and what we would make of it: nothing of it is kept.

use std::io::Cursor;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Multipart, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use super::own_partner;
use crate::app::App;
use crate::domain::ids::PartnerId;
use crate::domain::listing::{ListingDraft, Note, RejectedLine, SellerGiven};
use crate::domain::mapping::Mapping;
use crate::feeds::inflate::{Compression, inflate};
use crate::feeds::{self, Format, Parsed, ReadOptions};
use crate::http::error::Problem;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, Fields, SignedIn};
use crate::http::web::shell::{Choice, Page, render};
use crate::http::web::upload::{Part, Upload};
use crate::http::web::words;
use crate::store::StoreError;

/// Largest sample, bytes.
const SAMPLE_BYTES_MAX: usize = 1 << 20;
/// It may inflate to so much, bytes.
const INFLATED_BYTES_MAX: u64 = 16 << 20;
/// Listings, and rejected lines, that are shown.
const SHOWN_MAX: usize = 20;
/// Listings that are read at all.
const RECORDS_MAX: usize = 100_000;

pub(super) fn routes() -> Router<App> {
    // Beyond the sample there is room for the form around it, so that its size is told and not cut off.
    let sample = get(form).post(read).layer(DefaultBodyLimit::max(4 * SAMPLE_BYTES_MAX));
    Router::new().route("/sample", sample)
}

#[derive(Template)]
#[template(path = "partner/sample.html")]
struct SamplePage {
    page: Page,
    formats: Vec<Choice>,
    /// A mapping that is tried in place of the feed's, as JSON: typed, or guessed.
    mapping: String,
    /// Feeds that a mapping can be taken over into.
    feeds: Vec<Choice>,
    made: Option<Made>,
}

impl SamplePage {
    /// Whether a mapping could help.
    fn takes_mapping(&self) -> bool {
        !self.mapping.is_empty() || self.made.as_ref().is_some_and(|made| made.is_table)
    }
}

/// What was made of a sample.
struct Made {
    format: String,
    /// A mapping that was guessed, as JSON.
    guessed: Option<String>,
    /// Whether a mapping could help: it is a table with columns of its own.
    is_table: bool,
    good: usize,
    rejected_count: u64,
    listings: Vec<Row>,
    rejected: Vec<RejectedLine>,
    notes: Vec<Note>,
}

struct Row {
    reference: String,
    title: String,
    price: String,
    numbers: String,
    photos: usize,
    status: &'static str,
}

async fn form(State(app): State<App>, who: SignedIn) -> Result<Response, Refusal> {
    let partner = own_partner(&app, &who).await?;
    let page = page(&app, &who, partner, "").await?;
    Ok(render(StatusCode::OK, &page))
}

async fn read(State(app): State<App>, who: SignedIn, upload: Multipart) -> Result<Response, Refusal> {
    let partner = own_partner(&app, &who).await?;
    let (typed, sample) = received(&who, upload).await?;
    let chosen = typed.get("format").to_owned();
    let mut shown = page(&app, &who, partner, &chosen).await?;
    shown.mapping = typed.get("mapping").to_owned();
    let fault = match &sample {
        None => Some("This file is larger than 1 MiB: send its beginning"),
        Some(sample) if sample.is_empty() => Some("Choose a file that is not empty"),
        Some(_) => None,
    };
    let Some(sample) = sample.filter(|_| fault.is_none()) else {
        shown.page = shown.page.with_error("sample", fault.unwrap_or_default());
        return Ok(render(FORM_AGAIN, &shown));
    };
    let settings = match chosen.strip_prefix("feed-") {
        None => None,
        Some(name) => {
            let name = name.to_owned();
            let feed = app.store.read(move |reader| reader.feed_named(partner, &name)).await?;
            Some(feed.ok_or_else(|| Problem::missing("feed"))?.settings)
        }
    };
    let format: Option<Format> = match &settings {
        Some(settings) => settings.format.parse().ok(),
        None => chosen.parse().ok(),
    };
    let mapping = match shown.mapping.as_str() {
        "" => settings.map(|settings| settings.mapping),
        text => match tried(text) {
            Ok(mapping) => Some(mapping),
            Err(reason) => {
                shown.page = shown.page.with_error("mapping", reason);
                return Ok(render(FORM_AGAIN, &shown));
            }
        },
    };
    let made = tokio::task::spawn_blocking(move || made(&sample, format, mapping)).await;
    let made = made.map_err(|_| StoreError::Stopped)?.map_err(Problem::from)?;
    if let Some(guessed) = &made.guessed {
        shown.mapping.clone_from(guessed);
    }
    shown.made = Some(made);
    Ok(render(StatusCode::OK, &shown))
}

/// A mapping that was typed.
fn tried(text: &str) -> Result<Mapping, String> {
    let mapping: Mapping = serde_json::from_str(text).map_err(|error| format!("This is no mapping: {error}"))?;
    match feeds::mapping::check(&mapping) {
        Ok(()) => Ok(mapping),
        Err(faults) => {
            let faults: Vec<String> = faults
                .iter()
                .map(|fault| format!("{}: {}", fault.field, fault.reason))
                .collect();
            Err(words::sentence(&faults.join("; ")))
        }
    }
}

/// What was chosen, and the file; none when it is too large.
async fn received(who: &SignedIn, upload: Multipart) -> Result<(Fields, Option<Vec<u8>>), Refusal> {
    let mut upload = Upload::open(who, upload).await?;
    let (mut typed, mut sample, mut fits) = (Vec::new(), Vec::new(), true);
    while let Some(part) = upload.next().await? {
        match part {
            Part::Text(name, value) => typed.push((name, value)),
            Part::File(mut file) => {
                while let Some(piece) = file.piece().await? {
                    fits &= sample.len() + piece.len() <= SAMPLE_BYTES_MAX;
                    if fits {
                        sample.extend_from_slice(&piece);
                    }
                }
            }
        }
    }
    Ok((typed.into(), fits.then_some(sample)))
}

async fn page(app: &App, who: &SignedIn, partner: PartnerId, chosen: &str) -> Result<SamplePage, Refusal> {
    let feeds = app.store.read(move |reader| reader.feeds_of(partner)).await?;
    let mut formats = vec![Choice::new("", "Find out").chosen(chosen.is_empty())];
    let mut over = vec![Choice::new("", "A new feed")];
    for feed in feeds {
        over.push(Choice::new(feed.name.as_str(), format!("Your feed {}", feed.name)));
        let value = format!("feed-{}", feed.name);
        let selected = value == chosen;
        formats.push(Choice::new(value, format!("As your feed {}", feed.name)).chosen(selected));
    }
    formats.extend(Format::ALL.map(|format| Choice::new(format.word(), described(format)).chosen(format.word() == chosen)));
    Ok(SamplePage {
        page: who.page("Try a file", "/feeds"),
        formats,
        mapping: String::new(),
        feeds: over,
        made: None,
    })
}

pub(super) fn described(format: Format) -> &'static str {
    match format {
        Format::Ndjson => "Our own records, one JSON object a line",
        Format::JsonArray => "Our own records, a JSON array",
        Format::JsonLd => "schema.org products in JSON-LD",
        Format::Html => "Web pages with schema.org products",
        Format::GoogleTsv => "Google product data, a table",
        Format::GoogleRss => "Google product data, RSS",
        Format::EbayTsv => "eBay item feed",
        Format::LiveAuctioneers => "LiveAuctioneers catalogue",
        Format::Csv => "Any other table",
    }
}

/// Reads a sample. Of a table in which nothing can be read the mapping is guessed.
fn made(sample: &[u8], format: Option<Format>, mapping: Option<Mapping>) -> Result<Made, feeds::FeedError> {
    let plain = match Compression::of_beginning(sample) {
        Some(compression) => {
            let mut inflated = Vec::new();
            let mut stream = inflate(compression, sample, sample.len() as u64, INFLATED_BYTES_MAX);
            // What is damaged further on still has a beginning.
            drop(std::io::Read::read_to_end(&mut stream, &mut inflated));
            inflated
        }
        None => sample.to_vec(),
    };
    let format = format.unwrap_or_else(|| Format::of_beginning(&plain));
    let read = |mapping: Option<Mapping>| {
        let options = ReadOptions {
            records_max: Some(RECORDS_MAX),
            mapping: mapping.map(Arc::new),
            ..ReadOptions::default()
        };
        feeds::listings(format, Cursor::new(&plain), &options)
    };
    let is_given = mapping.is_some();
    let mut parsed = read(mapping)?;
    let mut guessed = None;
    if parsed.good.is_empty() && !is_given && format == Format::Csv {
        let mapping = feeds::mapping::guess(Cursor::new(&plain)).map_err(feeds::FeedError::Io)?;
        if !mapping.columns.is_empty() {
            guessed = serde_json::to_string_pretty(&mapping).ok();
            parsed = read(Some(mapping))?;
        }
    }
    Ok(shown(format, guessed, parsed))
}

fn shown(format: Format, guessed: Option<String>, parsed: Parsed<ListingDraft<SellerGiven>>) -> Made {
    let mut rejected = parsed.rejected;
    rejected.truncate(SHOWN_MAX);
    Made {
        format: format.word().to_owned(),
        guessed,
        is_table: format == Format::Csv,
        good: parsed.good.len(),
        rejected_count: parsed.rejected_count,
        listings: parsed.good.iter().take(SHOWN_MAX).map(row).collect(),
        rejected,
        notes: parsed.notes,
    }
}

fn row(draft: &ListingDraft<SellerGiven>) -> Row {
    let numbers: Vec<&str> = draft
        .description
        .identifiers
        .iter()
        .map(|given| given.value.as_str())
        .collect();
    Row {
        reference: draft.reference.clone(),
        title: draft.description.title.clone(),
        price: words::money(draft.price.as_ref()),
        numbers: numbers.join(", "),
        photos: draft.photos.len(),
        status: draft.status.word(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_read_as_it_is_written() {
        let table = "Varenr;Titel;Pris;Sælger\nL-1;Ring;1.200,00;Karl\nL-2;;5;Karl\n";
        let made = made(table.as_bytes(), None, None).unwrap();
        assert_eq!(
            (made.format.as_str(), made.good, made.rejected_count),
            ("csv", 1, 1),
            "{:?}",
            made.rejected
        );
        assert_eq!(
            (made.notes.len(), made.notes[0].field.as_str()),
            (1, "price.amount"),
            "no currency is guessed"
        );
        assert!(made.guessed.unwrap().contains("Varenr"));
        assert_eq!(
            (made.listings[0].reference.as_str(), made.listings[0].title.as_str()),
            ("L-1", "Ring")
        );
        let lines = "{\"id\":\"A-1\",\"title\":\"Ring\"}\n{\"id\":\"A-2\"}\n";
        let made = super::made(lines.as_bytes(), None, None).unwrap();
        assert_eq!((made.format.as_str(), made.good, made.rejected[0].line), ("ndjson", 1, 2));
    }
}
