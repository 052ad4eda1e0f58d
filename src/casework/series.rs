//! Series and loot sets: the reports that hang together by seller, by burglary or by photo, seen as one.
//!
//! A seller is a reference within one partner: across partners only what the listings themselves show links them, the same
//! photo. The figures over a set are sums of what each report says by itself; a loot set is part of that already.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::json;

use super::views::{self, item_view};
use super::{Casework, CaseworkError, POLICE};
use crate::domain::account::Principal;
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::ids::{ItemId, ReportId, TheftReportId};
use crate::domain::listing::Listing;
use crate::domain::report::Report;
use crate::domain::time::Timestamp;
use crate::store::{Link, Reader, SeriesRow, StoreError};

/// Reports of one set that are shown.
const MEMBERS_MAX: usize = 100;
/// Sets in a list.
const SETS_MAX: usize = 50;

/// One report of a set.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The report; its evidence quotes nothing of an item that is hidden.
    pub report: Report,
    /// What the item is called; empty when it is hidden.
    pub item_title: String,
    /// The listing.
    pub listing: Listing,
    /// With whom it is.
    pub partner_name: String,
    /// The police's number of the theft's case.
    pub crime_reference: Option<String>,
    /// When the theft can have happened.
    pub stolen: (Timestamp, Timestamp),
    /// By what it hangs together with others of the set.
    pub links: BTreeSet<Link>,
}

/// Reports that hang together.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The reports, those that hang together with the first one directly before others.
    pub members: Vec<Member>,
    /// There are more than are shown.
    pub cut: bool,
    /// How many items are to be expected to be on sale in the set: for each its most probable report.
    pub expected_items: f64,
    /// The probability that at least one of the items is, each taken by itself.
    pub any: f64,
    /// The probability that all of them are, each taken by itself: no more than the least probable.
    pub all: f64,
    /// How many items there are.
    pub items: usize,
    /// The burglaries that they come from: how many of a theft report's items are found, of how many.
    pub burglaries: Vec<(Option<String>, u32, usize)>,
}

impl Casework {
    /// The largest sets of undecided reports, by seller and by burglary. Logged.
    ///
    /// # Errors
    /// When the caller may not, or the store fails.
    pub async fn all_series(&self, caller: &Principal) -> Result<(Vec<SeriesRow>, Vec<SeriesRow>), CaseworkError> {
        let subject = SubjectKind::Report.all();
        let by = self.person(caller, &POLICE, subject).await?;
        let found = self.store.act_with(move |tx| {
            let (sellers, burglaries) = (tx.series(Link::Seller, SETS_MAX)?, tx.series(Link::Burglary, SETS_MAX)?);
            let detail = json!({ "by_seller": sellers.len(), "by_burglary": burglaries.len() });
            let act = Act::new(Actor::Account(by), Action::SeriesConsulted, subject).with_detail(detail);
            Ok(((sellers, burglaries), vec![act]))
        });
        found.await
    }

    /// The set that a report belongs to; a report that hangs together with nothing is a set of one. Logged.
    ///
    /// # Errors
    /// When the caller may not, there is no such report, or the store fails.
    pub async fn series_of(&self, caller: &Principal, id: ReportId) -> Result<Series, CaseworkError> {
        let subject = SubjectKind::Report.with(id.0);
        let by = self.person(caller, &POLICE, subject).await?;
        let found = self.store.act_with(move |tx| {
            let series = series(tx, id)?.ok_or(CaseworkError::missing("report"))?;
            let numbers: Vec<u64> = series.members.iter().map(|member| member.report.number).collect();
            let act = Act::new(Actor::Account(by), Action::SeriesConsulted, subject).with_detail(json!({ "numbers": numbers }));
            Ok((series, vec![act]))
        });
        found.await
    }
}

fn series(reader: &Reader<'_>, first: ReportId) -> Result<Option<Series>, StoreError> {
    let (order, links, cut) = collect(reader, first)?;
    let mut members = Vec::with_capacity(order.len());
    for id in order {
        let links = links.get(&id).cloned().unwrap_or_default();
        members.extend(member(reader, id, links)?);
    }
    if members.is_empty() {
        return Ok(None);
    }
    let mut best: BTreeMap<ItemId, f64> = BTreeMap::new();
    let mut thefts: BTreeSet<TheftReportId> = BTreeSet::new();
    for member in &members {
        if member.report.state.word() == "dismissed" {
            continue;
        }
        let known = best.entry(member.report.item).or_default();
        *known = known.max(member.report.assessment.probability);
        thefts.insert(member.report.theft_report);
    }
    let mut burglaries = Vec::new();
    for theft in thefts {
        if let Some(report) = reader.theft_report(theft)? {
            burglaries.push((
                report.theft.crime_reference,
                reader.items_found_of(theft)?,
                report.items.len(),
            ));
        }
    }
    Ok(Some(Series {
        expected_items: best.values().sum(),
        any: 1.0 - best.values().map(|probability| 1.0 - probability).product::<f64>(),
        all: best.values().product(),
        items: best.len(),
        burglaries,
        members,
        cut,
    }))
}

type Links = BTreeMap<ReportId, BTreeSet<Link>>;

/// The reports of a set in the order in which they are met, breadth first, and by what each hangs together with another.
fn collect(reader: &Reader<'_>, first: ReportId) -> Result<(Vec<ReportId>, Links, bool), StoreError> {
    let (mut order, mut links, mut cut) = (vec![first], Links::new(), false);
    let mut waiting = VecDeque::from([first]);
    while let Some(id) = waiting.pop_front() {
        for link in [Link::Seller, Link::Burglary, Link::Photo] {
            for other in reader.linked_reports(id, link, MEMBERS_MAX)? {
                if !order.contains(&other) {
                    if order.len() == MEMBERS_MAX {
                        cut = true;
                        continue;
                    }
                    order.push(other);
                    waiting.push_back(other);
                }
                links.entry(id).or_default().insert(link);
                links.entry(other).or_default().insert(link);
            }
        }
    }
    Ok((order, links, cut))
}

fn member(reader: &Reader<'_>, id: ReportId, links: BTreeSet<Link>) -> Result<Option<Member>, StoreError> {
    let Some(mut report) = reader.report(id)? else {
        return Ok(None);
    };
    let (Some(item), Some(listing)) = (reader.item(report.item)?, reader.listing(report.listing)?) else {
        return Ok(None);
    };
    let item = item_view(item);
    if item.hidden {
        report.assessment.hide_item();
    }
    let partner = reader.partner(listing.partner)?;
    let theft = reader.theft_without_items(report.theft_report)?;
    let stolen = theft.as_ref().map_or((report.raised_at, report.raised_at), |theft| {
        (theft.theft.from, theft.theft.to)
    });
    Ok(Some(Member {
        item_title: item.draft.description.title,
        partner_name: partner.map(|partner| partner.name).unwrap_or_default(),
        crime_reference: views::theft_case(reader, id)?,
        stolen,
        listing,
        report,
        links,
    }))
}
