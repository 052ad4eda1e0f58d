//! The step on a real store and index: either side first, crashes in between, what is never reported, what is at fault.
#![allow(clippy::unwrap_used)]

mod alike;
mod history;
mod loot;
mod marks;
mod price;
mod rivals;
mod things;
mod world;

use chrono::TimeDelta;

use self::things::described;
use self::world::{FRAME, World, keep};
use super::*;
use crate::domain::audit::{Action, Entry};
use crate::domain::description::Description;
use crate::domain::item::{ItemStatus, Verification};
use crate::domain::report::ReportState;
use crate::store::AuditFilter;

#[test]
fn whichever_side_comes_first_the_same_reports_stand() {
    let mut found = Vec::new();
    for items_first in [true, false] {
        let world = World::new();
        let theft = world.clock.now() - TimeDelta::days(2);
        let (mut items, mut listings) = (Vec::new(), Vec::new());
        for item_turn in [items_first, !items_first] {
            if item_turn {
                items = vec![
                    world.item(Some(FRAME), None),
                    world.item(None, Some(1)),
                    world.item(None, Some(2)),
                ];
                for item in &items {
                    world.steal(item, theft, true);
                }
            } else {
                listings = vec![world.offer("A-1", Some(FRAME), None), world.offer("A-2", None, Some(1))];
                // A picture that hangs with everybody, one by one.
                for reference in ["B-1", "B-2", "B-3", "B-4", "B-5"] {
                    world.offer(reference, None, Some(2));
                    world.catch_up();
                }
            }
            world.catch_up();
        }
        let reports: Vec<_> = items.iter().map(|item| world.reports(item)).collect();
        assert_eq!(
            reports.iter().map(Vec::len).collect::<Vec<_>>(),
            [1, 1, 0],
            "items first: {items_first}"
        );
        assert_eq!((reports[0][0].0, reports[1][0].0), (listings[0], listings[1]));
        found.push([reports[0][0].1, reports[1][0].1]);
    }
    // The words of the archive weigh a little as they stood when a pair was assessed.
    for (one, other) in found[0].iter().zip(found[1]) {
        assert!((one - other).abs() < 0.005, "{found:?}");
    }
}

#[test]
fn only_verified_thefts_make_reports_and_only_once() {
    let world = World::new();
    let theft = world.clock.now() - TimeDelta::days(2);
    let item = world.item(Some(FRAME), None);
    world.offer("A-1", Some(FRAME), None);
    world.catch_up();
    assert_eq!(
        (world.reports(&item).len(), world.questions()),
        (0, 1),
        "safe at home: the owner is asked"
    );
    let report = world.steal(&item, theft, false);
    world.catch_up();
    assert_eq!(world.reports(&item).len(), 0, "unverified");
    let (id, by, now) = (item.id, world.owner, world.clock.now());
    keep(&world.store, move |tx| {
        let mut report = tx.theft_report(report)?.unwrap();
        report.verification = Verification::Verified { by, at: now };
        tx.save_verification(&report)?;
        tx.touch_item(id)
    });
    world.catch_up();
    assert_eq!(world.reports(&item).len(), 1);
    keep(&world.store, move |tx| tx.touch_item(id));
    world.catch_up();
    assert_eq!((world.reports(&item).len(), world.questions()), (1, 1));
}

#[test]
fn the_prior_counts_what_is_on_sale_and_says_so() {
    let mut world = World::new();
    world.matching.options.could_be_min = 1.0;
    let item = world.item(Some(FRAME), None);
    world.steal(&item, world.clock.now() - TimeDelta::days(2), true);
    for number in 0..199 {
        world.offer(&format!("O-{number}"), None, None);
    }
    world.offer("A-1", Some(FRAME), None);
    let could_be = |world: &World| {
        let on_sale = world.store.read_blocking(|reader| world.matching.on_sale(reader)).unwrap();
        let prior = world.matching.options.prior(on_sale);
        assert!((prior.log10_odds - (0.3 / prior.factors.could_be).log10()).abs() < 0.006);
        prior.factors.could_be
    };
    world.catch_up();
    assert_eq!(could_be(&world), 4.0);
    let report = world.report_of(&item);
    let report = world
        .store
        .read_blocking(move |reader| reader.report(report))
        .unwrap()
        .unwrap();
    assert_eq!(report.assessment.prior.unwrap().could_be, 4.0);
    for number in 0..100 {
        world.end(&format!("O-{number}"));
    }
    world.catch_up();
    assert_eq!(could_be(&world), 2.0);
}

#[test]
fn what_was_received_before_the_theft_is_not_reported() {
    let world = World::new();
    let item = world.item(Some(FRAME), Some(1));
    world.offer("A-1", Some(FRAME), Some(1));
    world.steal(&item, world.clock.now() + TimeDelta::hours(1), true);
    world.catch_up();
    assert!(world.reports(&item).is_empty());
}

