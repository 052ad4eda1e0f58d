//! The days on which the sample's stolen items were registered: most long before the theft, some by a victim right after it, a few only
//! now, after the listings were put up. Were all registered now, every report would warn of what was entered late.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta};
use serde_json::Value;

use super::fixture::{Fixture, SampleItem};
use crate::domain::time::Timestamp;

/// Most stolen items are registered so many days before the demo, which is before any theft of the sample.
pub(super) const REGISTERED_DAYS: i64 = 90;
/// Of so many thefts one is registered by its victim some hours after it, and another one only now.
const OTHERWISE: usize = 9;
const PROMPT_HOURS: i64 = 16;

/// The items by the instant at which each is registered, none of which is after the present.
pub(super) fn registrations(fixture: &Fixture, present: Timestamp) -> BTreeMap<Timestamp, Vec<&SampleItem>> {
    let mut days: BTreeMap<Timestamp, Vec<&SampleItem>> = BTreeMap::new();
    for item in &fixture.items {
        days.entry(registered_at(fixture, item, present)).or_default().push(item);
    }
    days
}

fn registered_at(fixture: &Fixture, item: &SampleItem, present: Timestamp) -> Timestamp {
    let long_before = present - TimeDelta::days(REGISTERED_DAYS);
    let mut thefts = fixture.thefts.iter().enumerate();
    match thefts.find(|(_, theft)| theft.items.contains(&item.key)) {
        Some((place, theft)) if place % OTHERWISE == 5 => {
            let to = theft.statement.get("to").and_then(Value::as_str);
            let to = to.and_then(|to| DateTime::parse_from_rfc3339(to).ok());
            let after = |to: DateTime<_>| to.to_utc() + TimeDelta::hours(PROMPT_HOURS);
            to.map_or(long_before, |to| after(to).clamp(long_before, present))
        }
        Some((place, _)) if place % OTHERWISE != 3 => long_before,
        // What is safe at home is compared with listings only to ask its owner.
        _ => present,
    }
}
