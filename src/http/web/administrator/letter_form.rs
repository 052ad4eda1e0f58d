//! Entering a letter of intent with all its terms. Of the signed document only the SHA-256 is kept: it is computed while the
//! upload arrives, or given.

use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Multipart, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use chrono::{NaiveDate, TimeDelta};
use sha2::{Digest, Sha256};

use super::{administrator, partner_of};
use crate::app::App;
use crate::casework::CaseworkError;
use crate::domain::partner::{LegalBasis, LetterTerms, Partner, SellerField};
use crate::domain::photo::ContentHash;
use crate::domain::time::Timestamp;
use crate::http::web::letters;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, Fields, SignedIn, see_other};
use crate::http::web::shell::{Choice, FieldError, Page, render};
use crate::http::web::upload::{File, Part, Upload};
use crate::http::web::words;

/// Largest upload, bytes.
const UPLOAD_BYTES_MAX: usize = 64 << 20;

pub(super) fn routes() -> Router<App> {
    let form = get(letter_form).post(enter).layer(DefaultBodyLimit::max(UPLOAD_BYTES_MAX));
    Router::new().route("/partners/{id}/letters/new", form)
}

#[derive(Template)]
#[template(path = "administrator/letter_new.html")]
struct LetterPage {
    page: Page,
    id: String,
    form: Fields,
    bases: Vec<Choice>,
    askable: Vec<Choice>,
}

async fn letter_form(State(app): State<App>, who: SignedIn, Path(id): Path<String>) -> Result<Response, Refusal> {
    administrator(&app, &who).await?;
    let partner = partner_of(&app, &id).await?;
    let usual = [
        ("legal_basis", "voluntary_letter"),
        ("threshold", "0.9"),
        ("approvals", "1"),
        ("response_hours", "72"),
        ("retention_days", "180"),
        ("askable", "name"),
        ("askable", "address"),
    ];
    let usual: Vec<(String, String)> = usual.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let page = who.page(title(&partner), "/partners");
    Ok(render(StatusCode::OK, &letter_page(page, &partner, usual.into())))
}

async fn enter(State(app): State<App>, who: SignedIn, Path(id): Path<String>, upload: Multipart) -> Result<Response, Refusal> {
    let actor = administrator(&app, &who).await?;
    let partner = partner_of(&app, &id).await?;
    let fields = read(&who, upload).await?;
    let mut page = who.page(title(&partner), "/partners");
    match terms(&fields) {
        Ok(terms) => match app.casework.enter_letter(actor, partner.id, terms).await {
            Ok(_) => return Ok(see_other(&format!("/partners/{}?done=letter", partner.id))),
            Err(CaseworkError::Invalid { field, reason }) => page = page.with_error(field, words::sentence(&reason)),
            Err(error) => return Err(error.into()),
        },
        Err(errors) => page.errors = errors,
    }
    Ok(render(FORM_AGAIN, &letter_page(page, &partner, fields)))
}

/// Reads the form. A document becomes its hash in the field for that.
async fn read(who: &SignedIn, form: Multipart) -> Result<Fields, Refusal> {
    let mut upload = Upload::open(who, form).await?;
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut document = None;
    while let Some(part) = upload.next().await? {
        match part {
            Part::Text(name, text) => pairs.push((name, text)),
            Part::File(file) if file.name() == "document" => document = hash(*file).await?,
            Part::File(_) => {}
        }
    }
    if let Some(document) = document {
        pairs.retain(|(name, _)| name != "document_sha256");
        pairs.push(("document_sha256".to_owned(), document.to_string()));
    }
    Ok(pairs.into())
}

/// The hash of a document, when one was chosen.
async fn hash(mut file: File<'_>) -> Result<Option<ContentHash>, Refusal> {
    let (mut hasher, mut bytes) = (Sha256::new(), 0_usize);
    while let Some(piece) = file.piece().await? {
        hasher.update(&piece);
        bytes += piece.len();
    }
    Ok((bytes > 0).then(|| ContentHash(hasher.finalize().into())))
}

