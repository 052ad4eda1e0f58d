//! The queue's order, its filters, and what goes back to it by itself.

use chrono::TimeDelta;

use super::super::testing::{World, assessment, insert_draft, insert_listing, listing_draft, registered};
use crate::domain::account::Principal;
use crate::domain::assessment::{Assessment, Comparison, Evidence};
use crate::domain::audit::{Action, Actor};
use crate::domain::ids::{ItemId, TheftReportId};
use crate::domain::listing::{ListingStatus, SellerKey};
use crate::domain::money::Money;
use crate::domain::report::ReportState;
use crate::domain::report_question::Asked;
use crate::domain::time::Timestamp;
use crate::domain::urgency::{Sale, urgency, value_euros};
use crate::store::{Grouping, QueueFilter, QueuePart, QueueQuery, QueueRow, StoreError, Tx};

/// A market that has a bit of everything: sales that end soon and late, that are over, whose end nobody says; cheap and dear things.
fn market(tx: &mut Tx<'_>, partner: crate::domain::ids::PartnerId, item: ItemId, theft: TheftReportId) -> Result<(), StoreError> {
    for n in 0..60_i32 {
        let mut draft = listing_draft(&format!("M-{n}"));
        draft.ends_at = match n % 5 {
            0 => None,
            // Ends before anybody looks, without the partner saying so.
            1 => Some(tx.now() + TimeDelta::milliseconds(i64::from(n))),
            // In their last call, or shortly before it.
            2 => Some(tx.now() + TimeDelta::minutes(i64::from(n * 7 % 200))),
            _ => Some(tx.now() + TimeDelta::hours(i64::from(n * n % 331))),
        };
        draft.status = if n % 11 == 3 {
            ListingStatus::Sold
        } else {
            ListingStatus::Active
        };
        draft.price = (n % 4 > 0).then(|| Money {
            hundredths: i64::from(n * 7919 % 300_000),
            currency: ["EUR", "DKK", "XXX"][n as usize % 3].to_owned(),
        });
        draft.seller.as_mut().unwrap().key = SellerKey([u8::try_from(n % 7).unwrap(); 32]);
        draft.place.city = Some(["Aarhus", "Odense"][n as usize % 2].to_owned());
        let listing = insert_draft(tx, partner, &draft)?;
        tx.raise_report(item, listing, theft, &assessment(0.5 + f64::from(n * 37 % 50) / 100.0))?;
    }
    Ok(())
}

impl World {
    fn with_a_market() -> Self {
        let world = Self::new();
        let (partner, item, theft) = (world.partner, world.item, world.theft);
        world.change(move |tx| market(tx, partner, item, theft));
        // The shortest sales end.
        std::thread::sleep(std::time::Duration::from_millis(80));
        world
    }

    async fn listed(&self, query: QueueQuery) -> Vec<QueueRow> {
        let query = QueueQuery {
            state: Some("open".to_owned()),
            limit: if query.limit == 0 { 100 } else { query.limit },
            ..query
        };
        self.casework.queue(&self.as_officer(), query).await.unwrap()
    }

    async fn filtered(&self, filter: QueueFilter) -> usize {
        let query = QueueQuery {
            filter,
            ..QueueQuery::default()
        };
        self.listed(query).await.len()
    }

    /// Urgency of a row, by the formula and what item and listing say.
    fn urgency_of(&self, row: &QueueRow, now: Timestamp) -> f64 {
        let id = row.report.listing;
        let read = self.store.read_blocking(move |reader| reader.listing(id));
        let listing = read.unwrap_or_else(|error: StoreError| panic!("{error}")).unwrap();
        let sale = Sale::of(listing.draft.status == ListingStatus::Active, listing.draft.ends_at, now);
        let value = value_euros(None, listing.draft.price.as_ref());
        urgency(row.report.assessment.probability, value, sale.hours(now))
    }
}

#[tokio::test]
async fn the_queue_is_in_the_order_of_the_formula_also_when_sales_end() {
    let world = World::with_a_market();
    for filed in [false, true] {
        if filed {
            world.change(|tx| {
                assert!(tx.file_ended_sales(100)? > 5);
                assert_eq!(tx.file_ended_sales(100)?, 0);
                Ok(())
            });
        }
        let whole = world.listed(QueueQuery::default()).await;
        assert_eq!(whole.len(), 60);
        let now = world.store.clock().now();
        let urgencies: Vec<f64> = whole.iter().map(|row| world.urgency_of(row, now)).collect();
        for pair in urgencies.windows(2) {
            assert!(pair[0] >= pair[1] * 0.999, "{urgencies:?}");
        }
        let (mut seen, mut part) = (Vec::new(), QueuePart::Start);
        loop {
            let query = QueueQuery {
                part,
                limit: 7,
                ..QueueQuery::default()
            };
            let rows = world.listed(query).await;
            let Some(last) = rows.last() else { break };
            part = QueuePart::After(last.place);
            seen.extend(rows.iter().map(|row| row.report.number));
        }
        let numbers: Vec<u64> = whole.iter().map(|row| row.report.number).collect();
        assert_eq!(seen, numbers);
    }
}

