//! An owner's items: the list, one item, and the two steps that end the search or the registration.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;

use super::{item_form, only_owners, own_item, title_of};
use crate::app::App;
use crate::domain::item::{Item, ItemStatus, Verification};
use crate::domain::photo::PhotoRef;
use crate::http::error::Problem;
use crate::http::web::photos;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{PersonalForm, SignedIn, see_other, with_notice};
use crate::http::web::shell::{Page, SummaryRow, render};
use crate::store::StoreError;

const NOTICES: [(&str, &str); 5] = [
    ("changed", "Your changes are saved."),
    ("recovered", "Good that you have it back. We stopped looking for it."),
    ("withdrawn", "The item is out of the register."),
    ("mine", "Thank you. Nothing more happens, and nobody else is told."),
    ("reported", "The theft is reported."),
];

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/items", get(list))
        .route("/items/{id}", get(show))
        .route("/items/{id}/recovered", get(recovered_form).post(recovered))
        .route("/items/{id}/withdrawn", get(withdrawn_form).post(withdrawn))
}

/// An item as its owner is shown it.
pub(super) struct ItemCard {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) status: &'static str,
    pub(super) colour: &'static str,
    pub(super) happening: &'static str,
    pub(super) photo: Option<String>,
}

#[derive(Template)]
#[template(path = "owner/items.html")]
struct ItemsPage {
    page: Page,
    items: Vec<ItemCard>,
    open_questions: usize,
}

#[derive(Template)]
#[template(path = "owner/item.html")]
struct ItemPage {
    page: Page,
    card: ItemCard,
    rows: Vec<SummaryRow>,
    photos: Vec<ShownPhoto>,
    can_change: bool,
    can_report: bool,
    can_recover: bool,
}

/// A photo in a gallery.
pub(super) struct ShownPhoto {
    pub(super) number: u16,
    pub(super) address: String,
    pub(super) small: String,
}

#[derive(Template)]
#[template(path = "owner/confirm.html")]
struct ConfirmPage {
    page: Page,
    back: String,
    text: &'static str,
    button: &'static str,
    warning: bool,
}

async fn list(State(app): State<App>, who: SignedIn, uri: Uri) -> Result<Response, Refusal> {
    only_owners(&app, &who).await?;
    let owner = who.account.id;
    let (items, open_questions) = app
        .store
        .read(move |reader| {
            let mut items = Vec::new();
            for item in reader.items_of(owner)? {
                let search = search(reader, &item)?;
                items.push((item, search));
            }
            let questions = reader.questions_of(owner)?;
            let open = questions.iter().filter(|question| question.is_open()).count();
            Ok::<_, StoreError>((items, open))
        })
        .await?;
    let items = items.iter().map(|(item, search)| card(item, *search)).collect();
    let page = with_notice(who.page("My items", "/items"), &uri, &NOTICES);
    let shown = ItemsPage {
        page,
        items,
        open_questions,
    };
    Ok(render(StatusCode::OK, &shown))
}

async fn show(State(app): State<App>, who: SignedIn, Path(id): Path<String>, uri: Uri) -> Result<Response, Refusal> {
    let item = own_item(&app, &who, &id).await?;
    let known = item.clone();
    let search = app.store.read(move |reader| search(reader, &known)).await?;
    let page = with_notice(who.page(title_of(&item), "/items"), &uri, &NOTICES);
    let withdrawn = item.status == ItemStatus::Withdrawn;
    let shown = ItemPage {
        page,
        card: card(&item, search),
        rows: item_form::summary(&item_form::of_item(&item), |_| None),
        photos: gallery(&item.photos),
        can_change: !withdrawn,
        can_report: matches!(item.status, ItemStatus::Registered | ItemStatus::Recovered),
        can_recover: matches!(item.status, ItemStatus::Stolen { .. }),
    };
    Ok(render(StatusCode::OK, &shown))
}

async fn recovered_form(State(app): State<App>, who: SignedIn, Path(id): Path<String>) -> Result<Response, Refusal> {
    let item = own_item(&app, &who, &id).await?;
    if !matches!(item.status, ItemStatus::Stolen { .. }) {
        return Err(Problem::conflict("this item is not reported stolen").into());
    }
    let page = who.page(format!("Do you have “{}” back?", title_of(&item)), "/items");
    let text = "We stop looking for it, and no report about it can lead to a seller's identity any more. \
                You can report it stolen again if you need to.";
    Ok(confirm(page, &item, text, "Yes, I have it back", false))
}

async fn recovered(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    let item = own_item(&app, &form.who, &id).await?;
    app.casework.mark_recovered(&form.who.principal(), item.id).await?;
    Ok(see_other(&format!("/items/{}?done=recovered", item.id)))
}

