//! How long the police desk takes to answer at 100,000 open reports: the queue's pages, a report's page with eight photos.
//!
//! The reports are entered into the store as matching would raise them; then the pages are served without the jobs, so that
//! nothing else works on them, and an officer opens them one after the other. Times are those of a client on this machine.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use replevin::app::App;
use replevin::domain::account::Role;
use replevin::domain::assessment::{Assessment, Comparison, Evidence, PriorFactors, Rivals};
use replevin::domain::audit::{Act, Action, Actor, SubjectKind};
use replevin::domain::description::Description;
use replevin::domain::ids::{DeliveryId, ItemId, PartnerId, ReportId};
use replevin::domain::item::ItemStatus;
use replevin::domain::listing::{Delivery, ListingDraft, ListingStatus, Seller, SellerKey};
use replevin::domain::money::Money;
use replevin::domain::photo::{ContentHash, PhotoRef};
use replevin::domain::place::Place;
use replevin::store::{Raised, StoreError, Tx, Upserted};
use reqwest::Client;
use serde_json::json;

use crate::photos::kept_photo;
use crate::support::{self, Opened, print_times};
use crate::things::{Thing, mix};

/// Listings on which one item is reported.
const LISTINGS_EACH: usize = 5;
/// Reports that are entered together.
const AT_ONCE: usize = 1000;
/// Reports whose pages have photos, and how many on each side.
const PICTURED: usize = 50;
const PHOTOS_A_SIDE: u16 = 4;
/// Every how many of the generated items is stolen.
const STOLEN_IN: usize = 4;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Open reports.
    #[arg(default_value_t = 100_000)]
    reports: usize,
    /// Pages of each kind that are opened.
    #[arg(long, default_value_t = 200)]
    rounds: usize,
}

pub(crate) async fn run(options: &Options) {
    let opened = Opened::empty().await;
    let app = opened.app.clone();
    support::partner(&app).await;
    support::account(&app, "desk", Role::Officer).await;
    let items = crate::market::register(&app, options.reports / LISTINGS_EACH * STOLEN_IN).await;
    let stolen: Vec<ItemId> = items.into_iter().step_by(STOLEN_IN).collect();
    let start = Instant::now();
    let reports = raise(&app, &stolen, options.reports);
    let pictured = give_photos(&app, &reports);
    eprintln!("{} reports entered in {:.1} s", reports.len(), start.elapsed().as_secs_f64());
    let base = opened.base.trim_end_matches("/api/v1").to_owned();
    let serving = opened.serve_pages();
    let officer = SignedIn::new(base).await;
    let pages = [
        ("queue", vec!["/queue?tab=review".to_owned()]),
        ("queue_next_pages", officer.pages_behind("/queue?tab=review", 20).await),
        ("queue_by_probability", vec!["/queue?tab=review&sort=probability".to_owned()]),
        ("queue_by_item", vec!["/queue?tab=review&group=item".to_owned()]),
        ("queue_by_seller", vec!["/queue?tab=review&group=seller".to_owned()]),
        (
            "queue_one_place",
            (10..60).map(|n| format!("/queue?tab=review&place={n}")).collect(),
        ),
        ("queue_rare_evidence", vec!["/queue?tab=review&kind=marks".to_owned()]),
        ("queue_no_result", vec!["/queue?tab=review&category=nothing".to_owned()]),
        ("report", pictured.iter().map(|id| format!("/reports/{id}")).collect()),
    ];
    for id in &pictured {
        let shown = officer.photos_on(&format!("/reports/{id}")).await;
        assert_eq!(shown, 2 * usize::from(PHOTOS_A_SIDE), "photos on the page of {id}");
    }
    for (name, addresses) in pages {
        let mut took = Vec::with_capacity(options.rounds);
        for round in 0..options.rounds {
            took.push(officer.opened(&addresses[round % addresses.len()]).await);
        }
        print_times(&format!("desk_{name}"), &json!({ "reports": options.reports }), took);
    }
    serving.end().await;
}

/// An officer at the pages.
pub(crate) struct SignedIn {
    http: Client,
    base: String,
    cookie: String,
}

impl SignedIn {
    pub(crate) async fn new(base: String) -> Self {
        let http = support::client_builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let form = "name=desk%40bench.example&password=four+quiet+red+lamps";
        let request = http
            .post(format!("{base}/sign-in"))
            .header("content-type", "application/x-www-form-urlencoded");
        let answer = request.body(form).send().await.unwrap();
        let cookie = answer.headers()["set-cookie"]
            .to_str()
            .unwrap()
            .split(';')
            .next()
            .unwrap()
            .to_owned();
        Self { http, base, cookie }
    }