#[tokio::test]
async fn every_filter_narrows_the_list() {
    let world = World::with_a_market();
    let (item, theft, partner) = (world.item, world.theft, world.partner);
    let other_partner = world.other_partner;
    world.change(move |tx| {
        let mut by_photo = assessment(0.8);
        by_photo.evidence[0].comparison = Comparison::Photo;
        let mut draft = listing_draft("P-1");
        draft.description.category = "Bicycles".to_owned();
        draft.place.postcode = Some("8210".to_owned());
        let listing = insert_draft(tx, other_partner, &draft)?;
        tx.raise_report(item, listing, theft, &by_photo).map(drop)
    });
    let none = QueueFilter::default;
    let cases = [
        (
            QueueFilter {
                kind: Some(Comparison::Photo),
                ..none()
            },
            1,
        ),
        (
            QueueFilter {
                kind: Some(Comparison::Identifier),
                ..none()
            },
            60,
        ),
        (
            QueueFilter {
                kind: Some(Comparison::Marks),
                ..none()
            },
            0,
        ),
        (
            QueueFilter {
                category: Some("bicycle".to_owned()),
                ..none()
            },
            1,
        ),
        (
            QueueFilter {
                place: Some("82".to_owned()),
                ..none()
            },
            1,
        ),
        (
            QueueFilter {
                place: Some("oden".to_owned()),
                ..none()
            },
            30,
        ),
        (
            QueueFilter {
                place: Some("%".to_owned()),
                ..none()
            },
            0,
        ),
        (
            QueueFilter {
                numbers: Some(vec![2, 3, 999]),
                ..none()
            },
            2,
        ),
        (
            QueueFilter {
                numbers: Some(Vec::new()),
                ..none()
            },
            0,
        ),
        (
            QueueFilter {
                item: Some(item),
                numbers: Some(vec![2]),
                ..none()
            },
            1,
        ),
        (
            QueueFilter {
                partner: Some(partner),
                ..none()
            },
            60,
        ),
        (
            QueueFilter {
                partner: Some(other_partner),
                ..none()
            },
            1,
        ),
        (
            QueueFilter {
                thefts: Some(vec![theft]),
                ..none()
            },
            61,
        ),
        (
            QueueFilter {
                thefts: Some(Vec::new()),
                ..none()
            },
            0,
        ),
        (
            QueueFilter {
                item: Some(item),
                ..none()
            },
            61,
        ),
        (
            QueueFilter {
                seller: Some(SellerKey([3; 32])),
                ..none()
            },
            9,
        ),
    ];
    for (filter, expected) in cases {
        assert_eq!(world.filtered(filter.clone()).await, expected, "{filter:?}");
    }
}

#[tokio::test]
async fn of_several_on_one_item_or_seller_the_most_urgent_stands_for_all() {
    let world = World::with_a_market();
    let grouped = |grouping| QueueQuery {
        grouping: Some(grouping),
        ..QueueQuery::default()
    };
    let whole = world.listed(QueueQuery::default()).await;
    let of_item = world.listed(grouped(Grouping::Item)).await;
    assert_eq!((of_item.len(), of_item[0].of_item), (1, 60));
    let of_seller = world.listed(grouped(Grouping::Seller)).await;
    assert_eq!(of_seller.len(), 7);
    assert_eq!(of_seller.iter().map(|row| row.of_seller).sum::<u32>(), 60);
    for row in &of_seller {
        let first = whole.iter().find(|other| other.seller == row.seller).unwrap();
        assert_eq!(row.report.number, first.report.number);
    }
}

