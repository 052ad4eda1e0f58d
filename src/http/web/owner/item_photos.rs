//! An item's photos: one by one, each kept as soon as it has arrived, each to be taken off again.

use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Multipart, Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::{get, post};
use bytes::{Bytes, BytesMut};

use super::items::{ShownPhoto, caution_for, gallery};
use super::{own_item, title_of};
use crate::app::App;
use crate::domain::item::{Item, ItemStatus};
use crate::feeds::record::PHOTOS_MAX;
use crate::http::error::Problem;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, PersonalForm, SignedIn, see_other, with_notice};
use crate::http::web::shell::{Page, render};
use crate::http::web::upload::{File, Part, Upload};
use crate::http::web::words::sentence;
use crate::intake::IntakeError;

/// Largest upload that is read to its end, so that its sender is told that it is too large, bytes.
const UPLOAD_BYTES_MAX: usize = 256 << 20;

const NOTICES: [(&str, &str); 3] = [
    (
        "registered",
        "Your item is registered. Add photos now: they are what helps most.",
    ),
    ("photo", "The photo is kept."),
    ("removed", "The photo is removed."),
];

pub(super) fn routes() -> Router<App> {
    let upload = get(photos_form).post(photo).layer(DefaultBodyLimit::max(UPLOAD_BYTES_MAX));
    Router::new()
        .route("/items/{id}/photos", upload)
        .route("/items/{id}/photos/{n}/remove", post(remove))
}

#[derive(Template)]
#[template(path = "owner/item_photos.html")]
struct PhotosPage {
    page: Page,
    id: String,
    item_title: String,
    photos: Vec<ShownPhoto>,
    mib_max: usize,
    room: bool,
    /// What follows from another photo, when something does.
    caution: &'static str,
}

async fn photos_form(State(app): State<App>, who: SignedIn, Path(id): Path<String>, uri: Uri) -> Result<Response, Refusal> {
    let item = own_item(&app, &who, &id).await?;
    let page = with_notice(who.page(title(&item), "/items"), &uri, &NOTICES);
    let caution = caution_for(&app, &item).await?;
    Ok(render(StatusCode::OK, &photos_page(&app, page, &item, caution)))
}

async fn photo(State(app): State<App>, who: SignedIn, Path(id): Path<String>, upload: Multipart) -> Result<Response, Refusal> {
    let item = own_item(&app, &who, &id).await?;
    if item.status == ItemStatus::Withdrawn {
        return Err(Problem::conflict("a withdrawn item cannot be changed").into());
    }
    let caution = caution_for(&app, &item).await?;
    let again = |text: String| {
        let page = who.page(title(&item), "/items").with_error("photo", text);
        Ok(render(FORM_AGAIN, &photos_page(&app, page, &item, caution)))
    };
    let bytes = match read(&who, upload, app.http.photo_bytes_max).await? {
        Chosen::Photo(bytes) => bytes,
        Chosen::Nothing => return again("Choose a photo first.".to_owned()),
        Chosen::TooLarge => {
            let mib = app.http.photo_bytes_max >> 20;
            return again(format!(
                "The photo is larger than {mib} MB. Choose a smaller one, or let your phone send it smaller."
            ));
        }
    };
    match app.intake.add_item_photo(who.account.id, item.id, PHOTOS_MAX, bytes).await {
        Ok(_) => Ok(see_other(&format!("/items/{}/photos?done=photo", item.id))),
        Err(error @ (IntakeError::Photo(_) | IntakeError::TooManyPhotos { .. })) => again(sentence(&error.to_string())),
        Err(error) => Err(error.into()),
    }
}

async fn remove(
    State(app): State<App>,
    Path((id, number)): Path<(String, String)>,
    form: PersonalForm,
) -> Result<Response, Refusal> {
    let item = own_item(&app, &form.who, &id).await?;
    let number = number.parse().map_err(|_| Problem::missing("photo"))?;
    app.intake.remove_item_photo(form.who.account.id, item.id, number).await?;
    Ok(see_other(&format!("/items/{}/photos?done=removed", item.id)))
}

enum Chosen {
    Photo(Bytes),
    Nothing,
    TooLarge,
}

/// Reads the form, of whose photo no more than `bytes_max` is held.
async fn read(who: &SignedIn, form: Multipart, bytes_max: usize) -> Result<Chosen, Refusal> {
    let mut upload = Upload::open(who, form).await?;
    while let Some(part) = upload.next().await? {
        if let Part::File(file) = part
            && file.name() == "photo"
        {
            return held(*file, bytes_max).await;
        }
    }
    Ok(Chosen::Nothing)
}

/// A file that is too large is read to its end all the same, so that its sender is told.
async fn held(mut file: File<'_>, bytes_max: usize) -> Result<Chosen, Refusal> {
    let mut bytes = BytesMut::new();
    let mut too_large = false;
    while let Some(piece) = file.piece().await? {
        too_large |= bytes.len() + piece.len() > bytes_max;
        if too_large {
            bytes = BytesMut::new();
        } else {
            bytes.extend_from_slice(&piece);
        }
    }
    Ok(match (too_large, bytes.is_empty()) {
        (true, _) => Chosen::TooLarge,
        (false, true) => Chosen::Nothing,
        (false, false) => Chosen::Photo(bytes.freeze()),
    })
}

fn title(item: &Item) -> String {
    format!("Photos of “{}”", title_of(item))
}

fn photos_page(app: &App, page: Page, item: &Item, caution: &'static str) -> PhotosPage {
    PhotosPage {
        page,
        id: item.id.to_string(),
        item_title: title_of(item),
        photos: gallery(&item.photos),
        mib_max: app.http.photo_bytes_max >> 20,
        room: item.photos.len() < PHOTOS_MAX,
        caution,
    }
}
