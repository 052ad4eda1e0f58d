//! Proof of ownership, for a partner: what its seller is to show and until when, and the answer with its pictures.

use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Multipart, Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::{get, post};
use bytes::{Bytes, BytesMut};

use super::own_partner;
use crate::app::App;
use crate::casework::{CaseworkError, ProofAsked};
use crate::domain::audit::SubjectKind;
use crate::domain::ids::OwnershipProofId;
use crate::domain::ownership_proof::PROOF_PHOTOS_MAX;
use crate::domain::time::Timestamp;
use crate::http::error::Problem;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, SignedIn, see_other, with_notice};
use crate::http::web::shell::{Choice, Page, SummaryRow, render};
use crate::http::web::upload::{File, Part, Upload};
use crate::http::web::words;
use crate::intake::IntakeError;

const TITLE: &str = "Proof of ownership";
/// All pictures of one form together, bytes.
const UPLOAD_BYTES_MAX: usize = 32 << 20;
const NOTICES: [(&str, &str); 1] = [("answered", "Your answer is with the police.")];

pub(super) fn routes() -> Router<App> {
    // Beyond the pictures there is room for the form around them, so that their size is told and not cut off.
    let shown = post(answer).layer(DefaultBodyLimit::max(2 * UPLOAD_BYTES_MAX));
    Router::new()
        .route("/proofs", get(list))
        .route("/proofs/{id}", get(show))
        .route("/proofs/{id}/shown", shown)
}

struct ProofRow {
    id: String,
    listing: String,
    asked: String,
    due: String,
    state: &'static str,
    colour: &'static str,
}

#[derive(Template)]
#[template(path = "partner/proofs.html")]
struct ProofsPage {
    page: Page,
    proofs: Vec<ProofRow>,
}

#[derive(Template)]
#[template(path = "partner/proof.html")]
struct ProofPage {
    page: Page,
    id: String,
    rows: Vec<SummaryRow>,
    wanted: Vec<&'static str>,
    open: bool,
    taken_back: bool,
    shown: Vec<Choice>,
    text: String,
    mib_max: usize,
    pictures_max: u16,
}

/// A form that was filled in.
#[derive(Default)]
struct Typed {
    shown: String,
    text: String,
    pictures: Vec<Bytes>,
    too_large: bool,
}

async fn list(State(app): State<App>, who: SignedIn, uri: Uri) -> Result<Response, Refusal> {
    own_partner(&app, &who).await?;
    let now = app.clock.now();
    let asked = app.casework.proofs_asked(&who.principal()).await?;
    let page = with_notice(who.page(TITLE, "/proofs"), &uri, &NOTICES);
    let proofs = asked.iter().map(|asked| row(asked, now)).collect();
    Ok(render(StatusCode::OK, &ProofsPage { page, proofs }))
}

async fn show(State(app): State<App>, who: SignedIn, Path(id): Path<String>) -> Result<Response, Refusal> {
    let asked = own(&app, &who, &id).await?;
    let page = proof_page(&app, who.page(TITLE, "/proofs"), &asked, &Typed::default());
    Ok(render(StatusCode::OK, &page))
}

async fn answer(State(app): State<App>, who: SignedIn, Path(id): Path<String>, upload: Multipart) -> Result<Response, Refusal> {
    let asked = own(&app, &who, &id).await?;
    let typed = read(&app, &who, upload).await?;
    let again = |field: &str, text: String| {
        let page = who.page(TITLE, "/proofs").with_error(field, text);
        Ok(render(FORM_AGAIN, &proof_page(&app, page, &asked, &typed)))
    };
    if typed.too_large {
        return again(
            "pictures",
            format!(
                "At most {PROOF_PHOTOS_MAX} pictures, none larger than {} MB.",
                app.http.photo_bytes_max >> 20
            ),
        );
    }
    let shown = match typed.shown.as_str() {
        "yes" => true,
        "no" => false,
        _ => return again("shown", "Say whether the seller shows anything.".to_owned()),
    };
    let (caller, id) = (who.principal(), asked.proof.id);
    if shown && asked.proof.is_open() {
        for (number, bytes) in (1..).zip(&typed.pictures) {
            let put = app.intake.put_proof_photo(&caller, id, number, bytes.clone());
            match put.await {
                Ok(_) => {}
                Err(error @ IntakeError::Photo(_)) => return again("pictures", words::sentence(&error.to_string())),
                Err(error) => return Err(error.into()),
            }
        }
    }
    match app.casework.answer_proof(&caller, id, &typed.text, shown).await {
        Ok(_) => Ok(see_other("/proofs?done=answered")),
        Err(CaseworkError::Invalid { reason, .. }) => again("text", words::sentence(&reason)),
        Err(error) => Err(error.into()),
    }
}

