//! What counts as a look, and what is unusual in looks.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::domain::audit::Purpose;
use crate::domain::time::Timestamp;

fn person(n: u128) -> AccountId {
    AccountId(uuid::Uuid::from_u128(n))
}

fn look(number: u64, by: u128, at: &str) -> LookRow {
    LookRow {
        number,
        at: format!("2026-11-{at}:00Z").parse::<Timestamp>().unwrap(),
        actor: Actor::Account(person(by)),
        action: "searched".to_owned(),
        subject: None,
        purpose: Purpose::parse("4100-1", "a tip").ok(),
        asked: Some(format!("digest {number}")),
        photo: false,
        own_surname: false,
    }
}

fn opened(number: u64, by: u128, at: &str) -> LookRow {
    LookRow {
        action: "report_consulted".to_owned(),
        asked: None,
        purpose: None,
        subject: Some(uuid::Uuid::from_u128(u128::from(number))),
        ..look(number, by, at)
    }
}

fn patterns(looks: &[LookRow]) -> Vec<(Pattern, usize)> {
    unusual(looks, Tz::UTC).iter().map(|one| (one.pattern, one.count)).collect()
}

#[test]
fn ordinary_work_is_not_unusual() {
    let mut looks: Vec<_> = (0..19).map(|n| look(n, 1, "20T09:00")).collect();
    looks.extend((20..24).map(|n| LookRow {
        asked: Some("one".to_owned()),
        ..look(n, 2, "20T10:00")
    }));
    looks.extend([
        look(30, 3, "18T21:00"),
        look(31, 3, "19T04:59"),
        look(32, 3, "19T05:00"),
        look(33, 3, "19T20:59"),
    ]);
    assert_eq!(patterns(&looks), []);
}

#[test]
fn each_pattern_is_found_for_whom_it_is_true() {
    let mut own = look(1, 1, "20T09:00");
    own.own_surname = true;
    assert_eq!(patterns(&[own]), [(Pattern::OwnSurname, 1)]);
    let nights = ["18T21:00", "19T23:30", "20T04:59"];
    let nights: Vec<_> = nights.iter().zip(1..).map(|(at, n)| look(n, 1, at)).collect();
    assert_eq!(patterns(&nights), [(Pattern::OutOfHours, 3)]);
    let contact = |n| LookRow {
        action: "contact_opened".to_owned(),
        asked: None,
        subject: Some(uuid::Uuid::from_u128(77)),
        ..look(n, 1, "20T09:00")
    };
    let mut again: Vec<_> = (1..=5).map(contact).collect();
    assert_eq!(patterns(&again), [(Pattern::Repeated, 5)]);
    again[4].actor = Actor::Account(person(2));
    assert_eq!(patterns(&again), [], "two people");
}

#[test]
fn nights_and_weekends_are_the_forces_own() {
    // A Friday evening in Copenhagen, an hour ahead of UTC, and a Saturday noon.
    for (at, utc, copenhagen) in [("20T20:30", false, true), ("20T22:30", true, true), ("21T12:00", true, true)] {
        let looks: Vec<_> = (1..=3).map(|n| look(n, 1, at)).collect();
        let found = |zone| unusual(&looks, zone).len() == 1;
        assert_eq!((found(Tz::UTC), found(Tz::Europe__Copenhagen)), (utc, copenhagen), "{at}");
    }
    // Reports are opened all day: a few of them are no pattern.
    let few: Vec<_> = (1..=9).map(|n| opened(n, 1, "18T22:00")).collect();
    assert_eq!(patterns(&few), []);
    let many: Vec<_> = (1..=10).map(|n| opened(n, 1, "18T22:00")).collect();
    assert_eq!(patterns(&many), [(Pattern::OutOfHours, 10)]);
}

#[test]
fn volume_is_measured_by_the_persons_own_usual_day() {
    let weekdays = [2, 3, 4, 5, 6, 9, 10];
    let day = |by, day: u32, from: u64, count: u64| {
        (from..from + count)
            .map(move |n| opened(n, by, &format!("{day:02}T12:00")))
            .collect::<Vec<_>>()
    };
    let days = |by: u128, each: u64| -> Vec<LookRow> {
        let days = weekdays.iter().zip(0..);
        days.flat_map(|(date, n)| day(by, *date, u64::try_from(by).unwrap() * 10_000 + n * 100, each))
            .collect()
    };
    // One who opens few and one who opens many: the same day is unusual for the first alone.
    for (each, unusual_day) in [(2, true), (30, false)] {
        let busy = [days(1, each), days(2, 2), day(1, 11, 100, 64)].concat();
        let found = unusual(&busy, Tz::UTC);
        assert_eq!(found.len(), usize::from(unusual_day), "{found:?}");
        for found in found {
            assert_eq!((found.pattern, found.by, found.count), (Pattern::Volume, person(1), 64));
            assert_eq!(found.usual, Some(UsualDay { looks: 2, own: true }));
            assert_eq!(found.day, NaiveDate::from_ymd_opt(2026, 11, 11));
            assert_eq!(found.entries, [100, 101, 102, 103, 104, 105, 106, 107]);
        }
    }
    // Of somebody new nothing is usual yet: everybody's day is taken.
    let new = [days(1, 2), day(3, 11, 100, 25)].concat();
    let usual: Vec<_> = unusual(&new, Tz::UTC).iter().map(|one| (one.by, one.usual)).collect();
    assert_eq!(usual, [(person(3), Some(UsualDay { looks: 2, own: false }))]);
    assert_eq!(patterns(&[days(1, 10), day(3, 11, 100, 25)].concat()), []);
}

#[test]
fn looks_are_counted_by_person_kind_and_case() {
    let mut looks = vec![look(1, 1, "20T09:00"), look(2, 1, "20T09:01"), look(3, 2, "20T09:02")];
    looks[1].action = "identity_opened".to_owned();
    looks[1].purpose = Purpose::parse("4100-2", "summon the seller").ok();
    looks.extend([
        opened(4, 1, "20T09:03"),
        LookRow {
            photo: true,
            ..opened(5, 1, "20T09:04")
        },
        LookRow {
            action: "evidence_pack_made".to_owned(),
            ..opened(6, 1, "20T09:05")
        },
    ]);
    let people = people(&looks);
    assert_eq!(people[0].0, person(1));
    assert_eq!(
        (people[0].1.searches, people[0].1.contacts, people[0].1.identities),
        (1, 0, 1)
    );
    assert_eq!((people[0].1.reports, people[0].1.photos, people[0].1.packs), (1, 1, 1));
    assert_eq!(people[0].1.cases, [("4100-1".to_owned(), 1), ("4100-2".to_owned(), 1)]);
}
