//! The control body's figures: who looked at cases and personal data, how often, for what; and what is unusual in it.
//!
//! Stands on the log alone, which holds digests and no names. Unusual is not wrong: each pattern leads to its entries. Pictures
//! that a page shows are one look with it, as the log has it.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Timelike, Weekday};
use chrono_tz::Tz;
use serde_json::json;

use super::{Casework, CaseworkError, FIGURES_DAYS};
use crate::domain::account::{Principal, Role};
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::ids::AccountId;
use crate::store::{Checkpoint, LookRow, StoreError};

/// Looks that are counted; beyond that only the newest.
const LOOKS_MAX: usize = 200_000;
/// Hours of the day, on the force's clock, from which on and before which a look is out of hours; so is any on a weekend.
pub const OUT_OF_HOURS: (u32, u32) = (21, 5);
/// So many looks of one person out of hours are unusual: at personal data that needs a purpose, and in all.
const OUT_OF_HOURS_MIN: (usize, usize) = (3, 10);
/// So many looks of one person at the same are unusual…
const REPEATED_MIN: usize = 5;
/// …and so many at one report or photo, which is opened with every step of its work.
const REOPENED_MIN: usize = 40;
/// So many looks of one person on one day are unusual, when they are also three times a usual day.
const VOLUME_MIN: usize = 20;
/// From so many other days on a person's own usual day can be told; before, everybody's is taken.
const OWN_DAYS_MIN: usize = 5;
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
    /// Of how many of theirs in all.
    pub of: usize,
    /// The day, where it is one day's.
    pub day: Option<NaiveDate>,
    /// What is usual on a day, where that tells it.
    pub usual: Option<UsualDay>,
    /// The numbers of their entries, the first ones.
    pub entries: Vec<u64>,
}

/// How many looks half of all days with any do not exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsualDay {
    /// So many.
    pub looks: usize,
    /// On the person's own other days; else on everybody's, as theirs are too few.
    pub own: bool,
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
    /// Reports, theft reports and pairs of blind review that were opened.
    pub reports: usize,
    /// Photos that were opened by themselves, not with their page.
    pub photos: usize,
    /// Evidence packs that were made.
    pub packs: usize,
    /// The cases that they were for, with how often each was stated, most first.
    pub cases: Vec<(String, usize)>,
}

impl LooksOf {
    /// All of them.
    #[must_use]
    pub fn all(&self) -> usize {
        self.searches + self.contacts + self.identities + self.reports + self.photos + self.packs
    }
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
    /// On whose clock hours and days are told.
    pub zone: Tz,
}

impl Casework {
    /// The control body's figures. Logged.
    ///
    /// # Errors
    /// When the caller is no auditor, or the store fails.
    pub async fn look_figures(&self, caller: &Principal) -> Result<LookFigures, CaseworkError> {
        let subject = SubjectKind::AuditLog.all();
        let by = self.person(caller, &[Role::Auditor], subject).await?;
        let (zone, since) = (self.zone, self.store.clock().now() - TimeDelta::days(FIGURES_DAYS));
        // Counted before anything is locked: it can be a long log.
        let read = self.store.read(move |reader| {
            let looks = reader.looks_since(since, LOOKS_MAX)?;
            Ok::<_, StoreError>(LookFigures {
                people: people(&looks),
                unusual: unusual(&looks, zone),
                looks: looks.len(),
                cut: looks.len() == LOOKS_MAX,
                head: reader.checkpoint()?,
                zone,
            })
        });
        let figures = read.await?;
        let detail =
            json!({ "figures": "looks", "days": FIGURES_DAYS, "looks": figures.looks, "unusual": figures.unusual.len() });
        let act = Act::new(Actor::Account(by), Action::AuditConsulted, subject).with_detail(detail);
        self.store.act(act, |_| Ok::<_, StoreError>(())).await?;
        Ok(figures)
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
            let of = |action: Action| looks.iter().filter(|look| is(look, action)).count();
            let photos = looks.iter().filter(|look| look.photo).count();
            let mut cases: BTreeMap<&str, usize> = BTreeMap::new();
            for purpose in looks.iter().filter_map(|look| look.purpose.as_ref()) {
                *cases.entry(&purpose.case).or_default() += 1;
            }
            let mut cases: Vec<(String, usize)> = cases.into_iter().map(|(case, times)| (case.to_owned(), times)).collect();
            cases.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
            let (searches, contacts, identities) = (of(Action::Searched), of(Action::ContactOpened), of(Action::IdentityOpened));
            let packs = of(Action::EvidencePackMade);
            let counted = LooksOf {
                searches,
                contacts,
                identities,
                reports: looks.len() - searches - contacts - identities - packs - photos,
                photos,
                packs,
                cases,
            };
            (by, counted)
        })
        .collect();
    people.sort_by_key(|(_, of)| std::cmp::Reverse(of.all()));
    people
}

