//! A real store and index with two owners and one partner, for the tests of the pass.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::TimeDelta;
use replevin_index::{Engine, EngineOptions, Record, Sequence};
use tempfile::TempDir;

use super::things::{described, draft, picture};
use crate::domain::account::{Account, Role};
use crate::domain::description::Description;
use crate::domain::ids::{AccountId, DeliveryId, ItemId, ListingId, PartnerId, ReportId, TheftReportId};
use crate::domain::item::{Item, ItemDraft, ItemStatus, Theft, TheftReport, Verification};
use crate::domain::listing::{Delivery, ListingDraft, ListingStatus};
use crate::domain::partner::Partner;
use crate::domain::photo::{ContentHash, PhotoRef};
use crate::domain::place::Place;
use crate::domain::time::{Clock, Timestamp};
use crate::matching::candidates::Desk;
use crate::matching::pass::judge::Finding;
use crate::matching::{Matching, MatchingError, MatchingOptions};
use crate::store::{ChangedThing, Reader, Store, StoreError, Tx, Upserted};

/// A service's parts that matching works on.
pub(super) struct World {
    pub(super) dir: TempDir,
    pub(super) index: TempDir,
    pub(super) clock: Clock,
    pub(super) store: Store,
    pub(super) matching: Matching,
    pub(super) owner: AccountId,
    pub(super) neighbour: AccountId,
    pub(super) partner: PartnerId,
    pub(super) delivery: DeliveryId,
}

pub(super) const FRAME: &str = "WBK123456Z";

