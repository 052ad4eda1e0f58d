//! The control body's figures: who looked at personal data, how often, for what; and what is unusual in it.
//!
//! Stands on the log alone, which holds digests and no names. Unusual is not wrong: each pattern leads to its entries.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta, Timelike};
use serde_json::json;

use super::{Casework, CaseworkError, FIGURES_DAYS};
use crate::domain::account::{Principal, Role};
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::ids::AccountId;
use crate::store::{Checkpoint, LookRow};

/// Looks that are counted; beyond that only the newest.
const LOOKS_MAX: usize = 200_000;
/// Hours of the day, UTC, from which on and before which a look is out of hours.
pub const OUT_OF_HOURS: (u32, u32) = (21, 5);
/// So many looks of one person out of hours are unusual.
const OUT_OF_HOURS_MIN: usize = 3;
/// So many looks of one person at the same are unusual.
const REPEATED_MIN: usize = 5;
/// So many looks of one person on one day are unusual, when they are also three times a usual day.
const VOLUME_MIN: usize = 20;
/// How many entries of a pattern are named.
const NAMED_MAX: usize = 8;

/// What can be unusual in looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pattern {
    /// The surname of whoever looked was met.
    OwnSurname,
    /// Looks out of hours.
    OutOfHours,
    /// One person at the same again and again.
    Repeated,
    /// Many looks on one day.
    Volume,
}

/// One unusual pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusual {
    /// Which.
    pub pattern: Pattern,
    /// Whose looks.
    pub by: AccountId,
    /// How many.
    pub count: usize,
    /// The day, where it is one day's.
    pub day: Option<NaiveDate>,
    /// The numbers of their entries, the first ones.
    pub entries: Vec<u64>,
}

/// What one person looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LooksOf {
    /// Searches.
    pub searches: usize,
    /// Contact details of owners that were opened.
    pub contacts: usize,
    /// Sellers' identities that were opened.
    pub identities: usize,
    /// The cases that they were for, with how often each was stated, most first.
    pub cases: Vec<(String, usize)>,
}

/// What the control body counts.
#[derive(Debug, Clone, PartialEq)]
pub struct LookFigures {
    /// By person, most looks first.
    pub people: Vec<(AccountId, LooksOf)>,
    /// What is unusual.
    pub unusual: Vec<Unusual>,
    /// Looks in all.
    pub looks: usize,
    /// There are more than are counted.
    pub cut: bool,
    /// The head of the log that this was counted from.
    pub head: Checkpoint,
}

impl Casework {
    /// The control body's figures. Logged.
    ///
    /// # Errors
    /// When the caller is no auditor, or the store fails.
    pub async fn look_figures(&self, caller: &Principal) -> Result<LookFigures, CaseworkError> {
        let subject = SubjectKind::AuditLog.all();
        let by = self.person(caller, &[Role::Auditor], subject).await?;
        let found = self.store.act_with(move |tx| {
            let looks = tx.looks_since(tx.now() - TimeDelta::days(FIGURES_DAYS), LOOKS_MAX)?;
            let figures = LookFigures {
                people: people(&looks),
                unusual: unusual(&looks),
                looks: looks.len(),
                cut: looks.len() == LOOKS_MAX,
                head: tx.checkpoint()?,
            };
            let detail =
                json!({ "figures": "looks", "days": FIGURES_DAYS, "looks": figures.looks, "unusual": figures.unusual.len() });
            let act = Act::new(Actor::Account(by), Action::AuditConsulted, subject).with_detail(detail);
            Ok((figures, vec![act]))
        });
        found.await
    }
}

/// The looks of each person, in the order of the log.
fn by_person(looks: &[LookRow]) -> BTreeMap<AccountId, Vec<&LookRow>> {
    let mut people: BTreeMap<AccountId, Vec<&LookRow>> = BTreeMap::new();
    for look in looks {
        if let Actor::Account(by) = look.actor {
            people.entry(by).or_default().push(look);
        }
    }
    people
}

fn people(looks: &[LookRow]) -> Vec<(AccountId, LooksOf)> {
    let mut people: Vec<_> = by_person(looks)
        .into_iter()
        .map(|(by, looks)| {
            let of = |action: Action| looks.iter().filter(|look| look.action == action.word()).count();
            let mut cases: BTreeMap<&str, usize> = BTreeMap::new();
            for purpose in looks.iter().filter_map(|look| look.purpose.as_ref()) {
                *cases.entry(&purpose.case).or_default() += 1;
            }
            let mut cases: Vec<(String, usize)> = cases.into_iter().map(|(case, times)| (case.to_owned(), times)).collect();
            cases.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
            let counted = LooksOf {
                searches: of(Action::Searched),
                contacts: of(Action::ContactOpened),
                identities: of(Action::IdentityOpened),
                cases,
            };
            (by, counted)
        })
        .collect();
    people.sort_by_key(|(_, of)| std::cmp::Reverse(of.searches + of.contacts + of.identities));
    people
}

