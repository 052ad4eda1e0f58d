//! A generated register and the listings that are pushed against it, for benchmarks of the whole service.

use std::ops::Range;

use chrono::TimeDelta;
use replevin::app::App;
use replevin::domain::account::Role;
use replevin::domain::audit::{Act, Action, Actor, SubjectKind};
use replevin::domain::description::{Description, GivenIdentifier};
use replevin::domain::ids::{AccountId, ItemId, TheftReportId};
use replevin::domain::item::{Item, ItemDraft, ItemStatus, Theft, TheftReport, Verification};
use replevin::domain::place::Place;
use replevin::domain::time::Timestamp;
use replevin::store::StoreError;
use replevin_index::identifier::IdentifierKind;
use serde_json::Value;

use crate::support::{self, answered};
use crate::things::{Thing, mix, serial, zipf};

/// Of the items, this share is stolen; of the listings, this share shows a stolen item's number.
const STOLEN_IN: u64 = 4;
const FOUND_IN: u64 = 200;
/// They are spread over so many stolen items.
const FOUND_ITEMS: u64 = 2_500;
/// A burglary takes at most so many of them.
const STOLEN_TOGETHER_MAX: usize = 6;
/// Sellers, of whom the first have hundreds of listings and most one or two.
const SELLERS: u64 = 200_000;
/// Of the items, this share has a mark.
const MARKED_IN: u64 = 5;
const MARKS: [&str; 8] = [
    "ridse på siden ved batteriet",
    "klistermærke med en ugle på kassen",
    "graveret med JHK i bunden",
    "bule i hjørnet",
    "malet stjerne under bunden",
    "revne i skærmen nederst",
    "brændt anker i træet",
    "slid på lakken ved taskeholderen",
];

/// Enters `items` generated items, as owned by the account `owner` and verified by the account `officer`, which it makes.
pub(crate) async fn register(app: &App, items: usize) -> Vec<ItemId> {
    let owner = support::account(app, "owner", Role::Owner).await;
    let officer = support::account(app, "officer", Role::Officer).await;
    enter(app, items, owner, officer)
}

/// Enters generated items; every fourth is stolen, some of them together, and every theft is verified.
fn enter(app: &App, items: usize, owner: AccountId, officer: AccountId) -> Vec<ItemId> {
    let now = app.clock.now();
    let mut entered = Vec::with_capacity(items);
    for first in (0..items).step_by(1000) {
        let last = items.min(first + 1000);
        let written: Result<Vec<ItemId>, StoreError> = tokio::task::block_in_place(|| {
            app.store.act_with_blocking(move |tx| {
                Ok((
                    enter_thousand(tx, first..last, owner, officer, now)?,
                    vec![Act::new(Actor::CommandLine, Action::ItemRegistered, SubjectKind::Item.all())],
                ))
            })
        });
        entered.extend(written.unwrap());
    }
    entered
}

fn enter_thousand(
    tx: &mut replevin::store::Tx<'_>,
    numbers: Range<usize>,
    owner: AccountId,
    officer: AccountId,
    now: Timestamp,
) -> Result<Vec<ItemId>, StoreError> {
    let mut stolen = Vec::new();
    let mut entered = Vec::with_capacity(numbers.len());
    for number in numbers {
        let item = item(number as u64, owner, now);
        tx.insert_item(&item)?;
        entered.push(item.id);
        if (number as u64).is_multiple_of(STOLEN_IN) {
            stolen.push(item);
        }
    }
    let mut stolen = stolen.into_iter();
    for burglary in 0.. {
        let loot = 1 + mix(entered.len() as u64 ^ burglary) as usize % STOLEN_TOGETHER_MAX;
        let mut items: Vec<Item> = stolen.by_ref().take(loot).collect();
        if items.is_empty() {
            break;
        }
        let theft = theft(&items, mix(burglary ^ 0x10c), (owner, officer), now);
        tx.insert_theft_report(&TheftReport {
            verification: Verification::Unverified,
            ..theft.clone()
        })?;
        tx.save_verification(&theft)?;
        for item in &mut items {
            item.status = ItemStatus::Stolen { theft_report: theft.id };
            tx.save_item(item)?;
        }
    }
    Ok(entered)
}

