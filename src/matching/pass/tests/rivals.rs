//! Records that compete: whatever comes first, changes or goes, the same reports stand in the end.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use chrono::TimeDelta;
use proptest::prelude::*;

use super::super::judge::{Consequence, Finding};
use super::world::{FRAME, World};
use crate::domain::item::{Item, ItemStatus};
use crate::store::ChangedThing;

#[test]
fn a_rival_that_comes_later_counts_as_one_that_was_there() {
    for rival_first in [true, false] {
        let world = World::new();
        let theft = world.clock.now() - TimeDelta::days(2);
        let enter = |owner| {
            let item = world.item_of(owner, None, Some(1));
            world.steal(&item, theft, true);
            world.catch_up();
        };
        if rival_first {
            enter(world.neighbour);
        }
        enter(world.owner);
        world.offer("A-1", None, Some(1));
        world.catch_up();
        if !rival_first {
            assert_eq!(world.standing().len(), 1);
            enter(world.neighbour);
        }
        assert!(world.standing().is_empty(), "two items, one photo: neither is probable");
        assert_eq!(world.expected().0, BTreeSet::new());
    }
}

#[test]
fn what_somebody_registers_after_the_theft_takes_nothing_from_it() {
    let world = World::new();
    let early = world.item_of(world.neighbour, Some(FRAME), None);
    world.clock.advance(TimeDelta::hours(1));
    let theft = world.clock.now();
    world.clock.advance(TimeDelta::hours(1));
    let item = world.item_of(world.owner, None, Some(1));
    world.steal(&item, theft, true);
    world.offer("A-1", None, Some(1));
    world.catch_up();
    let [(_, alone)] = world.reports(&item)[..] else {
        panic!("one report")
    };
    // Whoever has the goods, or sees the listing, registers the same photo...
    let late = world.item_of(world.neighbour, None, Some(1));
    world.catch_up();
    assert_eq!(world.reports(&item)[0].1, alone);
    assert_eq!(world.expected().0, world.standing());
    // ...states a theft of it, or makes an older item of theirs say so.
    world.steal(&late, theft, false);
    world.show(&early, 1);
    world.catch_up();
    assert_eq!(world.reports(&item)[0].1, alone);
    assert_eq!(world.expected().0, world.standing());
    let assessed = world.assessment(&item);
    assert_eq!((assessed.rivals.late_items, assessed.rivals.items), (2, 0));
    // An officer who verifies it has seen both.
    let stated = world.item_of(world.neighbour, None, Some(1));
    world.steal(&stated, theft, true);
    world.catch_up();
    assert!(world.standing().is_empty());
}

#[test]
fn a_rival_that_goes_makes_way() {
    // As an item that is withdrawn or described otherwise, and as a listing that is corrected, found with its index lost too.
    let world = World::new();
    let theft = world.clock.now() - TimeDelta::days(2);
    let [item, rival] = [world.owner, world.neighbour].map(|owner| world.item_of(owner, None, Some(1)));
    for item in [&item, &rival] {
        world.steal(item, theft, true);
    }
    world.offer("A-1", None, Some(1));
    world.catch_up();
    assert!(world.standing().is_empty());
    world.set_status(&rival, ItemStatus::Withdrawn);
    world.catch_up();
    assert_eq!(world.reports(&item).len(), 1, "the rival item is gone");

    for lost in [false, true] {
        let mut world = World::new();
        let item = world.item(Some(FRAME), None);
        world.steal(&item, theft, true);
        let near = [("A-1", "WBK123465Z"), ("A-2", "WBK128456Z"), ("A-3", "WBK123457Z")];
        let listings = near.map(|(reference, number)| world.offer(reference, Some(number), None));
        world.catch_up();
        assert!(world.standing().is_empty(), "three lie equally near");
        // The rivals turn out to be something else.
        world.offer("A-2", Some("DEF111213L"), None);
        world.offer("A-3", Some("DEF111214L"), None);
        if lost {
            world.lose_index();
        }
        world.catch_up();
        assert_eq!(world.standing(), world.expected().0);
        assert!(world.standing().contains(&(item.id, listings[0])), "index lost: {lost}");
    }
}

/// One thing that happens to the register or the archive.
#[derive(Debug, Clone)]
enum Event {
    Item {
        number: Option<usize>,
        photo: Option<u8>,
    },
    Offer {
        reference: usize,
        number: Option<usize>,
        photo: Option<u8>,
    },
    Withdraw(usize),
    Recover(usize),
    Erase,
    Match,
    LoseIndex,
}

/// Numbers that lie near each other, one far off.
const NUMBERS: [&str; 4] = ["WBK123456Z", "WBK123465Z", "WBK128456Z", "DEF111213L"];

fn event() -> impl Strategy<Value = Event> {
    let number = || prop::option::weighted(0.6, 0..NUMBERS.len());
    let photo = || prop::option::weighted(0.6, 1..3_u8);
    prop_oneof![
        4 => (number(), photo()).prop_map(|(number, photo)| Event::Item { number, photo }),
        8 => (0..6_usize, number(), photo()).prop_map(|(reference, number, photo)| Event::Offer { reference, number, photo }),
        2 => (0..4_usize).prop_map(Event::Withdraw),
        1 => (0..4_usize).prop_map(Event::Recover),
        1 => Just(Event::Erase),
        3 => Just(Event::Match),
        1 => Just(Event::LoseIndex),
    ]
}