#[test]
fn a_lost_index_is_rebuilt_and_loses_no_pair() {
    let mut world = World::new();
    let theft = world.clock.now() - TimeDelta::days(2);
    let item = world.item(Some(FRAME), None);
    world.steal(&item, theft, true);
    world.catch_up();
    world.lose_index();
    world.offer("A-1", Some(FRAME), None);
    world.catch_up();
    assert_eq!(world.reports(&item).len(), 1);
    world.lose_index();
    world.catch_up();
    assert_eq!(world.reports(&item).len(), 1);
}

#[test]
fn a_rebuilt_index_answers_every_search_as_before() {
    let mut world = World::new();
    let mut items = vec![world.item(Some(FRAME), Some(1)), world.item(None, Some(2))];
    let marked = Description {
        marks: "ugleklistermærke under sadlen".into(),
        ..described("Kildemoes herrecykel", None)
    };
    items.push(world.register(world.neighbour, marked, None));
    world.steal(&items[2], world.clock.now() - TimeDelta::days(2), true);
    world.catch_up();
    let mut listings = vec![world.offer("A-1", Some(FRAME), None), world.offer("A-2", None, Some(1))];
    let told = Description {
        text: "owl sticker under the saddle".into(),
        ..described("Kildemoes bicycle", None)
    };
    listings.push(world.sell("somebody", "A-3", told, None));
    world.catch_up();
    let answers = |world: &World| {
        let engine = &world.matching.engine;
        world.records(&items, &listings, |record| {
            let marks = engine.search_marks(record, 10).unwrap();
            (
                engine.search(record).unwrap(),
                marks,
                engine.search_words(record, 10).unwrap(),
            )
        })
    };
    let before = answers(&world);
    assert!(before.iter().all(|(hits, _, _)| !hits.is_empty()));
    assert_eq!(before.iter().filter(|(_, marks, _)| !marks.is_empty()).count(), 2);
    world.lose_index();
    world.catch_up();
    assert_eq!(answers(&world), before);
}

#[test]
fn a_row_that_cannot_be_read_holds_up_nobody() {
    let world = World::new();
    let theft = world.clock.now() - TimeDelta::days(2);
    let spoilt = world.item(Some("XYZ987654A"), None);
    let item = world.item(Some(FRAME), None);
    world.steal(&item, theft, true);
    let database = rusqlite::Connection::open(world.dir.path().join("replevin.db")).unwrap();
    database
        .execute(
            "UPDATE items SET description = '{\"title\": 7}' WHERE id = ?1",
            [spoilt.id.0.as_bytes()],
        )
        .unwrap();
    world.offer("A-1", Some(FRAME), None);
    let progress = world.matching.step().unwrap();
    assert_eq!((progress.skipped, progress.behind), (1, false));
    assert_eq!(world.reports(&item).len(), 1);
}

#[test]
fn a_lost_index_of_many_steps_is_rebuilt_whole() {
    let mut world = World::new();
    for number in 0..4 * APPLIED_MAX {
        world.offer(&format!("A-{number}"), Some(&format!("DEF{number:06}L")), None);
    }
    world.catch_up();
    world.lose_index();
    let first = world.matching.step().unwrap();
    assert!(
        first.behind,
        "an index that is built anew is behind, wherever matching stands"
    );
    world.catch_up();
    assert_eq!(world.matching.engine.len(Side::Offered), 4 * APPLIED_MAX);
}

#[test]
fn a_damaged_index_is_built_anew() {
    let world = World::new();
    let item = world.item(Some(FRAME), None);
    world.steal(&item, world.clock.now() - TimeDelta::days(2), true);
    world.offer("A-1", Some("DEF111213L"), None);
    world.catch_up();
    assert!(world.matching.check_index().unwrap());
    let entries = |path: &std::path::Path| std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let within = entries(world.index.path()).filter(|path| path.is_dir());
    for path in within.flat_map(|path| entries(&path).collect::<Vec<_>>()) {
        if path.extension().is_some_and(|kind| kind == "store") {
            let first = std::fs::read(&path).unwrap()[0];
            // In place: what is mapped into memory must show it.
            let mut file = std::fs::File::options().write(true).open(&path).unwrap();
            std::io::Write::write_all(&mut file, &[first ^ 0xff]).unwrap();
        }
    }
    assert!(!world.matching.check_index().unwrap());
    assert!(world.matching.engine.is_empty(Side::Offered));
    world.offer("A-2", Some(FRAME), None);
    world.catch_up();
    assert_eq!(world.reports(&item).len(), 1);
}