    /// How long a page takes until its last byte is here.
    async fn opened(&self, address: &str) -> Duration {
        let start = Instant::now();
        self.text(address).await;
        start.elapsed()
    }

    /// How many photos a page shows.
    async fn photos_on(&self, address: &str) -> usize {
        let page = self.text(address).await;
        let named = page.split("src=\"/photos/").skip(1).filter_map(|rest| rest.get(..64));
        named.collect::<std::collections::BTreeSet<_>>().len()
    }

    /// How long a free search takes until the last byte of its page is here.
    pub(crate) async fn searched(&self, field: &str, value: &str) -> Duration {
        let form = self.text("/search").await;
        let token = form
            .split("name=\"csrf\" value=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let fields = [
            ("csrf", token),
            ("case", "4100-9"),
            ("reason", "how long it takes"),
            (field, value),
        ];
        let part =
            |(name, value): (&str, &str)| format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        let body = fields.into_iter().map(part).collect::<String>() + "--x--\r\n";
        let request = self.http.post(format!("{}/search", self.base)).header("cookie", &self.cookie);
        let request = request.header("content-type", "multipart/form-data; boundary=x").body(body);
        let start = Instant::now();
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{field} {value}: {}", answer.status());
        answer.bytes().await.unwrap();
        start.elapsed()
    }

    async fn text(&self, address: &str) -> String {
        let request = self
            .http
            .get(format!("{}{address}", self.base))
            .header("cookie", &self.cookie);
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{address}: {}", answer.status());
        answer.text().await.unwrap()
    }

    /// The addresses of the pages that follow one.
    async fn pages_behind(&self, address: &str, count: usize) -> Vec<String> {
        let (mut pages, mut address) = (Vec::new(), address.to_owned());
        for _ in 0..count {
            let page = self.text(&address).await;
            let link = page.split("<a ").find(|link| link.contains("rel=\"next\""));
            let Some(link) = link else { break };
            let href = link.split("href=\"").nth(1).unwrap().split('"').next().unwrap();
            address = href.replace("&#38;", "&").replace("&amp;", "&");
            pages.push(address.clone());
        }
        assert!(!pages.is_empty(), "the queue has one page only");
        pages
    }
}

/// Enters listings and raises a report on each.
fn raise(app: &App, stolen: &[ItemId], count: usize) -> Vec<ReportId> {
    let mut raised = Vec::with_capacity(count);
    for first in (0..count).step_by(AT_ONCE) {
        let some: Vec<(usize, ItemId)> = (first..count.min(first + AT_ONCE))
            .map(|number| (number, stolen[number / LISTINGS_EACH % stolen.len()]))
            .collect();
        let written: Result<Vec<ReportId>, StoreError> = tokio::task::block_in_place(|| {
            app.store.act_with_blocking(move |tx| {
                let partner = tx.partners()?[0].id;
                let delivery = delivery(tx, partner)?;
                let mut raised = Vec::with_capacity(some.len());
                for (number, item) in some {
                    raised.extend(report(tx, (partner, delivery), number as u64, item)?);
                }
                let act = Act::new(Actor::CommandLine, Action::ReportRaised, SubjectKind::Report.all());
                Ok((raised, vec![act]))
            })
        });
        raised.extend(written.unwrap());
    }
    raised
}

fn delivery(tx: &mut Tx<'_>, partner: PartnerId) -> Result<DeliveryId, StoreError> {
    let delivery = Delivery {
        id: DeliveryId::generate(tx.now()),
        partner,
        received_at: tx.now(),
        size_bytes: 1,
        sha256: ContentHash::of(b"bench"),
        accepted: AT_ONCE as u64,
        unchanged: 0,
        remaining: 0,
        rejected_count: 0,
        rejected: Vec::new(),
        notes: Vec::new(),
    };
    tx.insert_delivery(&delivery)?;
    Ok(delivery.id)
}

