//! A seller's history: goods that were recovered before speak for what the seller offers now.
#![allow(clippy::unwrap_used)]

use chrono::TimeDelta;

use super::things::described;
use super::world::{FRAME, World, keep};
use crate::domain::assessment::{Assessment, Comparison};
use crate::domain::item::Item;
use crate::domain::report::{Decision, Outcome, Review};

const OTHER: &str = "WTU111A0042B";

impl World {
    /// Closes the report on an item, which was found with the seller or was not.
    fn close(&self, item: &Item, decision: Decision, outcome: Outcome) {
        let (report, by, now) = (self.report_of(item), self.owner, self.clock.now());
        keep(&self.store, move |tx| {
            let mut report = tx.report(report)?.unwrap();
            let review = Review {
                decision,
                reasons: Vec::new(),
                facts: None,
                reason: "seen".to_owned(),
                by,
                at: now,
            };
            report.state = report.state.take(by, now).unwrap().review(review).unwrap();
            report.state = report.state.close(outcome, now).unwrap();
            tx.save_report(&report)?;
            tx.touch_seller_reports(report.listing)
        });
        self.catch_up();
    }

    pub(super) fn assessment(&self, item: &Item) -> Assessment {
        let report = self.report_of(item);
        let report = self.store.read_blocking(move |reader| reader.report(report));
        report.unwrap().unwrap().assessment
    }
}

#[test]
fn only_what_was_recovered_speaks_for_the_next_report() {
    for (decision, outcome, speaks) in [
        (Decision::Confirmed, Outcome::Recovered, true),
        (Decision::Confirmed, Outcome::ReturnedToOwner, true),
        (Decision::Confirmed, Outcome::NotRecovered, false),
        (Decision::Confirmed, Outcome::LawfullyHeld, false),
        (Decision::Dismissed, Outcome::NotTheItem, false),
    ] {
        let world = World::new();
        let steal = |number: &str| {
            let item = world.register(world.owner, described("Kildemoes Logic herrecykel", Some(number)), None);
            world.steal(&item, world.clock.now() - TimeDelta::days(2), true);
            item
        };
        let (first, second) = (steal(FRAME), steal(OTHER));
        world.sell("fence", "A-1", described("Kildemoes herrecykel", Some(FRAME)), None);
        world.sell("fence", "A-2", described("Kildemoes herrecykel", Some(OTHER)), None);
        world.catch_up();
        let before = world.assessment(&second);
        world.close(&first, decision, outcome);
        let after = world.assessment(&second);
        let told = after.evidence.iter().find(|told| told.comparison == Comparison::Seller);
        assert_eq!(told.is_some(), speaks, "{outcome:?}");
        assert_eq!(after.probability > before.probability, speaks, "{outcome:?}");
    }
}
