//! Marks: a pair that shares no number and no photo, found by what its owner scratched into it, whichever came first.
#![allow(clippy::unwrap_used)]

use chrono::TimeDelta;

use super::things::described;
use super::world::World;
use crate::domain::assessment::Comparison;
use crate::domain::description::Description;

/// Other people's listings: a small archive cannot tell what is rare.
const OTHERS: usize = 400;
/// What they sell: were it bicycles, that two of them are bicycles would say little.
const THINGS: [&str; 4] = ["Havebord i teak", "Kaffekande rustfri", "Boremaskine", "Vinterjakke"];

fn marked(title: &str, marks: &str) -> Description {
    Description {
        marks: marks.to_owned(),
        ..described(title, None)
    }
}

fn telling(title: &str, text: &str) -> Description {
    Description {
        text: text.to_owned(),
        ..described(title, None)
    }
}

#[test]
fn a_mark_alone_is_found_in_another_language_whichever_came_first() {
    for items_first in [true, false] {
        let world = World::new();
        for number in 0..OTHERS {
            let reference = format!("O-{number}");
            world.sell(&reference, &reference, described(THINGS[number % THINGS.len()], None), None);
        }
        world.catch_up();
        let (mut marked_item, mut plain_item, mut listing) = (None, None, None);
        for item_turn in [items_first, !items_first] {
            if item_turn {
                let described_as = marked("Kildemoes herrecykel", "ugleklistermærke under sadlen, knækket ringeklokke");
                let item = world.register(world.owner, described_as, None);
                let other = world.register(world.owner, described("Kildemoes herrecykel", None), None);
                for item in [&item, &other] {
                    world.steal(item, world.clock.now() - TimeDelta::days(2), true);
                }
                (marked_item, plain_item) = (Some(item), Some(other));
            } else {
                let says = "It has an owl sticker under the saddle, the bell is broken.";
                listing = Some(world.sell("somebody", "A-1", telling("Kildemoes bicycle", says), None));
                let says = "Good brakes, new saddle, the bell is loud.";
                world.sell("somebody else", "A-2", telling("Kildemoes bicycle", says), None);
            }
            world.catch_up();
        }
        let (item, other) = (marked_item.unwrap(), plain_item.unwrap());
        assert_eq!(world.reports(&other).len(), 0, "items first: {items_first}");
        let reports = world.reports(&item);
        assert_eq!(reports.len(), 1, "items first: {items_first}");
        assert_eq!(Some(reports[0].0), listing);
        let report = world.report_of(&item);
        let report = world
            .store
            .read_blocking(move |reader| reader.report(report))
            .unwrap()
            .unwrap();
        let mut evidence = report.assessment.evidence.iter();
        assert!(evidence.any(|told| told.comparison == Comparison::Marks && told.log10_lr > Some(1.0)));
    }
}

#[test]
fn a_mark_that_is_found_rare_only_later_is_reported_then() {
    // With more stolen items than listings, these are looked at again instead of those.
    for stolen in [0, OTHERS + 50] {
        found_rare_later(stolen);
    }
}

fn found_rare_later(stolen: usize) {
    let world = World::new();
    let items: Vec<_> = (0..stolen)
        .map(|number| world.register(world.neighbour, described(THINGS[number % THINGS.len()], None), None))
        .collect();
    if !items.is_empty() {
        world.steal_all(&items, world.clock.now() - TimeDelta::days(2), true);
    }
    let others = |from: usize, to: usize| {
        for number in from..to {
            let reference = format!("O-{number}");
            world.sell(&reference, &reference, described(THINGS[number % THINGS.len()], None), None);
        }
        world.catch_up();
    };
    others(0, 20);
    let described_as = marked("Kildemoes herrecykel", "ugleklistermærke under sadlen, knækket ringeklokke");
    let item = world.register(world.owner, described_as, None);
    world.steal(&item, world.clock.now() - TimeDelta::days(2), true);
    let says = "It has an owl sticker under the saddle, the bell is broken.";
    world.sell("somebody", "A-1", telling("Kildemoes bicycle", says), None);
    world.catch_up();
    assert_eq!(
        world.reports(&item).len(),
        0,
        "among twenty others nothing is rare, {stolen} stolen"
    );
    others(20, OTHERS);
    assert_eq!(
        world.reports(&item).len(),
        1,
        "nothing but the archive has changed, {stolen} stolen"
    );
}