fn is(look: &LookRow, action: Action) -> bool {
    look.action == action.word() && !look.photo
}

/// Whether it is a look at what is opened for a stated purpose alone.
fn needs_purpose(look: &LookRow) -> bool {
    [Action::Searched, Action::ContactOpened, Action::IdentityOpened]
        .iter()
        .any(|action| is(look, *action))
}

/// What is unusual on the force's clock, by pattern, most looks first.
fn unusual(looks: &[LookRow], zone: Tz) -> Vec<Unusual> {
    let day_of = |look: &LookRow| look.at.with_timezone(&zone).date_naive();
    let everybody = usual_day(days_of(looks.iter(), day_of));
    let mut found = Vec::new();
    for (by, looks) in by_person(looks) {
        let mut add = |pattern, looks: &[&LookRow], of: usize, day: Option<(NaiveDate, UsualDay)>| {
            found.push(Unusual {
                pattern,
                by,
                count: looks.len(),
                of,
                day: day.map(|(day, _)| day),
                usual: day.map(|(_, usual)| usual),
                entries: looks.iter().take(NAMED_MAX).map(|look| look.number).collect(),
            });
        };
        let chosen = |test: &dyn Fn(&LookRow) -> bool| looks.iter().copied().filter(|look| test(look)).collect::<Vec<_>>();
        let own_surname = chosen(&|look| look.own_surname);
        if !own_surname.is_empty() {
            add(Pattern::OwnSurname, &own_surname, looks.len(), None);
        }
        let late = chosen(&|look| is_out_of_hours(&look.at.with_timezone(&zone)));
        let for_purpose = late.iter().filter(|look| needs_purpose(look)).count();
        if for_purpose >= OUT_OF_HOURS_MIN.0 || late.len() >= OUT_OF_HOURS_MIN.1 {
            add(Pattern::OutOfHours, &late, looks.len(), None);
        }
        let mut same: BTreeMap<(&str, bool, String), Vec<&LookRow>> = BTreeMap::new();
        let mut days: BTreeMap<NaiveDate, Vec<&LookRow>> = BTreeMap::new();
        for look in &looks {
            let what = look.asked.clone().or_else(|| look.subject.map(|id| id.to_string()));
            if let Some(what) = what {
                same.entry((&look.action, look.photo, what)).or_default().push(look);
            }
            days.entry(day_of(look)).or_default().push(look);
        }
        for looks_at_it in same.values() {
            let least = if needs_purpose(looks_at_it[0]) {
                REPEATED_MIN
            } else {
                REOPENED_MIN
            };
            if looks_at_it.len() >= least {
                add(Pattern::Repeated, looks_at_it, looks.len(), None);
            }
        }
        for (day, looks_on_it) in &days {
            let others = days.iter().filter(|(other, _)| *other != day).map(|(_, looks)| looks.len());
            let others: Vec<usize> = others.collect();
            let own = others.len() >= OWN_DAYS_MIN;
            let usual = if own { usual_day(others) } else { everybody };
            if looks_on_it.len() >= VOLUME_MIN.max(3 * usual) {
                add(
                    Pattern::Volume,
                    looks_on_it,
                    looks.len(),
                    Some((*day, UsualDay { looks: usual, own })),
                );
            }
        }
    }
    found.sort_by_key(|one| (one.pattern, std::cmp::Reverse(one.count)));
    found
}

/// How many looks each person had on each day with any.
fn days_of<'a>(looks: impl Iterator<Item = &'a LookRow>, day_of: impl Fn(&LookRow) -> NaiveDate) -> Vec<usize> {
    let mut days: BTreeMap<(AccountId, NaiveDate), usize> = BTreeMap::new();
    for look in looks {
        if let Actor::Account(by) = look.actor {
            *days.entry((by, day_of(look))).or_default() += 1;
        }
    }
    days.into_values().collect()
}

/// How many looks half of these days do not exceed.
fn usual_day(mut counts: Vec<usize>) -> usize {
    counts.sort_unstable();
    counts.get(counts.len().div_ceil(2).saturating_sub(1)).copied().unwrap_or(0)
}

fn is_out_of_hours(at: &DateTime<Tz>) -> bool {
    let hour = at.hour();
    hour >= OUT_OF_HOURS.0 || hour < OUT_OF_HOURS.1 || matches!(at.weekday(), Weekday::Sat | Weekday::Sun)
}

#[cfg(test)]
mod tests;
