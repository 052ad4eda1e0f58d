//! The owners' pages, made for a telephone: their items, a theft, the questions put to them, their data.
//!
//! Leaves what may be done to `intake` and `casework`. Whatever is somebody else's looks as if it did not exist.

mod item_change;
mod item_form;
mod item_numbers;
mod item_photos;
mod items;
mod my_data;
mod questions;
mod register;
mod theft;
mod theft_form;

use axum::Router;

use super::refusal::Refusal;
use super::session::SignedIn;
use crate::app::App;
use crate::domain::account::Role;
use crate::domain::ids::ItemId;
use crate::domain::item::Item;
use crate::http::error::Problem;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .merge(items::routes())
        .merge(register::routes())
        .merge(item_change::routes())
        .merge(item_photos::routes())
        .merge(theft::routes())
        .merge(questions::routes())
        .merge(my_data::routes())
}

/// Lets owners in, and nobody else.
async fn only_owners(app: &App, who: &SignedIn) -> Result<(), Refusal> {
    who.with_role(app, &[Role::Owner]).await
}

/// The item of this address, when it is the owner's own. Anybody else's is missing, and the try is logged.
async fn own_item(app: &App, who: &SignedIn, id: &str) -> Result<Item, Refusal> {
    only_owners(app, who).await?;
    let id: ItemId = id.parse().map_err(|_| Problem::missing("item"))?;
    Ok(app.intake.item_of(who.account.id, id).await?)
}

/// What an item is called on pages; an item without a title is described by what else there is.
fn title_of(item: &Item) -> String {
    let said = &item.draft.description;
    let name = format!("{} {}", said.brand, said.model);
    [said.title.as_str(), name.trim(), said.category.as_str(), said.text.as_str()]
        .into_iter()
        .find(|text| !text.is_empty())
        .map_or_else(|| "Item without a name".to_owned(), |text| text.chars().take(80).collect())
}
