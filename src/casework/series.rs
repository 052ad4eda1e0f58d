//! Series and loot sets: the reports that hang together by seller, by burglary, by photo or by text, seen as one.
//!
//! A seller is a reference within one partner: across partners only what the listings themselves show links them, the same photo,
//! nearly the same, or nearly the same text. What is nearly the same the index finds, and whoever asks brings it along. What the
//! reports say together is for [`crate::domain::joint`].

mod links;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use serde_json::json;

use self::links::{Found, collect};
pub use self::links::{Tie, TieBy};
use super::views::{self, item_view};
use super::{Casework, CaseworkError, POLICE};
use crate::domain::account::Principal;
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::ids::{ItemId, ListingId, ReportId, TheftReportId};
use crate::domain::joint::{Claim, Joint, joint};
use crate::domain::listing::Listing;
use crate::domain::relisting::{AlikeListing, offered_again};
use crate::domain::report::Report;
use crate::domain::time::Timestamp;
use crate::store::{Link, Reader, SeriesRow, StoreError};

/// Reports of one set that are shown.
const MEMBERS_MAX: usize = 100;
/// Sets in a list.
const SETS_MAX: usize = 50;

/// Which listings are nearly the same as one; none where that cannot be told just now.
pub type AskAlike = Arc<dyn Fn(&Reader<'_>, ListingId) -> Option<Vec<AlikeListing>> + Send + Sync>;

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
    /// By what it hangs together with others of the set: of each kind with the first of them.
    pub ties: Vec<Tie>,
}

/// Reports that hang together.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The reports, those that hang together with the first one directly before others.
    pub members: Vec<Member>,
    /// There are more than are shown.
    pub cut: bool,
    /// Not every listing was compared with the others by what it shows and says.
    pub not_compared: bool,
    /// What the reports say together, those left out that turned out not to be the item, or to be lawfully held. Rivals exclude one another.
    pub joint: Joint,
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
    pub async fn series_of(&self, caller: &Principal, id: ReportId, alike: AskAlike) -> Result<Series, CaseworkError> {
        let subject = SubjectKind::Report.with(id.0);
        let by = self.person(caller, &POLICE, subject).await?;
        // What hangs together is found before anything is locked: the index is asked many times.
        let found = self.store.read(move |reader| collect(reader, id, &alike)).await?;
        let series = self.store.act_with(move |tx| {
            let series = series(tx, found)?.ok_or(CaseworkError::missing("report"))?;
            let numbers: Vec<u64> = series.members.iter().map(|member| member.report.number).collect();
            let act = Act::new(Actor::Account(by), Action::SeriesConsulted, subject).with_detail(json!({ "numbers": numbers }));
            Ok((series, vec![act]))
        });
        series.await
    }

    /// The numbers of the reports of the set of the report of a number, that one among them; none when there is no such report.
    /// Says nothing else of anybody.
    ///
    /// # Errors
    /// When the caller may not, or the store fails.
    pub async fn series_numbers(&self, caller: &Principal, number: u64, alike: AskAlike) -> Result<Vec<u64>, CaseworkError> {
        self.person(caller, &POLICE, SubjectKind::Report.all()).await?;
        let read = self.store.read(move |reader| {
            let Some(first) = reader.report_numbered(number)? else {
                return Ok::<_, StoreError>(Vec::new());
            };
            let found = collect(reader, first, &alike)?;
            let filed = found.order.iter().map(|id| reader.filed_report(*id));
            let filed = filed.collect::<Result<Vec<_>, _>>()?;
            Ok(filed.into_iter().flatten().map(|(number, _)| number).collect())
        });
        Ok(read.await?)
    }
}

fn series(reader: &Reader<'_>, mut found: Found) -> Result<Option<Series>, StoreError> {
    let mut members = Vec::with_capacity(found.order.len());
    for id in &found.order {
        let ties = found.ties.remove(id).unwrap_or_default();
        members.extend(member(reader, *id, ties)?);
    }
    if members.is_empty() {
        return Ok(None);
    }
    let standing: Vec<&Member> = (members.iter()).filter(|member| !member.report.state.is_dropped()).collect();
    let thefts: BTreeSet<TheftReportId> = standing.iter().map(|member| member.report.theft_report).collect();
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
        joint: joint(&claims(&standing, &found.photos)),
        burglaries,
        members,
        cut: found.cut,
        not_compared: found.not_compared,
    }))
}

/// What the reports claim. Offers of one item by one seller, with one number or one photo may be one object offered again: they
/// are no rivals, and count as one.
fn claims(members: &[&Member], photos: &HashSet<(ReportId, ReportId)>) -> Vec<Claim<ItemId, ListingId>> {
    let one_object = |one: &Member, other: &Member| {
        offered_again(&one.listing, &other.listing) || photos.contains(&(one.report.id, other.report.id))
    };
    let mut offers: BTreeMap<ItemId, Vec<Vec<&Member>>> = BTreeMap::new();
    let mut claims = Vec::with_capacity(members.len());
    for member in members {
        let offers = offers.entry(member.report.item).or_default();
        let again = offers
            .iter()
            .position(|offer| offer.iter().any(|other| one_object(other, member)));
        let offer = again.unwrap_or(offers.len());
        match offers.get_mut(offer) {
            Some(offer) => offer.push(member),
            None => offers.push(vec![member]),
        }
        claims.push(Claim {
            item: member.report.item,
            listing: member.report.listing,
            offer,
            probability: member.report.assessment.probability,
        });
    }
    claims
}

fn member(reader: &Reader<'_>, id: ReportId, ties: Vec<Tie>) -> Result<Option<Member>, StoreError> {
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
        ties,
    }))
}
