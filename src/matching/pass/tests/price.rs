//! Prices: what others ask for the same, beside a pair that a number speaks for; and never by itself.
#![allow(clippy::unwrap_used)]

use chrono::TimeDelta;

use super::things::{described, draft};
use super::world::{FRAME, World, keep};
use crate::domain::assessment::{Comparison, Evidence};
use crate::domain::item::Item;
use crate::domain::listing::ListingDraft;
use crate::domain::money::Money;

const TITLE: &str = "Kildemoes Logic herrecykel";

impl World {
    fn sell_for(&self, seller: &str, reference: &str, number: Option<&str>, amount: i64) {
        let draft = ListingDraft {
            price: Some(Money {
                hundredths: amount * 100,
                currency: "DKK".to_owned(),
            }),
            ..draft(seller, reference, described(TITLE, number))
        };
        let (partner, delivery) = (self.partner, self.delivery);
        keep(&self.store, move |tx| tx.upsert_listing(partner, &draft, delivery));
    }

    /// What the report on an item says of the price.
    fn price_told(&self, item: &Item) -> Option<Evidence> {
        let report = self.report_of(item);
        let report = self
            .store
            .read_blocking(move |reader| reader.report(report))
            .unwrap()
            .unwrap();
        let mut evidence = report.assessment.evidence.into_iter();
        evidence.find(|told| told.comparison == Comparison::Price)
    }
}

#[test]
fn a_low_price_is_told_beside_a_number_whichever_came_first() {
    let mut told = Vec::new();
    for items_first in [true, false] {
        let world = World::new();
        for number in 0..40 {
            world.offer(&format!("O-{number}"), None, None);
        }
        for (number, amount) in [2000, 2200, 2500, 2600, 3000].into_iter().enumerate() {
            world.sell_for(&format!("other-{number}"), &format!("P-{number}"), None, amount);
        }
        // The seller's own other one does not make the price usual, nor does one that is given away.
        world.sell_for("fence", "P-own", None, 500);
        world.sell_for("kind", "P-free", None, 0);
        let steal = || {
            let item = world.register(world.owner, described(TITLE, Some(FRAME)), None);
            world.steal(&item, world.clock.now() - TimeDelta::days(2), true);
            world.catch_up();
            item
        };
        let offer = || {
            world.sell_for("fence", "A-1", Some(FRAME), 600);
            world.catch_up();
        };
        let item = if items_first {
            let item = steal();
            offer();
            item
        } else {
            offer();
            steal()
        };
        assert_eq!(world.reports(&item).len(), 1, "the look-alikes alone are no report");
        told.push(world.price_told(&item).unwrap());
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(
        told[0].says,
        "asked for 600 DKK; 5 other sellers of what reads like it ask 2,000 to 3,000, half of them 2,500 or more"
    );
    assert!(told[0].log10_lr > Some(0.2), "{told:?}");
}

#[test]
fn without_others_there_is_no_usual_price() {
    let world = World::new();
    for number in 0..4 {
        world.sell_for(&format!("other-{number}"), &format!("P-{number}"), None, 2000);
    }
    world.sell_for("fence", "A-1", Some(FRAME), 600);
    let item = world.register(world.owner, described(TITLE, Some(FRAME)), None);
    world.steal(&item, world.clock.now() - TimeDelta::days(2), true);
    world.catch_up();
    assert_eq!(world.price_told(&item), None);
}