async fn withdrawn_form(State(app): State<App>, who: SignedIn, Path(id): Path<String>) -> Result<Response, Refusal> {
    let item = own_item(&app, &who, &id).await?;
    if item.status == ItemStatus::Withdrawn {
        return Err(Problem::conflict("this item was withdrawn before").into());
    }
    let page = who.page(format!("Withdraw “{}”?", title_of(&item)), "/items");
    let text = "It leaves the register for good: it is not compared with what is for sale any more, and it cannot come back. \
                To register it again you would begin anew.";
    Ok(confirm(page, &item, text, "Withdraw the item", true))
}

async fn withdrawn(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    let item = own_item(&app, &form.who, &id).await?;
    app.casework.withdraw_item(&form.who.principal(), item.id).await?;
    Ok(see_other("/items?done=withdrawn"))
}

fn confirm(page: Page, item: &Item, text: &'static str, button: &'static str, warning: bool) -> Response {
    let shown = ConfirmPage {
        page,
        back: format!("/items/{}", item.id),
        text,
        button,
        warning,
    };
    render(StatusCode::OK, &shown)
}

/// Whether an item is searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Search {
    /// An officer has confirmed its theft.
    Goes,
    /// An officer had, and then its owner changed it.
    Halted,
    /// Nobody has confirmed that it is stolen.
    Not,
}

fn search(reader: &crate::store::Reader<'_>, item: &Item) -> Result<Search, StoreError> {
    let ItemStatus::Stolen { theft_report } = item.status else {
        return Ok(Search::Not);
    };
    let report = reader.theft_report(theft_report)?;
    Ok(match report.map(|report| report.verification) {
        Some(Verification::Verified { .. }) => Search::Goes,
        // It has events only when somebody had decided before.
        Some(Verification::Unverified) if !reader.theft_report_events(theft_report)?.is_empty() => Search::Halted,
        _ => Search::Not,
    })
}

/// [`caution`] for an item as it stands.
pub(super) async fn caution_for(app: &App, item: &Item) -> Result<&'static str, Refusal> {
    let known = item.clone();
    Ok(caution(app.store.read(move |reader| search(reader, &known)).await?))
}

/// What an owner is told before they change an item whose theft is confirmed; nothing otherwise.
fn caution(search: Search) -> &'static str {
    match search {
        Search::Goes => {
            "The police have confirmed this theft as you described it. If you change the description, a number or a photo now, they \
             look at your report again before the search goes on: what is entered later could have been copied from an offer. \
             Do change it if it helps to recognise the item, and have the receipt or an older photo ready."
        }
        Search::Halted => {
            "The police look at your report again, because you changed the item after they had confirmed the theft."
        }
        Search::Not => "",
    }
}

/// What happens with an item, told so that no case is endangered: never that, or where, something was found.
pub(super) fn card(item: &Item, search: Search) -> ItemCard {
    let (status, colour, happening) = match item.status {
        ItemStatus::Registered => (
            "Registered",
            "grey",
            "Safe with you. If something like it turns up for sale, we ask you, and nobody else.",
        ),
        ItemStatus::Stolen { .. } if search == Search::Goes => (
            "Stolen",
            "yellow",
            "We are looking for it: whatever partners put up for sale is compared with it. The police contact you when they need you.",
        ),
        ItemStatus::Stolen { .. } if search == Search::Halted => (
            "Stolen",
            "yellow",
            "You changed it after the police had confirmed the theft. They look at your report again, and the search goes on as \
             soon as they have: what is entered later could have been copied from an offer.",
        ),
        ItemStatus::Stolen { .. } => (
            "Stolen",
            "yellow",
            "You reported it stolen. The police check your report; we look for the item as soon as they have confirmed it.",
        ),
        ItemStatus::Recovered => ("Recovered", "green", "You have it back. We do not look for it any more."),
        ItemStatus::Withdrawn => ("Withdrawn", "grey", "You took it out of the register."),
    };
    ItemCard {
        id: item.id.to_string(),
        title: title_of(item),
        status,
        colour,
        happening,
        photo: item.photos.first().map(|photo| photos::small_address(photo.sha256)),
    }
}

/// An item's photos for showing.
pub(super) fn gallery(held: &[PhotoRef]) -> Vec<ShownPhoto> {
    let shown = |photo: &PhotoRef| ShownPhoto {
        number: photo.number,
        address: photos::address(photo.sha256),
        small: photos::small_address(photo.sha256),
    };
    held.iter().map(shown).collect()
}