/// The terms, or everything that does not read. What the terms may be is decided by casework.
fn terms(fields: &Fields) -> Result<LetterTerms, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut wrong = |field: &str, text: &str| {
        errors.push(FieldError {
            field: field.to_owned(),
            text: text.to_owned(),
        });
    };
    let basis = LegalBasis::ALL
        .into_iter()
        .find(|basis| basis.word() == fields.get("legal_basis"));
    if basis.is_none() {
        wrong("legal_basis", "Choose what the letter rests on.");
    }
    let from = day(fields.get("valid_from"));
    if from.is_none() {
        wrong("valid_from", "Give the first day on which the letter holds.");
    }
    // The last day counts whole.
    let to = day(fields.get("valid_to")).map(|to| to + TimeDelta::days(1));
    if to.is_none() {
        wrong("valid_to", "Give the last day on which the letter holds.");
    }
    let threshold: Option<f64> = fields.get("threshold").replace(',', ".").parse().ok();
    if threshold.is_none() {
        wrong("threshold", "Give a probability above 0 and below 1, such as 0.9.");
    }
    let approvals: Option<u8> = fields.get("approvals").parse().ok();
    if approvals.is_none() {
        wrong("approvals", "Give how many supervisors must approve, at least 1.");
    }
    let hours: Option<u32> = fields.get("response_hours").parse().ok();
    if hours.is_none() {
        wrong("response_hours", "Give a number of hours.");
    }
    let days: Option<u32> = fields.get("retention_days").parse().ok();
    if days.is_none() {
        wrong("retention_days", "Give a number of days.");
    }
    let document: Option<Result<ContentHash, _>> = Some(fields.get("document_sha256"))
        .filter(|hash| !hash.is_empty())
        .map(|hash| hash.to_ascii_lowercase().parse());
    if matches!(document, Some(Err(_))) {
        wrong(
            "document_sha256",
            "A SHA-256 has 64 digits and letters a to f. Leave it empty or upload the document.",
        );
    }
    let asked = |field: &SellerField| fields.all("askable").any(|word| word == field.word());
    match (basis, from, to, threshold, approvals, hours, days) {
        (Some(legal_basis), Some(valid_from), Some(valid_to), Some(threshold), Some(approvals), Some(hours), Some(days))
            if errors.is_empty() =>
        {
            Ok(LetterTerms {
                legal_basis,
                reference: fields.get("reference").to_owned(),
                valid_from,
                valid_to,
                threshold,
                askable: SellerField::ALL.into_iter().filter(asked).collect(),
                approvals,
                response_hours: hours,
                retention_days: days,
                document_sha256: document.and_then(Result::ok),
            })
        }
        _ => Err(errors),
    }
}

/// The beginning of a day, UTC.
fn day(text: &str) -> Option<Timestamp> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    let sensible = ("1990-01-01".parse::<NaiveDate>().ok()?..="2200-01-01".parse().ok()?).contains(&day);
    sensible
        .then(|| day.and_hms_opt(0, 0, 0).map(|start| start.and_utc()))
        .flatten()
}

fn title(partner: &Partner) -> String {
    format!("Enter a letter of intent with {}", partner.name)
}

fn letter_page(page: Page, partner: &Partner, form: Fields) -> LetterPage {
    let choice = |value: &str, label: &str, selected: bool| Choice::new(value, label).chosen(selected);
    let bases = LegalBasis::ALL.map(|basis| choice(basis.word(), letters::basis(basis), form.get("legal_basis") == basis.word()));
    let askable = SellerField::ALL.map(|field| {
        let selected = form.all("askable").any(|word| word == field.word());
        choice(field.word(), letters::field(field), selected)
    });
    LetterPage {
        page,
        id: partner.id.to_string(),
        bases: bases.to_vec(),
        askable: askable.to_vec(),
        form,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn fields(changes: &[(&str, &str)]) -> Fields {
        let mut pairs = vec![
            ("legal_basis", "statute"),
            ("reference", "LoI 2026/3"),
            ("valid_from", "2026-01-01"),
            ("valid_to", "2026-12-31"),
            ("threshold", "0,9"),
            ("askable", "name"),
            ("askable", "phone"),
            ("approvals", "1"),
            ("response_hours", "48"),
            ("retention_days", "180"),
        ];
        for change in changes {
            pairs.retain(|(name, _)| name != &change.0);
            pairs.push(*change);
        }
        let pairs: Vec<(String, String)> = pairs
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        pairs.into()
    }

    #[test]
    fn the_last_day_counts_whole() {
        let terms = terms(&fields(&[])).unwrap();
        assert_eq!(terms.valid_to.to_rfc3339(), "2027-01-01T00:00:00+00:00");
        assert_eq!(terms.askable, [SellerField::Name, SellerField::Phone]);
        assert!((terms.threshold - 0.9).abs() < 1e-9);
    }

    #[test]
    fn names_the_field_that_does_not_read() {
        for (field, value) in [
            ("legal_basis", "custom"),
            ("valid_from", "1.1.2026"),
            ("valid_to", ""),
            ("threshold", "high"),
            ("approvals", "-1"),
            ("response_hours", "two days"),
            ("retention_days", ""),
            ("document_sha256", "abc"),
        ] {
            let errors = terms(&fields(&[(field, value)])).unwrap_err();
            let names: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
            assert_eq!(names, [field]);
        }
    }
}