/// A theft of these items that the officer has verified.
fn theft(items: &[Item], place: u64, (owner, officer): (AccountId, AccountId), now: Timestamp) -> TheftReport {
    TheftReport {
        id: TheftReportId::generate(now),
        reporter: owner,
        items: items.iter().map(|item| item.id).collect(),
        theft: Theft {
            from: now - TimeDelta::days(9),
            to: now - TimeDelta::days(8),
            place: Place {
                country: Some("DK".to_owned()),
                postcode: Some(postcode(place)),
                ..Place::default()
            },
            crime_reference: Some("4100-00000-00001-26".to_owned()),
            circumstances: String::new(),
        },
        verification: Verification::Verified { by: officer, at: now },
        created_at: now,
    }
}

fn item(number: u64, owner: AccountId, now: Timestamp) -> Item {
    let thing = Thing::numbered(number);
    let description = Description {
        title: thing.title(),
        text: thing.text(number),
        brand: thing.brand.clone(),
        model: thing.model.clone(),
        color: thing.color.to_owned(),
        language: Some("da".to_owned()),
        marks: mark(number).to_owned(),
        identifiers: vec![GivenIdentifier {
            kind: IdentifierKind::Serial,
            value: serial(number),
        }],
        ..Description::default()
    };
    Item {
        id: ItemId::generate(now),
        owner,
        status: ItemStatus::Registered,
        draft: ItemDraft {
            description,
            value: None,
        },
        photos: Vec::new(),
        created_at: now,
        updated_at: now,
    }
}

/// One of ninety places.
fn postcode(chance: u64) -> String {
    (1000 + chance % 90 * 100).to_string()
}

/// What an owner gives as a mark; most give none.
fn mark(number: u64) -> &'static str {
    let chance = mix(number ^ 0x3a7c);
    let given = chance.is_multiple_of(MARKED_IN).then(|| (chance >> 8) as usize % MARKS.len());
    given.map_or("", |place| MARKS[place])
}

/// Pushes listings, all at once.
pub(crate) async fn push(client: &reqwest::Client, url: &str, token: &str, listings: impl Iterator<Item = Value>) {
    let body: String = listings.map(|listing| format!("{listing}\n")).collect();
    let request = client
        .post(url)
        .bearer_auth(token)
        .header("content-type", "application/x-ndjson");
    answered(request.body(body)).await;
}

/// The listing with this number.
pub(crate) fn listing(number: u64) -> Value {
    let chance = mix(number ^ 0x5eed);
    let thing = Thing::numbered(chance);
    let text = match shown(number) {
        Some(serial) => format!("{} Serienummer {serial}.", thing.text(chance)),
        None => thing.text(chance),
    };
    serde_json::json!({
        "id": format!("B-{number}"), "title": thing.title(), "description": text, "language": "da", "brand": thing.brand,
        "price": {"amount": (chance % 9000 + 100).to_string(), "currency": "DKK"}, "seller": {"ref": format!("u-{}", zipf(mix(chance), SELLERS))},
        "location": {"country": "DK", "postcode": postcode(chance >> 16)}
    })
}

/// The number that the listing shows. One in many is that of an item that is stolen; most show one of their own, or none.
pub(crate) fn shown(number: u64) -> Option<String> {
    let chance = mix(number ^ 0x5eed);
    if chance.is_multiple_of(FOUND_IN) {
        Some(serial(mix(chance) % FOUND_ITEMS * STOLEN_IN))
    } else if has_own_number(number) {
        Some(serial(chance | 1 << 40))
    } else {
        None
    }
}

/// What its owner says to register the thing that the listing shows.
pub(crate) fn item_shown(number: u64) -> Value {
    let chance = mix(number ^ 0x5eed);
    let thing = Thing::numbered(chance);
    serde_json::json!({
        "title": thing.title(), "brand": thing.brand, "model": thing.model, "color": thing.color, "language": "da",
        "marks": mark(chance), "identifiers": [{"kind": "serial", "value": shown(number)}]
    })
}

/// Whether the listing shows a number that no registered item has.
pub(crate) fn has_own_number(number: u64) -> bool {
    let chance = mix(number ^ 0x5eed);
    chance.is_multiple_of(3) && !chance.is_multiple_of(FOUND_IN)
}
