//! Loot sets: what one seller offers of one burglary, whichever came first; and what is none.
#![allow(clippy::unwrap_used)]

use chrono::TimeDelta;

use super::things::described;
use super::world::World;
use crate::domain::assessment::Comparison;
use crate::domain::item::Item;

const OBJECTS: [&str; 4] = [
    "Olympus OM-D E-M10 Mark III",
    "Stelton kaffekande rustfri",
    "Makita DHP485 boremaskine",
    "Bang Olufsen Beolit højttaler",
];
/// Other people's listings: a small archive cannot tell what is rare.
const OTHERS: usize = 150;

impl World {
    fn burglary(&self) -> Vec<Item> {
        let items: Vec<Item> = OBJECTS
            .iter()
            .map(|title| self.register(self.owner, described(title, None), None))
            .collect();
        self.steal_all(&items, self.clock.now() - TimeDelta::days(2), true);
        items
    }

    fn others(&self) {
        for number in 0..OTHERS {
            self.offer(&format!("O-{number}"), None, None);
        }
    }

    /// Sixty shops that sell what will be stolen.
    fn shops(&self) {
        for number in 0..60 {
            let title = OBJECTS[number % OBJECTS.len()];
            self.sell(
                &format!("shop {number}"),
                &format!("S-{number}"),
                described(title, None),
                None,
            );
        }
    }
}

#[test]
fn one_sellers_lots_are_found_whichever_came_first() {
    for items_first in [true, false] {
        let world = World::new();
        world.others();
        let mut items = Vec::new();
        if items_first {
            items = world.burglary();
            world.catch_up();
        }
        let mut listings = Vec::new();
        for (number, title) in OBJECTS.iter().enumerate() {
            listings.push(world.sell(
                "fence",
                &format!("L-{number}"),
                described(&format!("{title} sælges"), None),
                None,
            ));
            world.catch_up();
        }
        if !items_first {
            items = world.burglary();
        }
        world.catch_up();
        for (item, listing) in items.iter().zip(&listings) {
            let reports = world.reports(item);
            assert_eq!(reports.len(), 1, "items first: {items_first}");
            assert_eq!(reports[0].0, *listing);
            let report = world.report_of(item);
            let report = world
                .store
                .read_blocking(move |reader| reader.report(report))
                .unwrap()
                .unwrap();
            let seller = report
                .assessment
                .evidence
                .iter()
                .find(|told| told.comparison == Comparison::Seller)
                .unwrap();
            assert_eq!(seller.detail["companions"].as_array().unwrap().len(), 3, "{}", seller.says);
        }
    }
}

#[test]
fn a_set_that_falls_apart_takes_its_reports_along() {
    let world = World::new();
    world.others();
    let items = world.burglary();
    let sell = |number: usize, title: &str| world.sell("fence", &format!("L-{number}"), described(title, None), None);
    OBJECTS.iter().enumerate().for_each(|(number, title)| {
        sell(number, title);
    });
    world.catch_up();
    assert_eq!(world.standing().len(), 4);
    for number in 1..4 {
        sell(number, "Havebord i teak");
    }
    world.catch_up();
    for item in &items {
        let id = item.id;
        let left = world.store.read_blocking(move |reader| reader.reports_of_item(id)).unwrap();
        let told: Vec<_> = left.iter().map(|report| &report.assessment).collect();
        assert!(told.is_empty(), "{told:#?}");
    }
}

#[test]
fn a_lot_that_another_seller_takes_over_takes_reports_along() {
    let world = World::new();
    world.others();
    world.burglary();
    for (number, title) in OBJECTS.iter().enumerate() {
        world.sell("fence", &format!("L-{number}"), described(title, None), None);
    }
    world.catch_up();
    assert_eq!(world.standing().len(), 4);
    for (number, title) in OBJECTS.iter().enumerate().skip(1) {
        world.sell(
            &format!("neighbour {number}"),
            &format!("L-{number}"),
            described(title, None),
            None,
        );
    }
    world.catch_up();
    assert!(world.standing().is_empty(), "{:?}", world.standing());
}

#[test]
fn many_sellers_are_no_set_and_two_thefts_are_none() {
    let world = World::new();
    world.others();
    let items = world.burglary();
    for (number, title) in OBJECTS.iter().enumerate() {
        let seller = format!("seller {number}");
        world.sell(&seller, &format!("L-{number}"), described(title, None), None);
        world.sell(&seller, &format!("M-{number}"), described("Havebord", None), None);
    }
    world.catch_up();
    assert!(items.iter().all(|item| world.reports(item).is_empty()));

    let world = World::new();
    world.others();
    let mut items = Vec::new();
    for title in OBJECTS {
        let item = world.register(world.owner, described(title, None), None);
        world.steal(&item, world.clock.now() - TimeDelta::days(2), true);
        items.push(item);
    }
    for (number, title) in OBJECTS.iter().enumerate() {
        world.sell("dealer", &format!("L-{number}"), described(title, None), None);
    }
    world.catch_up();
    assert!(items.iter().all(|item| world.reports(item).is_empty()));
}

#[test]
fn what_many_sell_is_no_companion() {
    // Whether the shops sold it before the theft or after: what many sell is common.
    for before in [true, false] {
        let world = World::new();
        world.others();
        world.shops();
        if before {
            world.catch_up();
            world.clock.advance(TimeDelta::days(9));
        }
        let items = world.burglary();
        for (number, title) in OBJECTS.iter().enumerate() {
            world.sell("household", &format!("L-{number}"), described(title, None), None);
        }
        world.catch_up();
        assert!(items.iter().all(|item| world.reports(item).is_empty()), "before: {before}");
    }
}
