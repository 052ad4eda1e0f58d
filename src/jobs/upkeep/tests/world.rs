//! The parts of a real service, with one partner, an owner, an officer, and a clock that is moved.

use std::path::Path;

use bytes::Bytes;
use metrics_exporter_prometheus::PrometheusBuilder;

use super::super::*;
use crate::casework::views::ReportView;
use crate::config::Config;
use crate::domain::account::{Account, Principal, Role};
use crate::domain::description::{Description, GivenIdentifier};
use crate::domain::ids::{AccountId, ItemId, LetterId, ListingId, ReportId, TheftReportId};
use crate::domain::item::{ItemDraft, ItemStatus, Theft, TheftReport, Verification};
use crate::domain::listing::{Listing, ListingDraft, SellerGiven};
use crate::domain::partner::{LetterTerms, SellerField};
use crate::domain::photo::ContentHash;
use crate::domain::place::Place;
use crate::domain::samples;
use crate::domain::time::Clock;
use crate::intake::Push;
use crate::lifecycle::Service;
use crate::store::Tx;

pub(super) struct World {
    _folder: tempfile::TempDir,
    service: Service,
    pub(super) clock: Clock,
    pub(super) partner: PartnerId,
    pub(super) letter: LetterId,
    pub(super) owner: AccountId,
    pub(super) officer: AccountId,
}

/// A letter over these days from `now`.
pub(super) fn letter(partner: PartnerId, now: Timestamp, days: (i64, i64), retention_days: u32) -> Letter {
    let (from, to) = (now + TimeDelta::days(days.0), now + TimeDelta::days(days.1));
    let letter = samples::letter(partner, from, to);
    let terms = LetterTerms {
        askable: vec![SellerField::Name],
        retention_days,
        ..letter.terms
    };
    Letter {
        terms,
        created_at: now,
        ..letter
    }
}

fn account(role: Role, email: &str, now: Timestamp) -> Account {
    Account {
        id: AccountId::generate(now),
        email: email.parse().unwrap(),
        name: "Somebody".to_owned(),
        role,
        partner: None,
        enabled: true,
        password_change_due: false,
        created_at: now,
    }
}

fn picture(name: &str) -> Bytes {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo/photos").join(name);
    std::fs::read(path).unwrap().into()
}

fn described(title: &str, number: &str) -> Description {
    let given = |number: &str| GivenIdentifier {
        kind: replevin_index::identifier::IdentifierKind::FrameNumber,
        value: number.to_owned(),
    };
    Description {
        title: title.to_owned(),
        identifiers: Some(number)
            .filter(|number| !number.is_empty())
            .map(given)
            .into_iter()
            .collect(),
        ..Description::default()
    }
}