impl World {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Clock::system();
        let store = Store::open(&dir.path().join("replevin.db"), clock.clone()).unwrap();
        let now = clock.now();
        let [owner, neighbour] = [(); 2].map(|()| AccountId::generate(now));
        let (partner, delivery) = (PartnerId::generate(now), DeliveryId::generate(now));
        keep(&store, move |tx| {
            for (id, email) in [(owner, "owner@example.org"), (neighbour, "neighbour@example.org")] {
                let account = Account {
                    id,
                    email: email.parse().unwrap(),
                    name: "Owner".into(),
                    role: Role::Owner,
                    partner: None,
                    enabled: true,
                    password_change_due: false,
                    created_at: now,
                };
                tx.insert_account(&account, None)?;
            }
            tx.insert_partner(&Partner {
                id: partner,
                slug: "house".parse().unwrap(),
                name: "House".into(),
                photo_hosts: Vec::new(),
                created_at: now,
            })?;
            tx.insert_delivery(&Delivery {
                id: delivery,
                partner,
                received_at: now,
                size_bytes: 0,
                sha256: ContentHash::of(b""),
                accepted: 0,
                unchanged: 0,
                remaining: 0,
                rejected_count: 0,
                rejected: Vec::new(),
                notes: Vec::new(),
            })
        });
        let index = tempfile::tempdir().unwrap();
        let matching = matching(&index, &store);
        Self {
            dir,
            index,
            clock,
            store,
            matching,
            owner,
            neighbour,
            partner,
            delivery,
        }
    }

    pub(super) fn item(&self, number: Option<&str>, photo: Option<u8>) -> Item {
        self.item_of(self.owner, number, photo)
    }

    pub(super) fn item_of(&self, owner: AccountId, number: Option<&str>, photo: Option<u8>) -> Item {
        self.register(owner, described("Kildemoes herrecykel", number), photo)
    }

    pub(super) fn register(&self, owner: AccountId, description: Description, photo: Option<u8>) -> Item {
        let now = self.clock.now();
        let item = Item {
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
        };
        let entered = item.clone();
        keep(&self.store, move |tx| tx.insert_item(&entered));
        photo.into_iter().for_each(|photo| self.show(&item, photo));
        item
    }

    /// Gives an item its photo.
    pub(super) fn show(&self, item: &Item, photo: u8) {
        let (id, photo) = (item.id, picture(photo, self.clock.now()));
        keep(&self.store, move |tx| {
            tx.insert_photo(&photo)?;
            let sha256 = photo.sha256;
            tx.put_item_photo(id, &PhotoRef { number: 1, sha256 })
        });
    }

    pub(super) fn steal(&self, item: &Item, from: Timestamp, verified: bool) -> TheftReportId {
        self.steal_all(std::slice::from_ref(item), from, verified)
    }

    pub(super) fn steal_all(&self, items: &[Item], from: Timestamp, verified: bool) -> TheftReportId {
        let now = self.clock.now();
        let mut report = TheftReport {
            id: TheftReportId::generate(now),
            reporter: self.owner,
            items: items.iter().map(|item| item.id).collect(),
            theft: Theft {
                from,
                to: from + TimeDelta::hours(8),
                place: Place::default(),
                crime_reference: None,
                circumstances: String::new(),
            },
            verification: Verification::Unverified,
            created_at: now,
        };
        let (id, mut items, by) = (report.id, items.to_vec(), self.owner);
        for item in &mut items {
            item.status = ItemStatus::Stolen { theft_report: id };
        }
        keep(&self.store, move |tx| {
            tx.insert_theft_report(&report)?;
            if verified {
                report.verification = Verification::Verified { by, at: now };
                tx.save_verification(&report)?;
            }
            items.iter().try_for_each(|item| tx.save_item(item))
        });
        id
    }

    pub(super) fn offer(&self, reference: &str, number: Option<&str>, photo: Option<u8>) -> ListingId {
        self.sell(reference, reference, described("Herrecykel", number), photo)
    }

    pub(super) fn sell(&self, seller: &str, reference: &str, description: Description, photo: Option<u8>) -> ListingId {
        let draft = draft(seller, reference, description);
        let (partner, delivery, now) = (self.partner, self.delivery, self.clock.now());
        keep(&self.store, move |tx| {
            let (Upserted::New(id) | Upserted::Changed(id) | Upserted::Unchanged(id)) =
                tx.upsert_listing(partner, &draft, delivery)?;
            if let Some(photo) = photo {
                let photo = picture(photo, now);
                tx.insert_photo(&photo)?;
                tx.hold_listing_photo(id, 1, photo.sha256, None)?;
            }
            Ok(id)
        })
    }

    /// Takes a listing that was offered with no number and no photo off the market.
    pub(super) fn end(&self, reference: &str) {
        let draft = ListingDraft {
            status: ListingStatus::Ended,
            ..draft(reference, reference, described("Herrecykel", None))
        };
        let (partner, delivery) = (self.partner, self.delivery);
        keep(&self.store, move |tx| tx.upsert_listing(partner, &draft, delivery));
    }

    pub(super) fn catch_up(&self) {
        while self.matching.step().unwrap().behind {}
        assert!(self.matching.index_is_whole().unwrap());
    }

    pub(super) fn reports(&self, item: &Item) -> Vec<(ListingId, f64)> {
        let id = item.id;
        let reports = self.store.read_blocking(move |reader| reader.reports_of_item(id)).unwrap();
        let mut reports: Vec<_> = reports
            .iter()
            .map(|report| (report.listing, report.assessment.probability))
            .collect();
        reports.sort_by_key(|(listing, _)| *listing);
        reports
    }

    fn items(&self, reader: &Reader<'_>) -> Result<Vec<ItemId>, StoreError> {
        let mut items = reader.items_of(self.owner)?;
        items.extend(reader.items_of(self.neighbour)?);
        Ok(items.iter().map(|item| item.id).collect())
    }

    /// Every open report as item and listing.
    pub(super) fn standing(&self) -> BTreeSet<(ItemId, ListingId)> {
        (self.store)
            .read_blocking(|reader| {
                let mut standing = BTreeSet::new();
                for item in self.items(reader)? {
                    standing.extend(
                        reader
                            .open_reports_of_item(item)?
                            .into_iter()
                            .map(|(_, listing)| (item, listing)),
                    );
                }
                Ok::<_, StoreError>(standing)
            })
            .unwrap()
    }

    /// What `asked` says of each of these as the index knows it.
    pub(super) fn records<T>(&self, items: &[Item], listings: &[ListingId], asked: impl Fn(&Record) -> T) -> Vec<T> {
        (self.store)
            .read_blocking(|reader| {
                let mut desk = self.desk(reader)?;
                let mut said = Vec::new();
                for item in items {
                    said.extend(desk.item(item.id.0)?.map(|item| asked(&item.facts.record)));
                }
                for listing in listings {
                    said.extend(desk.listing(listing.0)?.map(|listing| asked(&listing.facts.record)));
                }
                Ok::<_, MatchingError>(said)
            })
            .unwrap()
    }

    fn desk<'a>(&'a self, reader: &'a Reader<'a>) -> Result<Desk<'a>, MatchingError> {
        let matching = &self.matching;
        Ok(Desk::new(
            reader,
            &matching.engine,
            &matching.options,
            matching.on_sale(reader)?,
        ))
    }

    /// Every pair of what the store holds now, judged afresh and without searching for it: what must be reported, and what is
    /// so near the threshold that it may.
    pub(super) fn expected(&self) -> (BTreeSet<(ItemId, ListingId)>, BTreeSet<(ItemId, ListingId)>) {
        let threshold = self.matching.options.report_threshold;
        (self.store)
            .read_blocking(|reader| {
                let mut desk = self.desk(reader)?;
                let (mut must, mut may) = (BTreeSet::new(), BTreeSet::new());
                for id in self.items(reader)? {
                    let Some(item) = desk.item(id.0)? else { continue };
                    if !item.verified || !matches!(item.item.status, ItemStatus::Stolen { .. }) {
                        continue;
                    }
                    for listing in reader.listing_ids()? {
                        let listing = desk.listing(listing.0)?.unwrap();
                        // Without the shortcuts by which a pass leaves out what cannot be reported.
                        let Some(assessment) = desk.assess_telling(&item, &listing)? else {
                            continue;
                        };
                        let pair = (id, listing.listing.id);
                        if (assessment.probability - threshold).abs() < 0.03 {
                            may.insert(pair);
                        } else if assessment.probability >= threshold {
                            must.insert(pair);
                        }
                    }
                }
                Ok::<_, MatchingError>((must, may))
            })
            .unwrap()
    }

    /// What the changes of these things alone find.
    pub(super) fn findings(&self, wanted: impl Fn(&ChangedThing) -> bool) -> Vec<Finding> {
        let read = self.store.read_blocking(|reader| {
            let mut rows = reader.changes_after(Sequence(0), 1000)?;
            rows.retain(|row| wanted(&row.thing));
            Ok::<_, MatchingError>((rows, self.matching.on_sale(reader)?))
        });
        let (rows, prior) = read.unwrap();
        let mut findings = self.matching.judge_rows(&rows, prior).unwrap().findings;
        findings.sort_by_key(|finding| (finding.item, finding.listing));
        // A pair that is judged, and whose report is looked at again, is found twice.
        findings.dedup();
        findings
    }

    pub(super) fn set_status(&self, item: &Item, status: ItemStatus) {
        let mut item = item.clone();
        item.status = status;
        keep(&self.store, move |tx| tx.save_item(&item));
    }

    /// Erases every listing that no report and no question names.
    pub(super) fn erase_unmatched(&self) {
        let (partner, later) = (self.partner, self.clock.now() + TimeDelta::days(1));
        keep(&self.store, move |tx| tx.erase_unmatched_listings(partner, later, 1000));
    }

    pub(super) fn report_of(&self, item: &Item) -> ReportId {
        let id = item.id;
        self.store
            .read_blocking(move |reader| reader.open_reports_of_item(id))
            .unwrap()[0]
            .0
    }

    pub(super) fn questions(&self) -> usize {
        (self.store)
            .read_blocking(|reader| Ok::<_, StoreError>(reader.questions()?.len()))
            .unwrap()
    }

    /// Throws the index away, as somebody who deletes its directory would.
    pub(super) fn lose_index(&mut self) {
        self.index = tempfile::tempdir().unwrap();
        self.matching = matching(&self.index, &self.store);
    }
}

pub(super) fn matching(dir: &TempDir, store: &Store) -> Matching {
    let engine = Engine::open(dir.path(), EngineOptions::default()).unwrap();
    // Nothing is drawn by chance in a test.
    let options = MatchingOptions {
        blind_review_share: 0.0,
        ..MatchingOptions::default()
    };
    Matching::new(store.clone(), Arc::new(engine), options)
}

pub(super) fn keep<T: Send + 'static>(
    store: &Store,
    work: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
) -> T {
    store.keep(move |tx| Ok::<_, StoreError>((work(tx)?, Vec::new()))).unwrap()
}