fn happen(world: &mut World, items: &mut Vec<Item>, event: &Event) {
    let stolen_at = world.clock.now() - TimeDelta::days(2);
    match *event {
        Event::Item { number, photo } => {
            let owner = [world.owner, world.neighbour][items.len() % 2];
            let item = world.item_of(owner, number.map(|at| NUMBERS[at]), photo);
            world.steal(&item, stolen_at, true);
            items.push(item);
        }
        Event::Offer {
            reference,
            number,
            photo,
        } => {
            world.offer(&format!("A-{reference}"), number.map(|at| NUMBERS[at]), photo);
        }
        Event::Withdraw(at) => items
            .get(at)
            .into_iter()
            .for_each(|item| world.set_status(item, ItemStatus::Withdrawn)),
        Event::Recover(at) => items
            .get(at)
            .into_iter()
            .for_each(|item| world.set_status(item, ItemStatus::Recovered)),
        Event::Erase => world.erase_unmatched(),
        Event::Match => drop(world.matching.step().unwrap()),
        Event::LoseIndex => world.lose_index(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Any order of entering, stealing and offering, with the index lost at any point, ends in the same reports; what is not
    /// stolen is never among them.
    #[test]
    fn any_order_converges(order in Just((0..6_u8).collect::<Vec<_>>()).prop_shuffle(), lost in 0..6_usize) {
        let mut world = World::new();
        let theft = world.clock.now() - TimeDelta::days(2);
        let mut stolen = None;
        let mut home = None;
        for (at, act) in order.into_iter().enumerate() {
            match act {
                0 => {
                    let item = world.item(Some(FRAME), None);
                    world.steal(&item, theft, true);
                    stolen = Some(item);
                }
                1 => home = Some(world.item(Some("ABC765432K"), None)),
                2 => {
                    world.offer("A-1", Some(FRAME), None);
                }
                3 => {
                    world.offer("A-2", Some("wbk 12345 6z"), None);
                }
                4 => {
                    world.offer("A-3", Some("ABC765432K"), None);
                }
                _ => {
                    world.offer("A-4", Some("DEF111213L"), None);
                }
            }
            if at == lost {
                world.lose_index();
            } else if at % 2 == 0 {
                world.matching.step().unwrap();
            }
        }
        world.catch_up();
        prop_assert_eq!(world.reports(&stolen.unwrap()).len(), 2);
        prop_assert_eq!(world.reports(&home.unwrap()).len(), 0);
        prop_assert_eq!(world.questions(), 1);
    }

    /// Whatever happens in whatever order, with matching at any point and the index lost at any point: in the end those reports
    /// stand which a fresh look at every pair finds.
    #[test]
    fn rivals_photos_and_edits_converge(events in prop::collection::vec(event(), 1..24)) {
        let mut world = World::new();
        let mut items = Vec::new();
        for event in &events {
            happen(&mut world, &mut items, event);
        }
        world.catch_up();
        let (must, may) = world.expected();
        let standing = world.standing();
        prop_assert!(must.is_subset(&standing), "missing: {:?}", must.difference(&standing).collect::<Vec<_>>());
        let extra: Vec<_> = standing.iter().filter(|pair| !must.contains(pair) && !may.contains(pair)).collect();
        prop_assert!(extra.is_empty(), "left over: {extra:?}");
    }

    /// What the changes of the items alone find, the changes of the listings alone find too, with the same assessment.
    #[test]
    fn both_directions_find_and_assess_alike(
        items in prop::collection::vec((prop::option::weighted(0.7, 0..NUMBERS.len()), prop::option::weighted(0.7, 1..4_u8)), 1..6),
        listings in prop::collection::vec((prop::option::weighted(0.7, 0..NUMBERS.len()), prop::option::weighted(0.7, 1..4_u8)), 1..8),
    ) {
        let world = World::new();
        let stolen_at = world.clock.now() - TimeDelta::days(2);
        for (at, (number, photo)) in items.iter().enumerate() {
            let owner = [world.owner, world.neighbour][at % 2];
            world.steal(&world.item_of(owner, number.map(|at| NUMBERS[at]), *photo), stolen_at, true);
        }
        for (at, (number, photo)) in listings.iter().enumerate() {
            world.offer(&format!("A-{at}"), number.map(|at| NUMBERS[at]), *photo);
        }
        world.catch_up();
        let from_items: Vec<Finding> = world.findings(|thing| matches!(thing, ChangedThing::Item(_)));
        let from_listings = world.findings(|thing| matches!(thing, ChangedThing::Listing(_)));
        let reports = |findings: Vec<Finding>| -> Vec<Finding> {
            let mut reports: Vec<_> = (findings.into_iter())
                .filter(|finding| matches!(finding.consequence, Consequence::Report(..)))
                .collect();
            reports.dedup();
            reports
        };
        prop_assert_eq!(reports(from_items), reports(from_listings));
    }
}