#[test]
fn a_report_with_a_history_outlives_the_fall_of_its_probability() {
    let world = World::new();
    let theft = world.clock.now() - TimeDelta::days(2);
    let item = world.item(Some(FRAME), None);
    let theft = world.steal(&item, theft, true);
    let listing = world.offer("A-1", Some(FRAME), None);
    world.catch_up();
    let (report, officer) = (world.report_of(&item), world.owner);
    let other = world.item(Some("XYZ987654A"), None);
    world.steal(&other, world.clock.now() - TimeDelta::days(2), true);
    // Taken and released: open again, with a history.
    keep(&world.store, move |tx| {
        let mut known = tx.report(report)?.unwrap();
        known.state = known.state.take(officer, tx.now()).unwrap();
        tx.save_report(&known)?;
        tx.append_report_event(report, Some(officer), "taken", Some("looked at it"))?;
        known.state = known.state.release(officer).unwrap();
        tx.save_report(&known)?;
        tx.append_report_event(report, Some(officer), "released", None)
    });
    world.offer("A-1", Some("DEF111213L"), None);
    world.offer("A-2", Some("XYZ987654A"), None);
    world.catch_up();
    let known = world
        .store
        .read_blocking(move |reader| reader.report_of_pair(item.id, listing, theft))
        .unwrap()
        .unwrap();
    assert_eq!((known.id, known.state), (report, ReportState::Open));
    assert!(known.assessment.probability < 0.5);
    let events = world.store.read_blocking(move |reader| reader.report_events(report)).unwrap();
    let steps: Vec<_> = events.iter().map(|event| event.step.as_str()).collect();
    assert_eq!(steps, ["raised", "taken", "released", "reassessed"]);
    assert_eq!(world.reports(&other).len(), 1, "matching goes on");
}

#[test]
fn a_report_that_cannot_be_written_holds_up_nobody() {
    let world = World::new();
    let theft = world.clock.now() - TimeDelta::days(2);
    let [poison, item] = [FRAME, "XYZ987654A"].map(|number| world.item(Some(number), None));
    for item in [&poison, &item] {
        world.steal(item, theft, true);
    }
    world.offer("A-1", Some(FRAME), None);
    world.catch_up();
    let report = world.report_of(&poison);
    let database = rusqlite::Connection::open(world.dir.path().join("replevin.db")).unwrap();
    // What a retraction deletes cannot be deleted.
    database
        .execute_batch("CREATE TRIGGER stays BEFORE DELETE ON reports BEGIN SELECT RAISE(ABORT, 'it stays'); END")
        .unwrap();
    world.offer("A-1", Some("DEF111213L"), None);
    world.offer("A-2", Some("XYZ987654A"), None);
    let mut skipped = 0;
    loop {
        let progress = world.matching.step().unwrap();
        skipped += progress.skipped;
        if !progress.behind {
            break;
        }
    }
    assert!(skipped > 0);
    let events = world.store.read_blocking(move |reader| reader.report_events(report)).unwrap();
    assert_eq!(events.len(), 1, "what was half done is undone");
    assert_eq!(world.reports(&item).len(), 1);
    // A row that cannot be read is no better.
    database
        .execute(
            "UPDATE reports SET assessment = '7' WHERE item_id = ?1",
            [poison.id.0.as_bytes()],
        )
        .unwrap();
    world.offer("A-1", Some("DEF111214L"), None);
    world.offer("A-3", Some("XYZ987654A"), None);
    while world.matching.step().unwrap().behind {}
    assert_eq!(world.reports(&item).len(), 2);
}

#[test]
fn an_open_report_ends_with_its_theft_and_a_taken_one_stays() {
    for status in [ItemStatus::Recovered, ItemStatus::Withdrawn, ItemStatus::Registered] {
        let world = World::new();
        let item = world.item(Some(FRAME), None);
        world.steal(&item, world.clock.now() - TimeDelta::days(2), true);
        world.offer("A-1", Some(FRAME), None);
        world.catch_up();
        let (taken, officer) = (world.report_of(&item), world.owner);
        keep(&world.store, move |tx| {
            let mut known = tx.report(taken)?.unwrap();
            known.state = known.state.take(officer, tx.now()).unwrap();
            tx.save_report(&known)?;
            tx.append_report_event(taken, Some(officer), "taken", None)
        });
        world.offer("A-2", Some(FRAME), None);
        world.catch_up();
        assert_eq!((world.reports(&item).len(), world.standing().len()), (2, 1));
        world.set_status(&item, status);
        world.catch_up();
        assert_eq!(
            (world.reports(&item).len(), world.standing().len()),
            (1, 0),
            "{}",
            status.word()
        );
        let everything = AuditFilter {
            limit: 100,
            ..AuditFilter::default()
        };
        let retracted = |entry: &Entry| entry.action == Action::ReportRetracted;
        let log = world.store.read_blocking(|reader| reader.audit_entries(&everything)).unwrap();
        assert_eq!(log.iter().filter(|entry| retracted(entry)).count(), 1);
        // Stolen again, it is reported again.
        world.steal(&item, world.clock.now() - TimeDelta::days(1), true);
        world.catch_up();
        assert_eq!(world.standing().len(), 2);
    }
}