#[tokio::test]
async fn a_change_of_the_listing_files_its_reports_anew() {
    let world = World::new();
    let (item, theft, partner) = (world.item, world.theft, world.partner);
    world.change(move |tx| {
        for reference in ["A", "B"] {
            let listing = insert_listing(tx, partner, reference)?;
            tx.raise_report(item, listing, theft, &assessment(0.9))?;
        }
        Ok(())
    });
    let first = async || world.listed(QueueQuery::default()).await[0].listing_reference.clone();
    assert_eq!(first().await, "B");
    world.change(move |tx| {
        let mut draft = listing_draft("A");
        draft.ends_at = Some(tx.now() + TimeDelta::hours(1));
        insert_draft(tx, partner, &draft).map(drop)
    });
    assert_eq!(first().await, "A");
    world.change(move |tx| {
        let mut draft = listing_draft("A");
        draft.status = ListingStatus::Withdrawn;
        insert_draft(tx, partner, &draft).map(drop)
    });
    assert_eq!(first().await, "B");
}

#[tokio::test]
async fn a_report_that_was_taken_and_left_goes_back() {
    let world = World::new();
    world.put_into(ReportState::Open);
    let officer: Principal = world.as_officer();
    world.casework.take_report(&officer, world.report).await.unwrap();
    assert!(world.casework.release_stale_takes(TimeDelta::hours(24)).unwrap().is_empty());
    // Later than the take, which happened at some instant before.
    assert_eq!(world.casework.release_stale_takes(TimeDelta::seconds(-5)).unwrap(), [1]);
    let view = world.casework.open_report(&officer, world.report).await.unwrap();
    assert_eq!(view.report.state, ReportState::Open);
    let entries = world.log();
    let released = entries.iter().find(|entry| entry.action == Action::ReportReleased).unwrap();
    assert_eq!(released.actor, Actor::Service);
    assert_eq!(released.detail["taken_by"], serde_json::json!(world.officer));
    assert!(world.casework.release_stale_takes(TimeDelta::seconds(-5)).unwrap().is_empty());
}

#[tokio::test]
async fn a_question_that_nobody_answers_keeps_a_take_for_a_week() {
    let world = World::new();
    world.put_into(ReportState::Open);
    let officer: Principal = world.as_officer();
    world.casework.take_report(&officer, world.report).await.unwrap();
    let asked = world
        .casework
        .ask_on_report(&officer, world.report, Asked::Owner, "Is there a dent?");
    asked.await.unwrap();
    let released = || world.casework.release_stale_takes(TimeDelta::hours(24)).unwrap();
    world.store.clock().advance(TimeDelta::days(6));
    assert!(released().is_empty(), "an answer is awaited");
    world.store.clock().advance(TimeDelta::days(2));
    assert_eq!(released(), [1]);
}

#[test]
fn only_what_speaks_for_a_pair_is_a_kind_of_evidence() {
    let world = World::new();
    let (item, theft, partner) = (world.item, world.theft, world.partner);
    world.change(move |tx| {
        let one = |comparison, log10_lr| Evidence {
            comparison,
            log10_lr,
            ..assessment(0.9).evidence[0].clone()
        };
        let mixed = Assessment {
            evidence: vec![
                one(Comparison::Photo, Some(-1.0)),
                one(Comparison::Marks, None),
                one(Comparison::Price, Some(0.2)),
            ],
            ..assessment(0.9)
        };
        let listing = insert_listing(tx, partner, "A")?;
        tx.raise_report(item, listing, theft, &mixed).map(drop)
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for kind in [Comparison::Photo, Comparison::Marks, Comparison::Price] {
        let filter = QueueFilter {
            kind: Some(kind),
            ..QueueFilter::default()
        };
        assert_eq!(runtime.block_on(world.filtered(filter)), 0, "{kind:?}");
    }
}

#[tokio::test]
async fn a_set_is_worth_each_item_once() {
    let world = World::new();
    let (partner, item, theft, owner) = (world.partner, world.item, world.theft, world.owner);
    world.change(move |tx| {
        let second = registered(owner, tx.now());
        tx.insert_item(&second)?;
        for (n, item, euros) in [(0, item, 100), (1, item, 200), (2, item, 150), (3, second.id, 50)] {
            let mut draft = listing_draft(&format!("V-{n}"));
            draft.seller.as_mut().unwrap().key = SellerKey([77; 32]);
            draft.price = Some(Money {
                hundredths: euros * 100,
                currency: "EUR".to_owned(),
            });
            let listing = insert_draft(tx, partner, &draft)?;
            tx.raise_report(item, listing, theft, &assessment(0.9))?;
        }
        Ok(())
    });
    let (sellers, burglaries) = world.casework.all_series(&world.as_officer()).await.unwrap();
    let set = sellers.iter().find(|set| set.reports == 4).unwrap();
    assert_eq!((set.items, set.value_euros), (2, 250.0));
    assert_eq!(burglaries[0].value_euros, 250.0, "{burglaries:?}");
}