/// The request of this address, when it is put to the person's partner. Any other is missing, and the try is logged.
async fn own(app: &App, who: &SignedIn, id: &str) -> Result<ProofAsked, Refusal> {
    own_partner(app, who).await?;
    let id: OwnershipProofId = id.parse().map_err(|_| Problem::missing("request for proof"))?;
    let asked = app.casework.proofs_asked(&who.principal()).await?;
    match asked.into_iter().find(|asked| asked.proof.id == id) {
        Some(asked) => Ok(asked),
        None => Err(who.hide(app, SubjectKind::Report.all(), "request for proof").await),
    }
}

async fn read(app: &App, who: &SignedIn, form: Multipart) -> Result<Typed, Refusal> {
    let mut upload = Upload::open(who, form).await?;
    let (mut typed, mut total) = (Typed::default(), 0);
    while let Some(part) = upload.next().await? {
        match part {
            Part::Text(name, text) if name == "shown" => typed.shown = text,
            Part::Text(name, text) if name == "text" => typed.text = text.trim().to_owned(),
            Part::Text(..) => {}
            Part::File(file) => {
                let room = app.http.photo_bytes_max.min(UPLOAD_BYTES_MAX - total);
                match held(*file, room).await? {
                    Some(bytes) if bytes.is_empty() => {}
                    Some(bytes) if typed.pictures.len() < usize::from(PROOF_PHOTOS_MAX) => {
                        total += bytes.len();
                        typed.pictures.push(bytes);
                    }
                    _ => typed.too_large = true,
                }
            }
        }
    }
    Ok(typed)
}

/// A file, unless it is larger than there is room for; that is read to its end all the same.
async fn held(mut file: File<'_>, bytes_max: usize) -> Result<Option<Bytes>, Refusal> {
    let (mut bytes, mut too_large) = (BytesMut::new(), false);
    while let Some(piece) = file.piece().await? {
        too_large |= bytes.len() + piece.len() > bytes_max;
        if too_large {
            bytes = BytesMut::new();
        } else {
            bytes.extend_from_slice(&piece);
        }
    }
    Ok((!too_large).then(|| bytes.freeze()))
}

fn proof_page(app: &App, page: Page, asked: &ProofAsked, typed: &Typed) -> ProofPage {
    let proof = &asked.proof;
    let mut rows = vec![
        SummaryRow::new(
            "Your listing",
            format!("{} ({})", asked.listing_title, asked.listing_reference),
        ),
        SummaryRow::new("Asked", words::instant(proof.asked_at)),
        SummaryRow::new("Answer by", deadline(proof.due_at, app.clock.now())),
    ];
    if let Some(answer) = &proof.answer {
        rows.push(SummaryRow::new("Answered", words::instant(answer.at)));
        rows.push(SummaryRow::new("Your words", answer.text.clone()));
        rows.push(SummaryRow::new("Pictures", proof.photos.len().to_string()));
    }
    let choice = |value: &str, label: &str| Choice::new(value, label).chosen(typed.shown == value);
    ProofPage {
        page,
        id: proof.id.to_string(),
        rows,
        wanted: proof.asked.iter().map(|kind| kind.words()).collect(),
        open: proof.is_open(),
        taken_back: proof.taken_back_at.is_some(),
        shown: vec![
            choice("yes", "The seller shows something"),
            choice("no", "The seller shows nothing, or does not answer"),
        ],
        text: typed.text.clone(),
        mib_max: app.http.photo_bytes_max >> 20,
        pictures_max: PROOF_PHOTOS_MAX,
    }
}

fn deadline(due: Timestamp, now: Timestamp) -> String {
    format!("{} ({})", words::instant(due), words::distance(due, now))
}

fn row(asked: &ProofAsked, now: Timestamp) -> ProofRow {
    let proof = &asked.proof;
    let (state, colour, due) = match (&proof.answer, proof.taken_back_at) {
        (Some(answer), _) => ("Answered", "green", words::instant(answer.at)),
        (None, Some(_)) => ("Taken back", "grey", String::new()),
        (None, None) if proof.due_at < now => ("Overdue", "red", deadline(proof.due_at, now)),
        (None, None) => ("To answer", "yellow", deadline(proof.due_at, now)),
    };
    ProofRow {
        id: proof.id.to_string(),
        listing: format!("{} ({})", asked.listing_title, asked.listing_reference),
        asked: words::instant(proof.asked_at),
        due,
        state,
        colour,
    }
}