/// What is unusual, by pattern, most looks first.
fn unusual(looks: &[LookRow]) -> Vec<Unusual> {
    let usual_day = usual_day(looks);
    let mut found = Vec::new();
    for (by, looks) in by_person(looks) {
        let mut add = |pattern, day, looks: &[&LookRow], least: usize| {
            if looks.len() >= least {
                found.push(Unusual {
                    pattern,
                    by,
                    count: looks.len(),
                    day,
                    entries: looks.iter().take(NAMED_MAX).map(|look| look.number).collect(),
                });
            }
        };
        let chosen = |test: fn(&LookRow) -> bool| looks.iter().copied().filter(|look| test(look)).collect::<Vec<_>>();
        add(Pattern::OwnSurname, None, &chosen(|look| look.own_surname), 1);
        add(Pattern::OutOfHours, None, &chosen(is_out_of_hours), OUT_OF_HOURS_MIN);
        let mut same: BTreeMap<(&str, String), Vec<&LookRow>> = BTreeMap::new();
        let mut days: BTreeMap<NaiveDate, Vec<&LookRow>> = BTreeMap::new();
        for look in &looks {
            let what = look.asked.clone().or_else(|| look.subject.map(|id| id.to_string()));
            if let Some(what) = what {
                same.entry((&look.action, what)).or_default().push(look);
            }
            days.entry(look.at.date_naive()).or_default().push(look);
        }
        for looks in same.values() {
            add(Pattern::Repeated, None, looks, REPEATED_MIN);
        }
        for (day, looks) in &days {
            add(Pattern::Volume, Some(*day), looks, VOLUME_MIN.max(3 * usual_day));
        }
    }
    found.sort_by_key(|one| (one.pattern, std::cmp::Reverse(one.count)));
    found
}

/// How many looks half of all days of all people with any do not exceed.
fn usual_day(looks: &[LookRow]) -> usize {
    let mut days: BTreeMap<(AccountId, NaiveDate), usize> = BTreeMap::new();
    for look in looks {
        if let Actor::Account(by) = look.actor {
            *days.entry((by, look.at.date_naive())).or_default() += 1;
        }
    }
    let mut counts: Vec<usize> = days.into_values().collect();
    counts.sort_unstable();
    counts.get(counts.len().div_ceil(2).saturating_sub(1)).copied().unwrap_or(0)
}

fn is_out_of_hours(look: &LookRow) -> bool {
    let hour = look.at.hour();
    hour >= OUT_OF_HOURS.0 || hour < OUT_OF_HOURS.1
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
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
            own_surname: false,
        }
    }

    fn patterns(looks: &[LookRow]) -> Vec<(Pattern, usize)> {
        unusual(looks).iter().map(|one| (one.pattern, one.count)).collect()
    }

    #[test]
    fn ordinary_work_is_not_unusual() {
        let mut looks: Vec<_> = (0..19).map(|n| look(n, 1, "20T09:00")).collect();
        looks.extend((20..24).map(|n| LookRow {
            asked: Some("one".to_owned()),
            ..look(n, 2, "20T10:00")
        }));
        looks.extend([
            look(30, 3, "20T21:00"),
            look(31, 3, "21T04:59"),
            look(32, 3, "21T05:00"),
            look(33, 3, "21T20:59"),
        ]);
        assert_eq!(patterns(&looks), []);
    }

    #[test]
    fn each_pattern_is_found_for_whom_it_is_true() {
        let mut own = look(1, 1, "20T09:00");
        own.own_surname = true;
        assert_eq!(patterns(&[own]), [(Pattern::OwnSurname, 1)]);
        let nights = ["20T21:00", "21T23:30", "22T04:59"];
        let nights: Vec<_> = nights.iter().zip(1..).map(|(at, n)| look(n, 1, at)).collect();
        assert_eq!(patterns(&nights), [(Pattern::OutOfHours, 3)]);
        let opened = |n| LookRow {
            action: "contact_opened".to_owned(),
            asked: None,
            subject: Some(uuid::Uuid::from_u128(77)),
            ..look(n, 1, "20T09:00")
        };
        let mut again: Vec<_> = (1..=5).map(opened).collect();
        assert_eq!(patterns(&again), [(Pattern::Repeated, 5)]);
        again[4].actor = Actor::Account(person(2));
        assert_eq!(patterns(&again), [], "two people");
    }

    #[test]
    fn volume_is_measured_by_a_usual_day() {
        let day = |by, day: u32, from: u64, count: u64| {
            (from..from + count)
                .map(move |n| look(n, by, &format!("{day:02}T12:00")))
                .collect::<Vec<_>>()
        };
        let quiet: Vec<_> = (1..=5).flat_map(|n| day(1, n, u64::from(n) * 10, 2)).collect();
        let busy = [quiet.clone(), day(2, 10, 100, 25)].concat();
        let found = unusual(&busy);
        assert_eq!(
            (found[0].pattern, found[0].by, found[0].count),
            (Pattern::Volume, person(2), 25)
        );
        assert_eq!(found[0].day, NaiveDate::from_ymd_opt(2026, 11, 10));
        assert_eq!(found[0].entries, [100, 101, 102, 103, 104, 105, 106, 107]);
        // Where everybody looks ten times a day, 25 are not three times as many.
        let everybody: Vec<_> = (1..=5).flat_map(|n| day(1, n, u64::from(n) * 10, 10)).collect();
        assert_eq!(patterns(&[everybody, day(2, 10, 100, 25)].concat()), []);
    }

    #[test]
    fn looks_are_counted_by_person_kind_and_case() {
        let mut looks = vec![look(1, 1, "20T09:00"), look(2, 1, "20T09:01"), look(3, 2, "20T09:02")];
        looks[1].action = "identity_opened".to_owned();
        looks[1].purpose = Purpose::parse("4100-2", "summon the seller").ok();
        let people = people(&looks);
        assert_eq!(people[0].0, person(1));
        assert_eq!(
            (people[0].1.searches, people[0].1.contacts, people[0].1.identities),
            (1, 0, 1)
        );
        assert_eq!(people[0].1.cases, [("4100-1".to_owned(), 1), ("4100-2".to_owned(), 1)]);
    }
}