/// One listing and the report on it; nothing when its item is not stolen after all.
fn report(
    tx: &mut Tx<'_>,
    (partner, delivery): (PartnerId, DeliveryId),
    number: u64,
    item: ItemId,
) -> Result<Option<ReportId>, StoreError> {
    let chance = mix(number ^ 0xde5c);
    let thing = Thing::numbered(chance);
    let mut key = [0; 32];
    key[..8].copy_from_slice(&(mix(number) % 25_000).to_le_bytes());
    let draft = ListingDraft {
        reference: format!("D-{number}"),
        url: None,
        description: Description {
            title: thing.title(),
            text: thing.text(chance),
            brand: thing.brand.clone(),
            model: thing.model.clone(),
            ..Description::default()
        },
        price: Some(Money {
            hundredths: (chance % 900_000 + 1000).cast_signed(),
            currency: "DKK".to_owned(),
        }),
        no_photos: false,
        photos: Vec::new(),
        seller: Some(Seller {
            key: SellerKey(key),
            since: None,
        }),
        place: Place {
            country: Some("DK".to_owned()),
            postcode: Some((1000 + chance % 90 * 100).to_string()),
            ..Place::default()
        },
        posted_at: None,
        ends_at: (!number.is_multiple_of(5)).then(|| tx.now() + TimeDelta::minutes((chance % 20_000).cast_signed() + 60)),
        status: ListingStatus::Active,
    };
    let Upserted::New(listing) = tx.upsert_listing(partner, &draft, delivery)? else {
        return Ok(None);
    };
    let Some(ItemStatus::Stolen { theft_report }) = tx.item(item)?.map(|item| item.status) else {
        return Ok(None);
    };
    match tx.raise_report(item, listing, theft_report, &assessment(chance))? {
        Raised::New(id) => Ok(Some(id)),
        Raised::Renewed(_) | Raised::Kept(_) => Ok(None),
    }
}

/// An assessment of the usual size.
fn assessment(chance: u64) -> Assessment {
    let kinds = [
        (Comparison::Identifier, 4.1),
        (Comparison::Description, 1.2),
        (Comparison::Time, 0.3),
        (Comparison::Place, 0.2),
        (Comparison::Price, 0.1),
        (Comparison::Marks, if chance.is_multiple_of(1000) { 1.5 } else { -0.2 }),
    ];
    let evidence = |(comparison, weight): (Comparison, f64)| Evidence {
        comparison,
        outcome: "exact".to_owned(),
        log10_lr: Some(weight),
        says: "what was found in a sentence of the usual length, which names a number and two days".to_owned(),
        detail: json!({"kind": "serial", "distance": 0, "words": ["one", "another", "a third"], "share": 0.25}),
    };
    Assessment {
        probability: 0.5 + (chance % 500) as f64 / 1000.0,
        yardstick: "probable or likely".to_owned(),
        log10_lr: Some(7.4),
        prior_log10_odds: -4.2,
        prior: Some(PriorFactors {
            on_sale_probability: 0.3,
            could_be: 5000.0,
        }),
        evidence: kinds.map(evidence).to_vec(),
        model: "bench".to_owned(),
        yardstick_version: "uk-police-2017".to_owned(),
        rivals: Rivals::default(),
        calibrated: None,
    }
}

/// Gives the sides of some reports their photos; those reports.
fn give_photos(app: &App, reports: &[ReportId]) -> Vec<ReportId> {
    let chosen: Vec<ReportId> = reports.iter().copied().step_by((reports.len() / PICTURED).max(1)).collect();
    for (at, id) in chosen.iter().copied().enumerate() {
        let first = at * 2 * usize::from(PHOTOS_A_SIDE);
        let photos: Vec<_> = (0..2 * usize::from(PHOTOS_A_SIDE))
            .map(|number| kept_photo(app, first + number))
            .collect();
        let written: Result<(), StoreError> = tokio::task::block_in_place(|| {
            app.store.act_with_blocking(move |tx| {
                let report = tx.report(id)?.ok_or(StoreError::Missing { what: "report" })?;
                for (photo, place) in photos
                    .iter()
                    .zip((1..=PHOTOS_A_SIDE).flat_map(|number| [(number, true), (number, false)]))
                {
                    tx.insert_photo(photo)?;
                    let (number, sha256) = (place.0, photo.sha256);
                    if place.1 {
                        tx.put_item_photo(report.item, &PhotoRef { number, sha256 })?;
                    } else {
                        tx.hold_listing_photo(report.listing, number, sha256, None)?;
                    }
                }
                Ok((
                    (),
                    vec![Act::new(
                        Actor::CommandLine,
                        Action::ItemPhotoReceived,
                        SubjectKind::Report.with(id.0),
                    )],
                ))
            })
        });
        written.unwrap();
    }
    chosen
}