impl World {
    /// One partner whose letter holds for years and asks for 30 days of retention; an owner; an officer.
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Config {
            data: folder.path().join("data"),
            ..Config::default()
        };
        let clock = Clock::system();
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let service = Service::open(&config, clock.clone(), metrics).unwrap();
        let now = clock.now();
        let partner = samples::nordlys(now);
        let letter = letter(partner.id, now, (-1, 2_000), 30);
        let (owner, officer) = (
            account(Role::Owner, "a@b.example", now),
            account(Role::Officer, "c@b.example", now),
        );
        let world = Self {
            _folder: folder,
            service,
            clock,
            partner: partner.id,
            letter: letter.id,
            owner: owner.id,
            officer: officer.id,
        };
        world.keep(move |tx| {
            tx.insert_partner(&partner)?;
            tx.insert_letter(&letter)?;
            tx.insert_account(&owner, None)?;
            tx.insert_account(&officer, None)
        });
        world
    }

    pub(super) fn app(&self) -> &App {
        &self.service.app
    }

    pub(super) fn keep<T: Send + 'static>(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static) -> T {
        let kept = self.app().store.keep(move |tx| Ok::<_, StoreError>((work(tx)?, Vec::new())));
        kept.unwrap()
    }

    pub(super) fn read<T>(&self, work: impl FnOnce(&Reader<'_>) -> Result<T, StoreError>) -> T {
        self.app().store.read_blocking(work).unwrap()
    }

    pub(super) async fn upkeep(&self) {
        let app = self.app().clone();
        tokio::task::spawn_blocking(move || step(&app)).await.unwrap().unwrap();
    }

    pub(super) async fn push(&self, reference: &str, title: &str, number: &str) -> ListingId {
        let draft = ListingDraft::<SellerGiven> {
            reference: reference.to_owned(),
            url: None,
            description: described(title, number),
            price: None,
            no_photos: false,
            photos: Vec::new(),
            seller: None,
            place: Default::default(),
            posted_at: None,
            ends_at: None,
            status: Default::default(),
        };
        let push = Push {
            drafts: vec![draft],
            rejected: Vec::new(),
            rejected_count: 0,
            notes: Vec::new(),
            quarantined: Vec::new(),
            size_bytes: 1,
            sha256: ContentHash::of(b"x"),
            key: None,
            feed: None,
        };
        let pushed = self.app().intake.push_listings(Actor::CommandLine, self.partner, push);
        pushed.await.unwrap();
        self.listing(reference).unwrap().id
    }

    pub(super) fn listing(&self, reference: &str) -> Option<Listing> {
        self.read(|reader| reader.listing_by_reference(self.partner, reference))
    }

    pub(super) async fn put(&self, reference: &str, number: u16, name: &str) -> ContentHash {
        let (actor, intake) = (Actor::CommandLine, &self.app().intake);
        let put = intake.put_listing_photo(actor, self.partner, reference, number, picture(name));
        put.await.unwrap().sha256
    }

    pub(super) async fn register(&self, title: &str, number: &str) -> ItemId {
        let draft = ItemDraft {
            description: described(title, number),
            value: None,
        };
        self.app().intake.register_item(self.owner, draft).await.unwrap().id
    }

    pub(super) async fn add(&self, item: ItemId, name: &str) -> ContentHash {
        let added = self.app().intake.add_item_photo(self.owner, item, 12, picture(name)).await;
        added.unwrap().0.sha256
    }

    pub(super) fn steal(&self, item: ItemId) -> TheftReportId {
        let (now, owner, officer) = (self.clock.now(), self.owner, self.officer);
        let mut theft = TheftReport {
            id: TheftReportId::generate(now),
            reporter: owner,
            items: vec![item],
            theft: Theft {
                from: now - TimeDelta::days(3),
                to: now - TimeDelta::days(2),
                place: Place::default(),
                crime_reference: None,
                circumstances: String::new(),
            },
            verification: Verification::Unverified,
            created_at: now,
        };
        self.keep(move |tx| {
            tx.insert_theft_report(&theft)?;
            theft.verification = Verification::Verified { by: officer, at: now };
            tx.save_verification(&theft)?;
            let mut item = tx.item(item)?.unwrap();
            item.status = ItemStatus::Stolen { theft_report: theft.id };
            tx.save_item(&item)?;
            Ok(theft.id)
        })
    }

    pub(super) async fn compare(&self) {
        let matching = std::sync::Arc::clone(&self.app().matching);
        tokio::task::spawn_blocking(move || while matching.step().unwrap().behind {})
            .await
            .unwrap();
    }

    pub(super) fn officer(&self) -> Principal {
        Principal::Account {
            id: self.officer,
            role: Role::Officer,
            partner: None,
        }
    }

    pub(super) fn report(&self, listing: ListingId) -> Option<ReportId> {
        let reports = self.read(|reader| reader.reports_of_listing(listing));
        reports.first().map(|report| report.id)
    }

    pub(super) async fn view(&self, report: ReportId) -> ReportView {
        self.app().casework.open_report(&self.officer(), report).await.unwrap()
    }

    /// Whether row and bytes of a photo are here. One without the other is a fault.
    pub(super) fn holds(&self, photo: ContentHash) -> bool {
        let (row, file) = (
            self.read(|reader| reader.photo_is_known(photo)),
            self.app().photo_files.read(photo).is_ok(),
        );
        assert_eq!(row, file, "{photo}: row {row}, file {file}");
        row
    }
}
